//! Who reaches what in a draft: whether on foot, how far, and in how many ways.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::draft::{Draft, Way};
use crate::domain::PassageKind;

/// The ways of a draft, space by space.
pub(super) struct Ways<'d> {
    draft: &'d Draft,
    beside: Vec<Vec<(usize, usize)>>,
}

impl<'d> Ways<'d> {
    pub fn of(draft: &'d Draft) -> Self {
        let mut beside = vec![Vec::new(); draft.spaces.len()];
        for (n, way) in draft.ways.iter().enumerate() {
            let [one, other] = way.between;
            beside[one].push((other, n));
            beside[other].push((one, n));
        }
        Self { draft, beside }
    }

    /// The neighbours of a space, each with the way that leads there.
    pub fn beside(&self, space: usize) -> impl Iterator<Item = (usize, &'d Way)> {
        self.beside[space].iter().map(|(to, n)| (*to, &self.draft.ways[*n]))
    }

    /// Which spaces have a way to an exit, the lift's included.
    pub fn reached(&self) -> Vec<bool> {
        self.walked(|_| true)
    }

    /// Which spaces have a way to an exit on foot.
    pub fn reached_on_foot(&self) -> Vec<bool> {
        self.walked(|way| way.kind != PassageKind::Lift)
    }

    fn walked(&self, may: impl Fn(&Way) -> bool) -> Vec<bool> {
        let mut reached = vec![false; self.beside.len()];
        let mut next: Vec<usize> = self.draft.exits.iter().map(|exit| exit.space).collect();
        while let Some(space) = next.pop() {
            if !std::mem::replace(&mut reached[space], true) {
                let on = self.beside(space).filter(|(_, way)| may(way));
                next.extend(on.map(|(to, _)| to).filter(|to| !reached[*to]));
            }
        }
        reached
    }

    /// The spaces that hang together with one, itself among them.
    pub fn connected(&self, space: usize) -> BTreeSet<usize> {
        let mut connected = BTreeSet::from([space]);
        let mut next = vec![space];
        while let Some(at) = next.pop() {
            let on = self.beside(at).map(|(to, _)| to);
            next.extend(on.filter(|to| connected.insert(*to)).collect::<Vec<_>>());
        }
        connected
    }

    /// How far (mm) every space is from the nearest of some, on its own storey and on foot; none
    /// if it does not get there.
    pub fn far_mm(&self, from: &[(usize, u64)]) -> Vec<Option<u64>> {
        let mut far: Vec<Option<u64>> = vec![None; self.beside.len()];
        let mut open: BinaryHeap<Reverse<(u64, usize)>> =
            from.iter().map(|(space, mm)| Reverse((*mm, *space))).collect();
        while let Some(Reverse((mm, space))) = open.pop() {
            if far[space].is_some() {
                continue;
            }
            far[space] = Some(mm);
            for (to, way) in self.beside(space).filter(|(_, way)| !way.kind.is_vertical()) {
                if far[to].is_none() {
                    open.push(Reverse((mm + mm_of(way.length_m), to)));
                }
            }
        }
        far
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "lengths are at least 0 and those of one building"
)]
pub(super) fn mm_of(metres: f64) -> u64 {
    (metres.max(0.0) * 1000.0).round() as u64
}
