//! `jikimi-sim convert`: public recordings into our form, one subcommand per source.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jikimi_sim::convert::{
    Converted, ampds, casas, edge_fire, fire_rooms, kasteren, mit, nist, openeew, ordonez, usgs,
};
use jikimi_sim::files;
use serde_json::json;

use super::answer;

/// So many left-out values are named one by one.
const NAMED_MAX: usize = 10;

/// Convert a public recording: messages, truth, and a configuration that fits.
#[derive(Subcommand)]
pub enum Convert {
    Nist(Nist),
    Openeew(Openeew),
    Usgs(Usgs),
    EdgeFire(EdgeFire),
    FireRooms(FireRooms),
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
    #[command(flatten)]
    out: Out,
}

/// Where the result goes, and how it is answered.
#[derive(Args)]
struct Out {
    /// The folder for recording.jsonl, truth.jsonl and config/
    #[arg(long)]
    out: PathBuf,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

/// A NIST home smoke alarm test: temperatures of six stations while the home burns.
#[derive(Args)]
#[command(
    after_help = "Example:\n  jikimi-sim convert nist NIST_Smoke_Alarms_SDC10.csv --out var/sdc10"
)]
pub struct Nist {
    file: PathBuf,
    #[command(flatten)]
    out: Out,
}

/// An earthquake of `OpenEEW`: the accelerometers of one day, as their messages arrived.
#[derive(Args)]
#[command(after_help = "Example:\n  jikimi-sim convert openeew data/2018_9_25 --out var/quake")]
pub struct Openeew {
    /// The day, with a folder for each station
    folder: PathBuf,
    #[command(flatten)]
    out: Out,
}

/// A USGS river gauge, as the water over a road beside it.
#[derive(Args)]
#[command(
    after_help = "Example:\n  jikimi-sim convert usgs usgs_01589330_20180601_20180702.csv.gz \
                  --out var/gauge"
)]
pub struct Usgs {
    file: PathBuf,
    /// The stage at which the road closes, in feet
    #[arg(long, default_value_t = 4.0)]
    close_ft: f64,
    #[command(flatten)]
    out: Out,
}

/// Windows of raw counts beside fire, cooking and nothing; to be looked at only.
#[derive(Args)]
#[command(after_help = "Example:\n  jikimi-sim convert edge-fire edge-fire-3class --out var/edge")]
pub struct EdgeFire {
    folder: PathBuf,
    /// What one count of smoke is taken for, in %/m; there is no calibration
    #[arg(long, default_value_t = 0.05)]
    percent_per_count: f64,
    #[command(flatten)]
    out: Out,
}

/// A measured fire of several rooms, from the layer files of one test.
#[derive(Args)]
#[command(after_help = "Example:\n  jikimi-sim convert fire-rooms NBS_MV100A_Tree*_layer.csv \
                  --out var/nbs")]
pub struct FireRooms {
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    out: Out,
}

impl Convert {
    pub fn run(self) -> anyhow::Result<()> {
        let (converted, out) = match self {
            Self::Nist(of) => (nist::convert(&of.file)?, of.out),
            Self::Openeew(of) => (openeew::convert(&of.folder)?, of.out),
            Self::Usgs(of) => (usgs::convert(&of.file, of.close_ft)?, of.out),
            Self::EdgeFire(of) => (edge_fire::convert(&of.folder, of.percent_per_count)?, of.out),
            Self::FireRooms(of) => (fire_rooms::convert(&of.files)?, of.out),
            Self::Casas(of) => (casas::convert(&of.file)?, of.out),
            Self::Kasteren(of) => (kasteren::convert(&of.file)?, of.out),
            Self::Mit(of) => (mit::convert(&of.file)?, of.out),
            Self::Ordonez(of) => (ordonez::convert(&of.file)?, of.out),
            Self::Ampds(of) => (ampds::convert(&of.file)?, of.out),
        };
        finish(&out.out, out.json, &converted)
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
