//! Trying a change of the rules before it holds: the log of the last days under what runs and
//! under what the files say by now, and what the two tell differently.
//!
//! One trial runs at a time, beside the service and never on its loop: pages of the log are read
//! as any look at the database is, and stepped on a blocking thread. It is bounded by days and by
//! inputs; what was cut off is said. Nothing is stored, nobody is told, nothing is activated. The
//! caller owes it the right of whoever asks.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config;
use crate::domain::SiteId;
use crate::domain::time::{SignedDuration, Timestamp};
use crate::monitor::Configuration;
use crate::replay::{Again, Pair, beside};
use crate::store::{Store, StoreError, households};

/// The longest look back.
pub const DAYS_MAX: u32 = 14;
/// Inputs of one site that are tried at most: two weeks of a large building, some minutes of one
/// core.
const INPUTS_MAX: u64 = 3_000_000;

/// Where trials are run, and what came of the last.
pub struct Bench {
    folder: PathBuf,
    store: Store,
    trial: Mutex<Trial>,
}

/// What there is of a trial.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    pub days: u32,
    pub from: Option<Timestamp>,
    pub began_at: Option<Timestamp>,
    /// Inputs that were stepped so far, on each side once.
    pub inputs: u64,
    /// Whether there were more than are tried.
    pub cut: bool,
    pub state: State,
}

#[derive(Debug, Clone, Default)]
pub enum State {
    /// None was asked for since the start.
    #[default]
    None,
    Running,
    /// What would be told, site by site.
    Done(Arc<Vec<Compared>>),
    /// In words for whoever asked.
    Failed(String),
}

/// One site, under what runs and under the files.
#[derive(Debug)]
pub struct Compared {
    pub site: SiteId,
    /// Whether the files say the same as what runs.
    pub same: bool,
    /// Rules that were added, taken out or changed in meaning.
    pub rules: Vec<(String, Change)>,
    pub pairs: Vec<Pair>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Added,
    Removed,
    Changed,
}

/// A trial runs already.
#[derive(Debug, thiserror::Error)]
#[error("a backtest runs already")]
pub struct Busy;

#[derive(Debug, thiserror::Error)]
enum TrialError {
    #[error("{0}")]
    Files(config::Problems),
    #[error("the log cannot be read: {0}")]
    Store(#[from] StoreError),
    #[error("the engine broke on an input of {0}; the service's log says more")]
    Broke(SiteId),
}

impl Bench {
    #[must_use]
    pub fn new(folder: PathBuf, store: Store) -> Self {
        Self { folder, store, trial: Mutex::default() }
    }

    /// The newest trial, as far as it is.
    #[must_use]
    pub fn trial(&self) -> Trial {
        self.held().clone()
    }

    /// Begins one over the last `days` before `now` and comes back at once.
    ///
    /// # Errors
    /// If one runs already.
    pub fn begin(
        self: &Arc<Self>,
        running: Arc<Vec<Arc<Configuration>>>,
        (now, days): (Timestamp, u32),
    ) -> Result<(), Busy> {
        let mut trial = self.held();
        if matches!(trial.state, State::Running) {
            return Err(Busy);
        }
        let days = days.clamp(1, DAYS_MAX);
        let from = now.checked_sub(SignedDuration::from_hours(24 * i64::from(days)));
        let from = from.unwrap_or(now);
        let (began_at, from) = (Some(now), Some(from));
        *trial = Trial { days, from, began_at, state: State::Running, ..Trial::default() };
        drop(trial);
        let bench = Arc::clone(self);
        tokio::spawn(async move {
            let state = match bench.tried(&running, from.unwrap_or(now)).await {
                Ok(compared) => State::Done(Arc::new(compared)),
                Err(error) => State::Failed(error.to_string()),
            };
            bench.held().state = state;
        });
        Ok(())
    }

    async fn tried(
        &self,
        running: &[Arc<Configuration>],
        from: Timestamp,
    ) -> Result<Vec<Compared>, TrialError> {
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || config::load(&folder)).await;
        let broke = |site: &SiteId| TrialError::Broke(site.clone());
        let Ok(loaded) = read else {
            return Err(broke(&running[0].site.id));
        };
        let files = loaded.map_err(TrialError::Files)?.configurations;
        let mut compared = Vec::new();
        for before in running {
            let site = &before.site.id;
            let Some(after) = files.iter().find(|of| of.site.id == *site) else { continue };
            let pairs = self.site(before, after, from).await?;
            let rules = changed(before, after);
            let same = before.hash == after.hash;
            compared.push(Compared { site: site.clone(), same, rules, pairs });
        }
        Ok(compared)
    }

    async fn site(
        &self,
        before: &Arc<Configuration>,
        after: &Arc<Configuration>,
        from: Timestamp,
    ) -> Result<Vec<Pair>, TrialError> {
        let site = &before.site.id;
        let rows = households(&self.store.db, site).await?.into_iter();
        let there = rows.filter(|row| row.moved_out_at.is_none());
        let registered: Vec<_> = there.map(|row| (row.home, row.household)).collect();
        let mut sides = [before, after].map(|of| Again::under(of, &registered));
        let mut position = self.store.position_before(site, from).await?;
        let mut taken = 0;
        let broke = || TrialError::Broke(site.clone());
        loop {
            let page = self.store.log_after(site, position).await?;
            let Some((last, ..)) = page.last() else { break };
            position = *last;
            let stepped = page.len() as u64;
            taken += stepped;
            let stepping = tokio::task::spawn_blocking(move || {
                catch_unwind(AssertUnwindSafe(move || {
                    for (_, step_at, input) in &page {
                        for side in &mut sides {
                            side.take(*step_at, input);
                        }
                    }
                    sides
                }))
            });
            sides = stepping.await.map_err(|_| broke())?.map_err(|_| broke())?;
            let mut trial = self.held();
            trial.inputs += stepped;
            if taken >= INPUTS_MAX {
                trial.cut = true;
                break;
            }
        }
        let [before, after] = sides;
        let finishing = tokio::task::spawn_blocking(move || {
            catch_unwind(AssertUnwindSafe(|| beside(&before.finish(), &after.finish())))
        });
        finishing.await.map_err(|_| broke())?.map_err(|_| broke())
    }

    fn held(&self) -> MutexGuard<'_, Trial> {
        self.trial.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Rules that mean something else, or are only on one side.
fn changed(before: &Configuration, after: &Configuration) -> Vec<(String, Change)> {
    let other = |of: &Configuration, id: &crate::domain::RuleId| {
        of.rules.iter().find(|rule| rule.id == *id).map(|rule| rule.version.clone())
    };
    let gone = before.rules.iter().filter_map(|rule| match other(after, &rule.id) {
        None => Some((rule.id.to_string(), Change::Removed)),
        Some(version) => (version != rule.version).then(|| (rule.id.to_string(), Change::Changed)),
    });
    let new = after.rules.iter().filter(|rule| other(before, &rule.id).is_none());
    gone.chain(new.map(|rule| (rule.id.to_string(), Change::Added))).collect()
}
