//! Messages on their way in: from a broker's packet to one decoded arrival in a bounded queue.
//!
//! Nothing here decides or stores. A packet is stamped once, when it is polled, decoded, and put
//! into the queue of its session; its acknowledgement travels with it and is given by the run
//! loop after the commit. Bad payloads are arrivals too, with the reason they were refused.

pub mod decode;
pub mod directory;
pub mod model;
pub mod mqtt;
pub mod profiles;

use std::sync::Arc;

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};

use crate::domain::time::Timestamp;
pub use decode::{Decoded, Heard, Packet, Refused, Shown};
pub use directory::Directory;

/// Above this a payload is dead-lettered; brokers of ours take up to 2 MiB, the client 4 MiB.
pub const PAYLOAD_BYTES_MAX: usize = 256 * 1024;

/// The two ways in. An alarm never queues behind readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Session {
    Alarm,
    Bulk,
}

/// What comes out of a session, in its order.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly all are messages; a box would cost each")]
pub enum Arrival {
    Message(Delivery),
    Link(Link, Noticed),
}

impl Arrival {
    /// When it came, on the service's clock.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Message(delivery) => delivery.received_at,
            Self::Link(_, noticed) => noticed.at,
        }
    }
}

/// When a session's turn was noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noticed {
    pub at: Timestamp,
    /// What had reached the broker by then has come, all of it.
    pub seen: Timestamp,
}

/// What happened to a session itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// The broker is gone.
    Lost,
    /// The broker is back and what it kept for us comes now.
    Regained,
    /// Everything it kept for us has come.
    CaughtUp,
    /// What reaches the broker comes too late, for more of it waits there than comes from there.
    Behind,
    /// Nothing of that sort; said every second or so.
    Abreast,
}

/// What hinders us from hearing, in words that say what to do; nothing while all is well or the
/// broker is merely away.
#[derive(Debug, Default)]
pub struct Hindrance(Mutex<Option<String>>);

impl Hindrance {
    /// True if it is another than before.
    pub fn set(&self, words: Option<String>) -> bool {
        let mut stands = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut *stands, words.clone()) != words
    }

    #[must_use]
    pub fn words(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// One packet, decoded or refused, with the way to acknowledge it.
#[derive(Debug)]
pub struct Delivery {
    pub topic: String,
    pub payload: Bytes,
    /// When the packet was polled, on the service's clock.
    pub received_at: Timestamp,
    pub heard: Result<Heard, Refused>,
    pub ack: Ack,
}

/// The acknowledgement that a packet waits for. Dropping it leaves the packet unacknowledged: the
/// sender or the broker keeps it and brings it again.
#[derive(Debug)]
pub enum Ack {
    /// Nothing to acknowledge.
    None,
    /// A packet of our own client at a broker.
    Client(mqtt::ClientAck),
    /// A sender at the embedded broker, whose PUBACK waits for this.
    Embedded(oneshot::Sender<()>),
}

impl Delivery {
    /// Decodes a packet of our own dialect; see [`Delivery::heard`].
    #[must_use]
    pub fn new(
        topic: String,
        payload: Bytes,
        received_at: Timestamp,
        marks: (bool, bool),
        ack: Ack,
    ) -> Self {
        Self::heard(&Directory::default(), topic, payload, received_at, marks, ack)
    }

    /// Decodes a packet of whichever dialect. `marks`: whether the broker replays it from its
    /// memory, and whether it marked the delivery as repeated.
    #[must_use]
    pub fn heard(
        directory: &Directory,
        topic: String,
        payload: Bytes,
        received_at: Timestamp,
        marks: (bool, bool),
        ack: Ack,
    ) -> Self {
        let packet = Packet::new(&topic, &payload, received_at, marks);
        let heard = decode::decode_caught(directory, &packet);
        if let Ok(Heard::Ignored(ignored)) = &heard {
            count_ignored(*ignored);
        }
        for remark in heard.iter().flat_map(Heard::remarks) {
            metrics::counter!("jikimi_remarks_total", "reason" => remark.reason.code())
                .increment(1);
            tracing::debug!(topic, %remark, "a message is taken with a remark");
        }
        Self { topic, payload, received_at, heard, ack }
    }
}

/// What is kept nowhere is counted by its name.
fn count_ignored(ignored: profiles::Ignored) {
    metrics::counter!("jikimi_ignored_total", "reason" => ignored.code()).increment(1);
}

impl Ack {
    /// Acknowledges the packet. Never waits; if whoever waited for it is gone, nothing happens.
    pub fn give(self) {
        match self {
            Self::None => {}
            Self::Client(ack) => ack.give(),
            Self::Embedded(waiting) => {
                let _ = waiting.send(());
            }
        }
    }
}

/// A topic as text that a table and a log line can hold, whatever the broker let through.
pub(crate) fn topic_text(topic: &[u8]) -> String {
    let text = String::from_utf8_lossy(topic);
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.into_owned() }
}

/// The queues into the run loop, and who is who on the way there. Bounded: when they are full the
/// broker waits, and so, through it, do the senders.
#[derive(Clone)]
pub struct Queues {
    pub alarm: mpsc::Sender<Arrival>,
    pub bulk: mpsc::Sender<Arrival>,
    pub directory: Arc<Directory>,
}

impl Queues {
    /// The queue for a topic, whoever brings it.
    #[must_use]
    pub fn of(&self, topic: &str) -> &mpsc::Sender<Arrival> {
        let alarms = match profiles::native::speaks(topic) {
            true => topic.ends_with("/alarm"),
            false => self.directory.session(topic) == Some(Session::Alarm),
        };
        if alarms { &self.alarm } else { &self.bulk }
    }
}

/// Messages that may wait decoded in front of the run loop, per session.
pub const ALARMS_QUEUED_MAX: usize = 1024;
pub const READINGS_QUEUED_MAX: usize = 1024;
