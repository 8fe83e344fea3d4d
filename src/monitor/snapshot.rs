//! What the watching half has learnt, in parts: one per home and one for the rest.
//!
//! A snapshot holds no incident: those are rows. It is worth what its configuration is worth: a
//! detector whose rule is unchanged gets its state back, every other starts empty.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::device::DeviceMemory;
use super::sight::Sight;
use super::watch::Watch;
use crate::detect::State;
use crate::domain::time::SignedDuration;
use crate::domain::{DeviceId, Mounted, RuleId};

/// Raised when the shape of a part changes; another format is not read.
pub const FORMAT: i64 = 1;

/// The part for everything that is in no home.
pub const REST: &str = "";

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sight: Option<Sight>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    activated: Option<BTreeMap<RuleId, String>>,
    devices: BTreeMap<DeviceId, DeviceMemory>,
    instances: Vec<InstanceMemory>,
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
}

impl Watch {
    /// A copy of everything learnt, by home id, with [`REST`] for the rest.
    #[must_use]
    pub fn parts(&self) -> BTreeMap<String, Part> {
        let mut parts: BTreeMap<String, Part> = BTreeMap::new();
        let mut home_of = BTreeMap::new();
        for (device, memory) in self.memories() {
            let part = match &device.mounted {
                Mounted::Home(home) => home.to_string(),
                Mounted::Zone(_) => REST.to_owned(),
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
            });
        }
        let rest = parts.entry(REST.to_owned()).or_default();
        rest.sight = Some(self.sight.clone());
        rest.activated.clone_from(&self.activated);
        parts
    }

    /// Takes a snapshot's parts back, as far as they fit this configuration.
    pub fn restore_parts(&mut self, parts: impl IntoIterator<Item = Part>) {
        let index: BTreeMap<(RuleId, String), usize> = self
            .instances
            .iter()
            .enumerate()
            .map(|(index, i)| ((i.rule.id.clone(), i.source.to_string()), index))
            .collect();
        for part in parts {
            if let Some(sight) = part.sight {
                self.sight = sight;
            }
            if part.activated.is_some() {
                self.activated = part.activated;
            }
            for (device, memory) in part.devices {
                self.remember(&device, memory);
            }
            for memory in part.instances {
                let key = (memory.rule, memory.source);
                let Some(&at) = index.get(&key) else { continue };
                if self.instances[at].rule.version == memory.version {
                    if memory.quarantined {
                        self.switch_off(at);
                    }
                    let lag = SignedDuration::from_micros(memory.lag_us);
                    self.restore(at, memory.state, lag, memory.late);
                }
            }
        }
    }
}
