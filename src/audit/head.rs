//! The head of the chain outside the database: one line a day in a file of its own.
//!
//! Who can write to the database can compute every hash in it anew; what was written elsewhere is
//! what gives them away. The file belongs on another machine, or where only appending is allowed.
//! Lines are only ever added.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use crate::domain::time::Timestamp;

/// One line: when, which row was the last, and its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub at: Timestamp,
    pub n: i64,
    pub hash: String,
}

/// Why the heads outside cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    #[error("{file} cannot be read or written")]
    File { file: String, source: io::Error },
    #[error("{file}:{line}: is no head; a line is MOMENT ROW HASH")]
    Line { file: String, line: usize },
}

/// Adds a line.
///
/// # Errors
/// If the file cannot be written.
pub fn append(file: &Path, written: &Written) -> Result<(), HeadError> {
    let line = format!("{} {} {}\n", written.at, written.n, written.hash);
    let add = || {
        let mut to = File::options().create(true).append(true).open(file)?;
        to.write_all(line.as_bytes())?;
        to.sync_all()
    };
    add().map_err(|source| HeadError::File { file: file.display().to_string(), source })
}

/// Every line.
///
/// # Errors
/// If the file cannot be read, or a line is none.
pub fn read(file: &Path) -> Result<Vec<Written>, HeadError> {
    let said = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|source| HeadError::File { file: said.clone(), source })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(index, line)| {
        written(line).ok_or_else(|| HeadError::Line { file: said.clone(), line: index + 1 })
    });
    read.collect()
}

fn written(line: &str) -> Option<Written> {
    let mut words = line.split_whitespace();
    let (at, n, hash) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || hash.len() != 64 {
        return None;
    }
    Some(Written { at: at.parse().ok()?, n: n.parse().ok()?, hash: hash.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_added_and_read_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("head");
        let one = Written { at: Timestamp::UNIX_EPOCH, n: 7, hash: "ab".repeat(32) };
        let two = Written { n: 9, ..one.clone() };
        append(&file, &one).expect("written");
        append(&file, &two).expect("written");
        assert_eq!(read(&file).expect("read"), [one, two]);
        std::fs::write(&file, "1970-01-01T00:00:00Z seven x\n").expect("written");
        assert!(read(&file).expect_err("no head").to_string().ends_with("MOMENT ROW HASH"));
    }
}
