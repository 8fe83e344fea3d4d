//! Errors as RFC 9457 documents, with a code that never changes and a sentence that may improve.
//!
//! A database's words never reach a client: what went wrong inside goes to the log as its whole
//! chain, and the client is told `internal`. The sentence says what would have been right, so
//! whoever raises a problem owes it more than the name of the mistake.

use std::error::Error;

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::store::StoreError;

/// What can go wrong, all of it. The text of a code is a promise; sentences are not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    UnknownRoute,
    MethodNotAllowed,
    UnknownSite,
    UnknownDevice,
    UnknownStorey,
    UnknownZone,
    UnknownIncident,
    BadPath,
    BadQuery,
    BadHeader,
    BadJson,
    BadBody,
    UnknownOutcome,
    WrongContentType,
    BodyTooLarge,
    CrossOrigin,
    ForeignHost,
    CsrfToken,
    Unauthenticated,
    Forbidden,
    LoginFailed,
    SecondFactor,
    FactorMissing,
    WeakPassword,
    SetUpOver,
    /// A provider's call is not signed, or not freshly.
    BadSignature,
    /// It has come before.
    Replayed,
    /// What answers a notice was used, or has run out.
    AnswerOver,
    TooManyAttempts,
    TooManyRequests,
    TooSlow,
    AlreadyAcknowledged,
    AlreadyResolved,
    NotResolved,
    NotTheNewest,
    NotAsked,
    OutcomeReserved,
    UnknownItem,
    UnknownPlace,
    UnknownSituation,
    UnknownSilence,
    NeverSilenced,
    BadWindow,
    DrillRuns,
    KeyReused,
    ConfigurationRefused,
    QueueFull,
    NoAnswer,
    TooManyListeners,
    Behind,
    DatabaseUnreadable,
    DatabaseGone,
    Internal,
    /// Of homes, households and what is kept of their people.
    Home(HomeCode),
    /// Of what administrators and engineers do.
    Office(OfficeCode),
}

/// What can go wrong with accounts, tokens and backtests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfficeCode {
    UnknownAccount,
    AccountThere,
    LastAdministrator,
    UnknownToken,
    TokenThere,
    BacktestRuns,
    NoFiles,
}

impl OfficeCode {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::UnknownAccount => (S::NOT_FOUND, "unknown-account", "No such account"),
            Self::AccountThere => (S::CONFLICT, "account-there", "There is such an account"),
            Self::LastAdministrator => {
                (S::CONFLICT, "last-administrator", "Nobody would be administrator")
            }
            Self::UnknownToken => (S::NOT_FOUND, "unknown-token", "No such token"),
            Self::TokenThere => (S::CONFLICT, "token-there", "There is such a token"),
            Self::BacktestRuns => (S::CONFLICT, "backtest-runs", "A backtest runs already"),
            Self::NoFiles => (S::CONFLICT, "no-files", "This service reads no files"),
        }
    }
}

/// What can go wrong with a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HomeCode {
    Unknown,
    Occupied,
    UnknownHousehold,
    BadSpan,
    NothingToEnd,
    NotOfPeople,
    NoWalkTest,
    WalkTestIncomplete,
    /// What its sensors said is opened with a reason only.
    Trace,
    NoReason,
    NotOwn,
    NoKeyFile,
    Sealed,
}

impl HomeCode {
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Unknown => (S::NOT_FOUND, "unknown-home", "No such home"),
            Self::Occupied => (S::CONFLICT, "home-occupied", "Somebody lives there"),
            Self::UnknownHousehold => {
                (S::CONFLICT, "unknown-household", "Another household lives there, or none")
            }
            Self::BadSpan => (S::CONFLICT, "bad-span", "It ends before it begins, or has ended"),
            Self::NothingToEnd => (S::CONFLICT, "nothing-to-end", "There is nothing to end"),
            Self::NotOfPeople => {
                (S::CONFLICT, "not-of-people", "It is found out, and not to be said")
            }
            Self::NoWalkTest => (S::CONFLICT, "no-walk-test", "Nobody walks there"),
            Self::WalkTestIncomplete => {
                (S::CONFLICT, "walk-test-incomplete", "Not every sensor was heard")
            }
            Self::Trace => (S::FORBIDDEN, "home-trace", "A home's trace needs a reason"),
            Self::NoReason => (S::UNPROCESSABLE_ENTITY, "no-reason", "A reason is wanted"),
            Self::NotOwn => (S::FORBIDDEN, "not-own-home", "Others look after this home"),
            Self::NoKeyFile => {
                (S::CONFLICT, "no-key-file", "There is no key to seal personal data with")
            }
            Self::Sealed => (S::CONFLICT, "sealed", "The key file does not open what is kept"),
        }
    }
}

impl Code {
    /// Those of who asks, and how often.
    fn of_people(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::CsrfToken => (S::FORBIDDEN, "csrf-token", "The session's word is missing"),
            Self::Unauthenticated => (S::UNAUTHORIZED, "unauthenticated", "Who is asking?"),
            Self::LoginFailed => {
                (S::UNAUTHORIZED, "login-failed", "Account, password or code is wrong")
            }
            Self::SecondFactor => (S::UNAUTHORIZED, "code-wanted", "A code is needed too"),
            Self::FactorMissing => (S::FORBIDDEN, "second-factor-missing", "No second factor"),
            Self::WeakPassword => {
                (S::UNPROCESSABLE_ENTITY, "weak-password", "This is no good password")
            }
            Self::SetUpOver => (S::GONE, "setup-over", "This link is of no use any more"),
            Self::TooManyAttempts => (S::TOO_MANY_REQUESTS, "too-many-attempts", "Tried too often"),
            Self::TooManyRequests => (S::TOO_MANY_REQUESTS, "too-many-requests", "Asked too often"),
            Self::TooSlow => (S::REQUEST_TIMEOUT, "too-slow", "The request took too long"),
            _ => (S::FORBIDDEN, "forbidden", "This account may not"),
        }
    }

    /// Those of what comes back of notices.
    fn of_answers(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadSignature => (S::UNAUTHORIZED, "bad-signature", "Nobody we know signed this"),
            Self::Replayed => (S::CONFLICT, "replayed", "This call has come before"),
            _ => (S::GONE, "answer-over", "This answer is of no use any more"),
        }
    }

    /// Status, code and title.
    fn parts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::AlreadyAcknowledged
            | Self::AlreadyResolved
            | Self::KeyReused
            | Self::ConfigurationRefused
            | Self::OutcomeReserved
            | Self::NotResolved
            | Self::NotTheNewest
            | Self::NotAsked
            | Self::UnknownItem
            | Self::UnknownPlace
            | Self::UnknownSituation
            | Self::UnknownSilence
            | Self::NeverSilenced
            | Self::BadWindow
            | Self::DrillRuns => self.parts_of_work(),
            Self::UnknownRoute => (S::NOT_FOUND, "unknown-route", "There is nothing here"),
            Self::MethodNotAllowed => {
                (S::METHOD_NOT_ALLOWED, "method-not-allowed", "This cannot be done here")
            }
            Self::UnknownSite => (S::NOT_FOUND, "unknown-site", "No such site"),
            Self::UnknownDevice => (S::NOT_FOUND, "unknown-device", "No such device"),
            Self::UnknownStorey => (S::NOT_FOUND, "unknown-storey", "No such storey"),
            Self::UnknownZone => (S::NOT_FOUND, "unknown-zone", "No such zone"),
            Self::UnknownIncident => (S::NOT_FOUND, "unknown-incident", "No such incident"),
            Self::BadPath => (S::BAD_REQUEST, "bad-path", "The path names nothing"),
            Self::BadQuery => (S::BAD_REQUEST, "bad-query", "The query cannot be read"),
            Self::BadHeader => (S::BAD_REQUEST, "bad-header", "A header cannot be read"),
            Self::BadJson => (S::BAD_REQUEST, "bad-json", "The body is not JSON"),
            Self::BadBody => (S::UNPROCESSABLE_ENTITY, "bad-body", "The body says something else"),
            Self::UnknownOutcome => (S::UNPROCESSABLE_ENTITY, "unknown-outcome", "No such outcome"),
            Self::WrongContentType => {
                (S::UNSUPPORTED_MEDIA_TYPE, "wrong-content-type", "The body must be JSON")
            }
            Self::BodyTooLarge => (S::PAYLOAD_TOO_LARGE, "body-too-large", "The body is too large"),
            Self::CrossOrigin => (S::FORBIDDEN, "cross-origin", "Another site's page asked"),
            Self::ForeignHost => {
                (S::FORBIDDEN, "foreign-host", "This service does not go by that name")
            }
            Self::CsrfToken
            | Self::Unauthenticated
            | Self::Forbidden
            | Self::LoginFailed
            | Self::SecondFactor
            | Self::FactorMissing
            | Self::WeakPassword
            | Self::SetUpOver
            | Self::TooManyAttempts
            | Self::TooManyRequests
            | Self::TooSlow => self.of_people(),
            Self::BadSignature | Self::Replayed | Self::AnswerOver => self.of_answers(),
            Self::QueueFull => (S::SERVICE_UNAVAILABLE, "queue-full", "Too many commands wait"),
            Self::NoAnswer => (S::SERVICE_UNAVAILABLE, "no-answer", "No answer in time"),
            Self::TooManyListeners => {
                (S::SERVICE_UNAVAILABLE, "too-many-listeners", "Too many screens listen")
            }
            Self::Behind => (S::SERVICE_UNAVAILABLE, "behind", "The service is behind"),
            Self::DatabaseUnreadable => {
                (S::SERVICE_UNAVAILABLE, "database-unreadable", "The database cannot be read")
            }
            Self::DatabaseGone => {
                (S::SERVICE_UNAVAILABLE, "database-gone", "The database's file is gone")
            }
            Self::Home(code) => code.parts(),
            Self::Office(code) => code.parts(),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Something broke inside"),
        }
    }

    /// The same of what people do about incidents.
    fn parts_of_work(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::AlreadyAcknowledged => {
                (S::CONFLICT, "already-acknowledged", "Somebody has it already")
            }
            Self::AlreadyResolved => (S::CONFLICT, "already-resolved", "It is over already"),
            Self::OutcomeReserved => {
                (S::CONFLICT, "outcome-reserved", "This outcome is not a person's to give")
            }
            Self::KeyReused => {
                (S::CONFLICT, "idempotency-key-reused", "The key belongs to another command")
            }
            Self::ConfigurationRefused => {
                (S::CONFLICT, "configuration-refused", "The configuration was not taken")
            }
            Self::NotResolved => (S::CONFLICT, "not-resolved", "It is not over"),
            Self::NotTheNewest => (S::CONFLICT, "not-the-newest", "A later one is there"),
            Self::NotAsked => (S::CONFLICT, "not-asked", "The resident was not asked"),
            Self::UnknownItem => {
                (S::UNPROCESSABLE_ENTITY, "unknown-item", "No such item of a checklist")
            }
            Self::UnknownPlace => (S::UNPROCESSABLE_ENTITY, "unknown-place", "No such place"),
            Self::UnknownSituation => {
                (S::UNPROCESSABLE_ENTITY, "unknown-situation", "No such situation")
            }
            Self::UnknownSilence => (S::NOT_FOUND, "unknown-silence", "No such silence"),
            Self::NeverSilenced => (S::CONFLICT, "never-silenced", "This is never silenced"),
            Self::BadWindow => (S::UNPROCESSABLE_ENTITY, "bad-window", "It lasts too long"),
            Self::DrillRuns => (S::CONFLICT, "drill-runs", "There is such a drill already"),
            _ => (S::INTERNAL_SERVER_ERROR, "internal", "Something broke inside"),
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.parts().1
    }

    #[must_use]
    pub fn status(self) -> StatusCode {
        self.parts().0
    }
}

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:jikimi:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:jikimi:problem:unknown-incident")]
    kind: String,
    #[schema(example = "No such incident")]
    title: &'static str,
    #[schema(example = 404)]
    status: u16,
    /// Stable: programs may compare it.
    #[schema(example = "unknown-incident")]
    code: &'static str,
    /// What would have been right.
    detail: String,
    /// The values that would have been taken, where they are a short list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    allowed: Vec<&'static str>,
    /// Also in the Retry-After header.
    #[serde(skip)]
    retry_after_s: Option<i64>,
}

impl Problem {
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        let (status, word, title) = code.parts();
        Self {
            kind: format!("urn:jikimi:problem:{word}"),
            title,
            status: status.as_u16(),
            code: word,
            detail: detail.into(),
            allowed: Vec::new(),
            retry_after_s: None,
        }
    }

    /// The same, to be tried again after so many seconds.
    #[must_use]
    pub fn after_s(mut self, seconds: i64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    #[must_use]
    pub fn allowing(mut self, allowed: Vec<&'static str>) -> Self {
        self.allowed = allowed;
        self
    }

    /// Something of ours broke. The log gets the chain, the client does not.
    #[must_use]
    pub fn internal(error: &dyn Error) -> Self {
        tracing::error!(error = chain(error), "a request failed inside");
        Self::new(Code::Internal, "this is a fault of the service; its log says more")
    }

    #[cfg(test)]
    pub fn code(&self) -> &'static str {
        self.code
    }
}

/// An error with everything that caused it, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut sentence = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        sentence.push_str(": ");
        sentence.push_str(&cause.to_string());
        source = cause.source();
    }
    sentence
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

/// How long a client should wait before it asks again, where waiting helps and no more is known.
const RETRY_AFTER_S: i64 = 2;

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let json = HeaderValue::from_static("application/problem+json");
        let retry_after_s = self.retry_after_s;
        let mut response = (status, axum::Json(self)).into_response();
        response.headers_mut().insert(CONTENT_TYPE, json);
        let busy =
            matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS);
        if let Some(seconds) = retry_after_s.or(busy.then_some(RETRY_AFTER_S)) {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer realm=\"jikimi\"");
            response.headers_mut().insert(WWW_AUTHENTICATE, bearer);
        }
        response
    }
}
