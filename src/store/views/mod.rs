//! What people may read: the database as rows of our own types, in texts both engines take.
//!
//! Nothing here writes, and nothing here shapes an answer; `api` does that. Each function is one
//! look or a few, each look consistent in itself. An optional filter is an empty text, since an
//! untyped null is not the same on both engines.

mod deliveries;
mod devices;
mod homes;
mod incidents;
mod load;
mod messages;
mod precision;
mod work;

use std::collections::BTreeMap;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer as _};

use super::{Arg, Db, Row, StoreError};
use crate::domain::time::Timestamp;
use crate::domain::{Id, SiteId};
pub use deliveries::{DeliveryRow, deliveries, undelivered};
pub use devices::{CLOCKS_LOOK_BACK, Clocks, TroubleRow, clocks, troubles};
pub use homes::{StandingRow, standing};
pub use incidents::{
    Acknowledged, Chosen, EvidenceRow, IncidentRow, Listed, NoticeRow, PARTS_READ_MAX, Parts,
    Resolved, TransitionRow, changed_count, incidents, listed,
};
pub use load::{
    Acknowledged as AcknowledgedAlarm, acknowledged, alarms_opened, announced, calls,
    loudest_devices, loudest_rules,
};
pub use messages::{DeadLetterRow, MessageRow, dead_letter_counts, dead_letters, history};
pub use precision::{
    DevicesOutcome, Given, RuleOutcome, device_outcomes, outcomes_since, rule_outcomes,
};
pub use work::{CommentRow, SilenceRow, StepRow, TickRow, silences, silences_changed};

/// Where a site stands in its input log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastPosition {
    pub position: u64,
    pub step_at: Timestamp,
}

/// Where each of these sites stands; a site without inputs is left out.
///
/// # Errors
/// If the database cannot be read.
pub async fn last_positions<'a>(
    db: &Db,
    sites: impl Iterator<Item = &'a SiteId>,
) -> Result<BTreeMap<SiteId, LastPosition>, StoreError> {
    let mut positions = BTreeMap::new();
    for site in sites {
        if let Some(row) = db.first(super::recall::LAST, vec![site.as_str().into()]).await? {
            let position = count(&row, "position")?;
            let last = LastPosition { position, step_at: row.moment("step_at")? };
            positions.insert(site.clone(), last);
        }
    }
    Ok(positions)
}

pub const ORIGIN: &str = "\
    SELECT hash, activated_at FROM configuration ORDER BY activated_at, hash LIMIT 1";

/// A number that tells this database from another one: where its history began. 0 while it has
/// none.
///
/// # Errors
/// If the database cannot be read.
pub async fn origin(db: &Db) -> Result<u64, StoreError> {
    let Some(row) = db.first(ORIGIN, Vec::new()).await? else { return Ok(0) };
    let text = format!("{}@{}", row.text("hash")?, row.int("activated_at")?);
    Ok(xxhash_rust::xxh3::xxh3_64(text.as_bytes()))
}

fn id<T>(row: &Row, column: &'static str) -> Result<Id<T>, StoreError> {
    row.text(column)?.parse().map_err(corrupt(column))
}

/// A kebab-case word as the core's own enum.
fn word<T: DeserializeOwned>(row: &Row, column: &'static str) -> Result<T, StoreError> {
    let text = row.text(column)?;
    let word: StrDeserializer<'_, serde::de::value::Error> = text.as_str().into_deserializer();
    T::deserialize(word).map_err(corrupt(column))
}

fn json<T: DeserializeOwned>(row: &Row, column: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(&row.text(column)?).map_err(corrupt(column))
}

fn count(row: &Row, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(row.int(column)?).map_err(corrupt(column))
}

/// A position beyond what the database can hold is one that no row has.
fn int(position: u64) -> Arg {
    Arg::Int(i64::try_from(position).unwrap_or(i64::MAX))
}

fn corrupt<E: ToString>(what: &'static str) -> impl FnOnce(E) -> StoreError {
    move |error| StoreError::Corrupt { what, detail: error.to_string() }
}

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let own = vec![ORIGIN.to_owned()];
    let messages = [messages::texts(), precision::texts()].concat();
    let looks = [devices::texts(), homes::texts(), incidents::texts(), load::texts()].concat();
    let looks = [looks, work::texts(), deliveries::texts()].concat();
    [own, looks, messages].concat()
}
