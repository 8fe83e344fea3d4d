//! The same measurements on other ways: devices that overtake each other, deliveries that come
//! twice, and delays, the longest of which are too long to ring.

use std::collections::{BTreeMap, BTreeSet};

use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{Content, Input, Message, Quantity, Unit, Value};
use jikimi::incident::Evidence;
use jikimi::monitor::Effect;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use crate::for_all;
use crate::rebuild::rules::ALONE;
use crate::world::{Shell, at_ms, guided, judge_time, message};

/// Device, quantity, from quiet to loud, and after how many seconds its message is late.
const READS: &[(&str, Quantity, &[f64], i64)] = &[
    ("smoke-hall", Quantity::Smoke, &[0.0, 3.0, 6.0], 60),
    ("smoke-hall-b", Quantity::Smoke, &[0.0, 3.0, 6.0], 60),
    ("smoke-gallery", Quantity::SmokeAlarm, &[0.0, 1.0], 60),
    ("heat-hall", Quantity::Temperature, &[20.0, 36.7, 60.0, 90.0], 60),
    ("heat-h0101", Quantity::Temperature, &[20.0, 60.0], 600),
    ("panel-hall", Quantity::PanelFault, &[0.0, 1.0], 60),
    ("sos-h0101", Quantity::Sos, &[0.0, 1.0], 600),
    ("sos-h0102", Quantity::Sos, &[0.0, 1.0], 600),
];

/// Longer than any hold, window and delay.
const BETWEEN_BURSTS_MS: i64 = 1_800_000;
/// Nothing is measured after this within a burst.
const BURST_MS: i64 = 60_000;

/// One measurement.
#[derive(Debug, Clone)]
struct Measured {
    reads: usize,
    value: usize,
    at_ms: i64,
    /// When it comes once more, after it has come.
    again_ms: Option<i64>,
    /// It does not come before it is late.
    late: bool,
}

/// Several devices at once, each with a delay of its own, in thousandths of what is allowed. The
/// delay is the same for all of a device's messages of a burst, so that none comes before an
/// earlier one, and what ends a hold is as late as what began it.
#[derive(Debug, Clone)]
struct Burst {
    measured: Vec<Measured>,
    delays: Vec<i64>,
}

fn bursts() -> impl Strategy<Value = Vec<Burst>> {
    let again = prop_oneof![1 => Just(None), 1 => (0..400_000_i64).prop_map(Some)];
    let measured = (0..READS.len(), 0..4_usize, 0..BURST_MS, again, prop::bool::weighted(0.15));
    let measured = measured.prop_map(|(reads, value, at_ms, again_ms, late)| Measured {
        reads,
        value,
        at_ms,
        again_ms,
        late,
    });
    let delays = vec(0..1000_i64, READS.len());
    let burst = (vec(measured, 1..14), delays);
    vec(burst.prop_map(|(measured, delays)| Burst { measured, delays }), 1..6)
}

/// What happens on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    /// Everything comes at once, in the order in which it was measured.
    Straight,
    /// With delays that are allowed, and some of it twice.
    Crooked,
}

/// Which of the messages that are too late to ring take part.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Late {
    No,
    Measurements,
    All,
}

struct Sent {
    received_at: Timestamp,
    repeated: bool,
    message: Message,
}

fn sent(bursts: &[Burst], way: Way, late: Late) -> Vec<Sent> {
    let mut all = Vec::new();
    for (index, burst) in (0_i64..).zip(bursts) {
        let begins = index * BETWEEN_BURSTS_MS;
        for (nth, measured) in burst.measured.iter().enumerate() {
            let (device, quantity, _, limit_s) = READS[measured.reads];
            let takes_part = match late {
                Late::No => !measured.late,
                Late::Measurements => !measured.late || !quantity.is_life_safety(),
                Late::All => true,
            };
            if !takes_part {
                continue;
            }
            let allowed = burst.delays[measured.reads] * limit_s;
            let delay_ms = match (measured.late, way) {
                (true, _) => limit_s * 1000 + 600_000 + allowed,
                (false, Way::Straight) => 0,
                (false, Way::Crooked) => allowed,
            };
            let name = format!("{index}-{nth}");
            let at = at_ms(begins + measured.at_ms);
            let message = said(device, measured, at, delay_ms, name);
            let again_ms = measured.again_ms.filter(|_| way == Way::Crooked);
            let again = again_ms.map(|ms| message.received_at + SignedDuration::from_millis(ms));
            let received_at = message.received_at;
            all.extend(again.map(|received_at| {
                let repeated = measured.at_ms % 2 == 0;
                Sent { received_at, repeated, message: message.clone() }
            }));
            all.push(Sent { received_at, repeated: false, message });
        }
    }
    // Of what comes at one moment, what was measured first.
    all.sort_by_key(|sent| (sent.received_at, sent.message.claimed_at, sent.repeated));
    all
}

fn said(device: &str, measured: &Measured, at: Timestamp, delay_ms: i64, name: String) -> Message {
    let (_, quantity, values, _) = READS[measured.reads];
    let value = values[measured.value % values.len()];
    let value = match quantity.unit() {
        Unit::Flag => Value::Flag(value > 0.5),
        _ => Value::Number(value),
    };
    let received_at = at + SignedDuration::from_millis(delay_ms);
    let mut message =
        message(device, received_at, name, Content::Readings(vec![(quantity, value)]));
    message.claimed_at = Some(at);
    judge_time(&mut message);
    message
}

/// Evidence of every incident, by kind and place. Silence is left out: it is counted from when we
/// hear, not from when something happened.
fn incidents(sent: &[Sent]) -> BTreeMap<(String, String), BTreeSet<Found>> {
    let mut shell = Shell::new(guided(ALONE));
    let activated = shell.monitor.configuration().activation();
    shell.take(at_ms(0), &activated);
    let mut last = at_ms(0);
    for Sent { received_at, repeated, message } in sent {
        let message = Message { received_at: *received_at, repeated: *repeated, ..message.clone() };
        shell.take(*received_at, &Input::Message(message));
        last = *received_at;
    }
    shell.wake_until(last + SignedDuration::from_millis(BETWEEN_BURSTS_MS));
    let mut all: BTreeMap<_, BTreeSet<Found>> = BTreeMap::new();
    for effect in shell.log.iter().flat_map(|line| &line.effects) {
        let Effect::EvidenceAdded { incident, evidence } = effect else { continue };
        if !["device-silent", "clock"].contains(&incident.kind.as_str()) {
            let place = (incident.kind.to_string(), incident.place.to_string());
            all.entry(place).or_default().insert(Found::of(evidence));
        }
    }
    all
}

/// What was found, when it happened, and whether it was said to be late.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    at: Timestamp,
    rule: String,
    source: String,
    late: bool,
}

impl Found {
    fn of(evidence: &Evidence) -> Self {
        Self {
            at: evidence.at,
            rule: evidence.contribution.rule.to_string(),
            source: evidence.contribution.source.clone(),
            late: evidence.late,
        }
    }
}

#[test]
fn order_repetition_and_delay_change_no_incident() {
    for_all(96, &bursts(), |bursts| {
        let straight = incidents(&sent(&bursts, Way::Straight, Late::No));
        let crooked = incidents(&sent(&bursts, Way::Crooked, Late::No));
        prop_assert_eq!(straight, crooked);
        Ok(())
    });
}

#[test]
fn what_is_too_late_to_ring_only_adds_evidence() {
    for_all(96, &bursts(), |bursts| {
        let without = incidents(&sent(&bursts, Way::Crooked, Late::No));
        let measured = incidents(&sent(&bursts, Way::Crooked, Late::Measurements));
        prop_assert_eq!(&without, &measured, "late measurements");
        let with = incidents(&sent(&bursts, Way::Crooked, Late::All));
        only_adds(&without, &with)
    });
}

/// A late cry for help may stand already when the next comes, which is no news then; it never
/// takes an incident away, and nothing else is new.
fn only_adds(
    without: &BTreeMap<(String, String), BTreeSet<Found>>,
    with: &BTreeMap<(String, String), BTreeSet<Found>>,
) -> TestCaseResult {
    for (incident, found) in without {
        let still = with.get(incident);
        prop_assert!(still.is_some(), "{:?} is gone", incident);
        let not_called_for =
            |found: &&Found| !["sos", "smoke-alarm"].contains(&found.rule.as_str());
        let kept = |found: &Found| still.is_some_and(|still| still.contains(found));
        prop_assert!(found.iter().filter(not_called_for).all(kept), "{:?}", incident);
    }
    let before: BTreeSet<&Found> = without.values().flatten().collect();
    for found in with.values().flatten().filter(|found| !before.contains(found)) {
        prop_assert!(
            found.late || ["sos", "smoke-alarm"].contains(&found.rule.as_str()),
            "{:?}",
            found
        );
    }
    Ok(())
}
