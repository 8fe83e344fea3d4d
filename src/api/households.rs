//! Households (입주 세대): who moved in and out, what was agreed, absences, visits, walk tests.
//!
//! Each is a command, an input of its site's monitor like any other, and carries ids only. The
//! client says which household it means, so that nothing is ever said of the next tenant by
//! mistake, and a repetition is the same command.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use xxhash_rust::xxh3::xxh3_128;

use super::ApiState;
use super::commands::{key_of, key_reused, told};
use super::homes::{self, HomeDetail, HomePath};
use super::local::{Local, Time};
use super::openapi::HouseholdProblems;
use super::problem::{Code, HomeCode, Problem};
use super::request::{Body, Path};
use crate::domain::household::{
    self, Absence, Because, Change, Consent, Denied, Missing, Reason, Visit,
};
use crate::domain::time::{Timestamp, whole_microseconds};
use crate::domain::{
    Action, Answer, Device, DeviceId, DeviceKind, Household, HouseholdId, Quantity, Refusal,
};
use crate::people::Actor;
use crate::store::ChangeRow;

// ── what is read ──

/// One stay of one tenant.
#[derive(Serialize, ToSchema)]
pub struct HouseholdBody {
    #[schema(example = "hh-3f61c2a09b7d4e58")]
    household: String,
    since: Time,
    consent: ConsentBody,
    needs_help_to_leave: bool,
    absence: Option<AbsenceBody>,
    visit: Option<VisitBody>,
    walk_test: WalkTestBody,
}

#[derive(Serialize, ToSchema)]
pub struct ConsentBody {
    monitoring: bool,
    night: bool,
}

#[derive(Serialize, ToSchema)]
pub struct AbsenceBody {
    from: Time,
    /// None: until they are back.
    until: Option<Time>,
    reason: Away,
}

#[derive(Serialize, ToSchema)]
pub struct VisitBody {
    from: Time,
    until: Time,
}

/// How far a walk test is, and what to do next.
#[derive(Serialize, ToSchema)]
pub struct WalkTestBody {
    /// `not-begun`, `running` or `passed`.
    #[schema(example = "running")]
    state: &'static str,
    started_at: Option<Time>,
    passed_at: Option<Time>,
    sensors: Vec<SensorBody>,
    /// The next thing to do.
    #[schema(example = "open the door of `h0101-exit`")]
    next: String,
}

#[derive(Serialize, ToSchema)]
pub struct SensorBody {
    #[schema(example = "h0101-pir")]
    device: String,
    #[schema(example = "motion")]
    kind: Option<&'static str>,
    /// `touch`, `opening`, `shutting` or `reversed`; none: it is well.
    #[schema(example = "touch")]
    missing: Option<&'static str>,
}

/// Why somebody is away.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Away {
    /// 외출·여행
    Trip,
    /// 입원
    Hospital,
}

impl From<Away> for Reason {
    fn from(away: Away) -> Self {
        match away {
            Away::Trip => Self::Trip,
            Away::Hospital => Self::Hospital,
        }
    }
}

pub(super) fn household(
    local: &Local,
    of: &Household,
    kit: &[&Device],
    missing: &BTreeMap<DeviceId, Missing>,
) -> HouseholdBody {
    let walk = &of.walk_test;
    let state = match (walk.started_at, walk.passed_at) {
        (_, Some(_)) => "passed",
        (Some(_), None) => "running",
        (None, None) => "not-begun",
    };
    let sensors = kit.iter().map(|device| SensorBody {
        device: device.id.to_string(),
        kind: device.kind.map(DeviceKind::as_str),
        missing: missing.get(&device.id).map(|missing| missing.as_str()),
    });
    let absence = of.absence.map(|absence| AbsenceBody {
        from: local.time(absence.from),
        until: absence.until.map(|until| local.time(until)),
        reason: match absence.reason {
            Reason::Trip => Away::Trip,
            Reason::Hospital => Away::Hospital,
        },
    });
    let visit =
        |visit: Visit| VisitBody { from: local.time(visit.from), until: local.time(visit.until) };
    HouseholdBody {
        household: of.id.to_string(),
        since: local.time(of.since),
        consent: ConsentBody { monitoring: of.consent.monitoring, night: of.consent.night },
        needs_help_to_leave: of.needs_help_to_leave,
        absence,
        visit: of.visit.map(visit),
        walk_test: WalkTestBody {
            state,
            started_at: walk.started_at.map(|at| local.time(at)),
            passed_at: walk.passed_at.map(|at| local.time(at)),
            sensors: sensors.collect(),
            next: next(state, kit, missing),
        },
    }
}

/// Something that was said of a household.
#[derive(Serialize, ToSchema)]
pub struct ChangeBody {
    at: Time,
    /// `move-in`, `consent`, `leave`, `return`, `visit` and their like.
    #[schema(example = "consent")]
    change: &'static str,
    /// As it was said.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// None: jikimi found it out.
    actor: Option<String>,
}

impl ChangeBody {
    pub(super) fn of(local: &Local, row: ChangeRow) -> Self {
        let change = row.change.as_str();
        let detail = serde_json::to_value(&row.change).unwrap_or_default();
        Self { at: local.time(row.at), change, detail, actor: row.actor }
    }
}

/// What to do next in a walk test, in words.
fn next(state: &str, kit: &[&Device], missing: &BTreeMap<DeviceId, Missing>) -> String {
    if state != "running" {
        return match state {
            "passed" => "nothing: every sensor was heard".to_owned(),
            _ => "begin the walk test at the door, with everything mounted".to_owned(),
        };
    }
    let Some((device, missing)) = missing.iter().next() else {
        return "shut every door and say that you are done".to_owned();
    };
    let of = kit.iter().find(|of| of.id == *device);
    match missing {
        Missing::Opening => format!("open the door of `{device}`"),
        Missing::Shutting => format!("shut the door of `{device}`"),
        Missing::Reversed => format!(
            "`{device}` says open while its door is shut: turn its magnet round, or its sense"
        ),
        Missing::Touch => touch(device, of.copied()),
    }
}

fn touch(device: &DeviceId, of: Option<&Device>) -> String {
    let Some(of) = of else { return format!("make `{device}` speak") };
    let what = match of.kind {
        Some(DeviceKind::Sos) => "press the button",
        Some(DeviceKind::Bed) => "sit down on the bed",
        Some(DeviceKind::Smoke | DeviceKind::Gas) => "press the test button",
        Some(DeviceKind::WaterMeter) => "let water run",
        Some(DeviceKind::PowerMeter) => "switch the kettle on",
        _ if of.reads.contains(&Quantity::Contact) => "open the door",
        _ if of.sees_people() => "walk through the room",
        _ => "wait for a word, or press its button,",
    };
    format!("{what} of `{device}`")
}

// ── what is asked for ──

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveIn {
    /// The day of the move-in.
    #[schema(value_type = String, format = DateTime, example = "2026-11-24T09:00:00+09:00")]
    since: Timestamp,
}

/// Which household is meant.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Of {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreed {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    /// That somebody watches whether they move.
    monitoring: bool,
    /// That they may be asked, and somebody sent, at night too.
    night: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Help {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    needs_help_to_leave: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Leaving {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    #[schema(value_type = String, format = DateTime, example = "2026-11-24T09:00:00+09:00")]
    from: Timestamp,
    /// None: until they are back.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    reason: Away,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Visiting {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    #[schema(value_type = String, format = DateTime, example = "2026-11-24T09:00:00+09:00")]
    from: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-11-24T11:00:00+09:00")]
    until: Timestamp,
}

/// 입주: somebody moves in, and gets an id.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/move-in", tag = "homes",
    request_body = MoveIn, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn move_in(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    mut headers: HeaderMap,
    Body(MoveIn { since }): Body<MoveIn>,
) -> Result<Json<HomeDetail>, Problem> {
    // The id follows from the key, so that a repetition is the same command.
    let key = key_of(&mut headers)?;
    let text = format!("{}\n{}\n{key}", path.site, path.home);
    let id = format!("hh-{:016x}", xxh3_128(text.as_bytes()) >> 64);
    let household = HouseholdId::new(&id).map_err(|error| Problem::internal(&error))?;
    let since = whole_microseconds(since);
    change(&state, (&actor, &headers), path, household, Change::MoveIn { since }).await
}

/// 퇴거: nothing of the household is kept. Its key goes at once, its readings soon after.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/move-out", tag = "homes",
    request_body = Of, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn move_out(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Of { household }): Body<Of>,
) -> Result<Json<HomeDetail>, Problem> {
    change(&state, (&actor, &headers), path, household, Change::MoveOut).await
}

/// 동의: what the tenant agreed to. Whoever takes it back says false.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/consent", tag = "homes",
    request_body = Agreed, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn consent(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Agreed { household, monitoring, night }): Body<Agreed>,
) -> Result<Json<HomeDetail>, Problem> {
    let consent = Change::Consent(Consent { monitoring, night });
    change(&state, (&actor, &headers), path, household, consent).await
}

/// 재해약자: whether somebody there cannot leave without help.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/help", tag = "homes",
    request_body = Help, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn help(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Help { household, needs_help_to_leave }): Body<Help>,
) -> Result<Json<HomeDetail>, Problem> {
    let help = Change::NeedsHelpToLeave(needs_help_to_leave);
    change(&state, (&actor, &headers), path, household, help).await
}

/// 부재 등록: inactivity says nothing meanwhile; fire, gas and SOS go on. It ends early when
/// somebody is home.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/absence", tag = "homes",
    request_body = Leaving, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn absence(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Leaving { household, from, until, reason }): Body<Leaving>,
) -> Result<Json<HomeDetail>, Problem> {
    let reason = reason.into();
    let (from, until) = (whole_microseconds(from), until.map(whole_microseconds));
    let leave = Change::Leave(Absence { from, until, reason });
    change(&state, (&actor, &headers), path, household, leave).await
}

/// 귀가: the registered absence is over.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/return", tag = "homes",
    request_body = Of, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn come_back(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Of { household }): Body<Of>,
) -> Result<Json<HomeDetail>, Problem> {
    change(&state, (&actor, &headers), path, household, Change::Return(Because::Said)).await
}

/// 방문 등록: somebody else is there, and what moves then is no sign of life of the tenant.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/visit", tag = "homes",
    request_body = Visiting, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn visit(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Visiting { household, from, until }): Body<Visiting>,
) -> Result<Json<HomeDetail>, Problem> {
    let (from, until) = (whole_microseconds(from), whole_microseconds(until));
    change(&state, (&actor, &headers), path, household, Change::Visit(Visit { from, until })).await
}

/// 방문 종료: the visit is over earlier.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/visit-end", tag = "homes",
    request_body = Of, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn visit_end(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Of { household }): Body<Of>,
) -> Result<Json<HomeDetail>, Problem> {
    change(&state, (&actor, &headers), path, household, Change::VisitEnd).await
}

/// 설치 점검 시작: somebody walks through and makes every sensor speak. What was heard before
/// counts no more, and the home is not watched until it is passed.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/walk-test", tag = "homes",
    request_body = Of, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn walk_test(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Of { household }): Body<Of>,
) -> Result<Json<HomeDetail>, Problem> {
    change(&state, (&actor, &headers), path, household, Change::WalkTestStart).await
}

/// 설치 점검 완료: all touched, and every door is shut now. Refused while a sensor is missing or
/// a door says open.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/walk-test/finish", tag = "homes",
    request_body = Of, params(HomePath),
    responses((status = 200, body = HomeDetail), HouseholdProblems))]
pub async fn walk_test_finish(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    headers: HeaderMap,
    Body(Of { household }): Body<Of>,
) -> Result<Json<HomeDetail>, Problem> {
    change(&state, (&actor, &headers), path, household, Change::WalkTestFinish).await
}

async fn change(
    state: &ApiState,
    (actor, headers): (&Actor, &HeaderMap),
    HomePath { site, home }: HomePath,
    household: HouseholdId,
    change: Change,
) -> Result<Json<HomeDetail>, Problem> {
    if !state.configuration(&site)?.site.homes.contains_key(&home) {
        return Err(homes::unknown(&site, &home));
    }
    let action = Action::Household { home: home.clone(), household, change };
    match told(state, actor, headers, &site, action).await? {
        Answer::Refused(Refusal::Household(why)) => Err(denied(why)),
        Answer::Refused(_) => Err(key_reused()),
        _ => homes::read(state, &site, &home).await.map(Json),
    }
}

/// Why a change was refused, in words.
pub(super) fn denied(denied: household::Denied) -> Problem {
    let (code, sentence) = match denied {
        Denied::UnknownHome => (HomeCode::Unknown, "name a home of the site"),
        Denied::Occupied => {
            (HomeCode::Occupied, "a household lives there; it moves out before another moves in")
        }
        Denied::UnknownHousehold => {
            (HomeCode::UnknownHousehold, "name the household that the home's page shows")
        }
        Denied::BadSpan => {
            (HomeCode::BadSpan, "`until` comes after `from`, and is not over already")
        }
        Denied::NothingToEnd => (HomeCode::NothingToEnd, "nothing of the kind is registered"),
        Denied::NotOfPeople => (HomeCode::NotOfPeople, "jikimi finds this out by itself"),
        Denied::NoWalkTest => (HomeCode::NoWalkTest, "begin the walk test first"),
        Denied::WalkTestIncomplete => (
            HomeCode::WalkTestIncomplete,
            "a sensor was not heard, or a door says open while it is shut; the home's page says \
             which, and what to do next",
        ),
    };
    Problem::new(Code::Home(code), sentence)
}
