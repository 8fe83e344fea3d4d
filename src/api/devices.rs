//! Devices (단말): mounting points, where they hang and what they measure.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::openapi::SiteProblems;
use super::problem::Problem;
use super::request::{Path, Query, page_size};
use super::sites::SitePath;
use crate::domain::{Device, DeviceId, Mounted, Quantity};

/// A page of what a site file lists, in the order of ids.
const PAGE_MAX: u32 = 1000;

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DevicesQuery {
    /// At most this many, from 1 to 1000.
    limit: Option<u32>,
    /// Only those after this one: `next` of the page before.
    #[param(value_type = Option<String>)]
    after: Option<DeviceId>,
}

#[derive(Serialize, ToSchema)]
pub struct Devices {
    devices: Vec<DeviceBody>,
    /// What to ask `after` for the next page; none on the last.
    next: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct DeviceBody {
    #[schema(example = "tc-3f-kitchen")]
    id: String,
    /// The zone it hangs in, if it is not in a home.
    #[schema(example = "3f-kitchen")]
    zone: Option<String>,
    /// The home it hangs in, if it is not in a zone.
    home: Option<String>,
    reads: Vec<QuantityBody>,
    /// Silent after this long without a message; none: as its rule says.
    #[schema(example = 180.0)]
    silent_after_s: Option<f64>,
}

#[derive(Serialize, ToSchema)]
pub struct QuantityBody {
    #[schema(example = "temperature")]
    quantity: &'static str,
    /// Empty for what is only on or off.
    #[schema(example = "°C")]
    unit: &'static str,
}

/// The devices of a site.
#[utoipa::path(get, path = "/api/v1/sites/{site}/devices", tag = "devices",
    params(SitePath, DevicesQuery), responses((status = 200, body = Devices), SiteProblems))]
pub async fn list(
    State(state): State<ApiState>,
    Path(SitePath { site }): Path<SitePath>,
    Query(query): Query<DevicesQuery>,
) -> Result<Json<Devices>, Problem> {
    let limit = page_size(query.limit, PAGE_MAX, PAGE_MAX)? as usize;
    let site = &state.configuration(&site)?.site;
    let after = query.after.as_ref();
    let mut rest = site.devices.values().filter(|device| after.is_none_or(|id| device.id > *id));
    let devices: Vec<DeviceBody> = rest.by_ref().take(limit).map(body).collect();
    let next = rest.next().and_then(|_| devices.last()).map(|device| device.id.clone());
    Ok(Json(Devices { devices, next }))
}

fn body(device: &Device) -> DeviceBody {
    let (zone, home) = match &device.mounted {
        Mounted::Zone(zone) => (Some(zone.to_string()), None),
        Mounted::Home(home) => (None, Some(home.to_string())),
        Mounted::Building(_) => (None, None),
    };
    DeviceBody {
        id: device.id.to_string(),
        zone,
        home,
        reads: device.reads.iter().map(|quantity| quantity_body(*quantity)).collect(),
        silent_after_s: device.silent_after.map(|span| span.as_secs_f64()),
    }
}

fn quantity_body(quantity: Quantity) -> QuantityBody {
    QuantityBody { quantity: quantity.as_str(), unit: quantity.unit().symbol() }
}
