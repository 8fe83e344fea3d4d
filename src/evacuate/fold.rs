//! A graph without its dead ends: where people have no choice there is nothing to plan.
//!
//! A node that only one way joins to the rest has one direction, whatever the plan, and what
//! leaves it is the same in every plan. So it is loaded once and its people arrive at its
//! neighbour by a curve; and so on, until only nodes with a choice are left. Of a building that
//! is a third.

use super::forest::{Forest, NEVER, Next};
use super::graph::{Graph, Mask, index};
use super::load::{self, Event, arrive, pass};

/// Not to be walked.
pub(super) const CLOSED: u32 = u32::MAX;

/// A way as it is seen from one of its ends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Edge {
    pub to: u32,
    /// The same way seen from there.
    pub back: u32,
    /// Walking it from here, and back; [`CLOSED`] where nobody may.
    pub ms: u32,
    pub back_ms: u32,
    /// Micropersons a second.
    pub rate: i64,
    /// The graph's link.
    pub link: u32,
}

/// What is left of a graph.
#[derive(Debug, Default)]
pub(super) struct Core {
    /// The graph's node of each of ours.
    pub nodes: Vec<u32>,
    pub offsets: Vec<u32>,
    pub edges: Vec<Edge>,
    /// Who begins in each node, and who comes out of dead ends; sorted.
    pub own: Vec<Vec<Event>>,
    pub exits: Vec<bool>,
    /// What going into each node costs besides the walk.
    pub doubt_ms: Vec<u32>,
}

impl Core {
    /// Folds a graph. `first` is a forest under the same mask; a node that is `bound` keeps its
    /// direction, since no sign there could change it. Nodes without a way out are left alone.
    pub fn of(graph: &Graph, mask: &Mask, first: &Forest, bound: &[bool]) -> Self {
        let takes_part: Vec<bool> = (0..graph.len())
            .map(|node| first.cost[node] != NEVER && !first.to_refuge[node])
            .collect();
        let mut folding = Folding::new(graph, mask, takes_part);
        folding.run(first);
        folding.core(first, bound)
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    pub fn row(&self, node: usize) -> std::ops::Range<usize> {
        self.offsets[node] as usize..self.offsets[node + 1] as usize
    }
}

struct Folding<'g> {
    graph: &'g Graph,
    mask: &'g Mask,
    left: Vec<bool>,
    ways: Vec<u32>,
    own: Vec<Vec<Event>>,
}

impl<'g> Folding<'g> {
    fn new(graph: &'g Graph, mask: &'g Mask, left: Vec<bool>) -> Self {
        let ways = (0..graph.len()).map(|node| {
            let row = &graph.links()[graph.row(node)];
            let open = row
                .iter()
                .filter(|link| left[link.to as usize] && !mask.is_shut(link.way as usize));
            index(open.count())
        });
        let ways = ways.collect();
        let own = graph.nodes().iter().map(|node| match node.people > 0.0 {
            true => vec![Event { ms: 0.0, change: 0, mass: node.people }],
            false => Vec::new(),
        });
        Self { graph, mask, ways, own: own.collect(), left }
    }

    fn run(&mut self, first: &Forest) {
        let is_end = |folding: &Self, node: usize| {
            folding.left[node] && folding.ways[node] == 1 && !folding.graph.is_exit(node)
        };
        let mut ends: Vec<usize> =
            (0..self.graph.len()).filter(|node| is_end(self, *node)).collect();
        let mut out = Vec::new();
        while let Some(node) = ends.pop() {
            // With one way it has one direction; without a link it has been folded from there.
            let Next::Link(link) = first.next[node] else { continue };
            let link = &self.graph.links()[link as usize];
            let to = link.to as usize;
            if !self.left[to] || !self.left[node] {
                continue;
            }
            let mut events = std::mem::take(&mut self.own[node]);
            load::sort(&mut events);
            pass(&events, load::rate(link.per_s), &mut out);
            arrive(&out, f64::from(link.ms), &mut self.own[to]);
            self.left[node] = false;
            self.ways[to] -= 1;
            if is_end(self, to) {
                ends.push(to);
            }
        }
    }

    fn core(self, first: &Forest, bound: &[bool]) -> Core {
        let Self { graph, mask, left, mut own, .. } = self;
        let nodes: Vec<u32> = (0..graph.len()).filter(|node| left[*node]).map(index).collect();
        let mut ours = vec![u32::MAX; graph.len()];
        for (our, node) in (0_u32..).zip(&nodes) {
            ours[*node as usize] = our;
        }
        let mut core = Core { offsets: vec![0], ..Core::default() };
        let mut of_link = vec![u32::MAX; graph.links().len()];
        let walks = |at: usize| {
            let (link, from) = (&graph.links()[at], graph.from(at));
            let is_bound = bound.get(from).copied().unwrap_or_default();
            let is_first = first.next[from] == Next::Link(index(at));
            let may = mask.admits(link) && !graph.is_exit(from) && (!is_bound || is_first);
            if may { link.ms.min(CLOSED - 1) } else { CLOSED }
        };
        for node in &nodes {
            let node = *node as usize;
            for at in graph.row(node) {
                let link = &graph.links()[at];
                let to = link.to as usize;
                if !left[to] || mask.is_shut(link.way as usize) {
                    continue;
                }
                of_link[at] = index(core.edges.len());
                core.edges.push(Edge {
                    to: ours[to],
                    back: link.back,
                    ms: walks(at),
                    back_ms: walks(link.back as usize),
                    rate: load::rate(link.per_s),
                    link: index(at),
                });
            }
            core.offsets.push(index(core.edges.len()));
            core.exits.push(graph.is_exit(node));
            core.doubt_ms.push(mask.doubt_ms(node));
            let mut events = std::mem::take(&mut own[node]);
            load::sort(&mut events);
            core.own.push(events);
        }
        for edge in &mut core.edges {
            edge.back = of_link[edge.back as usize];
        }
        core.nodes = nodes;
        core
    }
}
