//! What happens when everyone follows a forest: a fluid loading (유체 적재).
//!
//! From the innermost nodes outward, each node's people leave over its one link no faster than
//! that link's capacity; whoever comes sooner waits in a queue of no extent. What arrives is a
//! rate that changes at certain moments, so it is exact for the fluid, and as fast as there are
//! such moments. It has no storage limits: those are [`super::spill`]'s, which needs a hundred
//! times as long.
//!
//! Rates are whole micropersons a second, so that they add up to exactly nothing when everyone
//! has passed; moments are milliseconds with fractions, and only added, multiplied and divided,
//! which is the same on every platform.

use super::forest::{Forest, Next};
use super::graph::Graph;

/// A flow from this moment on, until the next step of its curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    pub ms: f64,
    /// Micropersons a second.
    pub rate: i64,
}

/// Micropersons a second, of persons a second.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "no passage takes 10^12 persons a second")]
pub fn rate(per_s: f64) -> i64 {
    (per_s * 1e6).round().max(1.0) as i64
}

/// Persons that flow at a rate for so long.
#[expect(clippy::cast_precision_loss, reason = "rates are far below 2^52")]
pub(super) fn flown(rate: i64, ms: f64) -> f64 {
    rate as f64 * ms * 1e-9
}

/// A queue shorter than this is none: the rest of a division.
const NOBODY: f64 = 1e-9;

/// A change of what arrives somewhere.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Event {
    pub ms: f64,
    pub change: i64,
    /// Persons who begin to move all at once.
    pub mass: f64,
}

/// The flow of a curve as changes, all later by a walk.
pub(super) fn arrive(curve: &[Step], after_ms: f64, events: &mut Vec<Event>) {
    let mut before = 0;
    for step in curve {
        events.push(Event { ms: step.ms + after_ms, change: step.rate - before, mass: 0.0 });
        before = step.rate;
    }
}

/// The same, merged into events that are sorted already; `spare` is for the merging.
pub(super) fn merge(
    curve: &[Step],
    after_ms: f64,
    events: &mut Vec<Event>,
    spare: &mut Vec<Event>,
) {
    if events.is_empty() {
        return arrive(curve, after_ms, events);
    }
    spare.clear();
    spare.reserve(events.len() + curve.len());
    let (mut at, mut before) = (0, 0);
    for step in curve {
        let ms = step.ms + after_ms;
        while let Some(event) = events.get(at).filter(|event| event.ms <= ms) {
            spare.push(*event);
            at += 1;
        }
        spare.push(Event { ms, change: step.rate - before, mass: 0.0 });
        before = step.rate;
    }
    spare.extend_from_slice(&events[at..]);
    std::mem::swap(events, spare);
}

pub(super) fn sort(events: &mut [Event]) {
    events.sort_by(|one, other| one.ms.total_cmp(&other.ms));
}

/// What a queue saw.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Queue {
    /// Persons who came through.
    pub through: f64,
    /// The sum of their waiting, in person-milliseconds.
    pub waited: f64,
    /// The most who waited at once.
    pub peak: f64,
}

impl Queue {
    /// How long one of them waits on average.
    #[must_use]
    pub fn mean_ms(&self) -> f64 {
        if self.through > 0.0 { self.waited / self.through } else { 0.0 }
    }
}

/// A queue while events come.
struct Passing<'c> {
    capacity: i64,
    ms: f64,
    inward: i64,
    /// The same in persons a millisecond, and how fast the queue grows.
    inward_per_ms: f64,
    grows_per_ms: f64,
    waiting: f64,
    queue: Queue,
    out: &'c mut Vec<Step>,
}

/// Sends sorted events through a link of some capacity; what leaves is written to `out`.
pub(super) fn pass(events: &[Event], capacity: i64, out: &mut Vec<Step>) -> Queue {
    out.clear();
    let Some(first) = events.first() else { return Queue::default() };
    let mut passing = Passing {
        capacity,
        ms: first.ms,
        inward: 0,
        inward_per_ms: 0.0,
        grows_per_ms: flown(-capacity, 1.0),
        waiting: 0.0,
        queue: Queue::default(),
        out,
    };
    let mut at = 0;
    while at < events.len() {
        let ms = events[at].ms;
        passing.until(ms);
        while at < events.len() && events[at].ms <= ms {
            passing.inward += events[at].change;
            passing.waiting += events[at].mass;
            passing.queue.through += events[at].mass;
            at += 1;
        }
        passing.inward_per_ms = flown(passing.inward, 1.0);
        passing.grows_per_ms = flown(passing.inward - capacity, 1.0);
        passing.queue.peak = passing.queue.peak.max(passing.waiting);
        passing.leave(ms);
    }
    passing.drain();
    passing.queue
}

impl Passing<'_> {
    /// Nothing changes until `ms`, unless the queue runs empty.
    fn until(&mut self, ms: f64) {
        let span = ms - self.ms;
        self.queue.through += self.inward_per_ms * span;
        self.ms = ms;
        if self.waiting <= 0.0 && self.grows_per_ms <= 0.0 {
            return;
        }
        let waiting = self.waiting + self.grows_per_ms * span;
        if waiting < NOBODY && self.grows_per_ms < 0.0 {
            let emptied = self.waiting / -self.grows_per_ms;
            self.queue.waited += self.waiting * emptied / 2.0;
            self.waiting = 0.0;
            self.leave(ms - span + emptied);
        } else {
            self.queue.waited += f64::midpoint(self.waiting, waiting) * span;
            self.queue.peak = self.queue.peak.max(waiting);
            self.waiting = waiting;
        }
    }

    /// Nothing comes any more.
    fn drain(&mut self) {
        if self.waiting > 0.0 {
            let emptied = self.waiting / -self.grows_per_ms;
            self.queue.waited += self.waiting * emptied / 2.0;
            self.waiting = 0.0;
            self.leave(self.ms + emptied);
        }
    }

    fn leave(&mut self, ms: f64) {
        let rate = match self.waiting > 0.0 {
            true => self.capacity,
            false => self.inward.min(self.capacity),
        };
        match self.out.last_mut() {
            Some(last) if last.rate == rate => {}
            Some(last) if last.ms >= ms => {
                last.rate = rate;
                // What ended at once again was no change.
                if let [.., before, last] = self.out[..]
                    && before.rate == last.rate
                {
                    self.out.pop();
                }
            }
            _ => self.out.push(Step { ms, rate }),
        }
    }
}

/// What arrives somewhere and goes no further.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrivals {
    pub node: usize,
    pub curve: Vec<Step>,
    /// Who was there from the beginning.
    pub there: f64,
}

/// How a flow ends: with the last person, and after how long all together.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct End {
    pub last_ms: f64,
    /// Person-milliseconds.
    pub total: f64,
    pub people: f64,
}

/// The end of what arrives at a node, of sorted events.
pub(super) fn end(events: &[Event]) -> End {
    let mut end = End::default();
    let (mut rate, mut since) = (0, 0.0);
    for event in events {
        let people = flown(rate, event.ms - since);
        end.total += people * f64::midpoint(event.ms, since) + event.mass * event.ms;
        end.people += people + event.mass;
        rate += event.change;
        since = event.ms;
        if event.change != 0 || event.mass > 0.0 {
            end.last_ms = event.ms;
        }
    }
    end
}

/// People who begin to move at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Release {
    pub node: usize,
    pub ms: u32,
    pub people: f64,
}

/// Everyone in a graph, at once.
#[must_use]
pub fn everyone(graph: &Graph) -> Vec<Release> {
    let nodes = graph.nodes().iter().enumerate();
    let release =
        |(node, of): (usize, &super::graph::Node)| Release { node, ms: 0, people: of.people };
    nodes.map(release).filter(|release| release.people > 0.0).collect()
}

/// What a loading found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Loaded {
    /// When the last of those who have a way is out or in a refuge, rounded up; 0 for nobody.
    pub clearing_ms: u64,
    /// How long they take on average.
    pub mean_ms: f64,
    /// At every exit and refuge that people arrive at.
    pub arrivals: Vec<Arrivals>,
    /// The queue in each node, before the link by which people leave it.
    pub queues: Vec<Queue>,
    /// People without a way.
    pub stranded: f64,
}

/// Loads a forest with everyone in the graph at once.
///
/// # Panics
/// If following the forest leads round.
#[must_use]
pub fn load(graph: &Graph, forest: &Forest) -> Loaded {
    load_released(graph, forest, &everyone(graph))
}

/// Loads a forest with people who begin to move at different moments.
///
/// # Panics
/// If following the forest leads round.
#[must_use]
pub fn load_released(graph: &Graph, forest: &Forest, releases: &[Release]) -> Loaded {
    let order = forest.inward_first(graph);
    assert!(order.is_some(), "a forest leads round, and whoever follows it never arrives");
    let mut events: Vec<Vec<Event>> = vec![Vec::new(); graph.len()];
    for Release { node, ms, people } in releases {
        events[*node].push(Event { ms: f64::from(*ms), change: 0, mass: *people });
    }
    let mut loaded = Loaded { queues: vec![Queue::default(); graph.len()], ..Loaded::default() };
    let (mut out, mut all) = (Vec::new(), End::default());
    for node in order.unwrap_or_default() {
        let node = node as usize;
        let mut here = std::mem::take(&mut events[node]);
        sort(&mut here);
        match forest.next[node] {
            Next::Link(link) => {
                let link = &graph.links()[link as usize];
                loaded.queues[node] = pass(&here, rate(link.per_s), &mut out);
                arrive(&out, f64::from(link.ms), &mut events[link.to as usize]);
            }
            Next::Out | Next::Refuge => {
                let end = end(&here);
                all.last_ms = all.last_ms.max(end.last_ms);
                (all.total, all.people) = (all.total + end.total, all.people + end.people);
                if end.people > 0.0 {
                    loaded.arrivals.push(arrivals(node, &here));
                }
            }
            Next::Nowhere => loaded.stranded += end(&here).people,
        }
    }
    loaded.arrivals.sort_by_key(|arrivals| arrivals.node);
    loaded.clearing_ms = whole_ms(all.last_ms);
    loaded.mean_ms = if all.people > 0.0 { all.total / all.people } else { 0.0 };
    loaded
}

fn arrivals(node: usize, events: &[Event]) -> Arrivals {
    let (mut rate, mut curve) = (0, Vec::<Step>::new());
    for event in events.iter().filter(|event| event.change != 0) {
        rate += event.change;
        match curve.last_mut() {
            Some(last) if last.ms >= event.ms => last.rate = rate,
            _ => curve.push(Step { ms: event.ms, rate }),
        }
    }
    let there = events.iter().map(|event| event.mass).sum();
    Arrivals { node, curve, there }
}

/// Rounded up to whole milliseconds, past the last bits of a division.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a building are far below 2^52 ms and above 0"
)]
pub(super) fn whole_ms(ms: f64) -> u64 {
    (ms - 1e-6).ceil().max(0.0) as u64
}

/// Rounded down to whole milliseconds, before the last bits of a division.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "times of a building are far below 2^52 ms and above 0"
)]
pub(super) fn floor_ms(ms: f64) -> u64 {
    (ms + 1e-6).floor().max(0.0) as u64
}
