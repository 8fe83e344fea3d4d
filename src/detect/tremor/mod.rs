//! One accelerometer's motion, sample by sample: band-pass, recursive STA/LTA, gate.
//!
//! The band is two Butterworth filters of second order by the bilinear transform, one per end; the
//! ratio is that of the recursive averages of the squared vector sum (Withers et al. 1998), 0
//! until the long one has filled. O(1) per sample and without memory of the samples. A stretch
//! that was heard before is left out whole; a gap is passed over, and after a long one the sensor
//! starts anew, since a filter does not know what it has not seen.

use serde::{Deserialize, Serialize};

use super::Wave;
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};

/// A device's clock ticks coarser than its samples; so far its stretches may overlap or gape.
const JITTER: SignedDuration = SignedDuration::from_millis(500);

/// What to look for, from the rule.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    pub low_hz: f64,
    pub high_hz: f64,
    pub sta: SignedDuration,
    pub lta: SignedDuration,
    pub on: f64,
    pub off: f64,
    pub gate_gal: f64,
    pub gate_within: SignedDuration,
    /// At or above it the ground is not calm.
    pub stop_gal: f64,
}

/// A second-order section.
#[derive(Debug, Clone, Copy)]
struct Section {
    b: [f64; 3],
    a: [f64; 2],
}

impl Section {
    fn high_pass(hz: f64, rate_hz: f64) -> Self {
        let k = libm::tan(std::f64::consts::PI * hz / rate_hz);
        let norm = 1.0 / (1.0 + std::f64::consts::SQRT_2 * k + k * k);
        Self { b: [norm, -2.0 * norm, norm], a: Self::poles(k, norm) }
    }

    fn low_pass(hz: f64, rate_hz: f64) -> Self {
        let k = libm::tan(std::f64::consts::PI * hz / rate_hz);
        let norm = 1.0 / (1.0 + std::f64::consts::SQRT_2 * k + k * k);
        let b = k * k * norm;
        Self { b: [b, 2.0 * b, b], a: Self::poles(k, norm) }
    }

    fn poles(k: f64, norm: f64) -> [f64; 2] {
        [2.0 * (k * k - 1.0) * norm, (1.0 - std::f64::consts::SQRT_2 * k + k * k) * norm]
    }

    fn pass(&self, memory: &mut [f64; 2], x: f64) -> f64 {
        let y = self.b[0] * x + memory[0];
        memory[0] = self.b[1] * x - self.a[0] * y + memory[1];
        memory[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
struct Axis {
    /// The first sample: what stands still is not motion.
    base: f64,
    high: [f64; 2],
    low: [f64; 2],
}

/// The filters and averages of one sensor.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tremor {
    rate_hz: f64,
    /// The end of what has been heard.
    #[serde(default, with = "micros::optional")]
    pub until: Option<Timestamp>,
    samples: u64,
    axes: [Axis; 3],
    sta: f64,
    lta: f64,
    /// The last samples at which the ratio was high enough, and the motion.
    on_at: Option<u64>,
    gate_at: Option<u64>,
    /// Since it triggered, until the ratio falls.
    triggered: bool,
}

/// What a stretch brought.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Heard {
    /// When it triggered, if it did.
    pub trigger: Option<Timestamp>,
    /// The strongest motion, gal.
    pub peak_gal: f64,
    /// The strongest motion up to and with the trigger.
    pub shook_at: Option<Timestamp>,
}

impl Tremor {
    /// Takes a stretch; none if it was heard before or makes no sense.
    pub fn hear(&mut self, look: &Look, wave: &Wave<'_>) -> Option<Heard> {
        let sane = wave.rate_hz.is_finite() && wave.rate_hz > 2.0 * look.low_hz;
        if !sane || wave.x.is_empty() {
            return None;
        }
        if let Some(until) = self.until {
            let gap = between(until, wave.at);
            if gap < -JITTER {
                return None;
            }
            if gap > look.lta || self.rate_hz.to_bits() != wave.rate_hz.to_bits() {
                *self = Self::default();
            }
        }
        self.rate_hz = wave.rate_hz;
        let mut heard = Heard::default();
        let filters = Filters::new(look, wave.rate_hz);
        let samples = wave.x.iter().zip(wave.y).zip(wave.z);
        let mut count: i32 = 0;
        for ((x, y), z) in samples {
            let v = self.motion(&filters, [f64::from(*x), f64::from(*y), f64::from(*z)]);
            let at = after(wave.at, span(f64::from(count), wave.rate_hz));
            let ratio = self.ratio(&filters, v);
            self.judge(look, &filters, (v, ratio), at, &mut heard);
            self.samples += 1;
            count += 1;
        }
        self.until = Some(after(wave.at, span(f64::from(count), wave.rate_hz)));
        Some(heard)
    }

    /// The vector sum of the three filtered axes.
    fn motion(&mut self, filters: &Filters, sample: [f64; 3]) -> f64 {
        let mut sum = 0.0;
        for (axis, value) in self.axes.iter_mut().zip(sample) {
            if self.samples == 0 {
                axis.base = value;
            }
            let high = filters.high.pass(&mut axis.high, value - axis.base);
            let y = filters.low.map_or(high, |low| low.pass(&mut axis.low, high));
            sum += y * y;
        }
        libm::sqrt(sum)
    }

    fn ratio(&mut self, filters: &Filters, v: f64) -> f64 {
        if self.samples == 0 {
            (self.sta, self.lta) = (0.0, 1e-99);
            return 0.0;
        }
        let square = v * v;
        let (short, long) = (1.0 / filters.sta, 1.0 / filters.lta);
        self.sta = short * square + (1.0 - short) * self.sta;
        self.lta = long * square + (1.0 - long) * self.lta;
        #[expect(clippy::cast_precision_loss, reason = "a sensor takes ages to reach 2^53 samples")]
        let filled = self.samples as f64 >= filters.lta;
        // An exact silence, as of a broken sensor, is no motion.
        if filled && self.lta > 0.0 { self.sta / self.lta } else { 0.0 }
    }

    fn judge(
        &mut self,
        look: &Look,
        filters: &Filters,
        (v, ratio): (f64, f64),
        at: Timestamp,
        heard: &mut Heard,
    ) {
        heard.peak_gal = heard.peak_gal.max(v);
        if v >= look.stop_gal {
            heard.shook_at = Some(at);
        }
        if ratio >= look.on {
            self.on_at = Some(self.samples);
        }
        if v >= look.gate_gal {
            self.gate_at = Some(self.samples);
        }
        let recent = |then: Option<u64>| then.is_some_and(|n| self.samples - n <= filters.within);
        if self.triggered {
            self.triggered = ratio >= look.off;
        } else if recent(self.on_at) && recent(self.gate_at) {
            self.triggered = true;
            heard.trigger = heard.trigger.or(Some(at));
        }
    }
}

/// What follows from the rule at one rate.
struct Filters {
    high: Section,
    low: Option<Section>,
    /// Lengths in whole samples.
    sta: f64,
    lta: f64,
    within: u64,
}

impl Filters {
    fn new(look: &Look, rate_hz: f64) -> Self {
        let samples = |span: SignedDuration| libm::floor(span.as_secs_f64() * rate_hz).max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a gate of seconds at a believable rate"
        )]
        let within = samples(look.gate_within) as u64;
        Self {
            high: Section::high_pass(look.low_hz, rate_hz),
            // At half the rate and beyond there is nothing to cut off.
            low: (look.high_hz < rate_hz / 2.0).then(|| Section::low_pass(look.high_hz, rate_hz)),
            sta: samples(look.sta),
            lta: samples(look.lta),
            within,
        }
    }
}

fn span(samples: f64, rate_hz: f64) -> SignedDuration {
    crate::domain::time::seconds(samples / rate_hz)
}

#[cfg(test)]
mod tests;
