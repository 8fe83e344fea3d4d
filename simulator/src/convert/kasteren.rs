//! The homes of van Kasteren, and those of the MIT study in the same form: reed switches and
//! their like, on everything that is opened, pressed or run.
//!
//! `NAME.sensors` holds the start by the wall clock in seconds since 1970, the length in seconds
//! and the sensor; names stand beside it in `NAME.sensor_names`, activities in `NAME.activities`.
//! An open door is one long event: its opening and its closing are a person, the time between
//! them is nobody.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::SignedDuration;

use super::home::{Home, Kind, text, wall_seconds, wrong};
use super::{ConvertError, Converted};

const LINE: &str = "start, length and sensor as whole numbers, between tabs";
const LEAVES: &str = "leave-house";

/// Converts `houseA.sensors` with the files beside it.
pub fn convert(path: &Path) -> Result<Converted, ConvertError> {
    read(path, Home::new("kasteren", "A home of van Kasteren"), &["front door"])
}

/// Reads such a home; the exit doors are known by their names, in small letters.
pub(super) fn read(path: &Path, mut home: Home, exits: &[&str]) -> Result<Converted, ConvertError> {
    let file = path.display().to_string();
    let names = named(&path.with_extension("sensor_names"))?;
    for (number, line) in text(path)?.lines().enumerate() {
        let [start, seconds, sensor] = fields(line, &file, number)?;
        let name = names.get(sensor).cloned().unwrap_or_else(|| format!("sensor {sensor}"));
        let exit = exits.contains(&name.trim().to_ascii_lowercase().as_str());
        let kind = if exit { Kind::ExitDoor } else { Kind::Door };
        let (at, until) = span(start, seconds)
            .ok_or_else(|| wrong(&file, number, format!("is `{line}`"), LINE))?;
        // Names repeat; with its number each is one device.
        let device = format!("{name} {sensor}");
        home.says(at, &device, kind, true);
        home.says(until, &device, kind, false);
    }
    let activities = path.with_extension("activities");
    let of_activities = activities.display().to_string();
    let kinds = named(&path.with_extension("activity_names"))?;
    for (number, line) in text(&activities)?.lines().enumerate() {
        let [start, seconds, activity] = fields(line, &of_activities, number)?;
        let leaves = kinds.get(activity).is_some_and(|name| name.trim() == LEAVES);
        if let Some((from, until)) = span(start, seconds).filter(|_| leaves) {
            home.out(from, until);
        }
    }
    home.converted(&file)
}

fn span(start: &str, seconds: &str) -> Option<(jiff::Timestamp, jiff::Timestamp)> {
    let from = wall_seconds(start)?;
    let seconds: i64 = seconds.trim().parse().ok()?;
    Some((from, from.checked_add(SignedDuration::from_secs(seconds.max(0))).ok()?))
}

fn fields<'a>(line: &'a str, file: &str, number: usize) -> Result<[&'a str; 3], ConvertError> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    <[&str; 3]>::try_from(fields).map_err(|_| wrong(file, number, format!("is `{line}`"), LINE))
}

/// Numbers and names, between tabs.
fn named(path: &Path) -> Result<BTreeMap<String, String>, ConvertError> {
    let text = text(path)?;
    let pairs = text.lines().filter_map(|line| line.split_once('\t'));
    Ok(pairs.map(|(number, name)| (number.trim().to_owned(), name.trim().to_owned())).collect())
}
