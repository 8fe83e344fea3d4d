//! Four homes of 45 days, with what the model has to say of them: made by an implementation of
//! the same formulas in another language, slot by slot.

use std::io::Read as _;

use jikimi::care::{
    Cells, FleetTable, Kind, Model, Resident, Settings, Sign, Slot, Stage, Thresholds,
};
use jikimi::care::{Turn, WallClock};
use jikimi::domain::time::{SignedDuration, Timestamp};
use serde::Deserialize;

const CLOCK: WallClock = WallClock { offset_s: 0 };

#[derive(Deserialize)]
pub struct Golden {
    thresholds: Vec<f64>,
    #[serde(rename = "H0")]
    pub hazard: Cells<f64>,
    homes: Vec<Home>,
}

#[derive(Deserialize)]
struct Home {
    active: Vec<i64>,
    door_last: Vec<i64>,
    first_door: Vec<i64>,
    death_slots: Vec<i64>,
    t0: i64,
    false_alarms: Vec<f64>,
    away_alarms: Vec<f64>,
    delay_slots: Vec<Vec<f64>>,
    day_max: Vec<f64>,
}

pub fn read() -> Golden {
    let mut text = String::new();
    let packed: &[u8] = include_bytes!("golden.json.gz");
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The model as the vectors were made, with nothing that was added to it since.
fn model(golden: &Golden, call: f64) -> Model {
    Model {
        clock: CLOCK,
        fleet: FleetTable { hazard: golden.hazard },
        thresholds: Thresholds { watch: f64::INFINITY, call },
        settings: Settings { weighs: false, ..Settings::default() },
    }
}

/// What the port says of one home at one threshold.
#[derive(Debug, Default, PartialEq)]
struct Said {
    alarms: f64,
    away: f64,
    delays: Vec<f64>,
    day_max: Vec<f64>,
}

fn live(model: &Model, home: &Home) -> Said {
    let has = |slots: &[i64], slot: i64| slots.binary_search(&slot).is_ok();
    let mut resident = Resident::begin(model, CLOCK.begins(Slot(0)));
    let days = home.day_max.len();
    let mut said = Said { day_max: vec![0.0; days], ..Said::default() };
    let mut ringing = false;
    for slot in 0..288 * i64::try_from(days).unwrap() {
        let begins = CLOCK.begins(Slot(slot));
        if has(&home.active, slot) {
            for (at, sign) in signs(home, slot, begins) {
                resident.sign(model, at, sign);
            }
            ringing = false;
        }
        let turns = resident.expire(model, CLOCK.ends(Slot(slot)));
        let reached = turns.iter().find_map(|turn| match turn {
            Turn::Reached { stage, .. } if *stage >= Stage::Call => Some(*stage),
            _ => None,
        });
        if reached.is_some() && !std::mem::replace(&mut ringing, true) && slot >= home.t0 * 288 {
            said.alarms += 1.0;
            said.away += f64::from(u8::from(resident.kind() == Kind::Away));
        }
        let day = &mut said.day_max[usize::try_from(slot / 288).unwrap()];
        *day = day.max(resident.score());
        for _ in home.death_slots.iter().filter(|death| **death == slot) {
            let due = resident.call_ahead(model, 1_439);
            said.delays.push(due.map_or(-1.0, |due| (due.0 - slot) as f64));
        }
    }
    said
}

/// The first and the last sign of an active slot.
fn signs(home: &Home, slot: i64, begins: Timestamp) -> Vec<(Timestamp, Sign)> {
    let has = |slots: &[i64]| slots.binary_search(&slot).is_ok();
    let sign = |door: bool| if door { Sign::ExitDoor } else { Sign::Pulse(0) };
    let after = |seconds| begins + SignedDuration::from_secs(seconds);
    let (first, last) = (has(&home.first_door), has(&home.door_last));
    // A door a minute before the slot would make its first sign the leaving: it comes later.
    vec![(after(61), sign(first)), (after(200), sign(last))]
}

#[test]
fn alarms_and_delays_are_the_golden_ones_and_so_are_the_daily_maxima() {
    let golden = read();
    let mut furthest: f64 = 0.0;
    for (number, home) in golden.homes.iter().enumerate() {
        for (index, threshold) in golden.thresholds.iter().enumerate() {
            let said = live(&model(&golden, *threshold), home);
            let at = format!("home {number} at {threshold}");
            assert!((said.alarms - home.false_alarms[index]).abs() < 0.5, "{at}: {said:?}");
            assert!((said.away - home.away_alarms[index]).abs() < 0.5, "{at}: {said:?}");
            let delays: Vec<f64> = home.delay_slots.iter().map(|delays| delays[index]).collect();
            assert_eq!(said.delays, delays, "{at}");
            for (day, (ours, theirs)) in said.day_max.iter().zip(&home.day_max).enumerate() {
                furthest = furthest.max((ours - theirs).abs());
                assert!((ours - theirs).abs() < 1e-6, "{at}, day {day}: {ours} {theirs}");
            }
        }
    }
    println!("daily maxima: within {furthest:.1e} of the golden ones");
}
