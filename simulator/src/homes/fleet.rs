//! Many homes as one recording: native messages in the order in which they arrive, and the truth.
//!
//! Lives are made day by day and lines hour by hour, so that months of a fleet, and a fleet of a
//! hundred thousand homes, fit into memory. Devices also say at a rhythm
//! that they are there; that goes on whatever happens to the person. Who dies does nothing from
//! that moment on, and nobody else comes.

use std::collections::VecDeque;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::chance::Chance;
use super::life::live;
use super::trace::{By, Decline, Device, Event, Kit, Tracer, Trouble, Value};
use crate::recording::{Content, Line, SEOUL, with_digits};
use crate::truth::Truth;

/// 2026-01-01T00:00 in Korea.
const BASE_S: i64 = 1_767_193_200;
const DAY_S: u32 = 86_400;
const HOUR_S: u32 = 3_600;
/// A motion sensor, a radar and a bed say what they see so often at least, a door every third
/// time, a meter every sixth.
const BEAT_S: u32 = 600;
const MOTION_ENDS_S: u32 = 45;

/// A fleet, as shares of its homes.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    pub site: String,
    pub count: usize,
    pub days: usize,
    pub seed: u64,
    pub kit: Kit,
    pub shares: Shares,
}

/// In how many homes of all it goes so.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Shares {
    /// Somebody dies, in the second half of the time.
    pub deaths: f64,
    /// A motion sensor pulses by itself, six times a day.
    pub phantoms: f64,
    /// A carer comes three days a week.
    pub carers: f64,
    /// A motion sensor says nothing for two days.
    pub faults: f64,
    /// Someone does less and less: forty of a hundred less within sixty days.
    pub decline: f64,
}

/// One home of a fleet.
struct Member {
    id: String,
    tracer: Tracer,
    dies_s: Option<u32>,
    dead_sensor_s: Option<(u32, u32)>,
    phase_s: u32,
    said: u64,
    /// What the devices that repeat themselves say.
    open: bool,
    in_bed: bool,
    litres: f64,
    /// What is still to be said of the day that was lived last.
    words: VecDeque<Word>,
}

impl Fleet {
    /// The lines, and what is true of them.
    #[must_use]
    pub fn lines(&self) -> (FleetLines, Vec<Truth>) {
        let members: Vec<Member> = (0..self.count).map(|number| self.member(number)).collect();
        let truths = members.iter().flat_map(|member| self.truths(member)).collect();
        let (site, kit) = (self.site.clone(), self.kit);
        let (under_way, ready) = (Vec::new(), VecDeque::new());
        let lines = FleetLines { site, kit, members, hour: 0, under_way, ready };
        (lines, truths)
    }

    /// The ids of the homes.
    pub fn homes(&self) -> impl Iterator<Item = String> {
        (1..=self.count).map(|number| format!("h{number:05}"))
    }

    fn member(&self, number: usize) -> Member {
        let seed = self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        let mut chance = Chance::new(seed, 2);
        let shares = self.shares;
        let days = self.days.max(2);
        let mut trouble = Trouble::default();
        if chance.happens(shares.phantoms) {
            trouble.phantoms_per_h = 0.25;
        }
        if chance.happens(shares.carers) {
            let first = chance.whole(0, 2);
            trouble.carer_days = std::array::from_fn(|day| day % 2 == first && day < 6);
        }
        if chance.happens(shares.decline) {
            let from_day = days / 2;
            trouble.decline = Some(Decline { from_day, left: 0.6, ramp_days: 60 });
        }
        let life = live(seed, self.days);
        let at_home: Vec<usize> = (life.slots.len() / 2..life.slots.len())
            .filter(|slot| !life.slots[*slot].away)
            .collect();
        let dies = chance.happens(shares.deaths) && !at_home.is_empty();
        let dies_s = dies.then(|| seconds(at_home[chance.whole(0, at_home.len())], 300));
        let dead_sensor_s = chance.happens(shares.faults).then(|| {
            let from_s = seconds(chance.whole(0, days - 1), DAY_S);
            (from_s, from_s + 2 * DAY_S)
        });
        Member {
            id: format!("h{:05}", number + 1),
            tracer: Tracer::new(seed, life, self.kit, trouble),
            dies_s,
            dead_sensor_s,
            phase_s: seconds(chance.whole(0, BEAT_S as usize), 1),
            said: 0,
            open: false,
            in_bed: false,
            litres: 0.0,
            words: VecDeque::new(),
        }
    }

    fn truths(&self, member: &Member) -> Vec<Truth> {
        let truth = |kind: &str, place: String, from, until: Option<u32>| Truth {
            kind: kind.to_owned(),
            site: self.site.clone(),
            place,
            from: moment(from),
            until: until.map(moment),
        };
        let dies = member.dies_s.map(|at| truth("stillness", member.id.clone(), at, None));
        let silent = member.dead_sensor_s.map(|(from, until)| {
            truth("device-silent", format!("{}-motion-1", member.id), from, Some(until))
        });
        dies.into_iter().chain(silent).collect()
    }
}

fn seconds(count: usize, each: u32) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX / each.max(1)).saturating_mul(each)
}

fn moment(at_s: u32) -> Timestamp {
    let base = Timestamp::from_second(BASE_S).unwrap_or_default();
    base.saturating_add(SignedDuration::from_secs(i64::from(at_s))).unwrap_or(base)
}

/// The messages of a fleet, one after the other.
pub struct FleetLines {
    site: String,
    kit: Kit,
    members: Vec<Member>,
    hour: u32,
    /// Said within the hour, and received after it.
    under_way: Vec<Line>,
    ready: VecDeque<Line>,
}

impl Iterator for FleetLines {
    type Item = Line;

    fn next(&mut self) -> Option<Line> {
        while self.ready.is_empty() {
            self.live_an_hour()?;
        }
        self.ready.pop_front()
    }
}

impl FleetLines {
    fn live_an_hour(&mut self) -> Option<()> {
        let from_s = self.hour * HOUR_S;
        let begins = from_s.is_multiple_of(DAY_S);
        let mut lines = std::mem::take(&mut self.under_way);
        let mut goes_on = false;
        for member in &mut self.members {
            goes_on |= !begins || member.live_a_day(self.kit, from_s);
            member.speak_until(&self.site, from_s + HOUR_S, &mut lines);
        }
        if !goes_on {
            // Whoever spoke just before the last midnight has still said it.
            for member in &mut self.members {
                member.speak_until(&self.site, u32::MAX, &mut lines);
            }
        }
        lines.sort_by_key(|line| line.received_at);
        let end = moment(from_s + HOUR_S);
        let ready =
            if goes_on { lines.partition_point(|l| l.received_at < end) } else { lines.len() };
        self.under_way = lines.split_off(ready);
        self.ready.extend(lines);
        self.hour += 1;
        (goes_on || !self.ready.is_empty()).then_some(())
    }
}

/// What a device says, before it is a line.
struct Word {
    at_s: u32,
    device: Device,
    says: Says,
}

#[derive(Clone, Copy)]
enum Says {
    Motion(bool),
    Presence(bool),
    Contact(bool),
    Sos(bool),
    Water(f64),
    Power(f64),
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Motion(on) => write!(f, r#""motion":{on}"#),
            Self::Presence(on) => write!(f, r#""presence":{on}"#),
            Self::Contact(on) => write!(f, r#""contact":{on}"#),
            Self::Sos(on) => write!(f, r#""sos":{on}"#),
            Self::Water(litres) => write!(f, r#""water":{litres}"#),
            Self::Power(watts) => write!(f, r#""power":{watts}"#),
        }
    }
}

impl Member {
    /// Lives another day; false after the last.
    fn live_a_day(&mut self, kit: Kit, from_s: u32) -> bool {
        let Some(events) = self.tracer.next_day() else { return false };
        let mut words = Vec::new();
        let mut events = events.iter().peekable();
        // A motion that began before midnight ends with the first beat.
        for beat_s in (from_s + self.phase_s..from_s + DAY_S).step_by(BEAT_S as usize) {
            while let Some(event) = events.next_if(|event| event.at_s <= beat_s) {
                self.event(event, &mut words);
            }
            self.beat(beat_s, kit, &mut words);
        }
        for event in events {
            self.event(event, &mut words);
        }
        words.sort_by_key(|word| word.at_s);
        self.words.extend(words);
        true
    }

    fn speak_until(&mut self, site: &str, until_s: u32, lines: &mut Vec<Line>) {
        while let Some(word) = self.words.pop_front_if(|word| word.at_s < until_s) {
            let unheard = |(from, until)| {
                word.device == Device::Motion(0) && (from..until).contains(&word.at_s)
            };
            if !self.dead_sensor_s.is_some_and(unheard) {
                self.said += 1;
                lines.push(self.line(site, &word));
            }
        }
    }

    fn event(&mut self, event: &Event, words: &mut Vec<Word>) {
        let lives = self.dies_s.is_none_or(|dies| event.at_s < dies);
        if !lives && event.by != By::Itself {
            return;
        }
        let at_s = event.at_s;
        let mut say = |at_s, says| words.push(Word { at_s, device: event.device, says });
        match (event.device, event.value) {
            (Device::Motion(_), _) => {
                say(at_s, Says::Motion(true));
                say(at_s + MOTION_ENDS_S, Says::Motion(false));
            }
            (Device::ExitDoor, Value::Open(open)) => {
                self.open = open;
                say(at_s, Says::Contact(open));
            }
            (Device::Bed, Value::Presence(there)) => {
                self.in_bed = there;
                say(at_s, Says::Presence(there));
            }
            (Device::Bed, _) => say(at_s, Says::Motion(true)),
            (Device::Water, Value::Litres(litres)) => {
                self.litres = litres;
                say(at_s, Says::Water(litres));
            }
            (Device::Power, Value::Watts(watts)) => say(at_s, Says::Power(watts)),
            (Device::Radar, _) => say(at_s, Says::Presence(true)),
            (Device::Button, _) => {
                say(at_s, Says::Sos(true));
                say(at_s + 2, Says::Sos(false));
            }
            _ => {}
        }
    }

    fn beat(&self, at_s: u32, kit: Kit, words: &mut Vec<Word>) {
        let number = at_s / BEAT_S;
        let mut say = |device, says| words.push(Word { at_s, device, says });
        for room in 0..kit.rooms.max(1) {
            say(Device::Motion(room), Says::Motion(false));
        }
        if kit.exit_door && number.is_multiple_of(3) {
            say(Device::ExitDoor, Says::Contact(self.open));
        }
        if kit.bed {
            say(Device::Bed, Says::Presence(self.in_bed));
        }
        if kit.radar {
            say(Device::Radar, Says::Presence(false));
        }
        if kit.water && number.is_multiple_of(6) {
            say(Device::Water, Says::Water(self.litres));
        }
    }

    fn line(&self, site: &str, word: &Word) -> Line {
        let id = &self.id;
        let device = match word.device {
            Device::Motion(room) => format!("{id}-motion-{}", room + 1),
            Device::ExitDoor => format!("{id}-door"),
            Device::Bed => format!("{id}-bed"),
            Device::Water => format!("{id}-water"),
            Device::Power => format!("{id}-power"),
            Device::Radar => format!("{id}-radar"),
            Device::Button => format!("{id}-button"),
        };
        let at = moment(word.at_s);
        let when = with_digits(at, SEOUL, 3);
        let (seq, text) = (self.said, word.says);
        let payload = format!(r#"{{"seq":{seq},"at":"{when}","readings":{{{text}}}}}"#);
        // On its way for as long as its number says, so that no two homes speak as one.
        let transit = SignedDuration::from_millis(i64::try_from(seq % 900).unwrap_or(0) + 40);
        Line {
            received_at: at + transit,
            content: Content::Message {
                topic: format!("jikimi/v1/{site}/{device}/reading"),
                payload: payload.into_bytes(),
                retained: false,
            },
        }
    }
}
