//! Climbing the ladder: each step in its time, none twice, none after somebody has it, and the
//! last in any case.

use super::agenda::{Due, Hand};
use super::notices;
use super::tracks::Tracks;
use crate::domain::Class;
use crate::domain::time::{Timestamp, after};
use crate::incident::{Incident, IncidentId, Ladder, Role, Rung};
use crate::monitor::effect::Effect;

impl Tracks {
    /// A step has come due.
    pub fn climb(&mut self, id: &IncidentId, hand: &mut Hand<'_>) {
        if let Some(incident) = self.get(id) {
            climb(incident, hand);
        }
    }
}

/// Begins the ladder that is for such an incident; whether there is one. Before it is an alarm a
/// resident may be asked and nobody is called: an early sign is shown, and rings nowhere.
pub fn begin(incident: &mut Incident, hand: &mut Hand<'_>) -> bool {
    let in_home = hand.in_home(&incident.id.place);
    let policy = hand.configuration.ladders.of(&incident.id.kind, in_home);
    let asks_first = policy.and_then(|policy| policy.steps.first()).is_some_and(Rung::only_asks);
    let now = incident.class == Class::Alarm || asks_first;
    now && begin_with(incident, |_| true, hand)
}

/// Begins it anew with the first step that calls more than the operator, who has just been rung,
/// and the resident, who was asked before.
pub fn begin_with_people(incident: &mut Incident, hand: &mut Hand<'_>) -> bool {
    let is_called = |role: &Role| !matches!(role, Role::Operator | Role::Resident);
    begin_with(incident, |rung| rung.roles.iter().any(is_called), hand)
}

fn begin_with(
    incident: &mut Incident,
    wanted: impl Fn(&Rung) -> bool,
    hand: &mut Hand<'_>,
) -> bool {
    let in_home = hand.in_home(&incident.id.place);
    let policy = hand.configuration.ladders.of(&incident.id.kind, in_home);
    let Some(policy) = policy else { return false };
    let first = policy.steps.iter().position(wanted).unwrap_or(0);
    let steps: Vec<Rung> = policy.steps.iter().skip(first).cloned().collect();
    let Some(rung) = steps.first() else { return false };
    let due = after(hand.now, rung.after);
    stop(incident, hand);
    incident.work.ladders += 1;
    let run = incident.work.ladders;
    let id = incident.id.clone();
    hand.say(Effect::LadderBegun { incident: id.clone(), run, steps: steps.clone(), due });
    hand.agenda.arm(due, Due::Step(id));
    incident.work.ladder = Some(Ladder { run, steps, next: Some((0, due)) });
    hasten(incident, hand);
    climb(incident, hand);
    true
}

/// Takes every step that is due by now.
pub fn climb(incident: &mut Incident, hand: &mut Hand<'_>) {
    while let Some((step, _)) = next(incident).filter(|(_, due)| *due <= hand.now) {
        if let Some(morning) = waits(incident, step, hand) {
            return move_to(incident, step, morning, hand);
        }
        take(incident, step, hand);
    }
}

/// Takes at once what its level calls for; whether there was anything.
pub fn hasten(incident: &mut Incident, hand: &mut Hand<'_>) -> bool {
    let Some(ladder) = &incident.work.ladder else { return false };
    let Some((next, _)) = ladder.next else { return false };
    let grave = |rung: &Rung| rung.at_level.is_some_and(|level| level <= incident.level);
    let Some(last) = ladder.steps.iter().rposition(grave).filter(|last| *last >= next) else {
        return false;
    };
    for step in next..=last {
        take(incident, step, hand);
    }
    true
}

/// Nobody is there who would answer to the step that was taken last: the next comes at once.
pub fn go_on(incident: &mut Incident, hand: &mut Hand<'_>) {
    if let Some((step, due)) = next(incident)
        && due > hand.now
    {
        move_to(incident, step, hand.now, hand);
        climb(incident, hand);
    }
}

/// The resident needs help: whoever is called first is called now, by night as by day.
pub fn call_people(incident: &mut Incident, hand: &mut Hand<'_>) -> bool {
    let Some(ladder) = &incident.work.ladder else { return false };
    let Some((next, _)) = ladder.next else { return false };
    let people = ladder.steps.iter().skip(next).position(|rung| !rung.only_asks());
    let Some(people) = people.map(|ahead| next + ahead) else { return false };
    for step in next..=people {
        take(incident, step, hand);
    }
    true
}

/// No further step is taken.
pub fn stop(incident: &mut Incident, hand: &mut Hand<'_>) {
    let Some(ladder) = incident.work.ladder.take() else { return };
    if let Some((_, due)) = ladder.next {
        hand.agenda.disarm(due, Due::Step(incident.id.clone()));
    }
    hand.say(Effect::LadderStopped { incident: incident.id.clone(), at: hand.now });
}

/// A sign of life answers what the resident was asked; a button that is let go, or smoke that
/// thins, answers nothing.
pub fn answered_by_itself(incident: &mut Incident, hand: &mut Hand<'_>) {
    if incident.work.ladder.as_ref().is_some_and(asks) {
        stop(incident, hand);
    }
}

fn asks(ladder: &Ladder) -> bool {
    ladder.steps.iter().any(|rung| rung.roles.contains(&Role::Resident))
}

fn next(incident: &Incident) -> Option<(usize, Timestamp)> {
    incident.work.ladder.as_ref()?.next
}

/// Until when a step waits because it is night.
fn waits(incident: &Incident, step: usize, hand: &Hand<'_>) -> Option<Timestamp> {
    let rung = incident.work.ladder.as_ref()?.steps.get(step)?;
    let morning = hand.configuration.ladders.night?.over(hand.now)?;
    let is_bearable = rung.waits_below.is_some_and(|level| incident.level < level);
    let is_asleep = || asks_about_silence(incident) && (hand.sleeps)(&incident.id.place);
    (is_bearable || is_asleep()).then_some(morning)
}

/// Whether its ladder begins with the resident: who calls for help is not asked for consent.
fn asks_about_silence(incident: &Incident) -> bool {
    incident.work.ladder.as_ref().is_some_and(asks)
}

fn move_to(incident: &mut Incident, step: usize, due: Timestamp, hand: &mut Hand<'_>) {
    let id = incident.id.clone();
    let Some(ladder) = &mut incident.work.ladder else { return };
    if let Some((_, before)) = ladder.next.replace((step, due)) {
        hand.agenda.disarm(before, Due::Step(id.clone()));
    }
    let run = ladder.run;
    hand.agenda.arm(due, Due::Step(id.clone()));
    hand.say(Effect::StepMoved { incident: id, run, step, due });
}

/// Tells whoever a step names. Those behind it wait from now on: what comes late is no reason to
/// give anybody less time to answer.
fn take(incident: &mut Incident, step: usize, hand: &mut Hand<'_>) {
    let id = incident.id.clone();
    let exercise = incident.exercise;
    let by_night = hand.configuration.ladders.night.and_then(|night| night.over(hand.now));
    let Some(ladder) = &mut incident.work.ladder else { return };
    let Some(rung) = ladder.steps.get(step) else { return };
    let roles = match by_night {
        Some(_) if !rung.night_roles.is_empty() => &rung.night_roles,
        _ => &rung.roles,
    };
    // Nobody who lives there is frightened by an exercise.
    let told = |role: &&Role| !(exercise && **role == Role::Resident);
    let roles: Vec<Role> = roles.iter().filter(told).copied().collect();
    let following = ladder.steps.get(step + 1).map(|rung| after(hand.now, rung.after));
    let (run, name) = (ladder.run, ladder.name(step));
    let before = std::mem::replace(&mut ladder.next, following.map(|due| (step + 1, due)));
    if let Some((_, before)) = before {
        hand.agenda.disarm(before, Due::Step(id.clone()));
    }
    if let Some(due) = following {
        hand.agenda.arm(due, Due::Step(id.clone()));
    }
    let (at, told) = (hand.now, roles.clone());
    hand.say(Effect::StepTaken { incident: id, run, step, roles: told, at, next: following });
    for role in roles {
        notices::tell(incident, &name, role, hand);
    }
}
