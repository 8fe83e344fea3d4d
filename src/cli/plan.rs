//! `jikimi plan`: signs by which everyone is out soonest, how long that takes, and how long any
//! plan would take at least.
//!
//! It reads a site's file or a graph and nothing else. Without a budget of time it tries as much
//! as the service does, which is the same on every machine.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use serde::Serialize;

use super::out;
use super::route::{closed, site_of};
use crate::domain::{SignId, Site, SiteId};
use crate::evacuate::import::{self, Named, Source};
use crate::evacuate::{
    Budget, Forest, Graph, Mask, Network, Next, Shown, Signage, load, plan as plan_signs, spill,
};

/// Rows that a person is shown before the rest is only counted.
const SHOWN_MAX: usize = 40;
/// A budget of time is spent in steps that begin this small.
const FIRST: Budget = Budget { rounds: 1, flips: 64 };
/// No search goes beyond so many rounds.
const ROUNDS_MAX: u32 = 4096;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A site, as its file calls it, or a graph as a file of lines parted by tabs (FILE.tsv).
    #[arg(value_name = "SITE|GRAPH")]
    place: String,
    /// A zone, passage or exit that cannot be used; as often as needed.
    #[arg(long, value_name = "ZONE_OR_PASSAGE")]
    close: Vec<String>,
    /// How long may be searched, in milliseconds. Without it as much is tried as the service
    /// tries, counted and not timed.
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..=600_000))]
    budget_ms: Option<u64>,
    /// The configuration: its folder, or the jikimi.toml in it.
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

/// What was asked.
#[derive(Serialize)]
struct Answer {
    /// The site's id, or the graph's file.
    site: String,
    people: f64,
    /// When the last of those who have a way is out.
    clearing_s: f64,
    /// The same where a full stair holds up its landing.
    standing_s: f64,
    mean_s: f64,
    /// No plan clears it sooner.
    bound_s: f64,
    /// When everyone is out if each goes the nearest way.
    nearest_s: f64,
    /// How long it took to find them.
    planning_ms: f64,
    /// Of that, until there were first safe signs.
    first_ms: f64,
    /// Plans that were tried.
    evaluations: u32,
    /// People without a way.
    stranded: f64,
    signs: Vec<Direction>,
}

/// Where people of a node go next.
#[derive(Serialize)]
struct Direction {
    at: String,
    /// The next zone, or the exit; none where the way ends or there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    toward: Option<String>,
    goal: &'static str,
    /// What signs that hang there show.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    shows: Vec<Shows>,
}

#[derive(Serialize)]
struct Shows {
    sign: SignId,
    show: crate::domain::Show,
}

pub fn plan(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let path = Path::new(&arguments.place);
    let is_graph = path.extension().is_some_and(|extension| extension == "tsv") || path.is_file();
    let answer = if is_graph { of_graph(path, arguments)? } else { of_site(arguments)? };
    out::answer(|out| match arguments.json {
        true => {
            serde_json::to_writer(&mut *out, &answer)?;
            writeln!(out)
        }
        false => say(out, &answer),
    })?;
    Ok(ExitCode::SUCCESS)
}

fn of_graph(path: &Path, arguments: &Arguments) -> anyhow::Result<Answer> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("{file} cannot be read; a graph is a text file in UTF-8"))?;
    let named = match import::graph_of(&Source { file: &file, text: &text }) {
        Ok(named) => named,
        Err(refused) => bail!("the graph is refused:\n{refused}"),
    };
    let Named { graph, nodes, ways } = named;
    let mut mask = Mask::open(&graph);
    for id in &arguments.close {
        let node = nodes.iter().position(|node| node == id);
        let way = ways.iter().position(|way| way == id);
        match (node, way) {
            (Some(node), _) => mask.close(node),
            (None, Some(way)) => mask.shut(way),
            (None, None) => bail!(
                "{file} has no node and no edge {id}; nodes are called as room-12 and edges as \
                 edge-3, by their number from 0"
            ),
        }
    }
    let found = Found::within(&graph, &mask, &[], arguments.budget_ms);
    let name = |node: usize| nodes[node].clone();
    let signs = directions(&graph, &found.signage.forest, graph.len(), name, |_| Vec::new());
    Ok(found.answer(file, &graph, signs))
}

fn of_site(arguments: &Arguments) -> anyhow::Result<Answer> {
    let id: SiteId = arguments.place.parse().with_context(|| {
        format!("{} is no file; a graph's file or a site's id is wanted", arguments.place)
    })?;
    let site = site_of(&arguments.config, &id)?;
    let hazards = closed(&site, &arguments.close)?;
    let network = Network::of(Arc::clone(&site));
    let (graph, mask) = (network.graph(), network.mask(&hazards));
    let found = Found::within(graph, &mask, &without_sign(&network), arguments.budget_ms);
    let name = |node: usize| match network.zone(node) {
        Some(zone) => zone.to_string(),
        None => exit_id(&site, node - site.zones.len()),
    };
    let planned = toward(&network, &found.signage.forest);
    let plan = network.plan_keeping(&hazards, &planned, &Shown::new());
    let shows = |node: usize| {
        let zone = network.zone(node);
        let hung = site.signs.values().filter(|sign| Some(&sign.zone) == zone);
        hung.map(|sign| Shows { sign: sign.id.clone(), show: plan.sign(sign).0 }).collect()
    };
    let zones = site.zones.len();
    let signs = directions(graph, &found.signage.forest, zones, name, shows);
    Ok(found.answer(site.id.to_string(), graph, signs))
}

fn exit_id(site: &Site, n: usize) -> String {
    site.exits.get(n).map_or_else(String::new, |exit| exit.id.to_string())
}

/// Zones in which nobody can be told another way than the nearest; none if the site has no signs
/// at all, since then it is asked where they would have to hang.
fn without_sign(network: &Network) -> Vec<bool> {
    let site = network.site();
    if site.signs.is_empty() {
        return Vec::new();
    }
    let mut without = vec![true; network.graph().len()];
    for node in site.signs.values().filter_map(|sign| network.node(&sign.zone)) {
        without[node] = false;
    }
    without
}

/// Where each zone leads, as far as it leads into a zone.
fn toward(network: &Network, forest: &Forest) -> Shown {
    let zones = network.site().zones.keys().enumerate();
    let onward = zones.filter_map(|(node, zone)| {
        let to = forest.onward(network.graph(), node)?;
        Some((zone.clone(), network.zone(to)?.clone()))
    });
    onward.collect()
}

/// The next step of the first nodes of a graph.
fn directions(
    graph: &Graph,
    forest: &Forest,
    nodes: usize,
    name: impl Fn(usize) -> String,
    shows: impl Fn(usize) -> Vec<Shows>,
) -> Vec<Direction> {
    let decides = (0..nodes).filter(|node| !graph.is_exit(*node));
    let direction = |node: usize| Direction {
        at: name(node),
        toward: forest.onward(graph, node).map(&name),
        goal: match (forest.next[node], forest.to_refuge[node]) {
            (Next::Nowhere, _) => "stay",
            (_, true) | (Next::Refuge, _) => "refuge",
            _ => "exit",
        },
        shows: shows(node),
    };
    decides.map(direction).collect()
}

/// The signs that were found, and what finding them took.
struct Found {
    signage: Signage,
    nearest: Forest,
    first: Duration,
    took: Duration,
    evaluations: u32,
}

impl Found {
    fn within(graph: &Graph, mask: &Mask, bound: &[bool], budget_ms: Option<u64>) -> Self {
        let began = now();
        let nearest = Forest::grow(graph, mask);
        let first = began.elapsed();
        let search = |budget| plan_signs(graph, mask, &nearest, bound, budget);
        let Some(budget_ms) = budget_ms else {
            let signage = search(Budget::of(graph.len()));
            let (took, evaluations) = (began.elapsed(), signage.evaluations);
            return Self { signage, nearest, first, took, evaluations };
        };
        let until = Duration::from_millis(budget_ms);
        let mut budget = FIRST;
        let mut signage = search(budget);
        let mut evaluations = signage.evaluations;
        // Each step tries twice as much as the one before, as long as there is time for that and
        // more is left to be tried.
        loop {
            let last = began.elapsed();
            budget = Budget { rounds: budget.rounds * 2, flips: budget.flips.saturating_mul(4) };
            if last * 3 > until || budget.rounds > ROUNDS_MAX {
                break;
            }
            let next = search(budget);
            evaluations += next.evaluations;
            let score = |of: &Signage| (of.clearing_ms, of.mean_ms);
            if score(&next) < score(&signage) {
                signage = next;
            }
        }
        Self { signage, nearest, first, took: began.elapsed(), evaluations }
    }

    fn answer(&self, site: String, graph: &Graph, signs: Vec<Direction>) -> Answer {
        let loaded = load(graph, &self.signage.forest);
        Answer {
            site,
            people: graph.people(),
            clearing_s: seconds(self.signage.clearing_ms),
            standing_s: seconds(spill::load_standing(graph, &self.signage.forest).clearing_ms),
            mean_s: self.signage.mean_ms / 1000.0,
            bound_s: seconds(self.signage.bound_ms),
            nearest_s: seconds(load(graph, &self.nearest).clearing_ms),
            planning_ms: self.took.as_secs_f64() * 1000.0,
            first_ms: self.first.as_secs_f64() * 1000.0,
            evaluations: self.evaluations,
            stranded: loaded.stranded,
            signs,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "how long it took is for the person watching")]
fn now() -> Instant {
    Instant::now()
}

#[expect(clippy::cast_precision_loss, reason = "an evacuation is shorter than 2^52 ms")]
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1000.0
}

fn say(out: &mut impl Write, answer: &Answer) -> io::Result<()> {
    let Answer { site, people, clearing_s, bound_s, nearest_s, .. } = answer;
    writeln!(out, "{site}: {people:.0} people are out after {clearing_s:.1} s (대피 완료)")?;
    writeln!(out, "  after {:.1} s where full stairs hold up their landings", answer.standing_s)?;
    writeln!(
        out,
        "  no plan can beat {bound_s:.1} s; the nearest way for each takes {nearest_s:.1} s"
    )?;
    writeln!(
        out,
        "  planned in {:.1} ms, the first safe signs in {:.2} ms; {} plans tried",
        answer.planning_ms, answer.first_ms, answer.evaluations
    )?;
    if answer.stranded > 0.0 {
        writeln!(out, "  {:.0} people have no way out and stay", answer.stranded)?;
    }
    let width = answer.signs.iter().map(|sign| sign.at.len()).max().unwrap_or_default();
    for sign in answer.signs.iter().take(SHOWN_MAX) {
        let toward = sign.toward.as_deref().unwrap_or(sign.goal);
        let shows: Vec<String> = sign.shows.iter().map(shown).collect();
        let shows =
            if shows.is_empty() { String::new() } else { format!("  ({})", shows.join(", ")) };
        let refuge = if sign.goal == "refuge" { " (refuge)" } else { "" };
        writeln!(out, "  {:width$}  → {toward}{refuge}{shows}", sign.at)?;
    }
    match answer.signs.len().saturating_sub(SHOWN_MAX) {
        0 => Ok(()),
        more => writeln!(out, "  and {more} more; --json says them all"),
    }
}

fn shown(shows: &Shows) -> String {
    let word = serde_json::to_value(shows.show);
    let word = word.as_ref().ok().and_then(|word| word.as_str()).unwrap_or_default();
    format!("{} shows {word}", shows.sign)
}
