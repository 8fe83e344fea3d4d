//! `jikimi-sim play`: a recording to a broker, or with other times into a file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, PlayError, Speed, Summary};
use jikimi_sim::recording::Reader;
use serde_json::json;

use super::{answer, bar, block_on};

/// Play a recording to a broker, at the pace of the service's clock.
///
/// Every message is sent until the broker has acknowledged it, across any number of lost
/// connections; it may arrive twice. Without --keep-times all times are moved so that the first
/// message is now.
#[derive(Args)]
#[command(after_help = "Example:\n  jikimi-sim play var/sdc10/recording.jsonl --speed 60")]
pub struct Play {
    /// .jsonl, .jsonl.gz or .jsonl.zst
    recording: PathBuf,
    /// Leave all times as they were recorded
    #[arg(long)]
    keep_times: bool,
    /// mqtt://[user:password@]host[:port]
    #[arg(long, default_value = "mqtt://127.0.0.1:1883")]
    broker: Broker,
    /// Times faster than it happened where no service publishes a clock; or `max`
    #[arg(long)]
    speed: Option<Speed>,
    /// Write the recording as it would be played now to this file, instead of playing it
    #[arg(long, conflicts_with_all = ["broker", "speed", "client_id", "in_flight"])]
    out: Option<PathBuf>,
    /// Of everything that is random: here, the pauses before a new connection
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[arg(long)]
    client_id: Option<String>,
    /// Messages that may be on their way at once
    #[arg(long, default_value_t = 1_000)]
    in_flight: usize,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

impl Play {
    pub fn run(self) -> anyhow::Result<()> {
        let lines = count(&self.recording)?;
        match &self.out {
            Some(out) => self.write(out),
            None => self.play(lines),
        }
    }

    fn write(&self, out: &Path) -> anyhow::Result<()> {
        if out.canonicalize().is_ok_and(|out| self.recording.canonicalize().is_ok_and(|r| r == out))
        {
            let file = out.display().to_string();
            return Err(PlayError::OntoItself { file }.into());
        }
        let lines = play::write(Reader::open(&self.recording)?, self.keep_times, out)?;
        let sentence = format!("{}: {lines} lines written", out.display());
        answer(self.json, &json!({ "out": out, "lines": lines }), &sentence)
    }

    fn play(&self, lines: u64) -> anyhow::Result<()> {
        let reader = Reader::open(&self.recording)?;
        let options = self.options(lines)?;
        let progress = options.progress.clone();
        let summary = block_on(play::play(options, reader))?;
        progress.finish_and_clear();
        let summary = summary.with_context(|| self.recording.display().to_string())?;
        if summary.service_clock && matches!(self.speed, Some(Speed::Times(_))) {
            eprintln!("the service's clock set the pace; --speed was not needed");
        }
        answer(self.json, &summary, &sentence(&summary))
    }

    fn options(&self, lines: u64) -> anyhow::Result<Options> {
        let mut options = Options::new(self.broker.clone());
        options.client_id = self.client_id.clone().unwrap_or(options.client_id);
        options.keep_times = self.keep_times;
        options.speed = self.speed;
        options.in_flight_max = self.in_flight;
        options.seed = self.seed;
        options.progress = bar(Some(lines))?;
        Ok(options)
    }
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
