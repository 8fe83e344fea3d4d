//! Public recordings into our form: messages, labelled truth, and a configuration that fits.
//!
//! One file per source. Nothing is smoothed, filled in or left out in silence: a value that
//! cannot be used is named with its file and line, and counted.

pub mod ampds;
pub mod casas;
pub mod edge_fire;
pub mod fire_rooms;
mod home;
pub mod kasteren;
pub mod mit;
pub mod nist;
pub mod openeew;
pub mod ordonez;
mod table;
pub mod usgs;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::files::Files;
use crate::recording::{Content, Line, SEOUL, with_digits};
use crate::truth::Truth;

/// 2026-01-01T00:00 in Korea, for recordings whose own date does not matter to anybody.
const BASE_S: i64 = 1_767_193_200;
/// Nine years, by which dated recordings are moved on: a device of ours that speaks of a time
/// before 2020 has a wrong clock.
const MOVED_ON: SignedDuration = SignedDuration::from_hours(24 * 3287);
/// From the sensor to the broker.
const TRANSIT: SignedDuration = SignedDuration::from_millis(40);

/// What became of a public recording.
#[derive(Debug)]
pub struct Converted {
    pub site: String,
    pub lines: Vec<Line>,
    pub truths: Vec<Truth>,
    pub files: Files,
    /// Values that were left out, each with its place and the reason.
    pub skipped: Vec<String>,
}

/// Why a public recording could not be converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("{file}: cannot be read")]
    Read {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}: {problem}; expected {remedy}")]
    File { file: String, problem: String, remedy: String },
    #[error("{file}, line {line}: {problem}; expected {remedy}")]
    Line { file: String, line: u64, problem: String, remedy: &'static str },
    #[error("{file}: is not a table of comma-separated values")]
    Table {
        file: String,
        #[source]
        source: csv::Error,
    },
}

/// `seconds` after the beginning of recordings without a date.
fn since_base(seconds: f64) -> Option<Timestamp> {
    let passed = SignedDuration::try_from_secs_f64(seconds).ok()?;
    Timestamp::from_second(BASE_S).ok()?.checked_add(passed).ok()
}

/// The last part of a path as the id of a site, or an error that says what is wanted.
fn site_of(path: &Path) -> Result<String, ConvertError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let name = name.split('.').next().unwrap_or_default().replace('_', "-");
    let fits = (1..=64).contains(&name.len());
    if fits && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
        return Ok(name);
    }
    Err(ConvertError::File {
        file: path.display().to_string(),
        problem: format!("its name gives no id for the site (`{name}`)"),
        remedy: "a name of letters, digits, `-` and `_`".to_owned(),
    })
}

/// One reading as a device of ours would send it.
fn reading(site: &str, device: &str, at: Timestamp, seq: u64, readings: &str) -> Line {
    let topic = format!("jikimi/v1/{site}/{device}/reading");
    let when = with_digits(at, SEOUL, 3);
    let payload = format!(r#"{{"seq":{seq},"at":"{when}","readings":{{{readings}}}}}"#);
    let content = Content::Message { topic, payload: payload.into_bytes(), retained: false };
    Line { received_at: at + TRANSIT, content }
}
