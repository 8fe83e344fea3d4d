//! Every recorded payload of real devices gives readings or a named reason.
//!
//! The recordings are no part of this repository; without them the test says that it was skipped.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jikimi::config;
use jikimi::domain::Content;
use jikimi::ingest::decode::decode;
use jikimi::ingest::profiles::Profile;
use jikimi::ingest::{Directory, Heard, Packet};
use serde_json::{Value, json};

use super::*;

fn recorded(file: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/device-payloads");
    std::fs::read_to_string(path.join(file)).ok()
}

/// How many payloads came to what.
#[derive(Default)]
struct Outcomes(BTreeMap<String, usize>);

impl Outcomes {
    fn hear(&mut self, profile: Profile, model: Option<&str>, topic: &str, payload: &[u8]) {
        let loaded = config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config")).unwrap();
        let models = loaded.directory.models();
        let packet = Packet::new(topic, payload, Clock::wall().now(), (false, false));
        let model = model.map(|id| models.iter().find(|m| m.id.as_str() == id).expect(id));
        let site = ("town".parse().unwrap(), TimeZone::get("Asia/Seoul").unwrap());
        let models = models.to_vec();
        let whoever = Directory::of_whoever(&packet, profile, models, model, (&site.0, &site.1));
        let outcome = match decode(&whoever, &packet) {
            Ok(Heard::Ignored(ignored)) => format!("ignored: {ignored}"),
            Ok(heard) => {
                let read = heard.messages().iter().any(|decoded| match &decoded.message.content {
                    Content::Readings(values) => !values.is_empty(),
                    _ => false,
                });
                (if read { "readings" } else { "a sign of life" }).to_owned()
            }
            Err(refused) => format!("refused: {}", refused.reason.code()),
        };
        *self.0.entry(outcome).or_default() += 1;
    }

    fn tell(&self, what: &str) {
        let counts: Vec<String> = self.0.iter().map(|(what, n)| format!("{n} {what}")).collect();
        println!("{what}: {}", counts.join(", "));
        let known = |outcome: &&String| {
            *outcome == "readings"
                || *outcome == "a sign of life"
                || outcome.starts_with("ignored: ")
                || ["no-readings", "unknown-model", "wrong-shape"]
                    .iter()
                    .any(|code| outcome.ends_with(code))
        };
        assert_eq!(self.0.keys().find(|outcome| !known(outcome)), None);
    }
}

/// The codec's version and the frequency plan are no part of a model's name.
fn model_of(device: &str) -> &str {
    ["-v2", "-v4", "-eu", "-cn"].iter().find_map(|end| device.strip_suffix(end)).unwrap_or(device)
}

#[test]
fn every_uplink_of_a_maker_gives_readings_or_a_named_reason() {
    let Some(text) = recorded("milesight-half.jsonl") else {
        println!("skipped: no recorded uplinks beside this repository");
        return;
    };
    let (mut chirpstack, mut things) = (Outcomes::default(), Outcomes::default());
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let line: Value = serde_json::from_str(line).unwrap();
        let decoded = line.get("decoded").or(line.get("decoded_raw")).cloned().unwrap();
        let model = model_of(line["device"].as_str().unwrap());
        let up = json!({
            "deduplicationId": "d", "devAddr": "01ab", "fCnt": 1, "data": "",
            "deviceInfo": { "deviceProfileName": model }, "object": decoded,
        });
        let topic = "application/a/device/24e124128c012345/event/up";
        chirpstack.hear(Profile::Chirpstack, None, topic, up.to_string().as_bytes());
        let up = json!({ "uplink_message": {
            "f_cnt": 1, "version_ids": { "model_id": model }, "decoded_payload": decoded,
        } });
        let topic = "v3/a/devices/d/up";
        things.hear(Profile::TheThingsStack, None, topic, up.to_string().as_bytes());
    }
    chirpstack.tell("recorded uplinks through ChirpStack");
    things.tell("recorded uplinks through The Things Stack");
    assert_eq!(chirpstack.0, things.0, "what carries a frame changes nothing of it");
    assert!(chirpstack.0["readings"] >= 50, "{:?}", chirpstack.0);
}

#[test]
fn every_line_of_a_bridges_console_gives_readings_or_a_named_reason() {
    let Some(text) = recorded("tasmota_zbbridge_kr.txt") else {
        println!("skipped: no recorded console beside this repository");
        return;
    };
    let mut outcomes = Outcomes::default();
    let lines = text.lines().filter_map(|line| line.split_once("MQT: ")?.1.split_once(" = "));
    for (topic, payload) in lines.filter(|(topic, _)| topic.starts_with("tele/")) {
        // A name typed with a blank before it stands with that blank in the payload.
        let button = payload.contains("button");
        let model = if button { "tasmota-zigbee-button-sos" } else { "tasmota-zigbee" };
        outcomes.hear(Profile::Tasmota, Some(model), topic, payload.as_bytes());
    }
    outcomes.tell("recorded console lines of a Zigbee bridge");
    assert!(outcomes.0["readings"] >= 10, "{:?}", outcomes.0);
}
