//! The way out of a home that stands open at night (야간 출입문 열림): somebody may have wandered
//! off, or lie in the doorway.
//!
//! It counts only in the hours of the night, by the clock on the wall, and only a door of kind
//! exit-door. That a door says again that it is open begins nothing anew.

use serde::{Deserialize, Serialize};

use super::words::{said_span, said_span_ko};
use super::{Change, Detector, Per, Turn, Waits, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::domain::{DeviceKind, Quantity, Reading, Unit, Words};

const DAY_S: i64 = 86_400;
const HOUR_S: i64 = 3_600;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DoorOpen {
    /// The night, by the clock on the wall: from this hour until that one.
    from_h: i64,
    until_h: i64,
    /// Open for so long within it.
    #[serde(rename = "after_s", deserialize_with = "span_s::deserialize")]
    after: SignedDuration,
    /// Of the wall clock from UTC.
    utc_offset_h: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The word with which it was opened; none while it is shut.
    opened: Option<Box<Reading>>,
    started: bool,
}

impl DoorOpen {
    /// How long the night is.
    fn night_s(&self) -> i64 {
        (self.until_h - self.from_h).rem_euclid(24) * HOUR_S
    }

    /// The first moment from `at` on by which it has stood open for long enough in one night.
    fn due(&self, at: Timestamp) -> Timestamp {
        let local_s = at.as_second() + self.utc_offset_h * HOUR_S;
        let into_s = (local_s - self.from_h * HOUR_S).rem_euclid(DAY_S);
        let within = into_s + self.after.as_secs() <= self.night_s();
        let waits_s = if within { 0 } else { DAY_S - into_s };
        after(after(at, SignedDuration::from_secs(waits_s)), self.after)
    }
}

impl Detector for DoorOpen {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let hour = |hour: i64| (0..24).contains(&hour);
        let checks = [
            (
                hour(self.from_h) && hour(self.until_h) && self.from_h != self.until_h,
                "`from_h` and `until_h` must be two hours of the clock, from 0 to 23",
            ),
            (
                self.after.is_positive() && self.after.as_secs() <= self.night_s(),
                "`after_s` must be more than 0 and fit into the night",
            ),
            ((-12..=14).contains(&self.utc_offset_h), "`utc_offset_h` must be from -12 to 14"),
        ];
        checks.iter().filter(|(well, _)| !well).map(|(_, words)| (*words).to_owned()).collect()
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::Contact, Unit::Flag)]
    }

    fn observe_of(
        &self,
        state: &mut State,
        kind: Option<DeviceKind>,
        reading: &Reading,
        changes: &mut Vec<Change>,
    ) {
        if kind != Some(DeviceKind::ExitDoor) {
            return;
        }
        self.expire(state, reading.at, changes);
        if reading.value.as_number() > 0.5 {
            state.opened.get_or_insert_with(|| Box::new(reading.clone()));
        } else if std::mem::take(state).started {
            let because = Words::new("출입문 닫힘", "the exit door is shut again");
            let (turn, level, readings) = (Turn::Stopped, None, vec![reading.clone()]);
            changes.push(Change { turn, level, at: reading.at, because, readings });
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        let opened = state.opened.as_ref().filter(|_| !state.started)?;
        Some(self.due(opened.at))
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(at) = self.deadline(state).filter(|due| *due <= now) else { return };
        let Some(opened) = &state.opened else { return };
        state.started = true;
        let long = self.after;
        let because = Words::new(
            format!("밤에 출입문이 {} 동안 열려 있음", said_span_ko(long)),
            format!("the exit door has stood open for {} at night", said_span(long)),
        );
        let (turn, level, readings) = (Turn::Started, None, vec![(**opened).clone()]);
        changes.push(Change { turn, level, at, because, readings });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_within_one_night_whatever_the_hour_of_its_opening() {
        let night = DoorOpen {
            from_h: 22,
            until_h: 6,
            after: SignedDuration::from_mins(15),
            utc_offset_h: 9,
        };
        for (opened, due) in [
            ("2026-03-02T15:00:00+09:00", "2026-03-02T22:15:00+09:00"),
            ("2026-03-02T22:00:00+09:00", "2026-03-02T22:15:00+09:00"),
            ("2026-03-03T03:10:00+09:00", "2026-03-03T03:25:00+09:00"),
            ("2026-03-03T05:45:00+09:00", "2026-03-03T06:00:00+09:00"),
            // Too late for this night: if it stands open all day, in the next.
            ("2026-03-03T05:46:00+09:00", "2026-03-03T22:15:00+09:00"),
        ] {
            assert_eq!(night.due(opened.parse().unwrap()), due.parse().unwrap(), "{opened}");
        }
    }
}
