//! The console at `/`: what `npm run build` left in `web/dist`, carried inside the binary.
//!
//! It is no part of the API and not in its document: people look at it, programs do not. It asks
//! the API for everything it shows, like any other client, and may load nothing but itself. A
//! build without Node has no console; then `/` says so and how to get it, and the API is whole.
//! Unoptimized builds read the folder anew for each request, so that a change is seen at once.

use std::borrow::Cow;

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use rust_embed::RustEmbed;

use super::request;

/// Nothing from elsewhere, nothing written into the page itself, and no text that becomes markup:
/// names come from files, and a browser that knows the last line refuses to make elements of them
/// except from the templates that Svelte compiled.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     object-src 'none'; require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
);
/// Names of files in `assets` change with what stands in them.
const FOREVER: &str = "public, max-age=31536000, immutable";

/// Stands in for the console where it was not built.
const ABSENT: &str = "<!doctype html><html lang=\"ko\"><meta charset=\"utf-8\">\
    <title>지킴이 jikimi</title><h1>화면이 이 실행 파일에 들어 있지 않습니다</h1>\
    <p>Node.js 20 이상이 있는 곳에서 <code>make build</code>로 다시 만드세요. 관측과 API는 \
    정상입니다: <a href=\"/api/openapi.json\">/api/openapi.json</a></p>\
    <h1 lang=\"en\">This binary carries no console</h1><p lang=\"en\">Build it again with \
    <code>make build</code> where there is Node.js 20 or later. Watching and the API are
    whole.</p>";

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/web/dist"]
#[allow_missing = true]
struct Files;

/// The page and its files.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/", get(page)).route("/web/{*path}", get(file))
}

async fn page() -> Response {
    match Files::get("index.html") {
        Some(found) => sent("index.html", found.data),
        None => {
            let absent = sent("index.html", Cow::Borrowed(ABSENT.as_bytes()));
            (StatusCode::NOT_FOUND, absent).into_response()
        }
    }
}

async fn file(Path(path): Path<String>, uri: Uri) -> Response {
    match Files::get(&path) {
        Some(found) => sent(&path, found.data),
        None => request::unknown_route(uri).await.into_response(),
    }
}

fn sent(name: &str, bytes: Cow<'static, [u8]>) -> Response {
    let kind = HeaderValue::from_static(kind_of(name));
    let headers = [(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY)];
    let mut response = (headers, bytes.into_owned()).into_response();
    if name.starts_with("assets/") {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(FOREVER));
    }
    response
}

/// Whether an answer may be kept: what the API says never, since it may be about people.
pub fn kept(response: &Response) -> HeaderValue {
    let said = response.headers().get(CACHE_CONTROL);
    let forever = said.is_some_and(|said| said == FOREVER);
    HeaderValue::from_static(if forever { FOREVER } else { "no-store" })
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("webmanifest") => "application/manifest+json",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_is_carried_has_a_kind_that_a_browser_takes() {
        for name in Files::iter() {
            assert_ne!(kind_of(&name), "application/octet-stream", "{name}");
        }
    }

    #[tokio::test]
    async fn what_is_not_there_is_said_and_never_a_file_from_elsewhere() {
        for path in ["../Cargo.toml", "assets/../../Cargo.toml", "none.js"] {
            let uri = Uri::from_static("/web/none");
            let response = file(Path(path.to_owned()), uri).await;
            assert_eq!(response.status(), 404, "{path}");
        }
    }
}
