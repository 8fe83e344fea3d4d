//! Households as rows: written from their effects, taken back at a start, and erased after a
//! move-out.
//!
//! A move-out destroys in its own transaction what can be destroyed at once: the key, what was
//! sealed with it, what was learnt, what was said of absences and visits. The log follows as soon
//! as a snapshot covers it (`erasing`).

use std::collections::BTreeMap;

use super::commit::{Stepped, json, number};
use super::db::{Arg, Db, Row};
use super::recall::{corrupt, named, word};
use super::statements::Statements;
use super::trail::Change as Written;
use super::{Store, StoreError};
use crate::audit::Entry;
use crate::domain::household::{Absence, Change, Consent, Heard, Visit, WalkTest};
use crate::domain::time::Timestamp;
use crate::domain::{DeviceId, HomeId, Household, HouseholdId, Input, SiteId};

/// Whose household it is.
#[derive(Clone, Copy)]
pub(super) struct Whose<'a> {
    pub stepped: &'a Stepped,
    pub ordinal: i64,
    pub home: &'a HomeId,
    pub household: &'a HouseholdId,
}

impl Whose<'_> {
    /// Site and household.
    fn key(&self) -> Vec<Arg> {
        vec![self.stepped.site.as_str().into(), self.household.as_str().into()]
    }

    fn with(&self, more: impl IntoIterator<Item = Arg>) -> Vec<Arg> {
        self.key().into_iter().chain(more).collect()
    }
}

/// Writes what an effect says of a household.
pub(super) fn write(
    into: &mut Statements,
    whose: Whose<'_>,
    change: &Change,
    at: Timestamp,
) -> Result<(), StoreError> {
    if let Change::Heard { device, heard } = change {
        hear(into, whose, device, *heard);
        return Ok(());
    }
    note(into, whose, change, at)?;
    let (sql, args) = match change {
        Change::MoveIn { since } => {
            let home = whose.home.as_str().into();
            (MOVE_IN, whose.with([home, (*since).into()]))
        }
        Change::MoveOut => {
            move_out(into, whose, at);
            return Ok(());
        }
        Change::Consent(Consent { monitoring, night }) => {
            (CONSENT, whose.with([(*monitoring).into(), (*night).into()]))
        }
        Change::NeedsHelpToLeave(needs) => (HELP, whose.with([(*needs).into()])),
        Change::Leave(Absence { from, until, reason }) => {
            let span = [(*from).into(), (*until).into(), reason.as_str().into()];
            (AWAY, whose.with(span))
        }
        Change::Return(_) => (AWAY, whose.with([Arg::Null, Arg::Null, Arg::Null])),
        Change::Visit(Visit { from, until }) => {
            (VISIT, whose.with([(*from).into(), (*until).into()]))
        }
        Change::VisitEnd => (VISIT, whose.with([Arg::Null, Arg::Null])),
        Change::WalkTestStart => {
            into.run(UNHEAR, whose.key());
            (WALK, whose.with([at.into()]))
        }
        Change::WalkTestFinish => (PASS, whose.with([at.into()])),
        Change::Heard { .. } => return Ok(()),
    };
    into.run(sql, args);
    Ok(())
}

fn note(
    into: &mut Statements,
    whose: Whose<'_>,
    change: &Change,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Whose { stepped, ordinal, home, household } = whose;
    let actor = match &stepped.input {
        Input::Command(command) => Some(command.actor.as_str()),
        _ => None,
    };
    let args = vec![
        stepped.site.as_str().into(),
        number(stepped.step.position),
        Arg::Int(ordinal),
        home.as_str().into(),
        household.as_str().into(),
        change.as_str().into(),
        json(change)?.into(),
        at.into(),
        actor.into(),
    ];
    into.run(NOTE, args);
    Ok(())
}

fn hear(into: &mut Statements, whose: Whose<'_>, device: &DeviceId, heard: Heard) {
    let Heard { touched, opened, shut, open } = heard;
    let said = [touched.into(), opened.into(), shut.into(), open.into()];
    let args = whose.with([device.as_str().into()].into_iter().chain(said));
    into.run(HEAR, args);
}

fn move_out(into: &mut Statements, whose: Whose<'_>, at: Timestamp) {
    let position = number(whose.stepped.step.position);
    into.run(MOVE_OUT, whose.with([at.into(), position]));
    // Overwritten first: a row that is only deleted lies in the file until its page is used again.
    into.run(BLANK_KEY, whose.with([Arg::Blob(vec![0; super::WRAPPED_BYTES])]));
    for sql in [DROP_KEY, DROP_PERSONAL, UNHEAR, DROP_SAID] {
        into.run(sql, whose.key());
    }
    let home: Vec<Arg> = vec![whose.stepped.site.as_str().into(), whose.home.as_str().into()];
    for sql in [DROP_LEARNT, DROP_NOTES] {
        into.run(sql, home.clone());
    }
}

/// A household as its row has it, with the walk test.
#[derive(Debug, Clone)]
pub struct HouseholdRow {
    pub home: HomeId,
    pub household: Household,
    pub moved_out_at: Option<Timestamp>,
}

/// Everyone who lives at a site now, by home.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn households(db: &Db, site: &SiteId) -> Result<Vec<HouseholdRow>, StoreError> {
    let of_site = || vec![Arg::from(site.as_str())];
    let mut heard: BTreeMap<String, BTreeMap<DeviceId, Heard>> = BTreeMap::new();
    for row in db.all(HEARD, of_site()).await? {
        let device = named(&row, "device")?;
        heard.entry(row.text("household")?).or_default().insert(device, heard_of(&row)?);
    }
    let rows = db.all(HOUSEHOLDS, of_site()).await?;
    let of_row = |row: &Row| household(row, heard.remove(&row.text("household")?));
    rows.iter().map(of_row).collect()
}

fn heard_of(row: &Row) -> Result<Heard, StoreError> {
    Ok(Heard {
        touched: row.int("touched")? == 1,
        opened: row.int("opened")? == 1,
        shut: row.int("shut")? == 1,
        open: row.int_or_null("open")?.map(|open| open == 1),
    })
}

fn household(
    row: &Row,
    sensors: Option<BTreeMap<DeviceId, Heard>>,
) -> Result<HouseholdRow, StoreError> {
    let flag = |column: &str| Ok::<_, StoreError>(row.int(column)? == 1);
    let away_from = row.moment_or_null("away_from")?;
    let absence = away_from.map(|from| {
        let until = row.moment_or_null("away_until")?;
        Ok::<_, StoreError>(Absence { from, until, reason: word(row, "away_reason")? })
    });
    let visit = row.moment_or_null("visit_from")?.zip(row.moment_or_null("visit_until")?);
    Ok(HouseholdRow {
        home: named(row, "home")?,
        moved_out_at: row.moment_or_null("moved_out_at")?,
        household: Household {
            id: named(row, "household")?,
            since: row.moment("since")?,
            consent: Consent { monitoring: flag("monitoring")?, night: flag("night")? },
            needs_help_to_leave: flag("needs_help_to_leave")?,
            absence: absence.transpose()?,
            visit: visit.map(|(from, until)| Visit { from, until }),
            walk_test: WalkTest {
                started_at: row.moment_or_null("walk_started_at")?,
                passed_at: row.moment_or_null("walk_passed_at")?,
                sensors: sensors.unwrap_or_default(),
            },
        },
    })
}

/// What was said of a household, oldest first.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    pub at: Timestamp,
    pub change: Change,
    pub actor: Option<String>,
}

/// Every change of one household that is kept.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn changes(
    db: &Db,
    site: &SiteId,
    household: &HouseholdId,
) -> Result<Vec<ChangeRow>, StoreError> {
    let rows = db.all(CHANGES, vec![site.as_str().into(), household.as_str().into()]).await?;
    let of_row = |row: &Row| {
        let change = serde_json::from_str(&row.text("detail")?).map_err(corrupt("change"))?;
        Ok(ChangeRow { at: row.moment("at")?, change, actor: row.text_or_null("actor")? })
    };
    rows.iter().map(of_row).collect()
}

/// Who looks after a home; nobody in particular, if it is empty.
///
/// # Errors
/// If the database cannot be read.
pub async fn caseworkers(db: &Db, site: &SiteId, home: &HomeId) -> Result<Vec<String>, StoreError> {
    let rows = db.all(CASEWORKERS, vec![site.as_str().into(), home.as_str().into()]).await?;
    rows.iter().map(|row| row.text("account")).collect()
}

/// Says who looks after a home, instead of who did.
///
/// # Errors
/// If the database refuses it.
pub async fn keep_caseworkers(
    store: &Store,
    (site, home): (&SiteId, &HomeId),
    accounts: &[String],
    told: Entry,
) -> Result<(), StoreError> {
    let of_home: Vec<Arg> = vec![site.as_str().into(), home.as_str().into()];
    let mut change = Written::default().with(DROP_CASEWORKERS, of_home.clone());
    for account in accounts {
        let args = [of_home.clone(), vec![account.as_str().into()]].concat();
        change = change.with(KEEP_CASEWORKER, args);
    }
    store.change(change.told(told)).await.map(drop)
}

const MOVE_IN: &str =
    "INSERT INTO household (site, household, home, since) VALUES ($1, $2, $3, $4)";
const CONSENT: &str =
    "UPDATE household SET monitoring = $3, night = $4 WHERE site = $1 AND household = $2";
const HELP: &str =
    "UPDATE household SET needs_help_to_leave = $3 WHERE site = $1 AND household = $2";
const AWAY: &str = "UPDATE household SET away_from = $3, away_until = $4, away_reason = $5 \
     WHERE site = $1 AND household = $2";
const VISIT: &str =
    "UPDATE household SET visit_from = $3, visit_until = $4 WHERE site = $1 AND household = $2";
const WALK: &str = "UPDATE household SET walk_started_at = $3, walk_passed_at = NULL \
     WHERE site = $1 AND household = $2";
const PASS: &str = "UPDATE household SET walk_passed_at = $3 WHERE site = $1 AND household = $2";
const HEAR: &str = "INSERT INTO walk_test (site, household, device, touched, opened, shut, open) \
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (site, household, device) DO UPDATE SET \
     touched = excluded.touched, opened = excluded.opened, shut = excluded.shut, \
     open = excluded.open";
const UNHEAR: &str = "DELETE FROM walk_test WHERE site = $1 AND household = $2";
const NOTE: &str = "INSERT INTO household_change (site, position, ordinal, home, household, \
     change, detail, at, actor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const MOVE_OUT: &str = "UPDATE household SET moved_out_at = $3, moved_out_position = $4, \
     away_from = NULL, away_until = NULL, away_reason = NULL, visit_from = NULL, \
     visit_until = NULL, needs_help_to_leave = 0 WHERE site = $1 AND household = $2";
const BLANK_KEY: &str = "UPDATE household_key SET wrapped = $3 WHERE site = $1 AND household = $2";
const DROP_KEY: &str = "DELETE FROM household_key WHERE site = $1 AND household = $2";
const DROP_PERSONAL: &str = "DELETE FROM personal WHERE site = $1 AND household = $2";
/// What they agreed to stays, with its dates; where they were does not.
const DROP_SAID: &str = "DELETE FROM household_change WHERE site = $1 AND household = $2 \
     AND change NOT IN ('move-in', 'move-out', 'consent')";
const DROP_LEARNT: &str = "DELETE FROM snapshot WHERE site = $1 AND part = $2";
const DROP_NOTES: &str =
    "UPDATE incident SET note = NULL WHERE site = $1 AND place = $2 AND note IS NOT NULL";
const HEARD: &str = "SELECT w.household, w.device, w.touched, w.opened, w.shut, w.open \
     FROM walk_test w JOIN household h ON h.site = w.site AND h.household = w.household \
     WHERE w.site = $1 AND h.moved_out_at IS NULL ORDER BY w.household, w.device";
const HOUSEHOLDS: &str = "SELECT household, home, since, monitoring, night, \
     needs_help_to_leave, away_from, away_until, away_reason, visit_from, visit_until, \
     walk_started_at, walk_passed_at, moved_out_at FROM household \
     WHERE site = $1 AND moved_out_at IS NULL ORDER BY home";
const CASEWORKERS: &str =
    "SELECT account FROM caseworker WHERE site = $1 AND home = $2 ORDER BY account";
const DROP_CASEWORKERS: &str = "DELETE FROM caseworker WHERE site = $1 AND home = $2";
const KEEP_CASEWORKER: &str = "INSERT INTO caseworker (site, home, account) VALUES ($1, $2, $3)";
const CHANGES: &str = "SELECT detail, at, actor FROM household_change \
     WHERE site = $1 AND household = $2 ORDER BY position, ordinal";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let said = [MOVE_IN, CONSENT, HELP, AWAY, VISIT, WALK, PASS, HEAR, UNHEAR, NOTE];
    let gone = [MOVE_OUT, BLANK_KEY, DROP_KEY, DROP_PERSONAL, DROP_SAID, DROP_LEARNT, DROP_NOTES];
    let read = [HEARD, HOUSEHOLDS, CHANGES, CASEWORKERS, DROP_CASEWORKERS, KEEP_CASEWORKER];
    said.iter().chain(&gone).chain(&read).map(|text| (*text).to_owned()).collect()
}
