//! `jikimi backtest`: what the rules would have been worth on recordings whose truth is known.
//!
//! Two configurations are fed side by side, line by line, so that a long recording is read once.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, anyhow};
use jikimi_sim::truth::{self, Truth};
use serde::Serialize;

use super::out;
use super::replay::{REPORT, take_all, unless_broken};
use crate::config::{self, Loaded};
use crate::domain::time::SignedDuration;
use crate::replay::{Judged, Outcome, Replay, judge};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Recordings (.jsonl, .jsonl.gz, .jsonl.zst), in the order in which they were made.
    #[arg(required = true)]
    recordings: Vec<PathBuf>,
    /// What really happened, one JSON object a line.
    #[arg(long)]
    truth: PathBuf,
    /// The configuration folder, or its jikimi.toml.
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// A second configuration, to see the difference.
    #[arg(long, value_name = "CONFIG")]
    against: Option<PathBuf>,
    /// One JSON object a line: per configuration and kind, then per truth that differs.
    #[arg(long)]
    json: bool,
}

/// One configuration on trial.
struct Trial {
    name: String,
    loaded: Loaded,
    judged: Judged,
}

pub fn backtest(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let truths = truth::read(&arguments.truth)?;
    let folders = std::iter::once(&arguments.config).chain(&arguments.against);
    let mut trials = Vec::new();
    for folder in folders {
        match config::load(folder) {
            Ok(loaded) => trials.push((folder.display().to_string(), loaded)),
            Err(problems) => {
                out::aside(problems);
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    let trials = judged(arguments, trials, &truths)?;
    let differences = differences(&trials, &truths);
    out::answer(|out| match arguments.json {
        true => as_json(out, &trials, &differences),
        false => for_people(out, &trials, &differences),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn judged(
    arguments: &Arguments,
    trials: Vec<(String, Loaded)>,
    truths: &[(usize, Truth)],
) -> anyhow::Result<Vec<Trial>> {
    let mut replays: Vec<Replay> = trials
        .iter()
        .map(|(_, loaded)| {
            Replay::new(&loaded.configurations).hearing(Arc::clone(&loaded.directory))
        })
        .collect();
    take_all(&mut replays, &arguments.recordings)?;
    let plain: Vec<Truth> = truths.iter().map(|(_, truth)| truth.clone()).collect();
    let mut done = Vec::new();
    for ((name, loaded), replay) in trials.into_iter().zip(replays) {
        let span = replay.span();
        let (ledger, _) = unless_broken(|| replay.finish())
            .ok_or_else(|| anyhow!("the engine broke after the last line; {REPORT}"))?;
        let judged = judge(&loaded.configurations, &ledger.incidents(), &plain, span);
        let judged = judged.map_err(|(index, unknown)| {
            let line = truths.get(index).map_or(0, |(line, _)| *line);
            anyhow!("{}, line {line}: {unknown}", arguments.truth.display())
        });
        done.push(Trial { judged: judged.with_context(|| name.clone())?, name, loaded });
    }
    Ok(done)
}

/// A truth that two configurations found at different moments, or only one of them.
#[derive(Debug, Serialize)]
struct Difference<'t> {
    truth: &'t Truth,
    delay_s: Option<f64>,
    against_delay_s: Option<f64>,
}

fn differences<'t>(trials: &[Trial], truths: &'t [(usize, Truth)]) -> Vec<Difference<'t>> {
    let [one, other] = trials else { return Vec::new() };
    let seconds = |delay: &Option<SignedDuration>| delay.map(|delay| delay.as_secs_f64());
    let delays = one.judged.delays.iter().zip(&other.judged.delays);
    truths
        .iter()
        .zip(delays)
        .filter(|(_, (one, other))| one != other)
        .map(|((_, truth), (one, other))| Difference {
            truth,
            delay_s: seconds(one),
            against_delay_s: seconds(other),
        })
        .collect()
}

fn as_json(
    out: &mut impl Write,
    trials: &[Trial],
    differences: &[Difference<'_>],
) -> io::Result<()> {
    #[derive(Serialize)]
    struct Line<'a> {
        config: &'a str,
        #[serde(flatten)]
        outcome: &'a Outcome,
    }
    for trial in trials {
        for outcome in &trial.judged.outcomes {
            serde_json::to_writer(&mut *out, &Line { config: &trial.name, outcome })?;
            writeln!(out)?;
        }
    }
    for difference in differences {
        serde_json::to_writer(&mut *out, difference)?;
        writeln!(out)?;
    }
    Ok(())
}

fn for_people(
    out: &mut impl Write,
    trials: &[Trial],
    differences: &[Difference<'_>],
) -> io::Result<()> {
    for trial in trials {
        let rules = trial.loaded.configurations.first().map_or(0, |c| c.rules.len());
        writeln!(out, "{} ({rules} rules)", trial.name)?;
        writeln!(
            out,
            "  {:<16}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>11}{:>14}{:>14}",
            "kind",
            "truths",
            "true",
            "false",
            "missed",
            "precision",
            "recall",
            "delay p50",
            "delay p90",
            "false/home-mo",
            "calls/home-mo",
        )?;
        for outcome in &trial.judged.outcomes {
            row(out, outcome)?;
        }
    }
    if let [one, other] = trials {
        compared(out, one, other)?;
    }
    if !differences.is_empty() {
        writeln!(out, "found differently, first by {}:", trials[0].name)?;
    }
    for difference in differences {
        let Truth { kind, site, place, from, .. } = difference.truth;
        let (one, other) = (span(difference.delay_s), span(difference.against_delay_s));
        writeln!(out, "  {kind} at {site}/{place} from {from}: {one} against {other}")?;
    }
    Ok(())
}

fn row(out: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let delay = outcome.delay_s;
    writeln!(
        out,
        "  {:<16}{:>7}{:>7}{:>7}{:>7}{:>11}{:>8}{:>11}{:>11}{:>14}{:>14}",
        outcome.kind,
        outcome.truths,
        outcome.right,
        outcome.wrong,
        outcome.missed,
        number(outcome.precision),
        number(outcome.recall),
        delay.map_or_else(dash, |delay| span(Some(delay.p50))),
        delay.map_or_else(dash, |delay| span(Some(delay.p90))),
        number(outcome.false_per_home_month),
        number(outcome.calls_per_home_month),
    )?;
    let held =
        [("held to be in", outcome.delay_at_home_s), ("held to be out", outcome.delay_out_s)];
    for (name, delay) in held.into_iter().filter_map(|(name, delay)| Some((name, delay?))) {
        let [p50, p90, max] = [delay.p50, delay.p90, delay.max].map(|of| span(Some(of)));
        writeln!(out, "    {name}: delay p50 {p50}, p90 {p90}, at most {max}")?;
    }
    Ok(())
}

/// What changes with the second configuration, kind by kind.
fn compared(out: &mut impl Write, one: &Trial, other: &Trial) -> io::Result<()> {
    writeln!(out, "from {} to {}:", one.name, other.name)?;
    for outcome in &other.judged.outcomes {
        let before = one.judged.outcomes.iter().find(|before| before.kind == outcome.kind);
        let change = |of: fn(&Outcome) -> usize| {
            let before = before.map_or(0, of);
            let after = of(outcome);
            match after.checked_sub(before) {
                Some(more) => format!("+{more}"),
                None => format!("-{}", before - after),
            }
        };
        writeln!(
            out,
            "  {:<16}{} true, {} false, {} missed, {} calls",
            outcome.kind,
            change(|outcome| outcome.right),
            change(|outcome| outcome.wrong),
            change(|outcome| outcome.missed),
            change(|outcome| outcome.calls),
        )?;
    }
    Ok(())
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(dash, |value| format!("{value:.3}"))
}

fn dash() -> String {
    "-".to_owned()
}

fn span(seconds: Option<f64>) -> String {
    match seconds {
        None => "missed".to_owned(),
        Some(seconds) if seconds < 120.0 => format!("{seconds:.1} s"),
        Some(seconds) if seconds < 7200.0 => format!("{:.1} min", seconds / 60.0),
        Some(seconds) => format!("{:.1} h", seconds / 3600.0),
    }
}
