//! What must not stand in our files, each with the reason.

use super::source::{Source, Text, line_of, places};

/// What waits, reads, writes or asks the time.
const SHELL: &[&str] = &[
    "tokio",
    "sqlx",
    "axum",
    "rumqttc",
    "mqtt5",
    "mqtt5_protocol",
    "reqwest",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::io",
    "std::process",
    "std::sync::Mutex",
    "async",
    ".await",
    "println!",
    "eprintln!",
];

/// What says something else each time.
const CHANGING: &[&str] = &[
    "Instant::now",
    "SystemTime",
    "::now()",
    "rand",
    "rand_chacha",
    "getrandom",
    "RandomState",
    "HashMap",
    "HashSet",
];

/// Functions that std takes from the platform. `sqrt` is exact everywhere and may be used.
const TRANSCENDENTAL: &[&str] = &[
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "powf", "powi", "sin", "cos",
    "tan", "sin_cos", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh",
    "atanh", "cbrt", "hypot",
];

pub fn belongs_in_the_shell(source: &Source) -> Vec<String> {
    outside_tests(source, SHELL, |word| format!("`{word}` belongs in the shell"))
}

pub fn differs_between_runs_or_platforms(source: &Source) -> Vec<String> {
    let mut complaints = outside_tests(source, CHANGING, |word| {
        format!("`{word}` makes the core say something else the next time")
    });
    for name in TRANSCENDENTAL {
        let spelled = [format!(".{name}("), format!("f64::{name}"), format!("f32::{name}")];
        let spelled: Vec<&str> = spelled.iter().map(String::as_str).collect();
        complaints.extend(outside_tests(source, &spelled, |_| {
            format!("std's `{name}` differs between platforms; take it from libm")
        }));
    }
    complaints
}

pub fn unwraps(source: &Source) -> Vec<String> {
    let words = [".unwrap()", ".expect(", ".unwrap_err()", ".expect_err(", "todo!", "dbg!"];
    outside_tests(source, &words, |word| format!("`{word}` outside a test; say what happens then"))
}

pub fn sleeps_in_a_test(source: &Source) -> Vec<String> {
    let words = ["sleep", "sleep_until", "sleep_ms", "park_timeout"];
    let places = words.iter().flat_map(|word| source.places(word));
    let in_tests = places.filter(|at| source.is_test(*at));
    in_tests.map(|at| source.complain(at, "a test sleeps; wait for what it waits for")).collect()
}

pub fn ignores_a_test(source: &Source) -> Vec<String> {
    let places = source.places("#[ignore");
    places.iter().map(|at| source.complain(*at, "a test is ignored; mend it or drop it")).collect()
}

pub fn begins_without_a_word(source: &Source) -> Vec<String> {
    let words = "the file does not begin with `//!` and what it is";
    let silent = !source.text.starts_with("//! ");
    silent.then(|| source.complain(0, words)).into_iter().collect()
}

pub fn aborts_on_panic(manifest: &Text) -> Vec<String> {
    let aborts = |line: &str| line.split_whitespace().collect::<String>() == r#"panic="abort""#;
    complain_of_lines(manifest, aborts, "one message that panics would end the whole process")
}

pub fn leaves_for_later(text: &Text) -> Vec<String> {
    // In pieces, or this file would complain of itself.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let left = |line: &str| words.iter().any(|word| !places(line, word).is_empty());
    complain_of_lines(text, left, "something is left for later; do it or say why not")
}

pub fn names_a_machine(text: &Text) -> Vec<String> {
    let folders = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];
    let named = |line: &str| folders.iter().any(|folder| begins_a_path(line, folder));
    complain_of_lines(text, named, "a path of one machine means nothing on another")
}

/// Whether the folder stands in the line as the beginning of a path, not inside one.
fn begins_a_path(line: &str, folder: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || "}/._-~…+#*".contains(c);
    line.match_indices(folder).any(|(at, _)| !line[..at].chars().next_back().is_some_and(inside))
}

fn outside_tests(source: &Source, words: &[&str], say: impl Fn(&str) -> String) -> Vec<String> {
    let mut complaints = Vec::new();
    for word in words {
        let places = source.places(word).into_iter().filter(|at| !source.is_test(*at));
        complaints.extend(places.map(|at| source.complain(at, &say(word))));
    }
    complaints
}

fn complain_of_lines(text: &Text, is_wrong: impl Fn(&str) -> bool, words: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut at = 0;
    for line in text.text.split_inclusive('\n') {
        if is_wrong(line) {
            complaints.push(format!("{}:{}: {words}", text.path, line_of(&text.text, at)));
        }
        at += line.len();
    }
    complaints
}

// ── planted ──

fn text(path: &str, text: &str) -> Text {
    Text { path: path.to_owned(), text: text.to_owned() }
}

#[track_caller]
fn bites(rule: fn(&Source) -> Vec<String>, wrong: &[&str], right: &[&str]) {
    let complaints = |code: &str| rule(&Source::read(text("src/detect/planted.rs", code)));
    for code in wrong {
        assert_eq!(complaints(code).len(), 1, "{code}: {:?}", complaints(code));
    }
    for code in right {
        assert_eq!(complaints(code), Vec::<String>::new(), "{code}");
    }
}

#[test]
fn a_core_that_waits_is_caught() {
    bites(
        belongs_in_the_shell,
        &[
            "use tokio::time::Duration;",
            "let text = std::fs::read_to_string(path);",
            "async fn step() {}",
            "let x = y\n    .await;",
            "use std::net::TcpStream;",
            "use std::env;",
        ],
        &["// tokio waits", "let awaited = 1;", "#[cfg(test)]\nmod tests { use std::fs; }"],
    );
}

#[test]
fn a_core_that_asks_the_time_or_rolls_dice_is_caught() {
    bites(
        differs_between_runs_or_platforms,
        &[
            "let now = Timestamp::now();",
            "let t = std::time::Instant::now;",
            "use std::time::SystemTime;",
            "let x: u8 = rand::random();",
            "use std::collections::HashMap;",
            "let y = x.exp();",
            "let y = map(f64::ln);",
            "let y = x.powf(2.5);",
        ],
        &[
            "let now = step_at;",
            "let operand = x.sqrt();",
            "use std::collections::BTreeMap;",
            "let y = libm::exp(x);",
        ],
    );
}

#[test]
fn an_unwrap_is_caught_outside_tests_only() {
    bites(
        unwraps,
        &["let x = y.unwrap();", "let x = y.expect(\"z\");", "todo!()"],
        &[
            "#[expect(clippy::x)] fn f() {}",
            "let x = y.unwrap_or(0);",
            "#[cfg(test)]\nmod tests { fn f() { y.unwrap(); } }",
        ],
    );
}

#[test]
fn a_test_that_sleeps_is_caught() {
    bites(
        sleeps_in_a_test,
        &["#[cfg(test)]\nmod tests { fn f() { std::thread::sleep(x); } }"],
        &["fn f() { tokio::time::sleep(x) }", "#[cfg(test)]\nmod tests { fn asleep() {} }"],
    );
    let of_crate = |path| sleeps_in_a_test(&Source::read(text(path, "fn f() { sleep(x).await; }")));
    assert_eq!(of_crate("tests/service/main.rs").len(), 1);
    assert_eq!(of_crate("simulator/tests/play.rs").len(), 1);
    assert_eq!(of_crate("src/run/mod.rs").len(), 0);
}

#[test]
fn an_ignored_test_is_caught() {
    bites(ignores_a_test, &["#[ignore]", "#[ignore = \"slow\"]"], &["// #[ignore]", "fn ignore()"]);
}

#[test]
fn a_file_that_does_not_say_what_it_is_is_caught() {
    bites(begins_without_a_word, &["use std::fmt;", "// A."], &["//! A thing.\n\nuse std::fmt;"]);
}

#[test]
fn a_manifest_that_aborts_is_caught() {
    let of = |line: &str| aborts_on_panic(&text("Cargo.toml", line)).len();
    assert_eq!(of("[profile.release]\npanic = \"abort\"\n"), 1);
    assert_eq!(of("[profile.release]\npanic=\"abort\"\n"), 1);
    assert_eq!(of("[profile.release]\ndebug = 1\n"), 0);
}

#[test]
fn what_is_left_for_later_is_caught() {
    let of = |line: &str| leaves_for_later(&text("README.md", line)).len();
    assert_eq!(of(concat!("a\n// TO", "DO: b\nc")), 1);
    assert_eq!(of(concat!("# FIX", "ME")), 1);
    assert_eq!(of("mastodon"), 0);
}

#[test]
fn a_path_of_one_machine_is_caught() {
    let of = |line: &str| names_a_machine(&text("Makefile", line)).len();
    assert_eq!(of(concat!("cd /wo", "rk/x")), 1);
    assert_eq!(of(concat!("path=\"/ho", "me/me/x\"")), 1);
    assert_eq!(of(concat!("`/ro", "ot/.cargo`")), 1);
    assert_eq!(of(concat!("GET /api/v1/ho", "me/h0101")), 0);
    assert_eq!(of(concat!("jikimi/v1/{site}/ho", "me/x")), 0);
}
