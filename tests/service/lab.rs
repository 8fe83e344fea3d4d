//! A small site to try things on: one building, two rooms, one rule of each sort.

use std::path::PathBuf;

use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, Speed, Summary};
use jikimi_sim::recording::{Content, Line, RecordingError};
use serde_json::Value;

use jikimi::store::{Arg, Db, Row};

const SITE: &str = r#"
id = "lab"
name = "lab"
timezone = "Asia/Seoul"
building = [{ id = "house", name = "house" }]
storey = [{ id = "1f", building = "house", level = 1 }]
zone = [
  { id = "hall", storey = "1f", kind = "hall" },
  { id = "room", storey = "1f", kind = "room" },
]
passage = [{ between = ["hall", "room"], length_m = 4.0, clear_width_m = 0.9 }]
exit = [{ id = "door", zone = "hall", length_m = 2.0, clear_width_m = 0.9 }]
device = [
  { id = "heat-1", zone = "room", reads = ["temperature"] },
  { id = "heat-2", zone = "room", reads = ["temperature"] },
  { id = "call-1", zone = "hall", reads = ["call_point"] },
  { id = "damp-1", zone = "hall", reads = ["humidity"] },
]
"#;

const ELSEWHERE: &str = r#"
id = "elsewhere"
name = "elsewhere"
timezone = "Asia/Seoul"
building = [{ id = "shed", name = "shed" }]
storey = [{ id = "ground", building = "shed", level = 1 }]
zone = [{ id = "inside", storey = "ground", kind = "room" }]
exit = [{ id = "gate", zone = "inside", length_m = 2.0, clear_width_m = 0.9 }]
device = [{ id = "heat-9", zone = "inside", reads = ["temperature"] }]
"#;

const RULES: &str = r#"
[[rule]]
id = "heat"
detector = "threshold"
situation = "fire"
class = "alarm"
level = "critical"
watches = { quantity = "temperature" }
unit = "celsius"
start = 57.0
stop = 50.0
hold_s = 4
because = "a test"

[[rule]]
id = "call-point"
detector = "threshold"
situation = "fire"
class = "alarm"
level = "critical"
watches = { quantity = "call_point" }
unit = "flag"
start = 1.0
stop = 0.5
because = "a test"

[[rule]]
id = "planted"
detector = "planted_panic"
fault = "planted"
class = "trouble"
level = "attention"
watches = { quantity = "humidity" }
unit = "percent"
panics_at = 66.6
arms_at = 77.7
deadline_s = 1
because = "a test"
"#;

const FIRE: &str = "id = \"fire\"\nname = \"화재\"\nname_en = \"Fire\"\nscope = \"building\"\n";

/// A test on each engine: `mod name` with the function of that name, which takes an engine.
macro_rules! on_both_engines {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                super::$name(crate::service::Engine::Sqlite).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                let url = crate::postgres::Postgres::shared().database();
                super::$name(crate::service::Engine::Postgres(url)).await;
            }
        }
    )+};
}
pub(crate) use on_both_engines;

pub fn files() -> Vec<(PathBuf, String)> {
    [
        ("sites/lab.toml", SITE),
        ("sites/elsewhere.toml", ELSEWHERE),
        ("rules/rules.toml", RULES),
        ("situations/fire.toml", FIRE),
    ]
    .map(|(path, text)| (PathBuf::from(path), text.to_owned()))
    .to_vec()
}

/// A line with this payload, whatever it is.
pub fn line(topic: &str, payload: impl Into<Vec<u8>>) -> Line {
    let (topic, payload) = (topic.to_owned(), payload.into());
    let content = Content::Message { topic, payload, retained: false };
    Line { received_at: jiff::Timestamp::UNIX_EPOCH, content }
}

/// Sends lines as fast as the broker takes them; each has been acknowledged afterwards.
pub async fn send(port: u16, lines: Vec<Line>) -> Summary {
    let broker: Broker = format!("mqtt://127.0.0.1:{port}").parse().expect("a broker");
    let mut options = Options::new(broker);
    options.keep_times = true;
    options.speed = Some(Speed::Max);
    options.client_id = String::from("sender");
    let lines = lines.into_iter().map(Ok::<_, RecordingError>);
    let summary = play::play(options, lines).await.expect("sent");
    assert_eq!(summary.acknowledged, summary.published);
    summary
}

/// Rows of a running service's database.
pub async fn rows(database: &str, sql: &str) -> Vec<Row> {
    let db = Db::open(database).await.expect("the database opens");
    let rows = db.all(sql, Vec::<Arg>::new()).await.expect("rows");
    db.close().await;
    rows
}

pub async fn count(database: &str, sql: &str) -> i64 {
    rows(database, sql).await[0].int("n").expect("a number")
}

/// The incidents of a page, by id.
pub fn ids(page: &Value) -> Vec<String> {
    let items = page["incidents"].as_array().cloned().unwrap_or_default();
    items.iter().filter_map(|item| item["id"].as_str().map(str::to_owned)).collect()
}
