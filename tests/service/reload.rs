//! A rule that changed between two starts: what goes on, what starts empty, what ends.

use std::path::Path;

use serde_json::json;

use crate::lab::{count, files, ids, line, on_both_engines, send};
use crate::service::{Engine, Home, Service, Via, free_port, until};

const RULES: &str = "config/rules/rules.toml";
const STORED: &str = "SELECT COUNT(*) AS n FROM input WHERE kind IN ('reading', 'alarm')";

fn rules() -> String {
    let files = files();
    let rules = files.into_iter().find(|(path, _)| path == Path::new("rules/rules.toml"));
    rules.expect("the rules").1
}

fn says(device: &str, topic: &str, id: &str, value: &str) -> jikimi_sim::recording::Line {
    let payload = format!(r#"{{"id":"{id}","readings":{{{value}}}}}"#);
    line(&format!("jikimi/v1/lab/{device}/{topic}"), payload)
}

async fn stored(home: &Home, n: i64) {
    until("it is stored", || async { (count(&home.database(), STORED).await == n).then_some(()) })
        .await;
}

async fn open(service: &Service, id: &str) {
    until("the incident is open", || async {
        let page = service.try_get("/api/v1/incidents?state=unresolved").await.ok()?;
        ids(&page).iter().any(|found| found == id).then_some(())
    })
    .await;
}

on_both_engines!(
    a_rule_made_sharper_after_a_kill_sees_the_fire_that_goes_on,
    what_an_old_rule_held_ends_with_it_and_swallows_no_later_alarm,
    a_second_service_on_the_same_database_is_refused,
    rules_are_read_again_while_it_watches_and_a_mistake_changes_nothing,
);

async fn rules_are_read_again_while_it_watches_and_a_mistake_changes_nothing(engine: Engine) {
    let port = free_port();
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    let milder = rules().replace("start = 57.0", "start = 70.0");
    home.write(Path::new(RULES), &milder);
    let service = Service::up(&home, None).await;
    send(port, vec![says("heat-1", "reading", "1", r#""temperature":65"#)]).await;
    stored(&home, 1).await;
    let held = "SELECT COUNT(*) AS n FROM activation";
    let before = count(&home.database(), held).await;

    // A mistake is said, with its line, and nothing has changed.
    let reload = "/api/v1/configuration/reload";
    home.write(Path::new(RULES), &rules().replace("hold_s", "hold"));
    let (status, answer) = service.post(reload, "a", None).await.unwrap();
    assert_eq!((status, &answer["code"]), (409, &json!("configuration-refused")));
    assert!(answer["detail"].as_str().unwrap().contains("rules.toml:"), "{answer}");
    service.hang_up().await;
    until("the log says so", || async { service.log().contains("was not reloaded").then_some(()) })
        .await;
    assert_eq!(count(&home.database(), held).await, before);

    // What is right is taken: the sharper rule begins anew and sees the fire that goes on.
    home.write(Path::new(RULES), &rules());
    service.hang_up().await;
    until("another configuration holds", || async {
        (count(&home.database(), held).await > before).then_some(())
    })
    .await;
    send(port, vec![says("heat-1", "reading", "2", r#""temperature":66"#)]).await;
    open(&service, "lab/fire/house/1").await;
    let (status, answer) = service.post(reload, "b", None).await.unwrap();
    assert_eq!((status, &answer["changed"]), (200, &json!([])), "nothing is new");

    // What stands where is taken at a start.
    let site = Path::new("config/sites/lab.toml");
    let text = std::fs::read_to_string(home.folder.path().join(site)).unwrap();
    home.write(site, &format!("{text}\n# moved\n"));
    let (status, answer) = service.post(reload, "c", None).await.unwrap();
    assert_eq!(status, 409, "{answer}");
    assert!(answer["detail"].as_str().unwrap().contains("sites/lab.toml"), "{answer}");
    service.stop().await;
}

async fn a_rule_made_sharper_after_a_kill_sees_the_fire_that_goes_on(engine: Engine) {
    let port = free_port();
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    home.write(Path::new(RULES), &rules().replace("start = 57.0", "start = 70.0"));
    let service = Service::up(&home, None).await;
    send(port, vec![says("heat-1", "reading", "1", r#""temperature":65"#)]).await;
    stored(&home, 1).await;
    service.kill().await;

    home.write(Path::new(RULES), &rules());
    let service = Service::up(&home, None).await;
    send(port, vec![says("heat-1", "reading", "2", r#""temperature":66"#)]).await;
    open(&service, "lab/fire/house/1").await;
    service.stop().await;
}

async fn what_an_old_rule_held_ends_with_it_and_swallows_no_later_alarm(engine: Engine) {
    let port = free_port();
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    let service = Service::up(&home, None).await;
    let call = |id: &str, on: bool| says("call-1", "alarm", id, &format!(r#""call_point":{on}"#));
    send(port, vec![call("1", true)]).await;
    open(&service, "lab/fire/house/1").await;
    service.stop().await;

    let milder = rules().replacen("level = \"critical\"", "level = \"warning\"", 2);
    home.write(Path::new(RULES), &milder);
    let service = Service::up(&home, None).await;
    let first = service.get("/api/v1/incidents/lab/fire/house/1").await;
    assert_eq!((&first["state"], &first["stands"]), (&json!("open"), &json!(false)));
    let resolve = "/api/v1/incidents/lab/fire/house/1/resolve";
    let (status, _) = service.post(resolve, "r", Some(json!({"outcome": "test"}))).await.unwrap();
    assert_eq!(status, 200);
    send(port, vec![call("2", false), call("3", true)]).await;
    open(&service, "lab/fire/house/2").await;
    service.stop().await;
}

async fn a_second_service_on_the_same_database_is_refused(engine: Engine) {
    let (port, other) = (free_port(), free_port());
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    let service = Service::up(&home, None).await;
    let settings = Path::new("config/jikimi.toml");
    let text = std::fs::read_to_string(home.folder.path().join(settings)).unwrap();
    home.write(settings, &text.replace(&format!(":{port}"), &format!(":{other}")));
    assert!(Service::start(&home, None, None).await.is_none());
    assert!(service.log().contains("another jikimi runs on this database"));
    service.stop().await;
}
