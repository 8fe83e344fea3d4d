//! The `.day` language: a day of buildings and homes, written as people would tell it.
//!
//! A script lists devices with what they do on any day, homes with the day of who lives there, and
//! what happens when. Played, it is what the devices send, line by line, and what really happened.
//! Nothing here knows a rule or makes an incident: whoever listens judges.
//!
//! The same script and seed give the same day, byte for byte; every device has random numbers of
//! its own, so a line that is added or left out changes nothing else. `simulator/README.md`
//! explains the language with an example.

mod device;
mod fire;
mod home;
mod nearest;
mod read;
mod script;
mod send;
mod words;

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use crate::recording::Line;
use crate::truth::Truth;
use device::Sample;
use script::{Device, Happens, Site, Story, Turn};
pub use script::{Kind, Script};
pub use words::Mistake;

/// A whole day.
const DAY_MS: u64 = 24 * 3_600_000;

/// Why a script could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DayError {
    #[error("{file}: cannot be read")]
    Read {
        file: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{}", listed(file, mistakes))]
    Script { file: String, mistakes: Vec<Mistake> },
    #[error("`{given}` is nothing a day could be without; expected one of {known}")]
    Without { given: String, known: String },
}

fn listed(file: &str, mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(|mistake| format!("{file}, {mistake}")).collect();
    lines.join("\n")
}

/// What of a script is to be played.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Instead of the script's own.
    pub seed: Option<u64>,
    /// What does not happen, and what belongs to it.
    pub without: Vec<Kind>,
}

/// A day that has been lived.
#[derive(Debug, Clone)]
pub struct Played {
    pub seed: u64,
    /// In the order of arrival.
    pub lines: Vec<Line>,
    pub truth: Vec<Truth>,
}

/// Reads a kind of story by its name.
pub fn kind(name: &str) -> Result<Kind, DayError> {
    let known = || Kind::ALL.map(|(name, _)| name).join(", ");
    let unknown = || DayError::Without { given: name.to_owned(), known: known() };
    Kind::named(name).ok_or_else(unknown)
}

impl Script {
    /// Reads a script from a file.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DayError> {
        let file = path.as_ref().display().to_string();
        match std::fs::read_to_string(&path) {
            Ok(text) => Self::read(&file, &text),
            Err(source) => Err(DayError::Read { file, source }),
        }
    }

    /// Reads a script from its text; `file` stands for it in errors.
    pub fn read(file: &str, text: &str) -> Result<Self, DayError> {
        read::read(text).map_err(|mistakes| DayError::Script { file: file.to_owned(), mistakes })
    }

    /// Lives the day.
    #[must_use]
    pub fn play(&self, wishes: &Wishes) -> Played {
        let seed = wishes.seed.unwrap_or(self.seed);
        let mut played = Played { seed, lines: Vec::new(), truth: Vec::new() };
        for site in &self.sites {
            self.play_site(site, wishes, &mut played);
        }
        played.lines.sort_by_key(|line| line.received_at);
        played.truth.sort_by_key(|truth| truth.from);
        played
    }

    fn play_site(&self, site: &Site, wishes: &Wishes, played: &mut Played) {
        let wanted = |kind: Option<Kind>| kind.is_none_or(|kind| !wishes.without.contains(&kind));
        let stories: Vec<&Story> = site.stories.iter().filter(|s| wanted(s.kind())).collect();
        let seed = played.seed;
        let mut hear = |device: &Device, noticed: Vec<Sample>| {
            let mut samples = device::day(seed, &site.id, device, &stories);
            samples.extend(noticed.into_iter().filter(|sample| sample.at_ms < DAY_MS));
            samples.sort_by_key(|sample| sample.at_ms);
            self.send(seed, &site.id, &device.id, &samples, &mut played.lines);
        };
        for device in &site.devices {
            hear(device, Vec::new());
        }
        for home in &site.homes {
            let turns: Vec<Turn> =
                home.turns.iter().copied().filter(|turn| wanted(Some(turn.kind))).collect();
            let noticed = home::noticed(seed, &site.id, home, &turns);
            for (device, samples) in home::devices(home).iter().zip(noticed) {
                hear(device, samples);
            }
            let truths = turns.iter().map(|t| self.told(t.kind, &site.id, &home.id, t.at_ms, None));
            played.truth.extend(truths);
        }
        played.truth.extend(stories.iter().filter_map(|story| self.truth(&site.id, story)));
    }

    /// A moment of the day.
    fn at(&self, at_ms: u64) -> Timestamp {
        let midnight = self.offset.to_timestamp(self.date.at(0, 0, 0, 0)).unwrap_or_default();
        let later = SignedDuration::from_millis(i64::try_from(at_ms).unwrap_or(i64::MAX));
        midnight.saturating_add(later).unwrap_or(midnight)
    }

    fn truth(&self, site: &str, story: &Story) -> Option<Truth> {
        let (kind, place, until_ms) = match &story.happens {
            Happens::Fire { zone, out_ms, .. } => (Kind::Fire, zone, *out_ms),
            Happens::Silent { device, until_ms } => (Kind::DeviceSilent, device, *until_ms),
            // A pan is nothing that should be noticed, and what a device shows is no truth.
            Happens::Cooking { .. } | Happens::Shows { .. } => return None,
        };
        let until = until_ms.map(|until_ms| self.at(until_ms));
        Some(self.told(kind, site, place, story.at_ms, until))
    }

    fn told(
        &self,
        kind: Kind,
        site: &str,
        place: &str,
        from_ms: u64,
        until: Option<Timestamp>,
    ) -> Truth {
        let (kind, site, place) = (kind.name().to_owned(), site.to_owned(), place.to_owned());
        Truth { kind, site, place, from: self.at(from_ms), until }
    }
}

#[cfg(test)]
mod tests;
