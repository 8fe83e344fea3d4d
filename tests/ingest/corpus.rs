//! Packets to begin with, one a file: the topic on the first line, then the payload as it is.
//!
//! Each was either written for a dialect, or has once found something and is kept.

use std::path::{Path, PathBuf};

/// A topic and a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    pub topic: String,
    pub payload: Vec<u8>,
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ingest/corpus")
}

/// All files whose name begins like this, by name.
pub fn samples(dialect: &str) -> Vec<Sample> {
    let entries = std::fs::read_dir(folder()).expect("the corpus is there");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let of_dialect = |path: &&PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(dialect))
    };
    paths.iter().filter(of_dialect).map(|path| read(&std::fs::read(path).unwrap())).collect()
}

fn read(file: &[u8]) -> Sample {
    let end = file.iter().position(|byte| *byte == b'\n').expect("a topic on the first line");
    let (topic, payload) = (&file[..end], &file[end + 1..]);
    Sample { topic: String::from_utf8_lossy(topic).into_owned(), payload: payload.to_vec() }
}

/// Keeps what found something, for every later run.
pub fn keep(dialect: &str, sample: &Sample) -> PathBuf {
    let hash = xxhash_rust::xxh3::xxh3_64(&sample.payload);
    let path = folder().join(format!("{dialect}-found-{hash:016x}.packet"));
    let file = [sample.topic.replace('\n', " ").as_bytes(), b"\n", &sample.payload].concat();
    std::fs::write(&path, file).expect("the corpus can be written");
    path
}
