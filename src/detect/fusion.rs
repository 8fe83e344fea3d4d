//! Several devices of one zone agree (복합): k votes within a span.
//!
//! A voter is one quantity of one device; it votes with every reading at or beyond its `start`.
//! Before the finding, a vote older than the span no longer counts. After it, a vote is withdrawn
//! only by a reading at or below `stop`: a device that has burnt does not say that all is well.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, said, said_span, span_s};
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{DeviceId, Quantity, Reading, Unit};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    votes: Vec<Vote>,
    /// How many voters must agree.
    k: usize,
    #[serde(rename = "within_s", deserialize_with = "span_s::deserialize")]
    within: SignedDuration,
}

/// What counts as a vote.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vote {
    quantity: Quantity,
    unit: Unit,
    start: f64,
    stop: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Each voter's latest reading that was a vote, until it is withdrawn.
    votes: BTreeMap<DeviceId, Vec<Reading>>,
    started: bool,
}

impl State {
    fn withdraw(&mut self, reading: &Reading) {
        if let Some(votes) = self.votes.get_mut(&reading.device) {
            votes.retain(|vote| vote.quantity != reading.quantity);
            if votes.is_empty() {
                self.votes.remove(&reading.device);
            }
        }
    }

    /// Takes a vote; whether this voter is new.
    fn cast(&mut self, reading: &Reading) -> bool {
        let votes = self.votes.entry(reading.device.clone()).or_default();
        match votes.iter_mut().find(|vote| vote.quantity == reading.quantity) {
            Some(vote) => {
                // A late event may be older than the vote that stands.
                if reading.at >= vote.at {
                    *vote = reading.clone();
                }
                false
            }
            None => {
                votes.push(reading.clone());
                true
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &Reading> {
        self.votes.values().flatten()
    }

    /// Forgets votes that are older than the span.
    fn keep_since(&mut self, oldest: Timestamp) {
        for votes in self.votes.values_mut() {
            votes.retain(|vote| vote.at >= oldest);
        }
        self.votes.retain(|_, votes| !votes.is_empty());
    }
}

impl Fusion {
    fn words(&self, state: &State) -> String {
        let mut votes: Vec<&Reading> = state.all().collect();
        votes.sort_by_key(|vote| vote.at);
        let said: Vec<String> = votes
            .iter()
            .map(|vote| {
                let value = said(vote.value.as_number(), vote.quantity.unit());
                format!("{} {} {value}", vote.device, vote.quantity.as_str())
            })
            .collect();
        let span = match (votes.first(), votes.last()) {
            (Some(first), Some(last)) => said_span(between(first.at, last.at)),
            _ => said_span(self.within),
        };
        format!("{} signs within {span}: {}", votes.len(), said.join(", "))
    }

    fn say(&self, turn: Turn, at: Timestamp, state: &State, changes: &mut Vec<Change>) {
        let readings = state.all().cloned().collect();
        changes.push(Change { turn, level: None, at, because: self.words(state), readings });
    }

    fn take_vote(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        // The newest vote decides which others are recent enough, whoever cast it and in
        // whatever order they come.
        let newest = state.all().map(|vote| vote.at).fold(reading.at, Timestamp::max);
        if !state.started {
            let oldest = newest.saturating_sub(self.within).unwrap_or(newest);
            state.keep_since(oldest);
            if reading.at < oldest {
                return;
            }
        }
        let new = state.cast(reading);
        if !state.started && state.all().count() >= self.k {
            state.started = true;
            self.say(Turn::Started, newest, state, changes);
        } else if state.started && new {
            self.say(Turn::Grew, reading.at, state, changes);
        }
    }
}

impl Detector for Fusion {
    type State = State;
    const PER: Per = Per::Zone;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.k < 2 {
            problems.push(format!("`k` is {}; agreement takes 2 or more", self.k));
        }
        if self.votes.is_empty() {
            problems.push("`votes` is empty; it must name what counts as a vote".to_owned());
        }
        if !self.within.is_positive() {
            problems.push("`within_s` must be more than 0".to_owned());
        }
        for vote in self.votes.iter().filter(|vote| vote.stop >= vote.start) {
            problems.push(format!(
                "the vote of `{}` stops at {} and starts at {}; `stop` must lie below `start`",
                vote.quantity.as_str(),
                vote.stop,
                vote.start
            ));
        }
        problems
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        self.votes.iter().map(|vote| (vote.quantity, vote.unit)).collect()
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let Some(vote) = self.votes.iter().find(|vote| vote.quantity == reading.quantity) else {
            return;
        };
        let value = reading.value.as_number();
        if value >= vote.start {
            self.take_vote(state, reading, changes);
        } else if value <= vote.stop {
            state.withdraw(reading);
            if state.started && state.all().count() < self.k {
                state.started = false;
                changes.push(Change {
                    turn: Turn::Stopped,
                    level: None,
                    at: reading.at,
                    because: format!(
                        "{} {} is back at {}",
                        reading.device,
                        reading.quantity.as_str(),
                        said(value, vote.unit)
                    ),
                    readings: vec![reading.clone()],
                });
            }
        }
    }
}
