//! Writes a recording that the reader gives back byte for byte.
//!
//! A payload stands in the line as JSON only if it is JSON on one line with nothing around it;
//! anything else would come back changed, and becomes base64.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use flate2::write::GzEncoder;
use serde_json::value::RawValue;

use super::{Compression, Content, Line, RecordingError, written};

/// Zstandard's own default: twice as fast as gzip and smaller.
const ZSTANDARD_LEVEL: i32 = 3;

/// A recording being written. Call [`Writer::finish`] at the end.
pub struct Writer {
    file: String,
    sink: Sink,
    text: Vec<u8>,
    lines: u64,
}

enum Sink {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
    Zstandard(zstd::Encoder<'static, BufWriter<File>>),
}

impl Writer {
    pub fn create(path: impl AsRef<Path>) -> Result<Self, RecordingError> {
        let path = path.as_ref();
        let compression = Compression::of(path)?;
        let file = path.display().to_string();
        let failed = |source| RecordingError::Write { file: file.clone(), source };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        let out = BufWriter::new(File::create(path).map_err(failed)?);
        let sink = match compression {
            Compression::None => Sink::Plain(out),
            Compression::Gzip => Sink::Gzip(GzEncoder::new(out, flate2::Compression::default())),
            Compression::Zstandard => {
                Sink::Zstandard(zstd::Encoder::new(out, ZSTANDARD_LEVEL).map_err(failed)?)
            }
        };
        Ok(Self { file, sink, text: Vec::new(), lines: 0 })
    }

    pub fn write(&mut self, line: &Line) -> Result<(), RecordingError> {
        self.text.clear();
        put(&mut self.text, line)
            .and_then(|()| match &mut self.sink {
                Sink::Plain(out) => out.write_all(&self.text),
                Sink::Gzip(out) => out.write_all(&self.text),
                Sink::Zstandard(out) => out.write_all(&self.text),
            })
            .map_err(|source| RecordingError::Write { file: self.file.clone(), source })?;
        self.lines += 1;
        Ok(())
    }

    /// Hands everything to the operating system, so that whoever reads the file comes up to here,
    /// however the writer ends.
    pub fn flush(&mut self) -> Result<(), RecordingError> {
        let flushed = match &mut self.sink {
            Sink::Plain(out) => out.flush(),
            Sink::Gzip(out) => out.flush(),
            Sink::Zstandard(out) => out.flush(),
        };
        flushed.map_err(|source| RecordingError::Write { file: self.file.clone(), source })
    }

    /// Ends the compression and hands everything to the operating system; answers how many lines
    /// there are.
    pub fn finish(self) -> Result<u64, RecordingError> {
        let ended = match self.sink {
            Sink::Plain(out) => Ok(out),
            Sink::Gzip(out) => out.finish(),
            Sink::Zstandard(out) => out.finish(),
        };
        ended
            .and_then(|mut out| out.flush())
            .map_err(|source| RecordingError::Write { file: self.file, source })?;
        Ok(self.lines)
    }
}

/// One line with its newline.
fn put(text: &mut Vec<u8>, line: &Line) -> std::io::Result<()> {
    write!(text, r#"{{"received_at":"{}","#, written(line.received_at))?;
    match &line.content {
        Content::Message { topic, payload, retained } => {
            text.extend_from_slice(br#""topic":"#);
            serde_json::to_writer(&mut *text, topic)?;
            if *retained {
                text.extend_from_slice(br#","retained":true"#);
            }
            put_payload(text, payload);
        }
        Content::Input(input) => {
            text.extend_from_slice(br#""input":"#);
            put_input(text, input)?;
        }
    }
    text.extend_from_slice(b"}\n");
    Ok(())
}

fn put_payload(text: &mut Vec<u8>, payload: &[u8]) {
    if is_json_line(payload) {
        text.extend_from_slice(br#","payload":"#);
        text.extend_from_slice(payload);
        return;
    }
    text.extend_from_slice(br#","payload_base64":""#);
    text.extend_from_slice(BASE64.encode(payload).as_bytes());
    text.push(b'"');
}

/// An input is ours and may be laid out anew; only a line break would cut the line in two.
fn put_input(text: &mut Vec<u8>, input: &RawValue) -> std::io::Result<()> {
    if !input.get().contains(['\n', '\r']) {
        text.extend_from_slice(input.get().as_bytes());
        return Ok(());
    }
    let value: serde_json::Value = serde_json::from_str(input.get())?;
    serde_json::to_writer(text, &value)?;
    Ok(())
}

fn is_json_line(payload: &[u8]) -> bool {
    !payload.contains(&b'\n')
        && !payload.contains(&b'\r')
        && serde_json::from_slice::<&RawValue>(payload)
            .is_ok_and(|value| value.get().len() == payload.len())
}
