//! `OpenEEW`: accelerometers of many towns as their messages arrived during one earthquake.
//!
//! Given is the folder of one day, with a folder for each station. A station becomes a building of
//! its own: they lie 100 km apart, so none confirms another. Messages keep the order and the delay
//! in which they came; all times are moved on by nine years. The truth is what each station itself
//! felt: an earthquake where the motion reached 7.5 gal, from that moment on.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::{ConvertError, Converted, MOVED_ON};
use crate::files::{self, Device, SiteFile};
use crate::recording::{Content, Line, SEOUL, with_digits};
use crate::truth::Truth;

/// Of intensity IV, which people are told of.
const FELT_GAL: f64 = 7.5;

const REMARK: &str = "\
Stations of OpenEEW, for a converted earthquake.
Each station is a building of its own; its one room and its exit are made up.";

/// One message as `OpenEEW` keeps it.
#[derive(Deserialize)]
struct Message {
    device_id: String,
    x: Vec<f32>,
    y: Vec<f32>,
    z: Vec<f32>,
    /// Event and arrival, Unix seconds.
    device_t: f64,
    cloud_t: f64,
    #[serde(rename = "sr")]
    rate_hz: f64,
}

/// Converts every station of the day in this folder.
pub fn convert(folder: &Path) -> Result<Converted, ConvertError> {
    let site = super::site_of(folder)?;
    let mut converted = Converted {
        lines: Vec::new(),
        truths: Vec::new(),
        files: Vec::new(),
        skipped: Vec::new(),
        site,
    };
    let mut stations = Vec::new();
    for path in recordings(folder)? {
        let station = read(&path, &mut converted)?;
        if !stations.contains(&station) {
            stations.push(station);
        }
    }
    converted.lines.sort_by_key(|line| line.received_at);
    let site_file = site_file(&converted.site, &stations);
    converted.files = files::configuration(&[files::SILENT], &[site_file]);
    Ok(converted)
}

/// The files of the stations, in the order of their names.
fn recordings(folder: &Path) -> Result<Vec<PathBuf>, ConvertError> {
    let failed = |source| ConvertError::Read { file: folder.display().to_string(), source };
    let mut found = Vec::new();
    for station in std::fs::read_dir(folder).map_err(failed)? {
        let station = station.map_err(failed)?.path();
        if !station.is_dir() {
            continue;
        }
        for file in std::fs::read_dir(&station).map_err(failed)? {
            found.push(file.map_err(failed)?.path());
        }
    }
    found.retain(|path| path.to_string_lossy().ends_with(".jsonl.gz"));
    found.sort();
    match found.is_empty() {
        true => Err(ConvertError::File {
            file: folder.display().to_string(),
            problem: "holds no station".to_owned(),
            remedy: "a folder for each station with files *.jsonl.gz".to_owned(),
        }),
        false => Ok(found),
    }
}

/// Reads one station's file; its id.
fn read(path: &Path, into: &mut Converted) -> Result<String, ConvertError> {
    let file = path.display().to_string();
    let failed = |source| ConvertError::Read { file: file.clone(), source };
    let source = BufReader::new(MultiGzDecoder::new(File::open(path).map_err(failed)?));
    let (mut station, mut base, mut felt) = (String::new(), None, None);
    for (number, line) in source.lines().enumerate() {
        let line = line.map_err(failed)?;
        let number = number as u64 + 1;
        let message: Message = serde_json::from_str(&line).map_err(|error| ConvertError::Line {
            file: file.clone(),
            line: number,
            problem: error.to_string(),
            remedy: "an object with device_id, x, y, z, device_t, cloud_t and sr",
        })?;
        let Some((at, received_at)) = instants(&message) else {
            into.skipped.push(format!("{file}, line {number}: its times are not times"));
            continue;
        };
        station.clone_from(&message.device_id);
        let base = *base.get_or_insert_with(|| mean(&message));
        if felt.is_none() {
            felt = moment_of(&message, base, at);
        }
        into.lines.push(wave(&into.site, &message, at, received_at, number));
    }
    into.truths.extend(felt.map(|from| Truth {
        kind: "earthquake".to_owned(),
        site: into.site.clone(),
        place: building(&station),
        from,
        until: None,
    }));
    Ok(station)
}

fn instants(message: &Message) -> Option<(Timestamp, Timestamp)> {
    let instant = |unix: f64| {
        let since = SignedDuration::try_from_secs_f64(unix).ok()?;
        Timestamp::UNIX_EPOCH.checked_add(since).ok()?.checked_add(MOVED_ON).ok()
    };
    Some((instant(message.device_t)?, instant(message.cloud_t)?))
}

/// What the sensor says at rest: the mean of its first message.
fn mean(message: &Message) -> [f64; 3] {
    [&message.x, &message.y, &message.z].map(|axis| {
        #[expect(clippy::cast_precision_loss, reason = "a message has 32 samples")]
        let count = axis.len().max(1) as f64;
        axis.iter().map(|value| f64::from(*value)).sum::<f64>() / count
    })
}

/// When it was felt within this message.
fn moment_of(message: &Message, base: [f64; 3], at: Timestamp) -> Option<Timestamp> {
    let samples = message.x.iter().zip(&message.y).zip(&message.z);
    let felt = |((x, y), z): ((&f32, &f32), &f32)| {
        let off = [x, y, z].into_iter().zip(base).map(|(value, base)| f64::from(*value) - base);
        off.map(|off| off * off).sum::<f64>().sqrt() >= FELT_GAL
    };
    let index = i32::try_from(samples.into_iter().position(felt)?).ok()?;
    let passed = SignedDuration::try_from_secs_f64(f64::from(index) / message.rate_hz).ok()?;
    at.checked_add(passed).ok()
}

fn wave(site: &str, message: &Message, at: Timestamp, received_at: Timestamp, seq: u64) -> Line {
    let device = device(&message.device_id);
    let list = |axis: &[f32]| serde_json::to_string(axis).unwrap_or_default();
    let (x, y, z) = (list(&message.x), list(&message.y), list(&message.z));
    let when = with_digits(at, SEOUL, 3);
    let payload = format!(
        r#"{{"seq":{seq},"at":"{when}","rate_hz":{},"acceleration":{{"x":{x},"y":{y},"z":{z}}}}}"#,
        message.rate_hz
    );
    let topic = format!("jikimi/v1/{site}/{device}/waveform");
    let content = Content::Message { topic, payload: payload.into_bytes(), retained: false };
    Line { received_at, content }
}

fn device(station: &str) -> String {
    format!("acc-{station}")
}

fn building(station: &str) -> String {
    format!("station-{station}")
}

fn site_file(id: &str, stations: &[String]) -> SiteFile {
    let mut site = SiteFile::new(id, "OpenEEW", REMARK);
    for station in stations {
        let (building, zone) = (building(station), format!("room-{station}"));
        site.building(&building, &format!("Station {station}"));
        site.zone(&zone, &building, "room", &format!("Station {station}"));
        site.exit(&format!("door-{station}"), &zone, 2.0, 0.9);
        let (id, reads) = (device(station), &["acceleration"]);
        site.device(&Device { id: &id, zone: &zone, reads, silent_after_s: 60 });
    }
    site
}
