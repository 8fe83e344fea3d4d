//! What gateways say, through a real Mosquitto and through the embedded broker.

#[cfg(feature = "embedded-broker")]
use jikimi::broker::Broker;
use jikimi::domain::MessageKey;
use jikimi::ingest::Decoded;

use super::*;

const PIR: &str = "zigbee2mqtt/h101/pir";
const SOS: &str = "zigbee2mqtt/h101/sos";
const PRESSED: &str = r#"{"action":"emergency"}"#;

fn devices(delivery: &Delivery) -> Vec<&str> {
    let messages = delivery.heard.as_ref().expect("it decodes").messages();
    messages.iter().map(|decoded: &Decoded| decoded.message.device.as_str()).collect()
}

fn said(payloads: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    payloads.iter().map(|(topic, payload)| (*topic, (*payload).to_owned())).collect()
}

#[tokio::test]
async fn a_call_for_help_overtakes_and_its_copy_is_known_as_one() {
    let broker = Mosquitto::start();
    let (queues, mut ends) = hearing(64);
    let _client = watch(&broker, queues);
    links(&mut ends.alarm, &CONNECTED).await;
    links(&mut ends.bulk, &CONNECTED).await;
    let packets = [(PIR, r#"{"occupancy":true}"#), (SOS, PRESSED), (READING, &reading("last"))];
    publish(broker.port(), &said(&packets)).await;

    let alarm = delivery(arrival(&mut ends.alarm).await);
    assert_eq!(devices(&alarm), ["sos", "sos"], "pressed, and let go");
    assert_eq!(devices(&delivery(arrival(&mut ends.bulk).await)), ["pir"]);
    let copy = delivery(arrival(&mut ends.bulk).await);
    let marked = |delivery: &Delivery| {
        let messages = delivery.heard.as_ref().unwrap().messages();
        let keys: Vec<MessageKey> = messages.iter().map(|d| d.message.key.clone()).collect();
        (messages[0].message.repeated, keys)
    };
    assert_eq!((marked(&alarm).0, marked(&copy).0), (false, true));
    assert_eq!(marked(&alarm).1, marked(&copy).1);
    assert_eq!(id(&delivery(arrival(&mut ends.bulk).await)), "last");
    assert!(ends.alarm.try_recv().is_err());
}

#[tokio::test]
async fn strangers_are_refused_and_what_a_bridge_tells_of_itself_is_ignored() {
    let broker = Mosquitto::start();
    let (queues, mut ends) = hearing(64);
    let _client = watch(&broker, queues);
    links(&mut ends.bulk, &CONNECTED).await;
    let packets = [("zigbee2mqtt/lamp", "{}"), ("zigbee2mqtt/bridge/info", "{}")];
    publish(broker.port(), &said(&packets)).await;
    assert_eq!(code(&delivery(arrival(&mut ends.bulk).await)), "unknown-device");
    let info = delivery(arrival(&mut ends.bulk).await);
    assert!(matches!(info.heard, Ok(Heard::Ignored(_))), "{info:?}");
}

#[tokio::test]
async fn what_a_gone_configuration_subscribed_to_is_taken_back() {
    let broker = Mosquitto::start();
    let (before, mut ends) = hearing(64);
    let client = watch(&broker, before);
    links(&mut ends.bulk, &CONNECTED).await;
    client.close().await;
    // The first connection under the new one reads the note; the next has nothing left of it.
    for _ in 0..2 {
        let (queues, mut ends) = queues(64);
        let client = watch(&broker, queues);
        links(&mut ends.bulk, &CONNECTED).await;
        client.close().await;
    }
    let packets = [(PIR, r#"{"occupancy":true}"#), (READING, &reading("native"))];
    publish(broker.port(), &said(&packets)).await;
    let (queues, mut ends) = queues(64);
    let _client = watch(&broker, queues);
    links(&mut ends.bulk, &[Link::Regained]).await;
    assert_eq!(id(&delivery(arrival(&mut ends.bulk).await)), "native");
}

#[cfg(feature = "embedded-broker")]
#[tokio::test]
async fn our_own_broker_takes_gateways_and_hands_on_what_they_say() {
    let (queues, mut ends) = hearing(64);
    let listen = "127.0.0.1:0".parse().unwrap();
    let broker = Broker::start(listen, queues, || Clock::wall().now()).await.unwrap();
    let port = broker.address().port();
    links(&mut ends.bulk, &[Link::Regained]).await;
    links(&mut ends.alarm, &[Link::Regained]).await;
    let mut panel = Device::subscribed("panel", port, "zigbee2mqtt/#").await;
    let mut bridge = Device::new("bridge", port);
    bridge.publish(SOS, PRESSED);
    let taken = async {
        let alarm = delivery(arrival(&mut ends.alarm).await);
        assert_eq!(devices(&alarm), ["sos", "sos"]);
        alarm.ack.give();
    };
    tokio::join!(taken, bridge.acknowledged(1));
    assert_eq!(panel.hears().await, (SOS.to_owned(), PRESSED.as_bytes().to_vec()));

    let online = r#"{"state":"online"}"#;
    let topic = "zigbee2mqtt/h101/pir/availability";
    bridge.client.try_publish(topic, QoS::AtLeastOnce, true, online).unwrap();
    let taken = async { delivery(arrival(&mut ends.bulk).await).ack.give() };
    tokio::join!(taken, bridge.acknowledged(1));
    let mut later = Device::subscribed("later", port, topic).await;
    assert_eq!(later.hears().await.0, topic);
}
