//! What has been told: authorities' notices, and what people declare.
//!
//! A notice stands until the moment it names; what a person declares stands until a person
//! resolves it. Neither waits for a sensor, and nothing suppresses them. A notice belongs to the
//! watching half, whose timers end it; a declaration becomes a finding in the step that takes it,
//! and ends with its incident.

use serde::{Deserialize, Serialize};

use super::configuration::Configuration;
use super::finding::Finding;
use super::own::own_contribution;
use super::watch::{Held, Watch};
use crate::detect::Turn;
use crate::domain::time::{Timestamp, micros};
use crate::domain::{Class, Declaration, KindId, Level, PlaceId, Refusal, RuleId, Words};
use crate::incident::{Contribution, IncidentId};
use crate::situation::{self, Notice};

/// The rule that a notice's evidence carries.
pub const NOTICE: &str = "notice";
/// The rule that a declaration's evidence carries.
pub const DECLARED: &str = "declared";
const VERSION: &str = "built-in";

/// One notice that holds, at one place of one situation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Told {
    kind: KindId,
    place: PlaceId,
    source: String,
    #[serde(with = "micros::required")]
    until: Timestamp,
}

impl Told {
    fn contribution(&self) -> Contribution {
        let rule = RuleId::new(NOTICE).unwrap_or_else(|_| unreachable!("`notice` is an id"));
        Contribution { rule, source: self.source.clone() }
    }
}

impl Watch {
    /// An authority has said something. The same notice again replaces what it said.
    pub(super) fn notice(&mut self, now: Timestamp, notice: &Notice) {
        let configuration = std::sync::Arc::clone(&self.configuration);
        let source = format!("{}/{}", notice.authority, notice.id);
        if notice.until <= now {
            let because = Words::new("통보 해제", "the notice has been withdrawn");
            return self.end_notices(now, &because, |told| told.source == source);
        }
        for situation in configuration.situations.values() {
            let heeded = situation.notices.iter().find(|heeded| heeded.kind == notice.kind);
            let Some(heeded) = heeded else { continue };
            let places = match &notice.place {
                Some(place) => situation::scoped(&configuration.site, place, situation.scope)
                    .into_iter()
                    .collect(),
                None => situation::everywhere(&configuration.site, situation.scope),
            };
            for place in places {
                let (kind, source) = (situation.id.clone(), source.clone());
                let told = Told { kind, place, source, until: notice.until };
                self.heed(told, heeded.class, notice);
            }
        }
    }

    fn heed(&mut self, told: Told, class: Class, notice: &Notice) {
        let known = self.told.iter_mut().find(|other| {
            (&other.kind, &other.place, &other.source) == (&told.kind, &told.place, &told.source)
        });
        let turn = match known {
            Some(known) => {
                known.until = told.until;
                Turn::Grew
            }
            None => {
                self.told.push(told.clone());
                Turn::Started
            }
        };
        let because = Words::new(
            format!("{} 통보: {}", notice.authority, notice.text.ko),
            format!("{} says: {}", notice.authority, notice.text.en),
        );
        let contribution = told.contribution();
        let target = (told.kind, told.place);
        let finding = told_finding(target, (class, notice.level), contribution, notice.at, because);
        self.findings.push(Finding { turn, ..finding });
    }

    /// Ends the notices whose time is over.
    pub(super) fn end_told(&mut self, now: Timestamp) {
        let because = Words::new("통보 시한 지남", "the notice has run out");
        self.end_notices(now, &because, |told| told.until <= now);
    }

    fn end_notices(&mut self, now: Timestamp, because: &Words, over: impl Fn(&Told) -> bool) {
        let (ended, rest): (Vec<Told>, Vec<Told>) =
            std::mem::take(&mut self.told).into_iter().partition(|told| over(told));
        self.told = rest;
        for told in ended {
            let (at, contribution) = (told.until.min(now), told.contribution());
            let target = (told.kind, told.place);
            let bad = (Class::Supervisory, Level::Attention);
            let finding = told_finding(target, bad, contribution, at, because.clone());
            self.findings.push(Finding { turn: Turn::Stopped, ..finding });
        }
    }

    pub(super) fn told_until(&self) -> Option<Timestamp> {
        self.told.iter().map(|told| told.until).min()
    }

    pub(super) fn hold_told(&self) -> impl Iterator<Item = Held> {
        self.told.iter().map(|told| (told.kind.clone(), told.place.clone(), told.contribution()))
    }
}

/// What a person declares, as a finding.
///
/// # Errors
/// If people may not open such a situation, or the site has no such place.
pub fn declared(
    configuration: &Configuration,
    now: Timestamp,
    actor: &str,
    declaration: &Declaration,
) -> Result<Finding, Refusal> {
    let situation = configuration.situations.get(&declaration.situation);
    let situation = situation.ok_or(Refusal::UnknownSituation)?;
    let usual = situation.declared.ok_or(Refusal::UnknownSituation)?;
    let place = situation::scoped(&configuration.site, &declaration.place, situation.scope);
    let place = place.ok_or(Refusal::UnknownPlace)?;
    let level = declaration.level.unwrap_or(usual);
    let note = declaration.note.as_deref().map(|note| format!(": {note}")).unwrap_or_default();
    let because =
        Words::new(format!("{actor} 직접 발령{note}"), format!("declared by {actor}{note}"));
    let contribution = own_contribution(DECLARED, &place);
    let target = (situation.id.clone(), place);
    let zone = configuration.site.zones.get(declaration.place.as_str());
    let finding = told_finding(target, (Class::Alarm, level), contribution, now, because);
    // Said again it is recorded again, with what is said now.
    Ok(Finding { zone: zone.map(|zone| zone.id.clone()), turn: Turn::Grew, ..finding })
}

/// What ends with a declared incident that a person has resolved.
pub fn withdrawn(now: Timestamp, incident: &IncidentId) -> Finding {
    let contribution = own_contribution(DECLARED, &incident.place);
    let because = Words::new("상황 종료", "it has been resolved");
    let target = (incident.kind.clone(), incident.place.clone());
    let bad = (Class::Supervisory, Level::Attention);
    let finding = told_finding(target, bad, contribution, now, because);
    Finding { turn: Turn::Stopped, ..finding }
}

fn told_finding(
    (kind, place): (KindId, PlaceId),
    (class, level): (Class, Level),
    contribution: Contribution,
    at: Timestamp,
    because: Words,
) -> Finding {
    Finding {
        kind,
        place,
        class,
        level,
        contribution,
        rule_version: VERSION.to_owned(),
        zone: None,
        devices: Vec::new(),
        turn: Turn::Started,
        at,
        late: false,
        because,
        readings: Vec::new(),
    }
}
