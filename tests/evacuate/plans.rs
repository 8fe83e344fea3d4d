//! Plans against a naive oracle: every zone's time by relaxing every passage until nothing gets
//! better, written from the site and not from the graph.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jikimi::domain::{PassageKind, Show, Site, ZoneId, ZoneKind};
use jikimi::evacuate::margin::{SLOW_DOWN_M_PER_S, SLOW_LEVEL_M_PER_S, SLOW_UP_M_PER_S};
use jikimi::evacuate::{
    Goal, Hazards, LEVEL_M_PER_S, Network, Plan, STAIRS_DOWN_M_PER_S, STAIRS_UP_M_PER_S, Shown,
    UNKNOWN_MS,
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;

use crate::buildings::{building, disaster};

type Times = BTreeMap<ZoneId, u64>;

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small lengths")]
pub fn ms(length_m: f64, speed: f64) -> u64 {
    (1000.0 * (length_m / speed)).round().max(1.0) as u64
}

/// The same, without what is doubtful counting for longer.
pub fn walks(site: &Site, hazards: &Hazards) -> Vec<(ZoneId, ZoneId, u64)> {
    walks_at(site, hazards, SPEEDS)
}

fn walks_at(site: &Site, hazards: &Hazards, speeds: [f64; 3]) -> Vec<(ZoneId, ZoneId, u64)> {
    steps(site, &Hazards { unknown: BTreeMap::new(), ..hazards.clone() }, speeds)
}

/// On the level, down and up, in m/s.
const SPEEDS: [f64; 3] = [LEVEL_M_PER_S, STAIRS_DOWN_M_PER_S, STAIRS_UP_M_PER_S];

/// Every one-way step that may be taken: from, to, how long.
fn steps(site: &Site, hazards: &Hazards, [on, down, up]: [f64; 3]) -> Vec<(ZoneId, ZoneId, u64)> {
    let level = |zone: &ZoneId| site.storeys[&site.zones[zone].storey].level;
    let mut steps = Vec::new();
    for passage in &site.passages {
        let shut = passage.id.as_ref().is_some_and(|id| hazards.shut.contains_key(id.as_str()));
        if shut || passage.kind == PassageKind::Lift {
            continue;
        }
        let [a, b] = &passage.between;
        for (from, to) in [(a, b), (b, a)] {
            let speed = match passage.kind {
                PassageKind::Stairs if level(to) > level(from) => up,
                PassageKind::Stairs => down,
                _ => on,
            };
            let price = if hazards.unknown.contains_key(to) { u64::from(UNKNOWN_MS) } else { 0 };
            if !hazards.closed.contains_key(to) {
                steps.push((from.clone(), to.clone(), ms(passage.length_m, speed) + price));
            }
        }
    }
    steps
}

fn relax(mut times: Times, steps: &[(ZoneId, ZoneId, u64)]) -> Times {
    loop {
        let mut better = false;
        for (from, to, ms) in steps {
            let Some(onward) = times.get(to).map(|onward| onward + ms) else { continue };
            if times.get(from).is_none_or(|known| onward < *known) {
                times.insert(from.clone(), onward);
                better = true;
            }
        }
        if !better {
            return times;
        }
    }
}

/// The time out of every zone from which there is a way, and to a refuge for the rest.
fn oracle(site: &Site, hazards: &Hazards) -> (Times, Times) {
    let mut ends = Times::new();
    for exit in &site.exits {
        let ms = ms(exit.length_m, LEVEL_M_PER_S);
        let known = ends.entry(exit.zone.clone()).or_insert(ms);
        *known = ms.min(*known);
    }
    let of_kind = |kind| site.zones.values().filter(move |zone| zone.kind == kind);
    ends.extend(of_kind(ZoneKind::Outside).map(|zone| (zone.id.clone(), 0)));
    let steps = steps(site, hazards, SPEEDS);
    let out = relax(ends, &steps);
    let refuges = of_kind(ZoneKind::Refuge).map(|zone| zone.id.clone());
    let cut_off =
        refuges.filter(|zone| !out.contains_key(zone) && !hazards.closed.contains_key(zone));
    let sheltered = relax(cut_off.map(|zone| (zone, 0)).collect(), &steps);
    (out, sheltered)
}

/// What holds for every plan whatsoever.
fn sound(site: &Site, hazards: &Hazards, plan: &Plan<'_>, (out, sheltered): &(Times, Times)) {
    for route in plan.routes() {
        let zones: BTreeSet<&ZoneId> = route.zones.iter().collect();
        assert_eq!(zones.len(), route.zones.len(), "{route:?} is a circle");
        let goal = match (out.contains_key(&route.from), sheltered.contains_key(&route.from)) {
            (true, _) => Goal::Exit,
            (false, true) => Goal::Refuge,
            (false, false) => Goal::Stay,
        };
        assert_eq!(route.goal, goal, "{route:?}");
        assert!(!route.because.is_empty());
        for step in route.zones.windows(2) {
            assert!(!hazards.closed.contains_key(&step[1]), "{route:?} leads into danger");
            assert!(
                site.passages.iter().any(|passage| {
                    let shut = passage.id.as_ref();
                    let shut = shut.is_some_and(|id| hazards.shut.contains_key(id.as_str()));
                    let [a, b] = &passage.between;
                    let joins = (a, b) == (&step[0], &step[1]) || (b, a) == (&step[0], &step[1]);
                    joins && !shut && passage.kind != PassageKind::Lift
                }),
                "{route:?} goes where there is no open passage"
            );
        }
        for zone in &route.unknown {
            assert!(route.because.contains(zone.as_str()), "{route:?} is silent about {zone}");
        }
    }
    for sign in site.signs.values() {
        let (show, toward) = plan.sign(sign);
        let route = plan.route_from(&sign.zone).unwrap();
        assert_eq!(toward.as_ref(), route.zones.get(1), "a sign leads along its zone's route");
        assert_ne!(show, Show::Stop);
        assert_eq!(show == Show::Stay, route.goal == Goal::Stay, "every way has a sign");
    }
}

fn each(seeds: u64, check: impl Fn(u64, &Arc<Site>, &Hazards, &mut ChaCha8Rng)) {
    for seed in 0..seeds {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let site = building(&mut random);
        let hazards = disaster(&site, &mut random);
        check(seed, &site, &hazards, &mut random);
    }
}

#[test]
fn times_are_those_of_the_oracle_on_2000_buildings() {
    each(2000, |seed, site, hazards, _| {
        let network = Network::of(Arc::clone(site));
        let plan = network.plan(hazards, &Shown::new());
        let (out, sheltered) = oracle(site, hazards);
        for zone in site.zones.keys() {
            let expected = out.get(zone).or_else(|| sheltered.get(zone)).copied();
            assert_eq!(plan.cost_ms(zone), expected, "seed {seed}, zone {zone}");
        }
        sound(site, hazards, &plan, &(out, sheltered));
    });
}

#[test]
fn directions_that_are_kept_stay_sound_and_are_kept_again() {
    each(1000, |seed, site, hazards, random| {
        let network = Network::of(Arc::clone(site));
        let before = network.plan(hazards, &Shown::new());
        let next = |plan: &Plan<'_>| -> Shown {
            let zones = site.zones.keys();
            zones.filter_map(|zone| Some((zone.clone(), plan.next_zone(zone)?.clone()))).collect()
        };
        let shown = next(&before);
        let worse = disaster(site, random);
        let kept = network.plan(&worse, &shown);
        let times = oracle(site, &worse);
        sound(site, &worse, &kept, &times);
        // The same question again has the same answer.
        let again = network.plan(&worse, &next(&kept));
        assert_eq!(next(&again), next(&kept), "seed {seed}");
    });
}

#[test]
fn the_same_building_written_in_another_order_has_the_same_ways() {
    each(300, |seed, site, hazards, _| {
        let mut turned = (**site).clone();
        turned.passages.reverse();
        turned.exits.reverse();
        let turned = Arc::new(turned);
        let (network, other) = (Network::of(Arc::clone(site)), Network::of(turned));
        let plans = [network.plan(hazards, &Shown::new()), other.plan(hazards, &Shown::new())];
        for zone in site.zones.keys() {
            let [one, two] = plans.each_ref().map(|plan| plan.next_zone(zone));
            assert_eq!(one, two, "seed {seed}, zone {zone}");
        }
    });
}

/// By when the slowest have to leave every zone from which a way leads out, by raising it until
/// nobody can wait any longer; from the site alone. What nobody can see is not gone through.
fn leave_by(site: &Site, hazards: &Hazards, closes: &Times) -> Times {
    let slow = [SLOW_LEVEL_M_PER_S, SLOW_DOWN_M_PER_S, SLOW_UP_M_PER_S];
    let mut steps = walks_at(site, hazards, slow);
    steps.retain(|(_, to, _)| !hazards.unknown.contains_key(to));
    let own = |zone: &ZoneId| closes.get(zone).copied().unwrap_or(u64::MAX);
    let outside = site.zones.values().filter(|zone| zone.kind == ZoneKind::Outside);
    let exits = site.exits.iter().map(|exit| &exit.zone);
    let ends = exits.chain(outside.map(|zone| &zone.id));
    let mut by: Times = ends.map(|zone| (zone.clone(), own(zone))).collect();
    loop {
        let mut later = false;
        for (from, to, ms) in &steps {
            let Some(onward) = by.get(to).copied() else { continue };
            let leaves = if onward == u64::MAX { Some(onward) } else { onward.checked_sub(*ms) };
            let Some(leaves) = leaves.map(|leaves| leaves.min(own(from))) else { continue };
            if by.get(from).is_none_or(|known| leaves > *known) {
                by.insert(from.clone(), leaves);
                later = true;
            }
        }
        if !later {
            return by;
        }
    }
}

/// Whose displayed way closes before them is told whether another does not.
#[test]
fn who_is_too_late_for_their_way_is_told_how_long_another_is_open() {
    let (other, none) = (Cell::new(0), Cell::new(0));
    each(1500, |seed, site, hazards, _| {
        let network = Network::of(Arc::clone(site));
        let plan = network.plan(hazards, &Shown::new());
        let outlook = plan.outlook(&BTreeMap::new());
        let nodes = site.zones.keys().enumerate();
        let closes: Times =
            nodes.filter_map(|(node, zone)| Some((zone.clone(), outlook.closing[node]?))).collect();
        let by = leave_by(site, hazards, &closes);
        for zone in site.zones.keys() {
            let Some(left) = plan.otherwise(&outlook, zone) else { continue };
            let expected = by.get(zone).copied().unwrap_or_default();
            assert_eq!(left, expected, "seed {seed}, zone {zone}");
            let count = if left > 0 { &other } else { &none };
            count.set(count.get() + 1);
        }
    });
    let (other, none) = (other.get(), none.get());
    println!("{other} zones too late by the nearest way and not by another, {none} by every way");
    assert!(other > 20 && none > 100, "{other} and {none}");
}
