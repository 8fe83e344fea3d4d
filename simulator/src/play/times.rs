//! Moves a message's times without touching anything else in it.
//!
//! Only the native dialect's `at` is moved, as text in its place: the payload keeps its spaces,
//! its order of keys and its digits, so that a moved recording differs in nothing but its times.
//! An `at` without an offset says nothing about when it was, and is left alone.

use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::recording::with_digits;

const PARSER: DateTimeParser = DateTimeParser::new();

/// How far to move so that `first` becomes `now`: whole milliseconds, since most devices give
/// their time to the millisecond and what they said is to stay exactly as far from its receipt.
pub fn shift(first: Timestamp, now: Timestamp) -> SignedDuration {
    let micros = now.as_microsecond() - first.as_microsecond();
    SignedDuration::from_millis(micros.div_euclid(1_000))
}

pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}

/// Whether this topic carries the native payload with its `at`.
fn is_native(topic: &str) -> bool {
    let mut levels = topic.split('/');
    levels.next() == Some("jikimi")
        && levels.next() == Some("v1")
        && matches!(levels.nth(2), Some("reading" | "alarm" | "waveform"))
        && levels.next().is_none()
}

/// The payload with its `at` moved; `None` if there is nothing to move.
pub fn move_payload(topic: &str, payload: &[u8], by: SignedDuration) -> Option<Vec<u8>> {
    if by.is_zero() || !is_native(topic) {
        return None;
    }
    let from = serde_json::from_slice::<Native<'_>>(payload).ok()?.at.get();
    let text: &str = serde_json::from_str(from).ok()?;
    let (at, offset) = parse(text)?;
    let moved = with_digits(later(at, by), offset, fraction_digits(text).max(3));
    // The raw value points into the payload, so its distance from the start is its place.
    let start = from.as_ptr() as usize - payload.as_ptr() as usize;
    let mut out = Vec::with_capacity(payload.len() + 8);
    out.extend_from_slice(&payload[..=start]);
    out.extend_from_slice(moved.as_bytes());
    out.extend_from_slice(&payload[start + from.len() - 1..]);
    Some(out)
}

#[derive(Deserialize)]
struct Native<'a> {
    #[serde(borrow)]
    at: &'a RawValue,
}

fn parse(text: &str) -> Option<(Timestamp, Offset)> {
    let at: Timestamp = text.parse().ok()?;
    let offset = PARSER.parse_pieces(text).ok()?.to_numeric_offset()?;
    Some((at, offset))
}

fn fraction_digits(text: &str) -> u8 {
    let fraction = text.split_once(['.', ',']).map_or("", |(_, fraction)| fraction);
    let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
    u8::try_from(digits.min(9)).unwrap_or(9)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "jikimi/v1/usan/h0101-pir/reading";

    fn move_text(payload: &str, by: SignedDuration) -> String {
        let moved = move_payload(TOPIC, payload.as_bytes(), by);
        String::from_utf8(moved.unwrap_or_else(|| payload.as_bytes().to_vec())).unwrap()
    }

    #[test]
    fn only_the_time_changes_and_keeps_its_offset_and_digits() {
        let hour = SignedDuration::from_hours(1);
        for (given, expected) in [
            (
                r#"{ "at" : "2026-11-24T14:03:07.120+09:00", "readings":{"t":23.40} }"#,
                r#"{ "at" : "2026-11-24T15:03:07.120+09:00", "readings":{"t":23.40} }"#,
            ),
            (r#"{"at":"2026-11-24T23:30:00Z"}"#, r#"{"at":"2026-11-25T00:30:00.000+00:00"}"#),
            (
                r#"{"x":{"at":"1"},"at":"2026-11-24T14:03:07.1203450-05:00"}"#,
                r#"{"x":{"at":"1"},"at":"2026-11-24T15:03:07.1203450-05:00"}"#,
            ),
        ] {
            assert_eq!(move_text(given, hour), expected);
        }
    }

    #[test]
    fn what_says_no_instant_is_left_alone() {
        let hour = SignedDuration::from_hours(1);
        for payload in [
            r#"{"at":"2026-11-24T14:03:07"}"#,
            r#"{"at":1764000000}"#,
            r#"{"seq":1}"#,
            "online",
            "",
            "[1]",
        ] {
            assert_eq!(move_text(payload, hour), payload);
        }
    }

    #[test]
    fn other_dialects_and_other_topics_are_left_alone() {
        let payload = br#"{"at":"2026-11-24T14:03:07+09:00"}"#;
        for topic in ["zigbee2mqtt/lamp", "jikimi/v1/s/d/status", "jikimi/v1/s/sign/x/shown"] {
            assert_eq!(move_payload(topic, payload, SignedDuration::from_secs(1)), None);
        }
    }

    #[test]
    fn the_distance_between_a_time_and_its_receipt_survives_the_move() {
        let received: Timestamp = "2026-01-01T00:00:00.040017+09:00".parse().unwrap();
        let now: Timestamp = "2026-11-24T08:00:00.123456Z".parse().unwrap();
        let by = shift(received, now);
        let behind = now.duration_since(later(received, by));
        assert!(behind >= SignedDuration::ZERO && behind < SignedDuration::from_millis(1));
        let moved = move_text(r#"{"at":"2026-01-01T00:00:00+09:00"}"#, by);
        let at = moved.trim_start_matches(r#"{"at":""#).trim_end_matches(r#""}"#);
        let at: Timestamp = at.parse().unwrap();
        assert_eq!(later(received, by).duration_since(at), SignedDuration::from_micros(40_017));
    }
}
