//! What a device has said, message by message, newest first.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ApiState;
use super::local::{Local, Time};
use super::openapi::DeviceProblems;
use super::problem::{Code, Problem};
use super::request::{Path, Query, page_size};
use super::trace;
use super::words::Value;

use crate::audit::Action;
use crate::domain::{Content, Device, DeviceId, SiteId};
use crate::people::{Actor, Right};
use crate::store::views::{self, MessageRow};

const PAGE_USUAL: u32 = 100;
const PAGE_MAX: u32 = 1000;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct DevicePath {
    #[param(value_type = String, example = "center")]
    pub(super) site: SiteId,
    #[param(value_type = String, example = "tc-3f-kitchen")]
    pub(super) device: DeviceId,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadingsQuery {
    /// At most this many messages, from 1 to 1000; 100 if not given.
    limit: Option<u32>,
    /// Only what came before this message: `next` of the page before.
    before: Option<u64>,
}

#[derive(Serialize, ToSchema)]
pub struct Readings {
    readings: Vec<MessageBody>,
    /// What to ask `before` for the next page; none on the last.
    next: Option<u64>,
}

/// One message of a device.
#[derive(Serialize, ToSchema)]
pub struct MessageBody {
    /// In the input log of its site.
    #[schema(example = 18_734)]
    position: u64,
    received_at: Time,
    /// The device's own time where it is believed; `quality` says whether it is.
    at: Time,
    /// `device`, `receipt`, `clamped`, `wrong-clock` or `late`.
    #[schema(example = "device")]
    quality: &'static str,
    /// `reading`, `alarm`, `waveform` or `status`.
    #[schema(example = "reading")]
    kind: &'static str,
    /// By quantity, each in its own unit.
    values: BTreeMap<&'static str, Value>,
    /// Of a waveform.
    #[serde(skip_serializing_if = "Option::is_none")]
    waveform: Option<WaveformBody>,
    /// Of a status.
    #[serde(skip_serializing_if = "Option::is_none")]
    online: Option<bool>,
    /// Told from the broker's memory: what was, not what is.
    retained: bool,
    battery_percent: Option<f64>,
}

/// Ground acceleration in gal, oldest first; `at` is the first sample's.
#[derive(Serialize, ToSchema)]
pub struct WaveformBody {
    rate_hz: f64,
    x: Vec<f32>,
    y: Vec<f32>,
    z: Vec<f32>,
}

/// What a device has said, newest first.
#[utoipa::path(get, path = "/api/v1/sites/{site}/devices/{device}/readings", tag = "devices",
    params(DevicePath, ReadingsQuery), responses((status = 200, body = Readings), DeviceProblems))]
pub async fn list(
    State(state): State<ApiState>,
    actor: Actor,
    Path(DevicePath { site, device }): Path<DevicePath>,
    Query(query): Query<ReadingsQuery>,
) -> Result<Json<Readings>, Problem> {
    look_at(&state, &actor, &site, &device).await?;
    page(&state, &site, &device, (query.limit, query.before)).await.map(Json)
}

/// A page of what a device has said. Whoever asks has seen to it that it may be shown.
pub(super) async fn page(
    state: &ApiState,
    site: &SiteId,
    device: &DeviceId,
    (limit, before): (Option<u32>, Option<u64>),
) -> Result<Readings, Problem> {
    let limit = page_size(limit, PAGE_USUAL, PAGE_MAX)?;
    let known = state.configuration(site)?.site.devices.contains_key(device);
    // One more than asked for tells whether there is a next page.
    let found = views::history(&state.db, site, device, before, limit + 1).await?;
    let Some(mut rows) = found else { return Err(no_such_message(device)) };
    if rows.is_empty() && before.is_none() && !known {
        return Err(no_such_device(site, device));
    }
    let more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    let next = rows.last().filter(|_| more).map(|row| row.position);
    let local = Local::of(state, site);
    let readings = rows.into_iter().map(|row| body(&local, row)).collect();
    Ok(Readings { readings, next })
}

/// Whether whoever asks may look at what this device said. In a home that is the trace of a
/// person's life, which is opened with a reason and elsewhere. What is mounted nowhere any more
/// may have been in one, so each look at it is kept before anything is shown.
async fn look_at(
    state: &ApiState,
    actor: &Actor,
    site: &SiteId,
    device: &DeviceId,
) -> Result<(), Problem> {
    let held = &state.configuration(site)?.site;
    let known = held.devices.get(device);
    if let Some(home) = known.and_then(Device::home) {
        return Err(trace::refused(held, home));
    }
    if known.is_some() && actor.may(Right::Devices, site) {
        return Ok(());
    }
    if known.is_some() || !actor.may(Right::Trace, site) {
        return Err(no_such_device(site, device));
    }
    let seen = actor.did(Action::TraceViewed).at(site).of(device.as_str());
    Ok(state.store.audit(seen.because("mounted nowhere any more")).await?)
}

fn no_such_message(device: &DeviceId) -> Problem {
    let sentence = format!("`before` is `next` of the page before, a message of `{device}`");
    Problem::new(Code::BadQuery, sentence)
}

pub(super) fn no_such_device(site: &SiteId, device: &DeviceId) -> Problem {
    let sentence = format!("`{device}` is no device; /api/v1/sites/{site}/devices lists them");
    Problem::new(Code::UnknownDevice, sentence)
}

fn body(local: &Local, row: MessageRow) -> MessageBody {
    let message = row.message;
    let mut body = MessageBody {
        position: row.position,
        received_at: local.time(message.received_at),
        at: local.time(message.at),
        quality: message.quality.as_str(),
        kind: message.kind.as_str(),
        values: BTreeMap::new(),
        waveform: None,
        online: None,
        retained: message.retained,
        battery_percent: message.battery_percent,
    };
    match message.content {
        Content::Readings(values) => {
            let values = values.into_iter().map(|(what, value)| (what.as_str(), value.into()));
            body.values = values.collect();
        }
        Content::Waveform { rate_hz, x, y, z } => {
            body.waveform = Some(WaveformBody { rate_hz, x, y, z });
        }
        Content::Status { online } => body.online = Some(online),
    }
    body
}
