//! The log of a service once more, under a configuration of our choice, and what two of those
//! tell differently.
//!
//! It begins in the midst of things with nothing learnt, as both of two sides do, so what is
//! compared is what rules say of readings; what takes weeks to learn says little in days. What a
//! person did about an incident is done here to the one that is open at the same place, since
//! numbers differ where another rule opened another incident before. What only a running service
//! does (its own activations, plans, deliveries) is left out. The caller owes it the inputs of one
//! site in the order of their positions.

use std::sync::Arc;

use super::{Ledger, Replay, Told};
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{Action, HomeId, Household, Input, Level};
use crate::incident::{IncidentId, State};
use crate::monitor::Configuration;

/// Two incidents of one kind at one place are the same if they began no further apart. A rule that
/// notices later than this notices something else.
const SAME_WITHIN: SignedDuration = SignedDuration::from_mins(30);

/// One site's log under one configuration.
pub struct Again {
    replay: Replay,
    configuration: Arc<Configuration>,
}

impl Again {
    /// Begins with the households as they are registered now.
    #[must_use]
    pub fn under(configuration: &Arc<Configuration>, households: &[(HomeId, Household)]) -> Self {
        let mut replay = Replay::new(std::slice::from_ref(configuration));
        if let Some(monitor) = replay.monitors.get_mut(&configuration.site.id) {
            monitor.load_households(households.iter().cloned());
        }
        Self { replay, configuration: Arc::clone(configuration) }
    }

    /// Takes one input as it stands in the log.
    pub fn take(&mut self, step_at: Timestamp, input: &Input) {
        let mapped = match input {
            Input::Wake
            | Input::ConfigurationActivated { .. }
            | Input::Quarantined { .. }
            | Input::Planned { .. }
            | Input::Undelivered { .. }
            | Input::Delivered { .. } => return,
            Input::Command(command) => match self.here(&command.action) {
                Some(action) => {
                    let mut command = command.clone();
                    command.action = action;
                    Input::Command(command)
                }
                None => return,
            },
            input => input.clone(),
        };
        self.replay.log(&self.configuration.site.id, step_at, &mapped);
    }

    /// The same wish about the incident that is open here; none if none is.
    fn here(&self, action: &Action) -> Option<Action> {
        let Some(meant) = action.incident() else { return Some(action.clone()) };
        let incident = self.replay.ledger.open(meant)?;
        match action {
            Action::Acknowledge { .. } => Some(Action::Acknowledge { incident }),
            Action::TakeOver { .. } => Some(Action::TakeOver { incident }),
            Action::Resolve { outcome, .. } => {
                Some(Action::Resolve { incident, outcome: *outcome, note: None })
            }
            Action::ResidentAnswered { said, .. } => {
                Some(Action::ResidentAnswered { incident, said: *said })
            }
            _ => None,
        }
    }

    /// Every incident of it.
    #[must_use]
    pub fn finish(self) -> Ledger {
        self.replay.finish().0
    }
}

impl Ledger {
    /// The unresolved incident of the same kind at the same place.
    fn open(&self, like: &IncidentId) -> Option<IncidentId> {
        let same = |told: &&Told| {
            told.id.kind == like.kind
                && told.id.place == like.place
                && told.state != State::Resolved
        };
        self.incidents().into_iter().rev().find(same).map(|told| told.id.clone())
    }
}

/// An incident as one side tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    pub opened_at: Timestamp,
    pub level: Level,
    pub calls: usize,
}

/// What two sides tell of one thing; at least one of them does.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub id: IncidentId,
    pub before: Option<Side>,
    pub after: Option<Side>,
}

impl Pair {
    #[must_use]
    pub fn differs(&self) -> bool {
        self.before != self.after
    }

    /// When it began, as far as either side knows.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        let sides = [&self.before, &self.after].into_iter().flatten();
        sides.map(|side| side.opened_at).min().unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// Every incident of two ledgers of one site, each beside its like of the other, in the order of
/// their beginnings.
#[must_use]
pub fn beside(before: &Ledger, after: &Ledger) -> Vec<Pair> {
    let mut others: Vec<&Told> = after.incidents();
    let mut pairs: Vec<Pair> = Vec::new();
    for told in before.incidents() {
        let apart = |other: &Told| between(told.opened_at, other.opened_at).abs();
        let like = |other: &Told| {
            other.id.kind == told.id.kind
                && other.id.place == told.id.place
                && apart(other) <= SAME_WITHIN
        };
        let candidates = others.iter().enumerate().filter(|(_, other)| like(other));
        let nearest = candidates.min_by_key(|(_, other)| apart(other)).map(|(at, _)| at);
        let other = nearest.map(|at| others.remove(at));
        let (id, before) = (told.id.clone(), Some(side(told)));
        pairs.push(Pair { id, before, after: other.map(side) });
    }
    let only_after = others.into_iter();
    let one = |told: &Told| Pair { id: told.id.clone(), before: None, after: Some(side(told)) };
    pairs.extend(only_after.map(one));
    pairs.sort_by(|one, other| (one.at(), &one.id).cmp(&(other.at(), &other.id)));
    pairs
}

fn side(told: &Told) -> Side {
    Side { opened_at: told.opened_at, level: told.level, calls: told.calls }
}
