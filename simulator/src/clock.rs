//! The service's clock as the outside sees it, and when something is due by it.
//!
//! The service says once what time it was at which real instant and how fast its time runs; from
//! then on everybody can compute it. [`wall`] is the only place in the simulator that asks what
//! time it is.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// Where the service publishes its clock, retained.
pub const TOPIC: &str = "jikimi/v1/clock";

/// Nobody waits longer than this in one go: the wall clock may be set meanwhile.
const WAIT_MAX: Duration = Duration::from_secs(1);

/// The real time.
#[must_use]
pub fn wall() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    Timestamp::now()
}

/// A clock that said `now` at the real instant `wall` and runs `speed` times as fast.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Clock {
    pub now: Timestamp,
    pub wall: Timestamp,
    pub speed: f64,
}

impl Clock {
    /// Out of the service's message; `None` if it is not one.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let clock: Self = serde_json::from_slice(payload).ok()?;
        (clock.speed.is_finite() && clock.speed > 0.0).then_some(clock)
    }

    /// The real time itself.
    #[must_use]
    pub fn real(wall: Timestamp) -> Self {
        Self { now: wall, wall, speed: 1.0 }
    }

    /// What this clock says at a real instant.
    #[must_use]
    pub fn at(&self, wall: Timestamp) -> Timestamp {
        let passed = wall.duration_since(self.wall).as_secs_f64() * self.speed;
        let passed = SignedDuration::try_from_secs_f64(passed).unwrap_or(SignedDuration::MAX);
        self.now.checked_add(passed).unwrap_or(Timestamp::MAX)
    }

    /// How long to wait, from a real instant, until this clock says `due`. Zero if it is past;
    /// never more than a second, after which to ask again.
    #[must_use]
    pub fn wait(&self, due: Timestamp, wall: Timestamp) -> Duration {
        let left_s = due.duration_since(self.at(wall)).as_secs_f64() / self.speed;
        Duration::from_secs_f64(left_s.clamp(0.0, WAIT_MAX.as_secs_f64()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ten_times() -> Clock {
        let message = br#"{"now":"2026-01-01T00:00:00+09:00","wall":"2026-11-24T08:00:00Z",
                           "speed":10}"#;
        Clock::parse(message).unwrap()
    }

    #[test]
    fn a_clock_at_tenfold_speed_has_run_ten_minutes_after_one() {
        let clock = ten_times();
        let then = clock.at(instant("2026-11-24T08:01:00Z"));
        assert_eq!(then, instant("2026-01-01T00:10:00+09:00"));
    }

    #[test]
    fn the_wait_is_in_real_time_and_never_longer_than_a_second() {
        let clock = ten_times();
        let wall = instant("2026-11-24T08:00:00Z");
        let wait = |due| clock.wait(instant(due), wall);
        assert_eq!(wait("2026-01-01T00:00:05+09:00"), Duration::from_millis(500));
        assert_eq!(wait("2026-01-01T00:00:00+09:00"), Duration::ZERO);
        assert_eq!(wait("2025-01-01T00:00:00+09:00"), Duration::ZERO);
        assert_eq!(wait("2026-02-01T00:00:00+09:00"), Duration::from_secs(1));
    }

    #[test]
    fn what_is_not_a_clock_is_none() {
        let still = br#"{"now":"2026-01-01T00:00:00Z","wall":"2026-01-01T00:00:00Z","speed":0}"#;
        assert_eq!(Clock::parse(still), None);
        assert_eq!(Clock::parse(b"{}"), None);
        assert_eq!(Clock::parse(b""), None);
    }
}
