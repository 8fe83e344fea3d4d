//! Homes in which one person lives, made up: habits, outings, visitors, illness, faults.
//!
//! A life is drawn from a seed, slot by slot. Nothing here knows of detectors or thresholds.

mod chance;
mod fleet;
mod life;
mod person;
mod site;
mod trace;

pub use chance::Chance;
pub use fleet::{Fleet, FleetLines, Shares};
pub use life::{Life, SLOTS_PER_DAY, Slot, live};
pub use person::Person;
pub use trace::{By, Decline, Device, Event, Kit, SLOT_S, Tracer, Trouble, Value};

#[cfg(test)]
mod tests;
