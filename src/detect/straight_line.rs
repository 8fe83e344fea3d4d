//! Values on a straight line (직선 보간): drawn between two points, and not measured.
//!
//! Some gauges and gateways fill an outage with a line, which looks calmer than any water. So many
//! readings in a row that no one of them departs from one line by more than `within` are a fault,
//! provided they went somewhere: a level line is calm, and a stuck sensor is another rule's
//! business. It is over with the first reading off the line.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, said, said_span, said_span_ko};
use crate::domain::time::{Timestamp, between, micros};
use crate::domain::{Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StraightLine {
    unit: Unit,
    /// So many readings in a row.
    readings: u32,
    /// Half the step in which the values are written, and a little more.
    within: f64,
    /// The line must have gone this far.
    least_change: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    #[serde(with = "micros::required")]
    at: Timestamp,
    value: f64,
}

/// All lines through the first point that pass the others closely enough: a cone of slopes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    first: Option<Point>,
    last: Option<Point>,
    /// Steepest and flattest slope, per second.
    cone: Option<(f64, f64)>,
    count: u32,
    started: bool,
}

impl StraightLine {
    /// Whether the reading lies on a line with all since the first.
    fn joins(&self, state: &mut State, point: Point) -> bool {
        let Some(first) = state.first else { return false };
        let span = between(first.at, point.at).as_secs_f64();
        if span <= 0.0 {
            return point.value.to_bits() == first.value.to_bits();
        }
        let rise = point.value - first.value;
        // The first point may itself be off the line by as much.
        let (low, high) = ((rise - 2.0 * self.within) / span, (rise + 2.0 * self.within) / span);
        let (least, most) = state.cone.unwrap_or((low, high));
        let cone = (least.max(low), most.min(high));
        if cone.0 > cone.1 {
            return false;
        }
        state.cone = Some(cone);
        true
    }
}

impl Detector for StraightLine {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.readings < 4 {
            problems.push(format!(
                "`readings` is {}; 4 or more are needed, since chance makes short lines",
                self.readings
            ));
        }
        if self.within <= 0.0 {
            problems.push("`within` must be more than 0".to_owned());
        }
        if self.least_change <= 4.0 * self.within {
            problems.push(format!(
                "`least_change` is {}; it must be more than {}, or a level line would count",
                self.least_change,
                4.0 * self.within
            ));
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let value = reading.value.as_number();
        let point = Point { at: reading.at, value };
        if self.joins(state, point) {
            state.count = state.count.saturating_add(1);
            state.last = Some(point);
        } else {
            if state.started {
                let now = said(value, self.unit);
                let because = Words::new(
                    format!("{} 다시 스스로 변함: {now}", reading.quantity.name_ko()),
                    format!("{} moves by itself again: {now}", reading.quantity.as_str()),
                );
                let readings = vec![reading.clone()];
                changes.push(Change::new(Turn::Stopped, reading.at, because, readings));
            }
            // The line before may be the beginning of the next.
            let first = state.last.or(state.first);
            *state = State { first, count: 1, ..State::default() };
            if self.joins(state, point) {
                state.count = 2;
            } else {
                *state = State { first: Some(point), count: 1, ..State::default() };
            }
            state.last = Some(point);
        }
        let Some(first) = state.first.filter(|_| !state.started) else { return };
        let change = value - first.value;
        if state.count >= self.readings && change.abs() >= self.least_change {
            state.started = true;
            let (from, to) = (said(first.value, self.unit), said(value, self.unit));
            let (count, span) = (state.count, between(first.at, reading.at));
            let because = Words::new(
                format!(
                    "{} 동안 {count}개 값이 {from}에서 {to}까지 한 직선: 측정값이 아니라 보간값",
                    said_span_ko(span)
                ),
                format!(
                    "{count} readings in {} lie on one line from {from} to {to}: drawn, not \
                     measured",
                    said_span(span)
                ),
            );
            changes.push(Change::new(Turn::Started, reading.at, because, vec![reading.clone()]));
        }
    }
}
