//! Coming in and going out: the session of whoever asks, its password and its second factor.
//!
//! The secret of a session is in its cookie, which no script can read, and nowhere else. What a
//! page has to send with each command (`csrf`) is told to whoever can read an answer of ours.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::gate::{Shown, cookie_name};
use super::local::{Local, Time};
use super::openapi::{FactorProblems, LoginProblems, SessionProblems};
use super::problem::{Code, Problem};
use super::request::Body;
use crate::people::{Actor, By, Credentials, Entered, Front, LoginError, Presented, secret};

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    #[schema(example = "kim")]
    account: String,
    #[schema(example = "correct horse battery")]
    password: String,
    /// Of the second factor, six digits. Needed off the office network.
    #[schema(example = "492039")]
    code: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// What stands behind `#setup=` in the link of the log.
    link: String,
    #[schema(example = "kim")]
    account: String,
    /// 12 to 128 characters.
    #[schema(example = "correct horse battery")]
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    old: String,
    /// 12 to 128 characters.
    new: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorCode {
    #[schema(example = "492039")]
    code: String,
}

/// Who is asking.
#[derive(Serialize, ToSchema)]
pub struct SessionBody {
    /// `local` while there are no accounts.
    #[schema(example = "kim")]
    account: String,
    /// How they showed it: `loopback` (there are no accounts, so whoever sits at this machine is
    /// an administrator), `session` or `token`.
    #[schema(example = "session")]
    by: &'static str,
    roles: Vec<RoleBody>,
    /// Then it ends in any case; none for `loopback`.
    until: Option<Time>,
    /// To be sent as X-CSRF-Token with each command of a session; none for others.
    csrf: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct RoleBody {
    /// `*`: every site.
    #[schema(example = "center")]
    pub site: String,
    /// operator, caseworker, engineer or administrator.
    #[schema(example = "operator")]
    pub role: &'static str,
}

/// A second factor that does not hold yet.
#[derive(Serialize, ToSchema)]
pub struct FactorOffer {
    /// In base32, to be typed into an authenticator.
    secret: String,
    /// The same, to be read by one.
    #[schema(example = "otpauth://totp/jikimi:kim?secret=…&issuer=jikimi")]
    link: String,
}

/// Comes in: the answer sets the cookie of a new session, and ends one that was shown.
#[utoipa::path(post, path = "/api/v1/session", tag = "people", request_body = Login,
    responses((status = 200, body = SessionBody), LoginProblems))]
pub async fn log_in(
    State(state): State<ApiState>,
    shown: Shown,
    jar: CookieJar,
    Body(login): Body<Login>,
) -> Result<(CookieJar, Json<SessionBody>), Problem> {
    let Login { account, password, code } = login;
    let said = Credentials { account, password, code };
    let entered = state.people.log_in(said, shown.source, &shown.presented).await?;
    Ok(entered_as(&state, jar, entered))
}

/// Who is asking, and what a page sends with its commands.
#[utoipa::path(get, path = "/api/v1/session", tag = "people",
    responses((status = 200, body = SessionBody), SessionProblems))]
pub async fn show(State(state): State<ApiState>, actor: Actor, shown: Shown) -> Json<SessionBody> {
    let csrf = match &shown.presented {
        Presented::Cookie(secret) => Some(secret::csrf_of(secret)),
        Presented::Nothing | Presented::Bearer(_) => None,
    };
    Json(body(&state, &actor, csrf))
}

/// Goes out: the session ends, and with it its live streams.
#[utoipa::path(delete, path = "/api/v1/session", tag = "people",
    responses((status = 204, description = "It has ended"), SessionProblems))]
pub async fn log_out(
    State(state): State<ApiState>,
    actor: Actor,
    jar: CookieJar,
) -> Result<(CookieJar, StatusCode), Problem> {
    state.people.log_out(&actor).await?;
    let ended = cookie(state.people.front(), String::new());
    Ok((jar.remove(ended), StatusCode::NO_CONTENT))
}

/// Another password for oneself. Every session of the account ends; the answer begins a new one.
#[utoipa::path(post, path = "/api/v1/session/password", tag = "people",
    request_body = PasswordChange,
    responses((status = 200, body = SessionBody), LoginProblems))]
pub async fn change_password(
    State(state): State<ApiState>,
    actor: Actor,
    jar: CookieJar,
    Body(change): Body<PasswordChange>,
) -> Result<(CookieJar, Json<SessionBody>), Problem> {
    let entered = state.people.change_password(&actor, change.old, change.new).await?;
    Ok(entered_as(&state, jar, entered))
}

/// A new second factor for oneself. It holds once a code of it has been sent.
#[utoipa::path(post, path = "/api/v1/session/second-factor", tag = "people",
    responses((status = 200, body = FactorOffer), SessionProblems))]
pub async fn offer_factor(
    State(state): State<ApiState>,
    actor: Actor,
) -> Result<Json<FactorOffer>, Problem> {
    let (secret, link) = state.people.offer_factor(&actor).await?;
    Ok(Json(FactorOffer { secret, link }))
}

/// Takes the second factor that was offered, by a code of it.
#[utoipa::path(put, path = "/api/v1/session/second-factor", tag = "people",
    request_body = FactorCode,
    responses((status = 204, description = "It holds from now on"), FactorProblems))]
pub async fn take_factor(
    State(state): State<ApiState>,
    actor: Actor,
    Body(FactorCode { code }): Body<FactorCode>,
) -> Result<StatusCode, Problem> {
    state.people.take_factor(&actor, &code).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes the first administrator, by the link that the log of the first start shows.
#[utoipa::path(post, path = "/api/v1/setup", tag = "people", request_body = SetUp,
    responses((status = 200, body = SessionBody), LoginProblems))]
pub async fn set_up(
    State(state): State<ApiState>,
    shown: Shown,
    jar: CookieJar,
    Body(set_up): Body<SetUp>,
) -> Result<(CookieJar, Json<SessionBody>), Problem> {
    let SetUp { link, account, password } = set_up;
    let said = Credentials { account, password, code: None };
    let entered = state.people.set_up(&link, said, shown.source).await?;
    Ok(entered_as(&state, jar, entered))
}

fn entered_as(
    state: &ApiState,
    jar: CookieJar,
    entered: Entered,
) -> (CookieJar, Json<SessionBody>) {
    let csrf = secret::csrf_of(&entered.secret);
    let jar = jar.add(cookie(state.people.front(), entered.secret));
    (jar, Json(body(state, &entered.actor, Some(csrf))))
}

/// Lax, so that a link in a notice opens for whoever is logged in; commands are kept from other
/// sites' pages by their origin and the session's word. It has no age: it goes with the browser,
/// and ends here when it ends.
fn cookie(front: &Front, secret: String) -> Cookie<'static> {
    Cookie::build((cookie_name(front), secret))
        .path("/")
        .http_only(true)
        .secure(front.secure)
        .same_site(SameSite::Lax)
        .build()
}

fn body(state: &ApiState, actor: &Actor, csrf: Option<String>) -> SessionBody {
    let (by, until) = match &actor.by {
        By::Loopback => ("loopback", None),
        By::Session { until, .. } => ("session", Some(*until)),
        By::Token { until, .. } => ("token", Some(*until)),
    };
    let roles = actor.grants.iter();
    SessionBody {
        account: actor.account.clone(),
        by,
        roles: roles
            .map(|grant| RoleBody { site: grant.at.to_string(), role: grant.role.as_str() })
            .collect(),
        until: until.map(|until| Local::everywhere(state).time(until)),
        csrf,
    }
}

impl From<LoginError> for Problem {
    fn from(error: LoginError) -> Self {
        match &error {
            LoginError::Wrong => {
                Self::new(Code::LoginFailed, "try again; who has forgotten asks an administrator")
            }
            LoginError::CodeWanted => {
                Self::new(Code::SecondFactor, "send `code` too, off the office network")
            }
            LoginError::FactorMissing => {
                let sentence = "log in from the office network once and set a second factor up";
                Self::new(Code::FactorMissing, sentence)
            }
            LoginError::TooOften(wait_s) => {
                let sentence = format!("wait {wait_s} s before the next attempt");
                Self::new(Code::TooManyAttempts, sentence).after_s(*wait_s)
            }
            LoginError::Busy => {
                Self::new(Code::TooManyAttempts, "too many log in at once; wait 2 s").after_s(2)
            }
            LoginError::SetUpOver => {
                Self::new(Code::SetUpOver, "start jikimi again for another, or log in")
            }
            LoginError::Weak(weak) => Self::new(Code::WeakPassword, weak.to_string()),
            LoginError::Secret(_) | LoginError::Store(_) => Self::internal(&error),
        }
    }
}
