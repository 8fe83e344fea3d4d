//! Everything that can move a site's monitor: a closed list, on one screen.
//!
//! Every input takes the site's next position in the input log and is written together with its
//! effects in one transaction.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::{Timestamp, micros};
use super::{HomeId, HouseholdId, Message, Outcome, RuleId, Show, SignId, ZoneId, household};
use crate::incident::IncidentId;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Input {
    Message(Message),
    /// A deadline of the monitor has come.
    Wake,
    /// A person asks for something over the API.
    Command(Command),
    /// From here on this configuration holds; named by its hash, with the version of every rule,
    /// so that it is known which detectors go on and which start empty.
    ConfigurationActivated {
        hash: String,
        rules: BTreeMap<RuleId, String>,
    },
    /// Nothing has been seen since `from`, and nothing will be until the watch is regained.
    WatchLost {
        because: LostBecause,
        #[serde(with = "micros::required")]
        from: Timestamp,
    },
    /// Messages flow again; the backlog comes first.
    WatchRegained,
    /// The backlog is drained.
    CaughtUp,
    /// This rule's detector broke at this source (a device or zone) and is switched off there.
    Quarantined {
        rule: RuleId,
        source: String,
    },
    /// A sign says what it shows, and of which epoch.
    SignShown {
        sign: SignId,
        epoch: u64,
        show: Show,
    },
    /// Better signs were found for what was in the way at some moment.
    Planned {
        /// The stamp of what they were wanted under.
        of: u64,
        /// The zones whose signs would lead elsewhere than they did, and where.
        toward: BTreeMap<ZoneId, ZoneId>,
        /// When everyone is out who follows them, and who follows what was displayed.
        clearing_ms: u64,
        shown_ms: u64,
        /// No signs would clear it sooner.
        bound_ms: u64,
        /// How much was tried.
        evaluations: u32,
    },
}

impl Input {
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Message(message) => message.kind.as_str(),
            Self::Wake => "wake",
            Self::Command(_) => "command",
            Self::ConfigurationActivated { .. } => "configuration-activated",
            Self::WatchLost { .. } => "watch-lost",
            Self::WatchRegained => "watch-regained",
            Self::CaughtUp => "caught-up",
            Self::Quarantined { .. } => "quarantined",
            Self::SignShown { .. } => "sign-shown",
            Self::Planned { .. } => "planned",
        }
    }
}

/// Why nothing was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LostBecause {
    /// jikimi itself was not running.
    ProcessDown,
    /// The broker could not be reached.
    BrokerAway,
    /// The machine's clock jumped forward (or it slept).
    ClockStepped,
    /// The database could not be written, or not as fast as messages came, so nothing was taken
    /// in time.
    DatabaseAway,
    /// More waited at the broker than came from there.
    BrokerBehind,
}

/// What a person asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// The client's idempotency key, unique per site: the same key gets the first answer again.
    pub key: String,
    pub actor: String,
    pub action: Action,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// 접수: a person has it.
    Acknowledge { incident: IncidentId },
    /// 상황 종료, with what it turned out to be.
    Resolve { incident: IncidentId, outcome: Outcome, note: Option<String> },
    /// What a tenant agreed to, where they are, and that they moved in or out. Ids only.
    Household { home: HomeId, household: HouseholdId, change: household::Change },
}

impl Action {
    /// The incident it is about, where it is about one.
    #[must_use]
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Self::Acknowledge { incident } | Self::Resolve { incident, .. } => Some(incident),
            Self::Household { .. } => None,
        }
    }
}

/// What the person is told, once it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Done,
    Refused(Refusal),
}

/// Why a command was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    UnknownIncident,
    AlreadyAcknowledged,
    AlreadyResolved,
    /// `restored` is jikimi's own outcome.
    OutcomeReserved,
    /// The key was used before, for something else.
    KeyReused,
    /// It is no change of this home's household as it is.
    Household(household::Denied),
}
