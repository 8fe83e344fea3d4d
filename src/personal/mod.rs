//! Who lives in a home (개인정보): names, telephone numbers, addresses, notes, emergency contacts.
//!
//! Each household has a key of its own; everything of its people is sealed with it, and the key is
//! wrapped by the newest of the key file. A move-out destroys the household's key. A backup holds
//! the wrapped key as it was: it is closed for good once the key file's key of that time is
//! destroyed, so rotation ([`rotate`]) is what makes old backups forget.
//!
//! Nothing of this ever enters the core, an input, a snapshot, a recording, a notice, a log line,
//! a metric or a URL. Types that hold a word of a person print nothing of it. The caller owes the
//! trail an entry for every look.

mod keyfile;
mod seal;

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use keyfile::{KeyFileError, Keys, new_key};
pub use seal::{HouseholdKey, Wrapped};

use crate::domain::{HouseholdId, SiteId};
use crate::people::factor;
use crate::store::{Change, Store, StoreError, people};

/// A household's people, as one sealed text.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Persons {
    /// Who lives there (입주자).
    pub residents: Vec<Resident>,
    /// As the post has it (주소).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Who is told when nobody answers (비상연락처), in the order in which they are called.
    #[serde(default)]
    pub contacts: Vec<Contact>,
    /// What whoever goes there has to know (메모).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resident {
    #[schema(example = "홍길동")]
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub telephone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<i16>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    #[schema(example = "홍길순")]
    pub name: String,
    /// Son, neighbour, church.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<String>,
    pub telephone: String,
}

/// Nobody is printed, in no log and by no panic.
macro_rules! prints_nothing {
    ($($of:ident),*) => {$(
        impl fmt::Debug for $of {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($of), "(…)"))
            }
        }
    )*};
}
prints_nothing!(Persons, Resident, Contact);

/// The longest text of one field, in characters, and the most entries of one list.
const FIELD_MAX: usize = 2000;
const LIST_MAX: usize = 20;

impl Persons {
    /// Whether it is of a size that a person may have typed, without control characters.
    #[must_use]
    pub fn fits(&self) -> bool {
        let residents =
            self.residents.iter().flat_map(|of| [Some(&of.name), of.telephone.as_ref()]);
        let contacts = self
            .contacts
            .iter()
            .flat_map(|of| [Some(&of.name), of.relation.as_ref(), Some(&of.telephone)]);
        let mut texts =
            residents.chain(contacts).chain([self.address.as_ref(), self.notes.as_ref()]).flatten();
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
        self.residents.len() <= LIST_MAX
            && self.contacts.len() <= LIST_MAX
            && texts.all(|text| text.chars().count() <= FIELD_MAX && text.chars().all(plain))
    }
}

/// Why personal data cannot be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum PersonalError {
    #[error("no key of the key file has wrapped this household's; put the older one back")]
    UnknownKey,
    #[error("what is kept was not sealed with this household's key, or was altered")]
    Altered,
    #[error("the machine has no randomness to give")]
    NoRandomness,
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Gives every household a new key, wrapped by the newest of the key file, and seals its people
/// anew; how many. The secrets of second factors are sealed anew, too. Afterwards the older keys of
/// the file open nothing that is in use.
///
/// # Errors
/// If one cannot be opened or written; those before it have their new key, and it may be asked
/// for again.
pub async fn rotate(store: &Store, keys: &Keys) -> Result<u64, PersonalError> {
    let mut count = 0;
    for kept in store.every_persons().await? {
        let (site, household) = (&kept.site, &kept.household);
        let key = keys.unwrap(&kept.wrapped, site, household)?;
        let fresh = HouseholdKey::random()?;
        let wrapped = keys.wrap(&fresh, site, household)?;
        let sealed = match &kept.sealed {
            Some(sealed) => {
                Some(fresh.seal(&key.open(sealed, site, household)?, site, household)?)
            }
            None => None,
        };
        store.change_key((site, household), &kept.wrapped, &wrapped, sealed).await?;
        count += 1;
    }
    for row in people::accounts(&store.db).await? {
        let Some(kept) = row.totp.as_deref() else { continue };
        let secret = factor::opened(Some(keys), &row.name, kept)?;
        let kept = factor::kept(Some(keys), &row.name, &secret)?;
        store.change(Change::default().factor(&row.name, Some(&kept))).await?;
    }
    Ok(count)
}

/// Seals a household's people; with a key of its own, if it has none yet. Whether it still lives
/// here: of who has moved out nothing is kept.
///
/// # Errors
/// If its key cannot be opened, or nothing can be written.
pub async fn keep(
    store: &Store,
    keys: &Keys,
    (site, household): (&SiteId, &HouseholdId),
    persons: &Persons,
    told: crate::audit::Entry,
) -> Result<bool, PersonalError> {
    let text = serde_json::to_vec(persons).map_err(|_| PersonalError::Altered)?;
    let kept = store.wrapped_key(site, household).await?;
    let is_new = kept.is_none();
    let (key, wrapped) = match kept {
        Some(wrapped) => (keys.unwrap(&wrapped, site, household)?, wrapped),
        None => {
            let key = HouseholdKey::random()?;
            let wrapped = keys.wrap(&key, site, household)?;
            (key, wrapped)
        }
    };
    let sealed = key.seal(&text, site, household)?;
    Ok(store.keep_persons((site, household), (&wrapped, is_new), sealed, told).await?)
}

/// A household's people, if any are kept.
///
/// # Errors
/// If they cannot be opened.
pub async fn open(
    store: &Store,
    keys: &Keys,
    (site, household): (&SiteId, &HouseholdId),
) -> Result<Option<Persons>, PersonalError> {
    let Some(wrapped) = store.wrapped_key(site, household).await? else { return Ok(None) };
    let Some(sealed) = store.sealed_persons(site, household).await? else { return Ok(None) };
    let key = keys.unwrap(&wrapped, site, household)?;
    let text = key.open(&sealed, site, household)?;
    serde_json::from_slice(&text).map(Some).map_err(|_| PersonalError::Altered)
}
