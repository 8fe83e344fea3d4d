//! The homes of Ordóñez (UCI, ADL binary): tables of when each sensor was active.
//!
//! `NAME_Sensors.txt` holds start, end, location, type and place of each activation;
//! `NAME_ADLs.txt` beside it says when the person was out (`Leaving`).

use std::path::Path;

use super::home::{Home, Kind, text, wall_clock, wrong};
use super::{ConvertError, Converted};

const LINE: &str = "start date and time, end date and time, location, type and place";

/// Converts `OrdonezA_Sensors.txt` with the table of activities beside it.
pub fn convert(path: &Path) -> Result<Converted, ConvertError> {
    let mut home = Home::new("ordonez", "A home of Ordonez");
    let file = path.display().to_string();
    for (number, fields) in rows(&text(path)?) {
        let [day, from, end, until, location, kind, place] = fields[..] else {
            return Err(wrong(&file, number, format!("has {} fields", fields.len()), LINE));
        };
        let moment = |day: &str, time: &str| {
            wall_clock(&format!("{day} {time}"))
                .ok_or_else(|| wrong(&file, number, format!("a time is `{day} {time}`"), LINE))
        };
        let (at, until) = (moment(day, from)?, moment(end, until)?);
        let kind = match (kind, location) {
            ("PIR", _) => Kind::Motion,
            (_, "Maindoor") => Kind::ExitDoor,
            ("Pressure", "Bed") => Kind::Bed,
            _ => Kind::Door,
        };
        let device = format!("{place} {location}");
        home.says(at, &device, kind, true);
        home.says(until, &device, kind, false);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let activities = path.with_file_name(name.replace("_Sensors", "_ADLs"));
    for (_, fields) in rows(&text(&activities)?) {
        if let [day, from, end, until, "Leaving"] = fields[..]
            && let Some(from) = wall_clock(&format!("{day} {from}"))
            && let Some(until) = wall_clock(&format!("{end} {until}"))
        {
            home.out(from, until);
        }
    }
    home.converted(&file)
}

/// The rows below the two of the heading, by their fields.
fn rows(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let rows = text.lines().enumerate().skip(2);
    rows.filter(|(_, row)| !row.trim().is_empty())
        .map(|(number, row)| (number, row.split_whitespace().collect()))
}
