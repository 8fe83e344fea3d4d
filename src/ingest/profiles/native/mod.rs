//! The native dialect (`jikimi/v1/{site}/{device}/{reading|alarm|waveform|status}`,
//! `jikimi/v1/{site}/sign/{sign}/shown`).
//!
//! **What is taken and what is refused.** A quantity that nobody knows, beside one that is known,
//! is left out and said: a device's new firmware must not cost its smoke alarm. Any other
//! mistake (a text for a number, a battery of 255 %, an unreadable time) refuses the message,
//! with one exception: a message that carries a readable life-safety event is taken for that
//! event whatever stands beside it, and its mistakes become remarks.

mod payload;
mod shown;
#[cfg(test)]
mod tests;

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

pub use shown::Shown;

use crate::domain::{Content, DeviceId, Message, MessageKey, MessageKind, SignId, SiteId};
use crate::ingest::decode::time::Claim;
use crate::ingest::decode::{Decoded, Heard, Packet, Reason, Refused, text};

/// Whether a topic is one of this dialect's, well or badly written.
#[must_use]
pub fn speaks(topic: &str) -> bool {
    topic.starts_with("jikimi/")
}

/// Decodes one packet.
///
/// # Errors
/// If it is none of this dialect, or none that can be read.
pub fn decode(packet: &Packet<'_>) -> Result<Heard, Refused> {
    let Packet { topic, payload, received_at, retained, repeated } = *packet;
    let address = Address::read(topic)?;
    if payload.is_empty() {
        return Err(Refused::new(Reason::Empty, "the payload is empty"));
    }
    let text = text(payload)?;
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
            let remarks = said.remarks;
            Ok(Heard::Message(Decoded { site, message, remarks, follows: false }))
        }
    }
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
         …/waveform and …/status, jikimi/v1/SITE/sign/SIGN/shown, and what a site's devices name \
         with `profile` and `base`"
    );
    Refused::new(Reason::UnknownTopic, &sentence)
}
