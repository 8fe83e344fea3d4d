//! Who is connected, and what is to be said when they vanish (MQTT's wills).
//!
//! The broker keeps and routes a will by itself and tells its hooks nothing of it, so it is kept
//! here too, one for each connection. A device that takes its own session over has two
//! connections for a moment, and the older one ends as if the device had vanished; it has not, so
//! that will says nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// What a device has left to be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Will {
    pub topic: String,
    pub payload: Bytes,
    pub retain: bool,
}

/// Every connection with its will, the older of a device first.
#[derive(Debug, Default)]
pub struct Presence {
    connections: Mutex<BTreeMap<Arc<str>, VecDeque<Connection>>>,
}

#[derive(Debug)]
struct Connection {
    will: Option<Will>,
    /// What the device itself last made the retained value of its will's topic.
    said: Option<Bytes>,
}

/// What the end of a connection means.
#[derive(Debug, PartialEq, Eq)]
pub enum Parted {
    /// Nothing has to be said.
    Quietly,
    /// The device has vanished.
    Vanished(Will),
    /// The device is here on a newer connection, and the broker has just published its will all
    /// the same: this is what it had said instead.
    TakenOver { topic: String, said: Bytes },
}

impl Presence {
    pub fn connected(&self, client: Arc<str>, will: Option<Will>) {
        let connection = Connection { will, said: None };
        self.lock().entry(client).or_default().push_back(connection);
    }

    /// A client has made `payload` the retained value of a topic.
    pub fn said(&self, client: &str, topic: &str, payload: &Bytes) {
        let mut connections = self.lock();
        let newest = connections.get_mut(client).and_then(VecDeque::back_mut);
        let of_will = |connection: &&mut Connection| {
            connection.will.as_ref().is_some_and(|will| will.topic == topic)
        };
        if let Some(connection) = newest.filter(of_will) {
            connection.said = Some(payload.clone());
        }
    }

    /// The oldest connection of a client has ended; `vanished` if without a goodbye.
    pub fn parted(&self, client: &str, vanished: bool) -> Parted {
        let mut connections = self.lock();
        let Some(of_client) = connections.get_mut(client) else { return Parted::Quietly };
        let ended = of_client.pop_front();
        let newest = of_client.back();
        let parted = match (ended, newest) {
            (Some(Connection { will: Some(will), said }), newest) if vanished => {
                match newest.map(|newest| newest.said.clone().or(said)) {
                    None => Parted::Vanished(will),
                    Some(Some(said)) if will.retain => {
                        Parted::TakenOver { topic: will.topic, said }
                    }
                    Some(_) => Parted::Quietly,
                }
            }
            _ => Parted::Quietly,
        };
        if of_client.is_empty() {
            connections.remove(client);
        }
        parted
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, VecDeque<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "jikimi/v1/usan/h0101-pir/status";
    const ONLINE: Bytes = Bytes::from_static(b"online");

    fn will() -> Will {
        let payload = Bytes::from_static(b"offline");
        Will { topic: TOPIC.to_owned(), payload, retain: true }
    }

    #[test]
    fn a_will_is_said_for_who_vanishes_and_not_for_who_says_goodbye() {
        let presence = Presence::default();
        for (vanished, parted) in [(true, Parted::Vanished(will())), (false, Parted::Quietly)] {
            presence.connected("d".into(), Some(will()));
            assert_eq!(presence.parted("d", vanished), parted);
        }
        presence.connected("d".into(), None);
        assert_eq!(presence.parted("d", true), Parted::Quietly);
        assert_eq!(presence.parted("d", true), Parted::Quietly, "nobody is there");
        assert!(presence.lock().is_empty());
    }

    #[test]
    fn who_takes_its_session_over_has_not_vanished() {
        let presence = Presence::default();
        presence.connected("d".into(), Some(will()));
        presence.said("d", TOPIC, &ONLINE);
        presence.connected("d".into(), Some(will()));
        let taken_over = Parted::TakenOver { topic: TOPIC.to_owned(), said: ONLINE };
        assert_eq!(presence.parted("d", true), taken_over);
        assert_eq!(presence.parted("d", true), Parted::Vanished(will()));
    }
}
