//! A building as a graph in compressed rows: nodes, and the ways between them.
//!
//! A way (통로) joins two nodes and is walked in both directions; each direction is a *link* with
//! its own time and its own capacity, since stairs differ up and down. Times are whole
//! milliseconds, so that sums and ties are the same on every platform. It is built from a
//! [`Site`](crate::domain::Site), or from nodes and ways directly; it knows no names. Which of it
//! may be used at a moment is a [`Mask`].
//!
//! In the graph of a site the nodes are its zones in the order of their ids and then its exits in
//! their order; the ways are its passages in their order and then the ways to its exits.

use std::ops::Range;

use super::flow::{self, Climb};
use crate::domain::{Passage, PassageKind, Point, Site, ZoneId, ZoneKind};

/// More nodes than any building has.
pub const NODES_MAX: usize = 1 << 24;

/// What a node is to someone who looks for a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NodeKind {
    /// A space on the way.
    #[default]
    Inside,
    /// Where people are safe if no way leads out (대피 공간).
    Refuge,
    /// Outside, or the door to it: every way ends here.
    Exit,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Node {
    pub kind: NodeKind,
    /// How many people are in it at the beginning, those who cannot leave without help among
    /// them: wheelchair users and whoever has to be led or carried.
    pub people: f64,
    pub wheelchairs: u32,
    /// How many it takes if it is a refuge.
    pub places: u32,
}

/// A way between two nodes, usable in both directions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    pub between: [u32; 2],
    pub kind: PassageKind,
    pub length_m: f64,
    pub clear_width_m: f64,
    /// From the first end to the second, and back.
    pub forth: Pace,
    pub back: Pace,
    /// Whether a wheelchair gets through.
    pub barrier_free: bool,
}

/// One direction of a way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    /// Walking alone, at least 1.
    pub ms: u32,
    /// Persons a second at most.
    pub per_s: f64,
}

impl Way {
    /// A way whose times and capacities follow from its measures by [`flow`].
    #[must_use]
    pub fn measured(
        kind: PassageKind,
        between: [u32; 2],
        (length_m, clear_width_m): (f64, f64),
        climb: Climb,
    ) -> Self {
        let pace = |climb| Pace {
            ms: flow::walking_ms(length_m, flow::walking_m_per_s(kind, climb)),
            per_s: flow::capacity_per_s(kind, clear_width_m, climb),
        };
        let barrier_free = kind != PassageKind::Stairs && clear_width_m >= flow::WHEELCHAIR_WIDTH_M;
        let (forth, back) = (pace(climb), pace(climb.back()));
        Self { between, kind, length_m, clear_width_m, forth, back, barrier_free }
    }

    /// How many people stand in it at most: its floor at [`flow::STANDING_PER_M2`], and never
    /// less than one.
    #[must_use]
    pub fn holds(&self) -> f64 {
        (self.length_m * self.clear_width_m * flow::STANDING_PER_M2).max(1.0)
    }
}

/// One direction of a way, as it stands in the row of the node it leaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    pub to: u32,
    /// Index among the ways.
    pub way: u32,
    /// Index of the link that leads back.
    pub back: u32,
    pub ms: u32,
    /// The same the other way.
    pub back_ms: u32,
    pub per_s: f64,
}

/// Why nodes and ways make no graph.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GraphError {
    #[error("way {way} leads to node {node}; there are {nodes} nodes, counted from 0")]
    NoSuchNode { way: usize, node: u32, nodes: usize },
    #[error("way {way} leads from node {node} to itself; its ends have to differ")]
    Loop { way: usize, node: u32 },
    #[error("way {way} has {what} {value}; it has to be a number above 0")]
    BadNumber { way: usize, what: &'static str, value: f64 },
    #[error("node {node} has {people} people; it has to be a number from 0")]
    BadPeople { node: usize, people: f64 },
    #[error("there are {nodes} nodes; at most {NODES_MAX} are taken")]
    TooLarge { nodes: usize },
}

#[derive(Debug, Clone, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    ways: Vec<Way>,
    offsets: Vec<u32>,
    links: Vec<Link>,
    /// The node that each link leaves.
    from: Vec<u32>,
    /// The floor of each node that somebody drew; of the rest nothing, or 0.
    areas_m2: Vec<f64>,
}

impl Graph {
    /// Joins nodes by ways.
    ///
    /// # Errors
    /// If a way leads to no node or back to its own, or a number is none.
    pub fn new(nodes: Vec<Node>, ways: Vec<Way>) -> Result<Self, GraphError> {
        check(&nodes, &ways)?;
        Ok(Self::joined(nodes, ways))
    }

    /// A site as a graph. Everyone is where the site says they usually are.
    #[must_use]
    pub fn of(site: &Site) -> Self {
        let zones: Vec<&ZoneId> = site.zones.keys().collect();
        let index = |zone: &ZoneId| {
            zones.binary_search(&zone).ok().and_then(|index| u32::try_from(index).ok())
        };
        let mut nodes: Vec<Node> = site
            .zones
            .values()
            .map(|zone| Node {
                kind: match zone.kind {
                    ZoneKind::Outside => NodeKind::Exit,
                    ZoneKind::Refuge => NodeKind::Refuge,
                    _ => NodeKind::Inside,
                },
                people: super::occupancy::usual(zone),
                wheelchairs: site.crowd.need_help.get(&zone.id).copied().unwrap_or_default(),
                places: super::occupancy::places(zone),
            })
            .collect();
        let mut ways: Vec<Way> = Vec::with_capacity(site.passages.len() + site.exits.len());
        for passage in &site.passages {
            // A way between zones that are not there leads nowhere and keeps its place.
            let [one, other] = passage.between.each_ref().map(index);
            let between = [one.unwrap_or_default(), other.unwrap_or_default()];
            ways.push(of_passage(site, passage, between));
        }
        for exit in &site.exits {
            let to = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
            nodes.push(Node { kind: NodeKind::Exit, ..Node::default() });
            let between = [index(&exit.zone).unwrap_or(to), to];
            let measures = (exit.length_m, exit.clear_width_m);
            ways.push(Way::measured(PassageKind::Door, between, measures, Climb::Level));
        }
        let zones = site.zones.values();
        let areas_m2 = zones.map(|zone| super::occupancy::area_m2(&zone.polygon)).collect();
        Self { areas_m2, ..Self::joined(nodes, ways) }
    }

    /// Ways from a node to itself keep their index and have no links.
    fn joined(nodes: Vec<Node>, ways: Vec<Way>) -> Self {
        let mut rows: Vec<u32> = vec![0; nodes.len() + 1];
        let real = |way: &&Way| way.between[0] != way.between[1];
        for end in ways.iter().filter(real).flat_map(|way| way.between) {
            rows[end as usize + 1] += 1;
        }
        for node in 0..nodes.len() {
            rows[node + 1] += rows[node];
        }
        let nowhere = Link { to: 0, way: 0, back: 0, ms: 1, back_ms: 1, per_s: 0.0 };
        let mut links = vec![nowhere; rows[nodes.len()] as usize];
        let mut filled = rows.clone();
        for (index, way) in (0_u32..).zip(&ways).filter(|(_, way)| real(way)) {
            let [one, other] = way.between;
            for (from, to, go, back) in
                [(one, other, way.forth, way.back), (other, one, way.back, way.forth)]
            {
                let slot = &mut filled[from as usize];
                let (ms, back_ms, per_s) = (go.ms, back.ms, go.per_s);
                links[*slot as usize] = Link { to, way: index, back: 0, ms, back_ms, per_s };
                *slot += 1;
            }
        }
        let (from, areas_m2) = (vec![0; links.len()], Vec::new());
        let mut graph = Self { nodes, ways, offsets: rows, links, from, areas_m2 };
        graph.order();
        graph
    }

    /// Sorts every row, exits first and then by node and way, and joins each link to its other.
    fn order(&mut self) {
        let mut first: Vec<u32> = vec![u32::MAX; self.ways.len()];
        for node in 0..self.nodes.len() {
            let range = self.offsets[node] as usize..self.offsets[node + 1] as usize;
            let nodes = &self.nodes;
            let is_inside = |to: u32| nodes[to as usize].kind != NodeKind::Exit;
            self.links[range.clone()]
                .sort_unstable_by_key(|link| (is_inside(link.to), link.to, link.way));
            for at in range {
                self.from[at] = index(node);
                let other = &mut first[self.links[at].way as usize];
                if *other == u32::MAX {
                    *other = index(at);
                } else {
                    self.links[at].back = *other;
                    let other = *other as usize;
                    self.links[other].back = index(at);
                }
            }
        }
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    #[must_use]
    pub fn ways(&self) -> &[Way] {
        &self.ways
    }

    /// All links, in the order of the nodes they leave.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The links that leave a node, by their index.
    #[must_use]
    pub fn row(&self, node: usize) -> Range<usize> {
        self.offsets[node] as usize..self.offsets[node + 1] as usize
    }

    /// The node that a link leaves.
    #[must_use]
    pub fn from(&self, link: usize) -> usize {
        self.from[link] as usize
    }

    /// The floor of a node; none if nobody drew it.
    #[must_use]
    pub fn area_m2(&self, node: usize) -> Option<f64> {
        self.areas_m2.get(node).copied().filter(|area| *area > 0.0)
    }

    #[must_use]
    pub fn is_exit(&self, node: usize) -> bool {
        self.nodes[node].kind == NodeKind::Exit
    }

    #[must_use]
    pub fn is_refuge(&self, node: usize) -> bool {
        self.nodes[node].kind == NodeKind::Refuge
    }

    /// All people, in all nodes.
    #[must_use]
    pub fn people(&self) -> f64 {
        self.nodes.iter().map(|node| node.people).sum()
    }

    /// Says how many people are in a node.
    pub fn set_people(&mut self, node: usize, people: f64) {
        if people.is_finite() {
            self.nodes[node].people = people.max(0.0);
        }
    }

    pub fn set_wheelchairs(&mut self, node: usize, wheelchairs: u32) {
        self.nodes[node].wheelchairs = wheelchairs;
    }
}

fn check(nodes: &[Node], ways: &[Way]) -> Result<(), GraphError> {
    if nodes.len() > NODES_MAX {
        return Err(GraphError::TooLarge { nodes: nodes.len() });
    }
    for (node, Node { people, .. }) in nodes.iter().enumerate() {
        if !people.is_finite() || *people < 0.0 {
            return Err(GraphError::BadPeople { node, people: *people });
        }
    }
    for (index, way) in ways.iter().enumerate() {
        let [one, other] = way.between;
        let missing = way.between.into_iter().find(|node| *node as usize >= nodes.len());
        if let Some(node) = missing {
            return Err(GraphError::NoSuchNode { way: index, node, nodes: nodes.len() });
        }
        if one == other {
            return Err(GraphError::Loop { way: index, node: one });
        }
        for (what, value) in [
            ("length_m", way.length_m),
            ("clear_width_m", way.clear_width_m),
            ("persons/s", way.forth.per_s.min(way.back.per_s)),
            ("milliseconds", f64::from(way.forth.ms.min(way.back.ms))),
        ] {
            if !value.is_finite() || value <= 0.0 {
                return Err(GraphError::BadNumber { way: index, what, value });
            }
        }
    }
    Ok(())
}

fn of_passage(site: &Site, passage: &Passage, between: [u32; 2]) -> Way {
    let [one, other] = passage.between.each_ref().map(|zone| level(site, zone));
    let climb = match (passage.kind, one > other) {
        (PassageKind::Stairs, true) => Climb::Down,
        (PassageKind::Stairs, false) => Climb::Up,
        _ => Climb::Level,
    };
    let measures = (passage.length_m, passage.clear_width_m);
    let mut way = Way::measured(passage.kind, between, measures, climb);
    way.barrier_free = passage.barrier_free.unwrap_or(way.barrier_free);
    way
}

/// Nodes and links are counted in 32 bits; [`NODES_MAX`] keeps them far from the end.
pub(super) fn index(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

/// What is not to be used, and what costs more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    closed: Vec<bool>,
    doubt_ms: Vec<u32>,
    shut: Vec<bool>,
    /// Stairs are walked up only, or down only.
    rises: Option<bool>,
    /// The node into which each way may not be walked; none of them for no such way at all.
    barred: Vec<Option<u32>>,
}

impl Mask {
    /// Everything is open but lifts: an ordinary lift is no way out in any disaster, since it
    /// stops, or opens at the fire; an evacuation lift is none until someone runs it.
    #[must_use]
    pub fn open(graph: &Graph) -> Self {
        let is_lift =
            |way: &Way| matches!(way.kind, PassageKind::Lift | PassageKind::EvacuationLift);
        Self {
            closed: vec![false; graph.len()],
            doubt_ms: vec![0; graph.len()],
            shut: graph.ways().iter().map(is_lift).collect(),
            rises: None,
            barred: Vec::new(),
        }
    }

    /// Nobody is led into this node any more; whoever is in it is led out.
    pub fn close(&mut self, node: usize) {
        self.closed[node] = true;
    }

    /// Going into this node counts as so much longer, since nobody can see into it.
    pub fn doubt(&mut self, node: usize, ms: u32) {
        self.doubt_ms[node] = ms;
    }

    /// Nobody is led through this way, in neither direction.
    pub fn shut(&mut self, way: usize) {
        self.shut[way] = true;
    }

    /// A way is open again: an evacuation lift that someone runs.
    pub fn unshut(&mut self, way: usize) {
        self.shut[way] = false;
    }

    #[must_use]
    pub fn is_closed(&self, node: usize) -> bool {
        self.closed[node]
    }

    #[must_use]
    pub fn is_shut(&self, way: usize) -> bool {
        self.shut[way]
    }

    /// From now on nobody is led down a stair, or nobody up one.
    pub fn only_rises(&mut self, rises: bool) {
        self.rises = Some(rises);
    }

    /// From now on nobody is led into a node through this way; whoever is there may leave by it.
    /// Barred from both sides it is shut.
    pub fn bar(&mut self, way: usize, into: usize) {
        if self.barred.is_empty() {
            self.barred = vec![None; self.shut.len()];
        }
        let into = index(into);
        if self.barred[way].is_some_and(|barred| barred != into) {
            self.shut[way] = true;
        }
        self.barred[way] = Some(into);
    }

    /// Whether people may be led along a link.
    #[must_use]
    pub fn admits(&self, link: &Link) -> bool {
        !self.closed[link.to as usize]
            && self.admits_way(link.way, link.to, (link.ms, link.back_ms))
    }

    /// Whether the other direction of a link that leaves `node` may be walked.
    pub(super) fn admits_back(&self, link: &Link, node: usize) -> bool {
        !self.closed[node] && self.admits_way(link.way, index(node), (link.back_ms, link.ms))
    }

    /// What takes longer than its way back leads up.
    fn admits_way(&self, way: u32, to: u32, (ms, back_ms): (u32, u32)) -> bool {
        let rises = match self.rises {
            None => true,
            Some(true) => ms >= back_ms,
            Some(false) => ms <= back_ms,
        };
        let barred = self.barred.get(way as usize).is_some_and(|into| *into == Some(to));
        !self.shut[way as usize] && rises && !barred
    }

    /// What going into a node costs besides the walk.
    #[must_use]
    pub fn doubt_ms(&self, node: usize) -> u32 {
        self.doubt_ms[node]
    }
}

/// The storey on which a zone lies.
pub(super) fn level(site: &Site, zone: &ZoneId) -> i32 {
    let storey = site.zones.get(zone).and_then(|zone| site.storeys.get(&zone.storey));
    storey.map_or(0, |storey| storey.level)
}

/// Where a zone lies on its storey's plan: the middle of its corners.
#[must_use]
pub fn middle(site: &Site, zone: &ZoneId) -> Option<Point> {
    let corners = &site.zones.get(zone)?.polygon;
    #[expect(clippy::cast_precision_loss, reason = "nobody draws 2^52 corners")]
    let count = corners.len() as f64;
    let sum = |of: fn(&Point) -> f64| corners.iter().map(of).sum::<f64>() / count;
    (!corners.is_empty()).then(|| Point { x: sum(|corner| corner.x), y: sum(|corner| corner.y) })
}
