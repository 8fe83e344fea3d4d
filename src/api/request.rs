//! What a request may look like, and how it is refused when it does not.
//!
//! Path, query and body are read by axum's own extractors; only their refusals are ours, so that
//! every error of the API has one shape. Routes owe these types, not axum's, to their handlers.

use std::any::Any;
use std::time::Duration;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::problem::{Code, Problem};

/// Larger bodies are refused unread.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

#[derive(FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

#[derive(FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Body<T>(pub T);

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::new(Code::BadPath, rejection.body_text())
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::new(Code::BadQuery, rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        match (&rejection, rejection.status()) {
            (_, StatusCode::PAYLOAD_TOO_LARGE) => {
                let sentence = format!("send at most {BODY_BYTES_MAX} bytes");
                Self::new(Code::BodyTooLarge, sentence)
            }
            (JsonRejection::JsonDataError(_), _) => Self::new(Code::BadBody, rejection.body_text()),
            (JsonRejection::MissingJsonContentType(_), _) => {
                Self::new(Code::WrongContentType, "send `Content-Type: application/json`")
            }
            _ => Self::new(Code::BadJson, rejection.body_text()),
        }
    }
}

/// The size of a page: what was asked for, or the usual one.
///
/// # Errors
/// If it is 0 or above the limit.
pub fn page_size(asked: Option<u32>, usual: u32, max: u32) -> Result<u32, Problem> {
    match asked {
        None => Ok(usual),
        Some(limit) if (1..=max).contains(&limit) => Ok(limit),
        Some(limit) => {
            let sentence = format!("`limit` is from 1 to {max}, not {limit}");
            Err(Problem::new(Code::BadQuery, sentence))
        }
    }
}

pub async fn unknown_route(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    let sentence = format!("`{path}` is no route; /api/openapi.json lists them all");
    Problem::new(Code::UnknownRoute, sentence)
}

pub async fn method_not_allowed(method: Method) -> Problem {
    let sentence = format!("{method} is not for this route; the Allow header names what is");
    Problem::new(Code::MethodNotAllowed, sentence)
}

/// A handler that panics costs its own request and nothing else.
pub fn panicked(message: Box<dyn Any + Send + 'static>) -> Response {
    let said = message
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| message.downcast_ref::<&str>().copied())
        .unwrap_or("nothing");
    tracing::error!(panic = said, "a request's handler panicked");
    let sentence = "this is a fault of the service; its log says more";
    Problem::new(Code::Internal, sentence).into_response()
}

/// A request has so long until its answer begins, its body included. Live streams begin at once.
pub const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

/// Gives up on a request that takes too long, such as one whose body trickles in.
///
/// # Errors
/// If it took too long.
pub async fn in_time(
    State(patience): State<Duration>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    tokio::time::timeout(patience, next.run(request)).await.map_err(|_elapsed| {
        let sentence = format!("it was not there within {} s", patience.as_secs_f64());
        Problem::new(Code::TooSlow, sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_problem_and_says_nothing_of_itself() {
        let response = panicked(Box::new("the secret".to_owned()));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
