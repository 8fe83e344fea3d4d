//! What is due when, and the silences: what every part of the responding half works with.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::domain::{KindId, PlaceId};
use crate::incident::{Incident, IncidentId, Silence};
use crate::monitor::Configuration;
use crate::monitor::effect::Effect;

/// All incidents of one kind at one place.
pub type Key = (KindId, PlaceId);

/// What a step brings to the responding half.
pub struct Desk<'a> {
    pub now: Timestamp,
    /// Whether everything that was due before has been told.
    pub looking: bool,
    pub configuration: &'a Configuration,
    /// Homes in which nobody agreed to be asked by night.
    pub sleeps: &'a dyn Fn(&PlaceId) -> bool,
    pub effects: &'a mut Vec<Effect>,
}

/// The same with the agenda, for whoever works on an incident.
pub struct Hand<'a> {
    pub now: Timestamp,
    pub looking: bool,
    pub configuration: &'a Configuration,
    pub sleeps: &'a dyn Fn(&PlaceId) -> bool,
    pub effects: &'a mut Vec<Effect>,
    pub agenda: &'a mut Agenda,
}

impl Hand<'_> {
    pub fn say(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Whether a place is a home, or hangs in one.
    pub fn in_home(&self, place: &PlaceId) -> bool {
        self.configuration.site.homes.contains_key(place.as_str())
    }
}

/// A deadline of people's, not of devices'.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Due {
    AcknowledgementEnds(IncidentId),
    DrillEnds(IncidentId),
    SilenceBegins(u32),
    SilenceEnds(u32),
    /// The next step of its ladder.
    Step(IncidentId),
}

#[derive(Default)]
pub struct Agenda {
    due: BTreeSet<(Timestamp, Due)>,
    /// What clears once we look again, and since when.
    clearing: BTreeSet<(Timestamp, Key)>,
    /// When each steps down that does, if we look then.
    easing: BTreeMap<Key, Timestamp>,
    silences: BTreeMap<u32, Silence>,
    /// How many there have been.
    silence_count: u32,
}

/// How long what is left has to be all there is. What trembles about a limit stays what it was, and
/// an outage of ours that is shorter changes nothing.
const EASES_AFTER: SignedDuration = SignedDuration::from_mins(5);

impl Agenda {
    /// Everything that an unresolved incident waits for.
    pub fn enter(&mut self, incident: &Incident) {
        if let Some(since) = incident.clears {
            self.clearing.insert((since, key_of(incident)));
        }
        if let (Some(_), Some(since)) = (incident.left(), incident.ended) {
            self.easing.insert(key_of(incident), after(since, EASES_AFTER));
        }
        self.due.extend(deadlines(incident));
    }

    /// It waits for nothing any more.
    pub fn leave(&mut self, incident: &Incident) {
        if !incident.exercise {
            self.eases(&key_of(incident), None);
        }
        for due in deadlines(incident) {
            self.due.remove(&due);
        }
    }

    pub fn arm(&mut self, at: Timestamp, due: Due) {
        self.due.insert((at, due));
    }

    pub fn disarm(&mut self, at: Timestamp, due: Due) {
        self.due.remove(&(at, due));
    }

    pub fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let first = self.due.first().filter(|(at, _)| *at <= now).cloned()?;
        self.due.remove(&first);
        Some(first)
    }

    pub fn next(&self, looking: bool) -> Option<Timestamp> {
        let clearing = self.clearing.first().filter(|_| looking).map(|(at, _)| *at);
        let easing = self.easing.values().copied().filter(|_| looking).min();
        self.due.first().map(|(at, _)| *at).into_iter().chain(clearing).chain(easing).min()
    }

    pub fn first_clearing(&self) -> Option<(Timestamp, Key)> {
        self.clearing.first().cloned()
    }

    pub fn clears(&mut self, since: Timestamp, key: Key) {
        self.clearing.insert((since, key));
    }

    pub fn clears_not(&mut self, since: Timestamp, key: &Key) {
        self.clearing.remove(&(since, key.clone()));
    }

    /// The open incident of a key steps down once everything has been said, or does not after all.
    pub fn eases(&mut self, key: &Key, since: Option<Timestamp>) {
        match since {
            Some(since) => drop(self.easing.insert(key.clone(), after(since, EASES_AFTER))),
            None => drop(self.easing.remove(key)),
        }
    }

    /// What steps down by now, if we look.
    pub fn take_easing(&mut self, now: Timestamp, looking: bool) -> Vec<Key> {
        let due = |at: Timestamp| looking && at <= now;
        self.easing.extract_if(.., |_, at| due(*at)).map(|(key, _)| key).collect()
    }

    // ── silences ──

    pub fn load_silences(&mut self, silences: Vec<Silence>, count: u32) {
        self.silence_count = count;
        for silence in silences {
            self.keep_silence(silence);
        }
    }

    /// The number of the next.
    pub fn next_silence(&mut self) -> u32 {
        self.silence_count += 1;
        self.silence_count
    }

    pub fn keep_silence(&mut self, silence: Silence) {
        if !silence.begun {
            self.due.insert((silence.from, Due::SilenceBegins(silence.n)));
        }
        self.due.insert((silence.until, Due::SilenceEnds(silence.n)));
        self.silences.insert(silence.n, silence);
    }

    pub fn has_silence(&self, n: u32) -> bool {
        self.silences.contains_key(&n)
    }

    pub fn begin_silence(&mut self, n: u32) {
        if let Some(silence) = self.silences.get_mut(&n) {
            silence.begun = true;
        }
    }

    pub fn drop_silence(&mut self, n: u32) -> Option<Silence> {
        let silence = self.silences.remove(&n)?;
        self.due.remove(&(silence.from, Due::SilenceBegins(n)));
        self.due.remove(&(silence.until, Due::SilenceEnds(n)));
        Some(silence)
    }

    /// Those that hold at a moment.
    pub fn silences(&self, now: Timestamp) -> impl Iterator<Item = &Silence> {
        self.silences.values().filter(move |silence| silence.holds(now))
    }
}

fn deadlines(incident: &Incident) -> impl Iterator<Item = (Timestamp, Due)> {
    let id = &incident.id;
    let acknowledged = incident.acknowledged_until;
    let step = incident.work.ladder.as_ref().and_then(|ladder| ladder.next);
    let acknowledged = acknowledged.map(|at| (at, Due::AcknowledgementEnds(id.clone())));
    let drill = incident.work.ends_at.map(|at| (at, Due::DrillEnds(id.clone())));
    let step = step.map(|(_, at)| (at, Due::Step(id.clone())));
    acknowledged.into_iter().chain(drill).chain(step)
}

pub fn key_of(incident: &Incident) -> Key {
    (incident.id.kind.clone(), incident.id.place.clone())
}
