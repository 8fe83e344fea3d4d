//! What smoke does to who breathes it: the fractional effective dose (FED, 유효복용분량).
//!
//! A dose of 1 incapacitates half of all people, 0.3 about one in nine. The laws are those of
//! Purser and ISO 13571 in the form of the FDS+Evac guide (equations 12 to 19); rates are per
//! minute. For carbon monoxide, carbon dioxide and the want of oxygen only; irritants are not in
//! them.

use libm::{exp, pow};

/// The dose (FED) beyond which nobody is sent through a place: about 11 % of people are
/// incapacitated by it (NIST TN 1797).
pub const FED_MAX: f64 = 0.3;

/// Oxygen in clean air, in per cent by volume, as the law counts it.
const OXYGEN_PERCENT: f64 = 20.9;

/// What is in the air.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Air {
    /// Carbon monoxide, in parts per million.
    pub co_ppm: f64,
    /// Carbon dioxide, in per cent by volume.
    pub co2_percent: f64,
    /// Oxygen, in per cent by volume.
    pub o2_percent: f64,
}

impl Air {
    /// Air that harms nobody.
    pub const CLEAN: Self = Self { co_ppm: 0.0, co2_percent: 0.0, o2_percent: OXYGEN_PERCENT };

    /// The dose of a minute in it.
    #[must_use]
    pub fn fed_per_min(self) -> f64 {
        let co = co_per_min(self.co_ppm) * breathing(self.co2_percent);
        co + want_of_oxygen_per_min(self.o2_percent)
    }

    /// Minutes until a dose is reached; infinite in air that harms nobody.
    #[must_use]
    pub fn minutes_to(self, fed: f64) -> f64 {
        fed / self.fed_per_min()
    }
}

/// The dose of a minute in carbon monoxide.
#[must_use]
pub fn co_per_min(ppm: f64) -> f64 {
    2.764e-5 * pow(ppm.max(0.0), 1.036)
}

/// How much more is breathed in carbon dioxide: a factor, and 1 where none was measured. The law
/// was fitted to breathing volumes and gives 1.04 for the least.
#[must_use]
pub fn breathing(co2_percent: f64) -> f64 {
    if co2_percent > 0.0 { exp(0.1903 * co2_percent + 2.0004) / 7.1 } else { 1.0 }
}

/// The dose of a minute in air with too little oxygen. Nothing in clean air, where the law would
/// give a dose of 1 in more than two days.
#[must_use]
pub fn want_of_oxygen_per_min(o2_percent: f64) -> f64 {
    if o2_percent >= OXYGEN_PERCENT {
        return 0.0;
    }
    1.0 / exp(8.13 - 0.54 * (OXYGEN_PERCENT - o2_percent))
}
