//! The trace (활동 기록) of a home: what its sensors said. It tells when somebody sleeps, washes,
//! goes out and comes back, so it is opened one sensor at a time, by whoever may, with a reason,
//! and every look is in the trail before anything is shown.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;

use super::ApiState;
use super::homes::{self, HomePath};
use super::openapi::TraceProblems;
use super::problem::{Code, HomeCode, Problem};
use super::readings::{self, Readings, no_such_device};
use super::request::{Body, Path};
use crate::audit;
use crate::domain::{DeviceId, HomeId, Quantity, Site};
use crate::people::{Actor, By, Right};
use crate::store::caseworkers;

/// The shortest and the longest reason, in characters.
const REASON_MIN: usize = 5;
const REASON_MAX: usize = 500;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TraceWanted {
    #[schema(value_type = String, example = "h0101-pir")]
    device: DeviceId,
    /// Why it has to be seen: 5 to 500 characters. It stands in the trail, so name nobody.
    #[schema(example = "방문 전 마지막 활동 확인")]
    reason: String,
    /// Whether this is an emergency in a home that is not one's own.
    #[serde(default)]
    break_glass: bool,
    /// At most this many messages, from 1 to 1000; 100 if not given.
    limit: Option<u32>,
    /// Only what came before this message: `next` of the page before.
    before: Option<u64>,
}

/// What one sensor of a home has said, newest first. Each look is in the trail.
#[utoipa::path(post, path = "/api/v1/sites/{site}/homes/{home}/trace", tag = "homes",
    request_body = TraceWanted, params(HomePath),
    responses((status = 200, body = Readings), TraceProblems))]
pub async fn show(
    State(state): State<ApiState>,
    actor: Actor,
    Path(HomePath { site, home }): Path<HomePath>,
    Body(wanted): Body<TraceWanted>,
) -> Result<Json<Readings>, Problem> {
    let held = &state.configuration(&site)?.site;
    if !held.homes.contains_key(&home) {
        return Err(homes::unknown(&site, &home));
    }
    let device = held.devices.get(&wanted.device).filter(|of| of.home() == Some(&home));
    if device.is_none() {
        return Err(no_such_device(&site, &wanted.device));
    }
    let look = Look {
        right: Right::Trace,
        usual: audit::Action::TraceViewed,
        reason: Some(&wanted.reason),
        break_glass: wanted.break_glass,
    };
    let subject = format!("{home}/{}", wanted.device);
    allowed(&state, &actor, (held, &home), subject, &look).await?;
    readings::page(&state, &site, &wanted.device, (wanted.limit, wanted.before)).await.map(Json)
}

/// A look at what only some may see.
pub(super) struct Look<'a> {
    pub right: Right,
    pub usual: audit::Action,
    /// None: this one needs no reason of whoever looks after the home.
    pub reason: Option<&'a str>,
    pub break_glass: bool,
}

/// Lets somebody look, once that is in the trail: whoever has the right and looks after the home;
/// else, in an emergency and with a reason, whoever may see that there is a home.
///
/// # Errors
/// If they may not, the reason is none, or the trail cannot be written.
pub(super) async fn allowed(
    state: &ApiState,
    actor: &Actor,
    (site, home): (&Site, &HomeId),
    subject: String,
    look: &Look<'_>,
) -> Result<(), Problem> {
    let reason = look.reason.map(str::trim);
    if let Some(reason) = reason {
        refuse_none(reason)?;
    }
    let theirs = caseworkers(&state.db, &site.id, home).await?;
    let own = theirs.is_empty() || theirs.contains(&actor.account);
    let usual = own && actor.may(look.right, &site.id);
    // No program breaks glass: that takes a person and an emergency.
    let person = !matches!(actor.by, By::Token { .. });
    if !(usual || look.break_glass && person) {
        let entry = actor.did(audit::Action::Denied).at(&site.id).of(subject);
        state.store.audit(entry).await?;
        let sentence = "it is for those who look after this home; in an emergency say \
                        `break_glass`, with a reason";
        return Err(Problem::new(Code::Home(HomeCode::NotOwn), sentence));
    }
    if !usual {
        refuse_none(reason.unwrap_or_default())?;
    }
    let action = if usual { look.usual } else { audit::Action::BrokenGlass };
    let entry = actor.did(action).at(&site.id).of(subject);
    state.store.audit(entry.because(reason.unwrap_or_default())).await?;
    Ok(())
}

fn refuse_none(reason: &str) -> Result<(), Problem> {
    if (REASON_MIN..=REASON_MAX).contains(&reason.chars().count()) {
        return Ok(());
    }
    let sentence = format!("`reason` says in {REASON_MIN} to {REASON_MAX} characters why");
    Err(Problem::new(Code::Home(HomeCode::NoReason), sentence))
}

/// What is said by the home's own routes only.
pub(super) fn refused(site: &Site, home: &HomeId) -> Problem {
    let sentence = format!(
        "it hangs in a home; POST /api/v1/sites/{}/homes/{home}/trace shows what it said, with a \
         reason",
        site.id
    );
    Problem::new(Code::Home(HomeCode::Trace), sentence)
}

/// Whether values of it tell how somebody lives, rather than what threatens them.
pub(super) fn tells_of_life(quantity: Quantity) -> bool {
    matches!(
        quantity,
        Quantity::Motion
            | Quantity::Presence
            | Quantity::Contact
            | Quantity::Power
            | Quantity::Energy
            | Quantity::Water
            | Quantity::Humidity
            | Quantity::Occupancy
    )
}
