//! The page at `/`: what stands in `web/`, carried inside the binary.
//!
//! It is no part of the API and not in its document: people look at it, programs do not. It asks
//! the API for everything it shows, like any other client, and may load nothing but itself.

use axum::Router;
use axum::extract::Path;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderValue, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::request;

/// Nothing from elsewhere, nothing written into the page itself, and no text that becomes markup:
/// names come from files, and a browser that knows the last line refuses to make elements of them.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
     object-src 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
);

const INDEX: &str = include_str!("../../web/index.html");

/// Path under `/web/`, and what stands there. A new file is a line here.
const FILES: [(&str, &str); 25] = [
    ("icon.svg", include_str!("../../web/icon.svg")),
    ("src/ages.js", include_str!("../../web/src/ages.js")),
    ("src/api.js", include_str!("../../web/src/api.js")),
    ("src/clock.js", include_str!("../../web/src/clock.js")),
    ("src/element.js", include_str!("../../web/src/element.js")),
    ("src/facts.js", include_str!("../../web/src/facts.js")),
    ("src/guidance.js", include_str!("../../web/src/guidance.js")),
    ("src/live.js", include_str!("../../web/src/live.js")),
    ("src/main.js", include_str!("../../web/src/main.js")),
    ("src/parts/act.js", include_str!("../../web/src/parts/act.js")),
    ("src/parts/banner.js", include_str!("../../web/src/parts/banner.js")),
    ("src/parts/drawing.js", include_str!("../../web/src/parts/drawing.js")),
    ("src/parts/evidence.js", include_str!("../../web/src/parts/evidence.js")),
    ("src/parts/head.js", include_str!("../../web/src/parts/head.js")),
    ("src/parts/incident.js", include_str!("../../web/src/parts/incident.js")),
    ("src/parts/level.js", include_str!("../../web/src/parts/level.js")),
    ("src/parts/lists.js", include_str!("../../web/src/parts/lists.js")),
    ("src/parts/plans.js", include_str!("../../web/src/parts/plans.js")),
    ("src/parts/ways.js", include_str!("../../web/src/parts/ways.js")),
    ("src/words.js", include_str!("../../web/src/words.js")),
    ("style/base.css", include_str!("../../web/style/base.css")),
    ("style/building.css", include_str!("../../web/style/building.css")),
    ("style/incident.css", include_str!("../../web/style/incident.css")),
    ("style/layout.css", include_str!("../../web/style/layout.css")),
    ("style/tokens.css", include_str!("../../web/style/tokens.css")),
];

/// The page and its files.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/", get(page)).route("/web/{*path}", get(file))
}

async fn page() -> Response {
    sent("index.html", INDEX)
}

async fn file(Path(path): Path<String>, uri: Uri) -> Response {
    match FILES.iter().find(|(name, _)| *name == path) {
        Some((name, text)) => sent(name, text),
        None => request::unknown_route(uri).await.into_response(),
    }
}

fn sent(name: &str, text: &'static str) -> Response {
    let kind = HeaderValue::from_static(kind_of(name));
    ([(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY)], text).into_response()
}

fn kind_of(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn walk(folder: &Path, found: &mut Vec<String>, root: &Path) {
        for entry in std::fs::read_dir(folder).expect("the folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, found, root);
            } else {
                let name = path.strip_prefix(root).expect("inside").to_str().expect("a name");
                found.push(name.to_owned());
            }
        }
    }

    #[test]
    fn every_file_of_the_web_folder_is_carried() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("web");
        let mut found = Vec::new();
        walk(&root, &mut found, &root);
        found.retain(|name| name != "index.html");
        found.sort();
        let mut carried = FILES.map(|(name, _)| name.to_owned()).to_vec();
        carried.sort();
        assert_eq!(carried, found);
    }

    #[test]
    fn every_file_that_one_asks_for_is_carried() {
        for (name, text) in FILES.iter().chain([&("index.html", INDEX)]) {
            for asked in text.split('"').filter(|word| word.starts_with("/web/")) {
                let there = FILES.iter().any(|(name, _)| asked == format!("/web/{name}"));
                assert!(there, "{name} asks for {asked}");
            }
            assert_ne!(kind_of(name), "text/plain; charset=utf-8", "{name}");
        }
    }
}
