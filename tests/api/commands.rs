//! Acknowledging and resolving: what the run loop says is what the client hears.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jikimi::domain::Refusal;
use serde_json::json;

use crate::world::World;

const ACKNOWLEDGE: &str = "/api/v1/incidents/center/fire/main/1/acknowledge";
const RESOLVE: &str = "/api/v1/incidents/center/fire/main/1/resolve";

async fn burning() -> World {
    let world = World::new().await;
    world.incident("fire", "main", 1).await;
    world
}

async fn with_key(world: &World, key: &[u8]) -> crate::world::Answered {
    let request = Request::post(ACKNOWLEDGE).header("idempotency-key", key);
    world.send(request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn an_acknowledged_incident_is_shown_as_it_then_is() {
    let mut world = burning().await;
    let mut keys = world.obeys();
    let answered = with_key(&world, b"shift-3/17").await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
    let held = json!({"by": "local", "at": "2026-11-24T14:03:00.5+09:00",
        "until": "2026-11-24T14:33:00.5+09:00"});
    assert_eq!(answered.json()["acknowledged"], held);
    assert_eq!(answered.json()["state"], "acknowledged");
    assert_eq!(keys.recv().await.as_deref(), Some("shift-3/17"));
}

#[tokio::test]
async fn a_resolved_incident_says_what_it_was() {
    let mut world = burning().await;
    let mut keys = world.obeys();
    let answered = world.post(RESOLVE, r#"{"outcome":"cooking","note":" 생선구이\n"}"#).await;
    assert_eq!(answered.status, StatusCode::OK, "{}", answered.text);
    let resolved = json!({"by": "local", "at": "2026-11-24T14:03:00.5+09:00",
        "outcome": "cooking", "note": "생선구이"});
    assert_eq!(answered.json()["resolved"], resolved);
    let key = keys.recv().await.expect("a key");
    assert!(key.starts_with("generated-"), "{key}");
}

#[tokio::test]
async fn a_refusal_of_the_monitor_is_the_clients_too() {
    for (refusal, status, code) in [
        (Refusal::UnknownIncident, 404, "unknown-incident"),
        (Refusal::AlreadyAcknowledged, 409, "already-acknowledged"),
        (Refusal::AlreadyResolved, 409, "already-resolved"),
        (Refusal::KeyReused, 409, "idempotency-key-reused"),
    ] {
        let mut world = burning().await;
        world.refuses(refusal);
        world.post(ACKNOWLEDGE, "").await.refuses(status, code);
    }
}

#[tokio::test]
async fn restored_is_for_jikimi_to_say() {
    let mut world = burning().await;
    world.refuses(Refusal::OutcomeReserved);
    let answered = world.post(RESOLVE, r#"{"outcome":"restored"}"#).await;
    let problem = answered.refuses(409, "outcome-reserved");
    assert!(!problem["allowed"].as_array().expect("a list").contains(&json!("restored")));
}

#[tokio::test]
async fn an_unknown_outcome_is_refused_with_the_list_of_outcomes() {
    let world = burning().await;
    let answered = world.post(RESOLVE, r#"{"outcome":"burnt-toast"}"#).await;
    let problem = answered.refuses(422, "unknown-outcome");
    let outcomes = json!([
        "real",
        "cooking",
        "steam",
        "insect",
        "dust",
        "cigarette",
        "fault",
        "test",
        "misuse",
        "other-false",
        "away"
    ]);
    assert_eq!(problem["allowed"], outcomes);
}

#[tokio::test]
async fn a_body_that_says_something_else_is_refused() {
    let world = burning().await;
    world.post(RESOLVE, "{").await.refuses(400, "bad-json");
    for body in [
        "{}".to_owned(),
        r#"{"outcome":"real","who":"me"}"#.to_owned(),
        r#"{"outcome":"real","note":"\u0000"}"#.to_owned(),
        format!(r#"{{"outcome":"real","note":"{}"}}"#, "가".repeat(2001)),
    ] {
        world.post(RESOLVE, &body).await.refuses(422, "bad-body");
    }
    let large = format!(r#"{{"outcome":"real","note":"{}"}}"#, "x".repeat(70_000));
    world.post(RESOLVE, &large).await.refuses(413, "body-too-large");
    let request = Request::post(RESOLVE).body(Body::from("outcome=real")).expect("a request");
    world.send(request).await.refuses(415, "wrong-content-type");
}

#[tokio::test]
async fn a_key_is_printable_and_not_too_long() {
    let world = burning().await;
    for key in [&b""[..], &[b'k'; 129], "열쇠".as_bytes(), b"a\tb"] {
        with_key(&world, key).await.refuses(400, "bad-header");
    }
}

#[tokio::test]
async fn a_command_to_nowhere_is_not_passed_on() {
    let world = burning().await;
    let path = "/api/v1/incidents/elsewhere/fire/main/1/acknowledge";
    world.post(path, "").await.refuses(404, "unknown-site");
}

#[tokio::test]
async fn a_run_loop_that_drops_a_command_has_not_answered() {
    let mut world = burning().await;
    let mut queue = world.take_queue();
    let dropping = async { drop(queue.recv().await) };
    let (answered, ()) = tokio::join!(world.post(ACKNOWLEDGE, ""), dropping);
    let problem = answered.refuses(503, "no-answer");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("same Idempotency-Key")));
    assert_eq!(answered.header("retry-after"), "2");
}

#[tokio::test]
async fn a_full_queue_and_a_stopped_run_loop_are_not_answers() {
    let mut world = burning().await;
    let mut queue = world.take_queue();
    let (first, second) = (world.post(ACKNOWLEDGE, ""), world.post(ACKNOWLEDGE, ""));
    let commands = world.state.running.commands.clone();
    let third = async {
        // Who asks is looked up first, which takes each its own time.
        while commands.capacity() > 0 {
            tokio::task::yield_now().await;
        }
        let third = world.post(ACKNOWLEDGE, "").await;
        queue.close();
        while queue.recv().await.is_some() {}
        third
    };
    let (first, second, third) = tokio::join!(first, second, third);
    third.refuses(503, "queue-full");
    first.refuses(503, "no-answer");
    second.refuses(503, "no-answer");
    world.post(ACKNOWLEDGE, "").await.refuses(503, "no-answer");
}

#[tokio::test]
async fn another_sites_page_may_not_command() {
    let mut world = burning().await;
    let _keys = world.obeys();
    let asked = |origin: &str| {
        let request = Request::post(ACKNOWLEDGE).header("host", "127.0.0.1:8080");
        request.header("origin", origin).body(Body::empty()).expect("a request")
    };
    world.send(asked("https://example.org")).await.refuses(403, "cross-origin");
    let rebound = Request::post(ACKNOWLEDGE).header("host", "evil.example");
    let rebound = rebound.header("origin", "http://evil.example").body(Body::empty());
    world.send(rebound.expect("a request")).await.refuses(403, "foreign-host");
    let own = world.send(asked("http://127.0.0.1:8080")).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.text);
}
