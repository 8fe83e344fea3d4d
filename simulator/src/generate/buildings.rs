//! The made-up buildings: two rooms and a corridor, eight devices each.

use super::SILENT_AFTER_S;
use super::stories::Excursion;
use crate::files::{Device as Entry, SiteFile};

pub struct Site {
    pub id: String,
    pub buildings: Vec<Building>,
}

pub struct Building {
    pub id: String,
    pub burns: bool,
    pub devices: Vec<Device>,
}

pub struct Device {
    pub id: String,
    pub zone: String,
    pub quantity: Quantity,
    /// What it measures while nothing happens.
    pub calm: f64,
    pub excursions: Vec<Excursion>,
    /// From here on it says nothing more.
    pub silent_from_ms: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    Temperature,
    Smoke,
    CallPoint,
    Motion,
}

impl Quantity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Smoke => "smoke",
            Self::CallPoint => "call_point",
            Self::Motion => "motion",
        }
    }
}

/// Where a building's devices hang, by the order in which they stand in [`Building::devices`].
pub mod place {
    pub const ROOM_1: [usize; 2] = [0, 1];
    pub const ROOM_1_SMOKE: usize = 2;
    pub const ROOM_2: [usize; 2] = [3, 4];
    pub const ROOM_2_SMOKE: usize = 5;
    pub const CALL_POINT: usize = 6;
}

const DEVICES: [(&str, &str, Quantity); 8] = [
    ("t1", "room-1", Quantity::Temperature),
    ("t2", "room-1", Quantity::Temperature),
    ("s1", "room-1", Quantity::Smoke),
    ("t3", "room-2", Quantity::Temperature),
    ("t4", "room-2", Quantity::Temperature),
    ("s2", "room-2", Quantity::Smoke),
    ("cp", "corridor", Quantity::CallPoint),
    ("m", "corridor", Quantity::Motion),
];

/// One burning building per incident, and one in eight that stays quiet.
pub fn build(sites: usize, incidents: usize) -> Vec<Site> {
    let site = |s: usize| {
        let burning = incidents / sites + usize::from(s < incidents % sites);
        let quiet = burning / 8 + 1;
        let buildings = (0..burning + quiet).map(|b| building(b, b < burning)).collect();
        Site { id: format!("gen-{s}"), buildings }
    };
    (0..sites).map(site).collect()
}

fn building(number: usize, burns: bool) -> Building {
    let id = format!("b{number:03}");
    let device = |(name, zone, quantity): &(&str, &str, Quantity)| Device {
        id: format!("{id}-{name}"),
        zone: format!("{id}-{zone}"),
        quantity: *quantity,
        calm: 0.0,
        excursions: Vec::new(),
        silent_from_ms: None,
    };
    let devices = DEVICES.iter().map(device).collect();
    Building { id, burns, devices }
}

pub fn site_file(site: &Site) -> SiteFile {
    let name = format!("Made-up site {}", site.id);
    let mut file = SiteFile::new(&site.id, &name, "Made up from a seed, for crash tests.");
    for building in &site.buildings {
        let id = &building.id;
        let zones @ [corridor, room_1, room_2] =
            &["corridor", "room-1", "room-2"].map(|zone| format!("{id}-{zone}"));
        file.building(id, &format!("Building {id}"));
        for (zone, kind) in zones.iter().zip(["corridor", "room", "room"]) {
            file.zone(zone, id, kind, zone);
        }
        file.passage([corridor, room_1], 4.0, 0.9);
        file.passage([corridor, room_2], 6.0, 0.9);
        file.exit(&format!("{id}-door"), corridor, 3.0, 1.2);
        for device in &building.devices {
            file.device(&Entry {
                id: &device.id,
                zone: &device.zone,
                reads: &[device.quantity.name()],
                silent_after_s: SILENT_AFTER_S,
            });
        }
    }
    file
}
