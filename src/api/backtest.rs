//! Backtest (백테스트) of a change: what the rules in the files would have told in the last days,
//! beside what the running ones would have.
//!
//! It takes a while, so asking begins it and looking shows how far it is. What is told of homes is
//! counted for everyone who may ask, and named only for those who may see incidents in homes.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::BacktestProblems;
use super::problem::{Code, OfficeCode, Problem};
use super::request::Body;
use super::words::{Level, Names};
use crate::bench::{self, Bench, Compared, DAYS_MAX, Trial};
use crate::domain::{KindId, Outcome};
use crate::people::{Actor, Right};
use crate::replay::{Pair, Side};
use crate::store::views::{self, Given};

/// Differences that are shown; the rest is counted.
const SHOWN_MAX: usize = 200;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BacktestWanted {
    /// How far back, from 1 to 14.
    #[schema(example = 7)]
    days: u32,
}

#[derive(Serialize, ToSchema)]
pub struct Backtest {
    /// `none`, `running`, `done` or `failed`.
    #[schema(example = "done")]
    state: &'static str,
    days: u32,
    from: Option<Time>,
    began_at: Option<Time>,
    /// Inputs that were stepped, under each side once.
    inputs: u64,
    /// Whether there were more inputs than are tried.
    cut: bool,
    /// Why it failed, as `jikimi check` says it.
    problem: Option<String>,
    sites: Vec<BacktestSite>,
}

#[derive(Serialize, ToSchema)]
pub struct BacktestSite {
    #[schema(example = "center")]
    site: String,
    /// Whether the files say the same as what runs.
    same: bool,
    /// Rules whose meaning is another.
    rules: Vec<RuleChange>,
    kinds: Vec<KindBeside>,
    /// What only one of them tells, or both differently, oldest first.
    differences: Vec<DifferenceBody>,
    /// Differences that are not shown: those beyond 200, and those of homes that are not for
    /// whoever asks.
    more: usize,
}

#[derive(Serialize, ToSchema)]
pub struct RuleChange {
    #[schema(example = "fire-smoke")]
    rule: String,
    /// `added`, `removed` or `changed`.
    #[schema(example = "changed")]
    change: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct KindBeside {
    #[schema(example = "fire")]
    kind: String,
    name: Names,
    before: SideCounts,
    after: SideCounts,
}

#[derive(Default, Serialize, ToSchema)]
pub struct SideCounts {
    incidents: usize,
    /// Of those that people have given an outcome: real, and false.
    real: usize,
    #[serde(rename = "false")]
    wrong: usize,
    /// Steps that called somebody.
    calls: usize,
}

#[derive(Serialize, ToSchema)]
pub struct DifferenceBody {
    #[schema(example = "fire")]
    kind: String,
    name: Names,
    #[schema(example = "main")]
    place: String,
    place_name: String,
    before: Option<SideBody>,
    after: Option<SideBody>,
    /// What a person said it was, if this has happened and somebody has.
    #[schema(value_type = Option<String>, example = "cooking")]
    outcome: Option<&'static str>,
}

#[derive(Serialize, ToSchema)]
pub struct SideBody {
    opened_at: Time,
    level: Level,
    calls: usize,
}

/// How far the newest backtest is, or what came of it.
#[utoipa::path(get, path = "/api/v1/backtest", tag = "service",
    responses((status = 200, body = Backtest), BacktestProblems))]
pub async fn show(State(state): State<ApiState>, actor: Actor) -> Result<Json<Backtest>, Problem> {
    let bench = bench_of(&state)?;
    told(&state, &actor, bench.trial()).await.map(Json)
}

/// Begins a backtest of what the files say by now. Nothing of it holds or is told to anybody.
#[utoipa::path(post, path = "/api/v1/backtest", tag = "service", request_body = BacktestWanted,
    responses((status = 202, body = Backtest), BacktestProblems))]
pub async fn begin(
    State(state): State<ApiState>,
    actor: Actor,
    Body(BacktestWanted { days }): Body<BacktestWanted>,
) -> Result<(StatusCode, Json<Backtest>), Problem> {
    if !(1..=DAYS_MAX).contains(&days) {
        let sentence = format!("`days` is {days}; say a number from 1 to {DAYS_MAX}");
        return Err(Problem::new(Code::BadBody, sentence));
    }
    let bench = bench_of(&state)?;
    let running = Arc::clone(&state.configurations);
    bench.begin(running, (state.clock.now(), days)).map_err(|busy| {
        let sentence = format!("{busy}; GET /api/v1/backtest says how far it is");
        Problem::new(Code::Office(OfficeCode::BacktestRuns), sentence)
    })?;
    let body = told(&state, &actor, bench.trial()).await?;
    Ok((StatusCode::ACCEPTED, Json(body)))
}

fn bench_of(state: &ApiState) -> Result<&Arc<Bench>, Problem> {
    state.bench.as_ref().ok_or_else(|| {
        let sentence = "its configuration is built in; `jikimi serve` with a folder has files";
        Problem::new(Code::Office(OfficeCode::NoFiles), sentence)
    })
}

async fn told(state: &ApiState, actor: &Actor, trial: Trial) -> Result<Backtest, Problem> {
    let local = Local::everywhere(state);
    let (word, problem, compared) = match trial.state {
        bench::State::None => ("none", None, None),
        bench::State::Running => ("running", None, None),
        bench::State::Failed(why) => ("failed", Some(why), None),
        bench::State::Done(compared) => ("done", None, Some(compared)),
    };
    let mut sites = Vec::new();
    for of in compared.iter().flat_map(|all| all.iter()) {
        sites.push(site(state, actor, of).await?);
    }
    Ok(Backtest {
        state: word,
        days: trial.days,
        from: trial.from.map(|from| local.time(from)),
        began_at: trial.began_at.map(|at| local.time(at)),
        inputs: trial.inputs,
        cut: trial.cut,
        problem,
        sites,
    })
}

async fn site(state: &ApiState, actor: &Actor, of: &Compared) -> Result<BacktestSite, Problem> {
    let local = Local::of(state, &of.site);
    let since = of.pairs.first().map(Pair::at);
    let given = match since {
        Some(since) => views::outcomes_since(&state.db, &of.site, since).await?,
        None => Vec::new(),
    };
    let mut kinds: BTreeMap<KindId, [SideCounts; 2]> = BTreeMap::new();
    for pair in &of.pairs {
        let counts = kinds.entry(pair.id.kind.clone()).or_default();
        let outcome = outcome_of(&given, pair);
        for (counts, side) in counts.iter_mut().zip([&pair.before, &pair.after]) {
            count(counts, side.as_ref(), outcome);
        }
    }
    let sees_homes = actor.may(Right::HomeIncidents, &of.site);
    let differing = of.pairs.iter().filter(|pair| pair.differs());
    let all = differing.clone().count();
    let shown = differing.filter(|pair| sees_homes || !local.is_home(&pair.id.place));
    let differences: Vec<DifferenceBody> =
        shown.take(SHOWN_MAX).map(|pair| difference(&local, pair, &given)).collect();
    let rules = of.rules.iter().map(|(rule, change)| RuleChange {
        rule: rule.clone(),
        change: match change {
            bench::Change::Added => "added",
            bench::Change::Removed => "removed",
            bench::Change::Changed => "changed",
        },
    });
    Ok(BacktestSite {
        site: of.site.to_string(),
        same: of.same,
        rules: rules.collect(),
        kinds: kinds
            .into_iter()
            .map(|(kind, [before, after])| KindBeside {
                name: local.kind(&kind),
                kind: kind.to_string(),
                before,
                after,
            })
            .collect(),
        more: all - differences.len(),
        differences,
    })
}

fn count(counts: &mut SideCounts, side: Option<&Side>, outcome: Option<Outcome>) {
    let Some(side) = side else { return };
    counts.incidents += 1;
    counts.calls += side.calls;
    match outcome {
        Some(Outcome::Real) => counts.real += 1,
        // As precision counts: nobody was alarmed by a test, nor called by what mended itself.
        None | Some(Outcome::Test | Outcome::Restored) => {}
        Some(_) => counts.wrong += 1,
    }
}

fn difference(local: &Local, pair: &Pair, given: &[Given]) -> DifferenceBody {
    let side = |side: &Side| SideBody {
        opened_at: local.time(side.opened_at),
        level: side.level.into(),
        calls: side.calls,
    };
    DifferenceBody {
        kind: pair.id.kind.to_string(),
        name: local.kind(&pair.id.kind),
        place: pair.id.place.to_string(),
        place_name: local.place(&pair.id.place),
        before: pair.before.as_ref().map(side),
        after: pair.after.as_ref().map(side),
        outcome: outcome_of(given, pair).map(Outcome::as_str),
    }
}

/// What people said of the incident that really was there then, if there was one.
fn outcome_of(given: &[Given], pair: &Pair) -> Option<Outcome> {
    let (kind, place, at) = (&pair.id.kind, &pair.id.place, pair.at());
    let same = |of: &&Given| of.kind == *kind && of.place == *place && of.opened_at <= at;
    let newest = given.iter().filter(same).max_by_key(|of| of.opened_at)?;
    (newest.resolved_at >= at).then_some(newest.outcome)
}
