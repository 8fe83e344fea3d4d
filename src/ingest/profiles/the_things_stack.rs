//! The Things Stack v3: `v3/APPLICATION/devices/DEVICE/up` and its siblings, as JSON.
//!
//! Fields that are zero, empty or false are left out: a missing `f_cnt` is 0, and a battery
//! without a `value` is flat. The session is named by its keys, so a device that joins anew
//! counts anew. Messages made up in the console are marked `simulated` and are refused: nobody
//! is to be called out by a try of the way.

use serde_json::{Map, Value};

use super::chirpstack::fields;
use super::{
    Below, Dialect, Frame, Ignored, Spoken, Unheard, at, counter, object, text_at, text_of,
};
use crate::ingest::decode::{Reason, Refused};

pub const DIALECT: Dialect = Dialect {
    name: "the-things-stack",
    base: "v3/+",
    filters: &["devices/+/up", "devices/+/join"],
    heard_at: |address| vec![format!("devices/{address}/up")],
    address: "the device id as it stands in the topic",
    is_address: |address| !address.contains('/'),
    example: "v3/app/devices/device/up",
    read,
};

fn read(below: &Below<'_>) -> Result<Vec<Spoken>, Unheard> {
    let levels: Vec<&str> = below.topic.split('/').collect();
    let device = match levels[..] {
        ["devices", device, "up"] => device,
        ["devices", _, "join"] => return Err(Unheard::Ignored(Ignored::Join)),
        _ => return Err(Unheard::Ignored(Ignored::Network)),
    };
    let message = object(below.payload)?;
    if message.get("simulated") == Some(&Value::Bool(true)) {
        let sentence = "someone made this message up to try the way; it is no measurement";
        return Err(Refused::new(Reason::Simulated, sentence).into());
    }
    let Some(Value::Object(uplink)) = message.get("uplink_message") else {
        let sentence = "there is no `uplink_message`";
        return Err(Refused::new(Reason::WrongShape, sentence).into());
    };
    let decoded = fields(uplink.get("decoded_payload"), "decoded_payload")?;
    let mut spoken = Spoken::fields(vec![device.to_owned()], decoded);
    spoken.model = text_at(uplink, &["version_ids", "model_id"]).map(str::to_owned);
    spoken.frame = Some(frame(&message, uplink));
    spoken.battery_percent = battery(uplink);
    let received = text_at(uplink, &["received_at"]);
    if let Some(time) = received.or_else(|| text_at(&message, &["received_at"])) {
        spoken.at("received_at", time);
    }
    Ok(vec![spoken])
}

fn frame(message: &Map<String, Value>, uplink: &Map<String, Value>) -> Frame {
    let keys = text_at(uplink, &["session_key_id"]);
    let session = keys.or_else(|| text_at(message, &["end_device_ids", "dev_addr"]));
    Frame {
        delivery: None,
        session: text_of(session),
        counter: counter(uplink, "f_cnt"),
        sent: text_of(text_at(uplink, &["frm_payload"])),
    }
}

/// The battery as the network layer last heard it.
fn battery(uplink: &Map<String, Value>) -> Option<f64> {
    let last = at(uplink, &["last_battery_percentage"])?.as_object()?;
    let percent = last.get("value").map_or(Some(0.0), Value::as_f64)?;
    (0.0..=100.0).contains(&percent).then_some(percent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::profiles::Told;

    fn heard(payload: &str) -> Result<Vec<Spoken>, Unheard> {
        read(&Below { topic: "devices/door-0101/up", payload: payload.as_bytes() })
    }

    const UP: &str = r#"{"end_device_ids":{"device_id":"door-0101","dev_addr":"00BCB929"},
        "received_at":"2026-11-24T05:03:09Z","uplink_message":{"session_key_id":"AXBS","f_cnt":12,
        "frm_payload":"C2M=","decoded_payload":{"BatV":3.05,"DOOR_OPEN_STATUS":0},
        "last_battery_percentage":{"f_cnt":2,"value":94.5},
        "version_ids":{"model_id":"lds02"},"received_at":"2026-11-24T05:03:07.120Z"}}"#;

    #[test]
    fn a_frame_is_taken_whole() {
        let spoken = heard(UP).unwrap().remove(0);
        assert_eq!(spoken.called, ["door-0101"]);
        assert_eq!(spoken.time, Told::Moment("2026-11-24T05:03:07.120Z".parse().unwrap()));
        assert_eq!(spoken.model.as_deref(), Some("lds02"));
        assert_eq!(spoken.battery_percent, Some(94.5));
        let frame = spoken.frame.unwrap();
        assert_eq!((frame.session.as_str(), frame.counter), ("AXBS", 12));
    }

    #[test]
    fn what_is_left_out_is_0_and_not_unknown() {
        let first = heard(&UP.replace(r#""f_cnt":12,"#, "")).unwrap().remove(0);
        assert_eq!(first.frame.unwrap().counter, 0);
        let flat = heard(&UP.replace(r#","value":94.5"#, "")).unwrap().remove(0);
        assert_eq!(flat.battery_percent, Some(0.0));
        let older = heard(&UP.replace("last_battery_percentage", "x")).unwrap().remove(0);
        assert_eq!(older.battery_percent, None);
    }

    #[test]
    fn without_keys_the_address_names_the_session() {
        let spoken = heard(&UP.replace("session_key_id", "x")).unwrap().remove(0);
        assert_eq!(spoken.frame.unwrap().session, "00BCB929");
    }

    #[test]
    fn what_is_made_up_is_refused() {
        let simulated = UP.replacen('{', r#"{"simulated":true,"#, 1);
        let Err(Unheard::Refused(refused)) = heard(&simulated) else { panic!() };
        assert_eq!(refused.reason.code(), "simulated");
    }

    #[test]
    fn a_frame_that_nobody_decoded_is_refused_with_what_to_do() {
        let Err(Unheard::Refused(refused)) = heard(&UP.replace("decoded_payload", "x")) else {
            panic!()
        };
        assert_eq!(refused.reason.code(), "undecoded");
        assert!(refused.sentence.contains("codec"));
    }
}
