//! What an attacker would try, one test each. What devices might forge over MQTT is tested where
//! brokers are (`tests/service/accounts.rs`, `tests/ingest`).

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use jikimi::api::{self, Way};
use jikimi::clock::{Clock, wall_now};
use jikimi::domain::Refusal;
use jikimi::domain::time::{SignedDuration, after};
use jikimi::people::{Front, Role, secret};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::people::from;
use crate::world::{Answered, PASSWORD, Session, World};

/// A town in which everybody is in an office.
async fn town() -> World {
    let mut world = World::town().await;
    let everywhere = ["0.0.0.0/0".parse().expect("a network")];
    let office = Front {
        loopback: false,
        secure: true,
        office: everywhere.into(),
        ..world.state.people.front().clone()
    };
    world.front(office, Clock::wall());
    world.account("kim", &[(Role::Operator, "center")]).await;
    world
}

async fn log_in(world: &World, account: &str, password: &str, cookie: &str) -> Answered {
    let body = json!({"account": account, "password": password}).to_string();
    let request = Request::post("/api/v1/session").header("content-type", "application/json");
    let request = request.header("cookie", cookie).body(Body::from(body)).expect("a request");
    world.send(from(request, "203.0.113.9")).await
}

fn cookie_of(answered: &Answered) -> String {
    let set = answered.header("set-cookie");
    set.split(';').next().expect("a cookie").to_owned()
}

#[tokio::test]
async fn session_fixation() {
    let world = town().await;
    // A cookie of the attacker's choice, and a session of the attacker's own.
    world.account("eve", &[(Role::Operator, "usan")]).await;
    let eve = world.session("eve").await;
    for planted in ["__Host-jikimi=planted", &eve.cookie] {
        let entered = log_in(&world, "kim", PASSWORD, planted).await;
        assert_eq!(entered.status, 200, "{}", entered.text);
        assert_ne!(cookie_of(&entered), planted);
        let planted = Session { cookie: planted.to_owned(), csrf: String::new() };
        world.send(planted.get("/api/v1/session")).await.refuses(401, "unauthenticated");
    }
    // A cookie without the prefix, as a neighbouring host could set it, is none.
    let bare = eve.cookie.replace("__Host-", "");
    let bare = Session { cookie: bare, csrf: String::new() };
    world.send(bare.get("/api/v1/session")).await.refuses(401, "unauthenticated");
}

#[tokio::test]
async fn cross_site_request_forgery() {
    let mut world = town().await;
    world.refuses(Refusal::UnknownIncident);
    let kim = world.session("kim").await;
    let path = "/api/v1/incidents/center/fire/main/1/acknowledge";
    let ask = |headers: &[(&str, &str)]| {
        let mut request = Request::post(path).header("cookie", &kim.cookie);
        for (name, value) in headers.iter().chain([&("host", "jikimi.city")]) {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).expect("a request")
    };
    let own = ("origin", "https://jikimi.city");
    let token = ("x-csrf-token", &*kim.csrf);
    for foreign in [
        ("origin", "https://evil.example"),
        ("origin", "https://jikimi.city.evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        world.send(ask(&[foreign, token])).await.refuses(403, "cross-origin");
    }
    world.send(ask(&[own])).await.refuses(403, "csrf-token");
    let other = secret::csrf_of("another session");
    world.send(ask(&[own, ("x-csrf-token", &other)])).await.refuses(403, "csrf-token");
    world.send(ask(&[own, token])).await.refuses(404, "unknown-incident");
    // Another site's form can log nobody in as somebody else, nor send what is no JSON.
    let form = "account=eve&password=correct+horse+battery";
    for (origin, kind, status, code) in [
        ("https://evil.example", "application/json", 403, "cross-origin"),
        ("https://jikimi.city", "application/x-www-form-urlencoded", 415, "wrong-content-type"),
        ("https://jikimi.city", "text/plain", 415, "wrong-content-type"),
    ] {
        let request = Request::post("/api/v1/session").header("host", "jikimi.city");
        let request = request.header("origin", origin).header("content-type", kind);
        let request = request.body(Body::from(form)).expect("a request");
        world.send(request).await.refuses(status, code);
    }
    // No answer invites another origin to read it.
    let asked = Request::get("/api/v1/session").header("origin", "https://evil.example");
    let asked = asked.header("cookie", &kim.cookie).body(Body::empty()).expect("a request");
    let answered = world.send(asked).await;
    assert_eq!(answered.header("access-control-allow-origin"), "");
}

/// Ids of another site, in every place where one can be put.
#[tokio::test]
async fn another_sites_things_by_their_ids() {
    let mut world = town().await;
    let mut obeyed = world.obeys();
    world.account("lee", &[(Role::Administrator, "usan")]).await;
    world.incident("fire", "main", 1).await;
    let (kim, lee) = (world.session("kim").await, world.session("lee").await);
    for path in [
        "/api/v1/sites/center",
        "/api/v1/sites/center/devices/tc-1/readings",
        "/api/v1/sites/center/homes/h0101",
        "/api/v1/incidents/center/fire/main/1",
    ] {
        let own = world.send(lee.get(path)).await.refuses(404, "unknown-site");
        // What is there and what is not are refused in the same words.
        let none = world.send(lee.get(&path.replace("center", "nowhere"))).await;
        let none = none.refuses(404, "unknown-site");
        let words = |of: &serde_json::Value| of["detail"].as_str().map(str::to_owned);
        assert_eq!(words(&own), words(&none).map(|text| text.replace("nowhere", "center")));
    }
    let path = "/api/v1/incidents/center/fire/main/1/acknowledge";
    world.send(lee.post(path, "")).await.refuses(404, "unknown-site");
    assert!(obeyed.try_recv().is_err(), "nothing has reached the run loop");
    let said = world.send(lee.get("/api/v1/incidents?site=center")).await.json();
    assert_eq!(said["incidents"], json!([]));
    let said = world.send(lee.get("/api/v1/sites")).await.json();
    assert_eq!(said["sites"].as_array().map(Vec::len), Some(1));
    // A page of somebody else's is no key to it.
    world.incident("gas", "main", 2).await;
    let page = world.send(kim.get("/api/v1/incidents?limit=1")).await.json();
    let next = page["next"].as_str().expect("another page");
    let said = world.send(lee.get(&format!("/api/v1/incidents?cursor={next}"))).await.json();
    assert_eq!(said["incidents"], json!([]));
    assert_eq!(world.send(kim.post(path, "")).await.status, 200);
}

#[tokio::test]
async fn sql_injection() {
    let mut world = town().await;
    world.refuses(Refusal::UnknownIncident);
    world.incident("fire", "main", 1).await;
    let kim = world.session("kim").await;
    for text in ["' OR 1=1 --", "'; DROP TABLE account; --", "kim' --", "\" OR \"\"=\"", "kim\0"] {
        log_in(&world, text, PASSWORD, "").await.refuses(401, "login-failed");
        log_in(&world, "kim", text, "").await;
        let planted = Session { cookie: format!("__Host-jikimi={text}"), csrf: String::new() };
        if !text.contains('\0') {
            world.send(planted.get("/api/v1/session")).await.refuses(401, "unauthenticated");
        }
        let escaped: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for path in [
            format!("/api/v1/incidents?site={escaped}"),
            format!("/api/v1/incidents?kind={escaped}"),
            format!("/api/v1/incidents?cursor={escaped}"),
            format!("/api/v1/incidents/center/{escaped}/main/1"),
            format!("/api/v1/sites/center/devices/{escaped}"),
            format!("/api/v1/sites/center/homes/{escaped}"),
        ] {
            let status = world.send(kim.get(&path)).await.status.as_u16();
            assert!([400, 404].contains(&status), "{path}: {status}");
        }
        let note = json!({"outcome": text, "note": text}).to_string();
        let path = "/api/v1/incidents/center/fire/main/1/resolve";
        world.send(kim.post(path, &note)).await.refuses(422, "unknown-outcome");
    }
    assert_eq!(world.send(kim.get("/api/v1/incidents/center/fire/main/1")).await.status, 200);
}

/// What people write is shown as they wrote it, whatever a template or a page would make of it.
#[tokio::test]
async fn template_injection() {
    let mut world = town().await;
    let _obeyed = world.obeys();
    world.incident("fire", "main", 1).await;
    let kim = world.session("kim").await;
    let note = "{{ 7 * 7 }} {% include 'x' %} ${7*7} #{7*7} %s <%= 7 %>";
    let body = json!({"outcome": "steam", "note": note}).to_string();
    let path = "/api/v1/incidents/center/fire/main/1/resolve";
    let said = world.send(kim.post(path, &body)).await.json();
    assert_eq!(said["resolved"]["note"], note);
}

/// Names of zones and buildings come from files that somebody else may write.
#[tokio::test]
async fn stored_markup_in_names() {
    let mut world = town().await;
    let mut held = (*world.state.configurations[0]).clone();
    let mut site = (*held.site).clone();
    let evil = "<script>alert(1)</script>\"'&<img src=x onerror=alert(1)>";
    let kitchen = site.zones.get_mut("3f-kitchen").expect("a zone");
    evil.clone_into(&mut kitchen.name);
    let corner = |x, y| jikimi::domain::Point { x, y };
    kitchen.polygon = vec![corner(0.0, 0.0), corner(9.0, 0.0), corner(9.0, 9.0), corner(0.0, 9.0)];
    site.buildings.values_mut().for_each(|of| evil.clone_into(&mut of.name));
    held.site = Arc::new(site);
    world.configure(vec![Arc::new(held)]);
    world.front(world.state.people.front().clone(), Clock::wall());
    let kim = world.session("kim").await;
    let drawn = world.send(kim.get("/api/v1/sites/center/plans/3f.svg")).await;
    assert_eq!(drawn.status, 200);
    assert!(!drawn.text.contains("<script") && !drawn.text.contains("<img"), "{}", drawn.text);
    roxmltree_would_read(&drawn.text);
    for path in ["/api/v1/sites/center/zones", "/api/v1/sites/center/plans/3f.svg"] {
        let answered = world.send(kim.get(path)).await;
        assert_ne!(answered.header("content-type"), "text/html");
        assert_eq!(answered.header("x-content-type-options"), "nosniff", "{path}");
        let policy = answered.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
    }
}

/// A drawing in which a name had ended its element would be no XML, or have other elements.
fn roxmltree_would_read(svg: &str) {
    let opened = svg.matches("<text").count();
    assert_eq!(opened, svg.matches("</text>").count());
    assert!(svg.contains("&lt;script"), "the name is there, as a name: {svg}");
}

#[tokio::test]
async fn path_traversal() {
    let world = town().await;
    let kim = world.session("kim").await;
    for path in [
        "/web/../Cargo.toml",
        "/web/%2e%2e/Cargo.toml",
        "/web/..%2f..%2fetc%2fpasswd",
        "/web//etc/passwd",
        "/web/src/%2e%2e/%2e%2e/index.html%00",
        "/login/../../etc/passwd",
        "/api/v1/sites/center/plans/..%2f..%2f3f.svg",
        "/api/v1/sites/..%2fcenter/zones",
        "/api/v1/sites/center/devices/..%2f..%2fusan",
    ] {
        let answered = world.send(kim.get(path)).await;
        assert!([400, 404].contains(&answered.status.as_u16()), "{path}: {}", answered.status);
        assert!(!answered.text.contains("[package]") && !answered.text.contains("root:"));
    }
}

#[tokio::test]
async fn oversized_bodies() {
    let world = town().await;
    let kim = world.session("kim").await;
    let path = "/api/v1/incidents/center/fire/main/1/resolve";
    let large = "x".repeat(api_body_max() + 1);
    world.send(kim.post(path, &large)).await.refuses(413, "body-too-large");
    // Nobody says beforehand how long it will be.
    let pieces = (0..80).map(|_| Ok::<_, std::io::Error>("y".repeat(1024)));
    let endless = Body::from_stream(tokio_stream::iter(pieces));
    let request = Request::post("/api/v1/session").header("content-type", "application/json");
    let request = request.body(endless).expect("a request");
    world.send(request).await.refuses(413, "body-too-large");
}

fn api_body_max() -> usize {
    64 * 1024
}

#[tokio::test]
async fn bodies_and_heads_that_trickle_in() {
    let mut world = town().await;
    world.patience(Duration::from_millis(200));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let way = Way::from(listener).head_within(Duration::from_millis(200));
    let serving = tokio::spawn(api::serve(way, world.router.clone(), std::future::pending()));
    let said = async |text: &str| {
        let mut stream = TcpStream::connect(address).await.expect("connected");
        stream.write_all(text.as_bytes()).await.expect("written");
        let mut answer = Vec::new();
        // It ends by itself, or the test fails at its own patience.
        let read = stream.read_to_end(&mut answer);
        let read = tokio::time::timeout(Duration::from_secs(20), read).await;
        assert!(read.is_ok(), "the connection is still open: {text}");
        String::from_utf8_lossy(&answer).into_owned()
    };
    let body = said(
        "POST /api/v1/session HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
         content-length: 500\r\nconnection: close\r\n\r\n{\"account\"",
    )
    .await;
    assert!(body.starts_with("HTTP/1.1 408 "), "{body}");
    assert!(body.contains("too-slow"), "{body}");
    let head = said("GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: ").await;
    assert!(!head.contains("200 OK"), "{head}");
    serving.abort();
}

/// Fields that are not a client's to set are refused, not dropped.
#[tokio::test]
async fn mass_assignment() {
    let mut world = town().await;
    world.refuses(Refusal::UnknownIncident);
    let kim = world.session("kim").await;
    for (method, path, body) in [
        ("POST", "/api/v1/session", json!({"account": "kim", "password": PASSWORD, "roles": []})),
        (
            "POST",
            "/api/v1/setup",
            json!({"link": "x", "account": "eve", "password": PASSWORD,
            "role": "administrator"}),
        ),
        (
            "POST",
            "/api/v1/session/password",
            json!({"old": PASSWORD, "new": "another horse",
            "account": "root"}),
        ),
        ("PUT", "/api/v1/session/second-factor", json!({"code": "1", "account": "root"})),
        (
            "POST",
            "/api/v1/incidents/center/fire/main/1/resolve",
            json!({"outcome": "real",
            "by": "root"}),
        ),
    ] {
        let request = kim.request(method, path).header("content-type", "application/json");
        let request = request.body(Body::from(body.to_string())).expect("a request");
        world.send(request).await.refuses(422, "bad-body");
    }
}

/// Who commands is who has come in, whatever they say.
#[tokio::test]
async fn another_actors_name() {
    let mut world = town().await;
    let mut requests = world.take_queue();
    let kim = world.session("kim").await;
    let request =
        kim.request("POST", "/api/v1/incidents/center/fire/main/1/acknowledge?actor=root");
    let request = request.header("x-actor", "root").body(Body::empty()).expect("a request");
    let (router, asked) = (world.router.clone(), request);
    let asking = tokio::spawn(tower::ServiceExt::oneshot(router, asked));
    let request = requests.recv().await.expect("a command");
    assert_eq!((&*request.command.actor, &*request.by.account), ("kim", "kim"));
    asking.abort();
}

/// The work of an answer says nothing of which accounts there are, and nor do its words.
#[tokio::test]
async fn which_accounts_there_are() {
    let world = town().await;
    world.account("gone", &[]).await;
    let disabled = jikimi::store::Change::default().disabled("gone", true);
    world.state.store.change(disabled).await.expect("written");
    let mut answers = Vec::new();
    for (account, password) in [
        ("kim", "wrong horse battery"),
        ("nobody", "wrong horse battery"),
        ("gone", PASSWORD),
        ("No Name At All", "wrong horse battery"),
        ("kim", &"long".repeat(1000)),
    ] {
        let before = world.state.people.compared();
        let answered = log_in(&world, account, password, "").await;
        answered.refuses(401, "login-failed");
        assert_eq!(world.state.people.compared(), before + 1, "{account}");
        answers.push((answered.text.clone(), answered.headers.len()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn guessing_passwords() {
    let mut world = town().await;
    for account in ["kim", "nobody"] {
        for _ in 0..5 {
            log_in(&world, account, "wrong horse battery", "").await.refuses(401, "login-failed");
        }
        let compared = world.state.people.compared();
        let answered = log_in(&world, account, PASSWORD, "").await;
        answered.refuses(429, "too-many-attempts");
        let wait: u32 = answered.header("retry-after").parse().expect("seconds");
        assert!((1..=2).contains(&wait), "{wait}");
        assert_eq!(world.state.people.compared(), compared, "no work is done for it");
    }
    // Waiting helps, and nobody is locked out for good.
    let now = wall_now();
    let front = world.state.people.front().clone();
    let clock = Clock::scaled(after(now, SignedDuration::from_secs(3)), now, 1.0);
    world.front(front, clock);
    assert_eq!(log_in(&world, "kim", PASSWORD, "").await.status, 200);
    // One address that tries many names.
    for n in 0..30 {
        log_in(&world, &format!("name-{n}"), "wrong horse battery", "").await;
    }
    let answered = log_in(&world, "name-31", "wrong horse battery", "").await;
    answered.refuses(429, "too-many-attempts");
}

#[tokio::test]
async fn log_injection() {
    let world = town().await;
    let forged = "kim\n2026-11-24T00:00:00Z ERROR the database is gone";
    log_in(&world, forged, PASSWORD, "").await.refuses(401, "login-failed");
    let kim = world.session("kim").await;
    let denied = "/api/v1/sites/usan/zones?x=%0d%0aforged";
    world.send(kim.get(denied)).await.refuses(404, "unknown-site");
    for row in world.trail().await {
        assert!(row.iter().all(|text| !text.chars().any(char::is_control)), "{row:?}");
        assert!(!row.concat().contains("database is gone"), "{row:?}");
    }
}

/// More than a screen would ever ask for.
#[tokio::test]
async fn a_flood_of_requests() {
    let mut world = town().await;
    // Time stands still, so that no machine is too slow to be a flood.
    let front = world.state.people.front().clone();
    world.front(front, Clock::standing(wall_now()));
    let ask = |address: &str| {
        let request = Request::get("/healthz").body(Body::empty()).expect("a request");
        from(request, address)
    };
    for _ in 0..1000 {
        assert_eq!(world.send(ask("203.0.113.9")).await.status, 200);
    }
    let answered = world.send(ask("203.0.113.9")).await;
    answered.refuses(429, "too-many-requests");
    assert_eq!(answered.header("retry-after"), "2");
    assert_eq!(world.send(ask("203.0.113.10")).await.status, 200, "another's is another's");
}
