//! Notices on their way: an outbox row becomes one delivery per person and way, and each is marked
//! when it has been taken, reported or given up.
//!
//! What is sent is claimed first: the key under which it is tried is written before the first
//! attempt and never changes, also where several notices go as one text. Whoever is killed
//! between sending and marking sends again under that key.

use super::db::Arg;
use super::recall::{corrupt, named, word};
use super::statements::Statements;
use super::{Row, Store, StoreError};
use crate::domain::time::Timestamp;
use crate::domain::{Class, Input, Level};
use crate::incident::IncidentId;

/// A notice that nobody has been handed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedNotice {
    pub key: String,
    pub incident: IncidentId,
    pub step: String,
    pub role: String,
}

/// Whom a notice is handed to, and over which way first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    pub notice: String,
    pub person: String,
    pub endpoint: String,
}

/// A notice that a person is to be told over a way.
#[derive(Debug, Clone)]
pub struct DueNotice {
    /// Incident, step and role.
    pub key: String,
    pub person: String,
    pub incident: IncidentId,
    pub exercise: bool,
    pub step: String,
    pub role: String,
    pub class: Class,
    pub level: Level,
    /// The newest reason of its incident, in English and in Korean.
    pub because: String,
    pub because_ko: String,
    pub opened_at: Timestamp,
    /// When this way's turn came, in machine time.
    pub since: Timestamp,
    /// Failures so far.
    pub attempts: u32,
    /// The key under which it has been tried.
    pub batch: Option<String>,
}

/// A delivery, by its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub notice: String,
    pub person: String,
    pub endpoint: String,
}

/// A notice that reached nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    pub notice: QueuedNotice,
    pub because: String,
}

impl Store {
    /// Every notice that waits to be handed out, the oldest first.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub async fn queued_notices(&self, most: i64) -> Result<Vec<QueuedNotice>, StoreError> {
        let rows = self.db.all(QUEUED, vec![Arg::Int(most)]).await?;
        rows.iter().map(queued).collect()
    }

    /// Hands notices to persons, in one transaction. `unreached`: those that nobody can be told.
    ///
    /// # Errors
    /// If the database refuses it; everything stays queued then.
    pub async fn hand_out(
        &self,
        handed: &[Handed],
        unreached: &[Unreached],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut all: Vec<(&'static str, Vec<Arg>)> = Vec::new();
        for Handed { notice, person, endpoint } in handed {
            let keys = [notice, person, endpoint].map(|key| key.as_str().into());
            all.push((DELIVER, keys.into_iter().chain([now.into()]).collect()));
        }
        for Unreached { notice, because } in unreached {
            all.push((
                UNREACH,
                vec![notice.key.as_str().into(), now.into(), because.as_str().into()],
            ));
        }
        let mut keys: Vec<&str> = handed.iter().map(|handed| handed.notice.as_str()).collect();
        keys.extend(unreached.iter().map(|unreached| unreached.notice.key.as_str()));
        keys.sort_unstable();
        keys.dedup();
        all.extend(keys.into_iter().map(|key| (HANDED, vec![key.into()])));
        self.statements(all).await
    }

    /// What is to be told over a way by now, the oldest first.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub async fn due_notices(
        &self,
        endpoint: &str,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<DueNotice>, StoreError> {
        let rows = self.db.all(DUE, vec![endpoint.into(), now.into(), Arg::Int(most)]).await?;
        rows.iter().map(due).collect()
    }

    /// How many texts a person was sent over all ways since then; what went as one counts once.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn texts_since(&self, person: &str, since: Timestamp) -> Result<u64, StoreError> {
        let row = self.db.first(TEXTS_SINCE, vec![person.into(), since.into()]).await?;
        let n = row.map_or(Ok(0), |row| row.int("n"))?;
        u64::try_from(n).map_err(corrupt("number"))
    }

    /// Writes the key under which these are tried from now on; those that are still due.
    ///
    /// # Errors
    /// If the database refuses it; nothing may be sent then.
    pub async fn claim(
        &self,
        notices: &[DueNotice],
        endpoint: &str,
        batch: &str,
    ) -> Result<Vec<DueNotice>, StoreError> {
        let claim = |notice: &DueNotice| {
            let mut args = keys(notice, endpoint);
            args.push(batch.into());
            (CLAIM, args)
        };
        self.statements(notices.iter().map(claim).collect()).await?;
        let mut claimed = Vec::new();
        for notice in notices {
            // Somebody may have answered for the incident since the queue was read.
            let row = self.db.first(IS_DUE, keys(notice, endpoint)).await?;
            if let Some(row) = row {
                let batch = row.text_or_null("batch")?;
                claimed.push(DueNotice { batch, ..notice.clone() });
            }
        }
        Ok(claimed)
    }

    /// When a way is to be looked at next.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn next_notice(&self, endpoint: &str) -> Result<Option<Timestamp>, StoreError> {
        let row = self.db.first(NEXT, vec![endpoint.into()]).await?;
        row.map_or(Ok(None), |row| row.moment_or_null("next_at"))
    }

    /// Marks what a way has taken, and what it calls it.
    ///
    /// # Errors
    /// If the database refuses it; the notices are sent again then, under the same key.
    pub async fn mark_sent(
        &self,
        notices: &[DueNotice],
        endpoint: &str,
        now: Timestamp,
        handle: Option<&str>,
    ) -> Result<(), StoreError> {
        let mark = |notice: &DueNotice| {
            let mut args = keys(notice, endpoint);
            args.extend([now.into(), handle.into()]);
            [(SENT, args), (ARRIVED, vec![notice.key.as_str().into()])]
        };
        self.statements(notices.iter().flat_map(mark).collect()).await
    }

    /// Notes a failure, and when to try again.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn put_off(
        &self,
        notice: &DueNotice,
        endpoint: &str,
        next: Timestamp,
        error: &str,
    ) -> Result<(), StoreError> {
        let mut args = keys(notice, endpoint);
        args.extend([next.into(), error.into()]);
        self.statements(vec![(PUT_OFF, args)]).await
    }

    /// Gives up on a way: the person's next one has its turn, if there is one.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn give_up(
        &self,
        delivery: &Delivery,
        error: &str,
        next: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Delivery { notice, person, endpoint } = delivery;
        let of = |endpoint: &str| -> Vec<Arg> {
            vec![notice.as_str().into(), person.as_str().into(), endpoint.into()]
        };
        let mut failed = of(endpoint);
        failed.push(error.into());
        let mut all = vec![(FAILED, failed)];
        if let Some(next) = next {
            let mut args = of(next);
            args.push(now.into());
            all.push((DELIVER, args));
        }
        self.statements(all).await
    }

    /// Notes a notice as having reached nobody, if nobody's way has taken it and every one that is
    /// still tried has been since before `patient`.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn note_unreached(
        &self,
        notice: &str,
        because: &str,
        (now, patient): (Timestamp, Timestamp),
    ) -> Result<(), StoreError> {
        let args = vec![notice.into(), now.into(), because.into(), patient.into()];
        self.statements(vec![(UNREACH_IF_NONE, args)]).await
    }

    /// Notices that reached nobody, of which the monitor has not been told.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub async fn unreached(&self) -> Result<Vec<Unreached>, StoreError> {
        let rows = self.db.all(UNREACHED, Vec::new()).await?;
        let read =
            |row: &Row| Ok(Unreached { notice: queued(row)?, because: row.text("because")? });
        rows.iter().map(read).collect()
    }

    /// Notices that had reached nobody and have arrived after all, likewise.
    ///
    /// # Errors
    /// As [`Store::unreached`].
    pub async fn arrived_after_all(&self) -> Result<Vec<QueuedNotice>, StoreError> {
        let rows = self.db.all(ARRIVED_AFTER_ALL, Vec::new()).await?;
        rows.iter().map(queued).collect()
    }

    /// How long the oldest notice that is on no way, or still due, has waited; in machine time.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn oldest_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let row = self.db.first(OLDEST, Vec::new()).await?;
        row.map_or(Ok(None), |row| row.moment_or_null("since"))
    }
}

/// In the transaction of whatever the monitor made of it: it has been told.
pub(super) fn settle(into: &mut Statements, input: &Input) {
    let (sql, incident, step, role) = match input {
        Input::Undelivered { incident, step, role, .. } => (TOLD, incident, step, role),
        Input::Delivered { incident, step, role } => (ARRIVAL_TOLD, incident, step, role),
        _ => return,
    };
    let key = format!("{incident}/{step}/{}", role.as_str());
    into.run(sql, vec![key.into()]);
}

fn keys(notice: &DueNotice, endpoint: &str) -> Vec<Arg> {
    vec![notice.key.as_str().into(), notice.person.as_str().into(), endpoint.into()]
}

pub(super) fn incident(row: &Row) -> Result<IncidentId, StoreError> {
    Ok(IncidentId {
        site: named(row, "site")?,
        kind: named(row, "kind")?,
        place: named(row, "place")?,
        n: u32::try_from(row.int("n")?).map_err(corrupt("number"))?,
    })
}

fn queued(row: &Row) -> Result<QueuedNotice, StoreError> {
    let incident = incident(row)?;
    let (key, step, role) = (row.text("key")?, row.text("step")?, row.text("role")?);
    Ok(QueuedNotice { key, incident, step, role })
}

fn due(row: &Row) -> Result<DueNotice, StoreError> {
    Ok(DueNotice {
        key: row.text("key")?,
        person: row.text("person")?,
        incident: incident(row)?,
        exercise: row.int("exercise")? == 1,
        step: row.text("step")?,
        role: row.text("role")?,
        class: word(row, "class")?,
        level: word(row, "level")?,
        because: row.text_or_null("because")?.unwrap_or_default(),
        because_ko: row.text_or_null("because_ko")?.unwrap_or_default(),
        opened_at: row.moment("opened_at")?,
        since: row.moment("since")?,
        attempts: u32::try_from(row.int("attempts")?).map_err(corrupt("number"))?,
        batch: row.text_or_null("batch")?,
    })
}

const QUEUED: &str = "SELECT key, site, kind, place, n, step, role FROM outbox \
     WHERE status = 'queued' ORDER BY queued_at, key LIMIT $1";
const DELIVER: &str = "INSERT INTO delivery (notice, person, endpoint, status, attempts, \
     next_at, since) SELECT key, $2, $3, 'due', 0, $4, $4 FROM outbox \
     WHERE key = $1 AND settled = 0 ON CONFLICT (notice, person, endpoint) DO NOTHING";
const HANDED: &str = "UPDATE outbox SET status = 'handed' WHERE status = 'queued' AND key = $1";
const DUE: &str = "SELECT o.key, d.person, o.site, o.kind, o.place, o.n, o.step, o.role, \
     d.attempts, d.since, d.batch, i.exercise, i.class, i.level, i.opened_at, \
     (SELECT e.because FROM evidence e WHERE e.site = o.site AND e.kind = o.kind \
     AND e.place = o.place AND e.n = o.n ORDER BY e.position DESC, e.ordinal DESC LIMIT 1) \
     AS because, \
     (SELECT e.because_ko FROM evidence e WHERE e.site = o.site AND e.kind = o.kind \
     AND e.place = o.place AND e.n = o.n ORDER BY e.position DESC, e.ordinal DESC LIMIT 1) \
     AS because_ko \
     FROM delivery d JOIN outbox o ON o.key = d.notice \
     JOIN incident i ON i.site = o.site AND i.kind = o.kind AND i.place = o.place AND i.n = o.n \
     WHERE d.endpoint = $1 AND d.status = 'due' AND d.next_at <= $2 \
     ORDER BY o.queued_at, o.key, d.person LIMIT $3";
const TEXTS_SINCE: &str = "SELECT count(DISTINCT batch) AS n FROM delivery \
     WHERE person = $1 AND sent_at >= $2";
const CLAIM: &str = "UPDATE delivery SET batch = $4 \
     WHERE notice = $1 AND person = $2 AND endpoint = $3 AND batch IS NULL AND status = 'due'";
const IS_DUE: &str = "SELECT batch FROM delivery \
     WHERE notice = $1 AND person = $2 AND endpoint = $3 AND status = 'due'";
const NEXT: &str =
    "SELECT MIN(next_at) AS next_at FROM delivery WHERE endpoint = $1 AND status = 'due'";
const SENT: &str = "UPDATE delivery SET status = 'sent', sent_at = $4, handle = $5, \
     error = NULL WHERE notice = $1 AND person = $2 AND endpoint = $3";
const PUT_OFF: &str = "UPDATE delivery SET attempts = attempts + 1, next_at = $4, error = $5 \
     WHERE notice = $1 AND person = $2 AND endpoint = $3 AND status = 'due'";
/// What was taken may be reported as not having arrived.
const FAILED: &str = "UPDATE delivery SET status = 'failed', error = $4 \
     WHERE notice = $1 AND person = $2 AND endpoint = $3 AND status IN ('due', 'sent') \
     AND delivered_at IS NULL";
const UNREACH: &str = "INSERT INTO undelivered (notice, at, because, told) \
     SELECT key, $2, $3, 0 FROM outbox WHERE key = $1 ON CONFLICT (notice) DO NOTHING";
const UNREACH_IF_NONE: &str = "INSERT INTO undelivered (notice, at, because, told) \
     SELECT key, $2, $3, 0 FROM outbox WHERE key = $1 AND settled = 0 \
     AND NOT EXISTS (SELECT 1 FROM delivery WHERE notice = $1 \
     AND (status = 'sent' OR status = 'due' AND since > $4)) \
     ON CONFLICT (notice) DO NOTHING";
const UNREACHED: &str = "SELECT o.key, o.site, o.kind, o.place, o.n, o.step, o.role, u.because \
     FROM undelivered u JOIN outbox o ON o.key = u.notice WHERE u.told = 0 ORDER BY u.at";
const TOLD: &str = "UPDATE undelivered SET told = 1 WHERE notice = $1";
const ARRIVED: &str = "UPDATE undelivered SET arrived = 1 WHERE notice = $1 AND arrived = 0";
const ARRIVED_AFTER_ALL: &str = "SELECT o.key, o.site, o.kind, o.place, o.n, o.step, o.role \
     FROM undelivered u JOIN outbox o ON o.key = u.notice \
     WHERE u.told = 1 AND u.arrived = 1 ORDER BY u.at";
const ARRIVAL_TOLD: &str = "UPDATE undelivered SET arrived = 2 WHERE notice = $1";
const OLDEST: &str = "SELECT MIN(since) AS since FROM delivery WHERE status = 'due'";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [
        QUEUED,
        DELIVER,
        HANDED,
        DUE,
        TEXTS_SINCE,
        CLAIM,
        IS_DUE,
        NEXT,
        SENT,
        PUT_OFF,
        FAILED,
        UNREACH,
        UNREACH_IF_NONE,
        UNREACHED,
        TOLD,
        ARRIVED,
        ARRIVED_AFTER_ALL,
        ARRIVAL_TOLD,
        OLDEST,
    ]
    .map(str::to_owned)
    .to_vec()
}
