//! Measured fires in houses and corridors of several rooms, by the smoke layer of each room.
//!
//! Given are the layer files of one test (`…_HGL_1.csv`, `…_Tree3_layer.csv`), a room each. The
//! layer's temperature is what a sensor under the ceiling would read. The truths: a fire, from the
//! first row on, and for each room when it can no longer be passed, which is when hot smoke hangs
//! lower than a person's eyes.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::table::Table;
use super::{ConvertError, Converted, since_base};
use crate::files::{self, Device, SiteFile};
use crate::truth::Truth;

const BUILDING: &str = "house";
/// Below this, in metres, and at least so hot, in °C: eyes and the limit of breathing hot air for
/// half an hour (ISO 13571).
const EYES_M: f64 = 1.5;
const HOT_C: f64 = 60.0;

const REMARK: &str = "\
Rooms of a measured fire, one for each layer file.
How they hang together is made up: each lies beside the one before.";

/// Converts the rooms in these files, which are of one test.
pub fn convert(paths: &[PathBuf]) -> Result<Converted, ConvertError> {
    let Some(first) = paths.first() else {
        return Err(ConvertError::File {
            file: "nothing".to_owned(),
            problem: "names no file".to_owned(),
            remedy: "the layer files of one test".to_owned(),
        });
    };
    let mut converted = Converted {
        site: super::site_of(first)?,
        lines: Vec::new(),
        truths: Vec::new(),
        files: Vec::new(),
        skipped: Vec::new(),
    };
    for (index, path) in paths.iter().enumerate() {
        room(path, index + 1, &mut converted)?;
    }
    converted.lines.sort_by_key(|line| line.received_at);
    converted.truths.sort_by_key(|truth| truth.from);
    if let Some(line) = converted.lines.first() {
        let from = line.received_at - super::TRANSIT;
        let (kind, place) = ("fire".to_owned(), BUILDING.to_owned());
        let truth = Truth { kind, site: converted.site.clone(), place, from, until: None };
        converted.truths.insert(0, truth);
    }
    let site_file = site_file(&converted.site, paths.len());
    converted.files = files::configuration(&[files::HEAT, files::SILENT], &[site_file]);
    Ok(converted)
}

fn room(path: &Path, number: usize, into: &mut Converted) -> Result<(), ConvertError> {
    let mut table = Table::open(path)?;
    let [time, height, upper] =
        [table.place_of("Time")?, table.place_of("Height")?, table.place_of("T_upper")?];
    let (mut blocked, mut before) = (None, None::<Timestamp>);
    while let Some((line, row)) = table.next()? {
        let at = Table::number(&row, time).and_then(since_base);
        let Some(at) = at.filter(|at| before.is_none_or(|before| *at > before)) else {
            return Err(ConvertError::Line {
                file: table.file.clone(),
                line,
                problem: format!("Time is `{}`", row.get(time).unwrap_or_default()),
                remedy: "seconds that grow from row to row",
            });
        };
        before = Some(at);
        let (Some(metres), Some(celsius)) =
            (Table::number(&row, height), Table::number(&row, upper))
        else {
            into.skipped.push(table.left_out(line, &row, upper, "a temperature in °C"));
            continue;
        };
        if blocked.is_none() && metres < EYES_M && celsius >= HOT_C {
            blocked = Some(at);
        }
        let reading = format!(r#""temperature":{celsius}"#);
        let (device, seq) = (device(number), into.lines.len() as u64 + 1);
        into.lines.push(super::reading(&into.site, &device, at, seq, &reading));
    }
    into.truths.extend(blocked.map(|from| Truth {
        kind: "impassable".to_owned(),
        site: into.site.clone(),
        place: zone(number),
        from,
        until: None,
    }));
    Ok(())
}

fn device(room: usize) -> String {
    format!("tc-{room}")
}

fn zone(room: usize) -> String {
    format!("room-{room}")
}

fn site_file(id: &str, rooms: usize) -> SiteFile {
    let mut site = SiteFile::new(id, "Measured fire", REMARK);
    site.building(BUILDING, "House");
    for room in 1..=rooms {
        site.zone(&zone(room), BUILDING, "room", &format!("Room {room}"));
        if room > 1 {
            site.passage([&zone(room - 1), &zone(room)], 4.0, 0.9);
        }
        let (id, at, reads) = (device(room), zone(room), &["temperature"]);
        site.device(&Device { id: &id, zone: &at, reads, silent_after_s: 120 });
    }
    site.exit("door", &zone(1), 2.0, 0.9);
    site
}
