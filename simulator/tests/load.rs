//! The load against a broker that behaves, and one that does not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")]

#[expect(dead_code, reason = "the tests of the player look at more of it")]
mod flaky_broker;

use std::collections::BTreeMap;
use std::time::Duration;

use flaky_broker::{FlakyBroker, Manners};
use jikimi_sim::load::{LoadError, Options, Rate, run};

fn options(broker: &FlakyBroker) -> Options {
    Options {
        // The broker of these tests talks to one at a time.
        connections: 1,
        devices: 6,
        sites: 2,
        drain_within: Duration::ZERO,
        ..Options::new(format!("mqtt://{}", broker.address).parse().unwrap())
    }
}

#[tokio::test]
async fn every_message_that_was_counted_as_taken_has_arrived_once() {
    let broker = FlakyBroker::start(1, Manners::default()).await;
    let mut options = options(&broker);
    options.messages_max = Some(2_000);
    let report = run(options).await.unwrap();
    assert!(report.is_clean());
    assert_eq!((report.sent, report.acknowledged, report.not_sent), (2_000, 2_000, 0));
    assert!(report.p50_ms <= report.p99_ms && report.p99_ms <= report.max_ms);

    let received = broker.received().concat();
    assert_eq!(received.len(), 2_000);
    let mut next_seq: BTreeMap<String, u64> = BTreeMap::new();
    for message in received {
        let value: serde_json::Value = serde_json::from_str(&message.payload).unwrap();
        let next = next_seq.entry(message.topic).or_default();
        assert_eq!(value["seq"].as_u64(), Some(*next));
        *next += 1;
    }
    assert_eq!(next_seq.len(), 6);
}

#[tokio::test]
async fn a_rate_is_kept_and_what_it_asks_for_is_sent() {
    let broker = FlakyBroker::start(1, Manners::default()).await;
    let mut options = options(&broker);
    options.rate = Rate::PerSecond(4_000.0);
    options.duration = Duration::from_millis(250);
    options.in_flight_max = 10_000;
    options.drain_within = Duration::from_mins(1);
    let report = run(options).await.unwrap();
    assert_eq!(report.sent + report.not_sent, 1_000);
    assert_eq!(report.acknowledged, report.sent);
}

#[tokio::test]
async fn a_connection_that_is_lost_is_reported_with_what_was_on_it() {
    let broker =
        FlakyBroker::start(5, Manners { messages_per_connection: 50, ..Manners::default() }).await;
    let mut options = options(&broker);
    options.messages_max = Some(1_000);
    match run(options).await {
        Ok(report) => {
            assert!(!report.is_clean());
            assert_eq!(report.connections_lost, 1);
            assert_eq!(report.acknowledged + report.unacknowledged, report.sent);
        }
        // In its mood it may hang up before the login.
        Err(error) => assert!(matches!(error, LoadError::NotConnected { .. }), "{error}"),
    }
}

#[tokio::test]
async fn a_refusal_is_not_counted_as_taken() {
    let manners = Manners { refusal: Some(0x97), ..Manners::default() };
    let broker = FlakyBroker::start(1, manners).await;
    let mut options = options(&broker);
    options.messages_max = Some(10);
    let report = run(options).await.unwrap();
    assert_eq!((report.acknowledged, report.refused), (0, 10));
    assert!(!report.is_clean());
}

#[tokio::test]
async fn more_connections_than_devices_are_refused() {
    let broker = FlakyBroker::start(1, Manners::default()).await;
    let mut options = options(&broker);
    options.connections = 7;
    let error = run(options).await.unwrap_err().to_string();
    assert_eq!(
        error,
        "7 connections for 6 devices; expected at least one connection and a device for each"
    );
}
