//! Better signs, from the step that asks for them to the step that takes them.

use std::sync::Arc;

use jikimi::domain::{Input, Show};
use jikimi::evacuate::{Hazards, Network, Shown, load};
use jikimi::monitor::{Configuration, Effect, Monitor};

use crate::cases::center_configuration;
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
