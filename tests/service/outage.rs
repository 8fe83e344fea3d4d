//! The database or the broker goes away under a running service and comes back.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use jikimi::clock::wall_now;
use jikimi::domain::{Input, Message, MessageKey};
use jikimi::store::input_of;
use jikimi_sim::generate::{self, Generated};
use jikimi_sim::recording::Line;
use tokio::sync::OnceCell;

use crate::crash::{clock, player, settled};
use crate::facts::Facts;
use crate::lab::{files, ids, line, rows, send};
use crate::mosquitto::Mosquitto;
use crate::postgres::Postgres;
use crate::proxy::{Proxy, Road};
use crate::service::{Engine, Home, Service, Via, until};

/// How fast the storm of four minutes is played.
const SPEED: f64 = 10.0;
/// What is logged when the database has not taken a batch.
const NOT_STORED: &str = "a batch is not stored";
const NO_ANSWER: &str = "the database did not answer in time";

async fn passes(seconds: i64) {
    let since = wall_now();
    until("time passes", || async {
        (wall_now().duration_since(since) >= SignedDuration::from_secs(seconds)).then_some(())
    })
    .await;
}

fn storm() -> Generated {
    generate::storm(7, 1, 12)
}

/// What is there when nothing goes away.
async fn undisturbed() -> &'static Facts {
    static FACTS: OnceCell<Facts> = OnceCell::const_new();
    FACTS.get_or_init(|| async { played(&Engine::Sqlite, async |_, _| {}).await.0 }).await
}

/// Plays a storm to a service, with something to happen once the first fires burn; what is there
/// afterwards, and what was logged.
async fn played(
    engine: &Engine,
    happens: impl AsyncFnOnce(&Service, &mut Mosquitto),
) -> (Facts, String) {
    let storm = storm();
    let mut broker = Mosquitto::start();
    let home = Home::on(engine, &storm.files, Via::Broker(broker.port()));
    let service = Service::up(&home, Some(&clock(&storm, SPEED))).await;
    let playing = player(&storm, broker.port());
    until("the first fires burn", || async {
        let page = service.try_get("/api/v1/incidents?state=open&kind=fire").await.ok()?;
        (ids(&page).len() >= 3).then_some(())
    })
    .await;
    happens(&service, &mut broker).await;
    let summary = playing.await.expect("played");
    assert_eq!(summary.acknowledged, summary.published);
    settled(&service, &home, &storm).await;
    let log = service.log();
    service.stop().await;
    (Facts::of(&home.database()).await, log)
}

/// Nothing differs from a run in which nothing went away.
async fn is_undisturbed(what: &str, (facts, log): &(Facts, String)) {
    let differences = undisturbed().await.differences(facts);
    assert!(differences.is_empty(), "{what}: {differences:#?}");
    assert!(!log.contains("put aside"), "{what}: what was not stored was nobody's fault:\n{log}");
}

/// Waits until the log says something more often than before.
async fn says_again(service: &Service, words: &str) {
    let before = service.log().matches(words).count();
    until(&format!("it says: {words}"), || async {
        // Whoever asks meanwhile and gives up takes nothing away from those who ask later.
        let _ = service.try_get("/readyz").await;
        (service.log().matches(words).count() > before).then_some(())
    })
    .await;
}

// ── the database ──

#[tokio::test(flavor = "multi_thread")]
async fn fires_while_postgresql_is_away_are_there_once_when_it_is_back() {
    let postgres = Postgres::start();
    let engine = Engine::Postgres(postgres.database());
    let found = played(&engine, async |_, _| {
        // Its machine crashes; and later somebody stops it for its update.
        postgres.kill();
        passes(3).await;
        postgres.restart();
        passes(2).await;
        postgres.stop();
        passes(2).await;
        postgres.restart();
    })
    .await;
    assert!(found.1.contains(NOT_STORED), "it was never away:\n{}", found.1);
    is_undisturbed("PostgreSQL was away", &found).await;
}

/// The storm with PostgreSQL behind a road.
async fn on_a_road(happens: impl AsyncFnOnce(&Service, &Proxy)) -> (Facts, String) {
    let postgres = Postgres::shared();
    let proxy = Proxy::before(postgres.port()).await;
    let engine = Engine::Postgres(postgres.url_at(proxy.port(), &postgres.create()));
    let since = tokio::time::Instant::now();
    let found = played(&engine, async |service, _| happens(service, &proxy).await).await;
    println!("{:.1} s on that road", since.elapsed().as_secs_f64());
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn fires_while_the_way_to_postgresql_is_bad_are_there_once() {
    let delayed = on_a_road(async |_, proxy| {
        proxy.set(Road::Delayed(std::time::Duration::from_millis(50)));
    });
    let cut = on_a_road(async |service, proxy| {
        for _ in 0..3 {
            proxy.set(Road::Cut);
            says_again(service, NOT_STORED).await;
            proxy.set(Road::Open);
            says_again(service, "a site is back").await;
        }
    });
    // What was on its way comes later, when there is another session already.
    let half_open = on_a_road(async |service, proxy| {
        proxy.set(Road::HalfOpen);
        says_again(service, NO_ANSWER).await;
        proxy.set(Road::Open);
    });
    // What was on its way never comes, and the old session goes on holding its lock.
    let forgotten = on_a_road(async |service, proxy| {
        proxy.forget();
        says_again(service, NO_ANSWER).await;
    });
    let all = tokio::join!(delayed, cut, half_open, forgotten);
    for (what, found) in
        [("delayed", all.0), ("cut", all.1), ("half-open", all.2), ("forgotten", all.3)]
    {
        let was_away = found.1.contains(NOT_STORED);
        assert_eq!(was_away, what != "delayed", "{what}:\n{}", found.1);
        is_undisturbed(what, &found).await;
    }
}

// ── the broker ──

#[tokio::test(flavor = "multi_thread")]
async fn fires_while_mosquitto_is_stopped_and_started_are_there_once() {
    let found = played(&Engine::Sqlite, async |service, broker| {
        for _ in 0..2 {
            broker.restart();
            says_again(service, CAUGHT_UP).await;
        }
    })
    .await;
    assert!(found.1.contains("the broker is gone"), "it was never away:\n{}", found.1);
    is_undisturbed("Mosquitto was stopped", &found).await;
}

const CAUGHT_UP: &str = "caught-up";

/// Messages of one device with these numbers.
fn numbered(numbers: std::ops::Range<u64>) -> Vec<Line> {
    numbers
        .map(|n| {
            let payload = format!(r#"{{"seq":{n},"readings":{{"temperature":20.5}}}}"#);
            line("jikimi/v1/lab/heat-1/reading", payload)
        })
        .collect()
}

/// Number → how often it is stored.
async fn stored(home: &Home) -> BTreeMap<u64, u32> {
    let sql = "SELECT kind, device, received_at, at, quality, body FROM input \
         WHERE kind = 'reading'";
    let mut times = BTreeMap::new();
    for row in rows(&home.database(), sql).await {
        match input_of(&row).expect("an input") {
            Input::Message(Message { key: MessageKey::Sequence { seq, .. }, .. }) => {
                *times.entry(seq).or_default() += 1;
            }
            other => panic!("no numbered message: {other:?}"),
        }
    }
    times
}

/// Waits until so many readings have been stored since it started.
async fn takes(service: &Service, count: u64) {
    until("they are stored", || async {
        let taken = service.counted("jikimi_inputs_total{kind=\"reading\"}").await;
        (taken >= count).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_mosquitto_forgets_is_counted_and_nothing_else_is_missing() {
    let mut broker = Mosquitto::start();
    let home = Home::new(&files(), Via::Broker(broker.port()));
    let service = Service::up(&home, None).await;
    send(broker.port(), numbered(0..1_000)).await;
    takes(&service, 1_000).await;

    service.freeze().await;
    send(broker.port(), numbered(1_000..4_000)).await;
    broker.kill();
    broker.restart();
    let caught_up = service.log().matches(CAUGHT_UP).count();
    service.thaw().await;
    until("it hears the broker again", || async {
        (service.log().matches(CAUGHT_UP).count() > caught_up).then_some(())
    })
    .await;
    service.stop().await;

    // The hole is seen by the next process, which knows the number before it from the database.
    let service = Service::up(&home, None).await;
    send(broker.port(), numbered(4_000..5_000)).await;
    takes(&service, 1_000).await;
    let gaps = service.counted("jikimi_sequence_gaps_total").await;
    let filled = service.counted("jikimi_sequence_gaps_filled_total").await;
    service.stop().await;

    let stored = stored(&home).await;
    assert!(stored.values().all(|times| *times == 1), "something is stored twice");
    let missing: Vec<u64> = (0..5_000).filter(|number| !stored.contains_key(number)).collect();
    let (first, last) = (missing.first().copied(), missing.last().copied());
    println!("Mosquitto forgot {} messages, from {first:?} to {last:?}", missing.len());
    assert!(first >= Some(1_000) && last == Some(3_999), "{first:?} to {last:?}");
    assert!(first.zip(last).is_some_and(|(f, l)| l - f + 1 == missing.len() as u64), "{missing:?}");
    assert_eq!(gaps - filled, missing.len() as u64);
}
