//! What people do about an incident: have it, hand it over, speak of it, end it and take that
//! back.

use super::agenda::{Hand, key_of};
use super::moves::{Move, hold, resolve, shift, stand};
use super::tracks::Tracks;
use super::{drills, ladders, levels, notices};
use crate::domain::time::Timestamp;
use crate::domain::{Id, Outcome, Refusal};
use crate::incident::{Cause, IncidentId, Role, State};
use crate::monitor::effect::{Detail, Effect};

impl Tracks {
    pub fn acknowledge(
        &mut self,
        id: &IncidentId,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        let incident = self.unresolved(id)?;
        if incident.state == State::Acknowledged {
            return Err(Refusal::AlreadyAcknowledged);
        }
        hold(incident, &Move::by(actor, Cause::Acknowledged, hand.now), hand);
        Ok(())
    }

    /// Whoever has it, and if it is nobody: it is this person's now.
    pub fn take_over(
        &mut self,
        id: &IncidentId,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        let incident = self.unresolved(id)?;
        hold(incident, &Move::by(actor, Cause::TakenOver, hand.now), hand);
        Ok(())
    }

    pub fn assign(
        &mut self,
        id: &IncidentId,
        to: Option<&str>,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        let incident = self.unresolved(id)?.id.clone();
        let (to, at, actor) = (to.map(str::to_owned), hand.now, actor.to_owned());
        hand.say(Effect::Assigned { incident, to, at, actor });
        Ok(())
    }

    /// A remark may still be made when it is over.
    pub fn comment(
        &mut self,
        id: &IncidentId,
        text: &str,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        self.track(id)?;
        let (incident, text) = (id.clone(), text.to_owned());
        let (at, actor) = (hand.now, actor.to_owned());
        hand.say(Effect::Commented { incident, text, at, actor });
        Ok(())
    }

    pub fn tick(
        &mut self,
        id: &IncidentId,
        (item, done): (&str, bool),
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        let incident = self.unresolved(id)?.id.clone();
        // What a situation lists is all there is to tick; one that lists nothing is free.
        let situation = hand.configuration.situations.get(&id.kind);
        let listed = situation.map(|of| of.checklist.as_slice()).unwrap_or_default();
        let known = listed.is_empty() || listed.iter().any(|check| check.id == item);
        if Id::<Item>::new(item).is_err() || !known {
            return Err(Refusal::UnknownItem);
        }
        let (item, at, actor) = (item.to_owned(), hand.now, actor.to_owned());
        hand.say(Effect::Ticked { incident, item, done, at, actor });
        Ok(())
    }

    pub fn close(
        &mut self,
        id: &IncidentId,
        outcome: Outcome,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        if outcome.is_reserved() {
            return Err(Refusal::OutcomeReserved);
        }
        self.finish(id, outcome, &Move::by(actor, Cause::Resolved, hand.now), hand)
    }

    /// Nobody was in. That what it rested on ends with that word too is no restoring of its own;
    /// and if another has ended it meanwhile, the absence holds all the same.
    pub fn found_away(
        &mut self,
        id: &IncidentId,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        let incident = match self.unresolved(id) {
            Err(Refusal::AlreadyResolved) => return Ok(()),
            incident => incident?,
        };
        if let Some(since) = incident.clears.take() {
            hand.agenda.clears_not(since, &key_of(incident));
            stand(incident, false, since, hand);
        }
        self.finish(id, Outcome::Away, &Move::by(actor, Cause::Resolved, hand.now), hand)
    }

    /// Ends an incident for good, as far as anything is.
    pub fn finish(
        &mut self,
        id: &IncidentId,
        outcome: Outcome,
        moved: &Move<'_>,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        if let Some(since) = self.unresolved(id)?.clears {
            self.clear(&(id.kind.clone(), id.place.clone()), since, hand);
        }
        // What has just cleared may have been over with that.
        let mut incident = self.slot(id)?.take().ok_or(Refusal::AlreadyResolved)?;
        // Whatever is said of a drill, it was one.
        let outcome = if incident.exercise { Outcome::Test } else { outcome };
        if incident.exercise {
            drills::pack_up(&mut incident, moved.at, hand);
        }
        resolve(&mut incident, outcome, moved, hand);
        self.track(id)?.rest(incident);
        self.forget_undelivered(id, hand);
        Ok(())
    }

    pub fn reopen(
        &mut self,
        id: &IncidentId,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<(), Refusal> {
        if self.slot(id).is_ok() {
            return Err(Refusal::NotResolved);
        }
        let track = self.track(id)?;
        if track.open.is_some() {
            return Err(Refusal::NotTheNewest);
        }
        let mut incident = track.wake_up(id)?;
        hold(&mut incident, &Move::by(actor, Cause::Reopened, hand.now), hand);
        levels::follow(&incident, hand);
        track.open = Some(incident);
        Ok(())
    }

    /// Whoever had it has been silent for too long.
    pub fn expire(&mut self, id: &IncidentId, until: Timestamp, hand: &mut Hand<'_>) {
        let Some(incident) = self.get(id) else { return };
        incident.acknowledged_until = None;
        let moved = Move::itself(Cause::AcknowledgementExpired, until);
        shift(incident, State::Open, &moved, Detail::AcknowledgementExpired, hand);
        if incident.work.silenced {
            return;
        }
        let step = format!("rings-again-{}", incident.acknowledgements);
        // A trouble that was put aside is told of as well, once a day.
        notices::tell(incident, &step, Role::Operator, hand);
        ladders::begin_with_people(incident, hand);
    }
}

/// What an item of a checklist is the name of.
enum Item {}
