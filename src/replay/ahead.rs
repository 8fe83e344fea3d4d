//! Looking ahead in a recording, for what was waiting when something overtook it.
//!
//! A service takes alarms and commands before the readings that wait, and steps no deadline past
//! what waits, since that may end a hold or a silence. A recording of it stands in the order in
//! which things were taken, so what was overtaken follows, with a moment of receipt before that of
//! what stands above it. How far ahead that can be is bounded by the service's queues.

use std::collections::VecDeque;

use jikimi_sim::recording::Line;

use crate::domain::time::Timestamp;
use crate::ingest::READINGS_QUEUED_MAX;

/// Lines looked ahead. A full queue is overtaken by two batches of alarms for each of its own that
/// is at least half readings, so what waits in it is at most four times as many lines away.
const LINES: usize = 4 * READINGS_QUEUED_MAX;

/// Holds lines back until it is known what follows them. Each comes with something of the
/// caller's, such as where it stands.
#[derive(Debug)]
pub struct Ahead<T> {
    held: VecDeque<(T, Line)>,
    /// Lines of those that were received before every line after them, oldest first: their
    /// numbers, and when.
    oldest: VecDeque<(u64, Timestamp)>,
    /// The number of the first that is held, and of the next that comes.
    first: u64,
    next: u64,
}

impl<T> Default for Ahead<T> {
    fn default() -> Self {
        Self { held: VecDeque::new(), oldest: VecDeque::new(), first: 0, next: 0 }
    }
}

impl<T> Ahead<T> {
    /// Takes a line, and gives back the one that has been held for long enough, with the moment at
    /// which the oldest was received of those after it.
    pub fn push(&mut self, with: T, line: Line) -> Option<(T, Line, Timestamp)> {
        while self.oldest.back().is_some_and(|(_, at)| *at >= line.received_at) {
            self.oldest.pop_back();
        }
        self.oldest.push_back((self.next, line.received_at));
        self.next += 1;
        self.held.push_back((with, line));
        if self.held.len() > LINES { self.pop() } else { None }
    }

    /// The next line, when no more come.
    pub fn pop(&mut self) -> Option<(T, Line, Timestamp)> {
        let (with, line) = self.held.pop_front()?;
        if self.oldest.front().is_some_and(|(number, _)| *number == self.first) {
            self.oldest.pop_front();
        }
        self.first += 1;
        let after = self.oldest.front().map_or(Timestamp::MAX, |(_, at)| *at);
        Some((with, line, after))
    }
}

#[cfg(test)]
mod tests {
    use jikimi_sim::recording::Content;

    use super::*;

    fn line(second: i64) -> Line {
        let topic = "jikimi/v1/s/d/reading".to_owned();
        let content = Content::Message { topic, payload: Vec::new(), retained: false };
        Line { received_at: Timestamp::from_second(second).unwrap(), content }
    }

    /// The seconds of lines, each with that of the oldest after it as far as is looked ahead.
    fn seen(seconds: &[i64]) -> Vec<(i64, Option<i64>)> {
        let mut ahead = Ahead::default();
        let mut seen: Vec<(i64, Line, Timestamp)> =
            seconds.iter().filter_map(|second| ahead.push(*second, line(*second))).collect();
        seen.extend(std::iter::from_fn(|| ahead.pop()));
        let oldest = |at: Timestamp| (at < Timestamp::MAX).then(|| at.as_second());
        seen.into_iter().map(|(second, _, after)| (second, oldest(after))).collect()
    }

    #[test]
    fn each_line_knows_the_oldest_after_it() {
        // Beside the plain way to find it.
        for round in 0_i64..50 {
            let seconds: Vec<i64> = (0..200).map(|n| (n * n * 7919 + round * 31) % 97).collect();
            let plain: Vec<(i64, Option<i64>)> = (0..seconds.len())
                .map(|n| (seconds[n], seconds[n + 1..].iter().min().copied()))
                .collect();
            assert_eq!(seen(&seconds), plain);
        }
    }

    #[test]
    fn it_looks_so_far_and_no_further() {
        let far = i64::try_from(LINES).unwrap();
        let mut seconds: Vec<i64> = (10..10 + far).collect();
        seconds.push(0);
        assert_eq!(seen(&seconds)[0], (10, Some(0)));
        seconds.insert(0, 9);
        assert_eq!(seen(&seconds)[..2], [(9, Some(10)), (10, Some(0))]);
    }
}
