//! Incidents (상황) as a client sees them: the list, and one with all that was said about it.
//!
//! Every statement comes with its evidence: rule and version, the readings and their ages, the
//! reason in words.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::{IncidentProblems, ListProblems};
use super::problem::{Code, Problem};
use super::request::{Path, Query, page_size};
use super::told::{CommentBody, StepBody, TickBody};
use super::trace::tells_of_life;
use super::words::{Class, Level, Names, State as Life, StateFilter, Value};
use crate::domain::time::{Timestamp, between};
use crate::domain::{KindId, PlaceId, Reading, SiteId, Words};
use crate::incident::{IncidentId, State as StoredState};
use crate::people::Actor;
use crate::store::views::{
    self, Chosen, EvidenceRow, IncidentRow, Listed, NoticeRow, Parts, TransitionRow,
};

const PAGE_USUAL: u32 = 50;
const PAGE_MAX: u32 = 200;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct IncidentPath {
    #[param(value_type = String, example = "center")]
    site: SiteId,
    #[param(value_type = String, example = "fire")]
    kind: KindId,
    #[param(value_type = String, example = "main-building")]
    place: PlaceId,
    /// Which one of that site, kind and place, counted from 1.
    #[param(example = 1)]
    n: u32,
}

impl From<IncidentPath> for IncidentId {
    fn from(path: IncidentPath) -> Self {
        Self { site: path.site, kind: path.kind, place: path.place, n: path.n }
    }
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct IncidentsQuery {
    #[param(value_type = Option<String>, example = "center")]
    site: Option<SiteId>,
    #[param(inline)]
    state: Option<StateFilter>,
    #[param(value_type = Option<String>, example = "fire")]
    kind: Option<KindId>,
    /// At most this many, from 1 to 200; 50 if not given.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct Incidents {
    incidents: Vec<IncidentSummary>,
    /// What to send as `cursor` for the next page; none on the last.
    next: Option<String>,
}

/// An incident as it stands.
#[derive(Serialize, ToSchema)]
pub struct IncidentSummary {
    /// `site/kind/place/n`, which is also its path.
    #[schema(example = "center/fire/main-building/1")]
    id: String,
    #[schema(example = "center")]
    site: String,
    #[schema(example = "fire")]
    kind: String,
    kind_name: Names,
    #[schema(example = "main-building")]
    place: String,
    #[schema(example = "본관")]
    place_name: String,
    /// A drill, and marked as one everywhere.
    exercise: bool,
    class: Class,
    level: Level,
    level_name: Names,
    state: Life,
    /// Whether the condition itself still holds.
    stands: bool,
    opened_at: Time,
    acknowledged: Option<AcknowledgedBody>,
    resolved: Option<ResolvedBody>,
    /// A drill ends then by itself.
    ends_at: Option<Time>,
    /// A silence covers it: nobody is told of it for now.
    silenced: bool,
    /// Who is to see to it.
    assigned_to: Option<String>,
    /// How often it was reopened.
    reopened: u64,
}

#[derive(Serialize, ToSchema)]
pub struct AcknowledgedBody {
    #[schema(example = "local")]
    by: Option<String>,
    at: Time,
    /// Then it rings again.
    until: Option<Time>,
}

#[derive(Serialize, ToSchema)]
pub struct ResolvedBody {
    /// None: jikimi itself.
    #[schema(example = "local")]
    by: Option<String>,
    at: Option<Time>,
    #[schema(example = "cooking")]
    outcome: &'static str,
    note: Option<String>,
}

/// An incident with all that was said about it.
#[derive(Serialize, ToSchema)]
pub struct Incident {
    #[serde(flatten)]
    summary: IncidentSummary,
    /// The newest 200, oldest first.
    evidence: Vec<EvidenceBody>,
    /// How many there are in all.
    #[schema(example = 1)]
    evidence_count: u64,
    /// The newest 200, oldest first.
    transitions: Vec<TransitionBody>,
    /// The newest 200, oldest first.
    notices: Vec<NoticeBody>,
    /// Who is told one after the other: every step of every ladder that began for it.
    ladder: Vec<StepBody>,
    /// The newest 200, oldest first.
    comments: Vec<CommentBody>,
    /// The items of the checklist that somebody has touched.
    checklist: Vec<TickBody>,
}

/// One rule's finding.
#[derive(Serialize, ToSchema)]
pub struct EvidenceBody {
    #[schema(example = "fire-rise")]
    rule: String,
    #[schema(example = "4c1f09ab77de")]
    rule_version: String,
    /// The device or zone whose detector said so.
    #[schema(example = "tc-3f-kitchen")]
    source: String,
    devices: Vec<String>,
    zone: Option<String>,
    class: Class,
    level: Level,
    /// When it became true.
    at: Time,
    /// How old that was when it was decided on.
    #[schema(example = 0.19)]
    age_s: f64,
    /// Told late, and ringing all the same.
    late: bool,
    #[schema(example = "temperature rose 9.1 °C in 30 s")]
    because: String,
    #[schema(example = "온도 30초 만에 9.1°C 올라 41.4°C")]
    because_ko: String,
    readings: Vec<ReadingBody>,
    /// None while it stands.
    ended_at: Option<Time>,
    ended_because: Option<String>,
    ended_because_ko: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ReadingBody {
    #[schema(example = "tc-3f-kitchen")]
    device: String,
    #[schema(example = "temperature")]
    quantity: &'static str,
    value: Value,
    #[schema(example = "°C")]
    unit: &'static str,
    at: Time,
    /// How old it was when the finding was decided on.
    #[schema(example = 0.19)]
    age_s: f64,
}

/// What moved an incident.
#[derive(Serialize, ToSchema)]
pub struct TransitionBody {
    #[schema(example = "open")]
    from: String,
    #[schema(example = "acknowledged")]
    to: String,
    #[schema(example = "acknowledged")]
    cause: &'static str,
    at: Time,
    #[schema(example = "local")]
    actor: Option<String>,
    /// Why the level changed, where it did.
    because: Option<String>,
    because_ko: Option<String>,
}

/// One notice that was queued.
#[derive(Serialize, ToSchema)]
pub struct NoticeBody {
    #[schema(example = "opened")]
    step: String,
    #[schema(example = "operator")]
    role: String,
    queued_at: Time,
    /// `queued` or `stopped`.
    #[schema(example = "queued")]
    status: String,
}

/// Incidents, the latest opened first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", params(IncidentsQuery),
    responses((status = 200, body = Incidents), ListProblems))]
pub async fn list(
    State(state): State<ApiState>,
    actor: Actor,
    Query(query): Query<IncidentsQuery>,
) -> Result<Json<Incidents>, Problem> {
    let limit = page_size(query.limit, PAGE_USUAL, PAGE_MAX)?;
    let listed = Listed {
        site: query.site.map_or_else(String::new, |site| site.to_string()),
        state: query.state.map_or("", StateFilter::as_str).to_owned(),
        kind: query.kind.map_or_else(String::new, |kind| kind.to_string()),
        after: query.cursor.as_deref().map(page_after).transpose()?,
        limit: limit + 1,
    };
    let mut rows = seen(&state, &actor, listed).await?;
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(page_end);
    let incidents = rows.into_iter().map(|row| summary(&Local::of(&state, &row.id.site), row));
    Ok(Json(Incidents { incidents: incidents.collect(), next }))
}

/// The first that whoever asks may see, up to the limit.
async fn seen(
    state: &ApiState,
    actor: &Actor,
    mut listed: Listed,
) -> Result<Vec<IncidentRow>, Problem> {
    let limit = listed.limit as usize;
    let mut seen = Vec::new();
    loop {
        let page = views::listed(&state.db, listed.clone()).await?;
        let last = page.last().map(|row| (row.opened_at, row.id.clone()));
        let whole = page.len() == limit;
        seen.extend(page.into_iter().filter(|row| state.sees(actor, &row.id)));
        if !whole || seen.len() >= limit {
            seen.truncate(limit);
            return Ok(seen);
        }
        listed.after = last;
    }
}

/// One incident with its evidence, its moves and its notices.
#[utoipa::path(get, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}", tag = "incidents",
    params(IncidentPath), responses((status = 200, body = Incident), IncidentProblems))]
pub async fn one(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
) -> Result<Json<Incident>, Problem> {
    let id = IncidentId::from(path);
    // Of what one may not see it is not even said that it is there.
    match state.sees(&actor, &id) {
        true => read(&state, &id).await.map(Json),
        false => Err(unknown(&id)),
    }
}

/// The incident as it is in the database now.
///
/// # Errors
/// If there is none of this id, or the database cannot be read.
pub async fn read(state: &ApiState, id: &IncidentId) -> Result<Incident, Problem> {
    let found = views::incidents(&state.db, Chosen::One(id)).await?.pop();
    let (row, parts) = found.ok_or_else(|| unknown(id))?;
    Ok(body(state, row, parts))
}

pub fn unknown(id: &IncidentId) -> Problem {
    let sentence = format!("there is no `{id}`; /api/v1/incidents lists those there are");
    Problem::new(Code::UnknownIncident, sentence)
}

#[must_use]
pub fn body(state: &ApiState, row: IncidentRow, parts: Parts) -> Incident {
    let local = Local::of(state, &row.id.site);
    let at_home = local.is_home(&row.id.place);
    let said = parts.evidence.into_iter().map(|row| evidence(&local, at_home, row));
    Incident {
        evidence: said.collect(),
        evidence_count: parts.evidence_count,
        transitions: parts.transitions.into_iter().map(|row| transition(&local, row)).collect(),
        notices: parts.notices.into_iter().map(|row| notice(&local, row)).collect(),
        ladder: parts.steps.into_iter().map(|row| StepBody::of(&local, row)).collect(),
        comments: parts.comments.into_iter().map(|row| CommentBody::of(&local, row)).collect(),
        checklist: parts.ticks.into_iter().map(|row| TickBody::of(&local, row)).collect(),
        summary: summary(&local, row),
    }
}

fn summary(local: &Local, row: IncidentRow) -> IncidentSummary {
    let level = Level::from(row.level);
    // What has run out is nobody's any more.
    let acknowledged = row.acknowledged.filter(|_| row.state != StoredState::Open);
    IncidentSummary {
        id: row.id.to_string(),
        site: row.id.site.to_string(),
        kind_name: local.kind(&row.id.kind),
        kind: row.id.kind.to_string(),
        place_name: local.place(&row.id.place),
        place: row.id.place.to_string(),
        exercise: row.exercise,
        class: row.class.into(),
        level_name: level.names(),
        level,
        state: row.state.into(),
        stands: row.stands,
        opened_at: local.time(row.opened_at),
        acknowledged: acknowledged.map(|of| AcknowledgedBody {
            by: of.by,
            at: local.time(of.at),
            until: of.until.map(|until| local.time(until)),
        }),
        resolved: row.resolved.map(|of| ResolvedBody {
            by: of.by,
            at: of.at.map(|at| local.time(at)),
            outcome: of.outcome.as_str(),
            note: of.note,
        }),
        ends_at: row.ends_at.map(|at| local.time(at)),
        silenced: row.silenced,
        assigned_to: row.assigned_to,
        reopened: row.reopened,
    }
}

fn evidence(local: &Local, at_home: bool, row: EvidenceRow) -> EvidenceBody {
    let decided = row.step_at;
    let (ended_because, ended_because_ko) = both(row.ended_because);
    // Of a home only what threatens it is shown, and not how somebody lives there.
    let shown = row.readings.iter().filter(|of| !at_home || !tells_of_life(of.quantity));
    let readings = shown.map(|reading| read_then(local, reading, decided));
    EvidenceBody {
        rule: row.rule.to_string(),
        rule_version: row.rule_version,
        source: row.source,
        devices: row.devices.iter().map(ToString::to_string).collect(),
        zone: row.zone.map(|zone| zone.to_string()),
        class: row.class.into(),
        level: row.level.into(),
        at: local.time(row.at),
        age_s: age_s(row.at, decided),
        late: row.late,
        because: row.because.en,
        because_ko: row.because.ko,
        readings: readings.collect(),
        ended_at: row.ended_at.map(|at| local.time(at)),
        ended_because,
        ended_because_ko,
    }
}

fn read_then(local: &Local, reading: &Reading, decided: Timestamp) -> ReadingBody {
    ReadingBody {
        device: reading.device.to_string(),
        quantity: reading.quantity.as_str(),
        value: reading.value.into(),
        unit: reading.quantity.unit().symbol(),
        at: local.time(reading.at),
        age_s: age_s(reading.at, decided),
    }
}

fn age_s(at: Timestamp, decided: Timestamp) -> f64 {
    between(at, decided).as_secs_f64()
}

/// A sentence in English and in Korean, where there is one.
fn both(words: Option<Words>) -> (Option<String>, Option<String>) {
    words.map(|Words { ko, en }| (en, ko)).unzip()
}

fn transition(local: &Local, row: TransitionRow) -> TransitionBody {
    let (because, because_ko) = both(row.because);
    TransitionBody {
        from: row.from,
        to: row.to,
        cause: row.cause.as_str(),
        at: local.time(row.at),
        actor: row.actor,
        because,
        because_ko,
    }
}

fn notice(local: &Local, row: NoticeRow) -> NoticeBody {
    NoticeBody {
        step: row.step,
        role: row.role,
        queued_at: local.time(row.queued_at),
        status: row.status,
    }
}

/// Where a page ends, as one opaque word.
fn page_end(row: &IncidentRow) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}@{}", row.id, row.opened_at.as_microsecond()))
}

fn page_after(cursor: &str) -> Result<(Timestamp, IncidentId), Problem> {
    let parsed = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        let (id, opened_at) = text.split_once('@')?;
        let opened_at = Timestamp::from_microsecond(opened_at.parse().ok()?).ok()?;
        Some((opened_at, id.parse().ok()?))
    };
    let sentence = "`cursor` is `next` of the page before, unchanged";
    parsed().ok_or_else(|| Problem::new(Code::BadQuery, sentence))
}
