//! What a session subscribes to, and what it no longer should.
//!
//! A broker keeps the subscriptions of a session for as long as the session, also those of a
//! configuration that has gone. So a session leaves a note of what it has asked for, retained on
//! the topic of its own marker, reads it at its next connection and takes back what is no longer
//! wanted. Where the note is lost, what comes on an old subscription is refused by name.

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Filter, RetainForwardRule};
use tokio::sync::watch;

/// Filters of one session, by what they are for.
pub struct Subscriptions {
    wanted: Vec<String>,
    /// Where our marker comes back, and where the note is kept.
    own: String,
}

impl Subscriptions {
    pub fn new(wanted: Vec<String>, own: String) -> Self {
        Self { wanted, own }
    }

    /// All of them. The note is asked for every time; whatever else is retained only once.
    pub fn filters(&self) -> Vec<Filter> {
        let once = self.wanted.iter().map(|path| Filter {
            retain_forward_rule: RetainForwardRule::OnNewSubscribe,
            ..Filter::new(path.clone(), QoS::AtLeastOnce)
        });
        let own = Filter {
            retain_forward_rule: RetainForwardRule::OnEverySubscribe,
            ..Filter::new(self.own.clone(), QoS::AtLeastOnce)
        };
        once.chain([own]).collect()
    }

    /// Leaves a note of what was asked for.
    pub fn note(&self, connection: &AsyncClient) {
        let note = serde_json::to_vec(&self.wanted).unwrap_or_default();
        // It fails only if the connection is gone; the next one leaves it.
        let _ = connection.try_publish(&self.own, QoS::AtLeastOnce, true, note);
    }

    /// Takes back what an earlier note names and nobody wants any more.
    pub fn take_back(&self, connection: &AsyncClient, note: &[u8]) {
        for old in self.unwanted(note) {
            tracing::info!(filter = old, "no longer subscribed");
            // As above: the note is still there for the next connection.
            let _ = connection.try_unsubscribe(old);
        }
    }

    fn unwanted(&self, note: &[u8]) -> Vec<String> {
        let former: Vec<String> = serde_json::from_slice(note).unwrap_or_default();
        former.into_iter().filter(|old| *old != self.own && !self.wanted.contains(old)).collect()
    }
}

/// Whether the broker lets the alarm session hear all it has asked for.
#[derive(Debug, Clone, Default)]
pub struct Granted(watch::Sender<Option<bool>>);

impl Granted {
    pub fn set(&self, granted: bool) {
        self.0.send_replace(Some(granted));
    }

    pub fn get(&self) -> bool {
        *self.0.borrow() == Some(true)
    }

    /// Waits until the broker has answered, whatever it said.
    pub async fn answered(&self) {
        // It ends early only with whoever tells.
        let _ = self.0.subscribe().wait_for(Option::is_some).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_wants_is_taken_back() {
        let wanted = vec!["jikimi/v1/+/alarm".to_owned(), "zigbee2mqtt/sos".to_owned()];
        let subscriptions = Subscriptions::new(wanted, "jikimi/v1/self/x".to_owned());
        let note = br#"["jikimi/v1/+/alarm","zigbee2mqtt/old","jikimi/v1/self/x"]"#;
        assert_eq!(subscriptions.unwanted(note), ["zigbee2mqtt/old"]);
        assert_eq!(subscriptions.unwanted(b"0123abcd"), [""; 0], "no note");
    }
}
