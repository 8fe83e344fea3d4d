//! What became of notices (알림 전달 현황): who was told over which way, whether it arrived, and
//! what has reached nobody.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::incidents::IncidentPath;
use super::local::{Local, Time};
use super::openapi::{IncidentProblems, SiteProblems};
use super::problem::Problem;
use super::request::Path;
use super::sites::SitePath;
use crate::clock::wall_now;
use crate::domain::SiteId;
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::incident::IncidentId;
use crate::people::Actor;
use crate::store::views::{self, DeliveryRow};

/// The newest of a site, and of one incident.
const SHOWN_MAX: u32 = 200;
/// A notice that nobody has been handed for so long has reached nobody.
const QUEUED_TOO_LONG: SignedDuration = SignedDuration::from_secs(60);

#[derive(Serialize, ToSchema)]
pub struct Deliveries {
    /// Notices of unresolved incidents that have reached nobody, those that nobody has been
    /// handed for a minute among them. All of them, however many are listed.
    #[schema(example = 0)]
    undelivered: usize,
    /// The newest 200; the newest notice first, a person's ways in the order of their turns.
    deliveries: Vec<DeliveryBody>,
}

/// A notice to one person over one way.
#[derive(Serialize, ToSchema)]
pub struct DeliveryBody {
    #[schema(example = "center/fire/main-building/1")]
    incident: String,
    #[schema(example = "opened")]
    step: String,
    #[schema(example = "operator")]
    role: String,
    /// The id of whoever is told; none while nobody has been handed it. An endpoint is its own.
    #[schema(example = "duty")]
    person: Option<String>,
    /// Over which way (`[[email]]`, `[[provider]]`, `[[webhook]]`, `[[mqtt]]`), by its id.
    #[schema(example = "sms")]
    way: Option<String>,
    /// `queued`: nobody has been handed it. `due`: not taken yet. `sent`: its carrier has taken
    /// it. `delivered`: its carrier says that it has arrived. `failed`: given up on this way.
    /// `stopped`: somebody had the incident by then.
    #[schema(example = "sent")]
    status: &'static str,
    /// Attempts that failed.
    #[schema(example = 0)]
    attempts: u64,
    queued_at: Time,
    sent_at: Option<Time>,
    delivered_at: Option<Time>,
    /// How long it has waited, where it still waits.
    #[schema(example = 3.2)]
    age_s: Option<f64>,
    /// Why the last attempt failed. It names no address.
    error: Option<String>,
    /// Why the notice has reached nobody, where that is so.
    unreached: Option<String>,
}

/// What became of a site's notices; those about what whoever asks may see.
#[utoipa::path(get, path = "/api/v1/sites/{site}/deliveries", tag = "incidents",
    params(SitePath), responses((status = 200, body = Deliveries), SiteProblems))]
pub async fn of_site(
    State(state): State<ApiState>,
    actor: Actor,
    Path(SitePath { site }): Path<SitePath>,
) -> Result<Json<Deliveries>, Problem> {
    state.configuration(&site)?;
    shown(&state, &actor, &site, None).await.map(Json)
}

/// What became of an incident's notices.
#[utoipa::path(get, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/deliveries",
    tag = "incidents", params(IncidentPath),
    responses((status = 200, body = Deliveries), IncidentProblems))]
pub async fn of_incident(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
) -> Result<Json<Deliveries>, Problem> {
    let id = IncidentId::from(path);
    if !state.sees(&actor, &id) {
        return Err(super::incidents::unknown(&id));
    }
    super::incidents::read(&state, &id).await?;
    shown(&state, &actor, &id.site, Some(&id)).await.map(Json)
}

async fn shown(
    state: &ApiState,
    actor: &Actor,
    site: &SiteId,
    incident: Option<&IncidentId>,
) -> Result<Deliveries, Problem> {
    let now = state.clock.now();
    let before = now.saturating_sub(QUEUED_TOO_LONG).unwrap_or(now);
    let concerns =
        |id: &IncidentId| incident.is_none_or(|incident| incident == id) && state.sees(actor, id);
    let unreached = views::undelivered(&state.db, site, before).await?;
    let rows = views::deliveries(&state.db, site, incident, SHOWN_MAX).await?;
    let local = Local::of(state, site);
    let rows = rows.into_iter().filter(|row| concerns(&row.incident));
    Ok(Deliveries {
        undelivered: unreached.iter().filter(|id| concerns(id)).count(),
        deliveries: rows.map(|row| body(&local, now, row)).collect(),
    })
}

fn body(local: &Local, now: Timestamp, row: DeliveryRow) -> DeliveryBody {
    let status = match (&*row.status, row.delivered_at) {
        ("sent", Some(_)) => "delivered",
        ("sent", None) => "sent",
        ("failed", _) => "failed",
        ("due", _) => "due",
        ("queued", _) => "queued",
        // Handed to nobody, since somebody had it, or nobody was on duty.
        ("handed", _) if !row.settled => "failed",
        _ => "stopped",
    };
    let age = match status {
        "queued" => Some(between(row.queued_at, now)),
        "due" => row.since.map(|since| between(since, wall_now())),
        _ => None,
    };
    DeliveryBody {
        incident: row.incident.to_string(),
        step: row.step,
        role: row.role,
        person: row.person,
        way: row.way,
        status,
        attempts: row.attempts,
        queued_at: local.time(row.queued_at),
        sent_at: row.sent_at.map(|at| local.time(at)),
        delivered_at: row.delivered_at.map(|at| local.time(at)),
        age_s: age.map(|age| age.as_secs_f64().max(0.0)),
        error: row.error,
        unreached: row.unreached,
    }
}
