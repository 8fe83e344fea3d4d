//! A USGS river gauge: stage in feet every few minutes, as the water over a road beside it.
//!
//! The road's floor is made up: it lies so that 15 cm stand on it at `close_ft`, where Korean
//! underpasses close; below the floor the level is negative, as a probe in a sump reads. Times are
//! moved on by nine years. The truth is each time the gauge stood at `close_ft` and more, where
//! half an hour below parts two of them.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::table::Table;
use super::{ConvertError, Converted, MOVED_ON};
use crate::files::{self, Device, SiteFile};
use crate::truth::Truth;

const BUILDING: &str = "road";
const ZONE: &str = "underpass";
const DEVICE: &str = "gauge";
const CM_PER_FT: f64 = 30.48;
const CLOSE_CM: f64 = 15.0;
const APART: SignedDuration = SignedDuration::from_mins(30);

const REMARK: &str = "\
A road under water, for a converted river gauge.
The gauge is real; the road, its floor and its way out are made up.";

/// Converts the gauge of this file; `close_ft` is the stage at which the road closes.
pub fn convert(path: &Path, close_ft: f64) -> Result<Converted, ConvertError> {
    let site = super::site_of(path)?;
    let mut table = Table::open(path)?;
    let (time, stage) = (table.place_of("time_utc")?, table.place_of("gage_height_ft")?);
    let mut converted = Converted {
        lines: Vec::new(),
        truths: Vec::new(),
        files: files::configuration(&[files::SILENT], &[site_file(&site)]),
        skipped: Vec::new(),
        site,
    };
    let mut seq = 0;
    let mut before = None;
    while let Some((line, row)) = table.next()? {
        let text = row.get(time).unwrap_or_default();
        let wrong = |problem| ConvertError::Line {
            file: table.file.clone(),
            line,
            problem,
            remedy: "times as 2018-06-01 04:00:00+00:00 that grow from row to row",
        };
        let at: Timestamp = text.parse().map_err(|_| wrong(format!("time_utc is `{text}`")))?;
        let at = at + MOVED_ON;
        if before.is_some_and(|before| at <= before) {
            return Err(wrong(format!("time_utc goes back to `{text}`")));
        }
        before = Some(at);
        let Some(feet) = Table::number(&row, stage).filter(|feet| feet.abs() < 1e3) else {
            converted.skipped.push(table.left_out(line, &row, stage, "a stage in feet"));
            continue;
        };
        seq += 1;
        let cm = ((feet - close_ft) * CM_PER_FT + CLOSE_CM) * 1e3;
        let reading = format!(r#""water_level":{}"#, cm.round() / 1e3);
        converted.lines.push(super::reading(&converted.site, DEVICE, at, seq, &reading));
        note(&mut converted, at, feet >= close_ft);
    }
    Ok(converted)
}

/// Grows the truth by one reading.
fn note(converted: &mut Converted, at: Timestamp, over: bool) {
    if !over {
        return;
    }
    if let Some(last) = converted.truths.last_mut()
        && last.until.is_some_and(|until| at.duration_since(until) <= APART)
    {
        last.until = Some(at);
        return;
    }
    converted.truths.push(Truth {
        kind: "flood".to_owned(),
        site: converted.site.clone(),
        place: ZONE.to_owned(),
        from: at,
        until: Some(at),
    });
}

fn site_file(id: &str) -> SiteFile {
    let mut site = SiteFile::new(id, "River gauge", REMARK);
    site.building(BUILDING, "Road");
    site.zone(ZONE, BUILDING, "parking", "Underpass");
    site.exit("ramp", ZONE, 30.0, 6.0);
    let reads = &["water_level"];
    site.device(&Device { id: DEVICE, zone: ZONE, reads, silent_after_s: 1200 });
    site
}
