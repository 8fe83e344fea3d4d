//! A button behind a gateway opens an incident, once, through whichever broker it is heard.

use std::path::{Path, PathBuf};

use crate::lab::{count, files, ids, line, rows, send};
use crate::mosquitto::Mosquitto;
use crate::service::{Home, Service, Via, free_port, until};

const MODEL: &str = r#"
profiles = ["zigbee2mqtt"]

[[model]]
id = "button"
name = "button"
because = "a test"
fields = [
  { path = "action", quantity = "call_point", true_when = ["single"], momentary = true },
]
"#;

fn with_a_button() -> Vec<(PathBuf, String)> {
    let mut files = files();
    let site = files.iter_mut().find(|(path, _)| path == Path::new("sites/lab.toml")).unwrap();
    let button = r#"  { id = "button-1", zone = "hall", reads = ["call_point"],
    profile = "zigbee2mqtt", model = "button", address = "hall/button" },
  { id = "damp-1""#;
    site.1 = site.1.replace("  { id = \"damp-1\"", button);
    files.push((PathBuf::from("profiles/zigbee.toml"), MODEL.to_owned()));
    files
}

async fn pressed_once(home: &Home, service: &Service, port: u16) {
    let press = || line("zigbee2mqtt/hall/button", r#"{"action":"single"}"#);
    let info = line("zigbee2mqtt/bridge/info", r#"{"version":"2"}"#);
    let stranger = line("zigbee2mqtt/lamp", r#"{"state":"ON"}"#);
    send(port, vec![press(), press(), info, stranger]).await;
    until("the incident is open", || async {
        let page = service.try_get("/api/v1/incidents?state=unresolved").await.ok()?;
        (ids(&page) == ["lab/fire/house/1"]).then_some(())
    })
    .await;
    let dead = "SELECT reason FROM dead_letter";
    until("the stranger is kept by name", || async {
        let letters = rows(&home.database(), dead).await;
        (letters.len() == 1 && letters[0].text("reason").unwrap() == "unknown-device").then_some(())
    })
    .await;
    let metrics = service.text("/metrics").await;
    assert!(metrics.contains("jikimi_ignored_total{reason=\"bridge\"}"), "{metrics}");
    // Each number with the sentence that says what it is, and no sketch of quantiles.
    assert!(metrics.contains("# HELP jikimi_ignored_total What gateways say"), "{metrics}");
    assert!(metrics.contains("# TYPE jikimi_commit_seconds histogram"), "{metrics}");
    let heard = "SELECT COUNT(*) AS n FROM input WHERE device = 'button-1'";
    assert_eq!(count(&home.database(), heard).await, 2, "pressed, and let go");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_behind_a_gateway_at_mosquitto_calls_once() {
    let broker = Mosquitto::start();
    let home = Home::new(&with_a_button(), Via::Broker(broker.port()));
    let service = Service::up(&home, None).await;
    pressed_once(&home, &service, broker.port()).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_button_behind_a_gateway_at_our_own_broker_calls_once() {
    let port = free_port();
    let home = Home::new(&with_a_button(), Via::Embedded(port));
    let service = Service::up(&home, None).await;
    pressed_once(&home, &service, port).await;
    service.stop().await;
}
