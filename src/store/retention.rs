//! How long the input log is kept. What an incident rests on is not in it: evidence has its
//! readings, and neither evidence nor incidents are ever dropped here.
//!
//! What hangs in homes and what hangs in buildings may be kept for different spans. The longer one
//! ends the log itself; of what is kept for less, single rows go before that.
//!
//! A row goes when it is older than is kept *and* a snapshot covers it, so that a monitor can be
//! brought back at any moment. The end of a site's log therefore outlives its rows: it stands in
//! the snapshot.

use std::time::Duration;

use super::commit::number;
use super::db::{Arg, Db};
use super::partitions::{self, Day};
use super::recall::corrupt;
use super::{Store, StoreError};
use crate::domain::Site;
use crate::domain::time::{SignedDuration, Timestamp};
use crate::monitor::FORMAT;

/// How long what buildings say is kept where nothing else is said, in days.
pub const KEEP_DAYS: u16 = 30;
/// The same of what hangs in homes. It is a trace of a person's life, and 60 days of it are what
/// the model of their silences looks back on (its stopwatch); nobody asks for it after that.
pub const KEEP_HOME_DAYS: u16 = 60;

/// Rows of one transaction, as [`DROP_BITE`] has it. The writer is free in between: a commit
/// waits for one bite at most.
const BITE: u64 = 1000;
const CHEW: Duration = Duration::from_millis(10);

impl Store {
    /// The same store, in which what buildings say is kept for so many days, and what homes say.
    #[must_use]
    pub fn keeping(mut self, days: u16, home_days: u16) -> Self {
        let span = |days| SignedDuration::from_hours(24 * i64::from(days));
        (self.keep, self.keep_homes) = (span(days), span(home_days));
        self
    }

    /// Lets go what is older at `now` than anything is kept; the number of rows, or of days on
    /// PostgreSQL. A second call while one runs does nothing.
    ///
    /// # Errors
    /// If the database refuses it. What was dropped until then is.
    pub async fn drop_old_inputs(&self, now: Timestamp) -> Result<u64, StoreError> {
        let Ok(_alone) = self.dropping.try_lock() else { return Ok(0) };
        let longer = self.keep.max(self.keep_homes);
        let Ok(until) = now.checked_sub(longer) else { return Ok(0) };
        match &self.db {
            Db::Sqlite(..) => self.drop_rows(until).await,
            Db::Postgres(_) => self.drop_days(until).await,
        }
    }

    /// Lets go what is older at `now` than is kept of a site's homes, or of its buildings,
    /// whichever is kept for less; how many messages. What no device said goes with the log
    /// itself. It walks on from where it came to, so that what is kept for longer is looked at
    /// once.
    ///
    /// # Errors
    /// As [`Store::drop_old_inputs`].
    pub async fn drop_old_messages(&self, site: &Site, now: Timestamp) -> Result<u64, StoreError> {
        let Ok(mut passed) = self.dropping.try_lock() else { return Ok(0) };
        let (sooner, of_homes) = match self.keep_homes < self.keep {
            true => (self.keep_homes, true),
            false => (self.keep, false),
        };
        let Ok(until) = now.checked_sub(sooner) else { return Ok(0) };
        if self.keep == self.keep_homes {
            return Ok(0);
        }
        let covered = self.covered(&site.id).await?;
        // What is gone from the configuration is taken for a home's.
        let is_of_home =
            |device: &str| site.devices.get(device).is_none_or(|device| device.home().is_some());
        let after = passed.entry(site.id.clone()).or_default();
        let mut dropped = 0;
        loop {
            let span = [number(*after), number(covered), until.into()];
            let args = [vec![site.id.as_str().into()], span.to_vec()].concat();
            let rows = self.db.all(OLD_PAGE, args).await?;
            let mut going = Vec::new();
            for row in &rows {
                let position = row.int("position")?;
                *after = u64::try_from(position).map_err(corrupt("position"))?;
                let device = row.text_or_null("device")?;
                if device.is_some_and(|device| is_of_home(&device) == of_homes) {
                    going.push(position.to_string());
                }
            }
            if !going.is_empty() {
                let sql = format!("{DROP_MESSAGES} ({})", going.join(", "));
                let args = vec![site.id.as_str().into()];
                dropped += self.touched(vec![(sql.into(), args)]).await?;
            }
            if (rows.len() as u64) < BITE {
                return Ok(dropped);
            }
            tokio::time::sleep(CHEW).await;
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
const OLD_PAGE: &str = "SELECT position, device FROM input WHERE site = $1 AND position > $2 \
     AND position <= $3 AND step_at < $4 ORDER BY position LIMIT 1000";
const DROP_MESSAGES: &str = "DELETE FROM input WHERE site = $1 AND position IN";

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let mut texts = [COVERED, DROP_BITE, OLD_PAGE].map(str::to_owned).to_vec();
    texts.push(format!("{DROP_MESSAGES} (1, 2)"));
    texts
}
