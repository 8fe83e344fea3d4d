//! Names of things, one type per kind of thing, so that a zone is never passed for a device.
//!
//! An id is `[a-z0-9-]{1,64}`. It is checked once, where it enters (a file, a topic, a request),
//! and is cheap to clone afterwards.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The name of a `T`.
pub struct Id<T> {
    text: Arc<str>,
    of: PhantomData<fn() -> T>,
}

pub type SiteId = Id<super::Site>;
pub type BuildingId = Id<super::Building>;
pub type StoreyId = Id<super::Storey>;
pub type ZoneId = Id<super::Zone>;
pub type HomeId = Id<super::Home>;
pub type HouseholdId = Id<super::Household>;
pub type PassageId = Id<super::Passage>;
pub type SignId = Id<super::Sign>;
pub type SwitchId = Id<super::Switch>;
pub type DeviceId = Id<super::Device>;
pub type RuleId = Id<of::Rule>;
/// What an incident is about: a situation such as `fire`, or a fault such as `device-silent`.
pub type KindId = Id<of::Kind>;
/// Where an incident is: the id of a site, building, storey, zone or home. These are unique
/// together within a site, so the bare id says which.
pub type PlaceId = Id<of::Place>;

/// What the ids stand for that have no type of their own among the nouns.
pub mod of {
    pub enum Rule {}
    pub enum Kind {}
    pub enum Place {}
}

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an id: 1 to 64 of a-z, 0-9 and -")]
pub struct IdError(pub String);

const LENGTH_MAX: usize = 64;

impl<T> Id<T> {
    /// Checks and takes a text as an id.
    ///
    /// # Errors
    /// If the text is empty, longer than 64 characters or holds anything but `a-z0-9-`.
    pub fn new(text: &str) -> Result<Self, IdError> {
        let fits = (1..=LENGTH_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits && plain {
            Ok(Self::unchecked(text))
        } else {
            // An over-long text is cut, so that a hostile topic cannot fill a log line.
            Err(IdError(text.chars().take(LENGTH_MAX + 1).collect()))
        }
    }

    fn unchecked(text: &str) -> Self {
        Self { text: Arc::from(text), of: PhantomData }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text, for whoever keeps it and would copy it otherwise.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// The same name as the place of an incident.
    #[must_use]
    pub fn as_place(&self) -> PlaceId {
        Id { text: Arc::clone(&self.text), of: PhantomData }
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self { text: Arc::clone(&self.text), of: PhantomData }
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.text.cmp(&other.text)
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<T> Borrow<str> for Id<T> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.text)
    }
}

impl<T> FromStr for Id<T> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::new(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_lower_case_digits_and_hyphens() {
        assert!(ZoneId::new("3f-stair-a").is_ok());
        for wrong in ["", "3F", "a b", "a/b", "a\u{0}", "계단", &"x".repeat(65)] {
            assert!(ZoneId::new(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn an_id_from_a_file_is_checked_too() {
        assert!(serde_json::from_str::<DeviceId>("\"tc-a-1\"").is_ok());
        assert!(serde_json::from_str::<DeviceId>("\"tc a 1\"").is_err());
    }
}
