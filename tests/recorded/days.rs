//! What `serve --record` wrote replays to the incidents that happened.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use jikimi::store::Row;
use jikimi_sim::day::{Script, Wishes};
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, Summary};
use jikimi_sim::recording::{Content, Line, Reader, RecordingError};
use tokio::task::JoinHandle;

use crate::lab::{ids, rows};
use crate::mosquitto::Mosquitto;
use crate::service::{Home, Service, Via, free_port, until};

/// From before a home falls silent to after the fire.
const FROM: &str = "2026-11-24T05:30:00+09:00";
const UNTIL: &str = "2026-11-24T14:40:00+09:00";
const SPEED: u32 = 700;

/// The shipped rules, situations and sites.
fn shipped() -> Vec<(PathBuf, String)> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let folders = ["rules", "situations", "sites"].map(|folder| config.join(folder));
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let files = files.map(|file| {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        (path.strip_prefix(&config).unwrap().to_owned(), text)
    });
    files.collect()
}

/// The demo's day, in that part.
fn day() -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("simulator/days/demo.day");
    let script = Script::open(path).unwrap_or_else(|error| panic!("{error}"));
    let (from, until): (Timestamp, Timestamp) = (FROM.parse().unwrap(), UNTIL.parse().unwrap());
    let lines = script.play(&Wishes::default()).lines;
    lines.into_iter().filter(|line| (from..until).contains(&line.received_at)).collect()
}

/// What the storey that burns and one home say of it. Our own broker acknowledges after each
/// commit, and an unoptimized one would be late with a whole city so much faster than it lives.
fn in_short(lines: Vec<Line>) -> Vec<Line> {
    let is_kept = |line: &Line| match &line.content {
        Content::Message { topic, .. } => topic.contains("-3f-") || topic.contains("/h0107-"),
        Content::Input(_) => true,
    };
    lines.into_iter().filter(is_kept).collect()
}

/// With what no device should send, which stands in a recording all the same.
fn with_rubbish(mut lines: Vec<Line>) -> Vec<Line> {
    let middle = lines.len() / 2;
    let again = lines[middle].clone();
    let mut unknown = lines[middle].clone();
    if let Content::Message { topic, .. } = &mut unknown.content {
        "jikimi/v1/center/nobody/reading".clone_into(topic);
    }
    let mut broken = lines[middle].clone();
    if let Content::Message { topic, payload, .. } = &mut broken.content {
        "jikimi/v1/center/heat-3f-kitchen/reading".clone_into(topic);
        *payload = b"{\"cut\":".to_vec();
    }
    lines.splice(middle..middle, [again, unknown, broken]);
    lines
}

fn play(lines: Vec<Line>, port: u16) -> JoinHandle<Summary> {
    let broker: Broker = format!("mqtt://127.0.0.1:{port}").parse().expect("a broker");
    let mut options = Options::new(broker);
    options.keep_times = true;
    let lines: Vec<Result<Line, RecordingError>> = lines.into_iter().map(Ok).collect();
    tokio::spawn(async move { play::play(options, lines).await.expect("played") })
}

/// Every piece of evidence and every move of an incident, with its moment.
pub type Facts = BTreeSet<String>;

/// Up to the last moment that was recorded: what fell due after it no recording can tell.
pub async fn happened(home: &Home) -> Facts {
    let last = recorded(home).iter().map(|line| line.received_at).max().expect("a line");
    let last = last.as_microsecond();
    let evidence = format!(
        "SELECT site || '/' || kind || '/' || place || '/' || n || ' ' || rule || ' ' || source \
         AS fact, at, CASE WHEN ended_at <= {last} THEN ended_at END AS ended_at FROM evidence \
         WHERE step_at <= {last}"
    );
    let moves = format!(
        "SELECT site || '/' || kind || '/' || place || '/' || n || ' ' || from_state || ' > ' || \
         to_state || ' ' || cause AS fact, at, NULL AS ended_at FROM transition \
         WHERE step_at <= {last}"
    );
    let mut facts = Facts::new();
    for sql in [&evidence, &moves] {
        facts.extend(rows(&home.database(), sql).await.iter().map(fact));
    }
    facts
}

/// Every line that can be read.
fn recorded(home: &Home) -> Vec<Line> {
    let lines = files(&home.path("recorded")).into_iter().flat_map(|f| Reader::open(f).unwrap());
    lines.filter_map(Result::ok).collect()
}

fn fact(row: &Row) -> String {
    let ended = row.int_or_null("ended_at").expect("a moment or none");
    format!("{} {} {ended:?}", row.text("fact").unwrap(), row.int("at").unwrap())
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = match std::fs::read_dir(folder) {
        Ok(found) => found.map(|file| file.unwrap().path()).collect(),
        Err(_) => Vec::new(),
    };
    files.sort();
    files
}

fn replay(home: &Home) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    command.arg("replay").args(files(&home.path("recorded"))).arg("--json");
    command.arg("--config").arg(home.path("config")).output().expect("it runs")
}

/// The same facts out of a replay.
pub fn replayed(home: &Home) -> Facts {
    let done = replay(home);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let micros = |value: &serde_json::Value| {
        value.as_str().map(|at| at.parse::<Timestamp>().unwrap().as_microsecond())
    };
    let mut facts = Facts::new();
    for line in String::from_utf8(done.stdout).unwrap().lines() {
        let told: serde_json::Value = serde_json::from_str(line).unwrap();
        let incident = told["incident"].as_str().unwrap();
        let word = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        facts.extend(told["evidence"].as_array().unwrap().iter().map(|of| {
            let (rule, source) = (word(&of["rule"]), word(&of["source"]));
            let (at, ended) = (micros(&of["at"]).unwrap(), micros(&of["ended_at"]));
            format!("{incident} {rule} {source} {at} {ended:?}")
        }));
        facts.extend(told["transitions"].as_array().unwrap().iter().map(|of| {
            let (from, to, cause) = (word(&of["from"]), word(&of["to"]), word(&of["cause"]));
            format!("{incident} {from} > {to} {cause} {} None", micros(&of["at"]).unwrap())
        }));
    }
    facts
}

fn compared(happened: &Facts, replayed: &Facts) {
    let missing: Vec<&String> = happened.difference(replayed).collect();
    let invented: Vec<&String> = replayed.difference(happened).collect();
    assert!(
        missing.is_empty() && invented.is_empty(),
        "not replayed: {missing:#?}\nonly in the replay: {invented:#?}"
    );
    let of = |kind: &str| happened.iter().any(|fact| fact.contains(kind));
    assert!(of("center/fire/main/1") && of("usan/stillness/h0107/1"), "{happened:#?}");
    assert!(of(" acknowledged") && of(" resolved"), "{happened:#?}");
}

/// Lives the day, with a person who acknowledges and resolves the fire and a restart in between.
async fn lived(home: &Home, port: u16, day: Vec<Line>) -> Service {
    let clock = format!("{FROM}@{SPEED}");
    let service = Service::up(home, Some(&clock)).await;
    let playing = play(with_rubbish(day), port);
    let fire = until("the fire burns", || async {
        let page = service.try_get("/api/v1/incidents?state=open&kind=fire").await.ok()?;
        ids(&page).first().cloned()
    })
    .await;
    let path = format!("/api/v1/incidents/{fire}/acknowledge");
    let (status, said) = service.post(&path, "seen", None).await.expect("an answer");
    assert_eq!(status, 200, "{said}");
    service.stop().await;
    let service = Service::up(home, Some(&clock)).await;
    let summary = playing.await.expect("played to its end");
    assert_eq!(summary.acknowledged, summary.published);
    let outcome = serde_json::json!({ "outcome": "real", "note": "the tenant's name is Kim" });
    let path = format!("/api/v1/incidents/{fire}/resolve");
    let (status, said) = service.post(&path, "over", Some(outcome)).await.expect("an answer");
    assert_eq!(status, 200, "{said}");
    service
}

fn recording(via: Via, homes: &[&str]) -> Home {
    let mut home = Home::new(&shipped(), via);
    home.arguments = vec!["--record".to_owned(), home.path("recorded").display().to_string()];
    home.arguments.extend(homes.iter().map(|word| (*word).to_owned()));
    home
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_mosquitto_replays_to_what_happened() {
    let broker = Mosquitto::start();
    let home = recording(Via::Broker(broker.port()), &["--record-homes"]);
    lived(&home, broker.port(), day()).await.stop().await;
    assert!(files(&home.path("recorded")).len() >= 2, "one of each run");
    compared(&happened(&home).await, &replayed(&home));
    let lines = recorded(&home);
    let said = |line: &Line| match &line.content {
        Content::Message { payload, .. } => String::from_utf8_lossy(payload).into_owned(),
        Content::Input(input) => input.get().to_owned(),
    };
    let count = |text: &str| lines.iter().filter(|line| said(line).contains(text)).count();
    assert_eq!((count("{\"cut\":"), count("acknowledge"), count("Kim")), (1, 1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_at_our_own_broker_replays_to_what_happened_even_if_it_was_killed_in_the_end() {
    let port = free_port();
    let home = recording(Via::Embedded(port), &["--record-homes"]);
    let service = lived(&home, port, in_short(day())).await;
    until("all of it is on the disk", || async {
        let resolved = |line: &Line| {
            matches!(&line.content, Content::Input(input) if input.get().contains("resolve"))
        };
        recorded(&home).iter().any(resolved).then_some(())
    })
    .await;
    service.kill().await;
    compared(&happened(&home).await, &replayed(&home));
    let said = String::from_utf8(replay(&home).stderr).unwrap();
    assert!(said.contains("was killed; read up to there"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn homes_are_left_out_unless_named() {
    let port = free_port();
    let home = recording(Via::Embedded(port), &["--record-home", "h0107"]);
    let service = Service::up(&home, Some("2026-11-24T12:00:00+09:00@1")).await;
    let lines = ["center/heat-3f-kitchen", "usan/h0107-pir", "usan/h0108-pir", "usan/x"];
    let lines = lines.map(|from| {
        let payload = "{\"id\":\"1\",\"readings\":{\"temperature\":20.5}}";
        crate::lab::line(&format!("jikimi/v1/{from}/reading"), payload)
    });
    crate::lab::send(port, lines.to_vec()).await;
    service.stop().await;
    let topics: BTreeSet<String> = recorded(&home)
        .into_iter()
        .filter_map(|line| match line.content {
            Content::Message { topic, .. } => Some(topic),
            Content::Input(_) => None,
        })
        .collect();
    let expected = ["jikimi/v1/center/heat-3f-kitchen/reading", "jikimi/v1/usan/h0107-pir/reading"];
    assert_eq!(topics.into_iter().collect::<Vec<_>>(), expected);
}
