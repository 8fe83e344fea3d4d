//! Bringing a site's monitor back: snapshot, then the tail of the log, then what is taken from
//! rows: incidents and signs.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use super::commit::number;
use super::db::{Arg, Db, Row};
use super::response::{Works, known};
use super::{Store, StoreError, input_of};
use crate::clock::Clock;
use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{Action, Answer, Class, Command, Input, Level, Refusal, RuleId, SiteId};
use crate::incident::{Contribution, Incident, IncidentId, State};
use crate::monitor::{Configuration, FORMAT, Monitor, Part};

/// Without a usable snapshot at most this much of the log is replayed.
const TAIL_MAX: SignedDuration = SignedDuration::from_hours(24);
/// Rows of the log read at a time.
const ROWS_AT_A_TIME: i64 = 2000;

/// A monitor brought back, and what the log says about it.
pub struct Recalled {
    pub monitor: Monitor,
    /// The configuration that was last activated.
    pub activated: Option<String>,
    /// Inputs of the tail that broke their step and were passed over.
    pub passed_over: Vec<u64>,
    /// Inputs replayed.
    pub replayed: u64,
}

impl Store {
    /// Rebuilds a site's monitor as of its last stored position.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub async fn recall(&self, configuration: &Arc<Configuration>) -> Result<Recalled, StoreError> {
        let site = configuration.site.id.clone();
        let Some(last) = self.last(&site).await? else {
            return Ok(Recalled {
                monitor: Monitor::new(Arc::clone(configuration)),
                activated: None,
                passed_over: Vec::new(),
                replayed: 0,
            });
        };
        let mut passed_over = Vec::new();
        let mut replayed = 0;
        let (mut monitor, mut learnt) = self.restored(configuration, last).await?;
        loop {
            let rows = self.tail(&site, monitor.position()).await?;
            if rows.is_empty() {
                break;
            }
            for (position, step_at, input) in rows {
                replayed += 1;
                if let Some((_, parts)) = learnt.take_if(|(at, _)| *at < position) {
                    monitor.remember(parts);
                }
                if replay_caught(&mut monitor, position, step_at, &input).is_err() {
                    // Its state is what it was when it broke, which is the best there is.
                    passed_over.push(position);
                }
            }
        }
        if let Some((_, parts)) = learnt {
            monitor.remember(parts);
        }
        for incident in known_incidents(&self.db, &site).await? {
            monitor.load(incident);
        }
        let (silences, count) = self.silences(&site).await?;
        monitor.load_silences(silences, count);
        let (planned, sent) = self.board(&site).await?;
        monitor.load_signs(planned, sent);
        let households = super::households(&self.db, &site).await?.into_iter();
        monitor.load_households(households.map(|row| (row.home, row.household)));
        let activated = self.activated(&site).await?;
        Ok(Recalled { monitor, activated, passed_over, replayed })
    }

    /// A monitor as of the newest usable snapshot, or empty a day before the end of the log. In
    /// the second case what an older version had learnt of people by its last snapshot comes with
    /// its position, to be taken there.
    async fn restored(
        &self,
        configuration: &Arc<Configuration>,
        last: (u64, Timestamp),
    ) -> Result<(Monitor, Option<(u64, Vec<Part>)>), StoreError> {
        let site = &configuration.site.id;
        let mut monitor = Monitor::new(Arc::clone(configuration));
        if let Some((position, step_at, parts)) = self.snapshot(site).await? {
            monitor.restore(position, step_at, parts);
            return Ok((monitor, None));
        }
        let learnt = self.learnt(site).await?;
        let since = last.1.saturating_sub(TAIL_MAX).unwrap_or(last.1);
        let args = vec![site.as_str().into(), since.into()];
        let before = self.db.first(LAST_BEFORE, args).await?;
        if let Some(row) =
            before.filter(|row| row.int_or_null("position").is_ok_and(|p| p.is_some()))
        {
            monitor.restore(position_of(&row)?, since, Vec::new());
        } else if self.tail(site, 0).await?.is_empty() {
            // Nothing of its log is kept any more; positions go on all the same.
            monitor.restore(last.0, last.1, Vec::new());
        }
        Ok((monitor, learnt))
    }

    /// What was learnt of people by the newest snapshot, whatever its format.
    async fn learnt(&self, site: &SiteId) -> Result<Option<(u64, Vec<Part>)>, StoreError> {
        let newest = self.db.first(NEWEST_OF_ANY, vec![site.as_str().into()]).await?;
        let Some(row) = newest else { return Ok(None) };
        let position = position_of(&row)?;
        let args = vec![site.as_str().into(), number(position)];
        let rows = self.db.all(SNAPSHOT_PARTS, args).await?;
        let parts = rows.iter().map(|row| Ok(Part::learnt(&row.text("body")?)));
        let parts: Vec<Option<Part>> = parts.collect::<Result<_, StoreError>>()?;
        let parts: Vec<Part> = parts.into_iter().flatten().collect();
        tracing::info!(site.id = %site, homes = parts.len(), "what was learnt of homes is kept");
        Ok(Some((position, parts)))
    }

    async fn snapshot(
        &self,
        site: &SiteId,
    ) -> Result<Option<(u64, Timestamp, Vec<Part>)>, StoreError> {
        let args = vec![site.as_str().into(), Arg::Int(FORMAT)];
        let Some(row) = self.db.first(NEWEST_SNAPSHOT, args).await? else { return Ok(None) };
        let position = position_of(&row)?;
        let step_at = row.moment("step_at")?;
        let args = vec![site.as_str().into(), number(position)];
        let rows = self.db.all(SNAPSHOT_PARTS, args).await?;
        let parts =
            rows.iter().map(|row| parsed(row, "body", "snapshot")).collect::<Result<_, _>>();
        match parts {
            Ok(parts) => Ok(Some((position, step_at, parts))),
            Err(error) => {
                // Worth less than the log, and the log is there.
                tracing::warn!(
                    site.id = %site, %error, "a snapshot cannot be read; the log is replayed"
                );
                Ok(None)
            }
        }
    }

    async fn last(&self, site: &SiteId) -> Result<Option<(u64, Timestamp)>, StoreError> {
        let row = self.db.first(LAST, vec![site.as_str().into()]).await?;
        row.map(|row| Ok((position_of(&row)?, row.moment("step_at")?))).transpose()
    }

    async fn tail(
        &self,
        site: &SiteId,
        after: u64,
    ) -> Result<Vec<(u64, Timestamp, Input)>, StoreError> {
        let args = vec![site.as_str().into(), number(after), Arg::Int(ROWS_AT_A_TIME)];
        let rows = self.db.all(TAIL, args).await?;
        rows.iter()
            .map(|row| Ok((position_of(row)?, row.moment("step_at")?, input_of(row)?)))
            .collect()
    }

    /// The last position of a site's log before a moment; 0 if there is none.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn position_before(
        &self,
        site: &SiteId,
        moment: Timestamp,
    ) -> Result<u64, StoreError> {
        let args = vec![site.as_str().into(), moment.into()];
        let row = self.db.first(LAST_BEFORE, args).await?;
        let known = row.filter(|row| row.int_or_null("position").is_ok_and(|p| p.is_some()));
        known.map_or(Ok(0), |row| position_of(&row))
    }

    /// A page of a site's log behind a position: position, moment and input; empty at its end.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub async fn log_after(
        &self,
        site: &SiteId,
        position: u64,
    ) -> Result<Vec<(u64, Timestamp, Input)>, StoreError> {
        self.tail(site, position).await
    }

    async fn activated(&self, site: &SiteId) -> Result<Option<String>, StoreError> {
        let row = self.db.first(ACTIVATED, vec![site.as_str().into()]).await?;
        row.map(|row| row.text("hash")).transpose()
    }

    /// The answer that a command with this key was given; a refusal if the key was used for
    /// something else.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn answer(
        &self,
        site: &SiteId,
        command: &Command,
    ) -> Result<Option<Answer>, StoreError> {
        let args = vec![site.as_str().into(), command.key.as_str().into()];
        let Some(row) = self.db.first(ANSWER, args).await? else { return Ok(None) };
        match parsed::<Action>(&row, "action", "action")? == command.action {
            true => parsed(&row, "answer", "answer").map(Some),
            false => Ok(Some(Answer::Refused(Refusal::KeyReused))),
        }
    }

    /// The moment of a site's last step, if it has had one.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn last_step(&self, site: &SiteId) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.last(site).await?.map(|(_, step_at)| step_at))
    }

    /// The scaled clock that was kept, if one was.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn kept_clock(&self) -> Result<Option<Clock>, StoreError> {
        let row = self.db.first(CLOCK, Vec::new()).await?;
        row.map(|row| {
            Ok(Clock::scaled(row.moment("service_at")?, row.moment("wall_at")?, row.real("speed")?))
        })
        .transpose()
    }
}

/// The text that a configuration was read from, by its hash.
///
/// # Errors
/// If the database cannot be read.
pub async fn configuration_text(db: &Db, hash: &str) -> Result<Option<String>, StoreError> {
    db.first(CONFIGURATION, vec![hash.into()]).await?.map(|row| row.text("body")).transpose()
}

/// What has to be known of a site's incidents: the unresolved, those that stand, and the
/// newest of each key.
pub(super) async fn known_incidents(db: &Db, site: &SiteId) -> Result<Vec<Incident>, StoreError> {
    let mut standing: BTreeMap<(String, String, i64), Vec<Contribution>> = BTreeMap::new();
    for row in db.all(STANDING, vec![site.as_str().into()]).await? {
        let key = (row.text("kind")?, row.text("place")?, row.int("n")?);
        let rule: RuleId = named(&row, "rule")?;
        let contribution = Contribution { rule, source: row.text("source")? };
        let standing = standing.entry(key).or_default();
        if !standing.contains(&contribution) {
            standing.push(contribution);
        }
    }
    let mut works = Works::read(db, site).await?;
    let rows = db.all(&known(INCIDENTS), vec![site.as_str().into()]).await?;
    rows.iter()
        .map(|row| {
            let key = (row.text("kind")?, row.text("place")?, row.int("n")?);
            incident(site, row, standing.remove(&key).unwrap_or_default(), &mut works)
        })
        .collect()
}

/// A site's unresolved incidents, with what of them stands.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn unresolved(db: &Db, site: &SiteId) -> Result<Vec<Incident>, StoreError> {
    let known = known_incidents(db, site).await?;
    Ok(known.into_iter().filter(|incident| incident.state != State::Resolved).collect())
}

/// One logged input; an error if it broke the step.
fn replay_caught(
    monitor: &mut Monitor,
    position: u64,
    step_at: Timestamp,
    input: &Input,
) -> std::thread::Result<()> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        monitor.replay(position, step_at, input);
    }))
}

fn incident(
    site: &SiteId,
    row: &Row,
    standing: Vec<Contribution>,
    works: &mut Works,
) -> Result<Incident, StoreError> {
    let n = u32::try_from(row.int("n")?).map_err(corrupt("number"))?;
    let kind = named(row, "kind")?;
    let place = named(row, "place")?;
    let acknowledgements = u32::try_from(row.int("acknowledgements")?);
    let state = word::<State>(row, "state")?;
    // It stands by its row and by nothing else: it was about to clear.
    let clears = state != State::Resolved && row.int("stands")? == 1 && standing.is_empty();
    let ended = row.moment_or_null("ended_at")?;
    Ok(Incident {
        id: IncidentId { site: site.clone(), kind, place, n },
        class: word::<Class>(row, "class")?,
        level: word::<Level>(row, "level")?,
        state,
        acknowledged_until: row.moment_or_null("acknowledged_until")?,
        acknowledgements: acknowledgements.map_err(corrupt("number"))?,
        standing,
        ended,
        clears: ended.filter(|_| clears),
        exercise: row.int("exercise")? != 0,
        work: works.take(row, state == State::Resolved)?,
    })
}

pub(super) fn corrupt<E: std::fmt::Display>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::Corrupt { what, detail: error.to_string() }
}

fn position_of(row: &Row) -> Result<u64, StoreError> {
    u64::try_from(row.int("position")?).map_err(corrupt("position"))
}

fn parsed<T: serde::de::DeserializeOwned>(
    row: &Row,
    column: &str,
    what: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(&row.text(column)?).map_err(corrupt(what))
}

pub(super) fn named<T: FromStr<Err: std::fmt::Display>>(
    row: &Row,
    column: &str,
) -> Result<T, StoreError> {
    row.text(column)?.parse().map_err(corrupt("id"))
}

/// A word such as `open`, as serde knows it.
pub(super) fn word<T: serde::de::DeserializeOwned>(
    row: &Row,
    column: &str,
) -> Result<T, StoreError> {
    let text = row.text(column)?;
    T::deserialize(serde::de::value::StrDeserializer::<serde::de::value::Error>::new(&text))
        .map_err(corrupt("word"))
}

/// The last row may have been dropped long ago; then the snapshot says where the log ends.
pub(super) const LAST: &str = "SELECT position, step_at FROM (\
     SELECT * FROM (SELECT position, step_at FROM input WHERE site = $1 \
                    ORDER BY position DESC LIMIT 1) AS logged \
     UNION ALL SELECT position, step_at FROM snapshot_done WHERE site = $1) AS ends \
     ORDER BY position DESC LIMIT 1";
const CONFIGURATION: &str = "SELECT body FROM configuration WHERE hash = $1";
const LAST_BEFORE: &str =
    "SELECT MAX(position) AS position FROM input WHERE site = $1 AND step_at < $2";
const NEWEST_SNAPSHOT: &str = "SELECT position, step_at FROM snapshot_done \
     WHERE site = $1 AND format = $2 ORDER BY position DESC LIMIT 1";
const NEWEST_OF_ANY: &str =
    "SELECT position FROM snapshot_done WHERE site = $1 ORDER BY position DESC LIMIT 1";
const SNAPSHOT_PARTS: &str =
    "SELECT body FROM snapshot WHERE site = $1 AND position = $2 ORDER BY part";
const TAIL: &str = "SELECT position, step_at, kind, device, received_at, at, quality, body \
     FROM input WHERE site = $1 AND position > $2 ORDER BY position LIMIT $3";
const ACTIVATED: &str =
    "SELECT hash FROM activation WHERE site = $1 ORDER BY position DESC LIMIT 1";
const INCIDENTS: &str = "SELECT kind, place, n, class, level, state, acknowledged_until, \
     acknowledgements, stands, exercise, ends_at, silenced, silences, (SELECT MAX(ended_at) \
     FROM evidence e WHERE e.site = i.site AND e.kind = i.kind AND e.place = i.place \
     AND e.n = i.n) AS ended_at FROM incident i WHERE {known} ORDER BY kind, place, n";
const STANDING: &str = "SELECT e.kind, e.place, e.n, e.rule, e.source FROM evidence e \
     JOIN incident i ON i.site = e.site AND i.kind = e.kind AND i.place = e.place AND i.n = e.n \
     WHERE e.site = $1 AND e.ended_at IS NULL AND (i.state <> 'resolved' OR i.stands = 1) \
     ORDER BY e.position, e.ordinal";
const ANSWER: &str = "SELECT action, answer FROM command WHERE site = $1 AND key = $2";
const CLOCK: &str = "SELECT service_at, wall_at, speed FROM clock_anchor";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [
        LAST,
        CONFIGURATION,
        LAST_BEFORE,
        NEWEST_SNAPSHOT,
        NEWEST_OF_ANY,
        SNAPSHOT_PARTS,
        TAIL,
        ACTIVATED,
        STANDING,
        ANSWER,
        CLOCK,
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([known(INCIDENTS)])
    .collect()
}
