//! The way from every zone: one next step each, so that no two of them can lead round in a circle.
//!
//! Shortest times from all exits at once, backwards; where no exit is reached, from all refuges.
//! Nobody is led *into* a closed zone, and whoever is in one is led out of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::graph::{Graph, Link};
use super::hazard::Hazards;
use crate::domain::{PassageKind, Site, ZoneId};

/// What walking into a zone that nobody can see into costs: people are led through it only if the
/// way round takes a minute longer. Ours; to be set per situation.
pub const UNKNOWN_MS: u64 = 60_000;

/// A change of direction has to be worth at least this much: people who are on their way should
/// not be turned for a gain that they cannot notice (research: 5 s or 3 %).
const WORTH_MS: u64 = 5_000;
const WORTH_PERCENT: u64 = 3;

/// The next step of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Through this exit of its own.
    Out(usize),
    /// It is outside.
    Outside,
    /// Through this passage into that zone.
    Zone { node: usize, passage: usize },
    /// It is a refuge, and no safe way leads out of it.
    Refuge,
    /// There is none.
    Nowhere,
}

/// What is not to be used, by node, passage and exit.
pub(super) struct Mask {
    closed: Vec<bool>,
    unknown: Vec<bool>,
    shut: Vec<bool>,
    shut_exits: Vec<bool>,
}

impl Mask {
    pub fn of(site: &Site, graph: &Graph, hazards: &Hazards) -> Self {
        let closed = graph.zones.iter().map(|zone| hazards.closed.contains_key(zone)).collect();
        let unknown = graph.zones.iter().map(|zone| hazards.unknown.contains_key(zone)).collect();
        let is_shut = |id: &str| hazards.shut.contains_key(id);
        // An ordinary lift is no way out in any disaster: it stops, or opens at the fire.
        let shut = site.passages.iter().map(|passage| {
            let named = passage.id.as_ref().is_some_and(|id| is_shut(id.as_str()));
            passage.kind == PassageKind::Lift || named
        });
        let shut_exits = site.exits.iter().map(|exit| is_shut(exit.id.as_str()));
        Self { closed, unknown, shut: shut.collect(), shut_exits: shut_exits.collect() }
    }

    /// Whether people may be led along a link.
    pub fn admits(&self, link: &Link) -> bool {
        !self.closed[link.to] && !self.shut[link.passage]
    }

    fn cost(&self, link: &Link) -> u64 {
        link.ms + if self.unknown[link.to] { UNKNOWN_MS } else { 0 }
    }
}

/// The next step and the cost of every zone.
#[derive(Debug, Clone)]
pub(super) struct Forest {
    pub next: Vec<Next>,
    /// The time out, or to the refuge, with what unknown zones cost; none without a way.
    pub cost: Vec<Option<u64>>,
    /// Whether the way ends in a refuge.
    pub to_refuge: Vec<bool>,
}

impl Forest {
    /// The shortest way from everywhere.
    pub fn grow(graph: &Graph, mask: &Mask) -> Self {
        let out = settle(graph, mask, &exits(graph, mask));
        let cut_off: Vec<(usize, u64)> = (0..graph.len())
            .filter(|node| out[*node].is_none() && graph.is_refuge(*node) && !mask.closed[*node])
            .map(|node| (node, 0))
            .collect();
        let sheltered = settle(graph, mask, &cut_off);
        let mut forest = Self {
            next: Vec::with_capacity(graph.len()),
            cost: Vec::with_capacity(graph.len()),
            to_refuge: Vec::with_capacity(graph.len()),
        };
        for node in 0..graph.len() {
            let (cost, to_refuge) = match (out[node], sheltered[node]) {
                (Some(cost), _) => (Some(cost), false),
                (None, Some(cost)) => (Some(cost), true),
                (None, None) => (None, false),
            };
            let costs = if to_refuge { &sheltered } else { &out };
            forest.next.push(next(graph, mask, costs, node, to_refuge));
            forest.cost.push(cost);
            forest.to_refuge.push(to_refuge);
        }
        forest
    }

    /// Keeps the directions that were shown, where they still lead on and a new one would not be
    /// worth turning people round.
    pub fn steady(mut self, graph: &Graph, mask: &Mask, shown: &BTreeMap<ZoneId, ZoneId>) -> Self {
        let mut kept: Vec<(u64, usize, Link)> = Vec::new();
        for (zone, toward) in shown {
            let (Some(node), Some(to)) = (graph.node(zone), graph.node(toward)) else { continue };
            let Some(cost) = self.cost[node] else { continue };
            let links = graph.links(node).iter().filter(|link| link.to == to && mask.admits(link));
            let link = links.min_by_key(|link| (link.ms, link.passage));
            let onward = self.cost[to].filter(|_| self.to_refuge[to] == self.to_refuge[node]);
            let (Some(link), Some(onward)) = (link, onward) else { continue };
            let worth = WORTH_MS.max(cost * WORTH_PERCENT / 100);
            if mask.cost(link) + onward <= cost + worth {
                kept.push((cost, node, *link));
            }
        }
        kept.sort_by_key(|(cost, node, _)| (*cost, *node));
        for (_, node, link) in kept {
            let before = self.next[node];
            self.next[node] = Next::Zone { node: link.to, passage: link.passage };
            if self.returns(node) {
                self.next[node] = before;
            }
        }
        self
    }

    /// Whether the way from a zone comes back to it.
    fn returns(&self, from: usize) -> bool {
        let mut at = from;
        // At the end there is no next zone; a circle that leaves `from` out cannot be.
        for _ in 0..=self.next.len() {
            match self.next[at] {
                Next::Zone { node, .. } if node == from => return true,
                Next::Zone { node, .. } => at = node,
                _ => return false,
            }
        }
        true
    }
}

/// Where ways end, with the time of their last step.
fn exits(graph: &Graph, mask: &Mask) -> Vec<(usize, u64)> {
    let mut ends = Vec::new();
    for node in 0..graph.len() {
        if graph.is_outside(node) {
            ends.push((node, 0));
        }
        let open = graph.outs(node).iter().filter(|out| !mask.shut_exits[out.exit]);
        ends.extend(open.map(|out| (node, out.ms)));
    }
    ends
}

/// The shortest time from every zone to any of the ends.
fn settle(graph: &Graph, mask: &Mask, ends: &[(usize, u64)]) -> Vec<Option<u64>> {
    let mut best: Vec<Option<u64>> = vec![None; graph.len()];
    let mut open: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    for (node, cost) in ends {
        if best[*node].is_none_or(|best| *cost < best) {
            best[*node] = Some(*cost);
            open.push(Reverse((*cost, *node)));
        }
    }
    while let Some(Reverse((cost, node))) = open.pop() {
        // What is closed may be left and never entered.
        if best[node] != Some(cost) || mask.closed[node] {
            continue;
        }
        for link in graph.links(node) {
            let forth =
                Link { to: node, passage: link.passage, ms: link.back_ms, back_ms: link.ms };
            if !mask.admits(&forth) {
                continue;
            }
            let through = cost + mask.cost(&forth);
            if best[link.to].is_none_or(|best| through < best) {
                best[link.to] = Some(through);
                open.push(Reverse((through, link.to)));
            }
        }
    }
    best
}

/// The step that makes a zone's time what it is; of several the first in the order of ids.
fn next(graph: &Graph, mask: &Mask, costs: &[Option<u64>], node: usize, to_refuge: bool) -> Next {
    let Some(cost) = costs[node] else { return Next::Nowhere };
    if to_refuge && graph.is_refuge(node) && !mask.closed[node] {
        return Next::Refuge;
    }
    if !to_refuge && graph.is_outside(node) {
        return Next::Outside;
    }
    let mut outs = graph.outs(node).iter().filter(|out| !mask.shut_exits[out.exit]);
    if let Some(out) = outs.find(|out| out.ms == cost) {
        return Next::Out(out.exit);
    }
    let mut links = graph.links(node).iter().filter(|link| mask.admits(link));
    let chosen = links.find(|link| costs[link.to].is_some_and(|on| on + mask.cost(link) == cost));
    chosen.map_or(Next::Nowhere, |link| Next::Zone { node: link.to, passage: link.passage })
}
