//! Notices on their way: an outbox row becomes one delivery per endpoint, and each is marked when
//! it has been taken.

use super::db::Arg;
use super::recall::{corrupt, named, word};
use super::{Row, Store, StoreError};
use crate::config::Endpoint;
use crate::domain::time::Timestamp;
use crate::domain::{Class, Level};
use crate::incident::IncidentId;

/// A notice that an endpoint is to be told.
#[derive(Debug, Clone)]
pub struct DueNotice {
    /// Incident, step and role; an endpoint adds its own name to it.
    pub key: String,
    pub incident: IncidentId,
    pub step: String,
    pub role: String,
    pub class: Class,
    pub level: Level,
    /// The newest reason of its incident.
    pub because: String,
    pub opened_at: Timestamp,
    /// Failures so far.
    pub attempts: u32,
}

impl Store {
    /// Gives every queued notice to the endpoints of its role, in one transaction.
    ///
    /// # Errors
    /// If the database refuses it; everything stays queued then.
    pub async fn hand_out(&self, endpoints: &[Endpoint], now: Timestamp) -> Result<(), StoreError> {
        if self.db.first(ANY_QUEUED, Vec::new()).await?.is_none() {
            return Ok(());
        }
        let mut all: Vec<(&'static str, Vec<Arg>)> = Vec::new();
        for endpoint in endpoints {
            for role in &endpoint.roles {
                let args = vec![endpoint.id.as_str().into(), now.into(), role.as_str().into()];
                all.push((DELIVER, args));
            }
        }
        for role in endpoints.iter().flat_map(|endpoint| &endpoint.roles) {
            all.push((HANDED, vec![role.as_str().into()]));
        }
        self.statements(all).await
    }

    /// What an endpoint is to be told by now, the oldest first.
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

    /// Whether a notice is still to be sent.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn is_due(&self, notice: &DueNotice, endpoint: &str) -> Result<bool, StoreError> {
        let args = vec![notice.key.as_str().into(), endpoint.into()];
        Ok(self.db.first(IS_DUE, args).await?.is_some())
    }

    /// When an endpoint is to be tried next.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn next_notice(&self, endpoint: &str) -> Result<Option<Timestamp>, StoreError> {
        let row = self.db.first(NEXT, vec![endpoint.into()]).await?;
        row.map_or(Ok(None), |row| row.moment_or_null("next_at"))
    }

    /// # Errors
    /// If the database refuses it; the notice is sent again then, under the same key.
    pub async fn mark_sent(
        &self,
        notice: &DueNotice,
        endpoint: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let args = vec![notice.key.as_str().into(), endpoint.into(), now.into()];
        self.statements(vec![(SENT, args)]).await
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
        let args = vec![notice.key.as_str().into(), endpoint.into(), next.into(), error.into()];
        self.statements(vec![(PUT_OFF, args)]).await
    }
}

fn due(row: &Row) -> Result<DueNotice, StoreError> {
    Ok(DueNotice {
        key: row.text("key")?,
        incident: IncidentId {
            site: named(row, "site")?,
            kind: named(row, "kind")?,
            place: named(row, "place")?,
            n: u32::try_from(row.int("n")?).map_err(corrupt("number"))?,
        },
        step: row.text("step")?,
        role: row.text("role")?,
        class: word(row, "class")?,
        level: word(row, "level")?,
        because: row.text_or_null("because")?.unwrap_or_default(),
        opened_at: row.moment("opened_at")?,
        attempts: u32::try_from(row.int("attempts")?).map_err(corrupt("number"))?,
    })
}

const ANY_QUEUED: &str = "SELECT key FROM outbox WHERE status = 'queued' LIMIT 1";
const DELIVER: &str = "INSERT INTO delivery (notice, endpoint, status, attempts, next_at) \
     SELECT key, $1, 'due', 0, $2 FROM outbox WHERE status = 'queued' AND role = $3 \
     ON CONFLICT (notice, endpoint) DO NOTHING";
const HANDED: &str = "UPDATE outbox SET status = 'handed' WHERE status = 'queued' AND role = $1";
const DUE: &str = "SELECT o.key, o.site, o.kind, o.place, o.n, o.step, o.role, d.attempts, \
     i.class, i.level, i.opened_at, (SELECT e.because FROM evidence e WHERE e.site = o.site \
     AND e.kind = o.kind AND e.place = o.place AND e.n = o.n \
     ORDER BY e.position DESC, e.ordinal DESC LIMIT 1) AS because \
     FROM delivery d JOIN outbox o ON o.key = d.notice \
     JOIN incident i ON i.site = o.site AND i.kind = o.kind AND i.place = o.place AND i.n = o.n \
     WHERE d.endpoint = $1 AND d.status = 'due' AND d.next_at <= $2 \
     ORDER BY o.queued_at, o.key LIMIT $3";
const IS_DUE: &str =
    "SELECT notice FROM delivery WHERE notice = $1 AND endpoint = $2 AND status = 'due'";
const NEXT: &str =
    "SELECT MIN(next_at) AS next_at FROM delivery WHERE endpoint = $1 AND status = 'due'";
const SENT: &str = "UPDATE delivery SET status = 'sent', sent_at = $3, error = NULL \
     WHERE notice = $1 AND endpoint = $2";
const PUT_OFF: &str = "UPDATE delivery SET attempts = attempts + 1, next_at = $3, error = $4 \
     WHERE notice = $1 AND endpoint = $2 AND status = 'due'";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [ANY_QUEUED, DELIVER, HANDED, DUE, IS_DUE, NEXT, SENT, PUT_OFF].map(str::to_owned).to_vec()
}
