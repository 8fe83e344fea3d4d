//! Everyone by themselves: what happens to people who follow a forest, one by one. Written apart
//! from the product's loading, to be compared with it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use jikimi::evacuate::{Forest, Graph, Next};

/// One headway of a link, in microseconds.
fn headway_us(per_s: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
    let us = (1e6 / per_s).round() as u64;
    us
}

fn people(graph: &Graph) -> Vec<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole people")]
    let whole = |people: f64| people.round() as u32;
    graph.nodes().iter().map(|node| whole(node.people)).collect()
}

/// The longest headway of all links that anyone can use, in ms.
pub fn longest_headway_ms(graph: &Graph, forest: &Forest) -> f64 {
    let used = forest.next.iter().filter_map(|next| match next {
        Next::Link(link) => Some(1000.0 / graph.links()[*link as usize].per_s),
        _ => None,
    });
    used.fold(0.0, f64::max)
}

/// When the last is out, in ms, if links take everyone who comes, one each headway, first come
/// first served.
pub fn clearing_ms(graph: &Graph, forest: &Forest) -> u64 {
    let mut events: BinaryHeap<Reverse<(u64, u32)>> = BinaryHeap::new();
    for (node, people) in (0_u32..).zip(people(graph)) {
        if forest.next[node as usize] != Next::Nowhere {
            events.extend((0..people).map(|_| Reverse((0, node))));
        }
    }
    let mut free = vec![0_u64; graph.len()];
    let mut last = 0;
    while let Some(Reverse((us, node))) = events.pop() {
        let Next::Link(link) = forest.next[node as usize] else {
            last = last.max(us);
            continue;
        };
        let link = &graph.links()[link as usize];
        let enters = free[node as usize].max(us);
        free[node as usize] = enters + headway_us(link.per_s);
        events.push(Reverse((enters + u64::from(link.ms) * 1000, link.to)));
    }
    last.div_ceil(1000)
}

/// The same where a link holds only so many: who finds it full waits on the link before it. At a
/// merge whoever has gone least for their share goes first.
pub struct Crowd<'g> {
    graph: &'g Graph,
    forest: &'g Forest,
    /// People at the end of each node's own link, by when they can go on.
    on: Vec<VecDeque<u64>>,
    own: Vec<u32>,
    from: Vec<Vec<usize>>,
    free: Vec<u64>,
    /// When each link's end may let the next one out.
    lets: Vec<u64>,
    /// When each of those who merge into a node has had its turn, in shares, and whose turn it is.
    gone: BTreeMap<(usize, usize), f64>,
    turn: Vec<f64>,
}

impl<'g> Crowd<'g> {
    pub fn new(graph: &'g Graph, forest: &'g Forest) -> Self {
        let mut from = vec![Vec::new(); graph.len()];
        for node in 0..graph.len() {
            if let Some(to) = forest.onward(graph, node) {
                from[to].push(node);
            }
        }
        Self {
            graph,
            forest,
            on: vec![VecDeque::new(); graph.len()],
            own: people(graph),
            from,
            free: vec![0; graph.len()],
            lets: vec![0; graph.len()],
            gone: BTreeMap::new(),
            turn: vec![0.0; graph.len()],
        }
    }

    fn link(&self, node: usize) -> Option<(f64, u64, usize)> {
        let Next::Link(link) = self.forest.next[node] else { return None };
        let link = &self.graph.links()[link as usize];
        let holds = self.graph.ways()[link.way as usize].holds();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small")]
        let holds = holds.round() as usize;
        Some((link.per_s, u64::from(link.ms) * 1000, holds))
    }

    /// In steps of 10 ms, until nobody is left.
    pub fn clearing_ms(mut self) -> u64 {
        let (mut us, mut last) = (0, 0);
        let ends: Vec<bool> = self.forest.next.iter().map(|next| *next == Next::Out).collect();
        loop {
            let inside: usize = self.on.iter().map(VecDeque::len).sum();
            let waiting = (0..self.own.len()).any(|n| self.own[n] > 0 && self.link(n).is_some());
            if inside == 0 && !waiting {
                return last / 1000;
            }
            for (node, is_end) in ends.iter().copied().enumerate() {
                if is_end {
                    for at in 0..self.from[node].len() {
                        let from = self.from[node][at];
                        while self.on[from].front().is_some_and(|comes| *comes <= us) {
                            last = self.on[from].pop_front().unwrap().max(last);
                        }
                    }
                } else {
                    while self.one_goes_on(node, us) {}
                }
            }
            us += 10_000;
            assert!(us < 100_000_000_000, "nobody moves any more");
        }
    }

    fn one_goes_on(&mut self, node: usize, us: u64) -> bool {
        let Some((per_s, walk, holds)) = self.link(node) else { return false };
        if self.free[node] > us || self.on[node].len() >= holds {
            return false;
        }
        // Start-time fair queueing: who had nobody to send does not get it back later.
        let begins = |crowd: &Self, from: usize| {
            crowd.gone.get(&(node, from)).copied().unwrap_or_default().max(crowd.turn[node])
        };
        let mut ready: Vec<(f64, usize)> = Vec::new();
        for from in &self.from[node] {
            let here = self.on[*from].front().is_some_and(|comes| *comes <= us);
            if here && self.lets[*from] <= us {
                ready.push((begins(self, *from), *from));
            }
        }
        if self.own[node] > 0 {
            ready.push((begins(self, node), node));
        }
        ready.sort_by(|one, other| one.0.total_cmp(&other.0));
        let Some((turn, who)) = ready.first().copied() else { return false };
        let share = if who == node { per_s } else { self.link(who).unwrap().0 };
        self.turn[node] = turn;
        self.gone.insert((node, who), turn + 1.0 / share);
        if who == node {
            self.own[node] -= 1;
        } else {
            self.on[who].pop_front();
            let headway = headway_us(self.link(who).unwrap().0);
            self.lets[who] = self.lets[who].max(us.saturating_sub(headway)) + headway;
        }
        self.free[node] = self.free[node].max(us.saturating_sub(10_000)) + headway_us(per_s);
        self.on[node].push_back(us + walk);
        true
    }
}
