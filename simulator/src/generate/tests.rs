//! What is generated is what a seed says, and its truth is true.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::recording::Content;

fn text(generated: &Generated) -> String {
    format!("{:?} {:?} {:?}", generated.lines, generated.files, generated.truth)
}

fn fields(line: &Line) -> (String, serde_json::Value) {
    let Content::Message { topic, payload, .. } = &line.content else { panic!("an input") };
    (topic.clone(), serde_json::from_slice(payload).unwrap())
}

#[test]
fn the_same_seed_is_the_same_storm_to_the_byte_and_another_is_another() {
    let first = text(&storm(7, 2, 12));
    assert_eq!(first, text(&storm(7, 2, 12)));
    assert_ne!(first, text(&storm(8, 2, 12)));
}

#[test]
fn a_storm_is_as_large_as_promised_and_in_the_order_of_arrival() {
    for (seed, sites, incidents) in [(7, 3, 120), (1, 1, 20), (2, 4, 60)] {
        let storm = storm(seed, sites, incidents);
        assert!((5_000..=20_000).contains(&storm.lines.len()), "{}", storm.lines.len());
        assert!(storm.lines.is_sorted_by_key(|line| line.received_at));
        let fires = storm.truth.iter().filter(|truth| truth.kind == "fire").count();
        assert_eq!(fires, incidents);
        assert!(storm.truth.len() > fires, "nothing falls silent");
    }
}

#[test]
fn messages_have_ids_of_their_own_and_some_come_twice_and_some_out_of_order() {
    let storm = storm(7, 3, 120);
    let mut by_id: BTreeMap<String, (String, serde_json::Value)> = BTreeMap::new();
    let (mut twice, mut out_of_order) = (0, 0);
    let mut latest: BTreeMap<String, Timestamp> = BTreeMap::new();
    for line in &storm.lines {
        let (topic, payload) = fields(line);
        let at: Timestamp = payload["at"].as_str().unwrap().parse().unwrap();
        if latest.get(&topic).is_some_and(|latest| at < *latest) {
            out_of_order += 1;
        }
        latest.entry(topic.clone()).and_modify(|latest| *latest = at.max(*latest)).or_insert(at);
        let id = payload["id"].as_str().unwrap().to_owned();
        if let Some(first) = by_id.insert(id, (topic.clone(), payload.clone())) {
            assert_eq!(first, (topic, payload), "two messages have one id");
            twice += 1;
        }
    }
    let share = f64::from(twice) / by_id.len() as f64;
    assert!((0.02..0.04).contains(&share), "{share}");
    assert!(out_of_order > 10, "{out_of_order}");
}

#[test]
fn every_device_that_speaks_stands_in_its_sites_file() {
    let storm = storm(3, 2, 9);
    let mut mounted = BTreeSet::new();
    for (path, text) in &storm.files {
        let table: toml::Table = text.parse().unwrap();
        if let Ok(file) = path.strip_prefix("sites") {
            let site = table["id"].as_str().unwrap();
            assert_eq!(file.to_str().unwrap(), format!("{site}.toml"));
            for device in table["device"].as_array().unwrap() {
                mounted.insert(format!("{site}/{}", device["id"].as_str().unwrap()));
            }
        }
    }
    let mut heard = BTreeSet::new();
    for line in &storm.lines {
        let (topic, _) = fields(line);
        let levels: Vec<&str> = topic.split('/').collect();
        let kind = if levels[3].ends_with("-cp") { "alarm" } else { "reading" };
        assert_eq!(levels[4], kind);
        heard.insert(format!("{}/{}", levels[2], levels[3]));
    }
    assert_eq!(heard, mounted);
}

#[test]
fn only_devices_that_are_said_to_fall_silent_do() {
    let storm = storm(7, 3, 120);
    let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
    for line in &storm.lines {
        let (topic, _) = fields(line);
        let key = topic.rsplit_once('/').unwrap().0.to_owned();
        let before = last.insert(key, line.received_at).unwrap_or(instant(0));
        let gap_s = line.received_at.duration_since(before).as_secs();
        assert!(gap_s < i64::from(SILENT_AFTER_S), "{topic}: {gap_s} s");
    }
    let end = storm.lines.last().unwrap().received_at;
    let silent = |last: &Timestamp| end.duration_since(*last).as_secs() > SILENT_AFTER_S.into();
    let quiet: BTreeSet<String> =
        last.iter().filter(|(_, last)| silent(last)).map(|(topic, _)| topic.clone()).collect();
    let said = storm.truth.iter().filter(|truth| truth.kind == "device-silent");
    let said: BTreeSet<String> =
        said.map(|truth| format!("jikimi/v1/{}/{}", truth.site, truth.place)).collect();
    assert_eq!(quiet, said);
}

/// Readings of one device in the order of their time, each once.
type Series = Vec<(Timestamp, f64)>;

fn series(storm: &Generated, quantity: &str) -> BTreeMap<String, Series> {
    let mut series: BTreeMap<String, BTreeMap<(Timestamp, String), f64>> = BTreeMap::new();
    for line in &storm.lines {
        let (topic, payload) = fields(line);
        let value = &payload["readings"][quantity];
        let Some(value) = value.as_f64().or(value.as_bool().map(f64::from)) else { continue };
        let levels: Vec<&str> = topic.split('/').collect();
        let at: Timestamp = payload["at"].as_str().unwrap().parse().unwrap();
        let key = (at, payload["id"].as_str().unwrap().to_owned());
        series.entry(levels[2..4].join("/")).or_default().insert(key, value);
    }
    let flat = |values: BTreeMap<(Timestamp, String), f64>| {
        values.into_iter().map(|((at, _), value)| (at, value)).collect()
    };
    series.into_iter().map(|(device, values)| (device, flat(values))).collect()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64()
}

/// Whether it is at or above `start` and not yet back at `stop` for as long as `hold_s`.
fn holds(series: &Series, start: f64, stop: f64, hold_s: f64) -> bool {
    let mut since = None;
    series.iter().any(|(at, value)| {
        let held = since.is_some_and(|since| seconds(since, *at) >= hold_s);
        if *value >= start {
            since = since.or(Some(*at));
        } else if *value <= stop {
            since = None;
        }
        held || (hold_s == 0.0 && since.is_some())
    })
}

fn rises(series: &Series) -> bool {
    series.iter().any(|(at, value)| {
        let recent =
            |(before, _): &&(Timestamp, f64)| *before <= *at && seconds(*before, *at) <= 60.0;
        let low = series.iter().filter(recent).map(|(_, low)| *low).fold(f64::MAX, f64::min);
        *value >= 38.0 && value - low >= 8.3
    })
}

fn agree(one: &Series, other: &Series) -> bool {
    let votes = |series: &Series| -> Vec<Timestamp> {
        series.iter().filter(|(_, value)| *value >= 45.0).map(|(at, _)| *at).collect()
    };
    let others = votes(other);
    votes(one).iter().any(|at| others.iter().any(|other| seconds(*at, *other).abs() <= 60.0))
}

/// The rules of the storm's configuration, told once more in the plainest way.
fn burning(storm: &Generated) -> BTreeSet<String> {
    let building = |device: &str| device.rsplit_once('-').unwrap().0.to_owned();
    let mut burning = BTreeSet::new();
    let heat = series(storm, "temperature");
    for (device, series) in &heat {
        if holds(series, 57.0, 50.0, 4.0) || rises(series) {
            burning.insert(building(device));
        }
        for (one, other) in [("-t1", "-t2"), ("-t3", "-t4")] {
            if device.ends_with(one) && agree(series, &heat[&device.replace(one, other)]) {
                burning.insert(building(device));
            }
        }
    }
    for (device, series) in series(storm, "smoke") {
        if holds(&series, 10.0, 5.0, 10.0) || holds(&series, 5.0, 3.0, 30.0) {
            burning.insert(building(&device));
        }
    }
    for (device, series) in series(storm, "call_point") {
        if holds(&series, 1.0, 0.5, 0.0) {
            burning.insert(building(&device));
        }
    }
    burning
}

#[test]
fn exactly_the_buildings_that_are_said_to_burn_cross_a_rule() {
    for seed in 0..4 {
        let storm = storm(seed, 3, 120);
        let fires = storm.truth.iter().filter(|truth| truth.kind == "fire");
        let said: BTreeSet<String> =
            fires.map(|truth| format!("{}/{}", truth.site, truth.place)).collect();
        assert_eq!(burning(&storm), said, "seed {seed}");
    }
}
