//! Syntax errors, each kept to its own section.
//!
//! A bracket that is not closed would swallow the rest of a file, and with it every other mistake
//! in it. So a section with a syntax error is blanked out, space for byte, and the rest is parsed
//! as if it had never been there; all places stay what they were.

use std::collections::BTreeSet;
use std::ops::Range;

use toml::de::DeTable;

/// After this many broken sections the rest of a file is not worth guessing at.
const BROKEN_MAX: usize = 10;

/// Where the lines and sections of a text begin. A section is a line that opens with `[`, and
/// what follows; section 0 is what stands before the first.
pub(super) struct Layout {
    line_starts: Vec<usize>,
    headers: Vec<usize>,
    length: usize,
}

impl Layout {
    pub fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        let lines = text.split('\n').enumerate();
        let headers = lines.filter(|(_, line)| line.trim_start().starts_with('['));
        let headers = headers.map(|(at, _)| at + 1).collect();
        Self { line_starts, headers, length: text.len() }
    }

    /// The line of a byte, from 1.
    pub fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset)
    }

    pub fn section(&self, line: usize) -> usize {
        self.headers.partition_point(|header| *header <= line)
    }

    /// The bytes of a section.
    fn bytes(&self, section: usize) -> Range<usize> {
        let start_of = |section: usize| match section.checked_sub(1) {
            None => Some(0),
            Some(header) => {
                let line = self.headers.get(header)?;
                self.line_starts.get(line - 1).copied()
            }
        };
        let start = start_of(section).unwrap_or(self.length);
        start..start_of(section + 1).unwrap_or(self.length)
    }
}

/// A text without its broken sections.
pub(super) struct Mended {
    pub text: String,
    pub broken: BTreeSet<usize>,
    /// What was wrong, with the line.
    pub errors: Vec<(usize, String)>,
}

/// Blanks out every section with a syntax error.
pub(super) fn mend(text: &str, layout: &Layout) -> Mended {
    let (broken, errors) = (BTreeSet::new(), Vec::new());
    let mut mended = Mended { text: text.to_owned(), broken, errors };
    while let Some((at, message)) = first_error(&mended.text) {
        let line = layout.line(at);
        let here = layout.section(line);
        let culprit = culprit(&mended, layout, here);
        let Some(section) = culprit.filter(|_| mended.broken.len() < BROKEN_MAX) else {
            mended.errors.push((line, format!("this is not TOML from here on: {message}")));
            mended.broken.extend(here..=layout.headers.len());
            break;
        };
        let error = match section == here {
            true => (line, format!("this is not TOML: {message}")),
            false => (
                last_line(text, layout, section),
                format!("something in this section is not closed, as line {line} shows: {message}"),
            ),
        };
        mended.errors.push(error);
        mended.broken.insert(section);
        mended.text = without(&mended.text, layout.bytes(section));
    }
    mended
}

/// Which section to blame for an error that shows in `here`: that one or the one before, whichever
/// leaves more of the text well when it is taken out.
fn culprit(mended: &Mended, layout: &Layout, here: usize) -> Option<usize> {
    let nearby = [here.checked_sub(1), Some(here)].into_iter().flatten();
    let left = nearby.filter(|section| !mended.broken.contains(section));
    left.max_by_key(|section| {
        let next = first_error(&without(&mended.text, layout.bytes(*section)));
        next.map_or(usize::MAX, |(at, _)| at)
    })
}

fn first_error(text: &str) -> Option<(usize, String)> {
    let (_, errors) = DeTable::parse_recoverable(text);
    let places = errors.iter().map(|error| (error.span().map_or(0, |at| at.start), error));
    places.min_by_key(|(at, _)| *at).map(|(at, error)| (at, error.message().to_owned()))
}

/// The last line of a section that says anything but a comment.
fn last_line(text: &str, layout: &Layout, section: usize) -> usize {
    let bytes = layout.bytes(section);
    let first = layout.line(bytes.start);
    let lines = text.get(bytes).unwrap_or_default().split('\n').enumerate();
    let says = |line: &str| !matches!(line.trim_start().chars().next(), None | Some('#'));
    first + lines.filter(|(_, line)| says(line)).map(|(at, _)| at).last().unwrap_or(0)
}

fn without(text: &str, gone: Range<usize>) -> String {
    let blank = |(at, byte): (usize, u8)| match gone.contains(&at) && byte != b'\n' {
        true => b' ',
        false => byte,
    };
    let bytes: Vec<u8> = text.bytes().enumerate().map(blank).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        mend(text, &Layout::of(text)).errors.into_iter().map(|(line, _)| line).collect()
    }

    const GOOD: &str = "[[rule]]\nid = \"a\"\nbecause = \"\"\"\nx\"\"\"\n\n";

    #[test]
    fn what_is_well_is_left_alone() {
        let mended = mend(GOOD, &Layout::of(GOOD));
        assert_eq!((mended.text.as_str(), mended.errors.len()), (GOOD, 0));
    }

    #[test]
    fn an_open_bracket_does_not_swallow_the_rest() {
        let text = format!("[[rule]]\nreads = [\"a\"\n\n{GOOD}[[rule]]\nid = \n\n{GOOD}");
        assert_eq!(lines(&text), [2, 10]);
    }

    #[test]
    fn an_open_text_does_not_swallow_the_rest() {
        let text = format!("{GOOD}[[rule]]\nbecause = \"\"\"\nx\n\n{GOOD}{GOOD}");
        assert_eq!(lines(&text), [8]);
    }

    #[test]
    fn places_stay_what_they_were() {
        let text = format!("[[규칙]]\nid = 계단\n\n{GOOD}");
        let mended = mend(&text, &Layout::of(&text));
        assert_eq!(mended.text.len(), text.len());
        assert!(mended.text.ends_with(GOOD) && mended.errors.len() == 1);
    }
}
