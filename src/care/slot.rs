//! Time as the silence model counts it: slots of five minutes on the home's own wall clock.
//!
//! Habits follow the clock on the wall, so hours and days are local. The offset from UTC is one
//! number: where clocks are put forward in summer, habits seem to move by an hour and are learnt
//! anew; Korea has no such hour.

use serde::{Deserialize, Serialize};

use crate::domain::time::{SignedDuration, Timestamp};

pub const SLOT_S: i64 = 300;
pub const SLOTS_PER_HOUR: i64 = 12;
pub const SLOTS_PER_DAY: i64 = 288;

/// A slot's number since the local midnight of 1970-01-01.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Slot(pub i64);

impl Slot {
    /// The clock's hour, 0 to 23.
    #[must_use]
    pub fn hour(self) -> usize {
        let hour = self.0.rem_euclid(SLOTS_PER_DAY) / SLOTS_PER_HOUR;
        usize::try_from(hour).unwrap_or(0)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn day(self) -> i64 {
        self.0.div_euclid(SLOTS_PER_DAY)
    }

    #[must_use]
    pub fn after(self, slots: i64) -> Self {
        Self(self.0 + slots)
    }

    /// The first slot of the clock's next hour.
    #[must_use]
    pub fn next_hour(self) -> Self {
        Self((self.0.div_euclid(SLOTS_PER_HOUR) + 1) * SLOTS_PER_HOUR)
    }

    /// Slots from an earlier one to this one.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// The wall clock of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WallClock {
    /// East of Greenwich.
    pub offset_s: i32,
}

impl WallClock {
    /// Korea's.
    pub const SEOUL: Self = Self { offset_s: 9 * 3_600 };

    #[must_use]
    pub fn slot(self, at: Timestamp) -> Slot {
        // Towards the past also before 1970, and of a broken second no more than the second.
        let local_s = at.as_microsecond().div_euclid(1_000_000) + i64::from(self.offset_s);
        Slot(local_s.div_euclid(SLOT_S))
    }

    /// The moment at which the slot begins.
    #[must_use]
    pub fn begins(self, slot: Slot) -> Timestamp {
        let unix_s = slot.0.saturating_mul(SLOT_S) - i64::from(self.offset_s);
        Timestamp::from_second(unix_s).unwrap_or_default()
    }

    /// The moment at which the slot is over.
    #[must_use]
    pub fn ends(self, slot: Slot) -> Timestamp {
        self.begins(slot.after(1))
    }

    /// Hour and minute as they stand on the wall.
    #[must_use]
    pub fn reads(self, at: Timestamp) -> String {
        let local_s = at.as_second() + i64::from(self.offset_s);
        let minutes = local_s.rem_euclid(86_400) / 60;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// So many slots as a span.
#[must_use]
pub fn span(slots: i64) -> SignedDuration {
    SignedDuration::from_secs(slots.saturating_mul(SLOT_S))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_belongs_to_the_day_and_hour_on_the_wall() {
        let clock = WallClock::SEOUL;
        let at: Timestamp = "2026-03-02T00:04:59.999999+09:00".parse().unwrap();
        let slot = clock.slot(at);
        assert_eq!(
            (slot.hour(), clock.slot(at + SignedDuration::from_micros(1)).0),
            (0, slot.0 + 1)
        );
        assert_eq!(slot.after(-1).hour(), 23);
        assert_eq!(slot.day(), slot.after(-1).day() + 1);
        assert_eq!(clock.begins(slot), "2026-03-02T00:00:00+09:00".parse().unwrap());
        assert_eq!(clock.ends(slot), clock.begins(slot.after(1)));
        assert_eq!(clock.reads("2026-03-02T21:40:59+09:00".parse().unwrap()), "21:40");
    }
}
