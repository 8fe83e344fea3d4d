//! `jikimi backtest`: what it says of a recording is what the recording's truth says of it.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

use jiff::Timestamp;
use jikimi_sim::generate::Generated;
use jikimi_sim::truth::Truth;
use jikimi_sim::{files, generate};
use serde_json::Value;
use tempfile::TempDir;

fn stored(storm: &Generated) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    files::write_day(folder.path(), &storm.lines, &storm.truth, &storm.files).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_jikimi")).args(arguments).current_dir(folder).output().unwrap()
}

fn objects(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn of_kind<'v>(objects: &'v [Value], config: &str, kind: &str) -> &'v Value {
    let found = objects.iter().find(|one| one["config"] == config && one["kind"] == kind);
    found.unwrap_or_else(|| panic!("{config} {kind}: {objects:#?}"))
}

/// What `replay` printed, judged by hand: the storm has one fire a building, so an incident is
/// right if its building burnt when its first alarm was noticed.
fn by_hand(incidents: &[Value], truths: &[Truth]) -> (usize, usize, Vec<f64>) {
    let fires: Vec<&Value> = incidents.iter().filter(|one| one["kind"] == "fire").collect();
    let moment = |text: &Value| text.as_str().unwrap().parse::<Timestamp>().unwrap();
    let mut found = BTreeSet::new();
    let mut delays = Vec::new();
    let mut right = 0;
    for fire in &fires {
        let noticed = moment(&fire["noticed_at"]);
        let burnt = truths.iter().enumerate().find(|(_, truth)| {
            let place = fire["place"].as_str().unwrap();
            truth.kind == "fire"
                && fire["site"] == truth.site.as_str()
                && (truth.place == place || truth.place.starts_with(&format!("{place}-")))
                && truth.from <= noticed
                && truth.until.is_none_or(|until| noticed <= until)
        });
        if let Some((index, truth)) = burnt {
            right += 1;
            if found.insert(index) {
                delays.push(noticed.duration_since(truth.from).as_secs_f64());
            }
        }
    }
    (right, fires.len() - right, delays)
}

#[test]
fn it_counts_what_counting_by_hand_counts() {
    let storm = generate::storm(7, 2, 16);
    let folder = stored(&storm);
    let replayed = run(folder.path(), &["replay", "recording.jsonl", "--json"]);
    let (right, wrong, delays) = by_hand(&objects(&replayed), &storm.truth);
    assert!(right >= 16, "{right} fires were found");

    let backtest = ["backtest", "recording.jsonl", "--truth", "truth.jsonl", "--json"];
    let judged = objects(&run(folder.path(), &backtest));
    let fire = of_kind(&judged, "config", "fire");
    let truths = storm.truth.iter().filter(|truth| truth.kind == "fire").count();
    assert_eq!(fire["truths"], truths);
    assert_eq!((&fire["true"], &fire["false"]), (&right.into(), &wrong.into()));
    assert_eq!(fire["missed"], truths - delays.len());
    let (longest, mean) = (fire["delay_s"]["max"].as_f64(), fire["delay_s"]["mean"].as_f64());
    assert_eq!(longest, delays.iter().copied().reduce(f64::max));
    let count = f64::from(u32::try_from(delays.len()).unwrap());
    let by_hand = delays.iter().sum::<f64>() / count;
    assert!((mean.unwrap() - by_hand).abs() < 1e-9, "{mean:?} {by_hand}");
}

#[test]
fn a_second_configuration_is_set_beside_the_first() {
    let storm = generate::storm(7, 2, 16);
    let folder = stored(&storm);
    let same = folder.path().join("config");
    let worse = folder.path().join("worse");
    let copied = Command::new("cp").arg("-r").arg(&same).arg(&worse).status().unwrap();
    assert!(copied.success());
    for entry in std::fs::read_dir(worse.join("rules")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // A heat that no room reaches, and smoke that none does.
        let text = text.replace("start = ", "start = 9");
        std::fs::write(&path, text).unwrap();
    }
    let arguments = ["backtest", "recording.jsonl", "--truth", "truth.jsonl"];
    let against = [&arguments[..], &["--against", "worse", "--json"]].concat();
    let judged = objects(&run(folder.path(), &against));
    let (before, after) = (of_kind(&judged, "config", "fire"), of_kind(&judged, "worse", "fire"));
    assert!(after["missed"].as_u64() > before["missed"].as_u64(), "{after}");
    let differs = judged.iter().filter(|one| one["truth"]["kind"] == "fire").count();
    assert!(differs as u64 >= after["missed"].as_u64().unwrap(), "{differs}");

    let table = run(folder.path(), &[&arguments[..], &["--against", "worse"]].concat());
    let table = String::from_utf8_lossy(&table.stdout).into_owned();
    for words in ["from config to worse:", "found differently", "missed", "precision"] {
        assert!(table.contains(words), "{words}: {table}");
    }
    let itself = run(folder.path(), &[&arguments[..], &["--against", "config", "--json"]].concat());
    assert!(objects(&itself).iter().all(|one| one.get("truth").is_none()), "nothing differs");
}

#[test]
fn a_truth_that_cannot_be_one_is_refused_with_its_line() {
    let storm = generate::storm(7, 1, 2);
    let folder = stored(&storm);
    let well =
        r#"{"kind":"fire","site":"gen-1","place":"gen-1","from":"2026-03-02T09:00:00+09:00"}"#;
    for (from, to, words) in [
        (r#""site":"gen-1""#, r#""site":"elsewhere""#, "no site `elsewhere`; known are"),
        (r#""place":"gen-1""#, r#""place":"attic""#, "no building, storey, zone, home or device"),
        ("2026-03-02T09:00:00+09:00", "this morning", "a truth is one JSON object a line"),
        (r#""kind""#, r#""kin""#, "unknown field `kin`"),
    ] {
        let site = storm.truth[0].site.clone();
        let text = format!("{well}\n{}\n", well.replace(from, to)).replace("gen-1", &site);
        std::fs::write(folder.path().join("wrong.jsonl"), text).unwrap();
        let output = run(folder.path(), &["backtest", "recording.jsonl", "--truth", "wrong.jsonl"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains("wrong.jsonl, line 2:") && said.contains(words), "{words}: {said}");
    }
}
