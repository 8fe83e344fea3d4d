//! Who is who in the dialects of gateways: which device of which site an address is, and what its
//! fields mean. Built from a checked configuration, and never changed.
//!
//! From it follow the topics that both sessions subscribe to. The alarm session hears those of
//! devices that read life-safety quantities, the other one everything below each base topic, so
//! that strangers there are refused by name and not overlooked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::Session;
use super::decode::time::Claim;
use super::decode::{Decoded, Heard, Packet, Reason, Refused};
use super::model::{Model, REMARKS_MAX};
use super::profiles::{Below, Frame, Ignored, Profile, Says, Spoken, Told, Unheard, folded};
use crate::domain::time::{OLDEST_BELIEVABLE, Timestamp};
use crate::domain::{Content, DeviceId, Message, MessageKey, MessageKind, Quantity, SiteId, Value};

/// A device as its gateway knows it.
#[derive(Debug, Clone)]
pub struct Listed {
    pub site: SiteId,
    pub device: DeviceId,
    pub profile: Profile,
    /// Below which topic its gateway speaks, where it is not the dialect's usual one.
    pub base: Option<String>,
    pub address: String,
    /// None: whatever the device says that it is, or the dialect's usual model.
    pub model: Option<Arc<Model>>,
    /// The site's, for times without a zone.
    pub zone: TimeZone,
    /// Whether it reads life-safety quantities.
    pub alarms: bool,
}

/// All devices that do not speak our own dialect.
#[derive(Debug, Default)]
pub struct Directory {
    bases: Vec<Base>,
    models: Vec<Arc<Model>>,
}

/// Everyone below one base topic of one dialect.
#[derive(Debug)]
struct Base {
    profile: Profile,
    topic: String,
    devices: BTreeMap<String, Listed>,
    /// What the alarm session hears, below the base; those with a `+` apart.
    alarms: BTreeSet<String>,
    alarm_patterns: BTreeSet<String>,
}

impl Directory {
    /// Of two devices with the same address the later one counts; a checked configuration has
    /// none.
    #[must_use]
    pub fn new(models: Vec<Arc<Model>>, listed: impl IntoIterator<Item = Listed>) -> Self {
        let mut directory = Self { bases: Vec::new(), models };
        for device in listed {
            directory.add(device);
        }
        directory
    }

    fn add(&mut self, device: Listed) {
        let dialect = device.profile.dialect();
        let topic = device.base.clone().unwrap_or_else(|| dialect.base.to_owned());
        let same = |base: &Base| base.profile == device.profile && base.topic == topic;
        let index = self.bases.iter().position(same).unwrap_or_else(|| {
            self.bases.push(Base::new(device.profile, topic));
            self.bases.len() - 1
        });
        let base = &mut self.bases[index];
        if device.alarms {
            for heard in (dialect.heard_at)(&device.address) {
                match heard.contains('+') {
                    true => base.alarm_patterns.insert(heard),
                    false => base.alarms.insert(heard),
                };
            }
        }
        base.devices.insert(folded(&device.address), device);
    }

    /// For a look at one packet: whoever it is about is a device of `site`.
    #[must_use]
    pub fn of_whoever(
        packet: &Packet<'_>,
        profile: Profile,
        models: Vec<Arc<Model>>,
        model: Option<&Arc<Model>>,
        (site, zone): (&SiteId, &TimeZone),
    ) -> Self {
        let dialect = profile.dialect();
        let said = below(dialect.base, packet.topic)
            .and_then(|topic| (dialect.read)(&Below { topic, payload: packet.payload }).ok());
        let listed = said.into_iter().flatten().enumerate().filter_map(|(index, spoken)| {
            Some(Listed {
                site: site.clone(),
                device: DeviceId::new(&format!("device-{}", index + 1)).ok()?,
                profile,
                base: None,
                address: spoken.called.first()?.clone(),
                model: model.cloned(),
                zone: zone.clone(),
                alarms: false,
            })
        });
        let listed: Vec<Listed> = listed.collect();
        let mut directory = Self::new(models, listed);
        if directory.bases.is_empty() {
            directory.bases.push(Base::new(profile, dialect.base.to_owned()));
        }
        directory
    }

    /// The models there are.
    #[must_use]
    pub fn models(&self) -> &[Arc<Model>] {
        &self.models
    }

    /// What a session subscribes to besides our own dialect.
    #[must_use]
    pub fn filters(&self, session: Session) -> Vec<String> {
        let of_base = |base: &Base| -> Vec<String> {
            let below = |filter: &str| format!("{}/{filter}", base.topic);
            match session {
                Session::Alarm => {
                    base.alarms.iter().chain(&base.alarm_patterns).map(|f| below(f)).collect()
                }
                Session::Bulk => {
                    base.profile.dialect().filters.iter().map(|filter| below(filter)).collect()
                }
            }
        };
        let filters: BTreeSet<String> = self.bases.iter().flat_map(of_base).collect();
        filters.into_iter().collect()
    }

    /// Which session a topic of a dialect of gateways belongs to; none if it is of no such
    /// dialect.
    #[must_use]
    pub fn session(&self, topic: &str) -> Option<Session> {
        let (base, below) = self.base(topic)?;
        let alarms = base.alarms.contains(below)
            || base.alarm_patterns.iter().any(|filter| matches(filter, below));
        Some(if alarms { Session::Alarm } else { Session::Bulk })
    }

    /// Of two bases one may lie within the other: the longer one is meant.
    fn base<'t>(&self, topic: &'t str) -> Option<(&Base, &'t str)> {
        let within = self.bases.iter().filter_map(|base| Some((base, below(&base.topic, topic)?)));
        within.min_by_key(|(_, below)| below.len())
    }

    /// Decodes a packet of a dialect of gateways; none if it is of no such dialect.
    pub(super) fn hear(&self, packet: &Packet<'_>) -> Option<Result<Heard, Refused>> {
        let (base, topic) = self.base(packet.topic)?;
        let below = Below { topic, payload: packet.payload };
        Some(match (base.profile.dialect().read)(&below) {
            Ok(all) => self.understand(base, packet, all),
            Err(Unheard::Refused(refused)) => Err(refused),
            Err(Unheard::Ignored(ignored)) => Ok(Heard::Ignored(ignored)),
        })
    }

    fn understand(
        &self,
        base: &Base,
        packet: &Packet<'_>,
        all: Vec<Spoken>,
    ) -> Result<Heard, Refused> {
        let mut understood = Understood::default();
        for spoken in all {
            match base.device(&spoken) {
                Some(device) if matches!(spoken.says, Says::Status { .. }) => {
                    understood.status(device, packet, spoken);
                }
                Some(device) => match self.model(base, device, &spoken) {
                    Ok(model) => understood.fields(device, &model, packet, spoken),
                    Err(refused) => understood.refusals.push(refused),
                },
                None => understood.stranger(base, &spoken),
            }
        }
        understood.heard()
    }

    /// The model that the site names, or the device itself, or the dialect's usual one.
    fn model(&self, base: &Base, device: &Listed, spoken: &Spoken) -> Result<Arc<Model>, Refused> {
        let of_profile = || self.models.iter().filter(|m| m.profiles.contains(&base.profile));
        let named = |name: &String| {
            of_profile().find(|model| model.matches.iter().any(|m| m.eq_ignore_ascii_case(name)))
        };
        let found = device.model.as_ref();
        let found = found.or_else(|| spoken.model.as_ref().and_then(named));
        let found = found.or_else(|| of_profile().find(|model| model.usual));
        found.cloned().ok_or_else(|| {
            let says = match &spoken.model {
                Some(says) => {
                    let says: String = says.chars().take(64).collect();
                    format!("calls itself `{says}`, which is in no `matches` of a profile")
                }
                None => "does not say what it is".to_owned(),
            };
            let sentence = format!(
                "what device {} measures is not known: no `model` is named for it, and it {says}",
                device.device
            );
            Refused::new(Reason::UnknownModel, &sentence)
        })
    }
}

impl Base {
    fn new(profile: Profile, topic: String) -> Self {
        let (devices, alarms) = (BTreeMap::new(), BTreeSet::new());
        Self { profile, topic, devices, alarms, alarm_patterns: BTreeSet::new() }
    }

    fn device(&self, spoken: &Spoken) -> Option<&Listed> {
        spoken.called.iter().find_map(|name| self.devices.get(&folded(name)))
    }
}

/// What stands below a base topic, in which `+` stands for any level.
pub(crate) fn below<'t>(base: &str, topic: &'t str) -> Option<&'t str> {
    let mut rest = topic;
    for level in base.split('/') {
        let (first, later) = rest.split_once('/')?;
        if level != "+" && level != first {
            return None;
        }
        rest = later;
    }
    Some(rest)
}

/// Whether a filter with `+` for any level takes a topic.
fn matches(filter: &str, topic: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (None, None) => return true,
            (Some(level), Some(given)) if level == "+" || level == given => {}
            _ => return false,
        }
    }
}

/// What a packet comes to, while it is being taken apart.
#[derive(Default)]
struct Understood {
    messages: Vec<Decoded>,
    refusals: Vec<Refused>,
    ignored: Option<Ignored>,
}

impl Understood {
    fn heard(mut self) -> Result<Heard, Refused> {
        let Some(first) = self.messages.first_mut() else {
            let none = || Refused::new(Reason::NoReadings, "nothing was said of anybody");
            return match (self.refusals.into_iter().next(), self.ignored) {
                (Some(refused), _) => Err(refused),
                (None, Some(ignored)) => Ok(Heard::Ignored(ignored)),
                (None, None) => Err(none()),
            };
        };
        let room = REMARKS_MAX.saturating_sub(first.remarks.len());
        first.remarks.extend(self.refusals.into_iter().take(room));
        match self.messages.len() {
            1 => Ok(Heard::Message(self.messages.remove(0))),
            _ => Ok(Heard::Several(self.messages)),
        }
    }

    fn stranger(&mut self, base: &Base, spoken: &Spoken) {
        if self.refusals.len() == REMARKS_MAX {
            return;
        }
        let called = spoken.called.first().map_or("", String::as_str);
        let called: String = called.chars().take(128).collect();
        let name = base.profile.dialect().name;
        let sentence = format!(
            "no device has the address `{called}`; give one of a site profile = \"{name}\" and \
             address = \"{called}\""
        );
        self.refusals.push(Refused::new(Reason::UnknownDevice, &sentence));
    }

    fn status(&mut self, device: &Listed, packet: &Packet<'_>, spoken: Spoken) {
        let Says::Status { online } = spoken.says else { return };
        let key = MessageKey::Anonymous(hash(packet));
        let claim = Claim::none(packet.received_at);
        let content = Content::Status { online };
        let message = message(device, packet, MessageKind::Status, &claim, key, content);
        self.add(device, message, spoken.remarks);
    }

    fn fields(&mut self, device: &Listed, model: &Model, packet: &Packet<'_>, spoken: Spoken) {
        let Says::Fields(fields) = &spoken.says else { return };
        let claim = claim(&spoken, device, packet.received_at);
        let nth = self.messages.len() as u64;
        let (key, content) = keys(packet, &spoken, &claim, nth);
        let mut taken = model.take(fields);
        for remark in spoken.remarks {
            taken.remark(remark);
        }
        let battery_percent = taken.battery_percent.or(spoken.battery_percent);
        let history = model.history(fields);
        if taken.values.is_empty() && battery_percent.is_none() && history.is_empty() {
            return self.nothing(model, fields, taken.known, taken.remarks);
        }
        if !taken.values.is_empty() || battery_percent.is_some() {
            let said = Content::Readings(taken.values.clone());
            let kind = kind(&taken.values);
            let mut message = message(device, packet, kind, &claim, key, said);
            message.battery_percent = battery_percent;
            let released = released(&message, &taken.momentary, content);
            self.add(device, message, std::mem::take(&mut taken.remarks));
            self.messages.extend(released.map(|message| {
                let (site, remarks) = (device.site.clone(), Vec::new());
                Decoded { site, message, remarks, follows: true }
            }));
        }
        self.refusals.append(&mut taken.remarks);
        self.past(device, model, packet, content, &history);
    }

    /// The device's own history, each entry at its own moment.
    fn past(
        &mut self,
        device: &Listed,
        model: &Model,
        packet: &Packet<'_>,
        content: u64,
        history: &[(Timestamp, &Map<String, Json>)],
    ) {
        for (index, (at, entry)) in history.iter().enumerate() {
            let taken = model.take(entry);
            self.refusals.extend(taken.remarks);
            self.refusals.truncate(REMARKS_MAX);
            if taken.values.is_empty() {
                continue;
            }
            let claim = Claim::judged(*at, packet.received_at);
            let key = MessageKey::Content(salted(content, 1 << 32 | index as u64));
            let kind = kind(&taken.values);
            let said = Content::Readings(taken.values);
            let message = message(device, packet, kind, &claim, key, said);
            self.add(device, message, Vec::new());
        }
    }

    /// A message from which nothing was read is said, unless that was to be expected.
    fn nothing(
        &mut self,
        model: &Model,
        fields: &Map<String, Json>,
        known: bool,
        remarks: Vec<Refused>,
    ) {
        match remarks.is_empty() && (known || model.expects_nothing_of(fields)) {
            true => self.ignored = Some(Ignored::NothingToRead),
            false if remarks.is_empty() => self.refusals.push(model.nothing_in(fields)),
            false => self.refusals.extend(remarks),
        }
        self.refusals.truncate(REMARKS_MAX);
    }

    fn add(&mut self, device: &Listed, message: Message, remarks: Vec<Refused>) {
        let site = device.site.clone();
        self.messages.push(Decoded { site, message, remarks, follows: false });
    }
}

fn message(
    device: &Listed,
    packet: &Packet<'_>,
    kind: MessageKind,
    claim: &Claim,
    key: MessageKey,
    content: Content,
) -> Message {
    Message {
        device: device.device.clone(),
        kind,
        received_at: packet.received_at,
        claimed_at: claim.claimed_at,
        at: claim.at,
        quality: claim.quality,
        retained: packet.retained,
        repeated: packet.repeated,
        key,
        content,
        battery_percent: None,
    }
}

fn kind(values: &[(Quantity, Value)]) -> MessageKind {
    match values.iter().any(|(quantity, _)| quantity.is_life_safety()) {
        true => MessageKind::Alarm,
        false => MessageKind::Reading,
    }
}

/// Who says only that a button was pressed never says that it was let go. It is let go at once,
/// or the next press would be no news.
fn released(pressed: &Message, momentary: &[Quantity], content: u64) -> Option<Message> {
    let over: Vec<_> = momentary.iter().map(|q| (*q, Value::Flag(false))).collect();
    let key = MessageKey::Anonymous(salted(content, u64::MAX));
    let content = Content::Readings(over);
    let released = Message { key, content, battery_percent: None, ..pressed.clone() };
    (!momentary.is_empty()).then_some(released)
}

fn claim(spoken: &Spoken, device: &Listed, received_at: Timestamp) -> Claim {
    let moment = match spoken.time {
        Told::Nothing => None,
        Told::Moment(moment) => Some(moment),
        // Of an hour that comes twice the first is meant; one that never was lies behind.
        Told::Local(local) => device.zone.to_timestamp(local).ok(),
    };
    let moment = moment.map(crate::domain::time::whole_microseconds);
    moment.map_or_else(|| Claim::none(received_at), |at| Claim::judged(at, received_at))
}

/// What makes the message recognizable, and a hash that stands for what was sent.
fn keys(packet: &Packet<'_>, spoken: &Spoken, claim: &Claim, nth: u64) -> (MessageKey, u64) {
    let payload = salted(hash(packet), nth);
    if let Some(frame) = &spoken.frame {
        let sent = of_frame(frame);
        let delivery = frame.delivery.as_ref().filter(|name| !name.is_empty());
        let delivery = delivery.map_or(payload, |name| xxh3_64(name.as_bytes()));
        return (MessageKey::Frame { delivery, sent }, sent);
    }
    let believable = claim.claimed_at.is_some_and(|at| at >= OLDEST_BELIEVABLE);
    match claim.tells_apart && believable {
        true => (MessageKey::Content(payload), payload),
        false => (MessageKey::Lately(payload), payload),
    }
}

/// The same for a frame that comes through another gateway, and another one for every other.
fn of_frame(frame: &Frame) -> u64 {
    let session = xxh3_64(frame.session.as_bytes());
    xxh3_64_with_seed(frame.sent.as_bytes(), salted(session, frame.counter))
}

fn hash(packet: &Packet<'_>) -> u64 {
    xxh3_64_with_seed(packet.payload, xxh3_64(packet.topic.as_bytes()))
}

fn salted(content: u64, salt: u64) -> u64 {
    match salt {
        0 => content,
        salt => xxh3_64_with_seed(&salt.to_le_bytes(), content),
    }
}
