//! A histogram of durations in bounded memory.
//!
//! Microseconds in steps of less than two percent, however many there are and however long they
//! took; the longest one is kept exactly.

use std::time::Duration;

const STEPS: usize = 64;
const STEPS_LOG2: u32 = STEPS.trailing_zeros();
const BUCKETS: usize = (u64::BITS - STEPS_LOG2 + 1) as usize * STEPS;

/// See the module.
pub struct Latency {
    counts: Vec<u64>,
    total: u64,
    max_us: u64,
}

impl Default for Latency {
    fn default() -> Self {
        Self { counts: vec![0; BUCKETS], total: 0, max_us: 0 }
    }
}

impl Latency {
    pub fn note(&mut self, took: Duration) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.counts[bucket(us)] += 1;
        self.total += 1;
        self.max_us = self.max_us.max(us);
    }

    /// What this share of them did not exceed; 0 if there are none.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a count"
    )]
    pub fn quantile_ms(&self, share: f64) -> f64 {
        let rank = ((self.total as f64 * share).ceil() as u64).max(1);
        let mut passed = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            passed += count;
            if passed >= rank {
                return upper_us(bucket).min(self.max_us) as f64 / 1_000.0;
            }
        }
        0.0
    }

    #[must_use]
    pub fn max_ms(&self) -> f64 {
        self.max_us as f64 / 1_000.0
    }
}

/// Below 64 µs one bucket each; above, 64 to each doubling.
fn bucket(us: u64) -> usize {
    let exponent = u64::BITS - us.leading_zeros();
    match exponent.checked_sub(STEPS_LOG2 + 1) {
        None => usize::try_from(us).unwrap_or(usize::MAX),
        Some(shift) => {
            let step = usize::try_from(us >> shift).unwrap_or(usize::MAX) - STEPS;
            (shift as usize + 1) * STEPS + step
        }
    }
}

/// The largest value of a bucket.
fn upper_us(bucket: usize) -> u64 {
    let (doubling, step) = (bucket / STEPS, bucket % STEPS);
    let Some(shift) = doubling.checked_sub(1) else { return step as u64 };
    let next = ((STEPS + step + 1) as u128) << shift;
    u64::try_from(next - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_falls_into_a_bucket_less_than_two_percent_wide() {
        for us in (0..100_000).chain([1 << 40, u64::MAX - 1, u64::MAX]) {
            let upper = upper_us(bucket(us));
            assert!(upper >= us, "{us}");
            assert!((upper - us) as f64 <= us as f64 / STEPS as f64, "{us}");
        }
    }

    #[test]
    fn quantiles_of_a_known_list_are_what_they_are() {
        let mut latency = Latency::default();
        assert!(latency.quantile_ms(0.5).abs() < f64::EPSILON);
        for ms in 1..=1_000 {
            latency.note(Duration::from_millis(ms));
        }
        for (share, expected) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let measured = latency.quantile_ms(share);
            assert!(measured >= expected && measured < expected * 1.02, "{share}: {measured}");
        }
        assert!((latency.max_ms() - 1_000.0).abs() < f64::EPSILON);
    }
}
