//! The trail (감사 기록) for an administrator: who saw or did what, newest first.
//!
//! It is read here and never written by reading it; whether it is whole is what
//! `jikimi audit verify` says.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::ListProblems;
use super::problem::Problem;
use super::request::{Query, page_size};
use crate::store::newest_trail;

const PAGE_USUAL: u32 = 100;
const PAGE_MAX: u32 = 500;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TrailQuery {
    /// Only what this account did.
    account: Option<String>,
    /// Only this, such as `trace-viewed`.
    action: Option<String>,
    /// At most this many, from 1 to 500; 100 if not given.
    limit: Option<u32>,
    /// Only older ones than this: `next` of the page before.
    before: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct Trail {
    entries: Vec<TrailBody>,
    /// What to ask `before` for the next page; none on the last.
    next: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub struct TrailBody {
    /// Counted from 1, without gaps.
    n: i64,
    at: Time,
    /// An account, `local` or `command-line`.
    #[schema(example = "kim")]
    account: String,
    /// The address it came from; empty where there is none.
    from: String,
    #[schema(example = "trace-viewed")]
    action: String,
    site: Option<String>,
    /// The id of what or whose it was.
    #[schema(example = "h0101/h0101-pir")]
    subject: String,
    /// A reason, or what came of it.
    detail: String,
}

/// The trail, newest first.
#[utoipa::path(get, path = "/api/v1/audit", tag = "people", params(TrailQuery),
    responses((status = 200, body = Trail), ListProblems))]
pub async fn list(
    State(state): State<ApiState>,
    Query(query): Query<TrailQuery>,
) -> Result<Json<Trail>, Problem> {
    let limit = page_size(query.limit, PAGE_USUAL, PAGE_MAX)?;
    let (account, action) = (query.account.unwrap_or_default(), query.action.unwrap_or_default());
    let before = query.before.unwrap_or(i64::MAX);
    let mut rows = newest_trail(&state.db, (&account, &action), before, limit + 1).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.n);
    let local = Local::everywhere(&state);
    let body = |row: crate::audit::Row| TrailBody {
        n: row.n,
        at: local.time(row.at),
        account: row.account,
        from: row.source,
        action: row.action,
        site: Some(row.site).filter(|site| !site.is_empty()),
        subject: row.subject,
        detail: row.detail,
    };
    Ok(Json(Trail { entries: rows.into_iter().map(body).collect(), next }))
}
