//! One TOML file with its lines: parsed once, so that everything found in it can be pointed at.
//!
//! A file with a syntax error is still read as far as it can be, since the error must not hide
//! what else is wrong. What stands in the same section as a syntax error is not judged: the
//! parser's guess there is not what the author wrote.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::DeTable;

use super::entry::Entry;
use super::problem::{Problem, Report};

/// After this many broken sections the rest of a file is only the echo of the first.
const BROKEN_SECTIONS_MAX: usize = 10;

/// A file as it was read.
pub(super) struct Source {
    /// As seen from the configuration folder.
    pub file: String,
    pub text: String,
}

/// A file as it was understood.
pub(super) struct Document<'t> {
    pub file: &'t str,
    table: Spanned<DeTable<'t>>,
    line_starts: Vec<usize>,
    /// The lines that open a section, from the top.
    headers: Vec<usize>,
    /// Which sections (by the number of headers above) hold a syntax error.
    broken: BTreeSet<usize>,
}

impl<'t> Document<'t> {
    /// Parses a file and reports its syntax errors, the first of each section.
    pub fn parse(source: &'t Source, report: &mut Report) -> Self {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        let mut document = Self {
            file: &source.file,
            table,
            line_starts: line_starts(&source.text),
            headers: headers(&source.text),
            broken: BTreeSet::new(),
        };
        let mut errors: Vec<(usize, &str)> =
            errors.iter().map(|error| (offset(error), error.message())).collect();
        errors.sort_unstable();
        for (at, message) in errors {
            document.syntax_error(at, message, report);
        }
        document
    }

    fn syntax_error(&mut self, at: usize, message: &str, report: &mut Report) {
        let line = self.line(at);
        let first = self.broken.insert(self.section(line));
        if first && self.broken.len() <= BROKEN_SECTIONS_MAX {
            let sentence = format!("this is not TOML: {message}");
            let file = self.file.to_owned();
            report.problems.push(Problem { file, line: Some(line), code: "syntax", sentence });
        }
    }

    /// The whole file as one entry, of which the author says that it is a `what`.
    pub fn root(&self, what: &'static str) -> Entry<'_> {
        Entry::root(self, what, self.table.get_ref())
    }

    /// The line of a byte.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    /// Whether the parser had to guess anywhere in this file.
    pub fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// Whether the parser had to guess in the section round this line.
    pub fn is_broken_at(&self, line: usize) -> bool {
        self.broken.contains(&self.section(line))
    }

    fn section(&self, line: usize) -> usize {
        self.headers.partition_point(|header| *header <= line)
    }
}

fn offset(error: &toml::de::Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

fn line_starts(text: &str) -> Vec<usize> {
    let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect()
}

fn headers(text: &str) -> Vec<usize> {
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| line.trim_start().starts_with('[')).map(|(at, _)| at + 1).collect()
}
