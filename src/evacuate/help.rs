//! Who cannot leave without help (피난 약자): where each is brought, out or to a refuge with a free
//! place, so that all together are carried least.
//!
//! Nobody is counted twice: a place that is given is given. Whoever gets none is said to have
//! none, so that someone goes there first.

use std::collections::BTreeMap;

use super::hazard::Hazards;
use super::network::Network;
use super::personal::{Means, Personal, share_places};
use super::profile::Profile;
use super::route::Goal;
use crate::domain::{HomeId, ZoneId};

/// The people of one zone who need help.
#[derive(Debug, Clone, PartialEq)]
pub struct Help {
    pub zone: ZoneId,
    pub people: u32,
    /// The way on which they are brought.
    pub way: Personal,
    /// How many are brought to which refuge, where no way leads out in time.
    pub to: BTreeMap<ZoneId, u32>,
    /// How many of them find no place anywhere.
    pub without: u32,
}

/// A refuge that is not closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refuge {
    pub zone: ZoneId,
    pub places: u32,
    /// Who is in it already.
    pub taken: u32,
    /// Who is being brought to it.
    pub given: u32,
}

impl Refuge {
    #[must_use]
    pub fn free(&self) -> u32 {
        self.places.saturating_sub(self.taken).saturating_sub(self.given)
    }
}

impl Network {
    /// How many in each zone cannot leave without help.
    #[must_use]
    pub fn need_help(&self) -> BTreeMap<ZoneId, u32> {
        let need = |(node, zone): (usize, &ZoneId)| {
            let people = self.graph.nodes()[node].wheelchairs;
            (people > 0).then(|| (zone.clone(), people))
        };
        self.zones.iter().enumerate().filter_map(need).collect()
    }

    /// Somebody in a home cannot leave without help. Nothing changes where the site's file does
    /// not say in which zone the home lies.
    pub fn helps(&mut self, home: &HomeId) {
        let node = self.site.crowd.homes.get(home).and_then(|zone| self.node(zone));
        if let Some(node) = node {
            let people = self.graph.nodes()[node].wheelchairs + 1;
            self.graph.set_wheelchairs(node, people);
        }
    }

    /// Where those who need help are brought, and what places are left afterwards.
    #[must_use]
    pub fn help(
        &self,
        hazards: &Hazards,
        need: &BTreeMap<ZoneId, u32>,
        means: &Means,
    ) -> (Vec<Help>, Vec<Refuge>) {
        let mut refuges = self.refuges(hazards, means);
        let ways = need.iter().filter(|(_, people)| **people > 0).filter_map(|(zone, people)| {
            let way = self.personal(hazards, zone, Profile::Assisted, (means, 0))?.remove(0);
            let (zone, people) = (zone.clone(), *people);
            Some(Help { zone, people, way, to: BTreeMap::new(), without: 0 })
        });
        let mut help: Vec<Help> = ways.collect();
        let inside: Vec<usize> =
            (0..help.len()).filter(|n| help[*n].way.goal != Goal::Exit).collect();
        let ms: Vec<Vec<Option<u64>>> = inside
            .iter()
            .map(|n| {
                let ends = refuges.iter().map(|refuge| &refuge.zone);
                self.carried_ms(hazards, &help[*n].zone, means, ends)
            })
            .collect();
        let people: Vec<u32> = inside.iter().map(|n| help[*n].people).collect();
        let free: Vec<u32> = refuges.iter().map(Refuge::free).collect();
        for (n, goes) in inside.iter().zip(share_places(&ms, &people, &free)) {
            let of = &mut help[*n];
            of.without = of.people - goes.iter().sum::<u32>();
            for (refuge, people) in refuges.iter_mut().zip(goes).filter(|(_, people)| *people > 0) {
                refuge.given += people;
                of.to.insert(refuge.zone.clone(), people);
            }
        }
        (help, refuges)
    }

    fn refuges(&self, hazards: &Hazards, means: &Means) -> Vec<Refuge> {
        let open = |node: &usize| {
            let zone = self.zone(*node);
            let closed = zone.is_none_or(|zone| hazards.closed.contains_key(zone));
            self.graph.is_refuge(*node) && !closed
        };
        let refuge = |node: usize| {
            let zone = self.zone(node)?.clone();
            let taken = means.taken.get(&zone).copied().unwrap_or_default();
            let places = self.graph.nodes()[node].places;
            Some(Refuge { zone, places, taken, given: 0 })
        };
        (0..self.graph.len()).filter(open).filter_map(refuge).collect()
    }
}
