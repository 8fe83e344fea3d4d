//! The NIST home smoke alarm tests: thermocouples and smoke meters in a manufactured home that was
//! set on fire.
//!
//! `TCx_1` hangs under the ceiling of station x, `TCx_4` half way down; `SMx_1` under the ceiling,
//! `SMx_3` or `SMx_4` below; each becomes a device. Some tests lack some smoke meters. Their unit
//! is optical density per metre to the base of ten: NIST's own models of these tests compare the
//! columns with decimal optical density, and the tests' tenability limit for smoke, 0.25 per
//! metre, is the usual one in that unit. So x per metre is 100 (1 - 10^-x) %/m. Gas columns are
//! left out: their clean-air values lie at hundreds of ppm. The files begin at ignition, which is
//! the truth's `from`; where it burns they do not say, so the truth's place is the building.

use std::io::Read;
use std::path::Path;

use csv::StringRecord;
use jiff::Timestamp;

use super::{BASE_S, ConvertError, Converted, since_base};
use crate::files::{self, Device, SiteFile};
use crate::recording::Line;
use crate::truth::Truth;

const BUILDING: &str = "manufactured-home";
const STATIONS: [char; 6] = ['a', 'b', 'c', 'd', 'e', 'f'];
const HEIGHTS: [u8; 2] = [1, 4];
/// Smoke meters, where a test has them.
const SMOKE_HEIGHTS: [u8; 3] = [1, 3, 4];
/// The stations from one end of the home to the other: bedroom 2, hall, living area, living area,
/// hall, bedroom 1.
const IN_A_ROW: [char; 6] = ['a', 'c', 'f', 'e', 'd', 'b'];
/// What a smoke meter can say at all; a little below nothing is its noise.
const POSSIBLE_PER_M: std::ops::RangeInclusive<f64> = -1.0..=20.0;
/// What a type K thermocouple can say at all.
const POSSIBLE_C: std::ops::RangeInclusive<f64> = -50.0..=1_372.0;

const REMARK: &str = "\
The manufactured home of NIST's smoke alarm tests, for the converted recording.
Stations and their sensors are the tests', and so is their order along the home. Lengths and
exits are made up: an illustration, not a survey of the home.";

/// One column that is a device.
struct Column {
    place: usize,
    heading: String,
    device: String,
    smoke: bool,
}

/// Converts the test in this file; the site is named after the end of the file's name.
pub fn convert(path: &Path) -> Result<Converted, ConvertError> {
    let file = path.display().to_string();
    let name = path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let site = name.rsplit('_').next().unwrap_or_default().to_owned();
    if site.is_empty() || !site.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-') {
        let problem = format!("its name gives no id for the site (`{site}`)");
        return Err(ConvertError::File {
            file,
            problem,
            remedy: "a name as NIST_Smoke_Alarms_SDC10.csv".to_owned(),
        });
    }
    let source = std::fs::File::open(path)
        .map_err(|source| ConvertError::Read { file: file.clone(), source })?;
    Table::open(&file, &site, source)?.convert()
}

struct Table<'a, R> {
    file: &'a str,
    site: &'a str,
    rows: csv::Reader<R>,
    time: usize,
    columns: Vec<Column>,
    skipped: Vec<String>,
}

impl<'a, R: Read> Table<'a, R> {
    fn open(file: &'a str, site: &'a str, source: R) -> Result<Self, ConvertError> {
        let mut rows = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
        let broken = |source| ConvertError::Table { file: file.to_owned(), source };
        let headings = rows.headers().map_err(broken)?.clone();
        let time = place_of(file, &headings, "TIME")?;
        let mut columns = Vec::new();
        for station in STATIONS {
            for height in HEIGHTS {
                let heading = format!("TC{}_{height}", station.to_ascii_uppercase());
                let place = place_of(file, &headings, &heading)?;
                let device = device_id(station, height);
                columns.push(Column { place, heading, device, smoke: false });
            }
            for height in SMOKE_HEIGHTS {
                let heading = format!("SM{}_{height}", station.to_ascii_uppercase());
                if let Some(place) = headings.iter().position(|found| found == heading) {
                    let device = smoke_id(station, height);
                    columns.push(Column { place, heading, device, smoke: true });
                }
            }
        }
        Ok(Self { file, site, rows, time, columns, skipped: Vec::new() })
    }

    fn convert(mut self) -> Result<Converted, ConvertError> {
        let mut lines = Vec::new();
        let mut ended = None;
        let mut row = StringRecord::new();
        let mut number = 0;
        loop {
            let file = self.file;
            let broken = |source| ConvertError::Table { file: file.to_owned(), source };
            if !self.rows.read_record(&mut row).map_err(broken)? {
                break;
            }
            let at = self.instant(&row, ended)?;
            number += 1;
            self.samples(&row, at, number, &mut lines);
            ended = Some(at);
        }
        let Some(until) = ended else {
            let (file, problem) = (self.file.to_owned(), "holds no samples".to_owned());
            return Err(ConvertError::File {
                file,
                problem,
                remedy: "one row each 2 s".to_owned(),
            });
        };
        Ok(Converted {
            site: self.site.to_owned(),
            lines,
            truths: vec![truth(self.site, until)],
            files: files::configuration(
                &[files::HEAT, files::SMOKE, files::SILENT],
                &[site_file(self.site, &self.columns)],
            ),
            skipped: self.skipped,
        })
    }

    /// When the row was sampled. Without that a row is worth nothing, so this is an error.
    fn instant(
        &self,
        row: &StringRecord,
        before: Option<Timestamp>,
    ) -> Result<Timestamp, ConvertError> {
        let wrong = |problem| ConvertError::Line {
            file: self.file.to_owned(),
            line: line_of(row),
            problem,
            remedy: "seconds since ignition that grow from row to row",
        };
        let text = row.get(self.time).unwrap_or_default();
        let seconds = text.parse::<f64>().ok().filter(|s| s.is_finite() && s.abs() < 1e6);
        let at = seconds.and_then(since_base).ok_or_else(|| wrong(format!("TIME is `{text}`")))?;
        match before {
            Some(before) if at <= before => Err(wrong(format!("TIME goes back to `{text}`"))),
            _ => Ok(at),
        }
    }

    fn samples(&mut self, row: &StringRecord, at: Timestamp, seq: u64, lines: &mut Vec<Line>) {
        for column in &self.columns {
            let text = row.get(column.place).unwrap_or_default();
            let value = text.parse::<f64>().ok();
            let (possible, wanted) = match column.smoke {
                true => (POSSIBLE_PER_M, "an optical density from -1 to 20 1/m"),
                false => (POSSIBLE_C, "a temperature from -50 to 1372 °C"),
            };
            let Some(value) = value.filter(|value| possible.contains(value)) else {
                self.skipped.push(format!(
                    "{}, line {}: {} is `{text}`; expected {wanted}",
                    self.file,
                    line_of(row),
                    column.heading
                ));
                continue;
            };
            let reading = match column.smoke {
                true => format!(r#""smoke":{}"#, percent_per_metre(value)),
                false => format!(r#""temperature":{value}"#),
            };
            lines.push(super::reading(self.site, &column.device, at, seq, &reading));
        }
    }
}

/// Obscuration of a metre of air with this decimal optical density, to a thousandth.
#[must_use]
pub fn percent_per_metre(density: f64) -> f64 {
    ((1.0 - 10_f64.powf(-density)) * 1e5).round() / 1e3
}

fn place_of(file: &str, headings: &StringRecord, name: &str) -> Result<usize, ConvertError> {
    headings.iter().position(|heading| heading == name).ok_or_else(|| ConvertError::File {
        file: file.to_owned(),
        problem: format!("has no column `{name}`"),
        remedy: "the columns TIME and TCA_1, TCA_4 to TCF_1, TCF_4".to_owned(),
    })
}

fn line_of(row: &StringRecord) -> u64 {
    row.position().map_or(0, csv::Position::line)
}

fn device_id(station: char, height: u8) -> String {
    format!("tc-{station}-{height}")
}

fn smoke_id(station: char, height: u8) -> String {
    format!("sm-{station}-{height}")
}

fn truth(site: &str, until: Timestamp) -> Truth {
    Truth {
        kind: "fire".to_owned(),
        site: site.to_owned(),
        place: BUILDING.to_owned(),
        from: Timestamp::from_second(BASE_S).unwrap_or_default(),
        until: Some(until),
    }
}

fn site_file(id: &str, columns: &[Column]) -> SiteFile {
    let name = format!("NIST smoke alarm test {}", id.to_ascii_uppercase());
    let mut site = SiteFile::new(id, &name, REMARK);
    site.building(BUILDING, "Manufactured home");
    for station in STATIONS {
        let name = format!("Station {}", station.to_ascii_uppercase());
        site.zone(&zone_id(station), BUILDING, "room", &name);
    }
    for pair in IN_A_ROW.windows(2) {
        site.passage([&zone_id(pair[0]), &zone_id(pair[1])], 3.0, 0.8);
    }
    site.exit("front-door", &zone_id('a'), 2.0, 0.9);
    site.exit("back-door", &zone_id('b'), 2.0, 0.8);
    for column in columns {
        // tc-a-1 hangs at station a.
        let station = column.device.chars().nth(3).unwrap_or('a');
        let reads: &[&str] = if column.smoke { &["smoke"] } else { &["temperature"] };
        let zone = zone_id(station);
        let device = Device { id: &column.device, zone: &zone, reads, silent_after_s: 60 };
        site.device(&device);
    }
    site
}

fn zone_id(station: char) -> String {
    format!("station-{station}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::Content;

    fn columns() -> Vec<String> {
        let station = |s: char| HEIGHTS.map(|h| format!("TC{}_{h}", s.to_ascii_uppercase()));
        STATIONS.into_iter().flat_map(station).collect()
    }

    fn table(text: &str) -> Result<Converted, ConvertError> {
        Table::open("a_sdc99.csv", "sdc99", text.as_bytes())?.convert()
    }

    #[test]
    fn columns_are_found_by_name_wherever_they_stand() {
        let mut columns = columns();
        columns.reverse();
        let cells: Vec<String> = (0..12).map(|n| format!("{n}.5E+00")).collect();
        let text = format!("{},SMA_2, TIME\n{},x,2.00E+00\n", columns.join(","), cells.join(","));
        let converted = table(&text).unwrap();
        assert_eq!(converted.lines.len(), 12);
        let Content::Message { topic, payload, .. } = &converted.lines[0].content else {
            panic!("not a message")
        };
        assert_eq!(topic, "jikimi/v1/sdc99/tc-a-1/reading");
        let expected =
            r#"{"seq":1,"at":"2026-01-01T00:00:02.000+09:00","readings":{"temperature":11.5}}"#;
        assert_eq!(std::str::from_utf8(payload).unwrap(), expected);
        let received: Timestamp = "2026-01-01T00:00:02.040+09:00".parse().unwrap();
        assert_eq!(converted.lines[0].received_at, received);
        assert_eq!(converted.truths[0].place, BUILDING);
    }

    #[test]
    fn smoke_is_decimal_optical_density() {
        let cells = ["20"; 12].join(",");
        let text = format!("TIME,{},SMB_4\n0,{cells},4.576E-02\n", columns().join(","));
        let converted = table(&text).unwrap();
        let smoke = converted.lines.iter().find_map(|line| match &line.content {
            Content::Message { topic, payload, .. } if topic.ends_with("/sm-b-4/reading") => {
                Some(payload)
            }
            _ => None,
        });
        let payload = smoke.unwrap();
        // 10 %/m is 0.458 dB/m, which is 0.0458 per metre.
        let expected =
            r#"{"seq":1,"at":"2026-01-01T00:00:00.000+09:00","readings":{"smoke":10.001}}"#;
        assert_eq!(std::str::from_utf8(payload).unwrap(), expected);
    }

    #[test]
    fn a_value_that_is_none_is_named_and_counted_and_the_rest_is_kept() {
        let mut cells = ["20"; 12];
        (cells[1], cells[5], cells[7]) = ("NaN", "", "9999");
        let text = format!("TIME,{}\n0,{}\n", columns().join(","), cells.join(","));
        let converted = table(&text).unwrap();
        assert_eq!((converted.lines.len(), converted.skipped.len()), (9, 3));
        assert_eq!(
            converted.skipped[0],
            "a_sdc99.csv, line 2: TCA_4 is `NaN`; expected a temperature from -50 to 1372 °C"
        );
    }

    #[test]
    fn a_table_without_its_columns_or_times_is_refused() {
        let error = table("TIME,TCA_1\n0,1\n").unwrap_err().to_string();
        assert!(error.starts_with("a_sdc99.csv: has no column `TCA_4`; expected "), "{error}");
        let cells = ["20"; 12].join(",");
        for (times, line) in [(["0", "x"], 3), (["2", "2"], 3), (["", "1"], 2)] {
            let (columns, [first, second]) = (columns().join(","), times);
            let text = format!("TIME,{columns}\n{first},{cells}\n{second},{cells}\n");
            let error = table(&text).unwrap_err().to_string();
            assert!(error.starts_with(&format!("a_sdc99.csv, line {line}: TIME ")), "{error}");
        }
    }
}
