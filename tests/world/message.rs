//! Messages as `ingest` would hand them on.

use jikimi::domain::time::{OLDEST_BELIEVABLE, SignedDuration, Timestamp, between};
use jikimi::domain::{Content, Message, MessageKey, MessageKind, TimeQuality};

/// A message that comes at once from a device whose clock is right.
pub fn message(device: &str, received_at: Timestamp, id: String, content: Content) -> Message {
    Message {
        device: device.parse().unwrap(),
        kind: MessageKind::Reading,
        received_at,
        claimed_at: Some(received_at),
        at: received_at,
        quality: TimeQuality::Device,
        retained: false,
        repeated: false,
        key: MessageKey::Id(id),
        content,
        battery_percent: None,
    }
}

/// Decides what is made of the time that the message carries.
pub fn judge_time(message: &mut Message) {
    let received = message.received_at;
    (message.at, message.quality) = match message.claimed_at {
        None => (received, TimeQuality::Receipt),
        Some(claimed) if claimed < OLDEST_BELIEVABLE => (received, TimeQuality::WrongClock),
        Some(claimed) if between(received, claimed) > SignedDuration::from_secs(5) => {
            (received, TimeQuality::Clamped)
        }
        Some(claimed) => (claimed, TimeQuality::Device),
    };
}
