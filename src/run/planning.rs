//! Looking for better signs beside the run loop (표지 개선).
//!
//! A step that changes what is in the way answers at once with the first safe signs and asks for
//! better ones. Those are looked for on a thread of their own, one search a site, and come back
//! as an input. What is asked for meanwhile is looked for afterwards; an answer that has become
//! stale is refused by the monitor itself.

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::Shell;
use crate::domain::{Input, SiteId};
use crate::monitor::Effect;
use crate::store::Commit;

/// Answers that may wait in front of the run loop: one a site, and a site waits for its own.
pub const ANSWERS_QUEUED_MAX: usize = 256;

/// What came of a search; nothing if it broke.
pub(super) type Found = (SiteId, Option<Input>);

/// Which sites are searched for.
pub(super) struct Planning {
    found: mpsc::Sender<Found>,
    /// Whether it has been asked for again since.
    searching: BTreeMap<SiteId, bool>,
}

impl Planning {
    pub fn new() -> (Self, mpsc::Receiver<Found>) {
        let (found, inlet) = mpsc::channel(ANSWERS_QUEUED_MAX);
        (Self { found, searching: BTreeMap::new() }, inlet)
    }
}

impl Shell {
    /// Begins the searches that a stored batch asks for.
    pub(super) fn look_for_plans(&mut self, commit: &Commit) {
        let wants = |effect: &Effect| matches!(effect, Effect::PlanWanted { .. });
        for stepped in &commit.steps {
            if stepped.step.effects.iter().any(wants) {
                self.look_for_plan(&stepped.site);
            }
        }
    }

    /// Begins a search for a site, or notes that one has to follow.
    pub(super) fn look_for_plan(&mut self, site: &SiteId) {
        if let Some(again) = self.planning.searching.get_mut(site) {
            *again = true;
            return;
        }
        let Some(wanted) = self.sites.get(site).and_then(|entry| entry.monitor.wanted()) else {
            return;
        };
        self.planning.searching.insert(site.clone(), false);
        let (found, site) = (self.planning.found.clone(), site.clone());
        tokio::spawn(async move {
            let started = tokio::time::Instant::now();
            let answer = tokio::task::spawn_blocking(move || wanted.answer()).await;
            metrics::histogram!("jikimi_plan_seconds").record(started.elapsed());
            if let Err(error) = &answer {
                tracing::error!(site.id = %site, %error, "a search for better signs broke");
            }
            // The loop may have ended meanwhile.
            drop(found.send((site, answer.ok())).await);
        });
    }

    /// A search has ended; what it found, unless it broke.
    pub(super) fn found_plan(&mut self, (site, input): Found) -> Option<(SiteId, Input)> {
        if self.planning.searching.remove(&site) == Some(true) {
            self.look_for_plan(&site);
        }
        Some((site, input?))
    }
}
