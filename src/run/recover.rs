//! Bringing monitors back, and keeping snapshots so that it is quick.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::Shell;
use super::data;
use super::process::chain;
use crate::domain::time::Timestamp;
use crate::domain::{HomeId, Site as Place, SiteId};
use crate::dropped::count_dropped;
use crate::monitor::{Configuration, Monitor, Part};
use crate::store::{Recalled, SnapshotTaken, StoreError};

/// A snapshot is due after this many inputs of a site, or this long after the last.
const SNAPSHOT_EVERY: u64 = 20_000;
const SNAPSHOT_AFTER: Duration = Duration::from_mins(5);
/// Between two looks at what has grown too long.
const TIDY_AFTER: Duration = Duration::from_mins(1);
const RETRY: Duration = Duration::from_millis(500);

impl Shell {
    pub(super) async fn recall(
        &self,
        configuration: &Arc<Configuration>,
    ) -> Result<Recalled, StoreError> {
        let recalled = self.store.recall(configuration).await?;
        for position in &recalled.passed_over {
            tracing::error!(
                site.id = %configuration.site.id, position, "a stored input broke its step"
            );
        }
        tracing::info!(
            site.id = %configuration.site.id,
            position = recalled.monitor.position(),
            replayed = recalled.replayed,
            "a site is back"
        );
        Ok(recalled)
    }

    /// Throws away every monitor that holds more than what is stored and brings it back. Waits
    /// for the database if it is away.
    pub(super) async fn rebuild_touched(&mut self) {
        let touched: Vec<SiteId> = self
            .sites
            .iter()
            .filter(|(_, entry)| entry.monitor.position() != entry.stored)
            .map(|(site, _)| site.clone())
            .collect();
        for site in touched {
            let Some(entry) = self.sites.get(&site) else { continue };
            let configuration = Arc::clone(entry.monitor.configuration());
            let monitor = loop {
                match self.recall(&configuration).await {
                    Ok(recalled) => break recalled.monitor,
                    Err(error) => {
                        tracing::error!(error = chain(&error), "a site cannot be brought back yet");
                        tokio::time::sleep(RETRY).await;
                    }
                }
            };
            if let Some(entry) = self.sites.get_mut(&site) {
                entry.stored = monitor.position();
                entry.monitor = monitor;
            }
        }
    }

    pub(super) fn take_due_snapshots(&mut self) {
        if self.tidied.elapsed() >= TIDY_AFTER {
            self.tidied = Instant::now();
            let sites = self.sites.values().map(super::Site::place).collect();
            let sites = self.with_data(sites);
            tokio::spawn(tidy(self.store.clone(), sites, self.clock.now()));
        }
        let due: Vec<SiteId> = self
            .sites
            .iter()
            .filter(|(_, entry)| entry.snapshot.is_due(entry.stored))
            .map(|(site, _)| site.clone())
            .collect();
        let now = self.clock.now();
        for site in due {
            let Some(entry) = self.sites.get_mut(&site) else { continue };
            entry.snapshot = Snapshotted::at(entry.stored);
            let copy = Copy::of(&entry.monitor, now);
            let store = self.store.clone();
            // Serialized and written beside the loop, which goes on.
            tokio::spawn(async move {
                if let Err(error) = copy.keep(&store).await {
                    tracing::error!(error = chain(&error), "a snapshot is not kept");
                }
            });
        }
    }

    fn with_data(&mut self, sites: Vec<Arc<Place>>) -> Vec<Came> {
        let came = |site: Arc<Place>| {
            let came = self.data.of(&site.id);
            (site, came)
        };
        sites.into_iter().map(came).collect()
    }

    /// At a planned stop, so that the next start has no tail to replay.
    pub(super) async fn take_last_snapshots(&mut self) {
        let now = self.clock.now();
        let sites = self.sites.values().map(super::Site::place).collect();
        for (site, came) in self.with_data(sites) {
            if let Err(error) = data::add(&self.store, &site, now, came).await {
                tracing::error!(error = chain(&error), "what homes have sent is not counted");
            }
        }
        for entry in self.sites.values().filter(|entry| entry.stored > 0) {
            if let Err(error) = Copy::of(&entry.monitor, now).keep(&self.store).await {
                tracing::error!(error = chain(&error), "the last snapshot is not kept");
            }
        }
    }
}

/// A site, and what its homes have sent.
type Came = (Arc<Place>, Vec<(HomeId, u64)>);

/// Lets go what has grown too long or too old.
async fn tidy(store: crate::store::Store, sites: Vec<Came>, now: Timestamp) {
    match store.drop_old_dead_letters().await {
        Ok(dropped) => count_dropped("dead-letter-old", dropped),
        Err(error) => tracing::error!(error = chain(&error), "old dead letters are not dropped"),
    }
    match store.drop_old_inputs(now).await {
        Ok(0) => {}
        Ok(dropped) => tracing::info!(dropped, "what is older than is kept was dropped"),
        Err(error) => tracing::error!(error = chain(&error), "old inputs are not dropped"),
    }
    for (site, came) in sites {
        if let Err(error) = data::add(&store, &site, now, came).await {
            tracing::error!(error = chain(&error), "what homes have sent is not counted");
        }
        match store.drop_old_messages(&site, now).await {
            Ok(0) => {}
            Ok(dropped) => tracing::info!(site.id = %site.id, dropped, "old messages are dropped"),
            Err(error) => tracing::error!(error = chain(&error), "old messages are not dropped"),
        }
        if let Err(error) = store.erase_moved_out(&site, now).await {
            tracing::error!(error = chain(&error), "who moved out is not erased yet");
        }
        if let Err(error) = store.reduce_home_evidence(&site, now).await {
            tracing::error!(error = chain(&error), "old evidence of homes is not reduced");
        }
    }
}

/// When a site's last snapshot was taken.
pub(super) struct Snapshotted {
    position: u64,
    at: Instant,
}

impl Snapshotted {
    pub fn at(position: u64) -> Self {
        Self { position, at: Instant::now() }
    }

    fn is_due(&self, position: u64) -> bool {
        let since = position.saturating_sub(self.position);
        since >= SNAPSHOT_EVERY || (since > 0 && self.at.elapsed() >= SNAPSHOT_AFTER)
    }
}

/// A monitor's memory at one position, not yet serialized.
struct Copy {
    site: SiteId,
    position: u64,
    step_at: Timestamp,
    taken_at: Timestamp,
    configuration: String,
    parts: BTreeMap<String, Part>,
    heads: Vec<(String, u64)>,
}

impl Copy {
    fn of(monitor: &Monitor, now: Timestamp) -> Self {
        Self {
            site: monitor.configuration().site.id.clone(),
            position: monitor.position(),
            step_at: monitor.step_at(),
            taken_at: now,
            configuration: monitor.configuration().hash.clone(),
            parts: monitor.parts(),
            heads: monitor.heads().map(|(device, head)| (device.to_string(), head)).collect(),
        }
    }

    async fn keep(self, store: &crate::store::Store) -> Result<(), StoreError> {
        let taken = tokio::task::spawn_blocking(move || self.serialized()).await;
        let taken = taken.map_err(|error| StoreError::Corrupt {
            what: "snapshot",
            detail: error.to_string(),
        })??;
        store.keep_snapshot(taken).await
    }

    fn serialized(self) -> Result<SnapshotTaken, StoreError> {
        let parts = self
            .parts
            .into_iter()
            .map(|(home, part)| Ok((home, serde_json::to_string(&part)?)))
            .collect::<Result<_, serde_json::Error>>()
            .map_err(|error| StoreError::Corrupt { what: "snapshot", detail: error.to_string() })?;
        Ok(SnapshotTaken {
            site: self.site,
            position: self.position,
            step_at: self.step_at,
            taken_at: self.taken_at,
            configuration: self.configuration,
            parts,
            heads: self.heads,
        })
    }
}
