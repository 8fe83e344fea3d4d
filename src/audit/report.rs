//! What a month of the trail amounts to, for whoever has to look through it
//! (개인정보의 안전성 확보조치 기준, article 8: at least once a month).

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use super::{Action, Row};
use crate::domain::time::Timestamp;

/// Outside these hours of the day a look at somebody's data is worth a question.
const DAY: std::ops::Range<i8> = 7..20;
/// So many homes in a month for one account are named.
const HOMES_MANY: usize = 50;
/// So many failed logins in a month for one account are named.
const FAILED_MANY: u32 = 10;

/// A calendar month in a zone.
#[derive(Debug, Clone)]
pub struct Month {
    pub from: Timestamp,
    pub until: Timestamp,
    zone: TimeZone,
}

impl Month {
    /// Of a text such as `2026-11`.
    #[must_use]
    pub fn read(text: &str, zone: TimeZone) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        if year.len() != 4 || month.len() != 2 {
            return None;
        }
        let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
        let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
        let moment =
            |date: Date| date.to_zoned_datetime(zone.clone()).ok().map(|zoned| zoned.timestamp());
        Some(Self { from: moment(first)?, until: moment(next)?, zone })
    }

    fn is_night(&self, at: Timestamp) -> bool {
        !DAY.contains(&at.to_zoned_datetime(self.zone.clone()).hour())
    }
}

#[derive(Debug, Default, Serialize)]
pub struct Report {
    pub rows: u64,
    pub by_action: BTreeMap<String, u64>,
    pub by_account: BTreeMap<String, Account>,
    /// Every download and every breaking of glass, with its reason.
    pub reasons: Vec<String>,
    /// What somebody should ask about.
    pub questions: Vec<String>,
    #[serde(skip)]
    homes: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Default, Serialize)]
pub struct Account {
    pub rows: u64,
    pub logins: u32,
    pub logins_failed: u32,
    pub denied: u32,
    /// Looks at traces and persons.
    pub looks: u32,
    pub looks_at_night: u32,
    /// Of how many homes or households.
    pub homes: usize,
}

impl Report {
    /// Counts a row of the month.
    pub fn take(&mut self, month: &Month, row: &Row) {
        let is = |action: Action| row.action == action.as_str();
        self.rows += 1;
        *self.by_action.entry(row.action.clone()).or_default() += 1;
        let account = self.by_account.entry(row.account.clone()).or_default();
        account.rows += 1;
        account.logins += u32::from(is(Action::LoggedIn));
        account.logins_failed += u32::from(is(Action::LoginFailed));
        account.denied += u32::from(is(Action::Denied));
        if is(Action::TraceViewed) || is(Action::PersonViewed) || is(Action::BrokenGlass) {
            account.looks += 1;
            account.looks_at_night += u32::from(month.is_night(row.at));
            let homes = self.homes.entry(row.account.clone()).or_default();
            homes.insert(format!("{}/{}", row.site, row.subject));
            account.homes = homes.len();
        }
        let reasoned = is(Action::Downloaded) || is(Action::BrokenGlass);
        if reasoned || is(Action::PersonExported) || is(Action::PersonDeleted) {
            let Row { at, account, action, subject, detail, .. } = row;
            let at = at.to_zoned_datetime(month.zone.clone()).strftime("%F %H:%M");
            self.reasons.push(format!("{at} {account} {action} {subject}: {detail}"));
        }
    }

    /// Finds what is worth a question.
    pub fn finish(&mut self) {
        for (name, account) in &self.by_account {
            if account.looks_at_night > 0 {
                let nights = account.looks_at_night;
                self.questions.push(format!("{name} looked at {nights} at night (20:00–07:00)"));
            }
            if account.homes >= HOMES_MANY {
                self.questions.push(format!("{name} looked into {} homes", account.homes));
            }
            if account.logins_failed >= FAILED_MANY {
                let failed = account.logins_failed;
                self.questions.push(format!("{name} failed to log in {failed} times"));
            }
            if account.denied > 0 {
                let denied = account.denied;
                self.questions.push(format!("{name} asked {denied} times for what it may not"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Entry;

    #[test]
    fn a_month_begins_at_midnight_of_its_zone() {
        let seoul = TimeZone::get("Asia/Seoul").expect("a zone");
        let month = Month::read("2026-12", seoul.clone()).expect("a month");
        assert_eq!(month.from.to_string(), "2026-11-30T15:00:00Z");
        assert_eq!(month.until.to_string(), "2026-12-31T15:00:00Z");
        for wrong in ["2026", "2026-13", "26-01", "2026-1", "x-y"] {
            assert!(Month::read(wrong, seoul.clone()).is_none(), "{wrong}");
        }
    }

    #[test]
    fn what_is_out_of_the_ordinary_is_asked_about() {
        let month = Month::read("2026-11", TimeZone::UTC).expect("a month");
        let mut report = Report::default();
        let mut take = |hour: &str, action, subject: &str| {
            let at = format!("2026-11-24T{hour}:00Z").parse().expect("a moment");
            let entry = Entry::new("kim", None, action).of(subject).because("a fall");
            report.take(&month, &Row::behind(0, "", at, &entry));
        };
        take("12:00", Action::TraceViewed, "h0101");
        take("23:00", Action::TraceViewed, "h0101");
        take("12:00", Action::BrokenGlass, "h0102");
        take("13:00", Action::LoggedIn, "");
        report.finish();
        let kim = &report.by_account["kim"];
        assert_eq!(
            (kim.rows, kim.logins, kim.looks, kim.looks_at_night, kim.homes),
            (4, 1, 3, 1, 2)
        );
        assert_eq!(report.reasons, ["2026-11-24 12:00 kim broken-glass h0102: a fall"]);
        assert_eq!(report.questions, ["kim looked at 1 at night (20:00–07:00)"]);
    }
}
