//! Reads a recording line by line, as fast as its payloads can be copied.
//!
//! A line is looked at once: its frame is parsed, its payload is cut out. After a line that is
//! wrong the next one can still be read; after a file that cannot be read on, nothing comes.

use std::borrow::Cow;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::read::MultiGzDecoder;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::{Compression, Content, LINE_BYTES_MAX, Line, RecordingError, whole_microseconds};

const BUFFER_BYTES: usize = 128 * 1024;

/// An open recording: an iterator over its lines.
pub struct Reader {
    file: String,
    line: u64,
    source: Box<dyn BufRead + Send>,
    text: Vec<u8>,
    ended: bool,
}

/// Lines from anywhere: a [`Reader`], or a list in memory.
pub trait Lines: Iterator<Item = Result<Line, RecordingError>> {}
impl<T: Iterator<Item = Result<Line, RecordingError>>> Lines for T {}

impl Reader {
    pub fn open(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let path = path.as_ref();
        let compression = Compression::of(path)?;
        let name = path.display().to_string();
        let failed = |source| RecordingError::Open { file: path.display().to_string(), source };
        let file = File::open(path).map_err(failed)?;
        Ok(match compression {
            Compression::None => Self::new(name, buffered(file)),
            Compression::Gzip => Self::new(name, buffered(MultiGzDecoder::new(file))),
            Compression::Zstandard => {
                Self::new(name, buffered(zstd::Decoder::new(file).map_err(failed)?))
            }
        })
    }

    /// A recording that is not a file; `name` stands for the file in errors.
    pub fn new(name: impl Into<String>, source: impl BufRead + Send + 'static) -> Self {
        let (file, source) = (name.into(), Box::new(source));
        Self { file, line: 0, source, text: Vec::new(), ended: false }
    }

    /// The number of the line that was read last, counted from 1.
    #[must_use]
    pub fn line_number(&self) -> u64 {
        self.line
    }

    /// The next line that is not blank into `self.text`; false at the end.
    fn advance(&mut self) -> Result<bool, RecordingError> {
        loop {
            self.text.clear();
            self.line += 1;
            let mut limited = (&mut self.source).take(LINE_BYTES_MAX);
            let read = limited.read_until(b'\n', &mut self.text).map_err(|source| {
                RecordingError::Read { file: self.file.clone(), line: self.line, source }
            })?;
            if read as u64 == LINE_BYTES_MAX && self.text.last() != Some(&b'\n') {
                self.ended = true;
                return Err(self.wrong("is longer than 8 MiB", "no message is that large"));
            }
            if read == 0 || !self.text.trim_ascii().is_empty() {
                return Ok(read > 0);
            }
        }
    }

    /// A last line that is wrong and has no end is one that was not written to its end.
    fn cut_or(&self, error: RecordingError) -> RecordingError {
        match self.text.last() {
            Some(b'\n') => error,
            _ => RecordingError::Cut { file: self.file.clone(), line: self.line },
        }
    }

    fn wrong(&self, problem: impl Into<String>, remedy: &'static str) -> RecordingError {
        let (file, problem) = (self.file.clone(), problem.into());
        RecordingError::Line { file, line: self.line, problem, remedy }
    }

    fn parse(&self) -> Result<Line, RecordingError> {
        let text = std::str::from_utf8(&self.text)
            .map_err(|error| self.wrong(format!("is not UTF-8 ({error})"), EXAMPLE))?;
        let frame: Frame<'_> = serde_json::from_str(text)
            .map_err(|error| self.wrong(without_line(&error), EXAMPLE))?;
        let received_at = frame.received_at.parse::<Timestamp>().map_err(|error| {
            let problem = format!("`received_at` is `{}` ({error})", frame.received_at);
            self.wrong(problem, "expected an instant with its offset, as 2026-11-24T14:03:07+09:00")
        })?;
        let content = self.content(frame)?;
        Ok(Line { received_at: whole_microseconds(received_at), content })
    }

    fn content(&self, frame: Frame<'_>) -> Result<Content, RecordingError> {
        let retained = frame.retained;
        match (frame.topic, frame.payload, frame.payload_base64, frame.input) {
            (Some(topic), Some(json), None, None) => {
                let payload = json.get().as_bytes().to_vec();
                Ok(Content::Message { topic: topic.into_owned(), payload, retained })
            }
            (Some(topic), None, Some(base64), None) => {
                let payload = BASE64.decode(base64.as_bytes()).map_err(|error| {
                    let problem = format!("`payload_base64` is not base64 ({error})");
                    self.wrong(problem, "expected the standard alphabet with padding")
                })?;
                Ok(Content::Message { topic: topic.into_owned(), payload, retained })
            }
            (None, None, None, Some(input)) => Ok(Content::Input(input.to_owned())),
            (topic, payload, payload_base64, input) => {
                let given = [
                    ("topic", topic.is_some()),
                    ("payload", payload.is_some()),
                    ("payload_base64", payload_base64.is_some()),
                    ("input", input.is_some()),
                ];
                Err(self.wrong(named(&given), EXAMPLE))
            }
        }
    }
}

impl Iterator for Reader {
    type Item = Result<Line, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.advance() {
            Ok(true) => Some(self.parse().map_err(|error| self.cut_or(error))),
            Ok(false) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

const EXAMPLE: &str = "expected `received_at` with `topic` and either `payload` or \
                       `payload_base64`, or `received_at` with `input`";

/// A line as it stands in the file, still pointing into it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Frame<'a> {
    #[serde(borrow)]
    received_at: Cow<'a, str>,
    #[serde(borrow, default)]
    topic: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payload_base64: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "present")]
    input: Option<&'a RawValue>,
    #[serde(default)]
    retained: bool,
}

/// The payload `null` is a payload; only a missing key is none.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

fn buffered(source: impl Read + Send + 'static) -> BufReader<impl Read + Send + 'static> {
    BufReader::with_capacity(BUFFER_BYTES, source)
}

/// The parser's sentence without its own "at line 1", which would be mistaken for the file's.
fn without_line(error: &serde_json::Error) -> String {
    let sentence = error.to_string();
    let (sentence, _) = sentence.rsplit_once(" at line ").unwrap_or((&sentence, ""));
    format!("{sentence} (column {})", error.column())
}

fn named(given: &[(&str, bool)]) -> String {
    let names: Vec<_> = given.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    match names.as_slice() {
        [] => "carries neither a message nor an input".to_owned(),
        [one] => format!("carries only `{one}`"),
        many => format!("carries `{}` together", many.join("` and `")),
    }
}
