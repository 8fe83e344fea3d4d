//! Where things are: a site, its buildings, storeys, zones, homes, passages, exits, signs and
//! devices.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::SignedDuration;
use super::{
    BuildingId, Crowd, DeviceId, HomeId, PassageId, PlaceId, Quantity, SignId, SiteId, StoreyId,
    SwitchId, ZoneId,
};
use crate::care::Budget;

/// One or more buildings run together (시설). The unit of everything: monitor, lease, permission.
#[derive(Debug, Clone)]
pub struct Site {
    pub id: SiteId,
    pub name: String,
    /// IANA name, for people's eyes only; the core counts in UTC.
    pub timezone: String,
    pub buildings: BTreeMap<BuildingId, Building>,
    pub storeys: BTreeMap<StoreyId, Storey>,
    pub zones: BTreeMap<ZoneId, Zone>,
    pub homes: BTreeMap<HomeId, Home>,
    /// How often people may be asked and called for nothing.
    pub care: Budget,
    pub passages: Vec<Passage>,
    pub exits: Vec<Exit>,
    pub signs: BTreeMap<SignId, Sign>,
    pub devices: BTreeMap<DeviceId, Device>,
    /// What may be switched by us; nothing that does not stand here.
    pub switches: BTreeMap<SwitchId, Switch>,
    pub crowd: Crowd,
    /// Whether a home is watched only for a household that is registered, agreed to it and has
    /// been walked through; else every home is, as recordings and demonstrations need it.
    pub registered_only: bool,
}

#[derive(Debug, Clone)]
pub struct Building {
    pub id: BuildingId,
    pub name: String,
}

#[derive(Debug, Clone)]
pub struct Storey {
    pub id: StoreyId,
    pub building: BuildingId,
    /// 1 is the ground floor, -1 the first basement; there is no 0.
    pub level: i32,
}

/// A space (구역).
#[derive(Debug, Clone)]
pub struct Zone {
    pub id: ZoneId,
    pub storey: StoreyId,
    pub kind: ZoneKind,
    pub name: String,
    /// Its outline on the storey's plan, at least three corners; empty if nobody drew it.
    pub polygon: Vec<Point>,
    /// How many people are usually in it; none: as many as its kind and floor suggest.
    pub people: Option<u32>,
    /// How many a refuge takes; none: as many as its floor suggests.
    pub places: Option<u32>,
}

/// A point on a storey's plan, in metres: x grows to the right, y upwards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub x: f64,
    pub y: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneKind {
    Room,
    Corridor,
    Hall,
    Kitchen,
    Stairwell,
    Lift,
    Refuge,
    Plant,
    Parking,
    Outside,
}

/// One dwelling (세대).
#[derive(Debug, Clone)]
pub struct Home {
    pub id: HomeId,
    pub building: BuildingId,
}

/// A way between two zones (통로), usable in both directions.
#[derive(Debug, Clone)]
pub struct Passage {
    /// By which it is closed, where it has one.
    pub id: Option<PassageId>,
    pub between: [ZoneId; 2],
    pub kind: PassageKind,
    pub length_m: f64,
    pub clear_width_m: f64,
    /// Whether a wheelchair gets through; none: unless it is stairs or too narrow.
    pub barrier_free: Option<bool>,
    /// Where it is on the plan.
    pub at: Option<Point>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PassageKind {
    Door,
    /// A way without a door.
    Opening,
    /// One flight from one storey to another.
    Stairs,
    Lift,
    /// A lift that is built to go on in a fire (피난용승강기).
    EvacuationLift,
}

impl PassageKind {
    /// Whether it joins two storeys.
    #[must_use]
    pub fn is_vertical(self) -> bool {
        matches!(self, Self::Stairs | Self::Lift | Self::EvacuationLift)
    }
}

/// Where a route may end (비상구).
#[derive(Debug, Clone)]
pub struct Exit {
    pub id: super::Id<Exit>,
    pub zone: ZoneId,
    pub length_m: f64,
    pub clear_width_m: f64,
    /// Where it is on the plan.
    pub at: Option<Point>,
}

/// A sign that shows people the way (유도등), at the point where they have to decide.
#[derive(Debug, Clone)]
pub struct Sign {
    pub id: SignId,
    /// In which people stand who read it.
    pub zone: ZoneId,
    pub at: Point,
    /// The bearing in which someone looks who reads it: 0 is up on the plan, 90 to the right.
    pub facing_deg: f64,
}

/// A device that may be told to do something (연동 설비): whoever runs the site has allowed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    pub id: SwitchId,
    pub zone: ZoneId,
    pub does: Switching,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Switching {
    /// A siren or a voice (경종·비상방송).
    Sound,
    /// Doors that are locked let people out (문 개방).
    ReleaseDoors,
    /// A gas valve closes (가스 차단).
    CloseGas,
    /// Ventilation stops (환기 정지).
    StopVentilation,
    /// A barrier or a flood gate closes (차수판).
    CloseGate,
    /// Lifts go to the ground floor and stay (승강기 피난층 운행).
    RecallLifts,
}

impl Switching {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sound => "sound",
            Self::ReleaseDoors => "release-doors",
            Self::CloseGas => "close-gas",
            Self::StopVentilation => "stop-ventilation",
            Self::CloseGate => "close-gate",
            Self::RecallLifts => "recall-lifts",
        }
    }
}

/// A mounting point (단말): a box on a wall. Its hardware may be exchanged, its id stays.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: DeviceId,
    /// What it is there for, where its quantities do not say it.
    pub kind: Option<DeviceKind>,
    pub mounted: Mounted,
    pub reads: Vec<Quantity>,
    /// Without a message for this long, it is silent. None: the rule's own span.
    pub silent_after: Option<SignedDuration>,
    /// The gateway (중계기) that its messages come through, where there is one.
    pub gateway: Option<DeviceId>,
}

/// What a device is there for. A contact is a contact; whether it is the way out of a home is
/// known only to whoever mounted it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    Motion,
    /// The door by which people leave the home.
    ExitDoor,
    Door,
    PowerMeter,
    WaterMeter,
    Bed,
    Radar,
    Sos,
    Temperature,
    Smoke,
    Gas,
    /// What carries the words of others. It may have nothing to say itself.
    Gateway,
}

impl DeviceKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Motion => "motion",
            Self::ExitDoor => "exit-door",
            Self::Door => "door",
            Self::PowerMeter => "power-meter",
            Self::WaterMeter => "water-meter",
            Self::Bed => "bed",
            Self::Radar => "radar",
            Self::Sos => "sos",
            Self::Temperature => "temperature",
            Self::Smoke => "smoke",
            Self::Gas => "gas",
            Self::Gateway => "gateway",
        }
    }
}

/// Where a device hangs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mounted {
    Zone(ZoneId),
    Home(HomeId),
    /// In none of its zones: a gateway on the roof or in a shaft.
    Building(BuildingId),
}

/// How far one incident of a kind reaches: a fire is one per building.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    Site,
    Building,
    Storey,
    Zone,
    Home,
}

impl Site {
    /// The place of an incident of this scope that a device of this site takes part in. What
    /// happens in a home stays that home's incident unless it concerns the whole site.
    #[must_use]
    pub fn place(&self, device: &Device, scope: Scope) -> PlaceId {
        match (&device.mounted, scope) {
            (_, Scope::Site) => self.id.as_place(),
            (Mounted::Home(home), _) => home.as_place(),
            (Mounted::Building(building), _) => building.as_place(),
            (Mounted::Zone(zone), _) => self.place_of_zone(zone, scope),
        }
    }

    /// The building a device of this site belongs to.
    #[must_use]
    pub fn building_of<'s>(&'s self, device: &'s Device) -> Option<&'s BuildingId> {
        match &device.mounted {
            Mounted::Zone(zone) => {
                let storey = &self.zones.get(zone)?.storey;
                self.storeys.get(storey).map(|storey| &storey.building)
            }
            Mounted::Home(home) => self.homes.get(home).map(|home| &home.building),
            Mounted::Building(building) => Some(building),
        }
    }

    /// What people call a place. A home has no name here: who lives there is nobody's to read.
    #[must_use]
    pub fn name_of(&self, place: &str) -> Option<String> {
        if self.id.as_str() == place {
            return Some(self.name.clone());
        }
        let building = self.buildings.get(place).map(|building| building.name.clone());
        let zone = || self.zones.get(place).map(|zone| zone.name.clone());
        let storey = || self.storeys.get(place).map(|storey| self.storey_name(storey));
        building.or_else(zone).or_else(storey)
    }

    /// The building's name and the storey as lifts show it.
    fn storey_name(&self, storey: &Storey) -> String {
        let building = self.buildings.get(&storey.building).map_or("", |of| of.name.as_str());
        let level = match storey.level {
            below if below < 0 => format!("지하 {}층", below.unsigned_abs()),
            above => format!("{above}층"),
        };
        format!("{building} {level}").trim().to_owned()
    }

    /// A place and everything that it lies in, from itself to the site: a device, zone, storey,
    /// building, home or the site. None if the site has no such place.
    #[must_use]
    pub fn within(&self, place: &str) -> Option<Vec<PlaceId>> {
        let of_building = |building: &BuildingId| vec![building.as_place(), self.id.as_place()];
        let of_storey = |storey: &Storey| {
            let mut places = vec![storey.id.as_place()];
            places.extend(of_building(&storey.building));
            places
        };
        let of_zone = |zone: &Zone| {
            let mut places = vec![zone.id.as_place()];
            places.extend(self.storeys.get(&zone.storey).into_iter().flat_map(of_storey));
            places
        };
        let of_home = |home: &Home| {
            let mut places = vec![home.id.as_place()];
            places.extend(of_building(&home.building));
            places
        };
        if place == self.id.as_str() {
            return Some(vec![self.id.as_place()]);
        }
        let building = self.buildings.values().find(|one| one.id.as_str() == place);
        let storey = self.storeys.values().find(|one| one.id.as_str() == place);
        let zone = self.zones.values().find(|one| one.id.as_str() == place);
        let home = self.homes.values().find(|one| one.id.as_str() == place);
        let found = building.map(|building| of_building(&building.id));
        let found = found.or_else(|| storey.map(of_storey));
        let found = found.or_else(|| zone.map(of_zone)).or_else(|| home.map(of_home));
        found.or_else(|| {
            let device = self.devices.values().find(|one| one.id.as_str() == place)?;
            let mut places = vec![device.id.as_place()];
            places.extend(self.within(device.spot().as_str())?);
            Some(places)
        })
    }

    /// The place of an incident of this scope in a zone of this site.
    ///
    /// # Panics
    /// If the zone or its storey is not of this site; a loaded configuration has been checked.
    #[must_use]
    pub fn place_of_zone(&self, zone: &ZoneId, scope: Scope) -> PlaceId {
        let storey = &self.zones[zone].storey;
        match scope {
            Scope::Site => self.id.as_place(),
            Scope::Building => self.storeys[storey].building.as_place(),
            Scope::Storey => storey.as_place(),
            Scope::Zone | Scope::Home => zone.as_place(),
        }
    }
}

impl Device {
    #[must_use]
    pub fn zone(&self) -> Option<&ZoneId> {
        match &self.mounted {
            Mounted::Zone(zone) => Some(zone),
            Mounted::Home(_) | Mounted::Building(_) => None,
        }
    }

    /// The zone, home or building it hangs in.
    #[must_use]
    pub fn spot(&self) -> PlaceId {
        match &self.mounted {
            Mounted::Zone(zone) => zone.as_place(),
            Mounted::Home(home) => home.as_place(),
            Mounted::Building(building) => building.as_place(),
        }
    }

    #[must_use]
    pub fn home(&self) -> Option<&HomeId> {
        match &self.mounted {
            Mounted::Home(home) => Some(home),
            Mounted::Zone(_) | Mounted::Building(_) => None,
        }
    }

    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.kind == Some(DeviceKind::Gateway)
    }

    /// Whether it tells that someone is there: a motion sensor or a radar.
    #[must_use]
    pub fn sees_people(&self) -> bool {
        self.reads.iter().any(|read| matches!(read, Quantity::Motion | Quantity::Presence))
    }
}
