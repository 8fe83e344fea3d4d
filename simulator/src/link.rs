//! One MQTT connection, driven by hand.
//!
//! Nothing happens behind the caller's back: what is queued goes out and what came in is kept
//! only inside [`Link::turn`]. A link never reconnects and forgets everything when it is lost;
//! who needs more than that remembers it outside.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::time::{Instant, sleep_until, timeout};

use crate::wire::{self, Login, Packet, WireError};

/// The broker may let one and a half times this pass before it hangs up.
const KEEP_ALIVE_S: u16 = 60;
/// After so much silence in either direction the broker is asked for a sign of life.
const PING_AFTER: Duration = Duration::from_secs(15);
/// And after so much more it is given up. Long: a ping waits behind our own messages.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const READ_BYTES: usize = 16 * 1024;
/// What has been sent is dropped from the queue at the latest when it is this much.
const SENT_BYTES_KEPT: usize = 256 * 1024;

/// Where a broker is and who we are to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// Host and port.
    pub address: String,
    pub user: Option<String>,
    pub password: Option<String>,
}

/// Why an address of a broker was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("broker `{given}`: {problem}; expected mqtt://[user:password@]host[:port]")]
pub struct BrokerError {
    given: String,
    problem: &'static str,
}

impl std::str::FromStr for Broker {
    type Err = BrokerError;

    fn from_str(given: &str) -> Result<Self, BrokerError> {
        let refused = |problem| BrokerError { given: given.to_owned(), problem };
        let rest = given.strip_prefix("mqtt://").ok_or_else(|| {
            let tls = given.starts_with("mqtts://") || given.starts_with("ssl://");
            refused(if tls { "TLS is not spoken here" } else { "does not begin with mqtt://" })
        })?;
        let (login, place) = match rest.trim_end_matches('/').rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest.trim_end_matches('/')),
        };
        if place.is_empty() || place.contains('/') {
            return Err(refused("names no host, or more than a host"));
        }
        let has_port = place.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let address = if has_port { place.to_owned() } else { format!("{place}:1883") };
        let (user, password) = match login.map(|login| login.split_once(':')) {
            Some(Some((user, password))) => (Some(user.to_owned()), Some(password.to_owned())),
            Some(None) => (login.map(str::to_owned), None),
            None => (None, None),
        };
        Ok(Self { address, user, password })
    }
}

/// Why a link is not, or is no longer.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("broker {address}: not reachable")]
    Unreachable {
        address: String,
        #[source]
        source: std::io::Error,
    },
    #[error("broker {address}: does not answer")]
    Mute { address: String },
    #[error("broker {address}: refuses us (code {code}: {reason})")]
    Refused { address: String, code: u8, reason: &'static str },
    #[error("the connection to the broker is lost")]
    Lost {
        #[source]
        source: std::io::Error,
    },
    #[error("the broker has closed the connection")]
    Closed,
    #[error(transparent)]
    Nonsense(#[from] WireError),
}

impl LinkError {
    /// Trying again cannot help: the broker knows us and does not want us.
    #[must_use]
    pub fn is_final(&self) -> bool {
        const UNAVAILABLE: u8 = 3;
        matches!(self, Self::Refused { code, .. } if *code != UNAVAILABLE)
    }
}

/// A connection that the broker has accepted.
pub struct Link {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    arrived: Vec<u8>,
    parsed: usize,
    queued: Vec<u8>,
    sent: usize,
    last_received: Instant,
    last_sent: Instant,
    pinged: Option<Instant>,
}

impl Link {
    /// Connects and logs in, with a clean session.
    pub async fn open(broker: &Broker, client_id: &str) -> Result<Self, LinkError> {
        let address = &broker.address;
        match timeout(CONNECT_WITHIN, Self::log_in(broker, client_id)).await {
            Ok(result) => result,
            Err(_) => Err(LinkError::Mute { address: address.clone() }),
        }
    }

    async fn log_in(broker: &Broker, client_id: &str) -> Result<Self, LinkError> {
        let address = &broker.address;
        let unreachable = |source| LinkError::Unreachable { address: address.clone(), source };
        let stream = TcpStream::connect(address.as_str()).await.map_err(unreachable)?;
        stream.set_nodelay(true).map_err(unreachable)?;
        let mut link = Self::over(stream);
        let (user, password) = (broker.user.as_deref(), broker.password.as_deref());
        let login = Login { client_id, user, password, keep_alive_s: KEEP_ALIVE_S };
        wire::connect(&mut link.queued, &login);
        let code = link.answer().await?;
        if code == 0 {
            return Ok(link);
        }
        Err(LinkError::Refused { address: address.clone(), code, reason: refusal(code) })
    }

    fn over(stream: TcpStream) -> Self {
        let (reader, writer) = stream.into_split();
        let now = Instant::now();
        Self {
            reader,
            writer,
            arrived: Vec::new(),
            parsed: 0,
            queued: Vec::new(),
            sent: 0,
            last_received: now,
            last_sent: now,
            pinged: None,
        }
    }

    async fn answer(&mut self) -> Result<u8, LinkError> {
        loop {
            if let Some(packet) = self.packet()? {
                return match packet {
                    Packet::ConnAck { code } => Ok(code),
                    _ => Err(WireError::Malformed.into()),
                };
            }
            self.turn(None).await?;
        }
    }

    /// Where to put what is to be sent.
    pub fn queue(&mut self) -> &mut Vec<u8> {
        &mut self.queued
    }

    /// How many bytes wait to be sent.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queued.len() - self.sent
    }

    /// The next packet that has arrived whole.
    pub fn packet(&mut self) -> Result<Option<Packet<'_>>, LinkError> {
        match wire::first(&self.arrived[self.parsed..])? {
            Some((packet, used)) => {
                self.parsed += used;
                Ok(Some(packet))
            }
            None => Ok(None),
        }
    }

    /// Sends, receives, or waits until `until`; returns as soon as any of it has happened.
    pub async fn turn(&mut self, until: Option<Instant>) -> Result<(), LinkError> {
        self.look_after()?;
        self.arrived.drain(..self.parsed);
        self.parsed = 0;
        self.arrived.reserve(READ_BYTES);
        let next_look = self.last_received.min(self.last_sent) + PING_AFTER;
        let alarm = self.pinged.map_or(next_look, |pinged| pinged + ANSWER_WITHIN);
        let until = until.map_or(alarm, |until| until.min(alarm));
        let waiting = self.sent < self.queued.len();
        tokio::select! {
            read = self.reader.read_buf(&mut self.arrived) => self.received(read),
            wrote = self.writer.write(&self.queued[self.sent..]), if waiting => self.wrote(wrote),
            () = sleep_until(until) => Ok(()),
        }
    }

    /// Says goodbye, once everything queued has gone out.
    pub async fn close(mut self) -> Result<(), LinkError> {
        self.queued.extend_from_slice(&wire::DISCONNECT);
        let lost = |source| LinkError::Lost { source };
        self.writer.write_all(&self.queued[self.sent..]).await.map_err(lost)?;
        self.writer.shutdown().await.map_err(lost)
    }

    fn received(&mut self, read: std::io::Result<usize>) -> Result<(), LinkError> {
        match read {
            Ok(0) => Err(LinkError::Closed),
            Ok(_) => {
                self.last_received = Instant::now();
                self.pinged = None;
                Ok(())
            }
            Err(source) => Err(LinkError::Lost { source }),
        }
    }

    fn wrote(&mut self, wrote: std::io::Result<usize>) -> Result<(), LinkError> {
        self.sent += wrote.map_err(|source| LinkError::Lost { source })?;
        self.last_sent = Instant::now();
        if self.sent == self.queued.len() || self.sent >= SENT_BYTES_KEPT {
            self.queued.drain(..self.sent);
            self.sent = 0;
        }
        Ok(())
    }

    /// Asks a silent broker for a sign of life, and gives up one that has shown none.
    fn look_after(&mut self) -> Result<(), LinkError> {
        let now = Instant::now();
        match self.pinged {
            Some(pinged) if now >= pinged + ANSWER_WITHIN => {
                let source = std::io::Error::from(std::io::ErrorKind::TimedOut);
                Err(LinkError::Lost { source })
            }
            None if now >= self.last_received.min(self.last_sent) + PING_AFTER => {
                self.queued.extend_from_slice(&wire::PINGREQ);
                self.pinged = Some(now);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn refusal(code: u8) -> &'static str {
    match code {
        1 => "it does not speak MQTT 3.1.1",
        2 => "it does not like the client id",
        3 => "it is not available",
        4 => "wrong user or password",
        5 => "not authorized",
        _ => "for a reason MQTT 3.1.1 does not know",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_a_host_and_perhaps_a_port_and_a_login() {
        let broker = |text: &str| text.parse::<Broker>().unwrap();
        assert_eq!(broker("mqtt://127.0.0.1").address, "127.0.0.1:1883");
        assert_eq!(broker("mqtt://[::1]:1884/").address, "[::1]:1884");
        assert_eq!(broker("mqtt://[::1]").address, "[::1]:1883");
        let with_login = broker("mqtt://usan:p@ss@broker:1884");
        assert_eq!(with_login.address, "broker:1884");
        assert_eq!(with_login.user.as_deref(), Some("usan"));
        assert_eq!(with_login.password.as_deref(), Some("p@ss"));
    }

    #[test]
    fn what_is_no_broker_is_told_what_would_be_one() {
        for text in ["localhost:1883", "mqtts://a", "mqtt://", "mqtt://a/b"] {
            let error = text.parse::<Broker>().unwrap_err().to_string();
            assert!(error.contains("expected mqtt://"), "{error}");
        }
    }
}
