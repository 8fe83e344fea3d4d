//! One batch as rows: the inputs of a few sites in their order, and everything each caused.

use serde::Serialize;

use super::db::{Arg, Connection};
use super::response::keys;
use super::statements::Statements;
use super::{StoreError, households, log, notices, response, signs, trail};
use crate::audit;
use crate::domain::time::Timestamp;
use crate::domain::{Action, Answer, Id, Input, SiteId};
use crate::incident::{Cause, Evidence, IncidentId, State};
use crate::monitor::{Detail, Effect, Step};

/// What one input did to one site.
#[derive(Debug, Clone)]
pub struct Stepped {
    pub site: SiteId,
    pub input: Input,
    pub step: Step,
}

/// A message that could not be taken, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    pub received_at: Timestamp,
    pub topic: String,
    pub reason: &'static str,
    pub sentence: String,
    pub payload: Vec<u8>,
}

/// How much of a dead letter's payload is kept.
const PAYLOAD_KEPT: usize = 1024;

/// Everything one transaction writes.
#[derive(Debug, Default, Clone)]
pub struct Commit {
    pub steps: Vec<Stepped>,
    pub dead_letters: Vec<DeadLetter>,
    /// What people did, for the trail.
    pub trail: Vec<audit::Entry>,
}

impl Commit {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.dead_letters.is_empty() && self.trail.is_empty()
    }

    /// Whether all it does is to fill the log.
    pub(super) fn is_log_only(&self) -> bool {
        let activates = |input: &Input| matches!(input, Input::ConfigurationActivated { .. });
        self.dead_letters.is_empty()
            && self.trail.is_empty()
            && !self.carries_effects()
            && !self.steps.iter().any(|stepped| activates(&stepped.input))
    }

    /// Whether anything comes of it.
    #[must_use]
    pub fn carries_effects(&self) -> bool {
        self.steps.iter().any(|stepped| !stepped.step.effects.is_empty())
    }
}

pub(super) async fn write(to: &mut Connection, commit: &Commit) -> Result<(), StoreError> {
    log::write(to, &commit.steps).await?;
    let mut into = Statements::default();
    for stepped in &commit.steps {
        if let Input::ConfigurationActivated { hash, .. } = &stepped.input {
            let site = stepped.site.as_str().into();
            into.run(ACTIVATE, vec![site, number(stepped.step.position), hash.as_str().into()]);
        }
        notices::settle(&mut into, &stepped.input);
        for (ordinal, effect) in stepped.step.effects.iter().enumerate() {
            let at = Where { stepped, ordinal: i64::try_from(ordinal).unwrap_or(i64::MAX) };
            write_effect(&mut into, &at, effect)?;
        }
    }
    for letter in &commit.dead_letters {
        write_dead_letter(&mut into, letter);
    }
    into.write(to).await?;
    trail::append(to, &commit.trail).await
}

/// A position as the database holds it.
pub(super) fn number(position: u64) -> Arg {
    Arg::Int(i64::try_from(position).unwrap_or(i64::MAX))
}

pub(super) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Corrupt { what: "value", detail: error.to_string() })
}

// ── effects ──

struct Where<'a> {
    stepped: &'a Stepped,
    ordinal: i64,
}

impl Where<'_> {
    /// Site, position, ordinal, then kind, place, n.
    fn keys(&self, incident: &IncidentId) -> Vec<Arg> {
        let mut args = vec![
            self.stepped.site.as_str().into(),
            number(self.stepped.step.position),
            Arg::Int(self.ordinal),
        ];
        args.extend(keys(incident).into_iter().skip(1));
        args
    }

    fn place(&self) -> signs::Place<'_> {
        let Stepped { site, step, .. } = self.stepped;
        let (position, step_at) = (step.position, step.step_at);
        signs::Place { site, position, ordinal: self.ordinal, step_at }
    }

    fn step_at(&self) -> Timestamp {
        self.stepped.step.step_at
    }
}

fn write_effect(into: &mut Statements, at: &Where<'_>, effect: &Effect) -> Result<(), StoreError> {
    match effect {
        Effect::Opened { incident, class, level, at: opened, exercise_until } => {
            let mut args = keys(incident);
            args.extend([class.as_str().into(), level.as_str().into(), (*opened).into()]);
            args.extend([at.step_at().into(), number(at.stepped.step.position)]);
            args.extend([exercise_until.is_some().into(), (*exercise_until).into()]);
            into.run(OPEN, args);
        }
        Effect::EvidenceAdded { incident, evidence } => {
            into.run(ADD_EVIDENCE, evidence_row(at, incident, evidence)?);
            touch(into, at, incident);
        }
        Effect::EvidenceEnded { incident, contribution, at: ended, because } => {
            let mut args = keys(incident);
            args.extend([contribution.rule.as_str().into(), contribution.source.as_str().into()]);
            args.extend([(*ended).into(), because.en.as_str().into(), because.ko.as_str().into()]);
            into.run(END_EVIDENCE, args);
            touch(into, at, incident);
        }
        Effect::Moved { incident, from, to, cause, at: moved, actor, because, detail } => {
            let mut args = at.keys(incident);
            args.extend([from.as_str().into(), to.as_str().into(), cause.as_str().into()]);
            args.extend([(*moved).into(), at.step_at().into(), actor.as_deref().into()]);
            let because = because.as_ref().map(|words| (words.en.as_str(), words.ko.as_str()));
            args.extend([because.map(|(en, _)| en).into(), because.map(|(_, ko)| ko).into()]);
            into.run(MOVE, args);
            write_detail(into, at, incident, actor.as_deref(), *detail);
            touch(into, at, incident);
        }
        Effect::NoticeDue { incident, step, role } => {
            let mut args = vec![format!("{incident}/{step}/{}", role.as_str()).into()];
            args.extend(at.keys(incident));
            args.extend([step.as_str().into(), role.as_str().into(), at.step_at().into()]);
            into.run(QUEUE_NOTICE, args);
        }
        Effect::NoticesStopped { incident } => {
            into.run(STOP_NOTICES, keys(incident));
            into.run(STOP_DELIVERIES, keys(incident));
        }
        Effect::SignPlanned { .. } | Effect::SignShows { .. } | Effect::SignConfirmed { .. } => {
            signs::write(into, &at.place(), effect);
        }
        Effect::Household { home, household, change, at: told } => {
            let Where { stepped, ordinal } = *at;
            let whose = households::Whose { stepped, ordinal, home, household };
            households::write(into, whose, change, *told)?;
        }
        Effect::LadderBegun { .. }
        | Effect::StepTaken { .. }
        | Effect::StepMoved { .. }
        | Effect::LadderStopped { .. }
        | Effect::Assigned { .. }
        | Effect::Commented { .. }
        | Effect::Ticked { .. }
        | Effect::SilenceSet(_)
        | Effect::SilenceBegun { .. }
        | Effect::SilenceEnded { .. } => write_work(into, at, effect)?,
        // Nothing is kept of it: who starts wants it again.
        Effect::PlanWanted { .. } => {}
        Effect::Answered { key, answer } => write_answer(into, at, key, answer)?,
    }
    Ok(())
}

fn write_answer(
    into: &mut Statements,
    at: &Where<'_>,
    key: &str,
    answer: &Answer,
) -> Result<(), StoreError> {
    let Input::Command(command) = &at.stepped.input else { return Ok(()) };
    let mut args: Vec<Arg> = vec![at.stepped.site.as_str().into(), key.into()];
    args.push(number(at.stepped.step.position));
    args.extend([command.actor.as_str().into(), json(&command.action)?.into()]);
    args.push(json(answer)?.into());
    into.run(ANSWER, args);
    Ok(())
}

/// What people have done, or is planned to tell them.
fn write_work(into: &mut Statements, at: &Where<'_>, effect: &Effect) -> Result<(), StoreError> {
    response::write(into, &at.place(), effect)?;
    if let Effect::Assigned { incident, to, at: assigned, actor } = effect {
        let to = to.as_deref().unwrap_or("nobody");
        let mut args = at.keys(incident);
        args.extend(["assigned".into(), to.into(), Cause::Assigned.as_str().into()]);
        args.extend([(*assigned).into(), at.step_at().into(), actor.as_str().into()]);
        args.extend([Arg::Null, Arg::Null]);
        into.run(MOVE, args);
    }
    if let Some(incident) = effect.incident() {
        touch(into, at, incident);
    }
    Ok(())
}

fn evidence_row(
    at: &Where<'_>,
    incident: &IncidentId,
    evidence: &Evidence,
) -> Result<Vec<Arg>, StoreError> {
    let mut args = at.keys(incident);
    args.extend([
        evidence.contribution.rule.as_str().into(),
        evidence.rule_version.as_str().into(),
        evidence.contribution.source.as_str().into(),
        evidence.class.as_str().into(),
        evidence.level.as_str().into(),
        evidence.zone.as_ref().map(Id::as_str).into(),
        json(&evidence.devices)?.into(),
        evidence.at.into(),
        at.step_at().into(),
        evidence.late.into(),
        evidence.because.en.as_str().into(),
        json(&evidence.readings)?.into(),
        evidence.because.ko.as_str().into(),
    ]);
    Ok(args)
}

fn write_detail(
    into: &mut Statements,
    at: &Where<'_>,
    incident: &IncidentId,
    actor: Option<&str>,
    detail: Detail,
) {
    let mut args = keys(incident);
    let now = at.step_at();
    let sql = match detail {
        Detail::Opened | Detail::Answered(_) => return,
        Detail::Silenced(silenced) => {
            args.push(silenced.into());
            SILENCE
        }
        Detail::Reopened { until } => {
            args.extend([State::Acknowledged.as_str().into(), actor.into()]);
            args.extend([now.into(), until.into()]);
            REOPEN
        }
        Detail::Raised { class, level } => {
            args.extend([class.as_str().into(), level.as_str().into()]);
            RAISE
        }
        Detail::Acknowledged { until } => {
            args.extend([State::Acknowledged.as_str().into(), actor.into()]);
            args.extend([now.into(), until.into()]);
            ACKNOWLEDGE
        }
        Detail::AcknowledgementExpired => {
            args.push(State::Open.as_str().into());
            EXPIRE
        }
        Detail::Standing(stands) => {
            args.push(stands.into());
            STAND
        }
        Detail::Resolved { outcome } => {
            args.extend([State::Resolved.as_str().into(), actor.into(), now.into()]);
            args.extend([outcome.as_str().into(), note(&at.stepped.input).into()]);
            RESOLVE
        }
    };
    into.run(sql, args);
}

/// What the person who resolved it wrote.
fn note(input: &Input) -> Option<&str> {
    match input {
        Input::Command(command) => match &command.action {
            Action::Resolve { note, .. } | Action::FoundAway { note, .. } => note.as_deref(),
            _ => None,
        },
        _ => None,
    }
}

fn touch(into: &mut Statements, at: &Where<'_>, incident: &IncidentId) {
    let mut args = keys(incident);
    args.push(number(at.stepped.step.position));
    into.run(TOUCH, args);
}

fn write_dead_letter(into: &mut Statements, letter: &DeadLetter) {
    let kept = &letter.payload[..letter.payload.len().min(PAYLOAD_KEPT)];
    let args = vec![
        letter.received_at.into(),
        letter.topic.as_bytes()[..letter.topic.len().min(PAYLOAD_KEPT)].to_vec().into(),
        letter.reason.into(),
        letter.sentence.as_str().into(),
        Arg::Int(i64::try_from(letter.payload.len()).unwrap_or(i64::MAX)),
        kept.to_vec().into(),
    ];
    into.run(DEAD_LETTER, args);
}

// ── the texts ──

const ACTIVATE: &str = "INSERT INTO activation (site, position, hash) VALUES ($1, $2, $3)";
const OPEN: &str = "INSERT INTO incident (site, kind, place, n, class, level, state, stands, \
     opened_at, opened_step_at, opened_position, updated_position, exercise, ends_at) \
     VALUES ($1, $2, $3, $4, $5, $6, 'open', 1, $7, $8, $9, $9, $10, $11)";
const ADD_EVIDENCE: &str = "INSERT INTO evidence (site, position, ordinal, kind, place, n, rule, \
     rule_version, source, class, level, zone, devices, at, step_at, late, because, readings, \
     because_ko) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
     $19)";
const END_EVIDENCE: &str = "UPDATE evidence SET ended_at = $7, ended_because = $8, \
     ended_because_ko = $9 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4 AND rule = $5 AND source = $6 \
     AND ended_at IS NULL";
const MOVE: &str = "INSERT INTO transition (site, position, ordinal, kind, place, n, from_state, \
     to_state, cause, at, step_at, actor, because, because_ko) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const RAISE: &str = "UPDATE incident SET class = $5, level = $6 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const ACKNOWLEDGE: &str = "UPDATE incident SET state = $5, acknowledged_by = $6, \
     acknowledged_at = $7, acknowledged_until = $8, acknowledgements = acknowledgements + 1 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const EXPIRE: &str = "UPDATE incident SET state = $5, acknowledged_until = NULL \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const STAND: &str = "UPDATE incident SET stands = $5 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const RESOLVE: &str = "UPDATE incident SET state = $5, resolved_by = $6, resolved_at = $7, \
     outcome = $8, note = $9, acknowledged_until = NULL \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const SILENCE: &str = "UPDATE incident SET silenced = $5, silences = silences + $5 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const REOPEN: &str = "UPDATE incident SET state = $5, acknowledged_by = $6, \
     acknowledged_at = $7, acknowledged_until = $8, acknowledgements = acknowledgements + 1, \
     reopened = reopened + 1, resolved_by = NULL, resolved_at = NULL, outcome = NULL, \
     note = NULL WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const TOUCH: &str = "UPDATE incident SET updated_position = $5 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const QUEUE_NOTICE: &str = "INSERT INTO outbox (key, site, position, ordinal, kind, place, n, \
     step, role, queued_at, status) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'queued')";
const STOP_NOTICES: &str = "UPDATE outbox SET settled = 1, \
     status = CASE status WHEN 'queued' THEN 'stopped' ELSE status END \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4 AND settled = 0";
const STOP_DELIVERIES: &str = "UPDATE delivery SET status = 'stopped' WHERE status = 'due' \
     AND notice IN (SELECT key FROM outbox \
                    WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4)";
const ANSWER: &str = "INSERT INTO command (site, key, position, actor, action, answer) \
     VALUES ($1, $2, $3, $4, $5, $6)";
const DEAD_LETTER: &str = "INSERT INTO dead_letter (received_at, topic, reason, sentence, bytes, \
     payload) VALUES ($1, $2, $3, $4, $5, $6)";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let fixed = [
        ACTIVATE,
        OPEN,
        ADD_EVIDENCE,
        END_EVIDENCE,
        MOVE,
        RAISE,
        ACKNOWLEDGE,
        EXPIRE,
        STAND,
        RESOLVE,
        SILENCE,
        REOPEN,
        TOUCH,
        QUEUE_NOTICE,
        STOP_NOTICES,
        STOP_DELIVERIES,
        ANSWER,
        DEAD_LETTER,
    ];
    fixed.map(str::to_owned).to_vec()
}
