//! What no plan can beat: a lower bound of the clearing time, proven by a cut.
//!
//! Whoever crosses a link has first to come to it, and afterwards to walk on to an exit. So until
//! a moment T a link with capacity c, which the nearest person reaches after a and from which the
//! nearest exit is r away, lets through no more than c (T - a - r). With those amounts as
//! capacities, whoever is in the building has to flow out: if the greatest flow is less, nobody
//! clears it by T, whatever the signs. The least T that a saturated cut allows is found, and then
//! the next cut, until none is left (a discrete Newton search). Every cut on the way is a proof.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use super::fold::{CLOSED, Core};
use super::forest::{Forest, NEVER};
use super::graph::{Graph, Mask, index};
use super::load::{End, end};

/// Cuts that are looked for. A few are enough; the last found is a bound like any other.
const CUTS_MAX: usize = 40;

/// No plan has everyone out sooner who has a way out at all; 0 if nobody has.
#[must_use]
pub fn bound_ms(graph: &Graph, mask: &Mask) -> u64 {
    let first = Forest::grow(graph, mask);
    of_core(&Core::of(graph, mask, &first, &[]))
}

/// The same of a graph whose dead ends are folded; what comes out of those is the same in every
/// plan.
pub(super) fn of_core(core: &Core) -> u64 {
    let ends: Vec<End> = core.own.iter().map(|events| end(events)).collect();
    let exits = (0..core.len()).filter(|node| core.exits[*node]).map(|node| (node, 0));
    let out = walk(core, exits, |edge| (edge.back_ms != CLOSED).then_some(edge.back_ms));
    let starts = (0..core.len()).filter_map(|node| {
        let first = core.own[node].first()?;
        Some((node, super::load::floor_ms(first.ms)))
    });
    let reached = walk(core, starts, |edge| (edge.ms != CLOSED).then_some(edge.ms));
    let mut bound = 0;
    for (node, end) in ends.iter().enumerate().filter(|(_, end)| end.people > 0.0) {
        bound = bound.max(super::load::floor_ms(end.last_ms) + out[node]);
    }
    let people = ends.iter().map(|end| end.people).collect();
    let mut cut = Cut::new(core, &out, &reached, people);
    for _ in 0..CUTS_MAX {
        match cut.moment(bound) {
            Some(later) if later > bound => bound = later,
            _ => break,
        }
    }
    bound
}

/// Shortest times over the edges that `walks` admits, from nodes with their first times.
fn walk(
    core: &Core,
    from: impl Iterator<Item = (usize, u64)>,
    walks: impl Fn(&super::fold::Edge) -> Option<u32>,
) -> Vec<u64> {
    let mut best = vec![NEVER; core.len()];
    let mut open: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    for (node, ms) in from {
        if ms < best[node] {
            best[node] = ms;
            open.push(Reverse((ms, index(node))));
        }
    }
    while let Some(Reverse((ms, node))) = open.pop() {
        if best[node as usize] != ms {
            continue;
        }
        for edge in &core.edges[core.row(node as usize)] {
            let Some(walk) = walks(edge) else { continue };
            let through = ms + u64::from(walk);
            if through < best[edge.to as usize] {
                best[edge.to as usize] = through;
                open.push(Reverse((through, edge.to)));
            }
        }
    }
    best
}

/// The greatest flow of people to the exits, and the cut that limits it.
struct Cut<'c> {
    core: &'c Core,
    /// How much later than at the beginning each edge begins to count, before and after it.
    offset_ms: Vec<u64>,
    people: Vec<f64>,
    /// What still fits, and who still waits, in micropersons.
    fits: Vec<i64>,
    waits: Vec<i64>,
    level: Vec<u32>,
    cursor: Vec<u32>,
}

impl<'c> Cut<'c> {
    fn new(core: &'c Core, out: &[u64], reached: &[u64], people: Vec<f64>) -> Self {
        let mut offset_ms = vec![NEVER; core.edges.len()];
        for (node, before) in reached.iter().copied().enumerate() {
            for at in core.row(node) {
                let edge = &core.edges[at];
                let after = out[edge.to as usize];
                if edge.ms != CLOSED && after != NEVER && before != NEVER {
                    offset_ms[at] = before + u64::from(edge.ms) + after;
                }
            }
        }
        let (edges, nodes) = (core.edges.len(), core.len());
        let (fits, waits) = (vec![0; edges], vec![0; nodes]);
        let (level, cursor) = (vec![0; nodes], vec![0; nodes]);
        Self { core, offset_ms, people, fits, waits, level, cursor }
    }

    /// The first moment by which the tightest cut at `ms` could have let everyone through; none
    /// if everyone gets through by `ms`.
    fn moment(&mut self, ms: u64) -> Option<u64> {
        for (at, edge) in self.core.edges.iter().enumerate() {
            let span = ms.saturating_sub(self.offset_ms[at]);
            // Micropersons a second times milliseconds; rounded up, so that nothing is lost.
            self.fits[at] = (edge.rate * i64::try_from(span).unwrap_or(i64::MAX / 2 / edge.rate))
                .div_euclid(1000)
                + i64::from(span > 0);
        }
        for (waits, people) in self.waits.iter_mut().zip(&self.people) {
            #[expect(clippy::cast_possible_truncation, reason = "people are counted")]
            let micro = (people * 1e6).floor() as i64;
            *waits = (micro - 1).max(0);
        }
        while self.levels() {
            self.cursor.fill(0);
            for node in 0..self.core.len() {
                while self.waits[node] > 0 && self.push(node) {}
            }
        }
        if self.waits.iter().all(|waits| *waits == 0) {
            return None;
        }
        Some(self.solve())
    }

    /// How far each node is from an exit over edges on which something fits; whether anyone who
    /// waits reaches one.
    fn levels(&mut self) -> bool {
        self.level.fill(u32::MAX);
        let mut open: VecDeque<u32> = VecDeque::new();
        for node in (0..self.core.len()).filter(|node| self.core.exits[*node]) {
            self.level[node] = 0;
            open.push_back(index(node));
        }
        let mut reached = false;
        while let Some(node) = open.pop_front() {
            reached |= self.waits[node as usize] > 0;
            let next = self.level[node as usize] + 1;
            for edge in &self.core.edges[self.core.row(node as usize)] {
                let from = edge.to as usize;
                if self.level[from] == u32::MAX && self.fits[edge.back as usize] > 0 {
                    self.level[from] = next;
                    open.push_back(edge.to);
                }
            }
        }
        reached
    }

    /// Sends some of those who wait in a node to an exit; whether any went.
    fn push(&mut self, from: usize) -> bool {
        let mut path: Vec<usize> = Vec::new();
        let mut at = from;
        loop {
            if self.level[at] == 0 {
                let fits = path.iter().map(|edge| self.fits[*edge]).min();
                let goes = fits.unwrap_or(i64::MAX).min(self.waits[from]);
                self.waits[from] -= goes;
                for edge in path {
                    self.fits[edge] -= goes;
                    self.fits[self.core.edges[edge].back as usize] += goes;
                }
                return goes > 0;
            }
            if let Some(edge) = self.downhill(at) {
                path.push(edge);
                at = self.core.edges[edge].to as usize;
                continue;
            }
            let Some(edge) = path.pop() else { return false };
            at = self.core.edges[self.core.edges[edge].back as usize].to as usize;
            self.cursor[at] += 1;
        }
    }

    fn downhill(&mut self, node: usize) -> Option<usize> {
        let row = self.core.row(node);
        if self.level[node] == u32::MAX {
            return None;
        }
        while row.start + (self.cursor[node] as usize) < row.end {
            let at = row.start + self.cursor[node] as usize;
            let to = self.core.edges[at].to as usize;
            if self.fits[at] > 0 && self.level[to] == self.level[node] - 1 {
                return Some(at);
            }
            self.cursor[node] += 1;
        }
        None
    }

    /// Behind the cut are those who still wait and all that they can reach; by when do the edges
    /// that leave it let all of them through?
    fn solve(&self) -> u64 {
        let mut behind: Vec<bool> = self.waits.iter().map(|waits| *waits > 0).collect();
        let mut open: Vec<usize> = (0..self.core.len()).filter(|node| behind[*node]).collect();
        let mut people = 0.0;
        while let Some(node) = open.pop() {
            people += self.people[node];
            for at in self.core.row(node) {
                let to = self.core.edges[at].to as usize;
                if self.fits[at] > 0 && !behind[to] {
                    behind[to] = true;
                    open.push(to);
                }
            }
        }
        let mut crossing: Vec<(u64, i64)> = Vec::new();
        for node in (0..self.core.len()).filter(|node| behind[*node]) {
            for at in self.core.row(node) {
                let edge = &self.core.edges[at];
                if !behind[edge.to as usize] && self.offset_ms[at] != NEVER {
                    crossing.push((self.offset_ms[at], edge.rate));
                }
            }
        }
        crossing.sort_unstable();
        by_when(&crossing, people)
    }
}

/// The first whole moment by which edges, each with the moment from which it counts and its rate,
/// have let so many through.
fn by_when(crossing: &[(u64, i64)], people: f64) -> u64 {
    let (mut rate, mut through, mut since) = (0_i64, 0.0, 0_u64);
    for (offset, more) in crossing {
        let until = through + super::load::flown(rate, as_ms(offset - since));
        if until >= people {
            break;
        }
        (through, since) = (until, *offset);
        rate += more;
    }
    match rate {
        0 => since,
        _ => since + super::load::floor_ms((people - through) * 1e9 / as_rate(rate)),
    }
}

#[expect(clippy::cast_precision_loss, reason = "times of a building are far below 2^52 ms")]
fn as_ms(ms: u64) -> f64 {
    ms as f64
}

#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
fn as_rate(rate: i64) -> f64 {
    rate as f64
}

#[cfg(test)]
mod tests {
    use super::by_when;

    #[test]
    fn two_doors_share_a_crowd_from_when_each_is_reached() {
        // One person a second from 10 s on, two more a second from 20 s on: 10 + 3 · 10 = 40.
        let doors = [(10_000, 1_000_000), (20_000, 2_000_000)];
        assert_eq!(by_when(&doors, 5.0), 15_000);
        assert_eq!(by_when(&doors, 40.0), 30_000);
    }
}
