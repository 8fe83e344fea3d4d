//! Reads our own source and fails where it breaks what we hold ourselves to: the architecture is
//! a test. Every rule is a function over text, and has been seen to bite.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod tidy {
    pub mod bans;
    pub mod lengths;
    pub mod source;
    pub mod tree;
}

use tidy::source::{Source, Text};
use tidy::tree::{rust, texts};
use tidy::{bans, lengths};

/// The modules above the line in `lib.rs`.
const CORE: &[&str] = &[
    "src/domain/",
    "src/detect/",
    "src/situation/",
    "src/incident",
    "src/incident/",
    "src/monitor/",
    "src/care/",
    "src/evacuate/",
];

fn is_core(path: &str) -> bool {
    CORE.iter().any(|core| path.starts_with(core))
}

fn is_product(path: &str) -> bool {
    path.starts_with("src/") || path.starts_with("simulator/src/")
}

#[track_caller]
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// What a rule says of every Rust file that it concerns.
fn of_rust(concerns: fn(&str) -> bool, rule: fn(&Source) -> Vec<String>) -> Vec<String> {
    let sources = rust();
    let concerned: Vec<&Source> = sources.iter().filter(|s| concerns(&s.path)).collect();
    assert!(!concerned.is_empty(), "the rule concerns no file; has something been renamed?");
    concerned.into_iter().flat_map(rule).collect()
}

#[test]
fn the_core_waits_for_nothing_and_reads_and_writes_nothing() {
    none(&of_rust(is_core, bans::belongs_in_the_shell));
}

#[test]
fn the_core_computes_the_same_on_every_platform() {
    none(&of_rust(is_core, bans::differs_between_runs_or_platforms));
}

#[test]
fn nothing_is_unwrapped_outside_tests() {
    none(&of_rust(is_product, bans::unwraps));
}

#[test]
fn no_test_sleeps() {
    none(&of_rust(|_| true, bans::sleeps_in_a_test));
}

#[test]
fn no_test_is_ignored() {
    none(&of_rust(|_| true, bans::ignores_a_test));
}

#[test]
fn every_file_says_first_what_it_is() {
    none(&of_rust(|_| true, bans::begins_without_a_word));
}

#[test]
fn every_function_fits_on_a_screen() {
    none(&of_rust(|_| true, lengths::functions));
}

#[test]
fn every_file_is_read_in_one_sitting() {
    none(&of_rust(|_| true, lengths::files));
}

#[test]
fn every_line_fits() {
    let endings = [".rs", ".toml", ".sql"];
    let measured = |text: &Text| endings.iter().any(|ending| text.path.ends_with(ending));
    none(&texts().into_iter().filter(measured).flat_map(lengths::lines).collect::<Vec<_>>());
}

#[test]
fn a_panic_is_never_the_end_of_the_process() {
    let manifests = texts().into_iter().filter(|text| text.path.ends_with("Cargo.toml"));
    none(&manifests.flat_map(|text| bans::aborts_on_panic(&text)).collect::<Vec<_>>());
}

#[test]
fn nothing_is_left_for_later_in_a_comment() {
    none(&texts().iter().flat_map(bans::leaves_for_later).collect::<Vec<_>>());
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    none(&texts().iter().flat_map(bans::names_a_machine).collect::<Vec<_>>());
}
