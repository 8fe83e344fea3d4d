//! How bad an incident is (관심·주의·경계·심각): up with what is found, down with what ends, each
//! step with its reason.
//!
//! Up rings once more; down rings nobody. The class never goes down: what was an alarm waits for a
//! person. And nothing goes down because data stopped coming, since then nothing ends. A step
//! down comes after five minutes of what is left, and in a backlog, where what ends is told before
//! what had begun earlier, once everything that was due has been said.

use super::agenda::{Hand, key_of};
use super::moves::{Move, say_moved};
use super::tracks::Tracks;
use super::{ladders, notices};
use crate::domain::time::Timestamp;
use crate::domain::{Class, Level, Words};
use crate::incident::{Cause, Contribution, Incident, State};
use crate::monitor::effect::Detail;
use crate::monitor::finding::Finding;

/// A worse class or level rings once more.
pub fn raise(incident: &mut Incident, finding: &Finding, hand: &mut Hand<'_>) {
    incident.weigh(&finding.evidence());
    let worse = (incident.class.worse(finding.class), incident.level.max(finding.level));
    worsen(incident, worse, finding.at, &finding.because, hand);
    // It may be less than what was there when it had last stood.
    follow(incident, hand);
}

pub fn worsen(
    incident: &mut Incident,
    (class, level): (Class, Level),
    at: Timestamp,
    because: &Words,
    hand: &mut Hand<'_>,
) {
    if (class, level) == (incident.class, incident.level) {
        return;
    }
    let (from, to) = (said(incident.class, incident.level), said(class, level));
    let moved = Move::itself(Cause::Level, at).because(because);
    say_moved(incident, (&from, &to), &moved, Detail::Raised { class, level }, hand);
    let is_alarm_now = class == Class::Alarm && incident.class != Class::Alarm;
    (incident.class, incident.level) = (class, level);
    if incident.work.silenced {
        return;
    }
    let waited = incident.state == State::Open && incident.work.ladders == 0;
    if is_alarm_now && waited && ladders::begin(incident, hand) {
        return;
    }
    // A level that has rung is not rung again by what trembles, unless somebody has had it since.
    let plain = format!("raised-{}-{}", class.as_str(), level.as_str());
    let has_rung = incident
        .work
        .told
        .iter()
        .any(|told| told.strip_prefix(&plain).is_some_and(|rest| rest.starts_with('/')));
    let step = match incident.acknowledgements {
        times if has_rung && times > 0 => format!("{plain}-again-{times}"),
        _ => plain,
    };
    // Whoever its ladder calls at this level is called now, and nobody besides.
    if !ladders::hasten(incident, hand) {
        notices::ring(incident, &step, hand);
    }
}

fn said(class: Class, level: Level) -> String {
    format!("{} {}", class.as_str(), level.as_str())
}

/// Notes whether it goes down to what is left, should nothing worse come before it is due.
pub fn follow(incident: &Incident, hand: &mut Hand<'_>) {
    // A drill beside it has the same key.
    if incident.exercise {
        return;
    }
    let since = incident.left().map(|_| incident.ended.unwrap_or(hand.now));
    hand.agenda.eases(&key_of(incident), since);
}

impl Tracks {
    /// At the end of a step, when everything that it ends and begins has been said: takes down
    /// what goes down. While a backlog is drained it waits.
    pub fn settle_levels(&mut self, hand: &mut Hand<'_>) {
        for key in hand.agenda.take_easing(hand.now, hand.looking) {
            let open = self.0.get_mut(&key).and_then(|track| track.open.as_mut());
            let Some(incident) = open else { continue };
            if let Some(level) = incident.left() {
                ease(incident, level, hand);
            }
        }
    }
}

fn ease(incident: &mut Incident, level: Level, hand: &mut Hand<'_>) {
    let worst = |of: &&Contribution| incident.levels.get(*of) == Some(&level);
    let rest = incident.standing.iter().find(worst);
    let rest = rest.map_or_else(String::new, |of| format!("{} {}", of.rule, of.source));
    let at = incident.ended.unwrap_or(hand.now);
    let because = Words::new(
        format!("더 나쁜 근거 종료; 남은 근거: {rest}"),
        format!("what was worse is over; what stands still: {rest}"),
    );
    let (from, to) = (said(incident.class, incident.level), said(incident.class, level));
    let moved = Move::itself(Cause::Level, at).because(&because);
    say_moved(incident, (&from, &to), &moved, Detail::Eased { level }, hand);
    incident.level = level;
}
