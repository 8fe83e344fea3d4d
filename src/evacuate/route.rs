//! A route (대피 경로): zones in walking order, with its length, its time and its reasons.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use super::flow::{Climb, walking_m_per_s};
use super::forest::{Forest, Next, UNKNOWN_MS};
use super::graph::level;
use super::hazard::Hazards;
use super::network::{Network, Plan};
use super::policy::Movement;
use crate::domain::ZoneId;

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
    /// Zones; an exit at the end is not among them.
    nodes: Vec<usize>,
    ways: Vec<u32>,
    end: Next,
    length_m: f64,
    time_s: f64,
}

/// Follows a forest from a zone to its end.
fn walk(network: &Network, forest: &Forest, from: usize) -> Walk {
    let graph = &network.graph;
    let end = forest.next[from];
    let mut walk = Walk { nodes: vec![from], ways: Vec::new(), end, length_m: 0.0, time_s: 0.0 };
    let mut at = from;
    while let Next::Link(link) = forest.next[at] {
        let link = &graph.links()[link as usize];
        assert!(walk.nodes.len() <= graph.len(), "the way from node {from} is a circle");
        let (to, way) = (link.to as usize, &graph.ways()[link.way as usize]);
        walk.length_m += way.length_m;
        walk.time_s += way.length_m / walking_m_per_s(way.kind, climb(network, at, to));
        walk.ways.push(link.way);
        walk.end = forest.next[to];
        if network.zone(to).is_some() {
            walk.nodes.push(to);
        }
        at = to;
    }
    walk
}

fn climb(network: &Network, from: usize, to: usize) -> Climb {
    let of = |node| network.zone(node).map_or(0, |zone| level(&network.site, zone));
    match of(from).cmp(&of(to)) {
        Ordering::Less => Climb::Up,
        Ordering::Equal => Climb::Level,
        Ordering::Greater => Climb::Down,
    }
}

pub(super) fn of(plan: &Plan<'_>, from: usize) -> Route {
    let (network, hazards) = (plan.network(), plan.hazards());
    let walk = walk(network, plan.forest(), from);
    let zones: Vec<ZoneId> = walk.nodes.iter().map(|node| network.zones[*node].clone()).collect();
    let last_way = walk.ways.last().and_then(|way| network.exit(*way));
    let (goal, ends_at) = match (walk.end, last_way) {
        (Next::Out, Some(exit)) => (Goal::Exit, exit.id.to_string()),
        (Next::Out, None) => (Goal::Exit, end(&zones)),
        (Next::Refuge, _) => (Goal::Refuge, end(&zones)),
        (Next::Nowhere | Next::Link(_), _) => (Goal::Stay, end(&zones)),
    };
    let avoided = match goal {
        Goal::Exit => avoided(network, hazards, from),
        Goal::Stay if plan.policy().movement == Movement::Hold => BTreeMap::new(),
        // Which of them cut the way off cannot be told apart.
        Goal::Refuge | Goal::Stay => all_closed(hazards),
    };
    let unknown: Vec<ZoneId> =
        zones.iter().skip(1).filter(|zone| hazards.unknown.contains_key(*zone)).cloned().collect();
    let mut route = Route {
        from: network.zones[from].clone(),
        goal,
        ends_at,
        zones,
        length_m: tenths(walk.length_m),
        time_s: tenths(walk.time_s),
        avoids: avoided.keys().cloned().collect(),
        unknown,
        because: String::new(),
    };
    route.because = words(&route, plan, &avoided);
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
    let site = &*network.site;
    let nominal = walk(network, &network.nominal, from);
    let mut avoided = BTreeMap::new();
    for zone in nominal.nodes.iter().skip(1).map(|node| &network.zones[*node]) {
        if let Some(because) = hazards.closed.get(zone) {
            avoided.insert(zone.to_string(), because.clone());
        }
    }
    for way in nominal.ways {
        let passage = site.passages.get(way as usize).and_then(|passage| passage.id.as_ref());
        let id = match network.exit(way) {
            Some(exit) => Some(exit.id.as_str()),
            None => passage.map(crate::domain::PassageId::as_str),
        };
        if let Some((id, because)) = id.and_then(|id| Some((id, hazards.shut.get(id)?))) {
            avoided.insert(id.to_owned(), because.clone());
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

/// Where people go, or why they do not.
fn goes(route: &Route, plan: &Plan<'_>) -> String {
    let Route { goal, ends_at, length_m, time_s, .. } = route;
    let walks = route.zones.len() > 1;
    let contradictions = &plan.hazards().asks.contradictions;
    let movement = plan.policy().movement;
    match goal {
        Goal::Exit => format!("out by {ends_at}: {length_m} m, {time_s} s"),
        Goal::Refuge if !plan.policy().leads_out() => match walks {
            true => format!("not out, but to {ends_at}: {length_m} m, {time_s} s"),
            false => "stay here, where people are safe from it".to_owned(),
        },
        Goal::Refuge if walks => {
            format!("no safe way out: to the refuge {ends_at}, {length_m} m, {time_s} s")
        }
        Goal::Refuge => "no safe way out: stay in the refuge".to_owned(),
        Goal::Stay if !contradictions.is_empty() => {
            format!("hold until a person has decided: {}", contradictions.join("; "))
        }
        Goal::Stay if movement == Movement::Hold => "hold: nobody moves while it lasts".to_owned(),
        Goal::Stay if movement == Movement::Shelter => match walks {
            true => format!("leave at once for {ends_at} and stay there"),
            false => "stay inside and close doors and windows".to_owned(),
        },
        Goal::Stay => "no safe way out and no refuge to reach: stay, close the door, make \
                       yourself known"
            .to_owned(),
    }
}

fn words(route: &Route, plan: &Plan<'_>, avoided: &BTreeMap<String, String>) -> String {
    let hazards = plan.hazards();
    let mut said = vec![goes(route, plan)];
    let inside = hazards.closed.get(&route.from).filter(|_| route.goal != Goal::Stay);
    said.extend(inside.map(|because| format!("leave at once ({because})")));
    let closed = avoided.iter().take(NAMED_MAX);
    said.extend(closed.map(|(what, because)| format!("{what} is closed ({because})")));
    if avoided.len() > NAMED_MAX {
        said.push(format!("{} more are closed", avoided.len() - NAMED_MAX));
    }
    for zone in &route.unknown {
        let because = hazards.unknown.get(zone).map_or("", String::as_str);
        let price = UNKNOWN_MS / 1000;
        said.push(format!(
            "through {zone}, which nobody can see ({because}; it counts as {price} s more)"
        ));
    }
    said.join("; ")
}
