//! The demo's day through the engine: one fire, one still home, and nothing else that rings.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use jikimi::config;
use jikimi::domain::time::Timestamp;
use jikimi::domain::{Class, DeviceId, Level};
use jikimi::replay::{Ledger, Replay, Told};
use jikimi_sim::day::{Kind, Played, Script, Wishes};
use jikimi_sim::fault::Faults;

fn lived(without: &[Kind]) -> Played {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/days/demo.day");
    let script = Script::open(path).unwrap_or_else(|error| panic!("{error}"));
    script.play(&Wishes { seed: None, without: without.to_vec() })
}

/// The day as the shipped configuration sees it.
fn seen(played: &Played) -> Ledger {
    seen_through("loss=0", played)
}

/// The same through a bad network. Every message has to be known.
fn seen_through(faults: &str, played: &Played) -> Ledger {
    let faults: Faults = faults.parse().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let loaded = config::load(&folder).unwrap_or_else(|problems| panic!("{problems}"));
    let mut replay = Replay::new(&loaded.configurations);
    for line in faults.on(7, played.lines.iter().cloned().map(Ok)) {
        replay.take(&line.unwrap());
    }
    let (ledger, counts) = replay.finish();
    assert_eq!((counts.dead_letters, counts.went_back), (0, 0), "{counts:?}");
    ledger
}

/// The day as it is shipped.
static DAY: LazyLock<Ledger> = LazyLock::new(|| seen(&lived(&[])));

/// Kind and place of every incident that is no fault.
fn alarms(ledger: &Ledger) -> Vec<String> {
    let alarms = ledger.incidents().into_iter().filter(|told| told.class != Class::Trouble);
    alarms.map(|told| format!("{} {}", told.id.kind, told.id.place)).collect()
}

fn of<'l>(ledger: &'l Ledger, kind: &str) -> &'l Told {
    let incidents = ledger.incidents();
    incidents.into_iter().find(|told| told.id.kind.as_str() == kind).expect("there is one")
}

fn at(time: &str) -> Timestamp {
    format!("2026-11-24T{time}+09:00").parse().unwrap()
}

#[test]
fn the_day_has_one_fire_and_one_still_home_and_no_fault_but_the_panels_reset() {
    let ledger = &*DAY;
    assert_eq!(alarms(ledger), ["stillness h0107", "fire main"]);
    let faults: Vec<String> = ledger
        .incidents()
        .iter()
        .filter(|told| told.class == Class::Trouble)
        .map(|told| told.id.to_string())
        .collect();
    assert_eq!(faults, ["center/panel-reset/main/1"]);
}

#[test]
fn the_fire_is_noticed_within_a_minute_and_by_several_devices() {
    let ledger = &*DAY;
    let fire = of(ledger, "fire");
    assert!((at("14:02:20")..at("14:03:00")).contains(&fire.noticed_at), "{}", fire.noticed_at);
    assert_eq!((fire.class, fire.level), (Class::Alarm, Level::Critical));
    let early = fire.evidence.iter().filter(|(evidence, _)| evidence.at < at("14:04:00"));
    let devices: BTreeSet<&str> =
        early.flat_map(|(evidence, _)| evidence.devices.iter().map(DeviceId::as_str)).collect();
    assert!(devices.is_superset(&["heat-3f-kitchen", "smoke-3f-kitchen"].into()), "{devices:?}");
    let stair = fire.evidence.iter().find(|(evidence, _)| {
        evidence.zone.as_ref().is_some_and(|zone| zone.as_str() == "3f-stair-a")
    });
    let filled = stair.expect("the stair fills with smoke").0.at;
    assert!((at("14:09:00")..at("14:12:00")).contains(&filled), "{filled}");
}

#[test]
fn the_still_home_is_asked_about_before_the_fire_and_visited_in_the_evening() {
    let ledger = &*DAY;
    let still = of(ledger, "stillness");
    assert_eq!(still.noticed_at, at("09:25:00"));
    let evidence = still.evidence.iter();
    let told = evidence.map(|(of, _)| (of.at, of.class, of.level)).collect::<Vec<_>>();
    let stages = [
        (at("09:25:00"), Class::Supervisory, Level::Attention),
        (at("11:20:00"), Class::Alarm, Level::Warning),
        (at("18:00:00"), Class::Alarm, Level::Critical),
    ];
    assert_eq!((told, still.stands), (stages.to_vec(), true));
    // Nobody answers on that day, so the ladder is climbed to its end.
    let asked = ["ask", "ask-again", "worker", "second", "recommend-119"];
    let raised = ["raised-alarm-warning", "raised-alarm-critical"];
    assert_eq!(still.notices, [&asked[..], &raised].concat());
}

#[test]
fn without_the_fire_there_is_none_and_the_home_is_as_still() {
    assert_eq!(alarms(&seen(&lived(&[Kind::Fire]))), ["stillness h0107"]);
    assert_eq!(alarms(&seen(&lived(&[Kind::Stillness]))), ["fire main"]);
}

#[test]
fn other_seeds_tell_the_same_story() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/days/demo.day");
    let script = Script::open(path).unwrap();
    for seed in [100, 101] {
        let played = script.play(&Wishes { seed: Some(seed), without: Vec::new() });
        assert_eq!(alarms(&seen(&played)), ["stillness h0107", "fire main"], "seed {seed}");
    }
}

#[test]
fn a_bad_network_tells_the_same_story() {
    let ledger = seen_through("loss=0.01,duplicate=0.05,delay=0.1:30s", &lived(&[]));
    assert_eq!(alarms(&ledger), ["stillness h0107", "fire main"]);
}

#[test]
fn behind_a_dead_gateway_nobody_is_still() {
    let ledger = seen_through("dead-gateway=h01@07:00-20:00", &lived(&[]));
    assert_eq!(alarms(&ledger), ["fire main"]);
    let faults = ledger.incidents().into_iter().filter(|told| told.id.site.as_str() == "usan");
    let faults: Vec<&Told> = faults.filter(|told| told.class == Class::Trouble).collect();
    let [dead] = faults[..] else { panic!("{} faults", faults.len()) };
    assert_eq!(dead.id.to_string(), "usan/gateway-dead/usan-101/1");
    assert!((at("07:10:00")..at("07:31:00")).contains(&dead.noticed_at), "{}", dead.noticed_at);
    let blind: BTreeSet<&str> = dead
        .evidence
        .iter()
        .filter(|(evidence, _)| evidence.contribution.rule.as_str() == "blind")
        .map(|(evidence, _)| evidence.contribution.source.as_str())
        .collect();
    assert_eq!(blind.len(), 20, "{blind:?}");
    assert!(blind.contains("h0107"));
    assert!(!dead.stands, "at eight in the evening all is back");
}

#[test]
fn the_day_is_small_enough_to_be_shown() {
    let played = lived(&[]);
    assert!((30_000..500_000).contains(&played.lines.len()), "{}", played.lines.len());
}
