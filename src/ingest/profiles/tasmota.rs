//! Tasmota: `tele/TOPIC/SENSOR` and `tele/TOPIC/LWT` of a plug or sensor, and `ZbReceived` of its
//! Zigbee bridge, which may speak of several devices at once.
//!
//! A device behind a bridge is called `BRIDGE/NAME` or `BRIDGE/0x662E`, since two bridges may use
//! the same short address, which changes when the device joins anew: a name is better. Names are
//! typed on a console (`zbname 0x662E, door`) and keep the blank behind the comma. `Time` has no
//! zone, so the site's is meant; a bridge's messages have none. What a bridge calls `Power` is a
//! switch or the number of presses, and no watts. `SetOption83` to `119` move names and addresses
//! about in topic and payload; all of those forms are read.

use serde_json::{Map, Value};

use super::{Below, Dialect, Ignored, Spoken, Unheard, object, online, text_at};
use crate::ingest::decode::{Reason, Refused};

pub const DIALECT: Dialect = Dialect {
    name: "tasmota",
    base: "tele",
    filters: &["+/SENSOR", "+/LWT", "+/ZbReceived", "+/+/SENSOR", "+/+/ZbReceived"],
    heard_at,
    address: "its topic, as in plug-h0101, or that of its bridge and its name, as in \
              zb-h01/door or zb-h01/0x662E",
    is_address: |address| address.split('/').count() <= 2,
    example: "tele/device/SENSOR",
    read,
};

/// Of which a bridge speaks in one message. It collects for a fraction of a second.
const DEVICES_MAX: usize = 64;

fn heard_at(address: &str) -> Vec<String> {
    let leaves = ["SENSOR", "ZbReceived"];
    match address.split_once('/') {
        None => vec![format!("{address}/SENSOR")],
        Some((bridge, _)) => {
            let together = leaves.map(|leaf| format!("{bridge}/{leaf}"));
            let apart = leaves.map(|leaf| format!("{bridge}/+/{leaf}"));
            together.into_iter().chain(apart).collect()
        }
    }
}

fn read(below: &Below<'_>) -> Result<Vec<Spoken>, Unheard> {
    let levels: Vec<&str> = below.topic.split('/').collect();
    match levels[..] {
        [topic, "LWT"] => Ok(vec![Spoken::status(topic.to_owned(), online(below.payload)?)]),
        [topic, "SENSOR"] => sensor(topic, object(below.payload)?),
        [bridge, "ZbReceived"] => bridged(bridge, None, object(below.payload)?),
        [bridge, device, "SENSOR" | "ZbReceived"] => {
            let mut fields = object(below.payload)?;
            let inner = fields.remove("ZbReceived");
            match inner {
                Some(Value::Object(inner)) => bridged(bridge, Some(device), inner),
                _ => bridged(bridge, Some(device), fields),
            }
        }
        _ => Err(Unheard::Ignored(Ignored::State)),
    }
}

/// A device's own sensors, or what its bridge has received.
fn sensor(topic: &str, mut fields: Map<String, Value>) -> Result<Vec<Spoken>, Unheard> {
    if let Some(received) = fields.remove("ZbReceived") {
        return match received {
            Value::Object(devices) => bridged(topic, None, devices),
            other => {
                let is = super::said(&other);
                let sentence = format!("`ZbReceived` is {is}; an object of devices is wanted");
                Err(Refused::new(Reason::WrongShape, &sentence).into())
            }
        };
    }
    if text_at(&fields, &["TempUnit"]) == Some("F") {
        fields.values_mut().for_each(to_celsius);
    }
    let time = text_at(&fields, &["Time"]).map(str::to_owned);
    let mut spoken = Spoken::fields(vec![topic.to_owned()], fields);
    if let Some(time) = time {
        spoken.at("Time", &time);
    }
    Ok(vec![spoken])
}

/// A Tasmota set to Fahrenheit says so once, beside all its sensors.
fn to_celsius(sensor: &mut Value) {
    for name in ["Temperature", "DewPoint"] {
        let Some(value) = sensor.get_mut(name) else { continue };
        if let Some(fahrenheit) = value.as_f64() {
            *value = Value::from((fahrenheit - 32.0) / 1.8);
        }
    }
}

/// What a bridge has received: an object for each device, or one device's fields where its name
/// stands in the topic.
fn bridged(
    bridge: &str,
    device: Option<&str>,
    fields: Map<String, Value>,
) -> Result<Vec<Spoken>, Unheard> {
    let apart = device.filter(|_| !fields.values().all(Value::is_object) || fields.is_empty());
    if let Some(device) = apart {
        return Ok(vec![of_device(bridge, device, fields)]);
    }
    if fields.len() > DEVICES_MAX {
        let sentence = format!("{} devices at once; there may be {DEVICES_MAX}", fields.len());
        return Err(Refused::new(Reason::WrongShape, &sentence).into());
    }
    let mut all = Vec::new();
    for (name, value) in fields {
        match value {
            Value::Object(fields) => all.push(of_device(bridge, &name, fields)),
            other => {
                let (name, is) = (name.chars().take(64).collect::<String>(), super::said(&other));
                let sentence = format!("`{name}` is {is}; the fields of a device are wanted");
                return Err(Refused::new(Reason::WrongShape, &sentence).into());
            }
        }
    }
    if all.is_empty() {
        return Err(Refused::new(Reason::NoReadings, "the bridge speaks of no device").into());
    }
    Ok(all)
}

fn of_device(bridge: &str, key: &str, fields: Map<String, Value>) -> Spoken {
    let names = ["Name", "Device", "IEEEAddr"].map(|name| text_at(&fields, &[name]));
    let names = names.into_iter().flatten().chain([key]);
    let called = names.map(|name| format!("{bridge}/{}", super::folded(name))).collect();
    let model = text_at(&fields, &["ModelId"]).map(str::to_owned);
    Spoken { model, ..Spoken::fields(called, fields) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::profiles::{Says, Told};

    fn heard(topic: &str, payload: &str) -> Result<Vec<Spoken>, Unheard> {
        read(&Below { topic, payload: payload.as_bytes() })
    }

    fn number(spoken: &Spoken, sensor: &str, name: &str) -> f64 {
        let Says::Fields(fields) = &spoken.says else { panic!("{spoken:?}") };
        fields[sensor][name].as_f64().unwrap()
    }

    #[test]
    fn a_time_has_no_zone() {
        let payload = r#"{"Time":"2026-11-24T14:03:07","ENERGY":{"Power":12}}"#;
        let spoken = heard("plug-h0101/SENSOR", payload).unwrap().remove(0);
        assert_eq!(spoken.called, ["plug-h0101"]);
        assert_eq!(spoken.time, Told::Local("2026-11-24T14:03:07".parse().unwrap()));
    }

    #[test]
    fn who_says_fahrenheit_is_believed() {
        let payload = r#"{"DS18B20":{"Temperature":73.4},"TempUnit":"F"}"#;
        let spoken = heard("boiler/SENSOR", payload).unwrap().remove(0);
        assert!((number(&spoken, "DS18B20", "Temperature") - 23.0).abs() < 1e-9);
        let celsius = payload.replace("\"F\"", "\"C\"");
        let spoken = heard("boiler/SENSOR", &celsius).unwrap().remove(0);
        assert!((number(&spoken, "DS18B20", "Temperature") - 73.4).abs() < 1e-9);
    }

    #[test]
    fn the_last_will_is_a_status() {
        for (payload, online) in [("Online", true), ("Offline", false)] {
            let spoken = heard("plug/LWT", payload).unwrap().remove(0);
            assert_eq!(spoken.says, Says::Status { online });
        }
    }

    #[test]
    fn a_bridge_may_speak_of_several_devices_with_blanks_round_their_names() {
        let payload = r#"{"ZbReceived":{
            "0x662E":{"Device":"0x662E","Name":" door","Contact":1},
            "0x057B":{"Device":"0x057B","Occupancy":0}}}"#;
        let mut called: Vec<_> = heard("zb/SENSOR", payload).unwrap();
        called.sort_by(|one, other| one.called.cmp(&other.called));
        assert_eq!(called[0].called, ["zb/0x057b", "zb/0x057b"]);
        assert_eq!(called[1].called, ["zb/door", "zb/0x662e", "zb/0x662e"]);
    }

    #[test]
    fn a_device_may_have_a_topic_of_its_own() {
        let fields = r#"{"Device":"0x662E","Contact":1}"#;
        let keyed = format!(r#"{{"door":{fields}}}"#);
        for (topic, payload) in [
            ("zb/door/SENSOR", format!(r#"{{"ZbReceived":{keyed}}}"#)),
            ("zb/door/SENSOR", format!(r#"{{"ZbReceived":{fields}}}"#)),
            ("zb/door/ZbReceived", keyed.clone()),
            ("zb/door/ZbReceived", fields.to_owned()),
            ("zb/ZbReceived", keyed.clone()),
        ] {
            let spoken = heard(topic, &payload).unwrap();
            assert_eq!(spoken[0].called, ["zb/0x662e", "zb/door"], "{topic} {payload}");
        }
    }

    #[test]
    fn a_bridge_that_says_nothing_is_refused() {
        for payload in [r#"{"ZbReceived":{}}"#, r#"{"ZbReceived":7}"#, r#"{"ZbReceived":{"a":1}}"#]
        {
            assert!(matches!(heard("zb/SENSOR", payload), Err(Unheard::Refused(_))), "{payload}");
        }
    }

    #[test]
    fn what_it_tells_of_itself_is_ignored_by_name() {
        for topic in ["plug/STATE", "plug/INFO1", "plug/RESULT", "plug"] {
            let Err(Unheard::Ignored(ignored)) = heard(topic, "{}") else { panic!("{topic}") };
            assert_eq!(ignored.code(), "state");
        }
    }
}
