//! Telling people: one notice for each step and role, and what becomes of one that reaches nobody.

use super::agenda::{Hand, key_of};
use super::ladders;
use super::tracks::Tracks;
use crate::detect::Turn;
use crate::domain::{Class, Level, SiteId, Words};
use crate::incident::{Contribution, Incident, IncidentId, Role};
use crate::monitor::effect::Effect;
use crate::monitor::finding::Finding;
use crate::monitor::own::{own_contribution, own_finding, own_kind};

/// The kind of what reached nobody.
pub const UNDELIVERED: &str = "undelivered";

/// Only what threatens people calls someone; the rest is shown.
pub fn ring(incident: &mut Incident, step: &str, hand: &mut Hand<'_>) {
    if incident.class == Class::Alarm {
        tell(incident, step, Role::Operator, hand);
    }
}

/// Queues a notice, unless that role has been told of that step.
pub fn tell(incident: &mut Incident, step: &str, role: Role, hand: &mut Hand<'_>) {
    // An exercise says so in the very key of what is sent.
    let step = match incident.exercise {
        true => format!("exercise-{step}"),
        false => step.to_owned(),
    };
    if incident.work.told.insert(told_as(&step, role)) {
        if role == Role::Resident {
            hand.agenda.eases(&key_of(incident), None);
        }
        hand.say(Effect::NoticeDue { incident: incident.id.clone(), step, role });
    }
}

fn told_as(step: &str, role: Role) -> String {
    format!("{step}/{}", role.as_str())
}

impl Tracks {
    /// A notice has reached nobody: that is an incident of its own, and somebody else is told.
    pub fn undelivered(
        &mut self,
        site: &SiteId,
        id: &IncidentId,
        (step, role): (&str, Role),
        because: &str,
        hand: &mut Hand<'_>,
    ) {
        let told = told_as(step, role);
        let was_told = |incident: &mut Incident| incident.work.told.contains(&told);
        // What is over, or was never said, is nobody's to be told of.
        if id.kind.as_str() == UNDELIVERED || !self.get(id).is_some_and(was_told) {
            return;
        }
        let role_name = role.as_str();
        let because = Words::new(
            format!("{id}: {step} 단계에서 {role_name}에게 알림이 전달되지 않음: {because}"),
            format!("{id}: nobody was reached as {role_name} at step {step}: {because}"),
        );
        self.joins(site, &about(id, &told, Turn::Started, because, hand), hand);
        let reached = self.is_reached(id, step);
        let Some(incident) = self.get(id) else { return };
        if let Some(fallback) = fallback(incident, step).filter(|fallback| *fallback != role)
            && !incident.work.told.contains(&told_as(step, fallback))
        {
            return tell(incident, bare(incident, step).as_str(), fallback, hand);
        }
        if !reached && is_last_taken(incident, step) {
            ladders::go_on(incident, hand);
        }
    }

    /// It has arrived after all.
    pub fn delivered(&mut self, id: &IncidentId, (step, role): (&str, Role), hand: &mut Hand<'_>) {
        let role_name = role.as_str();
        let because =
            Words::new(format!("{role_name}에게 전달됨"), format!("{role_name} was reached"));
        let finding = about(id, &told_as(step, role), Turn::Stopped, because, hand);
        self.ends(&finding, hand);
    }

    /// What did not arrive about an incident that is over is of no use to anybody.
    pub fn forget_undelivered(&mut self, id: &IncidentId, hand: &mut Hand<'_>) {
        let Some(standing) = self.standing_about(id) else { return };
        let of_it = format!("{id}/");
        for source in standing.into_iter().filter(|source| source.starts_with(&of_it)) {
            let told = source[of_it.len()..].to_owned();
            let because = Words::new("해당 상황 종료", "what it was about is over");
            self.ends(&about(id, &told, Turn::Stopped, because, hand), hand);
        }
    }

    /// Whether anyone whom a step called may have been reached.
    fn is_reached(&self, id: &IncidentId, step: &str) -> bool {
        let failed = self.standing_about(id).unwrap_or_default();
        let key = (id.kind.clone(), id.place.clone());
        let track = self.0.get(&key);
        let incident = track.and_then(|track| {
            track.open.iter().chain(&track.drill).find(|incident| incident.id == *id)
        });
        let of_step = format!("{step}/");
        let told = incident.into_iter().flat_map(|incident| &incident.work.told);
        told.filter(|told| told.starts_with(&of_step))
            .any(|told| !failed.contains(&format!("{id}/{told}")))
    }

    /// What has not arrived of what was said about incidents at a place.
    fn standing_about(&self, id: &IncidentId) -> Option<Vec<String>> {
        let key = (own_kind(UNDELIVERED), id.place.clone());
        let open = self.0.get(&key)?.open.as_ref()?;
        Some(open.standing.iter().map(|contribution| contribution.source.clone()).collect())
    }
}

fn about(id: &IncidentId, told: &str, turn: Turn, because: Words, hand: &Hand<'_>) -> Finding {
    let rule = own_contribution(UNDELIVERED, &id.place).rule;
    let contribution = Contribution { rule, source: format!("{id}/{told}") };
    let target = (own_kind(UNDELIVERED), id.place.clone());
    own_finding(target, Level::Warning, contribution, turn, hand.now, because)
}

/// A step's name without the mark of an exercise, as ladders know it.
fn bare(incident: &Incident, step: &str) -> String {
    let marked = step.strip_prefix("exercise-").filter(|_| incident.exercise);
    marked.unwrap_or(step).to_owned()
}

fn index(incident: &Incident, step: &str) -> Option<usize> {
    let (ladder, bare) = (incident.work.ladder.as_ref()?, bare(incident, step));
    (0..ladder.steps.len()).find(|index| ladder.name(*index) == bare)
}

fn fallback(incident: &Incident, step: &str) -> Option<Role> {
    let index = index(incident, step)?;
    incident.work.ladder.as_ref()?.steps.get(index)?.fallback
}

fn is_last_taken(incident: &Incident, step: &str) -> bool {
    let next = incident.work.ladder.as_ref().and_then(|ladder| ladder.next);
    matches!((index(incident, step), next), (Some(taken), Some((next, _))) if taken + 1 == next)
}
