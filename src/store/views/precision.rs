//! What resolved alarms turned out to be, by rule and by device.

use super::{id, json, word};
use crate::domain::time::Timestamp;
use crate::domain::{DeviceId, KindId, Outcome, PlaceId, RuleId, SiteId};
use crate::store::{Db, StoreError};

pub const OF_RULES: &str = "\
    SELECT rule, outcome, COUNT(*) AS n FROM (
        SELECT DISTINCT e.rule, i.kind, i.place, i.n, i.outcome
        FROM incident i JOIN evidence e
            ON e.site = i.site AND e.kind = i.kind AND e.place = i.place AND e.n = i.n
        WHERE i.site = $1 AND i.state = 'resolved' AND i.resolved_at >= $2 AND e.class = 'alarm'
    ) AS told GROUP BY rule, outcome ORDER BY rule, outcome";

pub const OF_DEVICES: &str = "\
    SELECT devices, outcome, COUNT(*) AS n FROM (
        SELECT DISTINCT e.devices, i.kind, i.place, i.n, i.outcome
        FROM incident i JOIN evidence e
            ON e.site = i.site AND e.kind = i.kind AND e.place = i.place AND e.n = i.n
        WHERE i.site = $1 AND i.state = 'resolved' AND i.resolved_at >= $2 AND e.class = 'alarm'
    ) AS told GROUP BY devices, outcome ORDER BY devices, outcome";

pub const GIVEN: &str = "SELECT kind, place, outcome, opened_at, resolved_at FROM incident \
     WHERE site = $1 AND state = 'resolved' AND resolved_at >= $2 AND exercise = 0";

/// How many incidents of one outcome a rule's alarms were part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOutcome {
    pub rule: RuleId,
    pub outcome: Outcome,
    pub count: i64,
}

/// The same for devices that spoke together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DevicesOutcome {
    pub devices: Vec<DeviceId>,
    pub outcome: Outcome,
    pub count: i64,
}

/// What a site's alarms that were resolved since then turned out to be, by rule.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn rule_outcomes(
    db: &Db,
    site: &SiteId,
    since: Timestamp,
) -> Result<Vec<RuleOutcome>, StoreError> {
    let rows = db.all(OF_RULES, vec![site.as_str().into(), since.into()]).await?;
    rows.iter()
        .map(|row| {
            let (rule, outcome) = (id(row, "rule")?, word(row, "outcome")?);
            Ok(RuleOutcome { rule, outcome, count: row.int("n")? })
        })
        .collect()
}

/// An incident that people, or it itself, have brought to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    pub kind: KindId,
    pub place: PlaceId,
    pub outcome: Outcome,
    pub opened_at: Timestamp,
    pub resolved_at: Timestamp,
}

/// What a site's incidents that were resolved since then turned out to be.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn outcomes_since(
    db: &Db,
    site: &SiteId,
    since: Timestamp,
) -> Result<Vec<Given>, StoreError> {
    let rows = db.all(GIVEN, vec![site.as_str().into(), since.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Given {
                kind: id(row, "kind")?,
                place: id(row, "place")?,
                outcome: word(row, "outcome")?,
                opened_at: row.moment("opened_at")?,
                resolved_at: row.moment("resolved_at")?,
            })
        })
        .collect()
}

/// The same, by the devices that spoke.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn device_outcomes(
    db: &Db,
    site: &SiteId,
    since: Timestamp,
) -> Result<Vec<DevicesOutcome>, StoreError> {
    let rows = db.all(OF_DEVICES, vec![site.as_str().into(), since.into()]).await?;
    rows.iter()
        .map(|row| {
            let (devices, outcome) = (json(row, "devices")?, word(row, "outcome")?);
            Ok(DevicesOutcome { devices, outcome, count: row.int("n")? })
        })
        .collect()
}

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [OF_RULES, OF_DEVICES, GIVEN].map(str::to_owned).to_vec()
}
