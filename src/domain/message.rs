//! One decoded message of one device, as it enters the core.

use serde::{Deserialize, Serialize};

use super::time::{SignedDuration, Timestamp, micros};
use super::{DeviceId, Quantity, Value};

/// Which of a device's topics it came on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKind {
    Reading,
    Alarm,
    Waveform,
    Status,
}

impl MessageKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reading => "reading",
            Self::Alarm => "alarm",
            Self::Waveform => "waveform",
            Self::Status => "status",
        }
    }
}

/// How far a message's time can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeQuality {
    /// The device gave a time and it is believed.
    Device,
    /// The device gave none; it is the moment of receipt.
    Receipt,
    /// The device gave a time more than 5 s ahead; it is the moment of receipt.
    Clamped,
    /// The device's clock is wrong (before 2020, or off by a constant); the moment of receipt.
    WrongClock,
    /// The device's time is believed and is too old to ring as new.
    Late,
}

impl TimeQuality {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Receipt => "receipt",
            Self::Clamped => "clamped",
            Self::WrongClock => "wrong-clock",
            Self::Late => "late",
        }
    }
}

/// What makes a message recognizable when it comes twice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MessageKey {
    /// The sender's own id.
    Id(String),
    /// The sender's counter and time; the counter alone starts over when a device reboots.
    Sequence {
        seq: u64,
        #[serde(with = "micros::optional")]
        at: Option<Timestamp>,
    },
    /// A hash of topic and payload, where the payload carries its own time.
    Content(u64),
    /// Nothing to tell it from an honest repetition: counts as a repetition only when the broker
    /// itself marks the delivery as repeated.
    Anonymous(u64),
    /// A radio frame: hashes of what its network calls this delivery of it, and of its session,
    /// counter and content. The second is the same when it comes through another gateway.
    Frame { delivery: u64, sent: u64 },
    /// A hash of topic and payload of a gateway that says nothing to tell a message from the one
    /// before: the same words again at once are a repetition.
    Lately(u64),
}

/// Gateways hand on a frame within seconds, and a network refuses it once a later one has come.
/// Beyond this the same counter with the same content is a device that began to count anew.
const FRAME_MAY_COME_AGAIN: SignedDuration = SignedDuration::from_mins(10);
/// A bridge that sends twice does so at once; a person who presses twice has opened an incident.
const WORDS_MAY_COME_AGAIN: SignedDuration = SignedDuration::from_secs(10);

impl MessageKey {
    /// 64 bits that stand for the key among a device's recent ones. Stable across versions and
    /// platforms, since it is kept in snapshots.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        use xxhash_rust::xxh3::xxh3_64_with_seed as hash;
        match self {
            Self::Id(id) => hash(id.as_bytes(), 1),
            Self::Sequence { seq, at } => {
                let at = at.map_or(i64::MIN, Timestamp::as_microsecond);
                let mut bytes = [0; 16];
                bytes[..8].copy_from_slice(&seq.to_le_bytes());
                bytes[8..].copy_from_slice(&at.to_le_bytes());
                hash(&bytes, 2)
            }
            Self::Content(content) => *content,
            Self::Anonymous(content) => content.rotate_left(1),
            Self::Frame { delivery, .. } => delivery.rotate_left(2),
            Self::Lately(content) => content.rotate_left(3),
        }
    }

    /// What else is remembered of the message for a while, for how long, and whether only the
    /// device's message just before counts.
    #[must_use]
    pub fn lately(&self) -> Option<(u64, SignedDuration, bool)> {
        match self {
            Self::Frame { sent, .. } => Some((*sent, FRAME_MAY_COME_AGAIN, false)),
            Self::Lately(content) => Some((*content, WORDS_MAY_COME_AGAIN, true)),
            _ => None,
        }
    }
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// Values, in the order of the payload, each quantity at most once.
    Readings(Vec<(Quantity, Value)>),
    /// Ground acceleration in gal at `rate_hz`, oldest first; the message's time is the first
    /// sample's.
    Waveform { rate_hz: f64, x: Vec<f32>, y: Vec<f32>, z: Vec<f32> },
    /// The device (or its last will) says whether it is connected.
    Status { online: bool },
}

/// One decoded message. `at` is never later than 5 s after `received_at`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub device: DeviceId,
    pub kind: MessageKind,
    #[serde(with = "micros::required")]
    pub received_at: Timestamp,
    /// What the device's own clock said, believed or not.
    #[serde(with = "micros::optional", default, skip_serializing_if = "Option::is_none")]
    pub claimed_at: Option<Timestamp>,
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    pub quality: TimeQuality,
    /// Replayed by the broker from its memory: says what was, not what is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retained: bool,
    /// The broker marked this delivery as repeated.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repeated: bool,
    pub key: MessageKey,
    pub content: Content,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub battery_percent: Option<f64>,
}
