//! Collecting a batch: closed as soon as nothing more waits, at the latest at 500 messages or
//! 20 ms. Alarms are always drained first and close the batch at once.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use super::handle::CommandRequest;
use super::{Inlets, Shell};
use crate::domain::time::Timestamp;
use crate::domain::{Input, SiteId};
use crate::ingest::{Arrival, Delivery, Link, Session};

const MESSAGES_MAX: usize = 500;
const OPEN_FOR: Duration = Duration::from_millis(20);
/// Without anything to do the loop turns this often, to notice steps of the clock.
const IDLE_FOR: Duration = Duration::from_secs(1);

/// One thing to step.
pub(super) struct Item {
    pub does: Does,
    /// It has overtaken messages that still wait: deadlines after this moment wait with them,
    /// since one of them may end a hold or a silence.
    pub behind: Option<Timestamp>,
}

pub(super) enum Does {
    Message(Box<Delivery>),
    Command(CommandRequest),
    /// Our own inputs: to one site, or to all.
    Own(Option<SiteId>, Timestamp, Input),
}

/// How far each session's queue has been drained.
#[derive(Debug, Clone, Copy)]
pub(super) struct Drained {
    alarm: Timestamp,
    bulk: Timestamp,
}

impl Default for Drained {
    fn default() -> Self {
        Self { alarm: Timestamp::MIN, bulk: Timestamp::MIN }
    }
}

#[derive(Default)]
pub(super) struct Batch {
    pub items: Vec<Item>,
    /// Whatever was due by then may be woken after this batch: nothing older waits in a queue.
    pub horizon: Option<Timestamp>,
}

impl Batch {
    pub fn of_inputs(site: &SiteId, now: Timestamp, inputs: Vec<Input>) -> Self {
        let own = |input| Item { does: Does::Own(Some(site.clone()), now, input), behind: None };
        Self { items: inputs.into_iter().map(own).collect(), horizon: None }
    }
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
        let has_command = batch.items.iter().any(|item| matches!(item.does, Does::Command(_)));
        if !has_command && let Ok(request) = self.inlets.commands.try_recv() {
            self.take(Arrived::Command(request), batch);
        }
        while let Ok(found) = self.inlets.plans.try_recv() {
            self.take(Arrived::Plan(found), batch);
        }
        if !alarmed || self.alarms_alone {
            self.take_session(Session::Bulk, batch, closes, MESSAGES_MAX);
        }
        self.alarms_alone = alarmed && !self.alarms_alone;
        batch.horizon = Some(self.settled(now));
        let oldest = batch.items.iter().filter_map(Item::received_at).min();
        let waiting = oldest.or_else(|| (!batch.items.is_empty()).then_some(now));
        self.health.set_waiting_since(waiting.or_else(|| self.wake_at().filter(|w| *w <= now)));
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
            let Ok(arrival) = self.inlets.queue(session).try_recv() else { break };
            self.take(Arrived::Session(session, arrival), batch);
            if batch.items.len().is_multiple_of(64) && Instant::now() >= closes {
                break;
            }
        }
        batch.items.len() > before
    }

    /// Up to where nothing older waits in any queue; now, if nothing waits.
    fn settled(&self, now: Timestamp) -> Timestamp {
        let alarm = if self.inlets.alarm.is_empty() { now } else { self.drained.alarm };
        let bulk = if self.inlets.bulk.is_empty() { now } else { self.drained.bulk };
        alarm.min(bulk)
    }

    fn take(&mut self, arrived: Arrived, batch: &mut Batch) {
        let waits = !self.inlets.bulk.is_empty();
        let behind = waits.then_some(self.drained.bulk);
        match arrived {
            Arrived::Session(session, Arrival::Message(delivery)) => {
                let (drained, behind) = match session {
                    Session::Alarm => (&mut self.drained.alarm, behind),
                    Session::Bulk => (&mut self.drained.bulk, None),
                };
                *drained = delivery.received_at;
                batch.items.push(Item { does: Does::Message(Box::new(delivery)), behind });
            }
            Arrived::Session(session, Arrival::Link(link)) => {
                self.link(session, link, behind, batch);
            }
            Arrived::Command(request) => {
                batch.items.push(Item { does: Does::Command(request), behind });
            }
            Arrived::Plan(found) => {
                if let Some((site, input)) = self.found_plan(found) {
                    let does = Does::Own(Some(site), self.clock.now(), input);
                    batch.items.push(Item { does, behind });
                }
            }
        }
    }

    fn link(&mut self, session: Session, link: Link, behind: Option<Timestamp>, batch: &mut Batch) {
        let now = self.clock.now();
        if let Some(input) = self.links.turn(session, link, now) {
            tracing::info!(input = input.kind(), "the way to the broker changed");
            batch.items.push(Item { does: Does::Own(None, now, input), behind });
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
}

impl Inlets {
    fn queue(&mut self, session: Session) -> &mut mpsc::Receiver<Arrival> {
        match session {
            Session::Alarm => &mut self.alarm,
            Session::Bulk => &mut self.bulk,
        }
    }
}

impl Item {
    pub(super) fn received_at(&self) -> Option<Timestamp> {
        match &self.does {
            Does::Message(delivery) => Some(delivery.received_at),
            Does::Own(_, now, _) => Some(*now),
            Does::Command(_) => None,
        }
    }
}
