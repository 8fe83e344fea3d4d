//! Moments and spans: jiff's types, cut to whole microseconds.
//!
//! The core is given every moment. It never asks for one, so a month can be replayed in
//! milliseconds and a test can choose the instant.

pub use jiff::{SignedDuration, Timestamp};

/// serde as whole microseconds since 1970, for the input log and snapshots.
pub use jiff::fmt::serde::timestamp::microsecond as micros;

/// 2020-01-01T00:00:00Z. No device of ours was running before; a time before it is a wrong clock.
pub const OLDEST_BELIEVABLE: Timestamp = Timestamp::constant(1_577_836_800, 0);

/// Cuts a moment to whole microseconds, which is what the database and the log keep. Done on
/// entry, so that a moment read back equals the moment decided on.
#[must_use]
pub fn whole_microseconds(moment: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(moment.as_microsecond()).unwrap_or(moment)
}

/// `moment + span`, staying at the end of time instead of leaving it.
#[must_use]
pub fn after(moment: Timestamp, span: SignedDuration) -> Timestamp {
    moment.saturating_add(span).unwrap_or(moment)
}

/// How long after `earlier` is `later`; negative if it is before.
#[must_use]
pub fn between(earlier: Timestamp, later: Timestamp) -> SignedDuration {
    later.duration_since(earlier)
}

/// A span written in a file as seconds, to the microsecond.
#[must_use]
pub fn seconds(seconds: f64) -> SignedDuration {
    // Files are checked to hold finite, reasonable spans; the clamp keeps this total.
    let clamped = seconds.clamp(-1e12, 1e12);
    #[expect(clippy::cast_possible_truncation, reason = "clamped just above")]
    SignedDuration::from_micros((clamped * 1e6).round() as i64)
}
