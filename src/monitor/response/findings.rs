//! What findings do: the first of a key opens an incident, others join it, and it clears when
//! the last has ended.

use crate::monitor::told::DECLARED;
use std::collections::BTreeSet;

use super::agenda::{Hand, Key};
use super::grow::{added, end, grow, open};
use super::moves::{Move, resolve, stand};
use super::tracks::Tracks;
use super::{ladders, levels};
use crate::detect::Turn;
use crate::domain::time::Timestamp;
use crate::domain::{Class, KindId, Level, Outcome, PlaceId, SiteId, Words};
use crate::incident::{Cause, Contribution, Incident, IncidentId, State};
use crate::monitor::finding::Finding;
use crate::monitor::watch::Held;

/// Kinds whose findings are jikimi's own and no detector's.
const OWN: [&str; 3] = ["clock", super::notices::UNDELIVERED, "unwatched"];

impl Tracks {
    pub fn joins(&mut self, site: &SiteId, finding: &Finding, hand: &mut Hand<'_>) {
        let key = (finding.kind.clone(), finding.place.clone());
        let track = self.0.entry(key.clone()).or_default();
        // What a person has closed stays silent while it stands, unless it gets worse.
        let closed = |i: &&Incident| i.has(&finding.contribution) && i.level >= finding.level;
        if let Some(resolved) = track.lingering.iter().find(closed) {
            if finding.turn == Turn::Grew {
                // New devices in what a person has closed: recorded there, and no new alarm.
                hand.say(added(&resolved.id, finding));
            }
            return;
        }
        self.goes_on(&key, finding.at, hand);
        let track = self.0.entry(key).or_default();
        match &mut track.open {
            Some(incident) => grow(incident, finding, hand),
            None => {
                track.n += 1;
                let (kind, place) = (finding.kind.clone(), finding.place.clone());
                let id = IncidentId { site: site.clone(), kind, place, n: track.n };
                track.open = Some(open(id, finding, None, hand));
            }
        }
    }

    pub fn ends(&mut self, finding: &Finding, hand: &mut Hand<'_>) {
        let key = (finding.kind.clone(), finding.place.clone());
        let Some(track) = self.0.get_mut(&key) else { return };
        let mut cleared = None;
        if let Some(incident) = track.open.as_mut().filter(|open| open.has(&finding.contribution)) {
            let was_last = end(incident, finding, hand);
            levels::follow(incident, hand);
            cleared = was_last.then(|| incident.ended.unwrap_or(finding.at));
        }
        match cleared {
            // What we say of ourselves waits for nobody.
            Some(since) if hand.looking || is_own(&key.0) => self.clear(&key, since, hand),
            Some(since) => {
                hand.agenda.clears(since, key.clone());
                if let Some(incident) = track.open.as_mut() {
                    incident.clears = Some(since);
                }
            }
            None => {}
        }
        let Some(track) = self.0.get_mut(&key) else { return };
        for incident in &mut track.lingering {
            if end(incident, finding, hand) {
                stand(incident, false, finding.at, hand);
            }
        }
        track.settle();
    }

    /// Something joins what may have cleared: it had not, if this began before.
    fn goes_on(&mut self, key: &Key, at: Timestamp, hand: &mut Hand<'_>) {
        let open = self.0.get_mut(key).and_then(|track| track.open.as_mut());
        let Some(since) = open.as_ref().and_then(|incident| incident.clears) else { return };
        if since < at {
            return self.clear(key, since, hand);
        }
        hand.agenda.clears_not(since, key);
    }

    /// Nothing contributes to the open incident since then. A trouble is over with that, and so
    /// is in a home what was no alarm, and an alarm of which nobody knows but the resident who was
    /// asked: a question that has answered itself waits for nobody.
    pub fn clear(&mut self, key: &Key, since: Timestamp, hand: &mut Hand<'_>) {
        hand.agenda.clears_not(since, key);
        let Some(track) = self.0.get_mut(key) else { return };
        let Some(incident) = &mut track.open else { return };
        incident.clears = None;
        stand(incident, false, since, hand);
        let asked_only = incident.state == State::Open
            && incident.work.ladders > 0
            && !incident.has_called_someone();
        let is_over = match incident.class {
            Class::Trouble => true,
            Class::Supervisory => hand.in_home(&key.1) || asked_only,
            Class::Alarm => asked_only,
        };
        if !is_over {
            return ladders::answered_by_itself(incident, hand);
        }
        if let Some(mut incident) = track.open.take() {
            let moved = Move::itself(Cause::Restored, since);
            resolve(&mut incident, Outcome::Restored, &moved, hand);
            let id = incident.id.clone();
            track.rest(incident);
            self.forget_undelivered(&id, hand);
        }
    }

    pub fn reconcile(&mut self, held: &BTreeSet<Held>, hand: &mut Hand<'_>) {
        let mut ended = Vec::new();
        for ((kind, place), track) in &self.0 {
            for incident in track.open.iter().chain(&track.lingering) {
                let gone = incident.standing.iter().filter(|contribution| {
                    let key = (kind.clone(), place.clone(), (*contribution).clone());
                    let told = contribution.rule.as_str() == DECLARED;
                    !is_own(kind) && !told && !held.contains(&key)
                });
                let key = |gone: &Contribution| (kind.clone(), place.clone(), gone.clone());
                ended.extend(gone.map(key));
            }
        }
        // It ends by what we did, whatever a backlog may still say.
        let looking = std::mem::replace(&mut hand.looking, true);
        for (kind, place, contribution) in ended {
            let ended = ended_by_activation(hand.now, kind, place, contribution);
            self.ends(&ended, hand);
        }
        hand.looking = looking;
    }
}

/// Whether findings of this kind are jikimi's own and no rule's.
fn is_own(kind: &KindId) -> bool {
    OWN.contains(&kind.as_str())
}

fn ended_by_activation(
    at: Timestamp,
    kind: KindId,
    place: PlaceId,
    contribution: Contribution,
) -> Finding {
    Finding {
        because: Words::new(
            format!("규칙 {} 변경 또는 삭제됨", contribution.rule),
            format!("rule {} has changed or is no more", contribution.rule),
        ),
        kind,
        place,
        class: Class::Trouble,
        level: Level::Attention,
        contribution,
        rule_version: String::new(),
        zone: None,
        devices: Vec::new(),
        turn: Turn::Stopped,
        at,
        late: false,
        readings: Vec::new(),
    }
}
