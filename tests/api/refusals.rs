//! Requests that name nothing, and a service that cannot answer.

use axum::body::Body;
use axum::http::{Method, Request};

use crate::world::World;

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let world = World::new().await;
    for (path, code) in [
        ("/index.html", "unknown-route"),
        ("/api/v1", "unknown-route"),
        ("/api/v1/sites/", "unknown-route"),
        ("/api/v1/incidents/center/fire/main", "unknown-route"),
        ("/api/v1/sites/elsewhere", "unknown-site"),
        ("/api/v1/sites/elsewhere/zones", "unknown-site"),
        ("/api/v1/sites/elsewhere/devices", "unknown-site"),
        ("/api/v1/sites/elsewhere/devices/tc-1/readings", "unknown-site"),
        ("/api/v1/sites/center/devices/tc-9/readings", "unknown-device"),
        ("/api/v1/sites/elsewhere/evacuation", "unknown-site"),
        ("/api/v1/sites/elsewhere/plans/3f.svg", "unknown-site"),
        ("/api/v1/sites/center/plans/9f.svg", "unknown-storey"),
        ("/api/v1/sites/center/plans/3f.png", "unknown-storey"),
        ("/api/v1/incidents/center/fire/main/1", "unknown-incident"),
        ("/api/v1/incidents/center/fire/main/0", "unknown-incident"),
    ] {
        world.get(path).await.refuses(404, code);
    }
}

#[tokio::test]
async fn a_path_that_can_name_nothing_is_refused() {
    let world = World::new().await;
    for path in [
        "/api/v1/sites/CENTER",
        "/api/v1/sites/%00",
        "/api/v1/sites/%ff",
        "/api/v1/incidents/center/fire/main/first",
        "/api/v1/incidents/center/fire/main/-1",
        "/api/v1/incidents/center/fire/Main/1",
    ] {
        world.get(path).await.refuses(400, "bad-path");
    }
}

#[tokio::test]
async fn a_query_says_only_what_is_asked() {
    let world = World::new().await;
    for path in [
        "/api/v1/incidents?state=burning",
        "/api/v1/incidents?limit=0",
        "/api/v1/incidents?limit=201",
        "/api/v1/incidents?limit=many",
        "/api/v1/incidents?cursor=garbage",
        "/api/v1/incidents?sort=level",
        "/api/v1/incidents?site=CENTER",
        "/api/v1/incidents/live?since=yesterday",
        "/api/v1/sites/center/zones?limit=1001",
        "/api/v1/sites/center/devices?after=Not-An-Id",
        "/api/v1/sites/center/devices/tc-1/readings?limit=1001",
        "/api/v1/sites/center/devices/tc-1/readings?before=-1",
        "/api/v1/dead-letters?before=x",
        "/api/v1/dead-letters?limit=201",
    ] {
        world.get(path).await.refuses(400, "bad-query");
    }
}

#[tokio::test]
async fn a_method_that_is_not_for_a_route_is_told_which_are() {
    let world = World::new().await;
    for (method, path, allowed) in [
        (Method::DELETE, "/api/v1/incidents/center/fire/main/1", "GET,HEAD"),
        (Method::PUT, "/api/v1/sites", "GET,HEAD"),
        (Method::GET, "/api/v1/incidents/center/fire/main/1/acknowledge", "POST"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let answered = world.send(request.body(Body::empty()).expect("a request")).await;
        answered.refuses(405, "method-not-allowed");
        assert_eq!(answered.header("allow"), allowed);
    }
}

#[tokio::test]
async fn a_databases_words_reach_no_client() {
    let world = World::new().await;
    world.sql("DROP TABLE dead_letter").await;
    let answered = world.get("/api/v1/dead-letters").await;
    answered.refuses(500, "internal");
    assert!(!answered.text.contains("dead_letter"), "{}", answered.text);
    world.state.store.close().await;
    for path in ["/api/v1/sites", "/api/v1/incidents", "/api/v1/incidents/center/fire/main/1"] {
        world.get(path).await.refuses(500, "internal");
    }
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let world = World::new().await;
    for path in ["/api/v1/sites", "/nowhere", "/healthz", "/metrics", "/api/openapi.json"] {
        let answered = world.get(path).await;
        assert_eq!(answered.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answered.header("cache-control"), "no-store", "{path}");
        assert_eq!(answered.header("access-control-allow-origin"), "", "{path}");
    }
}
