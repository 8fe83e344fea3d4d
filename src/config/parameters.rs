//! A rule's own numbers: what its detector reads from the rule's table.
//!
//! The detector's serde reads one table and stops at the first thing it does not like. So it is
//! asked again without that thing, until it likes the rest; unknown and missing keys are seen
//! beforehand, by its shape. Whatever was taken away makes the rule refused.

use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use super::entry::Entry;
use super::nearest::{hint, list};
use super::shape::{self, Shape};
use super::want::{NUMBER_MAX, Text, number, quoted};
use crate::detect::{DETECTORS, Parameters};

/// Breaks on purpose, in tests of debug builds; nobody should be told to use it.
const PLANTED: &str = "planted_panic";

/// Reads which detector a rule names, and its parameters.
pub(super) fn read(entry: &mut Entry<'_>) -> Option<Parameters> {
    let Some(name) = entry.required("detector", &Text("the name of a detector")) else {
        entry.allow_any_key();
        return None;
    };
    if !DETECTORS.contains(&name.as_str()) {
        let meant_for_rules = DETECTORS.iter().copied().filter(|known| *known != PLANTED);
        let hint = hint(&name, meant_for_rules);
        let words = format!("names detector {}, which does not exist{hint}", quoted(&name));
        let line = entry.line_of("detector");
        entry.refuse_that(Some(line), "unknown-detector", &words);
        entry.allow_any_key();
        return None;
    }
    let shape = shape::of_detector(&name);
    entry.also_asked(shape.keys);
    let mut own = own_table(entry, &shape);
    let well = refuse_missing(entry, &name, &shape) & refuse_numbers(entry, &mut own);
    read_until_liked(entry, &name, own, well)
}

/// Refuses every key that the detector needs and the rule does not give; true if there is none.
fn refuse_missing(entry: &mut Entry<'_>, name: &str, shape: &Shape) -> bool {
    let missing: Vec<&str> = shape.required.iter().copied().filter(|key| !entry.has(key)).collect();
    for key in &missing {
        let needs = list(shape.required.iter().copied());
        entry.missing(key, &format!("detector {name} needs {needs}"));
    }
    missing.is_empty()
}

/// The part of the rule's table that is the detector's.
fn own_table<'d>(entry: &Entry<'d>, shape: &Shape) -> DeTable<'d> {
    let pairs = entry.content().iter();
    let own = pairs.filter(|(key, _)| shape.keys.contains(&key.get_ref().as_ref()));
    own.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn read_until_liked(
    entry: &mut Entry<'_>,
    name: &str,
    mut table: DeTable<'_>,
    mut well: bool,
) -> Option<Parameters> {
    // Tables within the table that something was taken away from: what they lack now is our doing.
    let mut robbed = Vec::new();
    loop {
        let whole = Spanned::new(0..0, DeValue::Table(table.clone()));
        let error = match Parameters::read(name, ValueDeserializer::from(whole))? {
            Ok(parameters) if well => return refuse_values(entry, parameters),
            Ok(_) => return None,
            Err(error) => error,
        };
        let at = error.span().map_or(0, |span| span.start);
        let culprit = table.iter().find(|(_, value)| covers(value, at));
        match culprit.map(|(key, _)| key.get_ref().to_string()) {
            Some(key) => {
                if !robbed.contains(&at) {
                    refuse(entry, &key, at, &error);
                }
                robbed.extend(take_away(&mut table, &key, at));
            }
            // It asks for a key that is missing: which was seen, or was just taken away.
            None if !well => return None,
            None => {
                refuse(entry, "", at, &error);
                return None;
            }
        }
        well = false;
    }
}

/// Whether a byte of the file belongs to a value. A table under its own header does not lie
/// within the span of that header, so the parts are asked as well.
fn covers(value: &Spanned<DeValue<'_>>, at: usize) -> bool {
    let span = value.span();
    (span.start <= at && at < span.end.max(span.start + 1))
        || match value.get_ref() {
            DeValue::Array(items) => items.iter().any(|item| covers(item, at)),
            DeValue::Table(table) => {
                table.iter().any(|(key, value)| key.span().contains(&at) || covers(value, at))
            }
            _ => false,
        }
}

/// Removes what lies at a byte: a key of a table in a list, such a table, or else the whole key.
/// Answers where the table that lost a key begins.
fn take_away(table: &mut DeTable<'_>, key: &str, at: usize) -> Option<usize> {
    if let Some(DeValue::Array(items)) = table.get_mut(key).map(Spanned::get_mut)
        && let Some(item) = items.iter_mut().find(|item| covers(item, at))
    {
        let begins = item.span().start;
        if let DeValue::Table(inner) = item.get_mut()
            && let Some(lost) = key_at(inner, at)
        {
            inner.remove(lost.as_str());
            return Some(begins);
        }
        *items = items.iter().filter(|item| !covers(item, at)).cloned().collect();
        return None;
    }
    table.remove(key);
    None
}

fn key_at(table: &DeTable<'_>, at: usize) -> Option<String> {
    let mut pairs = table.iter();
    let found = pairs.find(|(key, value)| key.span().contains(&at) || covers(value, at));
    found.map(|(key, _)| key.get_ref().to_string())
}

/// Refuses numbers that no building has, and takes them away.
fn refuse_numbers(entry: &mut Entry<'_>, table: &mut DeTable<'_>) -> bool {
    let mut found = Vec::new();
    for (key, value) in table.iter() {
        outsized(key.get_ref(), value, &mut found);
    }
    for (top, at, number) in &found {
        let line = entry.document().line(*at);
        let words = format!("`{top}` is {number}; a number from -1e9 to 1e9 is wanted");
        entry.refuse(Some(line), "out-of-range", &words);
    }
    for (top, ..) in &found {
        table.remove(top.as_str());
    }
    found.is_empty()
}

fn outsized(key: &str, value: &Spanned<DeValue<'_>>, found: &mut Vec<(String, usize, f64)>) {
    match value.get_ref() {
        DeValue::Array(items) => items.iter().for_each(|item| outsized(key, item, found)),
        DeValue::Table(table) => table.values().for_each(|value| outsized(key, value, found)),
        plain => {
            let number =
                number(plain).filter(|number| number.is_nan() || number.abs() > NUMBER_MAX);
            found.extend(number.map(|number| (key.to_owned(), value.span().start, number)));
        }
    }
}

/// What the detector itself says against its numbers.
fn refuse_values(entry: &mut Entry<'_>, parameters: Parameters) -> Option<Parameters> {
    let problems = parameters.problems();
    for problem in &problems {
        let named = problem.split('`').nth(1).unwrap_or_default();
        let line = entry.line_of(named);
        entry.refuse(Some(line), "bad-parameters", problem);
    }
    problems.is_empty().then_some(parameters)
}

/// One error of serde, in our words.
fn refuse(entry: &mut Entry<'_>, key: &str, at: usize, error: &Error) {
    let line = (at > 0).then(|| entry.document().line(at));
    let (code, words) = in_our_words(key, error.message());
    entry.refuse(line, code, &words);
}

/// serde's sentences name the wrong word first and the known ones after it, each in backticks.
fn in_our_words(key: &str, message: &str) -> (&'static str, String) {
    let mut words = message.split('`').skip(1).step_by(2);
    let wrong = words.next().unwrap_or_default();
    if message.starts_with("unknown variant") {
        return (
            "unknown-word",
            format!("{} does not exist in `{key}`{}", quoted(wrong), hint(wrong, words)),
        );
    }
    if message.starts_with("unknown field") {
        return (
            "unknown-key",
            format!("there is no key {} in `{key}`{}", quoted(wrong), hint(wrong, words)),
        );
    }
    if message.starts_with("missing field") {
        return ("missing-key", format!("`{wrong}` is missing in `{key}`"));
    }
    let plain = message.lines().next().unwrap_or_default();
    let plain = plain.replace("f64", "a number").replace("usize", "a whole number from 0");
    ("wrong-type", format!("`{key}`: {plain}"))
}
