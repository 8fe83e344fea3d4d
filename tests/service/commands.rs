//! What a person said stays said.

use serde_json::json;

use crate::lab::{files, ids, line, on_both_engines, send};
use crate::service::{Engine, Home, Service, Via, free_port, until};

on_both_engines!(an_acknowledgement_survives_a_kill_and_its_key_gets_the_same_answer,);

async fn an_acknowledgement_survives_a_kill_and_its_key_gets_the_same_answer(engine: Engine) {
    let port = free_port();
    let home = Home::on(&engine, &files(), Via::Embedded(port));
    let service = Service::up(&home, None).await;
    let pressed = r#"{"id":"pressed","readings":{"call_point":true}}"#;
    send(port, vec![line("jikimi/v1/lab/call-1/alarm", pressed)]).await;
    until("the fire is open", || async {
        let page = service.try_get("/api/v1/incidents?state=open").await.ok()?;
        ids(&page).contains(&"lab/fire/house/1".to_owned()).then_some(())
    })
    .await;
    let path = "/api/v1/incidents/lab/fire/house/1/acknowledge";
    let (status, incident) = service.post(path, "first", None).await.unwrap();
    assert_eq!((status, &incident["state"]), (200, &json!("acknowledged")));
    service.kill().await;

    let service = Service::up(&home, None).await;
    let incident = service.get("/api/v1/incidents/lab/fire/house/1").await;
    assert_eq!(incident["state"], "acknowledged");
    assert_eq!(service.post(path, "first", None).await.unwrap().0, 200);
    assert_eq!(service.post(path, "second", None).await.unwrap().0, 409);
    let resolve = "/api/v1/incidents/lab/fire/house/1/resolve";
    let outcome = json!({"outcome": "misuse", "note": "a child"});
    let (status, incident) = service.post(resolve, "third", Some(outcome)).await.unwrap();
    assert_eq!((status, &incident["state"]), (200, &json!("resolved")));
    let log = incident["transitions"].as_array().unwrap();
    let acknowledged = log.iter().filter(|moved| moved["cause"] == "acknowledged").count();
    assert_eq!(acknowledged, 1);
    service.stop().await;
}
