//! What a request may look like, and how it is refused when it does not.
//!
//! Path, query and body are read by axum's own extractors; only their refusals are ours, so that
//! every error of the API has one shape. Routes owe these types, not axum's, to their handlers.

use std::any::Any;
use std::net::IpAddr;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
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

/// Refuses commands that a page of another origin sends through a person's browser. There are no
/// accounts yet, so standing behind the right address is all that tells who is asking.
///
/// # Errors
/// If a browser says that another origin's page asked.
pub async fn same_origin(request: Request, next: Next) -> Result<Response, Problem> {
    if request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    if !to_this_machine(request.headers()) {
        let sentence = "send commands to 127.0.0.1, [::1] or localhost; no other name is ours";
        return Err(Problem::new(Code::ForeignHost, sentence));
    }
    if !from_own_page(request.headers()) {
        let sentence = "send commands from jikimi's own pages or from a program";
        return Err(Problem::new(Code::CrossOrigin, sentence));
    }
    Ok(next.run(request).await)
}

/// Whether the request was meant for the loopback, which is all we listen on. A page whose own
/// name was made to lead here has the right origin and the wrong host. Browsers always send one.
fn to_this_machine(headers: &HeaderMap) -> bool {
    headers.get_all(HOST).iter().all(|host| host.to_str().is_ok_and(is_loopback))
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

/// Programs send no `Origin`; browsers always do with a POST.
fn from_own_page(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let authority = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    authority.is_some_and(|(_, authority)| Some(authority) == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        pairs.collect()
    }

    #[test]
    fn only_our_own_pages_and_programs_may_command() {
        let host = ("host", "127.0.0.1:8080");
        assert!(from_own_page(&headers(&[host])));
        assert!(from_own_page(&headers(&[host, ("origin", "http://127.0.0.1:8080")])));
        assert!(!from_own_page(&headers(&[host, ("origin", "http://127.0.0.1:9090")])));
        assert!(!from_own_page(&headers(&[host, ("origin", "https://example.org")])));
        assert!(!from_own_page(&headers(&[host, ("origin", "null")])));
    }

    #[test]
    fn a_name_that_was_made_to_lead_here_is_not_ours() {
        for host in
            ["127.0.0.1:8080", "127.9.9.9", "[::1]:8080", "[::1]", "localhost:1", "LocalHost"]
        {
            assert!(to_this_machine(&headers(&[("host", host)])), "{host}");
        }
        for host in [
            "evil.example",
            "127.0.0.1.evil.example:8080",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0:8080",
            "",
            "[::2]:8080",
            "::1 evil",
        ] {
            assert!(!to_this_machine(&headers(&[("host", host)])), "{host}");
        }
        assert!(!to_this_machine(&headers(&[("host", "localhost"), ("host", "evil.example")])));
        assert!(to_this_machine(&headers(&[])), "no browser sends none");
    }

    #[test]
    fn a_panic_is_a_problem_and_says_nothing_of_itself() {
        let response = panicked(Box::new("the secret".to_owned()));
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
