//! Precision (정밀도): how often an alarm was what it said, by rule and by device, and which
//! devices somebody should look at.
//!
//! Only what a person has resolved counts. Tests are left out of it: nobody was alarmed.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::SiteProblems;
use super::problem::{Code, Problem};
use super::request::{Path, Query};
use super::sites::SitePath;
use crate::domain::Outcome;
use crate::domain::time::{SignedDuration, Timestamp};
use crate::monitor::Configuration;
use crate::store::{Db, StoreError, views};

const DAYS_USUAL: u32 = 90;
const DAYS_MAX: u32 = 730;
/// The normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;
/// Of a site's devices, so many in a hundred are proposed for service.
const SERVICE_PERCENT: usize = 1;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PrecisionQuery {
    /// Only what was resolved in the last so many days, from 1 to 730; 90 if not given.
    days: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct Precision {
    since: Time,
    /// Of each rule that has rung, the least precise first.
    rules: Vec<Record>,
    /// Of each device that has rung, the least precise first.
    devices: Vec<Record>,
    /// Ids of the devices to look at: those of the worst hundredth whose alarms were mostly false.
    for_service: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Record {
    /// The rule's or the device's id.
    #[schema(example = "fixed-heat")]
    id: String,
    /// Incidents its alarms were part of that turned out to be real.
    real: u32,
    /// And false, by what they were.
    #[schema(example = json!({"cooking": 3, "steam": 1}))]
    false_by_outcome: BTreeMap<&'static str, u32>,
    #[serde(rename = "false")]
    wrong: u32,
    /// Real of all.
    #[schema(example = 0.2)]
    precision: f64,
    /// Between these it lies with 95 % confidence (Wilson's interval).
    precision_low: f64,
    precision_high: f64,
}

/// How precise a site's rules and devices have been.
#[utoipa::path(get, path = "/api/v1/sites/{site}/precision", tag = "incidents",
    params(SitePath, PrecisionQuery), responses((status = 200, body = Precision), SiteProblems))]
pub async fn show(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
    Query(query): Query<PrecisionQuery>,
) -> Result<Json<Precision>, Problem> {
    let configuration = state.configuration(&site)?;
    let days = query.days.unwrap_or(DAYS_USUAL);
    if !(1..=DAYS_MAX).contains(&days) {
        let sentence = format!("`days` is {days}; say a number from 1 to {DAYS_MAX}");
        return Err(Problem::new(Code::BadQuery, sentence));
    }
    let since = since(state.clock.now(), days);
    let Reckoned { rules, devices, for_service } = reckon(&state.db, configuration, since).await?;
    let since = Local::of(&state, &site).time(since);
    Ok(Json(Precision { since, rules, devices, for_service }))
}

struct Reckoned {
    rules: Vec<Record>,
    devices: Vec<Record>,
    for_service: Vec<String>,
}

async fn reckon(
    db: &Db,
    configuration: &Configuration,
    since: Timestamp,
) -> Result<Reckoned, StoreError> {
    let site = &configuration.site.id;
    let mut rules = Tallies::default();
    for told in views::rule_outcomes(db, site, since).await? {
        rules.add(told.rule.as_str(), told.outcome, told.count);
    }
    let mut devices = Tallies::default();
    for told in views::device_outcomes(db, site, since).await? {
        for device in &told.devices {
            devices.add(device.as_str(), told.outcome, told.count);
        }
    }
    let devices = devices.records();
    let most = (configuration.site.devices.len() * SERVICE_PERCENT).div_ceil(100);
    let suspects = devices.iter().filter(|record| record.precision_high < 0.5);
    let for_service = suspects.take(most).map(|record| record.id.clone()).collect();
    Ok(Reckoned { rules: rules.records(), devices, for_service })
}

/// The same over the last 90 days as numbers for `/metrics`. Ids only, of rules and mounting points
/// that have rung and whose alarms a person has answered for.
///
/// # Errors
/// If the database cannot be read.
pub async fn numbers(state: &ApiState) -> Result<String, StoreError> {
    let since = since(state.clock.now(), DAYS_USUAL);
    let [(share_name, _), (resolved_name, _), (service_name, _)] = MEANINGS;
    let (mut share, mut resolved, mut service) = (Vec::new(), Vec::new(), Vec::new());
    for configuration in state.configurations.iter() {
        let Reckoned { rules, devices, for_service } =
            reckon(&state.db, configuration, since).await?;
        let site = &configuration.site.id;
        let rules = rules.iter().map(|of| ("rule", of));
        for (what, of) in rules.chain(devices.iter().map(|of| ("device", of))) {
            let Record { id, real, wrong, precision, .. } = of;
            let labels = format!("site=\"{site}\",of=\"{what}\",id=\"{id}\"");
            share.push(format!("{share_name}{{{labels}}} {precision}\n"));
            for (was, count) in [("real", real), ("false", wrong)] {
                resolved.push(format!("{resolved_name}{{{labels},was=\"{was}\"}} {count}\n"));
            }
        }
        let line = |id: &String| format!("{service_name}{{site=\"{site}\",id=\"{id}\"}} 1\n");
        service.extend(for_service.iter().map(line));
    }
    let all = MEANINGS.iter().zip([share, resolved, service]).map(|((name, meaning), lines)| {
        let head = format!("# HELP {name} {meaning}\n# TYPE {name} gauge\n");
        head + &lines.concat()
    });
    Ok(all.collect())
}

/// Names and meanings at `/metrics`.
const MEANINGS: [(&str, &str); 3] = [
    (
        "jikimi_precision",
        "Real of all alarms that a person resolved in 90 days, by rule or device.",
    ),
    ("jikimi_alarms_resolved", "Alarms that a person resolved in 90 days, by what they were."),
    ("jikimi_device_for_service", "1: of the worst hundredth, and mostly false; look at it."),
];

fn since(now: Timestamp, days: u32) -> Timestamp {
    let span = SignedDuration::from_hours(24 * i64::from(days));
    now.saturating_sub(span).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[derive(Default)]
struct Tallies(BTreeMap<String, BTreeMap<&'static str, u32>>);

impl Tallies {
    fn add(&mut self, id: &str, outcome: Outcome, count: i64) {
        if matches!(outcome, Outcome::Test | Outcome::Restored) {
            return;
        }
        let tally = self.0.entry(id.to_owned()).or_default().entry(outcome.as_str()).or_default();
        *tally = tally.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
    }

    fn records(self) -> Vec<Record> {
        let mut records: Vec<Record> = self.0.into_iter().map(record).collect();
        records.sort_by(worst_first);
        records
    }
}

/// By what can be said with confidence: three false alarms of three weigh more than one of one.
fn worst_first(one: &Record, other: &Record) -> Ordering {
    let by_most = one.precision_high.total_cmp(&other.precision_high);
    by_most.then_with(|| one.id.cmp(&other.id))
}

fn record((id, mut outcomes): (String, BTreeMap<&'static str, u32>)) -> Record {
    let real = outcomes.remove(Outcome::Real.as_str()).unwrap_or(0);
    let wrong = outcomes.values().copied().fold(0, u32::saturating_add);
    let (precision_low, precision_high) = wilson(real, real.saturating_add(wrong));
    let precision = f64::from(real) / f64::from(real.saturating_add(wrong)).max(1.0);
    let false_by_outcome = outcomes;
    Record { id, real, false_by_outcome, wrong, precision, precision_low, precision_high }
}

/// Wilson's score interval for a share (E. B. Wilson, 1927).
fn wilson(part: u32, whole: u32) -> (f64, f64) {
    if whole == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (f64::from(whole), f64::from(part) / f64::from(whole));
    let middle = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (((middle - half) / whole).max(0.0), ((middle + half) / whole).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of `binconf(x, n, method = "wilson")` of R's Hmisc.
    #[test]
    fn the_interval_is_wilsons() {
        for (part, whole, low, high) in
            [(0, 10, 0.0, 0.277_532_8), (8, 10, 0.490_162_2, 0.943_317_8), (1, 1, 0.206_549_3, 1.0)]
        {
            let (reckoned_low, reckoned_high) = wilson(part, whole);
            assert!((reckoned_low - low).abs() < 1e-6, "{part}/{whole}: {reckoned_low}");
            assert!((reckoned_high - high).abs() < 1e-6, "{part}/{whole}: {reckoned_high}");
        }
    }
}
