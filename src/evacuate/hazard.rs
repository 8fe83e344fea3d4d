//! What closes a way, and what makes it doubtful: read off the incidents that stand.
//!
//! A reading closes the zone it was taken in only if it says that something is wrong *there*:
//! heat, smoke, gas, water. A panel or a call point says that there is a fire, and not where; a
//! pressed call point makes its zone doubtful, since someone saw something near it. A sensor that
//! has gone silent makes its zone doubtful too: what it would have said is not known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::policy::Together;
use crate::detect::{Rule, Waits};
use crate::domain::{Class, Device, DeviceId, PlaceId, Quantity, Site, ZoneId};
use crate::incident::{Contribution, Incident};

/// What is in the way, each with its reason, and what the disasters ask of ways.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hazards {
    /// Zones that nobody is led into.
    pub closed: BTreeMap<ZoneId, String>,
    /// Zones that people are led through only if it spares them a long way.
    pub unknown: BTreeMap<ZoneId, String>,
    /// Passages and exits that a person has closed, by id.
    pub shut: BTreeMap<PlaceId, String>,
    pub asks: Together,
}

impl Hazards {
    /// What the unresolved incidents of a site put in the way.
    #[must_use]
    pub fn of<'i>(
        site: &Site,
        rules: &[Arc<Rule>],
        open: impl IntoIterator<Item = &'i Incident>,
    ) -> Self {
        let mut hazards = Self::default();
        for incident in open {
            for contribution in &incident.standing {
                hazards.take(site, rules, incident, contribution);
            }
        }
        let Self { closed, unknown, .. } = &mut hazards;
        unknown.retain(|zone, _| !closed.contains_key(zone));
        hazards
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.closed.is_empty() && self.unknown.is_empty() && self.shut.is_empty()
    }

    fn take(
        &mut self,
        site: &Site,
        rules: &[Arc<Rule>],
        incident: &Incident,
        contribution: &Contribution,
    ) {
        let Some(zone) = zone_of(site, &contribution.source) else { return };
        let rule = rules.iter().find(|rule| rule.id == contribution.rule);
        let (kind, source) = (&incident.id.kind, &contribution.source);
        match rule {
            Some(rule) if rule.class == Class::Trouble => {
                let blind = rule.detector.waits() == Waits::Silence && sees(site, source);
                if blind {
                    let because = format!("{source} is silent");
                    self.unknown.entry(zone.clone()).or_insert(because);
                }
            }
            _ if incident.class != Class::Alarm => {}
            // What it heard may have been next door: it warns the zone and says nothing of it.
            Some(rule) if rule.detector.hears_neighbours() => {}
            // A rule that has gone is taken at its worst.
            rule => {
                let measured = rule.map_or(&[][..], |rule| &rule.quantities);
                let because = format!("{kind}: {} at {source}", contribution.rule);
                if measured.is_empty() || measured.iter().any(|quantity| is_of_its_place(*quantity))
                {
                    self.closed.entry(zone.clone()).or_insert(because);
                } else if measured.contains(&Quantity::CallPoint) {
                    self.unknown.entry(zone.clone()).or_insert(because);
                }
            }
        }
    }
}

/// Whether an alarm of this quantity means that its own zone is no way to go.
fn is_of_its_place(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::Temperature
            | Quantity::Smoke
            | Quantity::SmokeAlarm
            | Quantity::Co
            | Quantity::Gas
            | Quantity::GasAlarm
            | Quantity::WaterLevel
            | Quantity::FloatSwitch
            | Quantity::Leak
    )
}

/// Whether a device would have told of a danger in its zone.
fn sees(site: &Site, device: &str) -> bool {
    let device = DeviceId::new(device).ok().and_then(|device| site.devices.get(&device));
    device.is_some_and(|device| device.reads.iter().any(|quantity| is_of_its_place(*quantity)))
}

/// Zones in which something would tell of a danger.
pub(super) fn watched(site: &Site) -> BTreeSet<&ZoneId> {
    let devices = site.devices.values();
    let sees =
        devices.filter(|device| device.reads.iter().any(|quantity| is_of_its_place(*quantity)));
    sees.filter_map(Device::zone).collect()
}

/// The zone of a source, which is a device or a zone.
pub(crate) fn zone_of<'s>(site: &'s Site, source: &str) -> Option<&'s ZoneId> {
    let device = site.devices.get(source);
    device.and_then(|device| device.zone()).or_else(|| site.zones.get(source).map(|zone| &zone.id))
}
