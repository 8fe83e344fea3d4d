//! What could not be taken as a reading, with the reason. Kept, so that somebody can look.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::ListProblems;
use super::problem::Problem;
use super::request::{Query, page_size};
use crate::store::views::{self, DeadLetterRow};

const PAGE_USUAL: u32 = 50;
const PAGE_MAX: u32 = 200;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeadLettersQuery {
    /// Only those of this reason.
    reason: Option<String>,
    /// At most this many, from 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// Only older ones than this: `next` of the page before.
    before: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct DeadLetters {
    /// How many there are of each reason, on all pages.
    #[schema(example = json!({"not-json": 12, "unknown-device": 3}))]
    counts: BTreeMap<String, u64>,
    dead_letters: Vec<DeadLetterBody>,
    /// What to ask `before` for the next page; none on the last.
    #[schema(example = "1043")]
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct DeadLetterBody {
    #[schema(example = "1044")]
    id: String,
    received_at: Time,
    #[schema(example = "jikimi/v1/center/tc-9/reading")]
    topic: String,
    #[schema(example = "not-json")]
    reason: String,
    /// The reason in words.
    sentence: String,
    /// How long the whole payload was.
    bytes: i64,
    /// Its beginning, if that is text.
    payload_text: Option<String>,
    payload_base64: String,
}

/// Dead letters, newest first, and how many there are of each reason.
#[utoipa::path(get, path = "/api/v1/dead-letters", tag = "devices", params(DeadLettersQuery),
    responses((status = 200, body = DeadLetters), ListProblems))]
pub async fn list(
    State(state): State<ApiState>,
    Query(query): Query<DeadLettersQuery>,
) -> Result<Json<DeadLetters>, Problem> {
    let limit = page_size(query.limit, PAGE_USUAL, PAGE_MAX)?;
    let reason = query.reason.unwrap_or_default();
    let mut rows = views::dead_letters(&state.db, &reason, query.before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.id.to_string());
    let counts = views::dead_letter_counts(&state.db).await?;
    let local = Local::everywhere(&state);
    let dead_letters = rows.into_iter().map(|row| body(&local, row)).collect();
    Ok(Json(DeadLetters { counts, dead_letters, next }))
}

fn body(local: &Local, row: DeadLetterRow) -> DeadLetterBody {
    DeadLetterBody {
        id: row.id.to_string(),
        received_at: local.time(row.received_at),
        topic: String::from_utf8_lossy(&row.topic).into_owned(),
        reason: row.reason,
        sentence: row.sentence,
        bytes: row.bytes,
        payload_base64: STANDARD.encode(&row.payload),
        payload_text: String::from_utf8(row.payload).ok(),
    }
}
