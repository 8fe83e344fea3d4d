//! What people do about incidents, as rows: ladders, remarks, checklists, silences; and the same
//! back into a monitor.

use std::collections::{BTreeMap, BTreeSet};

use super::commit::{json, number};
use super::db::{Arg, Db, Row};
use super::recall::{corrupt, named};
use super::signs::Place;
use super::statements::Statements;
use super::{Store, StoreError};
use crate::domain::SiteId;
use crate::domain::time::Timestamp;
use crate::incident::{IncidentId, Ladder, Rung, Silence, Work};
use crate::monitor::Effect;

/// Writes one effect of these.
pub(super) fn write(
    into: &mut Statements,
    place: &Place<'_>,
    effect: &Effect,
) -> Result<(), StoreError> {
    match effect {
        Effect::LadderBegun { incident, run, steps, due } => {
            for (step, rung) in steps.iter().enumerate() {
                let mut args = step_keys(incident, *run, step);
                args.push(json(rung)?.into());
                args.push(if step == 0 { (*due).into() } else { Arg::Null });
                into.run(PLAN_STEP, args);
            }
        }
        Effect::StepTaken { incident, run, step, roles, at, next } => {
            let mut args = step_keys(incident, *run, *step);
            args.extend([(*at).into(), json(roles)?.into()]);
            into.run(TAKE_STEP, args);
            if let Some(due) = next {
                move_step(into, incident, *run, step + 1, *due);
            }
        }
        Effect::StepMoved { incident, run, step, due } => {
            move_step(into, incident, *run, *step, *due);
        }
        Effect::LadderStopped { incident, at } => {
            let mut args = keys(incident);
            args.push((*at).into());
            into.run(STOP_STEPS, args);
        }
        Effect::Assigned { incident, to, .. } => {
            let mut args = keys(incident);
            args.push(to.as_deref().into());
            into.run(ASSIGN, args);
        }
        Effect::Commented { incident, text, at, actor } => {
            let mut args = in_log(place, incident);
            args.extend([(*at).into(), actor.as_str().into(), text.as_str().into()]);
            into.run(COMMENT, args);
        }
        Effect::Ticked { incident, item, done, at, actor } => {
            let mut args = keys(incident);
            args.extend([item.as_str().into(), (*done).into()]);
            args.extend([(*at).into(), actor.as_str().into()]);
            into.run(TICK, args);
        }
        _ => write_silence(into, place, effect),
    }
    Ok(())
}

fn write_silence(into: &mut Statements, place: &Place<'_>, effect: &Effect) {
    let position = number(place.position);
    let of = |n: u32| -> Vec<Arg> { vec![place.site.as_str().into(), n.into()] };
    match effect {
        Effect::SilenceSet(Silence { n, place: at, from, until, because, by, begun }) => {
            let mut args = of(*n);
            args.extend([at.as_str().into(), (*from).into(), (*until).into()]);
            args.extend([because.as_str().into(), by.as_str().into(), place.step_at.into()]);
            args.extend([(*begun).into(), position]);
            into.run(SET_SILENCE, args);
        }
        Effect::SilenceBegun { n } => {
            let args = [of(*n), vec![position]].concat();
            into.run(BEGIN_SILENCE, args);
        }
        Effect::SilenceEnded { n, at, actor } => {
            let args = [of(*n), vec![(*at).into(), actor.as_deref().into(), position]].concat();
            into.run(END_SILENCE, args);
        }
        _ => {}
    }
}

fn move_step(into: &mut Statements, incident: &IncidentId, run: u32, step: usize, due: Timestamp) {
    let mut args = step_keys(incident, run, step);
    args.push(due.into());
    into.run(MOVE_STEP, args);
}

/// Site, kind, place, n.
pub(super) fn keys(incident: &IncidentId) -> Vec<Arg> {
    vec![
        incident.site.as_str().into(),
        incident.kind.as_str().into(),
        incident.place.as_str().into(),
        incident.n.into(),
    ]
}

fn step_keys(incident: &IncidentId, run: u32, step: usize) -> Vec<Arg> {
    let mut args = keys(incident);
    args.extend([run.into(), Arg::Int(i64::try_from(step).unwrap_or(i64::MAX))]);
    args
}

fn in_log(place: &Place<'_>, incident: &IncidentId) -> Vec<Arg> {
    let mut args = keys(incident);
    args.extend([number(place.position), Arg::Int(place.ordinal)]);
    args
}

// ── back again ──

type Key = (String, String, i64);

/// What is known of a site's incidents beyond their own rows.
#[derive(Default)]
pub(super) struct Works {
    told: BTreeMap<Key, BTreeSet<String>>,
    ladders: BTreeMap<Key, Vec<Step>>,
}

/// A ladder's step as it stands.
struct Step {
    run: u32,
    rung: Rung,
    due: Option<Timestamp>,
    taken: bool,
    stopped: bool,
}

impl Works {
    pub(super) async fn read(db: &Db, site: &SiteId) -> Result<Self, StoreError> {
        let mut works = Self::default();
        for row in db.all(&known(TOLD), vec![site.as_str().into()]).await? {
            let told = format!("{}/{}", row.text("step")?, row.text("role")?);
            works.told.entry(key(&row)?).or_default().insert(told);
        }
        for row in db.all(&known(STEPS), vec![site.as_str().into()]).await? {
            let step = Step {
                run: u32::try_from(row.int("run")?).map_err(corrupt("number"))?,
                rung: serde_json::from_str(&row.text("rung")?).map_err(corrupt("step"))?,
                due: row.moment_or_null("due_at")?,
                taken: row.int_or_null("taken_at")?.is_some(),
                stopped: row.int_or_null("stopped_at")?.is_some(),
            };
            works.ladders.entry(key(&row)?).or_default().push(step);
        }
        Ok(works)
    }

    /// That of the incident in a row.
    pub(super) fn take(&mut self, row: &Row, resolved: bool) -> Result<Work, StoreError> {
        let key = key(row)?;
        let steps = self.ladders.remove(&key).unwrap_or_default();
        let ends_at = row.moment_or_null("ends_at")?;
        Ok(Work {
            ends_at: ends_at.filter(|_| !resolved),
            told: self.told.remove(&key).unwrap_or_default(),
            silenced: row.int("silenced")? != 0,
            silences: u32::try_from(row.int("silences")?).map_err(corrupt("number"))?,
            ladders: steps.last().map_or(0, |last| last.run),
            ladder: ladder(steps),
        })
    }
}

/// The last ladder, unless it was stopped.
fn ladder(steps: Vec<Step>) -> Option<Ladder> {
    let run = steps.last()?.run;
    let of_last: Vec<Step> = steps.into_iter().filter(|step| step.run == run).collect();
    if of_last.iter().any(|step| step.stopped) {
        return None;
    }
    let waiting = of_last.iter().position(|step| !step.taken);
    let next = waiting.and_then(|step| Some((step, of_last[step].due?)));
    Some(Ladder { run, steps: of_last.into_iter().map(|step| step.rung).collect(), next })
}

fn key(row: &Row) -> Result<Key, StoreError> {
    Ok((row.text("kind")?, row.text("place")?, row.int("n")?))
}

impl Store {
    /// A site's silences that are not over, and how many there have been.
    ///
    /// # Errors
    /// If the database cannot be read or holds what cannot be understood.
    pub(super) async fn silences(&self, site: &SiteId) -> Result<(Vec<Silence>, u32), StoreError> {
        let rows = self.db.all(SILENCES, vec![site.as_str().into()]).await?;
        let silences: Result<Vec<Silence>, StoreError> = rows.iter().map(silence).collect();
        let last = self.db.first(LAST_SILENCE, vec![site.as_str().into()]).await?;
        let last = last.map_or(Ok(None), |row| row.int_or_null("n"))?.unwrap_or(0);
        Ok((silences?, u32::try_from(last).map_err(corrupt("number"))?))
    }
}

pub(super) fn silence(row: &Row) -> Result<Silence, StoreError> {
    Ok(Silence {
        n: u32::try_from(row.int("n")?).map_err(corrupt("number"))?,
        place: named(row, "place")?,
        from: row.moment("from_at")?,
        until: row.moment("until_at")?,
        because: row.text("because")?,
        by: row.text("set_by")?,
        begun: row.int("begun")? != 0,
    })
}

/// Which incidents a monitor is given back: the unresolved, those that stand, and the newest of
/// each kind, place and exercise.
pub(super) const KNOWN: &str = "i.site = $1 AND (i.state <> 'resolved' OR i.stands = 1 \
     OR i.n = (SELECT MAX(n) FROM incident l WHERE l.site = i.site AND l.kind = i.kind \
               AND l.place = i.place AND l.exercise = i.exercise))";

/// A text about the incidents that are known.
pub(super) fn known(text: &str) -> String {
    text.replace("{known}", KNOWN)
}

const PLAN_STEP: &str = "INSERT INTO ladder_step (site, kind, place, n, run, step, rung, due_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const TAKE_STEP: &str = "UPDATE ladder_step SET taken_at = $7, roles = $8 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4 AND run = $5 AND step = $6";
const MOVE_STEP: &str = "UPDATE ladder_step SET due_at = $7 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4 AND run = $5 AND step = $6";
const STOP_STEPS: &str = "UPDATE ladder_step SET stopped_at = $5 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4 AND stopped_at IS NULL";
const ASSIGN: &str = "UPDATE incident SET assigned_to = $5 \
     WHERE site = $1 AND kind = $2 AND place = $3 AND n = $4";
const COMMENT: &str = "INSERT INTO incident_comment (site, kind, place, n, position, ordinal, at, \
     actor, words) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const TICK: &str = "INSERT INTO incident_tick (site, kind, place, n, item, done, at, actor) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (site, kind, place, n, item) \
     DO UPDATE SET done = excluded.done, at = excluded.at, actor = excluded.actor";
const SET_SILENCE: &str = "INSERT INTO silence (site, n, place, from_at, until_at, because, \
     set_by, set_at, begun, updated_position) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const BEGIN_SILENCE: &str =
    "UPDATE silence SET begun = 1, updated_position = $3 WHERE site = $1 AND n = $2";
const END_SILENCE: &str = "UPDATE silence SET ended_at = $3, ended_by = $4, \
     updated_position = $5 WHERE site = $1 AND n = $2";
const TOLD: &str = "SELECT o.kind, o.place, o.n, o.step, o.role FROM outbox o JOIN incident i \
     ON i.site = o.site AND i.kind = o.kind AND i.place = o.place AND i.n = o.n WHERE {known}";
const STEPS: &str = "SELECT s.kind, s.place, s.n, s.run, s.rung, s.due_at, s.taken_at, \
     s.stopped_at FROM ladder_step s JOIN incident i ON i.site = s.site AND i.kind = s.kind \
     AND i.place = s.place AND i.n = s.n WHERE {known} \
     ORDER BY s.kind, s.place, s.n, s.run, s.step";
const SILENCES: &str = "SELECT n, place, from_at, until_at, because, set_by, begun FROM silence \
     WHERE site = $1 AND ended_at IS NULL ORDER BY n";
const LAST_SILENCE: &str = "SELECT MAX(n) AS n FROM silence WHERE site = $1";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let plain = [
        PLAN_STEP,
        TAKE_STEP,
        MOVE_STEP,
        STOP_STEPS,
        ASSIGN,
        COMMENT,
        TICK,
        SET_SILENCE,
        BEGIN_SILENCE,
        END_SILENCE,
        SILENCES,
        LAST_SILENCE,
    ];
    let known_ones = [TOLD, STEPS].map(known);
    plain.map(str::to_owned).into_iter().chain(known_ones).collect()
}
