//! Load (업무 부담): how much people were told, how soon somebody had it, and what told most.
//!
//! A system that tells too much is switched off. What an operator can look at is one incident in
//! ten minutes on average, and more than ten in ten minutes is a flood (EEMUA 191, ISA-18.2).

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
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::store::views;

const DAYS_USUAL: u32 = 7;
const DAYS_MAX: u32 = 366;
const PEOPLE_MAX: u32 = 1000;
/// More within one period is a flood.
const FLOOD_ABOVE: usize = 10;
const PERIOD_S: i64 = 600;
const WORST: u32 = 10;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LoadQuery {
    /// The last so many days, from 1 to 366; 7 if not given.
    days: Option<u32>,
    /// How many operators are on duty at a time, from 1 to 1000; 1 if not given.
    operators: Option<u32>,
    /// How many workers share the calls of a day, from 1 to 1000; 1 if not given.
    workers: Option<u32>,
}

#[derive(Serialize, ToSchema)]
pub struct Load {
    since: Time,
    until: Time,
    /// Incidents of which an operator was told, drills left out.
    #[schema(example = 12)]
    announced: usize,
    /// Per operator and ten minutes, on average; the goal is at most 1.
    #[schema(example = 0.012)]
    announced_per_operator_10_min: f64,
    /// Of all periods of ten minutes, the share with more than ten announced; the goal is below
    /// 0.01.
    #[schema(example = 0.0)]
    flood_share: f64,
    /// Notices to workers that were not called back.
    #[schema(example = 3)]
    calls: u64,
    #[schema(example = 0.4)]
    calls_per_worker_day: f64,
    acknowledged: TimeToAcknowledge,
    /// The rules that took part in the most announced incidents, at most ten.
    rules: Vec<Loud>,
    /// The devices that did.
    devices: Vec<Loud>,
}

/// From the moment an alarm opened until somebody had it.
#[derive(Serialize, ToSchema)]
pub struct TimeToAcknowledge {
    /// Alarms that opened.
    #[schema(example = 12)]
    alarms: u64,
    /// Those that somebody has had.
    #[schema(example = 11)]
    had: usize,
    #[schema(example = 41.5)]
    median_s: Option<f64>,
    /// Nine in ten were had sooner.
    #[schema(example = 180.0)]
    p90_s: Option<f64>,
    max_s: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub struct Loud {
    #[schema(example = "fire-heat")]
    id: String,
    /// Announced incidents that it took part in.
    #[schema(example = 4)]
    incidents: u64,
}

/// How much people were told, and by what.
#[utoipa::path(get, path = "/api/v1/sites/{site}/load", tag = "incidents",
    params(SitePath, LoadQuery), responses((status = 200, body = Load), SiteProblems))]
pub async fn show(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
    Query(query): Query<LoadQuery>,
) -> Result<Json<Load>, Problem> {
    state.configuration(&site)?;
    let days = within("days", query.days.unwrap_or(DAYS_USUAL), DAYS_MAX)?;
    let operators = within("operators", query.operators.unwrap_or(1), PEOPLE_MAX)?;
    let workers = within("workers", query.workers.unwrap_or(1), PEOPLE_MAX)?;
    let until = state.clock.now();
    let span = SignedDuration::from_hours(24 * i64::from(days));
    let since = until.saturating_sub(span).unwrap_or(Timestamp::UNIX_EPOCH);

    let db = &state.db;
    let announced = views::announced(db, &site, since).await?;
    let calls = views::calls(db, &site, since).await?;
    let alarms = views::alarms_opened(db, &site, since).await?;
    let had = views::acknowledged(db, &site, since).await?;
    let rules = views::loudest_rules(db, &site, since, WORST).await?;
    let devices = views::loudest_devices(db, &site, since, WORST as usize).await?;

    let periods = f64::from(days) * 144.0;
    let local = Local::of(&state, &site);
    Ok(Json(Load {
        since: local.time(since),
        until: local.time(until),
        announced: announced.len(),
        announced_per_operator_10_min: whole(announced.len()) / periods / f64::from(operators),
        flood_share: whole(floods(since, &announced)) / periods,
        calls,
        calls_per_worker_day: whole(usize::try_from(calls).unwrap_or(usize::MAX))
            / f64::from(days)
            / f64::from(workers),
        acknowledged: waited(alarms, &had),
        rules: rules.into_iter().map(|(id, times)| loud(id.as_str(), times)).collect(),
        devices: devices.into_iter().map(|(id, times)| loud(id.as_str(), times)).collect(),
    }))
}

fn within(what: &str, number: u32, max: u32) -> Result<u32, Problem> {
    if (1..=max).contains(&number) {
        return Ok(number);
    }
    let sentence = format!("`{what}` is {number}; say a number from 1 to {max}");
    Err(Problem::new(Code::BadQuery, sentence))
}

/// How many periods hold more than people can look at.
fn floods(since: Timestamp, announced: &[Timestamp]) -> usize {
    let period = |at: &Timestamp| between(since, *at).as_secs().div_euclid(PERIOD_S);
    let of_period = announced.chunk_by(|one, next| period(one) == period(next));
    of_period.filter(|within| within.len() > FLOOD_ABOVE).count()
}

fn waited(alarms: u64, had: &[views::AcknowledgedAlarm]) -> TimeToAcknowledge {
    let waited = had.iter().map(|alarm| between(alarm.opened_at, alarm.had_at).as_secs_f64());
    let mut waited: Vec<f64> = waited.collect();
    waited.sort_by(f64::total_cmp);
    // The smallest that so many percent do not exceed.
    let percentile = |percent: usize| {
        let rank = (waited.len() * percent).div_ceil(100);
        waited.get(rank.saturating_sub(1)).copied()
    };
    let (median_s, p90_s) = (percentile(50), percentile(90));
    TimeToAcknowledge { alarms, had: had.len(), median_s, p90_s, max_s: waited.last().copied() }
}

fn loud(id: &str, incidents: u64) -> Loud {
    Loud { id: id.to_owned(), incidents }
}

#[expect(clippy::cast_precision_loss, reason = "no year holds so many")]
fn whole(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).expect("a moment")
    }

    #[test]
    fn ten_in_ten_minutes_are_no_flood_and_eleven_are() {
        let ten: Vec<Timestamp> = (0..10).map(at).collect();
        assert_eq!(floods(at(0), &ten), 0);
        let eleven: Vec<Timestamp> = (0..11).map(at).collect();
        assert_eq!(floods(at(0), &eleven), 1);
        let apart: Vec<Timestamp> = (595..606).map(at).collect();
        assert_eq!(floods(at(0), &apart), 0);
    }

    #[test]
    fn nine_in_ten_were_had_sooner_than_the_ninetieth_percentile() {
        let had: Vec<views::AcknowledgedAlarm> = (1..=10)
            .map(|s| views::AcknowledgedAlarm { opened_at: at(0), had_at: at(s * 10) })
            .collect();
        let waited = waited(12, &had);
        assert_eq!((waited.alarms, waited.had), (12, 10));
        let told = [waited.median_s, waited.p90_s, waited.max_s];
        assert_eq!(told, [Some(50.0), Some(90.0), Some(100.0)]);
    }
}
