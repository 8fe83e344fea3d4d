//! A home that is too hot or too cold to live in (실내 고온·저온): beyond a limit for hours.
//!
//! What a thermometer says in a building is a fire's business; in a home a slow heat kills as well,
//! and whoever lies there may not notice. It has two ends and a hold, which runs whether or not the
//! thermometer speaks again. While an official warning of the same weather stands, both its limit
//! and its hold are the warned ones.

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::words::{back_at, said, said_span, said_span_ko};
use super::{Change, Detector, Per, Turn, Waits, span_h};
use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{Quantity, Reading, Unit, Words};
use crate::situation::NoticeKind;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Climate {
    when: Side,
    /// °C.
    start: f64,
    stop: f64,
    #[serde(rename = "hold_h", deserialize_with = "span_h::deserialize")]
    hold: SignedDuration,
    /// The kind of official warning that makes it careful, and what holds then.
    warned_by: NoticeKind,
    warned_start: f64,
    #[serde(rename = "warned_hold_h", deserialize_with = "span_h::deserialize")]
    warned_hold: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Side {
    Above,
    Below,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    held: Held,
    warned: bool,
    /// What the thermometer said last.
    last: Option<Box<Reading>>,
}

impl Climate {
    fn beyond(&self, value: f64, limit: f64) -> bool {
        match self.when {
            Side::Above => value >= limit,
            Side::Below => value <= limit,
        }
    }

    fn is_over(&self, value: f64) -> bool {
        match self.when {
            Side::Above => value <= self.stop,
            Side::Below => value >= self.stop,
        }
    }

    fn limits(&self, state: &State) -> (f64, SignedDuration) {
        match state.warned {
            true => (self.warned_start, self.warned_hold),
            false => (self.start, self.hold),
        }
    }

    pub(super) fn warned_by(&self) -> NoticeKind {
        self.warned_by
    }

    /// A warning stands, or none does. A room that is beyond its limit already waits from then on
    /// as if it had been warned of before; one that is only beyond the warned limit, since now.
    pub(super) fn warned(&self, state: &mut State, now: Timestamp, stands: bool) {
        if std::mem::replace(&mut state.warned, stands) == stands || !stands {
            return;
        }
        if !state.held.at_most(self.warned_hold)
            && let Some(last) = state.last.as_deref()
            && self.beyond(last.value.as_number(), self.warned_start)
        {
            let since = Reading { at: last.at.max(now), ..last.clone() };
            state.held.take(&since, (true, false), self.warned_hold);
        }
    }

    fn due(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let (limit, hold) = self.limits(state);
        let Some((at, first)) = state.held.fulfilled(now) else { return };
        let (value, limit) =
            (said(first.value.as_number(), Unit::Celsius), said(limit, Unit::Celsius));
        let (side_ko, side) = match self.when {
            Side::Above => ("이상", "at or above"),
            Side::Below => ("이하", "at or below"),
        };
        let because = Words::new(
            format!("실내 온도 {value}, {limit} {side_ko} {} 지속", said_span_ko(hold)),
            format!("it was {value} in the home and stayed {side} {limit} for {}", said_span(hold)),
        );
        let (turn, level, readings) = (Turn::Started, None, vec![first]);
        changes.push(Change { turn, level, at, because, readings });
    }
}

impl Detector for Climate {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let ordered = |limit: f64| match self.when {
            Side::Above => self.stop < limit,
            Side::Below => self.stop > limit,
        };
        let earlier = match self.when {
            Side::Above => self.warned_start <= self.start,
            Side::Below => self.warned_start >= self.start,
        };
        let checks = [
            (
                ordered(self.start) && ordered(self.warned_start),
                "`stop` must lie on the good side of `start` and `warned_start`, or it would \
                 chatter",
            ),
            (earlier, "`warned_start` must not be worse than `start`: a warning makes it careful"),
            (
                self.hold.is_positive() && self.warned_hold.is_positive(),
                "`hold_h` and `warned_hold_h` must be more than 0",
            ),
            (self.warned_hold <= self.hold, "`warned_hold_h` must not be longer than `hold_h`"),
        ];
        checks.iter().filter(|(well, _)| !well).map(|(_, words)| (*words).to_owned()).collect()
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::Temperature, Unit::Celsius)]
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        self.due(state, reading.at, changes);
        state.last = Some(Box::new(reading.clone()));
        let (limit, hold) = self.limits(state);
        let value = reading.value.as_number();
        let ends = (self.beyond(value, limit), self.is_over(value));
        if state.held.take(reading, ends, hold) == Some(Turn::Stopped) {
            let because = back_at(Quantity::Temperature, value, Unit::Celsius);
            let (turn, level, readings) = (Turn::Stopped, None, vec![reading.clone()]);
            changes.push(Change { turn, level, at: reading.at, because, readings });
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.held.deadline()
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        self.due(state, now, changes);
    }
}
