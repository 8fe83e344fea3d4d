//! A better plan that is wanted (표지 개선): everything that whoever computes it has to know, so
//! that it can be computed elsewhere while watching goes on.
//!
//! It carries the stamp of what it was wanted under. An answer whose stamp is not that of the
//! moment is refused: the fire has moved, or the signs lead elsewhere by now.

use std::collections::BTreeMap;
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;

use super::back::keep_past_return;
use super::forest::Next;
use super::signage::{Budget, plan};
use super::spill::load_standing;
use super::{Hazards, Network, Shown};
use crate::domain::{Input, ZoneId};

pub struct Wanted {
    of: u64,
    network: Arc<Network>,
    hazards: Hazards,
    planned: Shown,
    resting: Shown,
    people: BTreeMap<ZoneId, f64>,
}

impl Wanted {
    /// A plan for a network under hazards, where signs were planned or rest in these directions;
    /// `people` are how many are where, as far as it is not the usual.
    #[must_use]
    pub fn new(
        of: u64,
        network: Arc<Network>,
        hazards: Hazards,
        (planned, resting): (Shown, Shown),
        people: BTreeMap<ZoneId, f64>,
    ) -> Self {
        Self { of, network, hazards, planned, resting, people }
    }

    /// Computes it, which may take a second for a hundred thousand zones. The search knows no full
    /// stairs; what it has found is judged with them, and what is worse then is not an answer.
    #[must_use]
    pub fn answer(&self) -> Input {
        let network = &*self.network;
        let mut graph = network.graph().clone();
        for (zone, people) in &self.people {
            if let Some(node) = network.node(zone) {
                graph.set_people(node, *people);
            }
        }
        let mask = network.mask(&self.hazards);
        let displayed = network.plan_keeping(&self.hazards, &self.planned, &self.resting);
        let mut bound = vec![true; graph.len()];
        for node in network.site().signs.values().filter_map(|sign| network.node(&sign.zone)) {
            bound[node] = false;
        }
        let budget = Budget::of(graph.len());
        let signage = plan(&graph, &mask, displayed.forest(), &bound, budget);
        let mut found = signage.forest;
        keep_past_return(&graph, displayed.forest(), &mut found);
        let shown_ms = load_standing(&graph, displayed.forest()).clearing_ms;
        let mut clearing_ms = load_standing(&graph, &found).clearing_ms;
        if clearing_ms > shown_ms {
            found.clone_from(displayed.forest());
            clearing_ms = shown_ms;
        }
        let mut toward = BTreeMap::new();
        for (node, next) in found.next.iter().enumerate() {
            let turned = *next != displayed.forest().next[node];
            if let (Next::Link(link), true) = (next, turned)
                && let Some(from) = network.zone(node)
            {
                let to = graph.links()[*link as usize].to as usize;
                toward.extend(network.zone(to).map(|to| (from.clone(), to.clone())));
            }
        }
        Input::Planned {
            of: self.of,
            toward,
            clearing_ms,
            shown_ms,
            bound_ms: signage.bound_ms,
            evaluations: signage.evaluations,
        }
    }
}

/// The stamp of what is in the way and of the newest plan.
#[must_use]
pub fn stamp(hazards: &Hazards, epoch: u64) -> u64 {
    let mut hash = Xxh3::new();
    let mut put = |text: &str| {
        hash.update(text.as_bytes());
        hash.update(&[0]);
    };
    for zone in hazards.closed.keys() {
        put(zone.as_str());
    }
    put("unknown");
    for zone in hazards.unknown.keys() {
        put(zone.as_str());
    }
    put("shut");
    for way in hazards.shut.keys() {
        put(way.as_str());
    }
    put("asks");
    put(&format!("{:?}", hazards.asks.policy));
    hash.update(&epoch.to_le_bytes());
    hash.digest()
}
