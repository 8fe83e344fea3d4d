//! A new configuration while watching goes on: every site takes it, or none does.
//!
//! Each monitor that changes is brought back under the new configuration as a start would bring it
//! back, and only when all are there does any of them hold. Then each is told, in one transaction:
//! a detector whose rule is as it was goes on, every other begins anew.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::batch::{Batch, Item};
use super::process::chain;
use super::{Shell, tell};
use crate::domain::SiteId;
use crate::monitor::Configuration;

/// What is to hold from now on. The sites are those that are watched.
#[derive(Debug)]
pub struct Reload {
    pub configurations: Vec<Arc<Configuration>>,
    /// The sites that changed, once that is stored; or why nothing did.
    pub answer: oneshot::Sender<Result<Vec<SiteId>, String>>,
}

impl Shell {
    /// Where new configurations are taken.
    #[must_use]
    pub fn reloads(&self) -> mpsc::Sender<Reload> {
        self.reloads.clone()
    }

    pub(super) async fn take_reloads(&mut self) {
        while let Ok(reload) = self.inlets.reloads.try_recv() {
            let answer = self.reload(&reload.configurations).await;
            tell(reload.answer, answer);
        }
    }

    async fn reload(
        &mut self,
        configurations: &[Arc<Configuration>],
    ) -> Result<Vec<SiteId>, String> {
        let mut changed = Vec::new();
        for configuration in configurations {
            let entry = self.sites.get(&configuration.site.id);
            let held = entry.map(|entry| &entry.monitor.configuration().hash);
            if held.is_none_or(|hash| *hash == configuration.hash) {
                continue;
            }
            let recalled = self.recall(configuration).await;
            let recalled = recalled.map_err(|error| chain(&error))?;
            changed.push((configuration, recalled.monitor));
        }
        let now = self.clock.now();
        let mut items = Vec::new();
        let mut sites = Vec::new();
        for (configuration, monitor) in changed {
            let site = configuration.site.id.clone();
            let Some(entry) = self.sites.get_mut(&site) else { continue };
            entry.stored = monitor.position();
            entry.monitor = monitor;
            items.push(Item::Own(Some(site.clone()), now, configuration.activation()));
            sites.push(site);
        }
        // What waits in a queue may end what a deadline would begin.
        let batch = Batch { waits: self.inlets.waits(), ..Batch::of(items) };
        self.process(batch).await;
        for site in &sites {
            tracing::info!(site.id = %site, "another configuration holds");
            self.look_for_plan(site);
        }
        Ok(sites)
    }
}
