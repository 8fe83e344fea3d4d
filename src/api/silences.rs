//! Silences (알림 중지) and drills (훈련): what is asked of a site and not of an incident.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::commands::{refused, some_words, told, words};
use super::incidents::{self, Incident};
use super::local::{Local, Time};
use super::openapi::{SiteCommandProblems, SiteProblems};
use super::problem::{Code, Problem};
use super::request::{Body, Path};
use super::sites::SitePath;
use crate::domain::time::{Timestamp, whole_microseconds};
use crate::domain::{Action, Answer, KindId, PlaceId, Refusal, SiteId};
use crate::people::Actor;
use crate::store::StoreError;
use crate::store::views::{self, SilenceRow};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SilencePath {
    #[param(value_type = String, example = "center")]
    site: SiteId,
    /// Which one of its site, counted from 1.
    #[param(example = 1)]
    n: u32,
}

#[derive(Serialize, ToSchema)]
pub struct Silences {
    #[schema(example = "center")]
    site: String,
    /// Those that hold or lie ahead, and the last fifty that are over; the newest first.
    silences: Vec<SilenceBody>,
}

#[derive(Serialize, ToSchema)]
pub struct SilenceBody {
    #[schema(example = 1)]
    n: u32,
    #[schema(example = "3f-kitchen")]
    place: String,
    #[schema(example = "3층 주방")]
    place_name: String,
    from: Time,
    until: Time,
    #[schema(example = "천장 공사")]
    because: String,
    #[schema(example = "local")]
    by: String,
    at: Time,
    /// Whether it holds now.
    holds: bool,
    ended_at: Option<Time>,
    /// Who ended it before its time.
    ended_by: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SilenceAsked {
    /// A device, zone, storey, building, home or the whole site.
    #[schema(value_type = String, example = "3f-kitchen")]
    place: PlaceId,
    /// None: at once; at most 31 days ahead.
    #[schema(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// At most 24 h after it begins.
    #[schema(value_type = String, format = DateTime, example = "2026-11-24T18:00:00+09:00")]
    until: Timestamp,
    /// Up to 2000 characters.
    #[schema(example = "천장 공사")]
    because: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DrillAsked {
    #[schema(value_type = String, example = "fire")]
    kind: KindId,
    /// Where it is meant to have been found: a zone, storey, building, home or the whole site.
    #[schema(value_type = String, example = "3f-kitchen")]
    place: PlaceId,
    /// It ends then by itself; at most 8 h from now.
    #[schema(value_type = String, format = DateTime, example = "2026-11-24T15:00:00+09:00")]
    until: Timestamp,
    /// Up to 2000 characters.
    note: Option<String>,
}

/// Where nobody is told of what is found, until when and why.
#[utoipa::path(get, path = "/api/v1/sites/{site}/silences", tag = "incidents", params(SitePath),
    responses((status = 200, body = Silences), SiteProblems))]
pub async fn list(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
) -> Result<Json<Silences>, Problem> {
    state.configuration(&site)?;
    Ok(Json(of_site(&state, &site).await?))
}

/// 알림 중지: nobody is told of what is found there until then. Panels, fires, calls for help,
/// falls, carbon monoxide and still homes are told of all the same; the rest is recorded and
/// shown, and told when the silence ends, if it still stands.
#[utoipa::path(post, path = "/api/v1/sites/{site}/silences", tag = "incidents",
    request_body = SilenceAsked,
    params(SitePath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Silences), SiteCommandProblems))]
pub async fn set(
    State(state): State<ApiState>,
    actor: Actor,
    Path(SitePath { site }): Path<SitePath>,
    headers: HeaderMap,
    Body(asked): Body<SilenceAsked>,
) -> Result<Json<Silences>, Problem> {
    let because = some_words("because", &asked.because)?;
    let from = asked.from.map(whole_microseconds);
    let until = whole_microseconds(asked.until);
    let place = asked.place.clone();
    let action = Action::Silence { place, from, until, because };
    match told(&state, &actor, &headers, &site, action).await? {
        Answer::Refused(refusal) => Err(refused(refusal, asked.place.as_str())),
        _ => Ok(Json(of_site(&state, &site).await?)),
    }
}

/// A silence ends before its time. What it held back is told at once.
#[utoipa::path(post, path = "/api/v1/sites/{site}/silences/{n}/end", tag = "incidents",
    params(SilencePath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Silences), SiteCommandProblems))]
pub async fn end(
    State(state): State<ApiState>,
    actor: Actor,
    Path(SilencePath { site, n }): Path<SilencePath>,
    headers: HeaderMap,
) -> Result<Json<Silences>, Problem> {
    match told(&state, &actor, &headers, &site, Action::Unsilence { n }).await? {
        Answer::Refused(refusal) => Err(refused(refusal, &n.to_string())),
        _ => Ok(Json(of_site(&state, &site).await?)),
    }
}

/// 훈련: an exercise, end to end, marked as one everywhere. The incident is answered.
#[utoipa::path(post, path = "/api/v1/sites/{site}/drills", tag = "incidents",
    request_body = DrillAsked,
    params(SitePath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), SiteCommandProblems))]
pub async fn drill(
    State(state): State<ApiState>,
    actor: Actor,
    Path(SitePath { site }): Path<SitePath>,
    headers: HeaderMap,
    Body(asked): Body<DrillAsked>,
) -> Result<Json<Incident>, Problem> {
    let DrillAsked { kind, place, until, note } = asked;
    let note = words("note", note.as_deref())?;
    let until = whole_microseconds(until);
    let (asked_kind, asked_place) = (kind.clone(), place.clone());
    let action = Action::Drill { kind, place, until, note };
    match told(&state, &actor, &headers, &site, action).await? {
        Answer::Opened(incident) => incidents::read(&state, &incident).await.map(Json),
        Answer::Refused(refusal) => {
            let about_place = refusal == Refusal::UnknownPlace;
            let what = if about_place { asked_place.as_str() } else { asked_kind.as_str() };
            Err(refused(refusal, what))
        }
        answer => {
            tracing::error!(?answer, "a drill was answered by something else");
            Err(Problem::new(Code::Internal, "this is a fault of the service"))
        }
    }
}

/// As the list and the stream tell them.
pub async fn of_site(state: &ApiState, site: &SiteId) -> Result<Silences, StoreError> {
    let local = Local::of(state, site);
    let rows = views::silences(&state.db, site).await?;
    let now = state.clock.now();
    let silences = rows.into_iter().map(|row| body(&local, row, now)).collect();
    Ok(Silences { site: site.to_string(), silences })
}

fn body(local: &Local, row: SilenceRow, now: Timestamp) -> SilenceBody {
    let SilenceRow { silence, set_at, ended_at, ended_by } = row;
    SilenceBody {
        n: silence.n,
        holds: silence.holds(now) && ended_at.is_none(),
        place_name: local.place(&silence.place),
        place: silence.place.to_string(),
        from: local.time(silence.from),
        until: local.time(silence.until),
        because: silence.because,
        by: silence.by,
        at: local.time(set_at),
        ended_at: ended_at.map(|at| local.time(at)),
        ended_by,
    }
}
