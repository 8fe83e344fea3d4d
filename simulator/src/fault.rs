//! What a network does to messages on their way: loss, repetition, delay, a gateway that dies.
//!
//! Whatever the lines come from, a script or a recording, the same faults and seed do the same to
//! them. What is not a message passes untouched, and nothing arrives before it was sent. Times are
//! those of the recording, in Korea's offset.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::recording::{Content, Line, Lines, RecordingError, SEOUL};

/// A message that comes twice comes again after so many milliseconds.
const AGAIN_MS: std::ops::Range<i64> = 30..1_500;
/// No delay is longer; beyond it stands a slip of the finger.
const DELAY_MAX: SignedDuration = SignedDuration::from_hours(24);

/// What goes wrong.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Faults {
    /// The share of messages that never arrive.
    pub loss: f64,
    /// The share that arrive twice.
    pub duplicate: f64,
    /// The share that arrive late, and by how much at most.
    pub delay: Option<(f64, SignedDuration)>,
    pub dead: Vec<DeadGateway>,
}

/// Devices of which nothing arrives for a while each day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadGateway {
    /// How the ids of its devices begin.
    pub prefix: String,
    pub from_s: u32,
    pub until_s: u32,
}

/// Why a fault is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is no fault; expected {wanted}")]
pub struct FaultError {
    given: String,
    wanted: &'static str,
}

impl FromStr for Faults {
    type Err = FaultError;

    /// `loss=0.01,duplicate=0.05,delay=0.1:30s,dead-gateway=h01@13:00-15:00`
    fn from_str(text: &str) -> Result<Self, FaultError> {
        const KNOWN: &str = "loss=SHARE, duplicate=SHARE, delay=SHARE:SPAN or \
                             dead-gateway=PREFIX@HH:MM-HH:MM";
        let mut faults = Self::default();
        for given in text.split(',').map(str::trim) {
            let wrong = |wanted| FaultError { given: given.to_owned(), wanted };
            let (name, value) = given.split_once('=').ok_or_else(|| wrong(KNOWN))?;
            match name {
                "loss" => faults.loss = share(value).ok_or_else(|| wrong(SHARE))?,
                "duplicate" => faults.duplicate = share(value).ok_or_else(|| wrong(SHARE))?,
                "delay" => {
                    const DELAY: &str = "a share and a span of at most a day, as delay=0.1:30s";
                    faults.delay = Some(delay(value).ok_or_else(|| wrong(DELAY))?);
                }
                "dead-gateway" => {
                    const DEAD: &str = "how its devices' ids begin, and two times of day, the \
                                        earlier first, as dead-gateway=h01@13:00-15:00";
                    faults.dead.push(dead(value).ok_or_else(|| wrong(DEAD))?);
                }
                _ => return Err(wrong(KNOWN)),
            }
        }
        Ok(faults)
    }
}

const SHARE: &str = "a share from 0 to 1, as loss=0.01";

fn share(text: &str) -> Option<f64> {
    text.parse().ok().filter(|share| (0.0..=1.0).contains(share))
}

fn delay(text: &str) -> Option<(f64, SignedDuration)> {
    let (part, span) = text.split_once(':')?;
    let span: SignedDuration = span.parse().ok()?;
    (span.is_positive() && span <= DELAY_MAX).then_some((share(part)?, span))
}

fn dead(text: &str) -> Option<DeadGateway> {
    let (prefix, times) = text.split_once('@')?;
    let (from, until) = times.split_once('-')?;
    let second = |text: &str| {
        let time: jiff::civil::Time = text.parse().ok()?;
        u32::try_from(time.duration_since(jiff::civil::Time::midnight()).as_secs()).ok()
    };
    let until = if until == "24:00" { Some(86_400) } else { second(until) };
    let (from_s, until_s) = (second(from)?, until?);
    let prefix = prefix.to_owned();
    (from_s < until_s && !prefix.is_empty()).then_some(DeadGateway { prefix, from_s, until_s })
}

impl Faults {
    /// Takes over what another list says.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.loss = self.loss.max(other.loss);
        self.duplicate = self.duplicate.max(other.duplicate);
        self.delay = other.delay.or(self.delay);
        self.dead.extend(other.dead);
        self
    }

    /// The lines as they arrive.
    pub fn on<L: Lines>(self, seed: u64, lines: L) -> Faulty<L> {
        let random = ChaCha8Rng::seed_from_u64(seed);
        let (waiting, number, reached) = (BinaryHeap::new(), 0, Timestamp::MIN);
        Faulty { faults: self, random, lines, waiting, number, reached, ended: false }
    }

    fn is_dead(&self, line: &Line, topic: &str) -> bool {
        let now = SEOUL.to_datetime(line.received_at).time();
        let now_s = now.duration_since(jiff::civil::Time::midnight()).as_secs();
        self.dead.iter().any(|gateway| {
            (i64::from(gateway.from_s)..i64::from(gateway.until_s)).contains(&now_s)
                && topic.split('/').skip(1).any(|level| level.starts_with(&gateway.prefix))
        })
    }
}

/// Lines on which faults work.
pub struct Faulty<L> {
    faults: Faults,
    random: ChaCha8Rng,
    lines: L,
    /// What is on its way, by its arrival.
    waiting: BinaryHeap<Reverse<Waiting>>,
    number: u64,
    /// Everything that arrives by then has been sent.
    reached: Timestamp,
    ended: bool,
}

struct Waiting {
    arrives: Timestamp,
    number: u64,
    line: Line,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.arrives, self.number).cmp(&(other.arrives, other.number))
    }
}

impl<L: Lines> Faulty<L> {
    fn send(&mut self, line: Line) {
        self.reached = self.reached.max(line.received_at);
        let Content::Message { topic, .. } = &line.content else { return self.wait(line) };
        if self.faults.is_dead(&line, topic) || self.happens(self.faults.loss) {
            return;
        }
        let mut line = line;
        if let Some((share, most)) = self.faults.delay
            && self.happens(share)
        {
            let part: f64 = self.random.random_range(0.0..1.0);
            line.received_at = later(line.received_at, most.mul_f64(part));
        }
        if self.happens(self.faults.duplicate) {
            let after = SignedDuration::from_millis(self.random.random_range(AGAIN_MS));
            let received_at = later(line.received_at, after);
            self.wait(Line { received_at, ..line.clone() });
        }
        self.wait(line);
    }

    fn happens(&mut self, share: f64) -> bool {
        share > 0.0 && self.random.random_bool(share)
    }

    fn wait(&mut self, line: Line) {
        self.number += 1;
        let (arrives, number) = (line.received_at, self.number);
        self.waiting.push(Reverse(Waiting { arrives, number, line }));
    }

    /// What has arrived before anything that is still to be sent.
    fn arrived(&mut self) -> Option<Line> {
        let Reverse(first) = self.waiting.peek()?;
        if !self.ended && first.arrives > self.reached {
            return None;
        }
        self.waiting.pop().map(|Reverse(waiting)| waiting.line)
    }
}

fn later(at: Timestamp, span: SignedDuration) -> Timestamp {
    let micros = SignedDuration::from_micros(i64::try_from(span.as_micros()).unwrap_or(i64::MAX));
    at.saturating_add(micros).unwrap_or(at)
}

impl<L: Lines> Iterator for Faulty<L> {
    type Item = Result<Line, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(line) = self.arrived() {
                return Some(Ok(line));
            }
            if self.ended {
                return None;
            }
            match self.lines.next() {
                Some(Ok(line)) => self.send(line),
                Some(Err(error)) => return Some(Err(error)),
                None => self.ended = true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message a second from 12:59:00 on, of two homes in turn.
    fn lines() -> Vec<Line> {
        let from: Timestamp = "2026-11-24T12:59:00+09:00".parse().unwrap();
        let line = |second: i64| {
            let topic = format!("jikimi/v1/usan/h0{}01-pir/reading", 1 + second % 2);
            let payload = second.to_string().into_bytes();
            let content = Content::Message { topic, payload, retained: false };
            Line { received_at: from + SignedDuration::from_secs(second), content }
        };
        (0..1_000).map(line).collect()
    }

    fn arrived(faults: &str) -> Vec<(Timestamp, String, u64)> {
        let faults: Faults = faults.parse().unwrap();
        let arrived = faults.on(7, lines().into_iter().map(Ok)).map(Result::unwrap);
        let said = |line: Line| {
            let Content::Message { topic, payload, .. } = line.content else { panic!("an input") };
            (line.received_at, topic, String::from_utf8(payload).unwrap().parse().unwrap())
        };
        arrived.map(said).collect()
    }

    #[test]
    fn some_are_lost_and_the_rest_is_untouched() {
        let numbers: Vec<u64> = arrived("loss=0.1").into_iter().map(|(.., n)| n).collect();
        assert!((850..950).contains(&numbers.len()), "{}", numbers.len());
        assert!(numbers.is_sorted());
        assert_eq!(arrived("loss=0").len(), 1_000);
    }

    #[test]
    fn some_come_twice_and_some_late_but_none_before_it_was_sent() {
        let all = arrived("duplicate=0.1,delay=0.2:30s");
        assert!((1_050..1_150).contains(&all.len()), "{}", all.len());
        assert!(all.is_sorted_by_key(|(at, ..)| *at));
        assert!(!all.is_sorted_by_key(|(.., number)| *number));
        let sent = lines();
        for (at, _, number) in &all {
            let late = at.duration_since(sent[usize::try_from(*number).unwrap()].received_at);
            assert!(!late.is_negative() && late < SignedDuration::from_secs(32), "{late}");
        }
    }

    #[test]
    fn of_a_dead_gateways_devices_nothing_arrives_meanwhile() {
        let all = arrived("dead-gateway=h01@13:00-13:10");
        let of = |prefix: &str| all.iter().filter(|(_, topic, _)| topic.contains(prefix)).count();
        assert_eq!((of("/h01"), of("/h02")), (200, 500));
    }

    #[test]
    fn the_same_seed_does_the_same() {
        let faults = "loss=0.1,duplicate=0.1,delay=0.1:10s";
        assert_eq!(arrived(faults), arrived(faults));
    }

    #[test]
    fn what_is_no_fault_is_refused_with_what_would_be_one() {
        for (text, wanted) in [
            ("loss", "loss=SHARE"),
            ("lost=0.1", "loss=SHARE"),
            ("loss=2", "a share from 0 to 1"),
            ("loss=0.1,delay=0.1", "delay=0.1:30s"),
            ("delay=0.1:soon", "delay=0.1:30s"),
            ("dead-gateway=h01@15:00-13:00", "the earlier first"),
            ("dead-gateway=@13:00-15:00", "how its devices' ids begin"),
        ] {
            let error = text.parse::<Faults>().unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
