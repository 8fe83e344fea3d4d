//! A site as the text of its file, in the form that `jikimi check` reads.

use std::fmt::Write as _;

use serde::Serialize;

use super::building::Assumed;
use crate::domain::{Exit, Passage, PassageKind, Point, Site, Zone};

/// The file of a site. Widths that were assumed say so beside them.
pub(super) fn site(site: &Site, assumed: &Assumed) -> String {
    let mut text = String::new();
    // Writing into a string never fails.
    let _ = head(&mut text, site, assumed);
    for zone in site.zones.values() {
        let _ = self::zone(&mut text, zone);
    }
    for (n, passage) in site.passages.iter().enumerate() {
        let _ = self::passage(&mut text, passage, assumed.passages.contains(&n));
    }
    for (n, exit) in site.exits.iter().enumerate() {
        let _ = self::exit(&mut text, exit, assumed.exits.contains(&n));
    }
    text
}

type Written = std::fmt::Result;

fn head(text: &mut String, site: &Site, assumed: &Assumed) -> Written {
    writeln!(
        text,
        "# Imported (도면 가져오기). What the drawing did not say is marked: survey it."
    )?;
    for left_out in &assumed.left_out {
        writeln!(text, "# Left out, since no way leads out of it: {}", one_line(left_out))?;
    }
    writeln!(text, "\nid = {}", quoted(site.id.as_str()))?;
    writeln!(text, "name = {}", quoted(&site.name))?;
    writeln!(text, "timezone = {}", quoted(&site.timezone))?;
    for building in site.buildings.values() {
        writeln!(text, "\n[[building]]\nid = {}", quoted(building.id.as_str()))?;
        writeln!(text, "name = {}", quoted(&building.name))?;
    }
    let mut storeys: Vec<_> = site.storeys.values().collect();
    storeys.sort_by_key(|storey| storey.level);
    for storey in storeys {
        writeln!(text, "\n[[storey]]\nid = {}", quoted(storey.id.as_str()))?;
        writeln!(text, "building = {}", quoted(storey.building.as_str()))?;
        writeln!(text, "level = {}", storey.level)?;
    }
    Ok(())
}

fn zone(text: &mut String, zone: &Zone) -> Written {
    writeln!(text, "\n[[zone]]\nid = {}", quoted(zone.id.as_str()))?;
    writeln!(text, "storey = {}", quoted(zone.storey.as_str()))?;
    writeln!(text, "kind = {}", quoted(&word(&zone.kind)))?;
    writeln!(text, "name = {}", quoted(&zone.name))?;
    if let Some(people) = zone.people {
        writeln!(text, "people = {people}")?;
    }
    if !zone.polygon.is_empty() {
        let corners: Vec<String> = zone.polygon.iter().copied().map(point).collect();
        writeln!(text, "polygon = [{}]", corners.join(", "))?;
    }
    Ok(())
}

fn passage(text: &mut String, passage: &Passage, assumed: bool) -> Written {
    writeln!(text, "\n[[passage]]")?;
    if let Some(id) = &passage.id {
        writeln!(text, "id = {}", quoted(id.as_str()))?;
    }
    let [one, other] = &passage.between;
    writeln!(text, "between = [{}, {}]", quoted(one.as_str()), quoted(other.as_str()))?;
    // What is left out is a door, or stairs between two storeys.
    if !matches!(passage.kind, PassageKind::Door | PassageKind::Stairs) {
        writeln!(text, "kind = {}", quoted(&word(&passage.kind)))?;
    }
    way(text, passage.length_m, passage.clear_width_m, passage.at, assumed)
}

fn exit(text: &mut String, exit: &Exit, assumed: bool) -> Written {
    writeln!(text, "\n[[exit]]\nid = {}", quoted(exit.id.as_str()))?;
    writeln!(text, "zone = {}", quoted(exit.zone.as_str()))?;
    way(text, exit.length_m, exit.clear_width_m, exit.at, assumed)
}

fn way(text: &mut String, long: f64, wide: f64, at: Option<Point>, assumed: bool) -> Written {
    let mark = if assumed { " # assumed, not drawn" } else { "" };
    writeln!(text, "length_m = {long}")?;
    writeln!(text, "clear_width_m = {wide}{mark}")?;
    if let Some(at) = at {
        writeln!(text, "at = {}", point(at))?;
    }
    Ok(())
}

fn point(at: Point) -> String {
    format!("[{}, {}]", at.x, at.y)
}

/// A word of a closed list, as serde spells it.
fn word(of: &impl Serialize) -> String {
    match serde_json::to_value(of) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// A text as a basic string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
