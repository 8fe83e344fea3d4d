//! The embedded broker's TLS port.
//!
//! Connections are accepted here and given to the broker once TLS stands, each in a task of its
//! own: whoever opens a connection and then says nothing holds up nobody else, and is hung up on.
//! The certificate that a client has shown is read here, where it is known; the broker itself
//! only learns that there was one.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mqtt5::broker::auth::AuthProvider;
use mqtt5::broker::client_handler::ClientHandler;
use mqtt5::broker::router::MessageRouter;
use mqtt5::broker::sys_topics::BrokerStats;
use mqtt5::broker::tls_acceptor::TlsStreamWrapper;
use mqtt5::broker::transport::BrokerTransport;
use mqtt5::broker::{BrokerConfig, DynamicStorage, MqttBroker, ResourceMonitor};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, broadcast};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::gate::{Doorman, Gate};
use super::{CLIENTS_MAX, GOODBYE_MAX};

/// A device on a slow line needs a few round trips and a second of its own arithmetic.
const HANDSHAKE_MAX: Duration = Duration::from_secs(10);

/// The open port.
pub struct Front {
    address: SocketAddr,
    accepting: JoinHandle<()>,
    stop: broadcast::Sender<()>,
    room: Arc<Semaphore>,
}

/// What each connection is given.
struct Inside {
    acceptor: TlsAcceptor,
    gate: Arc<Gate>,
    broker: Shared,
    stop: broadcast::Sender<()>,
}

/// The broker's own parts, as a connection needs them.
struct Shared {
    configuration: Arc<BrokerConfig>,
    router: Arc<MessageRouter>,
    storage: Option<Arc<DynamicStorage>>,
    stats: Arc<BrokerStats>,
    monitor: Arc<ResourceMonitor>,
}

impl Front {
    /// Serves a port that is open already, for as long as `broker` runs.
    pub fn open(
        listener: TcpListener,
        tls: Arc<rustls::ServerConfig>,
        gate: Arc<Gate>,
        broker: &MqttBroker,
        configuration: BrokerConfig,
    ) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, _) = broadcast::channel(1);
        let room = Arc::new(Semaphore::new(CLIENTS_MAX));
        let inside = Inside {
            acceptor: TlsAcceptor::from(tls),
            gate,
            broker: Shared::of(broker, configuration),
            stop: stop.clone(),
        };
        let accepting = tokio::spawn(accept(listener, Arc::clone(&room), Arc::new(inside)));
        Ok(Self { address, accepting, stop, room })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections and ends those that are there.
    pub async fn close(&self) {
        self.hang_up();
        let all = u32::try_from(CLIENTS_MAX).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(GOODBYE_MAX, self.room.acquire_many(all)).await;
    }

    /// The same without waiting for it.
    pub fn hang_up(&self) {
        self.accepting.abort();
        // It fails only if no connection is there.
        let _ = self.stop.send(());
    }
}

impl Shared {
    fn of(broker: &MqttBroker, configuration: BrokerConfig) -> Self {
        Self {
            configuration: Arc::new(configuration),
            router: broker.router(),
            storage: broker.storage(),
            stats: broker.stats(),
            monitor: broker.resource_monitor(),
        }
    }

    fn handler(
        &self,
        transport: BrokerTransport,
        from: SocketAddr,
        doorman: Arc<dyn AuthProvider>,
        stop: broadcast::Receiver<()>,
    ) -> ClientHandler {
        let (router, storage) = (Arc::clone(&self.router), self.storage.clone());
        let (stats, monitor) = (Arc::clone(&self.stats), Arc::clone(&self.monitor));
        let configuration = Arc::clone(&self.configuration);
        ClientHandler::new(
            transport,
            from,
            configuration,
            router,
            doorman,
            storage,
            stats,
            monitor,
            stop,
        )
    }
}

async fn accept(listener: TcpListener, room: Arc<Semaphore>, inside: Arc<Inside>) {
    // Without room nobody is accepted; who waits, waits in the system's own queue.
    while let Ok(place) = Arc::clone(&room).acquire_owned().await {
        let (connection, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of descriptors, nearly always: others have to end first.
                tracing::warn!(%error, "a connection is not accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let inside = Arc::clone(&inside);
        tokio::spawn(async move {
            inside.serve(connection, from).await;
            drop(place);
        });
    }
}

impl Inside {
    async fn serve(&self, connection: TcpStream, from: SocketAddr) {
        let stop = self.stop.subscribe();
        // Small packets wait for nothing; without it they are slow, and that is all.
        let _ = connection.set_nodelay(true);
        let accepting = self.acceptor.accept(connection);
        let connection = match tokio::time::timeout(HANDSHAKE_MAX, accepting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return refused(from, &error.to_string()),
            Err(_) => return refused(from, "it says nothing"),
        };
        let doorman =
            Arc::new(Doorman { gate: Arc::clone(&self.gate), certificate: name_of(&connection) });
        let transport = BrokerTransport::tls(TlsStreamWrapper::new(connection));
        let handler = self.broker.handler(transport, from, doorman, stop);
        if let Err(error) = handler.run().await
            && !error.is_normal_disconnect()
        {
            tracing::debug!(%from, %error, "a connection ended");
        }
    }
}

fn refused(from: SocketAddr, error: &str) {
    metrics::counter!("jikimi_broker_refused_total", "what" => "tls").increment(1);
    tracing::debug!(%from, error, "TLS with a client comes to nothing");
}

/// Whom the certificate that a client has shown names (its common name). Who signed it and until
/// when it holds has been looked at by then.
fn name_of(connection: &TlsStream<TcpStream>) -> Option<String> {
    let shown = connection.get_ref().1.peer_certificates()?.first()?;
    let certificate = Certificate::from_der(shown).ok()?;
    let name = certificate.tbs_certificate().subject().common_name().ok()??;
    let name = name.value().into_owned();
    (!name.is_empty()).then_some(name)
}
