//! The ways of the tests' site: doors, stairs, exits and signs.

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::domain::{Exit, Passage, PassageKind, Point, Sign, SignId, Site};
use jikimi::monitor::Configuration;

use super::{and_block, center};

/// Two zones, how they are joined, how far, and where on the plan.
const PASSAGES: &[(&str, &str, PassageKind, f64, [f64; 2])] = &[
    ("hall", "kitchen", PassageKind::Door, 6.0, [10.0, 5.0]),
    ("hall", "store", PassageKind::Opening, 30.0, [0.0, 5.0]),
    ("hall", "gallery", PassageKind::Stairs, 9.0, [5.0, 9.0]),
    ("gallery", "store", PassageKind::Stairs, 12.0, [0.0, 9.0]),
];

const EXITS: &[(&str, &str, f64, [f64; 2])] =
    &[("front", "hall", 4.0, [5.0, 0.0]), ("back", "store", 3.0, [-9.0, 5.0])];

const SIGNS: &[(&str, &str, [f64; 2])] = &[
    ("sign-gallery", "gallery", [5.0, 5.0]),
    ("sign-hall", "hall", [5.0, 5.0]),
    ("sign-hall-east", "hall", [9.0, 5.0]),
    ("sign-kitchen", "kitchen", [14.0, 5.0]),
    ("sign-store", "store", [-5.0, 5.0]),
];

/// The tests' site with ways, exits and signs, and two homes behind a gateway.
pub fn guided(rules: &str) -> Arc<Configuration> {
    let plain = center(rules);
    let site = Site {
        passages: PASSAGES.iter().map(passage).collect(),
        exits: EXITS.iter().map(exit).collect(),
        signs: SIGNS.iter().map(sign).collect::<BTreeMap<_, _>>(),
        ..(*plain.site).clone()
    };
    let site = and_block(&site, 2);
    Arc::new(Configuration { site: Arc::new(site), ..(*plain).clone() })
}

fn point([x, y]: [f64; 2]) -> Point {
    Point { x, y }
}

fn passage((one, other, kind, length_m, at): &(&str, &str, PassageKind, f64, [f64; 2])) -> Passage {
    Passage {
        id: None,
        between: [one.parse().unwrap(), other.parse().unwrap()],
        kind: *kind,
        length_m: *length_m,
        clear_width_m: 1.2,
        at: Some(point(*at)),
    }
}

fn exit((id, zone, length_m, at): &(&str, &str, f64, [f64; 2])) -> Exit {
    Exit {
        id: id.parse().unwrap(),
        zone: zone.parse().unwrap(),
        length_m: *length_m,
        clear_width_m: 1.2,
        at: Some(point(*at)),
    }
}

fn sign((id, zone, at): &(&str, &str, [f64; 2])) -> (SignId, Sign) {
    let id: SignId = id.parse().unwrap();
    let zone = zone.parse().unwrap();
    (id.clone(), Sign { id, zone, at: point(*at), facing_deg: 0.0 })
}
