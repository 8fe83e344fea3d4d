//! What a recording's incidents are worth, beside what really happened.
//!
//! A truth is *found* by the first alarm of its kind that was heard while it was true, in an
//! incident whose place contains the truth's. An incident is *true* if any of its alarms was
//! heard while such a truth was true, and *false* otherwise. So an incident that grows from one
//! fire into the next finds both, and one that opened before the fire and never spoke again finds
//! none. In a home each spell of alarms is judged by itself, as by a worker who has closed the one
//! before. Kinds of faults are judged only where the truth speaks of them: nobody labels each
//! device that was silent.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jikimi_sim::truth::Truth;
use serde::Serialize;
use statrs::statistics::{Data, Max as _, OrderStatistics as _, Statistics as _};

use super::Told;
use crate::care::was_out;
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{Class, HomeId};
use crate::monitor::Configuration;

/// Days of a month, on average over the four years of a leap cycle.
const DAYS_PER_MONTH: f64 = 30.4375;

/// One kind's record.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    pub kind: String,
    /// What really happened.
    pub truths: usize,
    /// Incidents that were opened, of them those that were about a truth, and the others.
    pub incidents: usize,
    #[serde(rename = "true")]
    pub right: usize,
    #[serde(rename = "false")]
    pub wrong: usize,
    /// Truths that nothing found.
    pub missed: usize,
    /// True incidents of all; none without an incident.
    pub precision: Option<f64>,
    /// Truths found of all; none without a truth.
    pub recall: Option<f64>,
    /// From a truth's beginning to the alarm that found it.
    pub delay_s: Option<Delays>,
    /// The same of silences alone: of somebody held to be in, and of somebody held to be out by
    /// the door, who may be dead behind it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_at_home_s: Option<Delays>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_out_s: Option<Delays>,
    /// Homes watched, times months.
    pub home_months: f64,
    pub false_per_home_month: Option<f64>,
    /// Notices that somebody would have got.
    pub calls: usize,
    pub calls_per_home_month: Option<f64>,
}

/// Quantiles in seconds (R-8 of Hyndman and Fan, as statrs reckons them).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Delays {
    pub p50: f64,
    pub p90: f64,
    pub mean: f64,
    pub max: f64,
}

/// What became of each truth and of each kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// By kind.
    pub outcomes: Vec<Outcome>,
    /// For each truth, in the order given: the delay of what found it.
    pub delays: Vec<Option<SignedDuration>>,
    /// Incidents about nothing that happened, as `id from its first alarm`.
    pub wrong: Vec<(String, Timestamp)>,
}

/// A truth about nothing that the configuration has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPlace {
    #[error("there is no site `{0}`; known are {1}")]
    Site(String, String),
    #[error("site `{0}` has no building, storey, zone, home or device `{1}`")]
    Place(String, String),
}

/// Judges incidents by truths; `span` is how long was watched.
///
/// # Errors
/// With the index of the first truth whose place is not known.
pub fn judge(
    configurations: &[Arc<Configuration>],
    told: &[&Told],
    truths: &[Truth],
    span: SignedDuration,
) -> Result<Judged, (usize, UnknownPlace)> {
    let places: Vec<BTreeSet<String>> = truths
        .iter()
        .enumerate()
        .map(|(index, truth)| places(configurations, truth).map_err(|unknown| (index, unknown)))
        .collect::<Result<_, _>>()?;
    let is_about = |told: &Told, index: usize| {
        let truth = &truths[index];
        told.id.site.as_str() == truth.site
            && told.id.kind.as_str() == truth.kind
            && places[index].contains(told.id.place.as_str())
    };
    let homes: BTreeSet<&str> =
        configurations.iter().flat_map(|c| c.site.homes.keys().map(HomeId::as_str)).collect();
    let mut found: Vec<Option<Found>> = vec![None; truths.len()];
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    for truth in truths {
        kinds.entry(&truth.kind).or_default().truths += 1;
    }
    let mut wrong = Vec::new();
    for told in told {
        let kind = told.id.kind.as_str();
        let alarms = alarms(configurations, told);
        let judged = is_situation(configurations, told) || kinds.contains_key(kind);
        if alarms.is_empty() || !judged {
            continue;
        }
        let mut notices = told.calls;
        let spells =
            if homes.contains(told.id.place.as_str()) { spells(&alarms) } else { vec![alarms] };
        for spell in spells {
            let mut right = false;
            for index in (0..truths.len()).filter(|index| is_about(told, *index)) {
                let Some(first) = first_within(&spell, &truths[index]) else { continue };
                right = true;
                let best = &mut found[index];
                if best.is_none_or(|best| first.delay < best.delay) {
                    *best = Some(first);
                }
            }
            kinds.entry(kind).or_default().count(std::mem::take(&mut notices), right);
            if !right {
                wrong.extend(spell.first().map(|alarm| (told.id.to_string(), alarm.heard_at)));
            }
        }
    }
    for (truth, found) in truths.iter().zip(&found) {
        kinds.entry(&truth.kind).or_default().found.extend(*found);
    }
    let delays = found.iter().map(|found| found.map(|found| found.delay)).collect();
    let home_months = home_months(configurations, span);
    let outcomes = kinds.into_iter().map(|(kind, tally)| tally.outcome(kind, home_months));
    Ok(Judged { outcomes: outcomes.collect(), delays, wrong })
}

/// The truth's place and everything that contains it.
fn places(
    configurations: &[Arc<Configuration>],
    truth: &Truth,
) -> Result<BTreeSet<String>, UnknownPlace> {
    let of_site = configurations.iter().find(|c| c.site.id.as_str() == truth.site);
    let Some(configuration) = of_site else {
        let known: Vec<&str> = configurations.iter().map(|c| c.site.id.as_str()).collect();
        return Err(UnknownPlace::Site(truth.site.clone(), known.join(", ")));
    };
    let within = configuration.site.within(&truth.place);
    let unknown = || UnknownPlace::Place(truth.site.clone(), truth.place.clone());
    Ok(within.ok_or_else(unknown)?.iter().map(ToString::to_string).collect())
}

fn is_situation(configurations: &[Arc<Configuration>], told: &Told) -> bool {
    configurations
        .iter()
        .any(|c| c.site.id == told.id.site && c.situations.contains_key(&told.id.kind))
}

/// One alarm of an incident.
#[derive(Clone, Copy)]
struct Alarm {
    at: Timestamp,
    heard_at: Timestamp,
    ended_at: Option<Timestamp>,
    out: Option<bool>,
}

/// What found a truth.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Found {
    delay: SignedDuration,
    /// Whether somebody was held to be out, where it was a silence.
    out: Option<bool>,
}

/// Alarms of one rest: what began after all before it had ended is another spell.
fn spells(alarms: &[Alarm]) -> Vec<Vec<Alarm>> {
    let over = |before: &Alarm, next: &Alarm| before.ended_at.is_some_and(|end| end <= next.at);
    alarms.chunk_by(|before, next| !over(before, next)).map(<[Alarm]>::to_vec).collect()
}

/// Each of an incident's alarms. What is not alarm class is a hint and finds
/// nothing, except where the kind is a fault, which has no alarms.
fn alarms(configurations: &[Arc<Configuration>], told: &Told) -> Vec<Alarm> {
    let alarms_only = is_situation(configurations, told);
    let heard = told.evidence.iter().zip(&told.heard_at);
    heard
        .filter(|((evidence, _), _)| !alarms_only || evidence.class == Class::Alarm)
        .map(|((evidence, ended_at), heard_at)| Alarm {
            at: evidence.at,
            heard_at: *heard_at,
            ended_at: *ended_at,
            out: was_out(&evidence.because),
        })
        .collect()
}

/// How long after the truth's beginning the first of these came while it was true.
fn first_within(alarms: &[Alarm], truth: &Truth) -> Option<Found> {
    let within = |at: Timestamp| at >= truth.from && truth.until.is_none_or(|until| at <= until);
    let first = alarms.iter().find(|alarm| within(alarm.heard_at))?;
    Some(Found { delay: between(truth.from, first.heard_at), out: first.out })
}

fn home_months(configurations: &[Arc<Configuration>], span: SignedDuration) -> f64 {
    let homes: usize = configurations.iter().map(|c| c.site.homes.len()).sum();
    #[expect(clippy::cast_precision_loss, reason = "no city has 2^52 homes")]
    let homes = homes as f64;
    homes * span.as_secs_f64() / 86_400.0 / DAYS_PER_MONTH
}

#[derive(Default)]
struct Tally {
    truths: usize,
    right: usize,
    wrong: usize,
    calls: usize,
    found: Vec<Found>,
}

impl Tally {
    fn count(&mut self, notices: usize, right: bool) {
        self.right += usize::from(right);
        self.wrong += usize::from(!right);
        self.calls += notices;
    }

    fn outcome(self, kind: &str, home_months: f64) -> Outcome {
        let incidents = self.right + self.wrong;
        let per_month = |count: usize| (home_months > 0.0).then(|| as_number(count) / home_months);
        Outcome {
            kind: kind.to_owned(),
            truths: self.truths,
            incidents,
            right: self.right,
            wrong: self.wrong,
            missed: self.truths - self.found.len(),
            precision: share(self.right, incidents),
            recall: share(self.found.len(), self.truths),
            delay_s: delays(self.found.iter()),
            delay_at_home_s: delays(self.found.iter().filter(|of| of.out == Some(false))),
            delay_out_s: delays(self.found.iter().filter(|of| of.out == Some(true))),
            home_months,
            false_per_home_month: per_month(self.wrong),
            calls: self.calls,
            calls_per_home_month: per_month(self.calls),
        }
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| as_number(part) / as_number(whole))
}

#[expect(clippy::cast_precision_loss, reason = "no recording holds 2^52 incidents")]
fn as_number(count: usize) -> f64 {
    count as f64
}

fn delays<'f>(found: impl Iterator<Item = &'f Found>) -> Option<Delays> {
    let seconds: Vec<f64> = found.map(|found| found.delay.as_secs_f64()).collect();
    if seconds.is_empty() {
        return None;
    }
    let mean = seconds.iter().mean();
    let mut data = Data::new(seconds);
    Some(Delays { p50: data.quantile(0.5), p90: data.quantile(0.9), mean, max: data.max() })
}
