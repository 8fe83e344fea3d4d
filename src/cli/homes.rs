//! `jikimi import homes-csv`: what hangs in thousands of homes, checked line by line, as a file
//! that a site names.
//!
//! Nothing is written while a line is wrong: half a kit would be a home that is taken to be
//! watched.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::out;
use crate::config::Problem;
use crate::config::homes::{Row, read, text_of};
use crate::domain::{DeviceId, DeviceKind, HomeId};

/// Homes that are named where something is missing in many.
const NAMED_MAX: usize = 5;

pub fn import(file: &Path, to: Option<&Path>, force: bool, json: bool) -> anyhow::Result<ExitCode> {
    let name = file.display().to_string();
    let bytes = fs::read(file).with_context(|| format!("{name} cannot be read"))?;
    let Ok(text) = String::from_utf8(bytes) else {
        bail!("{name} is not UTF-8; save it as UTF-8 (a Korean editor may have written EUC-KR)");
    };
    let (rows, wrongs) = read(&text);
    let of_line = |line: usize, code: &'static str, sentence: String| Problem {
        file: name.clone(),
        line: Some(line),
        code,
        sentence,
    };
    let mut problems: Vec<Problem> =
        wrongs.into_iter().map(|wrong| of_line(wrong.line, wrong.code, wrong.sentence)).collect();
    problems.extend(check(&rows).into_iter().map(|(l, code, said)| of_line(l, code, said)));
    problems.sort();
    if problems.is_empty() && rows.is_empty() {
        problems.push(of_line(1, "no-homes", "it names no device; one stands on each line".into()));
    }
    if !problems.is_empty() {
        out::answer(|to| say(to, &problems, json))?;
        return Ok(ExitCode::FAILURE);
    }
    write(&text_of(&rows), to, force)?;
    report(&rows, to);
    Ok(ExitCode::SUCCESS)
}

fn say(out: &mut impl Write, problems: &[Problem], json: bool) -> io::Result<()> {
    for problem in problems {
        match json {
            true => {
                serde_json::to_writer(&mut *out, problem)?;
                writeln!(out)?;
            }
            false => writeln!(out, "{problem}")?,
        }
    }
    Ok(())
}

/// What is wrong with the lines among themselves: ids, kinds, a device that is there twice, a
/// home that is in two buildings.
fn check(rows: &[Row]) -> Vec<(usize, &'static str, String)> {
    let mut wrong = Vec::new();
    let mut devices: BTreeMap<&str, usize> = BTreeMap::new();
    let mut buildings: BTreeMap<&str, (&str, usize)> = BTreeMap::new();
    for row in rows {
        let line = row.line;
        if let Err(error) = HomeId::new(&row.home) {
            wrong.push((line, "bad-id", format!("`home`: {error}")));
        }
        if let Err(error) = DeviceId::new(&row.device) {
            wrong.push((line, "bad-id", format!("`device`: {error}")));
        }
        if kind(&row.kind).is_none() {
            let sentence = format!(
                "`kind` is {}, which hangs in no home; say motion, exit-door, door, power-meter, \
                 water-meter, bed, radar, sos, temperature, smoke or gas",
                row.kind
            );
            wrong.push((line, "bad-value", sentence));
        }
        if let Some(first) = devices.insert(&row.device, line) {
            let sentence = format!("device `{}` stands on line {first} already", row.device);
            wrong.push((line, "duplicate-id", sentence));
            devices.insert(&row.device, first);
        }
        let building = row.more.iter().find(|(column, _)| *column == "building");
        let Some((_, building)) = building else { continue };
        let (said, first) = *buildings.entry(&row.home).or_insert((building, line));
        if said != building {
            let sentence = format!("home `{}` is in building `{said}` on line {first}", row.home);
            wrong.push((line, "two-places", sentence));
        }
    }
    wrong
}

fn kind(text: &str) -> Option<DeviceKind> {
    let kind: DeviceKind = serde_json::from_value(text.into()).ok()?;
    (kind != DeviceKind::Gateway).then_some(kind)
}

fn write(text: &str, to: Option<&Path>, force: bool) -> anyhow::Result<()> {
    let Some(path) = to else {
        out::answer(|to| to.write_all(text.as_bytes()))?;
        return Ok(());
    };
    let file = if force { File::create(path) } else { File::create_new(path) };
    file.and_then(|mut file| file.write_all(text.as_bytes())).with_context(|| {
        let shown = path.display();
        format!("{shown} cannot be written; name a file that is not there yet, or say --force")
    })
}

/// How many there are, and where a home cannot be seen into as it should.
fn report(rows: &[Row], to: Option<&Path>) {
    let homes: BTreeSet<&str> = rows.iter().map(|row| row.home.as_str()).collect();
    let with = |kinds: &[DeviceKind]| -> BTreeSet<&str> {
        let of_kind = rows.iter().filter(|row| kind(&row.kind).is_some_and(|k| kinds.contains(&k)));
        of_kind.map(|row| row.home.as_str()).collect()
    };
    let missing = [
        ("no motion sensor and no radar", with(&[DeviceKind::Motion, DeviceKind::Radar])),
        ("no sensor at the way out", with(&[DeviceKind::ExitDoor])),
        ("no button to call for help", with(&[DeviceKind::Sos])),
    ];
    for (what, having) in missing {
        let without: Vec<&str> = homes.difference(&having).copied().collect();
        if !without.is_empty() {
            let named = without[..without.len().min(NAMED_MAX)].join(", ");
            let more = if without.len() > NAMED_MAX { ", …" } else { "" };
            eprintln!("warning: {} homes have {what}: {named}{more}", without.len());
        }
    }
    let Some(path) = to else { return };
    println!("{}: {} homes with {} devices", path.display(), homes.len(), rows.len());
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    println!("say it in the site's file beside it: homes = \"{name}\"");
}
