//! What the process throws away, counted by reason as `jikimi_dropped_total`.
//!
//! Every queue is bounded. Whoever lets go of what has no room, or is of no use any more, says so
//! here, and nowhere else; it decides nothing itself. A message that waits unacknowledged at its
//! broker is not thrown away, and a repetition or what is not understood is counted elsewhere.

/// Counts what was thrown away. The reason is one of a few fixed words.
pub fn count_dropped(reason: &'static str, count: u64) {
    if count > 0 {
        metrics::counter!("jikimi_dropped_total", "reason" => reason).increment(count);
    }
}
