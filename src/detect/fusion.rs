//! Several devices of one zone, or of it and the zones next door, agree (복합): k votes within a
//! span.
//!
//! A voter is one quantity of one device; it votes with every reading at or beyond its `start`, or
//! with every rise of that much where `rise_within_s` is given. `kinds` asks for different
//! quantities among the votes, so that a warm afternoon on many walls stays one sign. Before the
//! finding, a vote older than the span no longer counts. After it, a vote is withdrawn only by a
//! reading at or below `stop`, for a rise: by one back to within `stop` of where it rose from. A
//! device that has burnt does not say that all is well.
//!
//! With `neighbours` all votes may come from next door in the same building: then it warns the
//! zone of what is beside it, and closes no way through it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::window::Lows;
use super::{Change, Detector, Per, Turn, Waits, back_at, said, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{DeviceId, Quantity, Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    votes: Vec<Vote>,
    /// How many voters must agree.
    k: usize,
    #[serde(rename = "within_s", deserialize_with = "span_s::deserialize")]
    within: SignedDuration,
    /// Of how many different quantities.
    #[serde(default = "one")]
    kinds: usize,
    /// Whether the zones to which a way leads vote too.
    #[serde(default)]
    neighbours: bool,
}

fn one() -> usize {
    1
}

/// What counts as a vote.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vote {
    quantity: Quantity,
    unit: Unit,
    start: f64,
    stop: f64,
    /// Then `start` is a rise within this span, and not a height.
    #[serde(default, rename = "rise_within_s", deserialize_with = "span")]
    rise_within: Option<SignedDuration>,
}

fn span<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SignedDuration>, D::Error> {
    span_s::deserialize(from).map(Some)
}

/// How one quantity of one device climbs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Climb {
    quantity: Quantity,
    lows: Lows,
    /// Where it rose from, while its vote stands.
    from: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Each voter's latest reading that was a vote, until it is withdrawn.
    votes: BTreeMap<DeviceId, Vec<Reading>>,
    #[serde(default)]
    climbs: BTreeMap<DeviceId, Vec<Climb>>,
    started: bool,
}

/// What a reading means to its vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    For,
    Against,
    Neither,
}

impl State {
    /// How a rise stands after this reading.
    fn climb(&mut self, reading: &Reading, vote: &Vote, within: SignedDuration) -> Side {
        let climbs = self.climbs.entry(reading.device.clone()).or_default();
        let known = climbs.iter().position(|climb| climb.quantity == reading.quantity);
        let index = known.unwrap_or_else(|| {
            let (quantity, lows) = (reading.quantity, Lows::default());
            climbs.push(Climb { quantity, lows, from: None });
            climbs.len() - 1
        });
        let climb = &mut climbs[index];
        let value = reading.value.as_number();
        let (rise, lowest) = climb.lows.rise(reading.at, value, within);
        if rise >= vote.start {
            climb.from = climb.from.or(Some(lowest.value));
            return Side::For;
        }
        match climb.from {
            Some(from) if value - from > vote.stop => Side::Neither,
            _ => {
                climb.from = None;
                Side::Against
            }
        }
    }

    fn kinds(&self) -> usize {
        let mut kinds: Vec<Quantity> = self.all().map(|vote| vote.quantity).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.len()
    }

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
    fn sign(&self, quantity: Quantity) -> Option<&Vote> {
        self.votes.iter().find(|vote| vote.quantity == quantity)
    }

    fn enough(&self, state: &State) -> bool {
        state.all().count() >= self.k && state.kinds() >= self.kinds
    }

    fn side(state: &mut State, reading: &Reading, vote: &Vote) -> Side {
        let value = reading.value.as_number();
        match vote.rise_within {
            Some(within) => state.climb(reading, vote, within),
            None if value >= vote.start => Side::For,
            None if value <= vote.stop => Side::Against,
            None => Side::Neither,
        }
    }

    fn words(&self, state: &State) -> Words {
        let mut votes: Vec<&Reading> = state.all().collect();
        votes.sort_by_key(|vote| vote.at);
        let said: Vec<(String, String)> = votes
            .iter()
            .map(|vote| {
                let (device, name) = (&vote.device, vote.quantity.as_str());
                let value = said(vote.value.as_number(), vote.quantity.unit());
                let climbs = self.sign(vote.quantity).is_some_and(|v| v.rise_within.is_some());
                let (up, rose) = if climbs { (" 상승", " rose to") } else { ("", "") };
                let ko = format!("{device} {} {value}{up}", vote.quantity.name_ko());
                (ko, format!("{device} {name}{rose} {value}"))
            })
            .collect();
        let (ko, en): (Vec<String>, Vec<String>) = said.into_iter().unzip();
        let span = match (votes.first(), votes.last()) {
            (Some(first), Some(last)) => between(first.at, last.at),
            _ => self.within,
        };
        let count = votes.len();
        Words::new(
            format!("{} 안에 징후 {count}개: {}", said_span_ko(span), ko.join(", ")),
            format!("{count} signs within {}: {}", said_span(span), en.join(", ")),
        )
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
        if !state.started && self.enough(state) {
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
        if self.kinds == 0 || self.kinds > self.votes.len() {
            problems.push(format!(
                "`kinds` is {}; there are {} kinds of votes, and 1 or more must agree",
                self.kinds,
                self.votes.len()
            ));
        }
        for (index, vote) in self.votes.iter().enumerate() {
            if self.votes[..index].iter().any(|other| other.quantity == vote.quantity) {
                problems.push(format!(
                    "`votes` names {} twice; a device votes once with each quantity, so the \
                     second belongs into another rule",
                    vote.quantity.as_str()
                ));
            }
            if vote.rise_within.is_some_and(|span| !span.is_positive()) {
                problems.push("`rise_within_s` of `votes` must be more than 0".to_owned());
            }
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

    fn hears_neighbours(&self) -> bool {
        self.neighbours
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let Some(vote) = self.sign(reading.quantity) else { return };
        match Self::side(state, reading, vote) {
            Side::For => self.take_vote(state, reading, changes),
            Side::Neither => {}
            Side::Against => {
                state.withdraw(reading);
                if state.started && !self.enough(state) {
                    state.started = false;
                    let back = back_at(reading.quantity, reading.value.as_number(), vote.unit);
                    let because = Words::new(
                        format!("{} {}", reading.device, back.ko),
                        format!("{} {}", reading.device, back.en),
                    );
                    let readings = vec![reading.clone()];
                    changes.push(Change::new(Turn::Stopped, reading.at, because, readings));
                }
            }
        }
    }
}
