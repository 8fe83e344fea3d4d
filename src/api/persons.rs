//! Who lives in a home, for those who look after it: names, numbers, addresses, notes, contacts.
//!
//! They are asked for in bodies and never in a URL, since URLs stand in logs. Every look and every
//! change is in the trail; in an emergency somebody else may look too, with a reason.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ApiState;
use super::homes::{self, HomeBody, HomePath};
use super::households::{ChangeBody, denied};
use super::local::{Local, Time};
use super::openapi::PersonsProblems;
use super::problem::{Code, HomeCode, Problem};
use super::readings::{self, Readings};
use super::request::{Body, Path};
use super::trace::{Look, allowed};
use crate::audit;
use crate::domain::HouseholdId;
use crate::domain::household::Denied;
use crate::monitor::kit;
use crate::people::{Actor, Right};
use crate::personal::{self, Keys, PersonalError, Persons};
use crate::store::{changes, keep_caseworkers};

/// Messages of one sensor in an export, the newest.
const EXPORTED_MAX: u32 = 1000;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonsKept {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    persons: Persons,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonsWanted {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    /// Needed with `break_glass`: 5 to 500 characters.
    reason: Option<String>,
    /// Whether this is an emergency in a home that is not one's own.
    #[serde(default)]
    break_glass: bool,
}

#[derive(Serialize, ToSchema)]
pub struct PersonsBody {
    #[schema(example = "hh-3f61c2a09b7d4e58")]
    household: String,
    /// None: nothing was entered.
    persons: Option<Persons>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExportWanted {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    /// Who asked for it, by role, and why: 5 to 500 characters.
    #[schema(example = "본인 열람 요청")]
    reason: String,
}

/// All that is kept of one household.
#[derive(Serialize, ToSchema)]
pub struct Exported {
    exported_at: Time,
    home: HomeBody,
    registered: super::households::HouseholdBody,
    persons: Option<Persons>,
    /// Consents, absences, visits and moves, oldest first.
    changes: Vec<ChangeBody>,
    /// The newest 1000 messages of each sensor, by device.
    readings: Vec<ExportedReadings>,
}

#[derive(Serialize, ToSchema)]
pub struct ExportedReadings {
    #[schema(example = "h0101-pir")]
    device: String,
    said: Readings,
}

#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Caseworkers {
    /// Accounts; with none, everyone with the right looks after it.
    accounts: Vec<String>,
}

/// Enters who lives in a home, in the place of what was entered before.
#[utoipa::path(put, path = "/api/v1/sites/{site}/homes/{home}/persons", tag = "homes",
    request_body = PersonsKept, params(HomePath),
    responses((status = 200, body = PersonsBody), PersonsProblems))]
pub async fn enter(
    State(state): State<ApiState>,
    actor: Actor,
    Path(HomePath { site, home }): Path<HomePath>,
    Body(PersonsKept { household, persons }): Body<PersonsKept>,
) -> Result<Json<PersonsBody>, Problem> {
    let keys = lives_there(&state, &HomePath { site: site.clone(), home }, &household).await?;
    if !persons.fits() {
        let sentence = "a field has up to 2000 characters without control characters, a list up \
                        to 20 entries";
        return Err(Problem::new(Code::BadBody, sentence));
    }
    let told = actor.did(audit::Action::PersonChanged).at(&site).of(household.as_str());
    let whose = (&site, &household);
    let kept = personal::keep(&state.store, keys, whose, &persons, told).await;
    if !kept.map_err(closed)? {
        return Err(denied(Denied::UnknownHousehold));
    }
    Ok(Json(PersonsBody { household: household.to_string(), persons: Some(persons) }))
}

/// Who lives in a home. Each look is in the trail.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/persons/read", tag = "homes",
    request_body = PersonsWanted, params(HomePath),
    responses((status = 200, body = PersonsBody), PersonsProblems))]
pub async fn read(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    Body(wanted): Body<PersonsWanted>,
) -> Result<Json<PersonsBody>, Problem> {
    let keys = lives_there(&state, &path, &wanted.household).await?;
    let look = Look {
        right: Right::Persons,
        usual: audit::Action::PersonViewed,
        reason: wanted.reason.as_deref(),
        break_glass: wanted.break_glass,
    };
    let held = &state.configuration(&path.site)?.site;
    let subject = wanted.household.to_string();
    allowed(&state, &actor, (held, &path.home), subject, &look).await?;
    let whose = (&path.site, &wanted.household);
    let persons = personal::open(&state.store, keys, whose).await.map_err(closed)?;
    Ok(Json(PersonsBody { household: wanted.household.to_string(), persons }))
}

/// 열람 요청: everything that is kept of a household, for themselves. It is in the trail.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/export", tag = "homes",
    request_body = ExportWanted, params(HomePath),
    responses((status = 200, body = Exported), PersonsProblems))]
pub async fn export(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<HomePath>,
    Body(ExportWanted { household, reason }): Body<ExportWanted>,
) -> Result<Json<Exported>, Problem> {
    let keys = lives_there(&state, &path, &household).await?;
    let HomePath { site, home } = &path;
    let look = Look {
        right: Right::Persons,
        usual: audit::Action::PersonExported,
        reason: Some(&reason),
        break_glass: false,
    };
    let held = &state.configuration(site)?.site;
    allowed(&state, &actor, (held, home), household.to_string(), &look).await?;
    let whose = (site, &household);
    let persons = personal::open(&state.store, keys, whose).await.map_err(closed)?;
    let local = Local::of(&state, site);
    let said = changes(&state.db, site, &household).await?.into_iter();
    let mut readings = Vec::new();
    for device in kit(held, home) {
        let said = readings::page(&state, site, &device.id, (Some(EXPORTED_MAX), None)).await?;
        readings.push(ExportedReadings { device: device.id.to_string(), said });
    }
    let detail = homes::read(&state, site, home).await?;
    let registered = detail.registered.ok_or_else(|| denied(Denied::UnknownHousehold))?;
    Ok(Json(Exported {
        exported_at: local.time(state.clock.now()),
        home: detail.home,
        registered,
        persons,
        changes: said.map(|row| ChangeBody::of(&local, row)).collect(),
        readings,
    }))
}

/// 담당자 지정: whose home it is among those who look after homes.
#[utoipa::path(put, path = "/api/v1/sites/{site}/homes/{home}/caseworkers", tag = "homes",
    request_body = Caseworkers, params(HomePath),
    responses((status = 200, body = Caseworkers), PersonsProblems))]
pub async fn look_after(
    State(state): State<ApiState>,
    actor: Actor,
    Path(HomePath { site, home }): Path<HomePath>,
    Body(Caseworkers { mut accounts }): Body<Caseworkers>,
) -> Result<Json<Caseworkers>, Problem> {
    if !state.configuration(&site)?.site.homes.contains_key(&home) {
        return Err(homes::unknown(&site, &home));
    }
    accounts.sort_unstable();
    accounts.dedup();
    let known = |name: &String| name.parse::<crate::people::AccountId>().is_ok();
    if accounts.len() > 100 || !accounts.iter().all(known) {
        let sentence = "`accounts` names up to 100 accounts by their ids";
        return Err(Problem::new(Code::BadBody, sentence));
    }
    let told = actor.did(audit::Action::AccountChanged).at(&site).of(home.as_str());
    let told = told.because(format!("looked after by {}", accounts.join(" ")));
    keep_caseworkers(&state.store, (&site, &home), &accounts, told).await?;
    Ok(Json(Caseworkers { accounts }))
}

/// The keys, if that household lives in that home and there is a key file.
async fn lives_there<'s>(
    state: &'s ApiState,
    HomePath { site, home }: &HomePath,
    household: &HouseholdId,
) -> Result<&'s Keys, Problem> {
    let detail = homes::read(state, site, home).await?;
    if detail.home.household.as_deref() != Some(household.as_str()) {
        return Err(denied(Denied::UnknownHousehold));
    }
    state.keys.as_deref().ok_or_else(|| {
        let sentence = "name a key file in jikimi.toml: [personal] key_file; `jikimi personal \
                        new-key FILE` makes one";
        Problem::new(Code::Home(HomeCode::NoKeyFile), sentence)
    })
}

fn closed(error: PersonalError) -> Problem {
    match error {
        PersonalError::Store(error) => Problem::internal(&error),
        PersonalError::NoRandomness => Problem::internal(&error),
        PersonalError::UnknownKey | PersonalError::Altered => {
            tracing::error!(%error, "what is kept of a household does not open");
            Problem::new(Code::Home(HomeCode::Sealed), "the service's log says why")
        }
    }
}
