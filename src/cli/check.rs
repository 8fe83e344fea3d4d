//! `jikimi check`: every problem of every file, for a person or for a machine.
//!
//! Nothing is started and nothing is changed, so it can run anywhere, also beside the service.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::{out, payload};
use crate::config::{self, Problem};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The configuration folder, or its jikimi.toml.
    #[arg(default_value = "config")]
    pub folder: PathBuf,
    /// One JSON object a line.
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub payload: payload::Arguments,
}

/// Checks a configuration folder and says on stdout what is wrong, or what a payload becomes;
/// fails if anything is wrong.
///
/// # Errors
/// If the payload cannot be looked at.
pub fn check(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { folder, json, payload } = arguments;
    let (problems, warnings, files) = match config::load(folder) {
        Ok(loaded) => match payload.file() {
            Some(file) => return payload::show(file, payload, &loaded, *json),
            None => (Vec::new(), loaded.warnings, loaded.files),
        },
        Err(refused) => (refused.problems, refused.warnings, refused.files),
    };
    let said = out::answer(|out| match json {
        true => say_json(out, &problems, &warnings),
        false => say(out, &problems, &warnings, files),
    });
    match said {
        Ok(()) if problems.is_empty() => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

/// One line each, then the sum.
fn say(
    out: &mut impl Write,
    problems: &[Problem],
    warnings: &[Problem],
    files: usize,
) -> io::Result<()> {
    for problem in problems {
        writeln!(out, "{problem}")?;
    }
    for warning in warnings {
        writeln!(out, "warning: {warning}")?;
    }
    let problems = count(problems.len(), "problem");
    let warnings = count(warnings.len(), "warning");
    writeln!(out, "{problems}, {warnings} in {}", count(files, "file"))
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[derive(Serialize)]
struct Line<'p> {
    #[serde(flatten)]
    problem: &'p Problem,
    warning: bool,
}

/// One JSON object a line, nothing else.
fn say_json(out: &mut impl Write, problems: &[Problem], warnings: &[Problem]) -> io::Result<()> {
    let problems = problems.iter().map(|problem| Line { problem, warning: false });
    let warnings = warnings.iter().map(|problem| Line { problem, warning: true });
    for line in problems.chain(warnings) {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem() -> Problem {
        let (file, sentence) = ("rules/fire.toml".to_owned(), "rule `a`: it is wrong".to_owned());
        Problem { file, line: Some(12), code: "bad-value", sentence }
    }

    #[test]
    fn a_person_gets_a_line_each_and_the_sum() {
        let mut out = Vec::new();
        let (problems, warnings) = (vec![problem(); 3], [problem()]);
        say(&mut out, &problems, &warnings, 7).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "rules/fire.toml:12: rule `a`: it is wrong");
        assert_eq!(lines[3], "warning: rules/fire.toml:12: rule `a`: it is wrong");
        assert_eq!(lines[4], "3 problems, 1 warning in 7 files");
    }

    #[test]
    fn a_machine_gets_json_lines_and_nothing_else() {
        let mut out = Vec::new();
        say_json(&mut out, &[problem()], &[problem()]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0]["file"], "rules/fire.toml");
        assert_eq!(lines[0]["line"], 12);
        assert_eq!(lines[0]["code"], "bad-value");
        assert_eq!(lines[1]["warning"], true);
    }
}
