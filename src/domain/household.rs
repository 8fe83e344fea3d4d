//! One stay of one tenant in a home (세대·입주자): what was agreed, and where the person is said
//! to be.
//!
//! The core knows a household by its id and nothing of the person: no name, no number, no words.
//! Consent, absence and the walk test hang on the stay, not on the home, so that a new tenant
//! inherits nothing of the last one's. Whoever asks for a [`Change`] owes it a person's word; what
//! the core finds out itself comes out of a step as the same type.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::{Timestamp, micros};
use super::{DeviceId, DeviceKind, HouseholdId, Quantity, Value};

/// What is known of one stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Household {
    pub id: HouseholdId,
    /// The day of the move-in (입주), as it was told to us.
    #[serde(with = "micros::required")]
    pub since: Timestamp,
    pub consent: Consent,
    /// Cannot leave without help (재해약자): a rescuer is led here.
    pub needs_help_to_leave: bool,
    /// Registered, and not over; it may lie ahead.
    pub absence: Option<Absence>,
    pub visit: Option<Visit>,
    pub walk_test: WalkTest,
}

/// What the tenant agreed to (동의). Nothing is agreed before it is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// That somebody watches whether they move (모니터링).
    pub monitoring: bool,
    /// That they may be asked, and somebody sent, at night too (야간).
    pub night: bool,
}

/// A registered absence (부재): inactivity says nothing meanwhile. Fire, gas and SOS go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    #[serde(with = "micros::required")]
    pub from: Timestamp,
    /// None: until they are back.
    #[serde(default, with = "micros::optional", skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    pub reason: Reason,
}

/// Why somebody is away, and no more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// 외출·여행
    Trip,
    /// 입원
    Hospital,
}

impl Reason {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trip => "trip",
            Self::Hospital => "hospital",
        }
    }
}

/// Somebody else is in the home (방문): what moves then is no sign of life of the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    #[serde(with = "micros::required")]
    pub from: Timestamp,
    #[serde(with = "micros::required")]
    pub until: Timestamp,
}

/// What moves a household's facts. People ask for the first kind; the core says the second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// 입주. The id is new, and the home empty.
    MoveIn {
        #[serde(with = "micros::required")]
        since: Timestamp,
    },
    /// 퇴거: nothing of the household is kept.
    MoveOut,
    Consent(Consent),
    NeedsHelpToLeave(bool),
    /// Replaces one that is registered already.
    Leave(Absence),
    Return(Because),
    Visit(Visit),
    VisitEnd,
    WalkTestStart,
    /// The person who walked says: all touched, and every door is shut now.
    WalkTestFinish,
    /// Said by the core: this sensor spoke during the walk test.
    Heard {
        device: DeviceId,
        heard: Heard,
    },
}

impl Change {
    /// Whether a person may ask for it. The rest is found out, and not to be claimed.
    #[must_use]
    pub fn is_of_people(&self) -> bool {
        !matches!(self, Self::Heard { .. } | Self::Return(Because::SeenHome | Because::Over))
    }

    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::MoveIn { .. } => "move-in",
            Self::MoveOut => "move-out",
            Self::Consent(_) => "consent",
            Self::NeedsHelpToLeave(_) => "needs-help-to-leave",
            Self::Leave(_) => "leave",
            Self::Return(_) => "return",
            Self::Visit(_) => "visit",
            Self::VisitEnd => "visit-end",
            Self::WalkTestStart => "walk-test-start",
            Self::WalkTestFinish => "walk-test-finish",
            Self::Heard { .. } => "heard",
        }
    }
}

/// Why an absence is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// Somebody said so.
    Said,
    /// Somebody is home.
    SeenHome,
    /// Its time has come.
    Over,
}

impl Because {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::SeenHome => "seen-home",
            Self::Over => "over",
        }
    }
}

/// Whether everything in a home was heard once, while someone walked through it (설치 점검).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkTest {
    /// None: never begun.
    #[serde(default, with = "micros::optional", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    #[serde(default, with = "micros::optional", skip_serializing_if = "Option::is_none")]
    pub passed_at: Option<Timestamp>,
    /// What each sensor has said since the start.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub sensors: BTreeMap<DeviceId, Heard>,
}

impl WalkTest {
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.started_at.is_some() && self.passed_at.is_none()
    }
}

/// What one sensor has said during a walk test.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// It said what only somebody's touch makes it say; for a meter, anything.
    pub touched: bool,
    /// A door: that it was open, and that it was shut, since the start.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opened: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shut: bool,
    /// A door: what it said last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<bool>,
}

/// What is still wrong with one sensor. The text of each is a promise to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Missing {
    /// Not a word that counts.
    Touch,
    /// Heard, but never as open.
    Opening,
    /// Heard, but never as shut after it was open.
    Shutting,
    /// It says open while the door is shut: its magnet is on the wrong side, or its sense is
    /// reversed.
    Reversed,
}

impl Missing {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Touch => "touch",
            Self::Opening => "opening",
            Self::Shutting => "shutting",
            Self::Reversed => "reversed",
        }
    }
}

impl Heard {
    /// The same after one more reading.
    #[must_use]
    pub fn and(self, quantity: Quantity, value: Value) -> Self {
        let said = match value {
            Value::Flag(said) => Some(said),
            Value::Number(_) => None,
        };
        match (quantity, said) {
            (Quantity::Contact, Some(open)) => Self {
                touched: true,
                opened: self.opened || open,
                // Only what follows an opening shows that the sensor sees both.
                shut: self.shut || (self.opened && !open),
                open: Some(open),
            },
            // A report at rest is no touch: a sensor that looks at a wall sends it as well.
            (_, Some(said)) => Self { touched: self.touched || said, ..self },
            (_, None) => Self { touched: true, ..self },
        }
    }

    /// What is missing of a sensor that reads a contact, or does not. `shut`: the doors are said
    /// to be shut by now.
    #[must_use]
    pub fn missing(self, is_door: bool, shut: bool) -> Option<Missing> {
        match (is_door, self) {
            (_, Self { touched: false, .. }) => Some(Missing::Touch),
            (true, Self { opened: false, .. }) => Some(Missing::Opening),
            (true, Self { shut: false, .. }) if !shut => Some(Missing::Shutting),
            (true, Self { open: Some(true), .. }) if shut => Some(Missing::Reversed),
            (true, Self { shut: false, .. }) => Some(Missing::Shutting),
            (_, _) => None,
        }
    }
}

/// Whether a device of this kind has to be heard before the home is watched.
#[must_use]
pub fn is_walked(kind: Option<DeviceKind>) -> bool {
    kind != Some(DeviceKind::Gateway)
}

/// Why a change was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Denied {
    UnknownHome,
    /// Somebody lives there; they move out first.
    Occupied,
    /// The home's household is another, or none.
    UnknownHousehold,
    /// `until` is not after `from`, or over already.
    BadSpan,
    /// There is no absence or visit to be ended.
    NothingToEnd,
    /// It is not for people to say.
    NotOfPeople,
    NoWalkTest,
    /// At least one sensor is missing; the home's page lists them.
    WalkTestIncomplete,
}

/// What the rest of the core is told of a home: the sum of its household at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether silence in this home means anything to us: agreed, and walked through; or nothing
    /// of the kind is asked for at this site.
    pub watched: bool,
    /// Whether anybody may be called or sent at night.
    pub night: bool,
    /// The absence that has begun and is not over.
    pub away: Option<Absence>,
    /// Somebody else is there.
    pub visited: bool,
    pub needs_help_to_leave: bool,
}

impl Standing {
    /// A home of a site at which nobody is registered: recordings, demonstrations.
    pub const UNREGISTERED: Self =
        Self { watched: true, night: true, away: None, visited: false, needs_help_to_leave: false };
    /// An empty home where people are registered.
    pub const EMPTY: Self = Self { watched: false, night: false, ..Self::UNREGISTERED };

    #[must_use]
    pub fn of(household: &Household, now: Timestamp) -> Self {
        let Household { consent, absence, visit, walk_test, needs_help_to_leave, .. } = household;
        let begun = absence.filter(|absence| absence.from <= now);
        Self {
            watched: consent.monitoring && walk_test.passed_at.is_some(),
            night: consent.night,
            away: begun.filter(|absence| absence.until.is_none_or(|until| now < until)),
            visited: visit.is_some_and(|visit| visit.from <= now && now < visit.until),
            needs_help_to_leave: *needs_help_to_leave,
        }
    }
}
