//! The listener: connections, with HTTPS where there is a certificate, and how much of each is
//! borne.
//!
//! Every connection has so long for its handshake and for the head of each request; there are so
//! many at once, in all and of one address. What is inside a request is bounded by `request`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use axum::{Extension, Router};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::gate::Peer;
use super::live;
use crate::dropped::count_dropped;
use crate::people::network::neighbourhood;

/// Open connections have so long to end after a shutdown was asked for.
const SHUTDOWN_MAX: Duration = Duration::from_secs(5);
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// Of a request's head.
const HEAD_BYTES_MAX: usize = 32 * 1024;
const CONNECTIONS_MAX: usize = 4096;
/// Of one address that is not this machine: screens behind one router, each with a few.
const CONNECTIONS_OF_ONE_MAX: usize = 256;
/// When no connection can be taken, since the process has no file left, for instance.
const TRY_AGAIN: Duration = Duration::from_millis(200);

/// Where people come in.
pub struct Way {
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    /// A proxy has the connections of many, and is not counted.
    proxied: bool,
    /// From the beginning of a connection, or of its next request, to the end of its head.
    head_within: Duration,
}

impl From<TcpListener> for Way {
    fn from(listener: TcpListener) -> Self {
        Self { listener, tls: None, proxied: false, head_within: HEAD_WITHIN }
    }
}

impl Way {
    /// The same over HTTPS.
    #[must_use]
    pub fn with_tls(mut self, mut config: ServerConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        self.tls = Some(Arc::new(config));
        self
    }

    /// The same with other patience, for tests.
    #[must_use]
    pub fn head_within(mut self, patience: Duration) -> Self {
        self.head_within = patience;
        self
    }

    /// The same behind a proxy.
    #[must_use]
    pub fn behind_proxy(mut self) -> Self {
        self.proxied = true;
        self
    }
}

/// Serves until `shutdown` comes and the open connections have ended: live streams at once, the
/// rest in their own time, but no longer than 5 s.
///
/// # Errors
/// If the listener has no address.
pub async fn serve(
    way: impl Into<Way>,
    router: Router,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let Way { listener, tls, proxied, head_within } = way.into();
    listener.local_addr()?;
    let (close, closing) = watch::channel(false);
    let router = router.layer(Extension(live::Closing(closing.clone())));
    let served = Served { tls, router, closing, head_within };
    let mut shutdown = pin!(shutdown);
    let mut open = JoinSet::new();
    let counts = Counts::default();
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = open.join_next(), if !open.is_empty() => {}
            accepted = listener.accept() => {
                let Ok((stream, peer)) = accepted else {
                    tokio::time::sleep(TRY_AGAIN).await;
                    continue;
                };
                let Some(seat) = counts.seat(peer.ip(), proxied) else {
                    count_dropped("connection-limit", 1);
                    continue;
                };
                let served = served.clone();
                open.spawn(async move {
                    connected(stream, peer, served).await;
                    drop(seat);
                });
            }
        }
    }
    drop(listener);
    close.send_replace(true);
    let ended = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(SHUTDOWN_MAX, ended).await.is_err() {
        tracing::warn!(after_s = SHUTDOWN_MAX.as_secs(), "connections were still open");
    }
    Ok(())
}

/// What every connection is given.
#[derive(Clone)]
struct Served {
    tls: Option<Arc<ServerConfig>>,
    router: Router,
    closing: watch::Receiver<bool>,
    head_within: Duration,
}

async fn connected(stream: TcpStream, peer: SocketAddr, mut served: Served) {
    // Events are small and are not to wait for more.
    drop(stream.set_nodelay(true));
    let Some(tls) = served.tls.take() else { return answer(stream, peer, served).await };
    // Whoever cannot or will not do it is no news: scanners try all day.
    let shaken = tokio::time::timeout(HANDSHAKE_WITHIN, TlsAcceptor::from(tls).accept(stream));
    if let Ok(Ok(stream)) = shaken.await {
        answer(stream, peer, served).await;
    }
}

async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    peer: SocketAddr,
    Served { router, mut closing, head_within, .. }: Served,
) {
    let inner = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(Peer(peer));
        let answered = inner.call(request);
        async move {
            Ok::<Response<Body>, Infallible>(answered.await.unwrap_or_else(|never| match never {}))
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_within)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = pin!(connection);
    let asked = async {
        if closing.wait_for(|asked| *asked).await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        // A connection that broke is its own end, and nobody's fault here.
        _ended = connection.as_mut() => return,
        () = asked => connection.as_mut().graceful_shutdown(),
    }
    drop(connection.await);
}

/// How many connections there are, by address.
#[derive(Clone, Default)]
struct Counts(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One connection's place, until it is dropped.
struct Seat(Counts, IpAddr);

impl Counts {
    fn seat(&self, peer: IpAddr, proxied: bool) -> Option<Seat> {
        let of = neighbourhood(peer);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = match proxied || peer.to_canonical().is_loopback() {
            true => CONNECTIONS_MAX,
            false => CONNECTIONS_OF_ONE_MAX,
        };
        let all: usize = counts.values().sum();
        let held = counts.get(&of).copied().unwrap_or(0);
        if all >= CONNECTIONS_MAX || held >= most {
            return None;
        }
        counts.insert(of, held + 1);
        Some(Seat(self.clone(), of))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(&self.1) {
            Some(held) if *held > 1 => *held -= 1,
            _ => drop(counts.remove(&self.1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_does_not_take_every_place() {
        let counts = Counts::default();
        let here: IpAddr = "203.0.113.9".parse().expect("an address");
        let mut seats: Vec<Seat> = (0..CONNECTIONS_OF_ONE_MAX)
            .map(|_| counts.seat(here, false).expect("a seat"))
            .collect();
        assert!(counts.seat(here, false).is_none());
        assert!(counts.seat(here, true).is_some(), "a proxy has the connections of many");
        assert!(counts.seat("203.0.113.10".parse().expect("an address"), false).is_some());
        seats.pop();
        assert!(counts.seat(here, false).is_some());
        drop(seats);
        assert!(counts.0.lock().expect("a lock").is_empty());
    }
}
