//! What can be asked of the simulator, one file per command.

mod convert;
mod generate;
mod homes;
mod load;
mod play;

use std::io::Write as _;
use std::time::Duration;

use anyhow::Context as _;
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::SignedDuration;
use serde::Serialize;

/// Recordings, made-up days and load for jikimi.
#[derive(Parser)]
#[command(name = "jikimi-sim", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Play(play::Play),
    Load(load::Load),
    Generate(generate::Generate),
    Homes(homes::Homes),
    #[command(subcommand)]
    Convert(convert::Convert),
}

pub fn run() -> anyhow::Result<()> {
    match Arguments::parse().command {
        Command::Play(play) => play.run(),
        Command::Load(load) => load.run(),
        Command::Generate(generate) => generate.run(),
        Command::Homes(homes) => homes.run(),
        Command::Convert(convert) => convert.run(),
    }
}

/// The answer: one line of JSON, or the sentence for a person.
fn answer(json: bool, answer: &impl Serialize, sentence: &str) -> anyhow::Result<()> {
    let text = if json { serde_json::to_string(answer)? } else { sentence.to_owned() };
    writeln!(std::io::stdout(), "{text}").context("standard output cannot be written")
}

/// Everything is done on one thread: it shares a machine with what it is there for.
fn block_on<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("no runtime for the connections")?;
    Ok(runtime.block_on(future))
}

/// A bar on a terminal, nothing where nobody looks.
fn bar(total: Option<u64>) -> anyhow::Result<ProgressBar> {
    let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
    let template = match total {
        Some(_) => "{wide_bar} {human_pos}/{human_len}  {per_sec}  {eta} left  {msg}",
        None => "{spinner} {human_pos}  {per_sec}  {elapsed}  {msg}",
    };
    bar.set_style(ProgressStyle::with_template(template)?);
    Ok(bar)
}

fn span(text: &str) -> Result<Duration, String> {
    let expected = || "expected a span of time, as 60s or 5m".to_owned();
    let span: SignedDuration = text.parse().map_err(|_| expected())?;
    Duration::try_from(span).map_err(|_| expected())
}
