//! Killed again and again, it has afterwards what it would have had: each once.

use std::collections::BTreeMap;
use std::time::Duration;

use jikimi_sim::generate::{self, Generated};
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, Summary};
use jikimi_sim::recording::{Line, RecordingError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::facts::Facts;
use crate::mosquitto::Mosquitto;
use crate::postgres::Postgres;
use crate::service::{Engine, Home, Service, Via, free_port, until};

const SITES: usize = 3;
const INCIDENTS: usize = 120;
const KILLS_MIN: u32 = 60;
const KILLS_MIN_PER_POINT: u32 = 5;
const POINTS: [&str; 5] = ["received", "stepped", "in-transaction", "committed", "acknowledged"];
/// How fast the storm of four minutes is played.
const SPEED: u32 = 3;

/// Printed, and settable to repeat a run.
fn seed() -> u64 {
    std::env::var("JIKIMI_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_124)
}

pub fn clock(storm: &Generated, speed: u32) -> String {
    format!("{}@{speed}", storm.lines[0].received_at)
}

/// Plays the storm to a broker on this port, to its end.
pub fn player(storm: &Generated, port: u16) -> tokio::task::JoinHandle<Summary> {
    let lines: Vec<Result<Line, RecordingError>> = storm.lines.iter().cloned().map(Ok).collect();
    let broker: Broker = format!("mqtt://127.0.0.1:{port}").parse().expect("a broker");
    let mut options = Options::new(broker);
    options.keep_times = true;
    tokio::spawn(async move { play::play(options, lines).await.expect("played") })
}

/// Every second building's fire is acknowledged, whenever it is open and whoever is alive.
fn is_for_acknowledging(id: &str) -> bool {
    id.contains("/fire/") && id.bytes().map(u32::from).sum::<u32>().is_multiple_of(2)
}

/// Acknowledges what is open and ours; false if the service died meanwhile.
async fn acknowledge(service: &Service, given: &mut BTreeMap<String, bool>) -> bool {
    for id in ids(service, "open").await {
        if !is_for_acknowledging(&id) {
            continue;
        }
        assert!(given.get(&id) != Some(&true), "{id} was acknowledged and is open again");
        let path = format!("/api/v1/incidents/{id}/acknowledge");
        match service.post(&path, &format!("ack-{id}"), None).await {
            Ok((200, _)) => given.insert(id, true),
            Ok((status, body)) => panic!("{path}: {status} {body}"),
            // Nobody knows whether it happened; the same key is tried again.
            Err(_) => return false,
        };
    }
    true
}

/// Ids of incidents in this state; none if the service has gone.
async fn ids(service: &Service, state: &str) -> Vec<String> {
    let path = format!("/api/v1/incidents?state={state}&kind=fire&limit=200");
    let page = service.try_get(&path).await.unwrap_or_default();
    let items = page["incidents"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
}

/// The storm without a kill: what has to be there afterwards.
async fn undisturbed(storm: &Generated) -> Facts {
    let broker = Mosquitto::start();
    let home = Home::new(&storm.files, Via::Broker(broker.port()));
    let service = Service::up(&home, Some(&clock(storm, 8))).await;
    let played = player(storm, broker.port()).await.expect("played");
    assert!(played.acknowledged >= storm.lines.len() as u64);
    settled(&service, storm).await;
    let mut given = BTreeMap::new();
    assert!(acknowledge(&service, &mut given).await);
    assert!(given.len() > 20, "{} acknowledgements", given.len());
    service.stop().await;
    Facts::of(&home.database()).await
}

/// Waits until everything played is stored and no fire stands any more.
pub async fn settled(service: &Service, storm: &Generated) {
    let fires = storm.truth.iter().filter(|truth| truth.kind == "fire").count();
    until("all fires are out", || async {
        let page = service.try_get("/api/v1/incidents?kind=fire&limit=200").await.ok()?;
        let items = page["incidents"].as_array()?;
        let out = items.iter().filter(|item| item["stands"] == false).count();
        (items.len() >= fires && out == items.len()).then_some(())
    })
    .await;
}

/// Kills it at named points and at random instants until the storm has been played.
async fn disturbed(storm: &Generated, engine: &Engine, via: Via, port: u16) -> Facts {
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let home = Home::on(engine, &storm.files, via);
    let clock = clock(storm, SPEED);
    let mut kills: BTreeMap<&str, u32> = BTreeMap::new();
    let mut given = BTreeMap::new();
    let mut playing = None;
    let mut turn = 0;
    while playing.as_ref().is_none_or(|p: &tokio::task::JoinHandle<_>| !p.is_finished()) {
        turn += 1;
        let point = POINTS[turn % POINTS.len()];
        let named = turn.is_multiple_of(2);
        let plan = format!("{point}:{}", random.random_range(1..4));
        let started = Service::start(&home, Some(&clock), named.then_some(plan.as_str())).await;
        let Some(mut service) = started else {
            *kills.entry(point).or_default() += 1;
            continue;
        };
        // With the embedded broker nothing can be played before it first listens.
        playing.get_or_insert_with(|| player(storm, port));
        acknowledge(&service, &mut given).await;
        let alive = Duration::from_millis(random.random_range(50..1200));
        if service.dies_within(if named { Duration::from_secs(4) } else { alive }).await {
            *kills.entry(if named { point } else { "by itself" }).or_default() += 1;
        } else {
            service.kill().await;
            *kills.entry("random").or_default() += 1;
        }
    }
    let summary = playing.expect("it was played").await.expect("played");
    println!("seed {}, {engine:?}, {via:?}: kills {kills:?}, {summary:?}", seed());
    assert_eq!(kills.get("by itself"), None, "it died of something else");
    assert!(kills.values().sum::<u32>() >= KILLS_MIN, "{kills:?}");
    for point in POINTS {
        assert!(kills.get(point).copied().unwrap_or(0) >= KILLS_MIN_PER_POINT, "{kills:?}");
    }
    let service = Service::up(&home, Some(&clock)).await;
    settled(&service, storm).await;
    acknowledge(&service, &mut given).await;
    let still = ids(&service, "acknowledged").await;
    for id in given.keys() {
        assert!(still.contains(id), "the acknowledgement of {id} is gone");
    }
    service.stop().await;
    Facts::of(&home.database()).await
}

/// What is expected is what SQLite has after a run without a kill, on whichever engine the killed
/// one runs.
async fn nothing_is_lost_and_nothing_decided_twice(engine: Engine) {
    let storm = generate::storm(seed(), SITES, INCIDENTS);
    let expected = undisturbed(&storm).await;
    println!(
        "{} messages, {} pieces of evidence, {} transitions, {} notices",
        expected.messages.len(),
        expected.evidence.len(),
        expected.transitions.len(),
        expected.notices.len()
    );
    assert!(expected.messages.values().all(|count| *count == 1));

    let broker = Mosquitto::start();
    let found = disturbed(&storm, &engine, Via::Broker(broker.port()), broker.port()).await;
    let differences = expected.differences(&found);
    assert!(differences.is_empty(), "over Mosquitto: {differences:#?}");

    // Once is enough for the embedded broker: what it waits for is the same commit.
    if matches!(engine, Engine::Sqlite) {
        let port = free_port();
        let found = disturbed(&storm, &engine, Via::Embedded(port), port).await;
        let differences = expected.differences(&found);
        assert!(differences.is_empty(), "over the embedded broker: {differences:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_decided_twice_whenever_it_is_killed() {
    nothing_is_lost_and_nothing_decided_twice(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_in_postgresql_either_whenever_it_is_killed() {
    let url = Postgres::shared().database();
    nothing_is_lost_and_nothing_decided_twice(Engine::Postgres(url)).await;
}
