//! How much comes from each home over the air in a month (데이터 사용량), for a tariff that has an
//! end. Whoever adds to it owes it the month on the site's own calendar.

use super::db::{Arg, Db};
use super::{Store, StoreError};
use crate::domain::{HomeId, SiteId};

/// Rows of one transaction.
const BITE: usize = 200;

impl Store {
    /// Adds what came from homes of a site in a month, in bytes.
    ///
    /// # Errors
    /// If the database refuses it. What was added until then is.
    pub async fn add_home_data(
        &self,
        site: &SiteId,
        month: &str,
        came: &[(HomeId, u64)],
    ) -> Result<(), StoreError> {
        for bite in came.chunks(BITE) {
            let statements = bite.iter().map(|(home, bytes)| {
                let key = [site.as_str(), home.as_str(), month].map(Arg::from);
                let bytes = Arg::Int(i64::try_from(*bytes).unwrap_or(i64::MAX));
                (ADD.into(), [key.to_vec(), vec![bytes]].concat())
            });
            self.touched(statements.collect()).await?;
        }
        Ok(())
    }
}

/// What came from a home in a month, in bytes.
///
/// # Errors
/// If the database cannot be read.
pub async fn home_data(
    db: &Db,
    site: &SiteId,
    home: &HomeId,
    month: &str,
) -> Result<u64, StoreError> {
    let args = [site.as_str(), home.as_str(), month].map(Arg::from).to_vec();
    let row = db.first(OF_HOME, args).await?;
    let bytes = row.map(|row| row.int("bytes")).transpose()?;
    Ok(bytes.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default())
}

/// Homes of a site from which more came in a month than this, in bytes.
///
/// # Errors
/// If the database cannot be read.
pub async fn homes_beyond(
    db: &Db,
    site: &SiteId,
    month: &str,
    budget: u64,
) -> Result<Vec<String>, StoreError> {
    let budget = Arg::Int(i64::try_from(budget).unwrap_or(i64::MAX));
    let args = vec![site.as_str().into(), month.into(), budget];
    db.all(BEYOND, args).await?.iter().map(|row| row.text("home")).collect()
}

const ADD: &str = "INSERT INTO home_data (site, home, month, bytes) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (site, home, month) DO UPDATE SET bytes = home_data.bytes + excluded.bytes";
const OF_HOME: &str = "SELECT bytes FROM home_data WHERE site = $1 AND home = $2 AND month = $3";
const BEYOND: &str = "SELECT home FROM home_data WHERE site = $1 AND month = $2 AND bytes > $3 \
     ORDER BY home";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [ADD, OF_HOME, BEYOND].map(str::to_owned).to_vec()
}
