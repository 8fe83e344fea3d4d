//! Whether we are looking: watching, lost, or catching up with what came while we were not.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::time::{SignedDuration, Timestamp, after, micros};

/// After this long without the marker, the backlog is taken as drained.
pub const CATCH_UP_MAX: SignedDuration = SignedDuration::from_mins(2);
/// Unwatched spans remembered, so that what was measured then is not called late.
const SPANS_KEPT: usize = 16;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    #[default]
    Watching,
    /// Nothing comes. `noticed` is when we learnt of it.
    Lost {
        #[serde(with = "micros::required")]
        noticed: Timestamp,
    },
    /// Messages flow again, the old ones first.
    CatchingUp {
        #[serde(with = "micros::required")]
        regained: Timestamp,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Span {
    #[serde(with = "micros::required")]
    from: Timestamp,
    #[serde(with = "micros::optional")]
    until: Option<Timestamp>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sight {
    pub phase: Phase,
    spans: VecDeque<Span>,
}

impl Sight {
    pub fn lost(&mut self, from: Timestamp, now: Timestamp) {
        match self.spans.back_mut() {
            // Lost again before we had caught up: one span.
            Some(span) if self.phase != Phase::Watching => {
                span.from = span.from.min(from);
                span.until = None;
            }
            _ => self.spans.push_back(Span { from, until: None }),
        }
        if self.spans.len() > SPANS_KEPT {
            self.spans.pop_front();
        }
        if !matches!(self.phase, Phase::Lost { .. }) {
            self.phase = Phase::Lost { noticed: now };
        }
    }

    pub fn regained(&mut self, now: Timestamp) {
        if matches!(self.phase, Phase::Lost { .. }) {
            self.phase = Phase::CatchingUp { regained: now };
            if let Some(span) = self.spans.back_mut() {
                span.until = Some(now);
            }
        }
    }

    /// If this ends a catching up: since when nothing had been seen.
    pub fn caught_up(&mut self) -> Option<Timestamp> {
        if !matches!(self.phase, Phase::CatchingUp { .. }) {
            return None;
        }
        self.phase = Phase::Watching;
        self.spans.back().map(|span| span.from)
    }

    /// Whether a message with this event time that comes now is late because of us.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.phase != Phase::Watching
            || self
                .spans
                .iter()
                .any(|span| span.from <= at && span.until.is_none_or(|until| at <= until))
    }

    /// When the watching half is to be woken, given its next hold and its next silence.
    #[must_use]
    pub fn wake_at(
        &self,
        hold: Option<Timestamp>,
        silence: Option<Timestamp>,
    ) -> Option<Timestamp> {
        match self.phase {
            Phase::Watching => hold.into_iter().chain(silence).min(),
            // A hold that was running may be a fire, so blindness delays it only so long.
            Phase::Lost { noticed } => hold.map(|hold| hold.max(after(noticed, CATCH_UP_MAX))),
            Phase::CatchingUp { regained } => Some(after(regained, CATCH_UP_MAX)),
        }
    }
}
