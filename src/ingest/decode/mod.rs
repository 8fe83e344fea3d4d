//! One packet's topic and payload into messages, or a sign's answer, whichever dialect it is in.
//!
//! A pure function of the packet and of who is who: no clock, no counters, no log. It never
//! panics on what a device can send, and [`decode_caught`] turns even a panic of ours into a
//! refusal, so that one payload never stops the stream. Nothing is dropped: what cannot be read
//! comes back as [`Refused`], to be kept with its reason; what had to be left out of a message
//! that is otherwise taken stands in [`Decoded::remarks`]; what a gateway says that is about no
//! device is [`Heard::Ignored`], with its name. The caller owes each a count.

pub(super) mod json;
mod refused;
pub(super) mod time;

use std::panic::{AssertUnwindSafe, catch_unwind};

pub use super::profiles::native::Shown;
pub use refused::{Reason, Refused};

use super::PAYLOAD_BYTES_MAX;
use super::directory::Directory;
use super::profiles::{Ignored, native};
use crate::domain::time::{Timestamp, whole_microseconds};
use crate::domain::{Message, SiteId};

/// One publication as it was polled.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'p> {
    pub topic: &'p str,
    pub payload: &'p [u8],
    /// In whole microseconds.
    pub received_at: Timestamp,
    /// The broker replays it from its memory.
    pub retained: bool,
    /// The broker marked the delivery as repeated.
    pub repeated: bool,
}

impl<'p> Packet<'p> {
    /// `marks`: whether the broker replays it from its memory, and whether it marked the
    /// delivery as repeated.
    #[must_use]
    pub fn new(
        topic: &'p str,
        payload: &'p [u8],
        received_at: Timestamp,
        (retained, repeated): (bool, bool),
    ) -> Self {
        let received_at = whole_microseconds(received_at);
        Self { topic, payload, received_at, retained, repeated }
    }
}

/// What a packet turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    Message(Decoded),
    /// Of several devices, or of several moments. Never empty.
    Several(Vec<Decoded>),
    Shown(Shown),
    /// A gateway's own business, which is no device's message.
    Ignored(Ignored),
}

impl Heard {
    /// The messages in it, in their order.
    #[must_use]
    pub fn messages(&self) -> &[Decoded] {
        match self {
            Self::Message(decoded) => std::slice::from_ref(decoded),
            Self::Several(all) => all,
            Self::Shown(_) | Self::Ignored(_) => &[],
        }
    }

    /// What was left out of it.
    pub fn remarks(&self) -> impl Iterator<Item = &Refused> {
        self.messages().iter().flat_map(|decoded| &decoded.remarks)
    }
}

/// A message and the site it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    pub site: SiteId,
    pub message: Message,
    /// What was left out or out of place, although the message is taken. Nearly always empty.
    pub remarks: Vec<Refused>,
    /// It belongs to the message before it in the same packet: if that one has come before, so
    /// has this.
    pub follows: bool,
}

/// Decodes one packet.
///
/// # Errors
/// [`Refused`], with the reason as a stable code and as a sentence that is safe to store and
/// show: bounded, and free of control characters.
pub fn decode(directory: &Directory, packet: &Packet<'_>) -> Result<Heard, Refused> {
    if packet.payload.len() > PAYLOAD_BYTES_MAX {
        let sentence = format!(
            "{} bytes; a payload has at most {PAYLOAD_BYTES_MAX}, so send less at a time",
            packet.payload.len()
        );
        return Err(Refused::new(Reason::TooLarge, &sentence));
    }
    match native::speaks(packet.topic) {
        true => native::decode(packet),
        false => directory.hear(packet).unwrap_or_else(|| native::decode(packet)),
    }
}

/// [`decode`], with a panic turned into a refusal.
///
/// # Errors
/// As [`decode`], and with [`Reason::DecoderPanicked`] if it panicked.
pub fn decode_caught(directory: &Directory, packet: &Packet<'_>) -> Result<Heard, Refused> {
    caught(|| decode(directory, packet))
}

fn caught<T>(decode: impl FnOnce() -> Result<T, Refused>) -> Result<T, Refused> {
    // Nothing outlives a panicking decode that it could have left half done.
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|_| {
        Err(Refused::new(Reason::DecoderPanicked, "the decoder broke on this; please report it"))
    })
}

/// The payload as text.
pub(super) fn text(payload: &[u8]) -> Result<&str, Refused> {
    std::str::from_utf8(payload).map_err(|error| {
        let sentence = format!(
            "not UTF-8 from byte {}; JSON is text, and a frame of bytes has to be decoded by its \
             gateway",
            error.valid_up_to()
        );
        Refused::new(Reason::NotUtf8, &sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_breaks_is_a_refusal() {
        let refused = caught::<()>(|| panic!("planted")).unwrap_err();
        assert_eq!(refused.reason.code(), "decoder-panicked");
        let packet = Packet::new(
            "jikimi/v1/usan/h0101-pir/status",
            b"online",
            Timestamp::UNIX_EPOCH,
            (false, false),
        );
        assert!(decode_caught(&Directory::default(), &packet).is_ok());
    }
}
