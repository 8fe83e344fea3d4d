//! Better signs, from the step that asks for them to the step that takes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::domain::{Input, Schedule, Show, Site, ZoneId, ZoneKind};
use jikimi::evacuate::{Hazards, LEVEL_M_PER_S, Network, Shown, Wanted, load};
use jikimi::monitor::{Configuration, Effect, Monitor};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::buildings::building;
use crate::cases::center_configuration;
use crate::persons::{Crowd, longest_headway_ms};
use crate::rows::{at_s, smoke};

fn begun() -> (Arc<Configuration>, Monitor) {
    let configuration = center_configuration();
    let mut monitor = Monitor::new(Arc::clone(&configuration));
    monitor.step(at_s(0), &configuration.activation());
    (configuration, monitor)
}

fn wanted(effects: &[Effect]) -> Option<u64> {
    effects.iter().find_map(|effect| match effect {
        Effect::PlanWanted { of } => Some(*of),
        _ => None,
    })
}

fn planned(effects: &[Effect]) -> Vec<(String, u64, Show)> {
    let planned = effects.iter().filter_map(|effect| match effect {
        Effect::SignPlanned { sign, epoch, show, .. } => Some((sign.to_string(), *epoch, *show)),
        _ => None,
    });
    planned.collect()
}

/// Fills a place with smoke for long enough to be a fire even in a kitchen; what is wanted then.
fn smokes(monitor: &mut Monitor, device: &str, from_s: i64) -> Option<u64> {
    let mut of = None;
    for second in from_s..from_s + 90 {
        let (second, input) = smoke(device, second, 30.0);
        of = wanted(&monitor.step(at_s(second), &input).effects).or(of);
    }
    of
}

#[test]
fn a_fire_asks_for_better_signs_and_takes_them_once() {
    let (configuration, mut monitor) = begun();
    assert!(monitor.wanted().is_none(), "nobody is led out while nothing is wrong");
    let of = smokes(&mut monitor, "multi-3f-stair-a", 10).expect("better signs are wanted");
    let answer = monitor.wanted().expect("and can be looked for").answer();
    assert_eq!(answer, monitor.wanted().unwrap().answer(), "the same question, the same answer");
    let Input::Planned { of: stamp, clearing_ms, shown_ms, bound_ms, toward, .. } = &answer else {
        panic!("{answer:?}")
    };
    assert_eq!(*stamp, of);
    assert!(bound_ms <= clearing_ms && *clearing_ms + 5_000 < *shown_ms, "{answer:?}");
    let step = monitor.step(at_s(110), &answer);
    let turned = planned(&step.effects);
    assert!(!turned.is_empty(), "{answer:?}");
    // Nobody but the zones that the answer names is turned, and each as it says.
    for (sign, _, _) in &turned {
        let zone = &configuration.site.signs[sign.as_str()].zone;
        assert!(toward.contains_key(zone), "{sign} was turned for nothing");
    }
    let again = monitor.step(at_s(111), &answer);
    assert_eq!(planned(&again.effects), [], "an answer is taken once");
}

#[test]
fn an_answer_to_a_fire_that_has_moved_is_refused() {
    let (_, mut monitor) = begun();
    smokes(&mut monitor, "multi-3f-stair-a", 10);
    let answer = monitor.wanted().unwrap().answer();
    smokes(&mut monitor, "smoke-3f-mid", 110);
    let step = monitor.step(at_s(210), &answer);
    assert_eq!(planned(&step.effects), [], "it was for another moment");
}

#[test]
fn a_gain_that_nobody_would_notice_turns_nobody() {
    let (_, mut monitor) = begun();
    smokes(&mut monitor, "multi-3f-stair-a", 10);
    let mut answer = monitor.wanted().unwrap().answer();
    if let Input::Planned { clearing_ms, shown_ms, .. } = &mut answer {
        *clearing_ms = *shown_ms - 4_999;
    }
    let step = monitor.step(at_s(110), &answer);
    assert_eq!(planned(&step.effects), []);
}

/// People that a sensor counted change what is best.
#[test]
fn who_was_counted_is_who_is_planned_for() {
    let (configuration, mut monitor) = begun();
    let full = |monitor: &Monitor| {
        let Input::Planned { shown_ms, .. } = monitor.wanted().unwrap().answer() else {
            panic!("an answer is a plan")
        };
        shown_ms
    };
    smokes(&mut monitor, "smoke-3f-kitchen", 10);
    let usual = full(&monitor);
    let (_, counted) = crate::rows::counted("people-3f-auditorium", 120, 900.0);
    monitor.step(at_s(120), &counted);
    assert!(full(&monitor) > usual + 60_000, "900 people in the auditorium take their time");
    let network = Network::of(Arc::clone(&configuration.site));
    let hazards = Hazards::default();
    let plan = network.plan(&hazards, &Shown::new());
    assert!(load(network.graph(), plan.forest()).clearing_ms > 30_000, "it is full of people");
}

/// Who is not there by the schedule has no way to go, and whom a sensor counts is there.
#[test]
fn who_is_not_there_by_the_schedule_is_not_planned_for() {
    let day = center_configuration();
    let mut site = (*day.site).clone();
    let nights = Schedule { hours: Vec::new(), otherwise: 0.0 };
    for zone in site.zones.keys() {
        site.crowd.schedules.insert(zone.clone(), nights.clone());
    }
    let night = Arc::new(Configuration { site: Arc::new(site), ..(*day).clone() });
    let clears = |configuration: &Arc<Configuration>, counted: bool| {
        let mut monitor = Monitor::new(Arc::clone(configuration));
        monitor.step(at_s(0), &configuration.activation());
        smokes(&mut monitor, "smoke-3f-kitchen", 10);
        if counted {
            let (_, people) = crate::rows::counted("people-3f-auditorium", 120, 50.0);
            monitor.step(at_s(120), &people);
        }
        let Input::Planned { shown_ms, .. } = monitor.wanted().unwrap().answer() else { panic!() };
        shown_ms
    };
    assert!(clears(&day, false) > 60_000);
    assert_eq!(clears(&night, false), 0, "nobody is there");
    assert!(clears(&night, true) > 10_000, "but whom a sensor counts is there");
}

/// The zones on the way that is displayed from one, itself first.
fn displayed_from(shown: &Shown, from: &ZoneId) -> Vec<ZoneId> {
    let mut way = vec![from.clone()];
    while let Some(next) = shown.get(&way[way.len() - 1]) {
        way.push(next.clone());
    }
    way
}

/// Walking along zones, from the site alone.
fn walk_ms(site: &Site, way: &[ZoneId]) -> u64 {
    let calm = Hazards::default();
    let steps = crate::plans::walks(site, &calm);
    let of = |pair: &[ZoneId]| {
        let found = steps.iter().filter(|(from, to, _)| *from == pair[0] && *to == pair[1]);
        found.map(|(_, _, ms)| *ms).min().unwrap()
    };
    way.windows(2).map(of).sum()
}

/// The walk out of the last zone of a way.
fn door_ms(site: &Site, way: &[ZoneId]) -> u64 {
    let exits = site.exits.iter().filter(|exit| Some(&exit.zone) == way.last());
    let ms = exits.map(|exit| crate::plans::ms(exit.length_m, LEVEL_M_PER_S));
    let outside = site.zones[&way[way.len() - 1]].kind == ZoneKind::Outside;
    if outside { 0 } else { ms.min().unwrap_or_default() }
}

/// Who has come through a zone into another, and is nearer to the way out than to where a better
/// way would leave theirs, is not sent back.
#[test]
fn nobody_past_the_point_of_no_return_is_turned_for_something_better() {
    let (mut turned, mut back) = (0, 0);
    for seed in 0..600 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let site = building(&mut random);
        let network = Arc::new(Network::of(Arc::clone(&site)));
        let calm = Hazards::default();
        let plan = network.plan(&calm, &Shown::new());
        let zones = site.zones.keys();
        let shown: Shown = zones
            .clone()
            .filter_map(|zone| Some((zone.clone(), plan.next_zone(zone)?.clone())))
            .collect();
        let people = zones.map(|zone| (zone.clone(), f64::from(random.random_range(0..200))));
        let wanted = Wanted::new(
            7,
            Arc::clone(&network),
            calm.clone(),
            (shown.clone(), Shown::new()),
            people.collect(),
        );
        let Input::Planned { toward, clearing_ms, shown_ms, .. } = wanted.answer() else {
            panic!()
        };
        assert!(clearing_ms <= shown_ms, "seed {seed}: better is never worse");
        let mut better = shown.clone();
        better.extend(toward.iter().map(|(from, to)| (from.clone(), to.clone())));
        for from in toward.keys() {
            turned += 1;
            // Back through where people have come from, up to the first zone where they have not.
            let new = displayed_from(&better, from);
            let comes = |zone: &ZoneId| zone != from && displayed_from(&shown, zone).contains(from);
            let returns = new.iter().skip(1).take_while(|zone| comes(zone)).count();
            if returns == 0 {
                continue;
            }
            back += 1;
            // Out of the last zone that they have come through, by a door or by its exit.
            let leaves = (returns + 2).min(new.len());
            let by_exit = if new.len() == returns + 1 { door_ms(&site, &new) } else { 0 };
            let back_ms = walk_ms(&site, &new[..leaves]) + by_exit;
            let on = displayed_from(&shown, from);
            let on_ms = walk_ms(&site, &on) + door_ms(&site, &on);
            assert!(on_ms > back_ms, "seed {seed}: {from} goes {new:?} instead of {on:?}");
        }
    }
    println!("{turned} signs turned for a better plan; {back} of them back where people come from");
    assert!(turned > 50, "{turned}");
}

/// The search knows no full stairs; what it answers is judged by a loading that does.
#[test]
fn an_answer_takes_as_long_as_people_one_by_one_where_stairs_are_full() {
    let (mut compared, mut held_up) = (0, 0);
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let network = Arc::new(Network::of(building(&mut random)));
        let site = network.site();
        let calm = Hazards::default();
        let zones = site.zones.keys();
        let people: BTreeMap<ZoneId, f64> =
            zones.map(|zone| (zone.clone(), f64::from(random.random_range(0..80)))).collect();
        let plan = network.plan(&calm, &Shown::new());
        let forest = plan.forest();
        if forest.to_refuge.contains(&true) {
            continue;
        }
        let mut graph = network.graph().clone();
        for (zone, people) in &people {
            graph.set_people(network.node(zone).unwrap(), *people);
        }
        let (nothing, none) = (Shown::new(), Shown::new());
        let wanted = Wanted::new(7, Arc::clone(&network), calm.clone(), (nothing, none), people);
        let Input::Planned { shown_ms, clearing_ms, .. } = wanted.answer() else { panic!() };
        assert!(clearing_ms <= shown_ms, "seed {seed}: better is never worse");
        let persons = Crowd::new(&graph, forest).clearing_ms();
        let roomy = load(&graph, forest).clearing_ms;
        let headway = longest_headway_ms(&graph, forest);
        #[expect(clippy::cast_precision_loss, reason = "times of a building")]
        let [shown, persons, roomy] = [shown_ms, persons, roomy].map(|ms| ms as f64);
        let apart = (shown - persons).abs();
        assert!(apart <= 0.05 * persons + headway, "seed {seed}: {shown} and {persons} ms");
        compared += 1;
        held_up += u32::from((roomy - persons).abs() > 0.05 * persons + headway);
    }
    println!("{compared} buildings; in {held_up} full stairs decide how long it takes");
    assert!(compared > 20 && held_up > 3, "{compared}, {held_up}");
}
