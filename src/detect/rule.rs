//! A rule: which detector watches what, and what a finding of it means.

use serde::Deserialize;

use super::Parameters;
use crate::domain::{
    Class, Device, DeviceId, KindId, Level, Mounted, Quantity, RuleId, Scope, Site, ZoneId,
    ZoneKind,
};

/// One rule, checked and ready to watch.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    pub id: RuleId,
    /// The first 12 hex digits of the hash of the rule's meaning (every field but `because`): a
    /// detector keeps its state across a reload exactly when this is unchanged.
    pub version: String,
    pub means: Means,
    pub class: Class,
    pub level: Level,
    /// How far one incident of it reaches; a situation's rules take it from the situation.
    pub scope: Scope,
    pub watches: Watches,
    /// What it needs to be fed; empty: every message of the device, whatever it says.
    pub quantities: Vec<Quantity>,
    pub detector: Parameters,
    /// Where its numbers come from. Never empty.
    pub because: String,
}

/// What a finding of the rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    Situation(KindId),
    Fault(KindId),
}

impl Means {
    #[must_use]
    pub fn kind(&self) -> &KindId {
        match self {
            Self::Situation(kind) | Self::Fault(kind) => kind,
        }
    }
}

/// Which devices a rule watches: all that read its quantities, narrowed by what is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watches {
    pub quantity: Option<Quantity>,
    pub zone_kinds: Vec<ZoneKind>,
    pub zones: Vec<ZoneId>,
    pub devices: Vec<DeviceId>,
}

impl Rule {
    /// What the rule is fed of what a device may say. Any device may say how full its battery is.
    pub fn reported_by(&self, device: &Device) -> impl Iterator<Item = Quantity> {
        let own = |quantity: &Quantity| device.reads.contains(quantity);
        let of_any = |quantity: &Quantity| *quantity == Quantity::Battery && !device.is_gateway();
        self.quantities.iter().copied().filter(move |q| own(q) || of_any(q))
    }

    /// Whether this rule watches this device of this site.
    #[must_use]
    pub fn watches(&self, site: &Site, device: &Device) -> bool {
        let reads = self.quantities.is_empty() || self.reported_by(device).next().is_some();
        let zone = device.zone().and_then(|zone| site.zones.get(zone));
        let narrowed = &self.watches;
        reads
            && (!self.detector.is_of_homes() || matches!(device.mounted, Mounted::Home(_)))
            && (narrowed.devices.is_empty() || narrowed.devices.contains(&device.id))
            && (narrowed.zones.is_empty()
                || zone.is_some_and(|zone| narrowed.zones.contains(&zone.id)))
            && (narrowed.zone_kinds.is_empty()
                || zone.is_some_and(|zone| narrowed.zone_kinds.contains(&zone.kind)))
    }
}
