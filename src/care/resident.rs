//! One home's silence: what is learnt of the person who lives there, and the silence that runs.
//!
//! Pure and driven by events: a sign of life ends the silence and is learnt from; what never
//! comes is waited for by one [`Resident::deadline`]. The owner feeds signs with their moments,
//! calls [`Resident::expire`] when the deadline has come, and says when the home cannot be seen.
//! Every silent slot is counted once, so a sign costs no more than the time since the last.

use serde::{Deserialize, Serialize};

use super::learn::{CENSORED_FROM, Learnt};
use super::silence::{Silence, Stage, Told};
use super::slot::{SLOTS_PER_DAY, SLOTS_PER_HOUR, Slot};
use super::table::{Kind, SCORED_FROM};
use super::weigh::{Burst, Company, SENSORS};
use super::{Model, count};
use crate::domain::time::{SignedDuration, Timestamp, between, micros};

/// What follows the exit door this closely is the leaving itself.
const DOOR_SETTLES: SignedDuration = SignedDuration::from_secs(60);
/// What was unseen for longer may have held a sign of life.
const BRIEFLY_UNSEEN: i64 = SLOTS_PER_HOUR;
/// Of the silences after the exit door, so many were somebody who had stayed: within two hours,
/// when a visitor may just have left, and later, when all but a door that was missed end with it.
const IN_ALL_ALONG: [f64; 2] = [0.5, 0.1];
/// Who was silent for so long and answers is having a quiet day: until the next sign the score
/// begins this far below nothing.
const ANSWERED: f64 = 2.0;
/// Looking ahead adds in another order than living does; it may look a slot too early, not late.
const ROUNDING: f64 = 1e-9;

/// Something that a person caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The door by which people leave.
    ExitDoor,
    /// What nothing but a person does: another door, a tap, a button, a bed, a switched stove.
    Deed,
    /// A motion sensor or radar, by its number in the home.
    Pulse(u8),
    /// An answer to being asked, from wherever the person is.
    Answer,
}

/// What became of a silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Turn {
    Reached {
        stage: Stage,
        at: Timestamp,
        silence: Told,
    },
    /// A sign of life ended what had reached a stage.
    Ended {
        at: Timestamp,
    },
}

/// What a sign is worth.
enum Belief {
    Certain,
    /// A burst of one sensor's pulses that weighs so much more for this one.
    Pulse {
        sensor: u8,
        more: f64,
    },
}

/// What is kept of one household; about 4 kB.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resident {
    /// Of the form in which it is kept, so that what was learnt outlives a change of it.
    version: u16,
    learnt: Learnt,
    #[serde(default)]
    silence: Silence,
    #[serde(default)]
    burst: Burst,
    #[serde(default, with = "micros::optional")]
    door_at: Option<Timestamp>,
    /// Since when the home cannot be seen.
    #[serde(default)]
    blind: Option<Slot>,
    /// Until when nobody is expected to be in.
    #[serde(default, with = "micros::optional")]
    absent_until: Option<Timestamp>,
    #[serde(default)]
    due: Option<Slot>,
}

pub const VERSION: u16 = 1;

impl Resident {
    /// From now on the home is watched; nothing is known but the fleet.
    #[must_use]
    pub fn begin(model: &Model, at: Timestamp) -> Self {
        let slot = model.clock.slot(at);
        let mut resident = Self {
            version: VERSION,
            learnt: Learnt::begin(model, slot.day()),
            silence: Silence::after(slot.after(-1), Kind::Home),
            burst: Burst::default(),
            door_at: None,
            blind: None,
            absent_until: None,
            due: None,
        };
        resident.plan(model);
        resident
    }

    /// Somebody did something. It may come late; older than the last sign it says nothing new.
    pub fn sign(&mut self, model: &Model, at: Timestamp, sign: Sign) -> Vec<Turn> {
        let mut turns = self.advance(model, at);
        let slot = model.clock.slot(at);
        if slot < self.silence.from {
            self.plan(model);
            return turns;
        }
        self.seen(model, at);
        let by_door = sign == Sign::ExitDoor
            || self.door_at.is_some_and(|door| {
                let since = between(door, at);
                !since.is_negative() && since <= DOOR_SETTLES
            });
        if sign == Sign::ExitDoor {
            self.door_at = self.door_at.max(Some(at));
            self.burst.leave();
        }
        let kind = match sign {
            Sign::Answer => self.silence.kind,
            _ if by_door => Kind::Away,
            _ => Kind::Home,
        };
        match self.weigh(model, at, slot, sign, by_door) {
            Belief::Certain => {
                self.believe(model, slot, kind, sign);
                self.end(at, &mut turns);
            }
            Belief::Pulse { sensor, more } => self.pulse(model, slot, sensor, more),
        }
        if self.silence.score < model.thresholds.watch && !self.silence.stopwatch {
            self.end(at, &mut turns);
        }
        self.learnt.roll(model, slot.day());
        self.plan(model);
        turns
    }

    fn weigh(
        &mut self,
        model: &Model,
        at: Timestamp,
        slot: Slot,
        sign: Sign,
        by_door: bool,
    ) -> Belief {
        let Sign::Pulse(sensor) = sign else { return Belief::Certain };
        if !model.settings.weighs {
            return Belief::Certain;
        }
        let company = self.burst.hear(at, sensor);
        if by_door || company == Company::Together {
            return Belief::Certain;
        }
        let strays = &mut self.learnt.strays;
        let more = match company {
            Company::First { before_alone } => {
                if let Some(alone) = before_alone {
                    strays.burst(alone);
                }
                let age = self.silence.age(slot).max(SCORED_FROM);
                let cell = self.learnt.weights.at(self.silence.kind, age, slot);
                let inside = match self.silence.kind {
                    Kind::Home => 1.0,
                    Kind::Away if age < 2 * SLOTS_PER_HOUR => IN_ALL_ALONG[0],
                    Kind::Away => IN_ALL_ALONG[1],
                };
                strays.first(sensor, inside * (1.0 - libm::exp(-cell)))
            }
            Company::Further => strays.further(sensor),
            Company::Repeated | Company::Together => 0.0,
        };
        self.burst.weight += more;
        Belief::Pulse { sensor, more }
    }

    /// A sign that ends the silence for good.
    fn believe(&mut self, model: &Model, slot: Slot, kind: Kind, sign: Sign) {
        if slot > self.silence.from {
            if sign == Sign::Answer {
                // Nobody knows how long it would have lasted.
                self.silence.broken.get_or_insert(slot);
            }
            self.close(model, slot, sign == Sign::ExitDoor);
            let reached = self.silence.reached;
            self.silence = Silence { reached, ..Silence::after(slot, kind) };
        }
        self.silence.kind = kind;
        self.silence.score = if sign == Sign::Answer { -ANSWERED } else { 0.0 };
        self.silence.believed = slot;
        if kind == Kind::Home && sign != Sign::Answer && self.door_at.is_some() {
            self.absent_until = None;
        }
    }

    /// A pulse that may be nobody: it takes its weight off the score. Away it is a stray until its
    /// burst is believed.
    fn pulse(&mut self, model: &Model, slot: Slot, sensor: u8, more: f64) {
        let believed = self.burst.is_believed();
        let away = self.silence.kind == Kind::Away || self.absent_until.is_some();
        if away && !self.burst.is_in() {
            let strays = &mut self.silence.strays[usize::from(sensor) % SENSORS];
            *strays = strays.saturating_add(1);
            return;
        }
        if slot > self.silence.from {
            self.close(model, slot, false);
            let Silence { score, believed, reached, stopwatch, .. } = self.silence;
            let begun = Silence::after(slot, Kind::Home);
            self.silence = Silence { score, believed, reached, stopwatch, ..begun };
            self.silence.strays[usize::from(sensor) % SENSORS] = u8::from(away);
        }
        self.silence.kind = Kind::Home;
        self.silence.score = (self.silence.score - more).max(0.0);
        if believed {
            self.silence.believed = slot;
            self.silence.stopwatch = false;
            if self.door_at.is_some() {
                self.absent_until = None;
            }
        }
    }

    fn end(&mut self, at: Timestamp, turns: &mut Vec<Turn>) {
        self.silence.stopwatch = false;
        if self.silence.reached.take().is_some() {
            turns.push(Turn::Ended { at });
        }
    }

    /// Learns from a silence that a sign in this slot has ended.
    fn close(&mut self, model: &Model, slot: Slot, door_first: bool) {
        let silence = &self.silence;
        let age = silence.age(slot);
        self.learnt.roll(model, slot.day());
        let late = matches!(silence.reached, Some(Stage::NotReturned | Stage::Visit));
        self.learnt.peak(silence.score, late);
        // From door to door nobody was in, whatever pulsed meanwhile.
        let began_empty = silence.kind == Kind::Away || silence.strays != [0; SENSORS];
        if door_first && began_empty && silence.broken.is_none() {
            self.learnt.strays.empty(age, silence.strays);
        }
        let last = silence.broken.map_or(slot, |broken| broken.after(-1));
        self.learnt.silence(silence.kind, silence.from, slot, last, door_first);
    }

    /// Counts what has become silent until now, and says which stages that reached.
    pub fn expire(&mut self, model: &Model, now: Timestamp) -> Vec<Turn> {
        let turns = self.advance(model, now);
        self.plan(model);
        turns
    }

    fn advance(&mut self, model: &Model, now: Timestamp) -> Vec<Turn> {
        let mut turns = Vec::new();
        let last = model.clock.slot(now).after(-1);
        while self.silence.counted < last {
            let slot = self.silence.counted.after(1);
            self.silence.counted = slot;
            self.learnt.roll(model, slot.day());
            if self.is_unseen(model, slot) {
                self.silence.unseen += 1;
                self.silence.broken.get_or_insert(slot);
                continue;
            }
            let age = self.silence.age(slot);
            if age < SCORED_FROM {
                continue;
            }
            self.silence.score += self.learnt.weights.at(self.silence.kind, age, slot);
            if let Some(stage) = self.stage(model, self.silence.score, slot)
                && self.silence.reached < Some(stage)
            {
                self.silence.reached = Some(stage);
                self.silence.stopwatch = stage == Stage::Visit;
                let at = model.clock.ends(slot);
                turns.push(Turn::Reached { stage, at, silence: self.told(model, slot) });
            }
        }
        turns
    }

    fn is_unseen(&self, model: &Model, slot: Slot) -> bool {
        let absent = self.absent_until.is_some_and(|until| model.clock.begins(slot) < until);
        absent || self.blind.is_some_and(|since| slot >= since)
    }

    /// The gravest stage that a silence with this score has reached at the end of this slot.
    fn stage(&self, model: &Model, score: f64, slot: Slot) -> Option<Stage> {
        let age = self.silence.age(slot);
        let limit = self.learnt.stopwatch;
        let doubted = slot.since(self.silence.believed) - self.silence.unseen;
        match self.silence.kind {
            // Lone pulses put a visit off by half of what this person may be silent, not for ever.
            Kind::Home if age >= limit || doubted >= limit + limit / 2 => Some(Stage::Visit),
            Kind::Away if age >= model.settings.not_returned => Some(Stage::NotReturned),
            _ if score >= self.call(model) => Some(Stage::Call),
            _ if score >= model.thresholds.watch => Some(Stage::Watch),
            _ => None,
        }
    }

    /// From which score on somebody is called: the fleet's, raised by this home's false alarms
    /// until no silence of that score would be learnt from.
    fn call(&self, model: &Model) -> f64 {
        let fleet = model.thresholds.call;
        (fleet + self.learnt.raised()).min(CENSORED_FROM.max(fleet))
    }

    /// A worker has found that nothing was wrong here.
    pub fn false_alarm(&mut self, model: &Model) {
        self.learnt.false_alarm();
        self.plan(model);
    }

    /// What stands is told anew, as under a rule that has changed.
    pub fn forget_told(&mut self, model: &Model) {
        self.silence.reached = None;
        self.silence.stopwatch = false;
        self.plan(model);
    }

    /// When to be woken next; never later than the next stage can be reached.
    #[must_use]
    pub fn deadline(&self, model: &Model) -> Option<Timestamp> {
        self.due.map(|slot| model.clock.ends(slot))
    }

    /// Under other thresholds the next stage is due at another moment.
    pub fn replan(&mut self, model: &Model) {
        self.plan(model);
    }

    /// Looks ahead, no further than the day's table holds.
    fn plan(&mut self, model: &Model) {
        self.due = None;
        if let Some(until) = self.absent_until {
            self.due = Some(model.clock.slot(until)).filter(|slot| *slot > self.silence.counted);
        }
        let at_the_end = match self.silence.kind {
            Kind::Home => Stage::Visit,
            Kind::Away => Stage::NotReturned,
        };
        if self.due.is_some() || self.blind.is_some() || self.silence.reached >= Some(at_the_end) {
            return;
        }
        let midnight = Slot((self.learnt.day() + 1) * SLOTS_PER_DAY);
        // At midnight the table changes, and the way ahead with it.
        let ahead = self.ahead(model, midnight, self.silence.reached).unwrap_or(midnight);
        self.due = Some(ahead.max(self.silence.counted.after(1)));
    }

    /// The first slot before `until` in which a stage beyond this one is reached, if all stays
    /// silent and today's table holds. By whole hours: between two steps of the clock and of the
    /// silence's age all slots weigh the same.
    fn ahead(&self, model: &Model, until: Slot, beyond: Option<Stage>) -> Option<Slot> {
        let Silence { kind, counted, score, .. } = self.silence;
        let first = counted.after((SCORED_FROM - self.silence.age(counted)).max(1));
        let (mut slot, mut score) = (first, score);
        let rises = |score, slot| self.stage(model, score, slot) > beyond;
        while slot < until {
            let next = slot.next_hour().min(self.silence.next_class(slot)).min(until);
            let weight = self.learnt.weights.at(kind, self.silence.age(slot), slot);
            let slots = next.since(slot);
            if rises(score + weight * count(slots) + ROUNDING, next.after(-1)) {
                let steps = (1..=slots).find(|step| {
                    rises(score + weight * count(*step) + ROUNDING, slot.after(step - 1))
                });
                return steps.map(|step| slot.after(step - 1));
            }
            score += weight * count(slots);
            slot = next;
        }
        None
    }

    /// The slot at whose end a call would be due, if nothing stirred any more; as far as today's
    /// table reaches into the days to come.
    #[must_use]
    pub fn call_ahead(&self, model: &Model, within_slots: i64) -> Option<Slot> {
        if self.silence.score >= self.call(model) {
            return Some(self.silence.counted);
        }
        let until = self.silence.counted.after(within_slots);
        self.ahead(model, until, Some(Stage::Watch))
    }

    /// The home cannot be seen any more: its door or all its motion sensors are offline, or we
    /// ourselves did not look.
    pub fn blinded(&mut self, model: &Model, at: Timestamp) -> Vec<Turn> {
        let turns = self.expire(model, at);
        self.blind = self.blind.or(Some(model.clock.slot(at)));
        self.plan(model);
        turns
    }

    /// The home can be seen again. The score is worth as much less as somebody well would have
    /// stirred meanwhile; of a short while it keeps all.
    pub fn seen(&mut self, model: &Model, at: Timestamp) {
        let Some(since) = self.blind else { return };
        let _ = self.expire(model, at);
        self.blind = None;
        let gap = model.clock.slot(at).since(since);
        if gap > BRIEFLY_UNSEEN {
            let hazard = |slot: i64| {
                let age = self.silence.age(since.after(-1)) + slot;
                let age = age.max(SCORED_FROM);
                self.learnt.weights.at(self.silence.kind, age, since.after(slot))
            };
            let unseen: f64 = (0..gap.min(SLOTS_PER_DAY)).map(hazard).sum();
            self.silence.score *= libm::exp(-unseen);
        }
        self.plan(model);
    }

    /// Nobody is expected to be in until then; somebody who is ends it.
    pub fn absent(&mut self, model: &Model, now: Timestamp, until: Timestamp) -> Vec<Turn> {
        let mut turns = self.expire(model, now);
        self.absent_until = Some(until);
        self.door_at = None;
        self.end(now, &mut turns);
        self.silence.kind = Kind::Away;
        self.silence.score = 0.0;
        self.plan(model);
        turns
    }

    /// The registered absence is over: from now on silence counts again, as of somebody who may
    /// be out still.
    pub fn present(&mut self, model: &Model, now: Timestamp) -> Vec<Turn> {
        let turns = self.expire(model, now);
        self.absent_until = None;
        self.plan(model);
        turns
    }

    /// Whether nobody is expected to be in.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        self.absent_until.is_some()
    }

    /// Since when nobody has stirred, to the slot.
    #[must_use]
    pub fn since(&self, model: &Model) -> Timestamp {
        model.clock.ends(self.silence.from)
    }

    /// Of the silence that runs.
    #[must_use]
    pub fn score(&self) -> f64 {
        self.silence.score
    }

    #[must_use]
    pub fn kind(&self) -> Kind {
        self.silence.kind
    }

    #[must_use]
    pub fn reached(&self) -> Option<Stage> {
        self.silence.reached
    }

    #[must_use]
    pub fn learnt(&self) -> &Learnt {
        &self.learnt
    }

    fn told(&self, model: &Model, slot: Slot) -> Told {
        Told {
            kind: self.silence.kind,
            since: model.clock.ends(self.silence.from),
            slots: self.silence.age(slot),
            score: self.silence.score,
            stopwatch: self.silence.stopwatch,
        }
    }
}
