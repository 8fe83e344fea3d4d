//! Random recordings: many devices with good and bad clocks, repetitions, people, and time in
//! which nobody looked.

use std::collections::{BTreeMap, VecDeque};

use jikimi::domain::household::{Absence, Because, Change, Consent, Reason, Visit};
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{
    Action, Command, Content, Input, LostBecause, Message, MessageKey, Outcome, Quantity, Unit,
    Value,
};
use jikimi::incident::IncidentId;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::world::{Shell, at_ms, guided, judge_time, laddered, message};

const RULE_IDS: &[&str] = &[
    "agree",
    "smoke",
    "smoke-alarm",
    "heat",
    "rise",
    "sos",
    "silent",
    "away-pir",
    "stuck",
    "gas-steps",
    "dark",
    "signs",
];

/// Device, quantity, and values from quiet to loud.
const READS: &[(&str, Quantity, &[f64])] = &[
    ("smoke-hall", Quantity::Smoke, &[0.0, 3.0, 6.0]),
    ("smoke-hall-b", Quantity::Smoke, &[0.0, 3.0, 6.0]),
    ("smoke-gallery", Quantity::Smoke, &[0.0, 3.0, 6.0]),
    ("smoke-hall", Quantity::SmokeAlarm, &[0.0, 1.0]),
    ("smoke-gallery", Quantity::SmokeAlarm, &[0.0, 1.0]),
    ("heat-hall", Quantity::Temperature, &[20.0, 28.1, 36.7, 52.0, 60.0, 90.0]),
    ("heat-store", Quantity::Temperature, &[20.0, 28.1, 36.7, 52.0, 60.0, 90.0]),
    ("heat-h0101", Quantity::Temperature, &[20.0, 60.0]),
    ("panel-hall", Quantity::PanelFault, &[0.0, 1.0]),
    ("sos-h0101", Quantity::Sos, &[0.0, 1.0]),
    ("sos-h0102", Quantity::Sos, &[0.0, 1.0]),
    ("gas-kitchen", Quantity::Gas, &[0.0, 12.0, 40.0]),
    ("co-hall", Quantity::Co, &[0.0, 60.0, 400.0]),
    ("pit-kitchen", Quantity::WaterLevel, &[0.0, 6.0, 9.0, 20.0]),
    ("power-hall", Quantity::Mains, &[1.0, 0.0]),
    ("power-gallery", Quantity::Mains, &[1.0, 0.0]),
    ("heat-store", Quantity::Temperature, &[20.0, -127.0, 3276.7]),
    ("panel-hall", Quantity::PanelAlarm, &[0.0, 1.0]),
    ("power-store", Quantity::Mains, &[1.0, 0.0]),
    ("pir-h0001", Quantity::Motion, &[0.0, 1.0, 1.0, 1.0]),
    ("pir-h0001", Quantity::Motion, &[1.0]),
    ("exit-h0001", Quantity::Contact, &[0.0, 1.0]),
    ("pir-h0002", Quantity::Motion, &[0.0, 1.0]),
    ("exit-h0002", Quantity::Contact, &[0.0, 1.0]),
    ("gw-main", Quantity::Tamper, &[0.0]),
];

/// What a device's own clock says of a message.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Right,
    Missing,
    BehindBy { ms: i64 },
    Of1970,
    Of2099,
}

#[derive(Debug, Clone, Copy)]
enum Named {
    ById,
    ByCounter,
    ByContent,
    NotAtAll,
}

#[derive(Debug, Clone)]
enum Act {
    Message {
        reads: usize,
        value: usize,
        clock: Clock,
        named: Named,
        retained: bool,
        back_ms: i64,
    },
    /// A delivery comes once more.
    Again {
        back: usize,
    },
    Status {
        reads: usize,
        online: bool,
    },
    Acknowledge {
        which: usize,
    },
    Resolve {
        which: usize,
        outcome: usize,
    },
    Lost {
        because: usize,
    },
    Regained,
    CaughtUp,
    Quarantine {
        rule: usize,
        reads: usize,
    },
    Activate,
    /// Something of a household, or of one that is not there.
    Household {
        home: usize,
        household: usize,
        change: usize,
    },
    /// A sign says that it shows what it was told so many tellings ago.
    Shown {
        back: usize,
    },
    /// Somebody works on an incident, or on the site.
    Work {
        how: usize,
        which: usize,
        what: usize,
    },
    /// Nothing comes, and whatever is due is stepped.
    Idle,
}

/// What is to happen, and how long after what happened before.
#[derive(Debug, Clone)]
pub struct Recording(Vec<(i64, Act)>);

pub fn recordings(length: usize) -> impl Strategy<Value = Recording> {
    vec((pause(), act()), length / 2..length).prop_map(Recording)
}

/// What several devices send in one moment, again and again.
#[derive(Debug, Clone)]
pub struct Bursts(Vec<Vec<Sent>>);

#[derive(Debug, Clone)]
struct Sent {
    reads: usize,
    value: usize,
    /// Of the message, at its receipt.
    age_ms: i64,
    /// Decides who overtakes whom.
    hurry: u32,
}

pub fn bursts() -> impl Strategy<Value = Bursts> {
    let sent = (0..READS.len(), 0..6_usize, 0..59_000_i64, any::<u32>())
        .prop_map(|(reads, value, age_ms, hurry)| Sent { reads, value, age_ms, hurry });
    vec(vec(sent, 1..12), 1..8).prop_map(Bursts)
}

impl Bursts {
    /// As it was measured, oldest first.
    pub fn in_order(&self) -> Recording {
        self.sent(|burst| burst)
    }

    /// Each device in its order, but devices overtaking each other.
    pub fn interleaved(&self) -> Recording {
        self.sent(|burst| {
            let mut queues: BTreeMap<&str, VecDeque<Sent>> = BTreeMap::new();
            for sent in burst {
                queues.entry(READS[sent.reads].0).or_default().push_back(sent);
            }
            let mut mixed = Vec::new();
            while let Some(next) = queues.values_mut().max_by_key(|q| q.front().map(|s| s.hurry)) {
                mixed.extend(next.pop_front());
                queues.retain(|_, queue| !queue.is_empty());
            }
            mixed
        })
    }

    fn sent(&self, order: impl Fn(Vec<Sent>) -> Vec<Sent>) -> Recording {
        let mut acts = Vec::new();
        for burst in &self.0 {
            let mut burst = burst.clone();
            burst.sort_by_key(|sent| std::cmp::Reverse(sent.age_ms));
            // Longer than any hold and than the lateness limit.
            acts.push((600_000, Act::Idle));
            acts.extend(order(burst).into_iter().map(|Sent { reads, value, age_ms, .. }| {
                let (clock, named) = (Clock::BehindBy { ms: age_ms }, Named::ById);
                (0, Act::Message { reads, value, clock, named, retained: false, back_ms: 0 })
            }));
        }
        acts.push((600_000, Act::Idle));
        Recording(acts)
    }
}

fn pause() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => Just(0_i64),
        6 => 1..4_000_i64,
        4 => 4_000..40_000_i64,
        1 => 200_000..400_000_i64,
    ]
}

fn clock() -> impl Strategy<Value = Clock> {
    prop_oneof![
        12 => Just(Clock::Right),
        2 => Just(Clock::Missing),
        4 => (0..100_000_i64).prop_map(|ms| Clock::BehindBy { ms }),
        2 => Just(Clock::BehindBy { ms: 3_600_000 }),
        1 => (600_000..1_000_000_i64).prop_map(|ms| Clock::BehindBy { ms }),
        1 => Just(Clock::Of1970),
        1 => Just(Clock::Of2099),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let named = prop_oneof![
        4 => Just(Named::ById), 1 => Just(Named::ByCounter),
        1 => Just(Named::ByContent), 1 => Just(Named::NotAtAll),
    ];
    let back = prop_oneof![8 => Just(0_i64), 1 => 1..3_000_i64];
    let message = (0..READS.len(), 0..6_usize, clock(), named, prop::bool::weighted(0.05), back);
    prop_oneof![
        40 => message.prop_map(|(reads, value, clock, named, retained, back_ms)| {
            Act::Message { reads, value, clock, named, retained, back_ms }
        }),
        4 => (0..20_usize).prop_map(|back| Act::Again { back }),
        1 => (0..READS.len(), any::<bool>()).prop_map(|(reads, online)| {
            Act::Status { reads, online }
        }),
        2 => any::<usize>().prop_map(|which| Act::Acknowledge { which }),
        2 => (any::<usize>(), 0..4_usize).prop_map(|(which, outcome)| {
            Act::Resolve { which, outcome }
        }),
        1 => (0..3_usize).prop_map(|because| Act::Lost { because }),
        2 => Just(Act::Regained),
        2 => Just(Act::CaughtUp),
        1 => (0..RULE_IDS.len() * 8, 0..READS.len()).prop_map(|(rule, reads)| {
            Act::Quarantine { rule, reads }
        }),
        1 => Just(Act::Activate),
        6 => (0..12_usize).prop_map(|back| Act::Shown { back }),
        6 => (0..2_usize, 0..3_usize, 0..12_usize).prop_map(|(home, household, change)| {
            Act::Household { home, household, change }
        }),
        8 => (0..12_usize, any::<usize>(), any::<usize>()).prop_map(|(how, which, what)| {
            Act::Work { how, which, what }
        }),
        6 => Just(Act::Idle),
    ]
}

/// A recording that has been lived through.
pub struct Living {
    pub shell: Shell,
    /// Up to when deadlines have been stepped.
    pub now: Timestamp,
    /// Everything that was put in, with its moment: with repetitions, without deadlines.
    pub inputs: Vec<(Timestamp, Input)>,
    /// Nothing received before this comes any more.
    looked_at: Timestamp,
    received: Vec<Message>,
}

impl Recording {
    /// The whole of it, through the run loop's rules.
    pub fn lived(&self, rules: &str) -> Living {
        let mut living = Living {
            shell: Shell::new(laddered(&guided(rules))),
            now: at_ms(0),
            inputs: Vec::new(),
            looked_at: at_ms(0),
            received: Vec::new(),
        };
        let activated = living.shell.monitor.configuration().activation();
        living.take(living.now, activated);
        for (pause_ms, act) in &self.0 {
            let before = living.now;
            living.now += SignedDuration::from_millis(*pause_ms);
            living.act(before, act);
        }
        living.shell.wake_until(living.now);
        living
    }
}

impl Living {
    /// Every other time one rule is new, and its detectors start empty.
    fn activate(&mut self, now: Timestamp) {
        let mut activated = self.shell.monitor.configuration().activation();
        if let Input::ConfigurationActivated { rules, .. } = &mut activated
            && self.inputs.len().is_multiple_of(2)
        {
            rules.pop_first();
        }
        self.take(now, activated);
    }

    pub(super) fn take(&mut self, now: Timestamp, input: Input) {
        self.shell.take(now, &input);
        self.inputs.push((now, input));
    }

    fn act(&mut self, before: Timestamp, act: &Act) {
        let now = self.now;
        match act {
            Act::Idle => {
                self.shell.wake_until(now);
                self.looked_at = now;
            }
            Act::Message { back_ms, .. } => {
                let received_at = now - SignedDuration::from_millis(*back_ms);
                self.receive(received_at.max(self.looked_at), act);
            }
            Act::Again { back } => {
                let index = self.received.len().checked_sub(back + 1);
                let Some(message) = index.map(|index| &self.received[index]) else { return };
                let again = Message { received_at: now, repeated: true, ..message.clone() };
                self.take(now, Input::Message(again));
            }
            Act::Lost { because } => {
                // jikimi stood still or died after its last step, or sees the broker go.
                let (because, from) = match because {
                    0 => (LostBecause::BrokerAway, now),
                    1 => (LostBecause::ClockStepped, before),
                    _ => (LostBecause::ProcessDown, self.shell.monitor.step_at()),
                };
                self.take(now, Input::WatchLost { because, from });
            }
            Act::Regained | Act::CaughtUp => {
                let regained = matches!(act, Act::Regained);
                let input = if regained { Input::WatchRegained } else { Input::CaughtUp };
                if self.shell.monitor.heeds(&input) {
                    self.take(now, input);
                }
            }
            Act::Quarantine { rule, reads } => {
                // One in eight, or soon nothing would be left to watch.
                let Some(rule) = RULE_IDS.get(*rule) else { return };
                let (rule, source) = (rule.parse().unwrap(), READS[*reads].0.to_owned());
                self.take(now, Input::Quarantined { rule, source });
            }
            Act::Shown { back } => {
                let told = &self.shell.ledger.signs.told;
                let Some(sent) = told.iter().rev().nth(*back) else { return };
                let (sign, epoch, show) = (sent.sign.clone(), sent.told.epoch, sent.told.show);
                self.take(now, Input::SignShown { sign, epoch, show });
            }
            Act::Household { home, household, change } => {
                let home = ["h0101", "h0102"][*home].parse().unwrap();
                let change = a_change(*change, now);
                // Usually the one that lives there.
                let lives = self.shell.ledger.households.get(&home).map(|of| of.id.clone());
                let lives = lives.filter(|_| *household > 0);
                let household = lives.unwrap_or_else(|| self.name().parse().unwrap());
                self.command(Action::Household { home, household, change });
            }
            Act::Activate => self.activate(now),
            Act::Work { how, which, what } => self.work(*how, *which, *what),
            Act::Status { reads, online } => {
                let content = Content::Status { online: *online };
                let message = message(READS[*reads].0, now, self.name(), content);
                self.take(now, Input::Message(message));
            }
            Act::Acknowledge { .. } | Act::Resolve { .. } => self.answers_for(act),
        }
    }

    fn answers_for(&mut self, act: &Act) {
        match act {
            Act::Acknowledge { which } => {
                let incident = self.incident(*which);
                self.command(Action::Acknowledge { incident });
            }
            Act::Resolve { which, outcome } => {
                let incident = self.incident(*which);
                if *outcome == 3 {
                    return self.finds_away(incident);
                }
                let outcome = [Outcome::Real, Outcome::Dust, Outcome::Restored][*outcome];
                self.command(Action::Resolve { incident, outcome, note: None });
            }
            _ => {}
        }
    }

    /// Whoever lives where the incident is, or nobody, is found to be in hospital for a while.
    fn finds_away(&mut self, incident: IncidentId) {
        let home: jikimi::domain::HomeId = incident.place.as_str().parse().unwrap();
        let lives = self.shell.ledger.households.get(&home).map(|of| of.id.clone());
        let household = lives.unwrap_or_else(|| self.name().parse().unwrap());
        let until = Some(self.now + SignedDuration::from_secs(600));
        let (reason, note) = (Reason::Hospital, None);
        self.command(Action::FoundAway { incident, household, until, reason, note });
    }

    /// What the next message is called.
    fn name(&self) -> String {
        format!("message-{}", self.inputs.len())
    }

    /// Some incident that there was, or one that there never was.
    pub(super) fn incident(&self, which: usize) -> IncidentId {
        let rows = &self.shell.ledger.rows;
        let known = rows.keys().nth(which % (rows.len() + 1)).cloned();
        known.unwrap_or_else(|| "center/flood/main/1".parse().unwrap())
    }

    pub(super) fn command(&mut self, action: Action) {
        let (key, actor) = (format!("key-{}", self.inputs.len()), "local".to_owned());
        self.take(self.now, Input::Command(Command { key, actor, action }));
    }

    fn receive(&mut self, received_at: Timestamp, act: &Act) {
        let Act::Message { reads, value, clock, named, retained, .. } = act else { return };
        let (device, quantity, values) = READS[*reads];
        let value_said = said(quantity, values[value % values.len()]);
        let content = Content::Readings(vec![(quantity, value_said)]);
        let mut message = message(device, received_at, self.name(), content);
        message.retained = *retained;
        message.claimed_at = match clock {
            Clock::Right => Some(received_at),
            Clock::Missing => None,
            Clock::BehindBy { ms } => Some(received_at - SignedDuration::from_millis(*ms)),
            Clock::Of1970 => Some(Timestamp::from_second(60).unwrap()),
            Clock::Of2099 => Some("2099-01-01T00:00:00Z".parse().unwrap()),
        };
        judge_time(&mut message);
        let number = self.inputs.len() as u64;
        match named {
            Named::ById => {}
            Named::ByCounter => {
                message.key = MessageKey::Sequence { seq: number, at: message.claimed_at };
            }
            Named::ByContent => message.key = MessageKey::Content(number * 7919),
            Named::NotAtAll => message.key = MessageKey::Anonymous(*value as u64),
        }
        self.received.push(message.clone());
        self.take(received_at, Input::Message(message));
    }
}

fn said(quantity: Quantity, number: f64) -> Value {
    match quantity.unit() {
        Unit::Flag => Value::Flag(number > 0.5),
        _ => Value::Number(number),
    }
}

/// One of everything that may be said of a household; some of it cannot be taken.
fn a_change(which: usize, now: Timestamp) -> Change {
    let later = |seconds| now + SignedDuration::from_secs(seconds);
    let absence = |from, until| Absence { from, until, reason: Reason::Trip };
    match which {
        0 | 1 => Change::MoveIn { since: now },
        2 => Change::MoveOut,
        3 => Change::Consent(Consent { monitoring: true, night: false }),
        4 => Change::NeedsHelpToLeave(true),
        5 => Change::Leave(absence(now, None)),
        6 => Change::Leave(absence(later(3), Some(later(20)))),
        7 => Change::Return(Because::Said),
        8 => Change::Visit(Visit { from: later(-3), until: later(5) }),
        9 => Change::VisitEnd,
        10 => Change::WalkTestStart,
        _ => Change::WalkTestFinish,
    }
}
