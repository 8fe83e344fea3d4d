//! The player against brokers that break.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")]

mod flaky_broker;

use std::collections::BTreeSet;
use std::time::Duration;

use flaky_broker::{FlakyBroker, Manners};
use jiff::{SignedDuration, Timestamp};
use jikimi_sim::clock::Clock;
use jikimi_sim::link::Broker;
use jikimi_sim::play::{Options, PlayError, Speed, play};
use jikimi_sim::recording::{Content, Line, RecordingError};

const TOPIC: &str = "jikimi/v1/usan/h0101-pir/reading";

fn first() -> Timestamp {
    "2026-01-01T00:00:00.040+09:00".parse().unwrap()
}

/// Messages numbered from 0, so far apart.
fn lines(count: i64, apart: SignedDuration) -> Vec<Result<Line, RecordingError>> {
    let message = |n: i64| {
        let received_at = first() + apart * i32::try_from(n).unwrap();
        let at = received_at - SignedDuration::from_millis(40);
        let payload = format!(r#"{{"id":"{n}","at":"{at}"}}"#).into_bytes();
        let content = Content::Message { topic: TOPIC.to_owned(), payload, retained: false };
        Ok(Line { received_at, content })
    };
    (0..count).map(message).collect()
}

fn options(broker: &FlakyBroker) -> Options {
    let broker: Broker = format!("mqtt://{}", broker.address).parse().unwrap();
    let mut options = Options::new(broker);
    options.clock_within = Duration::ZERO;
    options.speed = Some(Speed::Max);
    options.pause_min = Duration::from_micros(100);
    options.pause_max = Duration::from_millis(2);
    options
}

fn number(payload: &str) -> u64 {
    let value: serde_json::Value = serde_json::from_str(payload).unwrap();
    value["id"].as_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn every_message_arrives_however_often_the_broker_hangs_up() {
    const MESSAGES: u64 = 1_500;
    let (mut resent, mut reconnects) = (0, 0);
    for seed in 0..10 {
        println!("seed {seed}");
        let manners = Manners { messages_per_connection: 150, ..Manners::default() };
        let broker = FlakyBroker::start(seed, manners).await;
        let mut options = options(&broker);
        options.in_flight_max = [1, 7, 100, 1_000][usize::try_from(seed).unwrap() % 4];

        let lines = lines(MESSAGES.cast_signed(), SignedDuration::ZERO);
        let summary = tokio::spawn(play(options, lines)).await.unwrap().unwrap();
        assert_eq!((summary.published, summary.acknowledged), (MESSAGES, MESSAGES));

        let mut seen = BTreeSet::new();
        for connection in broker.received() {
            let numbers: Vec<u64> =
                connection.iter().map(|message| number(&message.payload)).collect();
            let in_order = numbers.windows(2).all(|pair| pair[0] < pair[1]);
            assert!(in_order, "seed {seed}: out of order: {numbers:?}");
            for (message, number) in connection.iter().zip(numbers) {
                let is_new = seen.insert(number);
                assert!(is_new || message.repeated, "seed {seed}: {number} came twice unmarked");
                assert_eq!(message.topic, TOPIC);
            }
        }
        let expected: BTreeSet<u64> = (0..MESSAGES).collect();
        assert_eq!(seen, expected, "seed {seed}: lost");
        resent += summary.resent;
        reconnects += summary.reconnects;
    }
    assert!(resent > 0 && reconnects > 0, "the broker was too polite to prove anything");
}

#[tokio::test]
async fn nothing_is_sent_before_it_is_due_by_the_services_clock() {
    let wall = jikimi_sim::clock::wall();
    let text = format!(r#"{{"now":"2026-05-05T12:00:00+09:00","wall":"{wall}","speed":600}}"#);
    let clock = Clock::parse(text.as_bytes()).unwrap();
    let broker = FlakyBroker::start(1, Manners { clock: Some(text), ..Manners::default() }).await;
    let mut options = options(&broker);
    options.clock_within = Duration::from_mins(1);
    options.speed = None;

    let apart = SignedDuration::from_secs(6);
    let summary = play(options, lines(20, apart)).await.unwrap();
    assert!(summary.service_clock);
    let start = summary.first_played_at.unwrap();
    assert!(start >= clock.now && start <= clock.at(jikimi_sim::clock::wall()));

    for (n, message) in broker.received().concat().iter().enumerate() {
        let due = start + SignedDuration::from_secs(6 * i64::try_from(n).unwrap());
        assert!(clock.at(message.at) >= due, "message {n} came too early");
        let value: serde_json::Value = serde_json::from_str(&message.payload).unwrap();
        let at: Timestamp = value["at"].as_str().unwrap().parse().unwrap();
        assert_eq!(due.duration_since(at), SignedDuration::from_millis(40));
    }
}

#[tokio::test]
async fn kept_times_are_sent_byte_for_byte() {
    let broker = FlakyBroker::start(1, Manners::default()).await;
    let mut options = options(&broker);
    options.keep_times = true;
    options.speed = Some(Speed::Times(1_000.0));
    let lines = lines(50, SignedDuration::from_secs(1));
    let sent: Vec<String> = lines
        .iter()
        .map(|line| match &line.as_ref().unwrap().content {
            Content::Message { payload, .. } => String::from_utf8(payload.clone()).unwrap(),
            Content::Input(_) => panic!("no inputs here"),
        })
        .collect();
    let summary = play(options, lines).await.unwrap();
    assert_eq!(summary.first_played_at, Some(first()));
    assert!(summary.elapsed_s >= 0.049, "played in {} s", summary.elapsed_s);
    let received: Vec<String> =
        broker.received().concat().into_iter().map(|message| message.payload).collect();
    assert_eq!(received, sent);
}

#[tokio::test]
async fn inputs_of_the_service_are_skipped_and_counted() {
    let broker = FlakyBroker::start(1, Manners::default()).await;
    let mut lines = lines(3, SignedDuration::ZERO);
    let input = serde_json::value::RawValue::from_string("{}".to_owned()).unwrap();
    let received_at = first();
    lines.insert(1, Ok(Line { received_at, content: Content::Input(input) }));
    let summary = play(options(&broker), lines).await.unwrap();
    assert_eq!((summary.acknowledged, summary.inputs_skipped), (3, 1));
}

#[tokio::test]
async fn a_broker_that_refuses_a_message_is_not_taken_for_one_that_has_it() {
    let manners = Manners { refusal: Some(0x97), ..Manners::default() };
    let broker = FlakyBroker::start(1, manners).await;
    let error = play(options(&broker), lines(3, SignedDuration::ZERO)).await.unwrap_err();
    assert!(matches!(error, PlayError::MessageRefused { reason: 0x97, .. }), "{error}");
}

#[tokio::test]
async fn a_wrong_line_ends_the_play_with_its_error() {
    let broker = FlakyBroker::start(1, Manners::default()).await;
    let mut lines = lines(3, SignedDuration::ZERO);
    let (file, line, problem) = ("a.jsonl".to_owned(), 4, "is wrong".to_owned());
    lines.push(Err(RecordingError::Line { file, line, problem, remedy: "expected a line" }));
    let error = play(options(&broker), lines).await.unwrap_err().to_string();
    assert_eq!(error, "a.jsonl, line 4: is wrong; expected a line");
}

#[tokio::test]
async fn where_nobody_listens_the_player_says_so_and_ends() {
    let broker = FlakyBroker::start(1, Manners::default()).await;
    let mut options = options(&broker);
    // Bound but not listening: nobody else gets the port, and nobody answers on it.
    let deaf = tokio::net::TcpSocket::new_v4().unwrap();
    deaf.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    options.broker = format!("mqtt://{}", deaf.local_addr().unwrap()).parse().unwrap();
    options.connect_within = Duration::ZERO;
    let error = play(options, lines(1, SignedDuration::ZERO)).await.unwrap_err();
    assert!(matches!(error, PlayError::NotConnected { .. }), "{error}");
}
