//! What is switched (설비 연동): sirens, doors, valves, dampers, gates and lifts that a site has
//! allowed, for situations that have enabled it and are believed.
//!
//! An order lasts a while and is given again before it runs out, as long as what it is for is
//! unresolved; a device that hears of it after that does not carry it out. While anything in the
//! building forbids switching nothing is ordered there, and what had been ordered is withdrawn, so
//! that no device that comes back late does it amid the gas. Nothing is ever switched back: a valve
//! is opened, and a lift released, by whoever stands before it. No exercise switches anything.
//! Like the signs it is loaded from its rows.

use std::collections::BTreeMap;

use super::configuration::Configuration;
use super::effect::Effect;
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::domain::{BuildingId, Class, Site, Switch, SwitchId, Switching, Words};
use crate::incident::{Incident, IncidentId};
use crate::situation::{self, Case, Situation};

/// How long an order lasts without being given again; as long as a sign's, see `evacuate::board`.
const LASTS: SignedDuration = SignedDuration::from_secs(120);
/// It is given again while this much is left.
const RENEWED_BEFORE: SignedDuration = SignedDuration::from_secs(60);

/// An order that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ordered {
    pub epoch: u64,
    pub does: Switching,
    pub incident: IncidentId,
    pub until: Timestamp,
    pub say: Option<Words>,
    pub because: Words,
}

#[derive(Debug, Default)]
pub struct Switches {
    orders: BTreeMap<SwitchId, Ordered>,
    /// Of the last order that was ever given.
    epoch: u64,
}

impl Switches {
    /// Takes back what holds by its rows, and the number of the last order.
    pub fn load(&mut self, orders: impl IntoIterator<Item = (SwitchId, Ordered)>, epoch: u64) {
        self.orders = orders.into_iter().collect();
        self.epoch = epoch;
    }

    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.orders.values().map(|order| order.until - RENEWED_BEFORE).min()
    }

    /// Follows what has just been decided.
    pub fn step<'i>(
        &mut self,
        now: Timestamp,
        configuration: &Configuration,
        open: impl Iterator<Item = &'i Incident>,
        effects: &mut Vec<Effect>,
    ) {
        if configuration.site.switches.is_empty() && self.orders.is_empty() {
            return;
        }
        let open: Vec<&Incident> = open.filter(|of| !of.exercise).collect();
        let (wanted, forbidden) = wanted(configuration, &open);
        self.withdraw(&configuration.site, &wanted, &forbidden, effects);
        for (switch, Wanted { does, incident, say, because }) in wanted {
            let known = self.orders.get(&switch);
            let same = known.is_some_and(|order| {
                (order.does, &order.incident, &order.say) == (does, &incident, &say)
            });
            let lasts = known.is_some_and(|order| now < order.until - RENEWED_BEFORE);
            if same && lasts {
                continue;
            }
            let epoch = match known.filter(|_| same) {
                Some(order) => order.epoch,
                None => {
                    self.epoch += 1;
                    self.epoch
                }
            };
            let until = after(now, LASTS);
            let order = Ordered { epoch, does, incident, until, say, because };
            effects.push(order.clone().said(&switch));
            self.orders.insert(switch, order);
        }
    }

    fn withdraw(
        &mut self,
        site: &Site,
        wanted: &BTreeMap<SwitchId, Wanted>,
        forbidden: &[&BuildingId],
        effects: &mut Vec<Effect>,
    ) {
        let gone = self.orders.keys().filter(|switch| !wanted.contains_key(*switch));
        let gone: Vec<SwitchId> = gone.cloned().collect();
        for switch in gone {
            let Some(order) = self.orders.remove(&switch) else { continue };
            let building = site.switches.get(&switch).and_then(|of| building_of(site, of));
            let because = match building.is_some_and(|of| forbidden.contains(&of)) {
                true => Words::new("설비 조작 금지 상황", "nothing may be switched there now"),
                false => Words::new("해당 상황 종료", "what it was for is over"),
            };
            effects.push(Effect::SwitchWithdrawn { switch, epoch: order.epoch, because });
        }
    }
}

impl Ordered {
    fn said(self, switch: &SwitchId) -> Effect {
        let Self { epoch, does, incident, until, say, because } = self;
        let switch = switch.clone();
        Effect::SwitchOrdered { switch, epoch, does, incident, until, say, because }
    }
}

struct Wanted {
    does: Switching,
    incident: IncidentId,
    say: Option<Words>,
    because: Words,
}

/// What is to be switched by now, and the buildings in which nothing may be.
fn wanted<'s>(
    configuration: &'s Configuration,
    open: &[&Incident],
) -> (BTreeMap<SwitchId, Wanted>, Vec<&'s BuildingId>) {
    let site = &*configuration.site;
    let (mut wanted, mut forbidden) = (BTreeMap::new(), Vec::new());
    for building in site.buildings.keys() {
        let mut cases: Vec<(&Incident, Case<'_>)> = open
            .iter()
            .filter(|of| of.class == Class::Alarm)
            .filter(|of| situation::buildings(site, &of.id.place).contains(&building))
            .filter_map(|of| {
                let situation = configuration.situations.get(&of.id.kind)?;
                Some((*of, Case::of(site, situation, of)))
            })
            .collect();
        // The greatest threat speaks first.
        cases.sort_by_key(|(of, case)| (case.situation.threat, of.id.clone()));
        let all: Vec<(&Situation, bool)> =
            cases.iter().map(|(_, case)| (case.situation, case.is_believed())).collect();
        if all.iter().any(|(of, _)| !of.policy.switches) {
            forbidden.push(building);
        }
        for (situation, action) in situation::switched(&all) {
            let case = cases.iter().find(|(_, case)| case.situation.id == situation.id);
            let Some((incident, case)) = case else { continue };
            for switch in site.switches.values().filter(|of| of.does == action.does) {
                if building_of(site, switch) == Some(building) && reaches(case, switch) {
                    let order = || ask(incident, case, switch);
                    wanted.entry(switch.id.clone()).or_insert_with(order);
                }
            }
        }
    }
    (wanted, forbidden)
}

/// Sirens and voices are heard on the storeys that are alerted; the rest is of the building.
fn reaches(case: &Case<'_>, switch: &Switch) -> bool {
    let storey = case.site.zones.get(&switch.zone).map(|zone| &zone.storey);
    switch.does != Switching::Sound || storey.is_some_and(|storey| case.alerted().contains(storey))
}

fn ask(incident: &Incident, case: &Case<'_>, switch: &Switch) -> Wanted {
    let Situation { name, name_en, .. } = case.situation;
    let because = Words::new(name.clone(), name_en.clone());
    let say = case.says(&because).filter(|_| switch.does == Switching::Sound);
    let because =
        Words::new(format!("{name}: {}", incident.id), format!("{name_en}: {}", incident.id));
    Wanted { does: switch.does, incident: incident.id.clone(), say, because }
}

fn building_of<'s>(site: &'s Site, switch: &Switch) -> Option<&'s BuildingId> {
    let storey = &site.zones.get(&switch.zone)?.storey;
    site.storeys.get(storey).map(|storey| &storey.building)
}
