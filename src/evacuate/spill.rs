//! A loading with storage limits: a full stair holds up its landing (역류 정체).
//!
//! As in [`super::load`] people flow along a forest, but each link holds only as many as stand in
//! it at [`flow::STANDING_PER_M2`](super::flow::STANDING_PER_M2), in transit and waiting at its
//! end; a full one takes in no more than leaves it, and so the queue reaches back. Where several
//! links and the people of a node itself want into one link, each gets a share in proportion to
//! its own capacity, and what one does not need goes to the others (the merge rule). A space that
//! opens in a queue is felt at its tail at once.
//!
//! It is exact for this fluid and stepped from change to change, some thirty times as long as the
//! plain loading: it judges what the search has found and says where people stand, and finds no
//! signs itself.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::forest::{Forest, Next};
use super::graph::{Graph, index};
use super::load::{Loaded, Queue, Release, everyone, load, rate, whole_ms};

/// Fewer people than this are the rest of a division.
const NOBODY: f64 = 1e-7;

/// More changes than this are no evacuation any more.
const CHANGES_MAX: usize = 50_000_000;

/// A stretch of people: those of a node who have not set off, or a link with all who are on it.
#[derive(Debug, Clone, Default)]
struct Stretch {
    /// Micropersons a second who come to its end by now, and who leave it.
    comes: i64,
    goes: i64,
    /// Who waits at its end.
    waits: f64,
    /// What of the waiting and of the passing has been.
    queue: Queue,
    /// A link's: micropersons a second that enter, who is on it, and how many it holds.
    enters: i64,
    on: f64,
    holds: f64,
    since: f64,
}

impl Stretch {
    fn until(&mut self, ms: f64) {
        let span = ms - self.since;
        if span <= 0.0 {
            return;
        }
        let flown = |rate| super::load::flown(rate, span);
        let waits = (self.waits + flown(self.comes - self.goes)).max(0.0);
        self.queue.waited += f64::midpoint(self.waits, waits) * span;
        self.queue.through += flown(self.goes);
        self.waits = if waits < NOBODY { 0.0 } else { waits };
        self.queue.peak = self.queue.peak.max(self.waits);
        self.on = (self.on + flown(self.enters - self.goes)).max(0.0);
        self.since = ms;
    }

    fn is_full(&self) -> bool {
        self.on >= self.holds - NOBODY
    }
}

/// What is due.
enum Due {
    /// Look at a node again.
    Look(u32),
    /// From now on so many come to the end of the link that leaves this node.
    Comes(u32, i64),
    /// People of a node set off.
    SetOff(u32, f64),
}

struct Spill<'g> {
    graph: &'g Graph,
    forest: &'g Forest,
    /// The nodes from which people come into each.
    from: Vec<Vec<u32>>,
    own: Vec<Stretch>,
    /// The link that leaves each node.
    links: Vec<Stretch>,
    due: BinaryHeap<Reverse<(u64, u64)>>,
    what: Vec<Option<Due>>,
    ms: f64,
    /// Who has come to each end of a way.
    arrived: Vec<Arrived>,
}

/// People who come to an exit or a refuge.
#[derive(Debug, Clone, Copy, Default)]
struct Arrived {
    rate: i64,
    since: f64,
    last_ms: f64,
    people: f64,
    /// Person-milliseconds.
    total: f64,
}

impl Arrived {
    fn change(&mut self, ms: f64, rate: i64) {
        let people = super::load::flown(self.rate, ms - self.since);
        self.people += people;
        self.total += people * f64::midpoint(ms, self.since);
        if self.rate > 0 {
            self.last_ms = ms;
        }
        (self.rate, self.since) = (rate, ms);
    }

    fn at_once(&mut self, ms: f64, people: f64) {
        self.people += people;
        self.total += people * ms;
        self.last_ms = self.last_ms.max(ms);
    }
}

/// Graphs of more nodes are loaded without storage limits, which would take seconds.
pub const NODES_MAX: usize = 20_000;

/// What is shown to people and what a plan is judged by: everyone where they are now, with
/// storage limits unless the graph is too large for them.
///
/// # Panics
/// If following the forest leads round.
#[must_use]
pub fn load_standing(graph: &Graph, forest: &Forest) -> Loaded {
    match graph.len() {
        0..=NODES_MAX => load_spilling(graph, forest, &everyone(graph)),
        _ => load(graph, forest),
    }
}

/// Loads a forest with storage limits.
///
/// # Panics
/// If following the forest leads round.
#[must_use]
pub fn load_spilling(graph: &Graph, forest: &Forest, releases: &[Release]) -> Loaded {
    assert!(
        forest.inward_first(graph).is_some(),
        "a forest leads round, and whoever follows it never arrives"
    );
    let mut spill = Spill::new(graph, forest);
    for Release { node, ms, people } in releases {
        spill.put(f64::from(*ms), Due::SetOff(index(*node), *people));
    }
    spill.run();
    spill.loaded()
}

impl<'g> Spill<'g> {
    fn new(graph: &'g Graph, forest: &'g Forest) -> Self {
        let mut from = vec![Vec::new(); graph.len()];
        let mut links = vec![Stretch::default(); graph.len()];
        for (node, link) in links.iter_mut().enumerate() {
            if let Next::Link(at) = forest.next[node] {
                let of = &graph.links()[at as usize];
                link.holds = graph.ways()[of.way as usize].holds();
                from[of.to as usize].push(index(node));
            }
        }
        Self {
            graph,
            forest,
            from,
            own: vec![Stretch::default(); graph.len()],
            links,
            due: BinaryHeap::new(),
            what: Vec::new(),
            ms: 0.0,
            arrived: vec![Arrived::default(); graph.len()],
        }
    }

    /// Moments are never below 0, so their bits sort as they do.
    fn put(&mut self, ms: f64, due: Due) {
        self.due.push(Reverse((ms.to_bits(), self.what.len() as u64)));
        self.what.push(Some(due));
    }

    fn run(&mut self) {
        for _ in 0..CHANGES_MAX {
            let Some(Reverse((bits, at))) = self.due.pop() else { return };
            self.ms = f64::from_bits(bits);
            let due = usize::try_from(at).ok().and_then(|at| self.what[at].take());
            match due {
                Some(Due::Look(node)) => self.look(node as usize),
                Some(Due::Comes(link, rate)) => self.comes(link as usize, rate),
                Some(Due::SetOff(node, people)) => {
                    self.set_off(node as usize, people);
                }
                None => {}
            }
        }
    }

    fn set_off(&mut self, node: usize, people: f64) {
        if matches!(self.forest.next[node], Next::Out | Next::Refuge) {
            return self.arrived[node].at_once(self.ms, people);
        }
        let own = &mut self.own[node];
        own.until(self.ms);
        own.waits += people;
        own.queue.peak = own.queue.peak.max(own.waits);
        self.look(node);
    }

    fn comes(&mut self, link: usize, rate: i64) {
        let ms = self.ms;
        let Next::Link(at) = self.forest.next[link] else { return };
        let to = self.graph.links()[at as usize].to as usize;
        self.links[link].until(ms);
        self.links[link].comes = rate;
        self.look(to);
    }

    /// Settles who goes on from a node by now, and looks at those before it who are held up.
    fn look(&mut self, node: usize) {
        let mut nodes = vec![node];
        while let Some(node) = nodes.pop() {
            self.settle(node, &mut nodes);
        }
    }

    fn settle(&mut self, node: usize, held_up: &mut Vec<usize>) {
        let ms = self.ms;
        self.own[node].until(ms);
        self.links[node].until(ms);
        for from in &self.from[node] {
            self.links[*from as usize].until(ms);
        }
        let takes = match self.forest.next[node] {
            Next::Link(link) => {
                let capacity = rate(self.graph.links()[link as usize].per_s);
                let full = self.links[node].is_full();
                if full { capacity.min(self.links[node].goes) } else { capacity }
            }
            Next::Out | Next::Refuge => i64::MAX,
            Next::Nowhere => 0,
        };
        let goes = self.shares(node, takes);
        let total: i64 = goes.iter().sum();
        self.own[node].goes = goes[0];
        for (at, goes) in self.from[node].iter().zip(&goes[1..]) {
            let link = &mut self.links[*at as usize];
            if link.goes != *goes {
                link.goes = *goes;
                if link.is_full() {
                    held_up.push(*at as usize);
                }
            }
        }
        self.enter(node, total);
        self.look_when_empty(node);
        for at in 0..self.from[node].len() {
            self.look_when_full(self.from[node][at] as usize);
        }
    }

    /// What each may send on: first the node's own people, then each link in.
    fn shares(&self, node: usize, takes: i64) -> Vec<i64> {
        let capacity = match self.forest.next[node] {
            Next::Link(link) => rate(self.graph.links()[link as usize].per_s),
            _ => 0,
        };
        let mut wants = vec![if self.own[node].waits > 0.0 { capacity } else { 0 }];
        let mut weights = vec![capacity];
        for from in &self.from[node] {
            let from = *from as usize;
            let Next::Link(link) = self.forest.next[from] else { continue };
            let capacity = rate(self.graph.links()[link as usize].per_s);
            let link = &self.links[from];
            wants.push(if link.waits > 0.0 { capacity } else { link.comes.min(capacity) });
            weights.push(capacity);
        }
        share(takes, &wants, &weights)
    }

    /// So many set out on the link that leaves a node; they come to its end after their walk.
    fn enter(&mut self, node: usize, rate: i64) {
        match self.forest.next[node] {
            Next::Link(link) if self.links[node].enters != rate => {
                self.links[node].enters = rate;
                let after = self.ms + f64::from(self.graph.links()[link as usize].ms);
                self.put(after, Due::Comes(index(node), rate));
                self.look_when_full(node);
            }
            Next::Out | Next::Refuge if self.arrived[node].rate != rate => {
                self.arrived[node].change(self.ms, rate);
            }
            _ => {}
        }
    }

    /// Looks again when a queue of this node runs empty.
    fn look_when_empty(&mut self, node: usize) {
        let links = self.from[node].iter().map(|from| &self.links[*from as usize]);
        let emptied = links.chain([&self.own[node]]).filter_map(|stretch| {
            let net = stretch.goes - stretch.comes;
            (stretch.waits > 0.0 && net > 0).then(|| lasts(stretch.waits, net))
        });
        if let Some(span) = emptied.reduce(f64::min) {
            self.put(self.ms + span, Due::Look(index(node)));
        }
    }

    /// Looks again when the link that leaves a node is full.
    fn look_when_full(&mut self, node: usize) {
        let link = &self.links[node];
        let net = link.enters - link.goes;
        if net > 0 && !link.is_full() {
            let span = lasts(link.holds - link.on, net);
            self.put(self.ms + span, Due::Look(index(node)));
        }
    }

    fn loaded(self) -> Loaded {
        let queues = vec![Queue::default(); self.graph.len()];
        let mut loaded = Loaded { queues, ..Loaded::default() };
        let (mut people, mut total, mut last_ms) = (0.0, 0.0, 0.0_f64);
        for node in 0..self.graph.len() {
            let queue = &mut loaded.queues[node];
            *queue = self.own[node].queue;
            for from in &self.from[node] {
                let of = &self.links[*from as usize].queue;
                queue.through += of.through;
                queue.waited += of.waited;
                queue.peak += of.peak;
            }
            if self.forest.next[node] == Next::Nowhere {
                loaded.stranded += self.own[node].waits;
            }
            let arrived = &self.arrived[node];
            (people, total) = (people + arrived.people, total + arrived.total);
            last_ms = last_ms.max(arrived.last_ms);
        }
        loaded.clearing_ms = whole_ms(last_ms);
        loaded.mean_ms = if people > 0.0 { total / people } else { 0.0 };
        loaded
    }
}

#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
fn lasts(people: f64, net: i64) -> f64 {
    people * 1e9 / net as f64
}

/// Shares in proportion to weights; what one does not want goes to the others.
fn share(takes: i64, wants: &[i64], weights: &[i64]) -> Vec<i64> {
    let wanted: i64 = wants.iter().fold(0, |sum, wants| sum.saturating_add(*wants));
    if wanted <= takes {
        return wants.to_vec();
    }
    let mut gets = vec![0; wants.len()];
    let mut open: Vec<usize> = (0..wants.len()).filter(|at| wants[*at] > 0).collect();
    let mut left = takes;
    while !open.is_empty() && left > 0 {
        let weight: i128 = open.iter().map(|at| i128::from(weights[*at])).sum();
        let part = |at: usize| {
            let part = i128::from(left) * i128::from(weights[at]) / weight.max(1);
            i64::try_from(part).unwrap_or(left)
        };
        let content: Vec<usize> =
            open.iter().copied().filter(|at| wants[*at] <= part(*at)).collect();
        if content.is_empty() {
            for at in &open {
                gets[*at] = part(*at);
            }
            // What rounding left over goes to the first.
            let given: i64 = open.iter().map(|at| gets[*at]).sum();
            gets[open[0]] += left - given;
            return gets;
        }
        for at in &content {
            gets[*at] = wants[*at];
            left -= wants[*at];
        }
        open.retain(|at| !content.contains(at));
    }
    gets
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn a_stair_is_shared_by_capacity_and_nothing_is_wasted() {
        assert_eq!(share(100, &[30, 40], &[1, 1]), [30, 40], "enough for both");
        assert_eq!(share(60, &[100, 100], &[2, 1]), [40, 20]);
        assert_eq!(share(60, &[10, 100], &[2, 1]), [10, 50], "what one does not want");
        assert_eq!(share(0, &[10, 100], &[2, 1]), [0, 0]);
    }
}
