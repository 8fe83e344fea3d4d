//! Telling people: from an outbox row to somebody's endpoint, at least once and under one key.
//!
//! The run loop writes an outbox row in the transaction of its cause. Here it is handed to
//! everyone who holds its role now, each over their first way. Every way has a queue and a task of
//! its own, so that a dead one delays no other. What a way has taken is marked; if the process
//! dies between the two, the notice is sent again under the same idempotency key, by which the
//! receiver knows it. A row that was stopped meanwhile (someone has it) is not sent any more.
//!
//! Nothing here decides which role is told what, or when: that is the monitor's. It is told of a
//! notice that reached nobody, and decides what follows. A channel is one file with one `send`; it
//! never retries by itself.

mod address;
mod cap;
mod carrier;
mod hand_out;
mod heartbeat;
pub mod inbound;
mod mail;
mod mqtt;
pub mod provider;
mod queue;
mod text;
mod watch;
mod webhook;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{broadcast, watch as seen};
use tokio::task::JoinHandle;

use crate::clock::{Clock, wall_now};
use crate::config::{Channel, Telling};
use crate::monitor::Configuration;
use crate::personal::Keys;
use crate::run::handle::{Announcement, Running};
use crate::store::{Store, StoreError};
use address::Book;
use queue::{Carries, IDLE_FOR, Queue};
use text::Names;

/// Waits after a failure: doubled from the first to the last, each shortened by up to a half at
/// random, so that endpoints that failed together are not tried together.
const RETRY_FIRST: SignedDuration = SignedDuration::from_secs(1);
const RETRY_LAST: SignedDuration = SignedDuration::from_secs(60);
/// Notices handed out at a time.
const HANDED_MAX: i64 = 256;

/// Why an endpoint did not take a notice.
#[derive(Debug, Clone, thiserror::Error)]
pub enum SendError {
    /// Nothing was answered: the whole endpoint rests for a while.
    #[error("no answer: {0}")]
    Away(String),
    /// It answered and took it not: this notice is tried again later, others go on.
    #[error("refused: {0}")]
    Refused(String),
}

/// Starts a queue for each endpoint and way.
///
/// # Errors
/// If a secret cannot be read.
pub fn start(
    store: &Store,
    telling: &Arc<Telling>,
    configurations: &[Arc<Configuration>],
    clock: Clock,
    (running, keys): (&Running, Option<&Arc<Keys>>),
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let names = Names::new(configurations);
    let mut tasks = Vec::new();
    let (handed, handing) = seen::channel(());
    for (id, carries) in carriers(telling)? {
        let (store, telling, names) = (store.clone(), Arc::clone(telling), names.clone());
        let book = Book { store: store.clone(), keys: keys.cloned() };
        let queue = Queue { store, book, id, carries, telling, names };
        tasks.push(tokio::spawn(queue.run(handing.clone())));
    }
    if let Some(heartbeat) = &telling.heartbeat {
        tasks.push(tokio::spawn(heartbeat::beat(heartbeat.clone(), running.clone(), clock)?));
    }
    for feed in &telling.caps {
        let feed = cap::Feed::new(store.clone(), feed.clone(), names.clone(), clock)?;
        tasks.push(tokio::spawn(feed.run(running.announcements.subscribe())));
    }
    if !tasks.is_empty() {
        let announced = running.announcements.subscribe();
        let hand = HandOut { store: store.clone(), telling: Arc::clone(telling), names, clock };
        tasks.push(tokio::spawn(hand.run(announced, handed)));
        let reports = running.reports.clone();
        tasks.push(tokio::spawn(watch::run(store.clone(), reports)));
    }
    Ok(tasks)
}

fn carriers(telling: &Telling) -> anyhow::Result<Vec<(String, Carries)>> {
    let mut all = Vec::new();
    for endpoint in &telling.endpoints {
        let carries = match &endpoint.channel {
            Channel::Webhook(webhook) => Carries::Webhook(webhook::Sender::new(webhook)?),
            Channel::Mqtt(topic) => Carries::Mqtt(mqtt::Sender::new(&endpoint.id, topic)?),
        };
        all.push((endpoint.id.clone(), carries));
    }
    for email in &telling.ways.emails {
        all.push((email.id.clone(), Carries::Mail(mail::Sender::new(email)?)));
    }
    for provider in &telling.ways.providers {
        let sender = carrier::Sender::new(provider)?;
        all.push((provider.id.clone(), Carries::Provider(sender)));
    }
    Ok(all)
}

/// Gives each queued notice to whoever holds its role, as soon as it is stored.
struct HandOut {
    store: Store,
    telling: Arc<Telling>,
    names: Names,
    clock: Clock,
}

impl HandOut {
    async fn run(self, mut announced: broadcast::Receiver<Announcement>, handed: seen::Sender<()>) {
        loop {
            match self.round().await {
                Ok(()) => drop(handed.send(())),
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, "notices are not handed out; they stay queued");
                }
            }
            // Having missed announcements is one, too; one that never comes is looked for itself.
            let heard = tokio::time::timeout(IDLE_FOR, announced.recv()).await;
            if let Ok(Err(broadcast::error::RecvError::Closed)) = heard {
                return;
            }
        }
    }

    async fn round(&self) -> Result<(), StoreError> {
        let queued = self.store.queued_notices(HANDED_MAX).await?;
        if queued.is_empty() {
            return Ok(());
        }
        let zone = |site: &str| self.names.zone(site);
        let outcome = hand_out::hand_out(&self.telling, queued, self.clock.now(), zone);
        self.store.hand_out(&outcome.handed, &outcome.unreached, wall_now()).await
    }
}

/// What makes two requests of the same words differ, where a provider asks for it.
fn salt() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness it is no secret, and none is needed.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// When to try again after so many failures.
fn later(now: Timestamp, attempts: u32) -> Timestamp {
    let whole = RETRY_FIRST.as_millis() << attempts.min(16);
    let whole = i64::try_from(whole.min(RETRY_LAST.as_millis())).unwrap_or(i64::MAX);
    let shortened = getrandom::u32().map_or(0, |random| i64::from(random) % (whole / 2).max(1));
    now.saturating_add(SignedDuration::from_millis(whole - shortened)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_waits_longer_up_to_a_minute() {
        let now = Timestamp::UNIX_EPOCH;
        for (attempts, whole_s) in [(0, 1), (1, 2), (3, 8), (6, 60), (60, 60)] {
            for _ in 0..50 {
                let wait = later(now, attempts).duration_since(now).as_millis();
                assert!(wait <= whole_s * 1000 && wait * 2 >= whole_s * 1000, "{attempts}: {wait}");
            }
        }
    }
}
