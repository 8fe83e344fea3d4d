//! What a fire, or a pan on a stove, does to the air of a zone: physical enough to argue with.
//!
//! The fire's heat grows with the square of time, in the classes of NFPA 92, up to what burns in
//! one room. How warm the room gets follows the correlation of `McCaffrey`, Quintiere and
//! Harkleroad (1981) for a room of 75 m³ with one open door. Smoke is what has burnt, spread over
//! the room, and carbon monoxide a share of it. A zone that it reaches later gets less of each,
//! from then on. Sensors notice after a few seconds, each after its own. What is out cools and
//! clears, slowly.

use super::script::{Growth, Happens, Story};

/// Heat of a room's fire at most.
const PEAK_KW: f64 = 1_500.0;
/// Heat of a burnt kilogram: wood and cloth, roughly.
const BURNING_KJ_PER_KG: f64 = 20_000.0;
/// Opacity that a burnt kilogram gives to a cubic metre: between wood and foam.
const SMOKE_M2_PER_KG: f64 = 200.0;
const ROOM_M3: f64 = 75.0;
/// The correlation's room: opening 0.9 m × 2 m, 110 m² of gypsum.
const ROOM_LOSS: f64 = 8.4;
/// Kilograms of carbon monoxide from a burnt kilogram, as ppm of the room's air.
const CO_PPM_PER_KG: f64 = 0.02 * 29.0 / 28.0 / (1.2 * ROOM_M3) * 1e6;
/// What arrives in a zone that is reached: of the heat, and of the smoke.
const REACHED: (f64, f64) = (0.35, 0.5);
/// How fast it cools and clears once it is out.
const COOLS_S: f64 = 300.0;
const CLEARS_S: f64 = 600.0;
/// After this it is as if nothing had been.
const FORGOTTEN_MS: u64 = 45 * 60_000;
/// A sensor's scale ends here.
const HOTTEST_C: f64 = 125.0;
const THICKEST: f64 = 99.0;

/// The air of a zone during a story, from its own moment on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    pub from_ms: u64,
    until_ms: Option<u64>,
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Source {
    Fire { kw_per_s2: f64, heat: f64, smoke: f64 },
    Pan,
}

/// How the air differs from that of a quiet day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Change {
    pub warmer_c: f64,
    /// Of light per metre, in per cent.
    pub smoke: f64,
    pub co_ppm: f64,
}

/// The airs that a story makes in this zone.
pub fn airs(story: &Story, spot: &str) -> Vec<Air> {
    let mut airs = Vec::new();
    match &story.happens {
        Happens::Fire { zone, growth, reaches, out_ms } => {
            let kw_per_s2 = speed(*growth);
            let air = |from_ms, (heat, smoke)| {
                let source = Source::Fire { kw_per_s2, heat, smoke };
                Air { from_ms, until_ms: *out_ms, source }
            };
            if zone == spot {
                airs.push(air(story.at_ms, (1.0, 1.0)));
            }
            let reached = reaches.iter().filter(|(zone, _)| zone == spot);
            airs.extend(reached.map(|(_, from_ms)| air(*from_ms, REACHED)));
        }
        Happens::Cooking { zone, until_ms } if zone == spot => {
            let (from_ms, until_ms) = (story.at_ms, Some(*until_ms));
            airs.push(Air { from_ms, until_ms, source: Source::Pan });
        }
        _ => {}
    }
    airs
}

fn speed(growth: Growth) -> f64 {
    match growth {
        Growth::Slow => 0.002_93,
        Growth::Medium => 0.011_72,
        Growth::Fast => 0.046_9,
        Growth::UltraFast => 0.187_6,
    }
}

impl Air {
    /// When there is nothing more to notice.
    pub fn ends_ms(&self) -> u64 {
        self.until_ms.map_or(super::DAY_MS, |until| until.saturating_add(FORGOTTEN_MS))
    }

    /// What a sensor notices that is `lag_ms` behind.
    pub fn change(&self, at_ms: u64, lag_ms: u64) -> Change {
        let Some(since_ms) = at_ms.checked_sub(self.from_ms.saturating_add(lag_ms)) else {
            return Change::default();
        };
        let burnt_ms = self.until_ms.map_or(u64::MAX, |until| until.saturating_sub(self.from_ms));
        let burning_s = since_ms.min(burnt_ms) as f64 / 1_000.0;
        let after_s = since_ms.saturating_sub(burnt_ms) as f64 / 1_000.0;
        match self.source {
            Source::Pan if after_s > 0.0 => Change::default(),
            Source::Pan => pan(burning_s / (burnt_ms as f64 / 1_000.0)),
            Source::Fire { kw_per_s2, heat, smoke } => {
                let burning = fire(kw_per_s2, burning_s, heat, smoke);
                let (cooled, cleared) = ((-after_s / COOLS_S).exp(), (-after_s / CLEARS_S).exp());
                Change {
                    warmer_c: burning.warmer_c * cooled,
                    smoke: burning.smoke * cleared,
                    co_ppm: burning.co_ppm * cleared,
                }
            }
        }
    }
}

fn fire(kw_per_s2: f64, burning_s: f64, heat: f64, smoke: f64) -> Change {
    let kw = (kw_per_s2 * burning_s * burning_s).min(PEAK_KW);
    let warmer_c = 6.85 * (kw * kw / ROOM_LOSS).cbrt() * heat;
    let grown_s = (PEAK_KW / kw_per_s2).sqrt().min(burning_s);
    let kj = kw_per_s2 * grown_s.powi(3) / 3.0 + PEAK_KW * (burning_s - grown_s);
    let burnt_kg = kj / BURNING_KJ_PER_KG;
    let opacity = burnt_kg * SMOKE_M2_PER_KG / ROOM_M3 * smoke;
    let smoke_percent = 100.0 * (1.0 - 10_f64.powf(-opacity));
    Change { warmer_c, smoke: smoke_percent, co_ppm: burnt_kg * CO_PPM_PER_KG * smoke }
}

/// A pan from beginning to end: visible, and below every limit for fires.
fn pan(share: f64) -> Change {
    let height = (std::f64::consts::PI * share.clamp(0.0, 1.0)).sin();
    Change { warmer_c: 5.0 * height, smoke: 2.5 * height * height, co_ppm: 4.0 * height }
}

impl Change {
    /// The worse of each: a zone that burns is not twice as hot for being reached as well.
    pub fn worse(self, other: Self) -> Self {
        Self {
            warmer_c: self.warmer_c.max(other.warmer_c),
            smoke: self.smoke.max(other.smoke),
            co_ppm: self.co_ppm.max(other.co_ppm),
        }
    }

    /// A quantity's value on a day on which it would have been `quiet`.
    pub fn on(&self, quantity: &str, quiet: f64) -> f64 {
        match quantity {
            "temperature" => (quiet + self.warmer_c).min(HOTTEST_C.max(quiet)),
            "smoke" => (quiet + self.smoke).min(THICKEST),
            "co" => quiet + self.co_ppm,
            _ => quiet,
        }
    }

    pub fn is_felt_by(quantity: &str) -> bool {
        matches!(quantity, "temperature" | "smoke" | "co" | "smoke_alarm")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn burning(growth: Growth) -> Air {
        let happens = Happens::Fire {
            zone: "kitchen".to_owned(),
            growth,
            reaches: vec![("stair".to_owned(), 240_000)],
            out_ms: Some(3_600_000),
        };
        airs(&Story { at_ms: 0, happens }, "kitchen")[0]
    }

    #[test]
    fn smoke_is_there_before_the_heat() {
        let after = |s: u64| burning(Growth::Medium).change(s * 1_000, 0);
        assert!(after(45).smoke > 8.0, "{:?}", after(45));
        assert!(after(45).warmer_c < 35.0, "{:?}", after(45));
        assert!((60.0..90.0).contains(&after(92).warmer_c), "{:?}", after(92));
    }

    #[test]
    fn a_faster_class_is_hotter_sooner() {
        let warmer = |growth| burning(growth).change(60_000, 0).warmer_c;
        let all = Growth::ALL.map(|(_, growth)| warmer(growth));
        assert!(all.is_sorted(), "{all:?}");
    }

    #[test]
    fn what_is_out_cools_and_clears() {
        let air = burning(Growth::Medium);
        let (burns, later) = (air.change(3_599_000, 0), air.change(air.ends_ms(), 0));
        assert!(burns.warmer_c > 300.0 && later.warmer_c < 1.0, "{burns:?} {later:?}");
        assert!(later.smoke < 2.0, "{later:?}");
    }

    #[test]
    fn a_pan_stays_below_what_fires_are_taken_for() {
        let happens = Happens::Cooking { zone: "kitchen".to_owned(), until_ms: 900_000 };
        let air = airs(&Story { at_ms: 0, happens }, "kitchen")[0];
        let worst =
            (0..900).map(|s| air.change(s * 1_000, 0)).fold(Change::default(), Change::worse);
        assert!(worst.smoke < 3.0 && worst.warmer_c < 8.0, "{worst:?}");
    }
}
