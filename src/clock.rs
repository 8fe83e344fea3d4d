//! The one clock of the process: the wall's, or a scaled one for recordings and drills.
//!
//! Only the shell reads it. `serve --clock START@SPEED` scales [`Clock::now`] and the sleep until
//! the next wake; batch limits, keep-alive, back-off and leases run in real time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::domain::time::whole_microseconds;

/// Where service time stood at which wall time, and how much faster it runs since.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    service_at: Timestamp,
    wall_at: Timestamp,
    speed: f64,
    /// Where it stands still.
    ends: Option<Timestamp>,
}

/// Why a `START@SPEED` was refused.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no clock: {problem}; say START@SPEED, as in 2026-01-01T00:00+09:00@10")]
pub struct ClockError {
    text: String,
    problem: &'static str,
}

impl Clock {
    /// The wall's own time.
    #[must_use]
    pub fn wall() -> Self {
        Self::scaled(Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH, 1.0)
    }

    /// Service time `service_at` at wall time `wall_at`, running `speed` times as fast.
    #[must_use]
    pub fn scaled(service_at: Timestamp, wall_at: Timestamp, speed: f64) -> Self {
        Self { service_at, wall_at, speed, ends: None }
    }

    /// A clock that stands still.
    #[must_use]
    pub fn standing(at: Timestamp) -> Self {
        Self::scaled(at, at, 0.0)
    }

    /// The same, standing still from `moment` on.
    #[must_use]
    pub fn ending(self, moment: Timestamp) -> Self {
        Self { ends: Some(moment), ..self }
    }

    /// Starts now at the moment and speed of a `START@SPEED`.
    ///
    /// # Errors
    /// If START is no moment with an offset or SPEED is not between 0.001 and 100,000.
    pub fn starting(text: &str) -> Result<Self, ClockError> {
        let refuse = |problem| ClockError { text: text.to_owned(), problem };
        let (start, speed) =
            text.rsplit_once('@').ok_or_else(|| refuse("the @SPEED is missing"))?;
        let start: Timestamp =
            start.parse().map_err(|_| refuse("START is no moment with an offset"))?;
        let speed: f64 = speed.parse().map_err(|_| refuse("SPEED is no number"))?;
        if !(0.001..=100_000.0).contains(&speed) {
            return Err(refuse("SPEED is not between 0.001 and 100000"));
        }
        Ok(Self::scaled(start, wall_now(), speed))
    }

    /// Service time, in whole microseconds.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.at(wall_now())
    }

    /// Service time at a wall time.
    #[must_use]
    pub fn at(&self, wall: Timestamp) -> Timestamp {
        if self.is_wall() {
            return whole_microseconds(wall);
        }
        let real_us = wall.duration_since(self.wall_at).as_micros();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            reason = "a process lives for less than 2^52 µs, which f64 holds exactly"
        )]
        let service_us = (real_us as f64 * self.speed) as i64;
        let moved = self.service_at.saturating_add(SignedDuration::from_micros(service_us));
        let moved = moved.unwrap_or(self.service_at);
        whole_microseconds(self.ends.map_or(moved, |ends| moved.min(ends)))
    }

    /// How long to sleep, in real time, until a service time.
    #[must_use]
    pub fn real_until(&self, moment: Timestamp) -> Duration {
        let service = moment.duration_since(self.now());
        let real = service.as_secs_f64() / self.speed;
        Duration::try_from_secs_f64(real.clamp(0.0, 86_400.0)).unwrap_or(Duration::ZERO)
    }

    #[must_use]
    pub fn is_wall(&self) -> bool {
        *self == Self::wall()
    }

    #[must_use]
    pub fn service_at(&self) -> Timestamp {
        self.service_at
    }

    #[must_use]
    pub fn wall_at(&self) -> Timestamp {
        self.wall_at
    }

    #[must_use]
    pub fn speed(&self) -> f64 {
        self.speed
    }
}

/// The machine's own time. The only place that asks for it.
#[must_use]
pub fn wall_now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    Timestamp::now()
}
