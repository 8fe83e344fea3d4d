//! A condition that has to last before it counts (유지 시간), with its two ends.
//!
//! It begins and ends where its detector says, and between the two stays as it was. The hold runs
//! in event time whether or not another reading comes; the detector asks for it before each
//! reading and at each deadline, and finds the words.

use serde::{Deserialize, Serialize};

use super::Turn;
use crate::domain::Reading;
use crate::domain::time::{SignedDuration, Timestamp, after, micros};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// The reading with which it began; none while all is well.
    first: Option<Box<Reading>>,
    #[serde(default, with = "micros::optional")]
    until: Option<Timestamp>,
    started: bool,
}

impl Held {
    /// Whether it counts.
    pub fn started(&self) -> bool {
        self.started
    }

    /// When the hold is fulfilled.
    pub fn deadline(&self) -> Option<Timestamp> {
        self.until
    }

    /// The hold has been fulfilled by `now`: when, and with which reading it began.
    pub fn fulfilled(&mut self, now: Timestamp) -> Option<(Timestamp, Reading)> {
        let due = self.until.filter(|due| *due <= now)?;
        let first = self.first.as_deref()?.clone();
        self.until = None;
        self.started = true;
        Some((due, first))
    }

    /// A hold that runs lasts no longer than this; whether one runs, or has been fulfilled.
    pub fn at_most(&mut self, hold: SignedDuration) -> bool {
        let Some(first) = &self.first else { return false };
        let sooner = after(first.at, hold);
        self.until = self.until.map(|until| until.min(sooner));
        true
    }

    /// One reading, that lies beyond the one end, or the other, or neither. What is due by then
    /// has been asked for. A hold of 0 starts at once.
    pub fn take(
        &mut self,
        reading: &Reading,
        (begins, ends): (bool, bool),
        hold: SignedDuration,
    ) -> Option<Turn> {
        if self.first.is_none() && begins {
            self.first = Some(Box::new(reading.clone()));
            self.started = hold.is_zero();
            self.until = (!self.started).then(|| after(reading.at, hold));
            return self.started.then_some(Turn::Started);
        }
        if self.first.is_some() && ends {
            let started = std::mem::take(self).started;
            return started.then_some(Turn::Stopped);
        }
        None
    }
}
