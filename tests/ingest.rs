//! Messages on their way in, through a real Mosquitto and through the embedded broker.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod support {
    pub mod device;
    pub mod mosquitto;
}

use jikimi::clock::Clock;
use jikimi::ingest::mqtt::{Client, Publisher, connect};
use jikimi::ingest::{Arrival, Delivery, Link, Queues};
use rumqttc::{Packet, QoS};
use support::device::{Device, soon};
use support::mosquitto::Mosquitto;
use tokio::sync::mpsc;

const READING: &str = "jikimi/v1/usan/h0101-pir/reading";
const ALARM: &str = "jikimi/v1/usan/h0101-sos/alarm";

/// The run loop's end of the queues.
struct Ends {
    alarm: mpsc::Receiver<Arrival>,
    bulk: mpsc::Receiver<Arrival>,
}

fn queues(room: usize) -> (Queues, Ends) {
    let (alarm, alarm_end) = mpsc::channel(room);
    let (bulk, bulk_end) = mpsc::channel(room);
    (Queues { alarm, bulk }, Ends { alarm: alarm_end, bulk: bulk_end })
}

fn watch(broker: &Mosquitto, queues: Queues) -> Client {
    connect(&broker.url(), "test", queues, || Clock::wall().now()).unwrap()
}

async fn arrival(end: &mut mpsc::Receiver<Arrival>) -> Arrival {
    soon(end.recv()).await.expect("the session lives")
}

#[track_caller]
fn delivery(arrival: Arrival) -> Delivery {
    match arrival {
        Arrival::Message(delivery) => delivery,
        Arrival::Link(link) => panic!("{link:?} where a message was due"),
    }
}

#[track_caller]
fn link(arrival: Arrival) -> Link {
    match arrival {
        Arrival::Link(link) => link,
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

/// The id that a reading of [`reading`] carries.
fn id(delivery: &Delivery) -> String {
    match &delivery.decoded.as_ref().expect("it decodes").message.key {
        jikimi::domain::MessageKey::Id(id) => id.clone(),
        other => panic!("{other:?}"),
    }
}

fn code(delivery: &Delivery) -> &'static str {
    delivery.decoded.as_ref().expect_err("it is refused").reason.code()
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

mod at_mosquitto {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn what_is_acknowledged_does_not_come_again_and_the_rest_does() {
        let broker = Mosquitto::start();
        let (queues, mut ends) = queues(64);
        let client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        publish(broker.port(), &readings(&["m1", "m2", "m3", "m4"])).await;
        for expected in ["m1", "m2", "m3", "m4"] {
            let delivery = delivery(arrival(&mut ends.bulk).await);
            assert_eq!(id(&delivery), expected);
            if expected < "m3" {
                delivery.ack.give();
            }
        }
        client.close().await;
        publish(broker.port(), &readings(&["m5"])).await;

        let (queues, mut ends) = super::queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.bulk, &[Link::Regained]).await;
        for (expected, repeated) in [("m3", true), ("m4", true), ("m5", false)] {
            let delivery = delivery(arrival(&mut ends.bulk).await);
            assert_eq!(id(&delivery), expected);
            assert_eq!(delivery.decoded.unwrap().message.repeated, repeated);
        }
        links(&mut ends.bulk, &[Link::CaughtUp]).await;
    }

    #[tokio::test]
    async fn alarms_and_readings_come_apart() {
        let broker = Mosquitto::start();
        let (queues, mut ends) = queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.alarm, &CONNECTED).await;
        links(&mut ends.bulk, &CONNECTED).await;
        let sos = r#"{"readings":{"sos":true}}"#.to_owned();
        let online = "online".to_owned();
        let messages =
            [(READING, reading("r")), (ALARM, sos), ("jikimi/v1/usan/h0101-pir/status", online)];
        publish(broker.port(), &messages).await;
        let alarm = delivery(arrival(&mut ends.alarm).await);
        assert_eq!((alarm.topic.as_str(), alarm.decoded.is_ok()), (ALARM, true));
        assert_eq!(delivery(arrival(&mut ends.bulk).await).topic, READING);
        assert!(delivery(arrival(&mut ends.bulk).await).topic.ends_with("/status"));
        assert!(ends.alarm.try_recv().is_err() && ends.bulk.try_recv().is_err());
    }

    #[tokio::test]
    async fn a_broker_that_restarts_is_lost_regained_and_caught_up_with() {
        let mut broker = Mosquitto::start();
        let (queues, mut ends) = queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        links(&mut ends.alarm, &CONNECTED).await;
        broker.restart();
        links(&mut ends.bulk, &RECONNECTED).await;
        links(&mut ends.alarm, &RECONNECTED).await;
        publish(broker.port(), &readings(&["after"])).await;
        assert_eq!(id(&delivery(arrival(&mut ends.bulk).await)), "after");
    }

    #[tokio::test]
    async fn a_broker_that_forgot_everything_is_subscribed_to_again() {
        let mut broker = Mosquitto::start();
        let (queues, mut ends) = queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        broker.kill();
        links(&mut ends.bulk, &[Link::Lost]).await;
        broker.restart();
        links(&mut ends.bulk, &CONNECTED).await;
        publish(broker.port(), &readings(&["after"])).await;
        assert_eq!(id(&delivery(arrival(&mut ends.bulk).await)), "after");
    }

    #[tokio::test]
    async fn a_broker_that_is_away_at_the_start_is_lost_once() {
        let mut broker = Mosquitto::start();
        broker.stop();
        let (queues, mut ends) = queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.bulk, &[Link::Lost]).await;
        broker.restart();
        links(&mut ends.bulk, &CONNECTED).await;
    }

    #[tokio::test]
    async fn an_acknowledgement_of_a_lost_connection_acknowledges_nothing() {
        let mut broker = Mosquitto::start();
        let (queues, mut ends) = queues(64);
        let client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        publish(broker.port(), &readings(&["m1"])).await;
        let first = delivery(arrival(&mut ends.bulk).await);
        broker.restart();
        links(&mut ends.bulk, &[Link::Lost, Link::Regained]).await;
        let second = delivery(arrival(&mut ends.bulk).await);
        assert_eq!(id(&second), "m1");
        links(&mut ends.bulk, &[Link::CaughtUp]).await;
        first.ack.give();
        client.close().await;

        let (queues, mut ends) = super::queues(64);
        let client = watch(&broker, queues);
        links(&mut ends.bulk, &[Link::Regained]).await;
        let third = delivery(arrival(&mut ends.bulk).await);
        assert_eq!(id(&third), "m1");
        third.ack.give();
        client.close().await;

        let (queues, mut ends) = super::queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
    }

    #[tokio::test]
    async fn garbage_does_not_stop_the_stream() {
        let broker = Mosquitto::start();
        let (queues, mut ends) = queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        let messages = [
            (READING, "{".to_owned()),
            (READING, String::new()),
            (READING, " ".repeat(300 * 1024)),
            ("jikimi/v1/No Such Site/d/reading", reading("x")),
            (READING, reading("good")),
        ];
        publish(broker.port(), &messages).await;
        for expected in ["not-json", "empty", "too-large", "bad-id"] {
            let delivery = delivery(arrival(&mut ends.bulk).await);
            assert_eq!(code(&delivery), expected);
            delivery.ack.give();
        }
        assert_eq!(id(&delivery(arrival(&mut ends.bulk).await)), "good");
    }

    #[tokio::test]
    async fn a_full_queue_holds_the_broker_back_and_loses_nothing() {
        let broker = Mosquitto::start();
        let (queues, mut ends) = queues(1);
        let client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        let ids: Vec<_> = (0..300).map(|n| format!("m{n:03}")).collect();
        let ids: Vec<_> = ids.iter().map(String::as_str).collect();
        publish(broker.port(), &readings(&ids)).await;
        for expected in &ids {
            let delivery = delivery(arrival(&mut ends.bulk).await);
            assert_eq!(id(&delivery), *expected);
            delivery.ack.give();
        }
        publish(broker.port(), &readings(&["x", "y", "z"])).await;
        soon(client.close()).await;
    }

    /// A broker that ignores the limit we gave it.
    async fn send_too_much(broker: TcpListener) {
        const CONNACK: &[u8] = &[0x20, 3, 0, 0, 0];
        const PUBLISH_OF_5_MIB: &[u8] = &[0x32, 0x80, 0x80, 0xC0, 0x02];
        loop {
            let (mut connection, _) = broker.accept().await.unwrap();
            connection.read_u8().await.unwrap();
            connection.write_all(&[CONNACK, PUBLISH_OF_5_MIB].concat()).await.unwrap();
            // Until the client hangs up.
            let _ = connection.read_to_end(&mut Vec::new()).await;
        }
    }

    #[tokio::test]
    async fn a_packet_above_our_limit_ends_the_connection_and_not_the_session() {
        let broker = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("mqtt://{}", broker.local_addr().unwrap());
        tokio::spawn(send_too_much(broker));
        let (queues, mut ends) = queues(64);
        let client = connect(&url, "test", queues, || Clock::wall().now()).unwrap();
        links(&mut ends.bulk, &[Link::Regained, Link::Lost, Link::Regained, Link::Lost]).await;
        soon(client.close()).await;
    }

    #[tokio::test]
    async fn what_stands_retained_is_told_as_what_was() {
        let broker = Mosquitto::start();
        let mut device = Device::new("sender", broker.port());
        let topic = "jikimi/v1/usan/h0101-pir/status";
        device.client.try_publish(topic, QoS::AtLeastOnce, true, "online").unwrap();
        device.acknowledged(1).await;
        let (queues, mut ends) = queues(64);
        let client = watch(&broker, queues);
        links(&mut ends.bulk, &[Link::Regained]).await;
        let status = delivery(arrival(&mut ends.bulk).await);
        assert!(status.decoded.unwrap().message.retained);
        status.ack.give();
        links(&mut ends.bulk, &[Link::CaughtUp]).await;
        client.close().await;

        let (queues, mut ends) = super::queues(64);
        let _client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        device.client.try_publish(topic, QoS::AtLeastOnce, true, "offline").unwrap();
        device.acknowledged(1).await;
        let status = delivery(arrival(&mut ends.bulk).await);
        assert!(!status.decoded.unwrap().message.retained, "it is said now");
    }

    #[tokio::test]
    async fn a_retained_value_outlives_the_brokers_memory() {
        let mut broker = Mosquitto::start();
        let publisher = Publisher::connect(&broker.url(), "test-out").unwrap();
        publisher.publish_retained("jikimi/v1/clock", "one");
        let mut player = Device::subscribed("player", broker.port(), "jikimi/v1/clock").await;
        assert_eq!(player.hears().await, ("jikimi/v1/clock".to_owned(), b"one".to_vec()));
        publisher.publish_retained("jikimi/v1/clock", "two");
        assert_eq!(player.hears().await.1, b"two");

        broker.kill();
        broker.restart();
        let mut player = Device::subscribed("player-2", broker.port(), "jikimi/v1/clock").await;
        assert_eq!(player.hears().await.1, b"two");
        soon(publisher.close()).await;
    }
}

#[cfg(feature = "embedded-broker")]
mod embedded {
    use std::net::SocketAddr;

    use jikimi::broker::{Broker, BrokerError};

    use super::*;

    const ANYWHERE: &str = "127.0.0.1:0";

    async fn start(queues: Queues) -> Broker {
        let listen: SocketAddr = ANYWHERE.parse().unwrap();
        Broker::start(listen, queues, || Clock::wall().now()).await.unwrap()
    }

    async fn started() -> (Broker, u16, Ends) {
        let (queues, mut ends) = queues(64);
        let broker = start(queues).await;
        links(&mut ends.bulk, &[Link::Regained]).await;
        links(&mut ends.alarm, &[Link::Regained]).await;
        let port = broker.address().port();
        (broker, port, ends)
    }

    #[tokio::test]
    async fn a_device_is_acknowledged_when_the_run_loop_says_so() {
        let (_broker, port, mut ends) = started().await;
        let (said, mut heard) = mpsc::channel(8);
        tokio::spawn(async move {
            let mut device = Device::new("device", port);
            device.publish(READING, reading("m1"));
            device.acknowledged(1).await;
            let _ = said.send(()).await;
        });
        let first = delivery(arrival(&mut ends.bulk).await);
        assert_eq!(id(&first), "m1");
        // Others are served meanwhile, alarms among them.
        let mut other = Device::new("other", port);
        other.publish(ALARM, r#"{"readings":{"sos":true}}"#);
        let (alarm, ()) = tokio::join!(
            async {
                let alarm = delivery(arrival(&mut ends.alarm).await);
                let topic = alarm.topic.clone();
                alarm.ack.give();
                topic
            },
            other.acknowledged(1)
        );
        assert_eq!(alarm, ALARM);
        assert!(heard.try_recv().is_err(), "the first is not acknowledged yet");
        first.ack.give();
        soon(heard.recv()).await.expect("the first is acknowledged now");
    }

    #[tokio::test]
    async fn without_a_commit_the_device_is_disconnected_and_sends_again() {
        let (_broker, port, mut ends) = started().await;
        let mut device = Device::new("device", port);
        device.publish(READING, reading("m1"));
        let (dropped, seen) = tokio::join!(
            async { id(&delivery(arrival(&mut ends.bulk).await)) },
            soon(async {
                let mut seen = Vec::new();
                while let Some(packet) = device.packet().await {
                    seen.push(packet);
                }
                seen
            })
        );
        assert_eq!(dropped, "m1");
        assert!(matches!(seen.as_slice(), [Packet::ConnAck(_)]), "no acknowledgement: {seen:?}");

        let give = async {
            let again = delivery(arrival(&mut ends.bulk).await);
            assert_eq!(id(&again), "m1");
            again.ack.give();
        };
        tokio::join!(give, device.acknowledged(1));
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_acknowledged_too() {
        let (_broker, port, mut ends) = started().await;
        let sent = tokio::spawn(async move {
            let messages = [
                ("zigbee2mqtt/lamp", "{}".to_owned()),
                (READING, " ".repeat(300 * 1024)),
                (READING, reading("good")),
            ];
            publish(port, &messages).await;
        });
        for expected in ["unknown-topic", "too-large"] {
            let delivery = delivery(arrival(&mut ends.bulk).await);
            assert_eq!(code(&delivery), expected);
            delivery.ack.give();
        }
        let good = delivery(arrival(&mut ends.bulk).await);
        assert_eq!(id(&good), "good");
        good.ack.give();
        soon(sent).await.unwrap();
    }

    #[tokio::test]
    async fn a_retained_value_reaches_whoever_subscribes() {
        let (broker, port, _ends) = started().await;
        broker.publish_retained("jikimi/v1/clock", "one").await;
        let mut player = Device::subscribed("player", port, "jikimi/v1/clock").await;
        assert_eq!(player.hears().await, ("jikimi/v1/clock".to_owned(), b"one".to_vec()));
        broker.publish_retained("jikimi/v1/clock", "two").await;
        assert_eq!(player.hears().await.1, b"two");
    }

    #[tokio::test]
    async fn a_stop_leaves_no_device_waiting() {
        let (broker, port, mut ends) = started().await;
        let mut device = Device::new("device", port);
        device.publish(READING, reading("m1"));
        let disconnected = tokio::spawn(async move { while device.packet().await.is_some() {} });
        let waiting = arrival(&mut ends.bulk).await;
        drop((waiting, ends));
        soon(broker.close()).await;
        soon(disconnected).await.unwrap();
    }

    #[tokio::test]
    async fn a_port_in_use_is_said() {
        let (broker, _, _ends) = started().await;
        let (queues, _other_ends) = queues(64);
        let error = Broker::start(broker.address(), queues, || Clock::wall().now()).await.err();
        let Some(BrokerError::PortInUse(address)) = error else { panic!("{error:?}") };
        assert_eq!(address, broker.address());
    }
}
