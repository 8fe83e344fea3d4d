//! A silence that runs: how it began, how old it is, what it weighs and how far it has gone.

use serde::{Deserialize, Serialize};

use super::count;
use super::slot::{SLOTS_PER_HOUR, Slot};
use super::table::{Kind, next_age_class};
use super::weigh::SENSORS;
use crate::domain::time::Timestamp;

/// How far a silence has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Longer than most here.
    Watch,
    /// As rare as the budget of false alarms allows.
    Call,
    /// Out by the door for two days, and nobody has said for how long.
    NotReturned,
    /// Longer at home than this person is ever silent.
    Visit,
}

/// A silence in numbers, for the sentence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Told {
    pub kind: Kind,
    /// When the last sign of life was, to the slot.
    pub since: Timestamp,
    /// Without what was unseen.
    pub slots: i64,
    pub score: f64,
    pub stopwatch: bool,
}

/// The silence that runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Silence {
    /// The slot of the last sign.
    pub from: Slot,
    pub kind: Kind,
    /// The last slot that was counted.
    pub counted: Slot,
    /// Slots in which the home was unseen, or its absence registered; they do not count.
    pub unseen: i64,
    /// The first of them: what comes after it is not learnt.
    pub broken: Option<Slot>,
    /// −ln of the chance that a silence of somebody well lasts this long.
    pub score: f64,
    /// The slot of the last sign that was believed outright.
    pub believed: Slot,
    /// Pulses that may have been nobody, in a home that the door says is empty: by which it began,
    /// or that did not end it.
    pub strays: [u8; SENSORS],
    pub reached: Option<Stage>,
    pub stopwatch: bool,
}

impl Default for Silence {
    fn default() -> Self {
        Self::after(Slot::default(), Kind::Home)
    }
}

impl Silence {
    pub fn after(slot: Slot, kind: Kind) -> Self {
        Self {
            from: slot,
            kind,
            counted: slot,
            unseen: 0,
            broken: None,
            score: 0.0,
            believed: slot,
            strays: [0; SENSORS],
            reached: None,
            stopwatch: false,
        }
    }

    pub fn age(&self, slot: Slot) -> i64 {
        slot.since(self.from) - self.unseen
    }

    /// The next slot in which its age is of another class.
    pub fn next_class(&self, slot: Slot) -> Slot {
        let age = self.age(slot);
        next_age_class(age).map_or(Slot(i64::MAX), |next| slot.after(next - age))
    }
}

impl Told {
    /// Of a thousand silences that began like this one, so many end sooner.
    #[must_use]
    pub fn sooner_of_1000(&self) -> f64 {
        (1_000.0 * (1.0 - libm::exp(-self.score))).floor()
    }

    /// How long it has lasted.
    #[must_use]
    pub fn hours(&self) -> f64 {
        count(self.slots) / count(SLOTS_PER_HOUR)
    }
}
