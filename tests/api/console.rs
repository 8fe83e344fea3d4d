//! The page beside the API: what it is sent as, and what it may load.

use axum::body::Body;
use axum::http::Request;

use crate::world::World;

#[tokio::test]
async fn the_page_and_its_files_say_what_they_are() {
    let world = World::new().await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/web/src/main.js", "text/javascript; charset=utf-8"),
        ("/web/style/base.css", "text/css; charset=utf-8"),
        ("/web/icon.svg", "image/svg+xml"),
    ] {
        let answered = world.get(path).await;
        assert_eq!(answered.status, 200, "{path}");
        assert_eq!(answered.header("content-type"), kind, "{path}");
        assert_eq!(answered.header("cache-control"), "no-store", "{path}");
        assert_eq!(answered.header("x-content-type-options"), "nosniff", "{path}");
        let policy = answered.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn what_is_not_carried_is_not_found() {
    let world = World::new().await;
    for path in ["/web/", "/web/src", "/web/src/main.ts", "/web/../Cargo.toml", "/web/%2e%2e/x"] {
        world.get(path).await.refuses(404, "unknown-route");
    }
}

#[tokio::test]
async fn nothing_can_be_sent_to_the_page() {
    let world = World::new().await;
    let request = Request::post("/").body(Body::empty()).expect("a request");
    world.send(request).await.refuses(405, "method-not-allowed");
}
