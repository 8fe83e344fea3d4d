//! Every route, every role, every site, every method: who gets in, beside a table written by hand.
//!
//! The table is not the product's. A route that is missing here, or that the product would let
//! somebody else use, is red.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request};
use jikimi::clock::wall_now;
use jikimi::domain::Refusal;
use jikimi::domain::time::{SignedDuration, after};
use jikimi::people::{ROLES, Role, SCOPES, secret};
use jikimi::store::Change;
use jikimi::store::people::TokenRow;
use tower::ServiceExt as _;

use crate::world::World;

/// Who may, by the first letters of operator, caseworker, engineer and administrator, and where
/// they have to be it: `at` the site of the path, `somewhere`, or `everywhere` (at every site).
/// `anyone` needs not even be known, `known` only that, `person` has logged in.
pub const TABLE: &[(&str, &str, &str)] = &[
    ("GET", "/healthz", "anyone"),
    ("GET", "/readyz", "anyone"),
    ("GET", "/metrics", "somewhere --ea"),
    ("GET", "/api/openapi.json", "anyone"),
    ("POST", "/api/v1/session", "anyone"),
    ("GET", "/api/v1/session", "known"),
    ("DELETE", "/api/v1/session", "known"),
    ("POST", "/api/v1/session/password", "person"),
    ("POST", "/api/v1/session/second-factor", "person"),
    ("PUT", "/api/v1/session/second-factor", "person"),
    ("POST", "/api/v1/setup", "anyone"),
    ("GET", "/api/v1/accounts", "everywhere ---a"),
    ("POST", "/api/v1/accounts", "everywhere ---a"),
    ("PUT", "/api/v1/accounts/{account}", "everywhere ---a"),
    ("POST", "/api/v1/accounts/{account}/password", "everywhere ---a"),
    ("GET", "/api/v1/tokens", "everywhere ---a"),
    ("POST", "/api/v1/tokens", "everywhere ---a"),
    ("DELETE", "/api/v1/tokens/{token}", "everywhere ---a"),
    ("GET", "/api/v1/audit", "everywhere ---a"),
    ("GET", "/api/v1/sites", "known"),
    ("GET", "/api/v1/sites/{site}", "at o-ea"),
    ("GET", "/api/v1/sites/{site}/zones", "at o-ea"),
    ("GET", "/api/v1/sites/{site}/evacuation", "at o-ea"),
    ("GET", "/api/v1/sites/{site}/routes/{zone}", "at o-ea"),
    ("GET", "/api/v1/sites/{site}/plans/{plan}", "at o-ea"),
    ("GET", "/api/v1/sites/{site}/rules", "at --ea"),
    ("GET", "/api/v1/sites/{site}/precision", "at --ea"),
    ("GET", "/api/v1/sites/{site}/devices", "at o-ea"),
    ("GET", "/api/v1/sites/{site}/devices/{device}", "at o-ea"),
    ("GET", "/api/v1/sites/{site}/devices/{device}/readings", "at o-ea"),
    ("GET", "/api/v1/dead-letters", "everywhere --ea"),
    ("GET", "/api/v1/sites/{site}/homes", "at oc-a"),
    ("GET", "/api/v1/sites/{site}/homes/{home}", "at oc-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/move-in", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/move-out", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/consent", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/help", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/absence", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/return", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/visit", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/visit-end", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/walk-test", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/walk-test/finish", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/trace", "at oc-a"),
    ("PUT", "/api/v1/sites/{site}/homes/{home}/persons", "at -c-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/persons/read", "at oc-a"),
    ("POST", "/api/v1/sites/{site}/homes/{home}/export", "at -c-a"),
    ("PUT", "/api/v1/sites/{site}/homes/{home}/caseworkers", "at ---a"),
    ("GET", "/api/v1/situations", "known"),
    ("GET", "/api/v1/backtest", "everywhere --ea"),
    ("POST", "/api/v1/backtest", "everywhere --ea"),
    ("POST", "/api/v1/configuration/reload", "everywhere --ea"),
    ("POST", "/api/v1/sites/{site}/declare", "at o--a"),
    ("POST", "/api/v1/sites/{site}/notices", "at o--a"),
    ("GET", "/api/v1/incidents", "somewhere ocea"),
    ("GET", "/api/v1/incidents/live", "somewhere ocea"),
    ("GET", "/api/v1/incidents/{site}/{kind}/{place}/{n}", "at ocea"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/acknowledge", "at oc-a"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/resolve", "at oc-a"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/take-over", "at oc-a"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/assign", "at oc-a"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/comments", "at oc-a"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/checklist", "at oc-a"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/reopen", "at oc-a"),
    ("POST", "/api/v1/incidents/{site}/{kind}/{place}/{n}/answer", "at oc-a"),
    ("GET", "/api/v1/sites/{site}/load", "at o-ea"),
    ("POST", "/api/v1/answers", "anyone"),
    ("POST", "/api/v1/inbound/{way}", "anyone"),
    ("GET", "/api/v1/sites/{site}/deliveries", "at ocea"),
    ("GET", "/api/v1/sites/{site}/roster", "at ocea"),
    ("GET", "/api/v1/incidents/{site}/{kind}/{place}/{n}/deliveries", "at ocea"),
    ("GET", "/api/v1/sites/{site}/silences", "at ocea"),
    ("POST", "/api/v1/sites/{site}/silences", "at o--a"),
    ("POST", "/api/v1/sites/{site}/silences/{n}/end", "at o--a"),
    ("POST", "/api/v1/sites/{site}/drills", "at o--a"),
];

/// What tells that the gate let nobody through; anything else is the handler's own answer.
const REFUSALS: [&str; 3] = ["unauthenticated", "forbidden", "unknown-site"];

/// A path at `center`, at things that are there where that matters.
fn filled(path: &str) -> String {
    let at = |path: String, key: &str, is: &str| path.replace(key, is);
    let path = at(path.to_owned(), "{site}", "center");
    let path = at(path, "{home}", "h0101");
    let path = at(path, "{device}", "tc-1");
    let path = at(path, "{plan}", "3f.svg");
    let path = at(path, "{kind}", "fire");
    let path = at(path, "{place}", "main");
    at(path, "{n}", "7").replace(['{', '}'], "")
}

/// Why the gate refused, if it did.
async fn refused(world: &World, request: Request<Body>) -> Option<String> {
    let response = world.router.clone().oneshot(request).await.expect("an answer");
    let kind = response.headers().get("content-type").map(|kind| kind.as_bytes().to_vec());
    if kind.as_deref() != Some(b"application/problem+json") {
        return None;
    }
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 100_000).await.expect("a body");
    let problem: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let code = problem["code"].as_str().expect("a code").to_owned();
    if !REFUSALS.contains(&&*code) {
        return None;
    }
    assert!([401, 403, 404].contains(&status), "{status} {code}");
    Some(code)
}

fn may(needs: &str, role: Role, at: &str) -> bool {
    let (where_, letters) = needs.split_once(' ').unwrap_or((needs, ""));
    let is_of = letters.contains(role.as_str().chars().next().expect("a letter"));
    match where_ {
        "anyone" | "known" | "person" => true,
        "at" => is_of && at != "usan",
        "somewhere" => is_of,
        "everywhere" => is_of && at == "*",
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn the_products_table_has_every_route_that_there_is_and_no_other() {
    let mut own: Vec<String> = jikimi::api::rights::ROUTES
        .iter()
        .map(|(method, path, _)| format!("{method} {path}"))
        .collect();
    let mut by_hand: Vec<String> =
        TABLE.iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    own.sort();
    by_hand.sort();
    assert_eq!(own, by_hand);
}

#[tokio::test]
async fn nobody_gets_in_who_may_not_and_everybody_who_may() {
    let mut world = World::town().await;
    world.refuses(Refusal::UnknownIncident);
    let mut sessions = Vec::new();
    for role in ROLES {
        for at in ["center", "usan", "*"] {
            let name = format!("{}-{}", role.as_str(), at.replace('*', "all"));
            world.account(&name, &[(role, at)]).await;
            sessions.push((role, at, world.session(&name).await));
        }
    }
    let mut asked = 0;
    for (method, path, needs) in TABLE {
        let uri = filled(path);
        for (role, at, session) in &sessions {
            if *path == "/api/v1/session" && *method == "DELETE" {
                continue;
            }
            let request = session.request(method, &uri).header("content-type", "application/json");
            let request = request.body(Body::from("{}")).expect("a request");
            let refusal = refused(&world, request).await;
            let said = format!("{} at {at}: {method} {uri}: {refusal:?}", role.as_str());
            assert_eq!(refusal.is_none(), may(needs, *role, at), "{said}");
            asked += 1;
        }
        let request = Request::builder().method(*method).uri(&uri);
        let request = request.header("content-type", "application/json");
        let refusal = refused(&world, request.body(Body::from("{}")).expect("a request")).await;
        assert_eq!(refusal.is_none(), *needs == "anyone", "nobody: {method} {uri}: {refusal:?}");
    }
    assert!(asked > 400, "{asked} were asked");
}

/// A method that a route does not have is nobody's: who is not known hears 401, and nobody gets a
/// handler to run.
#[tokio::test]
async fn a_method_that_is_not_there_is_no_way_in() {
    let world = World::town().await;
    world.account("root", &[(Role::Administrator, "*")]).await;
    world.account("kim", &[(Role::Operator, "center")]).await;
    let (root, kim) = (world.session("root").await, world.session("kim").await);
    let mut of_path: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (method, path, _) in TABLE {
        of_path.entry(path).or_default().push(method);
    }
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    for (path, there) in of_path {
        for method in methods.iter().filter(|method| !there.contains(&method.as_str())) {
            let uri = filled(path);
            let bare = Request::builder().method(method).uri(&uri);
            let answered = world.send(bare.body(Body::empty()).expect("a request")).await;
            answered.refuses(401, "unauthenticated");
            let request = kim.request(method.as_str(), &uri).body(Body::empty());
            world.send(request.expect("a request")).await.refuses(403, "forbidden");
            let request = root.request(method.as_str(), &uri).body(Body::empty());
            let answered = world.send(request.expect("a request")).await;
            answered.refuses(405, "method-not-allowed");
        }
    }
}

/// A token is good for its scopes only, whatever its account may, and never for accounts.
#[tokio::test]
async fn a_token_is_good_for_its_scopes_only() {
    let mut world = World::town().await;
    world.refuses(Refusal::UnknownIncident);
    world.account("root", &[(Role::Administrator, "*")]).await;
    let good: [(&str, &[&str]); 3] = [
        ("read", &["/api/v1/incidents", "/api/v1/sites/center/homes", "/api/v1/dead-letters"]),
        ("command", &["/api/v1/incidents/center/fire/main/7/acknowledge"]),
        ("metrics", &["/metrics"]),
    ];
    for (scope, _) in SCOPES.map(|(scope, word)| (word, scope)) {
        let token = format!("jikimi_{}", secret::generate().expect("randomness"));
        let row = TokenRow {
            id: secret::id_of(&token),
            name: scope.to_owned(),
            account: "root".to_owned(),
            scopes: scope.to_owned(),
            created_at: wall_now(),
            expires_at: after(wall_now(), SignedDuration::from_hours(1)),
        };
        world.state.store.change(Change::default().api_token(&row)).await.expect("written");
        let every = good.iter().flat_map(|(of, paths)| paths.iter().map(move |path| (of, path)));
        for (of, path) in every.chain([(&"none", &"/api/v1/accounts")]) {
            let method = if path.ends_with("acknowledge") { "POST" } else { "GET" };
            let request = Request::builder().method(method).uri(*path);
            let request = request.header("authorization", format!("Bearer {token}"));
            let answered = world.send(request.body(Body::empty()).expect("a request")).await;
            let let_in = ![401, 403].contains(&answered.status.as_u16());
            assert_eq!(let_in, *of == scope, "{scope}: {path}: {}", answered.text);
        }
        // No program breaks glass: that takes a person and an emergency.
        let body = r#"{"device":"h0101-pir","reason":"an emergency","break_glass":true}"#;
        let request = Request::post("/api/v1/sites/center/homes/h0101/trace");
        let request = request.header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        let answered = world.send(request.body(Body::from(body)).expect("a request")).await;
        assert_eq!(answered.status, 403, "{scope}: {}", answered.text);
    }
}

/// The page that lets people in, and the console's own files, hold nothing of anybody.
#[tokio::test]
async fn the_way_in_is_open_and_the_console_leads_there() {
    let world = World::town().await;
    for path in ["/login", "/login/page.js", "/login/page.css"] {
        assert_eq!(world.get(path).await.status, 200, "{path}");
    }
    let answered = world.get("/").await;
    assert_eq!((answered.status.as_u16(), answered.header("location")), (303, "/login"));
}
