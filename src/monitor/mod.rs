//! The pure middle of jikimi: one site's live state.
//!
//! Messages, deadlines and commands go in, each with its moment; effects come out. A `Monitor`
//! opens no socket, holds no database handle and never asks what time it is, which is why a month
//! of a building's life can be replayed in a test in milliseconds, and why replay, recovery and
//! live watching are the same code.
//!
//! The shell's whole duty: before an input at `now`, step a wake for every [`Monitor::wake_at`]
//! that is not after [`Monitor::wakes_until`]; then [`Monitor::step`]; then store input and
//! effects in one transaction. A monitor whose step panicked or whose commit failed is thrown
//! away and rebuilt.

mod blind;
mod configuration;
mod confirm;
mod device;
mod effect;
mod fault;
mod feeds;
mod finding;
mod fitting;
mod gateway;
mod guide;
mod households;
mod instance;
mod looking;
mod numbers;
mod own;
mod residents;
mod response;
mod sight;
mod snapshot;
mod switches;
mod timers;
pub(crate) mod told;
mod warned;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use configuration::Configuration;
pub use effect::{Detail, Effect};
pub use fitting::{Fit, fits};
pub use households::{kit, missing};
pub use numbers::Numbered;
pub use sight::CATCH_UP_MAX;
pub use snapshot::{FORMAT, Part, REST};
pub use switches::Ordered;
pub use watch::Noted;

use crate::domain::household::{Change, Denied, Standing};
use crate::domain::time::Timestamp;
use crate::domain::{
    Action, Command, DeviceId, HomeId, Household, Input, Message, PlaceId, SignId, SwitchId,
};
use crate::evacuate::{Board, Planned, Sent, Wanted};
use crate::incident::{Contribution, Incident, Silence};
use guide::Guide;
use households::Households;
use response::{Desk, Response};
use switches::Switches;
use watch::Watch;

pub struct Monitor {
    position: u64,
    step_at: Timestamp,
    watch: Watch,
    response: Response,
    guide: Guide,
    switches: Switches,
    households: Households,
}

/// One input's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub position: u64,
    pub step_at: Timestamp,
    pub noted: Option<Noted>,
    pub effects: Vec<Effect>,
}

impl Monitor {
    /// A site that has seen nothing yet.
    #[must_use]
    pub fn new(configuration: Arc<Configuration>) -> Self {
        Self {
            position: 0,
            step_at: Timestamp::UNIX_EPOCH,
            response: Response::new(configuration.site.id.clone()),
            guide: Guide::new(&configuration),
            switches: Switches::default(),
            households: Households::default(),
            watch: Watch::new(configuration),
        }
    }

    /// Takes a snapshot at `position` back, before the tail is replayed.
    pub fn restore(
        &mut self,
        position: u64,
        step_at: Timestamp,
        parts: impl IntoIterator<Item = Part>,
    ) {
        self.position = position;
        self.step_at = step_at;
        let households = self.watch.restore_parts(parts);
        self.households.load(step_at, households);
        self.tell_households();
    }

    /// Takes what another version had learnt of people by now, see [`Part::learnt`].
    pub fn remember(&mut self, learnt: impl IntoIterator<Item = Part>) {
        self.watch.restore_parts(learnt);
    }

    /// Replays one logged input for what there is to learn from it; its effects are stored.
    pub fn replay(&mut self, position: u64, step_at: Timestamp, input: &Input) {
        self.position = position;
        self.step_at = step_at;
        let mut effects = Vec::new();
        // Whether it was taken then, it is taken now.
        let _as_before = self.follow_household(input, &mut effects);
        self.watch.step(position, step_at, input);
        self.watch.take_held();
        self.see_home(&mut effects);
    }

    /// Takes an incident back from its rows, after the tail.
    pub fn load(&mut self, incident: Incident) {
        self.response.load(incident);
    }

    /// Takes the silences back from their rows: those that are not over, and how many there were.
    pub fn load_silences(&mut self, silences: Vec<Silence>, count: u32) {
        self.response.load_silences(silences, count);
    }

    /// Takes the signs back from their rows, after the incidents: what each is to show, and
    /// what each was told, oldest first.
    pub fn load_signs(&mut self, planned: Vec<Planned>, sent: Vec<Sent>) {
        let configuration = &self.watch.configuration;
        self.guide.load(self.step_at, configuration, self.response.open(), (planned, sent));
    }

    /// Takes back what devices were told to do and still holds, and the number of the last order.
    pub fn load_switches(
        &mut self,
        orders: impl IntoIterator<Item = (SwitchId, Ordered)>,
        epoch: u64,
    ) {
        self.switches.load(orders, epoch);
    }

    /// Takes the households back from their rows, after the tail: what stands there holds.
    pub fn load_households(&mut self, all: impl IntoIterator<Item = (HomeId, Household)>) {
        self.households.load(self.step_at, all);
        self.tell_households();
    }

    /// What a home is to us as of the last step: whether it is watched, and who is in it.
    #[must_use]
    pub fn standing(&self, home: &HomeId) -> Standing {
        self.households.standing(&self.watch.configuration.site, home, self.step_at)
    }

    /// Who is registered in a home.
    #[must_use]
    pub fn household(&self, home: &HomeId) -> Option<&Household> {
        self.households.get(home)
    }

    /// Homes in which somebody cannot leave without help.
    pub fn need_help_to_leave(&self) -> impl Iterator<Item = &HomeId> {
        self.households.need_help_to_leave()
    }

    fn follow_household(&mut self, input: &Input, effects: &mut Vec<Effect>) -> Result<(), Denied> {
        let site = Arc::clone(&self.watch.configuration.site);
        self.households.step(self.step_at, &site, input, effects)?;
        if let Input::Command(Command { action: Action::Household { home, change, .. }, .. }) =
            input
            && *change == Change::MoveOut
        {
            self.watch.moved_out(home, self.step_at);
        }
        self.tell_households();
        Ok(())
    }

    /// What the watching half has seen of people who were said to be away.
    fn see_home(&mut self, effects: &mut Vec<Effect>) {
        for home in self.watch.take_seen_home() {
            self.households.seen_home(self.step_at, &home, effects);
        }
        self.tell_households();
    }

    fn tell_households(&mut self) {
        let site = Arc::clone(&self.watch.configuration.site);
        for (home, standing) in self.households.take_turned(&site, self.step_at) {
            self.watch.told(self.step_at, &home, standing);
        }
    }

    #[must_use]
    pub fn configuration(&self) -> &Arc<Configuration> {
        &self.watch.configuration
    }

    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The moment of the last step.
    #[must_use]
    pub fn step_at(&self) -> Timestamp {
        self.step_at
    }

    #[must_use]
    pub fn knows(&self, device: &DeviceId) -> bool {
        self.watch.knows(device)
    }

    #[must_use]
    pub fn has_sign(&self, sign: &SignId) -> bool {
        self.configuration().site.signs.contains_key(sign)
    }

    #[must_use]
    pub fn has_seen(&self, message: &Message) -> bool {
        self.watch.has_seen(message)
    }

    /// The next deadline. Until a backlog is drained only those of people come.
    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        let response = self.response.wake_at(self.watch.is_looking());
        let halves = self.watch.wake_at().into_iter().chain(response);
        let told = self.guide.wake_at().into_iter().chain(self.switches.wake_at());
        halves.chain(told).chain(self.households.wake_at()).min()
    }

    /// Up to which moment deadlines are stepped before `input`, which is taken at `now`: all that
    /// are due by then. What came due after we stopped looking waits until we have seen what came
    /// meanwhile. An input that has been overtaken is taken at the last step's moment, and brings
    /// no deadline after its own `now`: what may end a hold still waits behind it.
    #[must_use]
    pub fn wakes_until(&self, now: Timestamp, input: &Input) -> Timestamp {
        match input {
            Input::WatchLost { from, .. } => now.min(*from),
            _ => now,
        }
    }

    /// Takes one input at `now` and says what follows from it. Time never goes back: an earlier
    /// `now` is taken as the last one.
    pub fn step(&mut self, now: Timestamp, input: &Input) -> Step {
        self.position += 1;
        self.step_at = self.step_at.max(now);
        // As it was before this input: the one that ends a catching up steps no hold yet.
        let looking = self.watch.is_looking();
        let mut effects = Vec::new();
        let households = self.follow_household(input, &mut effects);
        let (findings, noted) = self.watch.step(self.position, self.step_at, input);
        self.see_home(&mut effects);
        let held = self.watch.take_held();
        let (site, residents) = (&self.watch.configuration.site, &self.households);
        let now = self.step_at;
        let sleeps = |place: &PlaceId| {
            let home = site.homes.get(place.as_str());
            home.is_some_and(|home| !residents.standing(site, &home.id, now).night)
        };
        let mut desk = Desk {
            now,
            looking,
            configuration: &self.watch.configuration,
            sleeps: &sleeps,
            effects: &mut effects,
        };
        for finding in &findings {
            self.response.take(finding, &mut desk);
        }
        if let Some(held) = held {
            self.response.reconcile(&held, &mut desk);
        }
        self.response.step(input, households, &mut desk);
        self.response.settle(&mut desk);
        let moved = !effects.is_empty();
        let open = (self.response.open(), moved);
        let configuration = &self.watch.configuration;
        self.guide.step(self.step_at, configuration, open, input, &mut effects);
        let activated = matches!(input, Input::ConfigurationActivated { .. });
        if activated || moved || self.switches.wake_at().is_some_and(|due| due <= self.step_at) {
            self.switches.step(self.step_at, configuration, self.response.open(), &mut effects);
        }
        Step { position: self.position, step_at: self.step_at, noted, effects }
    }

    /// The rule and source that were at work when a step panicked.
    #[must_use]
    pub fn at_work(&self) -> Option<Contribution> {
        self.watch.at_work()
    }

    /// Everything learnt, by home, for a snapshot.
    #[must_use]
    pub fn parts(&self) -> BTreeMap<String, Part> {
        self.watch.parts(&self.households)
    }

    /// Where each device's chain of messages begins.
    pub fn heads(&self) -> impl Iterator<Item = (&DeviceId, u64)> {
        self.watch.heads()
    }

    /// How often a rule has been given a reading or a stretch of motion since the start.
    #[must_use]
    pub fn evaluations(&self) -> u64 {
        self.watch.evaluations
    }

    /// Whether an input about our own watching would change anything.
    #[must_use]
    pub fn heeds(&self, input: &Input) -> bool {
        self.watch.heeds(input)
    }

    /// Devices that have spoken at some time.
    pub fn spoken(&self) -> impl Iterator<Item = &DeviceId> {
        self.watch.heads().map(|(device, _)| device)
    }

    /// The better plan that is wanted by now, for whoever has the time to look for it. What comes
    /// of it is an input like any other.
    #[must_use]
    pub fn wanted(&self) -> Option<Wanted> {
        self.guide.wanted(self.step_at)
    }

    /// What the signs may be showing.
    #[must_use]
    pub fn board(&self) -> &Board {
        self.guide.board()
    }

    /// Whether what comes now is taken as of now: nothing is lost and nothing is being caught up.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.watch.is_looking()
    }

    /// Unresolved incidents.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.response.open()
    }
}
