//! What the recordings of real homes have in common: one home, one person, devices by kind.
//!
//! Times in these recordings are those of the wall clock, without an offset. They are taken for
//! Korea's, so that a morning stays a morning; the date stays what it was.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};

use super::{ConvertError, Converted};
use crate::files;
use crate::recording::{Content, Line, SEOUL, with_digits};
use crate::truth::Truth;

/// From the sensor to the broker.
const TRANSIT: SignedDuration = SignedDuration::from_millis(40);
const HOME: &str = "h1";

/// What hangs in the home, and what it can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Motion,
    ExitDoor,
    /// A door, a drawer, a tap, a switch: whatever only a person moves.
    Door,
    Bed,
    Water,
}

impl Kind {
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Motion => ("motion", "motion"),
            Self::ExitDoor => ("exit-door", "contact"),
            Self::Door => ("door", "contact"),
            Self::Bed => ("bed", "presence"),
            Self::Water => ("water-meter", "water"),
        }
    }
}

/// A home's recording, event by event.
pub struct Home {
    site: &'static str,
    name: &'static str,
    devices: BTreeMap<String, Kind>,
    words: Vec<(Timestamp, String, String)>,
    truths: Vec<Truth>,
    skipped: Vec<String>,
}

impl Home {
    pub fn new(site: &'static str, name: &'static str) -> Self {
        let (devices, words) = (BTreeMap::new(), Vec::new());
        Self { site, name, devices, words, truths: Vec::new(), skipped: Vec::new() }
    }

    /// A device said something; its value is JSON.
    pub fn says(&mut self, at: Timestamp, name: &str, kind: Kind, value: impl std::fmt::Display) {
        let id = format!("{HOME}-{}", id(name));
        let (_, quantity) = kind.words();
        let text = format!(r#""{quantity}":{value}"#);
        self.devices.insert(id.clone(), kind);
        self.words.push((at, id, text));
    }

    /// The person was out, as far as the recording says so.
    pub fn out(&mut self, from: Timestamp, until: Timestamp) {
        let (kind, place) = ("absence".to_owned(), HOME.to_owned());
        let until = Some(until);
        self.truths.push(Truth { kind, site: self.site.to_owned(), place, from, until });
    }

    pub fn skip(&mut self, what: String) {
        self.skipped.push(what);
    }

    pub fn converted(mut self, file: &str) -> Result<Converted, ConvertError> {
        if self.words.is_empty() {
            let (file, problem) = (file.to_owned(), "holds no events".to_owned());
            let remedy = "the events of a home's sensors".to_owned();
            return Err(ConvertError::File { file, problem, remedy });
        }
        self.words.sort_by_key(|(at, ..)| *at);
        let mut files = files::configuration(&[files::SILENT], &[]);
        let path = PathBuf::from(format!("sites/{}.toml", self.site));
        files.push((path, self.site_file()));
        let site = self.site.to_owned();
        let lines = self.words.iter().zip(1_u64..).map(|((at, device, text), seq)| {
            let topic = format!("jikimi/v1/{site}/{device}/reading");
            let when = with_digits(*at, SEOUL, 3);
            let payload = format!(r#"{{"seq":{seq},"at":"{when}","readings":{{{text}}}}}"#);
            let payload = payload.into_bytes();
            let content = Content::Message { topic, payload, retained: false };
            Line { received_at: *at + TRANSIT, content }
        });
        let lines = lines.collect();
        Ok(Converted { site, lines, truths: self.truths, files, skipped: self.skipped })
    }

    fn site_file(&self) -> String {
        let Self { site, name, .. } = self;
        let mut text = format!(
            "# {name}, for the converted recording.\n\nid = \"{site}\"\nname = \"{name}\"\n\
             timezone = \"Asia/Seoul\"\n\n[[building]]\nid = \"{site}-house\"\nname = \"{name}\"\n\
             \n[[home]]\nid = \"{HOME}\"\nbuilding = \"{site}-house\"\n"
        );
        for (device, kind) in &self.devices {
            let (kind, quantity) = kind.words();
            // These sensors speak only when something happens: their silence says nothing.
            let _ = write!(
                text,
                "\n[[device]]\nid = \"{device}\"\nhome = \"{HOME}\"\nkind = \"{kind}\"\n\
                 reads = [\"{quantity}\"]\nsilent_after_s = 604800\n"
            );
        }
        text
    }
}

/// A name as an id has it.
fn id(name: &str) -> String {
    let letters = name.to_ascii_lowercase();
    let parts = letters.split(|c: char| !c.is_ascii_alphanumeric());
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The whole of a text file; `.gz` is unpacked.
pub fn text(path: &Path) -> Result<String, ConvertError> {
    use std::io::Read as _;
    let failed = |source| ConvertError::Read { file: path.display().to_string(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    if path.extension().is_some_and(|ending| ending == "gz") {
        flate2::read::GzDecoder::new(file).read_to_string(&mut text).map_err(failed)?;
    } else {
        std::io::BufReader::new(file).read_to_string(&mut text).map_err(failed)?;
    }
    Ok(text)
}

/// A date and time of the wall clock, such as `2011-06-15 01:03:39.14962`.
pub fn wall_clock(text: &str) -> Option<Timestamp> {
    let civil: DateTime = text.trim().replacen(' ', "T", 1).parse().ok()?;
    SEOUL.to_timestamp(civil).ok()
}

/// Seconds since 1970 by the wall clock.
pub fn wall_seconds(text: &str) -> Option<Timestamp> {
    let seconds: i64 = text.trim().parse().ok()?;
    Timestamp::from_second(seconds - i64::from(SEOUL.seconds())).ok()
}

/// What a line has that it should not have.
pub fn wrong(file: &str, line: usize, problem: String, remedy: &'static str) -> ConvertError {
    ConvertError::Line { file: file.to_owned(), line: line as u64 + 1, problem, remedy }
}
