//! One persistent session: its connections one after the other, and what comes out of them.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rumqttc::Outgoing;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish, SubAck, SubscribeReasonCode};
use rumqttc::v5::mqttbytes::{Error as PacketError, QoS};
use rumqttc::v5::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, StateError};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior};

use super::dial::advice;
use super::subscriptions::{Granted, Subscriptions};
use super::switch::{BackOff, Switch};
use super::{ClientAck, Dial};
use crate::domain::time::Timestamp;
use crate::ingest::profiles::native;
use crate::ingest::{
    Ack, Arrival, Delivery, Directory, Hindrance, Link, Noticed, Session, topic_text,
};

/// Messages the broker may have sent without an acknowledgement. Fewer than a queue holds, so
/// only messages of QoS 0 can fill one.
const UNACKNOWLEDGED_MAX: u16 = 1000;
/// Above what our brokers take, since a packet above the client's limit ends the connection.
const PACKET_BYTES_MAX: u32 = 4 * 1024 * 1024;
/// Room for an acknowledgement of every packet id and for what the session itself asks: giving
/// an acknowledgement never waits and never fails for lack of room.
const REQUESTS_MAX: usize = u16::MAX as usize + 16;
/// Markers that may be under way; one is, unless the broker is very slow.
const MARKERS_MAX: u16 = 16;
/// How often one is sent, unless one is under way.
const MARKED_EVERY: Duration = Duration::from_secs(1);
/// What is under way for longer waits behind too much. It is what makes nothing late yet.
const BEHIND_MAX: Duration = Duration::from_secs(5);
/// One that has not come by then is taken as lost: by then monitors have stopped waiting for it.
const LOST_AFTER: Duration = Duration::from_mins(2);
/// What the client's own pings are for is done by the markers. The answer to a ping stands behind
/// all that the broker has sent, and Mosquitto 2.0.11 sends thousands where it was told a thousand:
/// with a slow database that is minutes, and the client would give up a connection that is well.
const PINGED_EVERY: Duration = Duration::from_mins(15);
/// A connection on which nothing comes for so long, not even our own marker, is dead.
const SILENT_MAX: Duration = Duration::from_mins(1);
/// How long the readings wait at a start for the alarms' session to be there.
const ALARMS_FIRST: Duration = Duration::from_secs(5);

/// The task of one session.
pub struct Runner<Now> {
    session: Session,
    options: MqttOptions,
    subscriptions: Subscriptions,
    granted: Granted,
    directory: Arc<Directory>,
    marker_topic: String,
    /// The marker that is under way.
    marker: Option<Marker>,
    /// What had reached the broker by then has come.
    seen: Timestamp,
    queue: mpsc::Sender<Arrival>,
    now: Now,
    switch: Arc<Switch>,
    hindrance: Arc<Hindrance>,
    back_off: BackOff,
    connected: bool,
    lost: bool,
}

/// A message of ours to ourselves, behind everything that the broker has for us.
struct Marker {
    text: String,
    sent_at: Timestamp,
    since: Instant,
    /// It ends what was kept for us while we were not connected.
    first: bool,
    /// That it takes too long has been said.
    said: bool,
}

/// Why a connection ended.
enum End {
    Failed(Box<ConnectionError>),
    /// We are to stop, or nobody listens any more.
    Closed,
}

impl<Now: Fn() -> Timestamp> Runner<Now> {
    pub fn new(
        dial: &Dial,
        client_id: &str,
        session: Session,
        (queue, directory): (mpsc::Sender<Arrival>, Arc<Directory>),
        (granted, switch, hindrance): (Granted, Arc<Switch>, Arc<Hindrance>),
        now: Now,
    ) -> Self {
        let (name, kinds): (_, &[&str]) = match session {
            Session::Alarm => ("alarm", &["+/alarm"]),
            Session::Bulk => ("bulk", &["+/reading", "+/waveform", "+/status", "sign/+/shown"]),
        };
        let client_id = format!("{client_id}-{name}");
        let marker_topic = format!("jikimi/v1/self/{client_id}");
        let mut wanted: Vec<String> =
            kinds.iter().map(|kind| format!("jikimi/v1/+/{kind}")).collect();
        wanted.extend(directory.filters(session));
        Self {
            session,
            options: options(dial, client_id),
            subscriptions: Subscriptions::new(wanted, marker_topic.clone()),
            granted,
            directory,
            marker_topic,
            marker: None,
            seen: Timestamp::MIN,
            queue,
            now,
            switch,
            hindrance,
            back_off: BackOff::default(),
            connected: false,
            lost: false,
        }
    }

    pub async fn run(mut self) {
        if self.session == Session::Bulk {
            // Alarms that waited for us come before the readings that did, however slow the
            // broker is to take a connection.
            let _ = tokio::time::timeout(ALARMS_FIRST, self.granted.answered()).await;
        }
        loop {
            let End::Failed(error) = self.connection().await else { return };
            if !self.failed(&error).await {
                return;
            }
            let wait = self.back_off.next();
            if !self.switch.sleep(wait).await {
                return;
            }
        }
    }

    /// One connection from its beginning to its end.
    async fn connection(&mut self) -> End {
        let (connection, mut events) = AsyncClient::new(self.options.clone(), REQUESTS_MAX);
        let connection = Arc::new(connection);
        if !self.switch.open(&connection) {
            return End::Closed;
        }
        self.connected = false;
        let mut marked = tokio::time::interval(MARKED_EVERY);
        marked.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            // Anew after each event: what waited for room in the queue waited for us.
            let heard = Instant::now();
            let event = {
                // Once asked for an event it is asked to the end: half of one is not thrown away.
                let mut event = pin!(next(&mut events));
                loop {
                    tokio::select! {
                        event = &mut event => break event,
                        _ = marked.tick() => {
                            if !self.mark(&connection).await {
                                return End::Closed;
                            }
                            if self.connected && heard.elapsed() > SILENT_MAX {
                                return End::Failed(Box::new(silent()));
                            }
                        }
                    }
                }
            };
            let goes_on = match event {
                Ok(Event::Incoming(Packet::ConnAck(_))) => self.connected(&connection).await,
                Ok(Event::Incoming(Packet::Publish(packet))) => {
                    self.arrived(packet, &connection).await
                }
                Ok(Event::Incoming(Packet::SubAck(answer))) => self.subscribed(&answer),
                Ok(Event::Outgoing(Outgoing::Disconnect)) => {
                    parted(&mut events).await;
                    false
                }
                Ok(_) => true,
                Err(error) => return End::Failed(error),
            };
            if !goes_on {
                return End::Closed;
            }
        }
    }

    /// Subscribes, always: the broker sends retained messages only for what is new to it, and a
    /// session from before an upgrade gets the filters of today. Then sends the marker, which
    /// the broker puts behind everything it kept for us.
    async fn connected(&mut self, connection: &Arc<AsyncClient>) -> bool {
        let subscribed = connection.try_subscribe_many(self.subscriptions.filters());
        let at = self.send_marker(connection, true);
        // A channel of this connection's own, with room for everything, takes two requests.
        debug_assert!(subscribed.is_ok() && self.marker.is_some());
        (self.lost, self.connected) = (false, true);
        self.hindrance.set(None);
        tracing::info!(client.id = self.options.client_id(), "the broker is there");
        self.turn(Link::Regained, at).await
    }

    /// Sends a marker; when.
    fn send_marker(&mut self, connection: &AsyncClient, first: bool) -> Timestamp {
        let text = format!("{:016x}", RandomState::new().build_hasher().finish());
        let (sent_at, since) = ((self.now)(), Instant::now());
        let topic = &self.marker_topic;
        let sent = connection.try_publish(topic, QoS::AtLeastOnce, false, text.clone());
        // It fails only if the connection is gone.
        self.marker = sent.is_ok().then_some(Marker { text, sent_at, since, first, said: false });
        sent_at
    }

    /// Looks after the marker that is under way, and sends one if none is. How long it takes is
    /// how long a message takes that reaches the broker with it.
    async fn mark(&mut self, connection: &AsyncClient) -> bool {
        if !self.connected {
            return true;
        }
        let Some(marker) = &mut self.marker else {
            self.send_marker(connection, false);
            return true;
        };
        let waits = marker.since.elapsed();
        if marker.first {
            return true;
        }
        if waits > LOST_AFTER {
            self.send_marker(connection, false);
            return true;
        }
        if waits > BEHIND_MAX && !std::mem::replace(&mut marker.said, true) {
            tracing::warn!(
                client.id = self.options.client_id(),
                "more waits at the broker than comes"
            );
            let at = (self.now)();
            return self.turn(Link::Behind, at).await;
        }
        true
    }

    async fn turn(&self, link: Link, at: Timestamp) -> bool {
        self.put(Arrival::Link(link, Noticed { at, seen: self.seen })).await
    }

    fn subscribed(&self, answer: &SubAck) -> bool {
        let refused =
            |code: &&SubscribeReasonCode| !matches!(code, SubscribeReasonCode::Success(_));
        let refused = answer.return_codes.iter().find(refused);
        if self.session == Session::Alarm {
            self.granted.set(refused.is_none());
        }
        if let Some(code) = refused {
            tracing::error!(
                client.id = self.options.client_id(),
                ?code,
                "the broker refuses a subscription; nothing of it will be seen"
            );
        }
        true
    }

    async fn arrived(&mut self, packet: Publish, connection: &Arc<AsyncClient>) -> bool {
        let received_at = (self.now)();
        let ack = match packet.qos {
            QoS::AtMostOnce => Ack::None,
            _ => Ack::Client(ClientAck {
                connection: Arc::clone(connection),
                packet_id: packet.pkid,
            }),
        };
        if packet.topic == self.marker_topic {
            return self.marker_came(&packet, connection, ack).await;
        }
        let topic = topic_text(&packet.topic);
        let marks = (packet.retain, packet.dup || self.is_copy(&topic));
        let (directory, payload) = (&self.directory, packet.payload);
        let delivery = Delivery::heard(directory, topic, payload, received_at, marks, ack);
        self.put(Arrival::Message(delivery)).await
    }

    /// Whether the alarm session hears the same. This is the repetition then, however long it
    /// has waited behind readings.
    fn is_copy(&self, topic: &str) -> bool {
        self.session == Session::Bulk
            && !native::speaks(topic)
            && self.granted.get()
            && self.directory.session(topic) == Some(Session::Alarm)
    }

    /// Our own marker closes the backlog. One of an earlier connection says nothing. Markers are
    /// acknowledged at once, since the run loop never sees them.
    async fn marker_came(&mut self, packet: &Publish, connection: &AsyncClient, ack: Ack) -> bool {
        ack.give();
        if packet.retain {
            self.subscriptions.take_back(connection, &packet.payload);
        }
        let Some(marker) = self.marker.take_if(|marker| packet.payload == marker.text) else {
            return true;
        };
        self.seen = marker.sent_at;
        let at = (self.now)();
        if !marker.first {
            return self.turn(Link::Abreast, at).await;
        }
        self.subscriptions.note(connection);
        self.back_off.reset();
        self.turn(Link::CaughtUp, at).await
    }

    /// False if the session is to end.
    async fn failed(&mut self, error: &ConnectionError) -> bool {
        let id = self.options.client_id();
        if let Some(limit) = oversized(error) {
            // It comes again on every connection until someone removes it, so it is said every
            // time, and the back-off is not reset as long as the backlog stands behind it.
            metrics::counter!("jikimi_mqtt_packets_oversized_total").increment(1);
            tracing::error!(client.id = id, %limit, "a packet above our limit");
        }
        let advice = advice(error);
        if let Some(words) = &advice {
            metrics::counter!("jikimi_mqtt_refused_total").increment(1);
            if self.hindrance.set(Some(words.clone())) {
                tracing::error!(client.id = id, %error, "{words}");
            }
        }
        if std::mem::replace(&mut self.lost, true) {
            tracing::debug!(client.id = id, %error, "the broker is still away");
            return true;
        }
        tracing::warn!(client.id = id, %error, "the broker is gone");
        let at = (self.now)();
        self.turn(Link::Lost, at).await
    }

    /// Waits for room in the queue. False if nobody listens any more, or if we are to stop.
    async fn put(&self, arrival: Arrival) -> bool {
        // Nearly always there is room, and then nothing needs to be waited for.
        match self.queue.try_send(arrival) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Closed(_)) => false,
            Err(mpsc::error::TrySendError::Full(arrival)) => tokio::select! {
                sent = self.queue.send(arrival) => sent.is_ok(),
                () = self.switch.closing() => false,
            },
        }
    }
}

/// Waits until the broker hangs up in answer to our goodbye. To hang up first, with something
/// unread, would be a reset, and the broker would lose the acknowledgements before the goodbye.
/// What still comes is not acknowledged, so it comes again.
pub async fn parted(events: &mut EventLoop) {
    while events.poll().await.is_ok() {}
}

async fn next(events: &mut EventLoop) -> Result<Event, Box<ConnectionError>> {
    events.poll().await.map_err(Box::new)
}

fn silent() -> ConnectionError {
    let said = "nothing came for a minute, not even what we sent to ourselves";
    ConnectionError::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, said))
}

fn options(dial: &Dial, client_id: String) -> MqttOptions {
    let mut options = dial.options(client_id);
    options
        .set_clean_start(false)
        .set_session_expiry_interval(Some(u32::MAX))
        .set_receive_maximum(Some(UNACKNOWLEDGED_MAX))
        .set_max_packet_size(Some(PACKET_BYTES_MAX))
        .set_manual_acks(true)
        .set_keep_alive(PINGED_EVERY)
        .set_outgoing_inflight_upper_limit(MARKERS_MAX);
    options
}

/// Whether a packet above our limit ended the connection.
fn oversized(error: &ConnectionError) -> Option<String> {
    match error {
        ConnectionError::MqttState(StateError::Deserialization(
            error @ PacketError::PayloadSizeLimitExceeded { .. },
        )) => Some(error.to_string()),
        _ => None,
    }
}
