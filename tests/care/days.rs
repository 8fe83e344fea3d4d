//! Single days, told: what the model has to make of them whatever its figures are.

use jikimi::care::{Kind, Model, Resident, Settings, Sign, Stage, Thresholds, Turn};
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi_sim::homes::{Kit, Trouble};

use crate::fleet::{Home, begin, moment, untuned};

const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 24 * HOUR_S;

fn model() -> Model {
    let thresholds = Thresholds { watch: 4.5, call: 6.5 };
    Model { thresholds, ..untuned(Settings::default()) }
}

/// Steps every deadline until then, and says what it brought.
fn until(resident: &mut Resident, model: &Model, at_s: i64) -> Vec<Turn> {
    let mut turns = Vec::new();
    while let Some(due) = resident.deadline(model).filter(|due| *due <= moment(at_s)) {
        turns.extend(resident.expire(model, due));
    }
    turns
}

/// A home that has been lived in for so many days.
fn lived_in(model: &Model, home: &Home, days: i64) -> Resident {
    let mut resident = Resident::begin(model, begin());
    for (at_s, sign, _) in home.signs.iter().take_while(|(at_s, ..)| *at_s < days * DAY_S) {
        until(&mut resident, model, *at_s);
        resident.sign(model, moment(*at_s), *sign);
    }
    until(&mut resident, model, days * DAY_S);
    resident
}

/// Seven in the morning of that day, after somebody has moved in two rooms.
fn morning(resident: &mut Resident, model: &Model, day: i64) -> i64 {
    let at_s = day * DAY_S + 7 * HOUR_S;
    until(resident, model, at_s);
    resident.sign(model, moment(at_s), Sign::Pulse(0));
    resident.sign(model, moment(at_s + 40), Sign::Pulse(1));
    at_s
}

fn leaves(resident: &mut Resident, model: &Model, at_s: i64) {
    until(resident, model, at_s);
    resident.sign(model, moment(at_s), Sign::ExitDoor);
    resident.sign(model, moment(at_s + 6), Sign::ExitDoor);
}

fn stages(turns: &[Turn]) -> Vec<(Stage, Timestamp)> {
    let stage = |turn: &Turn| match turn {
        Turn::Reached { stage, at, .. } => Some((*stage, *at)),
        Turn::Ended { .. } => None,
    };
    turns.iter().filter_map(stage).collect()
}

/// Three rooms, in one of which the motion sensor pulses by itself now and then.
fn strays(_seed: u64) -> (Kit, Trouble) {
    let trouble = Trouble { phantoms_per_h: 0.1, ..Trouble::default() };
    (Kit { rooms: 3, ..Kit::BASIC }, trouble)
}

fn home() -> Home {
    Home::new(4, 30, strays)
}

#[test]
fn days_away_with_pulses_of_nobody_are_not_returned_and_hide_no_death_afterwards() {
    let model = model();
    let mut resident = lived_in(&model, &home(), 30);
    let out_s = morning(&mut resident, &model, 30) + HOUR_S;
    leaves(&mut resident, &model, out_s);
    let mut turns = Vec::new();
    for hours in (5..60).step_by(7) {
        let at_s = out_s + hours * HOUR_S;
        turns.extend(until(&mut resident, &model, at_s));
        turns.extend(resident.sign(&model, moment(at_s), Sign::Pulse(0)));
    }
    let reached = stages(&turns);
    let last = reached.last().expect("it is told of");
    assert_eq!(last.0, Stage::NotReturned, "{reached:?}");
    let after = last.1.duration_since(moment(out_s)).as_hours();
    assert!((47..=49).contains(&after), "after {after} h");
    assert!(!reached.iter().any(|(stage, _)| *stage == Stage::Visit), "{reached:?}");

    // Home again, and then for ever silent but for the sensor.
    let back_s = out_s + 62 * HOUR_S;
    leaves(&mut resident, &model, back_s);
    for minute in [2, 4, 9] {
        resident.sign(&model, moment(back_s + 60 * minute), Sign::Pulse(1));
        resident.sign(&model, moment(back_s + 60 * minute + 20), Sign::Pulse(2));
    }
    assert_eq!((resident.kind(), resident.reached()), (Kind::Home, None));
    let mut turns = Vec::new();
    for hours in (5..40).step_by(7) {
        turns.extend(until(&mut resident, &model, back_s + hours * HOUR_S));
        turns.extend(resident.sign(&model, moment(back_s + hours * HOUR_S), Sign::Pulse(0)));
    }
    let called = stages(&turns).into_iter().find(|(stage, _)| *stage >= Stage::Call).unwrap();
    let after = called.1.duration_since(moment(back_s)).as_hours();
    assert!(after <= 20, "called after {after} h");
}

#[test]
fn a_pulse_each_three_hours_for_a_week_does_not_keep_a_dead_person_alive() {
    let model = model();
    let mut resident = lived_in(&model, &home(), 30);
    let died_s = morning(&mut resident, &model, 30);
    let mut first = None;
    for pulse in 1..56 {
        let at_s = died_s + pulse * 3 * HOUR_S;
        let mut turns = until(&mut resident, &model, at_s);
        turns.extend(resident.sign(&model, moment(at_s), Sign::Pulse(0)));
        let called = stages(&turns).into_iter().find(|(stage, _)| *stage >= Stage::Call);
        first = first.or(called);
    }
    let after = first.expect("somebody is called").1.duration_since(moment(died_s)).as_hours();
    assert!(after <= 24, "after {after} h");
}

#[test]
fn six_hours_unseen_are_blind_and_not_silent() {
    let model = model();
    let mut seen = lived_in(&model, &home(), 30);
    let up_s = morning(&mut seen, &model, 30);
    let mut blind = seen.clone();
    assert!(!until(&mut seen, &model, up_s + 7 * HOUR_S).is_empty(), "seen, it is silent");
    let mut turns = until(&mut blind, &model, up_s + HOUR_S);
    turns.extend(blind.blinded(&model, moment(up_s + HOUR_S)));
    assert_eq!(blind.deadline(&model), None, "what cannot be seen is waited for by nobody");
    blind.seen(&model, moment(up_s + 7 * HOUR_S));
    turns.extend(until(&mut blind, &model, up_s + 7 * HOUR_S));
    assert_eq!(turns, []);
    // And after it the silence counts again.
    let later = stages(&until(&mut blind, &model, up_s + 20 * HOUR_S));
    assert!(later.iter().any(|(stage, _)| *stage >= Stage::Call), "{later:?}");
}

#[test]
fn a_registered_absence_waits_and_ends_with_who_comes_back() {
    let model = model();
    let mut resident = lived_in(&model, &home(), 30);
    let out_s = morning(&mut resident, &model, 30);
    leaves(&mut resident, &model, out_s);
    let until_s = out_s + 5 * DAY_S;
    resident.absent(&model, moment(out_s + HOUR_S), moment(until_s));
    assert_eq!(until(&mut resident, &model, out_s + 4 * DAY_S), []);
    // Not back when it ends: then it is told of as if the person had left now.
    let mut late = resident.clone();
    let reached = stages(&until(&mut late, &model, until_s + 3 * DAY_S));
    assert!(reached.iter().all(|(_, at)| *at > moment(until_s)), "{reached:?}");
    assert!(reached.iter().any(|(stage, _)| *stage >= Stage::Call), "{reached:?}");
    // Back early: from then on a silence counts.
    let back_s = out_s + 4 * DAY_S;
    leaves(&mut resident, &model, back_s);
    for (seconds, sensor) in [(120, 1), (150, 2)] {
        resident.sign(&model, moment(back_s + seconds), Sign::Pulse(sensor));
    }
    let reached = stages(&until(&mut resident, &model, back_s + 16 * HOUR_S));
    assert!(reached.iter().any(|(stage, _)| *stage >= Stage::Call), "{reached:?}");
}

#[test]
fn waking_at_the_deadline_alone_finds_what_looking_each_slot_finds() {
    let model = model();
    for seed in 0..6 {
        println!("seed {seed}");
        let mut home = Home::new(seed, 20, strays);
        // Each fourth day nobody stirs.
        home.signs.retain(|(at_s, ..)| at_s / DAY_S % 4 != 3);
        let mut woken = Resident::begin(&model, begin());
        let mut looking = woken.clone();
        let mut slot_s = 0;
        for (at_s, sign, _) in &home.signs {
            let mut found = until(&mut woken, &model, *at_s);
            found.extend(woken.sign(&model, moment(*at_s), *sign));
            let mut seen = Vec::new();
            while slot_s + 300 <= *at_s {
                slot_s += 300;
                seen.extend(looking.expire(&model, moment(slot_s)));
            }
            seen.extend(looking.sign(&model, moment(*at_s), *sign));
            assert_eq!(found, seen, "at {at_s} s");
            assert_eq!(woken, looking, "at {at_s} s");
        }
    }
}

#[test]
fn what_was_learnt_survives_being_written_down() {
    let model = model();
    let home = home();
    let resident = lived_in(&model, &home, 20);
    let text = serde_json::to_string(&resident).unwrap();
    let read: Resident = serde_json::from_str(&text).unwrap();
    assert_eq!(read, resident);
    println!("{} B in memory, {} B written", size_of::<Resident>(), text.len());
    assert!(size_of::<Resident>() <= 4_500);

    // Of the first form only what was learnt is needed: a silence that runs may be forgotten.
    let mut old: serde_json::Value = serde_json::from_str(&text).unwrap();
    let old = old.as_object_mut().unwrap();
    old.retain(|field, _| ["version", "learnt"].contains(&field.as_str()));
    old["learnt"].as_object_mut().unwrap().remove("strays");
    let upgraded: Resident = serde_json::from_value(old.clone().into()).unwrap();
    assert_eq!(upgraded.learnt().counts(), resident.learnt().counts());
}

#[test]
fn a_sign_that_comes_late_ends_the_silence_where_it_belongs() {
    let model = model();
    let mut resident = lived_in(&model, &home(), 30);
    let up_s = morning(&mut resident, &model, 30);
    let turns = until(&mut resident, &model, up_s + 12 * HOUR_S);
    assert!(resident.reached() >= Some(Stage::Call), "{turns:?}");
    let late = resident.sign(&model, moment(up_s + 11 * HOUR_S), Sign::Deed);
    assert!(matches!(late[..], [Turn::Ended { .. }]), "{late:?}");
    assert_eq!(resident.expire(&model, moment(up_s + 12 * HOUR_S)), []);
    let due = resident.deadline(&model).unwrap();
    assert!(due > moment(up_s + 12 * HOUR_S) - SignedDuration::from_mins(5), "{due}");
}
