//! `jikimi replay`: recordings in, incidents out.

use std::io::{self, IsTerminal as _, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::anyhow;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use jikimi_sim::recording::{Line, Reader};
use serde::Serialize;

use super::{memory, out};
use crate::config;
use crate::domain::Id;
use crate::incident::Evidence;
use crate::monitor::Configuration;
use crate::replay::{Ahead, Counts, Replay, Told};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Recordings (.jsonl, .jsonl.gz, .jsonl.zst), in the order in which they were made.
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    /// The configuration folder, or its jikimi.toml.
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// One JSON object per incident on standard output, nothing else there.
    #[arg(long)]
    json: bool,
}

pub fn replay(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let loaded = match config::load(&arguments.config) {
        Ok(loaded) => loaded,
        Err(problems) => {
            out::aside(problems);
            return Ok(ExitCode::FAILURE);
        }
    };
    let replay = Replay::new(&loaded.configurations).hearing(Arc::clone(&loaded.directory));
    let mut replays = [replay];
    let started = started();
    take_all(&mut replays, &arguments.recordings)?;
    let [replay] = replays;
    let span = replay.span();
    let (ledger, counts) = unless_broken(|| replay.finish())
        .ok_or_else(|| anyhow!("the engine broke on a deadline after the last line; {REPORT}"))?;
    let took = started.elapsed().as_secs_f64();
    out::answer(|out| {
        for told in ledger.incidents() {
            let zone = zone_of(&loaded.configurations, told);
            match arguments.json {
                true => {
                    serde_json::to_writer(&mut *out, &Shown::of(told, &zone))?;
                    writeln!(out)?;
                }
                false => for_people(out, told, &zone)?,
            }
        }
        Ok(())
    })?;
    out::aside(summary(&counts, ledger.incidents().len(), took));
    let homes: usize = loaded.configurations.iter().map(|c| c.site.homes.len()).sum();
    if homes > 0 {
        out::aside(of_homes(homes, span, took));
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) const REPORT: &str = "this is a fault of jikimi, please report it";

/// None if it panicked, which the panic itself has said. What it worked on is worth nothing then.
pub(super) fn unless_broken<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

#[expect(clippy::disallowed_methods, reason = "how long it took is for the person watching")]
fn started() -> Instant {
    Instant::now()
}

/// Where a line stands: which of the recordings, and its number there.
type Where = (usize, u64);

/// Feeds every line of recordings, one after the other, to each of these.
pub(super) fn take_all(replays: &mut [Replay], recordings: &[PathBuf]) -> anyhow::Result<()> {
    let mut ahead = Ahead::<Where>::default();
    let mut take = |((index, n), line, after): (Where, Line, Timestamp)| {
        let take = || replays.iter_mut().for_each(|replay| replay.take_before(&line, after));
        unless_broken(take).ok_or_else(|| {
            let file = recordings.get(index).map_or_else(String::new, |f| f.display().to_string());
            anyhow!(
                "{file}, line {n}: the engine broke on it, or on what was due by then; {REPORT}"
            )
        })
    };
    for (index, recording) in recordings.iter().enumerate() {
        read_all(recording, |n, line| ahead.push((index, n), line).map_or(Ok(()), &mut take))?;
    }
    while let Some(next) = ahead.pop() {
        take(next)?;
    }
    Ok(())
}

/// Reads a recording to its end, or to where whoever wrote it was killed.
fn read_all(
    recording: &Path,
    mut take: impl FnMut(u64, Line) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut reader = Reader::open(recording)?;
    let bar = progress(recording);
    while let Some(line) = reader.next() {
        let n = reader.line_number();
        let line = match line {
            Err(error) if error.is_cut() => {
                out::aside(format!("{error}: whoever wrote it was killed; read up to there"));
                break;
            }
            line => line?,
        };
        take(n, line)?;
        if n.is_multiple_of(8192) {
            bar.set_position(n);
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// A count of lines, when a person is watching.
fn progress(recording: &Path) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {msg}  {pos} lines  {per_sec}");
    let bar = ProgressBar::new_spinner().with_message(recording.display().to_string());
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn zone_of(configurations: &[Arc<Configuration>], told: &Told) -> TimeZone {
    let of_site = configurations.iter().find(|c| c.site.id == told.id.site);
    of_site.and_then(|c| TimeZone::get(&c.site.timezone).ok()).unwrap_or(TimeZone::UTC)
}

fn summary(counts: &Counts, incidents: usize, took: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = counts.messages as f64 / took.max(1e-9);
    let reasons = counts.dead_by_reason.iter();
    let reasons: Vec<String> = reasons.map(|(reason, n)| format!("{n} {reason}")).collect();
    let reasons = match reasons.is_empty() {
        true => String::new(),
        false => format!(" ({})", reasons.join(", ")),
    };
    format!(
        "{} messages in {took:.2} s ({rate:.0}/s), {} duplicates, {} dead letters{reasons}, {} \
         lines went back, {incidents} incidents",
        counts.messages, counts.duplicates, counts.dead_letters, counts.went_back
    )
}

/// What a home costs.
fn of_homes(homes: usize, span: SignedDuration, took_s: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "no city has 2^52 homes")]
    let homes = homes as f64;
    let home_days = homes * (span.as_secs_f64() / 86_400.0).max(1e-9);
    let of_a_day = took_s * 1e6 / home_days;
    let memory = memory::most_resident_kb().map_or_else(String::new, |kb| {
        format!(", {:.0} MB of memory at most ({:.1} kB a home)", kb / 1e3, kb / homes)
    });
    format!("{homes:.0} homes, {home_days:.0} home-days at {of_a_day:.1} µs each{memory}")
}

fn written(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

fn for_people(out: &mut impl Write, told: &Told, zone: &TimeZone) -> io::Result<()> {
    writeln!(
        out,
        "{}  {}  {} {} {}",
        written(told.opened_at, zone),
        told.id,
        told.class.as_str(),
        told.level.as_str(),
        told.state.as_str()
    )?;
    for (evidence, ended) in &told.evidence {
        let until = ended.map(|at| format!(" until {}", written(at, zone))).unwrap_or_default();
        let rule = &evidence.contribution.rule;
        let (at, origin) = (written(evidence.at, zone), origin(evidence));
        writeln!(out, "    {at}{until}  {rule}{origin}: {}", evidence.because.en)?;
    }
    Ok(())
}

/// ` in 3f-kitchen by tc-1, tc-2`, as far as it is known.
fn origin(evidence: &Evidence) -> String {
    let zone = evidence.zone.as_ref().map(|zone| format!(" in {zone}")).unwrap_or_default();
    let devices: Vec<&str> = evidence.devices.iter().map(Id::as_str).collect();
    match devices.is_empty() {
        true => zone,
        false => format!("{zone} by {}", devices.join(", ")),
    }
}

/// One incident as a line of JSON.
#[derive(Serialize)]
struct Shown<'a> {
    incident: String,
    site: &'a str,
    kind: &'a str,
    place: &'a str,
    class: &'a str,
    level: &'a str,
    state: &'a str,
    stands: bool,
    opened_at: String,
    noticed_at: String,
    evidence: Vec<ShownEvidence<'a>>,
    transitions: Vec<ShownMove<'a>>,
}

#[derive(Serialize)]
struct ShownEvidence<'a> {
    rule: &'a str,
    rule_version: &'a str,
    source: &'a str,
    zone: Option<&'a str>,
    devices: Vec<&'a str>,
    class: &'a str,
    level: &'a str,
    at: String,
    late: bool,
    because: &'a str,
    because_ko: &'a str,
    ended_at: Option<String>,
}

#[derive(Serialize)]
struct ShownMove<'a> {
    from: &'a str,
    to: &'a str,
    cause: &'a str,
    at: String,
}

impl<'a> Shown<'a> {
    fn of(told: &'a Told, zone: &TimeZone) -> Self {
        let evidence = told.evidence.iter().map(|(evidence, ended)| ShownEvidence {
            rule: evidence.contribution.rule.as_str(),
            rule_version: &evidence.rule_version,
            source: &evidence.contribution.source,
            zone: evidence.zone.as_ref().map(Id::as_str),
            devices: evidence.devices.iter().map(Id::as_str).collect(),
            class: evidence.class.as_str(),
            level: evidence.level.as_str(),
            at: written(evidence.at, zone),
            late: evidence.late,
            because: &evidence.because.en,
            because_ko: &evidence.because.ko,
            ended_at: ended.map(|at| written(at, zone)),
        });
        let moves = told.moves.iter().map(|moved| ShownMove {
            from: &moved.from,
            to: &moved.to,
            cause: moved.cause.as_str(),
            at: written(moved.at, zone),
        });
        Self {
            incident: told.id.to_string(),
            site: told.id.site.as_str(),
            kind: told.id.kind.as_str(),
            place: told.id.place.as_str(),
            class: told.class.as_str(),
            level: told.level.as_str(),
            state: told.state.as_str(),
            stands: told.stands,
            opened_at: written(told.opened_at, zone),
            noticed_at: written(told.noticed_at, zone),
            evidence: evidence.collect(),
            transitions: moves.collect(),
        }
    }
}
