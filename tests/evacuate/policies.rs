//! What each disaster asks of ways: one story for each, and two at once.

use std::collections::BTreeSet;
use std::sync::Arc;

use jikimi::domain::{PassageKind, Show, Site};
use jikimi::evacuate::policy::{Movement, Together, Vertical};
use jikimi::evacuate::{Goal, Hazards, Network, Plan, Policy, Route};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::buildings::{building, disaster, id};
use crate::cases::{center, center_configuration, closed};

const FIRE: &str = "fire";
const GAS: &str = "gas";
const FLOOD: &str = "flood";
const AIR_RAID: &str = "air-raid";
const CHEMICAL: &str = "chemical-release";
const SHAKING: &str = "earthquake";
const ATTACK: &str = "intruder";

/// As the shipped situation asks.
fn policy(kind: &str) -> Policy {
    let configuration = center_configuration();
    let kind = configuration.situations.keys().find(|known| known.as_str() == kind).unwrap();
    configuration.situations[kind].policy.clone()
}

fn level(site: &Site, route: &Route) -> i32 {
    let last = route.zones.last().unwrap();
    site.storeys[&site.zones[last].storey].level
}

fn from(plan: &Plan<'_>, zone: &str) -> Route {
    plan.route_from(&id(zone)).unwrap()
}

#[test]
fn in_a_flood_people_go_up_and_nobody_is_led_down() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let water = closed(&["b2-pump"]);
    let plan = network.plan_under(&water, &policy(FLOOD));
    for route in plan.routes() {
        let begins = site.storeys[&site.zones[&route.from].storey].level;
        assert!(level(&site, &route) >= begins, "{route:?} leads down");
        if begins < 0 {
            assert!(level(&site, &route) >= 1, "{route:?} ends under water");
        }
    }
    let parking = from(&plan, "b2-parking-west");
    assert!(parking.zones.iter().any(|zone| zone.as_str() == "1f-stair-a"), "{parking:?}");
    assert_eq!(from(&plan, "3f-office").zones.len(), 1, "above water nobody has to go anywhere");
}

#[test]
fn in_an_air_raid_people_go_down_and_nobody_goes_out() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let calm = Hazards::default();
    let plan = network.plan_under(&calm, &policy(AIR_RAID));
    for route in plan.routes() {
        assert_eq!(route.goal, Goal::Refuge, "{route:?}");
        let rests = &site.zones[route.zones.last().unwrap()];
        assert!(level(&site, &route) < 0, "{route:?} ends above ground");
        assert!(!rests.id.as_str().contains("stair"), "{route:?} ends on a stair");
    }
}

#[test]
fn while_a_chemical_drifts_outside_nobody_is_led_out() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let calm = Hazards::default();
    let plan = network.plan_under(&calm, &policy(CHEMICAL));
    for route in plan.routes() {
        assert_ne!(route.goal, Goal::Exit, "{route:?}");
    }
    assert_eq!(from(&plan, "3f-office").ends_at, "3f-refuge");
    assert!(level(&site, &from(&plan, "b1-parking-west")) >= 1, "gas is heavier than air");
}

#[test]
fn while_it_shakes_everyone_holds_and_afterwards_goes_out() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let calm = Hazards::default();
    let shaking = network.plan_under(&calm, &policy(SHAKING));
    assert!(shaking.routes().all(|route| route.goal == Goal::Stay));
    assert!(site.signs.values().all(|sign| shaking.sign(sign).0 == Show::Stay));
    let after = network.plan_under(&calm, &policy(FIRE));
    assert!(
        after
            .routes()
            .all(|route| route.goal == Goal::Exit || route.from.as_str().ends_with("-lift"))
    );
    // A fire that breaks out while it shakes does not make anyone run.
    let both = policy(FIRE).and(&policy(SHAKING));
    assert_eq!((both.policy.movement, both.contradictions), (Movement::Hold, Vec::new()));
}

#[test]
fn nothing_is_displayed_that_an_attacker_could_read() {
    let site = center();
    let network = Network::of(Arc::clone(&site));
    let armed = closed(&["3f-stair-a", "3f-corridor-west"]);
    let plan = network.plan_under(&armed, &policy(ATTACK));
    for sign in site.signs.values() {
        assert_eq!(plan.sign(sign), network.at_rest(sign), "{} gives them away", sign.id);
    }
    let away = from(&plan, "3f-dining");
    assert!(!away.zones.iter().any(|zone| armed.closed.contains_key(zone)), "{away:?}");
    let with_fire = policy(ATTACK).and(&policy(FIRE));
    assert!(!with_fire.policy.displays, "not even when it burns too");
}

#[test]
fn where_gas_leaks_nothing_is_switched_and_the_next_rooms_are_closed() {
    let network = Network::of(center());
    let leak = closed(&["3f-kitchen"]);
    let plan = network.plan_under(&leak, &policy(GAS));
    let kitchen = id("3f-kitchen");
    let site = network.site();
    let doors = site.passages.iter().filter(|passage| passage.between.contains(&kitchen));
    let shut: BTreeSet<_> = doors.flat_map(|passage| passage.between.clone()).collect();
    let into = |plan: &Plan<'_>| {
        let others = plan.routes().filter(|route| !shut.contains(&route.from));
        others.filter(|route| route.zones.iter().any(|zone| shut.contains(zone))).count()
    };
    assert!(shut.len() > 1 && into(&network.plan_under(&leak, &policy(FIRE))) > 0, "{shut:?}");
    assert_eq!(into(&plan), 0, "nobody is led into {shut:?}");
    let leaks = from(&plan, "3f-kitchen");
    assert_eq!(leaks.goal, Goal::Exit, "but whoever is where it leaks gets out: {leaks:?}");
    let gas = policy(GAS);
    let both = [gas.and(&policy(FIRE)), policy(FIRE).and(&gas)];
    assert!(both.iter().all(|both| !both.policy.switches && both.contradictions.is_empty()));
}

#[test]
fn who_is_told_up_and_down_at_once_holds_until_a_person_decides() {
    let Together { policy: both, contradictions } = policy(FLOOD).and(&policy(AIR_RAID));
    assert_eq!(contradictions.len(), 2, "{contradictions:?}");
    assert_eq!(both.movement, Movement::Hold);
    let network = Network::of(center());
    let calm = Hazards::default();
    let plan = network.plan_under(&calm, &both);
    assert!(plan.routes().all(|route| route.goal == Goal::Stay), "nothing is chosen silently");
}

#[test]
fn under_every_policy_ways_are_sound() {
    let all = [FIRE, GAS, FLOOD, AIR_RAID, CHEMICAL, SHAKING, ATTACK].map(policy);
    for seed in 0..400 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut site = (*building(&mut random)).clone();
        // Every other one stands mostly below ground.
        for storey in site.storeys.values_mut().filter(|_| seed % 2 == 1) {
            storey.level = [-2, -1, 1][usize::try_from(storey.level).unwrap() - 1];
        }
        let site = Arc::new(site);
        let hazards = disaster(&site, &mut random);
        let network = Network::of(Arc::clone(&site));
        for policy in &all {
            let plan = network.plan_under(&hazards, policy);
            let forest = plan.forest();
            assert!(forest.inward_first(network.graph()).is_some(), "seed {seed}: a circle");
            for route in plan.routes() {
                let zones: BTreeSet<_> = route.zones.iter().collect();
                assert_eq!(zones.len(), route.zones.len(), "seed {seed}: {route:?}");
                let into = route.zones.iter().skip(1);
                assert!(into.clone().all(|zone| !hazards.closed.contains_key(zone)), "{route:?}");
            }
            sound_stairs(&site, &plan, policy, seed);
        }
    }
}

fn sound_stairs(site: &Site, plan: &Plan<'_>, policy: &Policy, seed: u64) {
    let level = |zone| site.storeys[&site.zones[zone].storey].level;
    for zone in site.zones.keys() {
        let Some(to) = plan.next_zone(zone) else { continue };
        let stairs = site.passages.iter().any(|passage| {
            passage.kind == PassageKind::Stairs
                && passage.between.contains(zone)
                && passage.between.contains(to)
        });
        let climbs = level(to) - level(zone);
        let wrong = match policy.vertical {
            Vertical::Any => false,
            Vertical::UpToGround => climbs < 0 && level(to) < 0,
            Vertical::Up => climbs < 0,
            Vertical::Down => climbs > 0,
        };
        assert!(!(stairs && wrong), "seed {seed}: {zone} to {to} under {policy:?}");
    }
}
