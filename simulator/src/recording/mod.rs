//! Recordings: what a broker saw, one JSON object a line.
//!
//! A line is a message of any dialect, or one of the service's other inputs. Payloads are never
//! interpreted here: what was JSON stays the very bytes it was, everything else travels as
//! base64. Plain, gzip and Zstandard files are told apart by their names.
//!
//! Whoever writes calls [`Writer::finish`]; a writer that is merely dropped leaves a cut file.

mod reader;
mod writer;

use std::path::Path;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::{self, Offset};
use serde_json::value::RawValue;

pub use reader::{Lines, Reader};
pub use writer::Writer;

/// Korea's offset, in which instants are written down for people.
pub const SEOUL: Offset = tz::offset(9);

/// The longest line that is read: a payload at the broker's limit (2 MiB) in base64, and room.
pub const LINE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// One line: something that arrived, and when.
#[derive(Debug, Clone)]
pub struct Line {
    /// Whole microseconds; anything finer is cut on reading.
    pub received_at: Timestamp,
    pub content: Content,
}

/// What arrived.
#[derive(Debug, Clone)]
pub enum Content {
    /// A message as the broker saw it, in any dialect.
    Message {
        topic: String,
        payload: Vec<u8>,
        /// It came out of the broker's memory, not from a device just now.
        retained: bool,
    },
    /// An input of the service that is not a message: a command, a plan, a configuration.
    Input(Box<RawValue>),
}

/// Why a recording could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    #[error("{file}: cannot be opened")]
    Open {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}: is not a recording by its name; expected .jsonl, .jsonl.gz or .jsonl.zst")]
    Name { file: String },
    #[error("{file}, line {line}: cannot be read on")]
    Read {
        file: String,
        line: u64,
        #[source]
        source: std::io::Error,
    },
    #[error("{file}, line {line}: {problem}; {remedy}")]
    Line { file: String, line: u64, problem: String, remedy: &'static str },
    #[error("{file}, line {line}: the file ends within it")]
    Cut { file: String, line: u64 },
    #[error("{file}: cannot be written")]
    Write {
        file: String,
        #[source]
        source: std::io::Error,
    },
}

impl RecordingError {
    /// Whether the file just ends too early: whoever wrote it was killed. What was read of it
    /// until then is whole.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        match self {
            Self::Read { source, .. } => source.kind() == std::io::ErrorKind::UnexpectedEof,
            Self::Cut { .. } => true,
            _ => false,
        }
    }
}

#[derive(Clone, Copy)]
enum Compression {
    None,
    Gzip,
    Zstandard,
}

impl Compression {
    fn of(path: &Path) -> Result<Self, RecordingError> {
        let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase());
        match name.unwrap_or_default().rsplit_once(".jsonl") {
            Some((_, "")) => Ok(Self::None),
            Some((_, ".gz")) => Ok(Self::Gzip),
            Some((_, ".zst")) => Ok(Self::Zstandard),
            _ => Err(RecordingError::Name { file: path.display().to_string() }),
        }
    }
}

/// An instant as recordings have it: Korea's offset, microseconds.
#[must_use]
pub fn written(at: Timestamp) -> String {
    with_digits(at, SEOUL, 6)
}

/// An instant with this offset and so many digits of a second.
#[must_use]
pub fn with_digits(at: Timestamp, offset: Offset, digits: u8) -> String {
    DateTimePrinter::new().precision(Some(digits)).timestamp_with_offset_to_string(&at, offset)
}

/// Cut to whole microseconds, towards the past. Instants enter the service like this too.
#[must_use]
pub fn whole_microseconds(at: Timestamp) -> Timestamp {
    let beyond = at.subsec_nanosecond().rem_euclid(1_000);
    at.checked_sub(jiff::SignedDuration::from_nanos(i64::from(beyond))).unwrap_or(at)
}

#[cfg(test)]
mod tests;
