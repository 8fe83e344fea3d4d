//! What else people do about an incident: take it over, hand it on, speak of it, tick its
//! checklist, reopen it, and say what the resident answered.
//!
//! Each is a command of the site's monitor like any other, and is answered with the incident as
//! it then is.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ApiState;
use super::commands::{carry_out, some_words};
use super::incidents::{Incident, IncidentPath};
use super::openapi::CommandProblems;
use super::problem::{Code, Problem};
use super::request::{Body, Path};
use crate::domain::{Action, Id, Said};
use crate::incident::IncidentId;
use crate::people::Actor;

const NAME_LENGTH_MAX: usize = 64;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Who is to see to it; none: nobody in particular.
    #[schema(example = "kim.seoyeon")]
    to: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// Up to 2000 characters, without names of residents.
    #[schema(example = "관리사무소가 열쇠를 가지고 갑니다")]
    text: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Tick {
    /// An item's id.
    #[schema(example = "call-119")]
    item: String,
    done: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResidentAnswer {
    /// `fine` ends the question; `help` calls people at once.
    said: AnswerWord,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerWord {
    /// 괜찮아요.
    Fine,
    /// 도와주세요.
    Help,
}

/// 인수: it is this person's from now on, whoever had it.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/take-over",
    tag = "incidents",
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn take_over(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    carry_out(&state, &actor, &headers, Action::TakeOver { incident }).await
}

/// 담당 지정: who is to see to it.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/assign",
    tag = "incidents", request_body = Assignment,
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn assign(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
    Body(assignment): Body<Assignment>,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    let to = assignment.to.as_deref().map(name).transpose()?;
    carry_out(&state, &actor, &headers, Action::Assign { incident, to }).await
}

/// 메모: a remark, before it is over or after.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/comments",
    tag = "incidents", request_body = Remark,
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn comment(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
    Body(remark): Body<Remark>,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    let text = some_words("text", &remark.text)?;
    carry_out(&state, &actor, &headers, Action::Comment { incident, text }).await
}

/// 점검표: an item is done, or is not after all.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/checklist",
    tag = "incidents", request_body = Tick,
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn tick(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
    Body(Tick { item, done }): Body<Tick>,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    if Id::<Tick>::new(&item).is_err() {
        let sentence = "`item` is the id of an item: 1 to 64 of a-z, 0-9 and -";
        return Err(Problem::new(Code::UnknownItem, sentence));
    }
    carry_out(&state, &actor, &headers, Action::Tick { incident, item, done }).await
}

/// 재개: it is not over. Whoever reopens it has it; within seconds that is an outcome undone.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/reopen",
    tag = "incidents",
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn reopen(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    carry_out(&state, &actor, &headers, Action::Reopen { incident }).await
}

/// 본인 확인: what the resident answered to whoever asked.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/answer",
    tag = "incidents", request_body = ResidentAnswer,
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn answer(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
    Body(ResidentAnswer { said }): Body<ResidentAnswer>,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    let said = match said {
        AnswerWord::Fine => Said::Fine,
        AnswerWord::Help => Said::Help,
    };
    carry_out(&state, &actor, &headers, Action::ResidentAnswered { incident, said }).await
}

/// A person's name as accounts have it.
fn name(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let fits = (1..=NAME_LENGTH_MAX).contains(&text.chars().count());
    if !fits || text.chars().any(char::is_control) {
        let sentence = "`to` is an account: 1 to 64 characters, none of them a control character";
        return Err(Problem::new(Code::BadBody, sentence));
    }
    Ok(text.to_owned())
}
