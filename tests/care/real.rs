//! Homes that people really lived in: four of one person each, fifteen to twenty-eight days.
//!
//! Nobody died in them, so every alarm is a false one, and deaths are made by cutting the events.
//! So few days rank rules; they fix no rates.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jikimi::care::{Model, Resident, Senses, Settings, Sign, Stage, Thresholds, Turn};
use jikimi::domain::time::Timestamp;
use jikimi::domain::{DeviceId, DeviceKind, Quantity, Reading, Value};
use jikimi_sim::convert::{Converted, casas, kasteren, mit, ordonez};
use jikimi_sim::homes::{By, Slot};
use jikimi_sim::recording::Content;
use serde::Deserialize;

use crate::fleet::{Home, Outcome, Run, basic, fitted, moment, pooled};
use crate::rivals::{self, Rule};

/// From this day on it is measured.
const FROM_DAY: usize = 7;
const OFFSET_S: i64 = 9 * 3_600;

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data")
}

/// The homes, or none where the recordings are absent.
fn homes() -> Option<[Home; 4]> {
    let folder = recordings();
    let read = |convert: fn(&Path) -> Result<Converted, _>, file: &str| {
        let file = folder.join(file);
        file.exists().then(|| lived(&convert(&file).unwrap()))
    };
    let homes = [
        read(casas::convert, "casas-al-month/data-first-15-days.txt.gz")?,
        read(kasteren::convert, "kasteren-a/houseA.sensors")?,
        read(mit::convert, "mit-house-d/houseD.sensors")?,
        read(ordonez::convert, "ordonez-a/OrdonezA_Sensors.txt")?,
    ];
    Some(homes)
}

#[derive(Deserialize)]
struct Payload {
    at: Timestamp,
    readings: BTreeMap<Quantity, Value>,
}

/// The recording as signs, from the first midnight on; the ragged last day is left out.
fn lived(converted: &Converted) -> Home {
    let site = &converted.files.iter().find(|(path, _)| path.starts_with("sites")).unwrap().1;
    let site: toml::Table = site.parse().unwrap();
    let devices = site["device"].as_array().unwrap().iter().map(|device| {
        let kind: DeviceKind = device["kind"].clone().try_into().unwrap();
        (device["id"].as_str().unwrap().to_owned(), kind)
    });
    let devices: BTreeMap<String, DeviceKind> = devices.collect();
    let (mut senses, mut signs, mut empty) = (Senses::default(), Vec::new(), false);
    let mut first = None;
    for line in &converted.lines {
        let Content::Message { topic, payload, .. } = &line.content else { continue };
        let payload: Payload = serde_json::from_slice(payload).unwrap();
        let local_s = payload.at.as_second() + OFFSET_S;
        let first = *first.get_or_insert(local_s.div_euclid(86_400) * 86_400);
        let name = topic.split('/').nth(3).unwrap();
        let device: DeviceId = name.parse().unwrap();
        for (quantity, value) in payload.readings {
            let reading = Reading { device: device.clone(), quantity, value, at: payload.at };
            if let Some(sign) = senses.read(Some(devices[name]), &reading, empty) {
                empty = sign == Sign::ExitDoor;
                signs.push((local_s - first, sign, By::Person));
            }
        }
    }
    let days = usize::try_from(signs.last().unwrap().0 / 86_400).unwrap();
    signs.retain(|(at_s, ..)| *at_s < 86_400 * days as i64);
    Home { slots: slots(&signs, days), signs, days }
}

/// As the rivals see it; away is what follows the door for more than twenty minutes.
fn slots(signs: &[(i64, Sign, By)], days: usize) -> Vec<Slot> {
    let mut slots = vec![Slot::default(); days * 288];
    let mut door_at = i64::MIN / 2;
    for (at_s, sign, _) in signs {
        let slot = &mut slots[usize::try_from(at_s / 300).unwrap()];
        let is_door = *sign == Sign::ExitDoor;
        if is_door {
            door_at = *at_s;
        }
        slot.door_first |= is_door && !slot.active;
        slot.active = true;
        slot.door_last = at_s - door_at <= 60;
    }
    let active: Vec<usize> = (0..slots.len()).filter(|slot| slots[*slot].active).collect();
    for pair in active.windows(2) {
        if slots[pair[0]].door_last && pair[1] - pair[0] > 4 {
            slots[pair[0] + 1..pair[1]].iter_mut().for_each(|slot| slot.away = true);
        }
    }
    slots
}

fn run(model: &Model, homes: &[&Home], deaths_a_day: usize) -> Outcome {
    let run =
        Run { model, from_day: FROM_DAY, deaths_a_day, asking: None, phantoms: false, seed: 1 };
    let mut all = Outcome::default();
    for home in homes {
        all.add(run.over(std::slice::from_ref(*home)));
    }
    all
}

fn at(model: &Model, call: f64) -> Model {
    Model { thresholds: Thresholds { watch: call, call }, ..model.clone() }
}

fn row(name: &str, outcome: &Outcome) {
    println!(
        "{name:<50} {:>2} false in {} days; delay {:>4.1} / {:>4.1} / {:>4.1} h",
        outcome.alarms,
        outcome.home_days,
        outcome.delay_h(0.5),
        outcome.delay_h(0.9),
        outcome.mean_h()
    );
}

/// The lowest threshold with no more false alarms than so many.
fn lowest(models: &[Model], homes: &[&Home], alarms: usize) -> Option<f64> {
    let thresholds = (4..120).map(|quarter| f64::from(quarter) / 4.0);
    let alarms_at = |call: f64| -> usize {
        models.iter().zip(homes).map(|(model, home)| run(&at(model, call), &[home], 0).alarms).sum()
    };
    thresholds.into_iter().find(|call| alarms_at(*call) <= alarms)
}

/// Each home with the table of the three others.
fn of_the_others(homes: &[Home; 4], settings: Settings) -> Vec<Model> {
    let others = |out: usize| homes.iter().enumerate().filter(move |(n, _)| *n != out);
    (0..4).map(|out| pooled(others(out).map(|(_, home)| home), settings)).collect()
}

#[test]
fn in_homes_that_people_lived_in_it_is_as_good_as_measured() {
    let Some(homes) = homes() else {
        println!("skipped: the recordings of real homes are not beside the repository");
        return;
    };
    let all: Vec<&Home> = homes.iter().collect();
    println!("delay: median / 90 of 100 / mean");
    for hours in [8, 10, 12, 14] {
        let rule = Rule::Fixed { slots: 12 * hours, knows_the_door: true };
        row(&format!("fixed {hours} h, 48 h out"), &rule.over(&homes, FROM_DAY, 20, 1));
    }
    for settings in [Settings { weighs: false, ..Settings::default() }, Settings::default()] {
        let models = of_the_others(&homes, settings);
        let how = if settings.weighs { "weighed" } else { "believed" };
        // 2.7, 2 and 1 a home-month.
        for alarms in [3, 2, 1] {
            let Some(call) = lowest(&models, &all, alarms) else { continue };
            let mut outcome = Outcome::default();
            for (model, home) in models.iter().zip(&homes) {
                outcome.add(run(&at(model, call), &[home], 20));
            }
            row(&format!("ours, pulses {how}, from {call}"), &outcome);
        }
    }
    let fleet = Home::many(10_000, 60, 90, basic);
    let shipped = fitted(&fleet, Settings::default(), 1.0);
    row("ours, table and threshold of the made-up fleet", &run(&shipped.model, &all, 20));
}

#[test]
fn in_the_home_of_casas_deaths_are_noticed_within_hours_without_a_false_alarm() {
    let Some(homes) = homes() else {
        println!("skipped: the recordings of real homes are not beside the repository");
        return;
    };
    for settings in [Settings { weighs: false, ..Settings::default() }, Settings::default()] {
        let models = of_the_others(&homes, settings);
        let call = lowest(&models[..1], &[&homes[0]], 0).unwrap();
        let outcome = run(&at(&models[0], call), &[&homes[0]], 60);
        row(&format!("casas from {call}, weighed: {}", settings.weighs), &outcome);
        assert_eq!(outcome.alarms, 0);
        assert!(outcome.delay_h(0.5) <= 3.5, "{}", outcome.delay_h(0.5));
        assert!(outcome.delay_h(0.9) <= 7.5, "{}", outcome.delay_h(0.9));
    }
    let fixed = (3..=24).map(|hours| Rule::Fixed { slots: 12 * hours, knows_the_door: true });
    let (rule, outcome) = rivals::best(fixed, &homes[..1], FROM_DAY, 0.0).unwrap();
    row(&format!("{rule:?}"), &outcome);
}

/// The recording cut after an exit, three days with nothing but a stray pulse each seven hours,
/// and then the rest of the recording until somebody dies.
#[test]
fn three_days_away_with_stray_pulses_are_not_returned_and_hide_no_death() {
    let Some(homes) = homes() else {
        println!("skipped: the recordings of real homes are not beside the repository");
        return;
    };
    let models = of_the_others(&homes, Settings::default());
    for (model, home) in models.iter().zip(&homes) {
        let model = at(model, 6.5);
        let left = home.slots.iter().enumerate().skip(10 * 288).position(|(slot, state)| {
            state.door_last && home.slots.get(slot + 1).is_some_and(|next| next.away)
        });
        let Some(left) = left.map(|slot| slot as i64 + 10 * 288) else { continue };
        let left_s = (left + 1) * 300;
        let mut resident = Resident::begin(&model, moment(0));
        let mut reached = Vec::new();
        let mut step = |resident: &mut Resident, at_s: i64, sign: Option<Sign>| {
            while let Some(due) = resident.deadline(&model).filter(|due| *due <= moment(at_s)) {
                reached.extend(resident.expire(&model, due));
            }
            if let Some(sign) = sign {
                reached.extend(resident.sign(&model, moment(at_s), sign));
            }
            stages(&std::mem::take(&mut reached))
        };
        for (at_s, sign, _) in home.signs.iter().take_while(|(at_s, ..)| *at_s < left_s) {
            step(&mut resident, *at_s, Some(*sign));
        }
        let mut away = Vec::new();
        for hours in (5..72).step_by(7) {
            away.extend(step(&mut resident, left_s + hours * 3_600, Some(Sign::Pulse(0))));
        }
        away.extend(step(&mut resident, left_s + 72 * 3_600, None));
        assert!(away.contains(&Stage::NotReturned), "{away:?}");
        assert!(!away.contains(&Stage::Visit), "{away:?}");
        // Back for an afternoon, and dead at four.
        let shift_s = 4 * 86_400;
        let back = home.signs.iter().skip_while(|(at_s, ..)| *at_s < left_s);
        let mut last_s = left_s + shift_s;
        for (at_s, sign, _) in back.take_while(|(at_s, ..)| *at_s < left_s + 8 * 3_600) {
            last_s = at_s + shift_s;
            step(&mut resident, last_s, Some(*sign));
        }
        let dead = step(&mut resident, last_s + 49 * 3_600, None);
        println!("not returned after {away:?}; then dead: {dead:?}");
        assert!(dead.iter().any(|stage| *stage >= Stage::Call), "{dead:?}");
    }
}

fn stages(turns: &[Turn]) -> Vec<Stage> {
    let stage = |turn: &Turn| match turn {
        Turn::Reached { stage, .. } => Some(*stage),
        Turn::Ended { .. } => None,
    };
    turns.iter().filter_map(stage).collect()
}
