//! A sign of life to an address outside (외부 생존 신호), so that others notice when we are dead.
//!
//! It beats only while the loop that watches is not behind: a process that answers and does not
//! watch is dead for whoever relies on it.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Client;

use crate::clock::Clock;
use crate::config::Heartbeat;
use crate::run::handle::Running;

const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Behind by more than this, nobody is to think that we watch.
const BEHIND_MAX_US: i64 = 60_000_000;

/// # Errors
/// If no client can be made.
pub(super) fn beat(
    heartbeat: Heartbeat,
    running: Running,
    clock: Clock,
) -> anyhow::Result<impl Future<Output = ()>> {
    let client = Client::builder()
        .timeout(ANSWER_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    Ok(async move {
        let mut turns = tokio::time::interval(heartbeat.every);
        loop {
            turns.tick().await;
            if watches(&running, clock.now()) {
                let sent = client.post(&heartbeat.url).send().await;
                let taken = sent.is_ok_and(|answer| answer.status().is_success());
                metrics::gauge!("jikimi_heartbeat_taken").set(if taken { 1.0 } else { 0.0 });
            }
        }
    })
}

fn watches(running: &Running, now: Timestamp) -> bool {
    running.health.hears() && running.health.behind_us(now) < BEHIND_MAX_US
}
