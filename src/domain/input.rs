//! Everything that can move a site's monitor: a closed list, on one screen.
//!
//! Every input takes the site's next position in the input log and is written together with its
//! effects in one transaction.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::time::{Timestamp, micros};
use super::{
    HomeId, HouseholdId, KindId, Level, Message, Outcome, PlaceId, RuleId, Show, SignId, ZoneId,
    household,
};
use crate::care::Fitted;
use crate::incident::{IncidentId, Role};
use crate::situation::Notice;

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
    /// Thresholds of the silence model were found anew over the fleet.
    CareFitted(Fitted),
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
    /// A notice has reached nobody, over no way that there is to whoever holds the role.
    Undelivered {
        incident: IncidentId,
        step: String,
        role: Role,
        because: String,
    },
    /// A notice that had been undelivered has arrived after all.
    Delivered {
        incident: IncidentId,
        step: String,
        role: Role,
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
            Self::CareFitted(_) => "care-fitted",
            Self::Planned { .. } => "planned",
            Self::Undelivered { .. } => "undelivered",
            Self::Delivered { .. } => "delivered",
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
    /// 인수: whoever had it, it is this person's now.
    TakeOver { incident: IncidentId },
    /// 담당 지정: who is to see to it; nobody in particular if none.
    Assign { incident: IncidentId, to: Option<String> },
    /// 메모: a remark.
    Comment { incident: IncidentId, text: String },
    /// An item of its situation's checklist is done, or is not after all.
    Tick { incident: IncidentId, item: String, done: bool },
    /// 상황 종료, with what it turned out to be.
    Resolve { incident: IncidentId, outcome: Outcome, note: Option<String> },
    /// 부재 확인: nobody was in, and it is said until when nobody will be. Both or neither: the
    /// household is registered as away from now on, and the incident ends as `away`.
    FoundAway {
        incident: IncidentId,
        household: HouseholdId,
        /// None: until they are back.
        #[serde(with = "micros::optional")]
        until: Option<Timestamp>,
        reason: household::Reason,
        note: Option<String>,
    },
    /// 재개: it is not over, or was not what was said. Whoever reopens it has it.
    Reopen { incident: IncidentId },
    /// The resident was asked and has answered: by a key, a number or a button, or to whoever rang.
    ResidentAnswered { incident: IncidentId, said: Said },
    /// 알림 중지: nobody is told of what is found in a place until then. People in danger are
    /// told of all the same.
    Silence {
        place: PlaceId,
        /// None: at once.
        #[serde(with = "micros::optional")]
        from: Option<Timestamp>,
        #[serde(with = "micros::required")]
        until: Timestamp,
        because: String,
    },
    /// A silence ends before its time, or never begins.
    Unsilence { n: u32 },
    /// 훈련: everything happens as if, and says everywhere that it is an exercise.
    Drill {
        kind: KindId,
        /// Where it is meant to have been found: a zone, or a place that is larger.
        place: PlaceId,
        #[serde(with = "micros::required")]
        until: Timestamp,
        note: Option<String>,
    },
    /// 상황 발령: a person opens a situation that no sensor has seen.
    Declare(Declaration),
    /// 공식 통보: an authority has said something.
    Notice(Notice),
    /// What a tenant agreed to, where they are, and that they moved in or out. Ids only.
    Household { home: HomeId, household: HouseholdId, change: household::Change },
}

/// What a resident answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// 괜찮아요.
    Fine,
    /// 도와주세요.
    Help,
}

impl Said {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Help => "help",
        }
    }
}

/// What a person says is happening.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declaration {
    pub situation: KindId,
    pub place: PlaceId,
    /// How bad; none: as bad as its situation says.
    pub level: Option<Level>,
    pub note: Option<String>,
}

impl Action {
    /// The incident it is about, if it is about one that there is.
    #[must_use]
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Self::Acknowledge { incident }
            | Self::TakeOver { incident }
            | Self::Assign { incident, .. }
            | Self::Comment { incident, .. }
            | Self::Tick { incident, .. }
            | Self::Resolve { incident, .. }
            | Self::FoundAway { incident, .. }
            | Self::Reopen { incident }
            | Self::ResidentAnswered { incident, .. } => Some(incident),
            Self::Silence { .. }
            | Self::Unsilence { .. }
            | Self::Drill { .. }
            | Self::Declare(_)
            | Self::Notice(_)
            | Self::Household { .. } => None,
        }
    }

    /// The place it is about.
    #[must_use]
    pub fn place(&self) -> Option<&PlaceId> {
        match self {
            Self::Silence { place, .. } | Self::Drill { place, .. } => Some(place),
            Self::Declare(declaration) => Some(&declaration.place),
            Self::Notice(notice) => notice.place.as_ref(),
            _ => self.incident().map(|incident| &incident.place),
        }
    }

    /// The same without what a person wrote in their own words, which may be of anybody and
    /// moves nothing.
    #[must_use]
    pub fn without_words(mut self) -> Self {
        match &mut self {
            Self::Resolve { note, .. }
            | Self::FoundAway { note, .. }
            | Self::Drill { note, .. }
            | Self::Declare(Declaration { note, .. }) => *note = None,
            Self::Comment { text: words, .. } | Self::Silence { because: words, .. } => {
                words.clear();
            }
            _ => {}
        }
        self
    }
}

/// What the person is told, once it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    Done,
    /// Done, and this is the incident that it opened.
    Opened(IncidentId),
    /// Done, and this is the silence's number.
    Silenced(u32),
    Refused(Refusal),
}

/// Why a command was not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    UnknownIncident,
    AlreadyAcknowledged,
    AlreadyResolved,
    /// It is not over, so there is nothing to reopen.
    NotResolved,
    /// A later one of its kind and place is there.
    NotTheNewest,
    /// The resident was not asked about it.
    NotAsked,
    /// Its situation's checklist has no such item.
    UnknownItem,
    UnknownPlace,
    UnknownSituation,
    UnknownSilence,
    /// What can be heard there is never silenced.
    NeverSilenced,
    /// It begins after it ends, or lasts too long.
    BadWindow,
    /// There is a drill of that kind there.
    DrillRuns,
    /// `restored` is jikimi's own outcome.
    OutcomeReserved,
    /// The key was used before, for something else.
    KeyReused,
    /// It is no change of this home's household as it is.
    Household(household::Denied),
}
