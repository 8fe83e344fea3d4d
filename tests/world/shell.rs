//! The run loop's rules without its waiting: duplicates first, then every deadline that is due,
//! then the input; and everything that happened in a log.

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::domain::Input;
use jikimi::domain::time::Timestamp;
use jikimi::monitor::{Configuration, Effect, Monitor, Part, Step};

use super::Ledger;

/// One line of the input log, with what it caused.
#[derive(Debug, Clone)]
pub struct Logged {
    pub position: u64,
    pub step_at: Timestamp,
    pub input: Input,
    pub effects: Vec<Effect>,
}

/// What is learnt, as it stands in the snapshot tables.
#[derive(Debug, Clone)]
pub struct Snapshot {
    position: u64,
    step_at: Timestamp,
    parts: BTreeMap<String, String>,
}

/// One site's monitor with its log and its rows.
pub struct Shell {
    pub monitor: Monitor,
    pub log: Vec<Logged>,
    pub ledger: Ledger,
    snapshot: Option<Snapshot>,
}

impl Shell {
    pub fn new(configuration: Arc<Configuration>) -> Self {
        let monitor = Monitor::new(configuration);
        Self { monitor, log: Vec::new(), ledger: Ledger::default(), snapshot: None }
    }

    /// Takes an input at `now`, after every deadline due by then. False if it is a message that
    /// has come before.
    pub fn take(&mut self, now: Timestamp, input: &Input) -> bool {
        if let Input::Message(message) = input
            && self.monitor.has_seen(message)
        {
            return false;
        }
        self.wake_until(self.monitor.wakes_until(now, input));
        self.step(now, input);
        true
    }

    /// Steps every deadline that is not after `until`, each at its own moment.
    pub fn wake_until(&mut self, until: Timestamp) {
        let begun = self.log.len();
        while let Some(wake) = self.monitor.wake_at().filter(|wake| *wake <= until) {
            self.step(wake, &Input::Wake);
            assert!(self.log.len() < begun + 10_000, "a deadline comes again and again");
        }
    }

    pub fn step(&mut self, now: Timestamp, input: &Input) {
        let step = self.monitor.step(now, input);
        self.keep(step, input.clone());
    }

    fn keep(&mut self, step: Step, input: Input) {
        let Step { position, step_at, effects, .. } = step;
        let last = self.log.last().map(|logged| (logged.position, logged.step_at));
        let (before, earlier) = last.unwrap_or((0, step_at));
        assert_eq!(position, before + 1, "positions follow each other");
        assert!(step_at >= earlier, "time goes back at position {position}");
        self.ledger.take(step_at, &effects);
        self.log.push(Logged { position, step_at, input, effects });
    }

    pub fn take_snapshot(&mut self) {
        self.snapshot = Some(Snapshot::of(&self.monitor));
    }

    /// Throws the monitor away and brings it back from snapshot, log and rows.
    pub fn rebuild(&mut self) {
        let configuration = Arc::clone(self.monitor.configuration());
        self.monitor = rebuilt(configuration, self.snapshot.as_ref(), &self.log, &self.ledger);
    }
}

impl Snapshot {
    pub fn of(monitor: &Monitor) -> Self {
        let parts = monitor.parts();
        let parts = parts.iter().map(|(home, part)| {
            (home.clone(), serde_json::to_string(part).expect("a part is JSON"))
        });
        let parts = parts.collect();
        Self { position: monitor.position(), step_at: monitor.step_at(), parts }
    }

    /// The parts as they are read back.
    pub fn parts(&self) -> Vec<Part> {
        let parts = self.parts.values();
        parts.map(|part| serde_json::from_str(part).expect("a part reads back")).collect()
    }
}

/// A monitor as of the end of `log`, the way a start brings it back.
pub fn rebuilt(
    configuration: Arc<Configuration>,
    snapshot: Option<&Snapshot>,
    log: &[Logged],
    ledger: &Ledger,
) -> Monitor {
    let mut monitor = Monitor::new(configuration);
    if let Some(snapshot) = snapshot {
        monitor.restore(snapshot.position, snapshot.step_at, snapshot.parts());
    }
    let known = monitor.position();
    for line in log.iter().filter(|line| line.position > known) {
        // The log keeps inputs as text.
        let text = serde_json::to_string(&line.input).expect("an input is JSON");
        let input = serde_json::from_str(&text).expect("an input reads back");
        assert_eq!(line.input, input, "an input changes on its way through the log");
        monitor.replay(line.position, line.step_at, &input);
    }
    for incident in ledger.incidents() {
        monitor.load(incident);
    }
    monitor.load_silences(ledger.silences.values().cloned().collect(), ledger.silence_count);
    let (planned, sent) = ledger.signs.rows();
    monitor.load_signs(planned, sent);
    let held = ledger.orders.iter().filter(|(_, (_, holds))| *holds);
    let held = held.map(|(switch, (order, _))| (switch.clone(), order.clone()));
    let last = ledger.orders.values().map(|(order, _)| order.epoch).max().unwrap_or_default();
    monitor.load_switches(held.collect::<Vec<_>>(), last);
    monitor.load_households(ledger.households.clone());
    monitor
}
