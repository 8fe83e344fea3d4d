//! The commands as a person or a script calls them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")]

use std::path::Path;
use std::process::{Command, Output};

fn simulator(folder: &Path, arguments: &[&str]) -> Output {
    let binary = env!("CARGO_BIN_EXE_jikimi-sim");
    Command::new(binary).args(arguments).current_dir(folder).output().unwrap()
}

fn answer(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let output = simulator(folder, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = simulator(folder, arguments);
    assert!(!output.status.success(), "{arguments:?} was not refused");
    assert!(output.stdout.is_empty(), "an answer stands beside the refusal");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_storm_is_generated_and_copied_without_a_change_where_times_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let storm = ["generate", "--sites", "1", "--incidents", "8", "--out", "storm", "--json"];
    let counts = answer(folder, &storm);
    assert_eq!(counts["files"], 4);

    let recording = "storm/recording.jsonl";
    let copy = ["play", recording, "--keep-times", "--out", "copy.jsonl", "--json"];
    assert_eq!(answer(folder, &copy)["lines"], counts["messages"]);
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert_eq!(read(recording), read("copy.jsonl"));

    let moved = ["play", recording, "--out", "moved.jsonl", "--json"];
    answer(folder, &moved);
    assert_ne!(read(recording), read("moved.jsonl"));
}

const DAY: &str = "
    day 2026-11-24
    site center
    devices heat-a, heat-b in kitchen: temperature 22±0.5 every 60 s
    14:02 fire in kitchen, out at 15:00
    site usan
    homes h0101..h0103: out 09:10-11:30
    home h0102: stays in, falls silent 13:05
";

#[test]
fn a_day_is_lived_into_a_recording_with_its_truth_and_its_faults() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("a.day"), DAY).unwrap();
    let play = |out: &str, more: &[&str]| {
        let all = ["play", "a.day", "--keep-times", "--json", "--out", out];
        answer(folder, &[&all, more].concat())["lines"].as_u64().unwrap()
    };
    let whole = play("whole.jsonl", &["--truth", "truth.jsonl"]);
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let truth = read("truth.jsonl");
    assert!(truth.contains(r#""kind":"fire","site":"center","place":"kitchen""#), "{truth}");
    assert!(truth.contains("2026-11-24T13:05:00.000000+09:00"), "{truth}");

    assert_eq!(play("again.jsonl", &["--seed", "7"]), whole);
    assert_eq!(read("whole.jsonl"), read("again.jsonl"));
    let quiet = play("quiet.jsonl", &["--without", "fire", "--truth", "quiet-truth.jsonl"]);
    assert!(quiet < whole, "{quiet} and {whole}");
    assert!(!read("quiet-truth.jsonl").contains("fire"));

    let faults = ["--fault", "loss=0.1", "--fault", "dead-gateway=h0101@13:00-15:00"];
    let arrived = play("faulty.jsonl", &faults);
    assert!((whole * 8 / 10..whole * 92 / 100).contains(&arrived), "{arrived} of {whole}");
    let recorded = ["play", "whole.jsonl", "--keep-times", "--json", "--out", "r.jsonl"];
    answer(folder, &[&recorded[..], &faults].concat());
    assert_eq!(read("r.jsonl"), read("faulty.jsonl"));
}

#[test]
fn a_recording_is_never_written_onto_itself() {
    let folder = tempfile::tempdir().unwrap();
    let line = r#"{"received_at":"2026-01-01T00:00:00+09:00","topic":"t","payload":1}"#;
    std::fs::write(folder.path().join("a.jsonl"), line).unwrap();
    let error = refusal(folder.path(), &["play", "a.jsonl", "--out", "./a.jsonl"]);
    assert!(error.contains("is the recording itself"), "{error}");
    assert_eq!(std::fs::read_to_string(folder.path().join("a.jsonl")).unwrap(), line);
}

#[test]
fn bad_input_is_refused_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.jsonl"), "{}\n").unwrap();
    std::fs::write(folder.path().join("a.day"), "day 2026-11-24\nsite center\nkichen\n").unwrap();
    for (arguments, expected) in [
        (&["play", "a.jsonl"][..], "a.jsonl, line 1: missing field `received_at`"),
        (&["play", "none.jsonl"], "none.jsonl: cannot be opened"),
        (&["play", "a.day"], "a.day, line 3: `kichen` does not fit here"),
        (&["play", "none.day"], "none.day: cannot be read"),
        (&["play", "a.jsonl", "--without", "fires"], "`fires` is nothing a day could be without"),
        (&["play", "a.jsonl", "--without", "fire"], "--without and --truth need a script"),
        (&["play", "a.jsonl", "--fault", "loss=2"], "expected a share from 0 to 1"),
        (&["play", "a.jsonl", "--speed", "fast"], "expected a number above 0, or `max`"),
        (&["play", "a.jsonl", "--broker", "mqtts://a"], "TLS is not spoken here"),
        (&["load", "--for", "soon"], "expected a span of time, as 60s or 5m"),
        (&["load", "--connections", "9", "--devices", "3", "--sites", "1"], "9 connections for 3"),
        (&["convert", "nist", "x_sdc1.csv", "--out", "o"], "x_sdc1.csv: cannot be read"),
    ] {
        let error = refusal(folder.path(), arguments);
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn the_load_writes_the_configuration_of_its_devices() {
    let folder = tempfile::tempdir().unwrap();
    let load = ["load", "--sites", "2", "--devices", "30", "--write-config", "config", "--json"];
    assert_eq!(answer(folder.path(), &load)["files"], 5);
    assert!(folder.path().join("config/sites/site-01.toml").exists());
}

#[test]
fn a_fleet_of_homes_is_lived_into_a_recording_with_its_truth_and_its_configuration() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let live = |out: &str, seed: &str| {
        let fixed = ["homes", "--count", "6", "--days", "4", "--kit", "door,water", "--json"];
        let with = ["--with", "deaths=0.5,faults=0.5", "--truth", "truth.jsonl", "--config", "c"];
        answer(folder, &[&fixed[..], &with, &["--seed", seed, "--out", out]].concat())
    };
    let counts = live("a.jsonl", "3");
    assert_eq!((counts["homes"].as_u64(), counts["days"].as_u64()), (Some(6), Some(4)));
    live("b.jsonl", "4");
    live("again.jsonl", "3");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("a.jsonl"), read("again.jsonl"));
    assert_ne!(read("a.jsonl"), read("b.jsonl"));

    // Nothing that a person causes comes after a death.
    let (recording, truth) = (read("a.jsonl"), read("truth.jsonl"));
    let deaths: Vec<serde_json::Value> = truth
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|truth: &serde_json::Value| truth["kind"] == "stillness")
        .collect();
    assert!(!deaths.is_empty(), "{truth}");
    for death in &deaths {
        let home = format!("/{}-", death["place"].as_str().unwrap());
        let at = &death["from"].as_str().unwrap()[..26];
        let after = recording.lines().filter(|line| line.contains(&home) && &line[16..42] > at);
        let after: Vec<&str> = after.collect();
        let said = |word: &str| after.iter().filter(|line| line.contains(word)).count();
        // The devices go on, and a motion sensor may see somebody who is not there.
        assert!(said("contact") > 0, "{death}");
        assert_eq!(said("\"contact\":true"), 0, "{death}");
        assert!(said("\"motion\":true") <= 2, "{death}");
    }
    let site: toml::Table = read("c/sites/fleet.toml").parse().unwrap();
    assert_eq!(site["home"].as_array().unwrap().len(), 6);
    assert_eq!(site["device"].as_array().unwrap().len(), 18);
}

#[test]
fn a_fleet_with_a_part_or_a_share_that_is_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let said = refusal(folder, &["homes", "--kit", "dor", "--out", "a.jsonl"]);
    assert!(said.contains("expected some of door, bed"), "{said}");
    let said = refusal(folder, &["homes", "--with", "deaths=2", "--out", "a.jsonl"]);
    assert!(said.contains("expected such as deaths=0.1, from 0 to 1"), "{said}");
}
