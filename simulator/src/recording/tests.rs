//! Recordings that are read as they were written, and those that are refused.

use super::*;

fn read(text: &str) -> Vec<Result<Line, RecordingError>> {
    Reader::new("memory.jsonl", std::io::Cursor::new(text.as_bytes().to_vec())).collect()
}

fn message(topic: &str, payload: &[u8]) -> Line {
    let received_at = "2026-11-24T14:03:07.310250+09:00".parse().unwrap();
    let (topic, payload) = (topic.to_owned(), payload.to_vec());
    Line { received_at, content: Content::Message { topic, payload, retained: false } }
}

fn payloads(lines: &[Line]) -> Vec<Vec<u8>> {
    lines
        .iter()
        .map(|line| match &line.content {
            Content::Message { payload, .. } => payload.clone(),
            Content::Input(input) => input.get().as_bytes().to_vec(),
        })
        .collect()
}

/// JSON of every kind, what only looks like JSON, and what is none.
const PAYLOADS: &[&[u8]] = &[
    br#"{"id":"a","readings":{"temperature":23.40}}"#,
    b"{\"name\": \"\\ud55c\xed\x95\x9c\",  \"n\":1e3}",
    b"null",
    b"true",
    b"23.10",
    b"\"text\"",
    b"[1,2]",
    b" 1",
    b"1 ",
    b"{\n\"a\": 1\n}",
    b"online",
    b"",
    b"\x00\xff\xfe",
    b"{\"cut\":",
    b"1 2",
];

#[test]
fn what_was_written_comes_back_byte_for_byte_in_all_three_forms() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["day.jsonl", "day.jsonl.gz", "day.jsonl.zst"] {
        let path = folder.path().join(name);
        let mut writer = Writer::create(&path).unwrap();
        for payload in PAYLOADS {
            writer.write(&message("jikimi/v1/s/d/\"reading\"", payload)).unwrap();
        }
        assert_eq!(writer.finish().unwrap(), PAYLOADS.len() as u64);

        let lines: Vec<Line> = Reader::open(&path).unwrap().map(Result::unwrap).collect();
        assert_eq!(payloads(&lines), PAYLOADS, "{name}");
        for line in &lines {
            assert_eq!(line.received_at.as_microsecond(), 1_795_496_587_310_250);
            let Content::Message { topic, .. } = &line.content else { panic!("not a message") };
            assert_eq!(topic, "jikimi/v1/s/d/\"reading\"");
        }
    }
}

#[test]
fn instants_are_written_with_koreas_offset_and_microseconds() {
    let mut text = Vec::new();
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    text.extend_from_slice(written(at).as_bytes());
    assert_eq!(text, b"2026-01-01T09:00:00.000000+09:00");
}

#[test]
fn instants_are_cut_to_whole_microseconds_also_before_1970() {
    let lines = read(concat!(
        r#"{"received_at":"2026-01-01T00:00:00.1234567Z","topic":"t","payload":1}"#,
        "\n",
        r#"{"received_at":"1969-12-31T23:59:59.9999999Z","topic":"t","payload":1}"#,
    ));
    let instants: Vec<_> =
        lines.iter().map(|line| line.as_ref().unwrap().received_at.as_nanosecond()).collect();
    assert_eq!(instants, [1_767_225_600_123_456_000, -1_000]);
}

#[test]
fn retained_and_input_lines_survive_a_round_trip() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.jsonl.zst");
    let mut writer = Writer::create(&path).unwrap();
    let mut line = message("jikimi/v1/s/d/status", b"online");
    if let Content::Message { retained, .. } = &mut line.content {
        *retained = true;
    }
    writer.write(&line).unwrap();
    let input = RawValue::from_string("{\"a\":\n 1.50}".to_owned()).unwrap();
    writer.write(&Line { content: Content::Input(input), ..line }).unwrap();
    writer.finish().unwrap();

    let lines: Vec<Line> = Reader::open(&path).unwrap().map(Result::unwrap).collect();
    assert!(matches!(&lines[0].content, Content::Message { retained: true, .. }));
    let Content::Input(input) = &lines[1].content else { panic!("the input is lost") };
    assert_eq!(input.get(), r#"{"a":1.5}"#);
}

#[test]
fn a_wrong_line_is_named_and_the_next_one_is_still_read() {
    let good = r#"{"received_at":"2026-01-01T00:00:00+09:00","topic":"t","payload":1}"#;
    let wrong = [
        (r#"{"received_at":"2026-01-01T00:00:00+09:00""#, "EOF while parsing"),
        (r#"{"received_at":"2026-01-01T00:00:00","topic":"t","payload":1}"#, "with its offset"),
        (r#"{"received_at":"2026-01-01T00:00:00Z","topic":"t"}"#, "carries only `topic`"),
        (r#"{"received_at":"2026-01-01T00:00:00Z"}"#, "neither a message nor an input"),
        (r#"{"received_at":"2026-01-01T00:00:00Z","payload":1}"#, "carries only `payload`"),
        (
            r#"{"received_at":"2026-01-01T00:00:00Z","topic":"t","payload":1,"input":2}"#,
            "carries `topic` and `payload` and `input` together",
        ),
        (
            r#"{"received_at":"2026-01-01T00:00:00Z","topic":"t","payload_base64":"*"}"#,
            "is not base64",
        ),
        (
            r#"{"received_at":"2026-01-01T00:00:00Z","topic":"t","payload_b64":""}"#,
            "unknown field `payload_b64`",
        ),
        (r#"{"topic":"t","payload":1}"#, "missing field `received_at`"),
    ];
    for (line, expected) in wrong {
        let lines = read(&format!("{good}\n\n{line}\n{good}\n"));
        assert_eq!(lines.len(), 3, "{line}");
        let error = lines[1].as_ref().unwrap_err().to_string();
        assert!(error.starts_with("memory.jsonl, line 3: "), "{error}");
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("expected "), "{error}");
        assert!(lines[2].is_ok());
    }
}

#[test]
fn a_compressed_file_that_was_cut_is_an_error_not_an_end() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.jsonl.gz", "a.jsonl.zst"] {
        let path = folder.path().join(name);
        let mut writer = Writer::create(&path).unwrap();
        for n in 0..2_000 {
            writer.write(&message("t", n.to_string().as_bytes())).unwrap();
        }
        writer.finish().unwrap();
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        let last = Reader::open(&path).unwrap().last().unwrap();
        assert!(matches!(last, Err(RecordingError::Read { .. })), "{name}");
    }
}

#[test]
fn a_file_that_is_not_a_recording_by_its_name_is_refused() {
    let error = Reader::open("day.csv").err().unwrap().to_string();
    assert_eq!(
        error,
        "day.csv: is not a recording by its name; expected .jsonl, .jsonl.gz or .jsonl.zst"
    );
}
