//! The illustrative customer center, with known answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use jikimi::config;
use jikimi::domain::{PassageKind, Point, Show, Site, Zone, ZoneKind};
use jikimi::evacuate::{Goal, Hazards, Network, Plan, Shown};
use jikimi::monitor::Configuration;

use crate::buildings::id;

pub fn center_configuration() -> Arc<Configuration> {
    let loaded = config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"));
    let loaded = loaded.unwrap_or_else(|refused| panic!("{refused}"));
    let center = loaded.configurations.iter().find(|of| of.site.id.as_str() == "center");
    Arc::clone(center.unwrap())
}

pub fn center() -> Arc<Site> {
    Arc::clone(&center_configuration().site)
}

pub fn closed(zones: &[&str]) -> Hazards {
    let closed = zones.iter().map(|zone| (id(zone), "smoke".to_owned()));
    Hazards { closed: closed.collect(), ..Hazards::default() }
}

/// What the signs show, by the end of their ids.
fn shows(site: &Site, plan: &Plan<'_>, sign: &str) -> Show {
    plan.sign(&site.signs[format!("sign-{sign}").as_str()]).0
}

#[test]
fn the_center_is_as_large_as_it_says() {
    let site = center();
    let of = |kind| site.zones.values().filter(|zone| zone.kind == kind).count();
    assert!(site.zones.len() >= 80 && site.devices.len() >= 60 && site.signs.len() >= 25);
    assert_eq!((site.exits.len(), site.storeys.len()), (3, 6));
    assert_eq!((of(ZoneKind::Stairwell), of(ZoneKind::Lift), of(ZoneKind::Refuge)), (12, 6, 6));
    assert!(site.zones.values().all(|zone| zone.polygon.len() >= 4));
    assert!(site.passages.iter().all(|passage| passage.at.is_some()));
    let reads = site.devices.values().flat_map(|device| &device.reads);
    assert!(reads.collect::<BTreeSet<_>>().len() >= 8);
}

/// Twice the area of an outline.
fn doubled(zone: &Zone) -> f64 {
    let corners = &zone.polygon;
    let next = corners.iter().cycle().skip(1);
    corners.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum::<f64>().abs()
}

fn inside(zone: &Zone, at: Point) -> bool {
    let corners = &zone.polygon;
    let sides = corners.iter().zip(corners.iter().cycle().skip(1));
    let crossed = sides.filter(|(a, b)| {
        (a.y > at.y) != (b.y > at.y) && at.x < a.x + (b.x - a.x) * (at.y - a.y) / (b.y - a.y)
    });
    crossed.count() % 2 == 1
}

/// Every half metre of every storey lies in one zone: nothing overlaps and nothing is left out.
#[test]
fn the_zones_of_a_storey_lie_side_by_side() {
    let site = center();
    for storey in site.storeys.keys() {
        let zones: Vec<&Zone> = site.zones.values().filter(|z| z.storey == *storey).collect();
        let area: f64 = zones.iter().map(|zone| doubled(zone) / 2.0).sum();
        assert!((area - 44.0 * 26.0).abs() < 1e-6, "{storey}: {area} m²");
        for (x, y) in (0..88).flat_map(|x| (0..52).map(move |y| (x, y))) {
            let at = Point { x: 0.25 + 0.5 * f64::from(x), y: 0.25 + 0.5 * f64::from(y) };
            let at_once = zones.iter().filter(|zone| inside(zone, at)).count();
            assert_eq!(at_once, 1, "{storey} at {at:?}");
        }
    }
}

#[test]
fn a_fire_in_the_kitchen_turns_nobody_who_is_not_concerned() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let calm = Hazards::default();
    let burning = closed(&["3f-kitchen"]);
    let (before, after) =
        (network.plan(&calm, &Shown::new()), network.plan(&burning, &Shown::new()));
    assert!(site.signs.values().all(|sign| before.sign(sign) == after.sign(sign)));
    let kitchen = after.route_from(&id("3f-kitchen")).unwrap();
    assert_eq!(kitchen.goal, Goal::Exit);
    assert!(kitchen.because.contains("leave at once"), "{}", kitchen.because);
}

#[test]
fn smoke_in_a_stairwell_turns_everyone_to_the_other() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let calm = Hazards::default();
    let before = network.plan(&calm, &Shown::new());
    assert_eq!(shows(&site, &before, "3f-west"), Show::Left);
    assert_eq!(shows(&site, &before, "4f-stair-a"), Show::Down);
    assert_eq!(shows(&site, &before, "b2-stair-a"), Show::Up);
    assert_eq!(shows(&site, &before, "1f-stair-a"), Show::Ahead);
    let smoke = closed(&["3f-kitchen", "3f-stair-a"]);
    let after = network.plan(&smoke, &Shown::new());
    for west in ["3f-west", "3f-mid", "3f-east", "4f-west"] {
        assert_eq!(shows(&site, &after, west), Show::Right, "{west}");
    }
    assert_eq!(shows(&site, &after, "2f-west"), Show::Left);
    let office = after.route_from(&id("3f-office")).unwrap();
    assert_eq!(office.ends_at, "exit-back");
    assert_eq!(office.avoids, ["3f-stair-a"]);
    assert!(!office.zones.iter().any(|zone| zone.as_str() == "3f-stair-a"));
}

#[test]
fn no_route_takes_the_lift() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let both = closed(&["3f-stair-a", "3f-stair-b"]);
    let plan = network.plan(&both, &Shown::new());
    let lifts: BTreeSet<_> = site
        .passages
        .iter()
        .filter(|passage| passage.kind == PassageKind::Lift)
        .map(|passage| &passage.between)
        .collect();
    for route in plan.routes() {
        for step in route.zones.windows(2) {
            let step = [step[0].clone(), step[1].clone()];
            let back = [step[1].clone(), step[0].clone()];
            assert!(!lifts.contains(&step) && !lifts.contains(&back), "{route:?}");
        }
    }
}

#[test]
fn without_a_safe_way_the_refuge_is_an_answer_and_so_is_staying() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let cut = closed(&["3f-stair-a", "3f-stair-b", "3f-corridor-west"]);
    let plan = network.plan(&cut, &Shown::new());
    let seminar = plan.route_from(&id("3f-seminar")).unwrap();
    assert_eq!((seminar.goal, seminar.ends_at.as_str()), (Goal::Refuge, "3f-refuge"));
    assert!(seminar.because.contains("no safe way out"), "{}", seminar.because);
    assert_eq!(shows(&site, &plan, "3f-east"), Show::Refuge);
    assert_eq!(shows(&site, &plan, "3f-mid"), Show::Right);
    // Behind the burning corridor neither is left.
    let office = plan.route_from(&id("3f-office")).unwrap();
    assert_eq!((office.goal, office.zones.len()), (Goal::Stay, 1));
    assert!(office.because.contains("stay"), "{}", office.because);
    // Whoever stands in the burning corridor is led out of it.
    let corridor = plan.route_from(&id("3f-corridor-west")).unwrap();
    assert_eq!(corridor.goal, Goal::Refuge);
    // Above the fire too there is a refuge, and below it there is a way.
    assert_eq!(plan.route_from(&id("4f-planning")).unwrap().ends_at, "4f-refuge");
    assert_eq!(plan.route_from(&id("2f-office")).unwrap().goal, Goal::Exit);
}

#[test]
fn where_nobody_can_see_is_said_and_avoided_for_a_minute() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let silent = |zone: &str| Hazards {
        unknown: BTreeMap::from([(id(zone), "multi is silent".to_owned())]),
        ..Hazards::default()
    };
    let far = silent("b2-stair-a");
    let plan = network.plan(&far, &Shown::new());
    let pump = plan.route_from(&id("b2-pump")).unwrap();
    assert_eq!(pump.unknown, [], "the other stair is less than a minute away: {pump:?}");
    let both = Hazards {
        unknown: [silent("b2-stair-a"), silent("b2-stair-b")]
            .into_iter()
            .flat_map(|of| of.unknown)
            .collect(),
        ..Hazards::default()
    };
    let plan = network.plan(&both, &Shown::new());
    let pump = plan.route_from(&id("b2-pump")).unwrap();
    assert_eq!(pump.unknown, [id("b2-stair-a")]);
    assert!(pump.because.contains("b2-stair-a") && pump.because.contains("is silent"));
}

#[test]
fn people_on_their_way_are_not_turned_for_a_step_less() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let calm = Hazards::default();
    let (middle, west) = (id("3f-corridor"), id("3f-corridor-west"));
    let fresh = network.plan(&calm, &Shown::new());
    assert_eq!(fresh.next_zone(&middle), Some(&id("3f-corridor-east")));
    let shown = Shown::from([(middle.clone(), west.clone())]);
    let kept = network.plan(&calm, &shown);
    assert_eq!(kept.next_zone(&middle), Some(&west), "the other way is as good");
    let smoke = closed(&["3f-stair-a"]);
    let turned = network.plan(&smoke, &shown);
    assert_eq!(turned.next_zone(&middle), Some(&id("3f-corridor-east")), "now it is not");
}
