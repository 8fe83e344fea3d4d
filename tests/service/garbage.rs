//! Whatever is sent on whatever topic, it is kept with its reason and the stream goes on.

use std::collections::BTreeMap;

use jikimi_sim::recording::Line;

use crate::lab::{count, files, ids, line, on_both_engines, rows, send};
use crate::mosquitto::Mosquitto;
use crate::service::{Engine, Home, Service, Via, free_port, until};

const HEAT: &str = "jikimi/v1/lab/heat-1/reading";

/// Payloads that are no readings, each with the reason it has to be refused for.
fn garbage() -> Vec<(&'static str, Line)> {
    let nested = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let deep = format!(r#"{{"readings":{nested}}}"#);
    let long_id = format!(r#"{{"id":"{}","readings":{{"temperature":1}}}}"#, "x".repeat(200));
    vec![
        ("empty", line(HEAT, "")),
        ("too-large", line(HEAT, "x".repeat(300 * 1024))),
        ("not-utf8", line(HEAT, vec![0xff, 0xfe])),
        ("not-json", line(HEAT, "temperature 20")),
        ("wrong-shape", line(HEAT, deep)),
        ("not-json", line(HEAT, r#"{"readings":{"temperature":NaN}}"#)),
        ("nul-character", line(HEAT, r#"{"id":"a\u0000b","readings":{"temperature":1}}"#)),
        ("wrong-shape", line(HEAT, r#"{"readings":{"temperature":"hot"}}"#)),
        ("wrong-shape", line(HEAT, r#"["temperature",20]"#)),
        ("unknown-quantity", line(HEAT, r#"{"readings":{"phlogiston":20}}"#)),
        ("no-readings", line(HEAT, r#"{"readings":{}}"#)),
        ("id-too-long", line(HEAT, long_id)),
        ("bad-time", line(HEAT, r#"{"at":"yesterday","readings":{"temperature":1}}"#)),
        ("bad-id", line("jikimi/v1/lab/HEAT 1/reading", r#"{"readings":{"temperature":1}}"#)),
        ("device-of-another-site", line("jikimi/v1/lab/heat-9/reading", good("a", 20.0))),
        ("unknown-device", line("jikimi/v1/lab/heat-77/reading", good("b", 20.0))),
        ("unknown-site", line("jikimi/v1/nowhere/heat-1/reading", good("c", 20.0))),
        ("wrong-shape", line("jikimi/v1/lab/heat-1/status", "asleep")),
        ("not-json", line("jikimi/v1/lab/heat-1/waveform", "~~~~")),
        ("not-json", line("jikimi/v1/lab/call-1/alarm", "HELP")),
    ]
}

fn good(id: &str, celsius: f64) -> String {
    format!(r#"{{"id":"{id}","readings":{{"temperature":{celsius}}}}}"#)
}

async fn sent_and_told(home: &Home, service: &Service, port: u16) {
    let garbage = garbage();
    let mut expected: BTreeMap<String, usize> = BTreeMap::new();
    for (reason, _) in &garbage {
        *expected.entry((*reason).to_owned()).or_default() += 1;
    }
    let refused = garbage.len();
    let mut lines: Vec<Line> = garbage.into_iter().map(|(_, line)| line).collect();
    lines.push(line(HEAT, good("after", 21.5)));
    send(port, lines).await;
    until("the reading after the garbage is stored", || async {
        let path = "/api/v1/sites/lab/devices/heat-1/readings";
        let page = service.try_get(path).await.ok()?;
        page["readings"].as_array().is_some_and(|r| !r.is_empty()).then_some(())
    })
    .await;
    // The two sessions do not wait for each other: what came on an alarm topic may be later.
    let dead = "SELECT COUNT(*) AS n FROM dead_letter";
    until("everything refused is kept", || async {
        (usize::try_from(count(&home.database(), dead).await) == Ok(refused)).then_some(())
    })
    .await;
    let sql = "SELECT reason, COUNT(*) AS n FROM dead_letter GROUP BY reason";
    let found: BTreeMap<String, usize> = rows(&home.database(), sql)
        .await
        .iter()
        .map(|row| (row.text("reason").unwrap(), usize::try_from(row.int("n").unwrap()).unwrap()))
        .collect();
    assert_eq!(found, expected);
    let longest = "SELECT MAX(LENGTH(payload)) AS n FROM dead_letter";
    assert_eq!(count(&home.database(), longest).await, 1024);
}

on_both_engines!(
    garbage_on_every_topic_is_kept_with_its_reason_and_stops_nothing,
    the_embedded_broker_keeps_garbage_with_its_reason_too,
    a_clock_from_2099_is_marked_and_one_from_1970_still_opens_its_fire,
    a_message_and_a_deadline_that_break_a_step_harm_nothing_else,
);

async fn garbage_on_every_topic_is_kept_with_its_reason_and_stops_nothing(engine: Engine) {
    let broker = Mosquitto::start();
    let home = Home::on(&engine, &files(), Via::Broker(broker.port()));
    let service = Service::up(&home, None).await;
    sent_and_told(&home, &service, broker.port()).await;
    // Over the broker's own limit: the broker refuses it, and we hear the next one.
    let oversized = home.path("oversized");
    std::fs::write(&oversized, vec![b'x'; 3 * 1024 * 1024]).unwrap();
    let _ = std::process::Command::new("mosquitto_pub")
        .args(["-p", &broker.port().to_string(), "-q", "1", "-t", HEAT, "-f"])
        .arg(&oversized)
        .output()
        .expect("mosquitto_pub runs");
    send(broker.port(), vec![line(HEAT, good("last", 22.5))]).await;
    until("the last reading is stored", || async {
        let sql = "SELECT COUNT(*) AS n FROM input WHERE kind = 'reading'";
        (count(&home.database(), sql).await == 2).then_some(())
    })
    .await;
    service.stop().await;
}

async fn the_embedded_broker_keeps_garbage_with_its_reason_too(engine: Engine) {
    let port = free_port();
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    let service = Service::up(&home, None).await;
    sent_and_told(&home, &service, port).await;
    service.stop().await;
}

async fn a_clock_from_2099_is_marked_and_one_from_1970_still_opens_its_fire(engine: Engine) {
    let port = free_port();
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    let service = Service::up(&home, None).await;
    let ahead = r#"{"id":"1","at":"2099-01-01T00:00:00Z","readings":{"temperature":20}}"#;
    let dead_clock = r#"{"id":"2","at":"1970-01-01T00:00:07Z","readings":{"temperature":80}}"#;
    let other = "jikimi/v1/lab/heat-2/reading";
    send(port, vec![line(HEAT, ahead), line(other, dead_clock)]).await;
    until("the fire and the wrong clock are open", || async {
        let page = service.try_get("/api/v1/incidents").await.ok()?;
        let found = ids(&page);
        let open = |id: &str| found.iter().any(|found| found == id);
        (open("lab/fire/house/1") && open("lab/clock/room/1")).then_some(())
    })
    .await;
    let page = service.get("/api/v1/sites/lab/devices/heat-1/readings").await;
    let reading = &page["readings"][0];
    assert_eq!(reading["quality"], "clamped");
    assert_eq!(reading["at"], reading["received_at"]);
    let page = service.get("/api/v1/sites/lab/devices/heat-2/readings").await;
    assert_eq!(page["readings"][0]["quality"], "wrong-clock");
    service.stop().await;
}

async fn a_message_and_a_deadline_that_break_a_step_harm_nothing_else(engine: Engine) {
    let broker = Mosquitto::start();
    let home = Home::on(&engine, &files(), Via::Broker(broker.port()));
    let service = Service::up(&home, None).await;
    let damp = "jikimi/v1/lab/damp-1/reading";
    let damp_says = |id: &str, percent: f64| {
        line(damp, format!(r#"{{"id":"{id}","readings":{{"humidity":{percent}}}}}"#))
    };
    let lines = vec![
        line(HEAT, good("before", 20.0)),
        damp_says("breaks", 66.6),
        line(HEAT, good("between", 21.0)),
        damp_says("arms", 77.7),
        line("jikimi/v1/lab/heat-2/reading", good("burns", 80.0)),
    ];
    send(broker.port(), lines).await;
    until("the fire is open and the detector switched off", || async {
        let page = service.try_get("/api/v1/incidents").await.ok()?;
        let found = ids(&page);
        let open = |id: &str| found.iter().any(|found| found == id);
        (open("lab/fire/house/1") && open("lab/rule-quarantined/hall/1")).then_some(())
    })
    .await;
    let dead = rows(&home.database(), "SELECT reason, payload FROM dead_letter").await;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].text("reason").unwrap(), "step-panicked");
    let stored = "SELECT COUNT(*) AS n FROM input WHERE kind = 'reading'";
    assert_eq!(count(&home.database(), stored).await, 4);
    service.stop().await;
    // It stays switched off, and what broke it once breaks nothing at the next start.
    let service = Service::up(&home, None).await;
    send(broker.port(), vec![damp_says("again", 66.6), line(HEAT, good("after", 23.0))]).await;
    until("the reading after it is stored", || async {
        (count(&home.database(), stored).await == 6).then_some(())
    })
    .await;
    service.stop().await;
}
