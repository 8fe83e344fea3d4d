//! A notice as an MQTT message, for other systems: QoS 1, and taken once the broker has said so.
//!
//! The body is the webhook's. A connection lives for one notice: they are rare, and one that is
//! made when it is needed cannot have died unseen.

use std::time::Duration;

use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, PubAckReason};
use rumqttc::v5::{AsyncClient, Event};

use super::SendError;
use super::webhook::Body;
use crate::config::Topic;
use crate::ingest::mqtt::Dial;
use crate::store::DueNotice;

/// A broker that takes longer has not taken it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Sender {
    dial: Dial,
    topic: String,
    client_id: String,
}

impl Sender {
    /// # Errors
    /// If the password or a certificate cannot be read.
    pub fn new(id: &str, topic: &Topic) -> anyhow::Result<Self> {
        let dial = Dial::new(&topic.host, topic.port, &topic.login)?;
        Ok(Self { dial, topic: topic.topic.clone(), client_id: format!("jikimi-notice-{id}") })
    }

    /// One attempt.
    ///
    /// # Errors
    /// If it was not taken.
    pub async fn send(&self, key: &str, notice: &DueNotice) -> Result<(), SendError> {
        let options = self.dial.options(&self.client_id);
        let (client, mut events) = AsyncClient::new(options, 4);
        let body = Body::of(key, notice);
        let published = client.publish(&self.topic, QoS::AtLeastOnce, false, body).await;
        published.map_err(|error| SendError::Away(error.to_string()))?;
        let acknowledged = async {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::PubAck(ack))) => return Ok(ack.reason),
                    Ok(_) => {}
                    Err(error) => return Err(SendError::Away(error.to_string())),
                }
            }
        };
        let answered = tokio::time::timeout(ANSWER_WITHIN, acknowledged).await;
        let reason = answered.map_err(|_| SendError::Away("timed out".to_owned()))??;
        // It has been taken; whether the broker hears our goodbye changes nothing.
        drop(client.disconnect().await);
        drop(tokio::time::timeout(Duration::from_secs(1), events.poll()).await);
        match reason {
            PubAckReason::Success | PubAckReason::NoMatchingSubscribers => Ok(()),
            other => Err(SendError::Refused(format!("the broker said {other:?}"))),
        }
    }
}
