//! A building, a database with rows of our choice, and a run loop that does as it is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use jikimi::api::{self, ApiState};
use jikimi::clock::{Clock, wall_now};
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{
    Action, Answer, Building, Content, Device, Exit, Home, MessageKind, Mounted, Passage,
    PassageKind, Quantity, Refusal, Scope, Site, Storey, Value as Measured, Zone, ZoneKind,
};
use jikimi::monitor::Configuration;
use jikimi::people::{Front, Grant, People, Role, password, secret};
use jikimi::personal::Keys;
use jikimi::run::handle::{Announcement, CommandRequest, Health, Running};
use jikimi::situation::Situation;
use jikimi::store::{Arg, Change, Db, Store};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use tokio::sync::{broadcast, mpsc, watch};
use tower::ServiceExt as _;

use crate::postgres::Postgres;

/// Announcements kept for a slow listener here: few, so that a test can fall behind.
pub const KEPT: usize = 4;

/// 2026-11-24T14:03:00.5+09:00
pub const NOON_US: i64 = 1_795_496_580_500_000;

pub struct World {
    pub db: Db,
    pub state: ApiState,
    pub router: Router,
    requests: Option<mpsc::Receiver<CommandRequest>>,
    folder: tempfile::TempDir,
}

pub const PASSWORD: &str = "correct horse battery";

/// Somebody who has come in.
#[derive(Clone)]
pub struct Session {
    pub cookie: String,
    pub csrf: String,
}

impl Session {
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header("cookie", &self.cookie);
        request.header("x-csrf-token", &self.csrf)
    }

    pub fn get(&self, path: &str) -> Request<Body> {
        self.request("GET", path).body(Body::empty()).expect("a request")
    }

    pub fn post(&self, path: &str, body: &str) -> Request<Body> {
        let request = self.request("POST", path).header("content-type", "application/json");
        request.body(Body::from(body.to_owned())).expect("a request")
    }
}

pub struct Answered {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answered {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    /// Checks the whole shape of a refusal.
    pub fn refuses(&self, status: u16, code: &str) -> Value {
        assert_eq!((self.status.as_u16(), code), (status, code), "{}", self.text);
        assert_eq!(self.header("content-type"), "application/problem+json");
        let problem = self.json();
        assert_eq!(problem["code"], code);
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:jikimi:problem:{code}"));
        assert!(!problem["title"].as_str().expect("a title").is_empty());
        assert!(!problem["detail"].as_str().expect("a detail").is_empty());
        problem
    }
}

impl World {
    pub async fn new() -> Self {
        Self::of(Arc::new(configuration())).await
    }

    /// The same on PostgreSQL. What tests write is of any day, so one partition takes all.
    pub async fn on_postgres() -> Self {
        let db = Store::open(&Postgres::shared().database()).await.expect("a database");
        let folder = tempfile::tempdir().expect("a folder");
        let world = Self::on(db, folder, Arc::new(configuration())).await;
        world.sql("CREATE TABLE every_day PARTITION OF input DEFAULT").await;
        world
    }

    /// The customer center that is shipped.
    pub async fn shipped() -> Self {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
        let loaded = jikimi::config::load(&folder).expect("what is shipped is well");
        let mut held = loaded.configurations.into_iter();
        Self::of(held.find(|held| held.site.id.as_str() == "center").expect("the center")).await
    }

    async fn of(configuration: Arc<Configuration>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let db = open(&folder).await;
        Self::on(db, folder, configuration).await
    }

    /// Two sites that others can reach over HTTPS: `center`, and `usan`, which is like it.
    pub async fn town() -> Self {
        let usan =
            Configuration { site: Arc::new(Site { id: id("usan"), ..site() }), ..configuration() };
        let folder = tempfile::tempdir().expect("a folder");
        let store = open(&folder).await;
        let mut world = Self::on(store, folder, Arc::new(configuration())).await;
        let both = [Arc::clone(&world.state.configurations[0]), Arc::new(usan)];
        world.configure(both.into());
        world.front(Front { loopback: false, secure: true, ..Front::default() }, Clock::wall());
        world
    }

    /// From here on a request has so long.
    pub fn patience(&mut self, patience: std::time::Duration) {
        self.state.patience = patience;
        self.router = api::router(self.state.clone());
    }

    /// From here on it is reached like this, at this time.
    pub fn front(&mut self, front: Front, clock: Clock) {
        let keys = self.state.keys.clone();
        self.state.people = People::sealing(self.state.store.clone(), front, clock, keys);
        self.router = api::router(self.state.clone());
    }

    /// Makes an account with [`PASSWORD`] and these roles at these sites.
    pub async fn account(&self, name: &str, grants: &[(Role, &str)]) {
        static HASH: std::sync::LazyLock<String> =
            std::sync::LazyLock::new(|| password::hash(PASSWORD).expect("hashed"));
        let grants: Vec<Grant> = grants
            .iter()
            .map(|(role, at)| Grant { role: *role, at: at.parse().expect("a place") })
            .collect();
        let change = Change::default().account(&id(name), &HASH, None, &grants, wall_now());
        self.state.store.change(change).await.expect("written");
    }

    /// A session of an account, as its cookie and what it has to say with commands.
    pub async fn session(&self, account: &str) -> Session {
        let secret = secret::generate().expect("randomness");
        let change = Change::default();
        let change = change.session(&secret::id_of(&secret), account, "", wall_now());
        self.state.store.change(change).await.expect("written");
        let name = if self.state.people.front().secure { "__Host-jikimi" } else { "jikimi" };
        Session { cookie: format!("{name}={secret}"), csrf: secret::csrf_of(&secret) }
    }

    /// The last rows of the trail: account, action, site, subject and detail.
    pub async fn trail(&self) -> Vec<[String; 5]> {
        let sql = "SELECT account, action, site, subject, detail FROM audit ORDER BY n";
        let rows = self.db.all(sql, Vec::new()).await.expect("rows");
        let columns = ["account", "action", "site", "subject", "detail"];
        rows.iter().map(|row| columns.map(|column| row.text(column).expect("text"))).collect()
    }

    /// What is configured from the next request on.
    pub fn configure(&mut self, all: Vec<Arc<Configuration>>) {
        self.state.configurations = Arc::new(all);
        self.state.activated = watch::channel(Arc::clone(&self.state.configurations)).1;
    }

    async fn on(store: Store, folder: tempfile::TempDir, held: Arc<Configuration>) -> Self {
        let (commands, requests) = mpsc::channel(2);
        let health = Arc::new(Health::default());
        health.set_waiting_since(None);
        let state = ApiState {
            db: store.db.clone(),
            people: People::new(store.clone(), Front::default(), Clock::wall()),
            store: store.clone(),
            running: Running {
                commands,
                reports: mpsc::channel(KEPT).0,
                announcements: broadcast::channel(KEPT).0,
                health,
            },
            activated: watch::channel(Arc::new(vec![Arc::clone(&held)])).1,
            reload: None,
            bench: None,
            configurations: Arc::new(vec![held]),
            clock: Clock::wall(),
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            patience: api::ANSWERED_WITHIN,
            keys: Some(Arc::new(Keys::read(&"5a".repeat(32)).expect("a key file"))),
            telling: Arc::default(),
        };
        let router = api::router(state.clone());
        let world = Self { db: store.db, state, router, requests: Some(requests), folder };
        world.sql("INSERT INTO configuration VALUES ('cafe', 1795000000000000, '{}')").await;
        world
    }

    pub fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("jikimi.db")
    }

    pub async fn sql(&self, sql: &str) {
        self.insert(sql, Vec::new()).await;
    }

    pub async fn insert(&self, sql: &str, args: Vec<Arg>) {
        let mut connection = self.db.connection().await.expect("a connection");
        connection.run(sql, args).await.expect("the row fits");
    }

    pub async fn send(&self, request: Request<Body>) -> Answered {
        answered(self.router.clone().oneshot(request).await.expect("an answer")).await
    }

    pub async fn get(&self, path: &str) -> Answered {
        self.send(Request::get(path).body(Body::empty()).expect("a request")).await
    }

    /// The body of a GET that must succeed.
    pub async fn read(&self, path: &str) -> Value {
        let answered = self.get(path).await;
        assert_eq!(answered.status, StatusCode::OK, "{path}: {}", answered.text);
        answered.json()
    }

    pub async fn post(&self, path: &str, body: &str) -> Answered {
        let request = Request::post(path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).expect("a request")).await
    }

    /// A row of the input log, for those who only need its position.
    pub async fn input(&self, position: i64) {
        let sql = "INSERT INTO input (site, position, step_at, kind, body) \
                   VALUES ('center', $1, $2, 'wake', '\"wake\"')";
        self.insert(sql, vec![position.into(), (NOON_US + position).into()]).await;
    }

    /// An incident that was opened at a position, with its evidence, its move and its notice.
    pub async fn incident(&self, kind: &str, place: &str, position: i64) {
        self.input(position).await;
        let at = NOON_US + position * 1_000_000;
        let args =
            |more: Vec<Arg>| [vec![kind.into(), place.into(), position.into()], more].concat();
        let sql = "INSERT INTO incident (site, kind, place, n, class, level, state, stands, \
                   opened_at, opened_step_at, opened_position, updated_position) \
                   VALUES ('center', $1, $2, 1, 'alarm', 'warning', 'open', 1, $4, $4, $3, $3)";
        self.insert(sql, args(vec![at.into()])).await;
        let sql = "INSERT INTO evidence (site, position, ordinal, kind, place, n, rule, \
                   rule_version, source, class, level, zone, devices, at, step_at, late, because, \
                   readings, because_ko) VALUES ('center', $3, 1, $1, $2, 1, \
                   'fire-rise', '4c1f09ab77de', 'tc-1', 'alarm', 'warning', '3f-kitchen', \
                   '[\"tc-1\"]', $4, $5, 0, \
                   'temperature rose 9.1 °C in 30 s', $6, '온도 30초 만에 9.1 °C 상승')";
        let readings =
            format!(r#"[{{"device":"tc-1","quantity":"temperature","value":31.5,"at":{at}}}]"#);
        self.insert(sql, args(vec![at.into(), (at + 190_000).into(), readings.into()])).await;
        let sql = "INSERT INTO transition (site, position, ordinal, kind, place, n, from_state, \
                   to_state, cause, at, step_at, because) \
                   VALUES ('center', $3, 0, $1, $2, 1, 'none', 'open', 'finding', $4, $4, \
                   'temperature rose 9.1 °C in 30 s')";
        self.insert(sql, args(vec![at.into()])).await;
        let sql = "INSERT INTO outbox (key, site, position, ordinal, kind, place, n, step, role, \
                   queued_at, status) VALUES ($5, 'center', $3, 2, $1, $2, 1, 'opened', \
                   'operator', $4, 'queued')";
        let key = format!("center/{kind}/{place}/1/opened/operator");
        self.insert(sql, args(vec![at.into(), key.into()])).await;
    }

    /// Moves an incident at a position, as a commit would.
    pub async fn moves(&self, kind: &str, set: &str, position: i64) {
        self.input(position).await;
        let sql = format!("UPDATE incident SET {set}, updated_position = $2 WHERE kind = $1");
        self.insert(&sql, vec![kind.into(), position.into()]).await;
    }

    pub fn announce(&self, position: u64) {
        let site = "center".parse().expect("an id");
        let announcement = Announcement { site, position, incidents: Arc::from([]) };
        // Nobody may be listening, which is fine.
        let _ = self.state.running.announcements.send(announcement);
    }

    /// A message of a device at a position; its history goes on at `previous`.
    #[expect(clippy::cast_precision_loss, reason = "positions of a test are small")]
    pub async fn message(&self, device: &str, position: i64, previous: Option<i64>) {
        let content = Content::Readings(vec![
            (Quantity::Temperature, Measured::Number(20.0 + position as f64)),
            (Quantity::Motion, Measured::Flag(position % 2 == 0)),
        ]);
        self.says(device, position, previous, MessageKind::Reading, content).await;
    }

    pub async fn says(
        &self,
        device: &str,
        position: i64,
        previous: Option<i64>,
        kind: MessageKind,
        content: Content,
    ) {
        let at = moment(NOON_US + position * 1_000_000);
        let received_at = moment(NOON_US + position * 1_000_000 + 190_000);
        let body = json!({"k": {"id": position.to_string()}, "v": content, "b": 87.0}).to_string();
        let sql = "INSERT INTO input (site, position, step_at, kind, device, received_at, at, \
                   quality, previous, body) \
                   VALUES ('center', $1, $2, $3, $4, $2, $5, 'device', $6, $7)";
        let args = vec![
            position.into(),
            received_at.into(),
            kind.as_str().into(),
            device.into(),
            at.into(),
            previous.into(),
            body.into(),
        ];
        self.insert(sql, args).await;
    }

    /// From here on commands are carried out, at position 100, by whoever asked.
    pub fn obeys(&mut self) -> mpsc::UnboundedReceiver<String> {
        self.run_loop(None)
    }

    /// From here on commands are refused.
    pub fn refuses(&mut self, refusal: Refusal) {
        drop(self.run_loop(Some(refusal)));
    }

    /// From here on commands wait in the queue for ever, or, with `gone`, find nobody.
    pub fn take_queue(&mut self) -> mpsc::Receiver<CommandRequest> {
        self.requests.take().expect("nobody has taken it")
    }

    /// From here on commands are answered like this, and nothing changes.
    pub fn hears(&mut self, answer: Answer) -> mpsc::UnboundedReceiver<Action> {
        let mut requests = self.take_queue();
        let (asked, seen) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Some(request) = requests.recv().await {
                let _ = asked.send(request.command.action.clone());
                let _ = request.answer.send(answer.clone());
            }
        });
        seen
    }

    /// Answers every command; tells the keys it was given.
    fn run_loop(&mut self, refusal: Option<Refusal>) -> mpsc::UnboundedReceiver<String> {
        let mut requests = self.take_queue();
        let (keys, seen) = mpsc::unbounded_channel();
        let db = self.db.clone();
        tokio::spawn(async move {
            while let Some(request) = requests.recv().await {
                assert_eq!(request.command.actor, request.by.account);
                let _ = keys.send(request.command.key.clone());
                let answer = match refusal {
                    Some(refusal) => Answer::Refused(refusal),
                    None => carried_out(&db, &request.command.action).await,
                };
                let _ = request.answer.send(answer);
            }
        });
        seen
    }
}

async fn carried_out(db: &Db, action: &Action) -> Answer {
    let mut connection = db.connection().await.expect("a connection");
    let Some(id) = action.incident() else { return Answer::Done };
    let (set, args): (&str, Vec<Arg>) = match action {
        Action::Acknowledge { .. } => (
            "state = 'acknowledged', acknowledged_by = $5, acknowledged_at = $6, \
             acknowledged_until = $7",
            vec!["local".into(), NOON_US.into(), (NOON_US + 1_800_000_000).into()],
        ),
        Action::Resolve { outcome, note, .. } => (
            "state = 'resolved', resolved_by = 'local', resolved_at = $5, outcome = $6, note = $7",
            vec![NOON_US.into(), outcome.as_str().into(), note.clone().into()],
        ),
        // What the monitor makes of the rest is its own tests'.
        _ => ("class = class", Vec::new()),
    };
    let sql = format!(
        "UPDATE incident SET {set}, updated_position = 100 \
         WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4"
    );
    let key = vec![id.site.as_str().into(), id.kind.as_str().into(), id.place.as_str().into()];
    let args = [key, vec![id.n.into()], args].concat();
    connection.run(&sql, args).await.expect("the row is there");
    Answer::Done
}

pub async fn answered(response: axum::response::Response) -> Answered {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, 10_000_000).await.expect("a body");
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Answered { status: parts.status, headers: parts.headers, text }
}

async fn open(folder: &tempfile::TempDir) -> Store {
    let path = folder.path().join("jikimi.db");
    Store::open(&format!("sqlite:{}", path.display())).await.expect("a database")
}

pub fn moment(us: i64) -> Timestamp {
    Timestamp::from_microsecond(us).expect("a moment")
}

fn configuration() -> Configuration {
    let names = ("화재".to_owned(), "fire".to_owned());
    let fire = Situation::plain(id("fire"), names, Scope::Building);
    Configuration {
        hash: "9f2c41d07ab3e655".to_owned(),
        site: Arc::new(site()),
        rules: Vec::new(),
        situations: BTreeMap::from([(fire.id.clone(), fire)]),
        ladders: Arc::default(),
    }
}

fn site() -> Site {
    let zone = |name: &str, kind| Zone {
        id: id(&format!("3f-{name}")),
        storey: id("3f"),
        kind,
        name: format!("3층 {name}"),
        polygon: Vec::new(),
        people: None,
        places: None,
    };
    let zones = [zone("hall", ZoneKind::Hall), zone("kitchen", ZoneKind::Kitchen)];
    let device = |text: &str, mounted| Device {
        id: id(text),
        kind: None,
        mounted,
        reads: vec![Quantity::Temperature, Quantity::Motion],
        silent_after: Some(SignedDuration::from_secs(180)),
        gateway: None,
    };
    let devices = [
        device("tc-1", Mounted::Zone(id("3f-kitchen"))),
        device("tc-2", Mounted::Zone(id("3f-hall"))),
        device("h0101-pir", Mounted::Home(id("h0101"))),
    ];
    let building = Building { id: id("main"), name: "본관".to_owned() };
    let storey = Storey { id: id("3f"), building: id("main"), level: 3 };
    let home = Home { id: id("h0101"), building: id("main") };
    Site {
        crowd: jikimi::domain::Crowd::default(),
        id: id("center"),
        name: "빛고을고객센터".to_owned(),
        timezone: "Asia/Seoul".to_owned(),
        buildings: BTreeMap::from([(building.id.clone(), building)]),
        storeys: BTreeMap::from([(storey.id.clone(), storey)]),
        zones: zones.into_iter().map(|zone| (zone.id.clone(), zone)).collect(),
        homes: BTreeMap::from([(home.id.clone(), home)]),
        care: jikimi::care::Budget::default(),
        passages: vec![Passage {
            id: None,
            kind: PassageKind::Door,
            at: None,
            between: [id("3f-hall"), id("3f-kitchen")],
            length_m: 12.0,
            clear_width_m: 1.2,
            barrier_free: None,
        }],
        exits: vec![Exit {
            id: id("exit-a"),
            zone: id("3f-hall"),
            length_m: 3.0,
            clear_width_m: 1.8,
            at: None,
        }],
        signs: BTreeMap::new(),
        devices: devices.into_iter().map(|device| (device.id.clone(), device)).collect(),
        registered_only: false,
    }
}

fn id<T>(text: &str) -> jikimi::domain::Id<T> {
    text.parse().expect("an id")
}
