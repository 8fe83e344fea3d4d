//! How much people were told, and by what.
//!
//! Drills are left out. Moments are those at which jikimi decided, since that is when people are
//! told.

use std::collections::BTreeMap;

use super::{count, id, json};
use crate::domain::time::Timestamp;
use crate::domain::{DeviceId, RuleId, SiteId};
use crate::store::{Db, StoreError};

/// Notices of incidents that are no drill, since a moment.
const NOTICES: &str = "outbox o JOIN incident i ON i.site = o.site AND i.kind = o.kind \
     AND i.place = o.place AND i.n = o.n \
     WHERE o.site = $1 AND o.queued_at >= $2 AND i.exercise = 0";

/// A text about those.
fn of_notices(text: &str) -> String {
    text.replace("{notices}", NOTICES)
}

pub const ANNOUNCED: &str = "SELECT MIN(o.queued_at) AS at FROM {notices} AND o.role = 'operator' \
     GROUP BY i.kind, i.place, i.n ORDER BY at";

pub const CALLS: &str = "SELECT COUNT(*) AS calls FROM {notices} \
     AND o.role IN ('worker-1', 'worker-2') AND o.status <> 'stopped'";

pub const LOUDEST_RULES: &str = "SELECT rule, COUNT(*) AS times FROM (
        SELECT DISTINCT e.rule, e.kind, e.place, e.n FROM evidence e JOIN (
            SELECT DISTINCT i.site, i.kind, i.place, i.n FROM {notices} AND o.role = 'operator'
        ) AS a ON a.site = e.site AND a.kind = e.kind AND a.place = e.place AND a.n = e.n
     ) AS loud GROUP BY rule ORDER BY times DESC, rule LIMIT $3";

pub const LOUDEST_DEVICES: &str = "SELECT DISTINCT e.devices, e.kind, e.place, e.n \
     FROM evidence e JOIN (
        SELECT DISTINCT i.site, i.kind, i.place, i.n FROM {notices} AND o.role = 'operator'
     ) AS a ON a.site = e.site AND a.kind = e.kind AND a.place = e.place AND a.n = e.n";

pub const OPENED: &str = "SELECT COUNT(*) AS opened FROM incident \
     WHERE site = $1 AND opened_step_at >= $2 AND exercise = 0 AND class = 'alarm'";

pub const ACKNOWLEDGED: &str = "SELECT i.opened_step_at AS opened_at, MIN(t.step_at) AS had_at \
     FROM incident i JOIN transition t ON t.site = i.site AND t.kind = i.kind \
     AND t.place = i.place AND t.n = i.n WHERE i.site = $1 AND i.opened_step_at >= $2 \
     AND i.exercise = 0 AND i.class = 'alarm' AND t.cause IN ('acknowledged', 'taken-over') \
     GROUP BY i.kind, i.place, i.n, i.opened_step_at";

/// When each incident was announced to an operator, in order.
///
/// # Errors
/// If the database cannot be read.
pub async fn announced(
    db: &Db,
    site: &SiteId,
    since: Timestamp,
) -> Result<Vec<Timestamp>, StoreError> {
    let args = vec![site.as_str().into(), since.into()];
    let rows = db.all(&of_notices(ANNOUNCED), args).await?;
    rows.iter().map(|row| row.moment("at")).collect()
}

/// How often a worker was called.
///
/// # Errors
/// If the database cannot be read.
pub async fn calls(db: &Db, site: &SiteId, since: Timestamp) -> Result<u64, StoreError> {
    let args = vec![site.as_str().into(), since.into()];
    let row = db.first(&of_notices(CALLS), args).await?;
    row.map_or(Ok(0), |row| count(&row, "calls"))
}

/// How many alarms opened.
///
/// # Errors
/// If the database cannot be read.
pub async fn alarms_opened(db: &Db, site: &SiteId, since: Timestamp) -> Result<u64, StoreError> {
    let row = db.first(OPENED, vec![site.as_str().into(), since.into()]).await?;
    row.map_or(Ok(0), |row| count(&row, "opened"))
}

/// An alarm that somebody had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    pub opened_at: Timestamp,
    pub had_at: Timestamp,
}

/// Every alarm that opened since then and that somebody has had.
///
/// # Errors
/// If the database cannot be read.
pub async fn acknowledged(
    db: &Db,
    site: &SiteId,
    since: Timestamp,
) -> Result<Vec<Acknowledged>, StoreError> {
    let rows = db.all(ACKNOWLEDGED, vec![site.as_str().into(), since.into()]).await?;
    let row = |row: &crate::store::Row| {
        Ok(Acknowledged { opened_at: row.moment("opened_at")?, had_at: row.moment("had_at")? })
    };
    rows.iter().map(row).collect()
}

/// The rules that took part in the most announced incidents.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn loudest_rules(
    db: &Db,
    site: &SiteId,
    since: Timestamp,
    most: u32,
) -> Result<Vec<(RuleId, u64)>, StoreError> {
    let args = vec![site.as_str().into(), since.into(), most.into()];
    let rows = db.all(&of_notices(LOUDEST_RULES), args).await?;
    rows.iter().map(|row| Ok((id(row, "rule")?, count(row, "times")?))).collect()
}

/// The devices that did.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn loudest_devices(
    db: &Db,
    site: &SiteId,
    since: Timestamp,
    most: usize,
) -> Result<Vec<(DeviceId, u64)>, StoreError> {
    let args = vec![site.as_str().into(), since.into()];
    let mut incidents: BTreeMap<DeviceId, std::collections::BTreeSet<String>> = BTreeMap::new();
    for row in &db.all(&of_notices(LOUDEST_DEVICES), args).await? {
        let devices: Vec<DeviceId> = json(row, "devices")?;
        let of = format!("{}/{}/{}", row.text("kind")?, row.text("place")?, row.int("n")?);
        for device in devices {
            incidents.entry(device).or_default().insert(of.clone());
        }
    }
    let times = incidents.into_iter().map(|(device, of)| (device, of.len() as u64));
    let mut times: Vec<(DeviceId, u64)> = times.collect();
    times.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    times.truncate(most);
    Ok(times)
}

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let of = [ANNOUNCED, CALLS, LOUDEST_RULES, LOUDEST_DEVICES].map(of_notices);
    of.into_iter().chain([OPENED, ACKNOWLEDGED].map(str::to_owned)).collect()
}
