//! Made-up homes through the model: what rings though everybody is well, and how long a death
//! stays unnoticed.
//!
//! A death cuts everything that people cause at a random moment at home; the devices, and what
//! they do by themselves, go on. The delay runs to the alarm, for five days at most.

use jikimi::care::{Counts, Fit, FleetTable, Kind, Model, Resident, SLOT_S, SLOTS_PER_DAY};
use jikimi::care::{Settings, Sign, Slot, Stage, Thresholds, Turn, WallClock, fit};
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi_sim::homes::live;
use jikimi_sim::homes::{By, Chance, Device, Event, Kit, Slot as SimSlot, Tracer, Trouble, Value};

pub const CLOCK: WallClock = WallClock::SEOUL;
/// Slots over which a death is followed.
pub const FOLLOWED: i64 = 5 * SLOTS_PER_DAY;

/// A home as the model sees it.
pub struct Home {
    pub slots: Vec<SimSlot>,
    pub signs: Vec<(i64, Sign, By)>,
    pub days: usize,
}

/// How a home is equipped, and what makes it hard to read.
pub type Dress = fn(seed: u64) -> (Kit, Trouble);

pub fn basic(_seed: u64) -> (Kit, Trouble) {
    (Kit::BASIC, Trouble::default())
}

impl Home {
    pub fn new(seed: u64, days: usize, dress: Dress) -> Self {
        let life = live(seed, days);
        let (kit, trouble) = dress(seed);
        let mut tracer = Tracer::new(seed, life, kit, trouble);
        let mut told = crate::kit::Told::default();
        let mut signs = Vec::new();
        while let Some(events) = tracer.next_day() {
            signs.extend(events.iter().filter_map(|event| {
                told.sign(event).map(|sign| (i64::from(event.at_s), sign, event.by))
            }));
        }
        Self { slots: tracer.into_life().slots, signs, days }
    }

    pub fn many(first_seed: u64, count: u64, days: usize, dress: Dress) -> Vec<Self> {
        (first_seed..first_seed + count).map(|seed| Self::new(seed, days, dress)).collect()
    }

    /// Moments at home from this day on, so many a day.
    pub fn deaths(&self, seed: u64, from_day: usize, a_day: usize) -> Vec<i64> {
        let mut chance = Chance::new(seed, 9);
        let mut deaths = Vec::new();
        for day in from_day..self.days {
            let slots = day * 288..(day + 1) * 288;
            let at_home: Vec<usize> = slots.filter(|slot| !self.slots[*slot].away).collect();
            if !at_home.is_empty() {
                deaths.extend((0..a_day).map(|_| at_home[chance.whole(0, at_home.len())] as i64));
            }
        }
        deaths.sort_unstable();
        deaths
    }
}

/// 2026-01-01, a midnight in Korea.
pub fn begin() -> Timestamp {
    "2026-01-01T00:00:00+09:00".parse().unwrap()
}

pub fn moment(at_s: i64) -> Timestamp {
    begin() + SignedDuration::from_secs(at_s)
}

/// Whether the resident is asked before anybody else is.
#[derive(Clone, Copy)]
pub struct Asking {
    /// How often somebody who lives answers, within two to ten minutes.
    pub answers: f64,
    /// After so long without an answer or a sign a worker is called.
    pub patience_s: i64,
}

#[derive(Debug, Default)]
pub struct Outcome {
    pub home_days: usize,
    pub alarms: usize,
    pub not_returned: usize,
    /// Alarms that reached a worker, where the resident is asked first.
    pub calls: usize,
    pub delays: Vec<i64>,
    /// The slot of the day of each death.
    pub died: Vec<i64>,
    pub at_home: Vec<bool>,
    pub peaks: Vec<f32>,
    pub per_home: Vec<f64>,
}

impl Outcome {
    pub fn add(&mut self, other: Self) {
        self.per_home.push(30.0 * other.alarms as f64 / other.home_days.max(1) as f64);
        self.home_days += other.home_days;
        self.alarms += other.alarms;
        self.not_returned += other.not_returned;
        self.calls += other.calls;
        self.delays.extend(other.delays);
        self.died.extend(other.died);
        self.at_home.extend(other.at_home);
        self.peaks.extend(other.peaks);
    }

    fn per_month(&self, count: usize) -> f64 {
        30.0 * count as f64 / self.home_days as f64
    }

    pub fn false_per_month(&self) -> f64 {
        self.per_month(self.alarms)
    }

    pub fn not_returned_per_month(&self) -> f64 {
        self.per_month(self.not_returned)
    }

    pub fn calls_per_month(&self) -> f64 {
        self.per_month(self.calls)
    }

    pub fn delay_h(&self, share: f64) -> f64 {
        quantile_h(self.delays.clone(), share)
    }

    pub fn mean_h(&self) -> f64 {
        self.delays.iter().sum::<i64>() as f64 / self.delays.len() as f64 / 12.0
    }

    /// The longest delay of a death in a silence that the model held for one at home.
    pub fn longest_at_home_h(&self) -> f64 {
        let at_home = self.delays.iter().zip(&self.at_home).filter(|(_, home)| **home);
        at_home.map(|(delay, _)| *delay).max().unwrap_or(0) as f64 / 12.0
    }
}

pub fn quantile_h(mut slots: Vec<i64>, share: f64) -> f64 {
    if slots.is_empty() {
        return f64::NAN;
    }
    slots.sort_unstable();
    let place = share * (slots.len() - 1) as f64;
    let (low, high) = (slots[place.floor() as usize] as f64, slots[place.ceil() as usize] as f64);
    (low + (high - low) * place.fract()) / 12.0
}

/// One home lived through. From `from_day` on alarms count and people die.
pub struct Run<'a> {
    pub model: &'a Model,
    pub from_day: usize,
    pub deaths_a_day: usize,
    pub asking: Option<Asking>,
    /// Whether what devices do by themselves goes on after a death.
    pub phantoms: bool,
    pub seed: u64,
}

/// What has been asked and is waited for.
#[derive(Clone, Copy)]
enum Waiting {
    Answer(Timestamp),
    Worker(Timestamp),
}

impl Run<'_> {
    pub fn over(&self, homes: &[Home]) -> Outcome {
        let mut all = Outcome::default();
        for (number, home) in homes.iter().enumerate() {
            all.add(self.of(home, self.seed + number as u64));
        }
        all
    }

    fn of(&self, home: &Home, seed: u64) -> Outcome {
        let mut outcome = Outcome { home_days: home.days - self.from_day, ..Outcome::default() };
        let mut living = Living {
            run: self,
            resident: Resident::begin(self.model, begin()),
            chance: Chance::new(seed, 10),
            ringing: false,
            waiting: None,
            day: 0,
        };
        let deaths = home.deaths(seed, self.from_day, self.deaths_a_day);
        let mut next = 0;
        for death in deaths {
            while let Some((at_s, sign, _)) = home.signs.get(next)
                && at_s / SLOT_S <= death
            {
                living.until(moment(*at_s), &mut outcome);
                living.sign(moment(*at_s), *sign, &mut outcome);
                next += 1;
            }
            living.until(moment((death + 1) * SLOT_S), &mut outcome);
            let kind = living.resident.kind();
            outcome.delays.push(living.dies(home, next, death));
            outcome.died.push(death % SLOTS_PER_DAY);
            outcome.at_home.push(kind == Kind::Home);
        }
        for (at_s, sign, _) in &home.signs[next..] {
            living.until(moment(*at_s), &mut outcome);
            living.sign(moment(*at_s), *sign, &mut outcome);
        }
        living.until(moment(home.days as i64 * 86_400), &mut outcome);
        outcome
    }
}

struct Living<'a> {
    run: &'a Run<'a>,
    resident: Resident,
    chance: Chance,
    ringing: bool,
    waiting: Option<Waiting>,
    day: usize,
}

impl Living<'_> {
    fn counts(&self, at: Timestamp) -> bool {
        at > moment(self.run.from_day as i64 * 86_400)
    }

    /// Steps every deadline until then.
    fn until(&mut self, now: Timestamp, outcome: &mut Outcome) {
        let model = self.run.model;
        loop {
            let due = self.resident.deadline(model).filter(|due| *due <= now);
            let waited = self.waiting.map(|waiting| match waiting {
                Waiting::Answer(at) | Waiting::Worker(at) => at,
            });
            match (due, waited.filter(|at| *at <= now)) {
                (Some(due), waited) if waited.is_none_or(|at| due <= at) => {
                    let turns = self.resident.expire(model, due);
                    self.turned(&turns, outcome);
                }
                (_, Some(at)) => match self.waiting.take() {
                    Some(Waiting::Answer(_)) => self.sign(at, Sign::Answer, outcome),
                    _ if self.counts(at) => outcome.calls += 1,
                    _ => {}
                },
                _ => break,
            }
        }
        let day = self.resident.learnt().day() - CLOCK.slot(begin()).day();
        while (self.day as i64) < day {
            self.day += 1;
            let peaks = self.resident.learnt().peaks();
            let ago = usize::try_from(day).unwrap() - self.day;
            if self.day > self.run.from_day
                && let Some(peak) = peaks.iter().rev().nth(ago)
            {
                outcome.peaks.push(*peak);
            }
        }
    }

    fn sign(&mut self, at: Timestamp, sign: Sign, outcome: &mut Outcome) {
        let turns = self.resident.sign(self.run.model, at, sign);
        self.turned(&turns, outcome);
    }

    fn turned(&mut self, turns: &[Turn], outcome: &mut Outcome) {
        for turn in turns {
            match turn {
                Turn::Ended { .. } => (self.ringing, self.waiting) = (false, None),
                Turn::Reached { stage, at, .. } if *stage >= Stage::Call && !self.ringing => {
                    self.ringing = true;
                    if self.counts(*at) {
                        outcome.alarms += 1;
                        outcome.not_returned += usize::from(*stage == Stage::NotReturned);
                    }
                    self.ask(*at);
                }
                Turn::Reached { .. } => {}
            }
        }
    }

    fn ask(&mut self, at: Timestamp) {
        let Some(asking) = self.run.asking else { return };
        let later = |seconds| at + SignedDuration::from_secs(seconds);
        self.waiting = Some(match self.chance.happens(asking.answers) {
            true => Waiting::Answer(later(self.chance.whole(120, 600) as i64)),
            false => Waiting::Worker(later(asking.patience_s)),
        });
    }

    /// How many slots it takes until the alarm, or until the worker is called.
    fn dies(&self, home: &Home, next: usize, death: i64) -> i64 {
        let model = self.run.model;
        let died = Slot(CLOCK.slot(begin()).0 + death);
        let patience = self.run.asking.map_or(0, |asking| asking.patience_s);
        let asked = |at: Timestamp| {
            let called = CLOCK.slot(at + SignedDuration::from_secs(patience)).after(-1);
            called.since(died).clamp(0, FOLLOWED)
        };
        if self.ringing {
            // Asked before: the living would have answered; who does not is called for.
            return match self.waiting {
                Some(Waiting::Worker(at)) => CLOCK.slot(at).after(-1).since(died).max(0),
                Some(Waiting::Answer(_)) => patience / SLOT_S,
                None => 0,
            };
        }
        let mut resident = self.resident.clone();
        let mut phantoms =
            home.signs[next..].iter().filter(|(_, _, by)| self.run.phantoms && *by == By::Itself);
        let mut phantom = phantoms.next();
        let end = CLOCK.ends(died.after(FOLLOWED));
        loop {
            let stirs = phantom.map(|(at_s, ..)| moment(*at_s));
            let due = resident.deadline(model);
            let turns = match (due, stirs) {
                (Some(due), stirs) if due < end && stirs.is_none_or(|at| due <= at) => {
                    resident.expire(model, due)
                }
                (_, Some(at)) if at < end => {
                    let sign = phantom.map_or(Sign::Answer, |(_, sign, _)| *sign);
                    phantom = phantoms.next();
                    resident.sign(model, at, sign)
                }
                _ => return FOLLOWED,
            };
            for turn in turns {
                if let Turn::Reached { stage, at, .. } = turn
                    && stage >= Stage::Call
                {
                    return asked(at);
                }
            }
        }
    }
}

/// A fleet's table and its threshold for a budget, from homes that nothing is measured on.
pub struct Fitted {
    pub model: Model,
    pub fit: Fit,
}

pub fn fitted(homes: &[Home], settings: Settings, budget: f64) -> Fitted {
    let mut model = pooled(homes.iter(), settings);
    let run = Run {
        model: &model,
        from_day: 28,
        deaths_a_day: 0,
        asking: None,
        phantoms: false,
        seed: 1,
    };
    let fit = fit(run.over(homes).peaks, budget, 1);
    model.thresholds = Thresholds { watch: fit.threshold, call: fit.threshold };
    Fitted { model, fit }
}

/// The table of these homes, and no threshold.
pub fn pooled<'a>(homes: impl Iterator<Item = &'a Home>, settings: Settings) -> Model {
    let mut counts = Counts::default();
    homes.for_each(|home| counts.add(&counted(home)));
    Model { fleet: FleetTable::fit(&counts), ..untuned(settings) }
}

pub fn untuned(settings: Settings) -> Model {
    let hazard = crate::golden::read().hazard;
    let thresholds = Thresholds { watch: f64::INFINITY, call: f64::INFINITY };
    Model { clock: CLOCK, fleet: FleetTable { hazard }, thresholds, settings }
}

/// Every silence of a home to its end, as the fleet's table wants it.
fn counted(home: &Home) -> Counts {
    let first = CLOCK.slot(begin());
    let mut counts = Counts::default();
    let slot_of = |at_s: i64| Slot(first.0 + at_s / SLOT_S);
    let (mut from, mut kind, mut door_at) = (first.after(-1), Kind::Home, i64::MIN / 2);
    for (at_s, sign, _) in &home.signs {
        let slot = slot_of(*at_s);
        if slot > from {
            for age in 6..=slot.since(from) {
                counts.risk(kind, age, from.after(age));
            }
            if slot.since(from) >= 6 {
                counts.end(kind, slot.since(from), slot);
            }
            from = slot;
        }
        if *sign == Sign::ExitDoor {
            door_at = *at_s;
        }
        kind = if at_s - door_at <= 60 { Kind::Away } else { Kind::Home };
    }
    counts
}

/// The event as a sign, where the kit is the basic one.
pub fn plain(event: &Event) -> Option<Sign> {
    match (event.device, event.value) {
        (Device::Motion(room), Value::Motion) => Some(Sign::Pulse(room)),
        (Device::ExitDoor, Value::Open(_)) => Some(Sign::ExitDoor),
        _ => None,
    }
}
