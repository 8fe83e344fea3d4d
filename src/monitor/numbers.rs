//! Which of a device's numbered messages (`seq`, 일련번호) have not come.
//!
//! It counts holes in a device's numbering and takes them back when a number that was missing
//! comes after all. It never guesses: a device that starts anew, or jumps further than any outage
//! explains, has no hole. The caller gives it every live message once, in the order of receipt.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// How far behind the newest a number may come and still fill its hole; further behind, the
/// device has started anew.
const WINDOW: u64 = 256;
/// More than this at once is no hole but another counter, or a number that is no counter at all
/// (a time in milliseconds is one): at a message a second it would be eleven days of silence.
const MISSING_MAX: u64 = 1_000_000;

/// What one number says of those before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Numbered {
    /// Nothing: it is the next one, or there is no telling.
    #[default]
    InTurn,
    /// So many before it have not come.
    Missing(u64),
    /// It had been missing.
    Found,
}

/// The numbers of one device.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    newest: Option<u64>,
    /// Those within the window that have not come, ascending.
    #[serde(default, skip_serializing_if = "VecDeque::is_empty")]
    missing: VecDeque<u64>,
}

impl Numbers {
    /// Whether nothing has been numbered yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.newest.is_none()
    }

    /// Takes the number of a message that has just come.
    pub fn take(&mut self, number: u64) -> Numbered {
        let Some(newest) = self.newest else { return self.begin(number) };
        if number > newest {
            return self.advance(newest, number);
        }
        if let Ok(at) = self.missing.binary_search(&number) {
            self.missing.remove(at);
            return Numbered::Found;
        }
        if number <= 1 || newest - number > WINDOW {
            return self.begin(number);
        }
        Numbered::InTurn
    }

    fn begin(&mut self, number: u64) -> Numbered {
        self.missing.clear();
        self.newest = Some(number);
        Numbered::InTurn
    }

    fn advance(&mut self, newest: u64, number: u64) -> Numbered {
        let missing = number - newest - 1;
        if missing > MISSING_MAX {
            return self.begin(number);
        }
        self.newest = Some(number);
        let oldest = number.saturating_sub(WINDOW);
        while self.missing.front().is_some_and(|missing| *missing < oldest) {
            self.missing.pop_front();
        }
        self.missing.extend((newest + 1).max(oldest)..number);
        if missing > 0 { Numbered::Missing(missing) } else { Numbered::InTurn }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// What was counted: missing, and found after all.
    fn counted(numbers: &mut Numbers, all: impl IntoIterator<Item = u64>) -> (u64, u64) {
        all.into_iter().fold((0, 0), |(missing, found), number| match numbers.take(number) {
            Numbered::InTurn => (missing, found),
            Numbered::Missing(more) => (missing + more, found),
            Numbered::Found => (missing, found + 1),
        })
    }

    #[test]
    fn numbers_that_are_jumped_over_are_missing_until_they_come() {
        let mut numbers = Numbers::default();
        assert_eq!(counted(&mut numbers, [7, 8, 12, 13]), (3, 0));
        assert_eq!(counted(&mut numbers, [10, 10, 9, 11, 14]), (0, 3));
    }

    #[test]
    fn a_device_that_starts_anew_has_lost_nothing() {
        let mut numbers = Numbers::default();
        assert_eq!(counted(&mut numbers, [900, 0, 1, 2]), (0, 0));
        assert_eq!(counted(&mut numbers, [1, 2, 3]), (0, 0));
        assert_eq!(counted(&mut numbers, [900, 643, 644]), (896, 0));
        assert_eq!(counted(&mut Numbers::default(), [1_764_000_000_000, 5, 6]), (0, 0));
    }

    #[test]
    fn a_jump_that_no_outage_explains_is_another_counter() {
        let mut numbers = Numbers::default();
        assert_eq!(counted(&mut numbers, [3, 1_764_000_000_000, u64::MAX]), (0, 0));
        assert_eq!(counted(&mut Numbers::default(), [0, MISSING_MAX + 1]), (MISSING_MAX, 0));
        assert_eq!(counted(&mut Numbers::default(), [0, MISSING_MAX + 2]), (0, 0));
    }

    #[test]
    fn what_is_missing_for_long_is_remembered_within_the_window_only() {
        let mut numbers = Numbers::default();
        assert_eq!(counted(&mut numbers, [2, 10_002]), (9_999, 0));
        assert_eq!(numbers.missing.len() as u64, WINDOW);
        assert_eq!(counted(&mut numbers, [10_002 - WINDOW]), (0, 1));
    }

    /// Whatever is lost and however far the rest is out of order, short of the window: missing
    /// less found is what never came.
    #[test]
    fn missing_less_found_is_what_never_came() {
        let seed = std::env::var("JIKIMI_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or(20_261_124);
        println!("seed {seed}");
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for _ in 0..200 {
            let kept: Vec<u64> = (2..2_000).filter(|_| random.random_range(0..10) > 0).collect();
            let mut sent: Vec<(u64, u64)> =
                kept.iter().map(|n| (n + random.random_range(0..100), *n)).collect();
            sent.sort_unstable();
            let came: BTreeSet<u64> = kept.iter().copied().collect();
            let (first, last) = (sent[0].1, *kept.last().unwrap());
            let never = (first..=last).filter(|n| !came.contains(n)).count() as u64;
            let (missing, found) =
                counted(&mut Numbers::default(), sent.iter().map(|(_, number)| *number));
            assert_eq!(missing - found, never);
        }
    }

    #[test]
    fn it_is_the_same_after_a_restart() {
        let mut numbers = Numbers::default();
        counted(&mut numbers, [5, 9]);
        let kept = serde_json::to_string(&numbers).unwrap();
        let mut again: Numbers = serde_json::from_str(&kept).unwrap();
        assert_eq!(counted(&mut again, [7, 12]), (2, 1));
    }
}
