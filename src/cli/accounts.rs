//! `jikimi accounts`: an account for every device and sign of a site, as both brokers read them.
//!
//! Who has an account already keeps it; whoever the site's file no longer names loses it. New
//! secrets are written once, into a file that only its owner can read, and kept nowhere else:
//! while that file is there nothing new is made, so that no secret is carried to no device.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::out;
use crate::accounts::{self, password};
use crate::config;
use crate::domain::Site;

/// jikimi's own account at a broker of its own.
const JIKIMI: &str = "jikimi";
const ACL: &str = include_str!("../../deploy/mosquitto/acl");
const ACL_OF_JIKIMI: &str = include_str!("../../deploy/mosquitto/acl-jikimi");
/// Only the owner.
const SECRET: u32 = 0o600;
/// The broker too, whose group the administrator makes it.
const SHARED: u32 = 0o640;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Sites; all of them, if none is named.
    sites: Vec<String>,
    /// The folder for passwords, acl, secrets and jikimi's own password.
    #[arg(long)]
    out: PathBuf,
    /// The configuration folder, or its jikimi.toml.
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// Gives this account a new secret; may be said more than once.
    #[arg(long, value_name = "ACCOUNT")]
    renew: Vec<String>,
}

pub fn accounts(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let loaded = match config::load(&arguments.config) {
        Ok(loaded) => loaded,
        Err(problems) => {
            out::aside(problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    let all: Vec<&Site> = loaded.configurations.iter().map(|of| &*of.site).collect();
    let sites = named(&arguments.sites, &all)?;
    fs::create_dir_all(&arguments.out)
        .with_context(|| format!("{} cannot be made", arguments.out.display()))?;
    let folder = Folder { path: &arguments.out };
    let (mut kept, own) = (folder.accounts("passwords")?, folder.accounts("passwords-jikimi")?);
    let wanted: BTreeSet<String> = sites.iter().flat_map(|site| names(site)).collect();
    let acl = fs::read_to_string(arguments.out.join("acl")).unwrap_or_else(|_| ACL.to_owned());
    let acl = without_commands(&acl);
    let gone = forget(&mut kept, &sites, &wanted, &acl);
    for account in &arguments.renew {
        if kept.remove(account).is_none() && account != JIKIMI {
            bail!("there is no account {account} to renew in {}", arguments.out.display());
        }
    }
    let new: Vec<&String> = wanted.iter().filter(|name| !kept.contains_key(*name)).collect();
    let own_is_new = !own.contains_key(JIKIMI) || arguments.renew.iter().any(|name| name == JIKIMI);
    let secrets = new.iter().map(|name| Ok(((*name).clone(), password::secret()?)));
    let secrets: Vec<(String, String)> = secrets.collect::<anyhow::Result<_>>()?;
    // The secrets come first: an account whose secret nobody has is of no use to anyone.
    if !secrets.is_empty() {
        folder.hand_out(&secrets)?;
    }
    for (name, secret) in &secrets {
        kept.insert(name.clone(), password::Hash::of(secret.as_bytes())?.to_string());
    }
    folder.write("passwords", &text_of(&kept), SHARED)?;
    if own_is_new {
        let secret = password::secret()?;
        let hash = password::Hash::of(secret.as_bytes())?.to_string();
        folder.write("jikimi-password", &format!("{secret}\n"), SECRET)?;
        let own = BTreeMap::from([(JIKIMI.to_owned(), hash)]);
        folder.write("passwords-jikimi", &text_of(&own), SHARED)?;
    }
    folder.write("acl", &format!("{acl}{}", commands(kept.keys(), &acl)), SHARED)?;
    folder.write_new("acl-jikimi", ACL_OF_JIKIMI)?;
    say(&folder, (kept.len(), secrets.len()), &gone, own_is_new);
    Ok(ExitCode::SUCCESS)
}

fn say(folder: &Folder, (all, new): (usize, usize), gone: &[String], own_is_new: bool) {
    let path = folder.path.display();
    println!("{all} accounts in {path}, {new} of them new");
    for account in gone {
        println!("{account} is named by no site's file any more; its account is gone");
    }
    if new > 0 {
        println!("their secrets are in {path}/secrets: carry them to the devices, then delete it");
    }
    if own_is_new {
        println!("jikimi's own password is new: [mqtt] password_file = \"{path}/jikimi-password\"");
    }
    println!("start the broker again, or send it SIGHUP, so that it reads them");
}

fn named<'a>(wanted: &[String], all: &[&'a Site]) -> anyhow::Result<Vec<&'a Site>> {
    if wanted.is_empty() {
        return Ok(all.to_vec());
    }
    let find = |name: &String| {
        let site = all.iter().find(|site| site.id.as_str() == name).copied();
        site.with_context(|| {
            let known: Vec<&str> = all.iter().map(|site| site.id.as_str()).collect();
            format!("there is no site {name}, only {}", known.join(", "))
        })
    };
    wanted.iter().map(find).collect()
}

/// The accounts of a site: SITE/DEVICE and SITE/sign/SIGN, as the ACL has them.
fn names(site: &Site) -> Vec<String> {
    let devices = site.devices.keys().map(|device| format!("{}/{device}", site.id));
    let signs = site.signs.keys().map(|sign| format!("{}/sign/{sign}", site.id));
    // What may be switched hears its orders under an account of its own, device or not.
    let switches = site.switches.keys().map(|switch| format!("{}/{switch}", site.id));
    let all: BTreeSet<String> = devices.chain(switches).chain(signs).collect();
    all.into_iter().collect()
}

/// Drops the accounts of what these sites no longer have; answers whose they were. Who has topics
/// of its own in the ACL was made by hand, as a gateway is, and stays.
fn forget(
    kept: &mut BTreeMap<String, String>,
    sites: &[&Site],
    wanted: &BTreeSet<String>,
    acl: &str,
) -> Vec<String> {
    let by_hand: BTreeSet<&str> = by_hand(acl).collect();
    let ours = |name: &String| {
        let site = name.split('/').next().unwrap_or_default();
        sites.iter().any(|of| of.id.as_str() == site)
    };
    let gone = kept
        .keys()
        .filter(|name| ours(name) && !wanted.contains(*name) && !by_hand.contains(name.as_str()));
    let gone: Vec<String> = gone.cloned().collect();
    for name in &gone {
        kept.remove(name);
    }
    gone
}

/// Accounts with topics of their own in the ACL, the commands aside.
fn by_hand(acl: &str) -> impl Iterator<Item = &str> {
    acl.lines().filter_map(|line| line.strip_prefix("user ")).map(str::trim)
}

/// Between these two lines of the ACL stands what is written anew each time.
const COMMANDS: &str = "# ── commands (제어), by `jikimi accounts`; what you write here is lost ──";
const COMMANDS_END: &str = "# ── end of commands ──";

/// The ACL as its administrator has it.
fn without_commands(acl: &str) -> String {
    match acl.split_once(COMMANDS) {
        None => acl.to_owned(),
        Some((before, rest)) => {
            let after = rest.split_once(COMMANDS_END).map_or("", |(_, after)| after);
            format!("{}{}", before.trim_end_matches('\n').to_owned() + "\n", after.trim_start())
        }
    }
}

/// What each device (단말) may be told to do: jikimi/v1/SITE/command/DEVICE, which is no part of
/// the topics below its own name, so that no pattern means it.
fn commands<'a>(accounts: impl Iterator<Item = &'a String>, acl: &str) -> String {
    let by_hand: BTreeSet<&str> = by_hand(acl).collect();
    let devices = accounts.filter(|name| !by_hand.contains(name.as_str()));
    let rights = devices.filter_map(|name| match name.split('/').collect::<Vec<_>>()[..] {
        [site, device] => {
            Some(format!("user {name}\ntopic read jikimi/v1/{site}/command/{device}\n"))
        }
        _ => None,
    });
    let rights: String = rights.collect();
    format!("\n{COMMANDS}\n{rights}{COMMANDS_END}\n")
}

fn text_of(accounts: &BTreeMap<String, String>) -> String {
    accounts.iter().map(|(name, hash)| format!("{name}:{hash}\n")).collect()
}

struct Folder<'a> {
    path: &'a Path,
}

impl Folder<'_> {
    /// Account → hash, as the file has it; nothing if it is not there yet.
    fn accounts(&self, name: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let file = self.path.join(name);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error).with_context(|| format!("{}", file.display())),
        };
        match accounts::read_passwords(&text) {
            Ok(hashes) => {
                Ok(hashes.iter().map(|(n, hash)| (n.clone(), hash.to_string())).collect())
            }
            Err((line, problem)) => bail!("{}, line {line}: {problem}", file.display()),
        }
    }

    fn hand_out(&self, secrets: &[(String, String)]) -> anyhow::Result<()> {
        let file = self.path.join("secrets");
        let text: String =
            secrets.iter().map(|(name, secret)| format!("{name} {secret}\n")).collect();
        let opened = OpenOptions::new().write(true).create_new(true).mode(SECRET).open(&file);
        let mut opened = match opened {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
                "{} is still there: carry its secrets to the devices and delete it, then ask again",
                file.display()
            ),
            opened => opened.with_context(|| format!("{}", file.display()))?,
        };
        opened.write_all(text.as_bytes()).and_then(|()| opened.sync_all())?;
        Ok(())
    }

    /// Replaces a file as a whole, so that a broker never reads half of it.
    fn write(&self, name: &str, text: &str, mode: u32) -> anyhow::Result<()> {
        let (file, beside) = (self.path.join(name), self.path.join(format!(".{name}.new")));
        let write = || {
            let _ = fs::remove_file(&beside);
            let mut opened =
                OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
            opened.write_all(text.as_bytes())?;
            opened.sync_all()?;
            fs::rename(&beside, &file)
        };
        write().with_context(|| format!("{} cannot be written", file.display()))
    }

    /// Leaves what is there: an administrator may have added a gateway's topics.
    fn write_new(&self, name: &str, text: &str) -> anyhow::Result<()> {
        match self.path.join(name).exists() {
            true => Ok(()),
            false => self.write(name, text, SHARED),
        }
    }
}
