//! Accounts (계정) as an administrator sees them. They are made and changed by `jikimi user`.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::SessionProblems;
use super::problem::Problem;
use super::session::RoleBody;
use crate::store::people;

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

/// Every account, and what it is.
#[utoipa::path(get, path = "/api/v1/accounts", tag = "people",
    responses((status = 200, body = Accounts), SessionProblems))]
pub async fn list(State(state): State<ApiState>) -> Result<Json<Accounts>, Problem> {
    let local = Local::everywhere(&state);
    let mut accounts = Vec::new();
    for row in people::accounts(&state.db).await? {
        let grants = people::grants(&state.db, &row.name).await?.into_iter();
        let role = |site: String, role| RoleBody { site, role };
        accounts.push(AccountBody {
            roles: grants.map(|of| role(of.at.to_string(), of.role.as_str())).collect(),
            disabled: row.disabled,
            second_factor: row.totp.is_some(),
            created_at: local.time(row.created_at),
            account: row.name,
        });
    }
    Ok(Json(Accounts { accounts }))
}
