//! A value that no longer follows what it measures (측정값 고정): a fault, never an alarm.
//!
//! A motion sensor that says *on* for a day keeps nobody alive, and a thermometer that shows the
//! same tenth of a degree for days may be frozen. It is a finding once the value has stayed within
//! `within` of itself for `after_s`, said at least every `every_s`; it ends with the first value
//! that differs. A device that says nothing is silent, not stuck, and so is one of which we have
//! not heard for longer than `every_s`: the count begins anew. A sensor that sends *on* with every
//! movement and never *off* falls quiet when people sleep, which is how it is told apart.

use serde::{Deserialize, Serialize};

use super::{
    Change, Detector, Fault, Per, Turn, Waits, said, said_ko, said_span, said_span_ko, span_s,
};
use crate::domain::time::{SignedDuration, Timestamp, between, micros};
use crate::domain::{Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stuck {
    unit: Unit,
    /// Only this value is suspicious; any, if none is given.
    #[serde(default)]
    value: Option<f64>,
    /// How far apart the values of a stuck device may lie.
    #[serde(default)]
    within: f64,
    #[serde(rename = "after_s", deserialize_with = "span_s::deserialize")]
    after: SignedDuration,
    #[serde(rename = "every_s", deserialize_with = "span_s::deserialize")]
    every: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The least and the most it has said since it stays where it is.
    low: f64,
    high: f64,
    #[serde(with = "micros::optional")]
    since: Option<Timestamp>,
    #[serde(with = "micros::optional")]
    last: Option<Timestamp>,
    started: bool,
}

impl Stuck {
    fn begin(&self, state: &mut State, value: f64, at: Timestamp) {
        let suspicious = self.value.is_none_or(|stuck| (stuck - value).abs() <= self.within);
        *state = State { low: value, high: value, started: false, last: Some(at), since: None };
        state.since = suspicious.then_some(at);
    }
}

impl Detector for Stuck {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;
    const FAULT: Fault = Fault::Doubtful;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.after.is_positive() {
            problems.push("`after_s` must be more than 0".to_owned());
        }
        if !self.every.is_positive() || self.every > self.after {
            problems.push("`every_s` must be more than 0 and no longer than `after_s`".to_owned());
        }
        if self.within < 0.0 {
            problems.push("`within` is negative; it must be 0 or more".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn since(&self, state: &State) -> Option<Timestamp> {
        state.since.filter(|_| state.started)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let (value, at) = (reading.value.as_number(), reading.at);
        let (low, high) = (state.low.min(value), state.high.max(value));
        let differs = state.last.is_none() || high - low > self.within;
        // A finding stands until the value says otherwise, however long it is not heard of.
        let lapsed = state.last.is_some_and(|last| between(last, at) > self.every);
        if differs || (lapsed && !state.started) {
            if state.started {
                changes.push(Change {
                    turn: Turn::Stopped,
                    level: None,
                    at,
                    because: Words::new(
                        format!("{} 다시 변함", reading.quantity.name_ko()),
                        format!("{} moves again", reading.quantity.as_str()),
                    ),
                    readings: vec![reading.clone()],
                });
            }
            return self.begin(state, value, at);
        }
        (state.low, state.high, state.last) = (low, high, Some(at));
        let Some(since) = state.since.filter(|_| !state.started) else { return };
        if between(since, at) >= self.after {
            state.started = true;
            changes.push(Change {
                turn: Turn::Started,
                level: None,
                at,
                because: Words::new(
                    format!(
                        "{} {} 동안 {} 고정: 믿지 않음",
                        reading.quantity.name_ko(),
                        said_span_ko(between(since, at)),
                        said_ko(value, self.unit)
                    ),
                    format!(
                        "{} has been {} for {}, and is not believed",
                        reading.quantity.as_str(),
                        said(value, self.unit),
                        said_span(between(since, at))
                    ),
                ),
                readings: vec![reading.clone()],
            });
        }
    }
}
