//! What moves an incident from one state or standing to another, said as effects.

use super::agenda::{Due, Hand};
use super::ladders;
use crate::domain::time::{Timestamp, after};
use crate::domain::{Outcome, Words};
use crate::incident::{Cause, Incident, State};
use crate::monitor::effect::{Detail, Effect};

/// Who did what, and when.
pub struct Move<'a> {
    pub cause: Cause,
    pub at: Timestamp,
    pub actor: Option<&'a str>,
    pub because: Option<&'a Words>,
}

impl<'a> Move<'a> {
    pub fn by(actor: &'a str, cause: Cause, at: Timestamp) -> Self {
        Self { cause, at, actor: Some(actor), because: None }
    }

    /// The same, for a reason.
    pub fn because(self, because: &'a Words) -> Self {
        Self { because: Some(because), ..self }
    }

    pub fn itself(cause: Cause, at: Timestamp) -> Self {
        Self { cause, at, actor: None, because: None }
    }
}

pub fn say_moved(
    incident: &Incident,
    (from, to): (&str, &str),
    moved: &Move<'_>,
    detail: Detail,
    hand: &mut Hand<'_>,
) {
    hand.say(Effect::Moved {
        incident: incident.id.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
        cause: moved.cause,
        at: moved.at,
        actor: moved.actor.map(str::to_owned),
        because: moved.because.cloned(),
        detail,
    });
}

pub fn shift(
    incident: &mut Incident,
    to: State,
    moved: &Move<'_>,
    detail: Detail,
    hand: &mut Hand<'_>,
) {
    say_moved(incident, (incident.state.as_str(), to.as_str()), moved, detail, hand);
    incident.state = to;
}

pub fn stand(incident: &Incident, stands: bool, at: Timestamp, hand: &mut Hand<'_>) {
    let (way, cause) = match stands {
        true => (("cleared", "standing"), Cause::StandsAgain),
        false => (("standing", "cleared"), Cause::Cleared),
    };
    say_moved(incident, way, &Move::itself(cause, at), Detail::Standing(stands), hand);
}

/// It is this person's from now on, for a while: nobody else is told meanwhile.
pub fn hold(incident: &mut Incident, moved: &Move<'_>, hand: &mut Hand<'_>) {
    let until = after(hand.now, incident.acknowledged_for());
    let detail = match moved.cause {
        Cause::Reopened => Detail::Reopened { until },
        _ => Detail::Acknowledged { until },
    };
    let due = Due::AcknowledgementEnds(incident.id.clone());
    if let Some(before) = incident.acknowledged_until {
        hand.agenda.disarm(before, due.clone());
    }
    incident.acknowledgements += 1;
    incident.acknowledged_until = Some(until);
    shift(incident, State::Acknowledged, moved, detail, hand);
    quieten(incident, hand);
    hand.agenda.arm(until, due);
}

/// Nobody is told by what is queued or planned.
pub fn quieten(incident: &mut Incident, hand: &mut Hand<'_>) {
    ladders::stop(incident, hand);
    hand.say(Effect::NoticesStopped { incident: incident.id.clone() });
}

/// It is over. Whoever holds it takes it out of where it was held.
pub fn resolve(incident: &mut Incident, outcome: Outcome, moved: &Move<'_>, hand: &mut Hand<'_>) {
    hand.agenda.leave(incident);
    incident.acknowledged_until = None;
    incident.work.ends_at = None;
    shift(incident, State::Resolved, moved, Detail::Resolved { outcome }, hand);
    quieten(incident, hand);
}
