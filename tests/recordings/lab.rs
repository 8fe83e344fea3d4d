//! Where recordings are, the shipped rules round a converted site, and random numbers with a seed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jikimi::config;
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{Content, Input};
use jikimi::monitor::{Configuration, Effect, Monitor};
use jikimi_sim::files::{self, Files};

use crate::world::message;

/// A recording beside the project; says so where it is absent.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(path);
    if path.exists() {
        return Some(path);
    }
    println!("skipped: no {} beside the project", path.file_name().unwrap().to_string_lossy());
    None
}

/// A converted site, watched by these shipped rule files and by no other rule.
pub fn shipped(converted: &Files, rules: &[&str]) -> Arc<Configuration> {
    let folder = tempfile::tempdir().unwrap();
    let ours = converted.iter().filter(|(path, _)| !path.starts_with("rules")).cloned();
    files::write(folder.path(), &ours.collect()).unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    std::fs::create_dir_all(folder.path().join("rules")).unwrap();
    for rules in rules {
        let name = format!("rules/{rules}.toml");
        std::fs::copy(root.join(&name), folder.path().join(&name)).unwrap();
    }
    for situation in std::fs::read_dir(root.join("situations")).unwrap() {
        let path = situation.unwrap().path();
        let name = path.file_name().unwrap();
        std::fs::copy(&path, folder.path().join("situations").join(name)).unwrap();
    }
    let loaded = config::load(folder.path()).unwrap_or_else(|problems| panic!("{problems:?}"));
    Arc::clone(&loaded.configurations[0])
}

/// Readings that come at once, one after the other, in memory.
pub struct Player {
    pub monitor: Monitor,
    pub effects: Vec<(Timestamp, Effect)>,
    count: u64,
}

impl Player {
    pub fn new(configuration: &Arc<Configuration>, begins: Timestamp) -> Self {
        let monitor = Monitor::new(Arc::clone(configuration));
        let mut player = Self { monitor, effects: Vec::new(), count: 0 };
        player.step(begins, &configuration.activation());
        player
    }

    pub fn send(&mut self, device: &str, at: Timestamp, content: Content) {
        self.count += 1;
        let input = Input::Message(message(device, at, format!("m-{}", self.count), content));
        self.wake(at);
        self.step(at, &input);
    }

    /// Steps what is due.
    pub fn wake(&mut self, until: Timestamp) {
        while let Some(wake) = self.monitor.wake_at().filter(|wake| *wake <= until) {
            self.step(wake, &Input::Wake);
        }
    }

    pub fn step(&mut self, at: Timestamp, input: &Input) {
        let effects = self.monitor.step(at, input).effects;
        self.effects.extend(effects.into_iter().map(|effect| (at, effect)));
    }
}

pub fn span(seconds: f64) -> SignedDuration {
    SignedDuration::try_from_secs_f64(seconds).unwrap()
}

/// The middle, and what nine of ten do not exceed (nearest rank).
pub fn median_and_p90(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let median = f64::midpoint(values[(n - 1) / 2], values[n / 2]);
    (median, values[(n * 9).div_ceil(10) - 1])
}

/// `SplitMix64`.
pub struct Rng(pub u64);

impl Rng {
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `low` up to `high`.
    #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
    pub fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * ((self.bits() >> 11) as f64 / (1_u64 << 53) as f64)
    }

    pub fn below(&mut self, count: u64) -> u64 {
        self.bits() % count
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.within(1e-12, 1.0), self.within(0.0, std::f64::consts::TAU));
        (-2.0 * u.ln()).sqrt() * v.cos()
    }
}
