//! One connection of the load: sends what is due, notes what is acknowledged.

use std::collections::VecDeque;
use std::time::Duration;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokio::time::Instant;

use super::payload::Payloads;
use super::{Options, Rate, Shared, sites, with};
use crate::clock;
use crate::link::{Link, LinkError};
use crate::wire::{self, Packet};

/// The timer's grain: a message sent so soon after it was due was sent in time.
const GRAIN: Duration = Duration::from_millis(1);

/// When the messages of one connection are due.
pub struct Schedule {
    first: Instant,
    until: Instant,
    /// None: as soon as there is room.
    every: Option<Duration>,
    count_max: u64,
}

impl Schedule {
    /// The connections take turns, so that together they send evenly.
    pub fn new(options: &Options, number: usize, started: Instant) -> Self {
        let connections = options.connections;
        let turn = match options.rate {
            Rate::Max => None,
            Rate::PerSecond(rate) => Some(Duration::from_secs_f64(1.0 / rate)),
        };
        let (part, number_u64) = (connections as u64, number as u64);
        let share = |all: u64| all / part + u64::from(number_u64 < all % part);
        Self {
            first: started + turn.unwrap_or_default().mul_f64(number as f64),
            until: started + options.duration,
            every: turn.map(|turn| turn.mul_f64(connections as f64)),
            count_max: options.messages_max.map_or(u64::MAX, share),
        }
    }

    /// When message `count` is due; `None` if it is none of ours any more.
    fn due(&self, count: u64) -> Option<Instant> {
        let after = self.every.map_or(Duration::ZERO, |every| every.mul_f64(count as f64));
        let due = self.first + after;
        (count < self.count_max && due < self.until).then_some(due)
    }

    /// From here on nothing is sent any more, due or not.
    fn closes(&self) -> Instant {
        self.every.map_or(self.until, |_| self.until + 2 * GRAIN)
    }

    /// How many messages were due before the end and have not been sent.
    fn missed(&self, sent: u64) -> u64 {
        let Some(every) = self.every else { return 0 };
        let span = self.until.saturating_duration_since(self.first);
        let due = span.as_nanos().div_ceil(every.as_nanos().max(1));
        u64::try_from(due).unwrap_or(u64::MAX).min(self.count_max).saturating_sub(sent)
    }
}

/// See the module.
pub struct Connection {
    schedule: Schedule,
    in_flight_max: usize,
    drain_within: Duration,
    topics: Vec<String>,
    payloads: Payloads,
    payload: Vec<u8>,
    /// Packet id and start of what is on its way, oldest first.
    on_their_way: VecDeque<(u16, Instant)>,
    last_id: u16,
    sent: u64,
    tally: Shared,
}

impl Connection {
    pub fn new(options: &Options, number: usize, schedule: Schedule, tally: Shared) -> Self {
        let random = ChaCha8Rng::seed_from_u64(options.seed.wrapping_add(number as u64));
        let devices = (number..options.devices).step_by(options.connections);
        Self {
            schedule,
            in_flight_max: options.in_flight_max,
            drain_within: options.drain_within,
            topics: devices.map(|device| sites::topic(options.sites, device)).collect(),
            payloads: Payloads::new(number, random, options.trip),
            payload: Vec::new(),
            on_their_way: VecDeque::new(),
            last_id: 0,
            sent: 0,
            tally,
        }
    }

    pub async fn run(mut self, mut link: Link) {
        let ended = self.send_all(&mut link).await;
        with(&self.tally, |tally| {
            tally.unacknowledged += self.on_their_way.len() as u64;
            tally.not_sent += self.schedule.missed(self.sent);
            tally.lost += u64::from(ended.is_err());
        });
        if ended.is_ok() {
            // All is counted; how the farewell goes changes nothing.
            let _ = link.close().await;
        }
    }

    async fn send_all(&mut self, link: &mut Link) -> Result<(), LinkError> {
        let given_up = self.schedule.until + self.drain_within;
        loop {
            let now = Instant::now();
            let next = self.fill(link, now);
            let idle = self.on_their_way.is_empty() && link.waiting() == 0;
            if now >= given_up || (idle && next.is_none()) {
                return Ok(());
            }
            link.turn(Some(next.unwrap_or(given_up))).await?;
            self.take_in(link)?;
        }
    }

    /// Queues what is due and answers when the next message will be, if there is room for it.
    /// `None`: nothing more to send, or no room before something is acknowledged.
    fn fill(&mut self, link: &mut Link, now: Instant) -> Option<Instant> {
        let mut bytes = 0;
        let before = self.sent;
        let next = loop {
            if now >= self.schedule.closes() || self.on_their_way.len() >= self.in_flight_max {
                break None;
            }
            match self.schedule.due(self.sent) {
                Some(due) if due <= now => bytes += self.send(link, due, now),
                next => break next,
            }
        };
        let sent = self.sent - before;
        if sent > 0 {
            with(&self.tally, |tally| {
                tally.sent += sent;
                tally.bytes += bytes;
            });
        }
        next
    }

    fn send(&mut self, link: &mut Link, due: Instant, now: Instant) -> u64 {
        let topics = self.topics.len() as u64;
        let turn = usize::try_from(self.sent % topics).unwrap_or(0);
        let seq = self.sent / topics;
        self.payload.clear();
        self.payloads.set_time(clock::wall());
        self.payloads.put(&mut self.payload, seq);
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        wire::publish(link.queue(), self.last_id, &self.topics[turn], &self.payload, false);
        let start = if self.schedule.every.is_some() { now.min(due + GRAIN) } else { now };
        self.on_their_way.push_back((self.last_id, start));
        self.sent += 1;
        self.payload.len() as u64
    }

    fn take_in(&mut self, link: &mut Link) -> Result<(), LinkError> {
        let (waits, mut now) = (&mut self.on_their_way, None);
        with(&self.tally, |tally| {
            while let Some(packet) = link.packet()? {
                let Packet::PubAck { id, reason } = packet else {
                    continue;
                };
                let Some(place) = waits.iter().position(|(waiting, _)| *waiting == id) else {
                    continue;
                };
                let now = *now.get_or_insert_with(Instant::now);
                if let Some((_, start)) = waits.remove(place) {
                    tally.latency.note(now.saturating_duration_since(start));
                }
                match reason {
                    0..0x80 => tally.acknowledged += 1,
                    _ => tally.refused += 1,
                }
                tally.last = Some(now);
            }
            Ok(())
        })
    }
}
