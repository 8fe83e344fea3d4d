//! The site that the pure tests watch, and what a database would have kept of it.
//!
//! Nothing here reads, writes or waits: rules are texts in the tests, rows are values in memory.

#![allow(dead_code, unused_imports, reason = "each test binary uses its part of it")]

mod block;
mod ladders;
mod ledger;
mod message;
mod shell;
mod signs;
mod ways;

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::detect::{Means, Parameters, Rule, Watches};
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{
    Building, Class, Device, DeviceId, DeviceKind, HomeId, Input, KindId, Level, Mounted, Quantity,
    RuleId, Scope, Site, Storey, StoreyId, Zone, ZoneId, ZoneKind,
};
use jikimi::monitor::Configuration;

pub use block::{and_block, block, with_radar};
pub use ladders::laddered;
pub use ledger::{Ledger, StepRow};
pub use message::{judge_time, message};
pub use shell::{Logged, Shell, Snapshot, rebuilt};
pub use ways::guided;

/// Midnight of the day on which the tests take place, in Seoul.
pub const MIDNIGHT: Timestamp = Timestamp::constant(1_795_446_000, 0);

/// A moment so many milliseconds into the day.
pub fn at_ms(milliseconds: i64) -> Timestamp {
    MIDNIGHT + SignedDuration::from_millis(milliseconds)
}

const HASH: &str = "0123456789abcdef";

/// Storey, zone, its kind.
const ZONES: &[(&str, &str, ZoneKind)] = &[
    ("main-1f", "hall", ZoneKind::Hall),
    ("main-1f", "kitchen", ZoneKind::Kitchen),
    ("main-2f", "gallery", ZoneKind::Hall),
    ("annex-1f", "store", ZoneKind::Room),
];

const STOREYS: &[(&str, &str, i32)] =
    &[("main-1f", "main", 1), ("main-2f", "main", 2), ("annex-1f", "annex", 1)];

/// Device, the zone or home it hangs in, what it reads. A home's id begins with `h` and a digit.
const DEVICES: &[(&str, &str, &[Quantity])] = &[
    ("heat-hall", "hall", &[Quantity::Temperature]),
    ("heat-gallery", "gallery", &[Quantity::Temperature]),
    ("heat-store", "store", &[Quantity::Temperature]),
    ("smoke-hall", "hall", &[Quantity::Smoke, Quantity::SmokeAlarm]),
    ("smoke-hall-b", "hall", &[Quantity::Smoke]),
    ("smoke-hall-c", "hall", &[Quantity::Smoke]),
    ("smoke-gallery", "gallery", &[Quantity::Smoke, Quantity::SmokeAlarm]),
    ("gas-kitchen", "kitchen", &[Quantity::Gas, Quantity::GasAlarm]),
    ("pit-kitchen", "kitchen", &[Quantity::WaterLevel, Quantity::Leak]),
    ("panel-hall", "hall", &[Quantity::PanelAlarm, Quantity::PanelFault]),
    ("power-store", "store", &[Quantity::Mains, Quantity::Tamper]),
    ("co-hall", "hall", &[Quantity::Co]),
    ("float-kitchen", "kitchen", &[Quantity::FloatSwitch]),
    ("power-hall", "hall", &[Quantity::Mains]),
    ("power-gallery", "gallery", &[Quantity::Mains]),
    ("meter-store", "store", &[Quantity::Power]),
    ("heat-h0101", "h0101", &[Quantity::Temperature]),
    ("sos-h0101", "h0101", &[Quantity::Sos]),
    ("pir-h0101", "h0101", &[Quantity::Motion]),
    ("exit-h0101", "h0101", &[Quantity::Contact]),
    ("fridge-h0101", "h0101", &[Quantity::Contact]),
    ("radar-hall", "hall", &[Quantity::Presence]),
    ("sos-h0102", "h0102", &[Quantity::Sos]),
];

/// One site of two buildings and two homes, watched by the rules of a TOML text. A rule's keys
/// are those of a rule file, with `kind` for what it opens, its `scope`, and the `quantity` it
/// watches.
pub fn center(rules: &str) -> Arc<Configuration> {
    Arc::new(Configuration {
        hash: HASH.to_owned(),
        site: Arc::new(site()),
        rules: read_rules(rules),
        situations: BTreeMap::new(),
        ladders: Arc::default(),
    })
}

fn site() -> Site {
    let devices = DEVICES.iter().map(|(device, spot, reads)| mounted(device, spot, reads));
    let homes = ["h0101", "h0102"].map(|home| {
        let id: HomeId = home.parse().unwrap();
        (id.clone(), jikimi::domain::Home { id, building: "main".parse().unwrap() })
    });
    let buildings = ["main", "annex"].map(|building| {
        let id: jikimi::domain::BuildingId = building.parse().unwrap();
        (id.clone(), Building { id, name: building.to_owned() })
    });
    Site {
        id: "center".parse().unwrap(),
        name: "고객센터".to_owned(),
        timezone: "Asia/Seoul".to_owned(),
        buildings: buildings.into(),
        storeys: STOREYS.iter().map(|(id, building, level)| storey(id, building, *level)).collect(),
        zones: ZONES.iter().map(|(storey, id, kind)| zone(storey, id, *kind)).collect(),
        homes: homes.into(),
        care: jikimi::care::Budget::default(),
        passages: Vec::new(),
        exits: Vec::new(),
        signs: BTreeMap::new(),
        switches: BTreeMap::new(),
        devices: devices.collect(),
        crowd: jikimi::domain::Crowd::default(),
        registered_only: false,
    }
}

fn storey(id: &str, building: &str, level: i32) -> (StoreyId, Storey) {
    let id: StoreyId = id.parse().unwrap();
    (id.clone(), Storey { id, building: building.parse().unwrap(), level })
}

fn zone(storey: &str, id: &str, kind: ZoneKind) -> (ZoneId, Zone) {
    let (id, name): (ZoneId, _) = (id.parse().unwrap(), id.to_owned());
    let (storey, polygon) = (storey.parse().unwrap(), Vec::new());
    (id.clone(), Zone { id, storey, kind, name, polygon, people: None, places: None })
}

fn mounted(device: &str, spot: &str, reads: &[Quantity]) -> (DeviceId, Device) {
    let id: DeviceId = device.parse().unwrap();
    let kind = match device.split('-').next() {
        Some("exit") => Some(DeviceKind::ExitDoor),
        Some("pir") => Some(DeviceKind::Motion),
        _ => None,
    };
    let home = spot.starts_with("h0");
    let mounted = match home {
        true => Mounted::Home(spot.parse().unwrap()),
        false => Mounted::Zone(spot.parse().unwrap()),
    };
    let (reads, silent_after, gateway) = (reads.to_vec(), None, None);
    (id.clone(), Device { id, kind, mounted, reads, silent_after, gateway })
}

/// Rules as a test writes them.
pub fn read_rules(text: &str) -> Vec<Arc<Rule>> {
    let document: toml::Table = text.parse().expect("the rules are TOML");
    let rules = document.get("rule").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let mut rules: Vec<Arc<Rule>> = rules
        .into_iter()
        .map(|rule| Arc::new(read_rule(rule.as_table().expect("a rule is a table").clone())))
        .collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

fn read_rule(mut table: toml::Table) -> Rule {
    let mut take = |key: &str| table.remove(key).map(|value| value.as_str().unwrap().to_owned());
    let id: RuleId = take("id").expect("a rule has an id").parse().unwrap();
    let class: Class = word(&take("class").unwrap_or_else(|| "alarm".to_owned()));
    let kind: KindId = take("kind").expect("a rule has a kind").parse().unwrap();
    let level: Level = word(&take("level").unwrap_or_else(|| "critical".to_owned()));
    let scope: Scope = word(&take("scope").unwrap_or_else(|| "building".to_owned()));
    let quantity: Option<Quantity> = take("quantity").map(|quantity| word(&quantity));
    let name = take("detector").expect("a rule has a detector");
    let detector = Parameters::read(&name, toml::Value::Table(table))
        .expect("there is such a detector")
        .unwrap_or_else(|error| panic!("rule {id}: {error}"));
    assert_eq!(detector.problems(), Vec::<String>::new(), "rule {id}");
    let mut quantities: Vec<Quantity> = quantity.into_iter().collect();
    quantities.extend(detector.own_quantities().iter().map(|(quantity, _)| *quantity));
    let means = if class == Class::Trouble { Means::Fault(kind) } else { Means::Situation(kind) };
    Rule {
        version: "000000000001".to_owned(),
        watches: Watches { quantity, ..Watches::default() },
        because: "a number of this test".to_owned(),
        id,
        means,
        class,
        level,
        scope,
        quantities,
        detector,
    }
}

/// A word of a rule or of a script, such as `critical`, as serde knows it.
pub fn word<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_value(serde_json::Value::String(text.to_owned()))
        .unwrap_or_else(|error| panic!("`{text}`: {error}"))
}
