//! Whom to expect where (재실): weekly schedules, and those who cannot leave without help.
//!
//! A schedule is a share of a zone's usual people by weekday and minute of the site's own clock.
//! Nothing here knows what time it is.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;

use super::time::Timestamp;
use super::{HomeId, ZoneId};

const MINUTES_PER_HOUR: u16 = 60;

/// What a site's file says of its people beyond their number.
#[derive(Debug, Clone, Default)]
pub struct Crowd {
    /// The site's clock on the wall, where there are schedules; none: UTC.
    pub clock: Option<TimeZone>,
    /// The schedule of each zone that has one.
    pub schedules: BTreeMap<ZoneId, Schedule>,
    /// How many in a zone cannot leave without help.
    pub need_help: BTreeMap<ZoneId, u32>,
    /// The zone that a home's door opens into, or that it is.
    pub homes: BTreeMap<HomeId, ZoneId>,
}

/// When how much of a zone's usual people is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    pub hours: Vec<Hours>,
    /// The share at all other times, from 0 to 1.
    pub otherwise: f64,
}

/// A span of some days, from one minute of the day up to another.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    /// Monday first.
    pub days: [bool; 7],
    pub from_min: u16,
    pub to_min: u16,
    /// From 0 to 1.
    pub share: f64,
}

impl Schedule {
    /// The share of the usual people at a minute of a day, Monday being 0: the largest of what
    /// the hours say, since too many expected is the lesser mistake.
    #[must_use]
    pub fn share(&self, day: usize, minute: u16) -> f64 {
        let covers = |hours: &&Hours| {
            let on = hours.days.get(day).copied().unwrap_or_default();
            on && (hours.from_min..hours.to_min).contains(&minute)
        };
        let shares = self.hours.iter().filter(covers).map(|hours| hours.share);
        shares.reduce(f64::max).unwrap_or(self.otherwise)
    }
}

impl Crowd {
    /// The share of its usual people that a zone has at a moment; 1 without a schedule.
    #[must_use]
    pub fn share(&self, zone: &ZoneId, now: Timestamp) -> f64 {
        let Some(schedule) = self.schedules.get(zone) else { return 1.0 };
        let local = self.clock.as_ref().unwrap_or(&TimeZone::UTC).to_datetime(now);
        let day = usize::from(local.weekday().to_monday_zero_offset().unsigned_abs());
        let hour = u16::from(local.hour().unsigned_abs());
        schedule.share(day, hour * MINUTES_PER_HOUR + u16::from(local.minute().unsigned_abs()))
    }
}
