//! A configuration of the service that fits what is sent.
//!
//! Rules and situations are files like any other, lying next to this one, and are handed on as
//! they stand; only sites are made up, block by block. Nothing is checked: `jikimi check` is the
//! judge of a configuration, and a test of ours that it is TOML at all.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use crate::recording::{Line, RecordingError, Writer};
use crate::truth::{self, Truth};

/// Fixed temperature, rate of rise, and two devices that agree.
pub const HEAT: &str = include_str!("heat.toml");
pub const SMOKE: &str = include_str!("smoke.toml");
pub const CALL_POINT: &str = include_str!("call_point.toml");
/// The fault of a device that is not heard of.
pub const SILENT: &str = include_str!("silent.toml");

const SERVICE: &str = include_str!("jikimi.toml");
const FIRE: &str = include_str!("fire.toml");

/// Files by their path inside the configuration's folder.
pub type Files = Vec<(PathBuf, String)>;

/// The whole configuration: the service, these rules, the situation fire, and these sites.
#[must_use]
pub fn configuration(rules: &[&str], sites: &[SiteFile]) -> Files {
    let mut files = vec![
        (PathBuf::from("jikimi.toml"), SERVICE.to_owned()),
        (PathBuf::from("rules/fire.toml"), rules.join("\n")),
        (PathBuf::from("situations/fire.toml"), FIRE.to_owned()),
    ];
    for site in sites {
        files.push((PathBuf::from(format!("sites/{}.toml", site.id)), site.text()));
    }
    files
}

/// Why a folder could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{path}: cannot be written")]
    Write {
        path: String,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    Recording(#[from] RecordingError),
}

/// Writes each file under this folder.
pub fn write(folder: &Path, files: &Files) -> Result<(), FolderError> {
    for (path, text) in files {
        let path = folder.join(path);
        let failed = |source| FolderError::Write { path: path.display().to_string(), source };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(&path, text).map_err(failed)?;
    }
    Ok(())
}

/// Writes a recording, its truth and a configuration that fits, under the names by which the
/// commands of the service look for them.
pub fn write_day(
    folder: &Path,
    lines: &[Line],
    truths: &[Truth],
    files: &Files,
) -> Result<(), FolderError> {
    write(&folder.join("config"), files)?;
    let mut writer = Writer::create(folder.join("recording.jsonl"))?;
    for line in lines {
        writer.write(line)?;
    }
    writer.finish()?;
    let path = folder.join("truth.jsonl");
    truth::write(&path, truths)
        .map_err(|source| FolderError::Write { path: path.display().to_string(), source })
}

/// A site's file, growing block by block; blocks of a kind stand together in the end.
#[derive(Debug, Clone, Default)]
pub struct SiteFile {
    pub id: String,
    head: String,
    places: String,
    ways: String,
    devices: String,
}

/// A device as a site file has it.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    pub id: &'a str,
    pub zone: &'a str,
    pub reads: &'a [&'a str],
    pub silent_after_s: u32,
}

impl SiteFile {
    #[must_use]
    pub fn new(id: &str, name: &str, remark: &str) -> Self {
        let mut head = String::new();
        for line in remark.lines() {
            let _ = writeln!(head, "# {line}");
        }
        let _ = writeln!(head, "id = {}", quoted(id));
        let _ = writeln!(head, "name = {}", quoted(name));
        let _ = writeln!(head, "timezone = \"Asia/Seoul\"");
        Self { id: id.to_owned(), head, ..Self::default() }
    }

    /// A building of one storey, the ground floor; its zones go onto `{id}-1f`.
    pub fn building(&mut self, id: &str, name: &str) -> &mut Self {
        let block = [("id", quoted(id)), ("name", quoted(name))];
        put(&mut self.places, "building", &block);
        let storey = quoted(&format!("{id}-1f"));
        let block = [("id", storey), ("building", quoted(id)), ("level", "1".to_owned())];
        put(&mut self.places, "storey", &block);
        self
    }

    pub fn zone(&mut self, id: &str, building: &str, kind: &str, name: &str) -> &mut Self {
        let storey = quoted(&format!("{building}-1f"));
        let block = [
            ("id", quoted(id)),
            ("storey", storey),
            ("kind", quoted(kind)),
            ("name", quoted(name)),
        ];
        put(&mut self.places, "zone", &block);
        self
    }

    pub fn passage(&mut self, between: [&str; 2], length_m: f64, clear_width_m: f64) -> &mut Self {
        let block = [
            ("between", list(&between)),
            ("length_m", format!("{length_m:?}")),
            ("clear_width_m", format!("{clear_width_m:?}")),
        ];
        put(&mut self.ways, "passage", &block);
        self
    }

    pub fn exit(&mut self, id: &str, zone: &str, length_m: f64, clear_width_m: f64) -> &mut Self {
        let block = [
            ("id", quoted(id)),
            ("zone", quoted(zone)),
            ("length_m", format!("{length_m:?}")),
            ("clear_width_m", format!("{clear_width_m:?}")),
        ];
        put(&mut self.ways, "exit", &block);
        self
    }

    pub fn device(&mut self, device: &Device<'_>) -> &mut Self {
        let block = [
            ("id", quoted(device.id)),
            ("zone", quoted(device.zone)),
            ("reads", list(device.reads)),
            ("silent_after_s", device.silent_after_s.to_string()),
        ];
        put(&mut self.devices, "device", &block);
        self
    }

    #[must_use]
    pub fn text(&self) -> String {
        [self.head.as_str(), &self.places, &self.ways, &self.devices].concat()
    }
}

fn put(text: &mut String, table: &str, block: &[(&str, String)]) {
    let _ = writeln!(text, "\n[[{table}]]");
    for (key, value) in block {
        let _ = writeln!(text, "{key} = {value}");
    }
}

/// A TOML basic string; JSON's escapes are a subset of its.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(items: &[&str]) -> String {
    let items: Vec<String> = items.iter().map(|item| quoted(item)).collect();
    format!("[{}]", items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_we_write_is_toml_and_says_what_was_meant() {
        let mut site = SiteFile::new("gen-0", "A \"made-up\" site", "Made up.\nFrom a seed.");
        site.building("b0", "별관")
            .zone("b0-hall", "b0", "hall", "Hall")
            .zone("b0-room", "b0", "room", "Room")
            .passage(["b0-hall", "b0-room"], 3.0, 0.8)
            .exit("b0-door", "b0-hall", 2.0, 0.9);
        let reads = &["temperature", "smoke"];
        site.device(&Device { id: "d", zone: "b0-hall", reads, silent_after_s: 60 });

        for (path, text) in configuration(&[HEAT, SMOKE, CALL_POINT, SILENT], &[site]) {
            let table: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}"));
            match path.to_str().unwrap() {
                "sites/gen-0.toml" => {
                    assert_eq!(table["name"].as_str(), Some("A \"made-up\" site"));
                    assert_eq!(table["zone"].as_array().unwrap().len(), 2);
                    assert_eq!(table["zone"][1]["storey"].as_str(), Some("b0-1f"));
                    assert_eq!(table["passage"][0]["length_m"].as_float(), Some(3.0));
                    assert_eq!(table["device"][0]["reads"][1].as_str(), Some("smoke"));
                }
                "rules/fire.toml" => {
                    for rule in table["rule"].as_array().unwrap() {
                        assert!(!rule["because"].as_str().unwrap().is_empty());
                    }
                }
                "jikimi.toml" => assert!(table.contains_key("mqtt")),
                _ => assert_eq!(table["id"].as_str(), Some("fire")),
            }
        }
    }
}
