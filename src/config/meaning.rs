//! The version of a rule: a hash of what it means, whatever way it is written.
//!
//! Comments, spaces, the order of keys, `57` or `57.0`, and `because` change nothing: a detector
//! keeps its state when someone explains a number better.

use std::fmt::Write;

use toml::de::{DeTable, DeValue};
use xxhash_rust::xxh3::xxh3_64;

use super::want::number;

/// The first 12 hex digits of the hash of every key but `because`.
pub(super) fn version(rule: &DeTable<'_>) -> String {
    let mut text = String::new();
    write_table(&mut text, rule, "because");
    let mut digits = format!("{:016x}", xxh3_64(text.as_bytes()));
    digits.truncate(12);
    digits
}

fn write_table(text: &mut String, table: &DeTable<'_>, but: &str) {
    let mut keys: Vec<&str> = table.keys().map(|key| key.get_ref().as_ref()).collect();
    keys.sort_unstable();
    text.push('{');
    for key in keys.into_iter().filter(|key| *key != but) {
        if let Some(value) = table.get(key) {
            say(text, format_args!("{key:?}="));
            write_value(text, value.get_ref());
            text.push(',');
        }
    }
    text.push('}');
}

fn write_value(text: &mut String, value: &DeValue<'_>) {
    match value {
        DeValue::Table(table) => write_table(text, table, ""),
        DeValue::Array(items) => {
            text.push('[');
            for item in items {
                write_value(text, item.get_ref());
                text.push(',');
            }
            text.push(']');
        }
        DeValue::String(word) => say(text, format_args!("{word:?}")),
        DeValue::Boolean(flag) => say(text, format_args!("{flag}")),
        DeValue::Datetime(moment) => say(text, format_args!("@{moment}")),
        DeValue::Integer(_) | DeValue::Float(_) => {
            say(text, format_args!("{:?}", number(value).unwrap_or(f64::NAN)));
        }
    }
}

fn say(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = text.write_fmt(words);
}
