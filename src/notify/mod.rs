//! Telling people: from an outbox row to somebody's endpoint, at least once and under one key.
//!
//! The run loop writes an outbox row in the transaction of its cause. Here a row is handed to
//! every endpoint that its role names, each with a queue and a task of its own, so that a dead
//! endpoint delays no other. What an endpoint has taken is marked; if the process dies between the
//! two, the notice is sent again under the same idempotency key, by which the receiver knows it.
//! A row that was stopped meanwhile (someone has it) is not sent any more.
//!
//! Nothing here decides who is told what, or when: that is the monitor's. A channel is one file
//! with one `send`; it never retries by itself.

pub mod cap;
pub mod provider;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::clock::wall_now;
use crate::config::{Channel, Endpoint};
use crate::kill::{self, Point};
use crate::run::handle::Announcement;
use crate::store::{DueNotice, Store, StoreError};

/// Waits after a failure: doubled from the first to the last, each shortened by up to a half at
/// random, so that endpoints that failed together are not tried together.
const RETRY_FIRST: SignedDuration = SignedDuration::from_secs(1);
const RETRY_LAST: SignedDuration = SignedDuration::from_secs(60);
/// Without anything to do, a queue is looked at this often.
const IDLE_FOR: Duration = Duration::from_secs(5);
/// Notices taken from a queue at a time.
const TAKEN_MAX: i64 = 32;

/// Why an endpoint did not take a notice.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Nothing was answered: the whole endpoint rests for a while.
    #[error("no answer: {0}")]
    Away(String),
    /// It answered and took it not: this notice is tried again later, others go on.
    #[error("refused: {0}")]
    Refused(String),
}

/// Starts a queue for each endpoint.
///
/// # Errors
/// If an endpoint's secret cannot be read.
pub fn start(
    store: &Store,
    endpoints: &[Endpoint],
    announcements: &broadcast::Sender<Announcement>,
) -> anyhow::Result<Vec<JoinHandle<()>>> {
    let mut queues = Vec::new();
    let (handed, handing) = watch::channel(());
    for endpoint in endpoints {
        let sender = match &endpoint.channel {
            Channel::Webhook(webhook) => webhook::Sender::new(webhook)?,
        };
        let queue = Queue { store: store.clone(), endpoint: endpoint.clone(), sender };
        queues.push(tokio::spawn(queue.run(handing.clone())));
    }
    if !endpoints.is_empty() {
        let announced = announcements.subscribe();
        let handing = hand_out(store.clone(), endpoints.into(), announced, handed);
        queues.push(tokio::spawn(handing));
    }
    Ok(queues)
}

/// Gives each queued notice to the endpoints of its role, as soon as it is stored.
async fn hand_out(
    store: Store,
    endpoints: Arc<[Endpoint]>,
    mut announced: broadcast::Receiver<Announcement>,
    handed: watch::Sender<()>,
) {
    loop {
        match store.hand_out(&endpoints, wall_now()).await {
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

struct Queue {
    store: Store,
    endpoint: Endpoint,
    sender: webhook::Sender,
}

impl Queue {
    async fn run(self, mut handed: watch::Receiver<()>) {
        loop {
            let pause = match self.round().await {
                Ok(pause) => pause,
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, endpoint = self.endpoint.id, "a queue cannot be read");
                    IDLE_FOR
                }
            };
            // A failure waits for its time, whatever else comes in.
            if !pause.is_zero()
                && let Ok(Err(_)) = tokio::time::timeout(pause, handed.changed()).await
            {
                return;
            }
        }
    }

    /// Sends what is due; how long there is nothing to do.
    async fn round(&self) -> Result<Duration, StoreError> {
        let due = self.store.due_notices(&self.endpoint.id, wall_now(), TAKEN_MAX).await?;
        if due.is_empty() {
            return self.until_next().await;
        }
        for notice in due {
            // Somebody may have answered for the incident since the queue was read.
            if !self.store.is_due(&notice, &self.endpoint.id).await? {
                continue;
            }
            let key = format!("{}/{}", notice.key, self.endpoint.id);
            match self.sender.send(&key, &notice).await {
                Ok(()) => {
                    kill::at(Point::Sent, true);
                    metrics::counter!("jikimi_notices_sent_total").increment(1);
                    self.store.mark_sent(&notice, &self.endpoint.id, wall_now()).await?;
                }
                Err(error) => {
                    self.put_off(&notice, &error).await?;
                    if matches!(error, SendError::Away(_)) {
                        return Ok(Duration::try_from(RETRY_FIRST).unwrap_or(IDLE_FOR));
                    }
                }
            }
        }
        Ok(Duration::ZERO)
    }

    async fn until_next(&self) -> Result<Duration, StoreError> {
        let next = self.store.next_notice(&self.endpoint.id).await?;
        let until = next.map(|next| next.duration_since(wall_now()));
        let until = until.and_then(|span| Duration::try_from(span).ok());
        Ok(until.unwrap_or(IDLE_FOR).clamp(Duration::from_millis(50), IDLE_FOR))
    }

    async fn put_off(&self, notice: &DueNotice, error: &SendError) -> Result<(), StoreError> {
        tracing::warn!(
            endpoint = self.endpoint.id,
            incident.id = %notice.incident,
            attempts = notice.attempts + 1,
            %error,
            "a notice is not taken; it is tried again"
        );
        metrics::counter!("jikimi_notices_failed_total").increment(1);
        let next = later(wall_now(), notice.attempts);
        self.store.put_off(notice, &self.endpoint.id, next, &error.to_string()).await
    }
}

/// When to try again after this many earlier failures.
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
