//! Which of what waits is taken first.

use bytes::Bytes;
use jikimi::clock::Clock;
use jikimi::config;
use jikimi::domain::time::Timestamp;
use jikimi::ingest::{Ack, Arrival, Delivery, Link, Noticed};
use jikimi::run::{Setup, Shell, Source};
use jikimi::store::{Row, Store};
use tokio::sync::watch;

use crate::lab::{files, on_both_engines, rows};
use crate::service::{Engine, Home, Via, free_port, until};

fn arrival(topic: &str, payload: String, second: i64) -> Arrival {
    let received_at = Timestamp::from_second(1_780_000_000 + second).unwrap();
    let (topic, payload) = (topic.to_owned(), Bytes::from(payload));
    Arrival::Message(Delivery::new(topic, payload, received_at, (false, false), Ack::None))
}

/// Runs a shell over what waits, until `rows` says it is done; the rows of that query.
async fn taken(
    engine: &Engine,
    bulk: Vec<Arrival>,
    alarm: Arrival,
    sql: &str,
    count: usize,
) -> Vec<Row> {
    let home = Home::on(engine, &files(), Via::Embedded(free_port()));
    let loaded = config::load(&home.path("config")).unwrap();
    let store = Store::open(&home.database()).await.unwrap();
    let (stop, stopping) = watch::channel(false);
    let setup = Setup {
        clock: Clock::wall(),
        store: store.clone(),
        configurations: loaded.configurations,
        source: Source::Embedded,
        stop: stopping,
        recorder: None,
    };
    let (shell, queues, _running) = Shell::start(setup).await.unwrap();
    let at = Timestamp::from_second(1_780_000_000).unwrap();
    let noticed = Noticed { at, seen: at };
    for session in [&queues.alarm, &queues.bulk] {
        session.send(Arrival::Link(Link::Regained, noticed)).await.unwrap();
    }
    for arrival in bulk {
        queues.bulk.send(arrival).await.unwrap();
    }
    queues.alarm.send(alarm).await.unwrap();
    let running = tokio::spawn(shell.run());
    until("everything is stored", || async {
        let stored = "SELECT 1 AS n FROM input WHERE kind IN ('reading', 'alarm')";
        (rows(&home.database(), stored).await.len() == count).then_some(())
    })
    .await;
    stop.send_replace(true);
    running.await.unwrap();
    let found = rows(&home.database(), sql).await;
    store.close().await;
    found
}

const WAITING: i64 = 1000;

fn temperature(device: &str, n: i64, celsius: f64, second: i64) -> Arrival {
    let payload = format!(r#"{{"id":"{n}","readings":{{"temperature":{celsius}}}}}"#);
    arrival(&format!("jikimi/v1/lab/{device}/reading"), payload, second)
}

fn call_point(pressed: bool, second: i64) -> Arrival {
    let payload = format!(r#"{{"id":"called","readings":{{"call_point":{pressed}}}}}"#);
    arrival("jikimi/v1/lab/call-1/alarm", payload, second)
}

on_both_engines!(
    an_alarm_is_stepped_before_every_reading_that_waits,
    an_alarm_that_overtakes_ends_no_hold_before_what_would_have_ended_it,
);

async fn an_alarm_is_stepped_before_every_reading_that_waits(engine: Engine) {
    let bulk = (0..WAITING).map(|n| temperature("heat-1", n, 20.0, 0)).collect();
    let sql = "SELECT kind FROM input WHERE kind IN ('reading', 'alarm') ORDER BY position";
    let kinds = Box::pin(taken(&engine, bulk, call_point(true, 60), sql, 1001)).await;
    assert_eq!(kinds[0].text("kind").unwrap(), "alarm");
}

async fn an_alarm_that_overtakes_ends_no_hold_before_what_would_have_ended_it(engine: Engine) {
    // Hot, much else, and cool again a second later: no hold of 4 s is fulfilled.
    let mut bulk = vec![temperature("heat-1", -1, 80.0, 0)];
    bulk.extend((0..WAITING).map(|n| temperature("heat-2", n, 20.0, 0)));
    bulk.push(temperature("heat-1", -2, 20.0, 1));
    let sql = "SELECT kind FROM incident WHERE kind = 'fire'";
    let fires = Box::pin(taken(&engine, bulk, call_point(false, 60), sql, 1003)).await;
    assert!(fires.is_empty(), "a fire that never was");
}
