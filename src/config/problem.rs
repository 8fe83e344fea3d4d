//! What is wrong with a configuration, said so that a person can put it right.
//!
//! A problem names its file and line, carries a code that never changes, and one sentence that
//! ends with what would have been right. Sentences may improve; codes may not.

use std::fmt;

use serde::Serialize;

use super::document::Document;

/// One thing that is wrong, or worth a second look.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// As seen from the configuration folder: `rules/fire.toml`.
    pub file: String,
    /// Counted from 1; none if the file itself is meant.
    pub line: Option<usize>,
    pub code: &'static str,
    pub sentence: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.sentence),
            None => write!(f, "{}: {}", self.file, self.sentence),
        }
    }
}

/// Why a configuration was refused: everything that was found, in the order of files and lines.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems {
    /// Never empty.
    pub problems: Vec<Problem>,
    pub warnings: Vec<Problem>,
    /// How many files were looked at.
    pub files: usize,
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.problems.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// Where the readers of the files put what they find.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub problems: Vec<Problem>,
    pub warnings: Vec<Problem>,
}

impl Report {
    /// A problem of a whole file or folder.
    pub fn refuse_file(&mut self, file: &str, code: &'static str, sentence: String) {
        self.problems.push(Problem { file: file.to_owned(), line: None, code, sentence });
    }

    /// Whether anything is wrong with the files whose name starts like this.
    pub fn blames(&self, file: &str) -> bool {
        self.problems.iter().any(|problem| problem.file.starts_with(file))
    }

    /// Forgets what was found in a section that could not be read.
    pub fn drop_unread<'d>(&mut self, documents: impl Iterator<Item = &'d Document<'d>>) {
        let broken: Vec<&Document<'_>> =
            documents.filter(|document| document.is_broken()).collect();
        self.problems.retain(|problem| {
            let guessed = |document: &&Document<'_>| {
                document.file == problem.file
                    && problem.line.is_some_and(|line| document.is_broken_at(line))
            };
            problem.code == "syntax" || !broken.iter().any(guessed)
        });
    }

    /// Brings everything into the order of files and lines, each once.
    pub fn tidy(&mut self) {
        for list in [&mut self.problems, &mut self.warnings] {
            list.sort();
            list.dedup();
        }
    }
}
