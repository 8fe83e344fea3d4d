//! Who is fed by whom: one instance of each rule per device, zone, home or building, and to which
//! of them each device's readings go.
//!
//! Decided once, when a configuration is taken; a message then costs the rules that watch it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Configuration;
use super::device::DeviceMemory;
use super::instance::Instance;
use super::watch::{Mount, Watch};
use crate::detect::{Fault, Per, Rule};
use crate::domain::time::SignedDuration;
use crate::domain::{Class, Device, Id, PassageKind, PlaceId, Quantity, RuleId, Scope, ZoneId};

/// Whether a rule's finding says that a building has no power.
fn is_supply(rule: &Rule) -> bool {
    rule.class != Class::Trouble && rule.quantities == [Quantity::Mains]
}

/// The zones of the same building to which a way leads, by whatever smoke and water take too.
fn next_door<'c>(
    configuration: &'c Configuration,
    zone: &'c ZoneId,
) -> impl Iterator<Item = &'c ZoneId> {
    let building = |zone: &ZoneId| configuration.site.place_of_zone(zone, Scope::Building);
    let ways = configuration.site.passages.iter();
    let ways = ways.filter(|way| way.kind != PassageKind::Lift);
    let mut zones: Vec<&ZoneId> = ways
        .filter_map(|way| match &way.between {
            [one, other] if one == zone => Some(other),
            [one, other] if other == zone => Some(one),
            _ => None,
        })
        .filter(|other| *other != zone && building(other) == building(zone))
        .collect();
    zones.sort_unstable();
    zones.dedup();
    zones.into_iter()
}

impl Watch {
    pub(super) fn mount_all(&mut self) {
        let configuration = Arc::clone(&self.configuration);
        let mut shared = BTreeMap::new();
        for device in configuration.site.devices.values() {
            let zone = device.zone().and_then(|zone| configuration.site.zones.get(zone));
            let mut mount = Mount {
                device: device.clone(),
                place: device.spot(),
                storey: zone.map(|zone| zone.storey.clone()),
                memory: DeviceMemory::default(),
                feeds: Vec::new(),
                doubters: Vec::new(),
                silents: Vec::new(),
                battery: false,
                gateway: None,
                home: None,
            };
            for rule in
                configuration.rules.iter().filter(|r| r.watches(&configuration.site, device))
            {
                let index = self.instance(rule, device, &mut shared);
                let fed = rule.reported_by(device).map(|quantity| (quantity, index));
                match rule.detector.fault() {
                    Fault::Silent => mount.silents.push(index),
                    Fault::Doubtful => mount.doubters.extend(fed),
                    Fault::None => mount.feeds.extend(fed),
                }
            }
            let mut fed = mount.feeds.iter().chain(&mount.doubters);
            mount.battery = fed.any(|(quantity, _)| *quantity == Quantity::Battery);
            self.by_device.insert(device.id.clone(), self.mounts.len());
            self.mounts.push(mount);
        }
        self.hear_neighbours(&configuration, &shared);
    }

    /// Feeds each device to the zones next door too, where a rule listens so far.
    fn hear_neighbours(
        &mut self,
        configuration: &Configuration,
        shared: &BTreeMap<(RuleId, PlaceId), usize>,
    ) {
        let site = &configuration.site;
        let far: Vec<&Arc<Rule>> =
            configuration.rules.iter().filter(|rule| rule.detector.hears_neighbours()).collect();
        for mount in &mut self.mounts {
            let Some(zone) = mount.device.zone().filter(|_| !far.is_empty()) else { continue };
            for rule in far.iter().filter(|rule| rule.watches(site, &mount.device)) {
                let reads = mount.device.reads.iter();
                let fed: Vec<Quantity> =
                    reads.copied().filter(|quantity| rule.quantities.contains(quantity)).collect();
                for neighbour in next_door(configuration, zone) {
                    let key = (rule.id.clone(), neighbour.as_place());
                    if let Some(index) = shared.get(&key) {
                        mount.feeds.extend(fed.iter().map(|quantity| (*quantity, *index)));
                    }
                }
            }
        }
    }

    /// The instance of a rule for a device: its own, or its zone's shared one.
    fn instance(
        &mut self,
        rule: &Arc<Rule>,
        device: &Device,
        shared: &mut BTreeMap<(RuleId, PlaceId), usize>,
    ) -> usize {
        let source = match rule.detector.per() {
            Per::Device => device.id.as_place(),
            Per::Zone | Per::Home => device.spot(),
            Per::Building => {
                let building = self.configuration.site.building_of(device);
                building.map_or_else(|| device.spot(), Id::as_place)
            }
        };
        *shared.entry((rule.id.clone(), source.clone())).or_insert_with(|| {
            if is_supply(rule) {
                self.mains.push(self.instances.len());
            }
            self.instances.push(Instance {
                rule: Arc::clone(rule),
                source,
                state: rule.detector.empty_state(),
                quarantined: false,
                place: self.configuration.site.place(device, rule.scope),
                zone: device.zone().filter(|_| rule.detector.per() != Per::Building).cloned(),
                mount: self.mounts.len(),
                span: device.silent_after.or_else(|| rule.detector.usual_span(device.kind)),
                standing: None,
                shared: None,
                lag: SignedDuration::ZERO,
                late: false,
                armed: None,
            });
            self.instances.len() - 1
        })
    }
}
