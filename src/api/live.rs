//! Incidents as they happen, over server-sent events.
//!
//! A listener without a usable cursor is first told the whole truth (`snapshot`); one with a
//! cursor is told what it missed. Then each commit that moved incidents tells them as they are
//! now. An announcement is only a hint to look: what is sent is what the database holds after
//! the cursor, so an incident may be told twice and never not at all. A listener that falls too
//! far behind is told the whole truth again.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use futures_util::stream::{self, Stream};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, broadcast, watch};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::cursor::Cursor;
use super::incidents::{self, Incident};
use super::local::{Local, Time};
use super::openapi::LiveProblems;
use super::problem::{Code, Problem, chain};
use super::request::Query;
use super::silences;
use crate::domain::SiteId;
use crate::dropped::count_dropped;
use crate::people::{Actor, Right};
use crate::run::handle::Announcement;
use crate::store::StoreError;
use crate::store::views::{self, Chosen};

/// Streams open at once.
const LISTENERS_MAX: usize = 512;
/// A listener that missed more incidents than this is told the whole truth instead.
const MISSED_MAX: u64 = 1000;
/// Whoever may not listen any more is heard of within so long, also where another process took
/// the right away.
const LOOKS_EVERY: Duration = Duration::from_secs(2);
/// A line without meaning, so that a dead connection is noticed by both ends.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Room for listeners.
#[derive(Clone)]
pub struct Seats(Arc<Semaphore>);

impl Default for Seats {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LISTENERS_MAX)))
    }
}

/// Turns true when the server is asked to end; streams would hold it open otherwise.
#[derive(Clone)]
pub struct Closing(pub watch::Receiver<bool>);

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LiveQuery {
    /// The id of the last event seen, where a `Last-Event-ID` header cannot be sent.
    cursor: Option<String>,
}

/// The whole truth: the data of a `snapshot` event.
#[derive(Serialize, ToSchema)]
pub struct Snapshot {
    clock: ClockBody,
    /// Where the stream goes on; also the event's id.
    #[schema(example = "MS4wMDAwMDAwMDAwMDBmZWVkLmNlbnRlcjoxNw")]
    cursor: String,
    /// Every incident that is not resolved.
    incidents: Vec<Incident>,
}

/// The service's clock, which a drill may run faster than the wall's.
#[derive(Serialize, ToSchema)]
pub struct ClockBody {
    now: Time,
    #[schema(example = 1.0)]
    speed: f64,
}

/// Incidents as they happen. Events: `snapshot` (all that is unresolved), `incident` (one, as it
/// is now) and `silences` (those of a site, when they change). Each id is an opaque cursor to go
/// on from.
#[utoipa::path(get, path = "/api/v1/incidents/live", tag = "incidents",
    params(LiveQuery, ("Last-Event-ID" = Option<String>, Header,
        description = "The id of the last event seen")),
    responses((status = 200, content_type = "text/event-stream", body = String,
        example = "event: incident\nid: MS4w…\ndata: {\"id\":\"center/fire/main-building/1\",…}\n"),
        LiveProblems))]
pub async fn listen(
    State(state): State<ApiState>,
    actor: Actor,
    Extension(seats): Extension<Seats>,
    closing: Option<Extension<Closing>>,
    headers: HeaderMap,
    Query(query): Query<LiveQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem> {
    let seat = seats.0.try_acquire_owned().map_err(|_| full())?;
    let given = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let given = given.map(str::to_owned).or(query.cursor);
    let mut listener = Listener {
        // Before the database is read, so that nothing falls in between.
        announcements: state.running.announcements.subscribe(),
        cursor: Cursor { origin: views::origin(&state.db).await?, positions: BTreeMap::new() },
        state,
        actor,
        look_again: Instant::now() + LOOKS_EVERY,
        ready: VecDeque::new(),
        closing: closing.map(|Extension(Closing(closing))| closing),
        _seat: seat,
    };
    listener.begin(given.as_deref().and_then(Cursor::decode)).await?;
    let told = stream::unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok(event), listener))
    });
    Ok(Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("here")))
}

fn full() -> Problem {
    let sentence = format!("{LISTENERS_MAX} streams are open; close one or come again");
    Problem::new(Code::TooManyListeners, sentence)
}

struct Listener {
    state: ApiState,
    /// Who listens, as they came in.
    actor: Actor,
    /// When to look next whether they still may.
    look_again: Instant,
    announcements: broadcast::Receiver<Announcement>,
    /// What has been told, once `ready` has been sent.
    cursor: Cursor,
    ready: VecDeque<Event>,
    closing: Option<watch::Receiver<bool>>,
    _seat: OwnedSemaphorePermit,
}

/// Why nothing more can be told.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an event cannot be written")]
    Event(#[from] axum::Error),
}

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        Self::internal(&broken)
    }
}

impl Listener {
    /// The sites of which anything is told.
    fn sites(&self) -> impl Iterator<Item = &SiteId> {
        let sees = |site: &&SiteId| {
            let either = [Right::BuildingIncidents, Right::HomeIncidents];
            either.iter().any(|right| self.actor.may(*right, site))
        };
        self.state.site_ids().filter(sees)
    }

    async fn begin(&mut self, given: Option<Cursor>) -> Result<(), Broken> {
        let Some(given) = given else { return self.snapshot().await };
        if !self.usable(&given).await? {
            return self.snapshot().await;
        }
        self.cursor = given;
        let sites: Vec<SiteId> = self.sites().cloned().collect();
        for site in &sites {
            self.changes(site).await?;
        }
        Ok(())
    }

    /// Whether the cursor counts in this database and what it missed can be told one by one.
    async fn usable(&self, given: &Cursor) -> Result<bool, StoreError> {
        if given.origin != self.cursor.origin {
            return Ok(false);
        }
        let last = views::last_positions(&self.state.db, self.sites()).await?;
        let mut missed = 0;
        for site in self.sites() {
            let position = given.position(site);
            if position > last.get(site).map_or(0, |last| last.position) {
                return Ok(false);
            }
            missed += views::changed_count(&self.state.db, site, position).await?;
        }
        Ok(missed <= MISSED_MAX)
    }

    /// The whole truth. Positions are read first: what happens in between is told once more.
    async fn snapshot(&mut self) -> Result<(), Broken> {
        let last = views::last_positions(&self.state.db, self.sites()).await?;
        self.cursor.positions = last.into_iter().map(|(site, at)| (site, at.position)).collect();
        let found = views::incidents(&self.state.db, Chosen::Unresolved).await?;
        let incidents = found.into_iter().filter(|(row, _)| self.state.sees(&self.actor, &row.id));
        let incidents = incidents.map(|(row, parts)| incidents::body(&self.state, row, parts));
        let clock = &self.state.clock;
        let snapshot = Snapshot {
            clock: ClockBody {
                now: Local::everywhere(&self.state).time(clock.now()),
                speed: clock.speed(),
            },
            cursor: self.cursor.encode(),
            incidents: incidents.collect(),
        };
        let event = Event::default().event("snapshot").id(self.cursor.encode());
        self.ready.push_back(event.json_data(snapshot)?);
        Ok(())
    }

    /// What of a site has moved since the cursor, in its order.
    async fn changes(&mut self, site: &SiteId) -> Result<(), Broken> {
        let position = self.cursor.position(site);
        let moved = Chosen::ChangedAfter { site, position };
        let mut moved = views::incidents(&self.state.db, moved).await?.into_iter().peekable();
        while let Some((row, parts)) = moved.next() {
            // Of incidents that moved together only the last may carry their position: a
            // listener that goes on from the first has not heard of the others.
            let next = moved.peek().map(|(next, _)| next.updated_position);
            if next != Some(row.updated_position) {
                self.cursor.advance(site, row.updated_position);
            }
            if !self.state.sees(&self.actor, &row.id) {
                continue;
            }
            let event = Event::default().event("incident").id(self.cursor.encode());
            let body = incidents::body(&self.state, row, parts);
            self.ready.push_back(event.json_data(body)?);
        }
        if views::silences_changed(&self.state.db, site, position).await? {
            let silences = silences::of_site(&self.state, site).await?;
            let event = Event::default().event("silences").id(self.cursor.encode());
            self.ready.push_back(event.json_data(silences)?);
        }
        Ok(())
    }

    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if !self.still_may().await {
                return None;
            }
            let Some(heard) = self.heard().await? else { continue };
            if let Err(broken) = self.look(heard).await {
                // The stream ends; the client comes back with its last cursor.
                tracing::error!(error = chain(&broken), "a live stream ended early");
                return None;
            }
        }
    }

    /// Whether whoever listens still may: a session ends, is ended, or loses its roles. Looked up
    /// now and then, and never told of anything before.
    async fn still_may(&mut self) -> bool {
        if Instant::now() < self.look_again {
            return true;
        }
        self.look_again = Instant::now() + LOOKS_EVERY;
        self.state.people.still(&self.actor).await.unwrap_or_else(|error| {
            tracing::error!(error = chain(&error), "it is not known whether a listener still may");
            false
        })
    }

    /// The next announcement; `Some(None)` when it is time to look whether one may still listen,
    /// and nothing when there will be none.
    async fn heard(&mut self) -> Option<Option<Result<Announcement, RecvError>>> {
        let closing = &mut self.closing;
        let closed = async {
            match closing {
                Some(closing) => drop(closing.wait_for(|asked| *asked).await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            heard = self.announcements.recv() => match heard {
                Err(RecvError::Closed) => None,
                heard => Some(Some(heard)),
            },
            () = tokio::time::sleep_until(self.look_again) => Some(None),
            () = closed => None,
        }
    }

    async fn look(&mut self, heard: Result<Announcement, RecvError>) -> Result<(), Broken> {
        if let Err(RecvError::Lagged(missed)) = heard {
            // What still waits is told with the rest, and goes unheard as well.
            count_dropped("listener-behind", missed + self.announcements.len() as u64);
        }
        let Ok(announcement) = heard else {
            // What still waits is older than what is about to be read.
            self.announcements = self.announcements.resubscribe();
            return self.snapshot().await;
        };
        let of_ours = self.sites().any(|site| *site == announcement.site);
        if !of_ours || announcement.position <= self.cursor.position(&announcement.site) {
            return Ok(());
        }
        self.changes(&announcement.site).await?;
        // The commit is in what was just read, whether or not it moved an incident last.
        self.cursor.advance(&announcement.site, announcement.position);
        Ok(())
    }
}
