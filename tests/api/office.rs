//! What administrators and engineers do from the console: accounts, tokens, the trail, the rules.

use axum::body::Body;
use jikimi::domain::{Device, Quantity};
use jikimi::people::Role;
use serde_json::{Value, json};

use crate::world::{Answered, Session, World};

async fn put(world: &World, who: &Session, path: &str, body: Value) -> Answered {
    let request = who.request("PUT", path).header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).expect("a request")).await
}

async fn post(world: &World, who: &Session, path: &str, body: Value) -> Answered {
    world.send(who.post(path, &body.to_string())).await
}

fn worker(site: &str) -> Value {
    json!({"account": "lee", "roles": [{"site": site, "role": "caseworker"}]})
}

#[tokio::test]
async fn a_worker_is_made_changed_and_let_in_no_longer() {
    let world = World::town().await;
    world.account("root", &[(Role::Administrator, "*")]).await;
    let root = world.session("root").await;
    let made = post(&world, &root, "/api/v1/accounts", worker("usan")).await.json();
    let password = made["password"].as_str().expect("a password").to_owned();
    assert_eq!((&made["account"], password.len()), (&json!("lee"), 24));
    post(&world, &root, "/api/v1/accounts", worker("usan")).await.refuses(409, "account-there");
    post(&world, &root, "/api/v1/accounts", worker("nowhere")).await.refuses(404, "unknown-site");
    for roles in [json!([]), json!([{"site": "usan", "role": "boss"}])] {
        let body = json!({"account": "park", "roles": roles});
        post(&world, &root, "/api/v1/accounts", body).await.refuses(422, "bad-body");
    }

    let said = json!({"account": "lee", "password": password}).to_string();
    let lee = world.session("lee").await;
    let entered = world.post("/api/v1/session", &said).await;
    assert_ne!(entered.status, 401, "the password that was shown is right: {}", entered.text);
    let homes = |site: &str| lee.get(&format!("/api/v1/sites/{site}/homes"));
    assert_eq!(world.send(homes("usan")).await.status, 200);
    world.send(homes("center")).await.refuses(404, "unknown-site");

    let body = json!({"roles": [{"site": "center", "role": "caseworker"}], "disabled": false});
    let changed = put(&world, &root, "/api/v1/accounts/lee", body).await.json();
    assert_eq!(changed["roles"], json!([{"site": "center", "role": "caseworker"}]));
    assert_eq!(world.send(homes("center")).await.status, 200);
    let body = json!({"roles": [{"site": "center", "role": "caseworker"}], "disabled": true});
    put(&world, &root, "/api/v1/accounts/lee", body).await;
    world.send(homes("center")).await.refuses(401, "unauthenticated");
    let renewed = post(&world, &root, "/api/v1/accounts/lee/password", json!({})).await.json();
    assert_ne!(renewed["password"], password.as_str());
    let nobody = post(&world, &root, "/api/v1/accounts/nobody/password", json!({})).await;
    nobody.refuses(404, "unknown-account");

    // What was done is in the trail, and no password is.
    let trail = world.send(root.get("/api/v1/audit?account=root&limit=2")).await.json();
    let entries = trail["entries"].as_array().expect("entries");
    let told = |of: &Value| format!("{} {} {}", of["action"], of["subject"], of["detail"]);
    let shown: Vec<String> = entries.iter().map(told).collect();
    assert_eq!(shown[0], r#""password-changed" "lee" """#);
    assert_eq!(shown[1], r#""account-changed" "lee" "roles: caseworker@center, disabled""#);
    let older = format!("/api/v1/audit?account=root&before={}", trail["next"]);
    let older = world.send(root.get(&older)).await.json();
    assert_eq!(older["entries"][1]["detail"], "added: caseworker@usan");
    assert!(!world.send(root.get("/api/v1/audit")).await.text.contains(&password));
}

#[tokio::test]
async fn somebody_may_always_make_the_next_account() {
    let world = World::town().await;
    world.account("root", &[(Role::Administrator, "*")]).await;
    world.account("chief", &[(Role::Administrator, "center")]).await;
    let root = world.session("root").await;
    let less = json!({"roles": [{"site": "center", "role": "administrator"}], "disabled": false});
    let gone = json!({"roles": [{"site": "*", "role": "administrator"}], "disabled": true});
    for body in [less.clone(), gone] {
        let refused = put(&world, &root, "/api/v1/accounts/root", body).await;
        refused.refuses(409, "last-administrator");
    }
    let other = json!({"account": "kim", "roles": [{"site": "*", "role": "administrator"}]});
    assert_eq!(post(&world, &root, "/api/v1/accounts", other).await.status, 200);
    assert_eq!(put(&world, &root, "/api/v1/accounts/root", less).await.status, 200);

    // Where nobody has an account yet, the first is an administrator.
    let world = World::new().await;
    let refused = world.post("/api/v1/accounts", &worker("center").to_string()).await;
    refused.refuses(409, "last-administrator");
}

#[tokio::test]
async fn a_token_is_shown_once_and_ends_at_once() {
    let world = World::town().await;
    world.account("root", &[(Role::Administrator, "*")]).await;
    let root = world.session("root").await;
    let wanted = json!({"name": "grafana", "account": "root", "scopes": ["read"], "days": 90});
    let made = post(&world, &root, "/api/v1/tokens", wanted.clone()).await.json();
    let token = made["token"].as_str().expect("a token").to_owned();
    post(&world, &root, "/api/v1/tokens", wanted).await.refuses(409, "token-there");
    let bad = json!({"name": "g2", "account": "root", "scopes": ["all"], "days": 90});
    post(&world, &root, "/api/v1/tokens", bad).await.refuses(422, "bad-body");
    let asks = || {
        let request = axum::http::Request::get("/api/v1/sites");
        let request = request.header("authorization", format!("Bearer {token}"));
        world.send(request.body(Body::empty()).expect("a request"))
    };
    assert_eq!(asks().await.status, 200);
    let listed = world.send(root.get("/api/v1/tokens")).await;
    assert_eq!(listed.json()["tokens"][0]["name"], "grafana");
    assert!(!listed.text.contains(&token), "nobody is shown it again");
    let end = || root.request("DELETE", "/api/v1/tokens/grafana").body(Body::empty());
    assert_eq!(world.send(end().expect("a request")).await.status, 204);
    asks().await.refuses(401, "unauthenticated");
    world.send(end().expect("a request")).await.refuses(404, "unknown-token");
}

#[tokio::test]
async fn every_rule_that_runs_is_told_with_its_reason_and_what_it_watches() {
    let world = World::shipped().await;
    let said = world.read("/api/v1/sites/center/rules").await;
    let rules = said["rules"].as_array().expect("rules");
    let held = &world.state.configurations[0];
    assert_eq!(rules.len(), held.rules.len());
    let told = |rule: &Value| rule["because"].as_str().is_some_and(|said| !said.is_empty());
    assert!(rules.iter().all(told));
    let smoke = rules.iter().find(|rule| rule["id"] == "fire-smoke").expect("the rule");
    // Cooking is smoke: a kitchen's has a rule of its own.
    let in_kitchen = |of: &&Device| of.zone().is_some_and(|zone| zone.as_str() == "3f-kitchen");
    let smoking = held.site.devices.values().filter(|of| of.reads.contains(&Quantity::Smoke));
    let smoking = smoking.filter(|of| !in_kitchen(of)).count();
    assert_eq!((&smoke["detector"], &smoke["devices"]), (&json!("smoke"), &json!(smoking)));
    assert_eq!(smoke["name"]["ko"], "화재");
}
