//! Deadlines as data: which is next, and whose it is.

use std::collections::BTreeSet;

use crate::domain::time::Timestamp;

/// The deadlines of instances, by moment and then by index, so that two at one moment always come
/// in the same order.
#[derive(Default)]
pub(super) struct Timers(BTreeSet<(Timestamp, usize)>);

impl Timers {
    pub fn arm(&mut self, deadline: Timestamp, index: usize) {
        self.0.insert((deadline, index));
    }

    pub fn disarm(&mut self, deadline: Timestamp, index: usize) {
        self.0.remove(&(deadline, index));
    }

    pub fn first(&self) -> Option<(Timestamp, usize)> {
        self.0.first().copied()
    }

    pub fn next(&self) -> Option<Timestamp> {
        self.first().map(|(deadline, _)| deadline)
    }
}
