//! Unlike this hour of the week (편차): further from its median than its spread allows.
//!
//! Each of the 168 hours of the week keeps its last values, thinned to one per `every_min`; their
//! median and MAD judge. Nothing is said before `warm_up_d` days and before an hour has been seen
//! often enough, and what stands out is not learnt from, unless it lasts for `accept_h`: then it is
//! how things are now. The hour of the week is UTC's, which is Korea's moved by nine; where clocks
//! are put forward in spring, an hour is another one for a while.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics};

use super::{Change, Detector, Per, Turn, Waits, said, span_h};
use crate::domain::time::{SignedDuration, Timestamp, between, micros, seconds};
use crate::domain::{Reading, Unit, Words};

const HOURS: usize = 168;
/// MAD to standard deviation, for a normal distribution: 1 / Φ⁻¹(3/4).
const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;
/// An hour that has been seen less often has no opinion.
const LEAST_VALUES: usize = 8;
/// Values an hour may be told to keep.
const KEEP_MAX: usize = 64;

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deviation {
    unit: Unit,
    /// So many spreads away it begins, and so many it is over.
    start_sigma: f64,
    stop_sigma: f64,
    /// So many readings in a row.
    readings: u32,
    /// The spread is never taken for less than this: a meter that always says the same is not
    /// infinitely precise.
    least_spread: f64,
    warm_up_d: f64,
    every_min: f64,
    /// Values kept per hour of the week.
    keep: usize,
    #[serde(rename = "accept_h", deserialize_with = "span_h::deserialize")]
    accept: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// By hour of the week; empty until the first value.
    hours: Vec<VecDeque<f64>>,
    #[serde(default, with = "micros::optional")]
    first: Option<Timestamp>,
    #[serde(default, with = "micros::optional")]
    kept: Option<Timestamp>,
    /// Readings in a row beyond `start_sigma`, and since when.
    beyond: u32,
    #[serde(default, with = "micros::optional")]
    beyond_since: Option<Timestamp>,
    started: bool,
}

/// What an hour of the week is used to.
struct Usual {
    median: f64,
    spread: f64,
}

impl Deviation {
    fn usual(&self, state: &State, now: Timestamp) -> Option<Usual> {
        let warm_up = seconds(self.warm_up_d * 86_400.0);
        if between(state.first?, now) < warm_up {
            return None;
        }
        let values = state.hours.get(hour_of_week(now))?;
        if values.len() < LEAST_VALUES {
            return None;
        }
        let median = median(values.iter().copied());
        let mad = self::median(values.iter().map(|value| (value - median).abs()));
        Some(Usual { median, spread: (MAD_TO_SIGMA * mad).max(self.least_spread) })
    }

    fn learn(&self, state: &mut State, reading: &Reading) {
        let every = seconds(self.every_min * 60.0);
        if state.kept.is_some_and(|kept| between(kept, reading.at) < every) {
            return;
        }
        state.hours.resize(HOURS, VecDeque::new());
        let values = &mut state.hours[hour_of_week(reading.at)];
        if values.len() >= self.keep {
            values.pop_front();
        }
        values.push_back(reading.value.as_number());
        state.kept = Some(reading.at);
    }

    fn judge(
        &self,
        state: &mut State,
        reading: &Reading,
        usual: &Usual,
        changes: &mut Vec<Change>,
    ) -> bool {
        let value = reading.value.as_number();
        let sigmas = (value - usual.median).abs() / usual.spread;
        if sigmas > self.start_sigma {
            state.beyond = state.beyond.saturating_add(1);
            state.beyond_since = state.beyond_since.or(Some(reading.at));
        } else if !state.started || sigmas <= self.stop_sigma {
            state.beyond = 0;
            state.beyond_since = None;
        }
        let turn = match state.started {
            false if state.beyond >= self.readings => Turn::Started,
            true if state.beyond == 0 => Turn::Stopped,
            _ => return sigmas <= self.start_sigma,
        };
        state.started = turn == Turn::Started;
        let because = self.words(reading, usual, sigmas, turn);
        changes.push(Change::new(turn, reading.at, because, vec![reading.clone()]));
        sigmas <= self.start_sigma
    }

    fn words(&self, reading: &Reading, usual: &Usual, sigmas: f64, turn: Turn) -> Words {
        let (name, quantity) = (reading.quantity.name_ko(), reading.quantity.as_str());
        let value = said(reading.value.as_number(), self.unit);
        let median = said(usual.median, self.unit);
        if turn == Turn::Stopped {
            return Words::new(
                format!("{name} {value}: 이 시간대 평소 값 {median} 수준으로 복귀"),
                format!("{quantity} is at {value} again; {median} is usual at this hour"),
            );
        }
        let (times, spread) = ((sigmas * 10.0).round() / 10.0, said(usual.spread, self.unit));
        // Two-sided, of a normal distribution: for people, not for the decision.
        let chance = libm::erfc(sigmas / std::f64::consts::SQRT_2);
        let odds = said_odds(chance);
        Words::new(
            format!(
                "{name} {value}: 이 요일·시간대 평소 {median}, 편차 {spread}의 {times}배 (우연이라면 \
                 {}번에 한 번)",
                odds.ko
            ),
            format!(
                "{quantity} is at {value}; at this hour of the week {median} is usual and \
                 {spread} the spread: {times} spreads away, by chance once in {} readings",
                odds.en
            ),
        )
    }
}

/// One in how many, in round words.
fn said_odds(chance: f64) -> Words {
    match 1.0 / chance {
        odds if odds < 1e3 => Words::from(odds.round().to_string()),
        odds if odds < 1e6 => Words::new(
            format!("{}천", (odds / 1e3).round()),
            format!("{} thousand", (odds / 1e3).round()),
        ),
        odds if odds < 1e9 => Words::new(
            format!("{}만", (odds / 1e4).round()),
            format!("{} million", (odds / 1e6).round()),
        ),
        _ => Words::new("10억 넘는", "more than a billion"),
    }
}

/// 0 is Monday's first hour, UTC.
fn hour_of_week(at: Timestamp) -> usize {
    // 1970 began on a Thursday.
    let hours = at.as_second().div_euclid(3600) + 72;
    usize::try_from(hours.rem_euclid(168)).unwrap_or(0)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    Data::new(values.collect::<Vec<f64>>()).median()
}

impl Detector for Deviation {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.stop_sigma >= self.start_sigma {
            problems.push(format!(
                "`stop_sigma` is {} and `start_sigma` is {}; `stop_sigma` must be smaller, or it \
                 would chatter",
                self.stop_sigma, self.start_sigma
            ));
        }
        if self.readings == 0 {
            problems.push("`readings` is 0; it takes 1 or more in a row".to_owned());
        }
        if self.least_spread <= 0.0 {
            problems.push("`least_spread` must be more than 0".to_owned());
        }
        if self.warm_up_d <= 0.0 || self.every_min <= 0.0 {
            problems.push("`warm_up_d` and `every_min` must be more than 0".to_owned());
        }
        if !(LEAST_VALUES..=KEEP_MAX).contains(&self.keep) {
            problems.push(format!(
                "`keep` is {}; {LEAST_VALUES} to {KEEP_MAX} values per hour of the week are wanted",
                self.keep
            ));
        }
        if !self.accept.is_positive() {
            problems.push("`accept_h` must be more than 0".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        state.first = state.first.or(Some(reading.at));
        let usual = self.usual(state, reading.at);
        let fits = match &usual {
            Some(usual) => self.judge(state, reading, usual, changes),
            None => true,
        };
        let accepted =
            state.beyond_since.is_some_and(|since| between(since, reading.at) >= self.accept);
        if fits || accepted {
            self.learn(state, reading);
        }
    }
}
