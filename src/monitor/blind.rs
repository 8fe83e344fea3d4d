//! Blind homes (관측 불가): a home that nobody can see into is a fault, and never a still person.
//!
//! A home is blind while none of its motion sensors and radars works, or none of the sensors at
//! its way out; then nobody could tell a quiet person from one who is out. A sensor works if it
//! has spoken within its span and is not stuck. A low battery, an open housing or a wrong clock
//! leave it working: its words are still those of the home, and to stop the stopwatch for weeks
//! because of a battery would be the greater danger.
//!
//! A home without any motion sensor or radar was never meant to be seen into, and is not blind.
//! What explains the blindness of many (a dead gateway, a block without power) lists the home
//! instead of an incident of its own.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::fault::is_of_people;
use super::finding::Finding;
use super::instance::Shared;
use super::own::{own_contribution, own_finding, own_kind};
use super::watch::{Mount, Watch};
use crate::detect::{Per, Turn};
use crate::domain::time::{Timestamp, micros};
use crate::domain::{DeviceId, DeviceKind, KindId, Level, Mounted, PlaceId, Words};

/// The kind of its incident.
pub const BLIND: &str = "blind";

/// What lets us see into one home.
pub(super) struct HomeSight {
    pub place: PlaceId,
    /// Motion sensors and radars.
    movers: Vec<usize>,
    /// Sensors at its way out.
    exits: Vec<usize>,
    /// The stopwatches that stand still while it is blind.
    pub stills: Vec<usize>,
    pub blind: Option<Blind>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Blind {
    #[serde(with = "micros::required")]
    since: Timestamp,
    /// The fault of many that lists it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shared: Option<Shared>,
}

impl HomeSight {
    /// What incident its blindness is part of.
    pub fn target(&self) -> (KindId, PlaceId) {
        match self.blind.as_ref().and_then(|blind| blind.shared.as_ref()) {
            Some(Shared { kind, place }) => (kind.clone(), place.clone()),
            None => (own_kind(BLIND), self.place.clone()),
        }
    }
}

impl Watch {
    pub(super) fn mount_homes(&mut self) {
        let mut homes: BTreeMap<PlaceId, HomeSight> = BTreeMap::new();
        for (index, mount) in self.mounts.iter().enumerate() {
            let device = &mount.device;
            let is_exit = device.kind == Some(DeviceKind::ExitDoor);
            let Mounted::Home(home) = &device.mounted else { continue };
            if !device.sees_people() && !is_exit {
                continue;
            }
            let place = home.as_place();
            let home = homes.entry(place.clone()).or_insert_with(|| HomeSight {
                place,
                movers: Vec::new(),
                exits: Vec::new(),
                stills: Vec::new(),
                blind: None,
            });
            home.movers.extend(device.sees_people().then_some(index));
            home.exits.extend(is_exit.then_some(index));
        }
        for (index, instance) in self.instances.iter().enumerate() {
            if instance.rule.detector.per() != Per::Home {
                continue;
            }
            self.of_homes.entry(instance.source.clone()).or_default().push(index);
            if let Some(home) = homes.get_mut(&instance.source) {
                home.stills.push(index);
            }
        }
        homes.retain(|_, home| !home.movers.is_empty());
        self.homes = homes.into_values().collect();
        for index in 0..self.homes.len() {
            let home = &self.homes[index];
            for mount in home.movers.iter().chain(&home.exits) {
                self.mounts[*mount].home = Some(index);
            }
        }
    }

    fn works(&self, mount: usize) -> bool {
        let Mount { silents, doubters, .. } = &self.mounts[mount];
        let stands = |index: &usize| self.instances[*index].standing.is_some();
        let stuck = doubters.iter().any(|(read, index)| is_of_people(*read) && stands(index));
        !stuck && !silents.iter().any(stands)
    }

    /// Looks whether a home can be seen into. What is not to be believed has not been so `since`.
    pub(super) fn look(&mut self, home: usize, at: Timestamp, since: Timestamp) {
        let HomeSight { movers, exits, blind, .. } = &self.homes[home];
        let (no_mover, no_exit) = (self.none_works(movers), self.none_works(exits));
        match (blind.is_some(), no_mover || no_exit) {
            (false, true) => self.goes_blind(home, at, since, no_mover),
            (true, false) => self.sees_again(home, at),
            (true, true) => self.blind_on_its_own(home, at),
            (false, false) => {}
        }
    }

    fn goes_blind(&mut self, home: usize, at: Timestamp, since: Timestamp, no_mover: bool) {
        let shared = self.explained(home);
        self.homes[home].blind = Some(Blind { since, shared });
        let (ko, en) = match no_mover {
            true => ("움직임 감지기", "no motion sensor or radar"),
            false => ("출입 감지기", "no sensor at its way out"),
        };
        let because = Words::new(
            format!("이 세대의 {ko} 모두 작동 안 함: 관측 불가"),
            format!("{en} of this home works: it cannot be seen into"),
        );
        self.blind_finding(home, Turn::Started, at, because);
        self.tell_stills(home, since, false);
    }

    fn sees_again(&mut self, home: usize, at: Timestamp) {
        let because = Words::new("다시 관측 가능", "it can be seen into again");
        self.blind_finding(home, Turn::Stopped, at, because);
        self.homes[home].blind = None;
        self.tell_stills(home, at, true);
    }

    /// A shared fault that no longer explains the blindness gives it back; one that has come to
    /// explain it takes it.
    fn blind_on_its_own(&mut self, home: usize, at: Timestamp) {
        let explained = self.explained(home);
        let Some(blind) = &self.homes[home].blind else { return };
        if blind.shared == explained {
            return;
        }
        let because = match &explained {
            Some(_) => Words::new(
                "다른 세대와 공통된 장애로 묶음",
                "what it has in common with others is one fault",
            ),
            None => Words::new(
                "공통 장애는 끝났으나 이 세대는 계속됨",
                "the fault it had in common with others is over, and it is not",
            ),
        };
        self.blind_finding(home, Turn::Stopped, at, because.clone());
        if let Some(blind) = &mut self.homes[home].blind {
            blind.shared = explained;
        }
        self.blind_finding(home, Turn::Started, at, because);
    }

    fn none_works(&self, mounts: &[usize]) -> bool {
        !mounts.is_empty() && !mounts.iter().any(|mount| self.works(*mount))
    }

    /// The shared fault that explains the blindness, if it explains all of it.
    fn explained(&self, home: usize) -> Option<Shared> {
        let HomeSight { movers, exits, .. } = &self.homes[home];
        let mut explained = None;
        for away in [movers, exits].into_iter().filter(|mounts| self.none_works(mounts)) {
            let silents = away.iter().flat_map(|mount| &self.mounts[*mount].silents);
            let mut standing = silents.map(|index| &self.instances[*index]);
            explained = Some(standing.find_map(|instance| {
                instance.shared.clone().filter(|_| instance.standing.is_some())
            })?);
        }
        explained
    }

    fn tell_stills(&mut self, home: usize, at: Timestamp, seen: bool) {
        for still in 0..self.homes[home].stills.len() {
            let index = self.homes[home].stills[still];
            let instance = &mut self.instances[index];
            if !instance.quarantined {
                instance.rule.detector.sight(&mut instance.state, at, seen);
                self.settle(index, |_| false);
            }
        }
    }

    fn blind_finding(&mut self, home: usize, turn: Turn, at: Timestamp, because: Words) {
        let HomeSight { place, movers, exits, .. } = &self.homes[home];
        let contribution = own_contribution(BLIND, place);
        let away = movers.iter().chain(exits).filter(|mount| !self.works(**mount));
        let devices: Vec<DeviceId> = away.map(|m| self.mounts[*m].device.id.clone()).collect();
        let target = self.homes[home].target();
        let finding = own_finding(target, Level::Caution, contribution, turn, at, because);
        self.findings.push(Finding { devices, ..finding });
    }
}
