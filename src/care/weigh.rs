//! How far a pulse of a motion sensor is believed.
//!
//! A motion sensor also answers to the sun, a curtain over a heater, a mouse. Believed without
//! asking, a pulse now and then would keep a dead person alive for days, and would bring home who
//! is away. So pulses are weighed. What does not answer to the sun is believed outright: a door, a
//! tap, a button, a bed, a switched stove; and so are two sensors within a quarter of an hour.
//!
//! The first pulse of a burst speaks for life as strongly as people here make such pulses more
//! often than that sensor does in the empty home: `ln(hazard × share of lone bursts ÷ strays per
//! slot)`. Each further one, two minutes after the last that counted, adds how much rarer strays
//! follow upon each other than people's movements do. What a burst weighs is taken off the score.
//! From three to one somebody is in after all, whatever the door said; from seven to one the
//! stopwatch begins anew. How often a sensor strays is learnt from the times between two doors.

use serde::{Deserialize, Serialize};

use crate::domain::time::{SignedDuration, Timestamp, between};

/// Pulses so far apart do not belong together.
const APART: SignedDuration = SignedDuration::from_mins(15);
const APART_SLOTS: f64 = 3.0;
/// A sensor's own repetition is no second pulse.
const REPEATS: SignedDuration = SignedDuration::from_mins(2);
/// What a burst weighed fades while nothing follows: somebody who is in is seen again.
const FADES_AN_H: f64 = 1.2;
/// And of a long burst no more is left than that it nearly says that somebody is in.
const CARRIED_MAX: f64 = 1.0;
/// Somebody who was seen is seen again within a quarter of an hour.
const SEEN_AGAIN: f64 = 0.6;
/// Three to one: whoever is thought to be out is thought to be in.
const IN_FROM: f64 = 1.1;
/// Seven to one: it is the person, and the stopwatch begins anew.
const BELIEVED_FROM: f64 = 2.0;
/// One pulse in a hundred hours; that none has strayed so far does not say that none will.
const STRAYS_AS_SOLD: f64 = 1.0 / 1_200.0;
/// Sensors whose strays are told apart; beyond them two share a count.
pub const SENSORS: usize = 4;

/// Pulses that came together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Burst {
    #[serde(with = "crate::domain::time::micros::optional")]
    counted: Option<Timestamp>,
    #[serde(with = "crate::domain::time::micros::optional")]
    last: Option<Timestamp>,
    pulses: u16,
    /// One bit per sensor; two sensors that share a bit are taken for one.
    sensors: u64,
    /// What it weighs so far.
    pub weight: f64,
}

/// What a pulse is, seen beside the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Company {
    /// The first of its burst; whether the burst before it stayed alone, if there was one.
    First {
        before_alone: Option<bool>,
    },
    /// The same sensor again, too soon to say more.
    Repeated,
    Further,
    /// Another sensor saw somebody too.
    Together,
}

impl Burst {
    pub fn hear(&mut self, at: Timestamp, sensor: u8) -> Company {
        let bit = 1 << (sensor % 64);
        if let Some(last) = self.last.filter(|last| between(*last, at) <= APART) {
            self.last = Some(last.max(at));
            self.sensors |= bit;
            let further = self.counted.is_none_or(|counted| between(counted, at) >= REPEATS);
            if further {
                self.pulses = self.pulses.saturating_add(1);
                self.counted = Some(at);
            }
            return match (self.sensors.count_ones() > 1, further) {
                (true, _) => Company::Together,
                (false, true) => Company::Further,
                (false, false) => Company::Repeated,
            };
        }
        let alone = self.pulses == 1 && self.sensors.is_power_of_two();
        let before_alone = self.last.map(|_| alone);
        let silent = self.last.map_or(SignedDuration::MAX, |last| between(last, at));
        let faded = FADES_AN_H * silent.as_secs_f64() / 3_600.0;
        let weight = (self.weight.min(CARRIED_MAX) - faded).max(0.0);
        *self = Self { counted: Some(at), last: Some(at), pulses: 1, sensors: bit, weight };
        Company::First { before_alone }
    }

    /// Whoever was seen has gone.
    pub fn leave(&mut self) {
        *self = Self::default();
    }

    /// More likely than not somebody is in.
    #[must_use]
    pub fn is_in(&self) -> bool {
        self.weight >= IN_FROM
    }

    #[must_use]
    pub fn is_believed(&self) -> bool {
        self.weight >= BELIEVED_FROM
    }
}

/// What the sensors of a home do by themselves. The start is that of a sensor as they are sold:
/// one pulse in a hundred hours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Strays {
    pulses: [f32; SENSORS],
    empty_slots: f32,
    alone: f32,
    bursts: f32,
}

impl Strays {
    /// The home was empty for so many slots, and there were so many pulses of each sensor.
    pub fn empty(&mut self, slots: i64, pulses: [u8; SENSORS]) {
        for (all, pulses) in self.pulses.iter_mut().zip(pulses) {
            *all += f32::from(pulses);
        }
        self.empty_slots += super::table::narrow(super::count(slots));
    }

    pub fn burst(&mut self, stayed_alone: bool) {
        self.bursts += 1.0;
        self.alone += f32::from(u8::from(stayed_alone));
    }

    pub fn fade(&mut self, factor: f64) {
        let others = [&mut self.empty_slots, &mut self.alone, &mut self.bursts];
        for count in self.pulses.iter_mut().chain(others) {
            *count = super::table::narrow(f64::from(*count) * factor);
        }
    }

    /// Pulses of a sensor in a slot of the empty home.
    fn per_slot(&self, sensor: u8) -> f64 {
        let pulses = f64::from(self.pulses[usize::from(sensor) % SENSORS]);
        ((0.25 + pulses) / (300.0 + f64::from(self.empty_slots))).max(STRAYS_AS_SOLD)
    }

    /// How strongly a first pulse speaks for life where a silence would end now with this hazard.
    #[must_use]
    pub fn first(&self, sensor: u8, hazard: f64) -> f64 {
        let lone = (2.0 + f64::from(self.alone)) / (6.0 + f64::from(self.bursts));
        libm::log((hazard * lone / self.per_slot(sensor)).max(1.0))
    }

    /// How much a further pulse adds.
    #[must_use]
    pub fn further(&self, sensor: u8) -> f64 {
        let strays = 1.0 - libm::exp(-APART_SLOTS * self.per_slot(sensor));
        libm::log((SEEN_AGAIN / strays).max(1.0))
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
        assert_eq!(burst.hear(at(60), 0), Company::Repeated);
        assert_eq!(burst.hear(at(61), 1), Company::Together);
        assert_eq!(burst.hear(at(1_000), 1), Company::First { before_alone: Some(false) });
        assert_eq!(burst.hear(at(1_120), 1), Company::Further);
        assert_eq!(burst.hear(at(9_000), 1), Company::First { before_alone: Some(false) });
        assert_eq!(burst.hear(at(19_000), 1), Company::First { before_alone: Some(true) });
    }

    #[test]
    fn a_sensor_that_pulses_in_the_empty_home_is_believed_less_and_no_other_is() {
        let (mut calm, mut restless) = (Strays::default(), Strays::default());
        calm.empty(1_000, [0; SENSORS]);
        restless.empty(1_000, [20, 0, 0, 0]);
        assert!(calm.first(0, 0.05) >= IN_FROM, "{}", calm.first(0, 0.05));
        assert!(restless.first(0, 0.05) < 0.5, "{}", restless.first(0, 0.05));
        assert!((restless.first(1, 0.05) - calm.first(1, 0.05)).abs() < 1e-12);
        assert!(restless.further(0) < calm.further(0));
        assert!(restless.first(0, 1e-6).abs() < 1e-12, "it never speaks against life");
    }
}
