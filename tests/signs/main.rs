//! What signs are told and answer over MQTT, while a fire fills a stair with smoke.
//!
//! The signs are ours and answer late, or not at all, as a seed will have it. What went over the
//! wire is written down, and judged by whoever knows the site's file and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../evacuate/blocks.rs"]
mod blocks;
mod building;
mod judge;
mod large;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
#[path = "../support/service.rs"]
mod service;
mod story;
mod walls;

use std::collections::BTreeMap;

use mosquitto::Mosquitto;
use service::{Home, Service, Via, free_port, until};
use story::SPEED;
use walls::{Event, Walls};

/// Printed, and settable to repeat a run.
fn seed() -> u64 {
    std::env::var("JIKIMI_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(7)
}

fn clock() -> String {
    format!("2026-11-24T14:00:00+09:00@{SPEED}")
}

/// What every sign shows by itself, as the service says before anything has happened.
async fn at_rest(service: &Service) -> BTreeMap<String, String> {
    let evacuation = service.get("/api/v1/sites/center/evacuation").await;
    assert_eq!(evacuation["guiding"], false);
    let signs = evacuation["signs"].as_array().expect("signs").clone();
    let text = |of: &serde_json::Value, key: &str| of[key].as_str().expect(key).to_owned();
    signs.iter().map(|sign| (text(sign, "sign"), text(sign, "show"))).collect()
}

/// The story told through this broker, and what went over the wire meanwhile.
async fn told_through(service: &Service, port: u16) -> judge::Judged {
    let rest = at_rest(service).await;
    let walls = Walls::hung(port, seed()).await;
    story::play(port).await;
    judge::judge(&rest, &walls.taken_down().await)
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_at_mosquitto_change_in_stages_and_never_lead_round() {
    let broker = Mosquitto::start();
    let home = Home::new(&story::files(), Via::Broker(broker.port()));
    let service = Service::up(&home, Some(&clock())).await;
    let capture = walls::Capture::of(broker.port()).await;
    let rest = at_rest(&service).await;
    told_through(&service, broker.port()).await.holds("seen by the signs", seed());
    // In the broker's own order, orders and answers, by someone who takes no part.
    judge::judge(&rest, &capture.ended().await).holds("seen from outside", seed());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_at_the_embedded_broker_change_in_stages_and_never_lead_round() {
    let port = free_port();
    let home = Home::new(&story::files(), Via::Embedded(port));
    let service = Service::up(&home, Some(&clock())).await;
    told_through(&service, port).await.holds("seen by the signs", seed());

    // A start says again what stands, to whoever comes.
    service.stop().await;
    let service = Service::up(&home, Some(&clock())).await;
    let before = service.get("/api/v1/sites/center/evacuation").await;
    let mut late = Walls::hung(port, seed()).await;
    let signs = before["signs"].as_array().unwrap();
    for sign in signs.iter().filter(|sign| !sign["epoch"].is_null()) {
        let name = sign["sign"].as_str().unwrap();
        let heard = late.hears(name).await;
        let Event::Told { epoch, .. } = &heard else { panic!("{heard:?}") };
        assert!(Some(*epoch) >= sign["epoch"].as_u64(), "{name}: {heard:?}");
    }
    drop(late);

    // A sign nobody knows is a dead letter.
    story::say(port, "jikimi/v1/center/sign/nowhere/shown", r#"{"epoch":1,"show":"left"}"#).await;
    until("it is put aside", || async {
        let letters = service.try_get("/api/v1/dead-letters").await.ok()?;
        let letters = letters["dead_letters"].as_array()?.clone();
        letters.iter().any(|letter| letter["reason"] == "unknown-sign").then_some(())
    })
    .await;
    service.stop().await;
}
