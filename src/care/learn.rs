//! What a home teaches: when its silences end, how long they get, what its sensors do alone.
//!
//! Learning happens when a silence ends, by going through its slots once more. What the model
//! itself held for all but impossible is not learnt as normal, and a silence at home that the
//! exit door ends was an exit that nobody saw: only its first hour counts. What is learnt today
//! is believed from midnight on.

use serde::{Deserialize, Serialize};

use super::slot::Slot;
use super::table::{Counts, Kind, SCORED_FROM, Weights, narrow};
use super::weigh::Strays;
use super::{Model, count};

/// Slots beyond this score are not learnt.
pub const CENSORED_FROM: f64 = 12.0;
/// Of a silence whose beginning was an exit nobody saw, so many slots are learnt.
const UNSEEN_EXIT_LEARNT: i64 = 12;
/// Half of what was learnt is forgotten in 45 days: 0.5^(1/45).
const KEPT_A_DAY: f64 = 0.984_714_752_934_431_2;
/// On its first days a home is judged by the fleet's table, and says nothing of thresholds.
const UNKNOWN_DAYS: usize = 14;
/// The stopwatch looks back so many days.
const DAYS: usize = 60;
/// A day's longest silence counts for 16 h at most.
const LONGEST_MAX: i64 = 192;
/// 8.5 h, for so many days, before anything is known.
const LONGEST_PRIOR: f64 = 102.0;
const PRIOR_DAYS: f64 = 7.0;
/// The stopwatch runs no shorter than 4 h.
const STOPWATCH_MIN: f64 = 48.0;
/// An alarm that a worker found to be false raises this home's threshold by so much (the step of
/// Gibbs and Candès' adaptive conformal inference of 2021, on the score's scale),
const RAISED: f32 = 0.5;
/// which a month without one takes off again, so that a home with one a month stays as it is.
const LOWERED_A_DAY: f32 = RAISED / 30.0;
/// No home is given more; the score beyond which nothing is learnt bounds it as well.
const RAISED_MAX: f32 = 5.5;

/// One number a day, over the last sixty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Days<T>(Vec<T>);

impl<T: Copy + Default + PartialOrd> Days<T> {
    fn new() -> Self {
        let mut days = Vec::with_capacity(DAYS + 1);
        days.push(T::default());
        Self(days)
    }

    fn next(&mut self) {
        if self.0.len() > DAYS {
            self.0.remove(0);
        }
        self.0.push(T::default());
    }

    fn raise(&mut self, value: T) {
        if let Some(today) = self.0.last_mut()
            && *today < value
        {
            *today = value;
        }
    }

    /// All but today, oldest first.
    fn past(&self) -> &[T] {
        &self.0[..self.0.len().saturating_sub(1)]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Learnt {
    /// The local day.
    day: i64,
    counts: Counts,
    /// Each day's longest silence at home, in slots.
    longest: Days<u8>,
    /// Each day's highest score of a silence that ended, as high as can be where the stopwatch
    /// or the door's two days ran out.
    peaks: Days<f32>,
    #[serde(default)]
    pub strays: Strays,
    /// What is added to the fleet's threshold in this home, for its false alarms.
    #[serde(default)]
    raised: f32,
    /// Today's.
    pub weights: Weights,
    /// Today's, in slots.
    pub stopwatch: i64,
}

impl Learnt {
    #[must_use]
    pub fn begin(model: &Model, day: i64) -> Self {
        let mut learnt = Self {
            day,
            counts: Counts::default(),
            longest: Days::new(),
            peaks: Days::new(),
            strays: Strays::default(),
            raised: 0.0,
            weights: Weights::default(),
            stopwatch: 0,
        };
        learnt.refresh(model);
        learnt
    }

    #[must_use]
    pub fn day(&self) -> i64 {
        self.day
    }

    /// Everything that was counted, for the fleet.
    #[must_use]
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The highest score of each past day on which this home was known, for the fleet.
    #[must_use]
    pub fn peaks(&self) -> &[f32] {
        let past = self.peaks.past();
        // Where the oldest has been forgotten the first days have.
        let unknown = if past.len() < DAYS { UNKNOWN_DAYS } else { 0 };
        past.get(unknown..).unwrap_or_default()
    }

    /// Every midnight until this day.
    pub fn roll(&mut self, model: &Model, day: i64) {
        if day <= self.day {
            return;
        }
        while self.day < day {
            self.day += 1;
            self.counts.fade(KEPT_A_DAY);
            self.strays.fade(KEPT_A_DAY);
            self.raised = (self.raised - LOWERED_A_DAY).max(0.0);
            self.longest.next();
            self.peaks.next();
        }
        self.refresh(model);
    }

    fn refresh(&mut self, model: &Model) {
        self.weights = Weights::of(&self.counts, &model.fleet, model.settings.shrinkage);
        let settings = &model.settings;
        let limit = settings.stopwatch_times * self.usual_longest();
        let limit = limit.max(STOPWATCH_MIN).min(count(settings.stopwatch_max));
        self.stopwatch = super::whole(limit);
    }

    /// What a day's longest silence at home stays below on 95 days of 100, leaning on 8.5 h.
    fn usual_longest(&self) -> f64 {
        let past = self.longest.past();
        if past.len() < 3 {
            return LONGEST_PRIOR;
        }
        let mut sorted = past.to_vec();
        sorted.sort_unstable();
        let rank = (95 * sorted.len()).div_ceil(100);
        let own = f64::from(sorted[rank.saturating_sub(1).min(sorted.len() - 1)]);
        let days = super::count_of(sorted.len());
        (days * own + PRIOR_DAYS * LONGEST_PRIOR) / (days + PRIOR_DAYS)
    }

    /// A worker has found that an alarm here was about nothing.
    pub fn false_alarm(&mut self) {
        self.raised = (self.raised + RAISED).min(RAISED_MAX);
    }

    /// What this home's own false alarms add to a threshold.
    #[must_use]
    pub fn raised(&self) -> f64 {
        f64::from(self.raised)
    }

    pub fn peak(&mut self, score: f64, late: bool) {
        self.peaks.raise(if late { f32::MAX } else { narrow(score) });
    }

    /// A silence began in `from` and ended in `ended`; after `last` nothing is known of it.
    pub fn silence(&mut self, kind: Kind, from: Slot, ended: Slot, last: Slot, door_first: bool) {
        if ended.since(from) < SCORED_FROM {
            return;
        }
        let unseen_exit = kind == Kind::Home && door_first;
        if kind == Kind::Home && !unseen_exit {
            let slots = (last.min(ended.after(-1)).since(from)).clamp(0, LONGEST_MAX);
            self.longest.raise(u8::try_from(slots).unwrap_or(u8::MAX));
        }
        let mut score = 0.0;
        for age in SCORED_FROM..=last.since(from) {
            let slot = from.after(age);
            if unseen_exit && age > UNSEEN_EXIT_LEARNT {
                return;
            }
            score += self.weights.at(kind, age, slot);
            if score > CENSORED_FROM && slot < ended {
                return;
            }
            self.counts.risk(kind, age, slot);
        }
        if last == ended {
            self.counts.end(kind, ended.since(from), ended);
        }
    }
}
