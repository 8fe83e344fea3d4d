//! Ids that are given in files, and the references to them.

use std::collections::{BTreeMap, BTreeSet};

use super::entry::Entry;
use super::nearest::{hint, list, nearest};
use super::want::{IdOf, Raw, Want, Wrong, quoted};
use crate::domain::Id;

/// What jikimi itself finds, under names that no file may give to something else.
const RESERVED: [&str; 7] =
    ["blind", "clock", "drill", "gateway-dead", "rule-quarantined", "undelivered", "unwatched"];

/// Whether jikimi itself finds what goes by that name.
pub(super) fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// Refuses a name that is jikimi's own, at the key that gives it.
pub(super) fn refuse_reserved<T>(entry: &mut Entry<'_>, key: &'static str, id: &Id<T>) {
    if is_reserved(id.as_str()) {
        let line = entry.line_of(key);
        let own = list(RESERVED);
        let words = format!("`{key}` is `{id}`, a finding of jikimi's own; say any but {own}");
        entry.refuse(Some(line), "reserved-name", &words);
    }
}

/// What an id is the name of, where that has no public name itself.
pub(super) trait Names {
    type Of;
}

impl<T> Names for Id<T> {
    type Of = T;
}

/// Ids of one kind that may be referred to. Wanting one means wanting the name of one of them.
pub(super) struct Known<T> {
    what: &'static str,
    /// Of the problem that a missing one is: `unknown-zone`.
    code: &'static str,
    ids: BTreeSet<Id<T>>,
    /// Whether these are all. If a file could not be read whole, nothing is called missing.
    all: bool,
}

impl<T> Known<T> {
    pub fn new(what: &'static str, code: &'static str, all: bool) -> Self {
        Self { what, code, ids: BTreeSet::new(), all }
    }

    pub fn add(&mut self, id: &Id<T>) {
        self.ids.insert(id.clone());
    }

    pub fn absorb(&mut self, other: &Self) {
        self.ids.extend(other.ids.iter().cloned());
        self.all &= other.all;
    }

    /// The one of this name, or else of the nearest.
    pub fn meant_by(&self, id: &str) -> Option<&Id<T>> {
        let near = || nearest(id, self.ids.iter().map(Id::as_str));
        self.find(id).or_else(|| self.find(near()?))
    }

    /// The one there is, if there is one only.
    pub fn only(&self) -> Option<&Id<T>> {
        self.ids.first().filter(|_| self.ids.len() == 1)
    }

    pub fn find(&self, id: &str) -> Option<&Id<T>> {
        self.ids.get(id)
    }
}

impl<T> Want for Known<T> {
    type Is = Id<T>;

    fn wanted(&self) -> String {
        format!("the id of a {}", self.what)
    }

    fn read(&self, value: &Raw<'_>) -> Result<Id<T>, Vec<Wrong>> {
        let id = IdOf::new().read(value)?;
        if !self.all || self.ids.contains(&id) {
            return Ok(id);
        }
        let hint = hint(id.as_str(), self.ids.iter().map(Id::as_str));
        let words =
            format!("names {} {}, which does not exist{hint}", self.what, quoted(id.as_str()));
        Err(vec![Wrong { at: value.span().start, code: self.code, words }])
    }
}

/// Ids that may be given only once, and who has them.
pub(super) struct Taken {
    /// Among what they are unique.
    among: &'static str,
    by: BTreeMap<String, String>,
}

impl Taken {
    pub fn among(among: &'static str) -> Self {
        Self { among, by: BTreeMap::new() }
    }

    /// Gives an id to an entry, or refuses it there if it is taken.
    pub fn give<T>(&mut self, entry: &mut Entry<'_>, id: &Id<T>) {
        let line = entry.line_of("id");
        let place = format!("{} at {}:{line}", entry.what(), entry.document().file);
        match self.by.get(id.as_str()) {
            None => drop(self.by.insert(id.to_string(), place)),
            Some(first) => {
                let words =
                    format!("the id is taken by the {first}; ids are unique {}", self.among);
                entry.refuse(Some(line), "duplicate-id", &words);
            }
        }
    }
}
