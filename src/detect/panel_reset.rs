//! A fire panel that has been reset (수신기 복구) and sees nothing yet: a fault, never an alarm.
//!
//! A panel's alarm latches, so its contact opens again only because someone has reset it. A Korean
//! receiver may take more than 90 s to come back from that, and meanwhile says nothing of any
//! fire. That is shown for `blind_s`. It clears nothing: the rule that reads the contact believes
//! an end only after its own `release_s`.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, micros};
use crate::domain::{Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PanelReset {
    /// How long after a reset nothing is known.
    #[serde(rename = "blind_s", deserialize_with = "span_s::deserialize")]
    blind: SignedDuration,
    unit: Unit,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    on: bool,
    #[serde(with = "micros::optional")]
    blind_until: Option<Timestamp>,
}

impl PanelReset {
    fn end(state: &mut State, at: Timestamp, because: Words, changes: &mut Vec<Change>) {
        if state.blind_until.take().is_some() {
            let readings = Vec::new();
            changes.push(Change { turn: Turn::Stopped, level: None, at, because, readings });
        }
    }
}

impl Detector for PanelReset {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.unit != Unit::Flag {
            problems.push("`unit` must be flag: a panel's contact is open or closed".to_owned());
        }
        if !self.blind.is_positive() {
            problems.push("`blind_s` must be more than 0".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        self.expire(state, reading.at, changes);
        let on = reading.value.as_number() > 0.5;
        let was_on = std::mem::replace(&mut state.on, on);
        if on {
            let because = Words::new("수신기 다시 화재 신호", "the panel is in alarm again");
            return Self::end(state, reading.at, because, changes);
        }
        if was_on {
            state.blind_until = Some(after(reading.at, self.blind));
            let (ko, span) = (said_span_ko(self.blind), said_span(self.blind));
            changes.push(Change {
                turn: Turn::Started,
                level: None,
                at: reading.at,
                because: Words::new(
                    format!("수신기 복구 중: {ko} 동안 감지하지 못할 수 있음"),
                    format!("the panel was reset, and may see nothing for {span}"),
                ),
                readings: vec![reading.clone()],
            });
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.blind_until
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        if let Some(due) = state.blind_until.filter(|due| *due <= now) {
            let because =
                Words::new("수신기 복구 시간 경과", "the panel has had its time to come back");
            Self::end(state, due, because, changes);
        }
    }
}
