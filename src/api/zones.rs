//! Zones (구역): the spaces of a site.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::openapi::SiteProblems;
use super::problem::Problem;
use super::request::{Path, Query, page_size};
use super::sites::SitePath;
use crate::domain::{Site, Zone, ZoneId, ZoneKind};
use crate::evacuate::occupancy::{places, usual};

/// A page of what a site file lists, in the order of ids.
const PAGE_MAX: u32 = 1000;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ZonesQuery {
    /// At most this many, from 1 to 1000.
    limit: Option<u32>,
    /// Only those after this one: `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<ZoneId>,
}

#[derive(Serialize, ToSchema)]
pub struct Zones {
    zones: Vec<ZoneBody>,
    /// What to ask `after` for the next page; none on the last.
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct ZoneBody {
    #[schema(example = "3f-kitchen")]
    id: String,
    #[schema(example = "3층 주방")]
    name: String,
    kind: Kind,
    #[schema(example = "3f")]
    storey: String,
    #[schema(example = "main-building")]
    building: Option<String>,
    /// Its outline in metres, x to the right and y upwards; empty if nobody drew it.
    #[schema(example = json!([[0.0, 0.0], [8.0, 0.0], [8.0, 5.0], [0.0, 5.0]]))]
    polygon: Vec<[f64; 2]>,
    /// How many people are usually in it.
    people: f64,
    /// How many a refuge takes; 0 for any other zone.
    places: u32,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Room,
    Corridor,
    Hall,
    Kitchen,
    Stairwell,
    Lift,
    Refuge,
    Plant,
    Parking,
    Outside,
}

/// The zones of a site.
#[utoipa::path(get, path = "/api/v1/sites/{site}/zones", tag = "sites",
    params(SitePath, ZonesQuery), responses((status = 200, body = Zones), SiteProblems))]
pub async fn list(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
    Query(query): Query<ZonesQuery>,
) -> Result<Json<Zones>, Problem> {
    let limit = page_size(query.limit, PAGE_MAX, PAGE_MAX)? as usize;
    let site: &Site = &state.configuration(&site)?.site;
    let after = query.after.as_ref();
    let mut rest = site.zones.values().filter(|zone| after.is_none_or(|id| zone.id > *id));
    let zones: Vec<ZoneBody> = rest.by_ref().take(limit).map(|zone| body(site, zone)).collect();
    let next = rest.next().and_then(|_| zones.last()).map(|zone| zone.id.clone());
    Ok(Json(Zones { zones, next }))
}

fn body(site: &Site, zone: &Zone) -> ZoneBody {
    let storey = site.storeys.get(&zone.storey);
    ZoneBody {
        id: zone.id.to_string(),
        name: zone.name.clone(),
        kind: kind(zone.kind),
        storey: zone.storey.to_string(),
        building: storey.map(|storey| storey.building.to_string()),
        polygon: zone.polygon.iter().map(|corner| [corner.x, corner.y]).collect(),
        people: usual(zone),
        places: places(zone),
    }
}

fn kind(kind: ZoneKind) -> Kind {
    match kind {
        ZoneKind::Room => Kind::Room,
        ZoneKind::Corridor => Kind::Corridor,
        ZoneKind::Hall => Kind::Hall,
        ZoneKind::Kitchen => Kind::Kitchen,
        ZoneKind::Stairwell => Kind::Stairwell,
        ZoneKind::Lift => Kind::Lift,
        ZoneKind::Refuge => Kind::Refuge,
        ZoneKind::Plant => Kind::Plant,
        ZoneKind::Parking => Kind::Parking,
        ZoneKind::Outside => Kind::Outside,
    }
}
