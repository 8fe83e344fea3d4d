//! Collecting a batch: closed as soon as nothing more waits, at the latest at 500 messages or
//! 20 ms. Alarms are always drained first and close the batch at once.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::handle::CommandRequest;
use super::{Inlets, Shell};
use crate::domain::time::Timestamp;
use crate::domain::{Input, SiteId};
use crate::ingest::{Arrival, Delivery, Link, Noticed, Session};

const MESSAGES_MAX: usize = 500;
const OPEN_FOR: Duration = Duration::from_millis(20);
/// Without anything to do the loop turns this often, to notice steps of the clock.
const IDLE_FOR: Duration = Duration::from_secs(1);

/// One thing to step.
pub(super) enum Item {
    Message(Box<Delivery>),
    /// Taken at this moment.
    Command(CommandRequest, Timestamp),
    /// Our own inputs: to one site, or to all.
    Own(Option<SiteId>, Timestamp, Input),
}

pub(super) struct Batch {
    pub items: Vec<Item>,
    /// When the oldest came of what still waits in a queue.
    pub waits: Timestamp,
    /// Whatever was due by then may be woken after this batch: nothing older waits in a queue.
    pub horizon: Option<Timestamp>,
}

impl Default for Batch {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl Batch {
    /// All there is.
    pub fn of(items: Vec<Item>) -> Self {
        Self { items, waits: Timestamp::MAX, horizon: None }
    }

    pub fn of_inputs(site: &SiteId, now: Timestamp, inputs: Vec<Input>) -> Self {
        let own = |input| Item::Own(Some(site.clone()), now, input);
        Self::of(inputs.into_iter().map(own).collect())
    }
}

/// For each item, when the oldest came of what is stepped after it, given the oldest of what
/// `waits` behind them all. Deadlines after that moment wait with it, whatever overtook it: it may
/// end a hold or a silence. A replay finds the same by looking ahead (`replay::Ahead`).
pub(super) fn overtaken(items: &[Item], waits: Timestamp) -> Vec<Timestamp> {
    let mut after = vec![waits; items.len()];
    for index in (1..items.len()).rev() {
        after[index - 1] = after[index].min(items[index].taken_at());
    }
    after
}

impl Shell {
    /// The next batch, which may be empty when only a deadline has come; `None` when told to
    /// stop.
    pub(super) async fn collect(&mut self) -> Option<Batch> {
        if *self.inlets.stop.borrow() {
            return None;
        }
        // Read before looking into the queues: what arrives later is stamped later.
        let now = self.clock.now();
        let mut batch = Batch::default();
        self.notice_clock_step(now, &mut batch);
        self.take_waiting(&mut batch, now);
        if batch.items.is_empty() && self.wake_at().is_none_or(|wake| wake > now) {
            self.health.set_waiting_since(None);
            let arrived = self.wait().await;
            let now = self.clock.now();
            if let Some(arrived) = arrived {
                self.take(arrived, &mut batch);
            }
            self.take_waiting(&mut batch, now);
        }
        Some(batch)
    }

    /// Everything that waits, alarms first, within the limits of a batch.
    fn take_waiting(&mut self, batch: &mut Batch, now: Timestamp) {
        let closes = Instant::now() + OPEN_FOR;
        // Alarms go first, and never twice in a row alone: who floods that topic starves nobody.
        let alarms_max = if self.alarms_alone { MESSAGES_MAX / 2 } else { MESSAGES_MAX };
        let alarmed = self.take_session(Session::Alarm, batch, closes, alarms_max);
        // One command a batch: its answer has to be looked up before the next is taken.
        let has_command = batch.items.iter().any(|item| matches!(item, Item::Command(..)));
        if !has_command && let Ok(request) = self.inlets.commands.try_recv() {
            self.take(Arrived::Command(request), batch);
        }
        while let Ok(found) = self.inlets.plans.try_recv() {
            self.take(Arrived::Plan(found), batch);
        }
        while let Ok(report) = self.inlets.reports.try_recv() {
            self.take(Arrived::Report(report), batch);
        }
        if !alarmed || self.alarms_alone {
            self.take_session(Session::Bulk, batch, closes, MESSAGES_MAX);
        }
        self.alarms_alone = alarmed && !self.alarms_alone;
        batch.waits = self.inlets.waits();
        batch.horizon = Some(now.min(batch.waits));
        let oldest = batch.items.iter().map(Item::taken_at).min();
        self.health.set_waiting_since(oldest.or_else(|| self.wake_at().filter(|w| *w <= now)));
    }

    /// Drains one session's queue; whether anything came.
    fn take_session(
        &mut self,
        session: Session,
        batch: &mut Batch,
        closes: Instant,
        max: usize,
    ) -> bool {
        let before = batch.items.len();
        while batch.items.len() < max {
            let Some(arrival) = self.inlets.queue(session).take() else { break };
            self.take(Arrived::Session(session, arrival), batch);
            if batch.items.len().is_multiple_of(64) && Instant::now() >= closes {
                break;
            }
        }
        batch.items.len() > before
    }

    fn take(&mut self, arrived: Arrived, batch: &mut Batch) {
        match arrived {
            Arrived::Session(_, Arrival::Message(delivery)) => {
                batch.items.push(Item::Message(Box::new(delivery)));
            }
            Arrived::Session(session, Arrival::Link(link, noticed)) => {
                self.link(session, link, noticed, batch);
            }
            Arrived::Command(request) => {
                batch.items.push(Item::Command(request, self.clock.now()));
            }
            Arrived::Report((site, input)) => {
                batch.items.push(Item::Own(Some(site), self.clock.now(), input));
            }
            Arrived::Plan(found) => {
                if let Some((site, input)) = self.found_plan(found) {
                    batch.items.push(Item::Own(Some(site), self.clock.now(), input));
                }
            }
        }
    }

    fn link(&mut self, session: Session, link: Link, noticed: Noticed, batch: &mut Batch) {
        // Who is told again and again that he is behind would wait for ever.
        if link == Link::Behind && !self.looks() {
            return;
        }
        for input in self.links.turn(session, link, noticed) {
            tracing::info!(input = input.kind(), "the way to the broker changed");
            batch.items.push(Item::Own(None, noticed.at, input));
        }
        self.health.set_hears(self.links.looking());
    }

    /// Sleeps until something comes or a deadline does.
    async fn wait(&mut self) -> Option<Arrived> {
        let until_wake = self.wake_at().map_or(IDLE_FOR, |wake| self.clock.real_until(wake));
        let inlets = &mut self.inlets;
        tokio::select! {
            biased;
            Some(arrival) = inlets.alarm.recv() => {
                Some(Arrived::Session(Session::Alarm, arrival))
            }
            Some(request) = inlets.commands.recv() => Some(Arrived::Command(request)),
            Some(found) = inlets.plans.recv() => Some(Arrived::Plan(found)),
            Some(report) = inlets.reports.recv() => Some(Arrived::Report(report)),
            Some(arrival) = inlets.bulk.recv() => Some(Arrived::Session(Session::Bulk, arrival)),
            _ = inlets.stop.changed() => None,
            () = tokio::time::sleep(until_wake.min(IDLE_FOR)) => None,
        }
    }
}

/// What ended a wait.
enum Arrived {
    Session(Session, Arrival),
    Command(CommandRequest),
    Plan(super::planning::Found),
    Report((SiteId, Input)),
}

impl Inlets {
    fn queue(&mut self, session: Session) -> &mut Queue {
        match session {
            Session::Alarm => &mut self.alarm,
            Session::Bulk => &mut self.bulk,
        }
    }

    /// When the oldest came of what waits in either session's queue.
    pub(super) fn waits(&mut self) -> Timestamp {
        let heads = [self.alarm.peek(), self.bulk.peek()];
        heads.into_iter().flatten().map(Arrival::at).min().unwrap_or(Timestamp::MAX)
    }
}

/// A session's queue, whose first can be looked at before it is taken.
pub(super) struct Queue {
    head: Option<Arrival>,
    rest: mpsc::Receiver<Arrival>,
}

impl Queue {
    pub fn new(rest: mpsc::Receiver<Arrival>) -> Self {
        Self { head: None, rest }
    }

    fn peek(&mut self) -> Option<&Arrival> {
        if self.head.is_none() {
            self.head = self.rest.try_recv().ok();
        }
        self.head.as_ref()
    }

    fn take(&mut self) -> Option<Arrival> {
        self.head.take().or_else(|| self.rest.try_recv().ok())
    }

    /// Waits for the next. Nothing is lost if nobody waits any longer.
    async fn recv(&mut self) -> Option<Arrival> {
        match self.head.take() {
            Some(head) => Some(head),
            None => self.rest.recv().await,
        }
    }
}

impl Item {
    /// When it came here.
    pub(super) fn taken_at(&self) -> Timestamp {
        match self {
            Self::Message(delivery) => delivery.received_at,
            Self::Command(_, at) | Self::Own(_, at, _) => *at,
        }
    }
}
