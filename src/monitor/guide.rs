//! The guiding part: what the responding half knows → what the signs show.
//!
//! While an alarm is unresolved, its hazards close ways, and every sign is told where to lead and
//! told again before that runs out. When no alarm is left nothing is told any more, and each sign
//! goes back to its direction at rest by itself. Like the responding half it is loaded from its
//! rows, as of the last position.

use std::sync::Arc;

use super::Configuration;
use super::effect::Effect;
use crate::domain::time::Timestamp;
use crate::domain::{Class, Input};
use crate::evacuate::{Board, Hazards, Network, Planned, Sent};
use crate::incident::Incident;

pub struct Guide {
    network: Network,
    board: Board,
    /// Whether there is an alarm, and what it puts in the way.
    guides: bool,
    hazards: Hazards,
    deadline: Option<Timestamp>,
}

impl Guide {
    #[must_use]
    pub fn new(configuration: &Configuration) -> Self {
        let network = Network::of(Arc::clone(&configuration.site));
        let board = Board::of(&network);
        Self { network, board, guides: false, hazards: Hazards::default(), deadline: None }
    }

    /// Takes the signs back from their rows, once the incidents are back.
    pub fn load<'i>(
        &mut self,
        now: Timestamp,
        configuration: &Configuration,
        open: impl Iterator<Item = &'i Incident>,
        (planned, sent): (Vec<Planned>, Vec<Sent>),
    ) {
        self.look(configuration, open);
        self.board.load(planned, sent);
        self.board.rank(&self.network, &self.hazards);
        self.deadline = self.guides.then(|| self.board.deadline(now)).flatten();
    }

    #[must_use]
    pub fn wake_at(&self) -> Option<Timestamp> {
        self.deadline
    }

    /// Follows what has just been decided; `moved` says whether incidents may have changed.
    pub fn step<'i>(
        &mut self,
        now: Timestamp,
        configuration: &Configuration,
        (open, moved): (impl Iterator<Item = &'i Incident>, bool),
        input: &Input,
        effects: &mut Vec<Effect>,
    ) {
        if self.board.is_empty() {
            return;
        }
        let activated = matches!(input, Input::ConfigurationActivated { .. });
        let differs = (moved || activated) && self.look(configuration, open);
        let changed = differs || activated;
        let mut answered = false;
        if let Input::SignShown { sign, epoch, show } = input {
            answered = self.board.shown(sign, *epoch, *show);
            if answered {
                let (sign, epoch, show) = (sign.clone(), *epoch, *show);
                effects.push(Effect::SignConfirmed { sign, epoch, show });
            }
        }
        if !self.guides {
            self.deadline = None;
            return;
        }
        if changed || self.board.is_at_rest(now) {
            let planned = self.board.plan(now, &self.network, &self.hazards);
            effects.extend(planned.into_iter().map(Effect::sign_planned));
        }
        let due = self.deadline.is_none_or(|deadline| deadline <= now);
        if changed || answered || due {
            let told = self.board.advance(now, &self.network, &self.hazards);
            effects.extend(told.into_iter().map(Effect::sign_shows));
            self.deadline = self.board.deadline(now);
        }
    }

    /// Looks at the incidents; whether what they mean for people's ways has changed.
    fn look<'i>(
        &mut self,
        configuration: &Configuration,
        open: impl Iterator<Item = &'i Incident>,
    ) -> bool {
        let open: Vec<&Incident> = open.collect();
        let guides = open.iter().any(|incident| incident.class == Class::Alarm);
        let hazards = Hazards::of(&configuration.site, &configuration.rules, open);
        let changed = guides != self.guides || hazards != self.hazards;
        (self.guides, self.hazards) = (guides, hazards);
        changed
    }

    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }
}
