//! Which storeys are alerted (경보층).
//!
//! In a tall building not everyone is told at once, or those nearest the fire would wait on the
//! stairs for those who need not hurry. Which storeys come first is data; NFTC 202 2.1.1.7 (of
//! February 2023) gives the sets that ship with the fire.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{BuildingId, Site, Storey, StoreyId};

/// Who is alerted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Alerts {
    /// The whole building.
    #[default]
    Building,
    /// The storey where it is.
    Storey,
    /// The first set that fits, if the building is tall; else the whole building.
    Sets,
    /// Nobody but operators.
    Nobody,
}

/// Where it burns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum On {
    /// The second floor or higher.
    Upper,
    /// The ground floor.
    Ground,
    Basement,
}

/// Whom one place alerts, besides its own storey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FloorSet {
    pub on: On,
    /// So many storeys above it.
    pub above: u32,
    /// Every basement.
    pub basements: bool,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Floors {
    pub alerts: Alerts,
    /// From so many storeys above ground the sets hold…
    pub tall_from: u32,
    /// …and from so many where people live in it.
    pub tall_from_homes: u32,
    pub sets: Vec<FloorSet>,
}

impl Floors {
    /// The storeys of a building that are alerted when it is on these, lowest first.
    #[must_use]
    pub fn alerted(&self, site: &Site, building: &BuildingId, on: &[StoreyId]) -> Vec<StoreyId> {
        let mut storeys: Vec<&Storey> =
            site.storeys.values().filter(|storey| storey.building == *building).collect();
        storeys.sort_by_key(|storey| storey.level);
        let all = || storeys.iter().map(|storey| storey.id.clone()).collect();
        // Where it is not known on which storey it is, everyone is told.
        let places: Vec<&Storey> =
            storeys.iter().copied().filter(|storey| on.contains(&storey.id)).collect();
        match self.alerts {
            Alerts::Nobody => Vec::new(),
            Alerts::Building => all(),
            _ if places.is_empty() => all(),
            Alerts::Sets if !self.is_tall(site, building, &storeys) => all(),
            Alerts::Storey => places.iter().map(|storey| storey.id.clone()).collect(),
            Alerts::Sets => {
                let levels: BTreeSet<i32> =
                    places.iter().flat_map(|storey| self.levels(storey.level, &storeys)).collect();
                let told = storeys.iter().filter(|storey| levels.contains(&storey.level));
                told.map(|storey| storey.id.clone()).collect()
            }
        }
    }

    fn is_tall(&self, site: &Site, building: &BuildingId, storeys: &[&Storey]) -> bool {
        let lived_in = site.homes.values().any(|home| home.building == *building);
        let from = if lived_in { self.tall_from_homes } else { self.tall_from };
        // What is drawn may leave storeys out; the highest number counts them all.
        let highest = storeys.iter().map(|storey| storey.level).max().unwrap_or(0);
        u32::try_from(highest).is_ok_and(|highest| highest >= from)
    }

    /// The levels that one place alerts, its own among them.
    fn levels(&self, level: i32, storeys: &[&Storey]) -> Vec<i32> {
        let on = match level {
            2.. => On::Upper,
            1 => On::Ground,
            _ => On::Basement,
        };
        let Some(set) = self.sets.iter().find(|set| set.on == on) else { return vec![level] };
        let above = storeys.iter().map(|storey| storey.level).filter(|other| *other > level);
        let above = above.take(set.above as usize);
        let basements =
            storeys.iter().map(|storey| storey.level).filter(|other| set.basements && *other < 0);
        above.chain(basements).chain([level]).collect()
    }
}
