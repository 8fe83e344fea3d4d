//! Sites: what is watched, and how far each has come in its input log.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::{ListProblems, SiteProblems};
use super::problem::Problem;
use super::request::Path;
use super::words::{Names, kind_names};
use crate::domain::{PassageKind, Site, SiteId};
use crate::monitor::Configuration;
use crate::people::{Actor, Right};
use crate::store::views::{self, LastPosition};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SitePath {
    #[param(value_type = String, example = "center")]
    pub site: SiteId,
}

#[derive(Serialize, ToSchema)]
pub struct Sites {
    sites: Vec<SiteSummary>,
}

#[derive(Serialize, ToSchema)]
pub struct SiteSummary {
    #[schema(example = "center")]
    id: String,
    #[schema(example = "빛고을고객센터")]
    name: String,
    #[schema(example = "Asia/Seoul")]
    timezone: String,
    /// Hash of the rules and files it runs under.
    #[schema(example = "9f2c41d07ab3e655")]
    configuration: String,
    /// Its last input; none before the first.
    last_input: Option<LastInput>,
    buildings: usize,
    zones: usize,
    homes: usize,
    devices: usize,
}

#[derive(Serialize, ToSchema)]
pub struct LastInput {
    #[schema(example = 18_734)]
    position: u64,
    step_at: Time,
}

#[derive(Serialize, ToSchema)]
pub struct SiteDetail {
    #[serde(flatten)]
    site: SiteSummary,
    in_buildings: Vec<BuildingBody>,
    storeys: Vec<StoreyBody>,
    passages: Vec<PassageBody>,
    exits: Vec<ExitBody>,
    /// The disasters it knows.
    situations: Vec<SituationBody>,
}

#[derive(Serialize, ToSchema)]
pub struct BuildingBody {
    id: String,
    name: String,
}

#[derive(Serialize, ToSchema)]
pub struct StoreyBody {
    id: String,
    building: String,
    /// 1 is the ground floor, -1 the first basement; there is no 0.
    level: i32,
}

#[derive(Serialize, ToSchema)]
pub struct PassageBody {
    between: [String; 2],
    /// `door`, `opening`, `stairs`, `lift` or `evacuation-lift`.
    #[schema(example = "door")]
    kind: &'static str,
    length_m: f64,
    clear_width_m: f64,
    /// Where it is on the plan, in metres.
    at: Option<[f64; 2]>,
}

#[derive(Serialize, ToSchema)]
pub struct ExitBody {
    id: String,
    zone: String,
    length_m: f64,
    clear_width_m: f64,
    /// Where it is on the plan, in metres.
    at: Option<[f64; 2]>,
}

#[derive(Serialize, ToSchema)]
pub struct SituationBody {
    #[schema(example = "fire")]
    kind: String,
    name: Names,
}

/// All sites that whoever asks has to do with.
#[utoipa::path(get, path = "/api/v1/sites", tag = "sites",
    responses((status = 200, body = Sites), ListProblems))]
pub async fn list(State(state): State<ApiState>, actor: Actor) -> Result<Json<Sites>, Problem> {
    let positions = views::last_positions(&state.db, state.site_ids()).await?;
    let summary = |held: &std::sync::Arc<Configuration>| {
        summarized(&state, held, positions.get(&held.site.id).copied())
    };
    let seen = state.configurations.iter().filter(|held| actor.may(Right::Site, &held.site.id));
    Ok(Json(Sites { sites: seen.map(summary).collect() }))
}

/// One site with its buildings, storeys, ways and exits.
#[utoipa::path(get, path = "/api/v1/sites/{site}", tag = "sites", params(SitePath),
    responses((status = 200, body = SiteDetail), SiteProblems))]
pub async fn one(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
) -> Result<Json<SiteDetail>, Problem> {
    let configuration = state.configuration(&site)?;
    let positions = views::last_positions(&state.db, [&site].into_iter()).await?;
    let summary = summarized(&state, configuration, positions.get(&site).copied());
    Ok(Json(detail(configuration, summary)))
}

fn summarized(state: &ApiState, held: &Configuration, last: Option<LastPosition>) -> SiteSummary {
    let site = &held.site;
    let local = Local::of(state, &site.id);
    SiteSummary {
        id: site.id.to_string(),
        name: site.name.clone(),
        timezone: site.timezone.clone(),
        configuration: held.hash.clone(),
        last_input: last
            .map(|last| LastInput { position: last.position, step_at: local.time(last.step_at) }),
        buildings: site.buildings.len(),
        zones: site.zones.len(),
        homes: site.homes.len(),
        devices: site.devices.len(),
    }
}

fn detail(held: &Configuration, summary: SiteSummary) -> SiteDetail {
    let building = |of: &crate::domain::Building| BuildingBody {
        id: of.id.to_string(),
        name: of.name.clone(),
    };
    let situation = |kind| SituationBody {
        kind: std::string::ToString::to_string(kind),
        name: kind_names(Some(held), kind),
    };
    SiteDetail {
        site: summary,
        in_buildings: held.site.buildings.values().map(building).collect(),
        storeys: storeys(&held.site),
        passages: passages(&held.site),
        exits: exits(&held.site),
        situations: held.situations.keys().map(situation).collect(),
    }
}

fn storeys(site: &Site) -> Vec<StoreyBody> {
    let storey = |of: &crate::domain::Storey| StoreyBody {
        id: of.id.to_string(),
        building: of.building.to_string(),
        level: of.level,
    };
    site.storeys.values().map(storey).collect()
}

fn passages(site: &Site) -> Vec<PassageBody> {
    let passage = |of: &crate::domain::Passage| PassageBody {
        between: [of.between[0].to_string(), of.between[1].to_string()],
        kind: passage_kind(of.kind),
        length_m: of.length_m,
        clear_width_m: of.clear_width_m,
        at: of.at.map(|at| [at.x, at.y]),
    };
    site.passages.iter().map(passage).collect()
}

fn passage_kind(kind: PassageKind) -> &'static str {
    match kind {
        PassageKind::Door => "door",
        PassageKind::Opening => "opening",
        PassageKind::Stairs => "stairs",
        PassageKind::Lift => "lift",
        PassageKind::EvacuationLift => "evacuation-lift",
    }
}

fn exits(site: &Site) -> Vec<ExitBody> {
    let exit = |of: &crate::domain::Exit| ExitBody {
        id: of.id.to_string(),
        zone: of.zone.to_string(),
        length_m: of.length_m,
        clear_width_m: of.clear_width_m,
        at: of.at.map(|at| [at.x, at.y]),
    };
    site.exits.iter().map(exit).collect()
}
