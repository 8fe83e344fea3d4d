//! Answers to notices, what providers report of them, and what people see of both.

use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jikimi::clock::wall_now;
use jikimi::config::{Contact, Person, Provider, Telling};
use jikimi::domain::time::SignedDuration;
use jikimi::domain::{Action, Said};
use jikimi::incident::Role;
use jikimi::notify::provider::{AnswerRule, BodyIs, Method, Receipt, Taken, Template};
use jikimi::people::secret;
use jikimi::store::Delivery;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::world::{Answered, World};

const SECRET: &str = "between us";

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn provider(inbound: &std::path::Path) -> Provider {
    let template = Template {
        id: "text".to_owned(),
        method: Method::Post,
        url: String::new(),
        headers: Vec::new(),
        body: String::new(),
        body_is: BodyIs::Json,
        secrets: Vec::new(),
        settings: Vec::new(),
        link: false,
        taken: Taken { status: vec![200], says: None, handle: Some("/id".to_owned()) },
        events: None,
        receipt: Some(Receipt {
            handle: "/id".to_owned(),
            at: "/code".to_owned(),
            delivered: list(&["4000"]),
            failed: list(&["3000"]),
        }),
        answer: Some(AnswerRule {
            token: "/answer".to_owned(),
            at: "/pressed".to_owned(),
            fine: list(&["1"]),
            help: list(&["2"]),
            acknowledge: list(&["9"]),
        }),
    };
    Provider {
        id: "sms".to_owned(),
        template: Arc::new(template),
        secrets: [].into(),
        settings: [].into(),
        inbound_secret: Some(inbound.to_owned()),
        url: None,
    }
}

/// A fire of which `kim` was told by text, under the name that the provider gave it, with a letter
/// as the next way; and a provider that signs.
async fn told() -> World {
    let mut world = World::new().await;
    let inbound = world.file().with_file_name("inbound");
    std::fs::write(&inbound, SECRET).expect("written");
    let kim = Person {
        id: "kim".to_owned(),
        roles: vec![Role::Operator],
        sites: Vec::new(),
        shifts: Vec::new(),
        off: Vec::new(),
        ways: list(&["sms", "mail"]),
        contact: Contact::Own { email: None, phone: None },
        at_most: 6,
        english: false,
    };
    let mut telling = Telling { persons: vec![kim], ..Telling::default() };
    telling.ways.providers.push(provider(&inbound));
    world.state.telling = Arc::new(telling);
    world.patience(jikimi::api::ANSWERED_WITHIN);
    world.incident("fire", "main", 7).await;
    world.sql("UPDATE outbox SET status = 'handed'").await;
    world
        .sql(
            "INSERT INTO delivery (notice, person, endpoint, status, attempts, next_at, since, \
             sent_at, batch, handle) VALUES ('center/fire/main/1/opened/operator', 'kim', 'sms', \
             'sent', 0, 0, 0, 1795000000000000, 'k', 'M1')",
        )
        .await;
    world
}

async fn offer(world: &World, hours: i64) -> String {
    let token = secret::generate().expect("randomness");
    let to = Delivery {
        notice: "center/fire/main/1/opened/operator".to_owned(),
        person: "kim".to_owned(),
        endpoint: "sms".to_owned(),
    };
    let until = wall_now().checked_add(SignedDuration::from_hours(hours)).expect("a moment");
    world.state.store.offer_answer(&secret::id_of(&token), &to, until).await.expect("written");
    token
}

async fn answer(world: &World, token: &str, said: &str) -> Answered {
    world.post("/api/v1/answers", &json!({"token": token, "said": said}).to_string()).await
}

fn signed(stamp: i64, body: &str, secret: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
    mac.update(format!("{stamp}.{body}").as_bytes());
    let mark: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={stamp},v1={mark}")
}

async fn call(world: &World, way: &str, body: &str, signature: &str) -> Answered {
    let request = Request::post(format!("/api/v1/inbound/{way}"));
    let request = request.header("jikimi-signature", signature).body(Body::from(body.to_owned()));
    world.send(request.expect("a request")).await
}

/// Called now, by the provider.
async fn says(world: &World, body: &Value) -> Answered {
    let body = body.to_string();
    call(world, "sms", &body, &signed(wall_now().as_second(), &body, SECRET)).await
}

async fn deliveries(world: &World) -> Vec<(String, String)> {
    let told = world.read("/api/v1/sites/center/deliveries").await;
    let told = told["deliveries"].as_array().expect("a list").iter();
    told.map(|of| {
        (of["way"].as_str().unwrap_or("none").to_owned(), of["status"].as_str().unwrap().to_owned())
    })
    .collect()
}

#[tokio::test]
async fn a_reused_an_old_and_a_guessed_answer_are_refused_alike() {
    let mut world = told().await;
    let mut asked = world.hears(jikimi::domain::Answer::Done);
    let token = offer(&world, 24).await;
    answer(&world, &token, "fine").await.refuses(422, "bad-body");
    let well = answer(&world, &token, "acknowledge").await;
    assert_eq!(well.status, 200, "{}", well.text);
    let action = asked.try_recv().expect("asked");
    assert!(matches!(action, Action::Acknowledge { .. }), "{action:?}");

    let old = offer(&world, -1).await;
    let mut sentences = Vec::new();
    for token in [&*token, &*old, "guessed", ""] {
        let refused = answer(&world, token, "acknowledge").await.refuses(410, "answer-over");
        sentences.push(refused["detail"].clone());
    }
    sentences.dedup();
    assert_eq!(sentences.len(), 1, "nothing tells which of them it is: {sentences:?}");
    assert!(asked.try_recv().is_err(), "nothing more was asked");
    let kept = world.db.all("SELECT id FROM answer", Vec::new()).await.expect("rows");
    assert!(kept.iter().all(|row| row.text("id").expect("a hash") != token), "only a hash is kept");
}

#[tokio::test]
async fn a_residents_answer_is_the_residents_alone() {
    let mut world = told().await;
    let mut asked = world.hears(jikimi::domain::Answer::Done);
    world.sql("UPDATE outbox SET role = 'resident'").await;
    let token = offer(&world, 24).await;
    answer(&world, &token, "acknowledge").await.refuses(422, "bad-body");
    assert_eq!(answer(&world, &token, "help").await.status, 200);
    let action = asked.try_recv().expect("asked");
    let help = matches!(action, Action::ResidentAnswered { said: Said::Help, .. });
    assert!(help, "{action:?}");
    world.sql("UPDATE outbox SET role = 'emergency-contact'").await;
    let token = offer(&world, 24).await;
    for said in ["acknowledge", "fine", "help"] {
        answer(&world, &token, said).await.refuses(422, "bad-body");
    }
}

#[tokio::test]
async fn a_call_that_is_forged_old_or_replayed_is_refused() {
    let world = told().await;
    let body = r#"{"id":"M1","code":"3000"}"#;
    let now = wall_now().as_second();
    let well = signed(now, body, SECRET);
    for (way, body, signature) in [
        ("sms", body, String::new()),
        ("sms", body, signed(now, body, "another secret")),
        ("sms", body, signed(now - 301, body, SECRET)),
        ("sms", body, signed(now + 400, body, SECRET)),
        ("sms", r#"{"id":"M1","code":"4000"}"#, well.clone()),
        ("mail", body, well.clone()),
    ] {
        call(&world, way, body, &signature).await.refuses(401, "bad-signature");
    }
    assert_eq!(deliveries(&world).await, [("sms".into(), "sent".into())]);
    assert_eq!(call(&world, "sms", body, &well).await.json(), json!({"taken": 1}));
    call(&world, "sms", body, &well).await.refuses(409, "replayed");
    let upper = well.replace(&well[well.len() - 64..], &well[well.len() - 64..].to_uppercase());
    call(&world, "sms", body, &upper).await.refuses(409, "replayed");
    let large = "x".repeat(70_000);
    call(&world, "sms", &large, &signed(now, &large, SECRET)).await.refuses(413, "body-too-large");
    call(&world, "sms", "{", &signed(now, "{", SECRET)).await.refuses(400, "bad-json");
}

#[tokio::test]
async fn what_a_carrier_reports_is_shown_and_a_failure_goes_the_next_way() {
    let world = told().await;
    assert_eq!(says(&world, &json!({"id": "M9", "code": "3000"})).await.status, 200);
    assert_eq!(says(&world, &json!({"id": "M1", "code": "2000"})).await.json()["taken"], 0);
    assert_eq!(deliveries(&world).await, [("sms".into(), "sent".into())]);
    says(&world, &json!({"id": "M1", "code": "4000"})).await;
    assert_eq!(deliveries(&world).await, [("sms".into(), "delivered".into())]);
    says(&world, &json!({"id": "M1", "code": "3000"})).await;
    let after = deliveries(&world).await;
    assert_eq!(after, [("sms".into(), "delivered".into())], "it has arrived, whatever comes later");

    let world = told().await;
    says(&world, &json!({"id": "M1", "code": 3000})).await;
    let both = [("sms".into(), "failed".into()), ("mail".into(), "due".into())];
    assert_eq!(deliveries(&world).await, both);

    // Somebody has it by now: nothing more is sent.
    let world = told().await;
    world.sql("UPDATE outbox SET settled = 1").await;
    says(&world, &json!({"id": "M1", "code": "3000"})).await;
    assert_eq!(deliveries(&world).await, [("sms".into(), "failed".into())]);
}

#[tokio::test]
async fn what_has_reached_nobody_is_counted_what_waits_too_long_among_it() {
    let world = World::new().await;
    world.incident("fire", "main", 7).await;
    let count = async || world.read("/api/v1/sites/center/deliveries").await["undelivered"].clone();
    assert_eq!(count().await, 1, "nobody has been handed it since");
    let now = wall_now().as_microsecond();
    world.insert("UPDATE outbox SET queued_at = $1", vec![now.into()]).await;
    assert_eq!(count().await, 0);
    world.sql("UPDATE outbox SET status = 'handed'").await;
    world
        .sql(
            "INSERT INTO undelivered (notice, at, because, told) \
             VALUES ('center/fire/main/1/opened/operator', 1, 'sms: refused', 1)",
        )
        .await;
    assert_eq!(count().await, 1);
    world.sql("UPDATE undelivered SET arrived = 1").await;
    assert_eq!(count().await, 0);
    world.sql("UPDATE undelivered SET arrived = 0").await;
    world.sql("UPDATE incident SET state = 'resolved', outcome = 'real'").await;
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn the_roster_says_who_would_be_told_now_and_no_address() {
    let world = told().await;
    let roster = world.get("/api/v1/sites/center/roster").await;
    let roles = roster.json()["roles"].clone();
    let of = |role: &str| {
        roles.as_array().expect("a list").iter().find(|of| of["role"] == role).cloned().unwrap()
    };
    assert_eq!(of("operator")["on"][0]["person"], "kim");
    assert_eq!(of("operator")["reached"], true);
    assert_eq!((&of("worker-1")["reached"], &of("worker-1")["on"]), (&json!(false), &json!([])));
}
