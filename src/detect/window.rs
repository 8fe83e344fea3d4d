//! A sliding window that knows its lowest value, for whoever asks how far a value has risen.
//!
//! Amortized O(1) and bounded: a window with more low points than it keeps is thinned, which
//! keeps the lowest. It takes values in event-time order only.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::time::{SignedDuration, Timestamp, between, micros};

/// Low points kept per window.
const LOWS_MAX: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Low {
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    pub value: f64,
}

/// Values that are lower than all after them, oldest and lowest first.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Lows(VecDeque<Low>);

impl Lows {
    /// Takes a value and says how far it lies above the lowest of the window that ends with it.
    pub fn rise(&mut self, at: Timestamp, value: f64, window: SignedDuration) -> (f64, Low) {
        while self.0.front().is_some_and(|low| between(low.at, at) > window) {
            self.0.pop_front();
        }
        while self.0.back().is_some_and(|low| low.value >= value) {
            self.0.pop_back();
        }
        if self.0.len() == LOWS_MAX {
            let mut index = 0;
            self.0.retain(|_| {
                index += 1;
                index % 2 == 1
            });
        }
        self.0.push_back(Low { at, value });
        let lowest = self.0[0];
        (value - lowest.value, lowest)
    }
}
