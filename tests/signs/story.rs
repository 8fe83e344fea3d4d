//! A kitchen burns, the stair beside it fills with smoke, then the other one, and the first clears.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use jikimi_sim::link::Broker;
use jikimi_sim::play::{self, Options, Speed};
use jikimi_sim::recording::{Content, Line, RecordingError};

/// Service time runs so much faster: two seconds of it are four tenths.
pub const SPEED: u32 = 5;
/// The fire, the first stair, the second, and the first open again; smoke in the corridor beside
/// a closed stair changes nothing.
pub const CHANGES: usize = 4;

/// Seconds, device, quantity, value.
const STORY: &[(i64, &str, &str, f64)] = &[
    (0, "heat-3f-kitchen", "temperature", 24.0),
    (5, "heat-3f-kitchen", "temperature", 71.0),
    (11, "heat-3f-kitchen", "temperature", 84.0),
    (30, "multi-3f-stair-a", "smoke", 18.0),
    (38, "smoke-3f-west", "smoke", 22.0),
    (42, "multi-3f-stair-a", "smoke", 26.0),
    (50, "smoke-3f-west", "smoke", 31.0),
    (56, "multi-2f-stair-b", "smoke", 15.0),
    (68, "multi-2f-stair-b", "smoke", 24.0),
    (84, "smoke-3f-west", "smoke", 0.4),
    (92, "multi-3f-stair-a", "smoke", 0.3),
    (125, "heat-3f-kitchen", "temperature", 90.0),
];

/// The shipped center, with the rules for fires alone.
pub fn files() -> Vec<(PathBuf, String)> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    ["sites/center.toml", "rules/fire.toml", "situations/fire.toml"]
        .map(|path| (PathBuf::from(path), std::fs::read_to_string(config.join(path)).unwrap()))
        .to_vec()
}

/// Tells it at the pace of the service's clock; all of it has been stored afterwards.
pub async fn play(port: u16) {
    let line = |(number, (seconds, device, quantity, value)): (usize, &(i64, &str, &str, f64))| {
        let topic = format!("jikimi/v1/center/{device}/reading");
        let payload = format!(r#"{{"id":"s-{number}","readings":{{"{quantity}":{value}}}}}"#);
        message(*seconds, topic, payload)
    };
    send(port, STORY.iter().enumerate().map(line).collect(), None).await;
}

/// Says one thing, at once.
pub async fn say(port: u16, topic: &str, payload: &str) {
    let line = message(0, topic.to_owned(), payload.to_owned());
    send(port, vec![line], Some(Speed::Max)).await;
}

fn message(seconds: i64, topic: String, payload: String) -> Line {
    let received_at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds);
    let content = Content::Message { topic, payload: payload.into(), retained: false };
    Line { received_at, content }
}

async fn send(port: u16, lines: Vec<Line>, speed: Option<Speed>) {
    let broker: Broker = format!("mqtt://127.0.0.1:{port}").parse().unwrap();
    let mut options = Options::new(broker);
    "story".clone_into(&mut options.client_id);
    options.speed = speed;
    let lines = lines.into_iter().map(Ok::<_, RecordingError>);
    let summary = play::play(options, lines).await.unwrap();
    assert_eq!(summary.acknowledged, summary.published);
}
