//! A file as a reader sees it: which part of it is code, and which part of that is test.

use std::ops::Range;

/// One file.
pub struct Text {
    /// From the root of the repository.
    pub path: String,
    pub text: String,
}

/// One Rust file.
pub struct Source {
    pub path: String,
    pub text: String,
    /// The text with everything blank that is comment or literal; lines and places are the same.
    pub code: String,
    /// Which bytes of it are test code.
    tests: Vec<Range<usize>>,
}

impl Source {
    pub fn read(file: Text) -> Self {
        let code = without_words(&file.text);
        let whole_file = ["tests/", "simulator/tests/"].iter().any(|f| file.path.starts_with(f))
            || file.path.contains("/tests/")
            || file.path.ends_with("/tests.rs");
        let tests =
            if whole_file { std::iter::once(0..code.len()).collect() } else { test_items(&code) };
        Self { path: file.path, text: file.text, code, tests }
    }

    pub fn is_test(&self, at: usize) -> bool {
        self.tests.iter().any(|test| test.contains(&at))
    }

    /// A complaint about what stands at a byte.
    pub fn complain(&self, at: usize, words: &str) -> String {
        format!("{}:{}: {words}", self.path, line_of(&self.text, at))
    }

    /// Where a word stands in the code, as a word of its own.
    pub fn places(&self, word: &str) -> Vec<usize> {
        places(&self.code, word)
    }
}

pub fn line_of(text: &str, at: usize) -> usize {
    1 + text[..at].matches('\n').count()
}

/// Where a word stands in a text, without being a part of a longer one.
pub fn places(text: &str, word: &str) -> Vec<usize> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let stands_alone = |at: usize| {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars());
        let (first, last) = (word.chars().next(), word.chars().next_back());
        let joined_before = is_part(first) && is_part(before);
        let joined_after = is_part(last) && is_part(after.clone().next());
        !joined_before && !joined_after
    };
    text.match_indices(word).map(|(at, _)| at).filter(|at| stands_alone(*at)).collect()
}

/// The byte after the bracket that closes the one at `open`.
pub fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// The end of the item that begins at `from`: its body's, or its semicolon's.
pub fn item_end(code: &str, from: usize) -> usize {
    let bytes = code.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'(' | b'[' => at = closing(code, at),
            b'{' => return closing(code, at),
            b';' => return at + 1,
            _ => at += 1,
        }
    }
    at
}

/// Everything that exists in tests only.
fn test_items(code: &str) -> Vec<Range<usize>> {
    let marked = code.match_indices("#[cfg(test)]");
    marked.map(|(at, mark)| at..item_end(code, at + mark.len())).collect()
}

/// The code with comments and literals blanked out.
pub fn without_words(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let before = code.chars().next_back();
        let (kept, skipped) = match words_at(rest, before) {
            0 => (next.len_utf8(), 0),
            words => (0, words),
        };
        code.push_str(&rest[..kept]);
        let blank = |c: char| if c == '\n' { "\n".to_owned() } else { " ".repeat(c.len_utf8()) };
        code.extend(rest[..skipped].chars().map(blank));
        rest = &rest[kept + skipped..];
    }
    code
}

/// How many bytes of comment or literal stand at the beginning of `rest`.
fn words_at(rest: &str, before: Option<char>) -> usize {
    let in_name = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment(rest)
    } else if let Some(literal) = rest.strip_prefix('"') {
        1 + quoted(literal, '"')
    } else if rest.starts_with('\'') {
        character(rest)
    } else if !in_name {
        raw_string(rest)
    } else {
        0
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        let here = &rest.as_bytes()[at..];
        if here.starts_with(b"/*") {
            (depth, at) = (depth + 1, at + 2);
        } else if here.starts_with(b"*/") {
            (depth, at) = (depth - 1, at + 2);
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    rest.len()
}

/// The length up to and with the closing quote.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if !escaped && c == quote {
            return at + 1;
        }
        escaped = !escaped && c == '\\';
    }
    rest.len()
}

/// A character, or nothing where the quote begins a lifetime.
fn character(rest: &str) -> usize {
    let mut chars = rest.chars().skip(1);
    let (first, second) = (chars.next(), chars.next());
    match (first, second) {
        (Some('\\'), _) | (Some(_), Some('\'')) => 1 + quoted(&rest[1..], '\''),
        _ => 0,
    }
}

fn raw_string(rest: &str) -> usize {
    let mut prefixes = ["r", "br", "cr"].into_iter();
    let Some(after) = prefixes.find_map(|prefix| rest.strip_prefix(prefix)) else {
        return 0;
    };
    let hashes = after.len() - after.trim_start_matches('#').len();
    if !after[hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let begun = rest.len() - after.len() + hashes + 1;
    rest[begun..].find(&end).map_or(rest.len(), |at| begun + at + end.len())
}

#[test]
fn what_is_said_in_words_is_no_code() {
    let text = r##"let a = "tokio"; // tokio
        let b = r#"tokio "x" tokio"#; /* tokio /* tokio */ tokio */ let c = '"'; let d: &'a u8 =
        b"tokio"; let e = '\''; let f = "\"tokio"; let tokio_like = 1; tokio::spawn();"##;
    let code = without_words(text);
    assert_eq!(code.len(), text.len());
    assert_eq!(code.matches("tokio").count(), 2, "{code}");
    assert_eq!(places(&code, "tokio").len(), 1, "{code}");
}

#[test]
fn a_test_module_ends_with_its_brace() {
    let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { let x = [0; 2]; } }\nfn c() {}\n";
    let source = Source::read(Text { path: "src/a.rs".to_owned(), text: text.to_owned() });
    let is_test = |word: &str| source.is_test(text.find(word).unwrap());
    assert!(!is_test("fn a") && is_test("fn b") && !is_test("fn c"));
}
