//! A site seen as ways, and what is said of it under what is in the way.

use std::sync::Arc;

use super::forest::{Forest, Kept, NEVER, Next, UNKNOWN_MS};
use super::graph::{Graph, Mask};
use super::hazard::Hazards;
use super::policy::{Movement, Policy};
use super::route::{self, Route};
use super::{Shown, pointing};
use crate::domain::{Point, Show, Sign, Site, ZoneId};

/// A site as ways.
#[derive(Debug, Clone)]
pub struct Network {
    pub(super) site: Arc<Site>,
    pub(super) zones: Vec<ZoneId>,
    pub(super) graph: Graph,
    pub(super) nominal: Forest,
}

/// The way from everywhere, under what is in the way.
pub struct Plan<'n> {
    network: &'n Network,
    hazards: &'n Hazards,
    policy: Policy,
    forest: Forest,
}

impl Network {
    #[must_use]
    pub fn of(site: Arc<Site>) -> Self {
        let graph = Graph::of(&site);
        let nominal = Forest::grow(&graph, &Mask::open(&graph));
        let zones = site.zones.keys().cloned().collect();
        Self { site, zones, graph, nominal }
    }

    #[must_use]
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The same as a graph: zones by id, then exits.
    #[must_use]
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Says how many people are where, as far as it is not the usual.
    pub fn set_people(&mut self, people: &std::collections::BTreeMap<ZoneId, f64>) {
        for (zone, people) in people {
            if let Some(node) = self.node(zone) {
                self.graph.set_people(node, *people);
            }
        }
    }

    /// The node of a zone.
    #[must_use]
    pub fn node(&self, zone: &ZoneId) -> Option<usize> {
        self.zones.binary_search(zone).ok()
    }

    /// The zone of a node; none for an exit.
    #[must_use]
    pub fn zone(&self, node: usize) -> Option<&ZoneId> {
        self.zones.get(node)
    }

    /// What the hazards close, and what the disasters ask to be closed.
    #[must_use]
    pub fn mask(&self, hazards: &Hazards) -> Mask {
        hazards.asks.policy.mask(self, hazards)
    }

    /// What the hazards close by themselves.
    pub(super) fn blocked(&self, hazards: &Hazards) -> Mask {
        let mut mask = Mask::open(&self.graph);
        for node in hazards.closed.keys().filter_map(|zone| self.node(zone)) {
            mask.close(node);
        }
        for node in hazards.unknown.keys().filter_map(|zone| self.node(zone)) {
            mask.doubt(node, UNKNOWN_MS);
        }
        if hazards.shut.is_empty() {
            return mask;
        }
        let passages = self.site.passages.iter().map(|passage| passage.id.as_ref());
        let passages = passages.map(|id| id.map(crate::domain::PassageId::as_str));
        let exits = self.site.exits.iter().map(|exit| Some(exit.id.as_str()));
        for (way, id) in passages.chain(exits).enumerate() {
            if id.is_some_and(|id| hazards.shut.contains_key(id)) {
                mask.shut(way);
            }
        }
        mask
    }

    /// The nodes beside closed ones.
    pub(super) fn beside(&self, hazards: &Hazards) -> Vec<usize> {
        let closed = hazards.closed.keys().filter_map(|zone| self.node(zone));
        let beside = closed.flat_map(|node| &self.graph.links()[self.graph.row(node)]);
        let inside = beside.map(|link| link.to as usize).filter(|node| self.zone(*node).is_some());
        inside.collect()
    }

    /// The best way from everywhere; `shown` are directions that are kept unless another is
    /// clearly better.
    #[must_use]
    pub fn plan<'n>(&'n self, hazards: &'n Hazards, shown: &Shown) -> Plan<'n> {
        self.plan_keeping(hazards, &Shown::new(), shown)
    }

    /// The same, where `planned` are directions that were planned for everyone together and are
    /// kept as long as they are safe.
    #[must_use]
    pub fn plan_keeping<'n>(
        &'n self,
        hazards: &'n Hazards,
        planned: &Shown,
        shown: &Shown,
    ) -> Plan<'n> {
        let kept = self.kept(planned, true).chain(self.kept(shown, false));
        self.follows(hazards, &hazards.asks.policy, &kept.collect::<Vec<_>>())
    }

    /// The way from everywhere under a policy of its own; nobody moves where it says hold, and
    /// only those in danger where it says shelter.
    #[must_use]
    pub fn plan_under<'n>(&'n self, hazards: &'n Hazards, policy: &Policy) -> Plan<'n> {
        self.follows(hazards, policy, &[])
    }

    fn follows<'n>(&'n self, hazards: &'n Hazards, policy: &Policy, kept: &[Kept]) -> Plan<'n> {
        let mask = policy.mask(self, hazards);
        let mut forest = Forest::grow_to(&self.graph, &mask, &policy.tiers(self));
        forest = forest.steady(&self.graph, &mask, kept);
        for (node, zone) in self.zones.iter().enumerate() {
            let stays = match policy.movement {
                Movement::Free | Movement::Go => false,
                Movement::Shelter => !hazards.closed.contains_key(zone),
                Movement::Hold => true,
            };
            if stays {
                forest.stay(node);
            }
        }
        Plan { network: self, hazards, policy: policy.clone(), forest }
    }

    fn kept(&self, shown: &Shown, planned: bool) -> impl Iterator<Item = Kept> {
        shown.iter().filter_map(move |(zone, toward)| {
            let (node, toward) = (self.node(zone)?, self.node(toward)?);
            Some(Kept { node, toward, planned })
        })
    }

    /// Whether people may be led from one zone straight into another.
    #[must_use]
    pub fn admits(&self, hazards: &Hazards, from: &ZoneId, to: &ZoneId) -> bool {
        self.admits_under(&self.mask(hazards), from, to)
    }

    /// The same under a mask that was made of the hazards before.
    pub(super) fn admits_under(&self, mask: &Mask, from: &ZoneId, to: &ZoneId) -> bool {
        let (Some(from), Some(to)) = (self.node(from), self.node(to)) else { return false };
        let row = &self.graph.links()[self.graph.row(from)];
        row.iter().any(|link| link.to as usize == to && mask.admits(link))
    }

    /// The nodes of a direction that leads into a zone.
    pub(super) fn way_between(&self, from: &ZoneId, to: Option<&ZoneId>) -> Option<(usize, usize)> {
        Some((self.node(from)?, self.node(to?)?))
    }

    /// What a sign shows while nothing is wrong, and falls back to by itself.
    #[must_use]
    pub fn at_rest(&self, sign: &Sign) -> (Show, Option<ZoneId>) {
        self.pointing(&self.nominal, sign)
    }

    /// What a sign shows so that people follow a forest, and the zone it leads into.
    fn pointing(&self, forest: &Forest, sign: &Sign) -> (Show, Option<ZoneId>) {
        let Some(node) = self.node(&sign.zone) else { return (Show::Stay, None) };
        let link = match forest.next[node] {
            Next::Out => return (Show::Ahead, None),
            Next::Refuge => return (Show::Refuge, None),
            Next::Nowhere => return (Show::Stay, None),
            Next::Link(link) => &self.graph.links()[link as usize],
        };
        let Some(into) = self.zone(link.to as usize) else {
            let at = self.exit(link.way).and_then(|exit| exit.at);
            return (at.map_or(Show::Ahead, |at| pointing::toward(sign, at)), None);
        };
        let show = match forest.next[link.to as usize] {
            // People who stand before its door look for the refuge and no longer for a way.
            Next::Refuge => Show::Refuge,
            _ => {
                let passage = &self.site.passages[link.way as usize];
                pointing::through(&self.site, sign, passage, into)
            }
        };
        (show, Some(into.clone()))
    }

    /// The exit that a way leads to.
    pub(super) fn exit(&self, way: u32) -> Option<&crate::domain::Exit> {
        self.site.exits.get((way as usize).checked_sub(self.site.passages.len())?)
    }
}

impl Plan<'_> {
    /// The cheapest time out of a zone, or to a refuge, with the price of what is unknown.
    #[must_use]
    pub fn cost_ms(&self, zone: &ZoneId) -> Option<u64> {
        let cost = self.forest.cost[self.network.node(zone)?];
        (cost != NEVER).then_some(cost)
    }

    /// The zone that people of this one go into next.
    #[must_use]
    pub fn next_zone(&self, zone: &ZoneId) -> Option<&ZoneId> {
        let onward = self.forest.onward(&self.network.graph, self.network.node(zone)?)?;
        self.network.zone(onward)
    }

    /// Where on its storey's plan people leave a zone, if that was drawn.
    #[must_use]
    pub fn leaves_at(&self, zone: &ZoneId) -> Option<Point> {
        let network = self.network;
        let Next::Link(link) = self.forest.next[network.node(zone)?] else { return None };
        let way = network.graph.links()[link as usize].way;
        match network.exit(way) {
            Some(exit) => exit.at,
            None => network.site.passages[way as usize].at,
        }
    }

    /// What a sign is to show: what it shows by itself where a plan may not be displayed.
    #[must_use]
    pub fn sign(&self, sign: &Sign) -> (Show, Option<ZoneId>) {
        if !self.policy.displays {
            return self.network.at_rest(sign);
        }
        self.network.pointing(&self.forest, sign)
    }

    /// The way out of every zone, by zone.
    pub fn routes(&self) -> impl Iterator<Item = Route> {
        self.network.zones.iter().filter_map(|zone| self.route_from(zone))
    }

    /// The way out of one zone; none if there is no such zone.
    #[must_use]
    pub fn route_from(&self, zone: &ZoneId) -> Option<Route> {
        let node = self.network.node(zone)?;
        Some(route::of(self, node))
    }

    #[must_use]
    pub fn network(&self) -> &Network {
        self.network
    }

    pub(super) fn hazards(&self) -> &Hazards {
        self.hazards
    }

    /// What it was made under.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The forest of it, over [`Network::graph`].
    #[must_use]
    pub fn forest(&self) -> &Forest {
        &self.forest
    }
}
