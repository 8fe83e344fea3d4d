//! What a disaster asks of ways (상황별 대피 정책): where people go, what closes, whether they move
//! at all. Data, of whoever writes the situations; nothing here knows a disaster by name.
//!
//! Two at once are taken together: what either closes is closed, the stricter rule about lifts,
//! displays and switching holds, and whoever says hold is obeyed first. Where one says up and the
//! other down, or no destination is left that both allow, nothing is chosen: both are shown to a
//! person, and people hold where they are until that person decides.

use serde::{Deserialize, Serialize};

use super::forest::Forest;
use super::graph::{Mask, level};
use super::hazard::Hazards;
use super::network::{Network, Plan};
use crate::domain::{Site, Zone, ZoneKind};

/// Where people are safe from something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// Through an exit.
    Outside,
    /// A refuge (대피 공간).
    Refuge,
    /// A refuge on the ground floor or above it: what is heavier than air gathers below.
    RefugeAboveGround,
    /// Any storey above the ground floor, or the ground floor itself.
    GroundOrAbove,
    /// A storey above the ground floor.
    Above,
    /// A basement.
    Below,
}

/// What is closed besides the hazards themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closes {
    /// Basements: nobody is led into one from above; whoever is in one is led out.
    BelowGround,
    /// Outside: no way leads there.
    Outside,
    /// Every zone beside one that is closed.
    BesideHazards,
}

/// Whether people move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Movement {
    Go,
    /// Stay where they are, unless they are where it is dangerous.
    Shelter,
    /// Nobody moves (during shaking).
    Hold,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lifts {
    /// Evacuation lifts (피난용승강기), where someone runs them; never an ordinary one.
    Evacuation,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Vertical {
    Any,
    Up,
    Down,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The best first; the next is for those who cannot reach it.
    pub destinations: Vec<Destination>,
    #[serde(default)]
    pub closes: Vec<Closes>,
    pub movement: Movement,
    pub lifts: Lifts,
    pub vertical: Vertical,
    /// Whether routes may be shown where anyone can read them.
    pub displays: bool,
    /// Whether devices may be switched: a relay's spark ignites gas.
    pub switches: bool,
}

/// Policies taken together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Together {
    pub policy: Policy,
    /// What a person has to decide; people hold until then.
    pub contradictions: Vec<String>,
}

impl Policy {
    /// As long as nothing else is said: out, else to a refuge.
    #[must_use]
    pub fn usual() -> Self {
        Self {
            destinations: vec![Destination::Outside, Destination::Refuge],
            closes: Vec::new(),
            movement: Movement::Go,
            lifts: Lifts::None,
            vertical: Vertical::Any,
            displays: true,
            switches: true,
        }
    }

    /// Both at once; `self` is the greater threat to life, and its order of destinations holds.
    #[must_use]
    pub fn and(&self, other: &Self) -> Together {
        let mut contradictions = Vec::new();
        let vertical = match (self.vertical, other.vertical) {
            (Vertical::Any, one) | (one, Vertical::Any) => one,
            (one, other) if one == other => one,
            _ => {
                contradictions.push("one leads up and the other down".to_owned());
                Vertical::Any
            }
        };
        let shared = self.destinations.iter().copied();
        let shared: Vec<Destination> =
            shared.filter(|to| other.destinations.contains(to)).collect();
        let asks = |policy: &Self| !policy.destinations.is_empty();
        let destinations = match (asks(self), asks(other)) {
            (true, false) => self.destinations.clone(),
            (false, _) => other.destinations.clone(),
            (true, true) => {
                if shared.is_empty() {
                    contradictions.push(format!(
                        "one leads {:?} and the other {:?}",
                        self.destinations, other.destinations
                    ));
                }
                shared
            }
        };
        let mut closes = self.closes.clone();
        closes.extend(other.closes.iter().filter(|closes| !self.closes.contains(closes)));
        let movement = match contradictions.is_empty() {
            true => self.movement.max(other.movement),
            false => Movement::Hold,
        };
        let policy = Self {
            destinations,
            closes,
            movement,
            lifts: self.lifts.max(other.lifts),
            vertical,
            displays: self.displays && other.displays,
            switches: self.switches && other.switches,
        };
        Together { policy, contradictions }
    }

    fn mask(&self, network: &Network, hazards: &Hazards) -> Mask {
        let mut mask = network.mask(hazards);
        let site = network.site();
        for (node, zone) in site.zones.values().enumerate() {
            let beside = || {
                let row = &network.graph().links()[network.graph().row(node)];
                row.iter().any(|link| {
                    let zone = network.zone(link.to as usize);
                    zone.is_some_and(|zone| hazards.closed.contains_key(zone))
                })
            };
            let closes = self.closes.iter().any(|closes| match closes {
                Closes::BelowGround => false,
                Closes::Outside => zone.kind == ZoneKind::Outside,
                Closes::BesideHazards => beside(),
            });
            if closes {
                mask.close(node);
            }
        }
        if self.closes.contains(&Closes::BelowGround) {
            for (way, passage) in site.passages.iter().enumerate() {
                let [one, other] = passage.between.each_ref().map(|zone| level(site, zone));
                let into = match (one < 0, other < 0) {
                    (true, false) => network.node(&passage.between[0]),
                    (false, true) => network.node(&passage.between[1]),
                    _ => None,
                };
                if let Some(into) = into {
                    mask.bar(way, into);
                }
            }
        }
        if self.closes.contains(&Closes::Outside) {
            let passages = site.passages.len();
            (passages..passages + site.exits.len()).for_each(|way| mask.shut(way));
        }
        match self.vertical {
            Vertical::Any => {}
            Vertical::Up => mask.only_rises(true),
            Vertical::Down => mask.only_rises(false),
        }
        mask
    }
}

impl Network {
    /// The way from everywhere under a policy; nobody moves where it says hold, and only those in
    /// danger where it says shelter.
    #[must_use]
    pub fn plan_under<'n>(&'n self, hazards: &'n Hazards, policy: &Policy) -> Plan<'n> {
        let mask = policy.mask(self, hazards);
        let site = self.site();
        let zones: Vec<&Zone> = site.zones.values().collect();
        let tiers = policy.destinations.iter().map(|destination| {
            let ends = |node: usize| match zones.get(node) {
                Some(zone) => is_end(site, *destination, zone),
                None => *destination == Destination::Outside,
            };
            (0..self.graph().len()).map(ends).collect::<Vec<bool>>()
        });
        let tiers: Vec<Vec<bool>> = tiers.collect();
        let mut forest = Forest::grow_to(self.graph(), &mask, &tiers);
        for (node, zone) in site.zones.keys().enumerate() {
            let stays = match policy.movement {
                Movement::Go => false,
                Movement::Shelter => !hazards.closed.contains_key(zone),
                Movement::Hold => true,
            };
            if stays {
                forest.stay(node);
            }
        }
        self.planned(hazards, forest, policy.displays)
    }
}

/// Whether a zone is where people are safe.
fn is_end(site: &Site, destination: Destination, zone: &Zone) -> bool {
    let level = level(site, &zone.id);
    let rests = !matches!(zone.kind, ZoneKind::Stairwell | ZoneKind::Lift | ZoneKind::Outside);
    match destination {
        Destination::Outside => zone.kind == ZoneKind::Outside,
        Destination::Refuge => zone.kind == ZoneKind::Refuge,
        Destination::RefugeAboveGround => zone.kind == ZoneKind::Refuge && level >= 1,
        Destination::GroundOrAbove => rests && level >= 1,
        Destination::Above => rests && level > 1,
        Destination::Below => rests && level < 0,
    }
}
