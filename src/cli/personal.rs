//! `jikimi personal`: the keys with which personal data is sealed.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::serve::open_store;
use crate::audit::{Action, Entry};
use crate::config;
use crate::personal::{self, Keys};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Puts a new key at the head of a key file, and makes the file where there is none. Keep a
    /// copy where no copy of the database lies.
    ///
    /// Example: jikimi personal new-key /etc/jikimi-secret/personal.key
    NewKey { file: PathBuf },
    /// Gives every household a new key, wrapped by the first of the key file. Afterwards delete
    /// the older lines: backups of before are closed then, and so is what they hold of people who
    /// have moved out. The service must not run meanwhile.
    ///
    /// Example: jikimi personal rotate --config config/jikimi.toml
    Rotate {
        /// The configuration folder, or its jikimi.toml.
        #[arg(long, default_value = "config/jikimi.toml")]
        config: PathBuf,
    },
}

pub fn personal(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::NewKey { file } => {
            personal::new_key(file)?;
            println!("a new key stands first in {}", file.display());
            println!("say it in jikimi.toml: [personal] key_file = \"{}\"", file.display());
            Ok(ExitCode::SUCCESS)
        }
        What::Rotate { config } => rotate(config),
    }
}

fn rotate(config: &std::path::Path) -> anyhow::Result<ExitCode> {
    let loaded = match config::load(config) {
        Ok(loaded) => loaded,
        Err(problems) => {
            super::out::aside(problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    let Some(file) = &loaded.settings.key_file else {
        bail!("jikimi.toml names no key file: [personal] key_file");
    };
    let keys = Keys::load(file)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let count = runtime.block_on(async {
        let store = open_store(&loaded.settings.service.database).await?;
        let count = personal::rotate(&store, &keys).await.context("not every key is new")?;
        let told = Entry::new("command-line", None, Action::SettingChanged);
        let told = told.of("personal keys").because(format!("{count} households have a new key"));
        store.audit(told).await?;
        store.close().await;
        anyhow::Ok(count)
    })?;
    println!("{count} households have a new key");
    println!("delete every line but the first of {}", file.display());
    Ok(ExitCode::SUCCESS)
}
