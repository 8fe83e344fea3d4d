//! How often may be asked: logins that fail make the next wait, and requests have a rate.
//!
//! Times come in with each call. Memory is bounded: what is oldest is forgotten first.

use std::collections::HashMap;

use crate::domain::time::{SignedDuration, Timestamp};

/// Names and addresses remembered at once.
const KEYS_MAX: usize = 10_000;

/// So many attempts with one account's name are free; then each spans twice as long as the last.
pub const FREE_OF_ACCOUNT: u32 = 5;
/// And from one address, behind which an office may be.
pub const FREE_OF_ADDRESS: u32 = 30;
/// The longest wait. NIST SP 800-63B-4 allows 100 failures in all; ours are 5, then one in five
/// minutes, so that nobody can lock another out for good.
const WAIT_MAX_S: i64 = 300;
/// Without an attempt for so long all is forgotten.
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_hours(1);

#[derive(Debug, Clone, Copy)]
struct Tally {
    attempts: u32,
    last: Timestamp,
}

impl Tally {
    /// From when on the next may come.
    fn next(&self, free: u32) -> Timestamp {
        let beyond = self.attempts.saturating_sub(free);
        let wait_s = match beyond {
            0 if self.attempts < free => 0,
            beyond => (1_i64 << beyond.min(20)).min(WAIT_MAX_S),
        };
        let wait = SignedDuration::from_secs(wait_s);
        self.last.saturating_add(wait).unwrap_or(Timestamp::MAX)
    }
}

/// Attempts to log in, by name and by address.
#[derive(Debug, Default)]
pub struct Attempts(HashMap<String, Tally>);

impl Attempts {
    /// Begins an attempt under these keys, each with what is free of it. It counts as a failure
    /// until [`Attempts::succeeded`], so that many at once are not free.
    ///
    /// # Errors
    /// With the seconds to wait, if one has been tried too often; the attempt does not count then.
    pub fn begin(&mut self, keys: &[(String, u32)], now: Timestamp) -> Result<(), i64> {
        let wait = keys.iter().filter_map(|(key, free)| {
            let tally = self.0.get(key)?;
            let left = tally.next(*free).duration_since(now).as_secs();
            let fresh = now.duration_since(tally.last) < FORGOTTEN_AFTER;
            Some(left + 1).filter(|_| fresh && tally.next(*free) > now)
        });
        if let Some(wait_s) = wait.max() {
            return Err(wait_s);
        }
        for (key, _) in keys {
            forget_oldest(&mut self.0, key, |tally| tally.last);
            let tally = self.0.entry(key.clone()).or_insert(Tally { attempts: 0, last: now });
            if now.duration_since(tally.last) >= FORGOTTEN_AFTER {
                tally.attempts = 0;
            }
            tally.attempts = tally.attempts.saturating_add(1);
            tally.last = now;
        }
        Ok(())
    }

    /// The attempt under `account` was right; the address's other attempts stand.
    pub fn succeeded(&mut self, account: &str, address: Option<&str>) {
        self.0.remove(account);
        if let Some(tally) = address.and_then(|address| self.0.get_mut(address)) {
            tally.attempts = tally.attempts.saturating_sub(1);
        }
    }
}

/// Requests of one address or account: a bucket that is filled at a steady rate.
#[derive(Debug)]
pub struct Rates {
    per_s: f64,
    burst: f64,
    buckets: HashMap<String, (f64, Timestamp)>,
}

impl Rates {
    #[must_use]
    pub fn new(per_s: f64, burst: f64) -> Self {
        Self { per_s, burst, buckets: HashMap::new() }
    }

    /// Takes one out of the bucket of this key; false if it is empty.
    pub fn take(&mut self, key: &str, now: Timestamp) -> bool {
        forget_oldest(&mut self.buckets, key, |(_, last)| *last);
        let (left, last) = self.buckets.entry(key.to_owned()).or_insert((self.burst, now));
        let since_s = now.duration_since(*last).as_secs_f64().max(0.0);
        *left = (*left + since_s * self.per_s).min(self.burst);
        *last = now;
        if *left < 1.0 {
            return false;
        }
        *left -= 1.0;
        true
    }
}

/// Makes room for a key that is new.
fn forget_oldest<T>(held: &mut HashMap<String, T>, key: &str, last: fn(&T) -> Timestamp) {
    if held.len() < KEYS_MAX || held.contains_key(key) {
        return;
    }
    let oldest = held.iter().min_by_key(|(_, of)| last(of)).map(|(key, _)| key.clone());
    if let Some(oldest) = oldest {
        held.remove(&oldest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_795_446_000 + second).expect("a moment")
    }

    fn key() -> Vec<(String, u32)> {
        vec![("kim".to_owned(), FREE_OF_ACCOUNT)]
    }

    #[test]
    fn who_fails_spans_longer_each_time_and_not_for_ever() {
        let mut attempts = Attempts::default();
        for _ in 0..FREE_OF_ACCOUNT {
            assert_eq!(attempts.begin(&key(), at(0)), Ok(()));
        }
        let mut now = 0;
        let mut spans = Vec::new();
        for _ in 0..12 {
            let wait_s = attempts.begin(&key(), at(now)).expect_err("too soon");
            spans.push(wait_s - 1);
            now += wait_s;
            assert_eq!(attempts.begin(&key(), at(now)), Ok(()));
        }
        assert_eq!(spans[..4], [1, 2, 4, 8]);
        assert_eq!(spans[11], WAIT_MAX_S);
        assert_eq!(attempts.begin(&key(), at(now + 3600)), Ok(()), "an hour later it is forgotten");
        attempts.succeeded("kim", None);
        for _ in 0..FREE_OF_ACCOUNT {
            assert_eq!(attempts.begin(&key(), at(now + 3600)), Ok(()));
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut attempts = Attempts::default();
        for n in 0..KEYS_MAX + 50 {
            let keys = [(format!("user-{n}"), FREE_OF_ACCOUNT)];
            assert_eq!(attempts.begin(&keys, at(i64::try_from(n).expect("small"))), Ok(()));
        }
        assert_eq!(attempts.0.len(), KEYS_MAX);
    }

    #[test]
    fn a_rate_is_a_burst_and_then_so_many_a_second() {
        let mut rates = Rates::new(10.0, 20.0);
        let taken = (0..30).filter(|_| rates.take("a", at(0))).count();
        assert_eq!(taken, 20);
        let taken = (0..30).filter(|_| rates.take("a", at(1))).count();
        assert_eq!(taken, 10);
        assert!(rates.take("b", at(1)), "another's bucket is full");
        assert!(!rates.take("a", at(-100)), "a clock that goes back fills nothing");
    }
}
