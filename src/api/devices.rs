//! Devices (단말): mounting points, where they hang and what they measure.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::{DeviceProblems, SiteProblems};
use super::problem::Problem;
use super::readings::{DevicePath, no_such_device};
use super::request::{Path, Query, page_size};
use super::sites::SitePath;
use crate::domain::time::Timestamp;
use crate::domain::{Device, DeviceId, DeviceKind, Mounted, Quantity};

use crate::store::views::{self, TroubleRow};

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
    /// What it is there for, where the site file says so.
    #[schema(example = "motion")]
    kind: Option<&'static str>,
    /// The gateway its words come through, if there is one.
    #[schema(example = "gw-101")]
    gateway: Option<String>,
    reads: Vec<QuantityBody>,
    /// Silent after this long without a message; none: as its rule says.
    #[schema(example = 180.0)]
    silent_after_s: Option<f64>,
    /// What stands against it, the oldest first.
    troubles: Vec<TroubleBody>,
}

/// A trouble of a device.
#[derive(Serialize, ToSchema)]
pub struct TroubleBody {
    /// The incident it is part of: its own, or that of a gateway.
    #[schema(example = "center/device-silent/3f-kitchen/1")]
    incident: String,
    #[schema(example = "device-silent")]
    rule: String,
    /// Since when, in event time.
    at: Time,
    #[schema(example = "no message for 15 min")]
    because: String,
}

/// One device, with its three clocks.
#[derive(Serialize, ToSchema)]
pub struct DeviceDetail {
    #[serde(flatten)]
    device: DeviceBody,
    /// When anything came (of a sensor in a home only the day), the broker's memory and the
    /// connection's words included. None: never.
    last_message_at: Option<Time>,
    /// The newest moment of which it told something itself: whether it is alive goes by this.
    last_fresh_at: Option<Time>,
    /// When something that it measures last differed from before. None: not within its newest
    /// 500 messages, or it hangs in a home and whoever asks may not see the home's trace.
    last_change_at: Option<Time>,
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
    let mut troubles = views::troubles(&state.db, &site.id).await?;
    let local = Local::of(&state, &site.id);
    let devices: Vec<DeviceBody> = rest
        .by_ref()
        .take(limit)
        .map(|device| body(&local, device, troubles.remove(&device.id).unwrap_or_default()))
        .collect();
    let next = rest.next().and_then(|_| devices.last()).map(|device| device.id.clone());
    Ok(Json(Devices { devices, next }))
}

/// One device: where it hangs, what stands against it, and when it last spoke.
#[utoipa::path(get, path = "/api/v1/sites/{site}/devices/{device}", tag = "devices",
    params(DevicePath), responses((status = 200, body = DeviceDetail), DeviceProblems))]
pub async fn one(
    State(state): State<ApiState>,
    Path(DevicePath { site, device }): Path<DevicePath>,
) -> Result<Json<DeviceDetail>, Problem> {
    let configuration = state.configuration(&site)?;
    let Some(known) = configuration.site.devices.get(&device) else {
        return Err(no_such_device(&site, &device));
    };
    let clocks = views::clocks(&state.db, &site, &device).await?;
    let troubles = views::troubles(&state.db, &site).await?.remove(&device).unwrap_or_default();
    let local = Local::of(&state, &site);
    // When a sensor of a home spoke tells when somebody moved; its day tells that it works.
    let at_home = known.home().is_some();
    let time = |moment: Option<Timestamp>| {
        moment.map(|moment| if at_home { local.day(moment) } else { local.time(moment) })
    };
    Ok(Json(DeviceDetail {
        last_message_at: time(clocks.last_message),
        last_fresh_at: time(clocks.last_fresh),
        last_change_at: time(clocks.last_change.filter(|_| !at_home)),
        device: body(&local, known, troubles),
    }))
}

fn body(local: &Local, device: &Device, troubles: Vec<TroubleRow>) -> DeviceBody {
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
        kind: device.kind.map(DeviceKind::as_str),
        gateway: device.gateway.as_ref().map(ToString::to_string),
        silent_after_s: device.silent_after.map(|span| span.as_secs_f64()),
        troubles: troubles.into_iter().map(|row| trouble(local, row)).collect(),
    }
}

fn trouble(local: &Local, row: TroubleRow) -> TroubleBody {
    TroubleBody {
        incident: row.incident.to_string(),
        rule: row.rule.to_string(),
        at: local.time(row.at),
        because: row.because,
    }
}

fn quantity_body(quantity: Quantity) -> QuantityBody {
    QuantityBody { quantity: quantity.as_str(), unit: quantity.unit().symbol() }
}
