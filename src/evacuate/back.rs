//! The turn-back rule (되돌림 금지): a plan that is only better sends nobody back who is past the
//! point of no return.
//!
//! Who stands in a zone has come from where its signs have led people into it. Where a new way
//! leads back through there, they would have to turn round. Past the point where going on is no
//! longer than going back they keep their direction; only a way that has become dangerous turns
//! them, and that is decided before anything better is looked for.

use super::forest::{Forest, Next};
use super::graph::Graph;

/// Gives the displayed direction back to every node that would turn people who are past the point
/// of no return, and to whatever would lead round then. How many were given back.
pub(super) fn keep_past_return(graph: &Graph, displayed: &Forest, found: &mut Forest) -> usize {
    let turned: Vec<usize> = (0..graph.len())
        .filter(|node| found.next[*node] != displayed.next[*node])
        .filter(|node| matches!(displayed.next[*node], Next::Link(_)))
        .collect();
    let Some(feeds) = Feeds::of(graph, displayed) else { return 0 };
    let is_past = |node: &usize| {
        let back_ms = feeds.back_ms(graph, found, *node);
        back_ms.is_some_and(|back_ms| on_ms(graph, displayed, *node) <= back_ms)
    };
    let past: Vec<usize> = turned.iter().copied().filter(is_past).collect();
    for node in &past {
        found.next[*node] = displayed.next[*node];
    }
    let mut given = past.len();
    // What is displayed leads nobody round, so that giving back more of it ends.
    while found.inward_first(graph).is_none() {
        let leads_round = |node: &usize| {
            found.next[*node] != displayed.next[*node] && found.returns(graph, *node)
        };
        let round: Vec<usize> = turned.iter().copied().filter(leads_round).collect();
        given += round.len();
        for node in round {
            found.next[node] = displayed.next[node];
        }
    }
    given
}

/// How long it is to the end of a node's way.
fn on_ms(graph: &Graph, forest: &Forest, node: usize) -> u64 {
    let (mut at, mut ms) = (node, 0);
    while let Next::Link(link) = forest.next[at] {
        ms += u64::from(graph.links()[link as usize].ms);
        at = graph.links()[link as usize].to as usize;
    }
    ms
}

/// Who comes through whom: the nodes that feed a node are numbered right after it.
struct Feeds {
    first: Vec<usize>,
    count: Vec<usize>,
}

impl Feeds {
    /// None if the forest leads anyone round.
    fn of(graph: &Graph, forest: &Forest) -> Option<Self> {
        let order = forest.inward_first(graph)?;
        let mut count = vec![1_usize; graph.len()];
        for node in order.iter().map(|node| *node as usize) {
            if let Some(to) = forest.onward(graph, node) {
                count[to] += count[node];
            }
        }
        let (mut first, mut free) = (vec![0; graph.len()], 0);
        let mut inside = vec![0; graph.len()];
        for node in order.into_iter().rev().map(|node| node as usize) {
            let next = match forest.onward(graph, node) {
                Some(to) => &mut inside[to],
                None => &mut free,
            };
            first[node] = *next;
            *next += count[node];
            inside[node] = first[node] + 1;
        }
        Some(Self { first, count })
    }

    /// Whether people of one node have come through another.
    fn come_through(&self, node: usize, from: usize) -> bool {
        let inside = self.first[node]..self.first[node] + self.count[node];
        from != node && inside.contains(&self.first[from])
    }

    /// How far a new way leads people of a node back to where they have come from; none if it
    /// leads elsewhere at once.
    fn back_ms(&self, graph: &Graph, found: &Forest, node: usize) -> Option<u64> {
        let into = found.onward(graph, node)?;
        if !self.come_through(node, into) {
            return None;
        }
        let (mut at, mut ms) = (node, 0);
        while let Next::Link(link) = found.next[at] {
            ms += u64::from(graph.links()[link as usize].ms);
            at = graph.links()[link as usize].to as usize;
            if !self.come_through(node, at) {
                break;
            }
        }
        Some(ms)
    }
}
