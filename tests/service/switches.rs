//! What devices are told to do, over MQTT: retained while it holds, for whoever comes late, told
//! again by a start, and gone with a person's word. As it ships nobody is told anything.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::lab::{files, line, send};
use crate::mosquitto::Mosquitto;
use crate::service::{Home, Service, Via, until};

const FIRE: &str = r#"
id = "fire"
name = "화재"
name_en = "Fire"
scope = "building"
declared = "critical"

[ways]
because = "a test"
destinations = ["outside"]
movement = "go"
lifts = "none"
switches = true

[floors]
alert = "building"

[[action]]
id = "voice"
does = "sound"
enabled = ENABLED

[[message]]
when = "confirmed"
ko = "{place}에 불이 났습니다."
en = "There is a fire at {place}."
"#;

const SWITCH: &str = r#"
[[switch]]
id = "siren-1"
zone = "hall"
does = "sound"
because = "a test"
"#;

/// The lab whose fire sounds a siren.
fn with_siren(enabled: bool) -> Vec<(PathBuf, String)> {
    let fire = Path::new("situations/fire.toml");
    let rest = files().into_iter().filter(|(path, _)| path != fire);
    let mut all: Vec<(PathBuf, String)> = rest.collect();
    for (path, text) in &mut all {
        if path == Path::new("sites/lab.toml") {
            text.push_str(SWITCH);
        }
    }
    all.push((fire.to_owned(), FIRE.replace("ENABLED", if enabled { "true" } else { "false" })));
    all
}

/// What the broker keeps for a siren that comes now.
fn kept(port: u16) -> Option<Value> {
    let heard = Command::new("mosquitto_sub")
        .args(["-p", &port.to_string(), "-t", "jikimi/v1/lab/command/+", "-C", "1", "-W", "1"])
        .output()
        .expect("mosquitto_sub runs");
    serde_json::from_slice(&heard.stdout).ok()
}

async fn burns(service: &Service, port: u16) {
    let payload = r#"{"id":"c-1","readings":{"call_point":true}}"#.to_owned();
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", payload)]).await;
    until("it burns", || async {
        service.try_get("/api/v1/incidents/lab/fire/house/1").await.ok()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_siren_is_told_while_it_burns_and_by_a_start_and_no_longer() {
    let broker = Mosquitto::start();
    let home = Home::new(&with_siren(true), Via::Broker(broker.port()));
    let service = Service::up(&home, None).await;
    burns(&service, broker.port()).await;
    let told = until("the siren is told", || async { kept(broker.port()) }).await;
    assert_eq!((&told["do"], &told["epoch"]), (&json!("sound"), &json!(1)), "{told}");
    assert_eq!(told["say"]["en"], "There is a fire at house.");
    assert!(told["until"].is_string() && told["because"]["ko"].as_str().unwrap().contains("화재"));

    // Whoever asks sees it, and on which storeys people are alerted.
    let fire = service.get("/api/v1/incidents/lab/fire/house/1").await;
    assert_eq!(fire["floors_alerted"], json!(["1f"]));
    let said = &fire["messages"][0];
    assert_eq!((&said["now"], &said["when"]), (&json!(true), &json!("confirmed")));
    assert_eq!(said["text"]["ko"], "house에 불이 났습니다.");
    let action = &fire["actions"][0];
    assert_eq!((&action["enabled"], &action["devices"]), (&json!(true), &json!(["siren-1"])));
    assert_eq!(action["orders"][0]["withdrawn_at"], Value::Null);

    // The broker forgets, and a start tells it again.
    service.stop().await;
    let emptied = ["-r", "-n", "-t", "jikimi/v1/lab/command/siren-1"];
    let forgot = Command::new("mosquitto_pub")
        .args(["-p", &broker.port().to_string()])
        .args(emptied)
        .status()
        .expect("mosquitto_pub runs");
    assert!(forgot.success() && kept(broker.port()).is_none());
    let service = Service::up(&home, None).await;
    let again = until("it is told again", || async { kept(broker.port()) }).await;
    assert_eq!(again["epoch"], 1, "it is the same order");

    let resolve = "/api/v1/incidents/lab/fire/house/1/resolve";
    let body = json!({"outcome": "real"});
    let (status, _) = service.post(resolve, "r", Some(body)).await.unwrap();
    assert_eq!(status, 200);
    until("it is taken back", || async { kept(broker.port()).is_none().then_some(()) }).await;
    let fire = service.get("/api/v1/incidents/lab/fire/house/1").await;
    let order = &fire["actions"][0]["orders"][0];
    assert_eq!(order["withdrawn_because"]["en"], "what it was for is over", "{order}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_enabled_is_not_switched() {
    let broker = Mosquitto::start();
    let home = Home::new(&with_siren(false), Via::Broker(broker.port()));
    let service = Service::up(&home, None).await;
    burns(&service, broker.port()).await;
    assert!(kept(broker.port()).is_none());
    service.stop().await;
}
