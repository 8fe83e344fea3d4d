//! A route (대피 경로): zones in walking order, with its length, its time and its reasons.

use std::collections::BTreeMap;

use serde::Serialize;

use super::forest::{Forest, Next};
use super::graph::{LEVEL_M_PER_S, STAIRS_DOWN_M_PER_S, STAIRS_UP_M_PER_S, level};
use super::hazard::Hazards;
use super::{Network, forest};
use crate::domain::{PassageKind, ZoneId};

/// Where a route ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Goal {
    /// Outside.
    Exit,
    /// No safe way leads out; a refuge can be reached, or is where they are.
    Refuge,
    /// Neither: they stay, and someone comes for them.
    Stay,
}

impl Goal {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::Refuge => "refuge",
            Self::Stay => "stay",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Route {
    pub from: ZoneId,
    pub goal: Goal,
    /// The exit, or the zone in which it ends.
    pub ends_at: String,
    /// In walking order, the first one included.
    pub zones: Vec<ZoneId>,
    pub length_m: f64,
    /// Walking alone, without a queue.
    pub time_s: f64,
    /// What is closed on the way that they would otherwise take.
    pub avoids: Vec<String>,
    /// What it goes through although nobody can see there.
    pub unknown: Vec<ZoneId>,
    pub because: String,
}

struct Walk {
    nodes: Vec<usize>,
    end: Next,
    length_m: f64,
    time_s: f64,
}

/// Follows a forest from a zone to its end.
fn walk(network: &Network, forest: &Forest, from: usize) -> Walk {
    let (site, graph) = (&*network.site, &network.graph);
    let mut walk = Walk { nodes: vec![from], end: forest.next[from], length_m: 0.0, time_s: 0.0 };
    let mut at = from;
    while let Next::Zone { node, passage } = forest.next[at] {
        assert!(
            walk.nodes.len() <= graph.len(),
            "the way from {:?} is a circle",
            graph.zones[from]
        );
        let passage = &site.passages[passage];
        let speed = match passage.kind {
            PassageKind::Stairs if climbs(network, at, node) => STAIRS_UP_M_PER_S,
            PassageKind::Stairs => STAIRS_DOWN_M_PER_S,
            _ => LEVEL_M_PER_S,
        };
        walk.length_m += passage.length_m;
        walk.time_s += passage.length_m / speed;
        walk.nodes.push(node);
        (at, walk.end) = (node, forest.next[node]);
    }
    if let Next::Out(exit) = walk.end {
        walk.length_m += site.exits[exit].length_m;
        walk.time_s += site.exits[exit].length_m / LEVEL_M_PER_S;
    }
    walk
}

fn climbs(network: &Network, from: usize, to: usize) -> bool {
    let level = |node: usize| level(&network.site, &network.graph.zones[node]);
    level(to) > level(from)
}

pub(super) fn of(network: &Network, forest: &Forest, hazards: &Hazards, from: usize) -> Route {
    let graph = &network.graph;
    let walk = walk(network, forest, from);
    let zones: Vec<ZoneId> = walk.nodes.iter().map(|node| graph.zones[*node].clone()).collect();
    let (goal, ends_at) = match walk.end {
        Next::Out(exit) => (Goal::Exit, network.site.exits[exit].id.to_string()),
        Next::Outside => (Goal::Exit, end(&zones)),
        Next::Refuge => (Goal::Refuge, end(&zones)),
        Next::Nowhere | Next::Zone { .. } => (Goal::Stay, end(&zones)),
    };
    let avoided = match goal {
        Goal::Exit => avoided(network, hazards, from),
        // Which of them cut the way off cannot be told apart.
        Goal::Refuge | Goal::Stay => all_closed(hazards),
    };
    let unknown: Vec<ZoneId> =
        zones.iter().skip(1).filter(|zone| hazards.unknown.contains_key(*zone)).cloned().collect();
    let mut route = Route {
        from: graph.zones[from].clone(),
        goal,
        ends_at,
        zones,
        length_m: tenths(walk.length_m),
        time_s: tenths(walk.time_s),
        avoids: avoided.keys().cloned().collect(),
        unknown,
        because: String::new(),
    };
    route.because = words(&route, hazards, &avoided);
    route
}

fn end(zones: &[ZoneId]) -> String {
    zones.last().map(ToString::to_string).unwrap_or_default()
}

fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

/// What is closed on the way that people would take if nothing were, with its reason.
fn avoided(network: &Network, hazards: &Hazards, from: usize) -> BTreeMap<String, String> {
    let (site, graph) = (&*network.site, &network.graph);
    let nominal = walk(network, &network.nominal, from);
    let mut avoided = BTreeMap::new();
    for pair in nominal.nodes.windows(2) {
        let zone = &graph.zones[pair[1]];
        if let Some(because) = hazards.closed.get(zone) {
            avoided.insert(zone.to_string(), because.clone());
        }
        if let Next::Zone { passage, .. } = network.nominal.next[pair[0]]
            && let Some(id) = &site.passages[passage].id
            && let Some(because) = hazards.shut.get(id.as_str())
        {
            avoided.insert(id.to_string(), because.clone());
        }
    }
    if let Next::Out(exit) = nominal.end {
        let id = &site.exits[exit].id;
        if let Some(because) = hazards.shut.get(id.as_str()) {
            avoided.insert(id.to_string(), because.clone());
        }
    }
    avoided
}

fn all_closed(hazards: &Hazards) -> BTreeMap<String, String> {
    let closed = hazards.closed.iter().map(|(zone, why)| (zone.to_string(), why.clone()));
    let shut = hazards.shut.iter().map(|(way, why)| (way.to_string(), why.clone()));
    closed.chain(shut).collect()
}

/// Closed places that a sentence names; the rest are counted.
const NAMED_MAX: usize = 6;

fn words(route: &Route, hazards: &Hazards, avoided: &BTreeMap<String, String>) -> String {
    let mut said = vec![match route.goal {
        Goal::Exit => {
            format!("out by {}: {} m, {} s", route.ends_at, route.length_m, route.time_s)
        }
        Goal::Refuge if route.zones.len() == 1 => "no safe way out: stay in the refuge".to_owned(),
        Goal::Refuge => format!(
            "no safe way out: to the refuge {}, {} m, {} s",
            route.ends_at, route.length_m, route.time_s
        ),
        Goal::Stay => "no safe way out and no refuge to reach: stay, close the door, make \
                       yourself known"
            .to_owned(),
    }];
    let inside = hazards.closed.get(&route.from).filter(|_| route.goal != Goal::Stay);
    said.extend(inside.map(|because| format!("leave at once ({because})")));
    let closed = avoided.iter().take(NAMED_MAX);
    said.extend(closed.map(|(what, because)| format!("{what} is closed ({because})")));
    if avoided.len() > NAMED_MAX {
        said.push(format!("{} more are closed", avoided.len() - NAMED_MAX));
    }
    for zone in &route.unknown {
        let because = hazards.unknown.get(zone).map_or("", String::as_str);
        let price = forest::UNKNOWN_MS / 1000;
        said.push(format!(
            "through {zone}, which nobody can see ({because}; it counts as {price} s more)"
        ));
    }
    said.join("; ")
}
