//! One person's way (개인 대피 경로) out of a zone, as they can go it, under what is in the way and
//! what is expected to close.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::evacuation::Look;
use super::openapi::RouteProblems;
use super::problem::{Code, Problem};
use super::request::{Path, Query};
use crate::domain::{SiteId, ZoneId};
use crate::evacuate::{Help, Means, Personal, Profile, Refuge};

/// More ways than these beside the best only confuse.
const ALTERNATIVES_MAX: usize = 5;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RoutePath {
    #[param(value_type = String, example = "center")]
    site: SiteId,
    /// Where they are.
    #[param(value_type = String, example = "3f-office")]
    zone: ZoneId,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RouteQuery {
    /// `walking`, `slow`, `wheelchair`, `assisted`, `visually-impaired` or `staff`.
    #[param(value_type = String, example = "wheelchair")]
    profile: Profile,
    /// So many other ways beside the best, where there are any; at most 5.
    alternatives: Option<usize>,
    /// Whether someone runs the evacuation lifts. They are ridden only where the disasters allow.
    lifts_run: Option<bool>,
}

#[derive(Serialize, ToSchema)]
pub struct PersonalRoutes {
    /// The best first. It may lead to a refuge, or be to stay.
    routes: Vec<PersonalBody>,
}

#[derive(Serialize, ToSchema)]
pub struct PersonalBody {
    #[schema(example = "refuge")]
    goal: &'static str,
    /// The exit, or the zone in which it ends.
    #[schema(example = "3f-refuge")]
    ends_at: String,
    /// In walking order.
    zones: Vec<String>,
    length_m: f64,
    time_s: f64,
    /// How long they may wait before they set out; none if nothing on the way is expected to
    /// close.
    may_wait_s: Option<f64>,
    /// What it leads through although nobody can see there.
    unknown: Vec<String>,
    #[schema(
        example = "no way out without stairs or narrow doors is open: to the refuge 3f-refuge"
    )]
    because: String,
}

/// Those of a zone who cannot leave without help.
#[derive(Serialize, ToSchema)]
pub struct HelpBody {
    #[schema(example = "3f-office")]
    zone: String,
    people: u32,
    /// The way on which they are led or carried.
    route: PersonalBody,
    /// How many go to which refuge, where no way leads out in time.
    to: Vec<PlacesBody>,
    /// How many of them find no place: someone has to go there first.
    without: u32,
}

#[derive(Serialize, ToSchema)]
pub struct PlacesBody {
    #[schema(example = "3f-refuge")]
    refuge: String,
    people: u32,
}

#[derive(Serialize, ToSchema)]
pub struct RefugeBody {
    #[schema(example = "3f-refuge")]
    zone: String,
    places: u32,
    /// Who is in it, as far as anyone counts.
    taken: u32,
    /// Who is to be brought to it.
    given: u32,
    free: u32,
}

/// One person's way out of a zone, and others beside it.
#[utoipa::path(get, path = "/api/v1/sites/{site}/routes/{zone}", tag = "evacuation",
    params(RoutePath, RouteQuery),
    responses((status = 200, body = PersonalRoutes), RouteProblems))]
pub async fn show(
    State(state): State<ApiState>,
    Path(RoutePath { site, zone }): Path<RoutePath>,
    Query(query): Query<RouteQuery>,
) -> Result<Json<PersonalRoutes>, Problem> {
    let alternatives = query.alternatives.unwrap_or_default();
    if alternatives > ALTERNATIVES_MAX {
        let sentence = format!("`alternatives` is from 0 to {ALTERNATIVES_MAX}");
        return Err(Problem::new(Code::BadQuery, sentence));
    }
    let look = Look::at(&state, &site).await?;
    let plan = look.plan();
    let lifts_run = query.lifts_run.unwrap_or_default();
    let means = Means { lifts_run, ..look.means(&plan, &look.outlook(&plan)) };
    let asked = (&means, alternatives);
    let ways = look.network.personal(&look.hazards, &zone, query.profile, asked);
    let Some(ways) = ways else {
        let sentence = format!("site {site} has no zone {zone}; /api/v1/sites/{site}/zones lists");
        return Err(Problem::new(Code::UnknownZone, sentence));
    };
    Ok(Json(PersonalRoutes { routes: ways.into_iter().map(personal_body).collect() }))
}

fn personal_body(way: Personal) -> PersonalBody {
    let words = |zones: Vec<ZoneId>| zones.iter().map(ToString::to_string).collect();
    PersonalBody {
        goal: way.goal.as_str(),
        ends_at: way.ends_at,
        zones: words(way.zones),
        length_m: way.length_m,
        time_s: way.time_s,
        may_wait_s: way.may_wait_s,
        unknown: words(way.unknown),
        because: way.because,
    }
}

pub(super) fn help_body(help: Help) -> HelpBody {
    let places = help.to.iter();
    let places =
        places.map(|(zone, people)| PlacesBody { refuge: zone.to_string(), people: *people });
    HelpBody {
        to: places.collect(),
        zone: help.zone.to_string(),
        people: help.people,
        route: personal_body(help.way),
        without: help.without,
    }
}

pub(super) fn refuge_body(refuge: &Refuge) -> RefugeBody {
    RefugeBody {
        zone: refuge.zone.to_string(),
        places: refuge.places,
        taken: refuge.taken,
        given: refuge.given,
        free: refuge.free(),
    }
}
