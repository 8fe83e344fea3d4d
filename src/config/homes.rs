//! `sites/*.csv`: the homes of a site and what hangs in them, one device a line, as an office
//! keeps it. A site's file names it: `homes = "usan.csv"`.
//!
//! Each line becomes the tables that could stand in the site's file, at the same line, so that
//! whatever is wrong is found and said by whoever reads those. No name, number or address of a
//! person ever stands here: a home is an id.

use std::fmt::Write as _;

use super::document::Source;
use super::nearest::hint;
use super::problem::{Problem, Report};

/// The columns, and what the first line may call them.
const COLUMNS: [(&str, &[&str]); 10] = [
    ("home", &["home", "세대"]),
    ("device", &["device", "단말"]),
    ("kind", &["kind", "종류"]),
    ("profile", &["profile", "프로필"]),
    ("address", &["address", "주소"]),
    ("model", &["model", "모델"]),
    ("reads", &["reads", "측정"]),
    ("building", &["building", "동"]),
    ("gateway", &["gateway", "중계기"]),
    ("silent_after_s", &["silent_after_s"]),
];
const REQUIRED: [&str; 3] = ["home", "device", "kind"];

/// What a device of a kind reads where no column says it.
const USUAL: [(&str, &str); 11] = [
    ("motion", "motion"),
    ("exit-door", "contact"),
    ("door", "contact"),
    ("power-meter", "power"),
    ("water-meter", "water"),
    ("bed", "presence"),
    ("radar", "presence"),
    ("sos", "sos"),
    ("temperature", "temperature"),
    ("smoke", "smoke_alarm"),
    ("gas", "gas_alarm"),
];

/// One line of it, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Counted from 1; the first names the columns.
    pub line: usize,
    pub home: String,
    pub device: String,
    pub kind: String,
    /// The other columns that say something, in the order of the table of columns.
    pub more: Vec<(&'static str, String)>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub line: usize,
    pub code: &'static str,
    pub sentence: String,
}

/// A file of homes as a site reads it.
pub(super) struct HomesFile {
    /// As it was read, for the configuration's hash.
    pub text: Source,
    /// The `[[home]]` and the `[[device]]` that its lines are.
    pub homes: Source,
    pub devices: Source,
    pub wrongs: Vec<Wrong>,
}

impl HomesFile {
    pub fn new(file: String, text: String) -> Self {
        let (rows, wrongs) = read(&text);
        let lines = text.lines().count();
        let homes = Source::new(file.clone(), tables("home", lines, &first_of_homes(&rows)));
        let all: Vec<(usize, String)> = rows.iter().map(|row| (row.line, device(row))).collect();
        let devices = Source::new(file.clone(), tables("device", lines, &all));
        Self { text: Source::raw(file, text), homes, devices, wrongs }
    }

    pub fn report(&self, report: &mut Report) {
        let problem = |wrong: &Wrong| Problem {
            file: self.text.file.clone(),
            line: Some(wrong.line),
            code: wrong.code,
            sentence: wrong.sentence.clone(),
        };
        report.problems.extend(self.wrongs.iter().map(problem));
    }
}

/// Reads the lines of a file of homes; what is wrong with one costs that line only.
#[must_use]
pub fn read(text: &str) -> (Vec<Row>, Vec<Wrong>) {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    let (mut rows, mut wrongs) = (Vec::new(), Vec::new());
    let Some(columns) = lines.next().map(|(_, first)| columns(first)) else {
        let sentence = format!("the file is empty; its first line is {}", wanted());
        return (rows, vec![Wrong { line: 1, code: "missing-column", sentence }]);
    };
    let columns = match columns {
        Ok(columns) => columns,
        Err((code, sentence)) => return (rows, vec![Wrong { line: 1, code, sentence }]),
    };
    for (index, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
        let line = index + 1;
        match row(line, text, &columns) {
            Ok(row) => rows.push(row),
            Err((code, sentence)) => wrongs.push(Wrong { line, code, sentence }),
        }
    }
    (rows, wrongs)
}

type Refused = (&'static str, String);

fn wanted() -> String {
    let optional = COLUMNS.iter().map(|(name, _)| *name).filter(|name| !REQUIRED.contains(name));
    let optional: Vec<&str> = optional.collect();
    format!("`{}`, with {} where they are wanted", REQUIRED.join(","), optional.join(", "))
}

fn columns(first: &str) -> Result<Vec<&'static str>, Refused> {
    let mut columns = Vec::new();
    for name in fields(first)? {
        let column = COLUMNS.iter().find(|(_, names)| names.contains(&name.as_str()));
        let Some((column, _)) = column else {
            let hint = hint(&name, COLUMNS.iter().map(|(name, _)| *name));
            let sentence =
                format!("there is no column `{name}`{hint}; the first line is {}", wanted());
            return Err(("unknown-column", sentence));
        };
        if columns.contains(column) {
            return Err(("duplicate-column", format!("column `{column}` is there twice")));
        }
        columns.push(*column);
    }
    match REQUIRED.iter().find(|name| !columns.contains(name)) {
        Some(name) => {
            let sentence = format!("column `{name}` is missing; the first line is {}", wanted());
            Err(("missing-column", sentence))
        }
        None => Ok(columns),
    }
}

fn row(line: usize, text: &str, columns: &[&'static str]) -> Result<Row, Refused> {
    let fields = fields(text)?;
    if fields.len() != columns.len() {
        let sentence = format!(
            "the line has {} fields, and the first line names {} columns; say as many, empty \
             where there is nothing",
            fields.len(),
            columns.len()
        );
        return Err(("wrong-fields", sentence));
    }
    let mut row = Row {
        line,
        home: String::new(),
        device: String::new(),
        kind: String::new(),
        more: Vec::new(),
    };
    for (column, field) in columns.iter().zip(fields) {
        match *column {
            "home" => row.home = field,
            "device" => row.device = field,
            "kind" => row.kind = field,
            _ if field.is_empty() || (*column == "profile" && field == "native") => {}
            other => row.more.push((other, field)),
        }
    }
    for (name, said) in [("home", &row.home), ("device", &row.device), ("kind", &row.kind)] {
        if said.is_empty() {
            return Err(("missing-field", format!("`{name}` is empty; every line has one")));
        }
    }
    Ok(row)
}

/// The fields of a line: parted by commas; one in quotes may have a comma, and a quote twice.
fn fields(text: &str) -> Result<Vec<String>, Refused> {
    let mut fields = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = match rest.trim_start().strip_prefix('"') {
            None => rest.split_once(',').map_or((rest, None), |(field, rest)| (field, Some(rest))),
            Some(quoted) => {
                let (field, after) = unquoted(quoted)?;
                fields.push(field);
                match after.trim_start().strip_prefix(',') {
                    Some(after) => rest = after,
                    None if after.trim().is_empty() => return Ok(fields),
                    None => {
                        let sentence = "after a closing quote comes a comma or the line's end";
                        return Err(("syntax", sentence.to_owned()));
                    }
                }
                continue;
            }
        };
        fields.push(field.trim().to_owned());
        match after {
            Some(after) => rest = after,
            None => return Ok(fields),
        }
    }
}

/// What stands before the closing quote, and what behind it.
fn unquoted(text: &str) -> Result<(String, &str), Refused> {
    let mut field = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('"') {
        field.push_str(before);
        let Some(twice) = after.strip_prefix('"') else { return Ok((field, after)) };
        field.push('"');
        rest = twice;
    }
    Err(("syntax", "a quote is not closed on its line; close it".to_owned()))
}

/// The line on which each home is named first, and its table.
fn first_of_homes(rows: &[Row]) -> Vec<(usize, String)> {
    let mut known = std::collections::BTreeSet::new();
    let first = rows.iter().filter(|row| known.insert(row.home.as_str()));
    first.map(|row| (row.line, home(row))).collect()
}

fn home(row: &Row) -> String {
    let mut table = format!("id = {}", quoted(&row.home));
    for (column, said) in &row.more {
        if matches!(*column, "building" | "gateway") {
            let _infallible = write!(table, ", {column} = {}", quoted(said));
        }
    }
    table
}

fn device(row: &Row) -> String {
    let [id, kind, home] = [&row.device, &row.kind, &row.home].map(|text| quoted(text));
    let mut table = format!("id = {id}, kind = {kind}, home = {home}");
    let said = row.more.iter().find(|(column, _)| *column == "reads");
    let usual = USUAL.iter().find(|(kind, _)| *kind == row.kind).map_or("motion", |(_, of)| of);
    let reads: Vec<String> = match said {
        Some((_, said)) => said.split_whitespace().map(quoted).collect(),
        None => vec![quoted(usual)],
    };
    let _infallible = write!(table, ", reads = [{}]", reads.join(", "));
    for (column, said) in &row.more {
        match *column {
            "reads" | "building" | "gateway" => {}
            "silent_after_s" if said.parse::<f64>().is_ok_and(f64::is_finite) => {
                let seconds = said.parse::<f64>().unwrap_or_default();
                let _infallible = write!(table, ", silent_after_s = {seconds:?}");
            }
            column => {
                let _infallible = write!(table, ", {column} = {}", quoted(said));
            }
        }
    }
    table
}

/// An array of tables, each on its own line.
fn tables(key: &str, lines: usize, all: &[(usize, String)]) -> String {
    let mut text = format!("{key} = [");
    let mut all = all.iter().peekable();
    for line in 2..=lines {
        text.push('\n');
        while let Some((_, table)) = all.next_if(|(of, _)| *of <= line) {
            let _infallible = write!(text, "{{ {table} }},");
        }
    }
    text.push_str("\n]\n");
    text
}

/// A text as TOML has it in quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _infallible = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The file as this version writes it: the same columns in the same order, homes together.
#[must_use]
pub fn text_of(rows: &[Row]) -> String {
    let is_said = |column: &str| {
        REQUIRED.contains(&column)
            || column == "profile"
            || rows.iter().any(|row| row.more.iter().any(|(of, _)| *of == column))
    };
    let columns: Vec<&str> =
        COLUMNS.iter().map(|(name, _)| *name).filter(|name| is_said(name)).collect();
    let mut rows: Vec<&Row> = rows.iter().collect();
    rows.sort_by(|one, other| (&one.home, &one.device).cmp(&(&other.home, &other.device)));
    let mut text = columns.join(",");
    text.push('\n');
    for row in rows {
        let said = |column: &&str| match *column {
            "home" => row.home.clone(),
            "device" => row.device.clone(),
            "kind" => row.kind.clone(),
            other => {
                let said = row.more.iter().find(|(of, _)| *of == other);
                let said = said.map_or("", |(_, said)| said.as_str());
                match said.contains([',', '"']) {
                    true => format!("\"{}\"", said.replace('"', "\"\"")),
                    false => said.to_owned(),
                }
            }
        };
        text.push_str(&columns.iter().map(said).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_found_again_at_its_place_whatever_stands_before_it() {
        let text = "home,device,kind,profile,address\n\
                    h1,h1-pir,motion,,\n\
                    \n\
                    h1,h1-exit,exit-door,zigbee2mqtt,\"Flur, links \"\"A\"\"\"\n\
                    h2,h2-pir,motion\n\
                    h2,h2-sos,sos,native,\n";
        let (rows, wrongs) = read(text);
        let lines: Vec<usize> = rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [2, 4, 6]);
        assert_eq!(rows[1].more[1], ("address", "Flur, links \"A\"".to_owned()));
        assert_eq!(wrongs.len(), 1);
        assert_eq!((wrongs[0].line, wrongs[0].code), (5, "wrong-fields"));
        let file = HomesFile::new("sites/a.csv".to_owned(), text.to_owned());
        let devices: toml::Table = tables("device", 6, &[]).parse().unwrap();
        assert!(devices["device"].as_array().unwrap().is_empty());
        assert_eq!(file.devices.text.lines().nth(3).unwrap().matches("h1-exit").count(), 1);
        let again = text_of(&rows);
        assert_eq!(read(&again).0.len(), 3);
        assert_eq!(text_of(&read(&again).0), again);
    }

    #[test]
    fn a_file_without_its_columns_says_what_its_first_line_is() {
        for (text, code) in [
            ("", "missing-column"),
            ("home,device\n", "missing-column"),
            ("home,device,kind,naem\n", "unknown-column"),
            ("home,device,kind,home\n", "duplicate-column"),
            ("세대,단말,종류\nh1,\"h1-pir,motion\n", "syntax"),
            ("세대,단말,종류\nh1,,motion\n", "missing-field"),
        ] {
            let (rows, wrongs) = read(text);
            assert!(rows.is_empty(), "{text}");
            assert_eq!(wrongs[0].code, code, "{text}");
        }
    }
}
