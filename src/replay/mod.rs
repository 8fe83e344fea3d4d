//! The same engine on a recording, as fast as it goes.
//!
//! A recording holds no deadlines, so they are derived by the shell's own rule with the line's
//! moment of receipt for now: everything due by then comes first, each at its own moment, unless
//! something received before still follows ([`Ahead`]). Lines that go back in time are taken at
//! the last moment their site has reached, and counted. Nothing is stored.

mod again;
mod ahead;
mod judge;
mod ledger;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jikimi_sim::recording::{Content, Line};
use serde::Deserialize;

use crate::domain::time::{SignedDuration, Timestamp, after as later, between};
use crate::domain::{Input, SiteId};
use crate::ingest::decode::decode_caught;
use crate::ingest::{Decoded, Directory, Heard, Packet, Shown};
use crate::monitor::{Configuration, Effect, Monitor, Step, fits};
pub use again::{Again, Pair, Side, beside};
pub use ahead::Ahead;
pub use judge::{Judged, Outcome, UnknownPlace, judge};
pub use ledger::{Ledger, Told};

/// What became of the lines.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    pub lines: u64,
    pub messages: u64,
    pub inputs: u64,
    pub duplicates: u64,
    pub dead_letters: u64,
    /// The same, by the reason that the service would have given.
    pub dead_by_reason: BTreeMap<&'static str, u64>,
    /// What gateways tell of themselves, by its name.
    pub ignored_by_reason: BTreeMap<&'static str, u64>,
    /// Lines that were received before the one above them.
    pub went_back: u64,
    /// Deadlines stepped.
    pub wakes: u64,
}

/// Thresholds of homes are looked for so often.
const FITS_EVERY: SignedDuration = SignedDuration::from_hours(24);

const UNKNOWN_SITE: &str = "unknown-site";

/// All sites of a configuration, fed from a recording.
pub struct Replay {
    monitors: BTreeMap<SiteId, Monitor>,
    directory: Arc<Directory>,
    ledger: Ledger,
    counts: Counts,
    began: Option<Timestamp>,
    reached: Timestamp,
    begun: BTreeSet<SiteId>,
    /// When thresholds are looked for next; never in a recording of the service, which holds them.
    fits_at: Option<Timestamp>,
    /// When the oldest was received of what follows the line that is taken.
    after: Timestamp,
}

/// One of our own inputs, as it stands in a recording.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Recorded {
    site: SiteId,
    input: Input,
}

impl Replay {
    #[must_use]
    pub fn new(configurations: &[Arc<Configuration>]) -> Self {
        let monitors = configurations
            .iter()
            .map(|configuration| {
                (configuration.site.id.clone(), Monitor::new(Arc::clone(configuration)))
            })
            .collect();
        Self {
            monitors,
            directory: Arc::default(),
            ledger: Ledger::default(),
            counts: Counts::default(),
            began: None,
            reached: Timestamp::MIN,
            begun: BTreeSet::new(),
            fits_at: None,
            after: Timestamp::MAX,
        }
    }

    /// Understands the dialects of gateways too.
    #[must_use]
    pub fn hearing(self, directory: Arc<Directory>) -> Self {
        Self { directory, ..self }
    }

    /// Takes one line. Nothing that was received before it follows.
    pub fn take(&mut self, line: &Line) {
        self.take_before(line, Timestamp::MAX);
    }

    /// Takes one line that overtook others: `after` is when the oldest was received of those that
    /// follow. Deadlines past it wait for them.
    pub fn take_before(&mut self, line: &Line, after: Timestamp) {
        self.after = after;
        self.counts.lines += 1;
        self.counts.went_back += u64::from(line.received_at < self.reached);
        self.reached = self.reached.max(line.received_at);
        let begins = self.began.is_none();
        self.began = self.began.or(Some(self.reached));
        // A recording of the service itself begins with an input, and says of each site when it
        // began; any other begins for all of them.
        if begins && matches!(line.content, Content::Message { .. }) {
            self.begin();
            self.fits_at = Some(self.reached);
        }
        self.fit_when_due();
        match &line.content {
            Content::Message { topic, payload, retained } => {
                self.message(topic, payload, line.received_at, *retained);
            }
            Content::Input(input) => self.input(line.received_at, input.get()),
        }
    }

    /// The thresholds of homes, found over all of them as the service does.
    fn fit_when_due(&mut self) {
        let now = self.reached;
        if self.fits_at.is_none_or(|at| now < at) {
            return;
        }
        self.fits_at = Some(later(now, FITS_EVERY));
        for (site, input) in fits(self.monitors.iter(), now) {
            self.step(&site, now, &input);
        }
    }

    /// With the first line the configuration holds, and whoever is silent from here on is silent.
    fn begin(&mut self) {
        let sites: Vec<SiteId> = self.monitors.keys().cloned().collect();
        for site in sites {
            self.begin_site(&site, self.reached, None);
        }
    }

    /// A site begins once: with this input, if that is an activation of its own.
    fn begin_site(&mut self, site: &SiteId, now: Timestamp, input: Option<&Input>) {
        let Some(monitor) = self.monitors.get(site) else { return };
        if !self.begun.insert(site.clone()) {
            return;
        }
        if !matches!(input, Some(Input::ConfigurationActivated { .. })) {
            let activated = monitor.configuration().activation();
            self.step(site, now, &activated);
        }
    }

    fn message(&mut self, topic: &str, payload: &[u8], now: Timestamp, retained: bool) {
        self.counts.messages += 1;
        let packet = Packet::new(topic, payload, now, (retained, false));
        match decode_caught(&self.directory, &packet) {
            Ok(Heard::Message(decoded)) => {
                self.decoded(decoded);
            }
            Ok(Heard::Several(all)) => self.several(all),
            Ok(Heard::Shown(shown)) => self.shown(shown),
            Ok(Heard::Ignored(ignored)) => {
                *self.counts.ignored_by_reason.entry(ignored.code()).or_default() += 1;
            }
            Err(refused) => self.dead(refused.reason.code()),
        }
    }

    fn several(&mut self, all: Vec<Decoded>) {
        let mut taken = false;
        for decoded in all {
            if taken || !decoded.follows {
                taken = self.decoded(decoded);
            }
        }
    }

    /// Whether it was taken, and is nobody's and no repetition.
    fn decoded(&mut self, decoded: Decoded) -> bool {
        let Some(monitor) = self.monitors.get(&decoded.site) else {
            self.dead(UNKNOWN_SITE);
            return false;
        };
        if !monitor.knows(&decoded.message.device) {
            self.dead("unknown-device");
            return false;
        }
        if monitor.has_seen(&decoded.message) {
            self.counts.duplicates += 1;
            return false;
        }
        let now = decoded.message.received_at;
        self.step(&decoded.site, now, &Input::Message(decoded.message));
        true
    }

    fn shown(&mut self, shown: Shown) {
        let Shown { site, sign, epoch, show, received_at } = shown;
        match self.monitors.get(&site).is_some_and(|monitor| monitor.has_sign(&sign)) {
            true => self.step(&site, received_at, &Input::SignShown { sign, epoch, show }),
            false => self.dead("unknown-sign"),
        }
    }

    fn dead(&mut self, reason: &'static str) {
        self.counts.dead_letters += 1;
        *self.counts.dead_by_reason.entry(reason).or_default() += 1;
    }

    fn input(&mut self, now: Timestamp, text: &str) {
        self.counts.inputs += 1;
        match serde_json::from_str::<Recorded>(text) {
            Ok(Recorded { site, input }) => self.step(&site, now, &input),
            Err(_) => self.dead("unknown-input"),
        }
    }

    /// Takes an input as the log of a service has it.
    fn log(&mut self, site: &SiteId, now: Timestamp, input: &Input) {
        self.counts.inputs += 1;
        self.reached = self.reached.max(now);
        self.began = self.began.or(Some(now));
        self.step(site, now, input);
    }

    fn step(&mut self, site: &SiteId, now: Timestamp, input: &Input) {
        self.begin_site(site, now, Some(input));
        let Some(monitor) = self.monitors.get_mut(site) else {
            return self.dead(UNKNOWN_SITE);
        };
        let until = monitor.wakes_until(now, input).min(self.after);
        while let Some(wake_at) = monitor.wake_at().filter(|wake| *wake <= until) {
            let step = monitor.step(wake_at, &Input::Wake);
            self.counts.wakes += 1;
            self.ledger.take(&step);
            answer(monitor, &step, &mut self.ledger);
        }
        let step = monitor.step(now, input);
        self.ledger.take(&step);
        answer(monitor, &step, &mut self.ledger);
    }

    /// The span from the first line to the last.
    #[must_use]
    pub fn span(&self) -> SignedDuration {
        self.began.map_or(SignedDuration::ZERO, |began| between(began, self.reached))
    }

    /// Steps what is due by the last line, of every site.
    #[must_use]
    pub fn finish(mut self) -> (Ledger, Counts) {
        for monitor in self.monitors.values_mut() {
            while let Some(wake_at) = monitor.wake_at().filter(|wake| *wake <= self.reached) {
                let step = monitor.step(wake_at, &Input::Wake);
                self.counts.wakes += 1;
                self.ledger.take(&step);
                answer(monitor, &step, &mut self.ledger);
            }
        }
        (self.ledger, self.counts)
    }
}

/// Nobody waits in a replay: better signs that a step wants are found at once, with the budget
/// that a service has too.
fn answer(monitor: &mut Monitor, step: &Step, ledger: &mut Ledger) {
    let wants = |effect: &Effect| matches!(effect, Effect::PlanWanted { .. });
    if step.effects.iter().any(wants)
        && let Some(wanted) = monitor.wanted()
    {
        ledger.take(&monitor.step(step.step_at, &wanted.answer()));
    }
}
