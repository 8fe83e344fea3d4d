//! One packet's topic and payload into one message, or one sign's answer, in the native dialect
//! (`jikimi/v1/{site}/{device}/{reading|alarm|waveform|status}`,
//! `jikimi/v1/{site}/sign/{sign}/shown`).
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
mod shown;
#[cfg(test)]
mod tests;
mod time;

use std::panic::{AssertUnwindSafe, catch_unwind};

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub use refused::{Reason, Refused};
pub use shown::Shown;

use super::PAYLOAD_BYTES_MAX;
use crate::domain::time::{Timestamp, whole_microseconds};
use crate::domain::{Content, DeviceId, Message, MessageKey, MessageKind, SignId, SiteId};
use time::Claim;

/// What a packet turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Message(Decoded),
    Shown(Shown),
}

impl Heard {
    /// What was left out of it.
    #[must_use]
    pub fn remarks(&self) -> &[Refused] {
        match self {
            Self::Message(decoded) => &decoded.remarks,
            Self::Shown(_) => &[],
        }
    }
}

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
) -> Result<Heard, Refused> {
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
    match address {
        Address::Sign { site, sign } => {
            Ok(Heard::Shown(shown::read(site, sign, text, received_at)?))
        }
        Address::Device { site, device, kind } => {
            let said = payload::read(kind, text, received_at)?;
            let key = key(&said, topic, payload);
            let message = Message {
                device,
                kind,
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
            Ok(Heard::Message(Decoded { site, message, remarks: said.remarks }))
        }
    }
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
) -> Result<Heard, Refused> {
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
enum Address {
    Device { site: SiteId, device: DeviceId, kind: MessageKind },
    Sign { site: SiteId, sign: SignId },
}

impl Address {
    fn read(topic: &str) -> Result<Self, Refused> {
        let levels: Vec<&str> = topic.split('/').collect();
        let bad_id = |level, error| {
            Refused::new(Reason::BadId, &format!("the {level} in the topic: {error}"))
        };
        let site_id = |site| SiteId::new(site).map_err(|error| bad_id("site", error));
        match levels[..] {
            ["jikimi", "v1", site, device, kind] => {
                let kind = kind_of(kind).ok_or_else(|| unknown_topic(topic))?;
                let site = site_id(site)?;
                let device = DeviceId::new(device).map_err(|error| bad_id("device", error))?;
                Ok(Self::Device { site, device, kind })
            }
            ["jikimi", "v1", site, "sign", sign, "shown"] => {
                let site = site_id(site)?;
                let sign = SignId::new(sign).map_err(|error| bad_id("sign", error))?;
                Ok(Self::Sign { site, sign })
            }
            _ => Err(unknown_topic(topic)),
        }
    }
}

fn kind_of(kind: &str) -> Option<MessageKind> {
    match kind {
        "reading" => Some(MessageKind::Reading),
        "alarm" => Some(MessageKind::Alarm),
        "waveform" => Some(MessageKind::Waveform),
        "status" => Some(MessageKind::Status),
        _ => None,
    }
}

fn unknown_topic(topic: &str) -> Refused {
    let sentence = format!(
        "nothing speaks on `{topic}`; known are jikimi/v1/SITE/DEVICE/reading, …/alarm, \
         …/waveform and …/status, and jikimi/v1/SITE/sign/SIGN/shown"
    );
    Refused::new(Reason::UnknownTopic, &sentence)
}
