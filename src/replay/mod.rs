//! The same engine on a recording, as fast as it goes.
//!
//! A recording holds no deadlines, so they are derived by the shell's own rule with the line's
//! moment of receipt for now: everything due by then comes first, each at its own moment. Lines
//! that go back in time are taken at the last moment reached, and counted. Nothing is stored.

mod judge;
mod ledger;

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi_sim::recording::{Content, Line};
use serde::Deserialize;

use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{Input, SiteId};
use crate::ingest::decode::decode_caught;
use crate::ingest::{Decoded, Heard, Shown};
use crate::monitor::{Configuration, Monitor};
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
    /// Lines that were received before the one above them.
    pub went_back: u64,
    /// Deadlines stepped.
    pub wakes: u64,
}

const UNKNOWN_SITE: &str = "unknown-site";

/// All sites of a configuration, fed from a recording.
pub struct Replay {
    monitors: BTreeMap<SiteId, Monitor>,
    ledger: Ledger,
    counts: Counts,
    began: Option<Timestamp>,
    reached: Timestamp,
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
            ledger: Ledger::default(),
            counts: Counts::default(),
            began: None,
            reached: Timestamp::MIN,
        }
    }

    /// Takes one line.
    pub fn take(&mut self, line: &Line) {
        self.counts.lines += 1;
        self.counts.went_back += u64::from(line.received_at < self.reached);
        self.reached = self.reached.max(line.received_at);
        if self.began.is_none() {
            self.began = Some(self.reached);
            self.begin();
        }
        match &line.content {
            Content::Message { topic, payload, retained } => {
                self.message(topic, payload, *retained);
            }
            Content::Input(input) => self.input(input.get()),
        }
    }

    /// With the first line the configuration holds, and whoever is silent from here on is silent.
    fn begin(&mut self) {
        let activation = |(site, monitor): (&SiteId, &Monitor)| {
            (site.clone(), monitor.configuration().activation())
        };
        let sites: Vec<(SiteId, Input)> = self.monitors.iter().map(activation).collect();
        for (site, activated) in sites {
            self.step(&site, &activated);
        }
    }

    fn message(&mut self, topic: &str, payload: &[u8], retained: bool) {
        self.counts.messages += 1;
        match decode_caught(topic, payload, self.reached, retained, false) {
            Ok(Heard::Message(decoded)) => self.decoded(decoded),
            Ok(Heard::Shown(shown)) => self.shown(shown),
            Err(refused) => self.dead(refused.reason.code()),
        }
    }

    fn decoded(&mut self, decoded: Decoded) {
        let Some(monitor) = self.monitors.get(&decoded.site) else {
            return self.dead(UNKNOWN_SITE);
        };
        if !monitor.knows(&decoded.message.device) {
            self.dead("unknown-device");
        } else if monitor.has_seen(&decoded.message) {
            self.counts.duplicates += 1;
        } else {
            self.step(&decoded.site, &Input::Message(decoded.message));
        }
    }

    fn shown(&mut self, shown: Shown) {
        let Shown { site, sign, epoch, show, .. } = shown;
        match self.monitors.get(&site).is_some_and(|monitor| monitor.has_sign(&sign)) {
            true => self.step(&site, &Input::SignShown { sign, epoch, show }),
            false => self.dead("unknown-sign"),
        }
    }

    fn dead(&mut self, reason: &'static str) {
        self.counts.dead_letters += 1;
        *self.counts.dead_by_reason.entry(reason).or_default() += 1;
    }

    fn input(&mut self, text: &str) {
        self.counts.inputs += 1;
        match serde_json::from_str::<Recorded>(text) {
            Ok(Recorded { site, input }) => self.step(&site, &input),
            Err(_) => self.dead("unknown-input"),
        }
    }

    fn step(&mut self, site: &SiteId, input: &Input) {
        let Some(monitor) = self.monitors.get_mut(site) else {
            return self.dead(UNKNOWN_SITE);
        };
        let until = monitor.wakes_until(self.reached, input);
        while let Some(wake_at) = monitor.wake_at().filter(|wake| *wake <= until) {
            let step = monitor.step(wake_at, &Input::Wake);
            self.counts.wakes += 1;
            self.ledger.take(&step);
        }
        let step = monitor.step(self.reached, input);
        self.ledger.take(&step);
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
            }
        }
        (self.ledger, self.counts)
    }
}
