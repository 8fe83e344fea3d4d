//! A tiny MQTT broker for tests, which hangs up at random moments.
//!
//! It writes down what it got, connection by connection, and nothing else: it routes and retains
//! nothing but a clock that it may be given. All its moods come from a seed.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use jiff::Timestamp;
use jikimi_sim::clock;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rumqttc::QoS;
use rumqttc::mqttbytes::Error;
use rumqttc::mqttbytes::v4::{
    ConnAck, ConnectReturnCode, Packet, PingResp, PubAck, Publish, SubAck, SubscribeReasonCode,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const PACKET_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A message as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    pub at: Timestamp,
    pub topic: String,
    pub payload: String,
    pub repeated: bool,
}

/// How the broker behaves.
#[derive(Clone, Default)]
pub struct Manners {
    /// Hangs up after 1 to this many messages, again and again. 0: never.
    pub messages_per_connection: usize,
    /// Published retained as the service's clock.
    pub clock: Option<String>,
    /// Refuses every message with this reason, as MQTT 5 would say it.
    pub refusal: Option<u8>,
}

/// See the module. The broker lives until it is dropped.
pub struct FlakyBroker {
    pub address: SocketAddr,
    received: Arc<Mutex<Vec<Vec<Received>>>>,
    task: tokio::task::JoinHandle<()>,
}

impl FlakyBroker {
    pub async fn start(seed: u64, manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let random = ChaCha8Rng::seed_from_u64(seed);
        let broker = Broker { random, manners, received: Arc::clone(&received) };
        let task = tokio::spawn(broker.serve(listener));
        Self { address, received, task }
    }

    /// What came, connection by connection.
    pub fn received(&self) -> Vec<Vec<Received>> {
        self.received.lock().unwrap().clone()
    }
}

impl Drop for FlakyBroker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Broker {
    random: ChaCha8Rng,
    manners: Manners,
    received: Arc<Mutex<Vec<Vec<Received>>>>,
}

impl Broker {
    async fn serve(mut self, mut listener: TcpListener) {
        let address = listener.local_addr().unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            if self.moody(0.1) {
                continue;
            }
            self.received.lock().unwrap().push(Vec::new());
            self.talk(stream).await;
            if self.moody(0.2) {
                drop(listener);
                tokio::task::yield_now().await;
                listener = TcpListener::bind(address).await.unwrap();
            }
        }
    }

    fn moody(&mut self, chance: f64) -> bool {
        self.manners.messages_per_connection > 0 && self.random.random_bool(chance)
    }

    async fn talk(&mut self, mut stream: TcpStream) {
        let mut patience = match self.manners.messages_per_connection {
            0 => usize::MAX,
            most => self.random.random_range(1..=most),
        };
        let (mut arrived, mut answers) = (BytesMut::new(), BytesMut::new());
        loop {
            match Packet::read(&mut arrived, PACKET_BYTES_MAX) {
                Ok(Packet::Disconnect) => return,
                Ok(packet) => {
                    self.answer(packet, &mut answers, &mut patience);
                    if patience == 0 {
                        return self.hang_up(stream, &answers).await;
                    }
                }
                Err(Error::InsufficientBytes(_)) => {
                    // Answers are held back until there is nothing more to read, so that many
                    // messages are unacknowledged when the connection breaks.
                    if stream.write_all(&answers).await.is_err() {
                        return;
                    }
                    answers.clear();
                    if !matches!(stream.read_buf(&mut arrived).await, Ok(1..)) {
                        return;
                    }
                }
                Err(error) => panic!("the player sent nonsense: {error:?}"),
            }
        }
    }

    fn answer(&mut self, packet: Packet, out: &mut BytesMut, patience: &mut usize) {
        match packet {
            Packet::Connect(connect) => {
                assert!(connect.clean_session);
                ConnAck::new(ConnectReturnCode::Success, false).write(out).unwrap();
            }
            Packet::Publish(publish) => {
                *patience -= 1;
                self.note(&publish);
                match self.manners.refusal {
                    Some(reason) => {
                        let [high, low] = publish.pkid.to_be_bytes();
                        out.extend_from_slice(&[0x40, 4, high, low, reason, 0]);
                    }
                    None => {
                        PubAck::new(publish.pkid).write(out).unwrap();
                    }
                }
            }
            Packet::Subscribe(subscribe) => {
                let granted = vec![SubscribeReasonCode::Success(QoS::AtMostOnce)];
                SubAck::new(subscribe.pkid, granted).write(out).unwrap();
                if let Some(clock) = &self.manners.clock {
                    let mut retained = Publish::new(clock::TOPIC, QoS::AtMostOnce, clock.clone());
                    retained.retain = true;
                    retained.write(out).unwrap();
                }
            }
            Packet::PingReq => {
                PingResp.write(out).unwrap();
            }
            other => panic!("a player never sends {other:?}"),
        }
    }

    fn note(&mut self, publish: &Publish) {
        assert_eq!(publish.qos, QoS::AtLeastOnce);
        let message = Received {
            at: clock::wall(),
            topic: publish.topic.clone(),
            payload: String::from_utf8(publish.payload.to_vec()).unwrap(),
            repeated: publish.dup,
        };
        self.received.lock().unwrap().last_mut().unwrap().push(message);
    }

    /// Answers everything, something, or nothing, perhaps half a packet; then is gone, politely
    /// or not.
    async fn hang_up(&mut self, mut stream: TcpStream, answers: &[u8]) {
        let length = match self.random.random_range(0..3) {
            0 => answers.len(),
            1 => 0,
            _ => self.random.random_range(0..=answers.len()),
        };
        let _ = stream.write_all(&answers[..length]).await;
        if self.random.random_bool(0.5) {
            let _ = stream.set_zero_linger();
        }
    }
}
