//! `jikimi check --payload`: what a payload becomes, or why it becomes nothing.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn check(payload: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("payload.json");
    std::fs::write(&file, payload).unwrap();
    Command::new(env!("CARGO_BIN_EXE_jikimi"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
        .args(["check", "config", "--payload"])
        .arg(&file)
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_person_sees_readings_with_their_units() {
    let payload = r#"{"temperature":21.5,"battery":80,"smoke":true}"#;
    let output = check(payload, &["--profile", "zigbee2mqtt"]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}{}", text(&output.stderr));
    for words in ["temperature   21.5 °C", "smoke_alarm   on  (life safety)", "battery       80 %"]
    {
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_machine_gets_one_object_a_message() {
    let payload = r#"{"deviceInfo":{"deviceProfileName":"EM300-TH"},"object":{"temperature":7}}"#;
    let output = check(payload, &["--profile", "chirpstack", "--json"]);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["message"]["units"][0], "celsius");
    assert_eq!(line["message"]["message"]["content"]["readings"][0][1], 7.0);
}

#[test]
fn what_is_refused_fails_with_its_reason() {
    let output = check("{}", &["--profile", "the-things-stack"]);
    assert!(!output.status.success());
    assert!(text(&output.stdout).contains("refused: wrong-shape"), "{}", text(&output.stdout));
    let output = check("{}", &["--profile", "native", "--json"]);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(line["refused"]["code"], "no-readings");
}

#[test]
fn a_topic_of_another_dialect_is_said() {
    let output = check("{}", &["--profile", "tasmota", "--topic", "zigbee2mqtt/lamp"]);
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains("not below tele") && said.contains("tele/device/SENSOR"), "{said}");
}

#[test]
fn a_profile_or_model_that_there_is_not_is_said_with_those_there_are() {
    for (arguments, word) in [
        (["--profile", "zigbee", "--model", "x"], "zigbee2mqtt"),
        (["--profile", "tasmota", "--model", "x"], "tasmota-plug"),
    ] {
        let output = check("{}", &arguments);
        assert!(!output.status.success());
        assert!(text(&output.stderr).contains(word), "{}", text(&output.stderr));
    }
}
