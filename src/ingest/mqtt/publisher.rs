//! What we publish: retained values, of which only the latest counts.
//!
//! Its own connection, so that nothing published waits behind what arrives. Best effort: a value
//! waits in memory until the broker is there, is replaced by a newer one of the same topic, and
//! is published again after every reconnect, since a broker may have forgotten it. It tells
//! nobody whether a value has arrived.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Packet;
use rumqttc::v5::{AsyncClient, ConnectionError, Event, MqttOptions};

use super::session::parted;
use super::switch::{BackOff, Switch};
use super::{AddressError, Dial, KEEP_ALIVE, Running};
use crate::dropped::count_dropped;

/// Values on their way at once; the others wait, and are replaced where they wait.
const UNDER_WAY_MAX: u16 = 64;

/// Publishes retained values. Dropping it cuts the connection.
#[derive(Debug)]
pub struct Publisher {
    values: Arc<Mutex<Values>>,
    running: Running,
}

/// What is to stand at the broker.
#[derive(Debug, Default)]
struct Values {
    latest: BTreeMap<String, Bytes>,
    /// Topics whose latest value has not been handed to the connection, those first that have
    /// waited longest. A newer value waits in the place of the older one.
    owed: VecDeque<String>,
    connection: Option<Arc<AsyncClient>>,
}

impl Publisher {
    /// Connects as `client_id` to a broker in plain text that asks nobody who they are.
    ///
    /// # Errors
    /// If `url` is no address of a broker. A broker that is away is no error.
    pub fn connect(url: &str, client_id: &str) -> Result<Self, AddressError> {
        Ok(Self::connect_to(&Dial::plain(url)?, client_id))
    }

    /// Connects as `client_id`, which must be none of the ingest sessions', and goes on
    /// connecting for as long as it takes.
    #[must_use]
    pub fn connect_to(dial: &Dial, client_id: &str) -> Self {
        let mut options = dial.options(client_id);
        options
            .set_clean_start(true)
            .set_keep_alive(KEEP_ALIVE)
            .set_outgoing_inflight_upper_limit(UNDER_WAY_MAX);
        let values = Arc::new(Mutex::new(Values::default()));
        let switch = Arc::new(Switch::default());
        let task = tokio::spawn(run(options, Arc::clone(&values), Arc::clone(&switch)));
        Self { values, running: Running { switch, task } }
    }

    /// Makes `payload` the retained value of `topic`, soon. Never waits.
    pub fn publish_retained(&self, topic: &str, payload: impl Into<Bytes>) {
        self.outlet().publish_retained(topic, payload);
    }

    /// The same for someone else, for as long as this lives.
    #[must_use]
    pub fn outlet(&self) -> Outlet {
        Outlet { values: Arc::clone(&self.values) }
    }

    /// Publishes what is under way, says goodbye and stops.
    pub async fn close(self) {
        self.running.switch.close();
        self.running.stopped().await;
    }
}

/// Publishes over another's connection.
#[derive(Debug, Clone)]
pub struct Outlet {
    values: Arc<Mutex<Values>>,
}

impl Outlet {
    /// Makes `payload` the retained value of `topic`, soon. Never waits.
    pub fn publish_retained(&self, topic: &str, payload: impl Into<Bytes>) {
        let mut values = lock(&self.values);
        values.latest.insert(topic.to_owned(), payload.into());
        if !values.owe(topic) {
            count_dropped("published-value-replaced", 1);
        }
        values.hand_over();
    }
}

impl Values {
    /// False if an older value of it has waited already, and never will have been said.
    fn owe(&mut self, topic: &str) -> bool {
        let waits = self.owed.iter().any(|owed| owed == topic);
        if !waits {
            self.owed.push_back(topic.to_owned());
        }
        !waits
    }

    /// Hands what is owed to the connection, as far as it has room.
    fn hand_over(&mut self) {
        let Some(connection) = &self.connection else { return };
        while let Some(topic) = self.owed.front() {
            let payload = self.latest.get(topic).cloned().unwrap_or_default();
            if connection.try_publish(topic, QoS::AtLeastOnce, true, payload).is_err() {
                return;
            }
            self.owed.pop_front();
        }
    }

    fn connected(&mut self, connection: Arc<AsyncClient>) {
        self.connection = Some(connection);
        // First what was owed in its order, then what the broker may have forgotten.
        let known: Vec<String> = self.latest.keys().cloned().collect();
        for topic in &known {
            self.owe(topic);
        }
        self.hand_over();
    }
}

fn lock(values: &Mutex<Values>) -> MutexGuard<'_, Values> {
    values.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn run(options: MqttOptions, values: Arc<Mutex<Values>>, switch: Arc<Switch>) {
    let mut back_off = BackOff::default();
    loop {
        let ended = connection(&options, &values, &switch, &mut back_off).await;
        lock(&values).connection = None;
        let Err(error) = ended else { return };
        tracing::debug!(client.id = options.client_id(), %error, "cannot publish at the moment");
        if !switch.sleep(back_off.next()).await {
            return;
        }
    }
}

/// One connection from its beginning to its end; `Ok` if we are to stop.
async fn connection(
    options: &MqttOptions,
    values: &Mutex<Values>,
    switch: &Switch,
    back_off: &mut BackOff,
) -> Result<(), Box<ConnectionError>> {
    let (connection, mut events) = AsyncClient::new(options.clone(), UNDER_WAY_MAX.into());
    let connection = Arc::new(connection);
    if !switch.open(&connection) {
        return Ok(());
    }
    loop {
        match events.poll().await.map_err(Box::new)? {
            Event::Incoming(Packet::ConnAck(_)) => lock(values).connected(Arc::clone(&connection)),
            Event::Incoming(Packet::PubAck(_)) => {
                back_off.reset();
                lock(values).hand_over();
            }
            Event::Outgoing(Outgoing::Disconnect) => {
                parted(&mut events).await;
                return Ok(());
            }
            _ => {}
        }
    }
}
