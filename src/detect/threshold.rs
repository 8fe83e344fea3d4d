//! A value beyond a limit for long enough (정온식 and its like).
//!
//! Two thresholds: the condition begins at `start` and ends at `stop`; between them it stays as
//! it was, so a value that trembles round one limit is one condition. It is a finding once it has
//! lasted for `hold_s`, and the hold runs in event time whether or not another reading comes.
//! Where an end may mean no more than a reset, `release_s` asks that it has lasted as well.

use serde::{Deserialize, Serialize};

use super::{
    Change, Detector, Per, Turn, Waits, back_at, said, said_ko, said_span, said_span_ko, span_s,
};
use crate::domain::time::{SignedDuration, Timestamp, after, micros};
use crate::domain::{Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    unit: Unit,
    start: f64,
    stop: f64,
    #[serde(default, rename = "hold_s", deserialize_with = "span_s::deserialize")]
    hold: SignedDuration,
    #[serde(default)]
    when: Side,
    /// How long it must have been over before that is believed.
    #[serde(default, rename = "release_s", deserialize_with = "span_s::deserialize")]
    release: SignedDuration,
}

/// Which side of `start` is the bad one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Side {
    #[default]
    Above,
    Below,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The reading with which the condition began; none while all is well.
    beyond: Option<Box<Reading>>,
    #[serde(default, with = "micros::optional")]
    held_until: Option<Timestamp>,
    started: bool,
    /// The reading with which it may have ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quiet: Option<Box<Reading>>,
}

impl Threshold {
    fn is_beyond(&self, value: f64) -> bool {
        match self.when {
            Side::Above => value >= self.start,
            Side::Below => value <= self.start,
        }
    }

    fn is_quiet(&self, value: f64) -> bool {
        match self.when {
            Side::Above => value <= self.stop,
            Side::Below => value >= self.stop,
        }
    }

    fn start(&self, state: &mut State, at: Timestamp, changes: &mut Vec<Change>) {
        let Some(first) = &state.beyond else { return };
        state.started = true;
        state.held_until = None;
        changes.push(Change {
            turn: Turn::Started,
            level: None,
            at,
            because: self.words(first),
            readings: vec![(**first).clone()],
        });
    }

    fn released_at(&self, state: &State) -> Option<Timestamp> {
        state.quiet.as_ref().map(|quiet| after(quiet.at, self.release))
    }

    /// Ends what has been over for long enough by `now`.
    fn release(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = self.released_at(state).filter(|due| *due <= now) else { return };
        let Some(quiet) = std::mem::take(state).quiet else { return };
        let because = back_at(quiet.quantity, quiet.value.as_number(), self.unit);
        changes.push(Change {
            turn: Turn::Stopped,
            level: None,
            at: due,
            because,
            readings: vec![*quiet],
        });
    }

    fn words(&self, first: &Reading) -> Words {
        let (name, quantity) = (first.quantity.name_ko(), first.quantity.as_str());
        if self.unit == Unit::Flag {
            let on = first.value.as_number();
            return Words::new(
                format!("{name} {}", said_ko(on, self.unit)),
                format!("{quantity} is {}", said(on, self.unit)),
            );
        }
        let (side_ko, side) = match self.when {
            Side::Above => ("이상", "at or above"),
            Side::Below => ("이하", "at or below"),
        };
        let value = said(first.value.as_number(), self.unit);
        let limit = said(self.start, self.unit);
        let held = match self.hold.is_zero() {
            true => Words::default(),
            false => Words::new(
                format!(" {} 지속", said_span_ko(self.hold)),
                format!(" for {}", said_span(self.hold)),
            ),
        };
        Words::new(
            format!("{name} {value}, {limit} {side_ko}{}", held.ko),
            format!("{quantity} reached {value} and stayed {side} {limit}{}", held.en),
        )
    }
}

impl Detector for Threshold {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let ordered = match self.when {
            Side::Above => self.stop < self.start,
            Side::Below => self.stop > self.start,
        };
        if !ordered {
            let right = if self.when == Side::Above { "below" } else { "above" };
            problems.push(format!(
                "`stop` is {} and `start` is {}; with one threshold the alarm would chatter, so \
                 `stop` must lie {right} `start`",
                self.stop, self.start
            ));
        }
        if self.release.is_negative() {
            problems.push("`release_s` is negative; it must be 0 or more".to_owned());
        }
        if self.hold.is_negative() {
            problems.push("`hold_s` is negative; it must be 0 or more".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        // The hold may have been fulfilled before this reading, whatever this one says.
        if let Some(due) = state.held_until.filter(|due| *due <= reading.at) {
            self.start(state, due, changes);
        }
        self.release(state, reading.at, changes);
        let value = reading.value.as_number();
        if state.beyond.is_none() && self.is_beyond(value) {
            state.beyond = Some(Box::new(reading.clone()));
            state.held_until = Some(after(reading.at, self.hold));
            if self.hold.is_zero() {
                self.start(state, reading.at, changes);
            }
        } else if state.beyond.is_some() && self.is_quiet(value) {
            if !state.started {
                *state = State::default();
            } else if state.quiet.is_none() {
                state.quiet = Some(Box::new(reading.clone()));
                self.release(state, reading.at, changes);
            }
        } else if self.is_beyond(value) {
            state.quiet = None;
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.held_until.into_iter().chain(self.released_at(state)).min()
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        if let Some(due) = state.held_until.filter(|due| *due <= now) {
            self.start(state, due, changes);
        }
        self.release(state, now, changes);
    }
}
