//! What is left of a household after its move-out, and of homes after a while: nothing that tells
//! how somebody lived.
//!
//! The move-out's own transaction has destroyed the key, what was sealed with it, what was learnt
//! and what was said. Here the log follows: every message of the home's devices up to that
//! moment, once a snapshot covers it, so that a monitor can be brought back meanwhile; the
//! commands about the home with what people wrote in them; and the readings of its evidence, whose
//! sentences stay. Each household is erased once, and the trail says so.

use super::recall::{corrupt, named};
use super::trail::Change;
use super::{Arg, Store, StoreError, views};
use crate::audit::{Action, Entry};
use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{DeviceId, HomeId, HouseholdId, Site, SiteId};
use crate::monitor::FORMAT;

/// Readings of a home's evidence are kept for so long; then its sentence is what is left.
const HOME_EVIDENCE_KEPT: SignedDuration = SignedDuration::from_hours(24 * 60);
/// Rows of one transaction, and messages of one look.
const BITE: usize = 500;
const PAGE: u32 = 1000;

/// A household that has moved out and whose log is not erased yet.
struct Gone {
    home: HomeId,
    household: HouseholdId,
    until: u64,
}

impl Store {
    /// Erases what can be erased by now of those who moved out of a site; how many messages went.
    ///
    /// # Errors
    /// If the database refuses it. What was erased until then is.
    pub async fn erase_moved_out(&self, site: &Site, now: Timestamp) -> Result<u64, StoreError> {
        let Ok(_alone) = self.dropping.try_lock() else { return Ok(0) };
        let mut messages = 0;
        for gone in self.moved_out(&site.id).await? {
            if self.covered(&site.id).await? < gone.until {
                continue;
            }
            for device in site.devices.values().filter(|of| of.home() == Some(&gone.home)) {
                messages += self.erase_messages(&site.id, &device.id, gone.until).await?;
            }
            self.erase_rest(&site.id, &gone, now).await?;
            tracing::info!(site.id = %site.id, home = %gone.home, "a household is erased");
        }
        Ok(messages)
    }

    async fn moved_out(&self, site: &SiteId) -> Result<Vec<Gone>, StoreError> {
        let rows = self.db.all(MOVED_OUT, vec![site.as_str().into()]).await?;
        rows.iter()
            .map(|row| {
                Ok(Gone {
                    home: named(row, "home")?,
                    household: named(row, "household")?,
                    until: u64::try_from(row.int("moved_out_position")?)
                        .map_err(corrupt("position"))?,
                })
            })
            .collect()
    }

    /// Up to where the newest snapshot of a site reaches.
    pub(super) async fn covered(&self, site: &SiteId) -> Result<u64, StoreError> {
        let row = self.db.first(COVERED, vec![site.as_str().into(), Arg::Int(FORMAT)]).await?;
        let position = row.map(|row| row.int_or_null("position")).transpose()?.flatten();
        u64::try_from(position.unwrap_or_default()).map_err(corrupt("position"))
    }

    /// The whole chain is walked first: a message is found by the one behind it.
    async fn erase_messages(
        &self,
        site: &SiteId,
        device: &DeviceId,
        until: u64,
    ) -> Result<u64, StoreError> {
        let (mut positions, mut before) = (Vec::new(), None);
        while let Some(page) = views::history(&self.db, site, device, before, PAGE).await? {
            let Some(last) = page.last() else { break };
            before = Some(last.position);
            positions.extend(page.iter().map(|row| row.position).filter(|of| *of <= until));
        }
        let mut erased = 0;
        for bite in positions.chunks(BITE) {
            let list: Vec<String> = bite.iter().map(u64::to_string).collect();
            let sql = format!("{ERASE_MESSAGES} ({})", list.join(", "));
            erased += self.touched(vec![(sql.into(), vec![site.as_str().into()])]).await?;
        }
        Ok(erased)
    }

    async fn erase_rest(
        &self,
        site: &SiteId,
        gone: &Gone,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Gone { home, household, until } = gone;
        let of = |more: Vec<Arg>| [vec![Arg::from(site.as_str())], more].concat();
        let until = || super::commit::number(*until);
        // Ids have neither of these marks, so nothing else is meant by them.
        let marks = || vec![format!("%/{home}/%").into(), format!("%\"{home}\"%").into()];
        let said = [vec![until()], marks()].concat();
        let told = Entry::new("jikimi", None, Action::PersonDeleted).at(site);
        let told = told.of(format!("{home}/{household}")).because("what the log held is erased");
        let change = Change::default()
            .with(ERASE_SAID, of(said.clone()))
            .with(ERASE_COMMANDS, of(said))
            .with(ERASE_READINGS, of(vec![home.as_str().into(), until()]))
            .with(ERASE_LEARNT, of(vec![home.as_str().into(), until()]))
            .with(ERASE_DATA, of(vec![home.as_str().into()]))
            .with(ERASED, of(vec![household.as_str().into(), now.into()]))
            .told(told);
        self.change(change).await.map(drop)
    }

    /// Reduces old evidence of a site's homes to its sentence; how many pieces.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn reduce_home_evidence(
        &self,
        site: &Site,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let Ok(until) = now.checked_sub(HOME_EVIDENCE_KEPT) else { return Ok(0) };
        let mut reduced = 0;
        let old = self.db.all(OLD_PLACES, vec![site.id.as_str().into(), until.into()]).await?;
        for row in old {
            let place = row.text("place")?;
            if site.homes.contains_key(place.as_str()) {
                let args = vec![site.id.as_str().into(), place.into(), until.into()];
                reduced += self.touched(vec![(REDUCE.into(), args)]).await?;
            }
        }
        Ok(reduced)
    }
}

const MOVED_OUT: &str = "SELECT home, household, moved_out_position FROM household \
     WHERE site = $1 AND moved_out_at IS NOT NULL AND erased_at IS NULL \
     ORDER BY moved_out_position";
const COVERED: &str =
    "SELECT MAX(position) AS position FROM snapshot_done WHERE site = $1 AND format = $2";
const ERASE_MESSAGES: &str = "DELETE FROM input WHERE site = $1 AND position IN";
const ERASE_SAID: &str = "DELETE FROM input WHERE site = $1 AND kind = 'command' \
     AND position IN (SELECT position FROM command WHERE site = $1 AND position <= $2 \
                      AND (action LIKE $3 OR action LIKE $4))";
const ERASE_COMMANDS: &str = "DELETE FROM command WHERE site = $1 AND position <= $2 \
     AND (action LIKE $3 OR action LIKE $4)";
const ERASE_READINGS: &str = "UPDATE evidence SET readings = '[]' \
     WHERE site = $1 AND place = $2 AND position <= $3 AND readings <> '[]'";
/// A snapshot that was being written at the move-out may have brought it back.
const ERASE_LEARNT: &str = "DELETE FROM snapshot WHERE site = $1 AND part = $2 AND position < $3";
/// How much somebody sends tells how much they stir.
const ERASE_DATA: &str = "DELETE FROM home_data WHERE site = $1 AND home = $2";
const ERASED: &str = "UPDATE household SET erased_at = $3 WHERE site = $1 AND household = $2";
const OLD_PLACES: &str = "SELECT DISTINCT place FROM evidence \
     WHERE site = $1 AND step_at < $2 AND readings <> '[]'";
const REDUCE: &str = "UPDATE evidence SET readings = '[]' \
     WHERE site = $1 AND place = $2 AND step_at < $3 AND readings <> '[]'";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let fixed = [
        MOVED_OUT,
        COVERED,
        ERASE_SAID,
        ERASE_COMMANDS,
        ERASE_READINGS,
        ERASE_LEARNT,
        ERASE_DATA,
        ERASED,
        OLD_PLACES,
        REDUCE,
    ];
    let mut texts: Vec<String> = fixed.map(str::to_owned).to_vec();
    texts.push(format!("{ERASE_MESSAGES} (1, 2)"));
    texts
}
