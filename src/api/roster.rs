//! Who is on duty now (근무 현황), by role: ids and ways, never an address.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::SiteProblems;
use super::problem::Problem;
use super::request::Path;
use super::sites::SitePath;
use crate::config::{Contact, Person};
use crate::incident::Role;

#[derive(Serialize, ToSchema)]
pub struct Roster {
    /// By the site's own clocks.
    now: Time,
    roles: Vec<RoleBody>,
}

/// A role, and who would be told as it now.
#[derive(Serialize, ToSchema)]
pub struct RoleBody {
    #[schema(example = "worker-1")]
    role: &'static str,
    on: Vec<OnDutyBody>,
    /// Ids of those who hold it and are not on duty.
    off: Vec<String>,
    /// Endpoints that are told as this role whatever the hour.
    endpoints: Vec<String>,
    /// Whether a notice to it would reach somebody: without anybody configured it waits, without
    /// anybody on duty somebody else is told.
    #[schema(example = true)]
    reached: bool,
}

#[derive(Serialize, ToSchema)]
pub struct OnDutyBody {
    #[schema(example = "kim")]
    person: String,
    /// Ids of ways, the first to be tried first.
    #[schema(example = json!(["sms", "mail"]))]
    ways: Vec<String>,
    /// The shift that runs; none for whoever is always on duty.
    #[schema(example = "night")]
    shift: Option<String>,
    /// Whether the address comes with the household of the home that it is about.
    household: bool,
}

/// Who is on duty now.
#[utoipa::path(get, path = "/api/v1/sites/{site}/roster", tag = "incidents", params(SitePath),
    responses((status = 200, body = Roster), SiteProblems))]
pub async fn show(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
) -> Result<Json<Roster>, Problem> {
    state.configuration(&site)?;
    let local = Local::of(&state, &site);
    let now = state.clock.now();
    let of_role = |role: Role| {
        let holders = state.telling.persons.iter().filter(|person| person.is(role, site.as_str()));
        let (on, off): (Vec<&Person>, Vec<&Person>) =
            holders.partition(|person| person.is_on(now, local.zone()));
        let told = state.telling.endpoints.iter().filter(|of| of.roles.contains(&role));
        let endpoints: Vec<String> = told.map(|of| of.id.clone()).collect();
        RoleBody {
            role: role.as_str(),
            reached: !on.is_empty() || !endpoints.is_empty(),
            on: on.into_iter().map(|person| on_duty(person, &local, now)).collect(),
            off: off.into_iter().map(|person| person.id.clone()).collect(),
            endpoints,
        }
    };
    let roles = Role::ALL.into_iter().map(of_role).collect();
    Ok(Json(Roster { now: local.time(now), roles }))
}

fn on_duty(person: &Person, local: &Local, now: jiff::Timestamp) -> OnDutyBody {
    let shift = person.shifts.iter().find(|shift| shift.covers(now, local.zone()));
    OnDutyBody {
        person: person.id.clone(),
        ways: person.ways.clone(),
        shift: shift.map(|shift| shift.id.clone()),
        household: person.contact == Contact::Household,
    }
}
