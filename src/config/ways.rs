//! Whether there is a way out: the check that no zone is cut off from every exit.
//!
//! Where a passage or an exit could not be read, the zones it may have served get the benefit of
//! the doubt, since its own problem is reported already.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ZoneId;

/// What leads where in one site.
#[derive(Default)]
pub(super) struct Ways {
    beside: BTreeMap<ZoneId, Vec<ZoneId>>,
    /// Zones with an exit, or with a way that could not be read.
    out: BTreeSet<ZoneId>,
    /// Whether an exit or a passage could be anywhere.
    doubtful: bool,
}

impl Ways {
    pub fn passage(&mut self, [one, other]: &[ZoneId; 2]) {
        self.beside.entry(one.clone()).or_default().push(other.clone());
        self.beside.entry(other.clone()).or_default().push(one.clone());
    }

    pub fn exit(&mut self, zone: &ZoneId) {
        self.out.insert(zone.clone());
    }

    pub fn doubt_all(&mut self) {
        self.doubtful = true;
    }

    /// Every zone from which some exit is reached.
    pub fn with_way_out(&self) -> BTreeSet<&ZoneId> {
        let mut reached: BTreeSet<&ZoneId> = self.out.iter().collect();
        let mut next: Vec<&ZoneId> = self.out.iter().collect();
        while let Some(zone) = next.pop() {
            for beside in self.beside.get(zone).into_iter().flatten() {
                if reached.insert(beside) {
                    next.push(beside);
                }
            }
        }
        reached
    }

    /// Whether what is not reached is truly cut off.
    pub fn is_certain(&self) -> bool {
        !self.doubtful
    }

    pub fn has_exits(&self) -> bool {
        !self.out.is_empty()
    }
}
