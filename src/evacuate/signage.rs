//! The signs of a whole building at once (표지 계획): the best forest that was found within a
//! budget, how long everyone takes who follows it, and what no plan could beat.

use super::bound::{bound_ms, of_core};
use super::fold::Core;
use super::forest::{Forest, Next};
use super::graph::{Graph, Mask};
use super::improve::{Flow, NONE, Prices, Score};
use super::load::load;

/// How much may be tried. Counted in evaluations and not in time, so that the same question has
/// the same answer on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Rounds of congestion prices; each loads every node once.
    pub rounds: u32,
    /// Single signs that may be tried the other way.
    pub flips: u32,
}

impl Budget {
    /// What was measured to take less than 10 ms at 200 nodes, 100 ms at 5,000 and 2 s at
    /// 100,000: fewer rounds where each takes longer.
    #[must_use]
    pub fn of(nodes: usize) -> Self {
        match nodes {
            0..=20_000 => Self { rounds: 40, flips: 20_000 },
            _ => Self { rounds: 24, flips: 330_000 },
        }
    }
}

/// Signs for every node.
#[derive(Debug, Clone, PartialEq)]
pub struct Signage {
    pub forest: Forest,
    /// When the last of those who have a way is out or in a refuge.
    pub clearing_ms: u64,
    pub mean_ms: f64,
    /// No plan whatsoever clears it sooner.
    pub bound_ms: u64,
    /// How much of the budget was used.
    pub evaluations: u32,
}

/// Finds signs by which everyone is out sooner than by `first`, a forest under the same mask;
/// nodes that are `bound` keep their direction, since there is no sign in them (an empty slice
/// binds none). The answer is never worse than `first`, and never a circle.
#[must_use]
pub fn plan(graph: &Graph, mask: &Mask, first: &Forest, bound: &[bool], budget: Budget) -> Signage {
    let core = Core::of(graph, mask, first, bound);
    let mut search = Search::begin(&core, first);
    search.by_prices(budget);
    search.by_flips(budget);
    let forest = search.forest(first);
    let loaded = load(graph, &forest);
    Signage {
        clearing_ms: loaded.clearing_ms,
        mean_ms: loaded.mean_ms,
        // Whom no sign turns limits the signs and not what is possible.
        bound_ms: match bound.contains(&true) {
            true => bound_ms(graph, mask),
            false => of_core(&core),
        },
        evaluations: search.evaluations,
        forest,
    }
}

struct Search<'c> {
    core: &'c Core,
    flow: Flow<'c>,
    first: Vec<u32>,
    best: (Score, Vec<u32>),
    evaluations: u32,
}

impl<'c> Search<'c> {
    fn begin(core: &'c Core, first: &Forest) -> Self {
        let next: Vec<u32> = (0..core.len()).map(|node| edge_of(core, first, node)).collect();
        let flow = Flow::of(core, next.clone());
        let best = (flow.score(), next.clone());
        Self { core, flow, first: next, best, evaluations: 1 }
    }

    fn note(&mut self) {
        let score = self.flow.score();
        if score.beats(&self.best.0) {
            self.best = (score, self.flow.next.clone());
        }
    }

    fn by_prices(&mut self, budget: Budget) {
        let mut prices = Prices::none(self.core);
        for _ in 0..budget.rounds {
            prices.average(self.core, &self.flow);
            self.flow.follow(prices.forest(self.core));
            self.evaluations += 1;
            self.note();
        }
    }

    /// From the best priced forest; and with what is left of the budget from the first one, which
    /// wins where queues are short.
    fn by_flips(&mut self, budget: Budget) {
        let mut left = budget.flips;
        for start in [self.best.1.clone(), self.first.clone()] {
            let before = left;
            self.flow.follow(start);
            self.flow.flip_all(&mut left);
            self.evaluations += before - left;
            self.note();
        }
    }

    fn forest(&self, first: &Forest) -> Forest {
        let mut forest = first.clone();
        for (node, edge) in self.core.nodes.iter().zip(&self.best.1) {
            if *edge != NONE {
                let link = self.core.edges[*edge as usize].link;
                forest.next[*node as usize] = Next::Link(link);
            }
        }
        forest
    }
}

fn edge_of(core: &Core, first: &Forest, node: usize) -> u32 {
    let Next::Link(link) = first.next[core.nodes[node] as usize] else { return NONE };
    let mut row = core.row(node);
    let edge = row.find(|edge| core.edges[*edge].link == link);
    edge.map_or(NONE, super::graph::index)
}
