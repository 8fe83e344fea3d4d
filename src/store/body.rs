//! An input as the row that keeps it: columns for what is looked up, and a body for the rest.
//!
//! Messages are nearly all of the log, so theirs is a body of its own, in which nothing stands
//! that a column says and nothing that is as usual. Every other input is written as it is. What is
//! read back is the input that was stepped, to the bit.
//!
//! A change of this form is a migration, since the log outlives the version that wrote it.

use serde::{Deserialize, Serialize};

use super::db::Row;
use super::recall::{corrupt, named, word};
use super::{StoreError, commit::json};
use crate::domain::time::Timestamp;
use crate::domain::{Content, Input, Message, MessageKey, TimeQuality};
use crate::monitor::Noted;

/// What a message's row does not say in columns. One letter a name, since there are millions.
#[derive(Serialize)]
struct Written<'a> {
    k: &'a MessageKey,
    v: &'a Content,
    /// Battery, in percent.
    #[serde(skip_serializing_if = "Option::is_none")]
    b: Option<f64>,
    /// What its own clock said, where that is not what one would think; [`NOTHING`] for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    c: Option<i64>,
    /// Its time and the quality of that, where the monitor settled on another.
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<TimeQuality>,
    /// Replayed by the broker from its memory.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    r: bool,
    /// Delivered again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    p: bool,
}

/// The same, to be read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    k: MessageKey,
    v: Content,
    b: Option<f64>,
    c: Option<i64>,
    a: Option<i64>,
    q: Option<TimeQuality>,
    #[serde(default)]
    r: bool,
    #[serde(default)]
    p: bool,
}

/// No moment: the first one there is.
const NOTHING: i64 = i64::MIN;

/// The moment in a message's row, and how far it is believed: what the monitor settled on.
pub(super) fn settled(message: &Message, noted: Option<Noted>) -> (Timestamp, TimeQuality) {
    noted.map_or((message.at, message.quality), |noted| (noted.at, noted.quality))
}

/// The body of an input's row.
pub(super) fn body(input: &Input, noted: Option<Noted>) -> Result<String, StoreError> {
    let Input::Message(message) = input else { return json(input) };
    // Whoever gives a message more to say finds out here where that is to be kept.
    let Message {
        device: _,
        kind: _,
        received_at: _,
        claimed_at,
        at,
        quality,
        retained,
        repeated,
        key,
        content,
        battery_percent,
    } = message;
    let settled = settled(message, noted);
    let claimed = (*claimed_at != usually_claimed(*at, *quality))
        .then(|| claimed_at.map_or(NOTHING, Timestamp::as_microsecond));
    json(&Written {
        k: key,
        v: content,
        b: *battery_percent,
        c: claimed,
        a: (*at != settled.0).then(|| at.as_microsecond()),
        q: (*quality != settled.1).then_some(*quality),
        r: *retained,
        p: *repeated,
    })
}

/// What a device's clock has said where its message has this time.
fn usually_claimed(at: Timestamp, quality: TimeQuality) -> Option<Timestamp> {
    match quality {
        TimeQuality::Device | TimeQuality::Late => Some(at),
        TimeQuality::Receipt | TimeQuality::Clamped | TimeQuality::WrongClock => None,
    }
}

/// The input of a row with the columns `kind, device, received_at, at, quality, body`.
///
/// # Errors
/// If the row holds what this version does not know.
pub fn input_of(row: &Row) -> Result<Input, StoreError> {
    let body = row.text("body")?;
    if row.text_or_null("device")?.is_none() {
        return serde_json::from_str(&body).map_err(corrupt("input"));
    }
    let kept: Kept = serde_json::from_str(&body).map_err(corrupt("message"))?;
    let moment = |micros| Timestamp::from_microsecond(micros).map_err(corrupt("moment"));
    let at = kept.a.map_or_else(|| row.moment("at"), moment)?;
    let quality = kept.q.map_or_else(|| word(row, "quality"), Ok)?;
    let claimed_at = match kept.c {
        None => usually_claimed(at, quality),
        Some(NOTHING) => None,
        Some(micros) => Some(moment(micros)?),
    };
    Ok(Input::Message(Message {
        device: named(row, "device")?,
        kind: word(row, "kind")?,
        received_at: row.moment("received_at")?,
        claimed_at,
        at,
        quality,
        retained: kept.r,
        repeated: kept.p,
        key: kept.k,
        content: kept.v,
        battery_percent: kept.b,
    }))
}
