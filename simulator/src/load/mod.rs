//! As many messages as wanted, and how long each took to be acknowledged.
//!
//! It runs on the machine whose service it measures, so it is cheap: one thread, packets encoded
//! by hand, nothing kept per message but its start. Latency counts from when a message was due,
//! not from when there was room for it, so that a service that stalls cannot hide its stall.
//!
//! A connection that is lost stays lost and is reported; for messages that must arrive there is
//! the player.

mod connection;
mod latency;
mod payload;
mod sites;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::ProgressBar;
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::Instant;

pub use latency::Latency;
pub use sites::configuration;

use crate::link::{Broker, Link, LinkError};
use connection::{Connection, Schedule};

/// Connections may take this long to be set up before the first message is due.
const START_AFTER: Duration = Duration::from_millis(20);
const SHOW_EVERY: Duration = Duration::from_millis(200);

/// How many messages a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    PerSecond(f64),
    /// Each acknowledgement is answered with the next message.
    Max,
}

impl std::str::FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(rate) if rate.is_finite() && rate > 0.0 => Ok(Self::PerSecond(rate)),
            _ => Err("expected messages a second, a number above 0, or `max`".to_owned()),
        }
    }
}

/// What to send.
#[derive(Debug, Clone)]
pub struct Options {
    pub broker: Broker,
    pub rate: Rate,
    pub connections: usize,
    /// Per connection.
    pub in_flight_max: usize,
    pub devices: usize,
    pub sites: usize,
    pub duration: Duration,
    /// Ends sooner, after so many.
    pub messages_max: Option<u64>,
    /// The share of readings that are 70 °C.
    pub trip: f64,
    pub seed: u64,
    /// How long to wait for the last acknowledgements.
    pub drain_within: Duration,
    pub progress: ProgressBar,
}

impl Options {
    #[must_use]
    pub fn new(broker: Broker) -> Self {
        Self {
            broker,
            rate: Rate::Max,
            connections: 100,
            in_flight_max: 20,
            devices: 2_000,
            sites: 20,
            duration: Duration::from_mins(1),
            messages_max: None,
            trip: 0.0,
            seed: 7,
            drain_within: Duration::from_secs(30),
            progress: ProgressBar::hidden(),
        }
    }

    fn check(&self) -> Result<(), LoadError> {
        let refused = |problem: String, remedy| Err(LoadError::Options { problem, remedy });
        let (connections, devices) = (self.connections, self.devices);
        if self.sites == 0 || devices < self.sites {
            let problem = format!("{} sites for {devices} devices", self.sites);
            return refused(problem, "at least one site and a device for each");
        }
        if connections == 0 || connections > devices {
            let problem = format!("{connections} connections for {devices} devices");
            return refused(problem, "at least one connection and a device for each");
        }
        if self.in_flight_max == 0 || self.in_flight_max > 30_000 {
            let problem = format!("{} messages in flight", self.in_flight_max);
            return refused(problem, "1 to 30000 per connection");
        }
        if !(0.0..=1.0).contains(&self.trip) {
            return refused(format!("{} of the readings trip", self.trip), "a share from 0 to 1");
        }
        Ok(())
    }
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub connections: usize,
    pub sent: u64,
    pub acknowledged: u64,
    /// Acknowledged in the words of a refusal.
    pub refused: u64,
    pub unacknowledged: u64,
    /// Were due, but there was no room for them before the end.
    pub not_sent: u64,
    pub connections_lost: u64,
    pub payload_bytes: f64,
    pub elapsed_s: f64,
    pub acknowledged_per_s: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub max_ms: f64,
}

impl Report {
    /// Whether everything that was sent has been taken.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.unacknowledged == 0 && self.refused == 0 && self.connections_lost == 0
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("{problem}; expected {remedy}")]
    Options { problem: String, remedy: &'static str },
    #[error("connection {number} of {connections} failed")]
    NotConnected {
        number: usize,
        connections: usize,
        #[source]
        source: LinkError,
    },
}

/// Counted by all connections together.
#[derive(Default)]
struct Tally {
    sent: u64,
    bytes: u64,
    acknowledged: u64,
    refused: u64,
    unacknowledged: u64,
    not_sent: u64,
    lost: u64,
    last: Option<Instant>,
    latency: Latency,
}

type Shared = Arc<Mutex<Tally>>;

/// All connections run on one thread; a lock is never waited for.
fn with<T>(tally: &Shared, change: impl FnOnce(&mut Tally) -> T) -> T {
    change(&mut tally.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Sends what was asked for and waits for the acknowledgements. Meant for a runtime of its own
/// with one thread.
pub async fn run(options: Options) -> Result<Report, LoadError> {
    options.check()?;
    let links = connect(&options).await?;
    let tally = Shared::default();
    let started = Instant::now() + START_AFTER;
    let mut tasks = JoinSet::new();
    for (number, link) in links.into_iter().enumerate() {
        let schedule = Schedule::new(&options, number, started);
        let connection = Connection::new(&options, number, schedule, Arc::clone(&tally));
        tasks.spawn(connection.run(link));
    }
    watch(&mut tasks, &options.progress, &tally).await;
    Ok(with(&tally, |tally| report(&options, tally, started)))
}

async fn connect(options: &Options) -> Result<Vec<Link>, LoadError> {
    let connections = options.connections;
    let mut links = Vec::with_capacity(connections);
    for number in 0..connections {
        let client_id = format!("jikimi-sim-load-{}-{number}", std::process::id());
        let link = Link::open(&options.broker, &client_id).await;
        let number = number + 1;
        let failed = |source| LoadError::NotConnected { number, connections, source };
        links.push(link.map_err(failed)?);
        options.progress.set_message(format!("{number} of {connections} connected"));
    }
    options.progress.set_message("");
    Ok(links)
}

/// Shows how far it is, until all connections have ended.
async fn watch(tasks: &mut JoinSet<()>, progress: &ProgressBar, tally: &Shared) {
    let mut ticks = tokio::time::interval(SHOW_EVERY);
    loop {
        tokio::select! {
            ended = tasks.join_next() => if ended.is_none() { return },
            _ = ticks.tick() => progress.set_position(with(tally, |tally| tally.acknowledged)),
        }
    }
}

fn report(options: &Options, tally: &Tally, started: Instant) -> Report {
    let last = tally.last.unwrap_or(started);
    let elapsed_s = last.saturating_duration_since(started).as_secs_f64();
    let per_s = if elapsed_s > 0.0 { tally.acknowledged as f64 / elapsed_s } else { 0.0 };
    Report {
        connections: options.connections,
        sent: tally.sent,
        acknowledged: tally.acknowledged,
        refused: tally.refused,
        unacknowledged: tally.unacknowledged,
        not_sent: tally.not_sent,
        connections_lost: tally.lost,
        payload_bytes: tally.bytes as f64 / tally.sent.max(1) as f64,
        elapsed_s,
        acknowledged_per_s: per_s,
        p50_ms: tally.latency.quantile_ms(0.5),
        p99_ms: tally.latency.quantile_ms(0.99),
        max_ms: tally.latency.max_ms(),
    }
}
