//! Disasters as data (재난 상황): what confirms one, whom it reaches, what it asks of people, and
//! how it is told.
//!
//! Nothing here knows a disaster by name, waits or decides by itself: a situation is what its file
//! says, and the functions answer questions about it. Where people go is its policy, which the
//! evacuation reads.

mod cap;
mod confirm;
mod floors;
mod message;
mod notice;
mod now;
mod place;

pub use cap::{Cap, CapNow, Category, Certainty, Response, Severity, Urgency};
pub use confirm::{ACCUMULATES_MAX, ACCUMULATES_MIN, Confirm};
pub use floors::{Alerts, FloorSet, Floors, On};
pub use message::{Message, Moment, unknown_word};
pub use notice::{AUTHORITY_LENGTH_MAX, Heeded, Notice, NoticeKind};
pub use now::Case;
pub use place::{buildings, everywhere, scoped};

use crate::domain::{Class, KindId, Level, RuleId, Scope, Switching, Words};
use crate::evacuate::Policy;
use crate::incident::Incident;

/// One kind of disaster (재난 상황).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    pub id: KindId,
    /// What people call it, in Korean and in English.
    pub name: String,
    pub name_en: String,
    pub scope: Scope,
    /// Of two at once the one with the smaller number leads: its order of destinations holds.
    pub threat: u8,
    /// How bad it is when an operator opens it; none: only sensors and authorities do.
    pub declared: Option<Level>,
    /// Which notices of authorities open it.
    pub notices: Vec<Heeded>,
    /// What it takes to be believed; none: every finding is believed at once.
    pub confirm: Option<Confirm>,
    /// While a finding of one of these rules stands nobody is to move; afterwards they go.
    pub holds_while: Vec<RuleId>,
    /// What often follows from it, and is shown with it.
    pub joined_by: Vec<KindId>,
    pub floors: Floors,
    /// What could be switched for it, where a site allows it.
    pub actions: Vec<DeviceAction>,
    pub checklist: Vec<CheckItem>,
    pub messages: Vec<Message>,
    pub cap: Option<Cap>,
    /// What it asks of ways.
    pub policy: Policy,
}

/// One thing for an operator to do (점검 항목), which may be ticked by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckItem {
    pub id: String,
    pub text: Words,
}

/// What a device could be told to do (설비 연동). Nothing is switched unless it is enabled here and
/// every situation that is open lets things be switched: a relay's spark ignites gas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceAction {
    pub id: String,
    pub does: Switching,
    pub enabled: bool,
}

impl Situation {
    /// A kind of which nothing more is said: believed at once, and whoever is there is told.
    #[must_use]
    pub fn plain(id: KindId, (name, name_en): (String, String), scope: Scope) -> Self {
        Self {
            id,
            name,
            name_en,
            scope,
            threat: u8::MAX,
            declared: None,
            notices: Vec::new(),
            confirm: None,
            holds_while: Vec::new(),
            joined_by: Vec::new(),
            floors: Floors::default(),
            actions: Vec::new(),
            checklist: Vec::new(),
            messages: Vec::new(),
            cap: None,
            policy: Policy::usual(),
        }
    }

    /// Whether it is believed: an alarm that has been confirmed, or that needs no confirmation.
    #[must_use]
    pub fn is_confirmed(&self, class: Class, level: Level) -> bool {
        let beyond = |confirm: &Confirm| level > confirm.unconfirmed;
        class == Class::Alarm && self.confirm.as_ref().is_none_or(beyond)
    }

    /// Whether nobody is to move now: while it shakes.
    #[must_use]
    pub fn holds(&self, incident: &Incident) -> bool {
        incident.standing.iter().any(|standing| self.holds_while.contains(&standing.rule))
    }

    /// What is to be said now, with what the place is called and why.
    #[must_use]
    pub fn says(&self, moment: Moment, place: &str, because: &Words) -> Option<Words> {
        let message = self.messages.iter().find(|message| message.when == moment)?;
        Some(message.said(place, because))
    }

    /// At which moment of it we are.
    #[must_use]
    pub fn moment(&self, (class, level): (Class, Level), holds: bool, over: bool) -> Moment {
        match (over, holds, self.is_confirmed(class, level)) {
            (true, ..) => Moment::Over,
            (_, true, _) => Moment::Hold,
            (_, _, true) => Moment::Confirmed,
            _ => Moment::Early,
        }
    }
}

/// What may be switched while these situations are open, each with whether it is believed: what is
/// enabled, by id. While one of them lets nothing be switched, nothing is: the relay that helps
/// against one is the spark that feeds the other.
#[must_use]
pub fn switched<'s>(open: &[(&'s Situation, bool)]) -> Vec<(&'s Situation, &'s DeviceAction)> {
    if open.iter().any(|(situation, _)| !situation.policy.switches) {
        return Vec::new();
    }
    let believed = open.iter().filter(|(_, believed)| *believed);
    let actions = believed.flat_map(|(of, _)| of.actions.iter().map(move |action| (*of, action)));
    actions.filter(|(_, action)| action.enabled).collect()
}
