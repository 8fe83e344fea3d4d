//! Who is told one after the other is told each once, however often we are killed in between; and
//! what people do about an incident over the API is in the database.

use std::path::Path;

use serde_json::{Value, json};

use crate::lab::{count, files, line, on_both_engines, rows, send};
use crate::service::{Engine, Home, Service, Via, free_port, until};

/// Three seconds between two steps.
const LADDER: &str = r#"
[[ladder]]
id = "fire"
kinds = ["fire"]
because = "a test"

[[ladder.step]]
id = "opened"
roles = ["operator"]
after_min = 0

[[ladder.step]]
id = "office"
roles = ["management-office", "worker-1"]
after_min = 0.05

[[ladder.step]]
id = "second"
roles = ["worker-2"]
after_min = 0.05

[[ladder.step]]
id = "recommend-119"
roles = ["operator"]
after_min = 0.05
"#;

const FIRE: &str = "/api/v1/incidents/lab/fire/house/1";

fn home(engine: &Engine, port: u16) -> Home {
    let home = Home::on(engine, &files(), Via::Embedded(port));
    home.write(Path::new("config/notify.toml"), LADDER);
    home
}

/// Waits until a step of the fire's has been queued.
async fn queued(home: &Home, step: &str) {
    let sql = format!("SELECT count(*) AS n FROM outbox WHERE step = '{step}' AND kind = 'fire'");
    until("the step is taken", || async {
        (count(&home.database(), &sql).await > 0).then_some(())
    })
    .await;
}

async fn done(service: &Service, path: &str, body: Value) -> Value {
    let (status, answer) = service.post(path, path, Some(body)).await.expect("an answer");
    assert_eq!(status, 200, "{path}: {answer}");
    answer
}

on_both_engines!(
    each_step_is_taken_once_however_often_we_are_killed_between_two,
    what_people_do_is_kept_and_an_acknowledgement_ends_the_ladder,
);

async fn each_step_is_taken_once_however_often_we_are_killed_between_two(engine: Engine) {
    let port = free_port();
    let home = home(&engine, port);
    let service = Service::up(&home, None).await;
    let pressed = r#"{"id":"pressed","readings":{"call_point":true}}"#;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", pressed)]).await;
    let mut service = Some(service);
    for step in ["opened", "office", "second"] {
        queued(&home, step).await;
        service.take().expect("it runs").kill().await;
        service = Some(Service::up(&home, None).await);
    }
    queued(&home, "recommend-119").await;
    service.take().expect("it runs").stop().await;

    let sql = "SELECT key FROM outbox WHERE kind = 'fire' ORDER BY queued_at, key";
    let keys: Vec<String> =
        rows(&home.database(), sql).await.iter().map(|row| row.text("key").unwrap()).collect();
    let expected = ["opened/operator", "office/management-office", "office/worker-1"];
    let expected = expected.into_iter().chain(["second/worker-2", "recommend-119/operator"]);
    let expected: Vec<String> = expected.map(|key| format!("lab/fire/house/1/{key}")).collect();
    assert_eq!(keys, expected);
    let sql = "SELECT count(*) AS n FROM ladder_step WHERE taken_at IS NOT NULL";
    assert_eq!(count(&home.database(), sql).await, 4);
    let early = "SELECT count(*) AS n FROM ladder_step l JOIN ladder_step b ON b.site = l.site \
                 AND b.step = l.step - 1 WHERE l.taken_at < b.taken_at + 3000000";
    assert_eq!(count(&home.database(), early).await, 0, "a step came before its time");
}

async fn what_people_do_is_kept_and_an_acknowledgement_ends_the_ladder(engine: Engine) {
    let port = free_port();
    let home = home(&engine, port);
    let service = Service::up(&home, None).await;
    let hour = |hours: i64| {
        (jikimi::clock::wall_now() + jiff::SignedDuration::from_hours(hours)).to_string()
    };
    let asked = json!({"kind": "fire", "place": "room", "until": hour(1), "note": "yearly"});
    let drill = done(&service, "/api/v1/sites/lab/drills", asked).await;
    assert_eq!((&drill["id"], &drill["exercise"]), (&json!("lab/fire/house/1"), &json!(true)));
    assert_eq!(drill["comments"][0]["text"], "yearly");
    assert_eq!(drill["notices"][0]["step"], "exercise-opened");
    done(&service, &format!("{FIRE}/assign"), json!({"to": "kim"})).await;
    done(&service, &format!("{FIRE}/comments"), json!({"text": "연기 없음"})).await;
    done(&service, &format!("{FIRE}/checklist"), json!({"item": "call-119", "done": true})).await;
    let had = done(&service, &format!("{FIRE}/take-over"), json!({})).await;
    assert_eq!((&had["state"], &had["assigned_to"]), (&json!("acknowledged"), &json!("kim")));
    assert_eq!(had["checklist"][0]["item"], "call-119");
    assert_eq!(had["ladder"].as_array().map(Vec::len), Some(4));
    assert!(had["ladder"][3]["stopped_at"].is_string(), "{}", had["ladder"]);
    assert!(had["ladder"][3]["taken_at"].is_null(), "{}", had["ladder"]);

    let asked = json!({"place": "hall", "until": hour(2), "because": "천장 공사"});
    let silences = done(&service, "/api/v1/sites/lab/silences", asked).await;
    assert_eq!(silences["silences"][0]["holds"], true);
    service.kill().await;

    let service = Service::up(&home, None).await;
    let same = service.get(FIRE).await;
    for part in ["comments", "checklist", "ladder", "assigned_to", "state", "ends_at"] {
        assert_eq!(same[part], had[part], "{part}");
    }
    let path = "/api/v1/sites/lab/silences/1/end";
    let ended = done(&service, path, json!({})).await;
    assert_eq!(ended["silences"][0]["ended_by"], "local");
    let over = service.post(path, "again", Some(json!({}))).await.expect("an answer");
    assert_eq!((over.0, &over.1["code"]), (404, &json!("unknown-silence")));
    let outcome = json!({"outcome": "real"});
    let resolved = done(&service, &format!("{FIRE}/resolve"), outcome).await;
    assert_eq!(resolved["resolved"]["outcome"], "test");
    let load = service.get("/api/v1/sites/lab/load").await;
    assert_eq!(load["announced"], 0, "a drill is no load: {load}");
    service.stop().await;
}
