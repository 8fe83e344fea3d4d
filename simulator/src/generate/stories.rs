//! What happens in the made-up buildings.
//!
//! Fires start in room 1 or at the call point; room 2 is for what only looks like one, and for
//! devices that die, so that neither ever helps the other. Compare the rules in `files`: a fire
//! crosses a start and its hold by a wide margin, a near miss stays below one of them by as much.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::buildings::{Building, Quantity, Site, place};
use super::instant;
use crate::truth::Truth;

/// Up, stay, and down again.
#[derive(Debug, Clone, Copy)]
pub struct Excursion {
    pub from_ms: u64,
    pub rise_ms: u64,
    pub stay_ms: u64,
    pub fall_ms: u64,
    pub peak: f64,
    /// How often it is sampled while it lasts.
    pub every_ms: u64,
}

impl Excursion {
    pub fn until_ms(&self) -> u64 {
        self.from_ms + self.rise_ms + self.stay_ms + self.fall_ms
    }

    /// What is measured at this moment, if the excursion is under way.
    pub fn value(&self, calm: f64, at_ms: u64) -> Option<f64> {
        let passed = at_ms.checked_sub(self.from_ms)?;
        let left = self.until_ms().checked_sub(at_ms)?;
        let share = match (passed < self.rise_ms, left < self.fall_ms) {
            (true, _) => passed as f64 / self.rise_ms as f64,
            (_, true) => left as f64 / self.fall_ms as f64,
            _ => 1.0,
        };
        Some(calm + (self.peak - calm) * share)
    }
}

/// One device in so many falls silent.
const SILENT_ONE_IN: usize = 50;

/// Lets it all happen, and answers what really did.
pub fn tell(random: &mut ChaCha8Rng, sites: &mut [Site]) -> Vec<Truth> {
    let mut truths = Vec::new();
    for site in sites {
        for building in &mut site.buildings {
            calm(random, building);
            if random.random_bool(0.5) {
                near_miss(random, building);
            }
            if building.burns {
                truths.push(fire(random, &site.id, building));
            }
        }
        silence(random, site, &mut truths);
    }
    truths
}

fn calm(random: &mut ChaCha8Rng, building: &mut Building) {
    for device in &mut building.devices {
        device.calm = match device.quantity {
            Quantity::Temperature => random.random_range(19.0..25.0),
            Quantity::Smoke => random.random_range(0.0..0.6),
            Quantity::CallPoint | Quantity::Motion => 0.0,
        };
    }
}

fn fire(random: &mut ChaCha8Rng, site: &str, building: &mut Building) -> Truth {
    let from_ms = random.random_range(20_000..90_000);
    match random.random_range(0..5) {
        0 => heat(random, building, from_ms),
        1 => smoke(random, building, from_ms),
        2 => two_warm_devices(random, building, from_ms),
        3 => press(random, building, from_ms),
        _ => heat_twice(random, building, from_ms),
    }
    let fires = [place::ROOM_1[0], place::ROOM_1[1], place::ROOM_1_SMOKE, place::CALL_POINT];
    let burnt = fires.iter().flat_map(|device| &building.devices[*device].excursions);
    let until_ms = burnt.map(Excursion::until_ms).max().unwrap_or(from_ms);
    Truth {
        kind: "fire".to_owned(),
        site: site.to_owned(),
        place: building.id.clone(),
        from: instant(from_ms),
        until: Some(instant(until_ms)),
    }
}

fn heat(random: &mut ChaCha8Rng, building: &mut Building, from_ms: u64) {
    let first = hot(random, from_ms);
    building.devices[place::ROOM_1[0]].excursions.push(first);
    if random.random_bool(0.5) {
        let later_ms = random.random_range(5_000..20_000);
        let second = hot(random, from_ms + later_ms);
        building.devices[place::ROOM_1[1]].excursions.push(second);
    }
}

fn heat_twice(random: &mut ChaCha8Rng, building: &mut Building, from_ms: u64) {
    let first = hot(random, from_ms);
    let pause_ms = random.random_range(10_000..20_000);
    let second = hot(random, first.until_ms() + pause_ms);
    building.devices[place::ROOM_1[0]].excursions.extend([first, second]);
}

fn hot(random: &mut ChaCha8Rng, from_ms: u64) -> Excursion {
    Excursion {
        from_ms,
        rise_ms: random.random_range(8_000..16_000),
        stay_ms: random.random_range(10_000..25_000),
        fall_ms: random.random_range(8_000..16_000),
        peak: random.random_range(65.0..90.0),
        every_ms: 2_000,
    }
}

fn smoke(random: &mut ChaCha8Rng, building: &mut Building, from_ms: u64) {
    building.devices[place::ROOM_1_SMOKE].excursions.push(Excursion {
        from_ms,
        rise_ms: random.random_range(5_000..12_000),
        stay_ms: random.random_range(18_000..45_000),
        fall_ms: random.random_range(8_000..16_000),
        peak: random.random_range(12.0..25.0),
        every_ms: 2_000,
    });
}

/// Warm to begin with, so that neither rises fast nor gets hot: only together they are a fire.
fn two_warm_devices(random: &mut ChaCha8Rng, building: &mut Building, from_ms: u64) {
    for (device, later_ms) in place::ROOM_1.into_iter().zip([0, random.random_range(1..20_000)]) {
        let device = &mut building.devices[device];
        device.calm = random.random_range(39.0..39.8);
        device.excursions.push(Excursion {
            from_ms: from_ms + later_ms,
            rise_ms: random.random_range(8_000..16_000),
            stay_ms: random.random_range(30_000..45_000),
            fall_ms: random.random_range(8_000..16_000),
            peak: random.random_range(46.0..46.8),
            every_ms: 2_000,
        });
    }
}

fn press(random: &mut ChaCha8Rng, building: &mut Building, from_ms: u64) {
    building.devices[place::CALL_POINT].excursions.push(Excursion {
        from_ms,
        rise_ms: 0,
        stay_ms: random.random_range(5_000..60_000),
        fall_ms: 0,
        peak: 1.0,
        every_ms: u64::MAX,
    });
}

/// Above a start, and below its stop again before the hold is over. The warm one is warm to begin
/// with, so that it does not rise too fast either.
fn near_miss(random: &mut ChaCha8Rng, building: &mut Building) {
    let from_ms = random.random_range(20_000..180_000);
    let (device, calm, peak, stay_ms) = match random.random_range(0..3) {
        0 => (place::ROOM_2[0], Some(49.5), 57.4, 1_000),
        1 => (place::ROOM_2_SMOKE, None, 13.0, 3_000),
        _ => (place::ROOM_2_SMOKE, None, 7.0, 14_000),
    };
    let device = &mut building.devices[device];
    device.calm = calm.unwrap_or(device.calm);
    let (rise_ms, fall_ms, every_ms) = (2_000, 1_000, 1_000);
    device.excursions.push(Excursion { from_ms, rise_ms, stay_ms, fall_ms, peak, every_ms });
}

/// Some devices of room 2 die early enough to be missed before the end.
fn silence(random: &mut ChaCha8Rng, site: &mut Site, truths: &mut Vec<Truth>) {
    let devices: usize = site.buildings.iter().map(|building| building.devices.len()).sum();
    for _ in 0..(devices / SILENT_ONE_IN).max(1) {
        let building = random.random_range(0..site.buildings.len());
        let device = &mut site.buildings[building].devices[place::ROOM_2[1]];
        if device.silent_from_ms.is_some() {
            continue;
        }
        let from_ms = random.random_range(40_000..120_000);
        device.silent_from_ms = Some(from_ms);
        truths.push(Truth {
            kind: "device-silent".to_owned(),
            site: site.id.clone(),
            place: device.id.clone(),
            from: instant(from_ms),
            until: None,
        });
    }
}
