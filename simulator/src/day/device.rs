//! What a device sends on one day: its habits, and what befalls it.
//!
//! Every device has random numbers of its own, from the seed and its name, so that a line added to
//! a script changes nothing of what the others send.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::DAY_MS;
use super::fire::{Air, Change, airs};
use super::script::{Device, Habit, Happens, Story};

/// A device speaks this often while the air round it changes.
const WATCHFUL_MS: u64 = 5_000;
/// The last of the sensors notices this much later than the first.
const LAG_MS: u64 = 8_000;
/// Who stirs is seen for so long.
const STIRS_MS: u64 = 30_000;
/// A smoke alarm sounds from here, in per cent of light per metre; class 2 of certified heads.
const SMOKE_ALARM: f64 = 10.0;

/// One value of one device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    pub at_ms: u64,
    pub quantity: &'static str,
    pub value: Value,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    Flag(bool),
    Number(f64),
}

/// The random numbers of one device or home.
pub fn random(seed: u64, site: &str, id: &str) -> ChaCha8Rng {
    // FNV-1a: the same on every platform and in every version.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in site.bytes().chain([b'/']).chain(id.bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    ChaCha8Rng::seed_from_u64(hash ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A device on its day, in the order of time.
pub fn day(seed: u64, site: &str, device: &Device, stories: &[&Story]) -> Vec<Sample> {
    let mut random = random(seed, site, &device.id);
    let spot = device.spot.as_deref().unwrap_or_default();
    let around = Around {
        airs: stories.iter().flat_map(|story| airs(story, spot)).collect(),
        lag_ms: random.random_range(0..LAG_MS),
        shown: shown(device, stories),
    };
    let mut samples = Vec::new();
    for habit in &device.habits {
        around.follow(&mut random, habit, &mut samples);
    }
    samples.retain(|sample| !stories.iter().any(|story| is_mute(story, &device.id, sample.at_ms)));
    samples.sort_by_key(|sample| sample.at_ms);
    samples
}

fn is_mute(story: &Story, device: &str, at_ms: u64) -> bool {
    let Happens::Silent { device: dead, until_ms } = &story.happens else { return false };
    dead == device && (story.at_ms..until_ms.unwrap_or(u64::MAX)).contains(&at_ms)
}

/// A flag that a story sets for a while.
struct Shown {
    quantity: &'static str,
    on: bool,
    from_ms: u64,
    until_ms: u64,
}

fn shown(device: &Device, stories: &[&Story]) -> Vec<Shown> {
    let of = |story: &&Story| match &story.happens {
        Happens::Shows { device: id, quantity, on, until_ms, .. } if *id == device.id => {
            let (quantity, on) = (*quantity, *on);
            Some(Shown { quantity, on, from_ms: story.at_ms, until_ms: *until_ms })
        }
        _ => None,
    };
    stories.iter().filter_map(of).collect()
}

/// What is round a device.
struct Around {
    airs: Vec<Air>,
    lag_ms: u64,
    shown: Vec<Shown>,
}

impl Around {
    fn change(&self, at_ms: u64) -> Change {
        let changes = self.airs.iter().map(|air| air.change(at_ms, self.lag_ms));
        changes.fold(Change::default(), Change::worse)
    }

    /// The moments at which the air may have changed.
    fn watchful(&self, phase_ms: u64) -> Vec<u64> {
        let mut moments = Vec::new();
        for air in &self.airs {
            let mut at_ms = air.from_ms + phase_ms % WATCHFUL_MS;
            while at_ms < air.ends_ms().min(DAY_MS) {
                moments.push(at_ms);
                at_ms += WATCHFUL_MS;
            }
        }
        moments.sort_unstable();
        moments.dedup();
        moments
    }

    fn is_watchful(&self, at_ms: u64) -> bool {
        self.airs.iter().any(|air| (air.from_ms..air.ends_ms()).contains(&at_ms))
    }

    fn follow(&self, random: &mut ChaCha8Rng, habit: &Habit, samples: &mut Vec<Sample>) {
        match habit {
            Habit::Measures { quantity, around, spread, every_ms } => {
                let wave = Wave::new(random, *around, *spread);
                let mut moments = rhythm(random, *every_ms);
                if Change::is_felt_by(quantity) {
                    moments.retain(|at_ms| !self.is_watchful(*at_ms));
                    moments.extend(self.watchful(random.random_range(0..WATCHFUL_MS)));
                }
                for at_ms in moments {
                    let number = self.change(at_ms).on(quantity, wave.at(random, at_ms));
                    let value = Value::Number(number);
                    samples.push(Sample { at_ms, quantity, value });
                }
            }
            Habit::Says { quantity, on, every_ms } => {
                let moments = rhythm(random, *every_ms);
                self.says(random, quantity, *on, moments, samples);
            }
            Habit::Stirs { quantity, from_ms, until_ms, every_ms } => {
                stirs(random, quantity, (*from_ms, *until_ms), *every_ms, samples);
            }
        }
    }

    /// A flag: what it is at every beat, and every change at its own moment.
    fn says(
        &self,
        random: &mut ChaCha8Rng,
        quantity: &'static str,
        rest: bool,
        beats: Vec<u64>,
        samples: &mut Vec<Sample>,
    ) {
        let mut looks: Vec<(u64, bool)> = beats.into_iter().map(|at_ms| (at_ms, true)).collect();
        let shown = self.shown.iter().filter(|shown| shown.quantity == quantity);
        looks.extend(shown.flat_map(|s| [s.from_ms, s.until_ms]).map(|at_ms| (at_ms, false)));
        if quantity == "smoke_alarm" {
            let moments = self.watchful(random.random_range(0..WATCHFUL_MS));
            looks.extend(moments.into_iter().map(|at_ms| (at_ms, false)));
        }
        looks.sort_unstable();
        let mut said = rest;
        for (at_ms, beat) in looks {
            let on = self.flag(quantity, rest, at_ms);
            if (beat || on != said) && at_ms < DAY_MS {
                samples.push(Sample { at_ms, quantity, value: Value::Flag(on) });
                said = on;
            }
        }
    }

    fn flag(&self, quantity: &str, rest: bool, at_ms: u64) -> bool {
        let now = |shown: &&Shown| {
            shown.quantity == quantity && (shown.from_ms..shown.until_ms).contains(&at_ms)
        };
        let smokes = quantity == "smoke_alarm" && self.change(at_ms).smoke >= SMOKE_ALARM;
        self.shown.iter().find(now).map_or(rest || smokes, |shown| shown.on)
    }
}

/// Once per span, never twice at quite the same distance.
pub fn rhythm(random: &mut ChaCha8Rng, every_ms: u64) -> Vec<u64> {
    let mut moments = Vec::new();
    let mut at_ms = random.random_range(0..every_ms);
    while at_ms < DAY_MS {
        moments.push(at_ms);
        at_ms += every_ms - every_ms / 50 + random.random_range(0..=every_ms / 25);
    }
    moments
}

/// Now and then, between two times.
fn stirs(
    random: &mut ChaCha8Rng,
    quantity: &'static str,
    (from_ms, until_ms): (u64, u64),
    every_ms: u64,
    samples: &mut Vec<Sample>,
) {
    let mut at_ms = from_ms + pause(random, every_ms);
    while at_ms < until_ms {
        let gone_ms = at_ms + STIRS_MS;
        samples.push(Sample { at_ms, quantity, value: Value::Flag(true) });
        if gone_ms < DAY_MS {
            samples.push(Sample { at_ms: gone_ms, quantity, value: Value::Flag(false) });
        }
        at_ms = gone_ms + pause(random, every_ms);
    }
}

/// A pause that is `mean_ms` long in the mean, and at most four times that.
pub fn pause(random: &mut ChaCha8Rng, mean_ms: u64) -> u64 {
    let share: f64 = random.random_range(0.0..1.0);
    let long = -(1.0 - share).ln() * mean_ms as f64;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut just here")]
    let long_ms = long.clamp(1_000.0, mean_ms as f64 * 4.0 + 1_000.0) as u64;
    long_ms
}

/// A value that wanders through the day round its middle and never leaves its spread.
struct Wave {
    around: f64,
    spread: f64,
    phases: [f64; 2],
}

impl Wave {
    fn new(random: &mut ChaCha8Rng, around: f64, spread: f64) -> Self {
        let turn = std::f64::consts::TAU;
        Self { around, spread, phases: [(); 2].map(|()| random.random_range(0.0..turn)) }
    }

    fn at(&self, random: &mut ChaCha8Rng, at_ms: u64) -> f64 {
        let turn = std::f64::consts::TAU * at_ms as f64;
        let day = (turn / DAY_MS as f64 + self.phases[0]).sin();
        let hour = (turn / 4_000_000.0 + self.phases[1]).sin();
        let noise: f64 = random.random_range(-1.0..1.0);
        (self.around + self.spread * (0.5 * day + 0.3 * hour + 0.2 * noise)).max(self.floor())
    }

    /// What cannot be below zero is not.
    fn floor(&self) -> f64 {
        if self.around >= 0.0 && self.around < 5.0 { 0.0 } else { f64::MIN }
    }
}
