//! Messages on their way in, through a real Mosquitto and through the embedded broker.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod at_mosquitto;
mod corpus;
#[path = "../support/device.rs"]
mod device;
#[cfg(feature = "embedded-broker")]
mod embedded;
mod examples;
mod fuzz;
mod gateways;
mod gateways_at_brokers;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
mod town;

use std::sync::Arc;

use device::{Device, soon};
use jikimi::clock::Clock;
use jikimi::domain::Message;
use jikimi::ingest::mqtt::{Client, Publisher, connect};
use jikimi::ingest::{Arrival, Delivery, Heard, Link, Queues};
use mosquitto::Mosquitto;
use rumqttc::{Packet, QoS};
use tokio::sync::mpsc;

const READING: &str = "jikimi/v1/usan/h0101-pir/reading";
const ALARM: &str = "jikimi/v1/usan/h0101-sos/alarm";
const STATUS: &str = "jikimi/v1/usan/h0101-pir/status";
const SHOWN: &str = "jikimi/v1/center/sign/sign-3f-west/shown";

/// The run loop's end of the queues.
struct Ends {
    alarm: mpsc::Receiver<Arrival>,
    bulk: mpsc::Receiver<Arrival>,
}

fn queues(room: usize) -> (Queues, Ends) {
    let (alarm, alarm_end) = mpsc::channel(room);
    let (bulk, bulk_end) = mpsc::channel(room);
    let directory = Arc::default();
    (Queues { alarm, bulk, directory }, Ends { alarm: alarm_end, bulk: bulk_end })
}

/// The same, for who hears gateways too.
fn hearing(room: usize) -> (Queues, Ends) {
    let (queues, ends) = queues(room);
    (Queues { directory: town::directory(), ..queues }, ends)
}

fn watch(broker: &Mosquitto, queues: Queues) -> Client {
    connect(&broker.url(), "test", queues, || Clock::wall().now()).unwrap()
}

async fn arrival(end: &mut mpsc::Receiver<Arrival>) -> Arrival {
    loop {
        match soon(end.recv()).await.expect("the session lives") {
            // Said every second while all is well.
            Arrival::Link(Link::Abreast, _) => {}
            arrival => return arrival,
        }
    }
}

#[track_caller]
fn delivery(arrival: Arrival) -> Delivery {
    match arrival {
        Arrival::Message(delivery) => delivery,
        Arrival::Link(link, _) => panic!("{link:?} where a message was due"),
    }
}

#[track_caller]
fn link(arrival: Arrival) -> Link {
    match arrival {
        Arrival::Link(link, _) => link,
        Arrival::Message(delivery) => panic!("a message where a link was due: {delivery:?}"),
    }
}

async fn links(end: &mut mpsc::Receiver<Arrival>, expected: &[Link]) {
    for expected in expected {
        assert_eq!(link(arrival(end).await), *expected);
    }
}

const CONNECTED: [Link; 2] = [Link::Regained, Link::CaughtUp];
const RECONNECTED: [Link; 3] = [Link::Lost, Link::Regained, Link::CaughtUp];

fn reading(id: &str) -> String {
    format!(r#"{{"id":"{id}","readings":{{"temperature":23.4}}}}"#)
}

fn message(delivery: &Delivery) -> &Message {
    match delivery.heard.as_ref().expect("it decodes") {
        Heard::Message(decoded) => &decoded.message,
        other => panic!("{other:?}"),
    }
}

/// The id that a reading of [`reading`] carries.
fn id(delivery: &Delivery) -> String {
    match &message(delivery).key {
        jikimi::domain::MessageKey::Id(id) => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn code(delivery: &Delivery) -> &'static str {
    delivery.heard.as_ref().expect_err("it is refused").reason.code()
}

/// Publishes and waits until the broker has it all.
async fn publish(port: u16, messages: &[(&str, String)]) {
    let mut device = Device::new("sender", port);
    for (topic, payload) in messages {
        device.publish(topic, payload.as_str());
    }
    device.acknowledged(messages.len()).await;
}

fn readings(ids: &[&str]) -> Vec<(&'static str, String)> {
    ids.iter().map(|id| (READING, reading(id))).collect()
}
