//! A device of a test's own, at any broker, and the patience to wait for what it should see.

#![allow(dead_code, reason = "not every test uses all of it")]

use std::future::Future;
use std::time::Duration;

use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};

/// What does not happen within this does not happen.
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn soon<T>(happens: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, happens).await.expect("it happens in time")
}

fn options(name: &str, port: u16) -> MqttOptions {
    let mut options = MqttOptions::new(name, "127.0.0.1", port);
    options.set_max_packet_size(4 << 20, 4 << 20).set_clean_session(false);
    options
}

/// A device: a plain 3.1.1 client, as most are.
pub struct Device {
    pub client: AsyncClient,
    events: EventLoop,
}

impl Device {
    pub fn new(name: &str, port: u16) -> Self {
        Self::with(options(name, port))
    }

    /// One that leaves a retained will.
    pub fn with_will(name: &str, port: u16, topic: &str, payload: &str) -> Self {
        let mut options = options(name, port);
        options.set_last_will(LastWill::new(topic, payload, QoS::AtLeastOnce, true));
        Self::with(options)
    }

    fn with(options: MqttOptions) -> Self {
        let (client, events) = AsyncClient::new(options, 1000);
        Self { client, events }
    }

    pub fn publish(&self, topic: &str, payload: impl Into<Vec<u8>>) {
        self.client.try_publish(topic, QoS::AtLeastOnce, false, payload).unwrap();
    }

    pub async fn packet(&mut self) -> Option<Packet> {
        loop {
            match self.events.poll().await {
                Ok(Event::Incoming(packet)) => return Some(packet),
                Ok(Event::Outgoing(_)) => {}
                Err(_) => return None,
            }
        }
    }

    /// The next packet of this sort; other packets are passed over.
    pub async fn until(&mut self, wanted: fn(&Packet) -> bool) -> Packet {
        soon(async {
            loop {
                let packet = self.packet().await.expect("the connection lives");
                if wanted(&packet) {
                    return packet;
                }
            }
        })
        .await
    }

    pub async fn acknowledged(&mut self, times: usize) {
        for _ in 0..times {
            self.until(|packet| matches!(packet, Packet::PubAck(_))).await;
        }
    }

    pub async fn subscribed(name: &str, port: u16, topic: &str) -> Self {
        let mut device = Self::new(name, port);
        device.client.try_subscribe(topic, QoS::AtLeastOnce).unwrap();
        device.until(|packet| matches!(packet, Packet::SubAck(_))).await;
        device
    }

    pub async fn hears(&mut self) -> (String, Vec<u8>) {
        match self.until(|packet| matches!(packet, Packet::Publish(_))).await {
            Packet::Publish(packet) => (packet.topic, packet.payload.to_vec()),
            _ => unreachable!("only a publication ends the wait"),
        }
    }
}
