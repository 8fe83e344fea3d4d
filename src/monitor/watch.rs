//! The watching half: devices, detectors and what they have learnt → findings.
//!
//! It never reads the responding half, so it can be rebuilt from a snapshot and the tail of the
//! input log with its findings discarded. What it owes the other half is every turn of every
//! detector, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Configuration;
use super::device::{DeviceMemory, Timing};
use super::finding::Finding;
use super::instance::Instance;
use super::sight::{Phase, Sight};
use super::timers::Timers;
use crate::detect::{Change, Per, Rule, State, Turn, Waits};
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{
    Content, Device, DeviceId, DeviceKind, Input, KindId, Level, LostBecause, Message, Mounted,
    PlaceId, Quantity, Reading, RuleId, Scope, TimeQuality, Value,
};
use crate::incident::Contribution;

/// Later than this beyond a device's usual offset is late, in a building and in a home.
const LATE_IN_BUILDING: SignedDuration = SignedDuration::from_secs(60);
const LATE_IN_HOME: SignedDuration = SignedDuration::from_mins(10);

/// One device as this configuration mounts it.
pub(super) struct Mount {
    pub(super) device: Device,
    memory: DeviceMemory,
    /// Which instances to feed, by quantity.
    feeds: Vec<(Quantity, usize)>,
    /// Which instances to tell that it spoke.
    listens: Vec<usize>,
}

/// What a message's row says besides the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    pub at: Timestamp,
    pub quality: TimeQuality,
    /// Position of the same device's message before this one.
    pub previous: Option<u64>,
}

/// A finding that may stand: kind, place, and whose it is.
pub(super) type Held = (KindId, PlaceId, Contribution);

pub struct Watch {
    pub(super) configuration: Arc<Configuration>,
    pub(super) mounts: Vec<Mount>,
    by_device: BTreeMap<DeviceId, usize>,
    pub(super) instances: Vec<Instance>,
    holds: Timers,
    silences: Timers,
    pub(super) sight: Sight,
    pub(super) findings: Vec<Finding>,
    /// The version of each rule that was last activated.
    pub(super) activated: Option<BTreeMap<RuleId, String>>,
    held: Option<BTreeSet<Held>>,
    /// The instance at work, for whoever has to say which one broke.
    at_work: Option<usize>,
    changes: Vec<Change>,
}

impl Watch {
    /// Starts empty: nothing heard, nothing learnt.
    #[must_use]
    pub fn new(configuration: Arc<Configuration>) -> Self {
        let mut watch = Self {
            mounts: Vec::new(),
            by_device: BTreeMap::new(),
            instances: Vec::new(),
            holds: Timers::default(),
            silences: Timers::default(),
            sight: Sight::default(),
            findings: Vec::new(),
            activated: None,
            held: None,
            at_work: None,
            changes: Vec::new(),
            configuration,
        };
        watch.mount_all();
        watch
    }

    fn mount_all(&mut self) {
        let configuration = Arc::clone(&self.configuration);
        let mut shared = BTreeMap::new();
        for device in configuration.site.devices.values() {
            let mut mount = Mount {
                device: device.clone(),
                memory: DeviceMemory::default(),
                feeds: Vec::new(),
                listens: Vec::new(),
            };
            for rule in
                configuration.rules.iter().filter(|r| r.watches(&configuration.site, device))
            {
                let index = self.instance(rule, device, &mut shared);
                let fed = device.reads.iter().filter(|quantity| rule.quantities.contains(quantity));
                mount.feeds.extend(fed.map(|quantity| (*quantity, index)));
                if rule.detector.waits() == Waits::Silence {
                    mount.listens.push(index);
                }
            }
            self.by_device.insert(device.id.clone(), self.mounts.len());
            self.mounts.push(mount);
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
        };
        *shared.entry((rule.id.clone(), source.clone())).or_insert_with(|| {
            self.instances.push(Instance {
                rule: Arc::clone(rule),
                source,
                state: rule.detector.empty_state(),
                quarantined: false,
                place: self.configuration.site.place(device, rule.scope),
                zone: device.zone().cloned(),
                silent_after: device.silent_after,
                lag: SignedDuration::ZERO,
                armed: None,
            });
            self.instances.len() - 1
        })
    }

    #[must_use]
    pub fn knows(&self, device: &DeviceId) -> bool {
        self.by_device.contains_key(device)
    }

    /// Whether this message has come before. Asked before the step: a repetition takes no
    /// position.
    #[must_use]
    pub fn has_seen(&self, message: &Message) -> bool {
        self.by_device
            .get(&message.device)
            .is_some_and(|mount| self.mounts[*mount].memory.has_seen(message))
    }

    /// The rule and source at work when a step panicked.
    #[must_use]
    pub fn at_work(&self) -> Option<Contribution> {
        self.at_work.map(|index| self.instances[index].contribution())
    }

    /// Whether what comes due is stepped when it does.
    #[must_use]
    pub fn is_looking(&self) -> bool {
        self.sight.phase == Phase::Watching
    }

    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.sight.wake_at(self.holds.next(), self.silences.next())
    }

    /// Takes one input; the findings come out in the order in which they arose.
    pub fn step(
        &mut self,
        position: u64,
        now: Timestamp,
        input: &Input,
    ) -> (Vec<Finding>, Option<Noted>) {
        let mut noted = None;
        match input {
            Input::Message(message) => noted = self.message(position, now, message),
            Input::Wake => self.wake(now),
            Input::ConfigurationActivated { rules, .. } => self.activate(now, rules),
            Input::WatchLost { because, from } => self.lost(now, *from, *because),
            Input::WatchRegained => self.sight.regained(now),
            Input::CaughtUp => self.caught_up(now),
            Input::Quarantined { rule, source } => self.quarantine(now, rule, source),
            Input::Command(_) | Input::SignShown { .. } | Input::Planned { .. } => {}
        }
        self.at_work = None;
        (std::mem::take(&mut self.findings), noted)
    }

    // ── messages ──

    fn message(&mut self, position: u64, now: Timestamp, message: &Message) -> Option<Noted> {
        let index = *self.by_device.get(&message.device)?;
        let ours = message.claimed_at.is_none_or(|claimed| self.sight.covers(claimed));
        let mount = &mut self.mounts[index];
        let previous = mount.memory.note(position, message);
        let limit = match mount.device.mounted {
            Mounted::Zone(_) => LATE_IN_BUILDING,
            Mounted::Home(_) => LATE_IN_HOME,
        };
        let knew_wrong = mount.memory.wrong_clock;
        let live = !message.retained && !matches!(message.content, Content::Status { .. });
        let timing = match live {
            true => mount.memory.timing(message, limit, ours),
            false => Timing { at: message.at, quality: message.quality },
        };
        if mount.memory.wrong_clock != knew_wrong {
            self.clock_trouble(index, message, !knew_wrong);
        }
        if live {
            // A backlog is as late as we were; once it is drained nothing more of it can come.
            let lag = if ours { SignedDuration::ZERO } else { between(timing.at, now) };
            self.live(index, now, message, timing, lag.max(SignedDuration::ZERO));
        }
        Some(Noted { at: timing.at, quality: timing.quality, previous })
    }

    fn live(
        &mut self,
        index: usize,
        now: Timestamp,
        message: &Message,
        timing: Timing,
        lag: SignedDuration,
    ) {
        for listener in 0..self.mounts[index].listens.len() {
            let instance = self.mounts[index].listens[listener];
            self.heard(instance, now, true);
        }
        if let Content::Readings(readings) = &message.content {
            for (quantity, value) in readings {
                self.reading(index, (*quantity, *value), timing, lag);
            }
        }
    }

    fn reading(
        &mut self,
        index: usize,
        (quantity, value): (Quantity, Value),
        mut timing: Timing,
        lag: SignedDuration,
    ) {
        let mount = &mut self.mounts[index];
        let late = timing.quality == TimeQuality::Late;
        let event = quantity.is_life_safety() && value.as_number() > 0.5;
        // Late or overtaken measurements amend history; life-safety events always ring.
        let fresh = !late && mount.memory.take(quantity, value, &mut timing);
        let kind = mount.device.kind;
        let reading = Reading { device: mount.device.id.clone(), quantity, value, at: timing.at };
        for feed in 0..self.mounts[index].feeds.len() {
            let (fed, instance) = self.mounts[index].feeds[feed];
            let takes_late = self.instances[instance].rule.detector.takes_late();
            if fed == quantity && (fresh || event || takes_late) {
                self.observe(instance, kind, &reading, late, lag);
            }
        }
    }

    fn observe(
        &mut self,
        index: usize,
        kind: Option<DeviceKind>,
        reading: &Reading,
        late: bool,
        lag: SignedDuration,
    ) {
        self.at_work = Some(index);
        let instance = &mut self.instances[index];
        if instance.quarantined {
            return;
        }
        instance.lag = lag;
        instance.rule.detector.observe(&mut instance.state, kind, reading, &mut self.changes);
        self.settle(index, late);
    }

    fn heard(&mut self, index: usize, now: Timestamp, message: bool) {
        self.at_work = Some(index);
        let instance = &mut self.instances[index];
        if instance.quarantined {
            return;
        }
        instance.rule.detector.heard(
            &mut instance.state,
            now,
            instance.silent_after,
            message,
            &mut self.changes,
        );
        self.settle(index, false);
    }

    // ── deadlines ──

    fn wake(&mut self, now: Timestamp) {
        // The wake may be the other half's.
        if self.wake_at().is_none_or(|wake| wake > now) {
            return;
        }
        if let Phase::CatchingUp { .. } = self.sight.phase {
            return self.caught_up(now);
        }
        let looking = self.is_looking();
        while let Some((deadline, index)) = self.due(now, looking) {
            self.at_work = Some(index);
            let instance = &mut self.instances[index];
            instance.rule.detector.expire(&mut instance.state, now, &mut self.changes);
            self.settle(index, false);
            // A detector that names the same deadline again would keep us here for ever.
            if self.instances[index].armed == Some(deadline) {
                self.timers(index).disarm(deadline, index);
                self.instances[index].armed = None;
            }
        }
    }

    fn due(&self, now: Timestamp, looking: bool) -> Option<(Timestamp, usize)> {
        let hold = self.holds.first();
        let silence = self.silences.first().filter(|_| looking);
        hold.into_iter().chain(silence).min().filter(|(deadline, _)| *deadline <= now)
    }

    fn timers(&mut self, index: usize) -> &mut Timers {
        match self.instances[index].rule.detector.waits() {
            Waits::Hold => &mut self.holds,
            Waits::Silence => &mut self.silences,
        }
    }

    /// After a detector has moved: re-arms its timer and turns its changes into findings.
    fn settle(&mut self, index: usize, late: bool) {
        let instance = &self.instances[index];
        let (next, armed) = (instance.wake_at(), instance.armed);
        if next != armed {
            let timers = self.timers(index);
            if let Some(old) = armed {
                timers.disarm(old, index);
            }
            if let Some(new) = next {
                timers.arm(new, index);
            }
            self.instances[index].armed = next;
        }
        for change in self.changes.drain(..) {
            self.findings.push(self.instances[index].finding(change, late));
        }
    }

    // ── looking and not looking ──

    pub(super) fn heeds(&self, input: &Input) -> bool {
        match input {
            Input::WatchRegained => matches!(self.sight.phase, Phase::Lost { .. }),
            Input::CaughtUp => matches!(self.sight.phase, Phase::CatchingUp { .. }),
            _ => true,
        }
    }

    /// A configuration holds from now on. A detector whose rule is as it was goes on; any other
    /// starts empty, and so does one that broke, since it may have been mended.
    fn activate(&mut self, now: Timestamp, rules: &BTreeMap<RuleId, String>) {
        let before = self.activated.replace(rules.clone()).unwrap_or_default();
        let mut held = BTreeSet::new();
        for index in 0..self.instances.len() {
            let instance = &mut self.instances[index];
            let same = before.get(&instance.rule.id) == Some(&instance.rule.version);
            if same && !instance.quarantined {
                let kind = instance.rule.means.kind().clone();
                held.insert((kind, instance.place.clone(), instance.contribution()));
                continue;
            }
            instance.quarantined = false;
            instance.lag = SignedDuration::ZERO;
            instance.state = instance.rule.detector.empty_state();
            self.settle(index, false);
        }
        self.held = Some(held);
        self.begin(now);
    }

    /// After an activation: what may still stand, by kind, place and whose finding it is.
    pub(super) fn take_held(&mut self) -> Option<BTreeSet<Held>> {
        self.held.take()
    }

    fn unseen(&mut self, index: usize, from: Timestamp, now: Timestamp) {
        self.at_work = Some(index);
        let instance = &mut self.instances[index];
        if instance.quarantined || instance.rule.detector.waits() != Waits::Silence {
            return;
        }
        let silent_after = instance.silent_after;
        let detector = &instance.rule.detector;
        detector.unwatched(&mut instance.state, (from, now), silent_after, &mut self.changes);
        self.settle(index, false);
    }

    /// From now on we look: whoever has never spoken has its whole span.
    fn begin(&mut self, now: Timestamp) {
        for index in 0..self.instances.len() {
            let instance = &self.instances[index];
            let waits = instance.rule.detector.waits() == Waits::Silence;
            if waits && instance.armed.is_none() {
                self.heard(index, now, false);
            }
        }
    }

    fn lost(&mut self, now: Timestamp, from: Timestamp, because: LostBecause) {
        self.sight.lost(from, now);
        let said = match because {
            LostBecause::ProcessDown => "jikimi was not running",
            LostBecause::BrokerAway => "the broker cannot be reached",
            LostBecause::ClockStepped => "the machine's clock jumped forward",
        };
        self.unwatched(Turn::Started, from, said.to_owned());
    }

    fn caught_up(&mut self, now: Timestamp) {
        let Some(from) = self.sight.caught_up() else { return };
        for index in 0..self.instances.len() {
            self.unseen(index, from, now);
        }
        self.unwatched(Turn::Stopped, now, "watching again".to_owned());
    }

    fn quarantine(&mut self, now: Timestamp, rule: &RuleId, source: &str) {
        let found =
            self.instances.iter().position(|i| i.rule.id == *rule && i.source.as_str() == source);
        let Some(index) = found else { return };
        self.instances[index].quarantined = true;
        self.instances[index].state = self.instances[index].rule.detector.empty_state();
        self.settle(index, false);
        let instance = &self.instances[index];
        let place = match &instance.zone {
            Some(zone) => self.configuration.site.place_of_zone(zone, Scope::Zone),
            None => instance.place.clone(),
        };
        let because = format!("rule {rule} broke at {source} and is switched off there");
        let contribution = instance.contribution();
        self.own(
            "rule-quarantined",
            Level::Warning,
            place,
            contribution,
            Turn::Started,
            now,
            because,
        );
    }

    // ── memory, for snapshots ──

    pub(super) fn memories(&self) -> impl Iterator<Item = (&Device, &DeviceMemory)> {
        self.mounts.iter().map(|mount| (&mount.device, &mount.memory))
    }

    pub(super) fn heads(&self) -> impl Iterator<Item = (&DeviceId, u64)> {
        self.mounts.iter().filter_map(|mount| Some((&mount.device.id, mount.memory.position?)))
    }

    pub(super) fn remember(&mut self, device: &DeviceId, memory: DeviceMemory) {
        if let Some(mount) = self.by_device.get(device) {
            self.mounts[*mount].memory = memory;
        }
    }

    /// A detector that broke before stays switched off.
    pub(super) fn switch_off(&mut self, index: usize) {
        self.instances[index].quarantined = true;
    }

    /// Gives an instance its state back and arms its timer.
    pub(super) fn restore(&mut self, index: usize, state: State, lag: SignedDuration) {
        self.instances[index].state = state;
        self.instances[index].lag = lag;
        self.settle(index, false);
    }
}
