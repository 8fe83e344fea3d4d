//! One TOML file with its lines: parsed once, so that everything found in it can be pointed at.
//!
//! A file with a syntax error is still read but for the section that holds it, since the error
//! must not hide what else is wrong. That section is not judged further.

use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::DeTable;

use super::entry::Entry;
use super::problem::{Problem, Report};
use super::syntax::{Layout, Mended, mend};

/// A file as it was read.
pub(super) struct Source {
    /// As seen from the configuration folder.
    pub file: String,
    pub text: String,
    layout: Layout,
    mended: Mended,
}

impl Source {
    pub fn new(file: String, text: String) -> Self {
        let layout = Layout::of(&text);
        let mended = mend(&text, &layout);
        Self { file, text, layout, mended }
    }

    /// A file that is no TOML, kept as it is.
    pub fn raw(file: String, text: String) -> Self {
        Self { file, text, layout: Layout::of(""), mended: mend("", &Layout::of("")) }
    }
}

/// A file as it was understood.
pub(super) struct Document<'t> {
    pub file: &'t str,
    table: Spanned<DeTable<'t>>,
    layout: &'t Layout,
    /// The sections that hold a syntax error.
    broken: &'t BTreeSet<usize>,
}

impl<'t> Document<'t> {
    /// Takes a file apart and reports its syntax errors.
    pub fn parse(source: &'t Source, report: &mut Report) -> Self {
        let Source { file, layout, mended, .. } = source;
        for (line, sentence) in &mended.errors {
            let (file, sentence) = (file.clone(), sentence.clone());
            report.problems.push(Problem { file, line: Some(*line), code: "syntax", sentence });
        }
        let (table, _) = DeTable::parse_recoverable(&mended.text);
        Self { file, table, layout, broken: &mended.broken }
    }

    /// The whole file as one entry, of which the author says that it is a `what`.
    pub fn root(&self, what: &'static str) -> Entry<'_> {
        Entry::root(self, what, self.table.get_ref())
    }

    /// The line of a byte.
    pub fn line(&self, offset: usize) -> usize {
        self.layout.line(offset)
    }

    /// Whether any section of this file could not be read.
    pub fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// Whether the section round this line could not be read.
    pub fn is_broken_at(&self, line: usize) -> bool {
        self.broken.contains(&self.layout.section(line))
    }
}
