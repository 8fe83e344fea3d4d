//! `jikimi token`: by what programs come in. A token is its account's, for no more than its
//! scopes, and runs out.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use jiff::SignedDuration;
use serde_json::json;

use super::beside::Beside;
use super::out;
use crate::audit::Action;
use crate::clock::wall_now;
use crate::domain::time::{after, whole_microseconds};
use crate::people::{AccountId, SCOPES, Scope, secret};
use crate::store::Change;
use crate::store::people::{self, TokenRow};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The configuration: its folder, or the jikimi.toml in it.
    #[arg(long, default_value = "config/jikimi.toml", global = true)]
    config: PathBuf,
    /// JSON lines.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Makes a token and shows it once.
    ///
    /// Example: jikimi token add grafana --account kim --scope metrics --days 365
    Add {
        /// What it is called: 1 to 64 of a-z, 0-9 and -.
        name: AccountId,
        /// Whose it is; it may never do more than its account.
        #[arg(long)]
        account: AccountId,
        /// read, command, metrics or residents; may be said more than once.
        #[arg(long = "scope", required = true, value_parser = scope)]
        scopes: Vec<Scope>,
        /// It runs out after so many days.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=730))]
        days: u16,
    },
    /// Says which there are.
    ///
    /// Example: jikimi token list
    List,
    /// Ends a token at once.
    ///
    /// Example: jikimi token revoke grafana
    Revoke { name: AccountId },
}

fn scope(word: &str) -> Result<Scope, String> {
    let known = SCOPES.map(|(_, word)| word).join(", ");
    Scope::read(word).ok_or_else(|| format!("expected one of {known}"))
}

pub fn token(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let json = arguments.json;
    Beside::load(&arguments.config)?.run(async |beside| {
        match &arguments.what {
            What::Add { name, account, scopes, days } => {
                add(beside, (name, account), scopes, *days, json).await?;
            }
            What::List => list(beside, json).await?,
            What::Revoke { name } => revoke(beside, name).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn add(
    beside: &Beside,
    (name, account): (&AccountId, &AccountId),
    scopes: &[Scope],
    days: u16,
    json: bool,
) -> anyhow::Result<()> {
    if people::account(&beside.db, account.as_str()).await?.is_none() {
        bail!("there is no account `{account}`; `jikimi user list` names them");
    }
    let made = secret::generate().map_err(|error| anyhow::anyhow!("{error}"))?;
    let made = format!("{}{made}", secret::TOKEN_PREFIX);
    let now = whole_microseconds(wall_now());
    let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let row = TokenRow {
        id: secret::id_of(&made),
        name: name.to_string(),
        account: account.to_string(),
        scopes: words.join(" "),
        created_at: now,
        expires_at: after(now, SignedDuration::from_hours(24 * i64::from(days))),
    };
    let told = Beside::did(Action::TokenChanged).of(name.as_str());
    let told = told.because(format!("added for {account}: {}", row.scopes));
    if people::tokens(&beside.db).await?.iter().any(|token| token.name == row.name) {
        bail!("there is a token `{name}`; revoke it first");
    }
    beside.change(Change::default().api_token(&row).told(told)).await?;
    out::answer(|out| match json {
        true => writeln!(out, "{}", json!({"token": made, "name": row.name})),
        false => writeln!(out, "{made}   (shown once; until {})", row.expires_at),
    })?;
    Ok(())
}

async fn list(beside: &Beside, json: bool) -> anyhow::Result<()> {
    let rows = people::tokens(&beside.db).await?;
    out::answer(|out| {
        rows.iter().try_for_each(|row| match json {
            true => writeln!(
                out,
                "{}",
                json!({
                    "name": row.name, "account": row.account, "scopes": row.scopes,
                    "expires_at": row.expires_at.to_string(),
                })
            ),
            false => writeln!(
                out,
                "{:<20} {:<20} until {}  {}",
                row.name, row.account, row.expires_at, row.scopes
            ),
        })
    })?;
    Ok(())
}

async fn revoke(beside: &Beside, name: &AccountId) -> anyhow::Result<()> {
    let told = Beside::did(Action::TokenChanged).of(name.as_str()).because("revoked");
    let change = Change::default().without_api_token(name.as_str()).told(told);
    match beside.change(change).await? {
        0 => bail!("there is no token `{name}`; `jikimi token list` names them"),
        _ => Ok(()),
    }
}
