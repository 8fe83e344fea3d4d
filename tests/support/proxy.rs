//! A road between a client and a server that a test can block: cut, slowed, delayed, half-open, or
//! forgotten by what stands between.
//!
//! Each connection to the proxy's port becomes one to the server's. What the road does is read at
//! every piece it carries, so a change takes hold at once, for connections that stand as well.

#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// What the road does to what is sent along it, in both directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Road {
    Open,
    /// Every piece comes this much later.
    Delayed(Duration),
    /// At most so many bytes a second from the client to the server.
    Slow(u32),
    /// The same the other way.
    SlowBack(u32),
    /// Connections stand, and nothing comes through: a cable pulled behind a switch.
    HalfOpen,
    /// Connections are reset, and new ones refused.
    Cut,
}

pub struct Proxy {
    address: SocketAddr,
    road: watch::Sender<Road>,
    forgotten: watch::Sender<()>,
    carried: Arc<Mutex<u64>>,
    accepting: JoinHandle<()>,
}

/// Small, so that a change of the road takes hold within a piece.
const PIECE: usize = 16 * 1024;

impl Proxy {
    /// A proxy on a free port of the loopback, before the server at this port of it.
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (road, turns) = watch::channel(Road::Open);
        let carried = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&carried);
        let (forgotten, _) = watch::channel(());
        let new = forgotten.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let ways = Ways { turns: turns.clone(), forgotten: new.subscribe() };
                tokio::spawn(carry(client, server, ways, Arc::clone(&counted)));
            }
        });
        Self { address, road, forgotten, carried, accepting }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn set(&self, road: Road) {
        self.road.send_replace(road);
    }

    /// Nothing comes through any more on connections that stand, and neither end is told, as when
    /// a router in between has lost its table. New ones are carried.
    pub fn forget(&self) {
        self.forgotten.send_replace(());
    }

    /// Bytes that clients have sent through.
    pub fn carried(&self) -> u64 {
        *self.carried.lock().expect("nobody panicked while counting")
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.road.send_replace(Road::Cut);
    }
}

/// What one connection is told of its road.
#[derive(Clone)]
struct Ways {
    turns: watch::Receiver<Road>,
    /// Changed once the connection is forgotten.
    forgotten: watch::Receiver<()>,
}

async fn carry(client: TcpStream, server: u16, ways: Ways, counted: Arc<Mutex<u64>>) {
    let turns = &ways.turns;
    if *turns.borrow() == Road::Cut {
        return;
    }
    let Ok(server) = TcpStream::connect(("127.0.0.1", server)).await else { return };
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("a socket takes it");
    }
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let mut cut = turns.clone();
    tokio::select! {
        () = forward(from_client, to_server, ways.clone(), Some(counted)) => {}
        () = forward(from_server, to_client, ways.clone(), None) => {}
        // Dropping both ends is what a cut looks like from either side.
        _ = cut.wait_for(|road| *road == Road::Cut) => {}
    }
}

/// How long so many bytes take at a rate a second.
fn takes(length: usize, rate: u32) -> Duration {
    Duration::from_secs_f64(f64::from(u32::try_from(length).expect("a piece")) / f64::from(rate))
}

/// One direction. `counted` tells the client's, which is the one that is slowed.
async fn forward(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut ways: Ways,
    counted: Option<Arc<Mutex<u64>>>,
) {
    let mut piece = vec![0; PIECE];
    loop {
        let Ok(length @ 1..) = from.read(&mut piece).await else { return };
        if ways.turns.wait_for(|road| *road != Road::HalfOpen).await.is_err() {
            return;
        }
        if ways.forgotten.has_changed().unwrap_or(true) {
            return std::future::pending().await;
        }
        let road = *ways.turns.borrow();
        let pause = match road {
            Road::Delayed(by) => by,
            Road::Slow(rate) if counted.is_some() => takes(length, rate),
            Road::SlowBack(rate) if counted.is_none() => takes(length, rate),
            _ => Duration::ZERO,
        };
        // The road is as long as that; nobody waits here for something to happen.
        let elapsed = tokio::time::timeout(pause, std::future::pending::<()>());
        if !pause.is_zero() && elapsed.await.is_ok() {
            return;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
        if let Some(counted) = &counted {
            *counted.lock().expect("nobody panicked while counting") += length as u64;
        }
    }
}
