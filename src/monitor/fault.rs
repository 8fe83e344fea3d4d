//! What a detector's turn means besides its finding: a device that does not speak or cannot be
//! believed makes its home blind, and may be no fault of its own.

use super::gateway::Gateway;
use super::instance::Shared;
use super::watch::Watch;
use crate::detect::{Change, Fault, Turn, Word};
use crate::domain::time::Timestamp;
use crate::domain::{Quantity, Words};

impl Watch {
    /// Takes one change of one detector.
    pub(super) fn turn(&mut self, index: usize, change: Change, late: bool) {
        let (turn, at) = (change.turn, change.at);
        let instance = &mut self.instances[index];
        match turn {
            Turn::Started => instance.standing = Some(at),
            Turn::Stopped => instance.standing = None,
            Turn::Grew => {}
        }
        match instance.rule.detector.fault() {
            Fault::None => {
                self.findings.push(self.instances[index].finding(change, late));
                if turn == Turn::Stopped && self.mains.contains(&index) {
                    self.power_is_back(index, at);
                }
            }
            Fault::Silent => self.silence(index, change),
            Fault::Doubtful => {
                self.findings.push(self.instances[index].finding(change, late));
                self.doubts(index, turn, at);
            }
        }
    }

    fn silence(&mut self, index: usize, change: Change) {
        let (turn, at) = (change.turn, change.at);
        let mount = self.instances[index].mount;
        match turn {
            Turn::Started => {
                // It stands, but is not among those that tell whether its gateway is dead.
                self.instances[index].standing = None;
                let shared = self.shared_fault(mount, at);
                let instance = &mut self.instances[index];
                (instance.standing, instance.shared) = (Some(at), shared);
                self.findings.push(self.instances[index].finding(change, false));
            }
            Turn::Grew => return self.on_its_own(index, at),
            Turn::Stopped => {
                self.findings.push(self.instances[index].finding(change, false));
                self.instances[index].shared = None;
            }
        }
        if let Some(home) = self.mounts[mount].home {
            self.look(home, at, at);
        }
        let Some(gateway) = self.mounts[mount].gateway else { return };
        let Gateway { mount: own, .. } = self.gateways[gateway];
        match turn {
            Turn::Stopped if own == mount && !self.is_dead(gateway) => self.reopen(gateway, at),
            Turn::Started if self.is_dead(gateway) => self.fold(gateway, at),
            _ => {}
        }
    }

    /// A device behind a shared fault that is over has not come back: a fault of its own, unless
    /// there is a shared one again.
    fn on_its_own(&mut self, index: usize, at: Timestamp) {
        let mount = self.instances[index].mount;
        let dead = self.mounts[mount].gateway.is_some_and(|gateway| self.is_dead(gateway));
        if self.instances[index].shared.is_some() && !dead && self.power_cut(mount).is_none() {
            let because = Words::new(
                "통신로는 복구됐으나 응답 없음",
                "its way is open again, and still it does not speak",
            );
            self.move_to(index, None, at, &because);
        }
    }

    fn power_is_back(&mut self, index: usize, at: Timestamp) {
        let (kind, place) = self.instances[index].target();
        for index in 0..self.instances.len() {
            let instance = &self.instances[index];
            let of_it = |shared: &Shared| (&shared.kind, &shared.place) == (&kind, &place);
            if instance.armed.is_none() && instance.shared.as_ref().is_some_and(of_it) {
                self.heard(index, at, Word::Reopened);
            }
        }
    }

    fn doubts(&mut self, index: usize, turn: Turn, at: Timestamp) {
        let instance = &self.instances[index];
        let mount = &self.mounts[instance.mount];
        let Some(home) = mount.home else { return };
        let since = instance.rule.detector.since(&instance.state).unwrap_or(at);
        if turn == Turn::Started && instance.rule.quantities.iter().any(|q| is_of_people(*q)) {
            let device = mount.device.id.clone();
            for still in 0..self.homes[home].stills.len() {
                let still = self.homes[home].stills[still];
                let instance = &mut self.instances[still];
                instance.rule.detector.doubted(&mut instance.state, &device);
                self.settle(still, |_| false);
            }
        }
        self.look(home, at, since);
    }
}

/// Whether it tells of people.
pub(super) fn is_of_people(quantity: Quantity) -> bool {
    matches!(quantity, Quantity::Motion | Quantity::Presence)
}
