//! How a device of a site is called by its gateway: `profile`, `address`, `model`, `base`.
//!
//! No two devices may be called the same in one dialect, in whichever sites they hang, and a
//! model has to say what the device is there to read.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::entry::Entry;
use super::profiles::{Models, quantities};
use super::want::{Parsed, Text, Word};
use crate::domain::{DeviceId, Id, Quantity, Site};
use crate::ingest::directory::Listed;
use crate::ingest::model::Model;
use crate::ingest::profiles::{Profile, folded};

const KEYS: [&str; 4] = ["profile", "address", "model", "base"];

/// What the addresses of all sites are checked against.
pub(super) struct Addresses<'m> {
    models: &'m Models,
    /// Dialect, base and address, and who has it.
    taken: BTreeMap<(Profile, String, String), String>,
}

/// A device as its gateway knows it.
pub(super) struct Addressed {
    device: DeviceId,
    profile: Profile,
    base: Option<String>,
    address: String,
    model: Option<Id<Model>>,
    alarms: bool,
}

impl Addressed {
    pub fn listed(&self, site: &Site, models: &Models) -> Listed {
        Listed {
            site: site.id.clone(),
            device: self.device.clone(),
            profile: self.profile,
            base: self.base.clone(),
            address: self.address.clone(),
            model: self.model.as_ref().and_then(|id| models.find(id)).cloned(),
            // The name has been checked where the site was read.
            zone: TimeZone::get(&site.timezone).unwrap_or(TimeZone::UTC),
            alarms: self.alarms,
        }
    }
}

impl<'m> Addresses<'m> {
    pub fn new(models: &'m Models) -> Self {
        Self { models, taken: BTreeMap::new() }
    }

    /// The address that an entry gives its device; none if it speaks our own dialect.
    pub fn of(
        &mut self,
        entry: &mut Entry<'_>,
        device: Option<&DeviceId>,
        reads: Option<&[Quantity]>,
    ) -> Option<Addressed> {
        entry.also_asked(&KEYS);
        if !KEYS.iter().any(|key| entry.has(key)) {
            return None;
        }
        let profile = entry.required("profile", &Word::<Profile>::new());
        let address = entry.required("address", &Text("how its gateway calls it"));
        let base = entry.optional("base", &base());
        let model = entry.optional("model", &self.models.names);
        let (profile, address) = (profile?, address?);
        refuse_address(entry, profile, &address);
        self.check_model(entry, profile, model.as_ref(), reads);
        let device = device?.clone();
        self.take(entry, (profile, base.as_deref(), &address), &device);
        let alarms = reads?.iter().any(|quantity| quantity.is_life_safety());
        Some(Addressed { device, profile, base, address, model, alarms })
    }

    fn check_model(
        &self,
        entry: &mut Entry<'_>,
        profile: Profile,
        model: Option<&Id<Model>>,
        reads: Option<&[Quantity]>,
    ) {
        let name = profile.dialect().name;
        if !entry.has("model") && !self.models.can_be_found_out(profile) {
            let right =
                format!("say which model of config/profiles it is; none of {name} is usual");
            entry.missing("model", &right);
        }
        let Some(model) = model.and_then(|id| self.models.find(id)) else { return };
        let line = entry.line_of("model");
        if !model.profiles.contains(&profile) {
            let words = format!("model `{}` is none of profile {name}", model.id);
            entry.refuse(Some(line), "model-of-another-profile", &words);
        }
        for quantity in reads.unwrap_or_default().iter().filter(|q| !model.reads(**q)) {
            let words = format!(
                "it `reads` {}, and model `{}` says only {}",
                quantity.as_str(),
                model.id,
                quantities(model)
            );
            entry.refuse(Some(line), "model-does-not-read", &words);
        }
    }

    fn take(
        &mut self,
        entry: &mut Entry<'_>,
        (profile, base, address): (Profile, Option<&str>, &str),
        device: &DeviceId,
    ) {
        let base = base.unwrap_or(profile.dialect().base).to_owned();
        let line = entry.line_of("address");
        let place = format!("device `{device}` at {}:{line}", entry.document().file);
        match self.taken.get(&(profile, base.clone(), folded(address))) {
            None => drop(self.taken.insert((profile, base, folded(address)), place)),
            Some(first) => {
                let words = format!(
                    "`address` is taken by {first}; one address is one device, or no `base` tells \
                     them apart"
                );
                entry.refuse(Some(line), "address-taken", &words);
            }
        }
    }
}

fn refuse_address(entry: &mut Entry<'_>, profile: Profile, address: &str) {
    let dialect = profile.dialect();
    let in_topic = !address.contains(['+', '#', '\0']) && address.split('/').all(|l| !l.is_empty());
    if !in_topic || !(dialect.is_address)(address) {
        let line = entry.line_of("address");
        let words =
            format!("`address` is `{address}`; of {} it is {}", dialect.name, dialect.address);
        entry.refuse(Some(line), "bad-address", &words);
    }
}

/// Below which topic a gateway speaks.
fn base() -> Parsed<String> {
    Parsed::new("the topic below which its gateway speaks, such as zigbee2mqtt-2", |text| {
        let levels = text
            .split('/')
            .all(|level| !level.is_empty() && (level == "+" || !level.contains(['+', '#', '\0'])));
        (levels && !text.starts_with("jikimi") && !text.starts_with('$')).then(|| text.to_owned())
    })
}
