//! What gateways say becomes messages of the site's devices, trap by trap, through the shipped
//! models.

use jikimi::domain::time::Timestamp;
use jikimi::domain::{Content, MessageKey, TimeQuality};
use jikimi::ingest::decode::decode;
use jikimi::ingest::{Decoded, Heard, Packet, Refused, Session};

use super::town::directory;

const RECEIVED: &str = "2026-11-24T14:03:08+09:00";

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hear(topic: &str, payload: &str) -> Result<Heard, Refused> {
    let packet = Packet::new(topic, payload.as_bytes(), moment(RECEIVED), (false, false));
    decode(&directory(), &packet)
}

fn all(topic: &str, payload: &str) -> Vec<Decoded> {
    let heard = hear(topic, payload).unwrap_or_else(|refused| panic!("{topic}: {refused}"));
    heard.messages().to_vec()
}

/// `device: quantity value, …`, as far as anything was read.
fn said(decoded: &Decoded) -> String {
    let message = &decoded.message;
    let mut words = match &message.content {
        Content::Readings(values) => values
            .iter()
            .map(|(quantity, value)| {
                let rounded = (value.as_number() * 100.0).round() / 100.0;
                format!("{} {rounded}", quantity.as_str())
            })
            .collect(),
        Content::Status { online } => vec![format!("online {online}")],
        Content::Waveform { .. } => vec!["a waveform".to_owned()],
    };
    words.extend(message.battery_percent.map(|percent| format!("battery {}", percent.round())));
    format!("{}: {}", message.device.as_str(), words.join(", "))
}

#[track_caller]
fn says(topic: &str, payload: &str, expected: &str) {
    let said: Vec<String> = all(topic, payload).iter().map(said).collect();
    assert_eq!(said.join("; "), expected, "{topic} {payload}");
}

#[track_caller]
fn refused(topic: &str, payload: &str, code: &str, word: &str) {
    let refused = hear(topic, payload).unwrap_err();
    assert_eq!(refused.reason.code(), code, "{refused}");
    assert!(refused.sentence.contains(word), "{refused}");
}

fn remarks(topic: &str, payload: &str) -> Vec<&'static str> {
    let heard = hear(topic, payload).unwrap();
    heard.remarks().map(|remark| remark.reason.code()).collect()
}

#[track_caller]
fn ignored(topic: &str, payload: &str, name: &str) {
    let Ok(Heard::Ignored(ignored)) = hear(topic, payload) else { panic!("{topic} {payload}") };
    assert_eq!(ignored.code(), name);
}

// ── Zigbee2MQTT ──

#[test]
fn a_zigbee_contact_is_true_when_the_door_is_closed() {
    let topic = "zigbee2mqtt/0x00158d0001a2b3c4";
    says(topic, r#"{"contact":true,"battery":87}"#, "door: contact 0, battery 87");
    says(topic, r#"{"contact":false,"battery":null}"#, "door: contact 1");
    says("zigbee2mqtt/0x00158D0001A2B3C4", r#"{"contact":false}"#, "door: contact 1");
}

#[test]
fn a_renamed_zigbee_device_is_known_by_its_own_address() {
    let payload = r#"{"contact":false,"device":{"ieeeAddr":"0x00158d0001a2b3c4"}}"#;
    says("zigbee2mqtt/balcony", payload, "door: contact 1");
}

#[test]
fn a_button_is_pressed_and_let_go_and_says_nothing_by_saying_nothing() {
    let topic = "zigbee2mqtt/h101/sos";
    says(topic, r#"{"action":"emergency","battery":100}"#, "sos: sos 1, battery 100; sos: sos 0");
    says(topic, r#"{"action":"","battery":100}"#, "sos: battery 100");
    says(topic, r#"{"action":null,"battery":99}"#, "sos: battery 99");
    ignored(topic, r#"{"action":"","linkquality":80}"#, "nothing-to-read");
    let both = all(topic, r#"{"action":"emergency"}"#);
    assert!(!both[0].follows && both[1].follows);
    assert_eq!(both[0].message.kind.as_str(), "alarm");
}

#[test]
fn a_message_of_the_battery_alone_is_a_sign_of_life() {
    says("zigbee2mqtt/h101/pir", r#"{"battery":50,"linkquality":9}"#, "pir: battery 50");
    ignored("zigbee2mqtt/h101/pir", r#"{"linkquality":9,"illuminance":4}"#, "nothing-to-read");
    refused("zigbee2mqtt/h101/pir", r#"{"movement":true}"#, "no-readings", "occupancy");
}

#[test]
fn a_field_without_a_value_is_no_value_and_no_fault() {
    let topic = "zigbee2mqtt/0x00158d0001a2b3c4";
    ignored(topic, r#"{"contact":null,"linkquality":9}"#, "nothing-to-read");
    says(topic, r#"{"contact":null,"battery":87}"#, "door: battery 87");
    ignored("tele/plug-101/SENSOR", r#"{"ENERGY":{"Power":null}}"#, "nothing-to-read");
}

#[test]
fn what_is_neither_yes_nor_no_is_no_all_clear() {
    says("zigbee-2/any", r#"{"smoke":false}"#, "any: smoke_alarm 0");
    for odd in [r#""maybe""#, "7", r#""true""#] {
        refused("zigbee-2/any", &format!(r#"{{"smoke":{odd}}}"#), "wrong-shape", "`smoke`");
    }
}

#[test]
fn availability_is_a_status_and_no_reading() {
    let topic = "zigbee2mqtt/h101/pir/availability";
    says(topic, r#"{"state":"offline"}"#, "pir: online false");
    says(topic, "online", "pir: online true");
    assert_eq!(all(topic, "online")[0].message.kind.as_str(), "status");
}

#[test]
fn strangers_are_refused_by_name_and_the_bridges_own_business_is_ignored_by_name() {
    refused("zigbee2mqtt/lamp", r#"{"state":"ON"}"#, "unknown-device", "address = \"lamp\"");
    refused("zigbee2mqtt/bridge/state", r#"{"state":"online"}"#, "unknown-device", "bridge");
    refused("zigbee-3/any", "{}", "unknown-topic", "zigbee-3/any");
    for topic in ["bridge/info", "bridge/devices", "bridge/logging", "bridge/response/x"] {
        ignored(&format!("zigbee2mqtt/{topic}"), "{}", "bridge");
    }
    ignored("zigbee2mqtt/h101/pir/set", "{}", "command");
    ignored("zigbee2mqtt/h101/pir", "", "cleared");
}

#[test]
fn a_device_without_a_model_is_what_it_says_or_what_is_usual() {
    says(
        "zigbee-2/any",
        r#"{"temperature":21.5,"contact":false}"#,
        "any: contact 1, temperature 21.5",
    );
    let named = r#"{"temperature":21.5,"contact":false,"device":{"model":"WSDCGQ11LM"}}"#;
    says("zigbee-2/any", named, "any: temperature 21.5");
}

#[test]
fn what_a_zigbee_device_said_when_it_was_last_seen_is_from_then() {
    let payload = r#"{"occupancy":true,"last_seen":"2026-11-24T05:03:07.120Z"}"#;
    let message = &all("zigbee2mqtt/h101/pir", payload)[0].message;
    assert_eq!(message.at, moment("2026-11-24T14:03:07.120+09:00"));
    assert_eq!(message.quality, TimeQuality::Device);
    assert!(matches!(message.key, MessageKey::Content(_)));
    let untimed = &all("zigbee2mqtt/h101/pir", r#"{"occupancy":true}"#)[0].message;
    assert!(matches!(untimed.key, MessageKey::Lately(_)));
    let bad = r#"{"occupancy":true,"last_seen":"N/A"}"#;
    assert_eq!(remarks("zigbee2mqtt/h101/pir", bad), ["bad-time"]);
}

// ── LoRaWAN ──

const LEAK: &str = r#"{"deduplicationId":"DEDUP","time":"2026-11-24T05:03:07.120+00:00",
    "deviceInfo":{"deviceProfileName":"any","devEui":"24e124128c012345"},
    "devAddr":"01ab","fCnt":7,"data":"AWQ=","object":OBJECT}"#;
const LEAK_TOPIC: &str = "application/9f2c/device/24e124128c012345/event/up";

fn leak(delivery: &str, object: &str) -> String {
    LEAK.replace("DEDUP", delivery).replace("OBJECT", object)
}

#[test]
fn the_same_frame_through_two_gateways_has_the_same_second_key() {
    let keys = |delivery: &str, counter: &str| {
        let payload = leak(delivery, r#"{"leakage_status":"leak","battery":92}"#);
        let payload = payload.replace(r#""fCnt":7,"#, counter);
        let MessageKey::Frame { delivery, sent } = all(LEAK_TOPIC, &payload)[0].message.key else {
            panic!()
        };
        (delivery, sent)
    };
    let first = keys("a", r#""fCnt":7,"#);
    let again = keys("b", r#""fCnt":7,"#);
    assert!(first.0 != again.0 && first.1 == again.1);
    assert_ne!(keys("a", r#""fCnt":8,"#).1, first.1);
    assert_eq!(keys("a", "").1, keys("b", r#""fCnt":0,"#).1, "left out is 0");
}

#[test]
fn a_device_that_joins_anew_counts_anew() {
    let sent = |address: &str| {
        let payload = leak("a", r#"{"battery":92}"#).replace("01ab", address);
        let MessageKey::Frame { sent, .. } = all(LEAK_TOPIC, &payload)[0].message.key else {
            panic!()
        };
        sent
    };
    assert_ne!(sent("01ab"), sent("01ac"));
}

#[test]
fn makers_contradict_themselves_and_an_error_is_no_all_clear() {
    says(LEAK_TOPIC, &leak("a", r#"{"leakage_status":"leak"}"#), "leak: leak 1");
    says(LEAK_TOPIC, &leak("a", r#"{"leakage_status":" Leakage "}"#), "leak: leak 1");
    says(LEAK_TOPIC, &leak("a", r#"{"leakage_status":"normal"}"#), "leak: leak 0");
    refused(LEAK_TOPIC, &leak("a", r#"{"leakage_status":"error"}"#), "wrong-shape", "error");
    let beside = leak("a", r#"{"leakage_status":"error","temperature":21}"#);
    says(LEAK_TOPIC, &beside, "leak: temperature 21");
    assert_eq!(remarks(LEAK_TOPIC, &beside), ["wrong-shape"]);
}

#[test]
fn a_frame_without_a_codec_is_refused_with_what_to_do() {
    refused(LEAK_TOPIC, &leak("a", "null"), "undecoded", "codec");
    refused(LEAK_TOPIC, &leak("a", "7"), "wrong-shape", "object");
}

#[test]
fn the_device_profile_names_the_model() {
    let topic = "application/9f2c/device/24e124128c012346/event/up";
    let payload = leak("a", r#"{"temperature":21.5}"#).replace("012345", "012346");
    refused(topic, &payload, "unknown-model", "`any`");
    let named = payload.replace(r#""any""#, r#""Em300-th""#);
    says(topic, &named, "climate: temperature 21.5");
}

#[test]
fn a_history_comes_at_its_own_moments() {
    let topic = "application/9f2c/device/24e124128c012346/event/up";
    let history = r#"{"temperature":22,"history":[{"timestamp":1795496000,"temperature":20},
        {"timestamp":1795496300,"temperature":21},{"temperature":9}]}"#;
    let payload = leak("a", history).replace("012345", "012346").replace("any", "EM300-TH");
    let all = all(topic, &payload);
    let said: Vec<String> = all.iter().map(said).collect();
    let expected =
        ["climate: temperature 22", "climate: temperature 20", "climate: temperature 21"];
    assert_eq!(said, expected);
    assert_eq!(all[1].message.at.as_second(), 1_795_496_000);
    assert_ne!(all[1].message.key, all[2].message.key);
}

#[test]
fn volts_become_a_share_of_the_battery_and_0_is_a_value() {
    let up = |payload: &str| {
        format!(
            r#"{{"received_at":"2026-11-24T05:03:09Z","uplink_message":{{
            "frm_payload":"C2M=","decoded_payload":{payload},
            "received_at":"2026-11-24T05:03:07.120Z"}}}}"#
        )
    };
    let topic = "v3/town@ttn/devices/window-101/up";
    says(topic, &up(r#"{"BAT_V":2.55,"DOOR_OPEN_STATUS":0}"#), "window: contact 0, battery 50");
    says(topic, &up(r#"{"BAT_V":3.6,"DOOR_OPEN_STATUS":1}"#), "window: contact 1, battery 100");
    says(topic, &up(r#"{"DOOR_OPEN_STATUS":"1"}"#), "window: contact 1");
    refused(
        topic,
        &up(r#"{"BAT_V":2.55}"#).replacen('{', r#"{"simulated":true,"#, 1),
        "simulated",
        "made",
    );
    let sos = up(r#"{"battery":16,"press":"short"}"#);
    says("v3/town@ttn/devices/sos-101/up", &sos, "lora-sos: sos 1, battery 16; lora-sos: sos 0");
}

// ── Tasmota ──

#[test]
fn a_time_without_a_zone_is_the_sites() {
    let payload = r#"{"Time":"2026-11-24T14:03:07","ENERGY":{"Total":3.185,"Power":121}}"#;
    let message = &all("tele/plug-101/SENSOR", payload)[0].message;
    assert_eq!(message.at, moment("2026-11-24T14:03:07+09:00"));
    says("tele/plug-101/SENSOR", payload, "plug: power 121, energy 3185");
    let reset = payload.replace("2026-11-24", "1970-01-01");
    let message = &all("tele/plug-101/SENSOR", &reset)[0].message;
    assert_eq!((message.quality, message.at), (TimeQuality::WrongClock, moment(RECEIVED)));
    assert!(matches!(message.key, MessageKey::Lately(_)), "such a clock tells nothing apart");
}

#[test]
fn a_plug_of_several_sockets_says_several_powers() {
    let payload = r#"{"ENERGY":{"Total":1,"Power":[12,0]}}"#;
    says("tele/plug-101/SENSOR", payload, "plug: power 12, energy 1000");
    assert!(remarks("tele/plug-101/SENSOR", payload).is_empty());
}

#[test]
fn a_value_that_means_none_is_left_out() {
    let payload = |value: &str| format!(r#"{{"DS18B20":{{"Temperature":{value}}}}}"#);
    says("tele/boiler-101/SENSOR", &payload("21.5"), "boiler: temperature 21.5");
    refused("tele/boiler-101/SENSOR", &payload("85.0"), "no-readings", "not measured");
    refused("tele/boiler-101/SENSOR", &payload("-127"), "no-readings", "not measured");
    let fahrenheit = payload("73.4").replacen('{', r#"{"TempUnit":"F","#, 1);
    says("tele/boiler-101/SENSOR", &fahrenheit, "boiler: temperature 23");
    refused("tele/boiler-101/SENSOR", &payload("nan"), "not-json", "line 1");
}

#[test]
fn a_bridge_speaks_of_several_devices_at_once_and_one_stranger_costs_no_other() {
    let payload = r#"{"ZbReceived":{
        "0x662E":{"Device":"0x662E","Name":" door_sensor","Contact":1,"LinkQuality":157},
        "0x057B":{"Device":"0x057B","Occupancy":1,"LinkQuality":178},
        "0x1111":{"Device":"0x1111","Temperature":21}}}"#;
    let topic = "tele/zb-101/SENSOR";
    says(topic, payload, "zb-pir: motion 1; zb-door: contact 1");
    assert_eq!(remarks(topic, payload), ["unknown-device"]);
    let last = r#"{"ZbReceived":{"0x1111":{"Device":"0x1111","Temperature":21}}}"#;
    refused(topic, last, "unknown-device", "zb-101/0x1111");
}

#[test]
fn what_a_bridge_calls_power_is_no_power_and_a_bit_may_be_an_alarm() {
    let smoke = |status: u32| {
        format!(r#"{{"ZbReceived":{{"smoke":{{"Name":"smoke","ZoneStatusChange":{status}}}}}}}"#)
    };
    says("tele/zb-101/SENSOR", &smoke(33), "zb-smoke: smoke_alarm 1, tamper 0");
    says("tele/zb-101/SENSOR", &smoke(36), "zb-smoke: smoke_alarm 0, tamper 1");
    let power = r#"{"ZbReceived":{"0x057B":{"Device":"0x057B","Power":2,"Endpoint":1}}}"#;
    refused("tele/zb-101/SENSOR", power, "no-readings", "Occupancy");
}

#[test]
fn a_tasmota_that_has_gone_is_offline() {
    says("tele/plug-101/LWT", "Offline", "plug: online false");
    ignored("tele/plug-101/STATE", r#"{"Time":"2026-11-24T14:03:07","POWER":"ON"}"#, "state");
}

// ── who hears what ──

#[test]
fn the_alarm_session_hears_life_safety_devices_and_the_other_one_everybody() {
    let directory = directory();
    let alarm = [
        "tele/zb-101/+/SENSOR",
        "tele/zb-101/+/ZbReceived",
        "tele/zb-101/SENSOR",
        "tele/zb-101/ZbReceived",
        "v3/+/devices/sos-101/up",
        "zigbee2mqtt/h101/sos",
    ];
    assert_eq!(directory.filters(Session::Alarm), alarm);
    let bulk = [
        "application/+/device/+/event/+",
        "tele/+/+/SENSOR",
        "tele/+/+/ZbReceived",
        "tele/+/LWT",
        "tele/+/SENSOR",
        "tele/+/ZbReceived",
        "v3/+/devices/+/join",
        "v3/+/devices/+/up",
        "zigbee-2/#",
        "zigbee2mqtt/#",
    ];
    assert_eq!(directory.filters(Session::Bulk), bulk);
    for (topic, session) in [
        ("zigbee2mqtt/h101/sos", Some(Session::Alarm)),
        ("zigbee2mqtt/h101/pir", Some(Session::Bulk)),
        ("v3/town@ttn/devices/sos-101/up", Some(Session::Alarm)),
        ("v3/town@ttn/devices/window-101/up", Some(Session::Bulk)),
        ("tele/zb-101/SENSOR", Some(Session::Alarm)),
        ("tele/zb-101/smoke/SENSOR", Some(Session::Alarm)),
        ("tele/plug-101/SENSOR", Some(Session::Bulk)),
        ("homeassistant/x", None),
    ] {
        assert_eq!(directory.session(topic), session, "{topic}");
    }
}

#[test]
fn what_is_retained_or_repeated_is_marked() {
    let packet = Packet::new(
        "zigbee2mqtt/h101/pir",
        br#"{"occupancy":true}"#,
        moment(RECEIVED),
        (true, true),
    );
    let Ok(Heard::Message(decoded)) = decode(&directory(), &packet) else { panic!() };
    assert!(decoded.message.retained && decoded.message.repeated);
}
