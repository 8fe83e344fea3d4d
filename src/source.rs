//! Where messages come from: a broker whose client we are, or our own.

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;

#[cfg(feature = "embedded-broker")]
use crate::broker::Broker;
use crate::clock::Clock;
use crate::config::Broker as Setting;
use crate::ingest::Queues;
use crate::ingest::mqtt::{self, Client, Publisher};

/// The topic of the service's clock, by which a player paces itself.
const CLOCK_TOPIC: &str = "jikimi/v1/clock";

/// The running way in.
pub enum Inflow {
    Client {
        client: Client,
        publisher: Publisher,
        url: String,
    },
    #[cfg(feature = "embedded-broker")]
    Embedded(Broker),
}

/// The clock as it stands retained at the broker.
#[derive(Serialize)]
struct Said {
    now: Timestamp,
    wall: Timestamp,
    speed: f64,
}

impl Inflow {
    /// Opens the way in; messages reach `queues` from now on.
    ///
    /// # Errors
    /// If the address cannot be used. A broker that is away is waited for instead.
    pub async fn open(setting: &Setting, queues: Queues, clock: Clock) -> anyhow::Result<Self> {
        match setting {
            Setting::Remote { host, port, client_id } => {
                let url = format!("mqtt://{host}:{port}");
                let publisher = Publisher::connect(&url, &format!("{client_id}-publisher"))?;
                let client = mqtt::connect(&url, client_id, queues, move || clock.now())?;
                Ok(Self::Client { client, publisher, url })
            }
            #[cfg(feature = "embedded-broker")]
            Setting::Embedded { listen } => {
                Ok(Self::Embedded(Broker::start(*listen, queues, move || clock.now()).await?))
            }
            #[cfg(not(feature = "embedded-broker"))]
            Setting::Embedded { .. } => anyhow::bail!(
                "this jikimi was built without its own broker; name one under [mqtt] url"
            ),
        }
    }

    /// Says the service's clock to whoever paces by it.
    pub async fn announce(&self, clock: Clock) {
        let wall = crate::clock::wall_now();
        let said = Said { now: clock.at(wall), wall, speed: clock.speed() };
        // Three plain fields always serialize; without them a player takes the wall's clock.
        let payload = serde_json::to_vec(&said).unwrap_or_default();
        match self {
            Self::Client { publisher, .. } => publisher.publish_retained(CLOCK_TOPIC, payload),
            #[cfg(feature = "embedded-broker")]
            Self::Embedded(broker) => broker.publish_retained(CLOCK_TOPIC, payload).await,
        }
    }

    /// Closes it. What was acknowledged is told to the broker first.
    pub async fn close(self) {
        match self {
            Self::Client { client, publisher, .. } => {
                client.close().await;
                publisher.close().await;
            }
            #[cfg(feature = "embedded-broker")]
            Self::Embedded(broker) => broker.close().await,
        }
    }
}

impl fmt::Display for Inflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client { url, .. } => write!(f, "the broker {url}"),
            #[cfg(feature = "embedded-broker")]
            Self::Embedded(broker) => write!(f, "its own broker mqtt://{}", broker.address()),
        }
    }
}
