//! When zones are expected to close (닫힘 예측): a simple spread of smoke over the graph.
//!
//! From every zone that has closed, smoke is taken to walk on along every open or shut way, since
//! nobody knows which doors stand open: at the speed of a smoke front on the level, faster up a
//! stair, slowly down it, and with a span in which each next zone fills. It knows one size of
//! fire, no heat and no wind; it is a first guess that is corrected by what is seen: where zones
//! closed one after the other faster than it says, it is that much faster everywhere, and a zone
//! that can be seen and has not closed has not closed. What nobody can see into is *unknown* and
//! never "fine".

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{Graph, index};
use crate::domain::PassageKind;

/// Smoke moves 0.5 to 1 m/s along a corridor's ceiling and 3 to 5 m/s up a stairwell (figures of
/// Korean fire engineering textbooks, 연기의 이동속도: 수평 0.5–1, 계단실 3–5 m/s). The front is
/// not yet a closed way, so the slower end of each is taken and the filling is added.
pub const LEVEL_M_PER_S: f64 = 0.5;
pub const UP_M_PER_S: f64 = 3.0;
/// Down a stair it comes only when what is above has filled. Ours.
pub const DOWN_M_PER_S: f64 = 0.05;
/// A zone is closed when its smoke is down at the heads of people: 1.2 m of it under a ceiling of
/// 3 m, the 1.8 m above the floor of the Korean life-safety limits.
pub const LAYER_M: f64 = 1.2;
/// So much smoke a room fire makes: Thomas's plume, 0.19 P z^1.5 kg/s, with a perimeter of 6 m and
/// 1.8 m below the smoke gives 2.8 kg/s, which is 3.2 m³/s at 150 °C.
pub const SMOKE_M3_PER_S: f64 = 3.2;
/// A zone that nobody drew, or a small one, still takes so long to fill; and a hall no longer than
/// two minutes, since smoke does not wait for its far end. Ours.
pub const FILLS_MIN_MS: u32 = 5_000;
pub const FILLS_UNKNOWN_MS: u32 = 15_000;
pub const FILLS_MAX_MS: u32 = 120_000;

/// What is known of a zone at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It closed so long ago.
    Closed { ago_ms: u64 },
    /// Something looks, and says nothing.
    Clear,
    /// What would look has fallen silent.
    Unknown,
    /// Nothing looks, and nothing ever did.
    Unwatched,
}

/// When a zone is expected to close, in ms from the moment that was looked at; a way that never
/// closes is none.
pub type Closing = Vec<Option<u64>>;

/// Expects when each node closes, of what is seen of each.
#[must_use]
pub fn expect(graph: &Graph, seen: &[Seen]) -> Closing {
    let longest = seen.iter().filter_map(|seen| match seen {
        Seen::Closed { ago_ms } => Some(*ago_ms),
        _ => None,
    });
    let Some(longest) = longest.max() else { return vec![None; graph.len()] };
    let faster = as_fast_as_seen(graph, seen, longest);
    let begun = |node: usize| match seen[node] {
        // On a clock that began with the first of them.
        Seen::Closed { ago_ms } => Some(longest - ago_ms),
        _ => None,
    };
    let reached = walk(graph, faster, begun);
    let due = |(node, at): (usize, &Option<u64>)| match seen[node] {
        Seen::Closed { .. } => Some(0),
        _ => at.map(|at| at.saturating_sub(longest)),
    };
    reached.iter().enumerate().map(due).collect()
}

/// How many hundredths of the expected spans were really taken, at most 100.
fn as_fast_as_seen(graph: &Graph, seen: &[Seen], longest: u64) -> u64 {
    let first = |node: usize| match seen[node] {
        Seen::Closed { ago_ms } if ago_ms == longest => Some(0),
        _ => None,
    };
    let expected = walk(graph, 100, first);
    let mut percent = 100;
    for (node, seen) in seen.iter().enumerate() {
        if let (Seen::Closed { ago_ms }, Some(expected)) = (seen, expected[node])
            && expected > 0
        {
            percent = percent.min((longest - ago_ms) * 100 / expected);
        }
    }
    // Two that close in one moment say that something else burns, not that smoke flies.
    percent.max(FASTEST_PERCENT)
}

/// Smoke is never taken to be more than four times as fast as above. Ours.
const FASTEST_PERCENT: u64 = 25;

/// When smoke has come to and filled each node, from nodes with their first moments.
fn walk(graph: &Graph, percent: u64, begun: impl Fn(usize) -> Option<u64>) -> Vec<Option<u64>> {
    let mut best: Vec<Option<u64>> = (0..graph.len()).map(begun).collect();
    let mut open: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    for (node, at) in best.iter().enumerate() {
        open.extend(at.map(|at| Reverse((at, index(node)))));
    }
    while let Some(Reverse((at, node))) = open.pop() {
        if best[node as usize] != Some(at) {
            continue;
        }
        for link in graph.row(node as usize) {
            let to = graph.links()[link].to as usize;
            if graph.is_exit(to) {
                continue;
            }
            let through = at + span_ms(graph, link) * percent / 100;
            if best[to].is_none_or(|best| through < best) {
                best[to] = Some(through);
                open.push(Reverse((through, index(to))));
            }
        }
    }
    best
}

/// How long smoke takes along a link and to fill what is behind it.
fn span_ms(graph: &Graph, link: usize) -> u64 {
    let link = &graph.links()[link];
    let way = &graph.ways()[link.way as usize];
    let speed = match way.kind {
        PassageKind::Door | PassageKind::Opening => LEVEL_M_PER_S,
        // Stairs take longer up than down, which is how the graph tells them apart.
        PassageKind::Stairs if link.ms < link.back_ms => DOWN_M_PER_S,
        _ => UP_M_PER_S,
    };
    let fills = match graph.area_m2(link.to as usize) {
        Some(area_m2) => super::flow::walking_ms(area_m2 * LAYER_M, SMOKE_M3_PER_S),
        None => FILLS_UNKNOWN_MS,
    };
    let fills = fills.clamp(FILLS_MIN_MS, FILLS_MAX_MS);
    u64::from(super::flow::walking_ms(way.length_m, speed)) + u64::from(fills)
}
