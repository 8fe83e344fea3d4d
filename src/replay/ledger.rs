//! Incidents as their effects tell them, for whoever has no database.

use std::collections::BTreeMap;

use crate::domain::time::Timestamp;
use crate::domain::{Class, Level, Outcome};
use crate::incident::{Cause, Evidence, IncidentId, Role, State};
use crate::monitor::{Detail, Effect, Step};

/// One incident and everything that was said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub id: IncidentId,
    pub class: Class,
    pub level: Level,
    pub state: State,
    pub stands: bool,
    pub opened_at: Timestamp,
    /// When the step that opened it was taken.
    pub noticed_at: Timestamp,
    pub outcome: Option<Outcome>,
    pub evidence: Vec<(Evidence, Option<Timestamp>)>,
    /// When the step was taken that added each piece of evidence, in the same order.
    pub heard_at: Vec<Timestamp>,
    pub moves: Vec<Move>,
    /// Each step of which anybody was told, in its order.
    pub notices: Vec<String>,
    /// How many of them called somebody besides the resident.
    pub calls: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub from: String,
    pub to: String,
    pub cause: Cause,
    pub at: Timestamp,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    incidents: BTreeMap<IncidentId, Told>,
}

impl Ledger {
    /// Every incident, in the order in which they were noticed.
    #[must_use]
    pub fn incidents(&self) -> Vec<&Told> {
        let mut incidents: Vec<&Told> = self.incidents.values().collect();
        incidents.sort_by_key(|told| told.noticed_at);
        incidents
    }

    pub fn take(&mut self, step: &Step) {
        for effect in &step.effects {
            self.effect(step.step_at, effect);
        }
    }

    fn effect(&mut self, now: Timestamp, effect: &Effect) {
        if let Effect::Opened { incident, class, level, at, .. } = effect {
            let told = Told {
                id: incident.clone(),
                class: *class,
                level: *level,
                state: State::Open,
                stands: true,
                opened_at: *at,
                noticed_at: now,
                outcome: None,
                evidence: Vec::new(),
                heard_at: Vec::new(),
                moves: Vec::new(),
                notices: Vec::new(),
                calls: 0,
            };
            self.incidents.insert(incident.clone(), told);
        }
        if let Some(told) = effect.incident().and_then(|id| self.incidents.get_mut(id)) {
            told.effect(now, effect);
        }
    }
}

impl Told {
    fn effect(&mut self, now: Timestamp, effect: &Effect) {
        match effect {
            Effect::EvidenceAdded { evidence, .. } => {
                self.evidence.push((evidence.clone(), None));
                self.heard_at.push(now);
            }
            Effect::EvidenceEnded { contribution, at, .. } => {
                let open = self.evidence.iter_mut().filter(|(evidence, ended)| {
                    evidence.contribution == *contribution && ended.is_none()
                });
                open.for_each(|(_, ended)| *ended = Some(*at));
            }
            Effect::Moved { from, to, cause, at, detail, .. } => {
                let (from, to) = (from.clone(), to.clone());
                self.moves.push(Move { from, to, cause: *cause, at: *at });
                self.detail(*detail);
            }
            Effect::NoticeDue { step, role, .. } => self.notice(step, *role),
            _ => {}
        }
    }

    /// A step that calls several people at once is one.
    fn notice(&mut self, step: &str, role: Role) {
        if self.notices.last().is_none_or(|last| last != step) {
            self.notices.push(step.to_owned());
            self.calls += usize::from(role != Role::Resident);
        }
    }

    fn detail(&mut self, detail: Detail) {
        match detail {
            Detail::Opened | Detail::Silenced(_) | Detail::Answered(_) => {}
            Detail::Raised { class, level } => (self.class, self.level) = (class, level),
            Detail::Eased { level } => self.level = level,
            Detail::Acknowledged { .. } => self.state = State::Acknowledged,
            Detail::AcknowledgementExpired => self.state = State::Open,
            Detail::Standing(stands) => self.stands = stands,
            Detail::Resolved { outcome } => {
                self.state = State::Resolved;
                self.outcome = Some(outcome);
            }
            Detail::Reopened { .. } => {
                self.state = State::Acknowledged;
                self.outcome = None;
            }
        }
    }
}
