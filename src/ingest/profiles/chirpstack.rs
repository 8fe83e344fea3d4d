//! ChirpStack v4: `application/ID/device/EUI/event/up` and its siblings, as JSON.
//!
//! Fields that are zero or empty are left out, so a frame without `fCnt` is the first of its
//! session. The same frame may come twice, through gateways that were heard too far apart: it has
//! another `deduplicationId` then, and the same counter. `object` is there only if the device
//! profile has a codec. A device's `status` tells its battery; a join measures nothing, and the
//! rest is the network's own work.

use serde_json::{Map, Value};

use super::{
    Below, Dialect, Frame, Ignored, Says, Spoken, Unheard, at, counter, object, text_at, text_of,
};
use crate::ingest::decode::{Reason, Refused};

pub const DIALECT: Dialect = Dialect {
    name: "chirpstack",
    base: "application/+",
    filters: &["device/+/event/+"],
    heard_at: |address| vec![format!("device/{}/event/up", address.to_ascii_lowercase())],
    address: "the DevEUI, 16 hexadecimal digits as in a84041000181c061",
    is_address: |address| address.len() == 16 && address.bytes().all(|b| b.is_ascii_hexdigit()),
    example: "application/app/device/0000000000000000/event/up",
    read,
};

fn read(below: &Below<'_>) -> Result<Vec<Spoken>, Unheard> {
    let levels: Vec<&str> = below.topic.split('/').collect();
    let ["device", eui, "event", event] = levels[..] else {
        return Err(Unheard::Ignored(Ignored::Network));
    };
    let read = match event {
        "up" => up,
        "status" => status,
        "join" => return Err(Unheard::Ignored(Ignored::Join)),
        _ => return Err(Unheard::Ignored(Ignored::Network)),
    };
    let event = object(below.payload)?;
    let mut spoken = read(&event)?;
    spoken.called = vec![eui.to_owned()];
    spoken.called.extend(text_at(&event, &["deviceInfo", "devEui"]).map(str::to_owned));
    spoken.model = text_at(&event, &["deviceInfo", "deviceProfileName"]).map(str::to_owned);
    if let Some(time) = text_at(&event, &["time"]) {
        spoken.at("time", time);
    }
    Ok(vec![spoken])
}

fn up(event: &Map<String, Value>) -> Result<Spoken, Refused> {
    let mut spoken = Spoken::fields(Vec::new(), fields(event.get("object"), "object")?);
    spoken.frame = Some(Frame {
        delivery: text_at(event, &["deduplicationId"]).map(str::to_owned),
        session: text_of(text_at(event, &["devAddr"])),
        counter: counter(event, "fCnt"),
        sent: text_of(text_at(event, &["data"])),
    });
    Ok(spoken)
}

/// What a codec made of a frame, as an object or as the text of one.
pub(super) fn fields(object: Option<&Value>, name: &str) -> Result<Map<String, Value>, Refused> {
    let parsed;
    let object = match object {
        Some(Value::String(text)) => {
            parsed = serde_json::from_str::<Value>(text).ok();
            parsed.as_ref().or(object)
        }
        other => other,
    };
    match object {
        Some(Value::Object(fields)) => Ok(fields.clone()),
        None | Some(Value::Null) => {
            let sentence = format!(
                "the frame is not decoded: there is no `{name}`; give the device's profile the \
                 codec of its maker"
            );
            Err(Refused::new(Reason::Undecoded, &sentence))
        }
        Some(other) => {
            let sentence = format!("`{name}` is {}; an object is wanted", super::said(other));
            Err(Refused::new(Reason::WrongShape, &sentence))
        }
    }
}

/// The battery as the device's network layer tells it. On mains it has none.
fn status(event: &Map<String, Value>) -> Result<Spoken, Refused> {
    let is = |name| at(event, &[name]).and_then(Value::as_bool).unwrap_or(false);
    let level = at(event, &["batteryLevel"]).and_then(Value::as_f64).unwrap_or(0.0);
    let known = !is("externalPowerSource") && !is("batteryLevelUnavailable");
    let mut spoken = Spoken::saying(Vec::new(), Says::Fields(Map::new()));
    spoken.battery_percent = known.then_some(level);
    match spoken.battery_percent {
        Some(level) if !(0.0..=100.0).contains(&level) => {
            let sentence = format!("`batteryLevel` is {level}; it must be from 0 to 100");
            Err(Refused::new(Reason::WrongShape, &sentence))
        }
        _ => Ok(spoken),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::profiles::Told;

    const EUI: &str = "24e124128c012345";

    fn heard(event: &str, payload: &str) -> Result<Vec<Spoken>, Unheard> {
        let topic = format!("device/{EUI}/event/{event}");
        read(&Below { topic: &topic, payload: payload.as_bytes() })
    }

    fn one(event: &str, payload: &str) -> Spoken {
        heard(event, payload).unwrap().remove(0)
    }

    const UP: &str = r#"{"deduplicationId":"4f0a","time":"2026-11-24T05:03:07.120+00:00",
        "deviceInfo":{"deviceProfileName":"WS303","devEui":"24e124128c012345"},
        "devAddr":"01ab","fCnt":7,"fPort":85,"data":"AWQ=","object":{"leakage_status":"leak"}}"#;

    #[test]
    fn a_frame_is_taken_whole() {
        let spoken = one("up", UP);
        assert_eq!(spoken.called[0], EUI);
        assert_eq!(spoken.model.as_deref(), Some("WS303"));
        assert_eq!(spoken.time, Told::Moment("2026-11-24T05:03:07.120Z".parse().unwrap()));
        let frame = spoken.frame.unwrap();
        assert_eq!((frame.session.as_str(), frame.counter), ("01ab", 7));
        assert_eq!(frame.delivery.as_deref(), Some("4f0a"));
    }

    #[test]
    fn a_counter_that_is_left_out_is_0() {
        let first = one("up", &UP.replace(r#""fCnt":7,"#, ""));
        assert_eq!(first.frame.unwrap().counter, 0);
    }

    #[test]
    fn an_object_may_be_a_text_of_one_and_may_be_missing() {
        let object = r#"{"leakage_status":"leak"}"#;
        let quoted = serde_json::to_string(object).unwrap();
        assert_eq!(one("up", &UP.replace(object, &quoted)).says, one("up", UP).says);
        for missing in ["null", r#""not an object""#, "[]"] {
            let Err(Unheard::Refused(refused)) = heard("up", &UP.replace(object, missing)) else {
                panic!("{missing}")
            };
            let code = if missing == "null" { "undecoded" } else { "wrong-shape" };
            assert_eq!(refused.reason.code(), code);
        }
    }

    #[test]
    fn a_status_tells_the_battery_and_a_0_is_left_out() {
        let battery = |payload: &str| one("status", payload).battery_percent;
        assert_eq!(battery(r#"{"margin":10,"batteryLevel":75.5}"#), Some(75.5));
        assert_eq!(battery(r#"{"margin":10}"#), Some(0.0));
        assert_eq!(battery(r#"{"externalPowerSource":true}"#), None);
        assert_eq!(battery(r#"{"batteryLevelUnavailable":true}"#), None);
        assert!(heard("status", r#"{"batteryLevel":255}"#).is_err());
    }

    #[test]
    fn joins_and_the_networks_own_work_are_ignored_by_name() {
        for (event, name) in [("join", "join"), ("ack", "network"), ("txack", "network")] {
            let Err(Unheard::Ignored(ignored)) = heard(event, "{}") else { panic!("{event}") };
            assert_eq!(ignored.code(), name);
        }
    }
}
