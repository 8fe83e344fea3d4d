//! One packet's topic and payload into one message, in the native dialect
//! (`jikimi/v1/{site}/{device}/{reading|alarm|waveform|status}`).
//!
//! A pure function: no clock, no counters, no log. It never panics on what a device can send, and
//! [`decode_caught`] turns even a panic of ours into a refusal, so that one payload never stops
//! the stream. Nothing is dropped: what cannot be read comes back as [`Refused`], to be kept with
//! its reason; what had to be left out of a message that is otherwise taken stands in
//! [`Decoded::remarks`], and the caller owes it a count.
//!
//! **What is taken and what is refused.** A quantity that nobody knows, beside one that is known,
//! is left out and said: a device's new firmware must not cost its smoke alarm. Any other
//! mistake (a text for a number, a battery of 255 %, an unreadable time) refuses the message,
//! with one exception: a message that carries a readable life-safety event is taken for that
//! event whatever stands beside it, and its mistakes become remarks.

mod json;
mod payload;
mod refused;
#[cfg(test)]
mod tests;
mod time;

use std::panic::{AssertUnwindSafe, catch_unwind};

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub use refused::{Reason, Refused};

use super::PAYLOAD_BYTES_MAX;
use crate::domain::time::{Timestamp, whole_microseconds};
use crate::domain::{Content, DeviceId, Message, MessageKey, MessageKind, SiteId};
use time::Claim;

/// A message and the site it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    pub site: SiteId,
    pub message: Message,
    /// What was left out or out of place, although the message is taken. Nearly always empty.
    pub remarks: Vec<Refused>,
}

/// Decodes one packet.
///
/// # Errors
/// [`Refused`], with the reason as a stable code and as a sentence that is safe to store and
/// show: bounded, and free of control characters.
pub fn decode(
    topic: &str,
    payload: &[u8],
    received_at: Timestamp,
    retained: bool,
    repeated: bool,
) -> Result<Decoded, Refused> {
    if payload.len() > PAYLOAD_BYTES_MAX {
        let sentence = format!(
            "{} bytes; a payload has at most {PAYLOAD_BYTES_MAX}, so send less at a time",
            payload.len()
        );
        return Err(Refused::new(Reason::TooLarge, &sentence));
    }
    let address = Address::read(topic)?;
    if payload.is_empty() {
        return Err(Refused::new(Reason::Empty, "the payload is empty"));
    }
    let text = std::str::from_utf8(payload).map_err(|error| {
        let sentence = format!("not UTF-8 from byte {}", error.valid_up_to());
        Refused::new(Reason::NotUtf8, &sentence)
    })?;
    let received_at = whole_microseconds(received_at);
    let said = payload::read(address.kind, text, received_at)?;
    let key = key(&said, topic, payload);
    let message = Message {
        device: address.device,
        kind: address.kind,
        received_at,
        claimed_at: said.claim.claimed_at,
        at: said.claim.at,
        quality: said.claim.quality,
        retained,
        repeated,
        key,
        content: said.content,
        battery_percent: said.battery_percent,
    };
    Ok(Decoded { site: address.site, message, remarks: said.remarks })
}

/// [`decode`], with a panic turned into a refusal.
///
/// # Errors
/// As [`decode`], and with [`Reason::DecoderPanicked`] if it panicked.
pub fn decode_caught(
    topic: &str,
    payload: &[u8],
    received_at: Timestamp,
    retained: bool,
    repeated: bool,
) -> Result<Decoded, Refused> {
    caught(|| decode(topic, payload, received_at, retained, repeated))
}

fn caught<T>(decode: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    // Nothing outlives a panicking decode that it could have left half done.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(Refused::new(Reason::DecoderPanicked, "the decoder broke on this; please report it"))
    })
}

/// What a payload says, of whichever kind.
struct Said {
    id: Option<String>,
    seq: Option<u64>,
    claim: Claim,
    content: Content,
    battery_percent: Option<f64>,
    remarks: Vec<Refused>,
}

/// What makes the message recognizable. A time from before 2020 tells nothing apart: such a
/// clock often stands still, and an honest repetition must not be taken for a duplicate.
fn key(said: &Said, topic: &str, payload: &[u8]) -> MessageKey {
    if let Some(id) = &said.id {
        return MessageKey::Id(id.clone());
    }
    if let Some(seq) = said.seq {
        return MessageKey::Sequence { seq, at: said.claim.claimed_at };
    }
    let content = xxh3_64_with_seed(payload, xxh3_64(topic.as_bytes()));
    if said.claim.tells_apart {
        MessageKey::Content(content)
    } else {
        MessageKey::Anonymous(content)
    }
}

/// Whose message it is and of what kind.
struct Address {
    site: SiteId,
    device: DeviceId,
    kind: MessageKind,
}

impl Address {
    fn read(topic: &str) -> Result<Self, Refused> {
        let mut levels = topic.split('/');
        let mut next = || levels.next();
        let (Some("jikimi"), Some("v1"), Some(site), Some(device), Some(kind), None) =
            (next(), next(), next(), next(), next(), next())
        else {
            return Err(unknown_topic(topic));
        };
        let kind = match kind {
            "reading" => MessageKind::Reading,
            "alarm" => MessageKind::Alarm,
            "waveform" => MessageKind::Waveform,
            "status" => MessageKind::Status,
            _ => return Err(unknown_topic(topic)),
        };
        let bad_id = |level, error| {
            Refused::new(Reason::BadId, &format!("the {level} in the topic: {error}"))
        };
        Ok(Self {
            site: SiteId::new(site).map_err(|error| bad_id("site", error))?,
            device: DeviceId::new(device).map_err(|error| bad_id("device", error))?,
            kind,
        })
    }
}

fn unknown_topic(topic: &str) -> Refused {
    let sentence = format!(
        "no device speaks on `{topic}`; known are \
         jikimi/v1/SITE/DEVICE/reading, …/alarm, …/waveform and …/status"
    );
    Refused::new(Reason::UnknownTopic, &sentence)
}
