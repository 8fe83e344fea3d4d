//! Drills (훈련): an incident as if, beside whatever is real.
//!
//! A drill runs end to end: it opens, calls people, is acknowledged and ends, by itself at the
//! latest. What is really found meanwhile at the same place opens an incident of its own.

use super::agenda::{Hand, Key};
use super::grow::open;
use super::moves::{Move, stand};
use super::tracks::Tracks;
use crate::detect::{Means, Turn};
use crate::domain::time::{Timestamp, between};
use crate::domain::{Class, Id, KindId, Level, Outcome, PlaceId, Refusal, SiteId, Words};
use crate::incident::{Cause, Contribution, DRILL, DRILL_MAX, Incident, IncidentId};
use crate::monitor::Configuration;
use crate::monitor::effect::Effect;
use crate::monitor::finding::Finding;
use crate::monitor::own::{own_contribution, own_finding};

/// What somebody wants to have practised.
pub struct Asked<'a> {
    pub kind: &'a KindId,
    pub place: &'a PlaceId,
    pub until: Timestamp,
    pub note: Option<&'a str>,
}

impl Tracks {
    pub fn drill(
        &mut self,
        site: &SiteId,
        asked: &Asked<'_>,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<IncidentId, Refusal> {
        let key = target(asked, hand.configuration)?;
        let lasts = between(hand.now, asked.until);
        if !lasts.is_positive() || lasts > DRILL_MAX {
            return Err(Refusal::BadWindow);
        }
        let track = self.0.entry(key.clone()).or_default();
        if track.drill.is_some() {
            return Err(Refusal::DrillRuns);
        }
        track.n += 1;
        let (kind, place) = key;
        let id = IncidentId { site: site.clone(), kind, place, n: track.n };
        let finding = found(&id, asked.place, hand.now);
        track.drill = Some(open(id.clone(), &finding, Some(asked.until), hand));
        if let Some(note) = asked.note {
            let (incident, text) = (id.clone(), note.to_owned());
            let (at, actor) = (hand.now, actor.to_owned());
            hand.say(Effect::Commented { incident, text, at, actor });
        }
        Ok(id)
    }

    /// Its time is over.
    pub fn end_drill(&mut self, id: &IncidentId, until: Timestamp, hand: &mut Hand<'_>) {
        let moved = Move::itself(Cause::DrillEnded, until);
        // It was there a moment ago, so there is nothing to refuse.
        let _ended = self.finish(id, Outcome::Test, &moved, hand);
    }
}

/// What was pretended is no more.
pub fn pack_up(incident: &mut Incident, at: Timestamp, hand: &mut Hand<'_>) {
    for contribution in std::mem::take(&mut incident.standing) {
        let because = Words::new("훈련 종료", "the drill is over");
        let incident = incident.id.clone();
        hand.say(Effect::EvidenceEnded { incident, contribution, at, because });
    }
    incident.levels.clear();
    incident.ended = Some(at);
    stand(incident, false, at, hand);
}

/// The kind, and the place that such an incident would have.
fn target(asked: &Asked<'_>, configuration: &Configuration) -> Result<Key, Refusal> {
    let Configuration { site, situations, rules, .. } = configuration;
    let of_kind = rules.iter().find(|rule| rule.means == Means::Situation(asked.kind.clone()));
    let scope = situations.get(asked.kind).map(|situation| situation.scope);
    let scope = scope.or(of_kind.map(|rule| rule.scope)).ok_or(Refusal::UnknownSituation)?;
    let place = asked.place.as_str();
    if site.devices.contains_key(place) || site.within(place).is_none() {
        return Err(Refusal::UnknownPlace);
    }
    let zone = site.zones.get(place).map(|zone| site.place_of_zone(&zone.id, scope));
    Ok((asked.kind.clone(), zone.unwrap_or_else(|| asked.place.clone())))
}

fn found(id: &IncidentId, source: &PlaceId, at: Timestamp) -> Finding {
    let Contribution { rule, source } = own_contribution(DRILL, source);
    let zone = Id::new(&source).ok();
    let contribution = Contribution { rule, source };
    let because = Words::new("훈련 상황", "this is an exercise");
    let target = (id.kind.clone(), id.place.clone());
    let drill = own_finding(target, Level::Critical, contribution, Turn::Started, at, because);
    Finding { class: Class::Alarm, zone, ..drill }
}
