//! What other systems are told of incidents: CAP 1.2 messages over HTTP (공통경보프로토콜).
//!
//! A feed follows what the database says of each alarm: the first message is an `Alert`, each that
//! says something else an `Update`, the last a `Cancel`, each with references to all before it. A
//! message is written as a row before it is sent, and a row never changes: whoever is killed in
//! between sends the same bytes again under the same identifier. Messages about one incident go in
//! their order, and one that does not arrive holds up no other incident.
//!
//! Homes are left out unless the feed asks for them: that somebody lies still is theirs. Korea's
//! KS X ITUT X1303 is CAP 1.1, which has the same elements in another name space (`…:cap:1.1`) and
//! knows neither `AllClear` nor `Avoid`; a receiver of that kind needs a relay that says so.

mod message;

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::Client;
use tokio::sync::broadcast;

use super::queue::IDLE_FOR;
use super::text::Names;
use super::{later, webhook};
use crate::clock::{Clock, wall_now};
use crate::config::CapFeed;
use crate::domain::{Class, Words};
use crate::incident::{IncidentId, State};
use crate::kill::{self, Point};
use crate::run::handle::Announcement;
use crate::situation::{Moment, Situation};
use crate::store::cap::{CapMessage, CapSent};
use crate::store::views::{self, Chosen, IncidentRow, Parts};
use crate::store::{Store, StoreError};
use message::{Alert, Head, Info, Kind, Status, word, xml};

/// A receiver that takes longer has not taken it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Messages tried in one round.
const TAKEN_MAX: i64 = 32;
/// What is said of an incident that is over; nothing follows it.
const OVER: &str = "over";

pub(super) struct Feed {
    pub store: Store,
    pub feed: CapFeed,
    pub names: Names,
    pub clock: Clock,
    client: Client,
    secret: Option<Vec<u8>>,
}

impl Feed {
    /// # Errors
    /// If the secret cannot be read.
    pub fn new(store: Store, feed: CapFeed, names: Names, clock: Clock) -> anyhow::Result<Self> {
        let secret = webhook::secret(&feed.endpoint)?;
        let client = Client::builder()
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { store, feed, names, clock, client, secret })
    }

    pub async fn run(self, mut announced: broadcast::Receiver<Announcement>) {
        loop {
            let pause = match self.round().await {
                Ok(pause) => pause,
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, feed = self.feed.id, "what CAP has to say is unknown");
                    IDLE_FOR
                }
            };
            let heard = tokio::time::timeout(pause, announced.recv()).await;
            if let Ok(Err(broadcast::error::RecvError::Closed)) = heard {
                return;
            }
        }
    }

    async fn round(&self) -> Result<Duration, StoreError> {
        self.follow().await?;
        let mut pause = IDLE_FOR;
        for due in self.store.due_cap(&self.feed.id, wall_now(), TAKEN_MAX).await? {
            match self.send(&due).await {
                Ok(()) => {
                    kill::at(Point::Sent, true);
                    self.store.cap_sent(&self.feed.id, &due).await?;
                    // What waited behind it has its turn.
                    pause = Duration::ZERO;
                }
                Err(error) => {
                    tracing::warn!(feed = self.feed.id, %error, "a CAP message was not taken");
                    let next = later(wall_now(), due.attempts);
                    self.store.cap_put_off(&self.feed.id, &due, next).await?;
                    pause = pause.min(Duration::from_secs(1));
                }
            }
        }
        Ok(pause)
    }

    /// Writes a message about each incident of which something else is to be said by now.
    async fn follow(&self) -> Result<(), StoreError> {
        let mut said: BTreeMap<IncidentId, Vec<CapSent>> = BTreeMap::new();
        for (incident, sent) in self.store.cap_standing(&self.feed.id).await? {
            said.entry(incident).or_default().push(sent);
        }
        let mut now = views::incidents(&self.store.db, Chosen::Unresolved).await?;
        for incident in said.keys() {
            if !now.iter().any(|(row, _)| row.id == *incident) {
                now.extend(views::incidents(&self.store.db, Chosen::One(incident)).await?);
            }
        }
        for (row, parts) in now {
            let before = said.remove(&row.id).unwrap_or_default();
            if let Some(message) = self.message(&row, &parts, &before) {
                self.store.keep_cap(&self.feed.id, &message).await?;
            }
        }
        Ok(())
    }

    /// What is to be said next of an incident, if anything.
    fn message(&self, row: &IncidentRow, parts: &Parts, before: &[CapSent]) -> Option<CapMessage> {
        let held = self.names.of(row.id.site.as_str())?;
        let of_home = held.site.homes.contains_key(row.id.place.as_str());
        let sites = &self.feed.sites;
        let here = sites.is_empty() || sites.iter().any(|site| *site == row.id.site.as_str());
        if !here || (of_home && !self.feed.homes) {
            return None;
        }
        let situation = held.situations.get(&row.id.kind)?;
        situation.cap.as_ref()?;
        let over = row.state == State::Resolved;
        let confirmed = situation.is_confirmed(row.class, row.level);
        let zones: std::collections::BTreeSet<_> =
            parts.evidence.iter().filter_map(|evidence| evidence.zone.as_ref()).collect();
        let said = match over {
            true => OVER.to_owned(),
            false => format!("{}/{confirmed}/{}", row.level.as_str(), zones.len()),
        };
        let last = before.last();
        // Nobody is told of what is silenced, or of what was over before anything was said.
        let is_news = match last {
            Some(last) => last.said != said,
            None => row.class == Class::Alarm && !row.silenced && !over,
        };
        if !is_news {
            return None;
        }
        let n = last.map_or(1, |last| last.message + 1);
        let named = Head {
            identifier: Head::identifier(&format!("{}/{n}", row.id)),
            sender: self.feed.sender.clone(),
            sent: self.clock.now(),
        };
        let alert = Alert {
            status: if row.exercise { Status::Exercise } else { Status::Actual },
            kind: match (last, over) {
                (None, _) => Kind::Alert,
                (Some(_), true) => Kind::Cancel,
                (Some(_), false) => Kind::Update,
            },
            references: before.iter().map(|sent| sent.head.clone().into()).collect(),
            note: row.exercise.then(|| "훈련입니다. This is an exercise.".to_owned()),
            infos: self.infos(row, parts, situation, (confirmed, over)),
            head: named.clone(),
        };
        // Memory always takes it.
        let xml = xml(&alert, &self.names.zone(row.id.site.as_str())).ok()?;
        let incident = row.id.clone();
        Some(CapMessage { incident, message: n, head: named.into(), said, xml, attempts: 0 })
    }

    fn infos(
        &self,
        row: &IncidentRow,
        parts: &Parts,
        situation: &Situation,
        (confirmed, over): (bool, bool),
    ) -> Vec<Info> {
        let Some(cap) = &situation.cap else { return Vec::new() };
        let now = cap.now(row.level, confirmed, over);
        let site = row.id.site.as_str();
        let place = self.names.place(site, &row.id.place);
        let because = parts.evidence.last().map_or_else(Words::default, |of| of.because.clone());
        let moment = match (over, confirmed) {
            (true, _) => Moment::Over,
            (false, true) => Moment::Confirmed,
            (false, false) => Moment::Early,
        };
        let message = situation.messages.iter().find(|message| message.when == moment);
        let instruction = message.map(|message| message.said(&place, &because));
        let [ko, en] = [true, false].map(|korean| {
            let of = |words: &Words| if korean { words.ko.clone() } else { words.en.clone() };
            let event = if korean { cap.event.clone() } else { situation.name_en.clone() };
            let drill = match (row.exercise, korean) {
                (false, _) => "",
                (true, true) => "[훈련] ",
                (true, false) => "[EXERCISE] ",
            };
            Info {
                language: if korean { "ko-KR" } else { "en-US" },
                category: word(&cap.category),
                headline: format!("{drill}{event} · {place}"),
                event,
                response: Some(word(&now.response)),
                urgency: word(&now.urgency),
                severity: word(&now.severity),
                certainty: word(&now.certainty),
                onset: Some(row.opened_at),
                expires: None,
                sender_name: self.names.place(site, &site_place(&row.id)),
                description: of(&because),
                instruction: instruction.as_ref().map(of),
                area: place.clone(),
            }
        });
        vec![ko, en]
    }

    /// One attempt.
    async fn send(&self, due: &CapMessage) -> Result<(), String> {
        let body = due.xml.as_bytes().to_vec();
        let mut request = self
            .client
            .post(&self.feed.endpoint.url)
            .header("Content-Type", "application/cap+xml; charset=utf-8")
            .header("Idempotency-Key", &due.head.identifier);
        if let Some(secret) = &self.secret {
            request = request.header("Jikimi-Signature", webhook::signed(secret, &body));
        }
        let answer = request.body(body).send().await;
        let answer = answer.map_err(|error| webhook::chain(&error))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(format!("the endpoint answered {status}")),
        }
    }
}

/// The site, as a place.
fn site_place(incident: &IncidentId) -> crate::domain::PlaceId {
    // What is a site's id is a place's id too.
    incident.site.as_str().parse().unwrap_or_else(|_| incident.place.clone())
}

impl From<Head> for crate::store::cap::CapHead {
    fn from(head: Head) -> Self {
        Self { identifier: head.identifier, sender: head.sender, sent: head.sent }
    }
}

impl From<crate::store::cap::CapHead> for Head {
    fn from(head: crate::store::cap::CapHead) -> Self {
        Self { identifier: head.identifier, sender: head.sender, sent: head.sent }
    }
}
