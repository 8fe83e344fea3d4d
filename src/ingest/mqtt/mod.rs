//! Our client at a broker of its own (Mosquitto in production).
//!
//! Two persistent sessions, each with its own connection, task and queue, so that an alarm never
//! queues behind readings. Everything is QoS 1 and acknowledged by hand, after the commit. What
//! is lost on the way is brought again by the broker; what comes twice is recognized further in.
//! Publishing has a third connection, [`Publisher`], so that it never waits for the others.
//!
//! **MQTT 5**, because it takes as much as 3.1.1 (ARCHITECTURE.md has the numbers) and lets the
//! client say what 3.1.1 leaves to the broker's configuration: how many messages may be
//! unacknowledged, how large a packet may be, how long the session lives, and that a retained
//! message comes with a new subscription only.
//!
//! **One event loop per connection, used once.** An acknowledgement holds its connection's
//! request channel. When the connection is gone so is the channel's other end, so an
//! acknowledgement given late goes nowhere, and can never be taken for one of the next
//! connection, where its packet id may belong to another message. The broker brings that message
//! again.
//!
//! **No deadlock when the queue is full.** The session's task then waits for room and polls
//! nothing: no packet, no ping, no acknowledgement. The run loop waits for none of that: it takes
//! from the queue and gives acknowledgements into a channel that has room for every packet id
//! there is. As soon as it has taken one, the task goes on and sends them. Meanwhile the broker
//! holds back what is not acknowledged, and TCP the rest. A connection that
//! ends meanwhile takes with it what is acknowledged and not sent, so it is not given up for a
//! ping whose answer stands behind all that waits: whether it lives, markers say.

mod address;
mod dial;
mod publisher;
mod session;
mod subscriptions;
mod switch;

use std::sync::Arc;
use std::time::Duration;

use rumqttc::v5::AsyncClient;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::Publish;
use tokio::task::JoinHandle;

pub use address::{Address, AddressError};
pub use dial::{Dial, DialError};
pub use publisher::{Outlet, Publisher};

use super::{Hindrance, Queues, Session};
use crate::domain::time::Timestamp;
use session::Runner;
use subscriptions::Granted;
use switch::Switch;

/// A dead connection is noticed after at most twice this.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// How long a stop waits for a connection to say goodbye.
const GOODBYE_MAX: Duration = Duration::from_secs(2);

/// The two sessions at the broker. Dropping it cuts the connections; [`Client::close`] parts
/// properly. Either way the broker keeps the sessions.
#[derive(Debug)]
pub struct Client {
    sessions: Vec<Running>,
}

/// A task that owns one connection after the other.
#[derive(Debug)]
struct Running {
    switch: Arc<Switch>,
    task: JoinHandle<()>,
}

/// Connects to a broker in plain text that asks nobody who they are.
///
/// # Errors
/// If `url` is no address of a broker. A broker that is away is no error.
pub fn connect(
    url: &str,
    client_id: &str,
    queues: Queues,
    now: impl Fn() -> Timestamp + Clone + Send + Sync + 'static,
) -> Result<Client, AddressError> {
    Ok(connect_to(&Dial::plain(url)?, client_id, queues, now, &Arc::default()))
}

/// Connects, and goes on connecting for as long as it takes; how that stands comes out of the
/// queues, and what hinders it, where something is to be done about it, stands in `hindrance`.
/// `client_id` names the sessions at the broker and must stay the same across restarts.
pub fn connect_to(
    dial: &Dial,
    client_id: &str,
    queues: Queues,
    now: impl Fn() -> Timestamp + Clone + Send + Sync + 'static,
    hindrance: &Arc<Hindrance>,
) -> Client {
    let granted = Granted::default();
    let start = |session, queue| {
        let switch = Arc::new(Switch::default());
        let way_in = (queue, queues.directory.clone());
        let told = (granted.clone(), Arc::clone(&switch), Arc::clone(hindrance));
        let runner = Runner::new(dial, client_id, session, way_in, told, now.clone());
        Running { switch, task: tokio::spawn(runner.run()) }
    };
    let sessions = vec![
        start(Session::Alarm, queues.alarm.clone()),
        start(Session::Bulk, queues.bulk.clone()),
    ];
    Client { sessions }
}

impl Client {
    /// Sends the acknowledgements that were given, says goodbye and stops. What is in the queues
    /// stays there; what of it is not acknowledged comes again to whoever connects next.
    pub async fn close(mut self) {
        for running in &self.sessions {
            running.switch.close();
        }
        for running in self.sessions.drain(..) {
            running.stopped().await;
        }
    }
}

impl Running {
    async fn stopped(mut self) {
        // A connection that does not part in time is cut when `self` is dropped.
        let _ = tokio::time::timeout(GOODBYE_MAX, &mut self.task).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The acknowledgement of one packet on one connection.
#[derive(Debug)]
pub struct ClientAck {
    connection: Arc<AsyncClient>,
    packet_id: u16,
}

impl ClientAck {
    /// Acknowledges the packet, unless its connection is gone. Never waits.
    pub fn give(self) {
        let packet = Publish { pkid: self.packet_id, qos: QoS::AtLeastOnce, ..Publish::default() };
        // It fails only if the connection is gone; then the packet comes again.
        let _ = self.connection.try_ack(&packet);
    }
}
