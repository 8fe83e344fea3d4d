//! Dialects: how the gateways of cheap real devices speak. One file each.
//!
//! [`native`] is our own, with our own ids in its topics. Every other knows devices by addresses
//! of its own, and is a pure function from what stands below its base topic to what was said of
//! which address ([`Spoken`]). It knows no site and no quantity: whose address that is stands in
//! the [`Directory`](super::directory::Directory), and what the fields mean is the
//! [`Model`](super::model::Model)'s. It refuses what it cannot read and names what it ignores.
//!
//! Adding one is a file here and a line in the list below.

pub mod native;

use std::fmt;

use jiff::civil::DateTime;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::decode::{Reason, Refused};
use crate::domain::time::Timestamp;

macro_rules! profiles {
    ($($module:ident :: $Profile:ident),* $(,)?) => {
        $(mod $module;)*

        /// A dialect that a device of a site may name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum Profile { $($Profile),* }

        impl Profile {
            pub const ALL: &[Self] = &[$(Self::$Profile),*];

            #[must_use]
            pub fn dialect(self) -> &'static Dialect {
                match self { $(Self::$Profile => &$module::DIALECT),* }
            }
        }
    };
}

profiles! {
    zigbee2mqtt::Zigbee2mqtt,           // Zigbee, through Zigbee2MQTT
    chirpstack::Chirpstack,             // LoRaWAN, through a ChirpStack of one's own
    the_things_stack::TheThingsStack,   // LoRaWAN, through The Things Network and its like
    tasmota::Tasmota,                   // plugs and sensors on Wi-Fi, and Tasmota's Zigbee bridge
}

/// What is to be known of a dialect besides what its messages say.
#[derive(Debug)]
pub struct Dialect {
    /// As it stands in files.
    pub name: &'static str,
    /// Below which topic it speaks unless a device says otherwise; `+` stands for any level.
    pub base: &'static str,
    /// What is subscribed to below the base.
    pub filters: &'static [&'static str],
    /// Where below the base a device with this address is heard; `+` stands for any level.
    pub heard_at: fn(address: &str) -> Vec<String>,
    /// What an address looks like, for whoever has written another.
    pub address: &'static str,
    /// Whether a text can be one, of those that may stand in a topic.
    pub is_address: fn(address: &str) -> bool,
    /// A topic of some device, below the usual base.
    pub example: &'static str,
    /// Takes what stands below the base.
    pub read: fn(&Below<'_>) -> Result<Vec<Spoken>, Unheard>,
}

/// A packet as it stands below a dialect's base topic.
#[derive(Debug, Clone, Copy)]
pub struct Below<'p> {
    /// The levels below the base.
    pub topic: &'p str,
    pub payload: &'p [u8],
}

/// What was said of one address.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// What the device is called, the surest name first.
    pub called: Vec<String>,
    /// What the device says that it is, if it does.
    pub model: Option<String>,
    pub says: Says,
    pub time: Told,
    pub frame: Option<Frame>,
    /// What the network itself knows of the battery.
    pub battery_percent: Option<f64>,
    pub remarks: Vec<Refused>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Says {
    /// Fields, whose meaning is the model's.
    Fields(Map<String, Value>),
    /// It is there, or is not.
    Status { online: bool },
}

/// The moment that a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    Nothing,
    Moment(Timestamp),
    /// Without a zone: the site's is meant.
    Local(DateTime),
}

/// What makes a radio frame recognizable: it may come through several gateways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The network's own name of this delivery, where it has one.
    pub delivery: Option<String>,
    /// The counter starts over with each session.
    pub session: String,
    pub counter: u64,
    /// What was sent, encoded.
    pub sent: String,
}

/// Why nothing was said of anybody.
#[derive(Debug, Clone, PartialEq)]
pub enum Unheard {
    Refused(Refused),
    Ignored(Ignored),
}

impl From<Refused> for Unheard {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

/// A gateway's own business: acknowledged and counted by this name, and kept nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// What a bridge tells of itself: its devices, its log, its answers.
    Bridge,
    /// What someone asks of a device or a bridge.
    Command,
    /// A retained value that was taken away.
    Cleared,
    /// A device has joined its network. Nothing was measured.
    Join,
    /// What a network tells of its own work: transmissions, acknowledgements, its log.
    Network,
    /// What a Tasmota tells of itself: its relay, its Wi-Fi, its firmware.
    State,
    /// Only fields of which the model says that nothing is to be read from them.
    NothingToRead,
}

impl Ignored {
    pub const ALL: [Self; 7] = [
        Self::Bridge,
        Self::Command,
        Self::Cleared,
        Self::Join,
        Self::Network,
        Self::State,
        Self::NothingToRead,
    ];

    /// Stable: metrics and tests hold on to it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Command => "command",
            Self::Cleared => "cleared",
            Self::Join => "join",
            Self::Network => "network",
            Self::State => "state",
            Self::NothingToRead => "nothing-to-read",
        }
    }
}

impl fmt::Display for Ignored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Spoken {
    /// Fields of a device, without a time.
    fn fields(called: Vec<String>, fields: Map<String, Value>) -> Self {
        Self::saying(called, Says::Fields(fields))
    }

    fn status(called: String, online: bool) -> Self {
        Self::saying(vec![called], Says::Status { online })
    }

    fn saying(called: Vec<String>, says: Says) -> Self {
        let (model, frame, battery_percent, remarks) = (None, None, None, Vec::new());
        Self { called, model, says, time: Told::Nothing, frame, battery_percent, remarks }
    }

    /// Takes the moment that a text names; one that names none is said, and costs nothing else.
    fn at(&mut self, field: &str, text: &str) {
        self.time = match (text.parse(), text.parse()) {
            (Ok(moment), _) => Told::Moment(moment),
            (_, Ok(local)) => Told::Local(local),
            _ => {
                let text: String = text.chars().take(40).collect();
                let sentence = format!("`{field}` is `{text}`, which names no moment");
                return self.remarks.push(Refused::new(Reason::BadTime, &sentence));
            }
        };
    }
}

/// The fields of a payload that has to be an object.
fn object(payload: &[u8]) -> Result<Map<String, Value>, Refused> {
    if payload.is_empty() {
        return Err(Refused::new(Reason::Empty, "the payload is empty"));
    }
    match serde_json::from_str(super::decode::text(payload)?) {
        Ok(Value::Object(fields)) => Ok(fields),
        Ok(other) => {
            let sentence = format!("the payload is {}; an object is wanted", said(&other));
            Err(Refused::new(Reason::WrongShape, &sentence))
        }
        Err(error) => Err(Refused::new(Reason::NotJson, &error.to_string())),
    }
}

/// A value in the words of a sentence, cut.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(on) => on.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("the text `{}`", text.chars().take(40).collect::<String>()),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// Whether someone is there, said as a word or as `{"state":"online"}`: both are in the field.
fn online(payload: &[u8]) -> Result<bool, Refused> {
    let text = super::decode::text(payload)?;
    let stated = serde_json::from_str::<Value>(text).ok();
    let stated = stated.as_ref().and_then(|value| match value {
        Value::Object(fields) => fields.get("state").and_then(Value::as_str),
        value => value.as_str(),
    });
    let word = stated.unwrap_or(text).trim();
    match () {
        () if word.eq_ignore_ascii_case("online") => Ok(true),
        () if word.eq_ignore_ascii_case("offline") => Ok(false),
        () => {
            let word: String = word.chars().take(40).collect();
            let sentence = format!("`{word}` says neither online nor offline");
            Err(Refused::new(Reason::WrongShape, &sentence))
        }
    }
}

fn text_at<'v>(fields: &'v Map<String, Value>, path: &[&str]) -> Option<&'v str> {
    at(fields, path).and_then(Value::as_str)
}

fn at<'v>(fields: &'v Map<String, Value>, path: &[&str]) -> Option<&'v Value> {
    let (first, rest) = path.split_first()?;
    rest.iter().try_fold(fields.get(*first)?, |value, name| value.get(name))
}

/// A counter that a network leaves out when it is 0.
fn counter(fields: &Map<String, Value>, name: &str) -> u64 {
    fields.get(name).and_then(Value::as_u64).unwrap_or(0)
}

fn text_of(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

/// An address as it is compared: without the blanks that people leave round names, and without
/// minding how hexadecimal digits are written.
#[must_use]
pub fn folded(address: &str) -> String {
    let levels: Vec<String> = address.split('/').map(folded_level).collect();
    levels.join("/")
}

fn folded_level(level: &str) -> String {
    let level = level.trim();
    let hex = level.strip_prefix("0x").or_else(|| level.strip_prefix("0X")).unwrap_or(level);
    let is_hex = hex.len() >= 4 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_hex {
        true => level.to_ascii_lowercase(),
        false => level.to_owned(),
    }
}
