//! Zigbee2MQTT: `zigbee2mqtt/NAME` with an object, `…/NAME/availability`, `…/bridge/…`.
//!
//! A name may have levels of its own. The bridge's word that it is there or gone is the status of
//! the device whose address is `bridge`; all else it tells is ignored. A device's availability is
//! a status too, which never makes it look alive: by default a sensor with a battery that has
//! died counts as available for 25 h. `last_seen` is the only time there is, and only if it is
//! switched on; without it whatever the bridge repeats at its start looks new.

use serde_json::Value;

use super::{Below, Dialect, Ignored, Spoken, Told, Unheard, object, online, text_at};
use crate::domain::time::Timestamp;
use crate::ingest::decode::{Reason, Refused};

pub const DIALECT: Dialect = Dialect {
    name: "zigbee2mqtt",
    base: "zigbee2mqtt",
    filters: &["#"],
    heard_at: |address| vec![address.to_owned()],
    address: "the friendly name, or the IEEE address as in 0x00158d0001a2b3c4",
    is_address: |address| !address.starts_with("bridge/"),
    example: "zigbee2mqtt/device",
    read,
};

/// What the bridge is called as a device of a site.
const BRIDGE: &str = "bridge";

fn read(below: &Below<'_>) -> Result<Vec<Spoken>, Unheard> {
    let Below { topic, payload } = *below;
    if topic == "bridge/state" {
        return Ok(vec![Spoken::status(BRIDGE.to_owned(), online(payload)?)]);
    }
    if topic == BRIDGE || topic.starts_with("bridge/") {
        return Err(Unheard::Ignored(Ignored::Bridge));
    }
    if topic.split('/').skip(1).any(|level| level == "set" || level == "get") {
        return Err(Unheard::Ignored(Ignored::Command));
    }
    // A device that was removed takes its retained values away.
    if payload.is_empty() {
        return Err(Unheard::Ignored(Ignored::Cleared));
    }
    if let Some(name) = topic.strip_suffix("/availability") {
        return Ok(vec![Spoken::status(name.to_owned(), online(payload)?)]);
    }
    let fields = object(payload).map_err(whole_state)?;
    let mut called = vec![topic.to_owned()];
    called.extend(text_at(&fields, &["device", "ieeeAddr"]).map(str::to_owned));
    let model = text_at(&fields, &["device", "model"]).map(str::to_owned);
    let seen = fields.get("last_seen").cloned();
    let mut spoken = Spoken { model, ..Spoken::fields(called, fields) };
    if let Some(seen) = seen {
        last_seen(&mut spoken, &seen);
    }
    Ok(vec![spoken])
}

/// A bridge set to publish each attribute by itself sends bare values.
fn whole_state(refused: Refused) -> Refused {
    match refused.reason {
        Reason::WrongShape => {
            let sentence = format!("{}; set `output: json` in Zigbee2MQTT", refused.sentence);
            Refused::new(Reason::WrongShape, &sentence)
        }
        _ => refused,
    }
}

/// A text in either of two forms, or milliseconds since 1970.
fn last_seen(spoken: &mut Spoken, seen: &Value) {
    match seen {
        Value::Null => {}
        Value::String(text) => spoken.at("last_seen", text),
        other => {
            let moment = other.as_i64().and_then(|ms| Timestamp::from_millisecond(ms).ok());
            match moment {
                Some(moment) => spoken.time = Told::Moment(moment),
                None => spoken.at("last_seen", &other.to_string()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::profiles::Says;

    fn heard(topic: &str, payload: &str) -> Result<Vec<Spoken>, Unheard> {
        read(&Below { topic, payload: payload.as_bytes() })
    }

    fn one(topic: &str, payload: &str) -> Spoken {
        heard(topic, payload).unwrap().remove(0)
    }

    fn ignored(topic: &str, payload: &str) -> &'static str {
        match heard(topic, payload) {
            Err(Unheard::Ignored(ignored)) => ignored.code(),
            other => panic!("{topic}: {other:?}"),
        }
    }

    #[test]
    fn a_name_may_have_levels() {
        let spoken = one("h0101/living room/pir", r#"{"occupancy":true}"#);
        assert_eq!(spoken.called, ["h0101/living room/pir"]);
        let Says::Fields(fields) = spoken.says else { panic!() };
        assert_eq!(fields["occupancy"], true);
    }

    #[test]
    fn a_device_may_say_what_and_who_it_is() {
        let payload = r#"{"contact":false,
            "device":{"ieeeAddr":"0x00158d0001a2b3c4","model":"MCCGQ11LM"}}"#;
        let spoken = one("front door", payload);
        assert_eq!(spoken.called, ["front door", "0x00158d0001a2b3c4"]);
        assert_eq!(spoken.model.as_deref(), Some("MCCGQ11LM"));
    }

    #[test]
    fn availability_is_said_as_a_word_or_as_an_object() {
        for (payload, online) in [
            ("online", true),
            ("offline", false),
            ("\"offline\"", false),
            (r#"{"state":"online"}"#, true),
            (r#"{"state":"offline"}"#, false),
        ] {
            for topic in ["h0101/pir/availability", "bridge/state"] {
                assert_eq!(one(topic, payload).says, Says::Status { online }, "{payload}");
            }
        }
        assert_eq!(one("h0101/pir/availability", "online").called, ["h0101/pir"]);
        assert!(heard("pir/availability", r#"{"state":true}"#).is_err());
    }

    #[test]
    fn what_the_bridge_tells_of_itself_is_ignored_by_name() {
        for topic in ["bridge/info", "bridge/devices", "bridge/logging", "bridge/event"] {
            assert_eq!(ignored(topic, "{}"), "bridge");
        }
        assert_eq!(ignored("bridge/request/permit_join", "{}"), "bridge");
        assert_eq!(ignored("lamp/set", r#"{"state":"ON"}"#), "command");
        assert_eq!(ignored("lamp/set/brightness", "4"), "command");
        assert_eq!(ignored("lamp/get", "{}"), "command");
        assert_eq!(ignored("old device", ""), "cleared");
    }

    #[test]
    fn last_seen_has_three_forms_and_may_be_missing() {
        let at = |seen: &str| one("pir", &format!(r#"{{"last_seen":{seen}}}"#)).time;
        let moment = Told::Moment("2026-11-24T05:03:07.120Z".parse().unwrap());
        assert_eq!(at("\"2026-11-24T05:03:07.120Z\""), moment);
        assert_eq!(at("\"2026-11-24T14:03:07.120+09:00\""), moment);
        assert_eq!(at("1795496587120"), moment);
        assert_eq!(at("null"), Told::Nothing);
        assert_eq!(one("pir", "{}").time, Told::Nothing);
        let unreadable = one("pir", r#"{"last_seen":"yesterday"}"#);
        assert_eq!(unreadable.remarks[0].reason.code(), "bad-time");
    }

    #[test]
    fn attributes_by_themselves_are_refused_with_what_to_set() {
        let Err(Unheard::Refused(refused)) = heard("pir/temperature", "23.4") else { panic!() };
        assert!(refused.sentence.contains("output: json"), "{refused}");
    }
}
