//! Between a finding and an incident: whether it is believed yet (경보 확정).
//!
//! An alarm that is not believed goes on at once, but no graver than its situation lets it be, so
//! that operators see it and hear of it. A second source or time makes it believed, which is told
//! as a finding that grew. It belongs to the watching half: what stands and since when is all that
//! decides, so a rebuild finds the same, and nothing that people have said to an incident changes
//! when the next one is believed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use super::finding::Finding;
use super::watch::Held;
use crate::detect::Turn;
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};
use crate::domain::{Class, DeviceId, KindId, PlaceId, Words};
use crate::incident::Contribution;
use crate::situation::Confirm;

/// What stands of the situations that ask for confirmation, by kind and place.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Doubts {
    at: Vec<Doubt>,
}

/// One situation at one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Doubt {
    kind: KindId,
    place: PlaceId,
    /// Whether it has been believed since it began; over with the last of what stands.
    believed: bool,
    standing: Vec<Sign>,
}

/// One finding that stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Sign {
    contribution: Contribution,
    #[serde(with = "micros::required")]
    at: Timestamp,
    devices: BTreeSet<DeviceId>,
    /// The alarm that waits to be believed, and until when it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waits: Option<Box<Waiting>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Waiting {
    finding: Finding,
    #[serde(with = "micros::required")]
    until: Timestamp,
}

impl Doubts {
    pub fn next(&self) -> Option<Timestamp> {
        let signs = self.at.iter().flat_map(|doubt| &doubt.standing);
        signs.filter_map(|sign| Some(sign.waits.as_ref()?.until)).min()
    }

    /// Passes findings on, each as bad as it is believed to be, with what has come to be believed.
    pub fn pass(
        &mut self,
        now: Timestamp,
        configuration: &Configuration,
        findings: Vec<Finding>,
    ) -> Vec<Finding> {
        let doubtful = |finding: &Finding| confirm_of(configuration, &finding.kind).is_some();
        if !findings.iter().any(doubtful) {
            return findings;
        }
        let mut passed = Vec::with_capacity(findings.len());
        for finding in findings {
            match confirm_of(configuration, &finding.kind) {
                Some(confirm) if finding.class != Class::Trouble => {
                    self.take(now, configuration, confirm, finding, &mut passed);
                }
                _ => passed.push(finding),
            }
        }
        passed
    }

    fn take(
        &mut self,
        now: Timestamp,
        configuration: &Configuration,
        confirm: &Confirm,
        finding: Finding,
        passed: &mut Vec<Finding>,
    ) {
        let doubt = self.of(&finding);
        if finding.turn == Turn::Stopped {
            doubt.ends(confirm, finding, passed);
            return self.at.retain(|doubt| !doubt.standing.is_empty());
        }
        let rule = configuration.rules.iter().find(|rule| rule.id == finding.contribution.rule);
        // What is no rule's is a person's or an authority's.
        let believed =
            rule.is_none_or(|rule| confirm.believes(rule)) && finding.class == Class::Alarm;
        doubt.joins(now, confirm, believed, finding, passed);
    }

    fn of(&mut self, finding: &Finding) -> &mut Doubt {
        let (kind, place) = (&finding.kind, &finding.place);
        let found = self.at.iter().position(|doubt| doubt.kind == *kind && doubt.place == *place);
        let index = found.unwrap_or_else(|| {
            let (kind, place, standing) = (kind.clone(), place.clone(), Vec::new());
            self.at.push(Doubt { kind, place, believed: false, standing });
            self.at.len() - 1
        });
        &mut self.at[index]
    }

    /// Believes what has stood for long enough.
    pub fn expire(&mut self, now: Timestamp, configuration: &Configuration) -> Vec<Finding> {
        let mut passed = Vec::new();
        for doubt in &mut self.at {
            let due = doubt.standing.iter().filter_map(|sign| {
                let waits = sign.waits.as_ref().filter(|waits| waits.until <= now)?;
                Some((sign.at, waits.until))
            });
            let Some((since, _)) = due.min() else { continue };
            let accumulates = confirm_of(configuration, &doubt.kind)
                .map_or(SignedDuration::ZERO, |confirm| confirm.accumulates);
            doubt.believe(after(since, accumulates), &lasted(accumulates), &mut passed);
        }
        passed
    }

    /// After an activation: what no detector holds any more is forgotten, and what the new files
    /// believe at once is believed.
    pub fn reconsider(
        &mut self,
        now: Timestamp,
        configuration: &Configuration,
        held: &BTreeSet<Held>,
    ) -> Vec<Finding> {
        let mut passed = Vec::new();
        for doubt in &mut self.at {
            let Doubt { kind, place, .. } = &*doubt;
            let (kind, place) = (kind.clone(), place.clone());
            let holds = |contribution: &Contribution| {
                held.contains(&(kind.clone(), place.clone(), contribution.clone()))
            };
            doubt.standing.retain(|sign| holds(&sign.contribution));
            if confirm_of(configuration, &doubt.kind).is_none() {
                let because = Words::new("확정 조건 변경됨", "it needs no confirmation any more");
                doubt.believe(now, &because, &mut passed);
            }
        }
        self.at.retain(|doubt| !doubt.standing.is_empty());
        passed
    }
}

impl Doubt {
    fn joins(
        &mut self,
        now: Timestamp,
        confirm: &Confirm,
        believed: bool,
        finding: Finding,
        passed: &mut Vec<Finding>,
    ) {
        let known = self.standing.iter_mut().find(|sign| sign.contribution == finding.contribution);
        let devices = finding.devices.iter().cloned();
        let waits = finding.class == Class::Alarm
            && finding.level > confirm.unconfirmed
            && !believed
            && !self.believed;
        let low = Finding { level: finding.level.min(confirm.unconfirmed), ..finding.clone() };
        passed.push(if waits { low } else { finding.clone() });
        let at = finding.at;
        match known {
            Some(sign) => {
                sign.devices.extend(devices);
                match &mut sign.waits {
                    Some(waiting) => waiting.finding = finding,
                    None if waits => sign.waits = Some(waiting(now, confirm, finding)),
                    None => {}
                }
            }
            None => self.standing.push(Sign {
                contribution: finding.contribution.clone(),
                at,
                devices: devices.collect(),
                waits: waits.then(|| waiting(now, confirm, finding)),
            }),
        }
        if believed {
            let because = Words::new("확정된 경보와 함께", "with what is believed at once");
            self.believe(at, &because, passed);
        } else if let Some(sources) = self.agree(confirm) {
            let at = self.standing.iter().map(|sign| sign.at).fold(at, Timestamp::max);
            let because =
                Words::new(format!("감지원 {sources}개 일치"), format!("{sources} sources agree"));
            self.believe(at, &because, passed);
        }
    }

    /// How many devices agree with an alarm that waits, if they are enough.
    fn agree(&self, confirm: &Confirm) -> Option<usize> {
        let waiting = self.standing.iter().filter(|sign| sign.waits.is_some());
        waiting
            .filter_map(|alarm| {
                let near = self
                    .standing
                    .iter()
                    .filter(|sign| between(alarm.at, sign.at).abs() <= confirm.within);
                let devices: BTreeSet<&DeviceId> = near.flat_map(|sign| &sign.devices).collect();
                (devices.len() >= confirm.sources as usize).then_some(devices.len())
            })
            .max()
    }

    /// From now on it is believed, and so is every alarm of it.
    fn believe(&mut self, at: Timestamp, because: &Words, passed: &mut Vec<Finding>) {
        self.believed = true;
        for sign in &mut self.standing {
            let Some(waiting) = sign.waits.take() else { continue };
            let Waiting { finding, .. } = *waiting;
            let because = Words::new(
                format!("{}; 확정: {}", finding.because.ko, because.ko),
                format!("{}; confirmed: {}", finding.because.en, because.en),
            );
            let at = at.max(finding.at);
            passed.push(Finding { turn: Turn::Grew, at, because, ..finding });
        }
    }

    fn ends(&mut self, confirm: &Confirm, finding: Finding, passed: &mut Vec<Finding>) {
        let sign = self.standing.iter().find(|sign| sign.contribution == finding.contribution);
        let since = sign.filter(|sign| sign.waits.is_some()).map(|sign| sign.at);
        // In a backlog its time may have passed before we could look.
        if let Some(since) = since.filter(|at| between(*at, finding.at) >= confirm.accumulates) {
            self.believe(after(since, confirm.accumulates), &lasted(confirm.accumulates), passed);
        }
        self.standing.retain(|sign| sign.contribution != finding.contribution);
        passed.push(finding);
    }
}

/// The time that an alarm waits is counted in ours, since what would end it comes as late as what
/// began it.
fn waiting(now: Timestamp, confirm: &Confirm, finding: Finding) -> Box<Waiting> {
    Box::new(Waiting { until: after(now, confirm.accumulates), finding })
}

fn lasted(span: SignedDuration) -> Words {
    let seconds = span.as_secs();
    Words::new(format!("{seconds}초 동안 지속"), format!("it has stood for {seconds} s"))
}

fn confirm_of<'c>(configuration: &'c Configuration, kind: &KindId) -> Option<&'c Confirm> {
    configuration.situations.get(kind)?.confirm.as_ref()
}
