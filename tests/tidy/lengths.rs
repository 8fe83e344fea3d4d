//! How long things may be. A function fits on a screen or it does not.

use super::source::{Source, Text, item_end, line_of};

const FUNCTION_LINES_MAX: usize = 70;
const FILE_LINES_MAX: usize = 500;
const LINE_CHARACTERS_MAX: usize = 100;

pub fn functions(source: &Source) -> Vec<String> {
    let mut complaints = Vec::new();
    for at in source.places("fn") {
        let name: String = source.code[at + 2..]
            .trim_start()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let end = item_end(&source.code, at + 2);
        // Without a name it is a type.
        let lines = line_of(&source.code, end) - line_of(&source.code, at) + 1;
        if !name.is_empty() && lines > FUNCTION_LINES_MAX {
            let words = format!("`{name}` has {lines} lines; {FUNCTION_LINES_MAX} fit on a screen");
            complaints.push(source.complain(at, &words));
        }
    }
    complaints
}

pub fn files(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let words = format!("the file has {lines} lines, more than {FILE_LINES_MAX}");
    (lines > FILE_LINES_MAX).then(|| source.complain(0, &words)).into_iter().collect()
}

pub fn lines(text: Text) -> Vec<String> {
    let Text { path, text } = text;
    let long = text.lines().enumerate().filter_map(|(index, line)| {
        let characters = line.chars().count();
        let words = format!("{path}:{}: {characters} characters", index + 1);
        (characters > LINE_CHARACTERS_MAX).then_some(words)
    });
    long.collect()
}

// ── planted ──

fn source(text: &str) -> Source {
    Source::read(Text { path: "src/planted.rs".to_owned(), text: text.to_owned() })
}

#[test]
fn a_function_that_scrolls_is_caught() {
    let body = |lines: usize| "    let x = \"}\"; // }\n".repeat(lines);
    let function =
        |lines| format!("fn long(a: [u8; 2]) -> u8\n{{\n{}}}\n\nfn short() {{}}\n", body(lines));
    assert_eq!(functions(&source(&function(67))).len(), 0);
    assert_eq!(functions(&source(&function(68))).len(), 1);
}

#[test]
fn a_type_of_functions_is_no_function() {
    let text = format!("struct A {{ f: fn(u8) -> u8,\n{}}}\n", "    x: u8,\n".repeat(80));
    assert_eq!(functions(&source(&text)).len(), 0);
}

#[test]
fn a_file_that_never_ends_is_caught() {
    assert_eq!(files(&source(&"a\n".repeat(500))).len(), 0);
    assert_eq!(files(&source(&"a\n".repeat(501))).len(), 1);
}

#[test]
fn a_line_is_measured_in_characters() {
    let of = |text: String| lines(Text { path: "a.rs".to_owned(), text }).len();
    assert_eq!(of("가".repeat(100)), 0);
    assert_eq!(of("a".repeat(101)), 1);
}
