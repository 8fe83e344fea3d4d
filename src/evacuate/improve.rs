//! Better signs: a forest in which everyone together is out sooner.
//!
//! From the shortest ways, and from ways that avoid the queues of earlier rounds (congestion
//! prices, averaged), single signs are flipped as long as that helps; the best so far can be
//! taken at any moment. Each loading or flip counts as one evaluation, so that a budget in
//! evaluations gives the same answer on every machine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::fold::{CLOSED, Core};
use super::forest::{COST_MAX, key, of_key};
use super::load::{End, Event, Queue, Step, end, merge, pass};

/// No edge: the node is an exit.
pub(super) const NONE: u32 = u32::MAX;

/// A gain below this is none: a thousandth of a second.
const GAIN_MS: f64 = 1.0;

/// A forest of a core with what happens when everyone follows it.
#[derive(Clone)]
pub(super) struct Flow<'c> {
    core: &'c Core,
    /// The edge by which each node is left.
    pub next: Vec<u32>,
    curves: Vec<Vec<Step>>,
    queues: Vec<Queue>,
    ends: Vec<End>,
    /// Where each node was put aside for the flip that is being tried.
    journal: Vec<(u32, Vec<Step>, Queue, End)>,
    spare: Vec<Vec<Step>>,
    events: Vec<Event>,
    merging: Vec<Event>,
    marks: Vec<u32>,
    mark: u32,
}

/// How good a forest is: the last person's time first, then the sum of all.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    pub last_ms: f64,
    pub total: f64,
}

impl Score {
    pub fn beats(&self, other: &Self) -> bool {
        self.last_ms < other.last_ms - GAIN_MS
            || (self.last_ms < other.last_ms + GAIN_MS && self.total < other.total - GAIN_MS)
    }
}

impl<'c> Flow<'c> {
    pub fn of(core: &'c Core, next: Vec<u32>) -> Self {
        let count = core.len();
        let mut flow = Self {
            core,
            next,
            curves: vec![Vec::new(); count],
            queues: vec![Queue::default(); count],
            ends: vec![End::default(); count],
            journal: Vec::new(),
            spare: Vec::new(),
            events: Vec::new(),
            merging: Vec::new(),
            marks: vec![0; count],
            mark: 0,
        };
        flow.load(vec![true; count]);
        flow
    }

    /// Follows another forest from now on. Only nodes into which something else comes than
    /// before are loaded again.
    pub fn follow(&mut self, next: Vec<u32>) {
        let mut differs = vec![false; self.core.len()];
        for (node, (before, now)) in self.next.iter().zip(&next).enumerate() {
            if before != now {
                differs[node] = true;
                for edge in [before, now].into_iter().filter(|edge| **edge != NONE) {
                    differs[self.core.edges[*edge as usize].to as usize] = true;
                }
            }
        }
        self.next = next;
        self.load(differs);
    }

    fn load(&mut self, mut differs: Vec<bool>) {
        let count = self.core.len();
        let mut feeding = vec![0_u32; count];
        for edge in self.next.iter().filter(|edge| **edge != NONE) {
            feeding[self.core.edges[*edge as usize].to as usize] += 1;
        }
        let mut order: Vec<u32> =
            (0_u32..).zip(&feeding).filter(|(_, feeding)| **feeding == 0).map(|(n, _)| n).collect();
        let mut seen = 0;
        let mut before = Vec::new();
        while let Some(node) = order.get(seen).copied() {
            let node = node as usize;
            seen += 1;
            let onward = self.onward(node);
            if differs[node] {
                std::mem::swap(&mut before, &mut self.curves[node]);
                self.pass_on(node);
                if let Some(to) = onward {
                    differs[to] |= before != self.curves[node];
                }
            }
            if let Some(to) = onward {
                feeding[to] -= 1;
                if feeding[to] == 0 {
                    order.push(super::graph::index(to));
                }
            }
        }
        assert!(seen == count, "a forest leads round, and whoever follows it never arrives");
    }

    /// What leaves a node, from what comes into it.
    fn pass_on(&mut self, node: usize) {
        self.events.clear();
        self.events.extend_from_slice(&self.core.own[node]);
        for edge in &self.core.edges[self.core.row(node)] {
            let from = edge.to as usize;
            if self.next[from] == edge.back {
                let after_ms = f64::from(edge.back_ms);
                merge(&self.curves[from], after_ms, &mut self.events, &mut self.merging);
            }
        }
        match self.next[node] {
            NONE => self.ends[node] = end(&self.events),
            edge => {
                let rate = self.core.edges[edge as usize].rate;
                self.queues[node] = pass(&self.events, rate, &mut self.curves[node]);
            }
        }
    }

    pub fn score(&self) -> Score {
        let last = self.ends.iter().map(|end| end.last_ms).fold(0.0, f64::max);
        Score { last_ms: last, total: self.ends.iter().map(|end| end.total).sum() }
    }

    fn onward(&self, node: usize) -> Option<usize> {
        match self.next[node] {
            NONE => None,
            edge => Some(self.core.edges[edge as usize].to as usize),
        }
    }

    fn root(&self, node: usize) -> usize {
        let mut at = node;
        while let Some(to) = self.onward(at) {
            at = to;
        }
        at
    }

    // ── flips ──

    /// Turns one sign, and says at which exits people arrive otherwise than before. `None`, and
    /// nothing changed, if it would lead round. Until it is taken back or kept no other is tried.
    fn flip(&mut self, node: usize, edge: u32) -> Option<(usize, usize)> {
        let (before, onto) = (self.onward(node)?, self.core.edges[edge as usize].to as usize);
        self.mark += 1;
        let mut at = onto;
        loop {
            if at == node {
                return None;
            }
            self.marks[at] = self.mark;
            match self.onward(at) {
                Some(to) => at = to,
                None => break,
            }
        }
        let new_root = at;
        let rates = [self.next[node], edge].map(|edge| self.core.edges[edge as usize].rate);
        self.next[node] = edge;
        if rates[0] != rates[1] {
            self.pass_again(node);
        }
        // Where people come no longer, as far as that is not also where they come now.
        let (mut at, mut differs) = (before, true);
        let mut old_root = None;
        while self.marks[at] != self.mark {
            differs = differs && self.pass_again(at);
            match self.onward(at) {
                Some(to) => at = to,
                None => {
                    old_root = Some(at);
                    break;
                }
            }
        }
        let junction = old_root.is_none().then_some((at, differs));
        self.pass_along(onto, junction);
        Some((old_root.unwrap_or(new_root), new_root))
    }

    /// Along a way to its exit, until nothing differs any more.
    fn pass_along(&mut self, from: usize, junction: Option<(usize, bool)>) {
        let (mut at, mut differs) = (from, true);
        let mut ahead = junction;
        loop {
            if let Some((_, also)) = ahead.take_if(|(joins, _)| *joins == at) {
                differs = differs || also;
            }
            if differs {
                differs = self.pass_again(at);
            } else if ahead.is_none() {
                return;
            }
            match self.onward(at) {
                Some(to) => at = to,
                None => return,
            }
        }
    }

    /// Passes a node on once more and puts what was aside; whether it differs.
    fn pass_again(&mut self, node: usize) -> bool {
        let spare = self.spare.pop().unwrap_or_default();
        let curve = std::mem::replace(&mut self.curves[node], spare);
        let index = u32::try_from(node).unwrap_or(NONE);
        self.journal.push((index, curve, self.queues[node], self.ends[node]));
        self.pass_on(node);
        let before = self.journal.last();
        before.is_none_or(|(_, curve, _, _)| *curve != self.curves[node])
    }

    fn take_back(&mut self, node: usize, edge: u32) {
        while let Some((at, curve, queue, end)) = self.journal.pop() {
            let at = at as usize;
            self.spare.push(std::mem::replace(&mut self.curves[at], curve));
            (self.queues[at], self.ends[at]) = (queue, end);
        }
        self.next[node] = edge;
    }

    fn keep(&mut self) {
        while let Some((_, curve, _, _)) = self.journal.pop() {
            self.spare.push(curve);
        }
    }

    fn score_of(&self, (one, other): (usize, usize)) -> Score {
        let ends = [self.ends[one], self.ends[other]];
        let total = if one == other { ends[0].total } else { ends[0].total + ends[1].total };
        Score { last_ms: ends[0].last_ms.max(ends[1].last_ms), total }
    }

    /// Tries one flip and keeps it if that helps the exits it concerns.
    fn try_flip(&mut self, node: usize, edge: u32) -> bool {
        let before = self.next[node];
        let exits = {
            let onto = self.core.edges[edge as usize].to as usize;
            (self.root(node), self.root(onto))
        };
        let was = self.score_of(exits);
        if self.flip(node, edge).is_none() {
            return false;
        }
        if self.score_of(exits).beats(&was) {
            self.keep();
            return true;
        }
        self.take_back(node, before);
        false
    }

    /// Every node whose people come to an exit, nearest first.
    fn tree(&self, exit: usize) -> Vec<u32> {
        let mut tree = vec![u32::try_from(exit).unwrap_or(NONE)];
        let mut seen = 0;
        while let Some(node) = tree.get(seen).copied() {
            seen += 1;
            for edge in &self.core.edges[self.core.row(node as usize)] {
                if self.next[edge.to as usize] == edge.back {
                    tree.push(edge.to);
                }
            }
        }
        tree
    }

    fn may_flip(&self, node: usize, edge: usize) -> bool {
        let of = &self.core.edges[edge];
        let sure = |edge: usize| self.core.doubt_ms[self.core.edges[edge].to as usize] == 0;
        let now = self.next[node];
        of.ms != CLOSED
            && now != NONE
            && now as usize != edge
            && (sure(edge) || !sure(now as usize))
    }

    /// Flips signs in the trees of the exits that are left last until no flip helps any of them,
    /// or the budget is used up.
    pub fn flip_all(&mut self, left: &mut u32) {
        let exits: Vec<usize> =
            (0..self.core.len()).filter(|node| self.core.exits[*node]).collect();
        let mut stuck = vec![false; self.core.len()];
        loop {
            let open = exits.iter().copied().filter(|exit| !stuck[*exit]);
            let last = open
                .max_by(|one, other| self.ends[*one].last_ms.total_cmp(&self.ends[*other].last_ms));
            let Some(last) = last.filter(|exit| self.ends[*exit].people > 0.0) else { return };
            let mut helped = false;
            for node in self.tree(last) {
                let node = node as usize;
                for edge in self.core.row(node) {
                    if !self.may_flip(node, edge) {
                        continue;
                    }
                    if *left == 0 {
                        return;
                    }
                    *left -= 1;
                    let edge = u32::try_from(edge).unwrap_or(NONE);
                    if self.try_flip(node, edge) {
                        helped = true;
                        stuck[self.root(node)] = false;
                    }
                }
            }
            stuck[last] = !helped;
        }
    }

    // ── prices ──

    /// How long people wait at every edge, on average.
    pub fn waits(&self, node: usize) -> f64 {
        self.queues[node].mean_ms()
    }
}

/// Prices of edges, as they are walked from the node that has them in its row.
pub(super) struct Prices {
    /// Of each edge walked from here, in ms.
    of: Vec<f64>,
    rounds: f64,
}

impl Prices {
    pub fn none(core: &Core) -> Self {
        Self { of: vec![0.0; core.edges.len()], rounds: 0.0 }
    }

    /// Averages in what people waited under a forest.
    pub fn average(&mut self, core: &Core, flow: &Flow<'_>) {
        self.rounds += 1.0;
        let share = 1.0 / (self.rounds + 1.0);
        for node in 0..core.len() {
            for edge in core.row(node) {
                let waited = match flow.next[node] as usize == edge {
                    true => flow.waits(node),
                    false => 0.0,
                };
                self.of[edge] += (waited - self.of[edge]) * share;
            }
        }
    }

    /// The cheapest ways.
    pub fn forest(&self, core: &Core) -> Vec<u32> {
        let mut best = vec![u64::MAX; core.len()];
        let mut next = vec![NONE; core.len()];
        let mut open: BinaryHeap<Reverse<u64>> = BinaryHeap::new();
        for node in (0_u32..).zip(&core.exits).filter(|(_, exit)| **exit).map(|(node, _)| node) {
            best[node as usize] = 0;
            open.push(Reverse(key(0, node)));
        }
        while let Some(Reverse(next_best)) = open.pop() {
            let (cost, node) = of_key(next_best);
            if best[node] != cost {
                continue;
            }
            let entering = cost + u64::from(core.doubt_ms[node]);
            for edge in &core.edges[core.row(node)] {
                if edge.back_ms == CLOSED {
                    continue;
                }
                let price = self.of[edge.back as usize];
                let through = (entering + u64::from(edge.back_ms) + whole(price)).min(COST_MAX);
                if through < best[edge.to as usize] {
                    best[edge.to as usize] = through;
                    next[edge.to as usize] = edge.back;
                    open.push(Reverse(key(through, edge.to)));
                }
            }
        }
        next
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "waits are times")]
fn whole(ms: f64) -> u64 {
    ms.max(0.0) as u64
}
