//! Where messages come from and orders go: a broker whose client we are, or our own.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde::Serialize;
use tokio::task::JoinHandle;

#[cfg(feature = "embedded-broker")]
use crate::broker::{self, Broker};
use crate::clock::Clock;
use crate::config::Broker as Setting;
use crate::ingest::mqtt::{self, Client, Dial, Publisher};
use crate::ingest::{Hindrance, Queues};
use crate::signposts::{Posted, Signposts};

/// The topic of the service's clock, by which a player paces itself.
const CLOCK_TOPIC: &str = "jikimi/v1/clock";

/// How long a stop goes on telling signs what they were still to be told.
const LAST_ORDERS_MAX: Duration = Duration::from_secs(2);

/// The running way in, and out to the signs.
pub struct Inflow {
    way: Way,
    telling: JoinHandle<()>,
}

enum Way {
    Client {
        client: Client,
        publisher: Publisher,
        dial: Dial,
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
    /// Opens the way; messages reach `queues`, and what stands at the signposts the signs, from
    /// now on.
    ///
    /// # Errors
    /// If the address cannot be used. A broker that is away is waited for instead.
    pub async fn open(
        setting: &Setting,
        queues: Queues,
        clock: Clock,
        signposts: Arc<Signposts>,
        hindrance: &Arc<Hindrance>,
    ) -> anyhow::Result<Self> {
        let way = Way::open(setting, queues, clock, hindrance).await?;
        let outlet = way.outlet();
        let telling = tokio::spawn(async move {
            while let Some(Posted { topic, payload }) = signposts.next().await {
                outlet.publish_retained(&topic, payload).await;
            }
        });
        Ok(Self { way, telling })
    }

    /// Says the service's clock to whoever paces by it.
    pub async fn announce(&self, clock: Clock) {
        let wall = crate::clock::wall_now();
        let said = Said { now: clock.at(wall), wall, speed: clock.speed() };
        // Three plain fields always serialize; without them a player takes the wall's clock.
        let payload = serde_json::to_vec(&said).unwrap_or_default();
        self.way.outlet().publish_retained(CLOCK_TOPIC, payload.into()).await;
    }

    /// Where devices reach our own broker.
    #[cfg(feature = "embedded-broker")]
    #[must_use]
    pub fn embedded_address(&self) -> Option<std::net::SocketAddr> {
        match &self.way {
            Way::Client { .. } => None,
            Way::Embedded(broker) => Some(broker.address()),
        }
    }

    /// Closes it, after the run loop: what it still had to tell the signs, and what was
    /// acknowledged, is told first.
    pub async fn close(mut self) {
        if tokio::time::timeout(LAST_ORDERS_MAX, &mut self.telling).await.is_err() {
            self.telling.abort();
        }
        match self.way {
            Way::Client { client, publisher, .. } => {
                client.close().await;
                publisher.close().await;
            }
            #[cfg(feature = "embedded-broker")]
            Way::Embedded(broker) => broker.close().await,
        }
    }
}

impl Way {
    async fn open(
        setting: &Setting,
        queues: Queues,
        clock: Clock,
        hindrance: &Arc<Hindrance>,
    ) -> anyhow::Result<Self> {
        let now = move || clock.now();
        match setting {
            Setting::Remote { host, port, client_id, login } => {
                let dial = Dial::new(host, *port, login)?;
                let publisher = Publisher::connect_to(&dial, &format!("{client_id}-publisher"));
                let client = mqtt::connect_to(&dial, client_id, queues, now, hindrance);
                Ok(Self::Client { client, publisher, dial })
            }
            #[cfg(feature = "embedded-broker")]
            Setting::Embedded { listen, guard } => {
                Ok(Self::Embedded(Broker::start_guarded(*listen, guard, queues, now).await?))
            }
            #[cfg(not(feature = "embedded-broker"))]
            Setting::Embedded { .. } => anyhow::bail!(
                "this jikimi was built without its own broker; name one under [mqtt] url"
            ),
        }
    }

    fn outlet(&self) -> Outlet {
        match self {
            Self::Client { publisher, .. } => Outlet::Client(publisher.outlet()),
            #[cfg(feature = "embedded-broker")]
            Self::Embedded(broker) => Outlet::Embedded(broker.outlet()),
        }
    }
}

/// Whoever publishes.
enum Outlet {
    Client(mqtt::Outlet),
    #[cfg(feature = "embedded-broker")]
    Embedded(broker::Outlet),
}

impl Outlet {
    async fn publish_retained(&self, topic: &str, payload: Bytes) {
        match self {
            Self::Client(outlet) => outlet.publish_retained(topic, payload),
            #[cfg(feature = "embedded-broker")]
            Self::Embedded(outlet) => outlet.publish_retained(topic, payload).await,
        }
    }
}

impl fmt::Display for Inflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.way {
            Way::Client { dial, .. } => write!(f, "the broker {dial}"),
            #[cfg(feature = "embedded-broker")]
            Way::Embedded(broker) => {
                write!(f, "its own broker {}://{}", broker.scheme(), broker.address())
            }
        }
    }
}
