//! Thresholds that only a whole fleet can teach (오경보 예산): who wants them found anew, and what
//! a site makes of them.
//!
//! A home has lived too few days to know what is rare; all homes together have not. Whoever holds
//! all monitors asks here which sites are due, and steps the answer as an input like any other, so
//! that it is logged, and a rebuild needs no other site. A rule keeps its own numbers: the fleet's
//! stand beside them and go with the site, whatever becomes of its rules.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Monitor;
use super::instance::Instance;
use super::watch::Watch;
use crate::care::{Fitted, Thresholds};
use crate::detect::Rule;
use crate::domain::time::{SignedDuration, Timestamp, after, micros};
use crate::domain::{Action, Input, Outcome, RuleId, Said, SiteId};

/// Thresholds are found anew so often.
const EVERY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the fleet has found, and when it came to hold here.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    #[serde(with = "micros::required")]
    pub since: Timestamp,
    pub fitted: Fitted,
}

/// The thresholds that are due at `now`, for each site that has to step them: found over the homes
/// of all sites, for the budget of each.
pub fn fits<'m>(
    monitors: impl Iterator<Item = (&'m SiteId, &'m Monitor)> + Clone,
    now: Timestamp,
) -> Vec<(SiteId, Input)> {
    let due = monitors.clone().filter(|(_, monitor)| monitor.watch.wants_fit(now));
    let due: Vec<(&SiteId, &Monitor)> = due.collect();
    if due.is_empty() {
        return Vec::new();
    }
    let peaks: Vec<f32> = monitors.flat_map(|(_, monitor)| monitor.watch.peaks()).collect();
    let fits = due.into_iter().filter_map(|(site, monitor)| {
        let version = monitor.fit().map_or(1, |fit| fit.fitted.version + 1);
        let place = &monitor.configuration().site;
        let fitted = place.care.fit(&peaks, place.homes.len(), version)?;
        Some((site.clone(), Input::CareFitted(fitted)))
    });
    fits.collect()
}

impl Monitor {
    /// The thresholds that the fleet has found for this site, once there were days enough.
    #[must_use]
    pub fn fit(&self) -> Option<&Fit> {
        self.watch.fit.as_ref()
    }
}

impl Watch {
    fn wants_fit(&self, now: Timestamp) -> bool {
        let is_due = self.fit.is_none_or(|fit| after(fit.since, EVERY) <= now);
        is_due && self.configuration.rules.iter().any(|rule| rule.detector.is_fitted())
    }

    /// The highest score of each day and home, of days on which the home was known.
    fn peaks(&self) -> impl Iterator<Item = f32> {
        self.instances
            .iter()
            .flat_map(|Instance { rule, state, .. }| rule.detector.peaks(state).iter().copied())
    }

    /// From now on these thresholds hold.
    pub(super) fn fit(&mut self, now: Timestamp, fitted: Fitted) {
        self.take_fit(Fit { since: now, fitted });
        for index in 0..self.instances.len() {
            let Instance { rule, state, .. } = &mut self.instances[index];
            if rule.detector.is_fitted() {
                rule.detector.replan(state);
                self.settle(index, |_| false);
            }
        }
    }

    /// Replaces each rule's thresholds by the fleet's, and no other word of it.
    pub(super) fn take_fit(&mut self, fit: Fit) {
        self.fit = Some(fit);
        let thresholds: Thresholds = fit.fitted.thresholds();
        let mut fitted: BTreeMap<RuleId, Arc<Rule>> = BTreeMap::new();
        for rule in &self.configuration.rules {
            if let Some(detector) = rule.detector.fitted(thresholds) {
                let rule = Rule { detector, ..Rule::clone(rule) };
                fitted.insert(rule.id.clone(), Arc::new(rule));
            }
        }
        for instance in &mut self.instances {
            if let Some(rule) = fitted.get(&instance.rule.id) {
                instance.rule = Arc::clone(rule);
            }
        }
    }

    /// What a worker found, or a resident answered, tells the home's own detectors. It is read from
    /// the command itself, once an alarm; a command that comes to nothing asks for nothing.
    pub(super) fn verdict(&mut self, now: Timestamp, action: &Action) {
        const TRUE_ENOUGH: [Outcome; 4] =
            [Outcome::Real, Outcome::Test, Outcome::Fault, Outcome::Restored];
        let (incident, fine) = match action {
            Action::ResidentAnswered { incident, said: Said::Fine } => (incident, true),
            Action::FoundAway { incident, .. } => (incident, false),
            Action::Resolve { incident, outcome, .. } if !TRUE_ENOUGH.contains(outcome) => {
                (incident, false)
            }
            _ => return,
        };
        if incident.site != self.configuration.site.id {
            return;
        }
        for index in self.of_homes.get(&incident.place).cloned().unwrap_or_default() {
            let Instance { rule, state, .. } = &mut self.instances[index];
            if *rule.means.kind() != incident.kind {
                continue;
            }
            match fine {
                true => rule.detector.answered(state, now),
                false => rule.detector.false_alarm(state),
            }
            self.settle(index, |_| false);
        }
    }
}
