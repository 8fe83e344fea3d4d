//! One person's way: by wheels, slowly, carried; and who gets a place in a refuge.

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::domain::{PassageKind, Site, ZoneId};
use jikimi::evacuate::policy::Lifts;
use jikimi::evacuate::{
    Goal, Hazards, Margin, Means, Network, Personal, Profile, Shown, share_places,
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::buildings::{building, disaster, id};
use crate::cases::{center, closed};

fn ways(network: &Network, hazards: &Hazards, from: &str, profile: Profile) -> Vec<Personal> {
    network.personal(hazards, &id(from), profile, (&Means::default(), 3)).unwrap()
}

#[test]
fn a_wheelchair_goes_to_the_refuge_where_others_take_the_stairs() {
    let network = Network::of(center());
    let calm = Hazards::default();
    let walks = &ways(&network, &calm, "3f-office", Profile::Walking)[0];
    assert_eq!((walks.goal, walks.ends_at.as_str()), (Goal::Exit, "exit-west"));
    let rolls = &ways(&network, &calm, "3f-office", Profile::Wheelchair)[0];
    assert_eq!((rolls.goal, rolls.ends_at.as_str()), (Goal::Refuge, "3f-refuge"));
    assert!(rolls.because.contains("without stairs"), "{}", rolls.because);
    // On the ground floor there is a way out on wheels.
    let ground = &ways(&network, &calm, "1f-waiting", Profile::Wheelchair)[0];
    assert_eq!(ground.goal, Goal::Exit);
    // And where the refuge is cut off too, they stay and someone comes for them.
    let cut = closed(&["3f-corridor", "3f-corridor-west"]);
    let stays = &ways(&network, &cut, "3f-office", Profile::Wheelchair)[0];
    assert_eq!((stays.goal, stays.zones.len()), (Goal::Stay, 1));
    assert!(stays.because.contains("stay"), "{}", stays.because);
}

#[test]
fn the_slow_take_longer_and_the_carried_longest() {
    let network = Network::of(center());
    let calm = Hazards::default();
    let time = |profile| ways(&network, &calm, "4f-planning", profile)[0].time_s;
    let plan = network.plan(&calm, &Shown::new());
    let route = plan.route_from(&id("4f-planning")).unwrap();
    assert!((time(Profile::Walking) - route.time_s).abs() < 0.2, "{}", route.because);
    assert!(time(Profile::Walking) < time(Profile::VisuallyImpaired));
    assert!(time(Profile::VisuallyImpaired) < time(Profile::Slow));
    assert!(time(Profile::Slow) < time(Profile::Assisted));
}

#[test]
fn other_ways_are_others_and_the_best_comes_first() {
    let network = Network::of(center());
    let calm = Hazards::default();
    let all = ways(&network, &calm, "3f-auditorium", Profile::Walking);
    assert!(all.len() >= 2, "{all:?}");
    for pair in all.windows(2) {
        assert_ne!(pair[0].zones, pair[1].zones);
    }
    assert!(all.iter().all(|way| way.time_s >= all[0].time_s && way.time_s <= all[0].time_s * 2.0));
}

#[test]
fn an_evacuation_lift_is_ridden_where_someone_runs_it_and_never_else() {
    let mut site = (*center()).clone();
    for passage in &mut site.passages {
        if passage.kind == PassageKind::Lift {
            passage.kind = PassageKind::EvacuationLift;
        }
    }
    let network = Network::of(Arc::new(site));
    let calm = Hazards::default();
    let way = |profile, lifts_run| {
        let means = Means { lifts_run, ..Means::default() };
        network.personal(&calm, &id("4f-planning"), profile, (&means, 0)).unwrap().remove(0)
    };
    assert_eq!(way(Profile::Wheelchair, false).goal, Goal::Refuge);
    let rides = way(Profile::Wheelchair, true);
    assert_eq!(rides.goal, Goal::Exit);
    assert!(rides.zones.iter().any(|zone| zone.as_str() == "2f-lift"), "{rides:?}");
    // Not where water or shaking may stop it.
    let mut flooded = Hazards::default();
    flooded.asks.policy.lifts = Lifts::None;
    let runs = Means { lifts_run: true, ..Means::default() };
    let wheels = network.personal(&flooded, &id("4f-planning"), Profile::Wheelchair, (&runs, 0));
    assert_eq!(wheels.unwrap()[0].goal, Goal::Refuge);
    let walks = way(Profile::Walking, true);
    assert!(!walks.zones.iter().any(|zone| zone.as_str().ends_with("-lift")), "{walks:?}");
}

#[test]
fn a_full_refuge_takes_nobody_more_and_who_comes_too_late_stays_out_of_the_way() {
    let network = Network::of(center());
    let calm = Hazards::default();
    let taken = BTreeMap::from([(id("3f-refuge"), 10_000)]);
    let full = Means { taken, ..Means::default() };
    let wheels = network.personal(&calm, &id("3f-office"), Profile::Wheelchair, (&full, 0));
    assert_eq!(wheels.unwrap()[0].goal, Goal::Stay);
    // Every stairwell is full of smoke in a second.
    let shut = |zone: Option<&ZoneId>| {
        zone.is_some_and(|zone| zone.as_str().contains("stair")).then_some(1_000)
    };
    let closing = (0..network.graph().len()).map(|node| shut(network.zone(node))).collect();
    let late = Means { closing: Some(closing), ..Means::default() };
    let slow = network.personal(&calm, &id("3f-office"), Profile::Slow, (&late, 0)).unwrap();
    assert_eq!(slow[0].goal, Goal::Refuge);
    assert!(slow[0].because.contains("closes before"), "{}", slow[0].because);
}

/// When someone who walks is first in each zone, though zones close: by relaxing every passage
/// until nobody is anywhere sooner, from the site alone. Whether they get out.
fn gets_out(site: &Site, hazards: &Hazards, from: &ZoneId, closes: &BTreeMap<ZoneId, u64>) -> bool {
    let steps = crate::plans::walks(site, hazards);
    let mut first: BTreeMap<ZoneId, u64> = BTreeMap::from([(from.clone(), 0)]);
    loop {
        let mut sooner = false;
        for (one, other, ms) in &steps {
            let Some(at) = first.get(one).map(|at| at + ms) else { continue };
            let open = closes.get(other).is_none_or(|closes| at < *closes);
            if open && first.get(other).is_none_or(|known| at < *known) {
                first.insert(other.clone(), at);
                sooner = true;
            }
        }
        if !sooner {
            return first.keys().any(|zone| {
                let outside = site.zones[zone].kind == jikimi::domain::ZoneKind::Outside;
                outside || site.exits.iter().any(|exit| exit.zone == *zone)
            });
        }
    }
}

#[test]
fn nobody_is_led_where_it_closes_before_them_and_everyone_else_gets_out() {
    let (mut out, mut cut_off) = (0, 0);
    for seed in 0..400 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let site = building(&mut random);
        let hazards = disaster(&site, &mut random);
        let network = Network::of(Arc::clone(&site));
        let closes: BTreeMap<ZoneId, u64> = site
            .zones
            .keys()
            .filter_map(|zone| {
                let closes = random.random_bool(0.4).then(|| random.random_range(1_000..60_000));
                Some((zone.clone(), closes?))
            })
            .collect();
        let closing = (0..network.graph().len())
            .map(|node| network.zone(node).and_then(|zone| closes.get(zone).copied()));
        let means = Means { closing: Some(closing.collect()), ..Means::default() };
        for from in site.zones.keys() {
            let way = network.personal(&hazards, from, Profile::Walking, (&means, 0));
            let way = way.unwrap().remove(0);
            let expected = gets_out(&site, &hazards, from, &closes);
            assert_eq!(way.goal == Goal::Exit, expected, "seed {seed}: {way:?} {closes:?}");
            let unseen = way.unknown.iter();
            assert!(unseen.clone().all(|zone| way.because.contains(zone.as_str())), "{way:?}");
            if expected { out += 1 } else { cut_off += 1 }
        }
    }
    assert!(out > 500 && cut_off > 500, "{out} and {cut_off}");
}

/// Two who need help and two refuges with one place each.
#[test]
fn who_needs_help_is_given_a_place_once_and_is_first_in_the_margin() {
    let mut site = (*center()).clone();
    site.crowd.need_help = BTreeMap::from([(id("3f-office"), 2), (id("4f-planning"), 1)]);
    for refuge in ["3f-refuge", "4f-refuge"] {
        site.zones.get_mut(refuge).unwrap().places = Some(1);
    }
    let network = Network::of(Arc::new(site));
    let stairs: Vec<String> = network.site().zones.keys().map(ToString::to_string).collect();
    let stairs = stairs.iter().filter(|zone| zone.contains("stair")).map(String::as_str);
    let smoke = closed(&stairs.collect::<Vec<_>>());
    let need = network.need_help();
    let (help, refuges) = network.help(&smoke, &need, &Means::default());
    let given: u32 = refuges.iter().map(|refuge| refuge.given).sum();
    let without: u32 = help.iter().map(|help| help.without).sum();
    assert_eq!((help.len(), given, without), (2, 2, 1), "{help:?}");
    assert!(refuges.iter().all(|refuge| refuge.given <= refuge.places && refuge.taken == 0));
    let calm = Hazards::default();
    let (help, refuges) = network.help(&calm, &need, &Means::default());
    assert!(help.iter().all(|help| help.way.goal == Goal::Exit && help.without == 0));
    assert!(refuges.iter().all(|refuge| refuge.given == 0), "nobody has to stay");

    // Whoever is carried down four storeys has less time than who walks.
    let slower = closed(&["b1-boiler"]);
    let plain = Network::of(center());
    let (of, walks) = (network.plan(&slower, &Shown::new()), plain.plan(&slower, &Shown::new()));
    let closed_ms = BTreeMap::new();
    let margin = |plan: &jikimi::evacuate::Plan<'_>| {
        plan.margin(&plan.outlook(&closed_ms), &id("4f-planning"))
    };
    let (Margin::Left(carried), Margin::Left(walked)) = (margin(&of), margin(&walks)) else {
        panic!("{:?} {:?}", margin(&of), margin(&walks))
    };
    assert!(carried < walked - 30_000, "{carried} and {walked}");
}

/// The passages between two zones that follow each other.
fn joined<'s>(site: &'s Site, way: &'s Personal, step: usize) -> Vec<&'s jikimi::domain::Passage> {
    let (from, to) = (&way.zones[step], &way.zones[step + 1]);
    let joins = |passage: &&jikimi::domain::Passage| {
        passage.between.contains(from) && passage.between.contains(to)
    };
    site.passages.iter().filter(joins).collect()
}

#[test]
fn wheels_are_never_led_over_stairs_nor_anyone_into_danger() {
    for seed in 0..300 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let site = building(&mut random);
        let hazards = disaster(&site, &mut random);
        let network = Network::of(Arc::clone(&site));
        for from in site.zones.keys() {
            for profile in Profile::ALL {
                let all = network.personal(&hazards, from, profile, (&Means::default(), 2));
                for way in all.unwrap() {
                    let onward = way.zones.iter().skip(1);
                    assert!(onward.clone().all(|zone| !hazards.closed.contains_key(zone)));
                    for step in 0..way.zones.len() - 1 {
                        let rolls = |passage: &&jikimi::domain::Passage| {
                            passage.kind != PassageKind::Stairs
                        };
                        let free = joined(&site, &way, step).iter().any(rolls);
                        assert!(free || profile != Profile::Wheelchair, "seed {seed}: {way:?}");
                    }
                }
            }
        }
    }
}

/// Everyone's place by trying every way of giving places.
fn by_force(ms: &[Vec<Option<u64>>], people: &[u32], places: &[u32]) -> (u32, u64) {
    let Some(group) = people.iter().position(|left| *left > 0) else { return (0, 0) };
    let mut left = people.to_vec();
    left[group] -= 1;
    let mut best = by_force(ms, &left, places);
    for refuge in (0..places.len()).filter(|refuge| places[*refuge] > 0) {
        let Some(walk) = ms[group][refuge] else { continue };
        let mut free = places.to_vec();
        free[refuge] -= 1;
        let (housed, cost) = by_force(ms, &left, &free);
        let is_better = housed + 1 > best.0 || (housed + 1 == best.0 && cost + walk < best.1);
        if is_better {
            best = (housed + 1, cost + walk);
        }
    }
    best
}

#[test]
fn places_are_given_so_that_all_together_walk_least() {
    for seed in 0..200 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (groups, refuges) = (random.random_range(1..4), random.random_range(1..4));
        let ms: Vec<Vec<Option<u64>>> = (0..groups)
            .map(|_| {
                let walk = |_| random.random_bool(0.8).then(|| random.random_range(1..100));
                (0..refuges).map(walk).collect()
            })
            .collect();
        let people: Vec<u32> = (0..groups).map(|_| random.random_range(0..3)).collect();
        let places: Vec<u32> = (0..refuges).map(|_| random.random_range(0..3)).collect();
        let goes = share_places(&ms, &people, &places);
        let (mut housed, mut cost) = (0, 0);
        for (group, row) in goes.iter().enumerate() {
            assert!(row.iter().sum::<u32>() <= people[group], "seed {seed}");
            for (refuge, count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                housed += count;
                cost += u64::from(*count) * ms[group][refuge].unwrap();
            }
        }
        for (refuge, places) in places.iter().enumerate() {
            assert!(goes.iter().map(|row| row[refuge]).sum::<u32>() <= *places, "seed {seed}");
        }
        assert_eq!((housed, cost), by_force(&ms, &people, &places), "seed {seed}");
    }
}
