//! `jikimi audit`: whether the trail (감사 기록) is whole, and what a month of it amounts to; and
//! what the service does for it daily.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::beside::Beside;
use super::out;
use crate::audit::chain::Verifier;
use crate::audit::head;
use crate::audit::report::{Month, Report};
use crate::clock::wall_now;
use crate::store::{self, Store};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The configuration: its folder, or the jikimi.toml in it.
    #[arg(long, default_value = "config/jikimi.toml", global = true)]
    config: PathBuf,
    /// One JSON object.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Follows the whole chain and fails if a row was edited, removed, put elsewhere or cut off.
    ///
    /// Example: jikimi audit verify --head /var/log/jikimi/audit-head
    Verify {
        /// The heads that were written outside the database; as configured, if not said.
        #[arg(long)]
        head: Option<PathBuf>,
    },
    /// Counts a month by account and action, and says what should be asked about.
    ///
    /// Example: jikimi audit report --month 2026-11
    Report {
        /// Such as 2026-11, in the zone of the site that is named first.
        #[arg(long)]
        month: String,
    },
}

pub fn audit(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let beside = Beside::load(&arguments.config)?;
    beside.run(async |beside| match &arguments.what {
        What::Verify { head } => verify(beside, head.as_deref(), arguments.json).await,
        What::Report { month } => report(beside, month, arguments.json).await,
    })
}

async fn verify(beside: &Beside, head: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let file = head.or(beside.head_file.as_deref());
    let outside = match file {
        Some(file) => head::read(file)?,
        None => Vec::new(),
    };
    let ends = store::trail_ends(&beside.db).await?;
    let mut verifier = Verifier::new(&ends, &outside);
    let rows = store::follow_trail(&beside.db, &mut verifier).await?;
    let broken = verifier.end(wall_now());
    let well = broken.is_empty();
    out::answer(|out| {
        use std::io::Write as _;
        if json {
            let broken: Vec<String> = broken.iter().map(ToString::to_string).collect();
            let said = json!({
                "rows": rows, "heads": outside.len(), "whole": well, "broken": broken,
            });
            return writeln!(out, "{said}");
        }
        for broken in &broken {
            writeln!(out, "{broken}")?;
        }
        let whole = if well { "whole" } else { "not whole" };
        writeln!(out, "{rows} rows and {} heads outside: the trail is {whole}", outside.len())?;
        if file.is_none() {
            writeln!(
                out,
                "without a head outside ([audit] head_file) a rewritten one looks whole"
            )?;
        }
        Ok(())
    })?;
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn report(beside: &Beside, text: &str, json: bool) -> anyhow::Result<ExitCode> {
    let zone = TimeZone::get(&beside.timezone).unwrap_or(TimeZone::UTC);
    let Some(month) = Month::read(text, zone) else {
        bail!("`{text}` is no month; say one such as 2026-11");
    };
    let mut report = Report::default();
    store::trail_between(&beside.db, month.from, month.until, |row| report.take(&month, row))
        .await?;
    report.finish();
    out::answer(|out| match json {
        true => {
            use std::io::Write as _;
            serde_json::to_writer(&mut *out, &report)?;
            writeln!(out)
        }
        false => say(out, text, &report),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn say(out: &mut impl std::io::Write, month: &str, report: &Report) -> std::io::Result<()> {
    writeln!(out, "{month}: {} rows", report.rows)?;
    for (action, count) in &report.by_action {
        writeln!(out, "  {action:<24} {count:>8}")?;
    }
    writeln!(out, "account                  rows   logins  failed  denied   looks  night  homes")?;
    for (name, of) in &report.by_account {
        writeln!(
            out,
            "{name:<20} {:>8} {:>8} {:>7} {:>7} {:>7} {:>6} {:>6}",
            of.rows, of.logins, of.logins_failed, of.denied, of.looks, of.looks_at_night, of.homes
        )?;
    }
    for reason in &report.reasons {
        writeln!(out, "reason: {reason}")?;
    }
    for question in &report.questions {
        writeln!(out, "to be asked: {question}")?;
    }
    Ok(())
}

// ── what the service does ──

/// The day of a head begins at this offset from UTC's; Korea's midnight is 15:00.
const LOOKS_EVERY: Duration = Duration::from_mins(15);
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// Writes the head at the start and once a day, and lets go of what is too old; for ever.
pub(super) async fn keep(store: Store, head_file: Option<PathBuf>) {
    let mut written: Option<Timestamp> = None;
    loop {
        let now = wall_now();
        if written.is_none_or(|at| now.duration_since(at) >= A_DAY) {
            match kept(&store, head_file.as_deref(), now).await {
                Ok(()) => written = Some(now),
                Err(error) => {
                    tracing::error!(error = format!("{error:#}"), "the head of the trail");
                }
            }
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

async fn kept(store: &Store, head_file: Option<&Path>, now: Timestamp) -> anyhow::Result<()> {
    let dropped = store.drop_old_trail(now).await?;
    if dropped > 0 {
        tracing::info!(rows = dropped, "rows of the trail were older than they are kept");
    }
    let Some(file) = head_file else { return Ok(()) };
    let written = store::trail_head(&store.db).await?;
    if written.n == 0 {
        return Ok(());
    }
    let file = file.to_owned();
    let appended = tokio::task::spawn_blocking(move || head::append(&file, &written));
    appended.await?.context("the head of the trail is not written outside")
}
