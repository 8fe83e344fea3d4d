//! Evacuation (대피): which way people go, and what the signs show.
//!
//! A [`Network`] is a site seen as ways; a [`Plan`] is the next step of every zone under what is
//! in the way, loop-free because every zone has one; a [`Board`] brings a plan to the signs in
//! stages, so that no two signs ever send people round in a circle. "To the refuge" and "stay"
//! are answers here and no errors.
//!
//! Nothing here reads a clock or a device: hazards come in as data, and the caller tells each
//! moment.

mod board;
mod forest;
mod graph;
mod hazard;
pub mod import;
mod pointing;
mod route;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use board::{Board, LASTS, Planned, RENEWED_BEFORE, STAGE_WAITS, Sent, Told};
pub use forest::UNKNOWN_MS;
use forest::{Forest, Mask, Next};
use graph::Graph;
pub use graph::middle;
pub use graph::{LEVEL_M_PER_S, STAIRS_DOWN_M_PER_S, STAIRS_UP_M_PER_S};
pub use hazard::Hazards;
pub use route::{Goal, Route};

use crate::domain::{Point, Show, Sign, Site, ZoneId};

/// Where each zone's signs lead, as far as they lead into a zone.
pub type Shown = BTreeMap<ZoneId, ZoneId>;

/// A site as ways.
#[derive(Debug)]
pub struct Network {
    site: Arc<Site>,
    graph: Graph,
    nominal: Forest,
}

/// The way from everywhere, under what is in the way.
pub struct Plan<'n> {
    network: &'n Network,
    hazards: &'n Hazards,
    forest: Forest,
}

impl Network {
    #[must_use]
    pub fn of(site: Arc<Site>) -> Self {
        let graph = Graph::of(&site);
        let mask = Mask::of(&site, &graph, &Hazards::default());
        let nominal = Forest::grow(&graph, &mask);
        Self { site, graph, nominal }
    }

    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The best way from everywhere; `shown` are directions that are kept unless another is
    /// clearly better.
    #[must_use]
    pub fn plan<'n>(&'n self, hazards: &'n Hazards, shown: &Shown) -> Plan<'n> {
        let mask = Mask::of(&self.site, &self.graph, hazards);
        let forest = Forest::grow(&self.graph, &mask).steady(&self.graph, &mask, shown);
        Plan { network: self, hazards, forest }
    }

    /// Whether people may be led from one zone straight into another.
    #[must_use]
    pub fn admits(&self, hazards: &Hazards, from: &ZoneId, to: &ZoneId) -> bool {
        let (Some(from), Some(to)) = (self.graph.node(from), self.graph.node(to)) else {
            return false;
        };
        let mask = Mask::of(&self.site, &self.graph, hazards);
        self.graph.links(from).iter().any(|link| link.to == to && mask.admits(link))
    }

    /// What a sign shows while nothing is wrong, and falls back to by itself.
    #[must_use]
    pub fn at_rest(&self, sign: &Sign) -> (Show, Option<ZoneId>) {
        pointing(self, &self.nominal, sign)
    }
}

impl Plan<'_> {
    /// The cheapest time out of a zone, or to a refuge, with the price of what is unknown.
    #[must_use]
    pub fn cost_ms(&self, zone: &ZoneId) -> Option<u64> {
        self.network.graph.node(zone).and_then(|node| self.forest.cost[node])
    }

    /// The zone that people of this one go into next.
    #[must_use]
    pub fn next_zone(&self, zone: &ZoneId) -> Option<&ZoneId> {
        let graph = &self.network.graph;
        match self.forest.next[graph.node(zone)?] {
            Next::Zone { node, .. } => Some(&graph.zones[node]),
            _ => None,
        }
    }

    /// Where on its storey's plan people leave a zone, if that was drawn.
    #[must_use]
    pub fn leaves_at(&self, zone: &ZoneId) -> Option<Point> {
        let Network { site, graph, .. } = self.network;
        match self.forest.next[graph.node(zone)?] {
            Next::Out(exit) => site.exits[exit].at,
            Next::Zone { passage, .. } => site.passages[passage].at,
            _ => None,
        }
    }

    /// What a sign is to show.
    #[must_use]
    pub fn sign(&self, sign: &Sign) -> (Show, Option<ZoneId>) {
        pointing(self.network, &self.forest, sign)
    }

    /// The way out of every zone, by zone.
    pub fn routes(&self) -> impl Iterator<Item = Route> {
        self.network.graph.zones.iter().filter_map(|zone| self.route_from(zone))
    }

    /// The way out of one zone; none if there is no such zone.
    #[must_use]
    pub fn route_from(&self, zone: &ZoneId) -> Option<Route> {
        let node = self.network.graph.node(zone)?;
        Some(route::of(self.network, &self.forest, self.hazards, node))
    }
}

/// What a sign shows so that people follow a forest, and the zone it leads into.
fn pointing(network: &Network, forest: &Forest, sign: &Sign) -> (Show, Option<ZoneId>) {
    let (site, graph) = (&*network.site, &network.graph);
    let Some(node) = graph.node(&sign.zone) else { return (Show::Stay, None) };
    match forest.next[node] {
        Next::Out(exit) => {
            let at = site.exits[exit].at;
            (at.map_or(Show::Ahead, |at| pointing::toward(sign, at)), None)
        }
        Next::Outside => (Show::Ahead, None),
        Next::Zone { node: to, passage } => {
            let into = &graph.zones[to];
            let show = match forest.next[to] {
                // People who stand before its door look for the refuge and no longer for a way.
                Next::Refuge => Show::Refuge,
                _ => pointing::through(site, sign, &site.passages[passage], into),
            };
            (show, Some(into.clone()))
        }
        Next::Refuge => (Show::Refuge, None),
        Next::Nowhere => (Show::Stay, None),
    }
}
