//! The ladder (단계별 알림): who is told next, if nobody answers.
//!
//! A policy names its kinds and its steps. When an incident of such a kind opens, the steps are
//! copied to it and taken one after the other, each so long after the one before it, until somebody
//! has it, the resident answers, or it is over. A step taken late puts off those behind it, so
//! that after an outage nobody is called because somebody else had no time to answer. A step may
//! come sooner by the incident's level, and may wait for the morning; none is ever left out.
//!
//! Only roles stand here. Who holds one today is decided by whoever sends the notice.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::care::WallClock;
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::domain::{KindId, Level};

/// Everyone's ladders, as configured.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Ladders {
    pub policies: Vec<Policy>,
    /// None: every hour is an hour of the day.
    pub night: Option<Night>,
}

impl Ladders {
    /// The ladder of a kind in a home or elsewhere: the first that is for it.
    #[must_use]
    pub fn of(&self, kind: &KindId, in_home: bool) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.is_for(kind, in_home))
    }
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Policy {
    pub id: String,
    pub kinds: Vec<KindId>,
    /// None: everywhere.
    pub place: Option<Where>,
    /// At least one.
    pub steps: Vec<Rung>,
}

impl Policy {
    #[must_use]
    pub fn is_for(&self, kind: &KindId, in_home: bool) -> bool {
        let here = match self.place {
            None => true,
            Some(Where::Home) => in_home,
            Some(Where::Building) => !in_home,
        };
        here && self.kinds.contains(kind)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Where {
    Home,
    Building,
}

/// One step of a ladder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    pub id: String,
    /// Who is told, all at once; at least one.
    pub roles: Vec<Role>,
    /// How long after the step before it, or after the incident has opened.
    pub after: SignedDuration,
    /// Who is told if one of them cannot be reached.
    pub fallback: Option<Role>,
    /// It comes at once when the incident is this grave.
    pub at_level: Option<Level>,
    /// By night it waits for the morning while the incident is less grave than this.
    pub waits_below: Option<Level>,
    /// Who is told instead by night; empty: the same.
    pub night_roles: Vec<Role>,
}

impl Rung {
    /// Whether it only asks the resident.
    #[must_use]
    pub fn only_asks(&self) -> bool {
        self.roles.iter().all(|role| *role == Role::Resident)
    }
}

/// The steps of one incident, and which is next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Which of the incident's ladders it is, counted from 1.
    pub run: u32,
    pub steps: Vec<Rung>,
    /// The step that is next, and when; none once all have been taken.
    pub next: Option<(usize, Timestamp)>,
}

impl Ladder {
    /// What a step is called in notices: by its id, and from the second ladder on by its number.
    #[must_use]
    pub fn name(&self, step: usize) -> String {
        let id = self.steps.get(step).map_or("", |rung| rung.id.as_str());
        match self.run {
            1 => id.to_owned(),
            run => format!("{id}-again-{run}"),
        }
    }
}

/// The hours in which people sleep, on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Night {
    /// Minutes of the day; from the first on, and no longer from the second on.
    pub from_min: u16,
    pub until_min: u16,
}

const DAY_MIN: i64 = 1440;

impl Night {
    /// When the night that it is at this moment is over; none by day.
    #[must_use]
    pub fn over(self, at: Timestamp) -> Option<Timestamp> {
        let local_s = at.as_second() + i64::from(WallClock::SEOUL.offset_s);
        let (from, until) = (i64::from(self.from_min), i64::from(self.until_min));
        let since = (local_s.div_euclid(60) - from).rem_euclid(DAY_MIN);
        let lasts = (until - from).rem_euclid(DAY_MIN);
        if since >= lasts {
            return None;
        }
        let begun_minute = at.as_second().div_euclid(60) * 60;
        let begun_minute = Timestamp::from_second(begun_minute).ok()?;
        Some(after(begun_minute, SignedDuration::from_mins(lasts - since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_goes_over_midnight_and_ends_in_the_morning() {
        let night = Night { from_min: 22 * 60, until_min: 7 * 60 };
        let at = |text: &str| format!("2026-11-{text}+09:00").parse::<Timestamp>().unwrap();
        let over = at("25T07:00:00");
        for (moment, expected) in [
            ("24T21:59:59.999999", None),
            ("24T22:00:00", Some(over)),
            ("24T23:59:59", Some(over)),
            ("25T00:00:30.5", Some(over)),
            ("25T06:59:59.999999", Some(over)),
            ("25T07:00:00", None),
            ("25T12:00:00", None),
        ] {
            assert_eq!(night.over(at(moment)), expected, "{moment}");
        }
        let never = Night { from_min: 60, until_min: 60 };
        assert_eq!(never.over(at("25T01:00:00")), None);
    }
}
