//! What comes back of notices: answers without an account, and what carriers report.
//!
//! Of what answers a notice only a hash is kept. What may happen once is made so by its row, not
//! by whoever asks.

use super::db::{Arg, Row};
use super::notices::{Delivery, incident};
use super::recall::corrupt;
use super::{Store, StoreError};
use crate::domain::time::{SignedDuration, Timestamp};
use crate::incident::{IncidentId, Role};

/// What an answer would be about, and whose it would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    pub incident: IncidentId,
    pub role: Role,
    pub person: String,
}

impl Store {
    /// Keeps what a notice can be answered by until then, and forgets what is long over.
    ///
    /// # Errors
    /// If the database refuses it; the notice must not be sent with it then.
    pub async fn offer_answer(
        &self,
        id: &str,
        to: &Delivery,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let Delivery { notice, person, endpoint } = to;
        let args = [id, notice, person, endpoint].map(Arg::from);
        let args = args.into_iter().chain([until.into()]).collect();
        let old = until.saturating_sub(KEPT_FOR).unwrap_or(until);
        self.statements(vec![(OFFER, args), (FORGET, vec![old.into()])]).await
    }

    /// What an answer is about, if it may still be given at `now`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn offered(&self, id: &str, now: Timestamp) -> Result<Option<Offered>, StoreError> {
        let row = self.db.first(OFFERED, vec![id.into(), now.into()]).await?;
        let read = |row: Row| {
            let role = row.text("role")?;
            let role = Role::named(&role).ok_or_else(|| corrupt("role")("no role"))?;
            Ok(Offered { incident: incident(&row)?, role, person: row.text("person")? })
        };
        row.map(read).transpose()
    }

    /// It has been given, and is over.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn answered(&self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.statement(ANSWERED, vec![id.into(), now.into()]).await
    }

    /// Takes a carrier's call, unless it was taken before; and forgets those of before `old`.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn take_call(
        &self,
        id: &str,
        now: Timestamp,
        old: Timestamp,
    ) -> Result<bool, StoreError> {
        self.statement(FORGET_CALLS, vec![old.into()]).await?;
        let taken = vec![(TAKE_CALL.into(), vec![id.into(), now.into()])];
        Ok(self.touched(taken).await? == 1)
    }

    /// Nothing came of a call: it may come again.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn forget_call(&self, id: &str) -> Result<(), StoreError> {
        self.statement(FORGET_CALL, vec![id.into()]).await
    }

    /// What was taken by a carrier under a name of its own, and has not arrived yet as far as is
    /// known.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn carried(&self, endpoint: &str, handle: &str) -> Result<Vec<Delivery>, StoreError> {
        let rows = self.db.all(CARRIED, vec![endpoint.into(), handle.into()]).await?;
        let read = |row: &Row| {
            let (notice, person) = (row.text("notice")?, row.text("person")?);
            Ok(Delivery { notice, person, endpoint: endpoint.to_owned() })
        };
        rows.iter().map(read).collect()
    }

    /// Its carrier says that it has arrived.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn mark_delivered(&self, of: &Delivery, now: Timestamp) -> Result<(), StoreError> {
        let mut args: Vec<Arg> =
            [&of.notice, &of.person, &of.endpoint].map(|t| (&**t).into()).into();
        args.push(now.into());
        self.statement(DELIVERED, args).await
    }
}

/// So long before the end of a new one an old one ended that is forgotten.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 8);

const FORGET: &str = "DELETE FROM answer WHERE until < $1";
const OFFER: &str = "INSERT INTO answer (id, notice, person, endpoint, until) \
     VALUES ($1, $2, $3, $4, $5)";
const OFFERED: &str = "SELECT o.site, o.kind, o.place, o.n, o.role, a.person \
     FROM answer a JOIN outbox o ON o.key = a.notice \
     WHERE a.id = $1 AND a.used_at IS NULL AND a.until > $2";
const ANSWERED: &str = "UPDATE answer SET used_at = $2 WHERE id = $1 AND used_at IS NULL";
const TAKE_CALL: &str = "INSERT INTO inbound (id, at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING";
const FORGET_CALLS: &str = "DELETE FROM inbound WHERE at < $1";
const FORGET_CALL: &str = "DELETE FROM inbound WHERE id = $1";
const CARRIED: &str = "SELECT notice, person FROM delivery \
     WHERE endpoint = $1 AND handle = $2 AND status = 'sent' AND delivered_at IS NULL";
const DELIVERED: &str = "UPDATE delivery SET delivered_at = $4 \
     WHERE notice = $1 AND person = $2 AND endpoint = $3 AND status = 'sent'";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [OFFER, FORGET, OFFERED, ANSWERED, TAKE_CALL, FORGET_CALLS, FORGET_CALL, CARRIED, DELIVERED]
        .map(str::to_owned)
        .to_vec()
}
