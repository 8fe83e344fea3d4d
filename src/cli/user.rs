//! `jikimi user`: who may use the service, and what they are at which site.
//!
//! Passwords that are made here are shown once and kept as a hash. An account is disabled and
//! never deleted, since the trail speaks of it.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::beside::Beside;
use super::out;
use crate::audit::Action;
use crate::clock::wall_now;
use crate::domain::time::whole_microseconds;
use crate::people::{AccountId, At, Grant, Role, factor, password, secret};
use crate::store::Change;
use crate::store::people::{self, AccountRow};

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
    /// Makes an account. Its password is made too and shown once, unless a file holds one.
    ///
    /// Example: jikimi user add kim --role operator --site center
    Add {
        /// 1 to 64 of a-z, 0-9 and -.
        name: AccountId,
        #[command(flatten)]
        roles: Roles,
        #[command(flatten)]
        password: PasswordFrom,
        /// Makes a second factor too, which is asked for off the office network.
        #[arg(long)]
        second_factor: bool,
    },
    /// Says who there is.
    ///
    /// Example: jikimi user list --json
    List,
    /// Gives an account other roles instead of those it has.
    ///
    /// Example: jikimi user roles kim --role caseworker --site usan --site ssangchon
    Roles {
        name: AccountId,
        #[command(flatten)]
        roles: Roles,
    },
    /// Sets another password; every session of the account ends.
    ///
    /// Example: jikimi user password kim
    Password {
        name: AccountId,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Makes a new second factor, in place of one that was lost, and shows it once.
    ///
    /// Example: jikimi user second-factor kim
    SecondFactor { name: AccountId },
    /// Lets an account in no longer; its sessions and tokens end with it.
    ///
    /// Example: jikimi user disable kim
    Disable { name: AccountId },
    /// Lets an account in again.
    ///
    /// Example: jikimi user enable kim
    Enable { name: AccountId },
}

#[derive(Debug, clap::Args)]
struct Roles {
    /// operator, caseworker, engineer or administrator (admin); may be said more than once.
    #[arg(long = "role", required = true)]
    roles: Vec<Role>,
    /// At which site; every site, if not said.
    #[arg(long = "site", default_value = "*")]
    sites: Vec<At>,
}

#[derive(Debug, clap::Args)]
struct PasswordFrom {
    /// A file whose first line is the password; - for standard input.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

pub fn user(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let json = arguments.json;
    Beside::load(&arguments.config)?.run(async |beside| {
        match &arguments.what {
            What::Add { name, roles, password, second_factor } => {
                add(beside, name, (roles, password, *second_factor), json).await?;
            }
            What::List => list(beside, json).await?,
            What::Roles { name, roles } => set_roles(beside, name, roles).await?,
            What::Password { name, password } => {
                set_password(beside, name, password, json).await?;
            }
            What::SecondFactor { name } => set_factor(beside, name, json).await?,
            What::Disable { name } => set_disabled(beside, name, true).await?,
            What::Enable { name } => set_disabled(beside, name, false).await?,
        }
        Ok(ExitCode::SUCCESS)
    })
}

async fn add(
    beside: &Beside,
    name: &AccountId,
    (roles, from, with_factor): (&Roles, &PasswordFrom, bool),
    json: bool,
) -> anyhow::Result<()> {
    let grants = roles.grants(beside)?;
    if people::account(&beside.db, name.as_str()).await?.is_some() {
        bail!("there is an account `{name}`; `jikimi user roles` and `password` change it");
    }
    let (password, made) = from.take(name)?;
    let hash = password::hash(&password).map_err(|error| anyhow::anyhow!("{error}"))?;
    let factor = with_factor.then(factor::generate);
    let now = whole_microseconds(wall_now());
    let told = Beside::did(Action::AccountChanged).of(name.as_str());
    let told = told.because(format!("added: {}", said(&grants)));
    let kept = factor.as_deref();
    let kept = kept.map(|secret| factor::kept(beside.keys.as_ref(), name.as_str(), secret));
    let kept = kept.transpose()?;
    let change = Change::default().account(name, &hash, kept.as_deref(), &grants, now);
    beside.change(change.told(told)).await?;
    show(name, made.then_some(&*password), factor.as_deref(), json)
}

/// What is shown once.
fn show(
    name: &AccountId,
    password: Option<&str>,
    factor: Option<&str>,
    json: bool,
) -> anyhow::Result<()> {
    let link = factor.and_then(|secret| factor::link(name.as_str(), secret));
    out::answer(|out| {
        if json {
            let said =
                json!({"account": name.as_str(), "password": password, "second_factor": link});
            return writeln!(out, "{said}");
        }
        writeln!(out, "account        {name}")?;
        if let Some(password) = password {
            writeln!(out, "password       {password}   (shown once)")?;
        }
        if let Some(link) = &link {
            writeln!(out, "second factor  {link}   (shown once)")?;
        }
        Ok(())
    })?;
    Ok(())
}

async fn list(beside: &Beside, json: bool) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for row in people::accounts(&beside.db).await? {
        let grants = people::grants(&beside.db, &row.name).await?;
        lines.push(match json {
            true => {
                let roles: Vec<_> = grants
                    .iter()
                    .map(|of| json!({"site": of.at.to_string(), "role": of.role.as_str()}))
                    .collect();
                json!({
                    "account": row.name, "roles": roles, "disabled": row.disabled,
                    "second_factor": row.totp.is_some(),
                })
                .to_string()
            }
            false => line(&row, &grants),
        });
    }
    out::answer(|out| lines.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    Ok(())
}

fn line(row: &AccountRow, grants: &[Grant]) -> String {
    let factor = if row.totp.is_some() { "  second factor" } else { "" };
    let disabled = if row.disabled { "  disabled" } else { "" };
    format!("{:<20} {}{factor}{disabled}", row.name, said(grants))
}

async fn set_roles(beside: &Beside, name: &AccountId, roles: &Roles) -> anyhow::Result<()> {
    known(beside, name).await?;
    let grants = roles.grants(beside)?;
    let told = Beside::did(Action::AccountChanged).of(name.as_str());
    let change = grants
        .iter()
        .fold(Change::default().without_grants(name), |change, grant| change.grant(name, grant))
        .told(told.because(format!("roles: {}", said(&grants))));
    beside.change(change).await.map(drop)
}

async fn set_password(
    beside: &Beside,
    name: &AccountId,
    from: &PasswordFrom,
    json: bool,
) -> anyhow::Result<()> {
    known(beside, name).await?;
    let (password, made) = from.take(name)?;
    let hash = password::hash(&password).map_err(|error| anyhow::anyhow!("{error}"))?;
    let told = Beside::did(Action::PasswordChanged).of(name.as_str());
    beside.change(Change::default().password(name.as_str(), &hash).told(told)).await?;
    show(name, made.then_some(&*password), None, json)
}

async fn set_factor(beside: &Beside, name: &AccountId, json: bool) -> anyhow::Result<()> {
    known(beside, name).await?;
    let factor = factor::generate();
    let told = Beside::did(Action::FactorChanged).of(name.as_str());
    let kept = factor::kept(beside.keys.as_ref(), name.as_str(), &factor)?;
    let change = Change::default().factor(name.as_str(), Some(&kept)).told(told);
    beside.change(change).await?;
    show(name, None, Some(&factor), json)
}

async fn set_disabled(beside: &Beside, name: &AccountId, disabled: bool) -> anyhow::Result<()> {
    known(beside, name).await?;
    let what = if disabled { "disabled" } else { "enabled" };
    let told = Beside::did(Action::AccountChanged).of(name.as_str()).because(what);
    beside.change(Change::default().disabled(name.as_str(), disabled).told(told)).await.map(drop)
}

async fn known(beside: &Beside, name: &AccountId) -> anyhow::Result<AccountRow> {
    let found = people::account(&beside.db, name.as_str()).await?;
    found.with_context(|| format!("there is no account `{name}`; `jikimi user list` names them"))
}

fn said(grants: &[Grant]) -> String {
    let words = grants.iter().map(|grant| format!("{}@{}", grant.role.as_str(), grant.at));
    words.collect::<Vec<_>>().join(" ")
}

impl Roles {
    fn grants(&self, beside: &Beside) -> anyhow::Result<Vec<Grant>> {
        for at in &self.sites {
            if let At::Site(site) = at
                && !beside.sites.iter().any(|known| known == site.as_str())
            {
                bail!("`{site}` is no site; there are {}", beside.sites.join(", "));
            }
        }
        let mut grants = Vec::new();
        for role in &self.roles {
            grants.extend(self.sites.iter().map(|at| Grant { role: *role, at: at.clone() }));
        }
        Ok(grants)
    }
}

impl PasswordFrom {
    /// The password, and whether it was made here.
    fn take(&self, name: &AccountId) -> anyhow::Result<(String, bool)> {
        let Some(file) = &self.password_file else {
            let made = secret::generate().map_err(|error| anyhow::anyhow!("{error}"))?;
            return Ok((made.chars().take(24).collect(), true));
        };
        let text = read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        let password = text.lines().next().unwrap_or_default().to_owned();
        password::accept(name.as_str(), &password)?;
        Ok((password, false))
    }
}

fn read(file: &Path) -> std::io::Result<String> {
    if file != Path::new("-") {
        return std::fs::read_to_string(file);
    }
    let mut text = String::new();
    std::io::stdin().take(4096).read_to_string(&mut text)?;
    Ok(text)
}
