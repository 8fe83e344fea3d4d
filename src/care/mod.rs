//! Homes of people who live alone: whether someone in them has stopped moving (안부).
//!
//! Learns how long silences are in a home, by how they began, how old they are and what hour it
//! is, and says when one has become too rare. Opens no incident, asks nobody and never wonders
//! what time it is: whoever owns a [`Resident`] feeds it signs of life with their moments, wakes
//! it at its deadline, and tells it when the home cannot be seen. Thresholds and the fleet's
//! table come from outside, fitted over many homes; a home knows of no other.

mod decline;
mod fleet;
mod learn;
mod resident;
mod sense;
mod shipped;
mod silence;
mod slot;
mod table;
mod weigh;
mod words;

pub use decline::Decline;
pub use fleet::{Budget, Fit, Fitted, fit};
pub use learn::Learnt;
pub use resident::{Resident, Sign, Turn};
pub use sense::Senses;
pub use silence::{Stage, Told};
pub use slot::{SLOT_S, SLOTS_PER_DAY, SLOTS_PER_HOUR, Slot, WallClock, span};
pub use table::{AGES, Cells, Counts, FleetTable, HOURS, KINDS, Kind, Shrinkage, age_class};
pub use words::was_out;

/// What all homes of a fleet share.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    pub clock: WallClock,
    pub fleet: FleetTable,
    pub thresholds: Thresholds,
    pub settings: Settings,
}

/// Scores at which a silence is told of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    pub watch: f64,
    /// From the budget of false alarms, by [`fit`].
    pub call: f64,
}

/// What the model is tuned by. The default is what was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    pub shrinkage: Shrinkage,
    /// The stopwatch runs for so many times the usual longest silence at home,
    pub stopwatch_times: f64,
    /// and for so many slots at most.
    pub stopwatch_max: i64,
    /// Out by the door for so many slots is not returned.
    pub not_returned: i64,
    /// Lone pulses of motion sensors are weighed instead of believed.
    pub weighs: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            shrinkage: Shrinkage::default(),
            stopwatch_times: 1.5,
            stopwatch_max: 12 * SLOTS_PER_HOUR,
            not_returned: 48 * SLOTS_PER_HOUR,
            weighs: true,
        }
    }
}

/// Whole numbers as they enter a formula; all of ours are exact.
#[expect(clippy::cast_precision_loss, reason = "slots of centuries fit into the mantissa")]
fn count(slots: i64) -> f64 {
    slots as f64
}

#[expect(clippy::cast_precision_loss, reason = "days and homes fit into the mantissa")]
fn count_of(things: usize) -> f64 {
    things as f64
}

/// Cut towards zero.
#[expect(clippy::cast_possible_truncation, reason = "of a span that was clamped before")]
fn whole(slots: f64) -> i64 {
    slots as i64
}
