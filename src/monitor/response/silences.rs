//! Silences: what is found where one holds is recorded and shown, and told when it ends.

use super::agenda::Hand;
use super::ladders;
use super::moves::{Move, say_moved};
use super::notices;
use super::tracks::Tracks;
use crate::domain::time::{Timestamp, between};
use crate::domain::{Class, PlaceId, Refusal};
use crate::incident::{
    Cause, Contribution, Incident, Role, SILENCE_AHEAD_MAX, SILENCE_MAX, Silence, State,
};
use crate::monitor::effect::{Detail, Effect};

/// What somebody wants to be quiet.
pub struct Asked<'a> {
    pub place: &'a PlaceId,
    pub from: Option<Timestamp>,
    pub until: Timestamp,
    pub because: &'a str,
}

impl Tracks {
    pub fn silence(
        &mut self,
        asked: &Asked<'_>,
        actor: &str,
        hand: &mut Hand<'_>,
    ) -> Result<u32, Refusal> {
        let site = &hand.configuration.site;
        if site.within(asked.place.as_str()).is_none() {
            return Err(Refusal::UnknownPlace);
        }
        let device = site.devices.get(asked.place.as_str());
        if device.is_some_and(|device| device.reads.iter().all(|read| read.is_life_safety())) {
            return Err(Refusal::NeverSilenced);
        }
        let from = asked.from.unwrap_or(hand.now).max(hand.now);
        let lasts = between(from, asked.until);
        let ahead = between(hand.now, from);
        if !lasts.is_positive() || lasts > SILENCE_MAX || ahead > SILENCE_AHEAD_MAX {
            return Err(Refusal::BadWindow);
        }
        let silence = Silence {
            n: hand.agenda.next_silence(),
            place: asked.place.clone(),
            from,
            until: asked.until,
            because: asked.because.to_owned(),
            by: actor.to_owned(),
            begun: from <= hand.now,
        };
        let (n, begun) = (silence.n, silence.begun);
        hand.say(Effect::SilenceSet(silence.clone()));
        hand.agenda.keep_silence(silence);
        if begun {
            self.fall_silent(hand);
        }
        Ok(n)
    }

    pub fn unsilence(&mut self, n: u32, actor: &str, hand: &mut Hand<'_>) -> Result<(), Refusal> {
        if !hand.agenda.has_silence(n) {
            return Err(Refusal::UnknownSilence);
        }
        self.silence_ends(n, hand.now, Some(actor), hand);
        Ok(())
    }

    pub fn silence_begins(&mut self, n: u32, hand: &mut Hand<'_>) {
        hand.agenda.begin_silence(n);
        hand.say(Effect::SilenceBegun { n });
        self.fall_silent(hand);
    }

    pub fn silence_ends(
        &mut self,
        n: u32,
        at: Timestamp,
        actor: Option<&str>,
        hand: &mut Hand<'_>,
    ) {
        if hand.agenda.drop_silence(n).is_none() {
            return;
        }
        hand.say(Effect::SilenceEnded { n, at, actor: actor.map(str::to_owned) });
        for incident in self.open_mut() {
            speak_up(incident, hand);
        }
    }

    fn fall_silent(&mut self, hand: &mut Hand<'_>) {
        for incident in self.open_mut() {
            fall_silent(incident, hand);
        }
    }
}

/// If silences cover all of what stands, nobody is told of it; whether that is so.
pub fn fall_silent(incident: &mut Incident, hand: &mut Hand<'_>) -> bool {
    if !incident.work.silenced && is_covered(incident, hand) {
        incident.work.silenced = true;
        incident.work.silences += 1;
        let moved = Move::itself(Cause::Silenced, hand.now);
        say_moved(incident, ("told", "silenced"), &moved, Detail::Silenced(true), hand);
        ladders::stop(incident, hand);
        hand.say(Effect::NoticesStopped { incident: incident.id.clone() });
    }
    incident.work.silenced
}

/// If no silence covers it any more, people are told of it at once; of a trouble as well, so that
/// nothing that was put aside is forgotten.
pub fn speak_up(incident: &mut Incident, hand: &mut Hand<'_>) {
    if !incident.work.silenced || is_covered(incident, hand) {
        return;
    }
    incident.work.silenced = false;
    let moved = Move::itself(Cause::SilenceEnded, hand.now);
    say_moved(incident, ("silenced", "told"), &moved, Detail::Silenced(false), hand);
    if incident.state != State::Open || !incident.stands() {
        return;
    }
    let step = format!("silence-ended-{}", incident.work.silences);
    if !ladders::begin(incident, hand) {
        notices::tell(incident, &step, Role::Operator, hand);
    }
}

/// Whether all that stands of it lies under a silence that may cover it.
fn is_covered(incident: &Incident, hand: &Hand<'_>) -> bool {
    !incident.exercise
        && !Silence::spares(&incident.id.kind)
        && incident.stands()
        && hand.agenda.silences(hand.now).next().is_some()
        && incident.standing.iter().all(|of| is_hushed(of, incident.class, hand))
}

fn is_hushed(contribution: &Contribution, class: Class, hand: &Hand<'_>) -> bool {
    let configuration = hand.configuration;
    let rule = configuration.rules.iter().find(|rule| rule.id == contribution.rule);
    let is_heard = match rule {
        // What the panel or a button says is heard.
        Some(rule) => rule.quantities.iter().any(|read| read.is_life_safety()),
        // An alarm without a rule is what a person has said.
        None => class == Class::Alarm,
    };
    if is_heard {
        return false;
    }
    let Some(places) = configuration.site.within(&contribution.source) else { return false };
    hand.agenda.silences(hand.now).any(|silence| places.contains(&silence.place))
}
