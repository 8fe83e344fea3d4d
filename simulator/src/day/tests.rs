//! Days that are lived in a test.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::recording::Content;

const DAY: &str = "
    day 2026-11-24
    seed 7

    site center
    devices heat-a, heat-b in kitchen: temperature 22±0.5 every 60 s
    device smoke-a in kitchen: smoke 0.2 ± 0.1 every 60 s; smoke_alarm off every 30 min
    device heat-stair in stair: temperature 20 every 1 min
    device pir in hall: motion 08:30–18:30 about every 4 min; motion off every 10 min
    device panel: panel_alarm off every 1 h   # no zone: no fire is felt

    14:02 fire in kitchen, reaches stair at 14:09, out at 15:00
    14:03:30 panel panel_alarm on for 20 min because of fire
    12:10 cooking in kitchen for 20 min
    16:00 pir falls silent until 17:00

    site usan
    homes h0101..h0104: with pir door sos temperature; out about 09:10–11:30
    home h0102: stays in, up 05:40, falls silent 05:52
    home h0103: calls for help 20:15
";

fn script(text: &str) -> Script {
    Script::read("test.day", text).unwrap_or_else(|error| panic!("{error}"))
}

fn lived() -> Played {
    script(DAY).play(&Wishes::default())
}

fn without(kinds: &[Kind]) -> Played {
    script(DAY).play(&Wishes { without: kinds.to_vec(), ..Wishes::default() })
}

/// Time of day in seconds, device and readings of every line.
fn said(played: &Played) -> Vec<(f64, String, serde_json::Value)> {
    let midnight: Timestamp = "2026-11-24T00:00:00+09:00".parse().unwrap();
    let said = |line: &Line| {
        let Content::Message { topic, payload, .. } = &line.content else { panic!("an input") };
        let payload: serde_json::Value = serde_json::from_slice(payload).unwrap();
        let at: Timestamp = payload["at"].as_str().unwrap().parse().unwrap();
        let seconds = at.duration_since(midnight).as_secs_f64();
        (seconds, topic.split('/').nth(3).unwrap().to_owned(), payload["readings"].clone())
    };
    played.lines.iter().map(said).collect()
}

fn of(played: &Played, device: &str, quantity: &str) -> Vec<(f64, serde_json::Value)> {
    let said = said(played).into_iter().filter(|(_, of, _)| of == device);
    let values = said.map(|(at, _, readings)| (at, readings[quantity].clone()));
    values.filter(|(_, value)| !value.is_null()).collect()
}

fn clock(hours: u32, minutes: u32) -> f64 {
    f64::from(hours * 3600 + minutes * 60)
}

#[test]
fn the_same_seed_is_the_same_day_to_the_byte_and_another_is_another() {
    let text = |played: &Played| format!("{:?} {:?}", played.lines, played.truth);
    assert_eq!(text(&lived()), text(&lived()));
    let other = script(DAY).play(&Wishes { seed: Some(8), ..Wishes::default() });
    assert_ne!(text(&lived()), text(&other));
    assert!(lived().lines.is_sorted_by_key(|line| line.received_at));
}

#[test]
fn a_day_without_the_fire_is_the_same_day_everywhere_else() {
    let (with, without) = (lived(), without(&[Kind::Fire]));
    let elsewhere = |played: &Played| {
        let burns = ["heat-a", "heat-b", "smoke-a", "heat-stair", "panel"];
        let all =
            said(played).into_iter().filter(|(_, device, _)| !burns.contains(&device.as_str()));
        all.collect::<Vec<_>>()
    };
    assert_eq!(elsewhere(&with), elsewhere(&without));
    assert!(without.truth.iter().all(|truth| truth.kind != "fire"));
    let panel = of(&without, "panel", "panel_alarm");
    assert!(panel.iter().all(|(_, on)| on == false), "{panel:?}");
    let hottest = of(&without, "heat-a", "temperature");
    assert!(hottest.iter().all(|(_, value)| value.as_f64().unwrap() < 30.0));
}

#[test]
fn a_fire_is_felt_by_every_device_of_its_zone_and_later_where_it_reaches() {
    let lived = lived();
    let first = |device: &str, quantity: &str, limit: f64| {
        let over = |(_, value): &&(f64, serde_json::Value)| value.as_f64().unwrap() > limit;
        of(&lived, device, quantity).iter().find(over).map(|(at, _)| *at).unwrap()
    };
    let fire = clock(14, 2);
    let smoke = first("smoke-a", "smoke", 10.0);
    let heat = ["heat-a", "heat-b"].map(|device| first(device, "temperature", 57.0));
    assert!(fire < smoke && smoke < heat[0] && heat[0] < fire + 120.0, "{smoke} {heat:?}");
    assert!(heat[1] < fire + 120.0);
    assert!(first("heat-stair", "temperature", 25.0) > clock(14, 9));
    let alarm = of(&lived, "smoke-a", "smoke_alarm");
    assert!(alarm.iter().any(|(at, on)| on == true && (fire..fire + 120.0).contains(at)));
}

#[test]
fn a_quiet_room_stays_within_its_spread() {
    let lived = lived();
    let quiet = of(&lived, "heat-a", "temperature");
    let quiet = quiet.iter().filter(|(at, _)| *at < clock(12, 0));
    assert!(quiet.clone().count() > 700);
    assert!(quiet.clone().all(|(_, value)| (21.5..=22.5).contains(&value.as_f64().unwrap())));
}

#[test]
fn who_falls_silent_moves_once_more_and_never_again_and_the_sensor_speaks_on() {
    let pir = of(&lived(), "h0102-pir", "motion");
    let last = pir.iter().filter(|(_, on)| on == true).map(|(at, _)| *at).fold(0.0, f64::max);
    assert!((last - clock(5, 52)).abs() < 0.001, "{last}");
    assert!(pir.iter().filter(|(at, _)| *at > clock(6, 0)).count() > 100);
    let pir = of(&without(&[Kind::Stillness]), "h0102-pir", "motion");
    assert!(pir.iter().any(|(at, on)| on == true && *at > clock(20, 0)));
}

#[test]
fn who_is_out_moves_nothing_and_the_door_says_when() {
    let lived = lived();
    let door = of(&lived, "h0101-door", "contact");
    let opened: Vec<f64> =
        door.iter().filter(|(_, open)| open == true).map(|(at, _)| *at).collect();
    let [left, back] = opened[..] else { panic!("{opened:?}") };
    assert!((clock(8, 55)..=clock(9, 25)).contains(&left), "{left}");
    let pir = of(&lived, "h0101-pir", "motion");
    let inside = |at: f64| left < at && at < back;
    assert!(!pir.iter().any(|(at, on)| on == true && inside(*at)));
    assert!(pir.iter().any(|(at, on)| on == true && *at > back && *at < back + 30.0));
}

#[test]
fn an_ordinary_home_is_never_quiet_for_eight_hours() {
    let text = "day 2026-11-24\nsite usan\nhomes h0101..h0199: with pir door sos";
    let played = script(text).play(&Wishes::default());
    let mut last: BTreeMap<String, f64> = BTreeMap::new();
    for (at, device, readings) in said(&played) {
        if readings["motion"] == true {
            let before = last.insert(device.clone(), at).unwrap_or(0.0);
            assert!(at - before < 8.0 * 3600.0, "{device}: {before} to {at}");
        }
    }
    assert_eq!(last.len(), 99);
}

#[test]
fn a_device_that_falls_silent_says_nothing_until_it_does_again() {
    let pir = of(&lived(), "pir", "motion");
    let silent = (clock(16, 0), clock(17, 0));
    assert!(!pir.iter().any(|(at, _)| silent.0 <= *at && *at < silent.1));
    assert!(pir.iter().any(|(at, _)| *at > silent.1));
}

#[test]
fn a_call_for_help_goes_to_the_alarm_topic() {
    let lived = lived();
    let alarms: BTreeSet<String> = lived
        .lines
        .iter()
        .filter_map(|line| match &line.content {
            Content::Message { topic, .. } if topic.ends_with("/alarm") => Some(topic.clone()),
            _ => None,
        })
        .collect();
    let expected = ["center/panel", "center/smoke-a", "usan/h0103-sos"];
    assert_eq!(alarms, expected.map(|of| format!("jikimi/v1/{of}/alarm")).into());
}

#[test]
fn the_truth_says_what_happened_and_nothing_of_pans() {
    let truth: Vec<String> =
        lived().truth.iter().map(|truth| format!("{} {}", truth.kind, truth.place)).collect();
    assert_eq!(truth, ["stillness h0102", "fire kitchen", "device-silent pir", "sos h0103"]);
}

#[test]
fn a_line_that_does_not_fit_is_refused_with_its_place_and_what_would_have_been_right() {
    for (from, to, line, words) in [
        ("day 2026-11-24", "day tomorrow", 2, "a date, as 2026-11-24"),
        ("14:02 fire", "14.02 fire", 12, "a time of day"),
        ("14:02 fire", "25:02 fire", 12, "at most 24:00"),
        ("fire in kitchen", "fire in kichen", 12, "a zone such as `kitchen`"),
        ("out at 15:00", "out at 13:00", 12, "a later time"),
        ("reaches stair", "reeches stair", 12, "`reaches ZONE at TIME`"),
        ("temperature 22±0.5", "temprature 22±0.5", 6, "did you mean"),
        ("every 60 s", "every 60 parsecs", 6, "a span of time above 0"),
        ("pir falls silent until", "pjr falls silent until", 15, "`pir` of a `device` line"),
        ("panel panel_alarm on", "panel panel_fault on", 13, "panel_alarm"),
        ("because of fire", "because of fires", 13, "did you mean `fire`?"),
        ("h0101..h0104", "h0104..h0101", 18, "a range as h0101..h0120"),
        ("with pir door", "with pri door", 18, "one of pir, door, sos"),
        ("falls silent 05:52", "falls asleep", 19, "a time of day"),
        ("calls for help 20:15", "calls for help 10:15", 20, "at home"),
        ("up 05:40", "up 05:40 sharp", 19, "the end of the line"),
        ("site center", "site Center", 5, "of a-z, 0-9 and -"),
        ("homes h0101", "hoems h0101", 18, "`home` or a time of day"),
    ] {
        let text = DAY.replacen(from, to, 1);
        assert_ne!(text, DAY, "{from}");
        let error = Script::read("test.day", &text).expect_err(to).to_string();
        assert!(error.contains(&format!("test.day, line {line}: ")), "{to}: {error}");
        assert!(error.contains(words), "{to}: {error}");
    }
}

#[test]
fn a_line_that_ends_with_a_comma_goes_on_and_a_mistake_is_where_it_stands() {
    let text = "day 2026-11-24\nsite a\ndevices x in hall,   # two of them\n\n  y in kitchen:\n";
    let habit = "temperature 20 every 60 s";
    let well = script(&format!("{}{habit}", text.replace("kitchen:\n", "kitchen: ")));
    assert_eq!(well.sites[0].devices.len(), 2);
    let error = Script::read("a.day", &text.replace("kitchen:", "kitchen: hot")).unwrap_err();
    assert!(error.to_string().starts_with("a.day, line 5: `hot`"), "{error}");
}

#[test]
fn the_example_of_the_readme_is_a_day() {
    let readme = include_str!("../../README.md");
    let example = readme.split("```").find(|block| block.contains("day 2026-")).unwrap();
    let played = script(example).play(&Wishes::default());
    let kinds: Vec<&str> = played.truth.iter().map(|truth| truth.kind.as_str()).collect();
    assert_eq!(kinds, ["stillness", "fire", "device-silent", "sos"]);
}

#[test]
fn every_mistake_is_found_and_not_only_the_first() {
    let text = "site a\nfoo\ndevice x: temperature high every 60 s\n";
    let error = Script::read("a.day", text).unwrap_err().to_string();
    assert_eq!(error.lines().count(), 3, "{error}");
    assert!(error.contains("names no day"), "{error}");
}
