//! The margin of a zone (여유 시간): how long people may still wait before they set out.
//!
//! The latest moment to leave a zone is when the way closes that is left last, less the walk to
//! it, and no later than it closes itself; from the exits inward that is one search. Less the
//! queue that stands in the way, it is what is left to whoever is slowest. Nothing left means:
//! stay, or to the refuge. A way through what nobody can see has no margin that anyone could name.

use std::collections::BinaryHeap;

use super::forest::{Forest, Next};
use super::graph::{Graph, Mask, index};
use super::load::Loaded;
use super::profile::Profile;
use super::spread::{Closing, Seen};
use crate::domain::PassageKind;

/// The slowest expected person: someone over fifty or of limited mobility, of the lower bounds of
/// the speeds that `RiMEA` takes from Weidmann (level 0.68 m/s) and of Fruin's stairs (women over
/// fifty: 0.595 m/s down, 0.485 m/s up).
pub const SLOW_LEVEL_M_PER_S: f64 = 0.68;
pub const SLOW_DOWN_M_PER_S: f64 = 0.595;
pub const SLOW_UP_M_PER_S: f64 = 0.485;

/// What is left to the people of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Margin {
    /// Nothing is expected to close before them.
    Unlimited,
    /// So many milliseconds; below 0 it is too late for the slowest of them.
    Left(i64),
    /// Their way leads through what nobody can see.
    Unknown,
    /// They have no way.
    NoWay,
}

/// Walking a link at a slow pace, in ms.
#[must_use]
pub fn slow_ms(graph: &Graph, link: usize) -> u64 {
    let link = &graph.links()[link];
    let way = &graph.ways()[link.way as usize];
    let speed = match way.kind {
        // Stairs take longer up than down, which is how the graph tells them apart.
        PassageKind::Stairs if link.ms > link.back_ms => SLOW_UP_M_PER_S,
        PassageKind::Stairs => SLOW_DOWN_M_PER_S,
        _ => SLOW_LEVEL_M_PER_S,
    };
    u64::from(super::flow::walking_ms(way.length_m, speed)).max(u64::from(link.ms))
}

/// The latest moment to leave each node by its best way: not after it closes itself, and early
/// enough for the next. `None` without a way; [`u64::MAX`] if nothing closes.
#[must_use]
pub fn latest(graph: &Graph, mask: &Mask, closing: &Closing) -> Vec<Option<u64>> {
    let mut best: Vec<Option<u64>> = vec![None; graph.len()];
    let mut open: BinaryHeap<(u64, u32)> = BinaryHeap::new();
    for node in (0..graph.len()).filter(|node| graph.is_exit(*node)) {
        best[node] = Some(u64::MAX);
        open.push((u64::MAX, index(node)));
    }
    while let Some((at, node)) = open.pop() {
        let node = node as usize;
        if best[node] != Some(at) || mask.is_closed(node) {
            continue;
        }
        // Whoever comes in has to be out again before it closes.
        let by = at.min(closing[node].unwrap_or(u64::MAX));
        for link in graph.row(node) {
            let back = graph.links()[link].back as usize;
            if !mask.admits(&graph.links()[back]) || graph.is_exit(graph.from(back)) {
                continue;
            }
            let Some(leaves) = before(by, slow_ms(graph, back)) else { continue };
            let from = graph.from(back);
            if best[from].is_none_or(|best| leaves > best) {
                best[from] = Some(leaves);
                open.push((leaves, index(from)));
            }
        }
    }
    for (best, closes) in best.iter_mut().zip(closing) {
        *best = best.map(|best| best.min(closes.unwrap_or(u64::MAX)));
    }
    best
}

/// So much before a moment; nothing is before the first.
fn before(by: u64, ms: u64) -> Option<u64> {
    if by == u64::MAX { Some(by) } else { by.checked_sub(ms) }
}

/// The margin of every node's people along the ways that are displayed, where everyone walks who
/// is loaded.
#[must_use]
pub fn margins(
    graph: &Graph,
    forest: &Forest,
    loaded: &Loaded,
    (seen, closing): (&[Seen], &Closing),
) -> Vec<Margin> {
    let mut margins = vec![Margin::NoWay; graph.len()];
    let order = forest.inward_first(graph).unwrap_or_default();
    for node in order.into_iter().rev().map(|node| node as usize) {
        let Next::Link(link) = forest.next[node] else {
            if matches!(forest.next[node], Next::Out | Next::Refuge) {
                margins[node] = within(None, closing[node]);
            }
            continue;
        };
        let to = graph.links()[link as usize].to as usize;
        let rate = super::load::rate(graph.links()[link as usize].per_s);
        let waits = queue_ms(loaded.queues[node].peak, rate);
        margins[node] = match (margins[to], seen[to]) {
            (_, Seen::Unknown) | (Margin::Unknown, _) => Margin::Unknown,
            (Margin::NoWay, _) => Margin::NoWay,
            (onward, _) => {
                let closes = closing[to].map(whole);
                let left = match onward {
                    Margin::Left(left) => Some(left),
                    _ => None,
                };
                let by = left.into_iter().chain(closes).min();
                let walk = whole(slow_ms(graph, link as usize));
                let leaves = by.map(|by| by - walk - waits);
                within(leaves, closing[node])
            }
        };
    }
    margins
}

/// The margin of those of a node who get about by a profile, along the ways that are displayed.
#[must_use]
pub fn margin_of(
    profile: Profile,
    graph: &Graph,
    (forest, loaded): (&Forest, &Loaded),
    (seen, closing): (&[Seen], &Closing),
    from: usize,
) -> Margin {
    let (mut node, mut at, mut left) = (from, 0_i64, None);
    // A forest leads nobody round; as many steps as there are nodes are enough.
    for _ in 0..=graph.len() {
        let link = match forest.next[node] {
            Next::Link(link) => link as usize,
            Next::Out | Next::Refuge => return within(left, closing[from]),
            Next::Nowhere => return Margin::NoWay,
        };
        let Some(walk) = profile.ms(graph, link) else { return Margin::NoWay };
        let waits =
            queue_ms(loaded.queues[node].peak, super::load::rate(graph.links()[link].per_s));
        at += waits + i64::from(walk);
        node = graph.links()[link].to as usize;
        if seen[node] == Seen::Unknown {
            return Margin::Unknown;
        }
        let closes = closing[node].map(|closes| whole(closes) - at);
        left = left.into_iter().chain(closes).min();
    }
    Margin::NoWay
}

fn whole(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// What is left by the way ahead, and no more than until the node closes itself.
fn within(left: Option<i64>, closes: Option<u64>) -> Margin {
    left.into_iter().chain(closes.map(whole)).min().map_or(Margin::Unlimited, Margin::Left)
}

/// How long the last of a queue waits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "queues of a building"
)]
fn queue_ms(peak: f64, rate: i64) -> i64 {
    (peak * 1e9 / rate as f64) as i64
}

#[cfg(test)]
mod tests {
    use super::super::flow::Climb;
    use super::super::graph::{Node, NodeKind, Way};
    use super::super::load::load;
    use super::super::spread::expect;
    use super::*;

    /// Room, corridor, stair landing, exit; each 34 m apart, which takes a slow person 50 s.
    fn row() -> Graph {
        let way = |between| Way::measured(PassageKind::Opening, between, (34.0, 2.0), Climb::Level);
        let exit = Node { kind: NodeKind::Exit, ..Node::default() };
        let nodes =
            vec![Node { people: 10.0, ..Node::default() }, Node::default(), Node::default()];
        let nodes = nodes.into_iter().chain([exit]).collect();
        Graph::new(nodes, vec![way([0, 1]), way([1, 2]), way([2, 3])]).unwrap()
    }

    #[test]
    fn the_way_that_closes_first_decides_by_when_to_leave() {
        let graph = row();
        let mask = Mask::open(&graph);
        let closing = vec![None, Some(200_000), Some(300_000), None];
        let latest = latest(&graph, &mask, &closing);
        // The room before the corridor closes; that and the landing before they close themselves.
        assert_eq!(latest, [Some(150_000), Some(200_000), Some(300_000), Some(u64::MAX)]);
    }

    #[test]
    fn a_queue_eats_the_margin_and_what_nobody_sees_has_none() {
        let graph = row();
        let mask = Mask::open(&graph);
        let forest = Forest::grow(&graph, &mask);
        let loaded = load(&graph, &forest);
        let closing: Closing = vec![None, Some(200_000), Some(300_000), None];
        let seen = [Seen::Clear; 4];
        let open = margins(&graph, &forest, &loaded, (&seen, &closing));
        // Ten people through 1.6 m at 1.316 persons/(m s): 4.75 s for the last.
        let Margin::Left(left) = open[0] else { panic!("{open:?}") };
        assert!((145_200..145_300).contains(&left), "{left}");
        assert_eq!(open[2], Margin::Left(300_000), "nothing ahead of it closes, and it does");
        let blind = [Seen::Clear, Seen::Clear, Seen::Unknown, Seen::Clear];
        let blind = margins(&graph, &forest, &loaded, (&blind, &closing));
        assert_eq!(blind[..2], [Margin::Unknown, Margin::Unknown]);
    }

    #[test]
    fn smoke_is_expected_further_on_and_sooner_if_it_has_come_fast() {
        let graph = row();
        let closed = |ago_ms| Seen::Closed { ago_ms };
        let first = [closed(0), Seen::Clear, Seen::Clear, Seen::Clear];
        // 34 m at 0.5 m/s and a quarter of a minute to fill what nobody drew.
        let expected = [Some(0), Some(83_000), Some(166_000), None];
        assert_eq!(expect(&graph, &first), expected);
        let twice = [closed(41_500), closed(0), Seen::Clear, Seen::Clear];
        assert_eq!(expect(&graph, &twice)[2], Some(41_500), "twice as fast as expected");
        assert_eq!(expect(&graph, &[Seen::Clear; 4]), [None; 4]);
    }
}
