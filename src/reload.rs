//! Reading the configuration again while the service runs: on SIGHUP, or when the API asks.
//!
//! It is all or nothing. What is wrong is said as `jikimi check` says it, and then nothing has
//! changed. Rules and situations are taken while watching goes on; what stands where, who may
//! connect and who is told is taken at a start, so a change of those files is refused.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::Signal;
use tokio::sync::{mpsc, oneshot, watch};

use crate::audit::{Action, Entry};
use crate::clock::Clock;
use crate::config::{self, Loaded};
use crate::domain::SiteId;
use crate::monitor::Configuration;
use crate::run::reload::Reload;
use crate::store::Store;

/// What has been activated, for everyone who looks it up.
pub type Activated = Arc<Vec<Arc<Configuration>>>;

/// Somebody asks; the answer comes once it is stored.
#[derive(Debug)]
pub struct Ask {
    pub by: Entry,
    pub answer: oneshot::Sender<Result<Vec<SiteId>, String>>,
}

/// Who is said to have asked by a signal.
const SIGNAL: &str = "signal";

/// So many may ask at once.
pub const ASKS_QUEUED_MAX: usize = 4;

/// Whoever reads the files again.
pub struct Reloader {
    pub folder: PathBuf,
    /// The files that are taken at a start only, as they were then.
    pub fixed: BTreeMap<String, String>,
    pub store: Store,
    pub clock: Clock,
    pub shell: mpsc::Sender<Reload>,
    pub activated: watch::Sender<Activated>,
}

impl Reloader {
    /// Waits for signals and asks until nobody is left to ask.
    pub async fn run(self, mut hangup: Signal, mut asks: mpsc::Receiver<Ask>) {
        loop {
            let ask = tokio::select! {
                signalled = hangup.recv() => match signalled {
                    Some(()) => None,
                    None => return,
                },
                asked = asks.recv() => match asked {
                    Some(ask) => Some(ask),
                    None => return,
                },
            };
            let by = ask.as_ref().map(|ask| ask.by.clone());
            let by = by.unwrap_or_else(|| Entry::new(SIGNAL, None, Action::ConfigurationReloaded));
            let answer = self.reload().await;
            self.leave_trail(by, &answer).await;
            match &answer {
                Ok(sites) => tracing::info!(sites = sites.len(), "the configuration was reloaded"),
                Err(refused) => {
                    tracing::error!("the configuration was not reloaded: {refused}");
                }
            }
            if let Some(ask) = ask {
                // Whoever asked may have gone.
                drop(ask.answer.send(answer));
            }
        }
    }

    /// Who asked, and what came of it.
    async fn leave_trail(&self, by: Entry, answer: &Result<Vec<SiteId>, String>) {
        let entry = match answer {
            Ok(sites) => {
                let sites: Vec<&str> = sites.iter().map(SiteId::as_str).collect();
                by.of(sites.join(" ")).because("taken")
            }
            Err(refused) => by.because(format!("refused: {refused}")),
        };
        if let Err(error) = self.store.audit(entry).await {
            tracing::error!(%error, "a reload left no trail");
        }
    }

    async fn reload(&self) -> Result<Vec<SiteId>, String> {
        let folder = self.folder.clone();
        let read = tokio::task::spawn_blocking(move || config::load(&folder)).await;
        let loaded = read.map_err(|error| error.to_string())?;
        let loaded = loaded.map_err(|problems| problems.to_string())?;
        self.refuse_fixed(&loaded)?;
        for (hash, body) in &loaded.bodies {
            let kept = self.store.keep_configuration(hash, body, self.clock.now()).await;
            kept.map_err(|error| error.to_string())?;
        }
        let (answer, answered) = oneshot::channel();
        let configurations = loaded.configurations.clone();
        let gone = "the service is stopping";
        let asked = self.shell.send(Reload { configurations, answer }).await;
        asked.map_err(|_| gone.to_owned())?;
        let sites = answered.await.map_err(|_| gone.to_owned())??;
        self.activated.send_replace(Arc::new(loaded.configurations));
        Ok(sites)
    }

    /// Says which files would need a start.
    fn refuse_fixed(&self, loaded: &Loaded) -> Result<(), String> {
        let names = self.fixed.keys().chain(loaded.fixed.keys());
        let differs = |name: &&String| self.fixed.get(*name) != loaded.fixed.get(*name);
        let mut files: Vec<&str> = names.filter(differs).map(String::as_str).collect();
        files.sort_unstable();
        files.dedup();
        match files.is_empty() {
            true => Ok(()),
            false => Err(format!(
                "{} changed, which is taken at a start only; restart jikimi, or undo that and \
                 reload again",
                files.join(", ")
            )),
        }
    }
}
