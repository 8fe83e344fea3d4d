//! Every reason to refuse a payload, and every trap of one that is taken.

use proptest::prelude::*;

use super::*;
use crate::domain::time::Timestamp;
use crate::domain::{Quantity, TimeQuality, Value};
use crate::ingest::PAYLOAD_BYTES_MAX;
use crate::ingest::decode;
use crate::ingest::directory::Directory;

const RECEIVED: &str = "2026-11-24T14:03:08+09:00";
const READING: &str = "jikimi/v1/usan/h0101-pir/reading";
const ALARM: &str = "jikimi/v1/usan/h0101-sos/alarm";
const WAVEFORM: &str = "jikimi/v1/center/acc-1/waveform";
const STATUS: &str = "jikimi/v1/usan/h0101-pir/status";

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn hear(topic: &str, payload: &[u8], marks: (bool, bool)) -> Result<Heard, Refused> {
    let packet = Packet::new(topic, payload, moment(RECEIVED), marks);
    decode::decode(&Directory::default(), &packet)
}

fn decoded(topic: &str, payload: &str) -> Result<Decoded, Refused> {
    hear(topic, payload.as_bytes(), (false, false)).map(message)
}

fn message(heard: Heard) -> Decoded {
    let Heard::Message(decoded) = heard else { panic!("{heard:?}") };
    decoded
}

fn taken(topic: &str, payload: &str) -> Message {
    let decoded = decoded(topic, payload).unwrap();
    assert_eq!(decoded.remarks, [], "{payload}");
    decoded.message
}

#[track_caller]
fn refused(topic: &str, payload: impl AsRef<[u8]>) -> (&'static str, String) {
    let refused = hear(topic, payload.as_ref(), (false, false)).unwrap_err();
    (refused.reason.code(), refused.sentence)
}

fn values(message: &Message) -> Vec<(&'static str, f64)> {
    let Content::Readings(values) = &message.content else { panic!("{:?}", message.content) };
    values.iter().map(|(quantity, value)| (quantity.as_str(), value.as_number())).collect()
}

#[test]
fn a_reading_is_taken_whole() {
    let payload = r#"{"id":"a-1","at":"2026-11-24T14:03:07.1203339+09:00","seq":1021,
        "readings":{"temperature":23.4,"motion":true},"battery":87,"rssi":-70}"#;
    let Decoded { site, message, .. } = decoded(READING, payload).unwrap();
    assert_eq!(site.as_str(), "usan");
    assert_eq!(message.device.as_str(), "h0101-pir");
    assert_eq!(message.kind, MessageKind::Reading);
    assert_eq!(message.at, moment("2026-11-24T14:03:07.120333+09:00"), "cut to microseconds");
    assert_eq!(message.claimed_at, Some(message.at));
    assert_eq!(message.quality, TimeQuality::Device);
    assert_eq!(message.key, MessageKey::Id("a-1".to_owned()));
    assert_eq!(values(&message), [("temperature", 23.4), ("motion", 1.0)]);
    assert_eq!(message.battery_percent, Some(87.0));
}

#[test]
fn what_the_broker_marks_is_kept() {
    let payload = br#"{"readings":{"motion":true}}"#;
    let decoded = message(hear(READING, payload, (true, true)).unwrap());
    assert!(decoded.message.retained && decoded.message.repeated);
}

#[test]
fn readings_keep_the_order_of_the_payload() {
    let message = taken(READING, r#"{"readings":{"smoke":1,"co":2,"temperature":3}}"#);
    assert_eq!(values(&message), [("smoke", 1.0), ("co", 2.0), ("temperature", 3.0)]);
}

#[test]
fn a_sign_says_what_it_shows() {
    let topic = "jikimi/v1/center/sign/sign-3f-west/shown";
    let heard = |payload: &str| hear(topic, payload.as_bytes(), (false, false));
    let Ok(Heard::Shown(shown)) = heard(r#"{"epoch":17,"show":"left","lamp":"ok"}"#) else {
        panic!("it is an answer");
    };
    assert_eq!((shown.site.as_str(), shown.sign.as_str()), ("center", "sign-3f-west"));
    assert_eq!((shown.epoch, shown.show), (17, crate::domain::Show::Left));
    assert_eq!(shown.received_at, moment(RECEIVED));
    for (payload, code) in [
        ("", "empty"),
        ("left", "not-json"),
        (r#"{"epoch":17,"show":"sideways"}"#, "wrong-shape"),
        (r#"{"epoch":-1,"show":"left"}"#, "wrong-shape"),
        (r#"{"show":"left"}"#, "wrong-shape"),
    ] {
        assert_eq!(heard(payload).unwrap_err().reason.code(), code, "{payload}");
    }
    let bad = hear("jikimi/v1/center/sign/Sign/shown", b"{}", (false, false));
    assert_eq!(bad.unwrap_err().reason.code(), "bad-id");
}

#[test]
fn nought_and_one_are_a_flag_too() {
    let message = taken(READING, r#"{"readings":{"motion":1,"leak":0,"mains":1.0}}"#);
    let Content::Readings(values) = message.content else { panic!() };
    assert_eq!(
        values,
        [
            (Quantity::Motion, Value::Flag(true)),
            (Quantity::Leak, Value::Flag(false)),
            (Quantity::Mains, Value::Flag(true)),
        ]
    );
}

#[test]
fn a_value_of_the_wrong_type_refuses_the_message() {
    for readings in [
        r#"{"temperature":"23"}"#,
        r#"{"temperature":true}"#,
        r#"{"temperature":null}"#,
        r#"{"temperature":[23]}"#,
        r#"{"motion":2}"#,
        r#"{"motion":0.5}"#,
        r#"{"motion":"on"}"#,
        r#"{"humidity":40,"temperature":"23"}"#,
        r#"{"motion":true,"motion":false}"#,
        r"[]",
        "3",
    ] {
        let (code, sentence) = refused(READING, format!(r#"{{"readings":{readings}}}"#));
        assert_eq!(code, "wrong-shape", "{readings}: {sentence}");
    }
    let (_, sentence) = refused(READING, r#"{"readings":{"temperature":"hot"}}"#);
    assert_eq!(sentence, "`temperature` is the text `hot`; it must be a number in celsius");
}

#[test]
fn a_field_of_the_wrong_shape_refuses_the_message() {
    for field in [
        r#""battery":101"#,
        r#""battery":-1"#,
        r#""battery":"full""#,
        r#""seq":-1"#,
        r#""seq":1.5"#,
        r#""seq":"7""#,
        r#""id":7"#,
        r#""id":"""#,
        r#""id":"a","id":"b""#,
    ] {
        let (code, sentence) =
            refused(READING, format!(r#"{{{field},"readings":{{"motion":true}}}}"#));
        assert_eq!(code, "wrong-shape", "{field}: {sentence}");
    }
}

#[test]
fn null_is_as_good_as_absent() {
    let message = taken(
        READING,
        r#"{"id":null,"at":null,"seq":null,"battery":null,"readings":{"motion":true}}"#,
    );
    assert!(matches!(message.key, MessageKey::Anonymous(_)));
    assert_eq!((message.claimed_at, message.battery_percent), (None, None));
}

#[test]
fn what_is_not_one_json_object_is_refused() {
    for payload in [
        "{",
        "nonsense",
        r#"{"readings":{"temperature":NaN}}"#,
        r#"{"readings":{"temperature":1e999}}"#,
        r#"{"readings":{"motion":true}} more"#,
        r#"{"readings":{"motion":true}}{}"#,
    ] {
        assert_eq!(refused(READING, payload).0, "not-json", "{payload}");
    }
    for payload in ["[]", "7", "null", r#""x""#, r#"[null,null,null,null,{"motion":true}]"#] {
        assert_eq!(refused(READING, payload).0, "wrong-shape", "{payload}");
    }
}

#[test]
fn depth_is_harmless() {
    let deep = "[".repeat(100_000);
    assert_eq!(refused(READING, &deep).0, "wrong-shape");
    for field in ["readings", "id", "other"] {
        let code = refused(READING, format!(r#"{{"{field}":{deep}"#)).0;
        assert!(["not-json", "wrong-shape"].contains(&code), "{field}: {code}");
    }
    assert_eq!(refused(READING, r#"{"a":"#.repeat(50_000)).0, "not-json");
}

#[test]
fn size_and_bytes_are_checked_first() {
    let large = vec![b' '; PAYLOAD_BYTES_MAX + 1];
    assert_eq!(refused(READING, &large).0, "too-large");
    assert_eq!(refused(READING, &large[1..]).0, "not-json");
    assert_eq!(refused(READING, "").0, "empty");
    assert_eq!(refused(READING, b"{\"\xff\":1}").0, "not-utf8");
}

#[test]
fn a_topic_nobody_knows_is_said() {
    for topic in [
        "",
        "zigbee2mqtt/lamp",
        "jikimi/v2/usan/d/reading",
        "jikimi/v1/usan/d",
        "jikimi/v1/usan/d/nothing",
        "jikimi/v1/usan/d/reading/more",
        "jikimi/v1/usan/sign/s1",
    ] {
        assert_eq!(refused(topic, r#"{"readings":{"motion":true}}"#).0, "unknown-topic", "{topic}");
    }
    for topic in ["jikimi/v1/Usan/d/reading", "jikimi/v1/usan/d 1/reading", "jikimi/v1//d/status"] {
        assert_eq!(refused(topic, "online").0, "bad-id", "{topic}");
    }
}

#[test]
fn a_message_without_readings_says_nothing() {
    for payload in ["{}", r#"{"readings":{}}"#, r#"{"readings":null}"#, r#"{"battery":87}"#] {
        assert_eq!(refused(READING, payload).0, "no-readings", "{payload}");
    }
}

#[test]
fn an_unknown_quantity_beside_a_known_one_is_left_out_and_said() {
    let decoded = decoded(READING, r#"{"readings":{"radon":4,"temperature":23.4}}"#).unwrap();
    assert_eq!(values(&decoded.message), [("temperature", 23.4)]);
    let [remark] = decoded.remarks.as_slice() else { panic!("{:?}", decoded.remarks) };
    assert_eq!(remark.reason, Reason::UnknownQuantity);
    assert!(remark.sentence.starts_with(
        "`radon` is no known quantity; known are temperature, smoke, co, gas, water_level,"
    ));
    assert_eq!(refused(READING, r#"{"readings":{"radon":4}}"#).0, "unknown-quantity");
}

#[test]
fn a_life_safety_event_is_taken_whatever_stands_beside_it() {
    let payload = r#"{"id":"","at":"yesterday","seq":"x","battery":255,
        "readings":{"temperature":null,"radon":1,"sos":true}}"#;
    let Decoded { message, remarks, .. } = decoded(ALARM, payload).unwrap();
    assert_eq!(values(&message), [("sos", 1.0)]);
    assert_eq!(message.at, moment(RECEIVED));
    assert_eq!(message.quality, TimeQuality::Receipt);
    assert!(matches!(message.key, MessageKey::Anonymous(_)));
    let codes: Vec<_> = remarks.iter().map(|remark| remark.reason.code()).collect();
    assert_eq!(
        codes,
        [
            "wrong-shape",
            "unknown-quantity",
            "wrong-shape",
            "wrong-shape",
            "bad-time",
            "wrong-shape"
        ]
    );
}

#[test]
fn an_sos_given_twice_is_an_sos() {
    for readings in [r#"{"sos":false,"sos":true}"#, r#"{"sos":true,"sos":false}"#] {
        let decoded = decoded(ALARM, &format!(r#"{{"readings":{readings}}}"#)).unwrap();
        assert_eq!(values(&decoded.message), [("sos", 1.0)]);
        assert_eq!(decoded.remarks.len(), 1);
    }
}

#[test]
fn a_reading_on_the_alarm_topic_is_kept_and_said() {
    let decoded = decoded(ALARM, r#"{"readings":{"temperature":23.4}}"#).unwrap();
    assert_eq!(decoded.message.kind, MessageKind::Alarm);
    assert_eq!(values(&decoded.message), [("temperature", 23.4)]);
    assert_eq!(decoded.remarks[0].reason, Reason::NotLifeSafety);
}

#[test]
fn a_life_safety_event_on_the_reading_topic_is_a_reading_all_the_same() {
    assert_eq!(values(&taken(READING, r#"{"readings":{"smoke_alarm":true}}"#)).len(), 1);
}

#[test]
fn remarks_are_few_however_many_the_mistakes() {
    let unknown: String = (0..1000).map(|n| format!(r#""q{n}":1,"#)).collect();
    let payload = format!(r#"{{"readings":{{{unknown}"motion":true}}}}"#);
    assert_eq!(decoded(READING, &payload).unwrap().remarks.len(), 8);
    let payload = format!(r#"{{"readings":{{{unknown}"motion":true,"co":"x"}}}}"#);
    assert_eq!(refused(READING, payload).0, "wrong-shape", "also behind many remarks");
}

#[test]
fn an_id_that_cannot_be_kept_is_refused() {
    let with_id = |id: &str| format!(r#"{{"id":"{id}","readings":{{"motion":true}}}}"#);
    let (code, sentence) = refused(READING, with_id(r"a\u0000b"));
    assert_eq!(code, "nul-character");
    assert!(!sentence.contains('\0'));
    assert_eq!(refused(READING, with_id(&"x".repeat(129))).0, "id-too-long");
    let longest = "계".repeat(128);
    assert_eq!(taken(READING, &with_id(&longest)).key, MessageKey::Id(longest));
    assert_eq!(taken(READING, &with_id(r"a\n")).key, MessageKey::Id("a\n".to_owned()));
}

#[track_caller]
fn time(at: &str) -> (TimeQuality, Option<Timestamp>, Timestamp) {
    let message = taken(READING, &format!(r#"{{"at":"{at}","readings":{{"motion":true}}}}"#));
    (message.quality, message.claimed_at, message.at)
}

#[test]
fn time_is_believed_as_far_as_it_can_be() {
    let received = moment(RECEIVED);
    for at in ["2026-11-24T14:03:13+09:00", "2026-11-24T05:03:00Z", "2020-01-01T00:00:00Z"] {
        assert_eq!(time(at), (TimeQuality::Device, Some(moment(at)), moment(at)));
    }
    let ahead = "2026-11-24T14:03:13.000001+09:00";
    assert_eq!(time(ahead), (TimeQuality::Clamped, Some(moment(ahead)), received));
    for wrong in ["1970-01-01T00:00:00Z", "2019-12-31T23:59:59.999999Z"] {
        assert_eq!(time(wrong), (TimeQuality::WrongClock, Some(moment(wrong)), received));
    }
    assert_eq!(time("2026-11-24T14:03:07"), (TimeQuality::Receipt, None, received));
}

#[test]
fn a_time_that_is_none_refuses_the_message() {
    for at in [r#""yesterday""#, r#""2026-13-01T00:00:00Z""#, r#""""#, "1790000000", "true"] {
        let (code, sentence) =
            refused(READING, format!(r#"{{"at":{at},"readings":{{"motion":true}}}}"#));
        assert_eq!(code, "bad-time", "{at}: {sentence}");
    }
}

#[test]
fn the_key_is_the_best_the_sender_gives() {
    let key =
        |fields: &str| taken(READING, &format!(r#"{{{fields}"readings":{{"motion":true}}}}"#)).key;
    let at = moment("2026-11-24T05:03:00Z");
    assert_eq!(
        key(r#""id":"a","seq":7,"at":"2026-11-24T05:03:00Z","#),
        MessageKey::Id("a".to_owned())
    );
    assert_eq!(
        key(r#""seq":7,"at":"2026-11-24T05:03:00Z","#),
        MessageKey::Sequence { seq: 7, at: Some(at) }
    );
    assert_eq!(key(r#""seq":7,"#), MessageKey::Sequence { seq: 7, at: None });
    assert!(matches!(key(r#""at":"2026-11-24T05:03:00Z","#), MessageKey::Content(_)));
    assert!(matches!(key(r#""at":"2026-11-24T14:03:00","#), MessageKey::Content(_)));
    assert!(matches!(key(""), MessageKey::Anonymous(_)));
}

#[test]
fn a_clock_that_stands_still_makes_no_duplicates() {
    let message = taken(READING, r#"{"at":"1970-01-01T00:00:00Z","readings":{"motion":true}}"#);
    assert!(matches!(message.key, MessageKey::Anonymous(_)));
}

#[test]
fn the_same_words_on_another_topic_are_another_message() {
    let payload = r#"{"at":"2026-11-24T05:03:00Z","readings":{"motion":true}}"#;
    let here = taken(READING, payload).key;
    assert_eq!(here, taken(READING, payload).key);
    assert_ne!(here, taken("jikimi/v1/usan/h0102-pir/reading", payload).key);
}

#[test]
fn a_status_is_a_word() {
    for (word, online) in
        [("online", true), ("offline", false), ("\"online\"", true), ("offline\n", false)]
    {
        let message = taken(STATUS, word);
        assert_eq!(message.content, Content::Status { online }, "{word}");
        assert_eq!(message.quality, TimeQuality::Receipt);
    }
    for word in ["ONLINE", "on", "{}", "\"online"] {
        assert_eq!(refused(STATUS, word).0, "wrong-shape", "{word}");
    }
}

fn wave(rate: &str, x: &str, y: &str, z: &str) -> String {
    format!(
        r#"{{"at":"2026-11-24T14:03:07+09:00","rate_hz":{rate},
        "acceleration":{{"x":[{x}],"y":[{y}],"z":[{z}]}}}}"#
    )
}

#[test]
fn a_waveform_is_taken_whole() {
    let message = taken(WAVEFORM, &wave("31.25", "1,-2.5", "0,0", "980,981"));
    assert_eq!(
        message.content,
        Content::Waveform {
            rate_hz: 31.25,
            x: vec![1.0, -2.5],
            y: vec![0.0, 0.0],
            z: vec![980.0, 981.0]
        }
    );
}

#[test]
fn a_waveform_of_another_shape_is_refused() {
    let long = vec!["0"; 4097].join(",");
    for payload in [
        wave("31.25", "1", "1,2", "1"),
        wave("31.25", "", "", ""),
        wave("0", "1", "1", "1"),
        wave("-1", "1", "1", "1"),
        wave("\"fast\"", "1", "1", "1"),
        wave("31.25", "\"1\"", "1", "1"),
        wave("31.25", "1e300", "1", "1"),
        wave("31.25", &long, &long, &long),
        r#"{"rate_hz":1,"acceleration":{"x":[1],"y":[1]}}"#.to_owned(),
    ] {
        assert_eq!(refused(WAVEFORM, &payload).0, "wrong-shape", "{payload:.80}");
    }
    let longest = &long[2..];
    taken(WAVEFORM, &wave("31.25", longest, longest, longest));
}

#[test]
fn a_sentence_is_short_and_plain() {
    let hostile = format!(r#"{{"readings":{{"temperature":"{}\n"}}}}"#, "\\u0000".repeat(5000));
    let (_, sentence) = refused(READING, hostile);
    assert!(sentence.chars().count() <= 500 && !sentence.contains(char::is_control));
}

#[test]
fn codes_are_distinct() {
    let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), Reason::ALL.len());
}

fn any_topic() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        Just(READING.to_owned()),
        Just(ALARM.to_owned()),
        Just(WAVEFORM.to_owned()),
        Just(STATUS.to_owned()),
        "jikimi/v1/[^/]{0,70}/[^/]{0,70}/(reading|alarm|waveform|status)",
    ]
}

/// Bytes, and texts that are nearly right.
fn any_payload() -> impl Strategy<Value = Vec<u8>> {
    let field = prop_oneof![
        Just(r#""at":"2026-11-24T14:03:07+09:00""#.to_owned()),
        r#""(id|seq|at|battery|rate_hz)":(null|true|-?[0-9]{1,25}|[0-9]e[0-9]{1,3}|".{0,12}")"#,
        r#""readings":\{"(sos|motion|co|x)":(true|[01]|[0-9.e-]{1,8}|"[^"\\]*"|null)\}"#,
        r#""acceleration":\{"x":\[[0-9,.]{0,8}\],"y":\[1\],"z":\[1\]\}"#,
    ];
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        prop::collection::vec(field, 0..6)
            .prop_map(|fields| format!("{{{}}}", fields.join(",")).into_bytes()),
    ]
}

proptest! {
    #[test]
    fn nothing_a_device_sends_panics(topic in any_topic(), payload in any_payload()) {
        let received = moment(RECEIVED);
        if let Ok(Heard::Message(decoded)) = hear(&topic, &payload, (false, false)) {
            let ahead = decoded.message.at.duration_since(received);
            prop_assert!(ahead <= jiff::SignedDuration::from_secs(5));
        }
    }
}
