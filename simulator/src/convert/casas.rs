//! The CASAS smart homes (Washington State University): motion by area, the front door, lights.
//!
//! A line is `date time area sensor value label`. Outings are taken from the labels `Leave_Home`
//! and `Enter_Home`; some lack the first, so they are the lower limit of what is true.

use std::path::Path;

use super::home::{Home, Kind, text, wall_clock, wrong};
use super::{ConvertError, Converted};

const LINE: &str = "`date time area sensor ON|OFF|OPEN|CLOSE label`";

/// Converts one home's events.
pub fn convert(path: &Path) -> Result<Converted, ConvertError> {
    let file = path.display().to_string();
    let mut home = Home::new("casas", "A home of CASAS");
    let (mut left, mut label_before) = (None, String::new());
    for (number, line) in text(path)?.lines().enumerate() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [date, time, _, sensor, value, ref label @ ..] = fields[..] else {
            return Err(wrong(&file, number, format!("is `{line}`"), LINE));
        };
        let label = label.first().copied().unwrap_or_default();
        let at = wall_clock(&format!("{date} {time}"))
            .ok_or_else(|| wrong(&file, number, format!("its time is `{date} {time}`"), LINE))?;
        let is_exit = sensor == "FrontDoor";
        let kind = match value {
            "OPEN" | "CLOSE" if is_exit => Kind::ExitDoor,
            "OPEN" | "CLOSE" => Kind::Door,
            // A switch is turned by a hand.
            "ON" | "OFF" if sensor.ends_with("Light") => Kind::Door,
            "ON" | "OFF" => Kind::Motion,
            _ => {
                home.skip(format!("{file}, line {}: {sensor} is `{value}`", number + 1));
                continue;
            }
        };
        // One sensor may say two things; then it is two devices.
        let name = if kind == Kind::ExitDoor { "exit-door" } else { sensor };
        home.says(at, name, kind, matches!(value, "ON" | "OPEN"));
        match (label_before.as_str(), label) {
            (before, "Leave_Home") if before != "Leave_Home" => left = Some(at),
            (before, "Enter_Home") if before != "Enter_Home" => {
                if let Some(left) = left.take() {
                    home.out(left, at);
                }
            }
            _ => {}
        }
        label.clone_into(&mut label_before);
    }
    home.converted(&file)
}
