//! `[[schedule]]` of a site, and what a zone or a home says of its people.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::entry::Entry;
use super::names::{Known, Taken};
use super::problem::Report;
use super::want::{Count, ListOf, Number, Parsed, Text, Word};
use crate::domain::{Crowd, HomeId, Hours, Id, Schedule, Zone, ZoneId};

#[derive(serde::Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Day {
    Mon,
    Tue,
    Wed,
    Thu,
    Fri,
    Sat,
    Sun,
}

const SHARE: Number =
    Number::within("a share from 0 to 1 of the people who are usually there", |share| {
        (0.0..=1.0).contains(&share)
    });

/// What has been read of it.
pub(super) struct People {
    known: Known<Schedule>,
    taken: Taken,
    schedules: BTreeMap<Id<Schedule>, Schedule>,
    crowd: Crowd,
}

impl People {
    pub fn new(all: bool) -> Self {
        Self {
            known: Known::new("schedule", "unknown-schedule", all),
            taken: Taken::among("among a site's schedules"),
            schedules: BTreeMap::new(),
            crowd: Crowd::default(),
        }
    }

    /// Reads every schedule; they come before what refers to them. True if all is well.
    pub fn read(&mut self, root: &mut Entry<'_>, report: &mut Report) -> bool {
        let mut well = true;
        for mut entry in root.each("schedule") {
            let read = self.schedule(&mut entry, report, &mut well);
            well &= entry.finish(report);
            self.schedules.extend(read);
        }
        well
    }

    fn schedule(
        &mut self,
        entry: &mut Entry<'_>,
        report: &mut Report,
        well: &mut bool,
    ) -> Option<(Id<Schedule>, Schedule)> {
        let id: Option<Id<Schedule>> = entry.id();
        if let Some(id) = &id {
            self.taken.give(entry, id);
            self.known.add(id);
        }
        let because = entry.required("because", &Text("where these hours come from"));
        let otherwise = entry.required("otherwise", &SHARE);
        let mut hours = Vec::new();
        for mut of in entry.each("hours") {
            let read = read_hours(&mut of);
            *well &= of.finish(report);
            hours.extend(read);
        }
        because?;
        Some((id?, Schedule { hours, otherwise: otherwise? }))
    }

    /// What a zone says of its people.
    pub fn zone(&mut self, entry: &mut Entry<'_>, id: Option<&ZoneId>) {
        let schedule = entry.optional("schedule", &self.known);
        let need_help = entry.optional("need_help_to_leave", &Count);
        let Some(id) = id else { return };
        let schedule = schedule.and_then(|of| self.schedules.get(&of));
        self.crowd.schedules.extend(schedule.map(|of| (id.clone(), of.clone())));
        self.crowd.need_help.extend(need_help.map(|people| (id.clone(), people)));
    }

    /// Where a home lies.
    pub fn home(&mut self, entry: &mut Entry<'_>, id: Option<&HomeId>, zones: &Known<Zone>) {
        let zone = entry.optional("zone", zones);
        self.crowd.homes.extend(id.cloned().zip(zone));
    }

    /// All of it, by the site's own clock.
    pub fn taken(&mut self, timezone: Option<&str>) -> Crowd {
        let crowd = std::mem::take(&mut self.crowd);
        // Who keeps no hours needs no clock.
        let timezone = timezone.filter(|_| !crowd.schedules.is_empty());
        Crowd { clock: timezone.and_then(|name| TimeZone::get(name).ok()), ..crowd }
    }
}

fn read_hours(entry: &mut Entry<'_>) -> Option<Hours> {
    let listed = entry.required("days", &ListOf::some(Word::<Day>::new()));
    let time = Parsed::new("a time of day such as \"09:00\", up to \"24:00\"", minute);
    let (from_min, to_min) = (entry.required("from", &time), entry.required("to", &time));
    let share = entry.required("share", &SHARE);
    let (from_min, to_min) = (from_min?, to_min?);
    if from_min >= to_min {
        let line = entry.line_of("to");
        let words = "`to` is not after `from`; a night is two entries, one up to \"24:00\"";
        entry.refuse(Some(line), "empty-span", words);
    }
    let mut days = [false; 7];
    for day in listed? {
        days[day as usize] = true;
    }
    Some(Hours { days, from_min, to_min, share: share? })
}

/// The minute of the day of `HH:MM`.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let of_day = hour * 60 + minute;
    (minute < 60 && of_day <= 24 * 60).then_some(of_day)
}
