//! The OpenAPI document: whole, and true of the router.

use std::collections::BTreeSet;
use std::path::Path;

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::Value;

use crate::world::World;

async fn document() -> Value {
    World::new().await.read("/api/openapi.json").await
}

/// Method, path and operation of everything in the document.
fn operations(document: &Value) -> Vec<(String, String, &Value)> {
    let paths = document["paths"].as_object().expect("paths").iter();
    let operations = paths.flat_map(|(path, item)| {
        let methods = item.as_object().expect("methods").iter();
        methods.map(move |(method, of)| (method.to_uppercase(), path.clone(), of))
    });
    operations.collect()
}

#[tokio::test]
async fn the_document_is_openapi_3_1_and_lists_every_route() {
    let document = document().await;
    assert!(document["openapi"].as_str().is_some_and(|version| version.starts_with("3.1.")));
    let listed: BTreeSet<String> =
        operations(&document).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let by_hand = crate::rights::TABLE.iter().map(|(method, path, _)| format!("{method} {path}"));
    assert_eq!(listed, by_hand.collect());
}

/// The pages and their files are no part of the API: programs have no use for them. They stand in
/// two files, outside of the API's paths; nothing else is registered past the document.
#[test]
fn no_route_is_registered_past_the_document_but_the_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
    for entry in std::fs::read_dir(folder).expect("the sources") {
        let mut path = entry.expect("a file").path();
        if path.is_dir() {
            path.push("mod.rs");
        }
        let text = std::fs::read_to_string(&path).expect("text");
        let is_page = path.ends_with("console.rs");
        let is_login = path.ends_with("login/mod.rs");
        for past in [".route(", ".route_service(", ".nest(", ".nest_service(", ".merge("] {
            let found: Vec<&str> =
                text.split(past).skip(1).filter_map(|rest| rest.split(',').next()).collect();
            let allowed: &[&str] = match past {
                ".route(" if is_page => &["\"/\"", "\"/web/{*path}\""],
                ".route(" if is_login => {
                    &["\"/login\"", "\"/login/page.js\"", "\"/login/page.css\""]
                }
                ".merge(" if path.ends_with("api/mod.rs") => {
                    &["console::router())", "login::router())"]
                }
                _ => &[],
            };
            let found: Vec<&str> = found.iter().map(|of| of.split('\n').next().unwrap()).collect();
            assert_eq!(found, allowed, "{}: register with `.routes(routes!(…))`", path.display());
        }
        // Every handler in a file has its line in the router.
        let handlers = text.matches("#[utoipa::path(").count();
        let router = include_str!("../../src/api/mod.rs");
        let module = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let registered = router.matches(&format!("routes!({module}::")).count();
        assert_eq!(handlers, registered, "{module} has a handler that no route leads to");
    }
}

#[tokio::test]
async fn every_route_of_the_document_exists() {
    let world = World::new().await;
    let document = document().await;
    for (method, path, _) in operations(&document) {
        let filled = path.replace("{n}", "1").replace(['{', '}'], "");
        let request =
            Request::builder().method(Method::from_bytes(method.as_bytes()).expect("one"));
        let request = request.uri(&filled).header("idempotency-key", "k".repeat(129));
        let request = request.body(Body::empty()).expect("a request");
        if filled.ends_with("/live") {
            crate::stream::Stream::of(&world, request).await;
            continue;
        }
        let answered = world.send(request).await;
        assert_ne!(answered.status, 405, "{method} {path}");
        assert!(!answered.text.contains("unknown-route"), "{method} {path}");
    }
}

#[tokio::test]
async fn every_operation_says_what_it_does_and_how_it_refuses() {
    let document = document().await;
    for (method, path, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        let responses = operation["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with('2')), "{name}");
        for (status, response) in responses.iter().filter(|(status, _)| !status.starts_with('2')) {
            let content = &response["content"]["application/problem+json"];
            let examples = content["examples"].as_object().expect("examples");
            assert!(!examples.is_empty(), "{name} {status}");
            assert_eq!(
                content["schema"]["$ref"], "#/components/schemas/Problem",
                "{name} {status}"
            );
        }
        let braces = path.matches('{').count();
        let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, braces, "{name} describes its path");
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere() {
    let document = document().await;
    let schemas = &document["components"]["schemas"];
    let mut left = vec![&document];
    let mut seen = 0;
    while let Some(value) = left.pop() {
        match value {
            Value::Object(fields) => {
                if let Some(to) = fields.get("$ref").and_then(Value::as_str) {
                    let name = to.rsplit('/').next().expect("a name");
                    assert!(schemas.get(name).is_some(), "{to}");
                    seen += 1;
                }
                left.extend(fields.values());
            }
            Value::Array(items) => left.extend(items),
            _ => {}
        }
    }
    assert!(seen > 40, "{seen} references");
}
