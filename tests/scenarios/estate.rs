//! Two homes behind one gateway, lived in for three weeks under the shipped rules, and then
//! whatever a test makes of the days that follow.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use jikimi::config;
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{Class, Content, Device, DeviceId, DeviceKind, Input, Level, Quantity, Value};
use jikimi::monitor::{Configuration, Effect, Monitor, Part};

use crate::world::{Shell, block, judge_time, message};

/// Days before a test begins.
pub const LIVED: i64 = 21;
const MINUTE_S: i64 = 60;
pub const HOUR_S: i64 = 3_600;
pub const DAY_S: i64 = 86_400;

/// Seconds after the first midnight in Korea.
pub fn moment(at_s: i64) -> Timestamp {
    let begin: Timestamp = "2026-09-01T00:00:00+09:00".parse().unwrap();
    begin + SignedDuration::from_secs(at_s)
}

/// A moment of a day after the three weeks.
pub fn on(day: i64, hour: i64) -> i64 {
    (LIVED + day) * DAY_S + hour * HOUR_S
}

/// One thing that a device of a home says.
#[derive(Debug, Clone)]
pub struct Word {
    pub at_s: i64,
    pub home: u8,
    /// `pir`, `exit` or `heat`.
    pub device: &'static str,
    pub value: Value,
    /// Somebody caused it; otherwise the device only says that it is there.
    pub by_person: bool,
}

impl Word {
    pub fn moves(at_s: i64, home: u8) -> Self {
        Self { at_s, home, device: "pir", value: Value::Flag(true), by_person: true }
    }

    /// Through the door, in or out.
    pub fn door(at_s: i64, home: u8) -> [Self; 2] {
        [(0, true), (6, false)].map(|(later, open)| Self {
            at_s: at_s + later,
            home,
            device: "exit",
            value: Value::Flag(open),
            by_person: true,
        })
    }

    fn quantity(&self) -> Quantity {
        match self.device {
            "pir" => Quantity::Motion,
            "exit" => Quantity::Contact,
            _ => Quantity::Temperature,
        }
    }
}

/// What was told, as far as it is evidence of something.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub kind: String,
    pub place: String,
    pub class: Class,
    pub level: Level,
    pub at: Timestamp,
}

pub struct Estate {
    pub shell: Shell,
    said: u64,
}

/// The shipped rules and situations over the block.
pub fn configuration() -> Arc<Configuration> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let loaded = config::load(&folder).unwrap_or_else(|problems| panic!("{problems}"));
    let mut site = (*block("", 2).site).clone();
    // More devices in the first home, which have never said anything.
    let pir = site.devices[&"pir-h0001".parse::<DeviceId>().unwrap()].clone();
    for (id, kind, reads) in [
        ("sos-h0001", DeviceKind::Sos, Quantity::Sos),
        ("fall-h0001", DeviceKind::Radar, Quantity::Fall),
        ("smoke-h0001", DeviceKind::Smoke, Quantity::SmokeAlarm),
        ("detector-h0001", DeviceKind::Gas, Quantity::GasAlarm),
        ("co-h0001", DeviceKind::Gas, Quantity::Co),
        ("tap-h0001", DeviceKind::WaterMeter, Quantity::Water),
    ] {
        // They say nothing for as long as they like.
        let silent_after = Some(SignedDuration::from_hours(24 * 365));
        let (id, kind, reads) = (id.parse().unwrap(), Some(kind), vec![reads]);
        let device = Device { id, kind, reads, silent_after, gateway: None, ..pir.clone() };
        site.devices.insert(device.id.clone(), device);
    }
    let site = Arc::new(site);
    Arc::new(Configuration { site, ..(*loaded.configurations[0]).clone() })
}

/// What is known after three usual weeks.
static LEARNT: LazyLock<(u64, Timestamp, Vec<String>)> = LazyLock::new(|| {
    let mut estate = Estate { shell: Shell::new(configuration()), said: 0 };
    let activated = estate.shell.monitor.configuration().activation();
    estate.shell.step(moment(0), &activated);
    let told = estate.live(0..LIVED, &[], |_| true);
    let alarms: Vec<&Told> = told.iter().filter(|told| told.class == Class::Alarm).collect();
    assert!(alarms.is_empty(), "three usual weeks: {alarms:?}");
    let parts = estate.shell.monitor.parts();
    let parts = parts.values().map(|part| serde_json::to_string(part).unwrap()).collect();
    (estate.said, estate.shell.monitor.step_at(), parts)
});

impl Estate {
    /// After three weeks in which everybody was well.
    pub fn lived_in() -> Self {
        let (said, step_at, parts) = &*LEARNT;
        let mut shell = Shell::new(configuration());
        let parts = parts.iter().map(|part| serde_json::from_str::<Part>(part).unwrap());
        // Its log begins here; the numbers of what was said go on.
        shell.monitor.restore(0, *step_at, parts);
        Self { shell, said: *said }
    }

    /// The same as it is after a restart.
    pub fn restarted(&self) -> Self {
        let mut shell = Shell::new(configuration());
        let text = serde_json::to_string(&self.shell.monitor.parts()).unwrap();
        let parts: BTreeMap<String, Part> = serde_json::from_str(&text).unwrap();
        shell.monitor.restore(0, self.shell.monitor.step_at(), parts.into_values());
        Self { shell, said: self.said }
    }

    pub fn monitor(&self) -> &Monitor {
        &self.shell.monitor
    }

    /// Lives these days: as usual, with more that is said, and without what is not let through.
    pub fn live(
        &mut self,
        days: std::ops::Range<i64>,
        more: &[Word],
        lets: impl Fn(&Word) -> bool,
    ) -> Vec<Told> {
        let begun = self.shell.log.len();
        for day in days.clone() {
            let mut words: Vec<Word> = (1..=2).flat_map(|home| usual(day, home)).collect();
            words.retain(&lets);
            let of_day = day * DAY_S..(day + 1) * DAY_S;
            words.extend(more.iter().filter(|word| of_day.contains(&word.at_s)).cloned());
            words.sort_by_key(|word| (word.at_s, word.home, word.device));
            for word in &words {
                self.say(word);
            }
        }
        self.shell.wake_until(moment(days.end * DAY_S));
        self.told_since(begun)
    }

    /// The usual words of a part of some days.
    pub fn live_until(
        &mut self,
        span_s: std::ops::Range<i64>,
        lets: impl Fn(&Word) -> bool,
    ) -> Vec<Told> {
        let begun = self.shell.log.len();
        let days = span_s.start / DAY_S..=(span_s.end - 1) / DAY_S;
        let mut words: Vec<Word> =
            days.flat_map(|day| [usual(day, 1), usual(day, 2)].concat()).collect();
        words.retain(|word| span_s.contains(&word.at_s) && lets(word));
        words.sort_by_key(|word| (word.at_s, word.home, word.device));
        for word in &words {
            self.say(word);
        }
        self.told_since(begun)
    }

    pub fn say(&mut self, word: &Word) {
        self.say_with_clock(word, 0);
    }

    /// By a device whose clock is so many seconds before ours.
    pub fn say_with_clock(&mut self, word: &Word, before_s: i64) -> Vec<Told> {
        let begun = self.shell.log.len();
        self.said += 1;
        let device = format!("{}-h{:04}", word.device, word.home);
        let content = Content::Readings(vec![(word.quantity(), word.value)]);
        // On its way for a moment, so that no two words are received as one.
        let late = SignedDuration::from_millis(i64::try_from(self.said % 900).unwrap());
        let at = moment(word.at_s);
        let mut said = message(&device, at + late, format!("n{}", self.said), content);
        said.claimed_at = Some(at + SignedDuration::from_secs(before_s));
        judge_time(&mut said);
        self.shell.take(at + late, &Input::Message(said));
        self.told_since(begun)
    }

    pub fn input(&mut self, at_s: i64, input: &Input) -> Vec<Told> {
        let begun = self.shell.log.len();
        self.shell.take(moment(at_s), input);
        self.told_since(begun)
    }

    fn told_since(&self, begun: usize) -> Vec<Told> {
        let effects = self.shell.log[begun..].iter().flat_map(|logged| &logged.effects);
        let told = effects.filter_map(|effect| match effect {
            Effect::EvidenceAdded { incident, evidence } => Some(Told {
                kind: incident.kind.to_string(),
                place: incident.place.to_string(),
                class: evidence.class,
                level: evidence.level,
                at: evidence.at,
            }),
            _ => None,
        });
        told.collect()
    }
}

/// Of all that was told, what is about one kind at one home.
pub fn of<'t>(told: &'t [Told], kind: &str, place: &str) -> Vec<&'t Told> {
    told.iter().filter(|told| told.kind == kind && told.place == place).collect()
}

/// Hours from a moment to the first alarm about one home's silence.
pub fn called_after_h(told: &[Told], place: &str, since_s: i64) -> Option<i64> {
    let alarms = of(told, "stillness", place).into_iter();
    let mut alarms = alarms.filter(|told| told.class == Class::Alarm && told.at >= moment(since_s));
    alarms.next().map(|told| told.at.duration_since(moment(since_s)).as_hours())
}

/// A day of somebody who is well: once to the bathroom, up at seven, out from ten until twenty
/// past eleven, to bed at half past ten.
pub fn usual(day: i64, home: u8) -> Vec<Word> {
    let midnight_s = day * DAY_S;
    let mut words = Vec::new();
    for beat in 0..144 {
        let at_s = midnight_s + beat * 10 * MINUTE_S + i64::from(home) * 37;
        let mut says = |device, value| {
            words.push(Word { at_s, home, device, value, by_person: false });
        };
        says("pir", Value::Flag(false));
        says("heat", Value::Number(21.5));
        if beat % 3 == 0 {
            says("exit", Value::Flag(false));
        }
    }
    let mut moves = |at_s: i64| words.push(Word::moves(midnight_s + at_s, home));
    // Some days begin a little later than others.
    let up_s = 7 * HOUR_S + (day * 17 + i64::from(home) * 5) % 40 * MINUTE_S;
    for at_s in [3 * HOUR_S + 600, 3 * HOUR_S + 780] {
        moves(at_s + up_s % 1_200);
    }
    let mut at_s = up_s;
    let mut step = 0;
    while at_s < 22 * HOUR_S + 1_800 {
        if !(10 * HOUR_S..11 * HOUR_S + 20 * MINUTE_S).contains(&at_s) {
            moves(at_s);
        }
        step += 1;
        at_s += 240 + (step * 137 + day * 71) % 900;
    }
    words.extend(Word::door(midnight_s + 10 * HOUR_S, home));
    words.extend(Word::door(midnight_s + 11 * HOUR_S + 20 * MINUTE_S, home));
    words
}
