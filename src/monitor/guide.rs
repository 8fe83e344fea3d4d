//! The guiding part: what the responding half knows → what the signs show.
//!
//! While an alarm is unresolved, its hazards close ways, its situation says where people are safe
//! and whether they move, and every sign is told where to lead and told again before that runs
//! out: none where nobody may read it, and none near gas, which a switch could light. When no
//! alarm is left nothing is told any more, and each sign goes back to its direction at rest by
//! itself. Like the responding half it is loaded from its rows, as of the last position.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Configuration;
use super::effect::Effect;
use crate::domain::time::Timestamp;
use crate::domain::{Input, Message, Site, ZoneId};
use crate::evacuate::{self, Board, Hazards, Network, Planned, Sent, Wanted, occupancy};
use crate::incident::Incident;

pub struct Guide {
    network: Arc<Network>,
    board: Board,
    /// Whether an alarm asks anybody to do anything, and what it puts in the way.
    guides: bool,
    hazards: Hazards,
    /// Whom sensors have counted. Learnt by listening and not kept: after a start a zone has its
    /// usual number of people until it is counted again, and only plans depend on it.
    counted: BTreeMap<ZoneId, u32>,
    deadline: Option<Timestamp>,
}

impl Guide {
    #[must_use]
    pub fn new(configuration: &Configuration) -> Self {
        let network = Arc::new(Network::of(Arc::clone(&configuration.site)));
        let board = Board::of(&network);
        Self {
            network,
            board,
            guides: false,
            hazards: Hazards::default(),
            counted: BTreeMap::new(),
            deadline: None,
        }
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

    /// The better plan that is wanted by now: while signs guide there always is one to look for,
    /// since who starts does not know whether anyone has.
    #[must_use]
    pub fn wanted(&self, now: Timestamp) -> Option<Wanted> {
        if !self.guides || self.board.is_empty() || !self.leads_openly() {
            return None;
        }
        let directions = (self.board.planned(), self.board.resting());
        let (network, hazards) = (Arc::clone(&self.network), self.hazards.clone());
        let people = occupancy::expected(network.site(), &self.counted, now);
        Some(Wanted::new(self.stamp(), network, hazards, directions, people))
    }

    /// Whether people are led out, by signs for everyone: only then are there better ones.
    fn leads_openly(&self) -> bool {
        let policy = &self.hazards.asks.policy;
        policy.leads_out() && policy.displays
    }

    fn stamp(&self) -> u64 {
        evacuate::stamp(&self.hazards, self.board.epoch())
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
        if let Input::Message(message) = input {
            self.count(&configuration.site, message);
        }
        let activated = matches!(input, Input::ConfigurationActivated { .. });
        let differs = (moved || activated) && self.look(configuration, open);
        let changed = differs || activated;
        let answered = self.answered(input, effects);
        // What nobody may read is not displayed; signs that were told something go to rest.
        let silent = !self.hazards.asks.policy.displays && self.board.is_at_rest(now);
        if !self.guides || silent {
            self.deadline = None;
            return;
        }
        let mut planned = changed || self.board.is_at_rest(now);
        if planned {
            let planned = self.board.plan(now, &self.network, &self.hazards);
            effects.extend(planned.into_iter().map(Effect::sign_planned));
            if self.leads_openly() {
                effects.push(Effect::PlanWanted { of: self.stamp() });
            }
        }
        planned |= self.improves(input, effects);
        let due = self.deadline.is_none_or(|deadline| deadline <= now);
        if planned || answered || due {
            let told = self.board.advance(now, &self.network, &self.hazards);
            effects.extend(told.into_iter().map(Effect::sign_shows));
            self.deadline = self.board.deadline(now);
        }
    }

    /// Takes a sign's answer; whether it answers something that it was told.
    fn answered(&mut self, input: &Input, effects: &mut Vec<Effect>) -> bool {
        let Input::SignShown { sign, epoch, show } = input else { return false };
        let answered = self.board.shown(sign, *epoch, *show);
        if answered {
            let (sign, epoch, show) = (sign.clone(), *epoch, *show);
            effects.push(Effect::SignConfirmed { sign, epoch, show });
        }
        answered
    }

    /// Takes better signs, if they are for this moment and worth turning people for; whether
    /// anything is planned otherwise now.
    fn improves(&mut self, input: &Input, effects: &mut Vec<Effect>) -> bool {
        let Input::Planned { of, toward, clearing_ms, shown_ms, .. } = input else { return false };
        let gain_ms = shown_ms.saturating_sub(*clearing_ms);
        if *of != self.stamp() || gain_ms < evacuate::worth_ms(*shown_ms) {
            return false;
        }
        let because = format!(
            "everyone is out in {} s this way instead of {} s",
            clearing_ms.div_ceil(1000),
            shown_ms.div_ceil(1000)
        );
        let planned = self.board.adopt(&self.network, &self.hazards, toward, &because);
        let changed = !planned.is_empty();
        effects.extend(planned.into_iter().map(Effect::sign_planned));
        changed
    }

    /// Listens for how many people are where.
    fn count(&mut self, site: &Site, message: &Message) {
        let Some(people) = occupancy::counted(message) else { return };
        let zone = site.devices.get(&message.device).and_then(|device| device.zone());
        self.counted.extend(zone.map(|zone| (zone.clone(), people)));
    }

    /// Looks at the incidents; whether what they mean for people's ways has changed.
    fn look<'i>(
        &mut self,
        configuration: &Configuration,
        open: impl Iterator<Item = &'i Incident>,
    ) -> bool {
        let (hazards, guides) = configuration.hazards(&open.collect::<Vec<_>>());
        let changed = guides != self.guides || hazards != self.hazards;
        (self.guides, self.hazards) = (guides, hazards);
        changed
    }

    #[must_use]
    pub fn board(&self) -> &Board {
        &self.board
    }
}
