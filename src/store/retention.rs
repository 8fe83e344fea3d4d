//! How long the input log is kept. What an incident rests on is not in it: evidence has its
//! readings, and neither evidence nor incidents are ever dropped here.
//!
//! A row goes when it is older than is kept *and* a snapshot covers it, so that a monitor can be
//! brought back at any moment. The end of a site's log therefore outlives its rows: it stands in
//! the snapshot.

use std::time::Duration;

use super::db::{Arg, Db};
use super::partitions::{self, Day};
use super::{Store, StoreError};
use crate::domain::time::{SignedDuration, Timestamp};
use crate::monitor::FORMAT;

/// How long the input log is kept where nothing else is said, in days. What a home's sensors say
/// is a trace of a person's life; 30 days is what Korea's guideline grants recordings of cameras
/// whose needed span nobody can name (표준 개인정보 보호지침, article 41).
pub const KEEP_DAYS: u16 = 30;

/// Rows of one transaction, as [`DROP_BITE`] has it. The writer is free in between: a commit
/// waits for one bite at most.
const BITE: u64 = 1000;
const CHEW: Duration = Duration::from_millis(10);

impl Store {
    /// The same store, in which the input log is kept for so many days.
    #[must_use]
    pub fn keeping(mut self, days: u16) -> Self {
        self.keep = SignedDuration::from_hours(24 * i64::from(days));
        self
    }

    /// Lets go what is older at `now` than is kept; the number of rows, or of days on PostgreSQL.
    /// A second call while one runs does nothing.
    ///
    /// # Errors
    /// If the database refuses it. What was dropped until then is.
    pub async fn drop_old_inputs(&self, now: Timestamp) -> Result<u64, StoreError> {
        let Ok(_alone) = self.dropping.try_lock() else { return Ok(0) };
        let Ok(until) = now.checked_sub(self.keep) else { return Ok(0) };
        match &self.db {
            Db::Sqlite(..) => self.drop_rows(until).await,
            Db::Postgres(_) => self.drop_days(until).await,
        }
    }

    async fn drop_rows(&self, until: Timestamp) -> Result<u64, StoreError> {
        let mut dropped = 0;
        for row in self.db.all(COVERED, vec![Arg::Int(FORMAT)]).await? {
            let site = row.text("site")?;
            let covered = row.int("position")?;
            loop {
                let args = vec![site.as_str().into(), until.into(), covered.into()];
                let bitten = self.touched(vec![(DROP_BITE.into(), args)]).await?;
                dropped += bitten;
                if bitten < BITE {
                    break;
                }
                tokio::time::sleep(CHEW).await;
            }
        }
        Ok(dropped)
    }

    async fn drop_days(&self, until: Timestamp) -> Result<u64, StoreError> {
        let outdated = partitions::outdated(&self.db, Day::of(until)).await?;
        let mut dropped = 0;
        for partition in outdated {
            // Nobody waits longer than a second behind a reader of the whole log; the next look
            // tries again.
            let patience = ("SET LOCAL lock_timeout = '1s'".into(), Vec::new());
            let drop = (format!("DROP TABLE {partition}").into(), Vec::new());
            self.touched(vec![patience, drop]).await?;
            dropped += 1;
        }
        Ok(dropped)
    }
}

const COVERED: &str = "SELECT site, MAX(position) AS position FROM snapshot_done \
     WHERE format = $1 GROUP BY site ORDER BY site";
/// The oldest rows of a site, where they are old enough and covered. Time never goes back in a
/// log, so they are its first.
const DROP_BITE: &str = "DELETE FROM input WHERE site = $1 AND position <= (\
     SELECT MAX(position) FROM (SELECT position, step_at FROM input WHERE site = $1 \
                                ORDER BY position LIMIT 1000) AS oldest \
     WHERE step_at < $2 AND position <= $3)";

/// The texts here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [COVERED, DROP_BITE].map(str::to_owned).to_vec()
}
