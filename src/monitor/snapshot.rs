//! What the watching half has learnt, in parts: one per home and one for the rest.
//!
//! A snapshot holds no incident: those are rows. It is worth what its configuration is worth: a
//! detector whose rule is unchanged gets its state back; of any other only what was learnt of a
//! person is kept. That outlives the format too: a home that took two months to be known is not
//! forgotten by an upgrade.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::blind::Blind;
use super::confirm::Doubts;
use super::device::DeviceMemory;
use super::fitting::Fit;
use super::gateway::GatewayMemory;
use super::households::Households;
use super::instance::Shared;
use super::sight::Sight;
use super::told::Told;
use super::warned::Warning;
use super::watch::Watch;
use crate::detect::State;
use crate::domain::time::{SignedDuration, Timestamp, micros};
use crate::domain::{Device, DeviceId, HomeId, Household, Mounted, PlaceId, RuleId};

/// Raised when the shape of a part changes; another format is not read.
pub const FORMAT: i64 = 2;

/// The part for everything that is in no home.
pub const REST: &str = "";

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sight: Option<Sight>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    activated: Option<BTreeMap<RuleId, String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fit: Option<Fit>,
    devices: BTreeMap<DeviceId, DeviceMemory>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    gateways: BTreeMap<DeviceId, GatewayMemory>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    blind: BTreeMap<PlaceId, Blind>,
    instances: Vec<InstanceMemory>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    doubts: Option<Doubts>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    told: Vec<Told>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
    /// Who lived there: only to carry the facts through the tail; their rows win.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    household: Option<(HomeId, Household)>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct InstanceMemory {
    rule: RuleId,
    version: String,
    source: String,
    state: State,
    #[serde(default)]
    lag_us: i64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    late: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    quarantined: bool,
    #[serde(default, with = "micros::optional", skip_serializing_if = "Option::is_none")]
    standing: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    shared: Option<Shared>,
}

impl Part {
    /// What was learnt of people in a part that another version of jikimi wrote; nothing if there
    /// is nothing of the kind. Everything else in it is that version's own.
    #[must_use]
    pub fn learnt(written: &str) -> Option<Self> {
        let written: Value = serde_json::from_str(written).ok()?;
        let instances = written.get("instances")?.as_array()?;
        let fit = written.get("fit").and_then(|fit| Fit::deserialize(fit).ok());
        let learnt = |instance: &Value| {
            Some(InstanceMemory {
                rule: instance.get("rule")?.as_str()?.parse().ok()?,
                // No rule has it, so that only what outlives a rule is taken.
                version: String::new(),
                source: instance.get("source")?.as_str()?.to_owned(),
                state: State::learnt(instance.get("state")?)?,
                lag_us: 0,
                late: false,
                quarantined: false,
                standing: None,
                shared: None,
            })
        };
        let instances: Vec<InstanceMemory> = instances.iter().filter_map(learnt).collect();
        (!instances.is_empty() || fit.is_some()).then(|| Self { fit, instances, ..Self::default() })
    }
}

impl Watch {
    /// A copy of everything learnt, by home id, with [`REST`] for the rest.
    #[must_use]
    pub fn parts(&self, households: &Households) -> BTreeMap<String, Part> {
        let mut parts: BTreeMap<String, Part> = BTreeMap::new();
        let mut home_of = BTreeMap::new();
        for (device, memory) in self.memories() {
            let part = match &device.mounted {
                Mounted::Home(home) => home.to_string(),
                Mounted::Zone(_) | Mounted::Building(_) => REST.to_owned(),
            };
            home_of.insert(device.id.to_string(), part.clone());
            parts.entry(part).or_default().devices.insert(device.id.clone(), memory.clone());
        }
        for instance in &self.instances {
            let source = instance.source.to_string();
            let home = home_of.get(&source).cloned();
            let home = home.or_else(|| parts.contains_key(&source).then(|| source.clone()));
            let part = parts.entry(home.unwrap_or_default()).or_default();
            part.instances.push(InstanceMemory {
                rule: instance.rule.id.clone(),
                version: instance.rule.version.clone(),
                source,
                state: instance.state.clone(),
                lag_us: i64::try_from(instance.lag.as_micros()).unwrap_or(i64::MAX),
                late: instance.late,
                quarantined: instance.quarantined,
                standing: instance.standing,
                shared: instance.shared.clone(),
            });
        }
        for home in &self.homes {
            let Some(blind) = home.blind.clone() else { continue };
            let part = parts.entry(home.place.to_string()).or_default();
            part.blind.insert(home.place.clone(), blind);
        }
        for (home, household) in households.all() {
            let part = parts.entry(home.to_string()).or_default();
            part.household = Some((home.clone(), household.clone()));
        }
        let rest = parts.entry(REST.to_owned()).or_default();
        rest.sight = Some(self.sight.clone());
        rest.doubts = Some(self.doubts.clone());
        rest.told.clone_from(&self.told);
        rest.warnings.clone_from(&self.warnings);
        rest.activated.clone_from(&self.activated);
        rest.fit = self.fit;
        for gateway in &self.gateways {
            let device = self.mounts[gateway.mount].device.id.clone();
            rest.gateways.insert(device, gateway.memory.clone());
        }
        parts
    }

    /// Takes a snapshot's parts back, as far as they fit this configuration; and hands on who
    /// lived where.
    pub fn restore_parts(
        &mut self,
        parts: impl IntoIterator<Item = Part>,
    ) -> Vec<(HomeId, Household)> {
        let mut households = Vec::new();
        let index: BTreeMap<(RuleId, String), usize> = self
            .instances
            .iter()
            .enumerate()
            .map(|(index, i)| ((i.rule.id.clone(), i.source.to_string()), index))
            .collect();
        for part in parts {
            households.extend(part.household);
            if let Some(sight) = part.sight {
                self.sight = sight;
            }
            if let Some(doubts) = part.doubts {
                self.doubts = doubts;
            }
            self.told.extend(part.told);
            self.warnings.extend(part.warnings);
            if part.activated.is_some() {
                self.activated = part.activated;
            }
            if let Some(fit) = part.fit {
                self.take_fit(fit);
            }
            for (device, memory) in part.devices {
                self.remember(&device, memory);
            }
            for (device, memory) in part.gateways {
                let mount = self.by_device.get(&device).copied();
                let known = mount.filter(|mount| self.mounts[*mount].device.is_gateway());
                if let Some(gateway) = known.and_then(|mount| self.mounts[mount].gateway) {
                    self.gateways[gateway].memory = memory;
                }
            }
            for (place, blind) in part.blind {
                if let Ok(home) = self.homes.binary_search_by(|home| home.place.cmp(&place)) {
                    self.homes[home].blind = Some(blind);
                }
            }
            for memory in part.instances {
                self.remember_instance(&index, memory);
            }
        }
        households
    }

    fn remember_instance(
        &mut self,
        index: &BTreeMap<(RuleId, String), usize>,
        memory: InstanceMemory,
    ) {
        let Some(&at) = index.get(&(memory.rule, memory.source)) else { return };
        let instance = &mut self.instances[at];
        if instance.rule.version != memory.version {
            instance.state = instance.rule.detector.renewed(memory.state);
            self.settle(at, |_| false);
            return;
        }
        // A detector that broke before stays switched off.
        instance.quarantined |= memory.quarantined;
        instance.state = memory.state;
        instance.lag = SignedDuration::from_micros(memory.lag_us);
        instance.late = memory.late;
        instance.standing = memory.standing;
        instance.shared = memory.shared;
        self.settle(at, |_| false);
    }

    fn memories(&self) -> impl Iterator<Item = (&Device, &DeviceMemory)> {
        self.mounts.iter().map(|mount| (&mount.device, &mount.memory))
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = (&DeviceId, u64)> {
        self.mounts.iter().filter_map(|mount| Some((&mount.device.id, mount.memory.position?)))
    }

    fn remember(&mut self, device: &DeviceId, memory: DeviceMemory) {
        if let Some(mount) = self.by_device.get(device) {
            self.mounts[*mount].memory = memory;
        }
    }
}
