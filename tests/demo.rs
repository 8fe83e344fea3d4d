//! `jikimi demo` as someone runs it who has just built it.

#![cfg(feature = "embedded-broker")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "support/service.rs"]
mod service;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Output, Stdio};

use serde_json::Value;
use service::{PATIENCE, until};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// A demo that runs.
struct Demo {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
    /// What it said before its last line of the beginning.
    beginning: Vec<String>,
    url: String,
}

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    // From a folder without a configuration: it brings its own.
    command.arg("demo").args(arguments).arg("--dir").arg(dir).current_dir("/");
    command.kill_on_drop(true);
    command
}

impl Demo {
    async fn starts(dir: &Path, arguments: &[&str]) -> Self {
        let arguments = [&["--port", "0"], arguments].concat();
        let mut child = command(dir, &arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let (mut beginning, mut url) = (Vec::new(), None);
        while let Some(line) = next(&mut said).await {
            url = url.or_else(|| Some(line.strip_prefix("jikimi listens on ")?.to_owned()));
            let last = line.starts_with("Ctrl-C");
            beginning.push(line);
            if last {
                break;
            }
        }
        Self { child, said, beginning, url: url.expect("it says where it listens") }
    }

    async fn get(&self, path: &str) -> Value {
        let answer = reqwest::get(format!("{}{path}", self.url)).await.unwrap();
        answer.json().await.unwrap()
    }

    async fn incident(&self, kind: &str) -> Option<Value> {
        let page = self.get(&format!("/api/v1/incidents?kind={kind}")).await;
        page["incidents"].as_array().unwrap().first().cloned()
    }

    /// How many inputs of the center it has stored.
    async fn last_input(&self) -> Option<u64> {
        let site = self.get("/api/v1/sites/center").await;
        site["last_input"]["position"].as_u64()
    }

    /// Until it has said this.
    async fn says(&mut self, beginning: &str) {
        while let Some(line) = next(&mut self.said).await {
            if line.starts_with(beginning) {
                return;
            }
        }
        panic!("it ended without a word of `{beginning}`");
    }

    /// As Ctrl-C does.
    async fn interrupted(mut self) {
        let pid = self.child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-INT", &pid]).status().await.unwrap().success());
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        let status = ended.expect("it ends in time").unwrap();
        assert_eq!(status.code(), Some(0), "{status}");
    }
}

async fn next(said: &mut Lines<BufReader<ChildStdout>>) -> Option<String> {
    tokio::time::timeout(PATIENCE, said.next_line()).await.expect("it says so in time").unwrap()
}

async fn output(dir: &Path, arguments: &[&str]) -> Output {
    let ended = tokio::time::timeout(PATIENCE, command(dir, arguments).output()).await;
    ended.expect("it ends in time").unwrap()
}

fn text(of: &Value) -> String {
    of.as_str().unwrap_or_default().to_owned()
}

/// A way out of every zone, a sign at every decision point, none round, none through the fire.
fn leads_out(evacuation: &Value) {
    let all = |name: &str| evacuation[name].as_array().cloned().unwrap_or_default();
    let closed: BTreeSet<String> = all("hazards").iter().map(|of| text(&of["zone"])).collect();
    assert!(closed.contains("3f-kitchen"), "{closed:?}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sites/center.toml");
    let file: toml::Table = std::fs::read_to_string(file).unwrap().parse().unwrap();
    let ids = |name: &str| -> BTreeSet<String> {
        let tables = file[name].as_array().unwrap().iter();
        tables.map(|table| table["id"].as_str().unwrap().to_owned()).collect()
    };
    let from: BTreeSet<String> = all("routes").iter().map(|route| text(&route["from"])).collect();
    assert_eq!(from, ids("zone"), "a route for every zone");
    for route in all("routes") {
        let zones: Vec<String> = route["zones"].as_array().unwrap().iter().map(text).collect();
        let different: BTreeSet<&String> = zones.iter().collect();
        assert_eq!(different.len(), zones.len(), "{zones:?} comes by a place twice");
        let through = zones.iter().skip(1).find(|zone| closed.contains(*zone));
        assert_eq!(through, None, "{zones:?}");
    }
    let signs: BTreeSet<String> = all("signs").iter().map(|sign| text(&sign["sign"])).collect();
    assert_eq!(signs, ids("sign"), "a sign for every decision point");
    let leads: BTreeMap<String, String> =
        all("signs").iter().map(|sign| (text(&sign["zone"]), text(&sign["toward"]))).collect();
    for start in leads.keys() {
        let mut seen = BTreeSet::from([start]);
        let mut next = leads.get(start);
        while let Some(zone) = next {
            assert!(seen.insert(zone), "signs lead round from {start}: {leads:?}");
            next = leads.get(zone);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_shows_the_fire_and_the_way_out_and_goes_on_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let demo = Demo::starts(&dir, &["--speed", "60"]).await;
    assert!(demo.beginning.iter().any(|line| line.starts_with("it is 13:57")), "the eve");

    let fire = until("it burns, as several devices see it, and it is sure", || async {
        let fire = demo.incident("fire").await?;
        let fire = demo.get(&format!("/api/v1/incidents/{}", text(&fire["id"]))).await;
        let evidence = fire["evidence"].as_array()?.iter();
        let devices = evidence.flat_map(|of| of["devices"].as_array().cloned().unwrap_or_default());
        let devices = devices.map(|device| text(&device)).collect::<BTreeSet<_>>().len();
        (devices >= 2 && fire["level"] == "critical").then_some(fire)
    })
    .await;
    assert_eq!(fire["place"], "main");
    let still = demo.incident("stillness").await.expect("somebody is still");
    assert_eq!(still["place"], "h0107");
    until("every sign has said that it shows what it was told", || async {
        let evacuation = demo.get("/api/v1/sites/center/evacuation").await;
        leads_out(&evacuation);
        let signs = evacuation["signs"].as_array()?;
        signs.iter().all(|sign| sign["confirmed"] == true).then_some(())
    })
    .await;
    let nobody: Vec<Value> = demo.get("/api/v1/dead-letters").await["dead_letters"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert!(nobody.is_empty(), "{nobody:?}");

    // A second one beside it has no place.
    let beside = output(&dir, &["--port", "0"]).await;
    assert_eq!(beside.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&beside.stderr).into_owned();
    assert!(complaint.contains("another jikimi demo runs in"), "{complaint}");
    let port = demo.url.rsplit(':').next().unwrap();
    let elsewhere = output(&folder.path().join("other"), &["--port", port]).await;
    assert_eq!(elsewhere.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&elsewhere.stderr).into_owned();
    assert!(complaint.contains("in use") && complaint.contains("--port"), "{complaint}");
    demo.interrupted().await;

    // Later the same day.
    let demo = Demo::starts(&dir, &[]).await;
    let goes_on = demo.beginning.iter().any(|line| line.contains(", where it was left"));
    assert!(goes_on, "{:?}", demo.beginning);
    let again = demo.incident("fire").await.expect("it is known");
    assert_eq!((&again["id"], &again["opened_at"]), (&fire["id"], &fire["opened_at"]));
    let reached = demo.last_input().await;
    until("the day goes on", || async { (demo.last_input().await > reached).then_some(()) }).await;
    assert!(demo.incident("unwatched").await.is_none(), "time stood still meanwhile");
    demo.interrupted().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_fire_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = Demo::starts(folder.path(), &["--without", "fire", "--speed", "10000"]).await;
    demo.says("the day is over").await;
    assert!(demo.incident("fire").await.is_none());
    assert!(demo.incident("stillness").await.is_some());
    let evacuation = demo.get("/api/v1/sites/center/evacuation").await;
    assert_eq!((&evacuation["guiding"], &evacuation["epoch"]), (&false.into(), &0.into()));
    demo.interrupted().await;

    // An evening that does not pass.
    let mut demo = Demo::starts(folder.path(), &[]).await;
    demo.says("the day is over").await;
    demo.interrupted().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_cannot_be_written_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let ended = output(&file.join("demo"), &["--port", "0"]).await;
    assert_eq!(ended.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(complaint.contains("cannot be written") && complaint.contains("--dir"), "{complaint}");
}
