//! The responding half: findings and commands → incidents and effects.
//!
//! It knows what stands, who has been told and what people have said to it, nothing of devices.
//! It is loaded from its rows, as of the last position, so what it holds is exactly what was
//! stored.
//!
//! While a backlog is drained no hold is stepped, so what ends there may be told before something
//! that had begun earlier. An incident whose last contribution ends meanwhile therefore clears
//! only once everything that was due has been said, and not at all if something had joined before.
//! People's deadlines go on all the same: an acknowledgement runs out, and a ladder's step is
//! taken, whatever a backlog may still say.

mod agenda;
mod answers;
mod declared;
mod drills;
mod findings;
mod grow;
mod ladders;
mod levels;
mod moves;
mod notices;
mod people;
mod silences;
mod tracks;

use super::effect::Effect;
use super::finding::Finding;
use super::watch::Held;
use crate::detect::Turn;
use crate::domain::household::Denied;
use crate::domain::time::Timestamp;
use crate::domain::{Action, Answer, Command, Input, Refusal, SiteId};
use crate::incident::{Incident, Silence, State};
use agenda::{Agenda, Due};
pub(super) use agenda::{Desk, Hand};
use std::collections::BTreeSet;
use tracks::Tracks;

pub struct Response {
    site: SiteId,
    tracks: Tracks,
    agenda: Agenda,
}

impl Response {
    #[must_use]
    pub fn new(site: SiteId) -> Self {
        Self { site, tracks: Tracks::default(), agenda: Agenda::default() }
    }

    /// Takes one incident back from its rows. Every unresolved one, every resolved one that
    /// stands, and the newest of each key have to come.
    pub fn load(&mut self, incident: Incident) {
        if incident.state != State::Resolved {
            self.agenda.enter(&incident);
        }
        self.tracks.load(incident);
    }

    /// Takes the silences back from their rows: those that are not over, and how many there have
    /// been.
    pub fn load_silences(&mut self, silences: Vec<Silence>, count: u32) {
        self.agenda.load_silences(silences, count);
    }

    /// When the next of people's deadlines comes and, if everything due is stepped, what clears
    /// then.
    #[must_use]
    pub fn wake_at(&self, looking: bool) -> Option<Timestamp> {
        self.agenda.next(looking)
    }

    /// Unresolved incidents, by kind and place; a drill behind what is real.
    pub fn open(&self) -> impl Iterator<Item = &Incident> {
        self.tracks.open()
    }

    fn at<'a>(&'a mut self, desk: &'a mut Desk<'_>) -> (&'a mut Tracks, Hand<'a>) {
        let hand = Hand {
            now: desk.now,
            looking: desk.looking,
            configuration: desk.configuration,
            sleeps: desk.sleeps,
            effects: desk.effects,
            agenda: &mut self.agenda,
        };
        (&mut self.tracks, hand)
    }

    pub fn take(&mut self, finding: &Finding, desk: &mut Desk<'_>) {
        let site = self.site.clone();
        let (tracks, mut hand) = self.at(desk);
        match finding.turn {
            Turn::Started | Turn::Grew => tracks.joins(&site, finding, &mut hand),
            Turn::Stopped => tracks.ends(finding, &mut hand),
        }
    }

    /// After an activation: what no detector holds any more has ended. If it goes on, the detector
    /// that watches now will find it again.
    pub fn reconcile(&mut self, held: &BTreeSet<Held>, desk: &mut Desk<'_>) {
        let (tracks, mut hand) = self.at(desk);
        tracks.reconcile(held, &mut hand);
    }

    /// What is not found by devices: commands, what became of notices, and time.
    ///
    /// `households`: what became of a change of a household, if it is one.
    pub fn step(&mut self, input: &Input, households: Result<(), Denied>, desk: &mut Desk<'_>) {
        match input {
            Input::Wake => self.wake(desk),
            Input::Command(command) => self.command(command, households, desk),
            Input::Undelivered { incident, step, role, because } => {
                let site = self.site.clone();
                let (tracks, mut hand) = self.at(desk);
                tracks.undelivered(&site, incident, (step, *role), because, &mut hand);
            }
            Input::Delivered { incident, step, role } => {
                let (tracks, mut hand) = self.at(desk);
                tracks.delivered(incident, (step, *role), &mut hand);
            }
            _ => {}
        }
    }

    /// What follows once all of a step has been taken.
    pub fn settle(&mut self, desk: &mut Desk<'_>) {
        let (tracks, mut hand) = self.at(desk);
        tracks.settle_levels(&mut hand);
    }

    fn command(&mut self, command: &Command, households: Result<(), Denied>, desk: &mut Desk<'_>) {
        let answer = match command.action {
            // Others keep what that changes, and have said what they think of it.
            Action::Household { .. } => {
                households.map(|()| Answer::Done).map_err(Refusal::Household)
            }
            Action::FoundAway { .. } => match households {
                Ok(()) => self.carry_out(command, desk),
                Err(denied) => Err(Refusal::Household(denied)),
            },
            _ => self.carry_out(command, desk),
        };
        let answer = answer.unwrap_or_else(Answer::Refused);
        desk.effects.push(Effect::Answered { key: command.key.clone(), answer });
    }

    fn carry_out(&mut self, command: &Command, desk: &mut Desk<'_>) -> Result<Answer, Refusal> {
        let Command { actor, action, .. } = command;
        if action.incident().is_some_and(|incident| incident.site != self.site) {
            return Err(Refusal::UnknownIncident);
        }
        let site = self.site.clone();
        let (tracks, mut hand) = self.at(desk);
        let hand = &mut hand;
        match action {
            Action::Acknowledge { incident } => tracks.acknowledge(incident, actor, hand)?,
            Action::TakeOver { incident } => tracks.take_over(incident, actor, hand)?,
            Action::Assign { incident, to } => {
                tracks.assign(incident, to.as_deref(), actor, hand)?;
            }
            Action::Comment { incident, text } => tracks.comment(incident, text, actor, hand)?,
            Action::Tick { incident, item, done } => {
                tracks.tick(incident, (item, *done), actor, hand)?;
            }
            Action::Resolve { incident, outcome, .. } => {
                tracks.close(incident, *outcome, actor, hand)?;
                tracks.withdraw(incident, hand);
            }
            Action::FoundAway { incident, .. } => tracks.found_away(incident, actor, hand)?,
            Action::Reopen { incident } => tracks.reopen(incident, actor, hand)?,
            Action::ResidentAnswered { incident, said } => {
                tracks.answered(incident, *said, actor, hand)?;
            }
            Action::Silence { place, from, until, because } => {
                let asked = silences::Asked { place, from: *from, until: *until, because };
                return tracks.silence(&asked, actor, hand).map(Answer::Silenced);
            }
            Action::Unsilence { n } => tracks.unsilence(*n, actor, hand)?,
            Action::Drill { kind, place, until, note } => {
                let asked = drills::Asked { kind, place, until: *until, note: note.as_deref() };
                return tracks.drill(&site, &asked, actor, hand).map(Answer::Opened);
            }
            Action::Declare(declaration) => {
                return tracks.declare(&site, declaration, actor, hand).map(Answer::Opened);
            }
            // An authority's notice is a finding by the time it comes here.
            Action::Household { .. } | Action::Notice(_) => {}
        }
        Ok(Answer::Done)
    }

    /// Lets what is due happen and, if everything due has been told, what ended clear.
    fn wake(&mut self, desk: &mut Desk<'_>) {
        let (tracks, mut hand) = self.at(desk);
        let hand = &mut hand;
        while let Some((since, key)) = hand.agenda.first_clearing().filter(|_| hand.looking) {
            tracks.clear(&key, since, hand);
        }
        while let Some((at, due)) = hand.agenda.take_due(hand.now) {
            match due {
                Due::AcknowledgementEnds(id) => tracks.expire(&id, at, hand),
                Due::Step(id) => tracks.climb(&id, hand),
                Due::DrillEnds(id) => tracks.end_drill(&id, at, hand),
                Due::SilenceBegins(n) => tracks.silence_begins(n, hand),
                Due::SilenceEnds(n) => tracks.silence_ends(n, at, None, hand),
            }
        }
    }
}
