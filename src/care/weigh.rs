//! How far a lone pulse of a motion sensor is believed.
//!
//! A motion sensor also answers to the sun, a curtain over a heater, a mouse. Believed without
//! asking, a pulse now and then would keep a dead person alive for days, and would bring home who
//! is away. So pulses are weighed. Those that come together are believed at once: from two
//! sensors, or from one at least two minutes apart, each within a quarter of an hour of the last.
//! So is whatever does not answer to the sun: a door, a tap, a button, a bed, a switched stove.
//!
//! A pulse that stays alone speaks for life as strongly as people here make such pulses more
//! often than the empty home does: `ln(hazard × share of lone pulses ÷ strays per slot)`. How
//! often the empty home pulses is learnt from the times between two doors. From three up (twenty
//! to one) it is believed; below, that much is taken off the score and the silence goes on.

use serde::{Deserialize, Serialize};

use crate::domain::time::{SignedDuration, Timestamp, between};

/// Pulses so far apart do not belong together.
const APART: SignedDuration = SignedDuration::from_mins(15);
/// A sensor's own repetition is no second pulse.
const REPEATS: SignedDuration = SignedDuration::from_mins(2);
/// Twenty to one.
const BELIEVED_FROM: f64 = 3.0;

/// Pulses that came together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Burst {
    #[serde(with = "crate::domain::time::micros::optional")]
    first: Option<Timestamp>,
    #[serde(with = "crate::domain::time::micros::optional")]
    last: Option<Timestamp>,
    /// One bit per sensor; two sensors that share a bit are taken for one.
    sensors: u64,
}

/// What a pulse is, seen beside the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// The first of its burst; whether the burst before it stayed alone, if there was one.
    First {
        before_alone: Option<bool>,
    },
    Alone,
    Together,
}

impl Burst {
    fn together(&self) -> bool {
        let spread = self.first.zip(self.last).map(|(first, last)| between(first, last));
        self.sensors.count_ones() > 1 || spread.is_some_and(|spread| spread >= REPEATS)
    }

    pub fn hear(&mut self, at: Timestamp, sensor: u8) -> Company {
        let bit = 1 << (sensor % 64);
        if let Some(last) = self.last.filter(|last| between(*last, at) <= APART) {
            self.last = Some(last.max(at));
            self.sensors |= bit;
            return if self.together() { Company::Together } else { Company::Alone };
        }
        let before_alone = self.last.map(|_| !self.together());
        *self = Self { first: Some(at), last: Some(at), sensors: bit };
        Company::First { before_alone }
    }
}

/// What the sensors of a home do by themselves. The start is that of a sensor as they are sold:
/// one pulse in a hundred hours.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Strays {
    pulses: f32,
    empty_slots: f32,
    alone: f32,
    bursts: f32,
}

impl Default for Strays {
    fn default() -> Self {
        Self { pulses: 0.0, empty_slots: 0.0, alone: 0.0, bursts: 0.0 }
    }
}

impl Strays {
    /// The home was empty for so many slots, and there were so many pulses.
    pub fn empty(&mut self, slots: i64, pulses: u16) {
        self.pulses += f32::from(pulses);
        self.empty_slots += super::table::narrow(super::count(slots));
    }

    pub fn burst(&mut self, stayed_alone: bool) {
        self.bursts += 1.0;
        self.alone += f32::from(u8::from(stayed_alone));
    }

    pub fn fade(&mut self, factor: f64) {
        for count in [&mut self.pulses, &mut self.empty_slots, &mut self.alone, &mut self.bursts] {
            *count = super::table::narrow(f64::from(*count) * factor);
        }
    }

    /// Pulses of an empty home in a slot.
    fn per_slot(&self) -> f64 {
        (0.5 + f64::from(self.pulses)) / (600.0 + f64::from(self.empty_slots))
    }

    /// How strongly a lone pulse speaks for life where a silence would end now with this hazard.
    #[must_use]
    pub fn weight(&self, hazard: f64) -> f64 {
        let lone = (2.0 + f64::from(self.alone)) / (6.0 + f64::from(self.bursts));
        libm::log((hazard * lone / self.per_slot()).max(1.0))
    }

    #[must_use]
    pub fn believes(weight: f64) -> bool {
        weight >= BELIEVED_FROM
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_409_600 + seconds).unwrap()
    }

    #[test]
    fn pulses_of_two_sensors_or_two_minutes_apart_came_together() {
        let mut burst = Burst::default();
        assert_eq!(burst.hear(at(0), 0), Company::First { before_alone: None });
        assert_eq!(burst.hear(at(60), 0), Company::Alone);
        assert_eq!(burst.hear(at(61), 1), Company::Together);
        assert_eq!(burst.hear(at(1_000), 1), Company::First { before_alone: Some(false) });
        assert_eq!(burst.hear(at(1_120), 1), Company::Together);
        assert_eq!(burst.hear(at(9_000), 1), Company::First { before_alone: Some(false) });
        assert_eq!(burst.hear(at(19_000), 1), Company::First { before_alone: Some(true) });
    }

    #[test]
    fn a_home_whose_sensors_pulse_while_it_is_empty_is_believed_less() {
        let (mut calm, mut restless) = (Strays::default(), Strays::default());
        calm.empty(1_000, 0);
        restless.empty(1_000, 20);
        assert!(Strays::believes(calm.weight(0.05)), "{}", calm.weight(0.05));
        assert!(restless.weight(0.05) < 0.5, "{}", restless.weight(0.05));
        assert!(restless.weight(1e-6).abs() < 1e-12, "it never speaks against life");
    }
}
