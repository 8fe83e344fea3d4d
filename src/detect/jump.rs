//! A step that nothing measured can make (측정값 급변): a fault, never an alarm.
//!
//! Two values that lie further apart than `step` within `within_s` are a loose contact far more
//! often than a fire, but a fire is what the second one may be. So it is said, and every other
//! detector sees the values all the same: a jump hides nothing. It is over when no further one has
//! come for `quiet_s`.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, said, said_ko, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};
use crate::domain::{Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jump {
    unit: Unit,
    step: f64,
    #[serde(rename = "within_s", deserialize_with = "span_s::deserialize")]
    within: SignedDuration,
    #[serde(rename = "quiet_s", deserialize_with = "span_s::deserialize")]
    quiet: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    last: Option<Box<Reading>>,
    /// The last jump, while there has been one lately.
    #[serde(with = "micros::optional")]
    jumped: Option<Timestamp>,
}

impl Detector for Jump {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.step <= 0.0 {
            problems.push("`step` must be more than 0".to_owned());
        }
        if !self.within.is_positive() {
            problems.push("`within_s` must be more than 0".to_owned());
        }
        if !self.quiet.is_positive() {
            problems.push("`quiet_s` must be more than 0".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        self.expire(state, reading.at, changes);
        let Some(last) = state.last.replace(Box::new(reading.clone())) else { return };
        let (from, to) = (last.value.as_number(), reading.value.as_number());
        let took = between(last.at, reading.at);
        if (to - from).abs() < self.step || took > self.within {
            return;
        }
        if state.jumped.replace(reading.at).is_none() {
            changes.push(Change {
                turn: Turn::Started,
                level: None,
                at: reading.at,
                because: Words::new(
                    format!(
                        "{} {} 만에 {}에서 {}로 급변",
                        reading.quantity.name_ko(),
                        said_span_ko(took),
                        said_ko(from, self.unit),
                        said_ko(to, self.unit)
                    ),
                    format!(
                        "{} went from {} to {} within {}",
                        reading.quantity.as_str(),
                        said(from, self.unit),
                        said(to, self.unit),
                        said_span(took)
                    ),
                ),
                readings: vec![*last, reading.clone()],
            });
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.jumped.map(|jumped| after(jumped, self.quiet))
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = self.deadline(state).filter(|due| *due <= now) else { return };
        state.jumped = None;
        changes.push(Change {
            turn: Turn::Stopped,
            level: None,
            at: due,
            because: Words::new(
                format!("{} 동안 급변 없음", said_span_ko(self.quiet)),
                format!("no further jump for {}", said_span(self.quiet)),
            ),
            readings: Vec::new(),
        });
    }
}
