//! Finding the silence model's thresholds anew over the homes of all sites, once a month.
//!
//! It is looked for once a day and takes the loop a moment: the model has counted already, and
//! what is left is to sort one number a home and day. What comes of it is an input of each site.

use super::Shell;
use super::batch::Batch;
use crate::domain::Input;
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::monitor::fits;

const LOOKS_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// When it is looked for next.
pub(super) struct Fitting(Timestamp);

impl Fitting {
    pub fn new() -> Self {
        Self(Timestamp::MIN)
    }
}

impl Shell {
    /// Steps the thresholds that are due.
    pub(super) async fn fit_when_due(&mut self) {
        let now = self.clock.now();
        if now < self.fitting.0 {
            return;
        }
        self.fitting = Fitting(after(now, LOOKS_EVERY));
        let monitors = self.sites.iter().map(|(site, entry)| (site, &entry.monitor));
        for (site, input) in fits(monitors, now) {
            if let Input::CareFitted(fitted) = &input {
                tracing::info!(
                    site.id = %site,
                    version = fitted.version,
                    home_days = fitted.call.home_days,
                    watch = fitted.watch.threshold,
                    call = fitted.call.threshold,
                    false_per_home_month = fitted.call.achieved_per_home_month,
                    reachable = fitted.call.reachable,
                    "thresholds of silence were found anew"
                );
            }
            self.process(Batch::of_inputs(&site, now, vec![input])).await;
        }
    }
}
