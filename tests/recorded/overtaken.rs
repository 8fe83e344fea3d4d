//! What overtook a backlog replays as it was taken, whatever was due between the two.

use bytes::Bytes;
use jikimi::clock::{Clock, wall_now};
use jikimi::config;
use jikimi::domain::time::Timestamp;
use jikimi::ingest::{Ack, Arrival, Delivery, Link, Noticed};
use jikimi::record::{Homes, Recorder};
use jikimi::run::{Setup, Shell, Source};
use jikimi::store::Store;
use tokio::sync::watch;

use crate::days::{happened, replayed};
use crate::lab::{count, files};
use crate::service::{Home, Via, free_port, until};

/// Alarms and readings that wait, of which the queues hold no more.
const ALARMS: u32 = 1_000;
const READINGS: u32 = 900;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).expect("a moment")
}

fn arrival(topic: &str, id: u32, said: &str, second: i64) -> Arrival {
    let payload = Bytes::from(format!(r#"{{"id":"{id}","readings":{{{said}}}}}"#));
    let topic = format!("jikimi/v1/lab/{topic}");
    Arrival::Message(Delivery::new(topic, payload, at(second), (false, false), Ack::None))
}

/// Hot, much else, and cool again a second later: what was hot waits for four seconds, and is
/// overtaken by what is a minute younger.
fn readings() -> Vec<Arrival> {
    let mut all = vec![arrival("heat-1/reading", 0, r#""temperature":80"#, 0)];
    all.extend((0..READINGS).map(|n| arrival("heat-2/reading", n, r#""temperature":20"#, 0)));
    all.push(arrival("heat-1/reading", 1, r#""temperature":20"#, 1));
    all
}

/// More than two batches, so that some overtake when it is known that it is hot. The last is one.
fn alarms() -> Vec<Arrival> {
    let said = |n| match n < ALARMS {
        true => r#""call_point":false"#,
        false => r#""call_point":true"#,
    };
    (1..=ALARMS).map(|n| arrival("call-1/alarm", n, said(n), 60)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn alarms_that_overtook_a_backlog_replay_to_what_happened() {
    let home = Home::new(&files(), Via::Embedded(free_port()));
    let loaded = config::load(&home.path("config")).expect("a configuration");
    let store = Store::open(&home.database()).await.expect("a database");
    let configurations = loaded.configurations;
    let recorder = Recorder::start(
        home.path("recorded"),
        Homes::All,
        configurations.clone(),
        30,
        std::sync::Arc::default(),
    );
    let (stop, stopping) = watch::channel(false);
    let setup = Setup {
        // So fast that nothing has waited for long.
        clock: Clock::scaled(at(61), wall_now(), 100_000.0),
        store: store.clone(),
        configurations,
        source: Source::Embedded,
        stop: stopping,
        recorder: Some(recorder.expect("a folder")),
    };
    let (shell, queues, _running) = Shell::start(setup).await.expect("it starts");
    let noticed = Noticed { at: at(0), seen: at(0) };
    for (session, arrivals) in [(&queues.alarm, alarms()), (&queues.bulk, readings())] {
        session.send(Arrival::Link(Link::Regained, noticed)).await.expect("room");
        for arrival in arrivals {
            session.send(arrival).await.expect("room");
        }
    }
    let running = tokio::spawn(shell.run());
    let stored = "SELECT count(*) AS n FROM input WHERE kind IN ('reading', 'alarm')";
    let all = i64::from(ALARMS + READINGS + 2);
    until("everything is stored", || async {
        (count(&home.database(), stored).await == all).then_some(())
    })
    .await;
    stop.send_replace(true);
    running.await.expect("it stops");
    store.close().await;
    let happened = happened(&home).await;
    assert_eq!(happened, replayed(&home));
    let rules: Vec<&str> = happened.iter().filter_map(|fact| fact.split(' ').nth(1)).collect();
    assert!(rules.contains(&"call-point") && !rules.contains(&"heat"), "{happened:#?}");
}
