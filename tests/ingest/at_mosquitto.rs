//! Our client at a real Mosquitto.

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
        assert_eq!(message(&delivery).repeated, repeated);
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
    let shown = r#"{"epoch":17,"show":"left"}"#.to_owned();
    let messages = [(READING, reading("r")), (ALARM, sos), (STATUS, online), (SHOWN, shown)];
    publish(broker.port(), &messages).await;
    let alarm = delivery(arrival(&mut ends.alarm).await);
    assert_eq!((alarm.topic.as_str(), alarm.heard.is_ok()), (ALARM, true));
    assert_eq!(delivery(arrival(&mut ends.bulk).await).topic, READING);
    assert_eq!(delivery(arrival(&mut ends.bulk).await).topic, STATUS);
    let shown = delivery(arrival(&mut ends.bulk).await);
    assert!(matches!(shown.heard, Ok(Heard::Shown(_))), "{shown:?}");
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
    device.client.try_publish(STATUS, QoS::AtLeastOnce, true, "online").unwrap();
    device.acknowledged(1).await;
    let (queues, mut ends) = queues(64);
    let client = watch(&broker, queues);
    links(&mut ends.bulk, &[Link::Regained]).await;
    let status = delivery(arrival(&mut ends.bulk).await);
    assert!(message(&status).retained);
    status.ack.give();
    links(&mut ends.bulk, &[Link::CaughtUp]).await;
    client.close().await;

    let (queues, mut ends) = super::queues(64);
    let _client = watch(&broker, queues);
    links(&mut ends.bulk, &CONNECTED).await;
    device.client.try_publish(STATUS, QoS::AtLeastOnce, true, "offline").unwrap();
    device.acknowledged(1).await;
    let status = delivery(arrival(&mut ends.bulk).await);
    assert!(!message(&status).retained, "it is said now");
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
