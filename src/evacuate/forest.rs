//! The next step of every node: a forest rooted at the exits, so that following it never leads
//! round in a circle.
//!
//! Shortest times from all exits at once, backwards; where no exit is reached, from all refuges.
//! Nobody is led *into* a closed node, and whoever is in one is led out of it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Graph, Link, Mask, index};

/// What walking into a zone that nobody can see into costs: people are led through it only if the
/// way round takes a minute longer. Ours; to be set per situation.
pub const UNKNOWN_MS: u32 = 60_000;

/// A change of direction has to be worth at least this much: people who are on their way should
/// not be turned for a gain that they cannot notice (research: 5 s or 3 %).
pub const WORTH_MS: u64 = 5_000;
pub const WORTH_PERCENT: u64 = 3;

/// A gain that is worth turning people for, of a time that it is a share of.
#[must_use]
pub fn worth_ms(of_ms: u64) -> u64 {
    WORTH_MS.max(of_ms * WORTH_PERCENT / 100)
}

/// No way ends here.
pub const NEVER: u64 = u64::MAX;

/// The next step from a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is an exit.
    Out,
    /// Along this link of the graph.
    Link(u32),
    /// It is a refuge, and no safe way leads out of it.
    Refuge,
    /// There is none.
    Nowhere,
}

/// The next step and the cost of every node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forest {
    pub next: Vec<Next>,
    /// The time out, or to the refuge, with what doubtful nodes cost; [`NEVER`] without a way.
    pub cost: Vec<u64>,
    /// Whether the way ends in a refuge.
    pub to_refuge: Vec<bool>,
}

/// A direction that is kept if it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    pub node: usize,
    pub toward: usize,
    /// It was planned for everyone together, so that it being longer for one is no reason to
    /// turn them: kept as long as it is safe. Otherwise only where nothing is clearly shorter.
    pub planned: bool,
}

impl Forest {
    /// The shortest way from everywhere: out, else to a refuge.
    #[must_use]
    pub fn grow(graph: &Graph, mask: &Mask) -> Self {
        let of = |is: fn(&Graph, usize) -> bool| -> Vec<bool> {
            (0..graph.len()).map(|node| is(graph, node)).collect()
        };
        Self::grow_to(graph, mask, &[of(Graph::is_exit), of(Graph::is_refuge)])
    }

    /// The shortest way from everywhere to the nearest of the first ends; from where none is
    /// reached, to the nearest of the next, and so on.
    #[must_use]
    pub fn grow_to(graph: &Graph, mask: &Mask, tiers: &[Vec<bool>]) -> Self {
        let mut forest = Self {
            next: vec![Next::Nowhere; graph.len()],
            cost: vec![NEVER; graph.len()],
            to_refuge: vec![false; graph.len()],
        };
        for ends in tiers {
            let starts: Vec<u32> = (0..graph.len())
                .filter(|node| ends[*node] && forest.cost[*node] == NEVER)
                .filter(|node| graph.is_exit(*node) || !mask.is_closed(*node))
                .map(index)
                .collect();
            if starts.is_empty() {
                continue;
            }
            let costs = settle(graph, mask, &starts);
            let out = starts.iter().any(|node| graph.is_exit(*node as usize));
            for node in 0..graph.len() {
                if costs[node] != NEVER && forest.cost[node] == NEVER {
                    forest.next[node] = match costs[node] {
                        0 if graph.is_exit(node) => Next::Out,
                        0 => Next::Refuge,
                        _ => next(graph, mask, &costs, node),
                    };
                    forest.to_refuge[node] = !out;
                }
            }
            // Only now, since a way may not end where another tier ends.
            for (known, cost) in forest.cost.iter_mut().zip(costs) {
                if *known == NEVER {
                    *known = cost;
                }
            }
        }
        forest
    }

    /// The people of a node stay where they are.
    pub fn stay(&mut self, node: usize) {
        (self.next[node], self.cost[node]) = (Next::Nowhere, NEVER);
    }

    /// Keeps directions that were shown, where they still lead on and a new one would not be
    /// worth turning people round.
    #[must_use]
    pub fn steady(mut self, graph: &Graph, mask: &Mask, shown: &[Kept]) -> Self {
        let mut kept: Vec<(u64, usize, u32)> = Vec::new();
        let mut planned: Vec<(usize, Next)> = Vec::new();
        for of in shown {
            let Some((link, through)) = self.leads_on(graph, mask, of) else { continue };
            let (node, cost) = (of.node, self.cost[of.node]);
            if of.planned && mask.doubt_ms(of.toward) == 0 {
                planned.push((node, std::mem::replace(&mut self.next[node], Next::Link(link))));
            } else if through <= cost + worth_ms(cost) {
                kept.push((cost, node, link));
            }
        }
        self.open_circles(graph, planned);
        kept.sort_unstable();
        for (_, node, link) in kept {
            let before = self.next[node];
            self.next[node] = Next::Link(link);
            if self.returns(graph, node) {
                self.next[node] = before;
            }
        }
        self
    }

    /// The link of a direction, and what its way costs, if it still leads where it led.
    fn leads_on(&self, graph: &Graph, mask: &Mask, of: &Kept) -> Option<(u32, u64)> {
        let Kept { node, toward, .. } = *of;
        let is_way = self.cost[node] != NEVER && self.cost[toward] != NEVER;
        if !is_way || graph.is_exit(node) || self.to_refuge[toward] != self.to_refuge[node] {
            return None;
        }
        if self.next[node] == Next::Refuge {
            return None;
        }
        let links = graph.row(node).filter(|link| {
            let link = &graph.links()[*link];
            link.to as usize == toward && mask.admits(link)
        });
        let link = links.min_by_key(|link| (graph.links()[*link].ms, graph.links()[*link].way))?;
        Some((index(link), link_ms(mask, &graph.links()[link]) + self.cost[toward]))
    }

    /// Directions that were planned together lead nobody round, but with new ones between them
    /// they may: those in a circle give way to the shortest.
    fn open_circles(&mut self, graph: &Graph, planned: Vec<(usize, Next)>) {
        let mut planned = planned;
        while self.inward_first(graph).is_none() {
            let round: Vec<bool> =
                planned.iter().map(|(node, _)| self.returns(graph, *node)).collect();
            let mut round = round.into_iter();
            planned.retain(|(node, shortest)| {
                let gives_way = round.next().unwrap_or_default();
                if gives_way {
                    self.next[*node] = *shortest;
                }
                !gives_way
            });
        }
    }

    /// The node that people of this one go into next.
    #[must_use]
    pub fn onward(&self, graph: &Graph, node: usize) -> Option<usize> {
        match self.next[node] {
            Next::Link(link) => Some(graph.links()[link as usize].to as usize),
            _ => None,
        }
    }

    /// Whether the way from a node comes back to it.
    #[must_use]
    pub fn returns(&self, graph: &Graph, from: usize) -> bool {
        let mut at = from;
        // At the end there is no next node; a circle that leaves `from` out cannot be.
        for _ in 0..=self.next.len() {
            match self.onward(graph, at) {
                Some(to) if to == from => return true,
                Some(to) => at = to,
                None => return false,
            }
        }
        true
    }

    /// How many marked nodes lie on the way from each, itself not counted.
    #[must_use]
    pub fn passed(&self, graph: &Graph, marked: &[bool]) -> Vec<usize> {
        let mut passed = vec![0; self.next.len()];
        for node in self.inward_first(graph).unwrap_or_default().into_iter().rev() {
            let node = node as usize;
            if let Some(to) = self.onward(graph, node) {
                passed[node] = passed[to] + usize::from(marked[to]);
            }
        }
        passed
    }

    /// Nodes in an order in which everyone who passes through a node has been seen before it.
    /// `None` if following the forest leads round.
    #[must_use]
    pub fn inward_first(&self, graph: &Graph) -> Option<Vec<u32>> {
        let mut feeding = vec![0_u32; self.next.len()];
        for node in 0..self.next.len() {
            if let Some(to) = self.onward(graph, node) {
                feeding[to] += 1;
            }
        }
        let mut order: Vec<u32> =
            (0..self.next.len()).filter(|node| feeding[*node] == 0).map(index).collect();
        let mut seen = 0;
        while let Some(node) = order.get(seen).copied() {
            seen += 1;
            if let Some(to) = self.onward(graph, node as usize) {
                feeding[to] -= 1;
                if feeding[to] == 0 {
                    order.push(index(to));
                }
            }
        }
        (order.len() == self.next.len()).then_some(order)
    }
}

/// What walking a link costs.
pub(super) fn link_ms(mask: &Mask, link: &Link) -> u64 {
    u64::from(link.ms) + u64::from(mask.doubt_ms(link.to as usize))
}

/// A time and a node in one number that sorts by time first.
const NODE_BITS: u32 = 24;
pub(super) const COST_MAX: u64 = (1 << (64 - NODE_BITS)) - 1;

pub(super) fn key(cost: u64, node: u32) -> u64 {
    cost << NODE_BITS | u64::from(node)
}

pub(super) fn of_key(key: u64) -> (u64, usize) {
    (key >> NODE_BITS, (key & ((1 << NODE_BITS) - 1)) as usize)
}

/// The shortest time from every node to any of the ends.
fn settle(graph: &Graph, mask: &Mask, ends: &[u32]) -> Vec<u64> {
    let mut best: Vec<u64> = vec![NEVER; graph.len()];
    let mut open: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
    for node in ends {
        best[*node as usize] = 0;
        open.push(Reverse(u64::from(*node)));
    }
    while let Some(Reverse(nearest)) = open.pop() {
        let (cost, node) = of_key(nearest);
        // What is closed may be left and never entered.
        if best[node] != cost || mask.is_closed(node) {
            continue;
        }
        let entering = cost + u64::from(mask.doubt_ms(node));
        for link in &graph.links()[graph.row(node)] {
            let through = (entering + u64::from(link.back_ms)).min(COST_MAX);
            let known = &mut best[link.to as usize];
            if through < *known && mask.admits_back(link, node) {
                *known = through;
                open.push(Reverse(key(through, link.to)));
            }
        }
    }
    best
}

/// The step that makes a node's time what it is; of several the first in its row.
fn next(graph: &Graph, mask: &Mask, costs: &[u64], node: usize) -> Next {
    let mut row = graph.row(node);
    let chosen = row.find(|link| {
        let link = &graph.links()[*link];
        let onward = costs[link.to as usize];
        onward != NEVER && onward + link_ms(mask, link) == costs[node] && mask.admits(link)
    });
    chosen.map_or(Next::Nowhere, |link| Next::Link(index(link)))
}
