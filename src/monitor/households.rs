//! Who is registered where, as far as the core may know: consent, absence, visits, walk tests.
//!
//! The facts are rows; a monitor takes them back from there after the tail, and its snapshot only
//! carries them through the tail. The watching half is told of a home's [`Standing`] whenever it
//! turns; it never asks, so that what it knows is part of what it has learnt. Where a site watches
//! registered households only, a home without one is not watched at all.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::Effect;
use crate::domain::household::{
    Absence, Because, Change, Denied, Missing, Standing, WalkTest, is_walked,
};
use crate::domain::time::Timestamp;
use crate::domain::{
    Action, Content, Device, DeviceId, HomeId, Household, HouseholdId, Id, Input, Message,
    Quantity, Site,
};

#[derive(Default)]
pub struct Households {
    homes: BTreeMap<HomeId, Household>,
    /// When something of a home turns by itself.
    turns: BTreeSet<(Timestamp, HomeId)>,
    /// Homes in which someone walks right now.
    walked: BTreeSet<HomeId>,
    /// Homes whose standing the watching half has not been told yet.
    turned: BTreeSet<HomeId>,
}

impl Households {
    /// What a home is to everyone else, at `now`.
    #[must_use]
    pub fn standing(&self, site: &Site, home: &HomeId, now: Timestamp) -> Standing {
        match self.homes.get(home) {
            Some(household) => Standing::of(household, now),
            None if site.registered_only => Standing::EMPTY,
            None => Standing::UNREGISTERED,
        }
    }

    /// Everyone who is registered, by home.
    pub fn all(&self) -> impl Iterator<Item = (&HomeId, &Household)> {
        self.homes.iter()
    }

    #[must_use]
    pub fn get(&self, home: &HomeId) -> Option<&Household> {
        self.homes.get(home)
    }

    /// Homes in which somebody cannot leave without help.
    pub fn need_help_to_leave(&self) -> impl Iterator<Item = &HomeId> {
        self.homes.iter().filter(|(_, is)| is.needs_help_to_leave).map(|(home, _)| home)
    }

    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.turns.first().map(|(at, _)| *at)
    }

    /// Takes the facts back, from a snapshot or from their rows, instead of all there were.
    pub fn load(&mut self, now: Timestamp, all: impl IntoIterator<Item = (HomeId, Household)>) {
        let mut before = std::mem::take(self);
        self.turned.append(&mut before.turned);
        for (home, household) in all {
            if before.homes.remove(&home).as_ref() != Some(&household) {
                self.turned.insert(home.clone());
            }
            self.homes.insert(home.clone(), household);
            self.rearm(&home, now);
        }
        self.turned.extend(before.homes.into_keys());
    }

    /// Takes one input, before the watching half does.
    pub fn step(
        &mut self,
        now: Timestamp,
        site: &Site,
        input: &Input,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Denied> {
        match input {
            Input::Message(message) if !self.walked.is_empty() => {
                self.hears(now, site, message, effects);
            }
            // A calendar waits for nobody to look again, and a start would not know that it did.
            Input::Wake | Input::WatchLost { .. } => self.wake(now, effects),
            Input::ConfigurationActivated { .. } => self.turned.extend(site.homes.keys().cloned()),
            Input::Command(command) => self.command(now, site, &command.action, effects)?,
            _ => {}
        }
        Ok(())
    }

    fn command(
        &mut self,
        now: Timestamp,
        site: &Site,
        action: &Action,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Denied> {
        let (home, household, change) = match action {
            Action::Household { home, household, change } => {
                (home.clone(), household, change.clone())
            }
            Action::FoundAway { incident, household, until, reason, .. } => {
                let home = Id::new(incident.place.as_str()).map_err(|_| Denied::UnknownHome)?;
                let away = Absence { from: now, until: *until, reason: *reason };
                (home, household, Change::Leave(away))
            }
            _ => return Ok(()),
        };
        self.change(now, site, (&home, household), &change)?;
        effects.push(effect((&home, household), change, now));
        Ok(())
    }

    /// Somebody is home: a registered absence is over, whatever was said.
    pub fn seen_home(&mut self, now: Timestamp, home: &HomeId, effects: &mut Vec<Effect>) {
        let Some(household) = self.homes.get_mut(home) else { return };
        if Standing::of(household, now).away.is_none() {
            return;
        }
        household.absence = None;
        let id = household.id.clone();
        effects.push(effect((home, &id), Change::Return(Because::SeenHome), now));
        self.turned.insert(home.clone());
        self.rearm(home, now);
    }

    /// Homes whose standing has turned since it was last asked, with what it is now.
    pub fn take_turned(&mut self, site: &Site, now: Timestamp) -> Vec<(HomeId, Standing)> {
        let turned = std::mem::take(&mut self.turned);
        let standing = |home: HomeId| {
            let standing = self.standing(site, &home, now);
            (home, standing)
        };
        turned.into_iter().map(standing).collect()
    }

    fn change(
        &mut self,
        now: Timestamp,
        site: &Site,
        (home, id): (&HomeId, &HouseholdId),
        change: &Change,
    ) -> Result<(), Denied> {
        if !site.homes.contains_key(home) {
            return Err(Denied::UnknownHome);
        }
        if !change.is_of_people() {
            return Err(Denied::NotOfPeople);
        }
        if let Change::MoveIn { since } = change {
            return self.move_in(home, id, *since);
        }
        let household = self.homes.get_mut(home).filter(|is| is.id == *id);
        let household = household.ok_or(Denied::UnknownHousehold)?;
        match change {
            Change::MoveOut => {
                self.homes.remove(home);
            }
            change => turn(household, now, site, home, change)?,
        }
        self.turned.insert(home.clone());
        self.rearm(home, now);
        Ok(())
    }

    fn move_in(&mut self, home: &HomeId, id: &HouseholdId, since: Timestamp) -> Result<(), Denied> {
        let lives = self.homes.values().any(|is| is.id == *id);
        if lives || self.homes.contains_key(home) {
            return Err(Denied::Occupied);
        }
        self.homes.insert(home.clone(), Household::new(id.clone(), since));
        self.turned.insert(home.clone());
        Ok(())
    }

    /// What turned by itself by now.
    fn wake(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        while let Some((_, home)) = self.turns.first().filter(|(at, _)| *at <= now).cloned() {
            let Some(household) = self.homes.get_mut(&home) else {
                self.rearm(&home, now);
                continue;
            };
            let id = household.id.clone();
            let over = |until: Timestamp| until <= now;
            if household.absence.and_then(|is| is.until).is_some_and(over) {
                household.absence = None;
                effects.push(effect((&home, &id), Change::Return(Because::Over), now));
            }
            if household.visit.is_some_and(|is| is.until <= now) {
                household.visit = None;
                effects.push(effect((&home, &id), Change::VisitEnd, now));
            }
            self.turned.insert(home.clone());
            self.rearm(&home, now);
        }
    }

    fn hears(&mut self, now: Timestamp, site: &Site, message: &Message, effects: &mut Vec<Effect>) {
        let device = site.devices.get(&message.device);
        let home = device.and_then(Device::home).filter(|home| self.walked.contains(*home));
        let Some((home, household)) = home.and_then(|home| Some((home, self.homes.get_mut(home)?)))
        else {
            return;
        };
        // What a broker remembers was said before anybody walked.
        let (Content::Readings(readings), false) = (&message.content, message.retained) else {
            return;
        };
        let before = household.walk_test.sensors.get(&message.device).copied().unwrap_or_default();
        let heard =
            readings.iter().fold(before, |heard, (quantity, value)| heard.and(*quantity, *value));
        if heard == before {
            return;
        }
        household.walk_test.sensors.insert(message.device.clone(), heard);
        let change = Change::Heard { device: message.device.clone(), heard };
        effects.push(effect((home, &household.id.clone()), change, now));
    }

    /// Sees to it that a home is looked at when it turns next.
    fn rearm(&mut self, home: &HomeId, now: Timestamp) {
        self.turns.retain(|(_, of)| of != home);
        self.walked.remove(home);
        let Some(household) = self.homes.get(home) else { return };
        if household.walk_test.is_running() {
            self.walked.insert(home.clone());
        }
        let absence = household.absence.into_iter().flat_map(|is| [Some(is.from), is.until]);
        let visit = household.visit.into_iter().flat_map(|is| [Some(is.from), Some(is.until)]);
        let next = absence.chain(visit).flatten().filter(|at| *at > now).min();
        self.turns.extend(next.map(|at| (at, home.clone())));
    }
}

impl Household {
    /// Nothing agreed, nothing walked through.
    #[must_use]
    pub fn new(id: HouseholdId, since: Timestamp) -> Self {
        Self {
            id,
            since,
            consent: crate::domain::household::Consent::default(),
            needs_help_to_leave: false,
            absence: None,
            visit: None,
            walk_test: WalkTest::default(),
        }
    }
}

fn effect((home, household): (&HomeId, &HouseholdId), change: Change, at: Timestamp) -> Effect {
    Effect::Household { home: home.clone(), household: household.clone(), change, at }
}

fn turn(
    household: &mut Household,
    now: Timestamp,
    site: &Site,
    home: &HomeId,
    change: &Change,
) -> Result<(), Denied> {
    let lasts = |from: Timestamp, until: Timestamp| from < until && now < until;
    match change {
        Change::Consent(consent) => household.consent = *consent,
        Change::NeedsHelpToLeave(needs) => household.needs_help_to_leave = *needs,
        Change::Leave(absence) => {
            if absence.until.is_some_and(|until| !lasts(absence.from, until)) {
                return Err(Denied::BadSpan);
            }
            household.absence = Some(*absence);
        }
        Change::Return(_) => {
            household.absence.take().ok_or(Denied::NothingToEnd)?;
        }
        Change::Visit(visit) => {
            if !lasts(visit.from, visit.until) {
                return Err(Denied::BadSpan);
            }
            household.visit = Some(*visit);
        }
        Change::VisitEnd => {
            household.visit.take().ok_or(Denied::NothingToEnd)?;
        }
        Change::WalkTestStart => {
            household.walk_test = WalkTest { started_at: Some(now), ..WalkTest::default() };
        }
        Change::WalkTestFinish => {
            if !household.walk_test.is_running() {
                return Err(Denied::NoWalkTest);
            }
            let kit = kit(site, home);
            if kit.is_empty() || !missing(&kit, &household.walk_test, true).is_empty() {
                return Err(Denied::WalkTestIncomplete);
            }
            household.walk_test.passed_at = Some(now);
        }
        // Asked before.
        Change::MoveIn { .. } | Change::MoveOut | Change::Heard { .. } => {}
    }
    Ok(())
}

/// The sensors of a home that a walk test has to hear.
#[must_use]
pub fn kit<'s>(site: &'s Site, home: &HomeId) -> Vec<&'s Device> {
    let of_home = |device: &&Device| device.home() == Some(home) && is_walked(device.kind);
    site.devices.values().filter(of_home).collect()
}

/// What is missing of each sensor, in the order of their ids. `shut`: whether the doors are said
/// to be shut by now.
#[must_use]
pub fn missing(kit: &[&Device], walk: &WalkTest, shut: bool) -> BTreeMap<DeviceId, Missing> {
    let of_one = |device: &&Device| {
        let heard = walk.sensors.get(&device.id).copied().unwrap_or_default();
        let is_door = device.reads.contains(&Quantity::Contact);
        Some((device.id.clone(), heard.missing(is_door, shut)?))
    };
    kit.iter().filter_map(of_one).collect()
}
