//! The days of the input log on PostgreSQL: one partition each, by UTC day of `step_at`.
//!
//! A day is made when it is first written to, and the day after it with it, so that midnight finds
//! its partition there. There is none for "everything else": a row without a day would be a fault
//! of ours, and a day that is full of them could not be made any more.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::db::{Arg, Connection, Db};
use super::{Stepped, StoreError};
use crate::domain::time::Timestamp;
use crate::monitor::FORMAT;

const MICROSECONDS_A_DAY: i64 = 86_400_000_000;

/// A UTC day, counted from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Day(i64);

/// The days that are known to have their partition.
#[derive(Debug, Default)]
pub(super) struct Days(BTreeSet<Day>);

impl Day {
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.as_microsecond().div_euclid(MICROSECONDS_A_DAY))
    }

    /// The first microsecond of the day.
    fn begins(self) -> i64 {
        self.0.saturating_mul(MICROSECONDS_A_DAY)
    }

    fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Such as `input_20261124`.
    fn partition(self) -> Result<String, StoreError> {
        let begins = Timestamp::from_microsecond(self.begins());
        let begins = begins.map_err(|error| corrupt(error.to_string()))?;
        Ok(begins.strftime("input_%Y%m%d").to_string())
    }

    fn of_partition(name: &str) -> Option<Self> {
        let date = Date::strptime("input_%Y%m%d", name).ok()?;
        let begins = jiff::tz::TimeZone::UTC.to_timestamp(date.at(0, 0, 0, 0)).ok()?;
        Some(Self::of(begins))
    }
}

impl Days {
    /// Makes the days that these rows are of, and the days after them.
    ///
    /// # Errors
    /// If the database refuses one.
    pub async fn make(&mut self, on: &mut Connection, steps: &[Stepped]) -> Result<(), StoreError> {
        if matches!(on, Connection::Sqlite(_)) {
            return Ok(());
        }
        for stepped in steps {
            let day = Day::of(stepped.step.step_at);
            if self.0.contains(&day) && self.0.contains(&day.next()) {
                continue;
            }
            for day in [day, day.next()] {
                make(on, day).await?;
                self.0.insert(day);
            }
        }
        Ok(())
    }
}

/// Attached, not created in place: that would wait for every reader of the log, and make every
/// writer wait behind it.
async fn make(on: &mut Connection, day: Day) -> Result<(), StoreError> {
    let name = day.partition()?;
    if !on.all(IS_THERE, vec![name.as_str().into()]).await?.is_empty() {
        return Ok(());
    }
    let (begins, ends) = (day.begins(), day.next().begins());
    on.begin().await?;
    on.run(&format!("CREATE TABLE {name} (LIKE input INCLUDING ALL)"), Vec::new()).await?;
    let attach =
        format!("ALTER TABLE input ATTACH PARTITION {name} FOR VALUES FROM ({begins}) TO ({ends})");
    on.run(&attach, Vec::new()).await?;
    on.run("COMMIT", Vec::new()).await?;
    Ok(())
}

/// Partitions that end at or before a day begins and hold nothing that is still needed.
///
/// # Errors
/// If the database cannot be read.
pub(super) async fn outdated(db: &Db, until: Day) -> Result<Vec<String>, StoreError> {
    let mut outdated = Vec::new();
    for row in db.all(ALL, Vec::new()).await? {
        let name = row.text("name")?;
        if Day::of_partition(&name).is_none_or(|day| day >= until) {
            continue;
        }
        let needed = db.first(&needed(&name), vec![Arg::Int(FORMAT)]).await?;
        match needed {
            None => outdated.push(name),
            Some(row) => tracing::warn!(
                site.id = row.text("site")?,
                partition = name,
                "a day of the log is kept longer: no snapshot covers it"
            ),
        }
    }
    Ok(outdated)
}

fn corrupt(detail: String) -> StoreError {
    StoreError::Corrupt { what: "day", detail }
}

const IS_THERE: &str = "SELECT relname AS name FROM pg_class \
     JOIN pg_inherits ON inhrelid = pg_class.oid \
     WHERE inhparent = CAST('input' AS regclass) AND relname = $1";
const ALL: &str = "SELECT CAST(relname AS TEXT) AS name FROM pg_class \
     JOIN pg_inherits ON inhrelid = pg_class.oid \
     WHERE inhparent = CAST('input' AS regclass) ORDER BY relname";

/// A site that needs a partition, if there is one: its snapshot covers less. Looks at one row a
/// site, however many there are.
fn needed(partition: &str) -> String {
    format!(
        "WITH RECURSIVE sites(site) AS (
             SELECT MIN(site) FROM {partition}
             UNION ALL
             SELECT (SELECT MIN(p.site) FROM {partition} p WHERE p.site > s.site)
             FROM sites s WHERE s.site IS NOT NULL)
         SELECT s.site FROM sites s WHERE EXISTS (
             SELECT 1 FROM {partition} p WHERE p.site = s.site AND p.position > COALESCE(
                 (SELECT MAX(d.position) FROM snapshot_done d
                  WHERE d.site = s.site AND d.format = $1), 0))
         LIMIT 1"
    )
}

/// The texts here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts(postgres: bool) -> Vec<String> {
    let texts = || vec![IS_THERE.to_owned(), ALL.to_owned(), needed("input")];
    postgres.then(texts).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_a_name_by_which_it_is_found_again() {
        let moment: Timestamp = "2026-11-24T23:59:59.999999Z".parse().unwrap();
        let day = Day::of(moment);
        assert_eq!(day.partition().unwrap(), "input_20261124");
        assert_eq!(Day::of_partition("input_20261124"), Some(day));
        assert_eq!(Day::of_partition("input_pkey"), None);
        assert_eq!(day.next().begins(), moment.as_microsecond() + 1);
        let before_1970: Timestamp = "1969-12-31T00:00:00Z".parse().unwrap();
        assert_eq!(Day::of(before_1970).partition().unwrap(), "input_19691231");
    }
}
