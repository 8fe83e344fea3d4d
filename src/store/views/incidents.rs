//! Incidents as they stand, with what was said about them.
//!
//! The parts of an incident (evidence, moves, notices) are read after its own row, so they may be
//! newer than it and never older.

use std::collections::{BTreeMap, BTreeSet};

use super::work::{self, CommentRow, StepRow, TickRow};
use super::{corrupt, count, id, int, json, word};
use crate::domain::time::Timestamp;
use crate::domain::{Class, DeviceId, Level, Outcome, Reading, RuleId, SiteId, Words, ZoneId};
use crate::incident::{Cause, IncidentId, State};
use crate::store::switches::{SwitchRow, switch_row};
use crate::store::{Arg, Db, Row, StoreError};

/// Of an incident's evidence, moves and notices so many are read, the newest; evidence is counted.
pub const PARTS_READ_MAX: u32 = 200;

/// One incident with what was said about it.
#[derive(Debug, Clone, PartialEq)]
pub struct IncidentRow {
    pub id: IncidentId,
    pub exercise: bool,
    pub class: Class,
    pub level: Level,
    pub state: State,
    pub stands: bool,
    pub opened_at: Timestamp,
    pub updated_position: u64,
    pub acknowledged: Option<Acknowledged>,
    pub resolved: Option<Resolved>,
    /// When a drill ends by itself.
    pub ends_at: Option<Timestamp>,
    /// Nobody is told of it for now.
    pub silenced: bool,
    pub assigned_to: Option<String>,
    /// How often it was reopened.
    pub reopened: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Acknowledged {
    pub by: Option<String>,
    pub at: Timestamp,
    pub until: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    pub by: Option<String>,
    pub at: Option<Timestamp>,
    pub outcome: Outcome,
    pub note: Option<String>,
}

/// What was said about an incident, the newest [`PARTS_READ_MAX`] of each, oldest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parts {
    pub evidence: Vec<EvidenceRow>,
    pub evidence_count: u64,
    /// What all of its evidence says together.
    pub found: Found,
    pub transitions: Vec<TransitionRow>,
    pub notices: Vec<NoticeRow>,
    pub comments: Vec<CommentRow>,
    pub ticks: Vec<TickRow>,
    /// Every step of every ladder that began for it.
    pub steps: Vec<StepRow>,
    /// What devices were told for it last.
    pub orders: Vec<SwitchRow>,
}

/// What decides whom an incident reaches, of all of its evidence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// The worst that an alarm has said.
    pub alarmed: Option<Level>,
    /// Where alarms were.
    pub zones: BTreeSet<ZoneId>,
    /// Rules that stand.
    pub standing: BTreeSet<RuleId>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct EvidenceRow {
    pub rule: RuleId,
    pub rule_version: String,
    pub source: String,
    pub class: Class,
    pub level: Level,
    pub zone: Option<ZoneId>,
    pub devices: Vec<DeviceId>,
    pub at: Timestamp,
    pub step_at: Timestamp,
    pub late: bool,
    pub because: Words,
    pub readings: Vec<Reading>,
    pub ended_at: Option<Timestamp>,
    pub ended_because: Option<Words>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TransitionRow {
    pub from: String,
    pub to: String,
    pub cause: Cause,
    pub at: Timestamp,
    pub actor: Option<String>,
    /// Why, where the level changed.
    pub because: Option<Words>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NoticeRow {
    pub step: String,
    pub role: String,
    pub queued_at: Timestamp,
    pub status: String,
}

/// Which incidents are meant, for a look at them with all their parts.
#[derive(Debug, Clone, Copy)]
pub enum Chosen<'a> {
    One(&'a IncidentId),
    Unresolved,
    /// Everything of a site that has moved after a position.
    ChangedAfter {
        site: &'a SiteId,
        position: u64,
    },
}

/// Which incidents are listed. Empty texts leave a filter out.
#[derive(Debug, Clone, Default)]
pub struct Listed {
    pub site: String,
    /// One of the states, or `unresolved`.
    pub state: String,
    pub kind: String,
    /// The last incident of the page before.
    pub after: Option<(Timestamp, IncidentId)>,
    pub limit: u32,
}

const ONE: &str = "i.site = $1 AND i.kind = $2 AND i.place = $3 AND i.n = $4";
const UNRESOLVED: &str = "i.state <> 'resolved'";
const CHANGED_AFTER: &str = "i.site = $1 AND i.updated_position > $2";

impl Chosen<'_> {
    fn condition(self) -> &'static str {
        match self {
            Self::One(_) => ONE,
            Self::Unresolved => UNRESOLVED,
            Self::ChangedAfter { .. } => CHANGED_AFTER,
        }
    }

    fn args(self) -> Vec<Arg> {
        match self {
            Self::One(id) => key(id),
            Self::Unresolved => Vec::new(),
            Self::ChangedAfter { site, position } => vec![site.as_str().into(), int(position)],
        }
    }

    /// The same text for each choice, with the choice put in.
    fn rows(self, text: &str) -> (String, Vec<Arg>) {
        let most = PARTS_READ_MAX.to_string();
        (text.replace("{chosen}", self.condition()).replace("{most}", &most), self.args())
    }
}

pub const INCIDENTS: &str = "\
    SELECT * FROM incident i WHERE {chosen}
    ORDER BY i.site, i.updated_position, i.kind, i.place, i.n";

pub const EVIDENCE: &str = "\
    SELECT * FROM (
        SELECT e.*,
            row_number() OVER (PARTITION BY e.site, e.kind, e.place, e.n
                               ORDER BY e.position DESC, e.ordinal DESC) AS newest,
            count(*) OVER (PARTITION BY e.site, e.kind, e.place, e.n) AS total
        FROM incident i JOIN evidence e
            ON e.site = i.site AND e.kind = i.kind AND e.place = i.place AND e.n = i.n
        WHERE {chosen}) AS ranked
    WHERE newest <= {most} ORDER BY site, position, ordinal";

pub const FOUND: &str = "\
    SELECT DISTINCT e.site, e.kind, e.place, e.n, e.rule, e.class, e.level, e.zone,
        CASE WHEN e.ended_at IS NULL THEN 1 ELSE 0 END AS standing
    FROM incident i JOIN evidence e
        ON e.site = i.site AND e.kind = i.kind AND e.place = i.place AND e.n = i.n
    WHERE {chosen}";

pub const ORDERS: &str = "\
    SELECT o.* FROM incident i JOIN switch_order o
        ON o.site = i.site AND o.kind = i.kind AND o.place = i.place AND o.n = i.n
    WHERE {chosen} ORDER BY o.site, o.switch_id";

pub const TRANSITIONS: &str = "\
    SELECT * FROM (
        SELECT t.*, row_number() OVER (PARTITION BY t.site, t.kind, t.place, t.n
                                       ORDER BY t.position DESC, t.ordinal DESC) AS newest
        FROM incident i JOIN transition t
            ON t.site = i.site AND t.kind = i.kind AND t.place = i.place AND t.n = i.n
        WHERE {chosen}) AS ranked
    WHERE newest <= {most} ORDER BY site, position, ordinal";

pub const NOTICES: &str = "\
    SELECT * FROM (
        SELECT o.*, row_number() OVER (PARTITION BY o.site, o.kind, o.place, o.n
                                       ORDER BY o.position DESC, o.ordinal DESC) AS newest
        FROM incident i JOIN outbox o
            ON o.site = i.site AND o.kind = i.kind AND o.place = i.place AND o.n = i.n
        WHERE {chosen}) AS ranked
    WHERE newest <= {most} ORDER BY site, position, ordinal";

/// What people have done about them.
const WORK: [&str; 3] = [work::COMMENTS, work::TICKS, work::STEPS];

/// The chosen incidents with all that was said about them, in the order in which they last moved.
///
/// # Errors
/// If the database cannot be read, or holds what this version does not know.
pub async fn incidents(
    db: &Db,
    chosen: Chosen<'_>,
) -> Result<Vec<(IncidentRow, Parts)>, StoreError> {
    let (sql, args) = chosen.rows(INCIDENTS);
    let rows = db.all(&sql, args).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts: BTreeMap<IncidentId, Parts> = BTreeMap::new();
    read_parts(db, chosen, &mut parts).await?;
    let mut incidents = Vec::with_capacity(rows.len());
    for row in &rows {
        let incident = incident(row)?;
        let said = parts.remove(&incident.id).unwrap_or_default();
        incidents.push((incident, said));
    }
    Ok(incidents)
}

async fn read_parts(
    db: &Db,
    chosen: Chosen<'_>,
    parts: &mut BTreeMap<IncidentId, Parts>,
) -> Result<(), StoreError> {
    let (sql, args) = chosen.rows(EVIDENCE);
    for row in &db.all(&sql, args).await? {
        let of = parts.entry(incident_id(row)?).or_default();
        of.evidence_count = count(row, "total")?;
        of.evidence.push(evidence(row)?);
    }
    let (sql, args) = chosen.rows(FOUND);
    for row in &db.all(&sql, args).await? {
        found(row, &mut parts.entry(incident_id(row)?).or_default().found)?;
    }
    let (sql, args) = chosen.rows(ORDERS);
    for row in &db.all(&sql, args).await? {
        let of = incident_id(row)?;
        let order = switch_row(&of.site, row)?;
        parts.entry(of).or_default().orders.push(order);
    }
    let (sql, args) = chosen.rows(TRANSITIONS);
    for row in &db.all(&sql, args).await? {
        parts.entry(incident_id(row)?).or_default().transitions.push(transition(row)?);
    }
    let (sql, args) = chosen.rows(NOTICES);
    for row in &db.all(&sql, args).await? {
        parts.entry(incident_id(row)?).or_default().notices.push(notice(row)?);
    }
    for text in WORK {
        let (sql, args) = chosen.rows(text);
        for row in &db.all(&sql, args).await? {
            work::add(text, row, parts.entry(incident_id(row)?).or_default())?;
        }
    }
    Ok(())
}

pub const CHANGED_COUNT: &str = "\
    SELECT count(*) AS changed FROM incident WHERE site = $1 AND updated_position > $2";

/// How many incidents of a site have moved after a position.
///
/// # Errors
/// If the database cannot be read.
pub async fn changed_count(db: &Db, site: &SiteId, position: u64) -> Result<u64, StoreError> {
    let args = vec![site.as_str().into(), int(position)];
    db.first(CHANGED_COUNT, args).await?.map_or(Ok(0), |row| count(&row, "changed"))
}

pub const LISTED: &str = "\
    SELECT * FROM incident
    WHERE ($1 = '' OR site = $1)
      AND ($2 = '' OR state = $2 OR ($2 = 'unresolved' AND state <> 'resolved'))
      AND ($3 = '' OR kind = $3)
      AND (opened_at < $4 OR (opened_at = $4 AND (site, kind, place, n) > ($5, $6, $7, $8)))
    ORDER BY opened_at DESC, site, kind, place, n LIMIT $9";

/// A page of incidents without their parts, the latest opened first.
///
/// # Errors
/// If the database cannot be read, or holds what this version does not know.
pub async fn listed(db: &Db, listed: Listed) -> Result<Vec<IncidentRow>, StoreError> {
    let mut args: Vec<Arg> = vec![listed.site.into(), listed.state.into(), listed.kind.into()];
    match &listed.after {
        Some((opened_at, id)) => {
            args.push((*opened_at).into());
            args.extend(key(id));
        }
        // Before the first page lies an incident opened at the end of time.
        None => args.extend([i64::MAX.into(), "".into(), "".into(), "".into(), 0u32.into()]),
    }
    args.push(listed.limit.into());
    db.all(LISTED, args).await?.iter().map(incident).collect()
}

fn incident(row: &Row) -> Result<IncidentRow, StoreError> {
    Ok(IncidentRow {
        id: incident_id(row)?,
        exercise: row.int("exercise")? != 0,
        class: word(row, "class")?,
        level: word(row, "level")?,
        state: word(row, "state")?,
        stands: row.int("stands")? != 0,
        opened_at: row.moment("opened_at")?,
        updated_position: count(row, "updated_position")?,
        acknowledged: acknowledged(row)?,
        resolved: resolved(row)?,
        ends_at: row.moment_or_null("ends_at")?,
        silenced: row.int("silenced")? != 0,
        assigned_to: row.text_or_null("assigned_to")?,
        reopened: count(row, "reopened")?,
    })
}

fn acknowledged(row: &Row) -> Result<Option<Acknowledged>, StoreError> {
    let Some(at) = row.moment_or_null("acknowledged_at")? else { return Ok(None) };
    let by = row.text_or_null("acknowledged_by")?;
    Ok(Some(Acknowledged { by, at, until: row.moment_or_null("acknowledged_until")? }))
}

fn resolved(row: &Row) -> Result<Option<Resolved>, StoreError> {
    if row.text_or_null("outcome")?.is_none() {
        return Ok(None);
    }
    Ok(Some(Resolved {
        by: row.text_or_null("resolved_by")?,
        at: row.moment_or_null("resolved_at")?,
        outcome: word(row, "outcome")?,
        note: row.text_or_null("note")?,
    }))
}

fn evidence(row: &Row) -> Result<EvidenceRow, StoreError> {
    let zone = row.text_or_null("zone")?;
    Ok(EvidenceRow {
        rule: id(row, "rule")?,
        rule_version: row.text("rule_version")?,
        source: row.text("source")?,
        class: word(row, "class")?,
        level: word(row, "level")?,
        zone: zone.map(|zone| zone.parse().map_err(corrupt("zone"))).transpose()?,
        devices: json(row, "devices")?,
        at: row.moment("at")?,
        step_at: row.moment("step_at")?,
        late: row.int("late")? != 0,
        because: words(row, ("because_ko", "because"))?.unwrap_or_default(),
        readings: json(row, "readings")?,
        ended_at: row.moment_or_null("ended_at")?,
        ended_because: words(row, ("ended_because_ko", "ended_because"))?,
    })
}

fn found(row: &Row, found: &mut Found) -> Result<(), StoreError> {
    if word::<Class>(row, "class")? == Class::Alarm {
        found.alarmed = found.alarmed.max(Some(word(row, "level")?));
        let zone = row.text_or_null("zone")?;
        found.zones.extend(zone.map(|zone| zone.parse().map_err(corrupt("zone"))).transpose()?);
    }
    if row.int("standing")? == 1 {
        found.standing.insert(id(row, "rule")?);
    }
    Ok(())
}

fn transition(row: &Row) -> Result<TransitionRow, StoreError> {
    Ok(TransitionRow {
        from: row.text("from_state")?,
        to: row.text("to_state")?,
        cause: word(row, "cause")?,
        at: row.moment("at")?,
        actor: row.text_or_null("actor")?,
        because: words(row, ("because_ko", "because"))?,
    })
}

/// A sentence; what was written before there were two languages says the same in both.
fn words(row: &Row, (ko, en): (&str, &str)) -> Result<Option<Words>, StoreError> {
    let Some(en) = row.text_or_null(en)? else { return Ok(None) };
    let ko = row.text_or_null(ko)?.filter(|ko| !ko.is_empty());
    Ok(Some(Words { ko: ko.unwrap_or_else(|| en.clone()), en }))
}

fn notice(row: &Row) -> Result<NoticeRow, StoreError> {
    Ok(NoticeRow {
        step: row.text("step")?,
        role: row.text("role")?,
        queued_at: row.moment("queued_at")?,
        status: row.text("status")?,
    })
}

fn incident_id(row: &Row) -> Result<IncidentId, StoreError> {
    let n = u32::try_from(row.int("n")?).map_err(corrupt("n"))?;
    Ok(IncidentId { site: id(row, "site")?, kind: id(row, "kind")?, place: id(row, "place")?, n })
}

fn key(id: &IncidentId) -> Vec<Arg> {
    vec![id.site.as_str().into(), id.kind.as_str().into(), id.place.as_str().into(), id.n.into()]
}

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let id = "center/fire/main/1".parse().expect("an id");
    let site = "center".parse().expect("an id");
    let choices =
        [Chosen::One(&id), Chosen::Unresolved, Chosen::ChangedAfter { site: &site, position: 0 }];
    let chosen = choices.iter().flat_map(|chosen| {
        let texts =
            [INCIDENTS, EVIDENCE, FOUND, ORDERS, TRANSITIONS, NOTICES].into_iter().chain(WORK);
        texts.map(|text| chosen.rows(text).0).collect::<Vec<_>>()
    });
    chosen.chain([LISTED, CHANGED_COUNT].map(str::to_owned)).collect()
}
