//! A storey's plan as a picture: what is in the way, and which way people go.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ApiState;
use super::drawing::draw;
use super::evacuation::Look;
use super::openapi::PlanProblems;
use super::problem::{Code, Problem};
use super::request::{Path, Query};
use crate::domain::{SiteId, StoreyId, ZoneId};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct PlanPath {
    #[param(value_type = String, example = "center")]
    site: SiteId,
    /// The storey's id and `.svg`.
    #[param(example = "3f.svg")]
    plan: String,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlanQuery {
    /// A zone whose way is drawn thick.
    #[param(value_type = Option<String>, example = "3f-office")]
    from: Option<ZoneId>,
}

/// The plan of one storey, with hazards, signs and ways, as SVG.
#[utoipa::path(get, path = "/api/v1/sites/{site}/plans/{plan}", tag = "evacuation",
    params(PlanPath, PlanQuery),
    responses((status = 200, body = String, content_type = "image/svg+xml"), PlanProblems))]
pub async fn show(
    State(state): State<ApiState>,
    Path(PlanPath { site, plan }): Path<PlanPath>,
    Query(PlanQuery { from }): Query<PlanQuery>,
) -> Result<Response, Problem> {
    let held = state.configuration(&site)?;
    let storey = plan.strip_suffix(".svg").and_then(|storey| StoreyId::new(storey).ok());
    let storey = storey.and_then(|storey| held.site.storeys.get(&storey));
    let Some(storey) = storey else {
        let known: Vec<String> = held.site.storeys.keys().map(|id| format!("{id}.svg")).collect();
        let sentence = format!("site {site} has no plan of this name; it has {}", known.join(", "));
        return Err(Problem::new(Code::UnknownStorey, sentence));
    };
    let look = Look::at(&state, &site).await?;
    let drawn = draw(&look, storey, from.as_ref());
    Ok(([(CONTENT_TYPE, "image/svg+xml; charset=utf-8")], drawn).into_response())
}
