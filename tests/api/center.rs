//! The customer centre as the tests of the API know it: a storey, a kitchen, a home.

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::domain::time::SignedDuration;
use jikimi::domain::{
    Building, Device, Exit, Home, Mounted, Passage, PassageKind, Quantity, Scope, Site, Storey,
    Zone, ZoneKind,
};
use jikimi::monitor::Configuration;
use jikimi::situation::Situation;

pub fn configuration() -> Configuration {
    let names = ("화재".to_owned(), "fire".to_owned());
    let fire = Situation::plain(id("fire"), names, Scope::Building);
    Configuration {
        hash: "9f2c41d07ab3e655".to_owned(),
        site: Arc::new(site()),
        rules: Vec::new(),
        situations: BTreeMap::from([(fire.id.clone(), fire)]),
        ladders: Arc::default(),
    }
}

pub fn site() -> Site {
    let zone = |name: &str, kind| Zone {
        id: id(&format!("3f-{name}")),
        storey: id("3f"),
        kind,
        name: format!("3층 {name}"),
        polygon: Vec::new(),
        people: None,
        places: None,
    };
    let zones = [zone("hall", ZoneKind::Hall), zone("kitchen", ZoneKind::Kitchen)];
    let device = |text: &str, mounted| Device {
        id: id(text),
        kind: None,
        mounted,
        reads: vec![Quantity::Temperature, Quantity::Motion],
        silent_after: Some(SignedDuration::from_secs(180)),
        gateway: None,
    };
    let devices = [
        device("tc-1", Mounted::Zone(id("3f-kitchen"))),
        device("tc-2", Mounted::Zone(id("3f-hall"))),
        device("h0101-pir", Mounted::Home(id("h0101"))),
    ];
    let building = Building { id: id("main"), name: "본관".to_owned() };
    let storey = Storey { id: id("3f"), building: id("main"), level: 3 };
    let home = Home { id: id("h0101"), building: id("main") };
    Site {
        crowd: jikimi::domain::Crowd::default(),
        id: id("center"),
        name: "빛고을고객센터".to_owned(),
        timezone: "Asia/Seoul".to_owned(),
        buildings: BTreeMap::from([(building.id.clone(), building)]),
        storeys: BTreeMap::from([(storey.id.clone(), storey)]),
        zones: zones.into_iter().map(|zone| (zone.id.clone(), zone)).collect(),
        homes: BTreeMap::from([(home.id.clone(), home)]),
        care: jikimi::care::Budget::default(),
        passages: vec![Passage {
            id: None,
            kind: PassageKind::Door,
            at: None,
            between: [id("3f-hall"), id("3f-kitchen")],
            length_m: 12.0,
            clear_width_m: 1.2,
            barrier_free: None,
        }],
        exits: vec![Exit {
            id: id("exit-a"),
            zone: id("3f-hall"),
            length_m: 3.0,
            clear_width_m: 1.8,
            at: None,
        }],
        signs: BTreeMap::new(),
        switches: BTreeMap::new(),
        devices: devices.into_iter().map(|device| (device.id.clone(), device)).collect(),
        registered_only: false,
    }
}

pub fn id<T>(text: &str) -> jikimi::domain::Id<T> {
    text.parse().expect("an id")
}
