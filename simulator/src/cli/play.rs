//! `jikimi-sim play`: a script of a day or a recording to a broker, or into a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jikimi_sim::day::{self, Kind, Script, Wishes};
use jikimi_sim::fault::Faults;
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, PlayError, Speed, Summary};
use jikimi_sim::recording::{Lines, Reader};
use jikimi_sim::truth::{self, Truth};
use serde_json::json;

use super::{answer, bar, block_on};

/// Play a day or a recording to a broker, at the pace of the service's clock.
///
/// A script (.day) is lived first: the same script and seed are the same day, byte for byte. Every
/// message is sent until the broker has acknowledged it, across any number of lost connections; it
/// may arrive twice. Without --keep-times all times are moved so that the first message is now.
#[derive(Args)]
#[command(after_help = "Examples:
  jikimi-sim play simulator/days/demo.day --speed 60
  jikimi-sim play simulator/days/demo.day --without fire --out var/quiet.jsonl --keep-times
  jikimi-sim play var/sdc10/recording.jsonl --fault loss=0.01,delay=0.1:30s")]
pub struct Play {
    /// SCRIPT.day, or a recording: .jsonl, .jsonl.gz or .jsonl.zst
    #[arg(value_name = "SCRIPT.day|RECORDING")]
    source: PathBuf,
    /// Leave all times as they were recorded
    #[arg(long)]
    keep_times: bool,
    /// What does not happen that day: fire, cooking, device-silent, stillness, sos or fall
    #[arg(long, value_name = "KIND", value_parser = kind)]
    without: Vec<Kind>,
    /// What goes wrong on the way, such as loss=0.01,duplicate=0.05,delay=0.1:30s or
    /// dead-gateway=PREFIX@13:00-15:00 (times of the recording)
    #[arg(long, value_name = "FAULTS", value_parser = faults)]
    fault: Vec<Faults>,
    /// mqtt://[user:password@]host[:port]
    #[arg(long, default_value = "mqtt://127.0.0.1:1883")]
    broker: Broker,
    /// Times faster than it happened where no service publishes a clock; or `max`
    #[arg(long)]
    speed: Option<Speed>,
    /// Write the recording as it would be played now to this file, instead of playing it
    #[arg(long, conflicts_with_all = ["broker", "speed", "client_id", "in_flight"])]
    out: Option<PathBuf>,
    /// Write what really happened to this file; only of a script, and beside --out
    #[arg(long, requires = "out")]
    truth: Option<PathBuf>,
    /// Of everything that is random; without it that of the script, or 7
    #[arg(long)]
    seed: Option<u64>,
    #[arg(long)]
    client_id: Option<String>,
    /// Messages that may be on their way at once
    #[arg(long, default_value_t = 1_000)]
    in_flight: usize,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

type AnyLines = Box<dyn Lines + Send>;

/// What there is to play.
struct Program {
    lines: AnyLines,
    count: u64,
    truth: Option<Vec<Truth>>,
    seed: u64,
}

impl Play {
    pub fn run(self) -> anyhow::Result<()> {
        let program = self.program()?;
        match &self.out {
            Some(out) => self.write(program, out),
            None => self.play(program),
        }
    }

    fn program(&self) -> anyhow::Result<Program> {
        let is_script = self.source.extension().is_some_and(|ending| ending == "day");
        let program = if is_script { self.live()? } else { self.open()? };
        let faults = self.fault.iter().cloned().fold(Faults::default(), Faults::and);
        if faults == Faults::default() {
            return Ok(program);
        }
        let lines = Box::new(faults.on(program.seed, program.lines));
        Ok(Program { lines, ..program })
    }

    fn live(&self) -> anyhow::Result<Program> {
        let script = Script::open(&self.source)?;
        let played = script.play(&Wishes { seed: self.seed, without: self.without.clone() });
        eprintln!("{}: seed {}", self.source.display(), played.seed);
        let (count, seed) = (played.lines.len() as u64, played.seed);
        let lines = Box::new(played.lines.into_iter().map(Ok));
        Ok(Program { lines, count, truth: Some(played.truth), seed })
    }

    fn open(&self) -> anyhow::Result<Program> {
        if !self.without.is_empty() || self.truth.is_some() {
            let file = self.source.display();
            anyhow::bail!(
                "{file}: a recording does not say what happened; --without and --truth need a \
                 script (.day)"
            );
        }
        let count = count(&self.source)?;
        let lines = Box::new(Reader::open(&self.source)?);
        Ok(Program { lines, count, truth: None, seed: self.seed.unwrap_or(7) })
    }

    fn write(&self, program: Program, out: &Path) -> anyhow::Result<()> {
        if out.canonicalize().is_ok_and(|out| self.source.canonicalize().is_ok_and(|s| s == out)) {
            let file = out.display().to_string();
            return Err(PlayError::OntoItself { file }.into());
        }
        let written = play::write(program.lines, self.keep_times, out)?;
        if let (Some(path), Some(truths)) = (&self.truth, program.truth) {
            let moved: Vec<Truth> = truths.iter().map(|t| t.moved(written.moved)).collect();
            truth::write(path, &moved)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        let lines = written.lines;
        let sentence = format!("{}: {lines} lines written", out.display());
        answer(self.json, &json!({ "out": out, "lines": lines }), &sentence)
    }

    fn play(&self, program: Program) -> anyhow::Result<()> {
        let options = self.options(&program)?;
        let progress = options.progress.clone();
        let summary = block_on(play::play(options, program.lines))?;
        progress.finish_and_clear();
        let summary = summary.with_context(|| self.source.display().to_string())?;
        if summary.service_clock && matches!(self.speed, Some(Speed::Times(_))) {
            eprintln!("the service's clock set the pace; --speed was not needed");
        }
        answer(self.json, &summary, &sentence(&summary))
    }

    fn options(&self, program: &Program) -> anyhow::Result<Options> {
        let mut options = Options::new(self.broker.clone());
        options.client_id = self.client_id.clone().unwrap_or(options.client_id);
        options.keep_times = self.keep_times;
        options.speed = self.speed;
        options.in_flight_max = self.in_flight;
        options.seed = program.seed;
        options.progress = bar(Some(program.count))?;
        Ok(options)
    }
}

fn kind(name: &str) -> Result<Kind, String> {
    day::kind(name).map_err(|error| error.to_string())
}

fn faults(text: &str) -> Result<Faults, String> {
    text.parse().map_err(|error: jikimi_sim::fault::FaultError| error.to_string())
}

/// Reads it once before anything is sent: a wrong line near the end should not be found after an
/// hour of playing.
fn count(recording: &Path) -> anyhow::Result<u64> {
    let mut lines = 0;
    for line in Reader::open(recording)? {
        line?;
        lines += 1;
    }
    Ok(lines)
}

fn sentence(summary: &Summary) -> String {
    let Summary { published, acknowledged, resent, reconnects, elapsed_s, .. } = summary;
    let mut text = format!(
        "{published} messages published, {acknowledged} acknowledged in {elapsed_s:.1} s \
         ({resent} sent again over {reconnects} new connections)"
    );
    if summary.inputs_skipped + summary.clock_skipped > 0 {
        let (inputs, clock) = (summary.inputs_skipped, summary.clock_skipped);
        let _ = write!(text, "; skipped: {inputs} inputs of the service, {clock} of its clock");
    }
    text
}
