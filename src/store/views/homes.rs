//! What stands in homes: unresolved incidents with their newest sentence, and no reading.

use super::super::{Db, Row, StoreError};
use super::{id, word};
use crate::domain::time::Timestamp;
use crate::domain::{Class, KindId, Level, PlaceId, SiteId, Words};

/// An unresolved incident at one place.
#[derive(Debug, Clone)]
pub struct StandingRow {
    pub kind: KindId,
    pub place: PlaceId,
    pub n: i64,
    pub class: Class,
    pub level: Level,
    pub opened_at: Timestamp,
    /// What was said last.
    pub because: Words,
}

/// Every unresolved incident of a site that is no drill, the gravest of each place first.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn standing(db: &Db, site: &SiteId) -> Result<Vec<StandingRow>, StoreError> {
    db.all(STANDING, vec![site.as_str().into()]).await?.iter().map(row).collect()
}

fn row(row: &Row) -> Result<StandingRow, StoreError> {
    Ok(StandingRow {
        kind: id(row, "kind")?,
        place: id(row, "place")?,
        n: row.int("n")?,
        class: word(row, "class")?,
        level: word(row, "level")?,
        opened_at: row.moment("opened_at")?,
        because: Words::new(
            row.text_or_null("because_ko")?.unwrap_or_default(),
            row.text_or_null("because")?.unwrap_or_default(),
        ),
    })
}

const STANDING: &str = "\
    SELECT kind, place, n, class, level, opened_at,
        (SELECT e.because FROM evidence e WHERE e.site = i.site AND e.kind = i.kind
            AND e.place = i.place AND e.n = i.n
         ORDER BY e.position DESC, e.ordinal DESC LIMIT 1) AS because,
        (SELECT e.because_ko FROM evidence e WHERE e.site = i.site AND e.kind = i.kind
            AND e.place = i.place AND e.n = i.n
         ORDER BY e.position DESC, e.ordinal DESC LIMIT 1) AS because_ko
    FROM incident i WHERE site = $1 AND state <> 'resolved' AND exercise = 0
    ORDER BY place, opened_at";

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    vec![STANDING.to_owned()]
}
