//! The embedded broker, whose PUBACK is ours.

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

/// A device that leaves a will, and has said that it is there.
async fn present(name: &str, port: u16, ends: &mut Ends) -> Device {
    let mut device = Device::with_will(name, port, STATUS, "offline");
    device.client.try_publish(STATUS, QoS::AtLeastOnce, true, "online").unwrap();
    let said = async {
        let status = delivery(arrival(&mut ends.bulk).await);
        assert_eq!((status.topic.as_str(), status.payload.as_ref()), (STATUS, &b"online"[..]));
        status.ack.give();
    };
    tokio::join!(said, device.acknowledged(1));
    device
}

/// A reading is the next that comes: no will came before it.
async fn comes_next(port: u16, ends: &mut Ends, name: &str) {
    let mut sender = Device::new("sender", port);
    sender.publish(READING, reading(name));
    let taken = async {
        let next = delivery(arrival(&mut ends.bulk).await);
        assert_eq!(id(&next), name);
        next.ack.give();
    };
    tokio::join!(taken, sender.acknowledged(1));
}

#[tokio::test]
async fn a_status_is_kept_for_whoever_subscribes_later_and_nothing_else_is() {
    let (_broker, port, mut ends) = started().await;
    let mut device = present("device", port, &mut ends).await;
    device.client.try_publish(READING, QoS::AtLeastOnce, true, reading("m1")).unwrap();
    let taken = async { delivery(arrival(&mut ends.bulk).await).ack.give() };
    tokio::join!(taken, device.acknowledged(1));
    let mut other = Device::subscribed("other", port, "jikimi/v1/#").await;
    assert_eq!(other.hears().await, (STATUS.to_owned(), b"online".to_vec()));
    device.client.try_publish(STATUS, QoS::AtLeastOnce, true, "offline").unwrap();
    let taken = async { delivery(arrival(&mut ends.bulk).await).ack.give() };
    tokio::join!(taken, device.acknowledged(1));
    assert_eq!(other.hears().await, (STATUS.to_owned(), b"offline".to_vec()));
}

#[tokio::test]
async fn a_device_that_vanishes_is_offline_and_one_that_says_goodbye_is_not() {
    let (_broker, port, mut ends) = started().await;
    let device = present("device", port, &mut ends).await;
    drop(device);
    let will = delivery(arrival(&mut ends.bulk).await);
    assert_eq!((will.topic.as_str(), will.payload.as_ref()), (STATUS, &b"offline"[..]));
    let mut other = Device::subscribed("other", port, STATUS).await;
    assert_eq!(other.hears().await.1, b"offline");

    let mut device = present("device", port, &mut ends).await;
    device.client.try_disconnect().unwrap();
    while device.packet().await.is_some() {}
    comes_next(port, &mut ends, "after").await;
}

#[tokio::test]
async fn a_device_that_takes_its_session_over_stays_online() {
    let (_broker, port, mut ends) = started().await;
    let mut old = present("device", port, &mut ends).await;
    let _new = present("device", port, &mut ends).await;
    soon(async { while old.packet().await.is_some() {} }).await;
    comes_next(port, &mut ends, "after").await;
    let mut watcher = Device::subscribed("watcher", port, STATUS).await;
    soon(async { while watcher.hears().await.1 != b"online" {} }).await;
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
