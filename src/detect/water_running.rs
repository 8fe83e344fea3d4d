//! Water that runs and runs in a home (수도 장시간 사용): a tap that nobody has shut.
//!
//! Somebody may lie beside it. A meter counts litres, and says so at its own pace; water runs
//! between two of its words if it counted at least so many litres a minute. A meter that has not
//! spoken for long says nothing of what ran meanwhile, and the count begins anew.

use serde::{Deserialize, Serialize};

use super::words::{said, said_span, said_span_ko};
use super::{Change, Detector, Per, Turn, Waits, span_h, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};
use crate::domain::{Quantity, Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaterRunning {
    litres_per_min: f64,
    #[serde(rename = "after_h", deserialize_with = "span_h::deserialize")]
    after: SignedDuration,
    /// Words of the meter further apart than this do not belong together.
    #[serde(rename = "apart_s", deserialize_with = "span_s::deserialize")]
    apart: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    last: Option<Box<Reading>>,
    /// Since when it has been running.
    #[serde(with = "micros::optional")]
    since: Option<Timestamp>,
    /// The meter when it began.
    from_litres: f64,
    started: bool,
}

impl Detector for WaterRunning {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let checks = [
            (self.litres_per_min > 0.0, "`litres_per_min` must be more than 0"),
            (self.after.is_positive(), "`after_h` must be more than 0"),
            (self.apart.is_positive(), "`apart_s` must be more than 0"),
        ];
        checks.iter().filter(|(well, _)| !well).map(|(_, words)| (*words).to_owned()).collect()
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::Water, Unit::Litre)]
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let Some(before) = state.last.replace(Box::new(reading.clone())) else { return };
        let span = between(before.at, reading.at);
        if !span.is_positive() {
            return;
        }
        let (was, is) = (before.value.as_number(), reading.value.as_number());
        let per_min = (is - was) / (span.as_secs_f64() / 60.0);
        if span > self.apart || per_min < self.litres_per_min {
            state.since = None;
            if std::mem::take(&mut state.started) {
                let because = Words::new("수도 사용 멈춤", "the water has stopped running");
                let (turn, level, readings) = (Turn::Stopped, None, vec![reading.clone()]);
                changes.push(Change { turn, level, at: reading.at, because, readings });
            }
            return;
        }
        if state.since.is_none() {
            state.from_litres = was;
        }
        let since = *state.since.get_or_insert(before.at);
        if !state.started && between(since, reading.at) >= self.after {
            state.started = true;
            let (litres, long) = (said(is - state.from_litres, Unit::Litre), self.after);
            let because = Words::new(
                format!("수도가 {} 동안 계속 흐름, {litres}", said_span_ko(long)),
                format!("water has been running for {}, {litres} so far", said_span(long)),
            );
            let (turn, level, readings) = (Turn::Started, None, vec![*before, reading.clone()]);
            changes.push(Change { turn, level, at: after(since, long), because, readings });
        }
    }
}
