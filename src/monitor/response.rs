//! The responding half: findings and commands → incidents and effects.
//!
//! It knows what stands and what people have said to it, nothing of devices. It is loaded from
//! its rows, as of the last position, so what it holds is exactly what was stored.
//!
//! While a backlog is drained no hold is stepped, so what ends there may be told before something
//! that had begun earlier. An incident whose last contribution ends meanwhile therefore clears
//! only once everything that was due has been said, and not at all if something had joined before.

use std::collections::{BTreeMap, BTreeSet};

use super::effect::{Detail, Effect};
use super::finding::Finding;
use super::watch::Held;
use crate::detect::Turn;
use crate::domain::household::Denied;
use crate::domain::time::{Timestamp, after};
use crate::domain::{
    Action, Answer, Class, Command, KindId, Level, Outcome, PlaceId, Refusal, SiteId, Words,
};
use crate::incident::{ACKNOWLEDGED_FOR, Cause, Contribution, Incident, IncidentId, Role, State};

type Key = (KindId, PlaceId);

/// All incidents of one kind at one place, as far as they matter still.
#[derive(Debug, Default, Clone, PartialEq)]
struct Track {
    /// How many there have been.
    n: u32,
    open: Option<Incident>,
    /// Resolved while they stood: silent until they have cleared or something new joins.
    lingering: Vec<Incident>,
}

pub struct Response {
    site: SiteId,
    tracks: BTreeMap<Key, Track>,
    /// When acknowledgements run out.
    expiries: BTreeSet<(Timestamp, Key)>,
    /// What clears once we look again, and since when.
    clearing: BTreeSet<(Timestamp, Key)>,
}

impl Response {
    #[must_use]
    pub fn new(site: SiteId) -> Self {
        Self { site, tracks: BTreeMap::new(), expiries: BTreeSet::new(), clearing: BTreeSet::new() }
    }

    /// Takes one incident back from its rows. Every unresolved one, every resolved one that
    /// stands, and the newest of each key have to come.
    pub fn load(&mut self, incident: Incident) {
        let key = (incident.id.kind.clone(), incident.id.place.clone());
        let track = self.tracks.entry(key.clone()).or_default();
        track.n = track.n.max(incident.id.n);
        if incident.state == State::Resolved {
            if incident.stands() {
                track.lingering.push(incident);
            }
            return;
        }
        if let Some(until) = incident.acknowledged_until {
            self.expiries.insert((until, key.clone()));
        }
        if let Some(since) = incident.clears {
            self.clearing.insert((since, key));
        }
        track.open = Some(incident);
    }

    /// When acknowledgements run out and, if everything due is stepped, what clears then.
    #[must_use]
    pub fn wake_at(&self, looking: bool) -> Option<Timestamp> {
        let clearing = self.clearing.first().filter(|_| looking);
        self.expiries.first().into_iter().chain(clearing).map(|(at, _)| *at).min()
    }

    /// Unresolved incidents, by kind and place.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.tracks.values().filter_map(|track| track.open.as_ref())
    }

    // ── findings ──

    /// `looking`: whether everything that was due before has been told.
    pub fn take(&mut self, finding: &Finding, looking: bool, effects: &mut Vec<Effect>) {
        match finding.turn {
            Turn::Started | Turn::Grew => self.joins(finding, effects),
            Turn::Stopped => self.ends(finding, looking, effects),
        }
    }

    fn joins(&mut self, finding: &Finding, effects: &mut Vec<Effect>) {
        let key = (finding.kind.clone(), finding.place.clone());
        let track = self.tracks.entry(key.clone()).or_default();
        // What a person has closed stays silent while it stands, unless it gets worse.
        let closed = |i: &&Incident| i.has(&finding.contribution) && i.level >= finding.level;
        if let Some(resolved) = track.lingering.iter().find(closed) {
            if finding.turn == Turn::Grew {
                // New devices in what a person has closed: recorded there, and no new alarm.
                effects.push(added(&resolved.id, finding));
            }
            return;
        }
        self.goes_on(&key, finding.at, effects);
        let track = self.tracks.entry(key).or_default();
        match &mut track.open {
            Some(incident) => grow(incident, finding, effects),
            None => {
                track.n += 1;
                let id = IncidentId {
                    site: self.site.clone(),
                    kind: finding.kind.clone(),
                    place: finding.place.clone(),
                    n: track.n,
                };
                track.open = Some(open(id, finding, effects));
            }
        }
    }

    fn ends(&mut self, finding: &Finding, looking: bool, effects: &mut Vec<Effect>) {
        let key = (finding.kind.clone(), finding.place.clone());
        let Some(track) = self.tracks.get_mut(&key) else { return };
        if let Some(incident) = &mut track.open
            && end(incident, finding, effects)
        {
            let since = incident.ended.unwrap_or(finding.at);
            // What we say of ourselves waits for nobody.
            if looking || is_own(&key.0) {
                self.clear(&key, since, effects);
            } else {
                incident.clears = Some(since);
                self.clearing.insert((since, key.clone()));
            }
        }
        let Some(track) = self.tracks.get_mut(&key) else { return };
        for incident in &mut track.lingering {
            if end(incident, finding, effects) {
                stand(incident, false, finding.at, effects);
            }
        }
        track.lingering.retain(Incident::stands);
    }

    /// Something joins what may have cleared: it had not, if this began before.
    fn goes_on(&mut self, key: &Key, at: Timestamp, effects: &mut Vec<Effect>) {
        let open = self.tracks.get_mut(key).and_then(|track| track.open.as_mut());
        let Some(since) = open.as_ref().and_then(|incident| incident.clears) else { return };
        if since < at {
            return self.clear(key, since, effects);
        }
        self.clearing.remove(&(since, key.clone()));
    }

    /// Nothing contributes to the open incident since then. A trouble is over with that.
    fn clear(&mut self, key: &Key, since: Timestamp, effects: &mut Vec<Effect>) {
        self.clearing.remove(&(since, key.clone()));
        let Some(track) = self.tracks.get_mut(key) else { return };
        let Some(incident) = &mut track.open else { return };
        incident.clears = None;
        stand(incident, false, since, effects);
        let restored = track.open.take_if(|incident| incident.class == Class::Trouble);
        if let Some(mut incident) = restored {
            let until = incident.acknowledged_until;
            let how = Resolving { outcome: Outcome::Restored, cause: Cause::Restored, actor: None };
            resolve(&mut incident, since, how, effects);
            self.forget_expiry(until, key);
        }
    }

    /// After an activation: what no detector holds any more has ended. If it goes on, the detector
    /// that watches now will find it again.
    pub fn reconcile(&mut self, now: Timestamp, held: &BTreeSet<Held>, effects: &mut Vec<Effect>) {
        let mut ended = Vec::new();
        for ((kind, place), track) in &self.tracks {
            for incident in track.open.iter().chain(&track.lingering) {
                let gone = incident.standing.iter().filter(|contribution| {
                    let key = (kind.clone(), place.clone(), (*contribution).clone());
                    !is_own(kind) && !held.contains(&key)
                });
                let key = |gone: &Contribution| (kind.clone(), place.clone(), gone.clone());
                ended.extend(gone.map(key));
            }
        }
        for (kind, place, contribution) in ended {
            let ended = ended_by_activation(now, kind, place, contribution);
            // It ends by what we did, whatever a backlog may still say.
            self.ends(&ended, true, effects);
        }
    }

    fn forget_expiry(&mut self, until: Option<Timestamp>, key: &Key) {
        if let Some(until) = until {
            self.expiries.remove(&(until, key.clone()));
        }
    }

    // ── people ──

    /// `households`: what became of a change of a household, if it is one.
    pub fn command(
        &mut self,
        now: Timestamp,
        command: &Command,
        households: Result<(), Denied>,
        effects: &mut Vec<Effect>,
    ) {
        let outcome = match &command.action {
            Action::Acknowledge { incident } => {
                self.acknowledge(now, incident, &command.actor, effects)
            }
            Action::Resolve { incident, outcome, .. } => {
                self.close(now, incident, *outcome, &command.actor, effects)
            }
            // Others keep what that changes, and have said what they think of it.
            Action::Household { .. } => households.map_err(Refusal::Household),
        };
        let answer = outcome.map_or_else(Answer::Refused, |()| Answer::Done);
        effects.push(Effect::Answered { key: command.key.clone(), answer });
    }

    fn find(&mut self, id: &IncidentId) -> Result<(&mut Track, Key), Refusal> {
        let key = (id.kind.clone(), id.place.clone());
        let track = self.tracks.get_mut(&key).filter(|track| (1..=track.n).contains(&id.n));
        let track = track.filter(|_| id.site == self.site).ok_or(Refusal::UnknownIncident)?;
        match &track.open {
            Some(open) if open.id == *id => Ok((track, key)),
            _ => Err(Refusal::AlreadyResolved),
        }
    }

    fn acknowledge(
        &mut self,
        now: Timestamp,
        id: &IncidentId,
        actor: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        let until = after(now, ACKNOWLEDGED_FOR);
        let (track, key) = self.find(id)?;
        let Some(incident) = &mut track.open else { return Err(Refusal::AlreadyResolved) };
        if incident.state == State::Acknowledged {
            return Err(Refusal::AlreadyAcknowledged);
        }
        incident.acknowledgements += 1;
        incident.acknowledged_until = Some(until);
        let detail = Detail::Acknowledged { until };
        let actor = Some(actor.to_owned());
        shift(incident, State::Acknowledged, Cause::Acknowledged, now, actor, detail, effects);
        effects.push(Effect::NoticesStopped { incident: id.clone() });
        self.expiries.insert((until, key));
        Ok(())
    }

    fn close(
        &mut self,
        now: Timestamp,
        id: &IncidentId,
        outcome: Outcome,
        actor: &str,
        effects: &mut Vec<Effect>,
    ) -> Result<(), Refusal> {
        if outcome == Outcome::Restored {
            return Err(Refusal::OutcomeReserved);
        }
        let (track, key) = self.find(id)?;
        if let Some(since) = track.open.as_ref().and_then(|incident| incident.clears) {
            self.clear(&key, since, effects);
        }
        // What has just cleared may have been a trouble, which is over with that.
        let (track, _) = self.find(id)?;
        let Some(mut incident) = track.open.take() else { return Err(Refusal::AlreadyResolved) };
        let until = incident.acknowledged_until;
        let how = Resolving { outcome, cause: Cause::Resolved, actor: Some(actor.to_owned()) };
        resolve(&mut incident, now, how, effects);
        if incident.stands() {
            track.lingering.push(incident);
        }
        self.forget_expiry(until, &key);
        Ok(())
    }

    // ── time ──

    /// Lets acknowledgements run out and, if everything due has been told, what ended clear.
    pub fn wake(&mut self, now: Timestamp, looking: bool, effects: &mut Vec<Effect>) {
        while let Some((since, key)) = self.clearing.first().filter(|_| looking).cloned() {
            self.clear(&key, since, effects);
        }
        while let Some((until, key)) = self.expiries.first().filter(|(until, _)| *until <= now) {
            let (until, key) = (*until, key.clone());
            self.expiries.remove(&(until, key.clone()));
            let open = self.tracks.get_mut(&key).and_then(|track| track.open.as_mut());
            let Some(incident) = open else { continue };
            incident.acknowledged_until = None;
            let detail = Detail::AcknowledgementExpired;
            let cause = Cause::AcknowledgementExpired;
            shift(incident, State::Open, cause, until, None, detail, effects);
            let step = format!("rings-again-{}", incident.acknowledgements);
            ring(incident, step, effects);
        }
    }
}

/// Whether findings of this kind are jikimi's own and no rule's.
fn is_own(kind: &KindId) -> bool {
    ["unwatched", "clock"].contains(&kind.as_str())
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

fn open(id: IncidentId, finding: &Finding, effects: &mut Vec<Effect>) -> Incident {
    let incident = Incident {
        id,
        class: finding.class,
        level: finding.level,
        state: State::Open,
        acknowledged_until: None,
        acknowledgements: 0,
        standing: vec![finding.contribution.clone()],
        ended: None,
        clears: None,
    };
    effects.push(Effect::Opened {
        incident: incident.id.clone(),
        class: finding.class,
        level: finding.level,
        at: finding.at,
    });
    effects.push(Effect::Moved {
        incident: incident.id.clone(),
        from: "none".to_owned(),
        to: State::Open.as_str().to_owned(),
        cause: Cause::Finding,
        at: finding.at,
        actor: None,
        because: Some(finding.because.clone()),
        detail: Detail::Opened,
    });
    effects.push(added(&incident.id, finding));
    ring(&incident, "opened".to_owned(), effects);
    incident
}

fn grow(incident: &mut Incident, finding: &Finding, effects: &mut Vec<Effect>) {
    if incident.has(&finding.contribution) {
        if finding.turn == Turn::Grew {
            effects.push(added(&incident.id, finding));
            raise(incident, finding, effects);
        }
        return;
    }
    if !incident.stands() && incident.clears.take().is_none() {
        stand(incident, true, finding.at, effects);
    }
    incident.standing.push(finding.contribution.clone());
    effects.push(added(&incident.id, finding));
    raise(incident, finding, effects);
}

/// A worse class or level rings once more; a better one changes nothing.
fn raise(incident: &mut Incident, finding: &Finding, effects: &mut Vec<Effect>) {
    let (class, level) = incident.worse(finding.class, finding.level);
    if (class, level) == (incident.class, incident.level) {
        return;
    }
    let said = |class: Class, level: crate::domain::Level| {
        format!("{} {}", class.as_str(), level.as_str())
    };
    effects.push(Effect::Moved {
        incident: incident.id.clone(),
        from: said(incident.class, incident.level),
        to: said(class, level),
        cause: Cause::Level,
        at: finding.at,
        actor: None,
        because: Some(finding.because.clone()),
        detail: Detail::Raised { class, level },
    });
    (incident.class, incident.level) = (class, level);
    ring(incident, format!("raised-{}-{}", class.as_str(), level.as_str()), effects);
}

/// Takes a contribution out; whether it was the last.
fn end(incident: &mut Incident, finding: &Finding, effects: &mut Vec<Effect>) -> bool {
    let before = incident.standing.len();
    incident.standing.retain(|contribution| *contribution != finding.contribution);
    if incident.standing.len() == before {
        return false;
    }
    incident.ended = incident.ended.max(Some(finding.at));
    effects.push(Effect::EvidenceEnded {
        incident: incident.id.clone(),
        contribution: finding.contribution.clone(),
        at: finding.at,
        because: finding.because.clone(),
    });
    !incident.stands()
}

fn stand(incident: &Incident, stands: bool, at: Timestamp, effects: &mut Vec<Effect>) {
    let (from, to, cause) = match stands {
        true => ("cleared", "standing", Cause::StandsAgain),
        false => ("standing", "cleared", Cause::Cleared),
    };
    effects.push(Effect::Moved {
        incident: incident.id.clone(),
        from: from.to_owned(),
        to: to.to_owned(),
        cause,
        at,
        actor: None,
        because: None,
        detail: Detail::Standing(stands),
    });
}

struct Resolving {
    outcome: Outcome,
    cause: Cause,
    actor: Option<String>,
}

fn resolve(incident: &mut Incident, at: Timestamp, how: Resolving, effects: &mut Vec<Effect>) {
    let detail = Detail::Resolved { outcome: how.outcome };
    incident.acknowledged_until = None;
    shift(incident, State::Resolved, how.cause, at, how.actor, detail, effects);
    effects.push(Effect::NoticesStopped { incident: incident.id.clone() });
}

fn shift(
    incident: &mut Incident,
    to: State,
    cause: Cause,
    at: Timestamp,
    actor: Option<String>,
    detail: Detail,
    effects: &mut Vec<Effect>,
) {
    effects.push(Effect::Moved {
        incident: incident.id.clone(),
        from: incident.state.as_str().to_owned(),
        to: to.as_str().to_owned(),
        cause,
        at,
        actor,
        because: None,
        detail,
    });
    incident.state = to;
}

/// Only what threatens people calls someone; the rest is shown.
fn ring(incident: &Incident, step: String, effects: &mut Vec<Effect>) {
    if incident.class == Class::Alarm {
        effects.push(Effect::NoticeDue {
            incident: incident.id.clone(),
            step,
            role: Role::Operator,
        });
    }
}

fn added(id: &IncidentId, finding: &Finding) -> Effect {
    Effect::EvidenceAdded { incident: id.clone(), evidence: finding.evidence() }
}

impl Incident {
    fn has(&self, contribution: &Contribution) -> bool {
        self.standing.contains(contribution)
    }

    /// The worse of what it is and what is said now.
    fn worse(&self, class: Class, level: crate::domain::Level) -> (Class, crate::domain::Level) {
        (self.class.worse(class), self.level.max(level))
    }
}
