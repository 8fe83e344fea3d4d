//! Answers to notices (알림 응답) by whoever was sent one, without an account; and the calls of
//! providers that bring answers and receipts.
//!
//! What proves who answers is a secret of 256 bits that was sent to one person over one way: good
//! for one answer, for a day, and about one incident. All that is wrong with one is told alike.

use std::net::IpAddr;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::commands::{self, ANSWER_WITHIN, refused};
use super::gate::Shown;
use super::openapi::{AnswerProblems, CallProblems};
use super::problem::{Code, Problem};
use super::request::{BODY_BYTES_MAX, Body, Path};
use crate::audit;
use crate::audit::Entry;
use crate::clock::wall_now;
use crate::config::Provider;
use crate::domain::{Action, Answer, Command, Refusal, Said};
use crate::incident::Role;
use crate::notify::inbound::{self, Event, FRESH_FOR, Reply};
use crate::people::secret;

const SIGNATURE_HEADER: &str = "jikimi-signature";

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerGiven {
    /// What was sent with the notice.
    token: String,
    said: Reply,
}

#[derive(Serialize, ToSchema)]
pub struct AnswerTaken {
    /// What it was about.
    #[schema(example = "usan/stillness/h0101/1")]
    incident: String,
}

/// Answers a notice: staff acknowledge its incident, a resident says how they are.
#[utoipa::path(post, path = "/api/v1/answers", tag = "incidents", request_body = AnswerGiven,
    responses((status = 200, body = AnswerTaken), AnswerProblems))]
pub async fn give(
    State(state): State<ApiState>,
    shown: Shown,
    Body(given): Body<AnswerGiven>,
) -> Result<Json<AnswerTaken>, Problem> {
    let incident = take(&state, shown.source, &given.token, given.said).await?;
    Ok(Json(AnswerTaken { incident }))
}

/// Carries an answer out; about which incident it was.
async fn take(
    state: &ApiState,
    source: Option<IpAddr>,
    token: &str,
    said: Reply,
) -> Result<String, Problem> {
    let id = secret::id_of(token);
    let offered = state.store.offered(&id, wall_now()).await?.ok_or_else(over)?;
    let incident = offered.incident;
    let action = action(&incident, offered.role, said)?;
    let by = Entry::new(&offered.person, source, audit::Action::Commanded);
    let by = by.of(incident.to_string());
    // One answer is one command, however often it is asked for.
    let command = Command { key: format!("answer-{id}"), actor: offered.person, action };
    let site = incident.site.clone();
    let answer = commands::ask(&state.running, (&site, by), command, ANSWER_WITHIN).await?;
    state.store.answered(&id, wall_now()).await?;
    match answer {
        Answer::Refused(Refusal::KeyReused) => Err(over()),
        Answer::Refused(refusal) => Err(refused(refusal, &incident.to_string())),
        _ => Ok(incident.to_string()),
    }
}

fn action(
    incident: &crate::incident::IncidentId,
    role: Role,
    said: Reply,
) -> Result<Action, Problem> {
    let incident = incident.clone();
    match (role, said) {
        (Role::Resident, Reply::Fine) => {
            Ok(Action::ResidentAnswered { incident, said: Said::Fine })
        }
        (Role::Resident, Reply::Help) => {
            Ok(Action::ResidentAnswered { incident, said: Said::Help })
        }
        // Whom the resident has named is asked to call, and answers for nothing.
        (Role::Resident | Role::EmergencyContact, _) | (_, Reply::Fine | Reply::Help) => {
            let sentence = "a resident says `fine` or `help`, staff say `acknowledge`";
            Err(Problem::new(Code::BadBody, sentence))
        }
        (_, Reply::Acknowledge) => Ok(Action::Acknowledge { incident }),
    }
}

fn over() -> Problem {
    let sentence = "this answer was given, has run out, or never was one; the notice's incident \
                    is in the console";
    Problem::new(Code::AnswerOver, sentence)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct WayPath {
    /// The id of a `[[provider]]`.
    #[param(example = "sms")]
    way: String,
}

#[derive(Serialize, ToSchema)]
pub struct CallTaken {
    /// Receipts and answers that were understood.
    #[schema(example = 1)]
    taken: usize,
}

/// A provider's call: whether notices have arrived, and what was answered. Signed like our own
/// webhooks, `Jikimi-Signature: t=SECONDS,v1=HEX`, and taken once.
#[utoipa::path(post, path = "/api/v1/inbound/{way}", tag = "incidents",
    request_body(content = Object, description = "As the provider's template says"),
    params(WayPath, ("Jikimi-Signature" = String, Header,
        description = "The HMAC-SHA-256 of `SECONDS.BODY` with the way's inbound secret")),
    responses((status = 200, body = CallTaken), CallProblems))]
pub async fn call(
    State(state): State<ApiState>,
    shown: Shown,
    Path(WayPath { way }): Path<WayPath>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<CallTaken>, Problem> {
    let body = body.map_err(|_| too_large())?;
    let provider = state.telling.ways.providers.iter().find(|provider| provider.id == way);
    let provider = provider.ok_or_else(unsigned)?;
    let header = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let now = wall_now();
    let secret = secret_of(provider).await.ok_or_else(unsigned)?;
    let mark = inbound::signed(secret.trim().as_bytes(), header.unwrap_or_default(), &body, now);
    let mark = mark.ok_or_else(unsigned)?;
    let said: serde_json::Value = serde_json::from_slice(&body)
        .map_err(|error| Problem::new(Code::BadJson, format!("it is no JSON: {error}")))?;

    let id: String =
        Sha256::digest(format!("{way}:{mark}")).iter().map(|byte| format!("{byte:02x}")).collect();
    let old = now.saturating_sub(FRESH_FOR * 4).unwrap_or(now);
    if !state.store.take_call(&id, now, old).await? {
        let sentence = "this call has come before; sign each anew";
        return Err(Problem::new(Code::Replayed, sentence));
    }
    let done = carry_out(&state, &shown, &way, inbound::events(&provider.template, &said)).await;
    if done.is_err() {
        state.store.forget_call(&id).await?;
    }
    done.map(|taken| Json(CallTaken { taken }))
}

async fn secret_of(provider: &Provider) -> Option<String> {
    let path = provider.inbound_secret.as_ref()?;
    let secret = tokio::fs::read_to_string(path).await;
    if let Err(error) = &secret {
        tracing::error!(way = provider.id, %error, "the inbound secret cannot be read");
    }
    secret.ok().filter(|secret| !secret.trim().is_empty())
}

/// How many of them were taken; what is wrong with one holds up no other.
async fn carry_out(
    state: &ApiState,
    shown: &Shown,
    way: &str,
    events: Vec<Event>,
) -> Result<usize, Problem> {
    let (mut taken, mut wrong) = (0, None);
    for event in events {
        let done = match event {
            Event::Receipt { handle, arrived } => {
                let of = (way, handle.as_str());
                let noted = inbound::report(&state.store, &state.telling, of, &arrived, wall_now());
                noted.await.map_err(Problem::from)
            }
            Event::Answer { token, said } => {
                take(state, shown.source, &token, said).await.map(drop)
            }
        };
        match done {
            Ok(()) => taken += 1,
            Err(problem) => wrong = Some(problem),
        }
    }
    match wrong {
        Some(problem) if taken == 0 => Err(problem),
        _ => Ok(taken),
    }
}

fn too_large() -> Problem {
    Problem::new(Code::BodyTooLarge, format!("send at most {BODY_BYTES_MAX} bytes"))
}

fn unsigned() -> Problem {
    let sentence = "sign it: Jikimi-Signature: t=SECONDS,v1=HEX, fresh, with the way's inbound \
                    secret (`inbound_secret_file` in notify.toml)";
    Problem::new(Code::BadSignature, sentence)
}
