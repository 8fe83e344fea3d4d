//! Situations (재난 상황) as their files say: what to do, what to say, whom to tell.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::openapi::ListProblems;
use super::problem::Problem;
use super::words::{Level, Names};
use crate::domain::{Id, Words};
use crate::situation::{Cap, CheckItem, Confirm, DeviceAction, Floors, Message, Situation};

#[derive(Serialize, ToSchema)]
pub struct Situations {
    situations: Vec<SituationDetail>,
}

/// One kind of disaster.
#[derive(Serialize, ToSchema)]
pub struct SituationDetail {
    #[schema(example = "fire")]
    id: String,
    name: Names,
    /// `site`, `building`, `storey`, `zone` or `home`.
    #[schema(example = "building")]
    scope: String,
    /// Of two at once the one with the smaller number leads.
    threat: u8,
    /// How bad it is when a person opens it; none: people do not.
    declared: Option<Level>,
    /// Which notices of authorities open it.
    notices: Vec<&'static str>,
    confirm: Option<ConfirmBody>,
    /// Nobody moves while a finding of one of these rules stands.
    holds_while: Vec<String>,
    joined_by: Vec<String>,
    floors: FloorsBody,
    actions: Vec<ActionBody>,
    checklist: Vec<CheckBody>,
    messages: Vec<MessageBody>,
    cap: Option<CapBody>,
}

/// What it takes to be believed.
#[derive(Serialize, ToSchema)]
pub struct ConfirmBody {
    unconfirmed: Level,
    alone: Vec<String>,
    sources: u32,
    within_s: f64,
    accumulates_s: f64,
}

/// Whom it reaches.
#[derive(Serialize, ToSchema)]
pub struct FloorsBody {
    #[schema(example = "sets")]
    alert: String,
    tall_from: u32,
    tall_from_homes: u32,
    sets: Vec<FloorSetBody>,
}

#[derive(Serialize, ToSchema)]
pub struct FloorSetBody {
    #[schema(example = "upper")]
    on: String,
    above: u32,
    basements: bool,
}

/// What could be switched, where a site allows it.
#[derive(Serialize, ToSchema)]
pub struct ActionBody {
    #[schema(example = "doors")]
    id: String,
    #[schema(example = "release-doors")]
    does: String,
    enabled: bool,
}

/// One thing for an operator to do.
#[derive(Serialize, ToSchema)]
pub struct CheckBody {
    #[schema(example = "call-119")]
    id: String,
    text: Names,
}

/// A sentence with `{place}` and `{reason}` left open.
#[derive(Serialize, ToSchema)]
pub struct MessageBody {
    #[schema(example = "confirmed")]
    when: String,
    text: Names,
}

#[derive(Serialize, ToSchema)]
pub struct CapBody {
    #[schema(example = "fire")]
    category: String,
    event: String,
    #[schema(example = "immediate")]
    urgency: String,
    #[schema(example = "observed")]
    certainty: String,
    #[schema(example = "evacuate")]
    response: String,
}

/// Every situation, the greatest threat first.
#[utoipa::path(get, path = "/api/v1/situations", tag = "incidents",
    responses((status = 200, body = Situations), ListProblems))]
pub async fn list(State(state): State<ApiState>) -> Result<Json<Situations>, Problem> {
    // Situations are shared: every site has the same.
    let first = state.configurations.first();
    let mut all: Vec<&Situation> = first.iter().flat_map(|of| of.situations.values()).collect();
    all.sort_by(|one, other| (one.threat, &one.id).cmp(&(other.threat, &other.id)));
    Ok(Json(Situations { situations: all.into_iter().map(body).collect() }))
}

fn body(of: &Situation) -> SituationDetail {
    SituationDetail {
        id: of.id.to_string(),
        name: Names { ko: of.name.clone(), en: of.name_en.clone() },
        scope: word(&of.scope),
        threat: of.threat,
        declared: of.declared.map(Level::from),
        notices: of.notices.iter().map(|heeded| heeded.kind.as_str()).collect(),
        confirm: of.confirm.as_ref().map(confirm),
        holds_while: of.holds_while.iter().map(ToString::to_string).collect(),
        joined_by: of.joined_by.iter().map(ToString::to_string).collect(),
        floors: floors(&of.floors),
        actions: of.actions.iter().map(action).collect(),
        checklist: of.checklist.iter().map(check).collect(),
        messages: of.messages.iter().map(message).collect(),
        cap: of.cap.as_ref().map(cap),
    }
}

fn confirm(of: &Confirm) -> ConfirmBody {
    ConfirmBody {
        unconfirmed: of.unconfirmed.into(),
        alone: of.alone.iter().map(Id::to_string).collect(),
        sources: of.sources,
        within_s: of.within.as_secs_f64(),
        accumulates_s: of.accumulates.as_secs_f64(),
    }
}

fn floors(of: &Floors) -> FloorsBody {
    let set = |set: &crate::situation::FloorSet| FloorSetBody {
        on: word(&set.on),
        above: set.above,
        basements: set.basements,
    };
    FloorsBody {
        alert: word(&of.alerts),
        tall_from: of.tall_from,
        tall_from_homes: of.tall_from_homes,
        sets: of.sets.iter().map(set).collect(),
    }
}

fn action(of: &DeviceAction) -> ActionBody {
    ActionBody { id: of.id.clone(), does: word(&of.does), enabled: of.enabled }
}

fn check(of: &CheckItem) -> CheckBody {
    CheckBody { id: of.id.clone(), text: names(&of.text) }
}

fn message(of: &Message) -> MessageBody {
    MessageBody { when: word(&of.when), text: names(&of.text) }
}

fn cap(of: &Cap) -> CapBody {
    CapBody {
        category: word(&of.category),
        event: of.event.clone(),
        urgency: word(&of.urgency),
        certainty: word(&of.certainty),
        response: word(&of.response),
    }
}

pub(super) fn names(words: &Words) -> Names {
    Names { ko: words.ko.clone(), en: words.en.clone() }
}

/// A word of a closed list, as files spell it.
pub(super) fn word<T: Serialize>(of: &T) -> String {
    let value = serde_json::to_value(of).ok();
    value.and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
