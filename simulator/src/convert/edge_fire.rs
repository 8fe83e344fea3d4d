//! Windows of ten seconds beside a small fire, beside cooking and beside nothing, in raw counts.
//!
//! The smoke channel has no unit: `percent_per_count` makes one up, so whatever comes of it is to
//! be looked at and not to be relied on. Carbon monoxide and the rest stay out. Each window is
//! played as if an hour lay between it and the next; the folder it lay in is the truth.

use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::table::Table;
use super::{ConvertError, Converted, since_base};
use crate::files::{self, Device, SiteFile};
use crate::truth::Truth;

const BUILDING: &str = "scene";
const ZONE: &str = "scene-room";
const DEVICE: &str = "board";
const BETWEEN_S: f64 = 3600.0;

const REMARK: &str = "\
One room, for windows of ten seconds beside a sensor board.
Smoke is raw counts times a number somebody chose.";

/// Converts every window below this folder.
pub fn convert(folder: &Path, percent_per_count: f64) -> Result<Converted, ConvertError> {
    let site = super::site_of(folder)?;
    let mut windows = Vec::new();
    find(folder, &mut windows)?;
    windows.sort();
    let mut converted = Converted {
        lines: Vec::new(),
        truths: Vec::new(),
        files: files::configuration(&[files::HEAT, files::SMOKE], &[site_file(&site)]),
        skipped: Vec::new(),
        site,
    };
    let mut begins = 0.0;
    for path in &windows {
        window(path, begins, percent_per_count, &mut converted)?;
        begins += BETWEEN_S;
    }
    match windows.is_empty() {
        true => Err(ConvertError::File {
            file: folder.display().to_string(),
            problem: "holds no window".to_owned(),
            remedy: "folders fire, false_alarm and no_fire with files *.csv".to_owned(),
        }),
        false => Ok(converted),
    }
}

fn find(folder: &Path, windows: &mut Vec<PathBuf>) -> Result<(), ConvertError> {
    let failed = |source| ConvertError::Read { file: folder.display().to_string(), source };
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            find(&path, windows)?;
        } else if path.extension().is_some_and(|end| end == "csv") {
            windows.push(path);
        }
    }
    Ok(())
}

fn window(
    path: &Path,
    begins: f64,
    percent_per_count: f64,
    into: &mut Converted,
) -> Result<(), ConvertError> {
    let mut table = Table::open(path)?;
    let [time, smoke, heat] =
        [table.place_of("timestamp")?, table.place_of("smoke")?, table.place_of("temp")?];
    let (mut first, mut span) = (None, (None, None));
    while let Some((line, row)) = table.next()? {
        let Some(ms) = Table::number(&row, time) else {
            into.skipped.push(table.left_out(line, &row, time, "milliseconds"));
            continue;
        };
        let passed = (ms - *first.get_or_insert(ms)) / 1e3;
        let Some(at) = since_base(begins + passed) else { continue };
        let values = (Table::number(&row, smoke), Table::number(&row, heat));
        let (Some(counts), Some(celsius)) = values else {
            let place = if values.0.is_none() { smoke } else { heat };
            into.skipped.push(table.left_out(line, &row, place, "a number"));
            continue;
        };
        let percent = (counts * percent_per_count * 1e3).round() / 1e3;
        let readings = format!(r#""smoke":{percent},"temperature":{celsius}"#);
        let seq = into.lines.len() as u64 + 1;
        into.lines.push(super::reading(&into.site, DEVICE, at, seq, &readings));
        span = (span.0.or(Some(at)), Some(at));
    }
    let burns = path.components().any(|part| part.as_os_str() == "fire");
    if let (true, Some(from), Some(until)) = (burns, span.0, span.1) {
        let until = Some(until + SignedDuration::from_secs(1));
        let (kind, place) = ("fire".to_owned(), BUILDING.to_owned());
        into.truths.push(Truth { kind, site: into.site.clone(), place, from, until });
    }
    Ok(())
}

fn site_file(id: &str) -> SiteFile {
    let mut site = SiteFile::new(id, "Sensor board", REMARK);
    site.building(BUILDING, "Scene");
    site.zone(ZONE, BUILDING, "room", "Room");
    site.exit("door", ZONE, 2.0, 0.9);
    let reads = &["smoke", "temperature"];
    site.device(&Device { id: DEVICE, zone: ZONE, reads, silent_after_s: 7200 });
    site
}
