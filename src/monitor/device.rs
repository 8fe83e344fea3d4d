//! What is remembered of one device: its clocks, its recent message keys, its last values.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics};

use super::numbers::{Numbered, Numbers};
use crate::domain::time::{OLDEST_BELIEVABLE, SignedDuration, Timestamp, after, between, micros};
use crate::domain::{Message, MessageKey, Quantity, TimeQuality, Value};

/// How many message keys of a device a generation has; two are remembered. What is sent once more
/// is among them: it follows what it repeats by no more than waits for us unacknowledged, which
/// is two queues and the batches under way, all of one device if no other speaks. Only a device
/// that sends so much is remembered for so long.
const KEYS_MIN: usize = 128;
const KEYS_MAX: usize = 3072;
const KEYS_FOR: SignedDuration = SignedDuration::from_mins(10);
/// What is remembered for a while only; a device sends fewer frames than this in ten minutes.
const LATELY_KEPT: usize = 16;
/// Offsets that must agree before a device is taken to have a constant one, and how closely.
const OFFSETS_KEPT: usize = 9;
const OFFSETS_AGREE_WITHIN: SignedDuration = SignedDuration::from_secs(5);

/// Everything learnt about one device that outlives a restart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DeviceMemory {
    /// When anything at all came, retained messages and status included.
    #[serde(with = "micros::optional")]
    pub last_message: Option<Timestamp>,
    /// The newest event time that was believed and live.
    #[serde(with = "micros::optional")]
    pub last_fresh: Option<Timestamp>,
    /// When a value last differed from the one before.
    #[serde(with = "micros::optional")]
    pub last_change: Option<Timestamp>,
    /// Where its newest message stands in the input log.
    pub position: Option<u64>,
    recent: Vec<u64>,
    /// The generation of keys before that.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    former: Vec<u64>,
    /// When the first of `recent` was received.
    #[serde(with = "micros::optional")]
    recent_since: Option<Timestamp>,
    #[serde(skip_serializing_if = "Numbers::is_empty")]
    numbers: Numbers,
    /// What was sent lately, and when, by devices whose messages are recognized by that.
    #[serde(skip_serializing_if = "VecDeque::is_empty")]
    lately: VecDeque<(u64, i64)>,
    /// Receipt less event time of the last messages, in microseconds.
    offsets: VecDeque<i64>,
    usual_offset_us: i64,
    pub wrong_clock: bool,
    latest: Vec<Latest>,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Latest {
    quantity: Quantity,
    #[serde(with = "micros::required")]
    at: Timestamp,
    value: Value,
}

/// How a message's time is taken, and what that says of the device's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timing {
    pub at: Timestamp,
    pub quality: TimeQuality,
}

impl DeviceMemory {
    #[must_use]
    pub fn has_seen(&self, message: &Message) -> bool {
        let words = matches!(message.key, MessageKey::Anonymous(_) | MessageKey::Lately(_));
        let key = fingerprint(message);
        let known = || self.recent.contains(&key) || self.former.contains(&key);
        ((!words || message.repeated) && known()) || self.was_sent_lately(message)
    }

    /// For keys that mean something for a while only: a frame through another gateway, or the
    /// same words again at once.
    fn was_sent_lately(&self, message: &Message) -> bool {
        let lately = message.key.lately().filter(|_| !message.retained);
        let Some((sent, span, only_the_last)) = lately else { return false };
        let at = message.claimed_at.unwrap_or(message.received_at).as_microsecond();
        let span_us = u64::try_from(span.as_micros()).unwrap_or(0);
        let kept = if only_the_last { 1 } else { LATELY_KEPT };
        let mut lately = self.lately.iter().rev().take(kept);
        lately.any(|(known, when)| *known == sent && when.abs_diff(at) <= span_us)
    }

    /// Takes note of a message at its position; the position of the device's message before it,
    /// and what its number says of those before.
    pub fn note(&mut self, position: u64, message: &Message) -> (Option<u64>, Numbered) {
        self.note_key(message);
        self.last_message = Some(message.received_at);
        let numbered = match message.key {
            // What a broker remembers was sent before, and counted then.
            MessageKey::Sequence { seq, .. } if !message.retained => self.numbers.take(seq),
            _ => Numbered::InTurn,
        };
        (self.position.replace(position), numbered)
    }

    fn note_key(&mut self, message: &Message) {
        let since = *self.recent_since.get_or_insert(message.received_at);
        let is_old = between(since, message.received_at) > KEYS_FOR;
        if self.recent.len() >= if is_old { KEYS_MIN } else { KEYS_MAX } {
            self.former = std::mem::take(&mut self.recent);
            self.recent_since = Some(message.received_at);
        }
        self.recent.push(fingerprint(message));
        if let Some((sent, ..)) = message.key.lately().filter(|_| !message.retained) {
            if self.lately.len() == LATELY_KEPT {
                self.lately.pop_front();
            }
            let at = message.claimed_at.unwrap_or(message.received_at);
            self.lately.push_back((sent, at.as_microsecond()));
        }
    }

    /// Decides what time a live message has. `catching_up`: it comes from a backlog or its event
    /// time lies in unwatched time, so its lateness is ours and says nothing about the device.
    pub fn timing(&mut self, message: &Message, limit: SignedDuration, ours: bool) -> Timing {
        let received = Timing { at: message.received_at, quality: message.quality };
        let Some(claimed) = message.claimed_at else { return received };
        if claimed < OLDEST_BELIEVABLE {
            self.wrong_clock = true;
            return Timing { quality: TimeQuality::WrongClock, ..received };
        }
        let offset = between(claimed, message.received_at);
        if !ours {
            self.learn_offset(offset);
        }
        let usual = SignedDuration::from_micros(self.usual_offset_us);
        if usual.abs() > limit {
            self.wrong_clock = true;
            return Timing { quality: TimeQuality::WrongClock, ..received };
        }
        // Right again: it gives a believable time that fits the moment of receipt.
        self.wrong_clock &= message.quality != TimeQuality::Device || offset.abs() > limit;
        let late = !ours && offset - usual > limit;
        match message.quality {
            TimeQuality::Device if late => Timing { at: message.at, quality: TimeQuality::Late },
            TimeQuality::Device => Timing { at: message.at, quality: TimeQuality::Device },
            _ => received,
        }
    }

    fn learn_offset(&mut self, offset: SignedDuration) {
        if self.offsets.len() == OFFSETS_KEPT {
            self.offsets.pop_front();
        }
        let offset_us = i64::try_from(offset.as_micros()).unwrap_or(i64::MAX);
        self.offsets.push_back(offset_us);
        let (Some(least), Some(most)) = (self.offsets.iter().min(), self.offsets.iter().max())
        else {
            return;
        };
        let spread = SignedDuration::from_micros(most.saturating_sub(*least));
        if self.offsets.len() == OFFSETS_KEPT && spread <= OFFSETS_AGREE_WITHIN {
            self.usual_offset_us = median(&self.offsets);
        }
    }

    /// Takes note of a live message's moment. If it is newer than all before, it is a word, and
    /// this says of when: its own moment, less what its clock is usually behind. What a device or
    /// a gateway says again with its old time is no word of now.
    ///
    /// A time of ours is always one of now, and never older than the last: our clock may have
    /// been put back.
    pub fn freshen(&mut self, timing: Timing, received_at: Timestamp) -> Option<Timestamp> {
        let last = self.last_fresh;
        let ours = !matches!(timing.quality, TimeQuality::Device | TimeQuality::Late);
        let at = if ours { timing.at.max(last.unwrap_or(timing.at)) } else { timing.at };
        self.last_fresh = last.max(Some(at));
        if ours {
            return Some(at);
        }
        let behind = SignedDuration::from_micros(self.usual_offset_us.max(0));
        last.is_none_or(|last| last < at).then(|| after(at, behind).min(received_at.max(at)))
    }

    /// Takes a value; whether it is newer than what is known of this quantity.
    ///
    /// A time of ours is never older than the last: our clock may have been put back.
    pub fn take(&mut self, quantity: Quantity, value: Value, timing: &mut Timing) -> bool {
        if timing.quality != TimeQuality::Device {
            let last = self.latest.iter().find(|latest| latest.quantity == quantity);
            timing.at = last.map_or(timing.at, |last| timing.at.max(last.at));
        }
        let at = timing.at;
        // A battery that runs down is no movement of what is measured.
        let measured = quantity != Quantity::Battery;
        let Some(latest) = self.latest.iter_mut().find(|latest| latest.quantity == quantity) else {
            self.latest.push(Latest { quantity, at, value });
            self.last_change = if measured { Some(at) } else { self.last_change };
            return true;
        };
        if at < latest.at {
            return false;
        }
        if measured && latest.value != value {
            self.last_change = Some(at);
        }
        *latest = Latest { quantity, at, value };
        true
    }
}

/// What stands for the message among the recent ones. What a broker remembers stands apart: it
/// must not pass for the same words when they are said live.
fn fingerprint(message: &Message) -> u64 {
    let key = message.key.fingerprint();
    if message.retained { !key } else { key }
}

/// The middle one; exact, since microseconds of a believable offset fit a double.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "offsets are below 2^53 µs, which is 285 years"
)]
fn median(offsets: &VecDeque<i64>) -> i64 {
    let offsets: Vec<f64> = offsets.iter().map(|offset| *offset as f64).collect();
    Data::new(offsets).median() as i64
}
