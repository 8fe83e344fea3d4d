//! The watching half: devices, detectors and what they have learnt → findings.
//!
//! It never reads the responding half, so it can be rebuilt from a snapshot and the tail of the
//! input log with its findings discarded. What it owes the other half is every turn of every
//! detector, once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Configuration;
use super::blind::HomeSight;
use super::confirm::Doubts;
use super::device::{DeviceMemory, Timing};
use super::finding::Finding;
use super::fitting::Fit;
use super::gateway::Gateway;
use super::instance::Instance;
use super::numbers::Numbered;
use super::sight::{Phase, Sight};
use super::timers::Timers;
use super::told::Told;
use super::warned::Warning;
use crate::detect::{Change, Per, Spot, Turn, Waits, Wave, Word};
use crate::domain::household::Standing;
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{
    Action, Command, Content, Device, DeviceId, HomeId, Input, KindId, Message, Mounted, PlaceId,
    Quantity, Reading, RuleId, StoreyId, TimeQuality, Value,
};
use crate::incident::Contribution;

/// Later than this beyond a device's usual offset is late, in a building and in a home.
const LATE_IN_BUILDING: SignedDuration = SignedDuration::from_secs(60);
const LATE_IN_HOME: SignedDuration = SignedDuration::from_mins(10);

/// One device as this configuration mounts it.
pub(super) struct Mount {
    pub(super) device: Device,
    /// Its zone or home, and its storey if it hangs in a zone.
    pub(super) place: PlaceId,
    pub(super) storey: Option<StoreyId>,
    pub(super) memory: DeviceMemory,
    /// Which instances to feed, by quantity.
    pub(super) feeds: Vec<(Quantity, usize)>,
    /// The same for those that say whether a value is to be believed: they see it first.
    pub(super) doubters: Vec<(Quantity, usize)>,
    /// Those that wait for it to speak.
    pub(super) silents: Vec<usize>,
    /// Whether anyone asks how full its battery is.
    pub(super) battery: bool,
    /// The gateway that it speaks through, or is itself.
    pub(super) gateway: Option<usize>,
    /// The home into which it lets us see.
    pub(super) home: Option<usize>,
}

impl Mount {
    fn spot(&self) -> Spot<'_> {
        Spot { kind: self.device.kind, place: &self.place, storey: self.storey.as_ref() }
    }
}

/// Whether a value is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubted {
    No,
    /// It may be; nobody is held to be alive because of it.
    Yes,
    /// No room there is could have it.
    Impossible,
}

/// What a message's row says besides the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noted {
    pub at: Timestamp,
    pub quality: TimeQuality,
    /// Position of the same device's message before this one.
    pub previous: Option<u64>,
    /// What its number says of those before it.
    pub numbered: Numbered,
}

/// A finding that may stand: kind, place, and whose it is.
pub(super) type Held = (KindId, PlaceId, Contribution);

pub struct Watch {
    pub(super) configuration: Arc<Configuration>,
    pub(super) mounts: Vec<Mount>,
    pub(super) by_device: BTreeMap<DeviceId, usize>,
    pub(super) instances: Vec<Instance>,
    pub(super) gateways: Vec<Gateway>,
    /// By place.
    pub(super) homes: Vec<HomeSight>,
    /// The instances that watch a home as a whole, by its place.
    pub(super) of_homes: BTreeMap<PlaceId, Vec<usize>>,
    /// What each home is to us, where it was said.
    pub(super) standings: BTreeMap<PlaceId, Standing>,
    /// Homes in which somebody was seen, for whoever keeps their absences.
    pub(super) seen_home: Vec<HomeId>,
    /// Which instances say that a building has no power.
    pub(super) mains: Vec<usize>,
    holds: Timers,
    silences: Timers,
    pub(super) sight: Sight,
    pub(super) findings: Vec<Finding>,
    /// The version of each rule that was last activated.
    pub(super) activated: Option<BTreeMap<RuleId, String>>,
    pub(super) held: Option<BTreeSet<Held>>,
    /// The thresholds that the fleet has found.
    pub(super) fit: Option<Fit>,
    /// The instance at work, for whoever has to say which one broke.
    pub(super) at_work: Option<usize>,
    /// Readings and stretches given to detectors since the start.
    pub(super) evaluations: u64,
    pub(super) changes: Vec<Change>,
    /// What is not believed yet.
    pub(super) doubts: Doubts,
    /// What authorities have said and still holds.
    pub(super) told: Vec<Told>,
    /// The same as what makes rules careful.
    pub(super) warnings: Vec<Warning>,
}

impl Watch {
    /// Starts empty: nothing heard, nothing learnt.
    #[must_use]
    pub fn new(configuration: Arc<Configuration>) -> Self {
        let mut watch = Self {
            mounts: Vec::new(),
            by_device: BTreeMap::new(),
            instances: Vec::new(),
            gateways: Vec::new(),
            homes: Vec::new(),
            of_homes: BTreeMap::new(),
            standings: BTreeMap::new(),
            seen_home: Vec::new(),
            mains: Vec::new(),
            holds: Timers::default(),
            silences: Timers::default(),
            sight: Sight::default(),
            findings: Vec::new(),
            activated: None,
            held: None,
            fit: None,
            at_work: None,
            evaluations: 0,
            changes: Vec::new(),
            doubts: Doubts::default(),
            told: Vec::new(),
            warnings: Vec::new(),
            configuration,
        };
        watch.mount_all();
        watch.mount_gateways();
        watch.mount_homes();
        watch
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
        let told = self.told_until().into_iter().chain(self.warned_until());
        let told = self.doubts.next().into_iter().chain(told);
        let hold = self.holds.next().into_iter().chain(told).min();
        self.sight.wake_at(hold, self.silences.next())
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
            Input::CareFitted(fitted) => self.fit(now, *fitted),
            Input::Command(Command { action: Action::Notice(notice), .. }) => {
                self.warn(now, notice);
                self.notice(now, notice);
            }
            Input::Command(command) => self.verdict(now, &command.action),
            Input::SignShown { .. }
            | Input::Planned { .. }
            | Input::Undelivered { .. }
            | Input::Delivered { .. } => {}
        }
        self.at_work = None;
        (self.believed(now, input), noted)
    }

    /// What has been found, as bad as it is believed to be.
    fn believed(&mut self, now: Timestamp, input: &Input) -> Vec<Finding> {
        let findings = std::mem::take(&mut self.findings);
        let mut findings = self.doubts.pass(now, &self.configuration, findings);
        if let (Input::ConfigurationActivated { .. }, Some(held)) = (input, &self.held) {
            findings.extend(self.doubts.reconsider(now, &self.configuration, held));
        }
        findings
    }

    // ── messages ──

    fn message(&mut self, position: u64, now: Timestamp, message: &Message) -> Option<Noted> {
        let index = *self.by_device.get(&message.device)?;
        let ours = message.claimed_at.is_none_or(|claimed| self.sight.covers(claimed));
        let mount = &mut self.mounts[index];
        let (previous, numbered) = mount.memory.note(position, message);
        let limit = match mount.device.mounted {
            Mounted::Zone(_) | Mounted::Building(_) => LATE_IN_BUILDING,
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
        } else if let Content::Status { online } = message.content {
            self.connection(index, now, online, message.retained);
        }
        Some(Noted { at: timing.at, quality: timing.quality, previous, numbered })
    }

    /// What a connection says. A gateway is its connection; of a sensor it says only that it may
    /// be back, and what a broker remembers of one that was there says nothing.
    fn connection(&mut self, index: usize, now: Timestamp, online: bool, retained: bool) {
        let gateway = self.mounts[index].device.is_gateway();
        let word = match online {
            false => Word::Offline,
            true if retained => return,
            true if gateway => Word::Fresh(now),
            true => Word::Online,
        };
        self.tell(index, now, word);
    }

    /// Tells a device's word to those that wait for it.
    pub(super) fn tell(&mut self, mount: usize, now: Timestamp, word: Word) {
        for silent in 0..self.mounts[mount].silents.len() {
            let instance = self.mounts[mount].silents[silent];
            self.heard(instance, now, word);
        }
    }

    fn live(
        &mut self,
        index: usize,
        now: Timestamp,
        message: &Message,
        timing: Timing,
        lag: SignedDuration,
    ) {
        if let Some(at) = self.mounts[index].memory.freshen(timing, message.received_at) {
            self.tell(index, now, Word::Fresh(at));
            if let Some(gateway) = self.mounts[index].gateway {
                self.through(gateway, now, at);
            }
        }
        match &message.content {
            Content::Readings(readings) => {
                for (quantity, value) in readings {
                    self.reading(index, (*quantity, *value), timing, lag);
                }
            }
            // What was late cannot be compared any more with what others felt.
            Content::Waveform { rate_hz, x, y, z } if timing.quality != TimeQuality::Late => {
                let device = &message.device;
                let wave = Wave { device, at: timing.at, rate_hz: *rate_hz, x, y, z };
                for feed in 0..self.mounts[index].feeds.len() {
                    let (fed, instance) = self.mounts[index].feeds[feed];
                    if fed == Quantity::Acceleration {
                        self.shake(instance, index, &wave, lag);
                    }
                }
            }
            Content::Waveform { .. } | Content::Status { .. } => {}
        }
        if let Some(percent) = message.battery_percent.filter(|_| self.mounts[index].battery) {
            self.reading(index, (Quantity::Battery, Value::Number(percent)), timing, lag);
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
        let reading = Reading { device: mount.device.id.clone(), quantity, value, at: timing.at };
        let doubted = self.doubt(index, &reading, fresh.then_some(lag));
        if doubted == Doubted::Impossible {
            return;
        }
        for feed in 0..self.mounts[index].feeds.len() {
            let (fed, instance) = self.mounts[index].feeds[feed];
            let detector = &self.instances[instance].rule.detector;
            // A stuck motion sensor keeps nobody alive.
            let believed = doubted == Doubted::No || detector.per() != Per::Home;
            if fed == quantity && believed && (fresh || event || detector.takes_late()) {
                self.observe(instance, index, &reading, late, lag);
            }
        }
    }

    /// Asks first those that say whether a value is to be believed. `lag`: none if it is not new.
    fn doubt(&mut self, index: usize, reading: &Reading, lag: Option<SignedDuration>) -> Doubted {
        let mut doubted = Doubted::No;
        for doubter in 0..self.mounts[index].doubters.len() {
            let (fed, instance) = self.mounts[index].doubters[doubter];
            if fed != reading.quantity || self.instances[instance].quarantined {
                continue;
            }
            if let Some(lag) = lag {
                self.observe(instance, index, reading, false, lag);
            }
            let instance = &self.instances[instance];
            if instance.rule.detector.rejects(reading.value) && !reading.quantity.is_life_safety() {
                return Doubted::Impossible;
            }
            if instance.standing.is_some() {
                doubted = Doubted::Yes;
            }
        }
        doubted
    }

    fn observe(
        &mut self,
        index: usize,
        mount: usize,
        reading: &Reading,
        late: bool,
        lag: SignedDuration,
    ) {
        self.at_work = Some(index);
        let spot = self.mounts[mount].spot();
        let instance = &mut self.instances[index];
        if instance.quarantined {
            return;
        }
        self.evaluations += 1;
        instance.lag = lag;
        let (held_until, held_late) =
            (instance.rule.detector.deadline(&instance.state), instance.late);
        instance.rule.detector.observe(&mut instance.state, &spot, reading, &mut self.changes);
        instance.holds_since(held_until, late);
        // A hold that was over before this reading is as late as what began it.
        self.settle(index, |change| match Some(change.at) == held_until {
            true => held_late,
            false => late,
        });
        self.note_returned(index, mount);
    }

    fn shake(&mut self, index: usize, mount: usize, wave: &Wave<'_>, lag: SignedDuration) {
        self.at_work = Some(index);
        let spot = self.mounts[mount].spot();
        let instance = &mut self.instances[index];
        if instance.quarantined {
            return;
        }
        self.evaluations += 1;
        instance.lag = lag;
        instance.rule.detector.shake(&mut instance.state, &spot, wave, &mut self.changes);
        self.settle(index, |_| false);
    }

    pub(super) fn heard(&mut self, index: usize, now: Timestamp, word: Word) {
        self.at_work = Some(index);
        let Instance { rule, state, span, quarantined, .. } = &mut self.instances[index];
        if !*quarantined {
            rule.detector.heard(state, now, *span, word, &mut self.changes);
            self.settle(index, |_| false);
        }
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
        self.end_told(now);
        self.end_warnings(now);
        let looking = self.is_looking();
        while let Some((deadline, index)) = self.due(now, looking) {
            self.at_work = Some(index);
            let instance = &mut self.instances[index];
            let late = instance.late;
            instance.rule.detector.expire(&mut instance.state, now, &mut self.changes);
            let held_until = instance.rule.detector.deadline(&instance.state);
            instance.holds_since(held_until, late);
            self.settle(index, |change| late && change.turn != Turn::Stopped);
            // A detector that names the same deadline again would keep us here for ever.
            if self.instances[index].armed == Some(deadline) {
                self.timers(index).disarm(deadline, index);
                self.instances[index].armed = None;
            }
        }
        let believed = self.doubts.expire(now, &self.configuration);
        self.findings.extend(believed);
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
    pub(super) fn settle(&mut self, index: usize, late: impl Fn(&Change) -> bool) {
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
        if self.changes.is_empty() {
            return;
        }
        // What a turn moves elsewhere has changes of its own.
        let mut changes = std::mem::take(&mut self.changes);
        for change in changes.drain(..) {
            let late = late(&change);
            self.turn(index, change, late);
        }
        self.changes = changes;
    }
}
