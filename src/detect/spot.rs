//! Where what a detector is given comes from, and motion as it is given.

use crate::domain::time::Timestamp;
use crate::domain::{DeviceId, DeviceKind, PlaceId, StoreyId};

/// Where the device hangs whose reading it is.
#[derive(Debug, Clone, Copy)]
pub struct Spot<'a> {
    pub kind: Option<DeviceKind>,
    /// Its zone or home.
    pub place: &'a PlaceId,
    /// None in a home.
    pub storey: Option<&'a StoreyId>,
}

/// Acceleration of one device in gal, three axes of the same length, oldest first.
#[derive(Debug, Clone, Copy)]
pub struct Wave<'a> {
    pub device: &'a DeviceId,
    /// Of the first sample.
    pub at: Timestamp,
    pub rate_hz: f64,
    pub x: &'a [f32],
    pub y: &'a [f32],
    pub z: &'a [f32],
}
