//! The budget of false alarms becomes a threshold, over the whole fleet.
//!
//! A single home cannot certify less than about one false alarm a month: it has lived too few
//! days. Many homes can. The threshold is the smallest that leaves no more days with an alarm
//! than the budget allows, one more counted than were seen (a conformal bound; it holds for the
//! fleet on average, not for each home, since the days of one home resemble each other).

use serde::{Deserialize, Serialize};

use super::{Thresholds, count_of};

/// Below this half of all evenings would ring; above it only the stopwatch does.
const BELIEVABLE: [f64; 2] = [0.5, 60.0];
const DAYS_A_MONTH: f64 = 30.0;
/// Thirty home-months: at one alarm a month some thirty alarms, which are counted to a fifth.
const HOME_DAYS_MIN: usize = 900;

/// A threshold and what it was found on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Of the fit, given by whoever asked for it; it goes with the threshold wherever that goes.
    pub version: u64,
    pub false_per_home_month: f64,
    pub threshold: f64,
    /// How many false alarms a home-month the threshold had on the days it was found on.
    pub achieved_per_home_month: f64,
    /// Whether the budget can be kept at all: the stopwatch and who does not return have a part
    /// of it that no threshold takes back.
    pub reachable: bool,
    pub home_days: u64,
}

/// A site's thresholds, found over the homes of all sites for what this one can bear.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// Counts the fits of the site.
    pub version: u64,
    /// For the resident's being asked.
    pub watch: Fit,
    /// For a worker's being called.
    pub call: Fit,
}

impl Fitted {
    /// Nobody is called who has not been asked.
    #[must_use]
    pub fn thresholds(&self) -> Thresholds {
        let call = self.call.threshold;
        Thresholds { watch: self.watch.threshold.min(call), call }
    }
}

/// What the people of a site can bear (오경보 예산).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// So often, in one home and month, somebody who is well is asked whether they are,
    pub asks_per_home_month: f64,
    /// and so often a worker is called about them.
    pub false_per_home_month: f64,
    /// How many calls of a day all workers of the site take together; none: it was not said.
    pub calls_per_day: Option<f64>,
    /// How much one home may send in a calendar month; none: nobody counts against it.
    pub data_bytes_per_month: Option<u64>,
}

impl Default for Budget {
    /// What the shipped thresholds were found for.
    fn default() -> Self {
        Self {
            asks_per_home_month: 3.0,
            false_per_home_month: 1.0,
            calls_per_day: None,
            data_bytes_per_month: None,
        }
    }
}

impl Budget {
    /// False alarms a home-month that a site with so many homes can bear: no more than its
    /// workers can take.
    #[must_use]
    pub fn false_for(&self, homes: usize) -> f64 {
        let taken = |calls: f64| DAYS_A_MONTH * calls / count_of(homes.max(1));
        self.calls_per_day
            .map_or(self.false_per_home_month, |calls| taken(calls).min(self.false_per_home_month))
    }

    /// Finds a site's thresholds; none as long as the fleet has lived too few days.
    #[must_use]
    pub fn fit(&self, peaks: &[f32], homes: usize, version: u64) -> Option<Fitted> {
        let enough = peaks.len() >= HOME_DAYS_MIN;
        enough.then(|| Fitted {
            version,
            watch: fit(peaks.iter().copied(), self.asks_per_home_month, version),
            call: fit(peaks.iter().copied(), self.false_for(homes), version),
        })
    }
}

/// Finds the threshold for a budget, from each day's highest score in each home.
#[must_use]
pub fn fit(peaks: impl IntoIterator<Item = f32>, budget: f64, version: u64) -> Fit {
    let mut peaks: Vec<f32> = peaks.into_iter().collect();
    peaks.sort_unstable_by(|a, b| b.total_cmp(a));
    let days = count_of(peaks.len());
    let per_month = |alarms: usize| DAYS_A_MONTH * count_of(alarms) / days.max(1.0);
    // The largest number of days with an alarm that, with one more, is within the budget.
    let allowed = super::whole(budget / DAYS_A_MONTH * (days + 1.0)) - 1;
    let late = peaks.iter().take_while(|peak| **peak >= f32::MAX).count();
    let allowed = usize::try_from(allowed).ok().filter(|allowed| *allowed >= late);
    let [least, most] = BELIEVABLE;
    // Just above the first peak that must stay without an alarm.
    let threshold = match allowed {
        Some(allowed) => peaks.get(allowed).map_or(least, |peak| f64::from(*peak) + 1e-6),
        None => most,
    };
    let threshold = threshold.clamp(least, most);
    let alarms = peaks.iter().take_while(|peak| f64::from(**peak) >= threshold).count();
    Fit {
        version,
        false_per_home_month: budget,
        threshold,
        achieved_per_home_month: per_month(alarms),
        reachable: allowed.is_some(),
        home_days: peaks.len() as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_days_ring_than_the_budget_allows_with_one_more_counted() {
        // 3,000 home-days are 100 home-months; a budget of 1 allows 100 of 3,001, less one.
        let peaks: Vec<f32> = (0..3_000_u16).map(|day| f32::from(day) / 300.0).collect();
        let fit = fit(peaks.iter().copied(), 1.0, 4);
        let ringing = peaks.iter().filter(|peak| f64::from(**peak) >= fit.threshold).count();
        assert_eq!((ringing, fit.version, fit.home_days, fit.reachable), (99, 4, 3_000, true));
        assert!((fit.achieved_per_home_month - 0.99).abs() < 1e-12);
    }

    #[test]
    fn a_budget_below_what_the_stopwatch_takes_is_said_to_be_out_of_reach() {
        let mut peaks = vec![1.0; 2_900];
        peaks.extend([f32::MAX; 100]);
        let fit = fit(peaks, 0.5, 1);
        assert!(!fit.reachable);
        assert!((fit.achieved_per_home_month - 1.0).abs() < 1e-12);
    }

    #[test]
    fn without_a_day_nothing_is_claimed() {
        let fit = fit([], 1.0, 1);
        assert!(!fit.reachable);
        assert_eq!(fit.home_days, 0);
    }
}
