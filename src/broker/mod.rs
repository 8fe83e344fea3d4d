//! The embedded MQTT broker of the zero-setup default.
//!
//! A device's own PUBACK waits for our commit: a publication is decoded in its connection's task,
//! goes into the run loop's queue like any other arrival, and is acknowledged when the run loop
//! gives the [`Ack`]. There is no backlog and no client of ours in between. When a queue is full
//! the connection waits, and TCP holds its sender back; so a queue is never longer than the
//! number of connections plus what came with QoS 0, which waits for nothing.
//!
//! If the acknowledgement is dropped instead (the commit failed, we are stopping) there is no
//! PUBACK and the device is disconnected, so that it sends again. Refusing in any other way would
//! not do: a refusal reaches an MQTT 3.1.1 device as a success.
//!
//! Everything a client publishes comes in, on whichever topic; what no decoder knows is a dead
//! letter like any other. Of that only a device's retained status, and what the gateways of other
//! dialects say, is also handed on and retained as they ask, after its commit; otherwise
//! [`Outlet::publish_retained`] alone speaks to subscribers. A
//! will comes in like any message when its device vanishes, at once even if it asks for a delay.
//! The broker does not tell a repeated delivery, so a message with neither id, seq nor at counts
//! as often as it is sent.
//!
//! With accounts ([`crate::accounts`]) a client is let in by name and password or by certificate,
//! and speaks on its own topics only. Whoever publishes elsewhere is disconnected without a
//! PUBACK, and what it said is a dead letter, once a minute at most, and counted each time.
//!
//! Whoever owns the queues must give or drop every acknowledgement: a connection waits for it
//! without end. Without accounts anyone who reaches the address may publish, and it is said.

mod front;
mod gate;
mod presence;
mod quiet;

use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use mqtt5::broker::config::AuthConfig;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::{
    BrokerConfig, BrokerEventHandler, BrokerShutdownHandle, ClientConnectEvent,
    ClientDisconnectEvent, ClientPublishEvent, MqttBroker, PublishAction, ResourceLimits,
    StorageBackendType, StorageConfig,
};
use mqtt5::{MqttError, QoS};
use mqtt5_protocol::packet::publish::PublishPacket;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::accounts::{Accounts, AccountsError};
use crate::config::Guard;
use crate::domain::time::Timestamp;
use crate::ingest::decode::{Reason, Refused};
use crate::ingest::{Ack, Arrival, Delivery, Link, Noticed, Queues, topic_text};
use crate::tls::{self, TlsError};
use front::Front;
use gate::{Closed, Doorman, Gate};
use presence::{Parted, Presence, Will};
use quiet::Quiet;

const CLIENTS_MAX: usize = 20_000;
/// Below what our client at another broker takes, above what is decoded.
const PACKET_BYTES_MAX: usize = 2 * 1024 * 1024;
/// No device listens here. A publication of QoS 0 is what sends no acknowledgement.
const DEAD_TOPIC: &str = "$jikimi/refused";
/// How long a stop waits for the connections to end; the broker itself waits 5 s.
const GOODBYE_MAX: Duration = Duration::from_secs(6);

/// The running broker. Dropping it stops it at once; [`Broker::close`] parts properly.
pub struct Broker {
    address: SocketAddr,
    router: Arc<MessageRouter>,
    shutdown: BrokerShutdownHandle,
    front: Option<Front>,
    task: JoinHandle<()>,
}

/// Why the broker did not start.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    #[error(
        "port {} is in use on {}: another broker, or another jikimi, listens there; \
         stop it, choose another port, or use that broker",
        .0.port(), .0.ip()
    )]
    PortInUse(SocketAddr),
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the embedded broker does not start")]
    Start(#[source] MqttError),
    #[error("the embedded broker's accounts cannot be used")]
    Accounts(#[from] AccountsError),
    #[error("the embedded broker's certificates cannot be used")]
    Tls(#[from] TlsError),
}

impl BrokerError {
    /// Stable.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::PortInUse(_) => "port-in-use",
            Self::Listen { .. } => "cannot-listen",
            Self::Start(_) => "broker-does-not-start",
            Self::Accounts(_) => "bad-accounts",
            Self::Tls(_) => "bad-certificates",
        }
    }
}

impl Broker {
    /// Listens on `listen` (port 0: any free one) and takes connections from now on, from anyone
    /// and in plain text. Says [`Link::Regained`] in both queues first, and never
    /// [`Link::CaughtUp`]: whether every device is back is not for the broker to know.
    ///
    /// # Errors
    /// If the address cannot be listened on, with what to do about it.
    pub async fn start(
        listen: SocketAddr,
        queues: Queues,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, BrokerError> {
        Self::start_guarded(listen, &Guard::default(), queues, now).await
    }

    /// [`Broker::start`] with accounts, TLS or both.
    ///
    /// # Errors
    /// Also if an account or a certificate cannot be used, with its file.
    pub async fn start_guarded(
        listen: SocketAddr,
        guard: &Guard,
        queues: Queues,
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
    ) -> Result<Self, BrokerError> {
        let (accounts, tls) = guarded(guard)?;
        let listener = bind(listen).await?;
        if accounts.is_none() && !listen.ip().is_loopback() {
            tracing::warn!(broker.address = %listen, "anyone who reaches this address may publish");
        }
        let gate = Arc::new(Gate::new(accounts));
        let router = Arc::new(OnceLock::new());
        let began = now();
        let door = Door {
            queues: queues.clone(),
            now,
            presence: Presence::default(),
            gate: Arc::clone(&gate),
            told: Quiet::default(),
            router: Arc::clone(&router),
        };
        // The broker opens plain ports by itself. Of TLS ours is the port, and its own lets
        // nobody in.
        let (listener, plain) = match tls.is_some() {
            true => (Some(listener), SocketAddr::from((Ipv4Addr::LOCALHOST, 0))),
            false => {
                drop(listener);
                (None, listen)
            }
        };
        let configuration = configuration(plain, door);
        let broker = MqttBroker::with_config(configuration.clone());
        let mut broker = broker.await.map_err(BrokerError::Start)?;
        broker.resource_monitor().update_limits(limits());
        broker = match tls.is_some() {
            true => broker.with_auth_provider(Arc::new(Closed)),
            false => {
                let gate = Arc::clone(&gate);
                broker.with_auth_provider(Arc::new(Doorman { gate, certificate: None }))
            }
        };
        let mut address = broker.local_addr().unwrap_or(listen);
        let shutdown = broker.shutdown_handle();
        let router = Arc::clone(router.get_or_init(|| broker.router()));
        regained(&queues, began).await;
        let front = match listener.zip(tls) {
            None => None,
            Some((listener, tls)) => {
                let front = Front::open(listener, tls, gate, &broker, configuration)
                    .map_err(|source| BrokerError::Listen { address: listen, source })?;
                address = front.address();
                Some(front)
            }
        };
        let task = tokio::spawn(async move {
            if let Err(error) = broker.run().await {
                tracing::error!(%error, "the embedded broker has stopped");
            }
        });
        Ok(Self { address, router, shutdown, front, task })
    }

    /// Finds out whether it would start, and leaves nothing behind.
    ///
    /// # Errors
    /// As [`Broker::start_guarded`].
    pub async fn try_start(listen: SocketAddr, guard: &Guard) -> Result<(), BrokerError> {
        guarded(guard)?;
        bind(listen).await.map(drop)
    }

    /// `mqtts` or `mqtt`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.front.is_some() { "mqtts" } else { "mqtt" }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Makes `payload` the retained value of `topic` and sends it to whoever subscribed.
    pub async fn publish_retained(&self, topic: &str, payload: impl Into<Bytes>) {
        publish_retained(&self.router, topic, payload).await;
    }

    /// The same for someone else, for as long as the broker runs.
    #[must_use]
    pub fn outlet(&self) -> Outlet {
        Outlet { router: Arc::clone(&self.router) }
    }

    /// Ends every connection and stops listening. Connections that still wait for an
    /// acknowledgement hold it up, so the queues should be dropped first.
    pub async fn close(mut self) {
        self.shutdown.shutdown();
        if let Some(front) = &self.front {
            front.close().await;
        }
        let _ = tokio::time::timeout(GOODBYE_MAX, &mut self.task).await;
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.shutdown.shutdown();
        if let Some(front) = &self.front {
            front.hang_up();
        }
        self.task.abort();
    }
}

/// Publishes to whoever subscribed.
#[derive(Clone)]
pub struct Outlet {
    router: Arc<MessageRouter>,
}

impl Outlet {
    /// Makes `payload` the retained value of `topic` and sends it to whoever subscribed.
    pub async fn publish_retained(&self, topic: &str, payload: impl Into<Bytes>) {
        publish_retained(&self.router, topic, payload).await;
    }
}

async fn publish_retained(router: &MessageRouter, topic: &str, payload: impl Into<Bytes>) {
    let mut packet = PublishPacket::new(topic, payload, QoS::AtLeastOnce);
    packet.retain = true;
    router.route_message(&packet, None).await;
}

/// Opens a port. The broker would report why it cannot as text only.
async fn bind(listen: SocketAddr) -> Result<TcpListener, BrokerError> {
    TcpListener::bind(listen).await.map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BrokerError::PortInUse(listen),
        _ => BrokerError::Listen { address: listen, source },
    })
}

type Guarded = (Option<Accounts>, Option<Arc<rustls::ServerConfig>>);

/// Reads the files that a guard names.
fn guarded(guard: &Guard) -> Result<Guarded, BrokerError> {
    let load = |acl| Accounts::load(guard.password_file.as_deref(), acl);
    let accounts = guard.acl_file.as_deref().map(load).transpose()?;
    let tls = guard.tls.as_ref().map(tls::server).transpose()?.map(Arc::new);
    Ok((accounts, tls))
}

fn configuration<Now>(listen: SocketAddr, door: Door<Now>) -> BrokerConfig
where
    Now: Fn() -> Timestamp + Send + Sync + 'static,
{
    // Quality 2 at most and no rate limits, since every refusal of the broker's own would reach
    // a 3.1.1 device as a success. Persistence in memory: a subscriber that comes back finds
    // what it missed.
    let mut configuration = BrokerConfig::default()
        .with_bind_address(listen)
        .with_max_clients(CLIENTS_MAX)
        .with_maximum_qos(2)
        .with_max_packet_size(PACKET_BYTES_MAX)
        .with_sys_topics_enabled(false)
        .with_auth(AuthConfig::default().with_allow_anonymous(true))
        .with_storage(
            StorageConfig::new().with_backend(StorageBackendType::Memory).with_persistence(true),
        )
        .with_event_handler(Arc::new(door));
    configuration.max_message_rate_per_client = 0;
    configuration.max_bandwidth_per_client = 0;
    configuration
}

/// A building's devices may all come from one address, and all at once after a blackout.
fn limits() -> ResourceLimits {
    ResourceLimits {
        max_connections: CLIENTS_MAX,
        max_connections_per_ip: CLIENTS_MAX,
        max_message_rate_per_client: 0,
        max_bandwidth_per_client: 0,
        max_connection_rate: u32::MAX,
        rate_limit_window: Duration::from_secs(1),
    }
}

async fn regained(queues: &Queues, at: Timestamp) {
    let noticed = Noticed { at, seen: at };
    for queue in [&queues.alarm, &queues.bulk] {
        // It fails only if nobody listens any more, which every publication will find out too.
        let _ = queue.send(Arrival::Link(Link::Regained, noticed)).await;
    }
}

/// Where publications come in.
struct Door<Now> {
    queues: Queues,
    now: Now,
    presence: Presence,
    gate: Arc<Gate>,
    told: Quiet,
    router: Arc<OnceLock<Arc<MessageRouter>>>,
}

impl<Now: Fn() -> Timestamp + Send + Sync> BrokerEventHandler for Door<Now> {
    fn on_client_publish<'a>(
        &'a self,
        event: ClientPublishEvent,
    ) -> Pin<Box<dyn Future<Output = PublishAction> + Send + 'a>> {
        Box::pin(async move {
            let client = Arc::clone(&event.client_id);
            let status = event.retain && is_status(&event.topic);
            let said = status.then(|| (Arc::clone(&event.topic), event.payload.clone()));
            let own = self.gate.may_publish(event.user_id.as_deref(), &event.topic);
            // Gateways speak to others besides us, who may have subscribed here.
            let of_gateway = self.queues.directory.session(&event.topic).is_some();
            if !own {
                self.not_its_own(event).await;
            } else if self.taken(event).await {
                if let Some((topic, payload)) = &said {
                    self.presence.said(&client, topic, payload);
                }
                return match said.is_some() || of_gateway {
                    true => PublishAction::Continue,
                    false => PublishAction::Handled,
                };
            }
            if let Some(router) = self.router.get() {
                router.disconnect_client(&client).await;
            }
            PublishAction::Transform(PublishPacket::new(DEAD_TOPIC, Bytes::new(), QoS::AtMostOnce))
        })
    }

    fn on_client_connect<'a>(
        &'a self,
        event: ClientConnectEvent,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            let ClientConnectEvent { client_id, will_topic, will_payload, will_retain, .. } = event;
            let will = will_topic.map(|topic| Will {
                topic: topic.to_string(),
                payload: will_payload.unwrap_or_default(),
                retain: will_retain == Some(true),
            });
            self.presence.connected(client_id, will);
        })
    }

    /// The broker has published the will by now, if there was one.
    fn on_client_disconnect<'a>(
        &'a self,
        event: ClientDisconnectEvent,
    ) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async move {
            match self.presence.parted(&event.client_id, event.unexpected) {
                Parted::Quietly => {}
                Parted::Vanished(will) => self.bequeathed(will).await,
                Parted::TakenOver { topic, said } => {
                    if let Some(router) = self.router.get() {
                        publish_retained(router, &topic, said).await;
                    }
                }
            }
        })
    }
}

impl<Now: Fn() -> Timestamp + Send + Sync> Door<Now> {
    /// Whether the run loop has taken the publication for good.
    async fn taken(&self, event: ClientPublishEvent) -> bool {
        let received_at = (self.now)();
        let (ack, given) = ack(event.qos);
        let topic = topic_text(event.topic.as_bytes());
        let queue = self.queues.of(&topic);
        let (marks, directory) = ((false, false), &self.queues.directory);
        let delivery = Delivery::heard(directory, topic, event.payload, received_at, marks, ack);
        if queue.send(Arrival::Message(delivery)).await.is_err() {
            return false;
        }
        match given {
            Some(given) => given.await.is_ok(),
            None => true,
        }
    }

    /// What a client says where it may not: counted, kept as a dead letter now and then, and
    /// never acknowledged.
    async fn not_its_own(&self, event: ClientPublishEvent) {
        metrics::counter!("jikimi_broker_refused_total", "what" => "publication").increment(1);
        let account = event.user_id.as_deref().unwrap_or("nobody");
        if !self.told.may_say(account) {
            return;
        }
        let topic = topic_text(event.topic.as_bytes());
        tracing::warn!(account, topic, "a client speaks on a topic that is not its own");
        let sentence =
            format!("{account} may not publish here; the broker's acl_file would say so");
        let delivery = Delivery {
            topic,
            payload: event.payload,
            received_at: (self.now)(),
            heard: Err(Refused::new(Reason::NotItsTopic, &sentence)),
            ack: Ack::None,
        };
        let _ = self.queues.bulk.send(Arrival::Message(delivery)).await;
    }

    /// A will is a message as if the device had sent it now. Nobody waits for it; if we are
    /// stopping it is we who vanish, and it is lost.
    async fn bequeathed(&self, will: Will) {
        let topic = topic_text(will.topic.as_bytes());
        let queue = self.queues.of(&topic);
        let (received_at, directory) = ((self.now)(), &self.queues.directory);
        let marks = (false, false);
        let delivery =
            Delivery::heard(directory, topic, will.payload, received_at, marks, Ack::None);
        let _ = queue.send(Arrival::Message(delivery)).await;
    }
}

/// Whether it is the topic of a device's status, which is the only thing a device may leave here
/// for whoever subscribes later.
fn is_status(topic: &str) -> bool {
    let levels: Vec<&str> = topic.split('/').collect();
    matches!(levels[..], ["jikimi", "v1", _, _, "status"])
}

/// The acknowledgement of a publication, and what waits for it. QoS 0 has none.
fn ack(qos: QoS) -> (Ack, Option<oneshot::Receiver<()>>) {
    if qos == QoS::AtMostOnce {
        return (Ack::None, None);
    }
    let (give, given) = oneshot::channel();
    (Ack::Embedded(give), Some(given))
}
