//! Someone who does less and less, over weeks: a sum of what each day lacks.
//!
//! A day's activity is its share of slots with a sign between six and twenty-two, of the slots at
//! home; a day with less than four hours at home says nothing. Four weeks teach what is usual, a
//! robust middle and spread. From then on each day's shortfall beyond half a spread is summed
//! up and every surplus taken off again (a CUSUM, Page 1954); the middle follows slowly, unless
//! the day was far below it.
//!
//! It tells a caseworker to look in during the day, and never rings at night.

use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics as _};

use super::Slot;

const LEARNS_DAYS: usize = 28;
const HOME_SLOTS_MIN: u16 = 48;
/// Six and twenty-two o'clock.
const HOURS: std::ops::Range<usize> = 6..22;
/// A shortfall below this is none, in spreads.
const ALLOWANCE: f64 = 0.5;
/// From here on it is told of.
const LIMIT: f64 = 5.0;
const CLIPPED: f64 = 3.0;
const FOLLOWS: f64 = 0.01;
const FOLLOWS_ABOVE: f64 = -2.0;
/// From the median deviation to the standard deviation of a normal spread, and a floor to it.
const NORMAL: f64 = 1.4826;
const SPREAD_MIN: f64 = 0.1;

/// The weeks of one household.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decline {
    /// The days that are learnt from, until there are enough.
    first: Vec<f32>,
    usual: Option<Usual>,
    sum: f64,
    /// Days in a row that lacked nothing.
    without_lack: u16,
    /// Today.
    day: Option<i64>,
    active: u16,
    home: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Usual {
    middle: f64,
    spread: f64,
}

impl Decline {
    /// One slot that is over: whether there was a sign in it, and whether the person was in.
    /// Answers true once for each decline, at the end of the day that completed it.
    pub fn slot(&mut self, slot: Slot, active: bool, at_home: bool) -> bool {
        let ended = self.day.is_some_and(|day| day < slot.day());
        let told = ended && self.end_day();
        self.day = Some(slot.day());
        if HOURS.contains(&slot.hour()) {
            self.active += u16::from(active);
            self.home += u16::from(at_home);
        }
        told
    }

    fn end_day(&mut self) -> bool {
        let (active, home) = (std::mem::take(&mut self.active), std::mem::take(&mut self.home));
        home >= HOME_SLOTS_MIN && self.day_of(f64::from(active) / f64::from(home))
    }

    /// So many days in a row, up to the last that ended, have lacked nothing.
    #[must_use]
    pub fn days_without_lack(&self) -> u16 {
        self.without_lack
    }

    /// One day's share of active slots; whether it completes a decline.
    pub fn day_of(&mut self, share: f64) -> bool {
        let Some(usual) = &mut self.usual else {
            self.first.push(super::table::narrow(share));
            if self.first.len() >= LEARNS_DAYS {
                let days = std::mem::take(&mut self.first);
                self.usual = Some(Usual::of(days.into_iter().map(f64::from).collect()));
            }
            return false;
        };
        let z = ((share - usual.middle) / usual.spread).clamp(-CLIPPED, CLIPPED);
        if z > FOLLOWS_ABOVE {
            usual.middle += FOLLOWS * (share - usual.middle);
        }
        self.sum = (self.sum - z - ALLOWANCE).max(0.0);
        self.without_lack = if self.sum > 0.0 { 0 } else { self.without_lack.saturating_add(1) };
        let told = self.sum > LIMIT;
        if told {
            self.sum = 0.0;
        }
        told
    }
}

impl Usual {
    fn of(days: Vec<f64>) -> Self {
        let middle = Data::new(days.clone()).median();
        let deviations: Vec<f64> = days.iter().map(|day| (day - middle).abs()).collect();
        let spread = NORMAL * Data::new(deviations).median() + SPREAD_MIN * middle;
        // Somebody who is never seen has no usual; nothing can fall below it.
        Self { middle, spread: spread.max(1e-6) }
    }
}
