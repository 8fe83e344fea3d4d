//! The supply is gone (정전), told from one outlet that somebody switched off.
//!
//! Every contact of a building is heard. A zone is dark when all its contacts have said so for
//! `hold_s`; the building when `zones` of its zones are, or all that have ever spoken where there
//! are fewer. It is over when at most one zone is dark and that is too few. A contact that falls
//! silent stays as it was: a dead device is no power cut.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Spot, Turn, Waits, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, micros};
use crate::domain::{DeviceId, PlaceId, Quantity, Reading, Unit, Value, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mains {
    /// In so many zones.
    zones: usize,
    #[serde(rename = "hold_s", deserialize_with = "span_s::deserialize")]
    hold: SignedDuration,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    device: DeviceId,
    /// Since when there is no power at it; none while there is.
    #[serde(default, with = "micros::optional")]
    off_since: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    zones: BTreeMap<PlaceId, Vec<Contact>>,
    started: bool,
    #[serde(default, with = "micros::optional")]
    due: Option<Timestamp>,
}

impl State {
    fn note(&mut self, place: &PlaceId, reading: &Reading) {
        let off = reading.value.as_number() <= 0.5;
        let contacts = self.zones.entry(place.clone()).or_default();
        let known = contacts.iter_mut().find(|contact| contact.device == reading.device);
        let off_since = match (off, &known) {
            (false, _) => None,
            (true, Some(contact)) => contact.off_since.or(Some(reading.at)),
            (true, None) => Some(reading.at),
        };
        match known {
            Some(contact) => contact.off_since = off_since,
            None => contacts.push(Contact { device: reading.device.clone(), off_since }),
        }
    }

    /// Since when each dark zone is dark, oldest first.
    fn dark(&self) -> Vec<(Timestamp, &PlaceId)> {
        let dark_since = |contacts: &Vec<Contact>| {
            let since = contacts.iter().map(|contact| contact.off_since);
            since.collect::<Option<Vec<_>>>()?.into_iter().max()
        };
        let zones = self.zones.iter();
        let mut dark: Vec<_> =
            zones.filter_map(|(place, contacts)| Some((dark_since(contacts)?, place))).collect();
        dark.sort();
        dark
    }
}

impl Mains {
    fn needed(&self, state: &State) -> usize {
        self.zones.min(state.zones.len())
    }

    fn due(&self, state: &State) -> Option<Timestamp> {
        let dark = state.dark();
        let last = dark.get(self.needed(state).checked_sub(1)?)?;
        Some(after(last.0, self.hold))
    }

    fn start(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = state.due.filter(|due| *due <= now) else { return };
        state.due = None;
        state.started = true;
        let dark = state.dark();
        let zones: Vec<&str> = dark.iter().map(|(_, place)| place.as_str()).collect();
        let (count, of, zones) = (dark.len(), state.zones.len(), zones.join(", "));
        let because = Words::new(
            format!("{of}개 구역 중 {count}곳 {} 동안 정전: {zones}", said_span_ko(self.hold)),
            format!(
                "no mains power in {count} of {of} zones for {}: {zones}",
                said_span(self.hold)
            ),
        );
        let readings = dark.iter().flat_map(|(_, place)| &state.zones[*place]);
        let readings = readings.filter_map(|contact| {
            let device = contact.device.clone();
            let (quantity, value) = (Quantity::Mains, Value::Flag(false));
            Some(Reading { device, quantity, value, at: contact.off_since? })
        });
        changes.push(Change::new(Turn::Started, due, because, readings.collect()));
    }
}

impl Detector for Mains {
    type State = State;
    const PER: Per = Per::Building;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.zones == 0 {
            problems.push("`zones` is 0; a power cut takes 1 or more".to_owned());
        }
        if self.hold.is_negative() {
            problems.push("`hold_s` is negative; it must be 0 or more".to_owned());
        }
        problems
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::Mains, Unit::Flag)]
    }

    fn observe_at(
        &self,
        state: &mut State,
        spot: &Spot<'_>,
        reading: &Reading,
        changes: &mut Vec<Change>,
    ) {
        self.start(state, reading.at, changes);
        state.note(spot.place, reading);
        if !state.started {
            state.due = self.due(state);
            self.start(state, reading.at, changes);
            return;
        }
        let dark = state.dark().len();
        if dark <= 1 && dark < self.needed(state) {
            state.started = false;
            let because = Words::new(
                format!("상용 전원 복구; 남은 정전 구역 {dark}곳"),
                format!("mains power is back; dark zones left: {dark}"),
            );
            changes.push(Change::new(Turn::Stopped, reading.at, because, vec![reading.clone()]));
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.due
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        self.start(state, now, changes);
    }
}
