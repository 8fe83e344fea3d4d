//! A value that no room there is could have (측정 범위 이탈): a fault, never an alarm.
//!
//! A cut wire reads −127 °C, a lost reference 3276.7 °C. Such a value is shown to no other
//! detector. That must never hide a danger, so the range is not what a device is made for but what
//! a fire, a leak or a flood can reach at its worst; whatever lies within is fed, and rings.
//! Life-safety events have no range. The finding ends once the values have stayed within for
//! `quiet_s`, since a loose contact comes and goes.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Fault, Per, Turn, Waits, said, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, micros};
use crate::domain::{Reading, Unit, Value, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutOfRange {
    unit: Unit,
    lowest: f64,
    highest: f64,
    #[serde(rename = "quiet_s", deserialize_with = "span_s::deserialize")]
    quiet: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    started: bool,
    /// Since when every value lies within.
    #[serde(with = "micros::optional")]
    within_since: Option<Timestamp>,
}

impl Detector for OutOfRange {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;
    const FAULT: Fault = Fault::Doubtful;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.unit == Unit::Flag {
            problems.push("`unit` is flag; what is on or off has no range".to_owned());
        }
        if self.lowest >= self.highest {
            problems.push("`lowest` must lie below `highest`".to_owned());
        }
        if self.quiet.is_negative() {
            problems.push("`quiet_s` is negative; it must be 0 or more".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn rejects(&self, value: Value) -> bool {
        !(self.lowest..=self.highest).contains(&value.as_number())
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        if let Some(since) = state.within_since
            && after(since, self.quiet) <= reading.at
        {
            self.expire(state, reading.at, changes);
        }
        if !self.rejects(reading.value) {
            if state.started && state.within_since.is_none() {
                state.within_since = Some(reading.at);
                self.expire(state, reading.at, changes);
            }
            return;
        }
        state.within_since = None;
        if !std::mem::replace(&mut state.started, true) {
            let (lowest, highest) = (said(self.lowest, self.unit), said(self.highest, self.unit));
            let value = said(reading.value.as_number(), self.unit);
            changes.push(Change {
                turn: Turn::Started,
                level: None,
                at: reading.at,
                because: Words::new(
                    format!(
                        "{} {value}: 있을 수 있는 범위 {lowest}–{highest} 밖",
                        reading.quantity.name_ko()
                    ),
                    format!(
                        "{} is {value}, and nothing it measures goes below {lowest} or above \
                         {highest}",
                        reading.quantity.as_str()
                    ),
                ),
                readings: vec![reading.clone()],
            });
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.within_since.map(|since| after(since, self.quiet))
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = self.deadline(state).filter(|due| *due <= now) else { return };
        *state = State::default();
        changes.push(Change {
            turn: Turn::Stopped,
            level: None,
            at: due,
            because: Words::new(
                format!("{} 동안 범위 안", said_span_ko(self.quiet)),
                format!("it has stayed within its range for {}", said_span(self.quiet)),
            ),
            readings: Vec::new(),
        });
    }
}
