//! Breaks on purpose. It exists with debug assertions only, so that tests can show that a message
//! or a deadline that makes a step panic is put aside and harms nothing else.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Waits, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, micros};
use crate::domain::{Reading, Unit};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlantedPanic {
    unit: Unit,
    /// A reading of exactly this panics.
    panics_at: f64,
    /// A reading of exactly this sets a deadline that panics.
    arms_at: f64,
    #[serde(rename = "deadline_s", deserialize_with = "span_s::deserialize")]
    deadline: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    #[serde(default, with = "micros::optional")]
    armed: Option<Timestamp>,
}

#[expect(clippy::float_cmp, reason = "planted values are exact")]
impl Detector for PlantedPanic {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        Vec::new()
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, _changes: &mut Vec<Change>) {
        let value = reading.value.as_number();
        assert!(value != self.panics_at, "planted: a message that breaks a step");
        if value == self.arms_at {
            state.armed = Some(after(reading.at, self.deadline));
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.armed
    }

    fn expire(&self, _state: &mut State, _now: Timestamp, _changes: &mut Vec<Change>) {
        panic!("planted: a deadline that breaks a step");
    }
}
