//! `jikimi-sim load`: messages at a rate, measured.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Args;
use jikimi_sim::files;
use jikimi_sim::link::Broker;
use jikimi_sim::load::{self, Options, Rate, Report};
use serde_json::json;

use super::{answer, bar, block_on, span};

/// Send load to a broker and measure how long its acknowledgements take.
///
/// Latency counts from when a message was due. With --rate max, each acknowledgement is answered
/// with the next message, and latency is mostly waiting in line.
#[derive(Args)]
#[command(after_help = "Example:\n  jikimi-sim load --write-config var/load/config\n  \
                        jikimi-sim load --rate 20000 --connections 100 --for 60s")]
pub struct Load {
    /// mqtt://[user:password@]host[:port]
    #[arg(long, default_value = "mqtt://127.0.0.1:1883")]
    broker: Broker,
    /// Messages a second over all connections, or `max`
    #[arg(long, default_value = "1000")]
    rate: Rate,
    #[arg(long, default_value_t = 100)]
    connections: usize,
    /// Messages that may be on their way at once, per connection
    #[arg(long, default_value_t = 20)]
    in_flight: usize,
    #[arg(long, default_value_t = 2_000)]
    devices: usize,
    #[arg(long, default_value_t = 20)]
    sites: usize,
    #[arg(long = "for", default_value = "60s", value_parser = span)]
    duration: Duration,
    /// End sooner, after so many messages
    #[arg(long)]
    messages: Option<u64>,
    /// The share of readings that are 70 °C, so that fire rules trip
    #[arg(long, default_value_t = 0.0)]
    trip: f64,
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Write the configuration that knows these devices into this folder, and send nothing
    #[arg(long)]
    write_config: Option<PathBuf>,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

impl Load {
    pub fn run(self) -> anyhow::Result<()> {
        if let Some(folder) = &self.write_config {
            let configuration = load::configuration(self.sites.max(1), self.devices);
            files::write(folder, &configuration)?;
            let (files, place) = (configuration.len(), folder.display());
            let sentence = format!("{place}: {files} files written");
            return answer(self.json, &json!({ "out": folder, "files": files }), &sentence);
        }
        let options = self.options()?;
        let progress = options.progress.clone();
        let report = block_on(load::run(options))?;
        progress.finish_and_clear();
        let report = report.context("no load was sent")?;
        answer(self.json, &report, &sentence(&report))?;
        ensure!(report.is_clean(), "not everything that was sent has been taken");
        Ok(())
    }

    fn options(&self) -> anyhow::Result<Options> {
        Ok(Options {
            rate: self.rate,
            connections: self.connections,
            in_flight_max: self.in_flight,
            devices: self.devices,
            sites: self.sites,
            duration: self.duration,
            messages_max: self.messages,
            trip: self.trip,
            seed: self.seed,
            progress: bar(self.messages)?,
            ..Options::new(self.broker.clone())
        })
    }
}

fn sentence(report: &Report) -> String {
    let Report {
        sent, acknowledged, elapsed_s, acknowledged_per_s, p50_ms, p99_ms, max_ms, ..
    } = report;
    let mut text = format!(
        "{sent} sent, {acknowledged} acknowledged in {elapsed_s:.1} s: \
         {acknowledged_per_s:.0}/s, p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, max {max_ms:.2} ms"
    );
    for (count, what) in [
        (report.refused, "refused"),
        (report.unacknowledged, "not acknowledged"),
        (report.not_sent, "due but never sent"),
        (report.connections_lost, "connections lost"),
    ] {
        if count > 0 {
            let _ = write!(text, "; {count} {what}");
        }
    }
    text
}
