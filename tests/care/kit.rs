//! What a made-up device says, as the reading that the service would decode from it.

use std::collections::BTreeMap;

use jikimi::care::{Senses, Sign};
use jikimi::domain::Value as Read;
use jikimi::domain::{DeviceId, DeviceKind, Quantity, Reading};
use jikimi_sim::homes::{Device, Event, Value};

use crate::fleet;

/// Readings become signs as in the service; whether the home is empty is told by the door here.
#[derive(Default)]
pub struct Told {
    senses: Senses,
    ids: BTreeMap<Device, DeviceId>,
    empty: bool,
}

impl Told {
    pub fn sign(&mut self, event: &Event) -> Option<Sign> {
        if let Some(sign) = fleet::plain(event) {
            self.empty = sign == Sign::ExitDoor;
            return Some(sign);
        }
        let (kind, quantity) = match event.device {
            Device::Bed if event.value == Value::Motion => (DeviceKind::Bed, Quantity::Motion),
            Device::Bed => (DeviceKind::Bed, Quantity::Presence),
            Device::Water => (DeviceKind::WaterMeter, Quantity::Water),
            Device::Power => (DeviceKind::PowerMeter, Quantity::Power),
            Device::Radar => (DeviceKind::Radar, Quantity::Presence),
            Device::Button => (DeviceKind::Sos, Quantity::Sos),
            Device::Motion(_) | Device::ExitDoor => return None,
        };
        let value = match event.value {
            Value::Motion | Value::Pressed => Read::Flag(true),
            Value::Presence(on) | Value::Open(on) => Read::Flag(on),
            Value::Litres(number) | Value::Watts(number) => Read::Number(number),
        };
        let id = || format!("{:?}", event.device).to_lowercase().parse().unwrap();
        let device = self.ids.entry(event.device).or_insert_with(id).clone();
        let at = fleet::moment(i64::from(event.at_s));
        let reading = Reading { device, quantity, value, at };
        let sign = self.senses.read(Some(kind), &reading, self.empty);
        // A radar is a sensor of its own beside those of the rooms.
        sign.map(|sign| if matches!(sign, Sign::Pulse(_)) { Sign::Pulse(32) } else { sign })
    }
}
