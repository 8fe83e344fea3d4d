//! `jikimi check --payload`: what a payload becomes, before a device is hung up.
//!
//! The very decoder of the service reads it; whoever it is about counts as known. It refuses
//! nothing else than the service would, and stores nothing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error as NameError, StrDeserializer};

use super::out;
use crate::config::Loaded;
use crate::domain::{Content, Message, SiteId, Unit, Value};
use crate::ingest::decode::decode_caught;
use crate::ingest::directory::below;
use crate::ingest::model::Model;
use crate::ingest::profiles::Profile;
use crate::ingest::{Decoded, Directory, Heard, Packet, Refused};

/// Our own dialect, which no device needs to name.
const NATIVE: &str = "native";
const NATIVE_TOPIC: &str = "jikimi/v1/site/device/reading";

#[derive(Debug, clap::Args)]
#[group(id = "payload-arguments")]
pub struct Arguments {
    /// A file with what a device or its gateway sends, as it comes from the broker.
    #[arg(long, value_name = "FILE", requires = "profile")]
    payload: Option<PathBuf>,
    /// The dialect it is in: native, zigbee2mqtt, chirpstack, the-things-stack or tasmota.
    #[arg(long, value_name = "NAME", requires = "payload")]
    profile: Option<String>,
    /// The topic it comes on; by default one of the dialect's own.
    #[arg(long, requires = "payload")]
    topic: Option<String>,
    /// The model of config/profiles that the device is; by default the one it names itself.
    #[arg(long, requires = "payload")]
    model: Option<String>,
}

impl Arguments {
    /// The file to look at, if one is named.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        self.payload.as_deref()
    }
}

/// Shows what a payload becomes; fails if it is refused.
///
/// # Errors
/// If the file cannot be read, or a profile or model has another name.
pub fn show(
    file: &Path,
    arguments: &Arguments,
    loaded: &Loaded,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let payload = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let profile = arguments.profile.as_deref().unwrap_or(NATIVE);
    let profile = named(profile)?;
    let usual = profile.map_or(NATIVE_TOPIC, |profile| profile.dialect().example);
    let topic = arguments.topic.as_deref().unwrap_or(usual);
    if let Some(dialect) = profile.map(Profile::dialect)
        && below(dialect.base, topic).is_none()
    {
        bail!(
            "--topic {topic} is not below {}, where {} is looked for here; a gateway with a `base` \
             of its own is tried below that one, as in {}",
            dialect.base,
            dialect.name,
            dialect.example
        );
    }
    let now = crate::clock::wall_now();
    let packet = Packet::new(topic, &payload, now, (false, false));
    let directory = match profile {
        None => Directory::default(),
        Some(profile) => {
            let models = loaded.directory.models();
            let model = arguments.model.as_deref().map(|id| find(models, id)).transpose()?;
            let (site, zone) = site(loaded)?;
            Directory::of_whoever(&packet, profile, models.to_vec(), model, (&site, &zone))
        }
    };
    let heard = decode_caught(&directory, &packet);
    out::answer(|out| match json {
        true => say_json(out, &heard),
        false => say(out, &heard),
    })?;
    Ok(if heard.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// None: our own dialect.
fn named(name: &str) -> anyhow::Result<Option<Profile>> {
    if name == NATIVE {
        return Ok(None);
    }
    let from: StrDeserializer<NameError> = name.into_deserializer();
    match <Profile as serde::Deserialize>::deserialize(from) {
        Ok(profile) => Ok(Some(profile)),
        Err(_) => {
            let known: Vec<&str> = Profile::ALL.iter().map(|p| p.dialect().name).collect();
            bail!("there is no profile `{name}`; say {NATIVE}, {}", known.join(", "))
        }
    }
}

fn find<'m>(models: &'m [Arc<Model>], id: &str) -> anyhow::Result<&'m Arc<Model>> {
    models.iter().find(|model| model.id.as_str() == id).with_context(|| {
        let known: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
        format!("no file in profiles/ has a model `{id}`; known are {}", known.join(", "))
    })
}

/// Whose zone times without one are in.
fn site(loaded: &Loaded) -> anyhow::Result<(SiteId, TimeZone)> {
    let site = loaded.configurations.first().map(|configuration| &configuration.site);
    let site = site.context("the configuration has no site")?;
    Ok((site.id.clone(), TimeZone::get(&site.timezone)?))
}

fn say(out: &mut impl Write, heard: &Result<Heard, Refused>) -> io::Result<()> {
    match heard {
        Err(refused) => writeln!(out, "refused: {refused}"),
        Ok(Heard::Ignored(ignored)) => writeln!(out, "ignored: {ignored}"),
        Ok(Heard::Shown(shown)) => writeln!(out, "sign {} shows {:?}", shown.sign, shown.show),
        Ok(heard) => heard.messages().iter().try_for_each(|decoded| say_message(out, decoded)),
    }
}

fn say_message(out: &mut impl Write, decoded: &Decoded) -> io::Result<()> {
    let Message { device, at, quality, kind, content, battery_percent, .. } = &decoded.message;
    writeln!(out, "{device}  {}  at {at} ({})", kind.as_str(), quality.as_str())?;
    match content {
        Content::Readings(values) => {
            for (quantity, value) in values {
                let life = if quantity.is_life_safety() { "  (life safety)" } else { "" };
                let said = said(*value, quantity.unit());
                writeln!(out, "    {:<14}{said}{life}", quantity.as_str())?;
            }
        }
        Content::Status { online } => {
            writeln!(out, "    {}", if *online { "online" } else { "offline" })?;
        }
        Content::Waveform { rate_hz, x, .. } => {
            writeln!(out, "    {} samples in gal at {rate_hz} Hz", x.len())?;
        }
    }
    if let Some(percent) = battery_percent {
        writeln!(out, "    {:<14}{}", "battery", said(Value::Number(*percent), Unit::Percent))?;
    }
    decoded.remarks.iter().try_for_each(|remark| writeln!(out, "    left out: {remark}"))
}

fn said(value: Value, unit: Unit) -> String {
    match value {
        Value::Flag(on) => (if on { "on" } else { "off" }).to_owned(),
        Value::Number(number) => {
            let rounded = (number * 1000.0).round() / 1000.0;
            format!("{rounded} {}", unit.symbol())
        }
    }
}

/// One line of the answer for machines.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'h> {
    Refused {
        code: &'h str,
        sentence: &'h str,
    },
    Ignored(&'h str),
    Shown {
        sign: &'h str,
        epoch: u64,
    },
    Message {
        device: &'h str,
        message: &'h Message,
        units: Vec<&'static str>,
        remarks: Vec<String>,
    },
}

fn say_json(out: &mut impl Write, heard: &Result<Heard, Refused>) -> io::Result<()> {
    let lines = match heard {
        Err(refused) => {
            let (code, sentence) = (refused.reason.code(), refused.sentence.as_str());
            vec![Line::Refused { code, sentence }]
        }
        Ok(Heard::Ignored(ignored)) => vec![Line::Ignored(ignored.code())],
        Ok(Heard::Shown(shown)) => {
            vec![Line::Shown { sign: shown.sign.as_str(), epoch: shown.epoch }]
        }
        Ok(heard) => heard.messages().iter().map(line).collect(),
    };
    for line in lines {
        serde_json::to_writer(&mut *out, &line)?;
        writeln!(out)?;
    }
    Ok(())
}

fn line(decoded: &Decoded) -> Line<'_> {
    let message = &decoded.message;
    let units = match &message.content {
        Content::Readings(values) => values.iter().map(|(q, _)| q.unit().as_str()).collect(),
        _ => Vec::new(),
    };
    let remarks = decoded.remarks.iter().map(ToString::to_string).collect();
    Line::Message { device: message.device.as_str(), message, units, remarks }
}
