//! Which readings say that somebody is alive.
//!
//! Heartbeats, temperatures and a home's base load never do. A door does when it changes, a tap
//! when it is opened after a pause, a power meter when it steps higher than anything steps in the
//! empty home, a bed when someone gets in or out or turns over (that somebody lies in it says
//! nothing: a dead weight does too), a button when it is pressed, a motion sensor and a radar when
//! they see somebody. Only the last two are weighed; see `weigh`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::resident::Sign;
use super::table::narrow;
use crate::domain::time::{SignedDuration, Timestamp, between, micros};
use crate::domain::{DeviceId, DeviceKind, Quantity, Reading};

/// A tap that has been shut for this long is opened anew.
const TAP_RESTS: SignedDuration = SignedDuration::from_mins(10);
/// Less than this drips.
const TAP_LITRES: f64 = 0.5;
/// No step below this is anybody's, nor one less than a third above what the empty home does.
const STEP_W: f64 = 60.0;
const STEP_ABOVE: f64 = 4.0 / 3.0;
/// What the empty home did is forgotten by a fiftieth with each step that it does.
const STEP_KEPT: f64 = 0.98;

/// The last word of each device of one home, as far as the next one needs it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<DeviceId, Sense>", into = "BTreeMap<DeviceId, Sense>")]
pub struct Senses(Vec<(DeviceId, Sense)>);

impl From<BTreeMap<DeviceId, Sense>> for Senses {
    fn from(by_device: BTreeMap<DeviceId, Sense>) -> Self {
        Self(by_device.into_iter().collect())
    }
}

impl From<Senses> for BTreeMap<DeviceId, Sense> {
    fn from(senses: Senses) -> Self {
        senses.0.into_iter().collect()
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
struct Sense {
    /// By which a motion sensor is told from another.
    number: u8,
    on: Option<bool>,
    /// Of a meter.
    value: Option<f64>,
    #[serde(with = "micros::optional")]
    rose_at: Option<Timestamp>,
    /// The highest step of the empty home, W.
    idle_step: f32,
}

impl Senses {
    /// What a reading says of the person; `empty` if the exit door says that nobody is in.
    pub fn read(
        &mut self,
        kind: Option<DeviceKind>,
        reading: &Reading,
        empty: bool,
    ) -> Option<Sign> {
        let sense = self.of(&reading.device);
        let value = reading.value.as_number();
        let on = value > 0.5;
        match (reading.quantity, kind) {
            (Quantity::Presence, Some(DeviceKind::Bed)) => sense.turns(on).then_some(Sign::Deed),
            (Quantity::Motion, Some(DeviceKind::Bed)) | (Quantity::Sos, _) => {
                on.then_some(Sign::Deed)
            }
            (Quantity::Motion | Quantity::Presence, _) => on.then_some(Sign::Pulse(sense.number)),
            (Quantity::Contact, Some(DeviceKind::ExitDoor)) => {
                sense.turns(on).then_some(Sign::ExitDoor)
            }
            (Quantity::Contact, _) => sense.turns(on).then_some(Sign::Deed),
            (Quantity::Water, _) => sense.opens(value, reading.at).then_some(Sign::Deed),
            (Quantity::Power, _) => sense.steps(value, empty).then_some(Sign::Deed),
            _ => None,
        }
    }

    /// A home has few devices: to look through them costs less than a tree of them.
    fn of(&mut self, device: &DeviceId) -> &mut Sense {
        let at = self.0.binary_search_by(|(known, _)| known.cmp(device)).unwrap_or_else(|at| {
            let number = u8::try_from(self.0.len()).unwrap_or(u8::MAX);
            self.0.reserve_exact(1);
            self.0.insert(at, (device.clone(), Sense { number, ..Sense::default() }));
            at
        });
        &mut self.0[at].1
    }
}

impl Sense {
    /// Of what says again and again what it is, only a change is a person; the first word is none.
    fn turns(&mut self, on: bool) -> bool {
        self.on.replace(on).is_some_and(|before| before != on)
    }

    /// A tap: the counter rises after a pause. A counter that went back began anew.
    fn opens(&mut self, litres: f64, at: Timestamp) -> bool {
        let Some(before) = self.value.replace(litres) else { return false };
        if litres - before < TAP_LITRES {
            return false;
        }
        let rested = self.rose_at.is_none_or(|rose| between(rose, at) >= TAP_RESTS);
        self.rose_at = Some(at);
        rested
    }

    /// A step up that the empty home does not do.
    fn steps(&mut self, watts: f64, empty: bool) -> bool {
        let Some(before) = self.value.replace(watts) else { return false };
        let step = watts - before;
        let idle = f64::from(self.idle_step);
        if empty && step > STEP_W / 2.0 {
            self.idle_step = narrow((idle * STEP_KEPT).max(step.min(300.0)));
        }
        !empty && step >= STEP_W.max(STEP_ABOVE * idle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Value;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_772_409_600 + seconds).unwrap()
    }

    /// What each reading says: its second, its value, and whether the home is empty.
    fn said(
        kind: Option<DeviceKind>,
        quantity: Quantity,
        readings: &[(i64, f64, bool)],
    ) -> Vec<bool> {
        let mut senses = Senses::default();
        let device: DeviceId = "d".parse().unwrap();
        let said = readings.iter().map(|(second, value, empty)| {
            let value = Value::Number(*value);
            let reading = Reading { device: device.clone(), quantity, value, at: at(*second) };
            senses.read(kind, &reading, *empty).is_some()
        });
        said.collect()
    }

    #[test]
    fn a_door_and_a_bed_say_something_when_they_change() {
        let words = [(0, 0.0, false), (60, 0.0, false), (90, 1.0, false), (99, 1.0, false)];
        let expected = [false, false, true, false];
        assert_eq!(said(Some(DeviceKind::ExitDoor), Quantity::Contact, &words), expected);
        assert_eq!(said(Some(DeviceKind::Bed), Quantity::Presence, &words), expected);
    }

    #[test]
    fn a_tap_is_opened_once_and_does_not_drip() {
        let words = [
            (0, 100.0, false),
            (60, 103.0, false),
            (120, 106.0, false),
            (4_000, 106.3, false),
            (8_000, 108.0, false),
            (9_000, 1.0, false),
        ];
        let expected = [false, true, false, false, true, false];
        assert_eq!(said(None, Quantity::Water, &words), expected);
    }

    #[test]
    fn a_fridge_is_nobody_once_it_ran_in_the_empty_home() {
        let cycle = |from: i64, empty| [(from, 35.0, empty), (from + 300, 125.0, empty)];
        let words = [cycle(0, false), cycle(3_000, true), cycle(6_000, false)].concat();
        let expected = [false, true, false, false, false, false];
        assert_eq!(said(None, Quantity::Power, &words), expected);
        let kettle = [&words[..], &[(6_600, 1_700.0, false)]].concat();
        assert_eq!(said(None, Quantity::Power, &kettle).last(), Some(&true));
    }
}
