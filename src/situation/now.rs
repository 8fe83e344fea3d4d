//! What one incident means at this moment: what is said to people, and on which storeys.

use std::collections::BTreeSet;

use super::{CapNow, Moment, Situation, buildings};
use crate::domain::{Class, Level, PlaceId, Site, StoreyId, Words, ZoneId};
use crate::incident::{Incident, State};

/// One incident of a situation, as far as telling people of it goes.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub site: &'a Site,
    pub situation: &'a Situation,
    pub place: &'a PlaceId,
    /// The worst that an alarm of it has said so far.
    pub alarmed: Option<Level>,
    /// Where its alarms were.
    pub zones: &'a BTreeSet<ZoneId>,
    /// Nobody is to move now.
    pub holds: bool,
    /// A person has said what it was.
    pub over: bool,
}

impl<'a> Case<'a> {
    #[must_use]
    pub fn of(site: &'a Site, situation: &'a Situation, incident: &'a Incident) -> Self {
        Self {
            site,
            situation,
            place: &incident.id.place,
            alarmed: incident.alarmed,
            zones: &incident.zones,
            holds: situation.holds(incident),
            over: incident.state == State::Resolved,
        }
    }

    /// Whether it has been believed: what everyone has been told once is not taken back because a
    /// sensor cools down, but by a person.
    #[must_use]
    pub fn is_believed(&self) -> bool {
        self.alarmed.is_some_and(|level| self.situation.is_confirmed(Class::Alarm, level))
    }

    #[must_use]
    pub fn moment(&self) -> Moment {
        let bad = match self.alarmed {
            Some(level) => (Class::Alarm, level),
            None => (Class::Supervisory, Level::Attention),
        };
        self.situation.moment(bad, self.holds, self.over)
    }

    /// What is said at this moment.
    #[must_use]
    pub fn says(&self, because: &Words) -> Option<Words> {
        self.situation.says(self.moment(), &self.place_name(), because)
    }

    #[must_use]
    pub fn place_name(&self) -> String {
        let name = self.site.name_of(self.place.as_str());
        name.unwrap_or_else(|| self.place.to_string())
    }

    /// How it is told to other systems while it is this grave.
    #[must_use]
    pub fn cap(&self, level: Level) -> Option<CapNow> {
        let cap = self.situation.cap.as_ref()?;
        Some(cap.now(level, self.is_believed(), self.over))
    }

    /// The storeys that are alerted, building by building, lowest first: none before it is
    /// believed, and none where there is nothing to be said to anybody.
    #[must_use]
    pub fn alerted(&self) -> Vec<StoreyId> {
        let told = |moment: Moment| self.situation.messages.iter().any(|of| of.when == moment);
        let speaks = told(Moment::Confirmed) || told(Moment::Hold);
        if !speaks || !(self.is_believed() || self.moment() == Moment::Hold) {
            return Vec::new();
        }
        let of_zone = |zone: &str| self.site.zones.get(zone).map(|zone| zone.storey.clone());
        let place = self.place.as_str();
        let itself = self.site.storeys.get(place).map(|storey| storey.id.clone());
        let on: Vec<StoreyId> = self
            .zones
            .iter()
            .filter_map(|zone| of_zone(zone.as_str()))
            .chain(itself)
            .chain(of_zone(place))
            .collect();
        let buildings = buildings(self.site, self.place).into_iter();
        let floors = &self.situation.floors;
        buildings.flat_map(|building| floors.alerted(self.site, building, &on)).collect()
    }
}
