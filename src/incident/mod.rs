//! Incidents (상황): what people respond to. Opened once, acknowledged, grown, resolved.
//!
//! An incident is one (site, kind, place). While it is unresolved, every further finding of that
//! key belongs to it and is recorded and announced, never folded away. It stands while any of its
//! contributions stands; when none does it is *cleared*, which is not yet *resolved*: a person
//! says what it was. Nothing here looks at devices or detectors.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::domain::time::{SignedDuration, Timestamp, micros};
use crate::domain::{
    Class, DeviceId, IdError, KindId, Level, PlaceId, Reading, RuleId, SiteId, Words, ZoneId,
};

mod ladder;
mod silence;

pub use ladder::{Ladder, Ladders, Night, Policy, Rung, Where};
pub use silence::{SILENCE_AHEAD_MAX, SILENCE_MAX, Silence};

/// An acknowledged alarm rings again after this long. Chosen so that one forgotten at a shift's
/// beginning is noticed within that shift.
pub const ACKNOWLEDGED_FOR: SignedDuration = SignedDuration::from_mins(30);

/// A trouble that somebody has rings again after this long, as NFPA 72 (10.15.5 in its 2022
/// edition) has it of one that was silenced.
pub const TROUBLE_ACKNOWLEDGED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// A drill lasts at most so long.
pub const DRILL_MAX: SignedDuration = SignedDuration::from_hours(8);

/// The rule of a drill's contribution.
pub const DRILL: &str = "drill";

/// Site, kind, place, and which one of that key, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct IncidentId {
    pub site: SiteId,
    pub kind: KindId,
    pub place: PlaceId,
    pub n: u32,
}

impl fmt::Display for IncidentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.site, self.kind, self.place, self.n)
    }
}

impl From<IncidentId> for String {
    fn from(id: IncidentId) -> Self {
        id.to_string()
    }
}

impl TryFrom<String> for IncidentId {
    type Error = IncidentIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// Why a text names no incident.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncidentIdError {
    #[error("`{0}` is not an incident: SITE/KIND/PLACE/NUMBER, as in center/fire/main-building/1")]
    Shape(String),
    #[error(transparent)]
    Part(#[from] IdError),
}

impl FromStr for IncidentId {
    type Err = IncidentIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = || IncidentIdError::Shape(text.chars().take(300).collect());
        let parts: Vec<&str> = text.split('/').collect();
        let [site, kind, place, n] = parts[..] else { return Err(shape()) };
        let n = n.parse().ok().filter(|n| *n > 0).ok_or_else(shape)?;
        Ok(Self { site: site.parse()?, kind: kind.parse()?, place: place.parse()?, n })
    }
}

/// Where an incident is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has it yet.
    Open,
    /// A person has it, for a while.
    Acknowledged,
    /// It is over, and said what it was.
    Resolved,
}

impl State {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// One rule's finding at one device or zone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Contribution {
    pub rule: RuleId,
    /// The device or zone whose detector said so.
    pub source: String,
}

/// Why an incident is what it is: one finding, with its rule, its readings and its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub contribution: Contribution,
    pub rule_version: String,
    pub class: Class,
    pub level: Level,
    /// The zone, where it is in one.
    pub zone: Option<ZoneId>,
    pub devices: Vec<DeviceId>,
    /// When it became true, in event time.
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    /// A life-safety event that was told late rings all the same, and says so.
    pub late: bool,
    pub because: Words,
    pub readings: Vec<Reading>,
}

/// An incident, as far as deciding needs it. What was said about it is in its rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    pub id: IncidentId,
    pub class: Class,
    pub level: Level,
    pub state: State,
    pub acknowledged_until: Option<Timestamp>,
    /// How often it has been acknowledged.
    pub acknowledgements: u32,
    /// What stands, in the order in which it began.
    pub standing: Vec<Contribution>,
    /// The latest moment at which a contribution ended. Ends may be told in another order.
    pub ended: Option<Timestamp>,
    /// Since when nothing contributes, while what still comes due from a backlog may say that
    /// something did. Until that is known, it counts as standing.
    pub clears: Option<Timestamp>,
    /// A drill (훈련), and marked as one everywhere.
    pub exercise: bool,
    pub work: Work,
}

/// What has been done about an incident, as far as deciding needs it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Work {
    /// A drill ends then by itself.
    pub ends_at: Option<Timestamp>,
    /// Who has been told and at which step, as `STEP/ROLE`: nobody is told twice of one step.
    pub told: BTreeSet<String>,
    /// Under a silence: it is shown, and nobody is told.
    pub silenced: bool,
    /// How often it has come under a silence.
    pub silences: u32,
    /// Who is told next; none while somebody has it, and where no ladder is for it.
    pub ladder: Option<Ladder>,
    /// How many ladders have begun for it.
    pub ladders: u32,
}

impl Incident {
    #[must_use]
    pub fn stands(&self) -> bool {
        !self.standing.is_empty()
    }

    /// Whether anybody but the resident has been told.
    #[must_use]
    pub fn has_called_someone(&self) -> bool {
        let resident = format!("/{}", Role::Resident.as_str());
        self.work.told.iter().any(|told| !told.ends_with(&resident))
    }

    /// Whether the resident has been asked.
    #[must_use]
    pub fn has_asked(&self) -> bool {
        let resident = format!("/{}", Role::Resident.as_str());
        self.work.told.iter().any(|told| told.ends_with(&resident))
    }

    /// How long somebody who has it may be silent about it.
    #[must_use]
    pub fn acknowledged_for(&self) -> SignedDuration {
        match self.class {
            Class::Alarm | Class::Supervisory => ACKNOWLEDGED_FOR,
            Class::Trouble => TROUBLE_ACKNOWLEDGED_FOR,
        }
    }
}

/// Who is told. Which person that is today is decided when the notice is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// 관제요원, before the screen.
    Operator,
    /// The person who lives there, who is asked.
    Resident,
    /// 생활지원사, 응급관리요원: who goes to the door.
    #[serde(rename = "worker-1")]
    Worker,
    #[serde(rename = "worker-2")]
    SecondWorker,
    /// 비상연락처: whom the resident has named.
    EmergencyContact,
    /// 관리사무소, which has the keys.
    ManagementOffice,
    /// 설비 담당: who repairs devices.
    Engineer,
}

impl Role {
    pub const ALL: [Self; 7] = [
        Self::Operator,
        Self::Resident,
        Self::Worker,
        Self::SecondWorker,
        Self::EmergencyContact,
        Self::ManagementOffice,
        Self::Engineer,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Resident => "resident",
            Self::Worker => "worker-1",
            Self::SecondWorker => "worker-2",
            Self::EmergencyContact => "emergency-contact",
            Self::ManagementOffice => "management-office",
            Self::Engineer => "engineer",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        use serde::de::IntoDeserializer as _;
        let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
            name.into_deserializer();
        Self::deserialize(name).ok()
    }
}

/// What moved an incident from one state, level or standing to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    Finding,
    Level,
    Acknowledged,
    AcknowledgementExpired,
    TakenOver,
    Assigned,
    Silenced,
    SilenceEnded,
    /// The resident has answered.
    Answered,
    Cleared,
    StandsAgain,
    Resolved,
    Reopened,
    Restored,
    DrillEnded,
}

impl Cause {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finding => "finding",
            Self::Level => "level",
            Self::Acknowledged => "acknowledged",
            Self::AcknowledgementExpired => "acknowledgement-expired",
            Self::TakenOver => "taken-over",
            Self::Assigned => "assigned",
            Self::Silenced => "silenced",
            Self::SilenceEnded => "silence-ended",
            Self::Answered => "answered",
            Self::Cleared => "cleared",
            Self::StandsAgain => "stands-again",
            Self::Resolved => "resolved",
            Self::Reopened => "reopened",
            Self::Restored => "restored",
            Self::DrillEnded => "drill-ended",
        }
    }
}
