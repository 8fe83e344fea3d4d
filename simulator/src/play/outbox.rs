//! The messages that were sent and are not acknowledged yet, in the recording's order.
//!
//! This list is the whole promise that nothing is lost: a message leaves it when its PUBACK has
//! come and never otherwise. It knows nothing of connections.

use std::collections::VecDeque;

use super::source::Message;
use crate::wire;

/// One id is left over, for a subscription.
const ID_MAX: u16 = u16::MAX - 1;

struct Waiting {
    id: u16,
    packet: Vec<u8>,
    topic: String,
    acknowledged: bool,
}

/// See the module.
pub struct Outbox {
    waiting: VecDeque<Waiting>,
    unacknowledged: usize,
    in_flight_max: usize,
    last_id: u16,
}

impl Outbox {
    /// Packet ids have 16 bits, and one more than is on its way has to be free.
    pub fn new(in_flight_max: usize) -> Self {
        let in_flight_max = in_flight_max.clamp(1, usize::from(u16::MAX) / 2);
        Self { waiting: VecDeque::new(), unacknowledged: 0, in_flight_max, last_id: 0 }
    }

    pub fn has_room(&self) -> bool {
        self.waiting.len() < self.in_flight_max
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub fn len(&self) -> usize {
        self.unacknowledged
    }

    /// Takes a message in and answers its packet.
    pub fn admit(&mut self, message: Message) -> &[u8] {
        // Ids go round. The list spans less than half of them, so the next one is free.
        self.last_id = if self.last_id < ID_MAX { self.last_id + 1 } else { 1 };
        let id = self.last_id;
        let mut packet = Vec::with_capacity(message.topic.len() + message.payload.len() + 9);
        wire::publish(&mut packet, id, &message.topic, &message.payload, message.retained);
        self.unacknowledged += 1;
        self.waiting.push_back(Waiting { id, packet, topic: message.topic, acknowledged: false });
        self.waiting.back().map_or(&[], |waiting| &waiting.packet)
    }

    /// The broker has it. False if nobody waited for that.
    pub fn acknowledge(&mut self, id: u16) -> bool {
        let waits = |waiting: &&mut Waiting| waiting.id == id && !waiting.acknowledged;
        let Some(found) = self.waiting.iter_mut().find(waits) else {
            return false;
        };
        found.acknowledged = true;
        found.packet = Vec::new();
        self.unacknowledged -= 1;
        while self.waiting.front().is_some_and(|first| first.acknowledged) {
            self.waiting.pop_front();
        }
        true
    }

    /// The topic of a message that waits, for an error about it.
    pub fn topic(&self, id: u16) -> Option<&str> {
        self.waiting.iter().find(|waiting| waiting.id == id).map(|waiting| waiting.topic.as_str())
    }

    /// Everything once more, for a new connection.
    pub fn again(&mut self) -> impl Iterator<Item = &[u8]> {
        self.waiting.iter_mut().filter(|waiting| !waiting.acknowledged).map(|waiting| {
            wire::mark_repeated(&mut waiting.packet);
            waiting.packet.as_slice()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(n: u32) -> Message {
        let payload = n.to_string().into_bytes();
        let received_at = jiff::Timestamp::UNIX_EPOCH;
        Message { received_at, topic: "t".to_owned(), payload, retained: false }
    }

    fn id_of(packet: &[u8]) -> u16 {
        // One byte of type, one of length, three of the topic.
        u16::from_be_bytes([packet[5], packet[6]])
    }

    fn again(outbox: &mut Outbox) -> Vec<String> {
        let text = |packet: &[u8]| String::from_utf8(packet[7..].to_vec()).unwrap();
        outbox.again().map(text).collect()
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_in_its_order() {
        let mut outbox = Outbox::new(10);
        let ids: Vec<u16> = (0..5).map(|n| id_of(outbox.admit(message(n)))).collect();
        assert!(outbox.acknowledge(ids[0]));
        assert!(outbox.acknowledge(ids[3]));
        assert!(!outbox.acknowledge(ids[3]));
        assert!(!outbox.acknowledge(999));
        assert_eq!(again(&mut outbox), ["1", "2", "4"]);
        assert_eq!(again(&mut outbox), ["1", "2", "4"]);
        assert_eq!(outbox.len(), 3);
        for id in [ids[1], ids[2], ids[4]] {
            outbox.acknowledge(id);
        }
        assert!(outbox.is_empty());
    }

    #[test]
    fn a_message_sent_again_says_so_and_keeps_its_id() {
        let mut outbox = Outbox::new(10);
        let first = outbox.admit(message(0)).to_vec();
        let second = outbox.again().next().unwrap().to_vec();
        assert_eq!(first[0] & 0x08, 0);
        assert_eq!(second[0] & 0x08, 0x08);
        assert_eq!(first[1..], second[1..]);
    }

    #[test]
    fn no_two_waiting_messages_ever_have_the_same_id() {
        let mut outbox = Outbox::new(20_000);
        let mut on_their_way = VecDeque::new();
        for n in 0..150_000 {
            let id = id_of(outbox.admit(message(n)));
            assert!(id != 0);
            on_their_way.push_back(id);
            if !outbox.has_room() {
                assert!(outbox.acknowledge(on_their_way.pop_front().unwrap()));
            }
        }
        let different: std::collections::BTreeSet<_> = on_their_way.iter().collect();
        assert_eq!(different.len(), on_their_way.len());
    }
}
