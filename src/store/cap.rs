//! CAP messages as rows: written before they are sent, and never changed.

use super::db::{Arg, Row};
use super::notices::incident;
use super::recall::corrupt;
use super::{Store, StoreError};
use crate::domain::time::Timestamp;
use crate::incident::IncidentId;

/// What names a message to its receivers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapHead {
    pub identifier: String,
    pub sender: String,
    pub sent: Timestamp,
}

/// A message that was written, as those after it need to know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapSent {
    pub message: u32,
    pub head: CapHead,
    pub said: String,
}

/// A message with all that it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapMessage {
    pub incident: IncidentId,
    /// Which one about its incident, counted from 1.
    pub message: u32,
    pub head: CapHead,
    pub said: String,
    pub xml: String,
    /// Failures so far.
    pub attempts: u32,
}

impl Store {
    /// Every message about an incident of which more may have to be said, in their order.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub async fn cap_standing(
        &self,
        endpoint: &str,
    ) -> Result<Vec<(IncidentId, CapSent)>, StoreError> {
        let rows = self.db.all(STANDING, vec![endpoint.into()]).await?;
        let read = |row: &Row| {
            let sent = CapSent { message: number(row)?, head: head(row)?, said: row.text("said")? };
            Ok((incident(row)?, sent))
        };
        rows.iter().map(read).collect()
    }

    /// Writes a message, unless one of its number is there.
    ///
    /// # Errors
    /// If the database refuses it; nothing may be sent then.
    pub async fn keep_cap(&self, endpoint: &str, of: &CapMessage) -> Result<(), StoreError> {
        let mut args = keys(endpoint, of);
        let CapHead { identifier, sender, sent } = &of.head;
        args.extend([sender.as_str().into(), identifier.as_str().into(), (*sent).into()]);
        args.extend([of.said.as_str().into(), of.xml.as_str().into()]);
        self.statement(KEEP, args).await
    }

    /// The first of each incident that has not been taken and is to be tried by now.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub async fn due_cap(
        &self,
        endpoint: &str,
        now: Timestamp,
        most: i64,
    ) -> Result<Vec<CapMessage>, StoreError> {
        let rows = self.db.all(DUE, vec![endpoint.into(), now.into(), Arg::Int(most)]).await?;
        let read = |row: &Row| {
            Ok(CapMessage {
                incident: incident(row)?,
                message: number(row)?,
                head: head(row)?,
                said: row.text("said")?,
                xml: row.text("xml")?,
                attempts: u32::try_from(row.int("attempts")?).map_err(corrupt("number"))?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// # Errors
    /// If the database refuses it; the message is sent again then, as it was.
    pub async fn cap_sent(&self, endpoint: &str, of: &CapMessage) -> Result<(), StoreError> {
        self.statement(SENT, keys(endpoint, of)).await
    }

    /// Notes a failure, and when to try again.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn cap_put_off(
        &self,
        endpoint: &str,
        of: &CapMessage,
        next: Timestamp,
    ) -> Result<(), StoreError> {
        let mut args = keys(endpoint, of);
        args.push(next.into());
        self.statement(PUT_OFF, args).await
    }
}

fn keys(endpoint: &str, of: &CapMessage) -> Vec<Arg> {
    let IncidentId { site, kind, place, n } = &of.incident;
    let id = [site.as_str(), kind.as_str(), place.as_str()].map(Arg::from);
    [vec![endpoint.into()], id.into(), vec![(*n).into(), of.message.into()]].concat()
}

fn number(row: &Row) -> Result<u32, StoreError> {
    u32::try_from(row.int("message")?).map_err(corrupt("number"))
}

fn head(row: &Row) -> Result<CapHead, StoreError> {
    Ok(CapHead {
        identifier: row.text("identifier")?,
        sender: row.text("sender")?,
        sent: row.moment("sent")?,
    })
}

const STANDING: &str = "SELECT c.site, c.kind, c.place, c.n, c.message, c.sender, c.identifier, \
     c.sent, c.said FROM cap_message c WHERE c.endpoint = $1 \
     AND NOT EXISTS (SELECT 1 FROM cap_message l WHERE l.endpoint = c.endpoint \
     AND l.site = c.site AND l.kind = c.kind AND l.place = c.place AND l.n = c.n \
     AND l.said = 'over') ORDER BY c.site, c.kind, c.place, c.n, c.message";
const KEEP: &str = "INSERT INTO cap_message (endpoint, site, kind, place, n, message, sender, \
     identifier, sent, said, xml, status, next_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'due', 0) ON CONFLICT DO NOTHING";
const DUE: &str = "SELECT c.site, c.kind, c.place, c.n, c.message, c.sender, c.identifier, \
     c.sent, c.said, c.xml, c.attempts FROM cap_message c \
     WHERE c.endpoint = $1 AND c.status = 'due' AND c.next_at <= $2 \
     AND NOT EXISTS (SELECT 1 FROM cap_message e WHERE e.endpoint = c.endpoint \
     AND e.site = c.site AND e.kind = c.kind AND e.place = c.place AND e.n = c.n \
     AND e.status = 'due' AND e.message < c.message) ORDER BY c.sent, c.identifier LIMIT $3";
const SENT: &str = "UPDATE cap_message SET status = 'sent' WHERE endpoint = $1 AND site = $2 \
     AND kind = $3 AND place = $4 AND n = $5 AND message = $6";
const PUT_OFF: &str = "UPDATE cap_message SET attempts = attempts + 1, next_at = $7 \
     WHERE endpoint = $1 AND site = $2 AND kind = $3 AND place = $4 AND n = $5 AND message = $6";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [STANDING, KEEP, DUE, SENT, PUT_OFF].map(str::to_owned).to_vec()
}
