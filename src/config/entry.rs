//! One table of a file, asked key by key.
//!
//! An entry remembers what it was asked for. When it is finished, whatever else stands in it is
//! an unknown key. Every answer that does not fit becomes a problem of its own, so that one
//! wrong key never hides the next.

use toml::de::DeTable;

use super::document::Document;
use super::nearest::nearest;
use super::problem::{Problem, Report};
use super::want::{IdOf, Raw, Want, quoted};
use crate::domain::Id;

pub(super) struct Entry<'d> {
    document: &'d Document<'d>,
    /// What the sentences call it: ``rule `fire-heat` ``.
    name: String,
    /// What it is, whichever one: `rule`.
    what: &'static str,
    line: usize,
    table: &'d DeTable<'d>,
    asked: Vec<&'static str>,
    /// Whether it is known what may stand here.
    keys_known: bool,
    found: Vec<Problem>,
    /// Keys that are not there and should be.
    missing: Vec<(String, Problem)>,
}

impl<'d> Entry<'d> {
    pub fn root(document: &'d Document<'d>, what: &'static str, table: &'d DeTable<'d>) -> Self {
        Self::new(document, what, format!("this {what}"), 1, table)
    }

    fn new(
        document: &'d Document<'d>,
        what: &'static str,
        name: String,
        line: usize,
        table: &'d DeTable<'d>,
    ) -> Self {
        let (asked, found) = (Vec::new(), Vec::new());
        let missing = Vec::new();
        Self { document, name, what, line, table, asked, keys_known: true, found, missing }
    }

    /// Its own id, by which it is called from now on.
    pub fn id<T>(&mut self) -> Option<Id<T>> {
        let id = self.required("id", &IdOf::new())?;
        self.name = format!("{} `{id}`", self.what);
        Some(id)
    }

    /// What the sentences call it from now on.
    pub fn call(&mut self, name: String) {
        self.name = name;
    }

    /// A key that must be there.
    pub fn required<W: Want>(&mut self, key: &'static str, want: &W) -> Option<W::Is> {
        if !self.table.contains_key(key) {
            self.missing(key, &format!("say {}", want.wanted()));
        }
        self.optional(key, want)
    }

    /// A key that may be there.
    pub fn optional<W: Want>(&mut self, key: &'static str, want: &W) -> Option<W::Is> {
        let value = self.raw(key)?;
        match want.read(value) {
            Ok(is) => Some(is),
            Err(wrongs) => {
                for wrong in wrongs {
                    let line = self.document.line(wrong.at);
                    self.refuse(Some(line), wrong.code, &format!("`{key}` {}", wrong.words));
                }
                None
            }
        }
    }

    /// The value of a key as it stands.
    pub fn raw(&mut self, key: &'static str) -> Option<&'d Raw<'d>> {
        if !self.asked.contains(&key) {
            self.asked.push(key);
        }
        self.table.get(key)
    }

    /// The entries under a key, each written under its own `[[key]]`.
    pub fn each(&mut self, key: &'static str) -> Vec<Entry<'d>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        let document = self.document;
        let tables: Option<Vec<Entry<'d>>> = value.get_ref().as_array().and_then(|array| {
            let entries = array.iter().map(|item| {
                let line = document.line(item.span().start);
                let table = item.get_ref().as_table()?;
                Some(Entry::new(document, key, format!("this {key}"), line, table))
            });
            entries.collect()
        });
        tables.unwrap_or_else(|| {
            let line = self.line_of(key);
            let words = format!("`{key}` is no list of tables; write [[{key}]] above each");
            self.refuse(Some(line), "wrong-type", &words);
            Vec::new()
        })
    }

    /// The table under a key.
    pub fn table(&mut self, key: &'static str) -> Option<Entry<'d>> {
        let value = self.raw(key)?;
        let line = self.line_of(key);
        let Some(table) = value.get_ref().as_table() else {
            let is = value.get_ref().type_str();
            let words = format!("`{key}` is of type {is}; a table is wanted, as in [{key}]");
            self.refuse(Some(line), "wrong-type", &words);
            return None;
        };
        Some(Entry::new(self.document, key, format!("{} in {}", key, self.name), line, table))
    }

    /// What it is: `zone`.
    pub fn what(&self) -> &'static str {
        self.what
    }

    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub fn content(&self) -> &'d DeTable<'d> {
        self.table
    }

    pub fn document(&self) -> &'d Document<'d> {
        self.document
    }

    pub fn line(&self) -> usize {
        self.line
    }

    /// The line of a key, or of the whole entry if the key is not there.
    pub fn line_of(&self, key: &str) -> usize {
        let key = self.table.get_key_value(key);
        key.map_or(self.line, |(key, _)| self.document.line(key.span().start))
    }

    /// Keys that someone else reads from this table.
    pub fn also_asked(&mut self, keys: &[&'static str]) {
        let new = keys.iter().filter(|key| !self.asked.contains(key)).copied();
        self.asked.extend(new.collect::<Vec<_>>());
    }

    /// A key is not there; `right` says what should be.
    pub fn missing(&mut self, key: &str, right: &str) {
        let sentence = format!("{}: `{key}` is missing; {right}", self.name);
        let problem = self.problem(None, "missing-key", sentence);
        self.missing.push((key.to_owned(), problem));
    }

    /// A problem in this entry: ``zone `hall`: {words}``.
    pub fn refuse(&mut self, line: Option<usize>, code: &'static str, words: &str) {
        self.say(line, code, format!("{}: {words}", self.name));
    }

    /// A problem in this entry, in a sentence of its own: ``rule `fire` {predicate}``.
    pub fn refuse_that(&mut self, line: Option<usize>, code: &'static str, predicate: &str) {
        self.say(line, code, format!("{} {predicate}", self.name));
    }

    fn say(&mut self, line: Option<usize>, code: &'static str, sentence: String) {
        let problem = self.problem(line, code, sentence);
        self.found.push(problem);
    }

    fn problem(&self, line: Option<usize>, code: &'static str, sentence: String) -> Problem {
        let line = Some(line.unwrap_or(self.line));
        Problem { file: self.document.file.to_owned(), line, code, sentence }
    }

    /// Lets unknown keys be, where it cannot be known what may stand here.
    pub fn allow_any_key(&mut self) {
        self.keys_known = false;
    }

    /// Refuses what was never asked for and hands in what was found. True if all was well.
    pub fn finish(mut self, report: &mut Report) -> bool {
        if self.keys_known {
            self.refuse_unknown_keys();
        }
        self.found.extend(self.missing.into_iter().map(|(_, problem)| problem));
        let well = self.found.is_empty();
        report.problems.extend(self.found);
        well
    }

    fn refuse_unknown_keys(&mut self) {
        for key in self.table.keys() {
            let (at, key) = (key.span().start, key.get_ref().as_ref());
            if self.asked.contains(&key) {
                continue;
            }
            let meant = self.meant_by(key);
            let meant = meant.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            let may = self.asked.join(", ");
            let words = format!("there is no key {}{meant} (it may have {may})", quoted(key));
            self.refuse(Some(self.document.line(at)), "unknown-key", &words);
        }
    }

    /// The key that a misspelt one was meant to be. If that was missed, it is so no longer: one
    /// slip is one problem.
    fn meant_by(&mut self, key: &str) -> Option<String> {
        let missed = nearest(key, self.missing.iter().map(|(missed, _)| missed.as_str()));
        if let Some(missed) = missed.map(str::to_owned) {
            self.missing.retain(|(key, _)| *key != missed);
            return Some(missed);
        }
        nearest(key, self.asked.iter().copied()).map(str::to_owned)
    }
}
