//! The signs on their walls, and whoever listens in on what they are told and answer.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rumqttc::{AsyncClient, EventLoop, Incoming, MqttOptions, Publish, QoS};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::service::PATIENCE;
use crate::story::SPEED;

/// What went over the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Told { sign: String, epoch: u64, show: String },
    Shown { sign: String, epoch: u64, show: String },
}

pub type Log = Vec<(Instant, Event)>;

/// One answer in so many is lost.
const LOST: f64 = 0.2;
/// An answer takes up to this long, in service time: longer than a stage waits.
const LATE_MAX_MS: u64 = 4_000;

/// Every sign of the center, at one connection.
pub struct Walls {
    stop: oneshot::Sender<()>,
    hanging: JoinHandle<Log>,
    heard: mpsc::UnboundedReceiver<Event>,
    latest: BTreeMap<String, Event>,
}

impl Walls {
    pub async fn hung(port: u16, seed: u64) -> Self {
        let (client, events) = subscribed("walls", port, "jikimi/v1/center/sign/+").await;
        let (stop, stopped) = oneshot::channel();
        let (told, heard) = mpsc::unbounded_channel();
        let random = ChaCha8Rng::seed_from_u64(seed);
        let hanging = Hanging { client, random, told, log: Log::new(), answers: BTreeMap::new() };
        let hanging = tokio::spawn(hanging.run(events, stopped));
        Self { stop, hanging, heard, latest: BTreeMap::new() }
    }

    /// The last that a sign was told; waits until it is told anything.
    pub async fn hears(&mut self, sign: &str) -> Event {
        while !self.latest.contains_key(sign) {
            let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await;
            let event = heard.expect("it hears in time").expect("the walls stand");
            if let Event::Told { sign, .. } = &event {
                self.latest.insert(sign.clone(), event.clone());
            }
        }
        self.latest[sign].clone()
    }

    pub async fn taken_down(self) -> Log {
        drop(self.stop);
        self.hanging.await.unwrap()
    }
}

struct Hanging {
    client: AsyncClient,
    random: ChaCha8Rng,
    told: mpsc::UnboundedSender<Event>,
    log: Log,
    /// Answers that are on their way, by when they are given.
    answers: BTreeMap<(Instant, usize), (String, u64, String)>,
}

impl Hanging {
    async fn run(mut self, mut events: EventLoop, mut stopped: oneshot::Receiver<()>) -> Log {
        loop {
            let due = self.answers.first_key_value().map(|((at, _), _)| *at);
            let due = due.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
            let packet = tokio::select! {
                _ = &mut stopped => return self.log,
                packet = tokio::time::timeout_at(due, events.poll()) => packet,
            };
            match packet {
                Err(_due) => self.answer(),
                Ok(Ok(rumqttc::Event::Incoming(Incoming::Publish(packet)))) => self.hears(&packet),
                Ok(Ok(_)) => {}
                Ok(Err(_gone)) => return self.log,
            }
        }
    }

    fn hears(&mut self, packet: &Publish) {
        let event = event(packet);
        let Event::Told { sign, epoch, show } = event.clone() else { panic!("{event:?}") };
        self.log.push((Instant::now(), event.clone()));
        // Nobody has to listen.
        let _ = self.told.send(event);
        if self.random.random_bool(LOST) {
            return;
        }
        let late = Duration::from_millis(self.random.random_range(0..LATE_MAX_MS)) / SPEED;
        let key = (Instant::now() + late, self.log.len());
        self.answers.insert(key, (sign, epoch, show));
    }

    /// A sign answers for what it showed then, whatever it has been told since.
    fn answer(&mut self) {
        let Some((_, (sign, epoch, show))) = self.answers.pop_first() else { return };
        let topic = format!("jikimi/v1/center/sign/{sign}/shown");
        let payload = format!(r#"{{"epoch":{epoch},"show":"{show}"}}"#);
        self.log.push((Instant::now(), Event::Shown { sign, epoch, show }));
        self.client.try_publish(topic, QoS::AtLeastOnce, false, payload).unwrap();
    }
}

/// Who hears orders and answers in the broker's order, and says nothing.
pub struct Capture {
    stop: oneshot::Sender<()>,
    listening: JoinHandle<Log>,
}

impl Capture {
    pub async fn of(port: u16) -> Self {
        let (client, mut events) = subscribed("capture", port, "jikimi/v1/center/sign/#").await;
        let (stop, mut stopped) = oneshot::channel();
        let listening = tokio::spawn(async move {
            let _connected = client;
            let mut log = Log::new();
            loop {
                let polled = tokio::select! {
                    _ = &mut stopped => return log,
                    polled = events.poll() => polled,
                };
                match polled {
                    Ok(rumqttc::Event::Incoming(Incoming::Publish(packet))) => {
                        log.push((Instant::now(), event(&packet)));
                    }
                    Ok(_) => {}
                    Err(_gone) => return log,
                }
            }
        });
        Self { stop, listening }
    }

    pub async fn ended(self) -> Log {
        drop(self.stop);
        self.listening.await.unwrap()
    }
}

async fn subscribed(name: &str, port: u16, topic: &str) -> (AsyncClient, EventLoop) {
    let options = MqttOptions::new(name, "127.0.0.1", port);
    let (client, mut events) = AsyncClient::new(options, 1000);
    client.try_subscribe(topic, QoS::AtLeastOnce).unwrap();
    let subscribed = async {
        loop {
            let event = events.poll().await.unwrap();
            if matches!(event, rumqttc::Event::Incoming(Incoming::SubAck(_))) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, subscribed).await.expect("subscribed in time");
    (client, events)
}

fn event(packet: &Publish) -> Event {
    let payload: serde_json::Value = serde_json::from_slice(&packet.payload).unwrap();
    let epoch = payload["epoch"].as_u64().expect("an epoch");
    let show = payload["show"].as_str().expect("a direction").to_owned();
    let levels: Vec<&str> = packet.topic.split('/').collect();
    match levels[..] {
        ["jikimi", "v1", "center", "sign", sign] => {
            let until = payload["until"].as_str().expect("an end");
            assert!(until.ends_with("+09:00"), "{until} is not in the site's time");
            assert!(!payload["because"].as_str().expect("a reason").is_empty());
            Event::Told { sign: sign.to_owned(), epoch, show }
        }
        ["jikimi", "v1", "center", "sign", sign, "shown"] => {
            Event::Shown { sign: sign.to_owned(), epoch, show }
        }
        _ => panic!("{}", packet.topic),
    }
}
