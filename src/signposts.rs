//! What signs and switches are told, on its way to them (`jikimi/v1/{site}/sign/{sign}` and
//! `jikimi/v1/{site}/command/{switch}`, retained; what is withdrawn is retained no longer).
//!
//! The run loop leaves each order here after its commit and goes on; whoever speaks to the broker
//! takes them one after the other. A sign's newer order replaces the one that still waits, in its
//! place: what a sign never heard it cannot be showing. So there are never more than one a sign,
//! and a broker that is away holds up nobody.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::tz::TimeZone;
use serde::Serialize;
use tokio::sync::Notify;

use crate::domain::time::Timestamp;
use crate::domain::{Show, SignId, Site, SiteId, SwitchId, Switching, Words};
use crate::dropped::count_dropped;

/// What one sign is told.
#[derive(Debug, Clone)]
pub struct Order<'a> {
    pub sign: &'a SignId,
    pub epoch: u64,
    pub show: Show,
    pub until: Timestamp,
    pub because: &'a str,
}

/// What a device is told to do.
#[derive(Debug, Clone)]
pub struct Switched<'a> {
    pub switch: &'a SwitchId,
    pub epoch: u64,
    pub does: Switching,
    pub until: Timestamp,
    pub say: Option<&'a Words>,
    pub because: &'a Words,
}

/// A retained value of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posted {
    pub topic: String,
    pub payload: Bytes,
}

/// Orders that wait to be published.
#[derive(Debug, Default)]
pub struct Signposts {
    waiting: Mutex<Waiting>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    latest: BTreeMap<String, Bytes>,
    /// Topics of `latest`, those first that have waited longest.
    turns: VecDeque<String>,
    closed: bool,
}

#[derive(Serialize)]
struct Payload<'a> {
    epoch: u64,
    show: Show,
    until: String,
    because: &'a str,
}

#[derive(Serialize)]
struct Command<'a> {
    epoch: u64,
    #[serde(rename = "do")]
    does: Switching,
    until: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    say: Option<&'a Words>,
    because: &'a Words,
}

impl Signposts {
    /// Leaves an order to a device to be published. Never waits.
    pub fn switch(&self, site: &Site, order: &Switched<'_>) {
        let command = Command {
            epoch: order.epoch,
            does: order.does,
            until: rfc_3339(site, order.until),
            say: order.say,
            because: order.because,
        };
        // Plain fields always serialize.
        let payload = serde_json::to_vec(&command).unwrap_or_default();
        self.lock().put(command_topic(&site.id, order.switch), payload.into());
        self.changed.notify_one();
    }

    /// What a device was told holds no longer: nothing is kept for whoever comes back late.
    pub fn withdraw(&self, site: &Site, switch: &SwitchId) {
        self.lock().put(command_topic(&site.id, switch), Bytes::new());
        self.changed.notify_one();
    }

    /// Leaves an order to be published. Never waits.
    pub fn tell(&self, site: &Site, order: &Order<'_>) {
        let payload = Payload {
            epoch: order.epoch,
            show: order.show,
            until: rfc_3339(site, order.until),
            because: order.because,
        };
        // Four plain fields always serialize.
        let payload = serde_json::to_vec(&payload).unwrap_or_default();
        self.lock().put(topic(&site.id, order.sign), payload.into());
        self.changed.notify_one();
    }

    /// The next order; none once it is closed and nothing waits any more.
    pub async fn next(&self) -> Option<Posted> {
        loop {
            {
                let mut waiting = self.lock();
                match waiting.take() {
                    None if waiting.closed => return None,
                    None => {}
                    posted => return posted,
                }
            }
            self.changed.notified().await;
        }
    }

    /// Nothing more will be told.
    pub fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn put(&mut self, topic: String, payload: Bytes) {
        match self.latest.insert(topic.clone(), payload) {
            None => self.turns.push_back(topic),
            Some(_) => count_dropped("sign-order-replaced", 1),
        }
    }

    fn take(&mut self) -> Option<Posted> {
        let topic = self.turns.pop_front()?;
        let payload = self.latest.remove(&topic).unwrap_or_default();
        Some(Posted { topic, payload })
    }
}

fn topic(site: &SiteId, sign: &SignId) -> String {
    format!("jikimi/v1/{site}/sign/{sign}")
}

fn command_topic(site: &SiteId, switch: &SwitchId) -> String {
    format!("jikimi/v1/{site}/command/{switch}")
}

fn rfc_3339(site: &Site, moment: Timestamp) -> String {
    let zone = TimeZone::get(&site.timezone).unwrap_or(TimeZone::UTC);
    moment.display_with_offset(zone.to_offset(moment)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(posts: &Signposts, topic: &str, payload: &'static str) {
        posts.lock().put(topic.to_owned(), Bytes::from_static(payload.as_bytes()));
        posts.changed.notify_one();
    }

    async fn next(posts: &Signposts) -> Option<(String, String)> {
        let Posted { topic, payload } = posts.next().await?;
        Some((topic, String::from_utf8_lossy(&payload).into_owned()))
    }

    #[tokio::test]
    async fn a_newer_order_takes_the_place_of_the_one_that_waits() {
        let posts = Signposts::default();
        for (topic, payload) in [("b", "left"), ("a", "left"), ("b", "right")] {
            put(&posts, topic, payload);
        }
        posts.close();
        assert_eq!(next(&posts).await, Some(("b".to_owned(), "right".to_owned())));
        assert_eq!(next(&posts).await, Some(("a".to_owned(), "left".to_owned())));
        assert_eq!(next(&posts).await, None);
    }

    #[tokio::test]
    async fn whoever_waits_hears_of_the_next() {
        let posts = Signposts::default();
        let (heard, ()) = tokio::join!(next(&posts), async { put(&posts, "a", "up") });
        assert_eq!(heard, Some(("a".to_owned(), "up".to_owned())));
    }
}
