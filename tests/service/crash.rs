//! Killed again and again, it has afterwards what it would have had: each once.
//!
//! A short form of it runs with the tests. `make crash` kills more than two hundred times on each
//! engine, with whatever seed it is given.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jikimi_sim::generate::{self, Generated};
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, Summary};
use jikimi_sim::recording::{Content, Line, RecordingError};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use crate::facts::Facts;
use crate::lab::{count, rows};
use crate::mosquitto::Mosquitto;
use crate::postgres::Postgres;
use crate::receiver::Receiver;
use crate::service::{Engine, Home, Service, Via, free_port, until};

const SITES: usize = 3;
const INCIDENTS: usize = 120;
/// Somebody who is told.
const TOLD: &str = "control-room";
/// A notice is rarer than a batch, so its point comes twice.
const POINTS: [&str; 7] =
    ["received", "stepped", "sent", "in-transaction", "committed", "acknowledged", "sent"];

/// How long and how hard.
struct Form {
    /// How fast the storm of four minutes is played.
    speed: f64,
    kills_min: u32,
    kills_min_per_point: u32,
}

const SHORT: Form = Form { speed: 3.0, kills_min: 30, kills_min_per_point: 2 };
const LONG: Form = Form { speed: 0.35, kills_min: 200, kills_min_per_point: 10 };

fn form() -> &'static Form {
    if is_long() { &LONG } else { &SHORT }
}

/// Whether there is time for more than the tests have.
pub fn is_long() -> bool {
    std::env::var_os("JIKIMI_CRASH_LONG").is_some()
}

/// Printed, and settable to repeat a run.
fn seed() -> u64 {
    std::env::var("JIKIMI_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_124)
}

pub fn clock(storm: &Generated, speed: f64) -> String {
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
    let service = Service::up(&home, Some(&clock(storm, 8.0))).await;
    let played = player(storm, broker.port()).await.expect("played");
    assert!(played.acknowledged >= storm.lines.len() as u64);
    settled(&service, &home, storm).await;
    let mut given = BTreeMap::new();
    assert!(acknowledge(&service, &mut given).await);
    assert!(given.len() > 20, "{} acknowledgements", given.len());
    service.stop().await;
    Facts::of(&home.database()).await
}

/// Waits until everything played is stored and no fire stands any more.
pub async fn settled(service: &Service, home: &Home, storm: &Generated) {
    // What is in the middle of its way when it stops is still the broker's, and would come later.
    let messages = different(storm);
    until("every message is stored", || async {
        let stored = "SELECT count(*) AS n FROM input WHERE kind IN ('reading', 'alarm')";
        (count(&home.database(), stored).await.unsigned_abs() >= messages).then_some(())
    })
    .await;
    let fires = storm.truth.iter().filter(|truth| truth.kind == "fire").count();
    until("all fires are out", || async {
        let page = service.try_get("/api/v1/incidents?kind=fire&limit=200").await.ok()?;
        let items = page["incidents"].as_array()?;
        let out = items.iter().filter(|item| item["stands"] == false).count();
        (items.len() >= fires && out == items.len()).then_some(())
    })
    .await;
}

/// How many different messages a storm has; some come twice.
fn different(storm: &Generated) -> u64 {
    let payloads = storm.lines.iter().filter_map(|line| match &line.content {
        Content::Message { payload, .. } => Some(payload),
        Content::Input(_) => None,
    });
    payloads.collect::<BTreeSet<_>>().len() as u64
}

/// Kills it at named points and at random instants until the storm has been played.
async fn disturbed(storm: &Generated, engine: &Engine, via: Via, port: u16) -> Facts {
    let mut random = ChaCha8Rng::seed_from_u64(seed());
    let home = Home::on(engine, &storm.files, via);
    let receiver = Receiver::start(&[]).await;
    let told = format!(
        "[[webhook]]\nid = \"{TOLD}\"\nroles = [\"operator\"]\nurl = \"{}\"\n",
        receiver.url()
    );
    home.write(Path::new("config/notify.toml"), &told);
    let clock = clock(storm, form().speed);
    let mut kills: BTreeMap<&str, u32> = BTreeMap::new();
    let mut given = BTreeMap::new();
    let mut playing = None;
    let mut turn = 0;
    while playing.as_ref().is_none_or(|p: &tokio::task::JoinHandle<_>| !p.is_finished()) {
        turn += 1;
        let point = POINTS[turn / 2 % POINTS.len()];
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
    assert!(kills.values().sum::<u32>() >= form().kills_min, "{engine:?}: {kills:?}");
    for point in POINTS {
        let times = kills.get(point).copied().unwrap_or(0);
        assert!(times >= form().kills_min_per_point, "{engine:?}: {kills:?}");
    }
    let service = Service::up(&home, Some(&clock)).await;
    settled(&service, &home, storm).await;
    acknowledge(&service, &mut given).await;
    let still = ids(&service, "acknowledged").await;
    for id in given.keys() {
        assert!(still.contains(id), "the acknowledgement of {id} is gone");
    }
    until("everybody has been told", || async {
        let due = "SELECT count(*) AS n FROM delivery WHERE status = 'due'";
        let queued = "SELECT count(*) AS n FROM outbox WHERE status = 'queued'";
        let waits = count(&home.database(), due).await + count(&home.database(), queued).await;
        (waits == 0).then_some(())
    })
    .await;
    service.stop().await;
    told_each_once(&home, &receiver).await;
    Facts::of(&home.database()).await
}

/// Whatever is marked as sent has arrived, and nothing has arrived under a key of its own.
async fn told_each_once(home: &Home, receiver: &Receiver) {
    let arrived = receiver.received();
    let keys: BTreeSet<&str> = arrived.iter().map(|one| one.key.as_str()).collect();
    let deliveries = rows(&home.database(), "SELECT notice, status FROM delivery").await;
    let mut known = BTreeSet::new();
    for delivery in &deliveries {
        let key = format!("{}/{TOLD}", delivery.text("notice").expect("a key"));
        let sent = delivery.text("status").expect("a status") == "sent";
        assert!(!sent || keys.contains(key.as_str()), "{key} was never received");
        known.insert(key);
    }
    for key in &keys {
        assert!(known.contains(*key), "{key} is nobody's");
    }
    println!("{} notices received, {} keys, {} queued", arrived.len(), keys.len(), known.len());
    assert!(keys.len() > 40, "{} notices", keys.len());
}

/// What is expected is what SQLite has after a run without a kill. All engines are killed side by
/// side, each with a player of its own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_decided_twice_whenever_it_is_killed() {
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

    let (one, other, embedded) = (Mosquitto::start(), Mosquitto::start(), free_port());
    let postgres = Engine::Postgres(Postgres::shared().database());
    let (one_port, other_port) = (one.port(), other.port());
    let (on_sqlite, on_postgres, in_one_process) = tokio::join!(
        disturbed(&storm, &Engine::Sqlite, Via::Broker(one_port), one_port),
        disturbed(&storm, &postgres, Via::Broker(other_port), other_port),
        disturbed(&storm, &Engine::Sqlite, Via::Embedded(embedded), embedded),
    );
    for (name, found) in [
        ("SQLite over Mosquitto", on_sqlite),
        ("PostgreSQL over Mosquitto", on_postgres),
        ("SQLite over the embedded broker", in_one_process),
    ] {
        let differences = expected.differences(&found);
        assert!(differences.is_empty(), "{name}: {differences:#?}");
    }
}
