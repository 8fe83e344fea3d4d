//! What of a recording is to be published, and when by the recording's own time.
//!
//! One line is looked ahead, no more: recordings may be larger than memory.

use jiff::{SignedDuration, Timestamp};

use super::{PlayError, times};
use crate::clock;
use crate::recording::{Content, Line, Lines};

/// Why a recorded message cannot be published again.
#[derive(Debug, thiserror::Error)]
#[error("message {number} on topic `{topic}`: {problem}; expected {remedy}")]
pub struct SourceError {
    number: u64,
    topic: String,
    problem: &'static str,
    remedy: &'static str,
}

/// A message to publish.
pub struct Message {
    pub received_at: Timestamp,
    pub topic: String,
    pub payload: Vec<u8>,
    pub retained: bool,
}

/// The messages of a recording, one ahead.
pub struct Source<L> {
    lines: L,
    next: Option<Message>,
    shift: SignedDuration,
    number: u64,
    pub inputs_skipped: u64,
    pub clock_skipped: u64,
}

impl<L: Lines> Source<L> {
    pub fn new(lines: L) -> Self {
        let (next, shift) = (None, SignedDuration::ZERO);
        Self { lines, next, shift, number: 0, inputs_skipped: 0, clock_skipped: 0 }
    }

    /// When the next message was received, not moved; `None` at the end.
    pub fn next_received_at(&mut self) -> Result<Option<Timestamp>, PlayError> {
        while self.next.is_none() {
            let Some(line) = self.lines.next() else {
                return Ok(None);
            };
            self.consider(line?)?;
        }
        Ok(self.next.as_ref().map(|message| message.received_at))
    }

    /// When the next message is due, moved; `None` at the end.
    pub fn next_due(&mut self) -> Result<Option<Timestamp>, PlayError> {
        let shift = self.shift;
        Ok(self.next_received_at()?.map(|at| times::later(at, shift)))
    }

    /// From here on everything is moved by this much.
    pub fn shift_by(&mut self, shift: SignedDuration) {
        self.shift = shift;
    }

    /// The message that [`Source::next_due`] spoke of.
    pub fn take(&mut self) -> Option<Message> {
        let mut message = self.next.take()?;
        message.received_at = times::later(message.received_at, self.shift);
        if let Some(moved) = times::move_payload(&message.topic, &message.payload, self.shift) {
            message.payload = moved;
        }
        Some(message)
    }

    fn consider(&mut self, line: Line) -> Result<(), PlayError> {
        self.number += 1;
        let Content::Message { topic, payload, retained } = line.content else {
            self.inputs_skipped += 1;
            return Ok(());
        };
        // Played again it would set back the clock of everybody who goes by it, ours included.
        if topic == clock::TOPIC {
            self.clock_skipped += 1;
            return Ok(());
        }
        if let Some((problem, remedy)) = unpublishable(&topic, &payload) {
            let number = self.number;
            return Err(SourceError { number, topic, problem, remedy }.into());
        }
        self.next = Some(Message { received_at: line.received_at, topic, payload, retained });
        Ok(())
    }
}

/// What a broker would hang up on, again and again.
fn unpublishable(topic: &str, payload: &[u8]) -> Option<(&'static str, &'static str)> {
    if topic.is_empty() || topic.contains(['#', '+', '\0']) {
        return Some(("is no topic to publish to", "a topic without `#`, `+` and NUL"));
    }
    if topic.len() > usize::from(u16::MAX) {
        return Some(("the topic is too long", "at most 65,535 bytes"));
    }
    if payload.len() + topic.len() + 4 > crate::wire::REMAINING_LENGTH_MAX {
        return Some(("the payload is too long for MQTT", "less than 256 MiB"));
    }
    None
}

/// A line with its times moved.
#[must_use]
pub fn moved(mut line: Line, by: SignedDuration) -> Line {
    line.received_at = times::later(line.received_at, by);
    if let Content::Message { topic, payload, .. } = &mut line.content
        && let Some(moved) = times::move_payload(topic, payload, by)
    {
        *payload = moved;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(topic: &str, payload: &str) -> Line {
        let received_at = "2026-01-01T00:00:00+09:00".parse().unwrap();
        let (topic, payload) = (topic.to_owned(), payload.as_bytes().to_vec());
        Line { received_at, content: Content::Message { topic, payload, retained: false } }
    }

    #[test]
    fn a_recorded_clock_is_never_played() {
        let lines = [line(clock::TOPIC, "{}"), line("t", "1"), line(clock::TOPIC, "{}")];
        let mut source = Source::new(lines.into_iter().map(Ok));
        assert!(source.next_due().unwrap().is_some());
        assert_eq!(source.take().unwrap().topic, "t");
        assert!(source.next_due().unwrap().is_none());
        assert_eq!(source.clock_skipped, 2);
    }

    #[test]
    fn a_topic_no_broker_takes_is_refused_with_its_number() {
        let mut source = Source::new([line("t", "1"), line("a/+/b", "1")].into_iter().map(Ok));
        source.next_due().unwrap();
        source.take();
        let error = source.next_due().unwrap_err().to_string();
        assert_eq!(
            error,
            "message 2 on topic `a/+/b`: is no topic to publish to; \
             expected a topic without `#`, `+` and NUL"
        );
    }
}
