//! Public recordings into our form: messages, labelled truth, and a configuration that fits.
//!
//! One file per source. Nothing is smoothed, filled in or left out in silence: a value that
//! cannot be used is named with its file and line, and counted.

pub mod ampds;
pub mod casas;
mod home;
pub mod kasteren;
pub mod mit;
pub mod nist;
pub mod ordonez;

use crate::files::Files;
use crate::recording::Line;
use crate::truth::Truth;

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
