//! A real fire: measured by NIST, played over a real broker, replayed from its file.

use std::path::{Path, PathBuf};
use std::process::Command;

use jikimi::{config, replay::Replay};
use jikimi_sim::convert::nist;
use jikimi_sim::files;
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options};
use serde_json::Value;

use crate::lab::on_both_engines;
use crate::mosquitto::Mosquitto;
use crate::service::{Engine, Home, Service, Via, until};

fn recorded() -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/nist-smoke-alarms/NIST_Smoke_Alarms_SDC10.csv");
    if path.exists() {
        return Some(path);
    }
    println!("skipped: {} is not here", path.display());
    None
}

/// Kind, place, event time, and every piece of evidence with its rule, source and event time.
fn essence(incident: &Value) -> (String, String, String, Vec<String>) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let moment = |value: &Value| {
        let at: jiff::Timestamp = text(value).parse().expect("a moment");
        at.to_string()
    };
    let evidence = incident["evidence"].as_array().expect("evidence").iter();
    let mut evidence: Vec<String> = evidence
        .map(|e| format!("{} {} {}", text(&e["rule"]), text(&e["source"]), moment(&e["at"])))
        .collect();
    evidence.sort();
    let place = text(&incident["place"]);
    (text(&incident["kind"]), place, moment(&incident["opened_at"]), evidence)
}

on_both_engines!(a_real_fire_goes_in_over_mqtt_and_exactly_one_incident_comes_out,);

async fn a_real_fire_goes_in_over_mqtt_and_exactly_one_incident_comes_out(engine: Engine) {
    let Some(path) = recorded() else { return };
    let converted = nist::convert(&path).expect("converted");
    let broker = Mosquitto::start();
    let home = Home::on(&engine, &converted.files, Via::Broker(broker.port()));
    let service = Service::up(&home, Some("2026-01-01T00:00+09:00@10")).await;
    let to: Broker = format!("mqtt://127.0.0.1:{}", broker.port()).parse().unwrap();
    let mut options = Options::new(to);
    options.keep_times = true;
    let count = converted.lines.len() as u64;
    play::play(options, converted.lines.clone().into_iter().map(Ok)).await.expect("played");
    until("everything played is stored", || async {
        let site = service.try_get("/api/v1/sites/sdc10").await.ok()?;
        (site["last_input"]["position"].as_u64()? >= count).then_some(())
    })
    .await;
    let page = service.get("/api/v1/incidents?kind=fire").await;
    let fires = page["incidents"].as_array().expect("incidents");
    assert_eq!(fires.len(), 1, "{fires:#?}");
    let id = fires[0]["id"].as_str().expect("an id");
    let live = service.get(&format!("/api/v1/incidents/{id}")).await;
    service.stop().await;

    files::write_day(home.folder.path(), &converted.lines, &converted.truths, &converted.files)
        .expect("written");
    let replayed = Command::new(env!("CARGO_BIN_EXE_jikimi"))
        .arg("replay")
        .arg(home.path("recording.jsonl"))
        .arg("--config")
        .arg(home.path("config"))
        .arg("--json")
        .output()
        .expect("replayed");
    assert!(replayed.status.success());
    let said = String::from_utf8(replayed.stdout).expect("text");
    let incidents: Vec<Value> =
        said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let fires: Vec<&Value> = incidents.iter().filter(|i| i["kind"] == "fire").collect();
    assert_eq!(fires.len(), 1, "{fires:#?}");
    let (live, replayed) = (essence(&live), essence(fires[0]));
    println!("{} {} at {} with {} pieces of evidence", live.0, live.1, live.2, live.3.len());
    assert_eq!(live, replayed);
}

#[test]
fn without_the_rules_of_fire_there_is_no_fire() {
    let Some(path) = recorded() else { return };
    let mut converted = nist::convert(&path).expect("converted");
    for with_rules in [true, false] {
        if !with_rules {
            let rules = |path: &Path| path.ends_with("rules/fire.toml");
            converted.files.retain(|(path, _)| !rules(path));
        }
        let folder = tempfile::tempdir().expect("a folder");
        files::write(folder.path(), &converted.files).expect("written");
        std::fs::create_dir_all(folder.path().join("rules")).expect("a folder");
        let loaded = config::load(folder.path()).expect("a configuration");
        let mut replay = Replay::new(&loaded.configurations);
        converted.lines.iter().for_each(|line| replay.take(line));
        let (ledger, _) = replay.finish();
        assert_eq!(ledger.incidents().len(), usize::from(with_rules));
    }
}
