//! The console beside the API: what it is sent as, and what it may load.

use std::path::Path;

use axum::body::Body;
use axum::http::Request;

use crate::world::World;

#[tokio::test]
async fn the_page_and_its_files_say_what_they_are() {
    let world = World::new().await;
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/dist");
    let Ok(assets) = std::fs::read_dir(dist.join("assets")) else {
        println!("skipped: the console's files, web/dist is not built (make console)");
        let answered = world.get("/").await;
        assert_eq!(answered.status, 404, "a build without a console says so");
        return;
    };
    let assets = assets.map(|file| file.expect("a file").file_name().into_string().expect("UTF-8"));
    for path in assets.map(|name| format!("/web/assets/{name}")).chain(["/".into()]) {
        let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("woff2") => "font/woff2",
            Some(other) => panic!("{path} is of a kind that nobody expected: {other}"),
            None => "text/html; charset=utf-8",
        };
        let answered = world.get(&path).await;
        assert_eq!(answered.status, 200, "{path}");
        assert_eq!(answered.header("content-type"), kind, "{path}");
        let forever = answered.header("cache-control").ends_with("immutable");
        assert_eq!(forever, path != "/", "only what has its hash in its name is kept: {path}");
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
