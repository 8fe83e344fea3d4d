//! Who is told when (근무표): persons with their ways in order, shifts, and holidays.
//!
//! A person here is an id with roles, never a name. Whom a home concerns (the resident, whom the
//! resident has named) has no address in any file: those come with the household.

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use super::channels::Ways;
use super::entry::Entry;
use super::names::Taken;
use super::nearest::hint;
use super::problem::Report;
use super::want::{Count, ListOf, Parsed, Text, Word, quoted};
use crate::incident::Role;

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: String,
    pub roles: Vec<Role>,
    /// Only of these sites; none for all.
    pub sites: Vec<String>,
    /// Only in these shifts; none for always.
    pub shifts: Vec<Shift>,
    /// Days on which they are away, both ends included.
    pub off: Vec<(Date, Date)>,
    /// Ids of ways, the first to be tried first.
    pub ways: Vec<String>,
    /// What to dial or write to.
    pub contact: Contact,
    /// More texts than this in ten minutes go together as one; nobody in them is left out.
    pub at_most: u32,
    pub english: bool,
}

/// Where a person is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    Own {
        email: Option<String>,
        phone: Option<String>,
    },
    /// Whoever the household of the incident's home has given for the role.
    Household,
}

/// A stretch of the day that comes again (근무 시간). One that ends at or before its beginning
/// runs over midnight, and belongs to the day on which it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shift {
    pub id: String,
    pub from: Time,
    pub until: Time,
    pub days: Vec<Weekday>,
    pub holidays: OnHolidays,
    /// The holidays themselves.
    pub dates: Vec<Date>,
}

/// What a holiday (공휴일) changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnHolidays {
    /// Worked like any other day.
    Too,
    /// Not worked.
    Never,
    /// Worked on holidays alone, whatever day of the week they are.
    Only,
}

impl Shift {
    /// Whether it runs at `now`, by the clocks of `zone`. A clock change makes a shift longer or
    /// shorter, and no moment belongs to none of two that meet.
    #[must_use]
    pub fn covers(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let today = now.to_zoned_datetime(zone.clone()).date();
        let begins = |day: Date| {
            let holiday = self.dates.contains(&day);
            match self.holidays {
                OnHolidays::Only => holiday,
                OnHolidays::Never => !holiday && self.days.contains(&day.weekday()),
                OnHolidays::Too => self.days.contains(&day.weekday()),
            }
        };
        let runs = |day: Date| {
            let last = match self.until <= self.from {
                true => day.checked_add(1.day()).unwrap_or(day),
                false => day,
            };
            let at = |day: Date, time: Time| zone.to_timestamp(day.to_datetime(time)).ok();
            let (from, until) = (at(day, self.from), at(last, self.until));
            from.zip(until).is_some_and(|(from, until)| from <= now && now < until)
        };
        let yesterday = today.checked_sub(1.day()).unwrap_or(today);
        [today, yesterday].into_iter().any(|day| begins(day) && runs(day))
    }
}

impl Person {
    /// Whether they are at work at `now`, by the clocks of `zone`.
    #[must_use]
    pub fn is_on(&self, now: Timestamp, zone: &TimeZone) -> bool {
        let today = now.to_zoned_datetime(zone.clone()).date();
        let is_off = self.off.iter().any(|(from, until)| (*from..=*until).contains(&today));
        let works = self.shifts.iter().any(|shift| shift.covers(now, zone));
        !is_off && (self.shifts.is_empty() || works)
    }

    /// Whether they stand for `role` at `site`.
    #[must_use]
    pub fn is(&self, role: Role, site: &str) -> bool {
        let here = self.sites.is_empty() || self.sites.iter().any(|one| one == site);
        here && self.roles.contains(&role)
    }
}

const USUAL_AT_MOST: u32 = 6;

enum Named {}

/// Reads `[[shift]]` and `[[person]]`. None if anything in them is wrong. `taken`: whose ids
/// persons share, since an endpoint is its own person.
pub(super) fn read(
    root: &mut Entry<'_>,
    ways: &Ways,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<Vec<Person>> {
    let dates = root.optional("holidays", &ListOf::some(Parsed::new(DATE, date)));
    let dates = dates.unwrap_or_default();
    let mut named = Taken::among("among shifts");
    let entries = root.each("shift");
    let count = entries.len();
    let read = entries.into_iter();
    let read = read.filter_map(|entry| read_shift(entry, &dates, &mut named, report));
    let shifts: Vec<Shift> = read.collect();
    let all = shifts.len() == count;
    let entries = root.each("person");
    let count = entries.len();
    let read = entries.into_iter();
    let read =
        read.filter_map(|entry| PersonIn { shifts: &shifts, all, ways }.read(entry, taken, report));
    let persons: Vec<Person> = read.collect();
    (all && persons.len() == count).then_some(persons)
}

const DATE: &str = "a date such as \"2026-09-25\"";
const TIME: &str = "a time of day such as \"08:30\"";
const PERIOD: &str = "a date, or two joined by .. as in \"2026-12-24..2026-12-26\"";

fn date(text: &str) -> Option<Date> {
    text.parse().ok()
}

fn time(text: &str) -> Option<Time> {
    (text.len() == 5).then(|| text.parse().ok())?
}

fn period(text: &str) -> Option<(Date, Date)> {
    let (from, until) = text.split_once("..").unwrap_or((text, text));
    let (from, until) = (date(from.trim())?, date(until.trim())?);
    (from <= until).then_some((from, until))
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

fn read_shift(
    mut entry: Entry<'_>,
    dates: &[Date],
    taken: &mut Taken,
    report: &mut Report,
) -> Option<Shift> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let from = entry.required("from", &Parsed::new(TIME, time));
    let until = entry.required("until", &Parsed::new(TIME, time));
    let day = Parsed::new("a day: mon, tue, wed, thu, fri, sat or sun", weekday);
    let days = entry.optional("days", &ListOf::some(day));
    let holidays = entry.optional("holidays", &Word::<OnHolidays>::new());
    let holidays = holidays.unwrap_or(OnHolidays::Too);
    if holidays != OnHolidays::Too && dates.is_empty() {
        let line = entry.line_of("holidays");
        let words = "`holidays` asks for holidays, and none are listed; say them at the top of \
                     the file, as in holidays = [\"2026-09-25\"]";
        entry.refuse(Some(line), "no-holidays", words);
    }
    let well = entry.finish(report);
    let days = days.unwrap_or_else(|| Weekday::Monday.cycle_forward().take(7).collect());
    let (id, dates) = (id?.to_string(), dates.to_vec());
    well.then_some(Shift { id, from: from?, until: until?, days, holidays, dates })
}

/// What a person may refer to.
struct PersonIn<'a> {
    shifts: &'a [Shift],
    /// Whether these are all shifts.
    all: bool,
    ways: &'a Ways,
}

impl PersonIn<'_> {
    fn read(&self, mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<Person> {
        let id = entry.id::<Named>();
        if let Some(id) = &id {
            taken.give(&mut entry, id);
        }
        let roles = entry.required("roles", &ListOf::some(Word::<Role>::new()));
        let sites = entry.optional("sites", &ListOf::some(Text("the id of a site")));
        let shifts = self.shifts(&mut entry);
        let off = entry.optional("off", &ListOf::some(Parsed::new(PERIOD, period)));
        let contact = contact(&mut entry, roles.as_deref());
        let ways = self.ways(&mut entry, contact.as_ref());
        let at_most = entry.optional("at_most", &Count);
        let english = entry.optional("language", &Parsed::new("\"ko\" or \"en\"", language));
        let well = entry.finish(report);
        well.then_some(Person {
            id: id?.to_string(),
            roles: roles?,
            sites: sites.unwrap_or_default(),
            shifts: shifts?,
            off: off.unwrap_or_default(),
            ways: ways?,
            contact: contact?,
            at_most: at_most.unwrap_or(USUAL_AT_MOST).max(1),
            english: english.unwrap_or(false),
        })
    }

    fn shifts(&self, entry: &mut Entry<'_>) -> Option<Vec<Shift>> {
        let named = entry.optional("shifts", &ListOf::some(Text("the id of a shift")));
        let line = entry.line_of("shifts");
        let mut found = Vec::new();
        for id in named.unwrap_or_default() {
            match self.shifts.iter().find(|shift| shift.id == id) {
                Some(shift) => found.push(shift.clone()),
                None if self.all => {
                    let hint = hint(&id, self.shifts.iter().map(|shift| shift.id.as_str()));
                    let id = quoted(&id);
                    let words = format!("`shifts` names {id}, which does not exist{hint}");
                    entry.refuse(Some(line), "unknown-shift", &words);
                    return None;
                }
                None => return None,
            }
        }
        Some(found)
    }

    fn ways(&self, entry: &mut Entry<'_>, contact: Option<&Contact>) -> Option<Vec<String>> {
        let named = entry.required("ways", &ListOf::some(Text("the id of an email or provider")));
        let named = named?;
        let line = entry.line_of("ways");
        for id in &named {
            let wants_email = match self.ways.wants_email(id) {
                Some(wants) => wants,
                None if self.ways.all => {
                    let hint = hint(id, self.ways.ids());
                    let id = quoted(id);
                    let words = format!("`ways` names {id}, which does not exist{hint}");
                    entry.refuse(Some(line), "unknown-way", &words);
                    return None;
                }
                None => return None,
            };
            let Some(Contact::Own { email, phone }) = contact else { continue };
            let (key, has) = match wants_email {
                true => ("email", email.is_some()),
                false => ("phone", phone.is_some()),
            };
            if !has {
                let words = format!("`ways` names {}, which needs `{key}`; say it", quoted(id));
                entry.refuse(Some(line), "no-address", &words);
                return None;
            }
        }
        Some(named)
    }
}

fn contact(entry: &mut Entry<'_>, roles: Option<&[Role]>) -> Option<Contact> {
    let of = Parsed::new("\"household\": what the household has given", |text| {
        (text == "household").then_some(())
    });
    let household = entry.optional("contact", &of).is_some();
    let address = "an e-mail address such as \"duty@center.example\"";
    let email = entry.optional("email", &Parsed::new(address, mailbox));
    let number = "a telephone number of digits, such as \"0621234567\" or \"+82621234567\"";
    let phone = entry.optional("phone", &Parsed::new(number, telephone));
    let of_home = |role: &Role| matches!(role, Role::Resident | Role::EmergencyContact);
    let all_of_home = roles.is_some_and(|roles| roles.iter().all(of_home));
    match household {
        true if email.is_some() || phone.is_some() => {
            let words = "the household gives the address; leave `email` and `phone` out";
            entry.refuse(None, "two-contacts", words);
            None
        }
        true if roles.is_some() && !all_of_home => {
            let line = entry.line_of("contact");
            let words = "a household gives addresses of its resident and emergency-contact \
                         alone; say `email` or `phone` for other roles";
            entry.refuse(Some(line), "no-household", words);
            None
        }
        true => Some(Contact::Household),
        false => Some(Contact::Own { email, phone }),
    }
}

fn language(text: &str) -> Option<bool> {
    ["ko", "en"].contains(&text).then_some(text == "en")
}

fn mailbox(text: &str) -> Option<String> {
    let address: lettre::Address = text.parse().ok()?;
    Some(address.to_string())
}

/// Digits, with a + before them at most.
pub(super) fn telephone(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let bare = digits.strip_prefix('+').unwrap_or(&digits);
    let well = (3..=15).contains(&bare.len()) && bare.bytes().all(|byte| byte.is_ascii_digit());
    well.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shift(from: &str, until: &str, days: &[&str], holidays: OnHolidays) -> Shift {
        Shift {
            id: "s".to_owned(),
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            days: days.iter().map(|day| weekday(day).unwrap()).collect(),
            holidays,
            dates: vec![date("2026-12-25").unwrap()],
        }
    }

    fn covers(shift: &Shift, zone: &str, local: &str) -> bool {
        let zone = TimeZone::get(zone).unwrap();
        let at: jiff::civil::DateTime = local.parse().unwrap();
        shift.covers(zone.to_timestamp(at).unwrap(), &zone)
    }

    #[test]
    fn a_shift_over_midnight_belongs_to_the_day_on_which_it_begins() {
        // 2026-12-24 is a Thursday.
        let night = shift("21:00", "08:00", &["thu"], OnHolidays::Never);
        for (at, is) in [
            ("2026-12-24T20:59:59", false),
            ("2026-12-24T21:00", true),
            ("2026-12-25T00:00", true),
            ("2026-12-25T07:59:59", true),
            ("2026-12-25T08:00", false),
            ("2026-12-25T21:00", false),
        ] {
            assert_eq!(covers(&night, "Asia/Seoul", at), is, "{at}");
        }
    }

    #[test]
    fn a_holiday_is_worked_by_those_who_work_holidays() {
        // 2026-12-25 is a Friday.
        let plain = shift("08:00", "20:00", &["fri"], OnHolidays::Never);
        let only = shift("08:00", "20:00", &["mon"], OnHolidays::Only);
        let too = shift("08:00", "20:00", &["fri"], OnHolidays::Too);
        let noon = "2026-12-25T12:00";
        assert!(!covers(&plain, "Asia/Seoul", noon));
        assert!(covers(&only, "Asia/Seoul", noon) && covers(&too, "Asia/Seoul", noon));
        assert!(!covers(&only, "Asia/Seoul", "2026-12-28T12:00"));
    }

    #[test]
    fn where_clocks_change_two_shifts_that_meet_leave_no_moment_out() {
        // New York sets its clocks forward on 2026-03-08 and back on 2026-11-01, both at 02:00.
        let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let early = shift("14:00", "02:30", &days, OnHolidays::Too);
        let late = shift("02:30", "14:00", &days, OnHolidays::Too);
        let zone = TimeZone::get("America/New_York").unwrap();
        for day in ["2026-03-07T12:00", "2026-10-31T12:00"] {
            let at: jiff::civil::DateTime = day.parse().unwrap();
            let mut at = zone.to_timestamp(at).unwrap();
            for _ in 0..2 * 24 * 60 {
                let (one, other) = (early.covers(at, &zone), late.covers(at, &zone));
                assert!(one != other, "{at}: {one} {other}");
                at = at.saturating_add(jiff::SignedDuration::from_mins(1)).unwrap();
            }
        }
    }

    #[test]
    fn numbers_and_periods_are_read_as_people_write_them() {
        assert_eq!(telephone("062-123-4567"), Some("0621234567".to_owned()));
        assert_eq!(telephone("+82 10 1234 5678"), Some("+821012345678".to_owned()));
        assert_eq!(telephone("12"), None);
        assert_eq!(telephone("010-1234-567a"), None);
        let day = date("2026-12-24").unwrap();
        assert_eq!(period("2026-12-24"), Some((day, day)));
        assert_eq!(period("2026-12-26..2026-12-24"), None);
    }
}
