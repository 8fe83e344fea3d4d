//! The words of one line, and what to say of one that does not fit.

use super::nearest::nearest;

/// What is wrong with a line: `line 12: …; expected …`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}; expected {wanted}")]
pub struct Mistake {
    pub line: usize,
    pub problem: String,
    pub wanted: String,
}

pub type Read<T> = Result<T, Mistake>;

/// The statements of a script: the words of a line, each with the line's number. A line that ends
/// with a comma or a semicolon goes on in the next.
///
/// Commas, semicolons, `±` and the colon before a space are words of their own; the long dash of
/// a span of time is the short one.
pub fn statements(text: &str) -> Vec<Vec<(usize, String)>> {
    let mut statements: Vec<Vec<(usize, String)>> = Vec::new();
    let mut goes_on = false;
    for (index, line) in text.lines().enumerate() {
        let spaced = spaced(line);
        let words: Vec<_> =
            spaced.split_whitespace().map(|word| (index + 1, word.to_owned())).collect();
        let Some((_, last)) = words.last() else { continue };
        let ends = last != "," && last != ";";
        match statements.last_mut().filter(|_| goes_on) {
            Some(statement) => statement.extend(words),
            None => statements.push(words),
        }
        goes_on = !ends;
    }
    statements
}

fn spaced(line: &str) -> String {
    let line = line.split('#').next().unwrap_or_default();
    let line = line.replace(['–', '—'], "-").replace("+-", "±").replace(" - ", "-");
    let line = line.replace(',', " , ").replace(';', " ; ").replace('±', " ± ");
    format!("{line} ").replace(": ", " : ")
}

/// The words of one statement, taken from the left.
pub struct Words<'a> {
    lines: Vec<usize>,
    words: Vec<&'a str>,
    next: usize,
}

impl<'a> Words<'a> {
    pub fn new(statement: &'a [(usize, String)]) -> Self {
        let (lines, words) = statement.iter().map(|(line, word)| (*line, word.as_str())).unzip();
        Self { lines, words, next: 0 }
    }

    /// The line of the next word, or of the last.
    pub fn line(&self) -> usize {
        self.lines.get(self.next).or(self.lines.last()).copied().unwrap_or(1)
    }

    pub fn peek(&self) -> Option<&'a str> {
        self.words.get(self.next).copied()
    }

    /// A mistake at the next word.
    pub fn mistake(&self, wanted: impl Into<String>) -> Mistake {
        let problem = match self.peek() {
            Some(word) => format!("`{word}` does not fit here"),
            None => "something is missing at its end".to_owned(),
        };
        self.problem(problem, wanted)
    }

    /// A mistake in what has been read.
    pub fn problem(&self, problem: impl Into<String>, wanted: impl Into<String>) -> Mistake {
        Mistake { line: self.line(), problem: problem.into(), wanted: wanted.into() }
    }

    /// Takes the next word if it is this one.
    pub fn eat(&mut self, word: &str) -> bool {
        let is = self.peek() == Some(word);
        self.next += usize::from(is);
        is
    }

    /// Takes the next words if they are these.
    pub fn eat_all(&mut self, words: &[&str]) -> bool {
        let is = self.words[self.next..].starts_with(words);
        self.next += if is { words.len() } else { 0 };
        is
    }

    pub fn must_be(&mut self, word: &str) -> Read<()> {
        if self.eat(word) { Ok(()) } else { Err(self.mistake(format!("`{word}`"))) }
    }

    pub fn end(&self) -> Read<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.mistake("the end of the line")),
        }
    }

    /// Reads the next word as something; it is taken only if it is that.
    pub fn read<T>(&mut self, wanted: &str, read: impl Fn(&str) -> Option<T>) -> Read<T> {
        match self.peek().and_then(read) {
            Some(is) => {
                self.next += 1;
                Ok(is)
            }
            None => Err(self.mistake(wanted)),
        }
    }

    /// One of a closed list, by name.
    pub fn one_of<T: Copy>(&mut self, what: &str, known: &[(&'static str, T)]) -> Read<T> {
        let found = |word: &str| known.iter().find(|(name, _)| *name == word).map(|(_, is)| *is);
        if let Some(is) = self.peek().and_then(found) {
            self.next += 1;
            return Ok(is);
        }
        let names = known.iter().map(|(name, _)| *name);
        let near = self.peek().and_then(|word| nearest(word, names.clone()));
        let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
        let names: Vec<&str> = names.collect();
        Err(self.mistake(format!("{what}{near}: one of {}", names.join(", "))))
    }

    pub fn id(&mut self, what: &str) -> Read<String> {
        let wanted = format!("the id of {what}, of a-z, 0-9 and -");
        self.read(&wanted, |word| is_id(word).then(|| word.to_owned()))
    }

    /// `h0101` or `h0101..h0120`
    pub fn range_of(&mut self, what: &str) -> Read<Vec<String>> {
        let wanted = format!("the id of {what}, of a-z, 0-9 and -, or a range as h0101..h0120");
        self.read(&wanted, range)
    }

    /// `h0101..h0104, h0107`
    pub fn ids(&mut self, what: &str) -> Read<Vec<String>> {
        let mut ids = self.range_of(what)?;
        while self.eat(",") {
            ids.extend(self.range_of(what)?);
        }
        Ok(ids)
    }

    /// `14:03` or `14:03:20`, in milliseconds of the day.
    pub fn time(&mut self) -> Read<u64> {
        self.read("a time of day, as 14:03 or 14:03:20, at most 24:00", time)
    }

    /// `09:10-11:30`
    pub fn times(&mut self) -> Read<(u64, u64)> {
        self.read("two times of day, the earlier first, as 09:10-11:30", |word| {
            let (from, until) = word.split_once('-')?;
            Some((time(from)?, time(until)?)).filter(|(from, until)| from < until)
        })
    }

    /// `60 s`, `5 min` or `1 h`, in milliseconds.
    pub fn span(&mut self) -> Read<u64> {
        const WANTED: &str = "a span of time above 0, as 60 s, 5 min or 1 h";
        if let Ok(span) = self.read(WANTED, span) {
            return Ok(span);
        }
        let (number, unit) = (self.peek(), self.words.get(self.next + 1));
        let both = format!("{}{}", number.unwrap_or_default(), unit.unwrap_or(&""));
        match span(&both) {
            Some(span) => {
                self.next += 2;
                Ok(span)
            }
            None => Err(self.mistake(WANTED)),
        }
    }

    pub fn number(&mut self) -> Read<f64> {
        self.read("a number, as 22 or 0.5", |word| {
            word.parse().ok().filter(|number: &f64| number.is_finite() && number.abs() < 1e9)
        })
    }
}

fn is_id(word: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=64).contains(&word.len()) && word.chars().all(fits)
}

fn time(word: &str) -> Option<u64> {
    let mut parts = [0_u64; 3];
    let count = word.split(':').count();
    if !(2..=3).contains(&count) {
        return None;
    }
    for (part, digits) in parts.iter_mut().zip(word.split(':')) {
        let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        *part = two.then(|| digits.parse().ok()).flatten()?;
    }
    let [hours, minutes, seconds] = parts;
    let ms = ((hours * 60 + minutes) * 60 + seconds) * 1_000;
    (minutes < 60 && seconds < 60 && ms <= super::DAY_MS).then_some(ms)
}

fn span(word: &str) -> Option<u64> {
    let digits = word.find(|c: char| !c.is_ascii_digit())?;
    let count: u64 = word[..digits].parse().ok()?;
    let unit = match &word[digits..] {
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    (1..=86_400).contains(&count).then_some(count * unit)
}

fn range(word: &str) -> Option<Vec<String>> {
    let Some((first, last)) = word.split_once("..") else {
        return is_id(word).then(|| vec![word.to_owned()]);
    };
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit());
    let (from, until) = (&first[stem.len()..], last.strip_prefix(stem)?);
    let width = from.len();
    let (from, until): (u32, u32) = (from.parse().ok()?, until.parse().ok()?);
    let well = is_id(first) && is_id(last) && first.len() == last.len();
    let few = from <= until && until - from < 10_000;
    (well && few).then(|| (from..=until).map(|n| format!("{stem}{n:0width$}")).collect())
}
