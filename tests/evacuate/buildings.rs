//! Random buildings and random disasters.

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::domain::{
    Building, Exit, Passage, PassageKind, Point, Sign, SignId, Site, Storey, StoreyId, Zone,
    ZoneId, ZoneKind,
};
use jikimi::evacuate::Hazards;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

pub fn id<T>(text: &str) -> jikimi::domain::Id<T> {
    text.parse().unwrap()
}

fn zone_id(n: usize) -> ZoneId {
    id(&format!("z{n:02}"))
}

fn point(random: &mut ChaCha8Rng) -> Point {
    Point { x: random.random_range(0.0..50.0), y: random.random_range(0.0..50.0) }
}

fn length(random: &mut ChaCha8Rng) -> f64 {
    // Often the same, so that ties are common.
    [3.0, 6.0, 6.0, 12.0, random.random_range(0.5..40.0)][random.random_range(0..5)]
}

/// A building of 2 to 24 zones on up to three storeys, not all of it connected.
pub fn building(random: &mut ChaCha8Rng) -> Arc<Site> {
    let zones = random.random_range(2..25);
    let storeys = random.random_range(1..4);
    let storey_of = |n: usize| n * storeys / zones;
    let kinds = [ZoneKind::Room, ZoneKind::Corridor, ZoneKind::Hall, ZoneKind::Stairwell];
    let zone = |n: usize, random: &mut ChaCha8Rng| {
        let kind = match random.random_range(0..14) {
            0 => ZoneKind::Refuge,
            1 if n.is_multiple_of(5) => ZoneKind::Outside,
            _ => kinds[random.random_range(0..4)],
        };
        let (storey, name, polygon) = (storey_id(storey_of(n)), String::new(), Vec::new());
        let people = Some(random.random_range(0..30));
        (zone_id(n), Zone { id: zone_id(n), storey, kind, name, polygon, people, places: None })
    };
    let zones_by_id = (0..zones).map(|n| zone(n, random)).collect();
    let mut passages = Vec::new();
    for _ in 0..zones + random.random_range(0..zones + 1) {
        let (one, other) = (random.random_range(0..zones), random.random_range(0..zones));
        if one != other {
            let climbs = storey_of(one) != storey_of(other);
            passages.push(passage(passages.len(), one, other, climbs, random));
        }
    }
    let exits = (0..random.random_range(0..4)).map(|n| exit(n, zones, random)).collect();
    let signs = (0..random.random_range(1..zones + 3)).map(|n| sign(n, zones, random)).collect();
    Arc::new(site(storeys, zones_by_id, passages, exits, signs))
}

fn storey_id(n: usize) -> StoreyId {
    id(&format!("{n}f"))
}

fn site(
    storeys: usize,
    zones: BTreeMap<ZoneId, Zone>,
    passages: Vec<Passage>,
    exits: Vec<Exit>,
    signs: BTreeMap<SignId, Sign>,
) -> Site {
    let building = Building { id: id("main"), name: String::new() };
    let storey = |n: usize| {
        let level = i32::try_from(n).unwrap() + 1;
        (storey_id(n), Storey { id: storey_id(n), building: id("main"), level })
    };
    Site {
        id: id("test"),
        name: String::new(),
        timezone: "Asia/Seoul".to_owned(),
        buildings: BTreeMap::from([(building.id.clone(), building)]),
        storeys: (0..storeys).map(storey).collect(),
        zones,
        homes: BTreeMap::new(),
        care: jikimi::care::Budget::default(),
        passages,
        exits,
        signs,
        switches: BTreeMap::new(),
        devices: BTreeMap::new(),
        crowd: jikimi::domain::Crowd::default(),
        registered_only: false,
    }
}

fn passage(n: usize, one: usize, other: usize, climbs: bool, random: &mut ChaCha8Rng) -> Passage {
    let kinds = match climbs {
        true => [PassageKind::Stairs, PassageKind::Stairs, PassageKind::Lift],
        false => [PassageKind::Door, PassageKind::Opening, PassageKind::Door],
    };
    Passage {
        id: random.random_bool(0.5).then(|| id(&format!("p{n}"))),
        between: [zone_id(one), zone_id(other)],
        kind: kinds[random.random_range(0..3)],
        length_m: length(random),
        clear_width_m: 1.2,
        barrier_free: None,
        at: random.random_bool(0.8).then(|| point(random)),
    }
}

fn exit(n: usize, zones: usize, random: &mut ChaCha8Rng) -> Exit {
    Exit {
        id: id(&format!("exit{n}")),
        zone: zone_id(random.random_range(0..zones)),
        length_m: length(random),
        clear_width_m: 1.2,
        at: None,
    }
}

fn sign(n: usize, zones: usize, random: &mut ChaCha8Rng) -> (SignId, Sign) {
    let zone = zone_id(random.random_range(0..zones));
    let facing_deg = random.random_range(0.0..360.0);
    let sign = Sign { id: id(&format!("s{n:02}")), zone, at: point(random), facing_deg };
    (sign.id.clone(), sign)
}

/// Some zones closed, some unknown, some ways shut.
pub fn disaster(site: &Site, random: &mut ChaCha8Rng) -> Hazards {
    let mut hazards = Hazards::default();
    let share = [0.0, 0.05, 0.15, 0.4][random.random_range(0..4)];
    for zone in site.zones.keys() {
        let (closes, is_blind) = (random.random_bool(share), random.random_bool(share));
        if closes {
            hazards.closed.insert(zone.clone(), "fire".to_owned());
        } else if is_blind {
            hazards.unknown.insert(zone.clone(), "silent".to_owned());
        }
    }
    let shut = site.passages.iter().filter_map(|passage| passage.id.as_ref());
    for id in shut.filter(|_| random.random_bool(share / 2.0)) {
        hazards.shut.insert(id.as_place(), "by hand".to_owned());
    }
    hazards
}
