//! A command that works on the database beside a running service: accounts, tokens, the trail.
//!
//! It reads what it needs of the configuration and writes in short transactions of its own. The
//! database's lock belongs to the service and is not taken: nothing of a site is written here.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::bail;

use crate::audit::{Action, Entry};
use crate::config::{self, Database};
use crate::personal::Keys;
use crate::store::{self, Change, Db};

/// The name under which a command stands in the trail.
const WHO: &str = "command-line";

pub(super) struct Beside {
    pub db: Db,
    pub head_file: Option<PathBuf>,
    /// With which secrets are sealed, where there is a key file.
    pub keys: Option<Keys>,
    /// Of the first site.
    pub timezone: String,
    /// Ids of the sites.
    pub sites: Vec<String>,
}

/// What is read before there is a database.
pub(super) struct Loaded {
    database: Database,
    head_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    timezone: String,
    sites: Vec<String>,
}

impl Beside {
    /// Reads the configuration.
    ///
    /// # Errors
    /// If it is not well.
    pub fn load(config: &Path) -> anyhow::Result<Loaded> {
        let loaded = match config::load(config) {
            Ok(loaded) => loaded,
            Err(problems) => bail!("the configuration is not well:\n{problems}"),
        };
        let sites = loaded.configurations.iter().map(|held| &held.site);
        let first = sites.clone().next().map(|site| site.timezone.clone());
        let key_file = loaded.settings.key_file;
        let service = loaded.settings.service;
        Ok(Loaded {
            database: service.database,
            head_file: service.head_file,
            key_file,
            timezone: first.unwrap_or_default(),
            sites: sites.map(|site| site.id.to_string()).collect(),
        })
    }

    /// Makes a change, with what it leaves in the trail; how many rows it touched.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn change(&self, change: Change) -> anyhow::Result<u64> {
        Ok(store::change_beside(&self.db, change).await?)
    }

    /// An entry of the trail by whoever runs the command.
    pub fn did(action: Action) -> Entry {
        Entry::new(WHO, None, action)
    }
}

impl Loaded {
    /// Opens the database, does the work and closes it again.
    ///
    /// # Errors
    /// If the database cannot be opened, or the work fails.
    pub fn run(
        self,
        work: impl AsyncFnOnce(&Beside) -> anyhow::Result<ExitCode>,
    ) -> anyhow::Result<ExitCode> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let password = self.database.password()?;
            let db = Db::open_with(&self.database.url, password.as_deref()).await?;
            let Self { head_file, key_file, timezone, sites, .. } = self;
            let keys = key_file.as_deref().map(Keys::load).transpose()?;
            let beside = Beside { db, head_file, keys, timezone, sites };
            let done = work(&beside).await;
            beside.db.close().await;
            done
        })
    }
}
