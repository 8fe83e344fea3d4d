//! The configuration itself: which one holds, and reading its files again.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tokio::sync::oneshot;
use utoipa::ToSchema;

use super::ApiState;
use super::openapi::ReloadProblems;
use super::problem::{Code, Problem};
use crate::audit::Action;
use crate::people::Actor;
use crate::reload::Ask;

/// No refusal says more than this.
const SENTENCE_MAX: usize = 4000;

#[derive(Serialize, ToSchema)]
pub struct Reloaded {
    /// The sites for which another configuration holds now.
    #[schema(example = json!(["center"]))]
    changed: Vec<String>,
    /// What holds, for every site.
    configurations: Vec<HeldBody>,
}

#[derive(Serialize, ToSchema)]
pub struct HeldBody {
    #[schema(example = "center")]
    site: String,
    /// 16 hex digits over everything it was read from.
    #[schema(example = "9f2c41d07ab3e655")]
    hash: String,
}

/// Reads rules and situations again. Everything in them is taken, or nothing is.
#[utoipa::path(post, path = "/api/v1/configuration/reload", tag = "service",
    responses((status = 200, body = Reloaded), ReloadProblems))]
pub async fn reload(
    State(state): State<ApiState>,
    actor: Actor,
) -> Result<Json<Reloaded>, Problem> {
    let refused = |sentence: String| {
        let sentence: String = sentence.chars().take(SENTENCE_MAX).collect();
        Problem::new(Code::ConfigurationRefused, sentence)
    };
    let nobody = || refused("this service reads its configuration at its start only".to_owned());
    let reload = state.reload.as_ref().ok_or_else(nobody)?;
    let (answer, answered) = oneshot::channel();
    let by = actor.did(Action::ConfigurationReloaded);
    reload.send(Ask { by, answer }).await.map_err(|_| nobody())?;
    let changed = answered.await.map_err(|_| nobody())?.map_err(refused)?;
    let held = state.activated.borrow().clone();
    let body = |of: &std::sync::Arc<crate::monitor::Configuration>| HeldBody {
        site: of.site.id.to_string(),
        hash: of.hash.clone(),
    };
    Ok(Json(Reloaded {
        changed: changed.iter().map(ToString::to_string).collect(),
        configurations: held.iter().map(body).collect(),
    }))
}
