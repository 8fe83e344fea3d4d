//! Smoke, less the dust that gathers in the chamber (연기, 오염 보상).
//!
//! A sensor's clean-air value drifts over weeks, and is followed slowly and only so far: what is
//! taken off never exceeds `compensation_max`, so a fire that smoulders for hours alarms at
//! `start` and that much more at the latest. Nothing at or beyond `stop` is learnt from, since
//! that is smoke and not dust. What is followed says when the chamber wants cleaning: the same
//! detector with `says = "dirt"`, as a fault.

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::{
    Change, Detector, Per, Turn, Waits, back_at, said, said_span, said_span_ko, span_h, span_s,
};
use crate::domain::time::{SignedDuration, Timestamp, between, micros};
use crate::domain::{Quantity, Reading, Unit, Words};

/// Longer than this between two readings, the drift is followed no further: one reading after a
/// long gap must not be taken for hours of it.
const GAP: SignedDuration = SignedDuration::from_mins(10);
/// EN 54-7 allows the threshold to grow by this factor through drift and compensation.
const RATIO_MAX: f64 = 1.6;
/// Shares of the compensation at which the chamber is called dirty, and clean again.
const DIRTY: f64 = 0.9;
const CLEAN: f64 = 0.7;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smoke {
    unit: Unit,
    /// Compensated values.
    start: f64,
    stop: f64,
    #[serde(rename = "hold_s", deserialize_with = "span_s::deserialize")]
    hold: SignedDuration,
    /// The time constant with which clean air is followed.
    #[serde(rename = "follow_h", deserialize_with = "span_h::deserialize")]
    follow: SignedDuration,
    /// What is taken off at most.
    compensation_max: f64,
    #[serde(default)]
    says: Says,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Says {
    #[default]
    Smoke,
    Dirt,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The clean-air value, as far as it is known.
    drift: f64,
    #[serde(default, with = "micros::optional")]
    at: Option<Timestamp>,
    held: Held,
    dirty: bool,
}

impl Smoke {
    /// Takes the drift off and follows it.
    fn compensated(&self, state: &mut State, reading: &Reading) -> f64 {
        let value = reading.value.as_number();
        let passed = state.at.map_or(SignedDuration::ZERO, |last| between(last, reading.at));
        state.at = Some(reading.at);
        if value < self.stop {
            let passed = passed.clamp(SignedDuration::ZERO, GAP).as_secs_f64();
            let share = -libm::expm1(-passed / self.follow.as_secs_f64());
            let drift = state.drift + share * (value - state.drift);
            state.drift = drift.clamp(0.0, self.compensation_max);
        }
        value - state.drift
    }

    fn words(&self, first: &Reading, drift: f64) -> Words {
        let value = said(first.value.as_number(), self.unit);
        let limit = said(self.start, self.unit);
        let dust = said(drift, self.unit);
        let taken = match drift >= 0.1 {
            true => Words::new(format!(" (먼지 {dust} 제외 전)"), format!(", {dust} of it dust")),
            false => Words::default(),
        };
        let span = said_span(self.hold);
        Words::new(
            format!("연기 농도 {value}{}, {limit} 이상 {} 지속", taken.ko, said_span_ko(self.hold)),
            format!("smoke reached {value}{} and stayed at or above {limit} for {span}", taken.en),
        )
    }

    fn lasted(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        if let Some((due, first)) = state.held.fulfilled(now) {
            let because = self.words(&first, state.drift);
            changes.push(Change::new(Turn::Started, due, because, vec![first]));
        }
    }

    fn smoke(&self, state: &mut State, reading: &Reading, value: f64, changes: &mut Vec<Change>) {
        let sides = (value >= self.start, value <= self.stop);
        let Some(turn) = state.held.take(reading, sides, self.hold) else { return };
        let because = match turn {
            Turn::Stopped => back_at(Quantity::Smoke, reading.value.as_number(), self.unit),
            _ => self.words(reading, state.drift),
        };
        changes.push(Change::new(turn, reading.at, because, vec![reading.clone()]));
    }

    fn dirt(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let share = state.drift / self.compensation_max;
        let (turn, words) = match state.dirty {
            false if share >= DIRTY => {
                (Turn::Started, ("청소 필요", "wants cleaning: clean air reads"))
            }
            true if share <= CLEAN => {
                (Turn::Stopped, ("다시 깨끗함", "is clean again: clean air reads"))
            }
            _ => return,
        };
        state.dirty = turn == Turn::Started;
        let drift = said(state.drift, self.unit);
        let because = Words::new(
            format!("감지기 챔버 {}: 맑은 공기에서 {drift}", words.0),
            format!("the chamber {} {drift}", words.1),
        );
        changes.push(Change::new(turn, reading.at, because, vec![reading.clone()]));
    }
}

impl Detector for Smoke {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.stop >= self.start {
            problems.push(format!(
                "`stop` is {} and `start` is {}; with one threshold the alarm would chatter, so \
                 `stop` must lie below `start`",
                self.stop, self.start
            ));
        }
        if self.hold.is_negative() {
            problems.push("`hold_s` is negative; it must be 0 or more".to_owned());
        }
        if !self.follow.is_positive() {
            problems.push("`follow_h` must be more than 0".to_owned());
        }
        let most = (RATIO_MAX - 1.0) * self.start;
        if !(self.compensation_max > 0.0 && self.compensation_max <= most) {
            problems.push(format!(
                "`compensation_max` is {}; it must be above 0 and at most {most}, or a slow fire \
                 could hide behind it",
                self.compensation_max
            ));
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        debug_assert_eq!(reading.quantity, Quantity::Smoke, "the unit is smoke's alone");
        if self.says == Says::Smoke {
            self.lasted(state, reading.at, changes);
        }
        let value = self.compensated(state, reading);
        match self.says {
            Says::Smoke => self.smoke(state, reading, value, changes),
            Says::Dirt => self.dirt(state, reading, changes),
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.held.deadline()
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        self.lasted(state, now, changes);
    }
}
