//! Whether the process lives, whether it keeps up, and what it counts.
//!
//! `/healthz` only says that somebody answers. `/readyz` can fail: a service that is behind its
//! inputs, cannot read its database or writes to a deleted one is not to be believed, however
//! quickly it answers.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::openapi::ReadyProblems;
use super::problem::{Code, Problem, chain};
use crate::store::views;

/// Further behind than this, in real time, and the service is not ready.
const BEHIND_MAX_S: f64 = 5.0;
/// The database has so long to answer.
const DATABASE_WITHIN: Duration = Duration::from_secs(2);

#[derive(Serialize, ToSchema)]
pub struct Alive {
    #[schema(example = true)]
    alive: bool,
    #[schema(example = "0.1.0")]
    version: &'static str,
}

#[derive(Serialize, ToSchema)]
pub struct Ready {
    #[schema(example = true)]
    ready: bool,
    /// Whether messages can reach us: false while the broker is away, which is a fault of its own
    /// and no reason to restart us.
    #[schema(example = true)]
    hears: bool,
    /// What hinders us from hearing and what to do about it, where that is known: a password or
    /// a certificate that is not accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    hindrance: Option<String>,
    /// How long the oldest input has waited, in real time.
    #[schema(example = 0.004)]
    behind_s: f64,
}

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "service",
    responses((status = 200, body = Alive)))]
pub async fn alive() -> Json<Alive> {
    Json(Alive { alive: true, version: env!("CARGO_PKG_VERSION") })
}

/// Whether it keeps up with its inputs and can read its database.
#[utoipa::path(get, path = "/readyz", tag = "service",
    responses((status = 200, body = Ready), ReadyProblems))]
pub async fn ready(State(state): State<ApiState>) -> Result<Json<Ready>, Problem> {
    let behind_s = behind_s(&state);
    if behind_s > BEHIND_MAX_S {
        let sentence = format!(
            "the oldest input has waited {behind_s:.1} s, at most {BEHIND_MAX_S} s is well"
        );
        return Err(Problem::new(Code::Behind, sentence));
    }
    if !state.db.is_there() {
        let sentence = "the next start would find nothing of what is taken now; stop jikimi, put \
                        the file back and start it again";
        return Err(Problem::new(Code::DatabaseGone, sentence));
    }
    match tokio::time::timeout(DATABASE_WITHIN, views::origin(&state.db)).await {
        Ok(Ok(_)) => {
            let health = &state.running.health;
            let (hears, hindrance) = (health.hears(), health.hindrance.words());
            Ok(Json(Ready { ready: true, hears, hindrance, behind_s }))
        }
        Ok(Err(error)) => {
            tracing::error!(error = chain(&error), "the database cannot be read");
            Err(unreadable("the database refuses to be read; the log says why"))
        }
        Err(_) => Err(unreadable("the database does not answer within 2 s")),
    }
}

/// Service time runs faster than a person's on a scaled clock; patience does not.
fn behind_s(state: &ApiState) -> f64 {
    let behind_us = state.running.health.behind_us(state.clock.now());
    Duration::from_micros(behind_us.unsigned_abs()).as_secs_f64() / state.clock.speed()
}

fn unreadable(sentence: &str) -> Problem {
    Problem::new(Code::DatabaseUnreadable, sentence)
}

/// What is counted, as Prometheus reads it.
#[utoipa::path(get, path = "/metrics", tag = "service",
    responses((status = 200, body = String, content_type = "text/plain")))]
pub async fn metrics(State(state): State<ApiState>) -> Response {
    let text = "text/plain; version=0.0.4; charset=utf-8";
    // What cannot be read now is left out; the rest is counted all the same.
    let precision = super::precision::numbers(&state).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "how precise alarms are is not known now");
        String::new()
    });
    ([(CONTENT_TYPE, text)], state.metrics.render() + &precision).into_response()
}
