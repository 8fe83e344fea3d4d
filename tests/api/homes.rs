//! Homes: a state and a sentence, a trace that asks for a reason, and people who are sealed.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jikimi::domain::household::{Denied, Reason};
use jikimi::domain::{Action, Answer, Refusal};
use serde_json::{Value, json};

use crate::world::{Answered, NOON_US, World, moment};

const HOMES: &str = "/api/v1/sites/center/homes";
const HOME: &str = "/api/v1/sites/center/homes/h0101";

/// Somebody lives in h0101 since noon, has agreed and been walked through.
async fn lived_in(world: &World) {
    world
        .sql(&format!(
            "INSERT INTO household (site, household, home, since, monitoring, walk_passed_at) \
             VALUES ('center', 'hh-1', 'h0101', {NOON_US}, 1, {NOON_US})"
        ))
        .await;
}

async fn said(world: &World, path: &str, body: Value) -> Answered {
    world.post(&format!("{HOME}/{path}"), &body.to_string()).await
}

async fn put(world: &World, path: &str, body: Value) -> Answered {
    let request = Request::put(format!("{HOME}/{path}")).header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

/// What the trail says, oldest first: action, subject, detail.
async fn trail(world: &World) -> Vec<(String, String, String)> {
    let rows = world.db.all("SELECT action, subject, detail FROM audit ORDER BY n", Vec::new());
    let rows = rows.await.expect("the trail");
    let text = |row: &jikimi::store::Row, of| row.text(of).expect("a text");
    rows.iter().map(|r| (text(r, "action"), text(r, "subject"), text(r, "detail"))).collect()
}

#[tokio::test]
async fn a_home_is_a_state_and_a_sentence_and_no_reading() {
    let world = World::new().await;
    let state = async || world.read(HOMES).await["homes"][0].clone();
    assert_eq!(state().await["state"], "well");
    lived_in(&world).await;
    let home = state().await;
    assert_eq!((&home["state"], &home["household"]), (&json!("well"), &json!("hh-1")));
    let away = format!("UPDATE household SET away_from = {NOON_US}, away_reason = 'hospital'");
    world.sql(&away).await;
    let home = state().await;
    assert_eq!((&home["state"], &home["sentence_ko"]), (&json!("away"), &json!("입원 등록")));
    world.incident("blind", "h0101", 1).await;
    world.sql("UPDATE incident SET class = 'trouble' WHERE kind = 'blind'").await;
    assert_eq!(state().await["state"], "blind");
    world.incident("stillness", "h0101", 2).await;
    let home = state().await;
    assert_eq!(home["state"], "alarm");
    let incidents = json!(["center/stillness/h0101/1", "center/blind/h0101/1"]);
    assert_eq!(home["incidents"], incidents);
    let counted = &world.read(&format!("{HOMES}?state=alarm")).await;
    assert_eq!((&counted["total"], &counted["counts"][0]["homes"]), (&json!(1), &json!(1)));
    assert_eq!(world.read(&format!("{HOMES}?state=well")).await["total"], 0);
    world.get("/api/v1/sites/center/homes/h0999").await.refuses(404, "unknown-home");
}

#[tokio::test]
async fn what_a_home_has_said_is_opened_with_a_reason_and_every_look_is_in_the_trail() {
    let world = World::new().await;
    lived_in(&world).await;
    world.message("h0101-pir", 1, None).await;
    let readings = "/api/v1/sites/center/devices/h0101-pir/readings";
    world.get(readings).await.refuses(403, "home-trace");
    let wanted = |reason: &str| json!({"device": "h0101-pir", "reason": reason});
    said(&world, "trace", wanted(" … ")).await.refuses(422, "no-reason");
    said(&world, "trace", json!({"device": "h0101-pir"})).await.refuses(422, "bad-body");
    let elsewhere = json!({"device": "tc-1", "reason": "방문 전 확인"});
    said(&world, "trace", elsewhere).await.refuses(404, "unknown-device");
    assert!(trail(&world).await.is_empty(), "nothing was shown");

    let shown = said(&world, "trace", wanted("방문 전 확인")).await;
    assert_eq!(shown.status, StatusCode::OK, "{}", shown.text);
    assert_eq!(shown.json()["readings"][0]["position"], 1);
    let look = ("trace-viewed", "h0101/h0101-pir", "방문 전 확인");
    assert_eq!(trail(&world).await, [look].map(|(a, s, d)| (a.into(), s.into(), d.into())));

    let others = put(&world, "caseworkers", json!({"accounts": ["kim"]})).await;
    assert_eq!(others.status, StatusCode::OK, "{}", others.text);
    said(&world, "trace", wanted("방문 전 확인")).await.refuses(403, "not-own-home");
    let mut broken = wanted("새벽 응급, 담당자 연락 안 됨");
    broken["break_glass"] = json!(true);
    assert_eq!(said(&world, "trace", broken).await.status, StatusCode::OK);
    let kinds: Vec<String> = trail(&world).await.into_iter().map(|(action, ..)| action).collect();
    assert_eq!(kinds, ["trace-viewed", "account-changed", "denied", "broken-glass"]);
}

#[tokio::test]
async fn an_incident_in_a_home_shows_what_threatens_it_and_not_how_somebody_lives() {
    let world = World::new().await;
    world.incident("stillness", "h0101", 1).await;
    let readings = json!([
        {"device": "h0101-pir", "quantity": "motion", "value": true, "at": NOON_US},
        {"device": "h0101-pir", "quantity": "temperature", "value": 40.0, "at": NOON_US},
    ]);
    let sql = "UPDATE evidence SET readings = $1";
    world.insert(sql, vec![readings.to_string().into()]).await;
    let incident = world.read("/api/v1/incidents/center/stillness/h0101/1").await;
    let shown = incident["evidence"][0]["readings"].as_array().expect("a list");
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0]["quantity"], "temperature");
    assert!(!incident["evidence"][0]["because"].as_str().expect("a sentence").is_empty());
    world.message("h0101-pir", 2, None).await;
    let device = world.read("/api/v1/sites/center/devices/h0101-pir").await;
    assert_eq!(device["last_change_at"], Value::Null);
    let day = device["last_message_at"].as_str().expect("a day");
    assert!(day.ends_with("T00:00:00+09:00"), "{day}");
}

#[tokio::test]
async fn who_lives_there_is_sealed_looked_at_and_exported() {
    let mut world = World::new().await;
    lived_in(&world).await;
    let persons = json!({
        "residents": [{"name": "홍길동", "telephone": "010-1234-5678"}],
        "address": "우산동 1번지",
        "contacts": [{"name": "홍길순", "relation": "딸", "telephone": "010-8765-4321"}],
        "notes": "귀가 어두움",
    });
    let entered = put(&world, "persons", json!({"household": "hh-1", "persons": persons})).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
    let other = json!({"household": "hh-2", "persons": persons});
    put(&world, "persons", other).await.refuses(409, "unknown-household");
    let read = said(&world, "persons/read", json!({"household": "hh-1"})).await;
    assert_eq!(read.json()["persons"], persons);
    world.message("h0101-pir", 1, None).await;
    let export = json!({"household": "hh-1", "reason": "본인 열람 요청"});
    let exported = said(&world, "export", export).await.json();
    assert_eq!(exported["persons"], persons);
    assert_eq!(exported["readings"][0]["said"]["readings"][0]["position"], 1);
    let kinds: Vec<String> = trail(&world).await.into_iter().map(|(action, ..)| action).collect();
    assert_eq!(kinds, ["person-changed", "person-viewed", "person-exported"]);

    // A row that is copied to another household opens nowhere.
    world.sql("UPDATE personal SET sealed = zeroblob(60)").await;
    said(&world, "persons/read", json!({"household": "hh-1"})).await.refuses(409, "sealed");
    world.state.keys = None;
    world.router = jikimi::api::router(world.state.clone());
    said(&world, "persons/read", json!({"household": "hh-1"})).await.refuses(409, "no-key-file");
}

#[tokio::test]
async fn a_repetition_of_a_move_in_is_the_same_command() {
    let mut world = World::new().await;
    let mut queue = world.take_queue();
    let request = || {
        let request = Request::post(format!("{HOME}/move-in")).header("idempotency-key", "k-1");
        let request = request.header("content-type", "application/json");
        let body = Body::from(r#"{"since":"2026-11-24T09:00:00+09:00"}"#);
        world.send(request.body(body).expect("a request"))
    };
    let asked = async |queue: &mut tokio::sync::mpsc::Receiver<_>| {
        let (answered, request) = tokio::join!(request(), async {
            let request: jikimi::run::handle::CommandRequest = queue.recv().await.expect("one");
            let denied = Refusal::Household(Denied::Occupied);
            let action = format!("{:?}", request.command.action);
            drop(request.answer.send(jikimi::domain::Answer::Refused(denied)));
            action
        });
        answered.refuses(409, "home-occupied");
        request
    };
    let (first, again) = (asked(&mut queue).await, asked(&mut queue).await);
    assert_eq!(first, again);
    assert!(first.contains("hh-"), "{first}");
}

#[tokio::test]
async fn who_is_found_to_be_away_is_registered_with_the_same_call_that_ends_the_incident() {
    let mut world = World::new().await;
    lived_in(&world).await;
    world.incident("stillness", "h0101", 1).await;
    let resolve = "/api/v1/incidents/center/stillness/h0101/1/resolve";
    let body = |outcome: &str| {
        let absence = json!({
            "household": "hh-1", "until": "2026-12-01T09:00:00+09:00", "reason": "hospital",
        });
        json!({"outcome": outcome, "absence": absence}).to_string()
    };
    let mut asked = world.hears(Answer::Done);
    world.post(resolve, &body("real")).await.refuses(422, "bad-body");
    let nowhere = "/api/v1/incidents/center/stillness/h0101/7/resolve";
    world.post(nowhere, &body("away")).await.refuses(404, "unknown-incident");
    assert_eq!(world.post(resolve, &body("away")).await.status, StatusCode::OK);
    let action = asked.recv().await.expect("it was asked for");
    let until = Some(moment(1_796_083_200_000_000));
    assert_eq!(
        action,
        Action::FoundAway {
            incident: "center/stillness/h0101/1".parse().expect("an id"),
            household: "hh-1".parse().expect("an id"),
            until,
            reason: Reason::Hospital,
            note: None,
        }
    );
    assert!(asked.try_recv().is_err(), "nothing was asked but that");
}

#[tokio::test]
async fn what_a_home_has_sent_this_month_stands_beside_its_budget() {
    let world = World::new().await;
    let data = async || world.read(HOME).await["data"].clone();
    let month = data().await["month"].as_str().expect("a month").to_owned();
    assert_eq!(
        data().await,
        json!({
            "month": month, "bytes": 0, "budget_bytes": null, "over_budget": false,
        })
    );
    let store = &world.state.store;
    let (site, home) = ("center".parse().expect("an id"), "h0101".parse().expect("an id"));
    for bytes in [1_000, 2_345] {
        let came = [(jikimi::domain::HomeId::clone(&home), bytes)];
        store.add_home_data(&site, &month, &came).await.expect("it is added");
    }
    store.add_home_data(&site, "2020-01", &[(home, 9)]).await.expect("it is added");
    assert_eq!(data().await["bytes"], 3_345);
}
