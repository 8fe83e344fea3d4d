//! What a step asks of the world: a closed list, written with its input in one transaction.
//!
//! An effect is identified by (site, position, ordinal); the ordinal is its index in the step's
//! answer. Rebuilding from the log carries out none.

use serde::{Deserialize, Serialize};

use crate::domain::time::{Timestamp, micros};
use crate::domain::{
    Answer, Class, HomeId, HouseholdId, Level, Outcome, Said, Show, SignId, SwitchId, Switching,
    Words, ZoneId, household,
};
use crate::evacuate::{Planned, Sent, Told};
use crate::incident::{Cause, Contribution, Evidence, IncidentId, Role, Rung, Silence};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// A new incident; its evidence follows.
    Opened {
        incident: IncidentId,
        class: Class,
        level: Level,
        /// Event time of the first finding.
        #[serde(with = "micros::required")]
        at: Timestamp,
        /// A drill's, which ends then by itself.
        #[serde(with = "micros::optional")]
        exercise_until: Option<Timestamp>,
    },
    /// A finding joined an incident.
    EvidenceAdded {
        incident: IncidentId,
        evidence: Evidence,
    },
    /// A finding no longer holds.
    EvidenceEnded {
        incident: IncidentId,
        contribution: Contribution,
        #[serde(with = "micros::required")]
        at: Timestamp,
        because: Words,
    },
    /// State, level or standing changed, in words that the tables and the console share.
    Moved {
        incident: IncidentId,
        from: String,
        to: String,
        cause: Cause,
        #[serde(with = "micros::required")]
        at: Timestamp,
        /// Who, where a person did it.
        actor: Option<String>,
        /// Why the level changed, where it did.
        because: Option<Words>,
        detail: Detail,
    },
    /// Someone is to be told. Queued once; sent by whoever holds that role then.
    NoticeDue {
        incident: IncidentId,
        step: String,
        role: Role,
    },
    /// Whatever is still queued for this incident is no longer wanted.
    NoticesStopped {
        incident: IncidentId,
    },
    /// Who is told one after the other if nobody answers: every step, and when the first is due.
    LadderBegun {
        incident: IncidentId,
        run: u32,
        steps: Vec<Rung>,
        #[serde(with = "micros::required")]
        due: Timestamp,
    },
    /// A step was taken: who was told, and when the step after it is due, if there is one.
    StepTaken {
        incident: IncidentId,
        run: u32,
        step: usize,
        roles: Vec<Role>,
        #[serde(with = "micros::required")]
        at: Timestamp,
        #[serde(with = "micros::optional")]
        next: Option<Timestamp>,
    },
    /// A step is due at another moment than it was.
    StepMoved {
        incident: IncidentId,
        run: u32,
        step: usize,
        #[serde(with = "micros::required")]
        due: Timestamp,
    },
    /// No further step is taken.
    LadderStopped {
        incident: IncidentId,
        #[serde(with = "micros::required")]
        at: Timestamp,
    },
    /// Who is to see to it.
    Assigned {
        incident: IncidentId,
        to: Option<String>,
        #[serde(with = "micros::required")]
        at: Timestamp,
        actor: String,
    },
    Commented {
        incident: IncidentId,
        text: String,
        #[serde(with = "micros::required")]
        at: Timestamp,
        actor: String,
    },
    /// An item of the checklist is done, or is not after all.
    Ticked {
        incident: IncidentId,
        item: String,
        done: bool,
        #[serde(with = "micros::required")]
        at: Timestamp,
        actor: String,
    },
    /// A silence is agreed; it holds from its beginning on.
    SilenceSet(Silence),
    SilenceBegun {
        n: u32,
    },
    SilenceEnded {
        n: u32,
        #[serde(with = "micros::required")]
        at: Timestamp,
        /// None: its time was over.
        actor: Option<String>,
    },
    /// The answer to a command.
    Answered {
        key: String,
        answer: Answer,
    },
    /// What a sign is to show from this epoch on, as soon as it is safe to say so.
    SignPlanned {
        sign: SignId,
        epoch: u64,
        show: Show,
        /// The zone it leads into.
        toward: Option<ZoneId>,
        because: String,
    },
    /// A sign is told what to show, and until when. Told again it only lasts longer.
    SignShows {
        sign: SignId,
        /// The epoch with which its signs left their rest.
        run: u64,
        epoch: u64,
        show: Show,
        toward: Option<ZoneId>,
        #[serde(with = "micros::required")]
        until: Timestamp,
        because: String,
    },
    /// A sign has answered that it shows what it was told.
    SignConfirmed {
        sign: SignId,
        epoch: u64,
        show: Show,
    },
    /// A device is told to do something (설비 연동), or told again before that runs out.
    SwitchOrdered {
        switch: SwitchId,
        epoch: u64,
        does: Switching,
        incident: IncidentId,
        #[serde(with = "micros::required")]
        until: Timestamp,
        /// What a voice is to say.
        say: Option<Words>,
        because: Words,
    },
    /// What it was told holds no longer. What it has done it has done: whoever is there undoes it.
    SwitchWithdrawn {
        switch: SwitchId,
        epoch: u64,
        because: Words,
    },
    /// Something of a home's household has changed: as a person asked, or as we found out.
    Household {
        home: HomeId,
        household: HouseholdId,
        change: household::Change,
        #[serde(with = "micros::required")]
        at: Timestamp,
    },
    /// Better signs are to be looked for, elsewhere; they come back as an input with this stamp.
    PlanWanted {
        of: u64,
    },
}

impl Effect {
    /// The incident it is about.
    #[must_use]
    pub fn incident(&self) -> Option<&IncidentId> {
        match self {
            Self::Opened { incident, .. }
            | Self::EvidenceAdded { incident, .. }
            | Self::EvidenceEnded { incident, .. }
            | Self::Moved { incident, .. }
            | Self::NoticeDue { incident, .. }
            | Self::LadderBegun { incident, .. }
            | Self::StepTaken { incident, .. }
            | Self::StepMoved { incident, .. }
            | Self::LadderStopped { incident, .. }
            | Self::Assigned { incident, .. }
            | Self::Commented { incident, .. }
            | Self::Ticked { incident, .. }
            | Self::NoticesStopped { incident } => Some(incident),
            Self::Answered { .. }
            | Self::SilenceSet(_)
            | Self::SilenceBegun { .. }
            | Self::SilenceEnded { .. }
            | Self::SignPlanned { .. }
            | Self::SignShows { .. }
            | Self::SignConfirmed { .. }
            | Self::SwitchOrdered { .. }
            | Self::SwitchWithdrawn { .. }
            | Self::Household { .. }
            | Self::PlanWanted { .. } => None,
        }
    }

    /// Whether it changes which silences there are.
    #[must_use]
    pub fn is_of_silences(&self) -> bool {
        matches!(self, Self::SilenceSet(_) | Self::SilenceBegun { .. } | Self::SilenceEnded { .. })
    }

    pub(super) fn sign_planned(planned: Planned) -> Self {
        let Planned { sign, told: Told { epoch, show, toward, because } } = planned;
        Self::SignPlanned { sign, epoch, show, toward, because }
    }

    pub(super) fn sign_shows(sent: Sent) -> Self {
        let Sent { sign, run, told: Told { epoch, show, toward, because }, until, .. } = sent;
        Self::SignShows { sign, run, epoch, show, toward, until, because }
    }
}

/// What a move changes besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    Opened,
    Raised {
        class: Class,
        level: Level,
    },
    /// The worst has ended, and this much is left.
    Eased {
        level: Level,
    },
    Acknowledged {
        #[serde(with = "micros::required")]
        until: Timestamp,
    },
    AcknowledgementExpired,
    /// Whether nobody is told of it for now.
    Silenced(bool),
    Answered(Said),
    Standing(bool),
    Resolved {
        outcome: Outcome,
    },
    /// It is whoever's reopened it, until then.
    Reopened {
        #[serde(with = "micros::required")]
        until: Timestamp,
    },
}
