//! Accounts (계정) as an administrator sees, makes and changes them; `jikimi user` does the same
//! beside the service.
//!
//! Passwords are made here, shown in this one answer, and never asked for. What an account was
//! allowed before is in the trail.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::{AccountProblems, SessionProblems};
use super::problem::{Code, OfficeCode, Problem};
use super::request::{Body, Path};
use super::session::RoleBody;
use crate::people::{AccountError, AccountId, Actor, At, Grant, Role};
use crate::store::people::{self, AccountRow};

/// No account needs more roles than these.
const ROLES_MAX: usize = 64;

#[derive(Serialize, ToSchema)]
pub struct Accounts {
    /// By name.
    accounts: Vec<AccountBody>,
}

#[derive(Serialize, ToSchema)]
pub struct AccountBody {
    #[schema(example = "kim")]
    account: String,
    roles: Vec<RoleBody>,
    /// Whether it may not come in any more.
    disabled: bool,
    /// Whether it has a second factor.
    second_factor: bool,
    created_at: Time,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AccountPath {
    #[param(value_type = String, example = "kim")]
    account: AccountId,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountWanted {
    /// 1 to 64 of a-z, 0-9 and -.
    #[schema(value_type = String, example = "lee")]
    account: AccountId,
    roles: Vec<RoleWanted>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountChange {
    /// In place of those it has.
    roles: Vec<RoleWanted>,
    /// Whether it may not come in any more; its sessions and tokens end with it.
    disabled: bool,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleWanted {
    /// A site, or `*` for every one.
    #[schema(example = "usan")]
    site: String,
    /// operator, caseworker, engineer or administrator.
    #[schema(example = "caseworker")]
    role: String,
}

/// An account with a password that is shown this once.
#[derive(Serialize, ToSchema)]
pub struct AccountMade {
    #[schema(example = "lee")]
    account: String,
    password: String,
}

/// Every account, and what it is.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "people",
    responses((status = 200, body = Accounts), SessionProblems))]
pub async fn list(State(state): State<ApiState>) -> Result<Json<Accounts>, Problem> {
    let mut accounts = Vec::new();
    for row in people::accounts(&state.db).await? {
        accounts.push(body(&state, row).await?);
    }
    Ok(Json(Accounts { accounts }))
}

async fn body(state: &ApiState, row: AccountRow) -> Result<AccountBody, Problem> {
    let grants = people::grants(&state.db, &row.name).await?.into_iter();
    let role = |of: Grant| RoleBody { site: of.at.to_string(), role: of.role.as_str() };
    Ok(AccountBody {
        roles: grants.map(role).collect(),
        disabled: row.disabled,
        second_factor: row.totp.is_some(),
        created_at: Local::everywhere(state).time(row.created_at),
        account: row.name,
    })
}

/// Makes an account. The answer holds its password, which is shown this once.
#[utoipa::path(post, path = "/api/v1/accounts", tag = "people", request_body = AccountWanted,
    responses((status = 200, body = AccountMade), AccountProblems))]
pub async fn make(
    State(state): State<ApiState>,
    actor: Actor,
    Body(AccountWanted { account, roles }): Body<AccountWanted>,
) -> Result<Json<AccountMade>, Problem> {
    let grants = grants(&state, &roles)?;
    let password = state.people.make_account(&actor, &account, &grants).await?;
    Ok(Json(AccountMade { account: account.to_string(), password }))
}

/// Gives an account other roles, and lets it in or no longer.
#[utoipa::path(put, path = "/api/v1/accounts/{account}", tag = "people",
    request_body = AccountChange, params(AccountPath),
    responses((status = 200, body = AccountBody), AccountProblems))]
pub async fn change(
    State(state): State<ApiState>,
    actor: Actor,
    Path(AccountPath { account }): Path<AccountPath>,
    Body(AccountChange { roles, disabled }): Body<AccountChange>,
) -> Result<Json<AccountBody>, Problem> {
    let grants = grants(&state, &roles)?;
    state.people.change_account(&actor, &account, (&grants, disabled)).await?;
    let row = people::account(&state.db, account.as_str()).await?;
    let row = row.ok_or_else(|| Problem::from(AccountError::Unknown(account)))?;
    body(&state, row).await.map(Json)
}

/// Another password for an account, shown this once; every session of it ends.
#[utoipa::path(post, path = "/api/v1/accounts/{account}/password", tag = "people",
    params(AccountPath), responses((status = 200, body = AccountMade), AccountProblems))]
pub async fn renew_password(
    State(state): State<ApiState>,
    actor: Actor,
    Path(AccountPath { account }): Path<AccountPath>,
) -> Result<Json<AccountMade>, Problem> {
    let password = state.people.renew_password(&actor, &account).await?;
    Ok(Json(AccountMade { account: account.to_string(), password }))
}

fn grants(state: &ApiState, wanted: &[RoleWanted]) -> Result<Vec<Grant>, Problem> {
    let bad = |sentence: String| Problem::new(Code::BadBody, sentence);
    if wanted.is_empty() || wanted.len() > ROLES_MAX {
        return Err(bad(format!("`roles` holds 1 to {ROLES_MAX} roles, each with its site")));
    }
    let grant = |of: &RoleWanted| {
        let role: Role =
            of.role.parse().map_err(|no: crate::people::NoRole| bad(no.to_string()))?;
        let at: At = of.site.parse().map_err(|_| bad("a `site` is an id, or *".to_owned()))?;
        match &at {
            At::Site(site) => state.configuration(site).map(drop)?,
            At::Everywhere => {}
        }
        Ok(Grant { role, at })
    };
    wanted.iter().map(grant).collect()
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let code = match error {
            AccountError::Unknown(_) => OfficeCode::UnknownAccount,
            AccountError::There(_) => OfficeCode::AccountThere,
            AccountError::LastAdministrator => OfficeCode::LastAdministrator,
            AccountError::Login(error) => return error.into(),
            AccountError::Store(error) => return error.into(),
        };
        let more = match code {
            OfficeCode::LastAdministrator => "; give somebody else administrator at * first",
            _ => "; GET /api/v1/accounts lists them",
        };
        Self::new(Code::Office(code), format!("{error}{more}"))
    }
}
