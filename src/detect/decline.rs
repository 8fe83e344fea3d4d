//! Somebody who does less and less, over weeks (활동 감소): a caseworker looks in, by day.
//!
//! The sum is `care`'s; here signs of life become a day's share of active slots. A silence that
//! began with the exit door is a time away and says nothing of activity, and neither does what was
//! not seen. It is over once a week has lacked nothing.

use serde::{Deserialize, Serialize};

use super::silence::person;
use super::{Change, Detector, Per, Turn, Waits};
use crate::care::{Decline as Sum, SLOTS_PER_DAY, Senses, Sign, Slot, WallClock};
use crate::domain::household::Standing;
use crate::domain::time::{SignedDuration, Timestamp, between, micros};
use crate::domain::{DeviceKind, Quantity, Reading, Unit, Words};

/// What follows the exit door this closely is the leaving itself.
const DOOR_SETTLES: SignedDuration = SignedDuration::from_secs(60);
/// Silences beyond three days are no days of the person's.
const SLOTS_MAX: i64 = 3 * SLOTS_PER_DAY;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decline {
    /// Days in a row without any lack, after which it is over.
    over_after_days: u16,
    /// Of the wall clock from UTC.
    utc_offset_h: i32,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    senses: Senses,
    sum: Sum,
    /// The slot of the last sign; none after what was not seen.
    last: Option<Slot>,
    away: bool,
    #[serde(with = "micros::optional")]
    door_at: Option<Timestamp>,
    stands: bool,
    /// The home cannot be seen into, or is not to be.
    blind: bool,
    hidden: bool,
}

impl Decline {
    fn clock(&self) -> WallClock {
        WallClock { offset_s: self.utc_offset_h.saturating_mul(3_600) }
    }

    pub(super) fn lives(state: &mut State, standing: Standing) {
        state.hidden = !standing.watched || standing.visited || standing.away.is_some();
        if state.hidden {
            state.last = None;
        }
    }

    pub(super) fn renewed(mut state: State) -> State {
        state.stands = false;
        state
    }

    fn day_is_over(
        &self,
        state: &mut State,
        reading: &Reading,
        told: bool,
        changes: &mut Vec<Change>,
    ) {
        let turn = match (told, state.stands) {
            (true, false) => Turn::Started,
            (true, true) => Turn::Grew,
            (false, true) if state.sum.days_without_lack() >= self.over_after_days => Turn::Stopped,
            (false, _) => return,
        };
        state.stands = turn != Turn::Stopped;
        let because = match turn {
            Turn::Stopped => Words::new(
                format!("{}일째 평소만큼 활동함", self.over_after_days),
                format!("as active as usual for {} days", self.over_after_days),
            ),
            _ => Words::new(
                "몇 주에 걸쳐 낮 활동이 평소보다 줄어듦",
                "less active by day than usual, and more so over weeks",
            ),
        };
        let (level, readings) = (None, vec![reading.clone()]);
        changes.push(Change { turn, level, at: reading.at, because, readings });
    }
}

impl Detector for Decline {
    type State = State;
    const PER: Per = Per::Home;
    const WAITS: Waits = Waits::Silence;

    fn problems(&self) -> Vec<String> {
        let checks = [
            ((1..=60).contains(&self.over_after_days), "`over_after_days` must be from 1 to 60"),
            ((-12..=14).contains(&self.utc_offset_h), "`utc_offset_h` must be from -12 to 14"),
        ];
        checks.iter().filter(|(well, _)| !well).map(|(_, words)| (*words).to_owned()).collect()
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        person()
    }

    fn observe_of(
        &self,
        state: &mut State,
        kind: Option<DeviceKind>,
        reading: &Reading,
        changes: &mut Vec<Change>,
    ) {
        let Some(sign) = state.senses.read(kind, reading, state.away) else { return };
        if state.hidden || state.blind {
            return;
        }
        let slot = self.clock().slot(reading.at);
        let Some(last) = state.last else {
            state.last = Some(slot);
            return;
        };
        if slot < last {
            return;
        }
        let mut told = false;
        let today = last.day();
        for step in 1..=slot.since(last).min(SLOTS_MAX) {
            let passing = last.after(step);
            told |= state.sum.slot(passing, passing == slot, !state.away || passing == slot);
        }
        if slot.day() > today {
            self.day_is_over(state, reading, told, changes);
        }
        state.last = Some(slot);
        if sign == Sign::ExitDoor {
            state.door_at = Some(reading.at);
        }
        let leaving = |door: Timestamp| between(door, reading.at) <= DOOR_SETTLES;
        state.away = sign == Sign::ExitDoor || (state.away && state.door_at.is_some_and(leaving));
    }

    fn unwatched(
        &self,
        state: &mut State,
        _from: Timestamp,
        _now: Timestamp,
        _silent_after: Option<SignedDuration>,
        _changes: &mut Vec<Change>,
    ) {
        state.last = None;
    }

    fn sight(&self, state: &mut State, _at: Timestamp, seen: bool) {
        (state.blind, state.last) = (!seen, None);
    }
}
