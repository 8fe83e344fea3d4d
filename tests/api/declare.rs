//! Declarations and notices: what is asked for reaches the run loop, and what is refused is said.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jikimi::domain::{Action, Answer, Refusal};
use serde_json::json;

use crate::world::World;

const DECLARE: &str = "/api/v1/sites/center/declare";
const NOTICES: &str = "/api/v1/sites/center/notices";

#[tokio::test]
async fn what_a_person_declares_is_shown_as_the_incident_it_opened() {
    let mut world = World::new().await;
    world.incident("fire", "main", 1).await;
    let opened = "center/fire/main/1".parse().expect("an id");
    let mut asked = world.hears(Answer::Opened(opened));
    let body = r#"{"situation":"fire","place":"3f-hall","note":"연기가 보임"}"#;
    let answered = world.post(DECLARE, body).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
    assert_eq!(answered.json()["id"], "center/fire/main/1");
    let Some(Action::Declare(declared)) = asked.recv().await else { panic!("a declaration") };
    assert_eq!((declared.place.as_str(), declared.level), ("3f-hall", None));
}

#[tokio::test]
async fn what_the_monitor_refuses_of_a_declaration_is_said() {
    for (refusal, status, code) in [
        (Refusal::UnknownSituation, 422, "unknown-situation"),
        (Refusal::UnknownPlace, 422, "unknown-place"),
        (Refusal::KeyReused, 409, "idempotency-key-reused"),
    ] {
        let mut world = World::new().await;
        world.refuses(refusal);
        let answered = world.post(DECLARE, r#"{"situation":"fire","place":"main"}"#).await;
        answered.refuses(status, code);
    }
    let world = World::new().await;
    world.post(DECLARE, r#"{"situation":"FIRE","place":"main"}"#).await.refuses(422, "bad-body");
    let other = "/api/v1/sites/nowhere/declare";
    world.post(other, r#"{"situation":"fire","place":"main"}"#).await.refuses(404, "unknown-site");
}

#[tokio::test]
async fn a_notice_reaches_the_monitor_with_its_words_and_its_end() {
    let mut world = World::new().await;
    let mut asked = world.hears(Answer::Done);
    let body = json!({"id": "2026-017", "authority": "kma", "kind": "earthquake",
        "level": "warning", "ko": " 규모 4.2 ", "until": "2026-11-24T15:00:00+09:00"});
    let answered = world.post(NOTICES, &body.to_string()).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
    assert_eq!(answered.json(), json!({"incidents": []}));
    let Some(Action::Notice(notice)) = asked.recv().await else { panic!("a notice") };
    assert_eq!((notice.text.ko.as_str(), notice.text.en.as_str()), ("규모 4.2", "규모 4.2"));
    for (key, wrong) in [
        ("authority", json!("기상청")),
        ("kind", json!("meteor")),
        ("level", json!("high")),
        ("ko", json!("")),
    ] {
        let mut body = body.clone();
        body[key] = wrong;
        world.post(NOTICES, &body.to_string()).await.refuses(422, "bad-body");
    }
}

#[tokio::test]
async fn situations_are_listed_with_what_they_ask() {
    let world = World::new().await;
    let request = Request::get("/api/v1/situations").body(Body::empty()).expect("a request");
    let answered = world.send(request).await;
    let fire = &answered.json()["situations"][0];
    assert_eq!((&fire["id"], &fire["scope"]), (&json!("fire"), &json!("building")));
    assert_eq!(fire["floors"]["alert"], "building");
}
