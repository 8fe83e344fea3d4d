//! The player's loop: connect, learn the time, send what is due, keep what is not acknowledged.
//!
//! One task does everything, so there is no moment at which a message is neither in the source,
//! nor in the outbox, nor acknowledged. A connection that is lost is replaced after a pause; the
//! pauses grow, and are short again as soon as a message has been acknowledged or none waits.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep};

use super::outbox::Outbox;
use super::source::Source;
use super::{Options, PlayError, Speed, Summary, times};
use crate::clock::{self, Clock};
use crate::link::{Link, LinkError};
use crate::recording::Lines;
use crate::wire::{self, Packet};

/// So much is encoded ahead of the socket at most.
const QUEUED_BYTES_MAX: usize = 64 * 1024;
const SUBSCRIPTION: u16 = u16::MAX;

/// When a message may go.
enum Pace {
    /// Not known before the first connection has shown whether a service publishes its clock.
    Unknown,
    At(Clock),
    Max,
}

pub struct Publisher<L> {
    options: Options,
    source: Source<L>,
    outbox: Outbox,
    pace: Pace,
    clock: Option<Clock>,
    /// When to stop waiting for the service's clock, over however many connections.
    clock_until: Instant,
    /// The last moment at which a message was acknowledged, or none waited.
    progressed: Instant,
    pause: Duration,
    random: ChaCha8Rng,
    summary: Summary,
}

/// Why a connection was left before the end.
enum Left {
    Lost(LinkError),
    Failed(PlayError),
}

impl From<LinkError> for Left {
    fn from(error: LinkError) -> Self {
        Self::Lost(error)
    }
}

impl From<PlayError> for Left {
    fn from(error: PlayError) -> Self {
        Self::Failed(error)
    }
}

impl<L: Lines> Publisher<L> {
    pub fn new(options: Options, source: Source<L>) -> Self {
        let outbox = Outbox::new(options.in_flight_max);
        let random = ChaCha8Rng::seed_from_u64(options.seed);
        let pause = options.pause_min;
        Self {
            options,
            source,
            outbox,
            pace: Pace::Unknown,
            clock: None,
            clock_until: Instant::now(),
            progressed: Instant::now(),
            pause,
            random,
            summary: Summary::default(),
        }
    }

    pub async fn run(mut self) -> Result<Summary, PlayError> {
        let mut link = self.connect().await?;
        if !self.options.starts_at_once() {
            self.clock_until = Instant::now() + self.options.clock_within;
        }
        loop {
            match self.publish_over(&mut link).await {
                Ok(()) => break,
                Err(Left::Failed(error)) => return Err(error),
                Err(Left::Lost(error)) => {
                    // The old connection has to be gone before a new one asks for the same name.
                    drop(link);
                    link = self.reconnect(error).await?;
                }
            }
        }
        // Everything is acknowledged: a farewell that fails changes nothing.
        let _ = link.close().await;
        self.summary.inputs_skipped = self.source.inputs_skipped;
        self.summary.clock_skipped = self.source.clock_skipped;
        Ok(self.summary)
    }

    /// The first connection: a wrong address should be noticed soon.
    async fn connect(&mut self) -> Result<Link, PlayError> {
        let started = Instant::now();
        loop {
            match Link::open(&self.options.broker, &self.options.client_id).await {
                Ok(link) => return Ok(link),
                Err(error) if error.is_final() => return Err(PlayError::Refused(error)),
                Err(source) if started.elapsed() >= self.options.connect_within => {
                    let after_s = started.elapsed().as_secs();
                    return Err(PlayError::NotConnected { after_s, source });
                }
                Err(error) => self.wait_after(&error).await,
            }
        }
    }

    async fn reconnect(&mut self, mut error: LinkError) -> Result<Link, PlayError> {
        loop {
            if error.is_final() {
                return Err(PlayError::Refused(error));
            }
            if self.progressed.elapsed() >= self.options.progress_within {
                return Err(self.stuck(error));
            }
            self.wait_after(&error).await;
            match Link::open(&self.options.broker, &self.options.client_id).await {
                Ok(link) => {
                    self.summary.reconnects += 1;
                    // While messages wait, only an acknowledgement shows that it is worth it.
                    if self.outbox.is_empty() {
                        self.pause = self.options.pause_min;
                    }
                    return Ok(link);
                }
                Err(again) => error = again,
            }
        }
    }

    /// Waits, and longer the next time.
    async fn wait_after(&mut self, error: &LinkError) {
        self.options.progress.set_message(format!("{error}; trying again"));
        sleep(self.pause.mul_f64(self.random.random_range(0.5..1.0))).await;
        self.options.progress.set_message("");
        self.pause = (self.pause * 2).min(self.options.pause_max);
    }

    fn stuck(&self, source: LinkError) -> PlayError {
        PlayError::Stuck {
            after_s: self.progressed.elapsed().as_secs(),
            waiting: self.outbox.len(),
            acknowledged: self.summary.acknowledged,
            source,
        }
    }

    async fn publish_over(&mut self, link: &mut Link) -> Result<(), Left> {
        for packet in self.outbox.again() {
            link.queue().extend_from_slice(packet);
            self.summary.resent += 1;
        }
        if self.listens_to_the_service() {
            wire::subscribe(link.queue(), SUBSCRIPTION, clock::TOPIC);
        }
        if matches!(self.pace, Pace::Unknown) {
            self.learn_pace(link).await?;
        }
        loop {
            let wait = self.fill(link)?;
            if self.is_done()? {
                return Ok(());
            }
            link.turn(wait.map(|wait| Instant::now() + wait)).await?;
            self.take_in(link)?;
        }
    }

    fn listens_to_the_service(&self) -> bool {
        match self.pace {
            Pace::Unknown => true,
            Pace::At(_) => self.summary.service_clock,
            Pace::Max => false,
        }
    }

    /// Waits for the service's clock for a while, then decides by what to go.
    async fn learn_pace(&mut self, link: &mut Link) -> Result<(), Left> {
        while self.clock.is_none() && Instant::now() < self.clock_until {
            link.turn(Some(self.clock_until)).await?;
            self.take_in(link)?;
        }
        let Some(first) = self.source.next_received_at()? else {
            self.pace = Pace::Max;
            return Ok(());
        };
        self.start(first, clock::wall());
        Ok(())
    }

    fn start(&mut self, first: Timestamp, wall: Timestamp) {
        self.summary.service_clock = self.clock.is_some();
        let clock = self.clock.unwrap_or_else(|| self.own_clock(first, wall));
        let keep = self.options.keep_times;
        let shift = if keep { SignedDuration::ZERO } else { times::shift(first, clock.at(wall)) };
        self.source.shift_by(shift);
        self.pace = match self.options.speed {
            Some(Speed::Max) => Pace::Max,
            _ => Pace::At(clock),
        };
        self.summary.first_received_at = Some(first);
        self.summary.first_played_at = Some(times::later(first, shift));
    }

    /// Where no service says what time it is.
    fn own_clock(&self, first: Timestamp, wall: Timestamp) -> Clock {
        match self.options.speed {
            Some(Speed::Times(speed)) => {
                let now = if self.options.keep_times { first } else { wall };
                Clock { now, wall, speed }
            }
            _ => Clock::real(wall),
        }
    }

    /// Queues what is due and fits; answers how long until the next message is due, if that is
    /// what it waits for.
    fn fill(&mut self, link: &mut Link) -> Result<Option<Duration>, PlayError> {
        let wall = clock::wall();
        if self.outbox.is_empty() {
            self.progressed = Instant::now();
        }
        while self.outbox.has_room() && link.waiting() < QUEUED_BYTES_MAX {
            let Some(due) = self.source.next_due()? else {
                return Ok(None);
            };
            if let Pace::At(clock) = &self.pace {
                let wait = clock.wait(due, wall);
                if !wait.is_zero() {
                    return Ok(Some(wait));
                }
            }
            let Some(message) = self.source.take() else {
                return Ok(None);
            };
            link.queue().extend_from_slice(self.outbox.admit(message));
            self.summary.published += 1;
        }
        Ok(None)
    }

    fn is_done(&mut self) -> Result<bool, PlayError> {
        Ok(self.outbox.is_empty() && self.source.next_due()?.is_none())
    }

    /// Everything that has arrived.
    fn take_in(&mut self, link: &mut Link) -> Result<(), Left> {
        while let Some(packet) = link.packet()? {
            match packet {
                Packet::PubAck { id, reason } => self.acknowledged(id, reason)?,
                Packet::Publish { topic, payload } if topic == clock::TOPIC => {
                    self.told_the_time(payload);
                }
                Packet::Disconnect => return Err(LinkError::Closed.into()),
                _ => {}
            }
        }
        if self.progressed.elapsed() >= self.options.progress_within && !self.outbox.is_empty() {
            let address = self.options.broker.address.clone();
            return Err(self.stuck(LinkError::Mute { address }).into());
        }
        Ok(())
    }

    fn acknowledged(&mut self, id: u16, reason: u8) -> Result<(), PlayError> {
        const REFUSED: u8 = 0x80;
        if reason >= REFUSED {
            let topic = self.outbox.topic(id).unwrap_or("?").to_owned();
            let acknowledged = self.summary.acknowledged;
            return Err(PlayError::MessageRefused { topic, reason, acknowledged });
        }
        if self.outbox.acknowledge(id) {
            self.summary.acknowledged += 1;
            self.progressed = Instant::now();
            self.pause = self.options.pause_min;
            self.options.progress.inc(1);
        }
        Ok(())
    }

    /// A service that is started anew may say another time, and is followed; a clock that comes
    /// only after we have begun by our own is not.
    fn told_the_time(&mut self, payload: &[u8]) {
        let Some(told) = Clock::parse(payload) else {
            return;
        };
        self.clock = Some(told);
        match &mut self.pace {
            Pace::At(clock) if self.summary.service_clock => *clock = told,
            _ => {}
        }
    }
}
