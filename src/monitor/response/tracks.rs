//! The incidents themselves, by kind and place.

use std::collections::BTreeMap;

use super::agenda::{Key, key_of};
use crate::domain::Refusal;
use crate::incident::{Incident, IncidentId, State};

/// All incidents of one kind at one place, as far as they matter still.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Track {
    /// How many there have been, drills among them.
    pub n: u32,
    pub open: Option<Incident>,
    /// A drill beside it.
    pub drill: Option<Incident>,
    /// Resolved while they stood: silent until they have cleared or something new joins.
    pub lingering: Vec<Incident>,
    /// The last that was resolved and does not stand, for whoever reopens it.
    pub last: Option<Incident>,
}

impl Track {
    /// Takes a resolved incident: it is silent while it stands.
    pub fn rest(&mut self, incident: Incident) {
        if incident.stands() {
            self.lingering.push(incident);
        } else if !incident.exercise && self.last.as_ref().is_none_or(|l| l.id.n < incident.id.n) {
            self.last = Some(incident);
        }
    }

    /// What no longer stands rests for good.
    pub fn settle(&mut self) {
        let lingering = std::mem::take(&mut self.lingering);
        for incident in lingering {
            self.rest(incident);
        }
    }

    /// Takes back the newest that was resolved, if it is this one.
    pub fn wake_up(&mut self, id: &IncidentId) -> Result<Incident, Refusal> {
        let resting = self.lingering.iter().chain(&self.last);
        let newest = resting.max_by_key(|incident| incident.id.n).map(|incident| &incident.id);
        if newest != Some(id) {
            return Err(Refusal::NotTheNewest);
        }
        if let Some(at) = self.lingering.iter().position(|incident| incident.id == *id) {
            return Ok(self.lingering.remove(at));
        }
        self.last.take().ok_or(Refusal::NotTheNewest)
    }

    fn unresolved(&mut self) -> impl Iterator<Item = &mut Option<Incident>> {
        [&mut self.open, &mut self.drill].into_iter()
    }
}

#[derive(Default)]
pub struct Tracks(pub BTreeMap<Key, Track>);

impl Tracks {
    pub fn load(&mut self, incident: Incident) {
        let track = self.0.entry(key_of(&incident)).or_default();
        track.n = track.n.max(incident.id.n);
        match (incident.state, incident.exercise) {
            (State::Resolved, _) => track.rest(incident),
            (_, true) => track.drill = Some(incident),
            (_, false) => track.open = Some(incident),
        }
    }

    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.0.values().flat_map(|track| track.open.iter().chain(&track.drill))
    }

    pub fn open_mut(&mut self) -> impl Iterator<Item = &mut Incident> {
        self.0.values_mut().flat_map(|track| track.unresolved().flatten())
    }

    /// An unresolved incident.
    pub fn get(&mut self, id: &IncidentId) -> Option<&mut Incident> {
        self.slot(id).ok()?.as_mut()
    }

    /// The track of an incident that there has been.
    pub fn track(&mut self, id: &IncidentId) -> Result<&mut Track, Refusal> {
        let key = (id.kind.clone(), id.place.clone());
        let track = self.0.get_mut(&key).filter(|track| (1..=track.n).contains(&id.n));
        track.ok_or(Refusal::UnknownIncident)
    }

    /// Where an unresolved incident is held.
    pub fn slot(&mut self, id: &IncidentId) -> Result<&mut Option<Incident>, Refusal> {
        let mut unresolved = self.track(id)?.unresolved();
        let held = unresolved.find(|slot| slot.as_ref().is_some_and(|one| one.id == *id));
        held.ok_or(Refusal::AlreadyResolved)
    }

    /// An unresolved incident, for whoever asks for something about it.
    pub fn unresolved(&mut self, id: &IncidentId) -> Result<&mut Incident, Refusal> {
        self.slot(id)?.as_mut().ok_or(Refusal::AlreadyResolved)
    }
}
