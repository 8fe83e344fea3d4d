//! What became of each notice: over which way it went to whom, and whether it arrived.

use super::{count, id};
use crate::domain::SiteId;
use crate::domain::time::Timestamp;
use crate::incident::IncidentId;
use crate::store::recall::corrupt;
use crate::store::{Arg, Db, Row, StoreError};

/// A notice to one person over one way; without either while nobody has been handed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRow {
    pub notice: String,
    pub incident: IncidentId,
    pub step: String,
    pub role: String,
    pub queued_at: Timestamp,
    /// Nobody has to be told of it any more.
    pub settled: bool,
    pub person: Option<String>,
    pub way: Option<String>,
    /// `queued`, `due`, `sent`, `failed` or `stopped`.
    pub status: String,
    pub attempts: u64,
    /// In machine time, as the following are.
    pub since: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub error: Option<String>,
    /// Why it has reached nobody, where that is so.
    pub unreached: Option<String>,
}

pub const DELIVERIES: &str = "\
    SELECT o.key, o.site, o.kind, o.place, o.n, o.step, o.role, o.queued_at, o.settled,
        d.person, d.endpoint, COALESCE(d.status, o.status) AS status,
        COALESCE(d.attempts, 0) AS attempts, d.since, d.sent_at, d.delivered_at, d.error,
        CASE WHEN u.arrived = 0 THEN u.because END AS unreached
    FROM outbox o LEFT JOIN delivery d ON d.notice = o.key
        LEFT JOIN undelivered u ON u.notice = o.key
    WHERE o.site = $1 AND (o.kind = $2 OR $2 = '') AND (o.place = $3 OR $3 = '')
        AND (o.n = $4 OR $4 = 0)
    ORDER BY o.queued_at DESC, o.key, d.since, d.person, d.endpoint LIMIT $5";

/// Those of a site, or of one of its incidents; the newest notice first.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn deliveries(
    db: &Db,
    site: &SiteId,
    incident: Option<&IncidentId>,
    most: u32,
) -> Result<Vec<DeliveryRow>, StoreError> {
    let kind = incident.map_or("", |incident| incident.kind.as_str());
    let place = incident.map_or("", |incident| incident.place.as_str());
    let n = incident.map_or(0, |incident| incident.n);
    let args = vec![site.as_str().into(), kind.into(), place.into(), n.into(), most.into()];
    db.all(DELIVERIES, args).await?.iter().map(read).collect()
}

pub const UNDELIVERED: &str = "\
    SELECT o.site, o.kind, o.place, o.n FROM outbox o JOIN incident i
        ON i.site = o.site AND i.kind = o.kind AND i.place = o.place AND i.n = o.n
    WHERE o.site = $1 AND i.state <> 'resolved' AND o.settled = 0
        AND ((o.status = 'queued' AND o.queued_at < $2)
             OR EXISTS (SELECT 1 FROM undelivered u WHERE u.notice = o.key AND u.arrived = 0))
    ORDER BY o.queued_at";

/// The incidents of notices that have reached nobody: those that were given up, and those that
/// nobody had been handed by `queued_before`; one for each notice.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn undelivered(
    db: &Db,
    site: &SiteId,
    queued_before: Timestamp,
) -> Result<Vec<IncidentId>, StoreError> {
    let args: Vec<Arg> = vec![site.as_str().into(), queued_before.into()];
    db.all(UNDELIVERED, args).await?.iter().map(incident).collect()
}

fn incident(row: &Row) -> Result<IncidentId, StoreError> {
    let n = u32::try_from(row.int("n")?).map_err(corrupt("n"))?;
    Ok(IncidentId { site: id(row, "site")?, kind: id(row, "kind")?, place: id(row, "place")?, n })
}

fn read(row: &Row) -> Result<DeliveryRow, StoreError> {
    Ok(DeliveryRow {
        notice: row.text("key")?,
        incident: incident(row)?,
        step: row.text("step")?,
        role: row.text("role")?,
        queued_at: row.moment("queued_at")?,
        settled: row.int("settled")? == 1,
        person: row.text_or_null("person")?,
        way: row.text_or_null("endpoint")?,
        status: row.text("status")?,
        attempts: count(row, "attempts")?,
        since: row.moment_or_null("since")?,
        sent_at: row.moment_or_null("sent_at")?,
        delivered_at: row.moment_or_null("delivered_at")?,
        error: row.text_or_null("error")?,
        unreached: row.text_or_null("unreached")?,
    })
}

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [DELIVERIES, UNDELIVERED].map(str::to_owned).to_vec()
}
