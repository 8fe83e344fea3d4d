//! `jikimi-sim convert`: public recordings into our form, one subcommand per source.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jikimi_sim::convert::{ConvertError, Converted, ampds, casas, kasteren, mit, nist, ordonez};
use jikimi_sim::files;
use serde_json::json;

use super::answer;

/// So many left-out values are named one by one.
const NAMED_MAX: usize = 10;

/// Convert a public recording: messages, truth, and a configuration that fits.
#[derive(Subcommand)]
pub enum Convert {
    Nist(Nist),
    /// A home of CASAS: motion by area, the front door, lights
    Casas(Home),
    /// A home of van Kasteren: `NAME.sensors`, with its names and activities beside it
    Kasteren(Home),
    /// A home of the MIT study: `NAME.sensors`, with its names and activities beside it
    Mit(Home),
    /// A home of Ordóñez: `NAME_Sensors.txt`, with `NAME_ADLs.txt` beside it
    Ordonez(Home),
    /// The water meter of `AMPds2`
    Ampds(Home),
}

/// The recording of a home that people really lived in.
#[derive(Args)]
#[command(after_help = "Example:\n  jikimi-sim convert casas data.txt.gz --out var/casas")]
pub struct Home {
    file: PathBuf,
    /// The folder for recording.jsonl, truth.jsonl and config/
    #[arg(long)]
    out: PathBuf,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

impl Home {
    fn run(&self, convert: fn(&Path) -> Result<Converted, ConvertError>) -> anyhow::Result<()> {
        finish(&self.out, self.json, &convert(&self.file)?)
    }
}

/// A NIST home smoke alarm test: temperatures of six stations while the home burns.
#[derive(Args)]
#[command(
    after_help = "Example:\n  jikimi-sim convert nist NIST_Smoke_Alarms_SDC10.csv --out var/sdc10"
)]
pub struct Nist {
    file: PathBuf,
    /// The folder for recording.jsonl, truth.jsonl and config/
    #[arg(long)]
    out: PathBuf,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

impl Convert {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Nist(nist) => {
                let converted = nist::convert(&nist.file)?;
                finish(&nist.out, nist.json, &converted)
            }
            Self::Casas(home) => home.run(casas::convert),
            Self::Kasteren(home) => home.run(kasteren::convert),
            Self::Mit(home) => home.run(mit::convert),
            Self::Ordonez(home) => home.run(ordonez::convert),
            Self::Ampds(home) => home.run(ampds::convert),
        }
    }
}

fn finish(out: &PathBuf, json: bool, converted: &Converted) -> anyhow::Result<()> {
    let Converted { site, lines, truths, files, skipped } = converted;
    for skipped in skipped.iter().take(NAMED_MAX) {
        eprintln!("left out: {skipped}");
    }
    if skipped.len() > NAMED_MAX {
        eprintln!("left out: {} more", skipped.len() - NAMED_MAX);
    }
    files::write_day(out, lines, truths, files)?;
    let (lines, truths, files, skipped) = (lines.len(), truths.len(), files.len(), skipped.len());
    let sentence = format!(
        "{}: {lines} messages of site {site}, {truths} truths and {files} files of configuration \
         written; {skipped} values left out",
        out.display()
    );
    let counts = json!({
        "out": out, "site": site, "messages": lines, "truths": truths, "files": files,
        "skipped": skipped,
    });
    answer(json, &counts, &sentence)
}
