//! The page at `/login`, as plain as can be: it works before anything else of the console does.
//!
//! It is no part of the API; it posts to `/api/v1/session` like any other client, or, with the
//! link of the first start, to `/api/v1/setup`.

use axum::Router;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

/// Nothing from elsewhere and nothing written into the page itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

const PAGE: (&str, &str) = ("text/html; charset=utf-8", include_str!("page.html"));
const SCRIPT: (&str, &str) = ("text/javascript; charset=utf-8", include_str!("page.js"));
const STYLE: (&str, &str) = ("text/css; charset=utf-8", include_str!("page.css"));

/// The page and its files.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/login", get(async || sent(PAGE)))
        .route("/login/page.js", get(async || sent(SCRIPT)))
        .route("/login/page.css", get(async || sent(STYLE)))
}

fn sent((kind, text): (&'static str, &'static str)) -> Response {
    let kind = HeaderValue::from_static(kind);
    ([(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY)], text).into_response()
}
