//! Tokens (토큰): by what programs come in. A token is its account's, for no more than its scopes,
//! and runs out. It is shown once, when it is made; `jikimi token` does the same beside the
//! service.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::{AccountProblems, SessionProblems};
use super::problem::{Code, OfficeCode, Problem};
use super::request::{Body, Path};
use crate::audit::Action;
use crate::clock::wall_now;
use crate::domain::time::{SignedDuration, after, whole_microseconds};
use crate::people::{AccountId, Actor, Scope, secret};
use crate::store::Change;
use crate::store::people::{self, TokenRow};

const DAYS_MAX: u16 = 730;

#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// By name.
    tokens: Vec<TokenBody>,
}

/// A token without its secret, which nobody has but who holds it.
#[derive(Serialize, ToSchema)]
pub struct TokenBody {
    #[schema(example = "grafana")]
    name: String,
    #[schema(example = "kim")]
    account: String,
    #[schema(example = json!(["metrics"]))]
    scopes: Vec<String>,
    created_at: Time,
    expires_at: Time,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TokenPath {
    #[param(value_type = String, example = "grafana")]
    token: AccountId,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenWanted {
    /// What it is called: 1 to 64 of a-z, 0-9 and -.
    #[schema(value_type = String, example = "grafana")]
    name: AccountId,
    /// Whose it is; it may never do more than its account.
    #[schema(value_type = String, example = "kim")]
    account: AccountId,
    /// read, command, metrics or residents.
    #[schema(example = json!(["metrics"]))]
    scopes: Vec<String>,
    /// It runs out after so many days, from 1 to 730.
    days: u16,
}

#[derive(Serialize, ToSchema)]
pub struct TokenMade {
    #[schema(example = "grafana")]
    name: String,
    /// Shown this once.
    token: String,
}

/// Every token, without its secret.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "people",
    responses((status = 200, body = Tokens), SessionProblems))]
pub async fn list(State(state): State<ApiState>) -> Result<Json<Tokens>, Problem> {
    let local = Local::everywhere(&state);
    let body = |row: TokenRow| TokenBody {
        scopes: row.scopes.split(' ').map(str::to_owned).collect(),
        created_at: local.time(row.created_at),
        expires_at: local.time(row.expires_at),
        name: row.name,
        account: row.account,
    };
    let tokens = people::tokens(&state.db).await?.into_iter().map(body).collect();
    Ok(Json(Tokens { tokens }))
}

/// Makes a token. The answer holds it, and nothing else ever does.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "people", request_body = TokenWanted,
    responses((status = 200, body = TokenMade), AccountProblems))]
pub async fn make(
    State(state): State<ApiState>,
    actor: Actor,
    Body(wanted): Body<TokenWanted>,
) -> Result<Json<TokenMade>, Problem> {
    let scopes: Option<Vec<Scope>> = wanted.scopes.iter().map(|word| Scope::read(word)).collect();
    let scopes = scopes.filter(|scopes| !scopes.is_empty() && scopes.len() <= 4);
    let (Some(scopes), 1..=DAYS_MAX) = (scopes, wanted.days) else {
        let sentence = format!(
            "`scopes` are of read, command, metrics and residents, `days` from 1 to {DAYS_MAX}"
        );
        return Err(Problem::new(Code::BadBody, sentence));
    };
    let account = wanted.account.as_str();
    if people::account(&state.db, account).await?.is_none() {
        let sentence = format!("there is no account `{account}`; GET /api/v1/accounts lists them");
        return Err(Problem::new(Code::Office(OfficeCode::UnknownAccount), sentence));
    }
    let failed = |error| Problem::internal(&error);
    let made = format!("{}{}", secret::TOKEN_PREFIX, secret::generate().map_err(failed)?);
    let now = whole_microseconds(wall_now());
    let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let row = TokenRow {
        id: secret::id_of(&made),
        name: wanted.name.to_string(),
        account: account.to_owned(),
        scopes: words.join(" "),
        created_at: now,
        expires_at: after(now, SignedDuration::from_hours(24 * i64::from(wanted.days))),
    };
    if people::tokens(&state.db).await?.iter().any(|token| token.name == row.name) {
        let sentence = format!("there is a token `{}`; end it first", row.name);
        return Err(Problem::new(Code::Office(OfficeCode::TokenThere), sentence));
    }
    let told = actor.did(Action::TokenChanged).of(row.name.as_str());
    let told = told.because(format!("added for {account}: {}", row.scopes));
    state.store.change(Change::default().api_token(&row).told(told)).await?;
    Ok(Json(TokenMade { name: row.name, token: made }))
}

/// Ends a token at once.
#[utoipa::path(delete, path = "/api/v1/tokens/{token}", tag = "people", params(TokenPath),
    responses((status = 204, description = "It has ended"), AccountProblems))]
pub async fn end(
    State(state): State<ApiState>,
    actor: Actor,
    Path(TokenPath { token }): Path<TokenPath>,
) -> Result<StatusCode, Problem> {
    if !people::tokens(&state.db).await?.iter().any(|of| of.name == token.as_str()) {
        let sentence = format!("there is no token `{token}`; GET /api/v1/tokens lists them");
        return Err(Problem::new(Code::Office(OfficeCode::UnknownToken), sentence));
    }
    let told = actor.did(Action::TokenChanged).of(token.as_str()).because("revoked");
    state.store.change(Change::default().without_api_token(token.as_str()).told(told)).await?;
    Ok(StatusCode::NO_CONTENT)
}
