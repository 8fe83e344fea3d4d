//! Days nobody lived: made-up buildings in which a great deal happens at once.
//!
//! A storm is for crash tests. Every burning building is one fire incident, whatever is killed
//! meanwhile: its rules are crossed clearly or missed clearly, never by a hair. Everything comes
//! from the seed, so the same seed is the same storm to the byte.

mod buildings;
mod messages;
mod stories;

use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::files::{self, Files};
use crate::recording::Line;
use crate::truth::Truth;

/// 2026-03-02T09:00 in Korea, a Monday morning.
const BASE_S: i64 = 1_772_409_600;
/// How long a storm lasts.
const SPAN_MS: u64 = 240_000;
/// After this a device of a storm is a silent one; see the site files.
const SILENT_AFTER_S: u32 = 60;

/// A recording, a configuration that fits it, and what really happened.
#[derive(Debug)]
pub struct Generated {
    pub lines: Vec<Line>,
    pub files: Files,
    pub truth: Vec<Truth>,
}

/// So many fires, each in a building of its own, spread over the sites, with quiet buildings,
/// near misses, silent devices, messages that come twice and messages out of order.
#[must_use]
pub fn storm(seed: u64, sites: usize, incidents: usize) -> Generated {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut sites = buildings::build(sites.max(1), incidents);
    let truth = stories::tell(&mut random, &mut sites);
    let lines = messages::send(&mut random, seed, &sites);
    let files: Vec<_> = sites.iter().map(buildings::site_file).collect();
    let rules = [files::HEAT, files::SMOKE, files::CALL_POINT, files::SILENT];
    Generated { lines, files: files::configuration(&rules, &files), truth }
}

/// An instant of the storm.
fn instant(ms: u64) -> Timestamp {
    let ms = i64::try_from(ms).unwrap_or(i64::MAX);
    Timestamp::from_millisecond(BASE_S * 1_000 + ms).unwrap_or_default()
}

#[cfg(test)]
mod tests;
