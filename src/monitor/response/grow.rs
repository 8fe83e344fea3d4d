//! One incident under findings: how it opens, what it takes in and what it lets go.

use std::collections::{BTreeMap, BTreeSet};

use super::agenda::{Due, Hand};
use super::moves::{Move, say_moved, stand};
use super::{ladders, levels, notices, silences};
use crate::detect::Turn;
use crate::domain::time::Timestamp;
use crate::incident::{Cause, Contribution, Incident, IncidentId, State, Work};
use crate::monitor::effect::{Detail, Effect};
use crate::monitor::finding::Finding;

/// `until`: of a drill, when it ends by itself.
pub fn open(
    id: IncidentId,
    finding: &Finding,
    until: Option<Timestamp>,
    hand: &mut Hand<'_>,
) -> Incident {
    let mut incident = Incident {
        id,
        class: finding.class,
        level: finding.level,
        state: State::Open,
        acknowledged_until: None,
        acknowledgements: 0,
        standing: vec![finding.contribution.clone()],
        levels: BTreeMap::new(),
        alarmed: None,
        zones: BTreeSet::new(),
        ended: None,
        clears: None,
        exercise: until.is_some(),
        work: Work { ends_at: until, ..Work::default() },
    };
    incident.weigh(&finding.evidence());
    hand.say(Effect::Opened {
        incident: incident.id.clone(),
        class: finding.class,
        level: finding.level,
        at: finding.at,
        exercise_until: until,
    });
    let moved = Move::itself(Cause::Finding, finding.at).because(&finding.because);
    say_moved(&incident, ("none", State::Open.as_str()), &moved, Detail::Opened, hand);
    hand.say(added(&incident.id, finding));
    if let Some(until) = until {
        hand.agenda.arm(until, Due::DrillEnds(incident.id.clone()));
    }
    if !silences::fall_silent(&mut incident, hand) {
        call(&mut incident, "opened", hand);
    }
    incident
}

/// Somebody is told: by its ladder, if there is one for it, or else the operator of an alarm.
pub fn call(incident: &mut Incident, step: &str, hand: &mut Hand<'_>) {
    if !ladders::begin(incident, hand) {
        notices::ring(incident, step, hand);
    }
}

/// What had ended stands again: who was only asked is asked anew, and what nobody was told of,
/// since a silence lay on it, is told now.
fn call_again(incident: &mut Incident, hand: &mut Hand<'_>) {
    if incident.work.told.is_empty() {
        call(incident, "opened", hand);
    } else if incident.work.ladders > 0 && incident.work.ladder.is_none() {
        ladders::begin(incident, hand);
    }
}

pub fn grow(incident: &mut Incident, finding: &Finding, hand: &mut Hand<'_>) {
    if incident.has(&finding.contribution) {
        if finding.turn == Turn::Grew {
            hand.say(added(&incident.id, finding));
            levels::raise(incident, finding, hand);
        }
        return;
    }
    let again = !incident.stands() && incident.clears.take().is_none();
    if again {
        stand(incident, true, finding.at, hand);
    }
    incident.standing.push(finding.contribution.clone());
    hand.say(added(&incident.id, finding));
    if again && incident.state == State::Open && !silences::fall_silent(incident, hand) {
        call_again(incident, hand);
    }
    levels::raise(incident, finding, hand);
    // What is found elsewhere is told, whatever is silenced here.
    silences::speak_up(incident, hand);
}

/// Takes a contribution out; whether it was the last.
pub fn end(incident: &mut Incident, finding: &Finding, hand: &mut Hand<'_>) -> bool {
    let before = incident.standing.len();
    incident.standing.retain(|contribution| *contribution != finding.contribution);
    if incident.standing.len() == before {
        return false;
    }
    incident.levels.remove(&finding.contribution);
    incident.ended = incident.ended.max(Some(finding.at));
    hand.say(Effect::EvidenceEnded {
        incident: incident.id.clone(),
        contribution: finding.contribution.clone(),
        at: finding.at,
        because: finding.because.clone(),
    });
    !incident.stands()
}

pub fn added(id: &IncidentId, finding: &Finding) -> Effect {
    Effect::EvidenceAdded { incident: id.clone(), evidence: finding.evidence() }
}

impl Incident {
    pub(super) fn has(&self, contribution: &Contribution) -> bool {
        self.standing.contains(contribution)
    }
}
