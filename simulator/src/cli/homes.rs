//! `jikimi-sim homes`: a fleet of homes, into a recording or to a broker.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use jikimi_sim::files;
use jikimi_sim::homes::{Fleet, Kit, Shares};
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, Speed};
use jikimi_sim::recording::Writer;
use jikimi_sim::truth;
use serde_json::json;

use super::{answer, bar, block_on};

/// Live in many homes at once: one person in each, with habits of their own.
///
/// The same seed is the same fleet, byte for byte. A home has a motion sensor; --kit adds to it.
#[derive(Args)]
#[command(after_help = "Examples:
  jikimi-sim homes --count 300 --days 120 --seed 1 --with deaths=0.1 \\
      --out var/fleet.jsonl.zst --truth var/truth.jsonl --config var/fleet-config
  jikimi-sim homes --count 40 --days 1 --kit door,bed,water --broker mqtt://127.0.0.1 --speed 60")]
pub struct Homes {
    #[arg(long, default_value_t = 300)]
    count: usize,
    #[arg(long, default_value_t = 120)]
    days: usize,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long, default_value = "fleet")]
    site: String,
    /// What hangs in a home beside a motion sensor: door, bed, water, power, radar, button, rooms
    /// (three motion sensors); `none` is nothing
    #[arg(long, default_value = "door", value_delimiter = ',', value_parser = part)]
    kit: Vec<Part>,
    /// What happens in which share of the homes: deaths=0.1,phantoms=0.1,carers=0.3,faults=0.02,
    /// decline=0.05
    #[arg(long, value_parser = shares, default_value = "")]
    with: Shares,
    /// The recording to write: .jsonl, .jsonl.gz or .jsonl.zst
    #[arg(long, conflicts_with_all = ["broker", "speed"])]
    out: Option<PathBuf>,
    /// Write who died, and which device fell silent, to this file
    #[arg(long, requires = "out")]
    truth: Option<PathBuf>,
    /// Write the configuration that knows these homes into this folder
    #[arg(long)]
    config: Option<PathBuf>,
    /// mqtt://[user:password@]host[:port]
    #[arg(long, default_value = "mqtt://127.0.0.1:1883")]
    broker: Broker,
    /// Times faster than it happened where no service publishes a clock; or `max`
    #[arg(long)]
    speed: Option<Speed>,
    /// Answer with one line of JSON
    #[arg(long)]
    json: bool,
}

impl Homes {
    pub fn run(self) -> anyhow::Result<()> {
        let fleet = self.fleet();
        if let Some(folder) = &self.config {
            files::write(folder, &fleet.configuration())?;
        }
        match &self.out {
            Some(out) => self.write(&fleet, out),
            None => self.play(&fleet),
        }
    }

    fn fleet(&self) -> Fleet {
        let mut kit = Kit { exit_door: false, ..Kit::BASIC };
        for part in &self.kit {
            match part {
                Part::Door => kit.exit_door = true,
                Part::Bed => kit.bed = true,
                Part::Water => kit.water = true,
                Part::Power => kit.power = true,
                Part::Radar => kit.radar = true,
                Part::Button => kit.button = true,
                Part::Rooms => kit.rooms = 3,
                Part::None => {}
            }
        }
        let (site, count, days, seed) = (self.site.clone(), self.count, self.days, self.seed);
        Fleet { site, count, days, seed, kit, shares: self.with }
    }

    fn write(&self, fleet: &Fleet, out: &PathBuf) -> anyhow::Result<()> {
        let (lines, truths) = fleet.lines();
        let mut writer = Writer::create(out)?;
        for line in lines {
            writer.write(&line)?;
        }
        let lines = writer.finish()?;
        if let Some(path) = &self.truth {
            truth::write(path, &truths)
                .with_context(|| format!("{}: cannot be written", path.display()))?;
        }
        let Fleet { count, days, seed, .. } = fleet;
        let sentence = format!(
            "{}: {lines} messages of {count} homes in {days} days from seed {seed}; {} truths",
            out.display(),
            truths.len()
        );
        let counts = json!({
            "out": out, "seed": seed, "homes": count, "days": days, "lines": lines,
            "truths": truths.len(),
        });
        answer(self.json, &counts, &sentence)
    }

    fn play(&self, fleet: &Fleet) -> anyhow::Result<()> {
        let mut options = Options::new(self.broker.clone());
        options.speed = self.speed;
        options.seed = self.seed;
        options.progress = bar(None)?;
        let progress = options.progress.clone();
        let (lines, _) = fleet.lines();
        let summary = block_on(play::play(options, lines.map(Ok)))?;
        progress.finish_and_clear();
        let summary = summary.context("the fleet")?;
        let sentence =
            format!("{} messages published in {:.1} s", summary.published, summary.elapsed_s);
        answer(self.json, &summary, &sentence)
    }
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Door,
    Bed,
    Water,
    Power,
    Radar,
    Button,
    Rooms,
    None,
}

fn part(name: &str) -> Result<Part, String> {
    Ok(match name {
        "door" => Part::Door,
        "bed" => Part::Bed,
        "water" => Part::Water,
        "power" => Part::Power,
        "radar" => Part::Radar,
        "button" => Part::Button,
        "rooms" => Part::Rooms,
        "none" => Part::None,
        _ => {
            return Err("expected some of door, bed, water, power, radar, button, rooms; or none"
                .to_owned());
        }
    })
}

fn shares(text: &str) -> Result<Shares, String> {
    let mut shares = Shares::default();
    for pair in text.split(',').filter(|pair| !pair.is_empty()) {
        let wrong = || format!("`{pair}` is no share; expected such as deaths=0.1, from 0 to 1");
        let (name, share) = pair.split_once('=').ok_or_else(wrong)?;
        let share: f64 = share.parse().map_err(|_| wrong())?;
        if !(0.0..=1.0).contains(&share) {
            return Err(wrong());
        }
        *match name {
            "deaths" => &mut shares.deaths,
            "phantoms" => &mut shares.phantoms,
            "carers" => &mut shares.carers,
            "faults" => &mut shares.faults,
            "decline" => &mut shares.decline,
            _ => {
                return Err(format!(
                    "`{name}` is none of deaths, phantoms, carers, faults and decline"
                ));
            }
        } = share;
    }
    Ok(shares)
}
