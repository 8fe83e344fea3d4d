//! What the watching half does with what it is told of a home's household.
//!
//! It is told, and never asks: what it knows of a standing is part of what it has learnt, so that
//! a rebuild from the log comes to the same.

use super::instance::Instance;
use super::watch::Watch;
use crate::detect::{Change, Per, Turn};
use crate::domain::household::Standing;
use crate::domain::time::Timestamp;
use crate::domain::{HomeId, Words};

impl Watch {
    /// A home's standing is this from now on.
    pub(super) fn told(&mut self, now: Timestamp, home: &HomeId, standing: Standing) {
        let place = home.as_place();
        self.standings.insert(place.clone(), standing);
        for watcher in 0..self.of_homes.get(&place).map_or(0, Vec::len) {
            let Some(index) = self.of_homes.get(&place).map(|all| all[watcher]) else { return };
            let instance = &mut self.instances[index];
            if !instance.quarantined {
                let Instance { rule, state, .. } = instance;
                rule.detector.lives(state, now, standing, &mut self.changes);
                self.settle(index, |_| false);
            }
        }
    }

    /// Takes note if an instance has seen somebody home who is said to be away.
    pub(super) fn note_returned(&mut self, index: usize, mount: usize) {
        let Instance { rule, state, .. } = &mut self.instances[index];
        if rule.detector.take_returned(state) {
            self.seen_home.extend(self.mounts[mount].device.home().cloned());
        }
    }

    /// Nothing of what was learnt of whoever lived here is of the next one, and what stands of
    /// them has ended.
    pub(super) fn moved_out(&mut self, home: &HomeId, at: Timestamp) {
        let place = home.as_place();
        for index in 0..self.instances.len() {
            let instance = &self.instances[index];
            if instance.rule.detector.per() != Per::Home || instance.source != place {
                continue;
            }
            if instance.standing.is_some() {
                let because = Words::new("입주자가 퇴거함", "the household has moved out");
                let (readings, level) = (Vec::new(), None);
                self.turn(
                    index,
                    Change { turn: Turn::Stopped, level, at, because, readings },
                    false,
                );
            }
            self.empty(index);
        }
    }

    /// Homes in which somebody was seen since this was last asked.
    pub(super) fn take_seen_home(&mut self) -> Vec<HomeId> {
        std::mem::take(&mut self.seen_home)
    }
}
