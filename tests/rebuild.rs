//! A monitor that is brought back is the monitor that was lost: at every position of a long
//! random recording, from a snapshot at any earlier one.
//!
//! A failure prints the seed and the smallest recording that still fails; `JIKIMI_SEED=…` brings
//! the same recordings again.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod world;

mod rebuild {
    pub mod order;
    pub mod recording;
    pub mod rules;
    mod work;
}

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{Input, Message, MessageKey};
use jikimi::incident::{Cause, Contribution, IncidentId};
use jikimi::monitor::{Configuration, Detail, Effect, Monitor, Part};
use proptest::strategy::Strategy;
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestCaseResult, TestRunner};
use proptest::{prop_assert, prop_assert_eq};

use rebuild::recording::{bursts, recordings};
use rebuild::rules::{AGREE, ALONE, FAULTS, HOMES};
use world::{Ledger, Logged, Shell, Snapshot, StepRow, guided, laddered, rebuilt};

/// All rules but those that know how somebody lives.
fn rules() -> String {
    [AGREE, ALONE, FAULTS].concat()
}

/// All rules.
fn all_rules() -> String {
    [rules().as_str(), HOMES].concat()
}

fn configured(rules: &str) -> Arc<Configuration> {
    laddered(&guided(rules))
}

/// Runs a property over generated values, from a seed that a failure prints.
fn for_all<S: Strategy>(cases: u32, strategy: &S, holds: impl Fn(S::Value) -> TestCaseResult) {
    let seed = std::env::var("JIKIMI_SEED").ok().and_then(|text| text.parse().ok());
    let seed = seed
        .unwrap_or_else(|| std::collections::hash_map::RandomState::new().build_hasher().finish());
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 400,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    if let Err(failure) = TestRunner::new(config).run(strategy, holds) {
        panic!("JIKIMI_SEED={seed}\n{failure}");
    }
}

/// A monitor's whole life: what it was at each position, from the empty one on.
struct Life {
    rules: String,
    log: Vec<Logged>,
    moments: Vec<Moment>,
}

struct Moment {
    snapshot: Snapshot,
    parts: BTreeMap<String, Part>,
    wake_at: Option<Timestamp>,
    /// Where the signs may be sending people.
    may_lead: BTreeSet<(String, String)>,
    ledger: Ledger,
}

impl Life {
    /// Lives through a log again, without a break.
    fn of(log: Vec<Logged>, rules: String) -> Self {
        let mut shell = Shell::new(configured(&rules));
        let mut moments = vec![Moment::of(&shell)];
        for line in &log {
            shell.step(line.step_at, &line.input);
            moments.push(Moment::of(&shell));
        }
        Self { rules, log, moments }
    }
}

impl Moment {
    fn of(shell: &Shell) -> Self {
        Self {
            snapshot: Snapshot::of(&shell.monitor),
            parts: shell.monitor.parts(),
            wake_at: shell.monitor.wake_at(),
            may_lead: may_lead(&shell.monitor),
            ledger: shell.ledger.clone(),
        }
    }
}

fn may_lead(monitor: &Monitor) -> BTreeSet<(String, String)> {
    let may = monitor.board().may_lead();
    may.map(|(from, to)| (from.to_string(), to.to_string())).collect()
}

/// A position at or before `position`: usually near, at times far, at times the very start.
fn earlier(position: usize, salt: u64) -> usize {
    let mixed = (position as u64 ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    let reach = if mixed.is_multiple_of(16) { position } else { position.min(40) };
    position - usize::try_from(mixed >> 4).unwrap_or(0) % (reach + 1)
}

/// Brings the monitor back as of `position` and compares it with the one that was never lost.
fn comes_back(life: &Life, from: usize, position: usize) -> TestCaseResult {
    let moment = &life.moments[position];
    let snapshot = (from > 0).then(|| &life.moments[from].snapshot);
    let tail = &life.log[from..position];
    let mut monitor = rebuilt(configured(&life.rules), snapshot, tail, &moment.ledger);
    prop_assert!(monitor.parts() == moment.parts, "what is learnt, {} to {}", from, position);
    prop_assert_eq!(monitor.wake_at(), moment.wake_at, "the deadline, {} to {}", from, position);
    prop_assert_eq!(may_lead(&monitor), moment.may_lead.clone(), "{} to {}", from, position);
    for line in life.log.iter().skip(position).take(5) {
        let step = monitor.step(line.step_at, &line.input);
        prop_assert_eq!(
            (step.position, step.step_at, &step.effects),
            (line.position, line.step_at, &line.effects),
            "position {} after coming back at {}",
            line.position,
            position
        );
    }
    Ok(())
}

/// Of so many recordings of this length.
fn comes_back_everywhere(cases: u32, length: usize, rules: &str) {
    for_all(cases, &(recordings(length), proptest::num::u64::ANY), |(recording, salt)| {
        let life = Life::of(recording.lived(rules).shell.log, rules.to_owned());
        for position in 0..=life.log.len() {
            comes_back(&life, earlier(position, salt), position)?;
        }
        Ok(())
    });
}

#[test]
fn at_every_position_a_monitor_comes_back_as_it_was() {
    comes_back_everywhere(6, 500, &rules());
}

#[test]
fn a_home_that_is_known_comes_back_as_it_was() {
    comes_back_everywhere(3, 100, &all_rules());
}

#[test]
fn a_log_says_the_same_when_it_is_stepped_again() {
    for_all(16, &recordings(500), |recording| {
        let shell = recording.lived(&all_rules()).shell;
        let mut again = Shell::new(configured(&all_rules()));
        for line in &shell.log {
            again.step(line.step_at, &line.input);
        }
        prop_assert_eq!(said(&again), said(&shell));
        Ok(())
    });
}

#[test]
fn deadlines_derived_from_a_recording_are_those_of_the_log() {
    for_all(32, &recordings(500), |recording| {
        let live = recording.lived(&all_rules());
        let mut replayed = Shell::new(configured(&all_rules()));
        for (now, input) in &live.inputs {
            replayed.take(*now, input);
        }
        replayed.wake_until(live.now);
        let live = live.shell;
        prop_assert_eq!(said(&replayed), said(&live));
        prop_assert!(replayed.ledger == live.ledger, "the same incidents");
        prop_assert!(replayed.monitor.parts() == live.monitor.parts(), "the same memory");
        Ok(())
    });
}

/// Position, moment, kind of input and effects of a whole log.
fn said(shell: &Shell) -> Vec<(u64, Timestamp, &'static str, &[Effect])> {
    let lines = shell.log.iter();
    lines.map(|l| (l.position, l.step_at, l.input.kind(), l.effects.as_slice())).collect()
}

#[test]
fn a_key_has_one_open_incident_at_a_time_and_its_numbers_follow_each_other() {
    // The ledger refuses a second open incident and a number out of turn as it takes each effect.
    for_all(32, &recordings(500), |recording| {
        let shell = recording.lived(&rules()).shell;
        let mut opened: BTreeMap<(String, String), Vec<u32>> = BTreeMap::new();
        for effect in shell.log.iter().flat_map(|line| &line.effects) {
            if let Effect::Opened { incident: IncidentId { kind, place, n, .. }, .. } = effect {
                opened.entry((kind.to_string(), place.to_string())).or_default().push(*n);
            }
        }
        for numbers in opened.values() {
            let expected: Vec<u32> = (1..).take(numbers.len()).collect();
            prop_assert_eq!(numbers, &expected);
        }
        // Sorted: a drill stands behind what is real, whatever their numbers.
        let mut open: Vec<&IncidentId> = shell.monitor.open().map(|of| &of.id).collect();
        open.sort();
        let unresolved = shell.ledger.incidents().into_iter();
        let unresolved = unresolved.filter(|i| i.state != jikimi::incident::State::Resolved);
        let unresolved: Vec<IncidentId> = unresolved.map(|incident| incident.id).collect();
        // Whatever has come and gone: an incident is as bad as the worst of what stands, or of what
        // stood five minutes ago.
        let now = shell.log.last().map(|line| line.step_at);
        for incident in shell.monitor.open().filter(|_| shell.monitor.is_looking()) {
            let since = incident.ended.zip(now);
            let waits = since.is_none_or(|(ended, now)| now.duration_since(ended).as_secs() < 300);
            prop_assert!(waits || incident.left().is_none(), "{}", incident.id);
        }
        prop_assert_eq!(open, unresolved.iter().collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn no_step_is_taken_once_somebody_has_it_and_the_last_is_never_left_out() {
    // The ledger refuses a step out of turn, twice or after a stop, and a notice queued twice.
    for_all(32, &recordings(500), |recording| {
        let mut shell = recording.lived(&rules()).shell;
        let mut held: BTreeSet<IncidentId> = BTreeSet::new();
        for effect in shell.log.iter().flat_map(|line| &line.effects) {
            match effect {
                Effect::Moved { incident, to, cause, .. } if *cause != Cause::Level => {
                    let is_held = ["acknowledged", "resolved"].contains(&to.as_str());
                    let is_free = to == "open";
                    if is_held {
                        held.insert(incident.clone());
                    } else if is_free {
                        held.remove(incident);
                    }
                }
                Effect::StepTaken { incident, .. } => {
                    prop_assert!(!held.contains(incident), "{incident} is somebody's");
                }
                _ => {}
            }
        }
        // If nobody does anything from here on, everyone on each ladder is called within days.
        let waiting: Vec<IncidentId> = {
            let open = shell.monitor.open().filter(|incident| incident.work.ladder.is_some());
            open.map(|incident| incident.id.clone()).collect()
        };
        let until = shell.monitor.step_at() + SignedDuration::from_hours(72);
        shell.wake_until(until);
        for id in waiting {
            let row = &shell.ledger.rows[&id];
            let stopped = row.ladders.iter().flatten().any(|step| step.stopped);
            let all = || row.ladders.last().unwrap().iter().all(|step| step.taken.is_some());
            prop_assert!(stopped || all(), "{id} waits: {:?}", row.ladders);
        }
        Ok(())
    });
}

#[test]
fn the_recordings_reach_every_fault() {
    let reached = std::cell::RefCell::new(BTreeSet::new());
    for_all(120, &recordings(500), |recording| {
        let shell = recording.lived(&all_rules()).shell;
        for (id, row) in &shell.ledger.rows {
            let mut reached = reached.borrow_mut();
            reached.insert(id.kind.to_string());
            let kind = &id.kind;
            let by =
                |(contribution, ..): &(Contribution, _, _)| format!("{kind} {}", contribution.rule);
            reached.extend(row.evidence.iter().map(by));
            let done = |steps: &Vec<StepRow>| steps.iter().all(|step| step.taken.is_some());
            if row.ladders.iter().any(done) {
                reached.insert("a ladder to its end".to_owned());
            }
        }
        for effect in shell.log.iter().flat_map(|line| &line.effects) {
            let what = match effect {
                Effect::Moved { detail: Detail::Silenced(true), .. } => "a silence",
                Effect::Moved { detail: Detail::Reopened { .. }, .. } => "reopened",
                Effect::Moved { detail: Detail::Answered(_), .. } => "answered",
                Effect::StepMoved { .. } => "a step put off",
                _ => continue,
            };
            reached.borrow_mut().insert(what.to_owned());
        }
        Ok(())
    });
    let reached = reached.into_inner();
    for wanted in [
        "blind blind",
        "blackout supply",
        "device-silent away-pir",
        "device-stuck stuck",
        "gateway-dead away-pir",
        "gateway-dead blind",
        "panel-reset reset",
        "reading-jump jump",
        "reading-range range",
        "quiet quiet",
        "stillness still",
        "undelivered undelivered",
        "fire drill",
        "a silence",
        "a ladder to its end",
        "a step put off",
        "reopened",
        "answered",
    ] {
        assert!(reached.contains(wanted), "{wanted} never happened: {reached:?}");
    }
}

#[test]
fn a_message_that_comes_twice_changes_nothing() {
    for_all(16, &recordings(500), |recording| {
        let live = recording.lived(&rules());
        let (mut once, mut twice) =
            (Shell::new(configured(&rules())), Shell::new(configured(&rules())));
        for (now, input) in &live.inputs {
            let taken = once.take(*now, input);
            prop_assert_eq!(twice.take(*now, input), taken);
            if let Input::Message(message) = input {
                let again = Message { repeated: true, ..message.clone() };
                prop_assert!(!twice.take(*now, &Input::Message(again)), "it is taken twice");
                honest(&twice, message)?;
            }
        }
        prop_assert_eq!(said(&once), said(&twice));
        prop_assert!(once.monitor.parts() == twice.monitor.parts(), "the same memory");
        Ok(())
    });
}

/// Two messages that say the same, without any mark, are two messages.
fn honest(shell: &Shell, message: &Message) -> Result<(), TestCaseError> {
    if matches!(message.key, MessageKey::Anonymous(_)) {
        let honest = Message { repeated: false, ..message.clone() };
        prop_assert!(!shell.monitor.has_seen(&honest), "an honest repetition is dropped");
    }
    Ok(())
}

#[test]
fn devices_that_overtake_each_other_change_no_incident() {
    for_all(64, &bursts(), |bursts| {
        let shells = [bursts.in_order(), bursts.interleaved()].map(|recording| {
            let shell = recording.lived(ALONE).shell;
            let all = shell.ledger.rows.iter().flat_map(|(id, row)| {
                let evidence = row.evidence.iter();
                evidence.map(|evidence| (id.clone(), evidence.clone())).collect::<Vec<_>>()
            });
            (shell.ledger.rows.keys().cloned().collect::<Vec<_>>(), all.collect::<BTreeSet<_>>())
        });
        let [in_order, interleaved] = shells;
        prop_assert_eq!(in_order, interleaved);
        Ok(())
    });
}
