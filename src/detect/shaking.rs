//! Ground motion (흔들림) that several storeys feel at once.
//!
//! One accelerometer cannot tell an earthquake from a door. Each sensor triggers by itself (see
//! `tremor`); triggers within `within_s` on at least `storeys` storeys are one vote, and how bad it
//! is goes by the motion that as many storeys have reached. It ends when a sensor that voted has
//! been calm for `calm_s` and none has shaken since; where all have fallen silent it stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::tremor::{Look, Tremor};
use super::{Change, Detector, Per, Spot, Turn, Waits, Wave, said, span_s};
use crate::domain::time::{SignedDuration, Timestamp, between, micros};
use crate::domain::{DeviceId, Level, PlaceId, Quantity, Reading, StoreyId, Unit, Value, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shaking {
    low_hz: f64,
    high_hz: f64,
    #[serde(rename = "sta_s", deserialize_with = "span_s::deserialize")]
    sta: SignedDuration,
    #[serde(rename = "lta_s", deserialize_with = "span_s::deserialize")]
    lta: SignedDuration,
    /// Ratios at which a sensor triggers, and is ready again.
    on: f64,
    off: f64,
    /// It must move this much within this time of the ratio.
    gate_gal: f64,
    #[serde(rename = "gate_within_s", deserialize_with = "span_s::deserialize")]
    gate_within: SignedDuration,
    /// On so many storeys, within this time.
    storeys: usize,
    #[serde(rename = "within_s", deserialize_with = "span_s::deserialize")]
    within: SignedDuration,
    /// Weakest first, mildest first; the first is that of the gate.
    classes: Vec<Class>,
    /// Below this for so long it is over.
    stop_gal: f64,
    #[serde(rename = "calm_s", deserialize_with = "span_s::deserialize")]
    calm: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    gal: f64,
    level: Level,
}

/// A sensor has triggered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Vote {
    /// Its storey; in a home, the home.
    storey: PlaceId,
    #[serde(with = "micros::required")]
    at: Timestamp,
    peak_gal: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    sensors: BTreeMap<DeviceId, Tremor>,
    votes: BTreeMap<DeviceId, Vote>,
    /// How many classes have been said; 0 while all is calm.
    reached: usize,
    #[serde(default, with = "micros::optional")]
    shook_at: Option<Timestamp>,
}

impl State {
    /// The strongest motion on each storey that voted, strongest first.
    fn peaks(&self) -> Vec<f64> {
        let mut by_storey: BTreeMap<&PlaceId, f64> = BTreeMap::new();
        for vote in self.votes.values() {
            let peak = by_storey.entry(&vote.storey).or_default();
            *peak = peak.max(vote.peak_gal);
        }
        let mut peaks: Vec<f64> = by_storey.into_values().collect();
        peaks.sort_by(|one, other| other.total_cmp(one));
        peaks
    }
}

impl Shaking {
    fn look(&self) -> Look {
        Look {
            low_hz: self.low_hz,
            high_hz: self.high_hz,
            sta: self.sta,
            lta: self.lta,
            on: self.on,
            off: self.off,
            gate_gal: self.gate_gal,
            gate_within: self.gate_within,
            stop_gal: self.stop_gal,
        }
    }

    /// When enough storeys had triggered close enough together. Votes that are too old to agree
    /// with any that may still come are left standing: there is one per sensor at most.
    fn agreed(&self, state: &State, newest: &Vote) -> Option<Timestamp> {
        let mut votes: Vec<&Vote> = state.votes.values().collect();
        votes.sort_by_key(|vote| vote.at);
        for first in &votes {
            let window = votes
                .iter()
                .filter(|vote| vote.at >= first.at && between(first.at, vote.at) <= self.within);
            let mut storeys: Vec<&PlaceId> = Vec::new();
            let mut reached = None;
            for vote in window {
                if !storeys.contains(&&vote.storey) {
                    storeys.push(&vote.storey);
                    if storeys.len() == self.storeys {
                        reached = Some(vote.at);
                    }
                }
            }
            let near = between(newest.at, first.at).abs() <= self.within;
            if let Some(at) = reached.filter(|_| near) {
                return Some(at.max(newest.at));
            }
        }
        None
    }

    /// Says the class that enough storeys have reached, if it is news.
    fn climb(&self, state: &mut State, at: Timestamp, changes: &mut Vec<Change>) {
        let peaks = state.peaks();
        let Some(agreed) = self.storeys.checked_sub(1).and_then(|nth| peaks.get(nth)) else {
            return;
        };
        let class = self.classes.iter().rposition(|class| *agreed >= class.gal).unwrap_or(0);
        if class < state.reached {
            return;
        }
        let turn = if state.reached == 0 { Turn::Started } else { Turn::Grew };
        let (storeys, gal, words) = (peaks.len(), said(*agreed, Unit::Gal), words(state));
        let because = Words::new(
            format!("{storeys}개 층에서 {gal} 이상 흔들림: {words}"),
            format!("{storeys} storeys shake with {gal} and more: {words}"),
        );
        let change = Change::new(turn, at, because, readings(state));
        changes.push(Change { level: self.classes.get(class).map(|class| class.level), ..change });
        state.reached = class + 1;
    }

    /// It is over: a sensor that felt it lies still.
    fn calm(&self, state: &mut State, witness: &DeviceId, changes: &mut Vec<Change>) {
        let until = state.sensors.get(witness).and_then(|sensor| sensor.until);
        let (Some(until), Some(shook_at)) = (until, state.shook_at) else { return };
        if !state.votes.contains_key(witness) || between(shook_at, until) < self.calm {
            return;
        }
        let (gal, calm_s) = (said(self.stop_gal, Unit::Gal), self.calm.as_secs());
        let because = Words::new(
            format!("{witness} {calm_s}초 동안 {gal} 미만"),
            format!("{witness} has been below {gal} for {calm_s} s"),
        );
        changes.push(Change::new(Turn::Stopped, until, because, Vec::new()));
        state.votes.clear();
        state.reached = 0;
    }
}

fn words(state: &State) -> String {
    let votes = state.votes.iter();
    let said: Vec<String> = votes
        .map(|(device, vote)| format!("{device} {}", said(vote.peak_gal, Unit::Gal)))
        .collect();
    said.join(", ")
}

fn readings(state: &State) -> Vec<Reading> {
    let reading = |(device, vote): (&DeviceId, &Vote)| Reading {
        device: device.clone(),
        quantity: Quantity::Acceleration,
        value: Value::Number(vote.peak_gal),
        at: vote.at,
    };
    state.votes.iter().map(reading).collect()
}

impl Detector for Shaking {
    type State = State;
    const PER: Per = Per::Building;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !(0.0 < self.low_hz && self.low_hz < self.high_hz) {
            problems.push("`low_hz` must lie above 0 and below `high_hz`".to_owned());
        }
        if !(self.sta.is_positive() && self.sta < self.lta) {
            problems.push("`sta_s` must be more than 0 and less than `lta_s`".to_owned());
        }
        if !(0.0 < self.off && self.off < self.on) {
            problems.push(format!(
                "`off` is {} and `on` is {}; `off` must lie above 0 and below `on`, or one quake \
                 would trigger again and again",
                self.off, self.on
            ));
        }
        if self.storeys == 0 {
            problems.push("`storeys` is 0; it takes 1 or more, and 2 to be believed".to_owned());
        }
        if self.within.is_negative() || self.gate_within.is_negative() {
            problems.push("`within_s` and `gate_within_s` must be 0 or more".to_owned());
        }
        let rises = |pair: &[Class]| pair[0].gal < pair[1].gal && pair[0].level < pair[1].level;
        if !self.classes.windows(2).all(rises)
            || self.classes.first().is_none_or(|first| first.gal > self.gate_gal)
        {
            let words = "`classes` must begin at `gate_gal` or below, each stronger and graver \
                         than the last";
            problems.push(words.to_owned());
        }
        if !(0.0 < self.stop_gal && self.stop_gal < self.gate_gal) {
            problems.push("`stop_gal` must lie above 0 and below `gate_gal`".to_owned());
        }
        if !self.calm.is_positive() {
            problems.push("`calm_s` must be more than 0".to_owned());
        }
        problems
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::Acceleration, Unit::Gal)]
    }

    fn shake(
        &self,
        state: &mut State,
        spot: &Spot<'_>,
        wave: &Wave<'_>,
        changes: &mut Vec<Change>,
    ) {
        let sensor = state.sensors.entry(wave.device.clone()).or_default();
        let Some(heard) = sensor.hear(&self.look(), wave) else { return };
        state.shook_at = state.shook_at.max(heard.shook_at);
        if let Some(vote) = state.votes.get_mut(wave.device) {
            vote.peak_gal = vote.peak_gal.max(heard.peak_gal);
        }
        let quiet = state.reached == 0;
        if let Some(at) = heard.trigger
            && (quiet || !state.votes.contains_key(wave.device))
        {
            let storey = spot.storey.map_or_else(|| spot.place.clone(), StoreyId::as_place);
            let vote = Vote { storey, at, peak_gal: heard.peak_gal };
            state.votes.insert(wave.device.clone(), vote.clone());
            if let Some(at) = self.agreed(state, &vote).filter(|_| quiet) {
                // Older triggers had another cause.
                state.votes.retain(|_, vote| between(vote.at, at).abs() <= self.within);
                return self.climb(state, at, changes);
            }
        }
        if !quiet {
            let until = state.sensors.get(wave.device).and_then(|sensor| sensor.until);
            self.climb(state, until.unwrap_or(wave.at), changes);
            self.calm(state, wave.device, changes);
        }
    }
}
