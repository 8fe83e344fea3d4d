//! Sealed personal data and wrapped keys as rows. What they say is `personal`'s to know.

use super::db::{Arg, Row};
use super::recall::named;
use super::trail::Change;
use super::{Store, StoreError};
use crate::audit::Entry;
use crate::clock::wall_now;
use crate::domain::{HomeId, HouseholdId, SiteId};
use crate::personal::Wrapped;

/// One household's key and what was sealed with it.
#[derive(Debug, Clone)]
pub struct KeptPersons {
    pub site: SiteId,
    pub household: HouseholdId,
    pub wrapped: Wrapped,
    pub sealed: Option<Vec<u8>>,
}

fn key(site: &SiteId, household: &HouseholdId) -> Vec<Arg> {
    vec![site.as_str().into(), household.as_str().into()]
}

impl Store {
    /// # Errors
    /// If the database cannot be read.
    pub async fn wrapped_key(
        &self,
        site: &SiteId,
        household: &HouseholdId,
    ) -> Result<Option<Wrapped>, StoreError> {
        let row = self.db.first(KEY, key(site, household)).await?;
        row.as_ref().map(wrapped).transpose()
    }

    /// # Errors
    /// If the database cannot be read.
    pub async fn sealed_persons(
        &self,
        site: &SiteId,
        household: &HouseholdId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let row = self.db.first(SEALED, key(site, household)).await?;
        row.map(|row| row.blob("sealed")).transpose()
    }

    /// Who lives in a home now, by id.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub async fn household_at(
        &self,
        site: &SiteId,
        home: &HomeId,
    ) -> Result<Option<HouseholdId>, StoreError> {
        let row = self.db.first(LIVES_AT, vec![site.as_str().into(), home.as_str().into()]).await?;
        row.map(|row| named(&row, "household")).transpose()
    }

    /// Keeps what was sealed, and the key where it is new; false if nobody of that id lives here.
    ///
    /// # Errors
    /// If the database refuses it; nothing of it is stored then.
    pub async fn keep_persons(
        &self,
        (site, household): (&SiteId, &HouseholdId),
        (wrapped, is_new): (&Wrapped, bool),
        sealed: Vec<u8>,
        told: Entry,
    ) -> Result<bool, StoreError> {
        let Wrapped { by, bytes } = wrapped;
        let mut change = Change::default();
        if is_new {
            let wrapped = [by.as_str().into(), bytes.clone().into()];
            change = change.with(KEEP_KEY, [key(site, household), wrapped.into()].concat());
        }
        let kept = [sealed.into(), wall_now().into(), bytes.clone().into()];
        change = change.with(KEEP_SEALED, [key(site, household), kept.into()].concat());
        Ok(self.change(change.told(told)).await? > 0)
    }

    /// # Errors
    /// If the database cannot be read.
    pub async fn every_persons(&self) -> Result<Vec<KeptPersons>, StoreError> {
        self.db.all(EVERY, Vec::new()).await?.iter().map(kept).collect()
    }

    /// Puts a new key in the place of another, if it is still there, and what it seals with it.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn change_key(
        &self,
        (site, household): (&SiteId, &HouseholdId),
        old: &Wrapped,
        new: &Wrapped,
        sealed: Option<Vec<u8>>,
    ) -> Result<(), StoreError> {
        let keys = [new.by.as_str().into(), new.bytes.clone().into(), old.bytes.clone().into()];
        let mut change =
            Change::default().with(CHANGE_KEY, [key(site, household), keys.into()].concat());
        if let Some(sealed) = sealed {
            let sealed = [sealed.into(), new.bytes.clone().into()];
            change = change.with(RESEAL, [key(site, household), sealed.into()].concat());
        }
        self.change(change).await.map(drop)
    }
}

fn wrapped(row: &Row) -> Result<Wrapped, StoreError> {
    Ok(Wrapped { by: row.text("wrapped_by")?, bytes: row.blob("wrapped")? })
}

fn kept(row: &Row) -> Result<KeptPersons, StoreError> {
    Ok(KeptPersons {
        site: named(row, "site")?,
        household: named(row, "household")?,
        wrapped: wrapped(row)?,
        sealed: match row.int("has_sealed")? {
            1 => Some(row.blob("sealed")?),
            _ => None,
        },
    })
}

const LIVES_AT: &str = "SELECT household FROM household \
     WHERE site = $1 AND home = $2 AND moved_out_at IS NULL";
const KEY: &str =
    "SELECT wrapped_by, wrapped FROM household_key WHERE site = $1 AND household = $2";
const SEALED: &str = "SELECT sealed FROM personal WHERE site = $1 AND household = $2";
/// Only of who lives here: whoever moved out meanwhile has no key any more, and gets none.
const KEEP_KEY: &str = "INSERT INTO household_key (site, household, wrapped_by, wrapped) \
     SELECT $1, $2, $3, $4 FROM household \
     WHERE site = $1 AND household = $2 AND moved_out_at IS NULL ON CONFLICT DO NOTHING";
/// Only with the key that it was sealed with: another may have given one, or taken it.
const KEEP_SEALED: &str = "INSERT INTO personal (site, household, sealed, changed_at) \
     SELECT $1, $2, $3, $4 FROM household_key \
     WHERE site = $1 AND household = $2 AND wrapped = $5 \
     ON CONFLICT (site, household) DO UPDATE SET sealed = excluded.sealed, \
     changed_at = excluded.changed_at";
const EVERY: &str = "SELECT k.site, k.household, k.wrapped_by, k.wrapped, p.sealed, \
     CASE WHEN p.sealed IS NULL THEN 0 ELSE 1 END AS has_sealed FROM household_key k \
     LEFT JOIN personal p ON p.site = k.site AND p.household = k.household \
     ORDER BY k.site, k.household";
const CHANGE_KEY: &str = "UPDATE household_key SET wrapped_by = $3, wrapped = $4 \
     WHERE site = $1 AND household = $2 AND wrapped = $5";
const RESEAL: &str = "UPDATE personal SET sealed = $3 WHERE site = $1 AND household = $2 \
     AND EXISTS (SELECT 1 FROM household_key k WHERE k.site = $1 AND k.household = $2 \
                 AND k.wrapped = $4)";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [LIVES_AT, KEY, SEALED, KEEP_KEY, KEEP_SEALED, EVERY, CHANGE_KEY, RESEAL]
        .map(str::to_owned)
        .to_vec()
}
