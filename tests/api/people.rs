//! Coming in, staying in, going out: passwords, codes, sessions and the first start.

use axum::body::Body;
use axum::http::Request;
use jikimi::clock::{Clock, wall_now};
use jikimi::domain::time::{SignedDuration, after};
use jikimi::people::{Front, Role, factor, secret};
use jikimi::store::Change;
use serde_json::json;

use crate::stream::Stream;
use crate::world::{Answered, PASSWORD, Session, World};

/// Off loopback, where whoever is in no office needs a code.
fn abroad() -> Front {
    Front { loopback: false, secure: true, ..Front::default() }
}

/// The same, where every address is one of an office.
fn office() -> Front {
    let everywhere = ["0.0.0.0/0", "::/0"].map(|text| text.parse().expect("a network"));
    Front { office: everywhere.into(), ..abroad() }
}

/// A clock that is so much later.
fn later(span: SignedDuration) -> Clock {
    let now = wall_now();
    Clock::scaled(after(now, span), now, 1.0)
}

pub fn from(request: Request<Body>, address: &str) -> Request<Body> {
    let mut request = request;
    let peer = format!("{address}:40000").parse().expect("an address");
    request.extensions_mut().insert(jikimi::api::gate::Peer(peer));
    request
}

async fn log_in(world: &World, body: serde_json::Value) -> Answered {
    let request = Request::post("/api/v1/session").header("content-type", "application/json");
    let request = request.body(Body::from(body.to_string())).expect("a request");
    world.send(from(request, "203.0.113.9")).await
}

fn session_of(answered: &Answered) -> Session {
    assert_eq!(answered.status, 200, "{}", answered.text);
    let set = answered.header("set-cookie");
    let cookie = set.split(';').next().expect("a cookie").to_owned();
    Session { cookie, csrf: answered.json()["csrf"].as_str().expect("a word").to_owned() }
}

#[tokio::test]
async fn who_knows_the_password_comes_in_and_goes_out() {
    let mut world = World::town().await;
    world.front(office(), Clock::wall());
    world.account("kim", &[(Role::Operator, "center")]).await;
    log_in(&world, json!({"account": "kim", "password": "wrong horse battery"}))
        .await
        .refuses(401, "login-failed");
    let entered = log_in(&world, json!({"account": "kim", "password": PASSWORD})).await;
    let set = entered.header("set-cookie").to_owned();
    for part in ["__Host-jikimi=", "; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
        assert!(set.contains(part), "{part}: {set}");
    }
    assert!(!set.contains("Domain") && !set.contains("Max-Age"), "{set}");
    let body = entered.json();
    assert_eq!(body["account"], "kim");
    assert_eq!(
        (&body["by"], &body["roles"]),
        (
            &json!("session"),
            &json!([
                {"site": "center", "role": "operator"}
            ])
        )
    );
    let kim = session_of(&entered);
    let again = world.send(kim.get("/api/v1/session")).await.json();
    assert_eq!((&again["account"], &again["csrf"]), (&body["account"], &body["csrf"]));
    let out = kim.request("DELETE", "/api/v1/session").body(Body::empty()).expect("a request");
    assert_eq!(world.send(out).await.status, 204);
    world.send(kim.get("/api/v1/session")).await.refuses(401, "unauthenticated");
    // Nothing that could let anybody in is in the database.
    let secret = kim.cookie.split_once('=').expect("a pair").1;
    let file = std::fs::read(world.file()).expect("the file");
    let wal = std::fs::read(world.file().with_extension("db-wal")).unwrap_or_default();
    for held in [&file, &wal] {
        let text = String::from_utf8_lossy(held);
        assert!(!text.contains(secret) && !text.contains(PASSWORD));
    }
    let trail = world.trail().await;
    let told: Vec<(&str, &str)> = trail.iter().map(|row| (&*row[0], &*row[1])).collect();
    assert_eq!(told, [("kim", "login-failed"), ("kim", "logged-in"), ("kim", "logged-out")]);
}

#[tokio::test]
async fn off_the_office_network_a_code_is_needed_once_each() {
    let mut world = World::town().await;
    world.front(abroad(), Clock::wall());
    world.account("kim", &[(Role::Operator, "center")]).await;
    let said = json!({"account": "kim", "password": PASSWORD});
    log_in(&world, said.clone()).await.refuses(403, "second-factor-missing");
    // The second factor is set up in a session from the office.
    let kim = world.session("kim").await;
    let offer = world.send(kim.post("/api/v1/session/second-factor", "")).await.json();
    let factor = offer["secret"].as_str().expect("a secret").to_owned();
    assert!(offer["link"].as_str().is_some_and(|link| link.starts_with("otpauth://totp/")));
    let now = wall_now().as_second();
    let code_of = |seconds: i64| factor::code(&factor, seconds / 30).expect("a code");
    log_in(&world, said.clone()).await.refuses(403, "second-factor-missing");
    let body = json!({"code": code_of(now)}).to_string();
    let request = kim.request("PUT", "/api/v1/session/second-factor");
    let request = request.header("content-type", "application/json").body(Body::from(body));
    assert_eq!(world.send(request.expect("a request")).await.status, 204);
    log_in(&world, said.clone()).await.refuses(401, "code-wanted");
    let with = |code: String| json!({"account": "kim", "password": PASSWORD, "code": code});
    log_in(&world, with(code_of(now))).await.refuses(401, "login-failed");
    let next = code_of(now + 30);
    assert_eq!(log_in(&world, with(next.clone())).await.status, 200);
    log_in(&world, with(next)).await.refuses(401, "login-failed");
    world.front(office(), Clock::wall());
    assert_eq!(log_in(&world, said).await.status, 200, "nobody in the office is asked");
}

#[tokio::test]
async fn a_session_ends_when_nobody_uses_it_and_after_a_shift() {
    let mut world = World::town().await;
    world.account("kim", &[(Role::Operator, "center")]).await;
    let minutes = SignedDuration::from_mins;
    let kim = world.session("kim").await;
    let here = async |world: &mut World, after| {
        world.front(office(), later(after));
        world.send(kim.get("/api/v1/sites")).await.status.as_u16()
    };
    assert_eq!(here(&mut world, minutes(29)).await, 200);
    assert_eq!(here(&mut world, minutes(58)).await, 200, "it was used meanwhile");
    assert_eq!(here(&mut world, minutes(89)).await, 401, "nobody used it for half an hour");
    let kim = world.session("kim").await;
    for half_hours in 1..=30 {
        world.front(office(), later(minutes(25 * half_hours)));
        let status = world.send(kim.get("/api/v1/sites")).await.status.as_u16();
        assert_eq!(status, if 25 * half_hours < 720 { 200 } else { 401 }, "{half_hours}");
    }
}

#[tokio::test]
async fn another_password_or_a_disabled_account_ends_every_session() {
    let mut world = World::town().await;
    world.front(office(), Clock::wall());
    world.account("kim", &[(Role::Operator, "center")]).await;
    let (one, other) = (world.session("kim").await, world.session("kim").await);
    let body = json!({"old": PASSWORD, "new": "short"}).to_string();
    world.send(one.post("/api/v1/session/password", &body)).await.refuses(422, "weak-password");
    let body = json!({"old": PASSWORD, "new": "another horse battery"}).to_string();
    let kim = session_of(&world.send(one.post("/api/v1/session/password", &body)).await);
    for ended in [&one, &other] {
        world.send(ended.get("/api/v1/session")).await.refuses(401, "unauthenticated");
    }
    assert_eq!(world.send(kim.get("/api/v1/session")).await.status, 200);
    let said = |password: &str| json!({"account": "kim", "password": password});
    log_in(&world, said(PASSWORD)).await.refuses(401, "login-failed");
    world.state.store.change(Change::default().disabled("kim", true)).await.expect("written");
    world.send(kim.get("/api/v1/session")).await.refuses(401, "unauthenticated");
    log_in(&world, said("another horse battery")).await.refuses(401, "login-failed");
}

#[tokio::test]
async fn a_stream_ends_with_its_session_its_roles_or_the_first_account() {
    let mut world = World::town().await;
    world.account("kim", &[(Role::Operator, "center")]).await;
    let kim = world.session("kim").await;
    for end in [
        Change::default().without_sessions("kim"),
        Change::default().without_grants(&"kim".parse().expect("an id")),
    ] {
        let kim = if world.send(kim.get("/api/v1/session")).await.status == 200 {
            kim.clone()
        } else {
            world.session("kim").await
        };
        let mut stream = Stream::of(&world, kim.get("/api/v1/incidents/live")).await;
        stream.snapshot().await;
        world.state.store.change(end).await.expect("written");
        assert!(stream.next_or_end().await.is_none());
    }
    world = World::new().await;
    let mut stream = Stream::open(&world, None).await;
    stream.snapshot().await;
    world.account("kim", &[(Role::Administrator, "*")]).await;
    assert!(stream.next_or_end().await.is_none());
    world.get("/api/v1/sites").await.refuses(401, "unauthenticated");
}

/// What is told goes by who listens: homes are not an engineer's, buildings not a caseworker's,
/// another site nobody's of this one.
#[tokio::test]
async fn everyone_is_told_of_what_is_theirs() {
    let world = World::town().await;
    world.incident("fire", "main", 1).await;
    world.incident("stillness", "h0101", 2).await;
    world.incident("gas", "gone", 3).await;
    let (building, home, gone) =
        ("center/fire/main/1", "center/stillness/h0101/1", "center/gas/gone/1");
    for (name, role, at, seen) in [
        ("one", Role::Operator, "center", vec![building, home, gone]),
        ("two", Role::Caseworker, "center", vec![home]),
        ("three", Role::Engineer, "*", vec![building]),
        ("four", Role::Operator, "usan", vec![]),
    ] {
        world.account(name, &[(role, at)]).await;
        let session = world.session(name).await;
        let mut ids: Vec<String> = Vec::new();
        let mut page = "/api/v1/incidents?limit=1".to_owned();
        loop {
            let said = world.send(session.get(&page)).await.json();
            let of_page = said["incidents"].as_array().expect("a list");
            ids.extend(of_page.iter().map(|of| of["id"].as_str().expect("an id").to_owned()));
            let Some(next) = said["next"].as_str() else { break };
            page = format!("/api/v1/incidents?limit=1&cursor={next}");
        }
        ids.sort();
        let mut expected = seen.clone();
        expected.sort_unstable();
        assert_eq!(ids, expected, "{name}");
        for id in [building, home, gone] {
            let path = format!("/api/v1/incidents/{id}");
            let status = world.send(session.get(&path)).await.status.as_u16();
            assert_eq!(status, if seen.contains(&id) { 200 } else { 404 }, "{name}: {id}");
        }
        let mut stream = Stream::of(&world, session.get("/api/v1/incidents/live")).await;
        let (_, mut told) = stream.snapshot().await;
        told.sort();
        assert_eq!(told, expected, "{name}");
    }
}

#[tokio::test]
async fn the_link_of_the_first_start_is_good_once() {
    let mut world = World::new().await;
    let people = &world.state.people;
    let old = people.offer_set_up().await.expect("made").expect("nobody is there");
    let link = people.offer_set_up().await.expect("made").expect("nobody is there");
    let set_up = async |world: &World, link: &str, password: &str| {
        let body = json!({"link": link, "account": "kim", "password": password}).to_string();
        world.post("/api/v1/setup", &body).await
    };
    set_up(&world, &old, PASSWORD).await.refuses(410, "setup-over");
    set_up(&world, &link, "kim").await.refuses(422, "weak-password");
    let kim = session_of(&set_up(&world, &link, PASSWORD).await);
    assert!(kim.cookie.starts_with("jikimi="), "no browser keeps __Host- without HTTPS");
    let said = world.send(kim.get("/api/v1/session")).await.json();
    assert_eq!(said["roles"], json!([{"site": "*", "role": "administrator"}]));
    set_up(&world, &link, PASSWORD).await.refuses(410, "setup-over");
    assert_eq!(world.state.people.offer_set_up().await.expect("asked"), None);
    world.get("/api/v1/sites").await.refuses(401, "unauthenticated");
    // One that nobody has used runs out.
    world = World::new().await;
    let link = world.state.people.offer_set_up().await.expect("made").expect("nobody is there");
    world.front(Front::default(), later(SignedDuration::from_hours(25)));
    set_up(&world, &link, PASSWORD).await.refuses(410, "setup-over");
}

#[tokio::test]
async fn a_token_runs_out_and_is_worth_no_more_than_its_account() {
    let world = World::town().await;
    world.account("kim", &[(Role::Engineer, "center")]).await;
    let token = secret::generate().expect("randomness");
    let row = jikimi::store::people::TokenRow {
        id: secret::id_of(&token),
        name: "plant".to_owned(),
        account: "kim".to_owned(),
        scopes: "read residents".to_owned(),
        created_at: wall_now(),
        expires_at: after(wall_now(), SignedDuration::from_hours(1)),
    };
    world.state.store.change(Change::default().api_token(&row)).await.expect("written");
    let get = |path: &str| {
        let request = Request::get(path).header("authorization", format!("bearer {token}"));
        request.body(Body::empty()).expect("a request")
    };
    assert_eq!(world.send(get("/api/v1/sites/center/zones")).await.status, 200);
    world.send(get("/api/v1/sites/usan/zones")).await.refuses(404, "unknown-site");
    world.send(get("/api/v1/sites/center/homes")).await.refuses(403, "forbidden");
    let mut world = world;
    world.front(abroad(), later(SignedDuration::from_hours(2)));
    world.send(get("/api/v1/sites")).await.refuses(401, "unauthenticated");
}
