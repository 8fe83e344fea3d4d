//! One person's way (개인 대피 경로): by what they can use and how fast they are, with other ways
//! beside it, a refuge with a free place where no way leads out, and "stay" where neither does.
//!
//! Signs are for everyone and can mind nobody in particular; this is what a wheelchair user's
//! telephone is told, or whoever goes to fetch them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::Serialize;

use super::forest::NEVER;
use super::graph::{Graph, Mask, index};
use super::hazard::Hazards;
use super::network::Network;
use super::profile::Profile;
use super::route::Goal;
use crate::domain::ZoneId;

/// Another way is worth naming up to this much longer than the best. Ours.
const LONGER_PERCENT: u64 = 200;

/// What a way that was taken already costs more when another one is looked for.
const TAKEN_PERCENT: u64 = 100;

/// A way for one person.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Personal {
    pub from: ZoneId,
    pub profile: Profile,
    pub goal: Goal,
    /// The exit, or the zone in which it ends.
    pub ends_at: String,
    /// In walking order, the first one included.
    pub zones: Vec<ZoneId>,
    pub length_m: f64,
    pub time_s: f64,
    pub because: String,
}

/// What else decides where someone goes.
#[derive(Debug, Clone, Default)]
pub struct Means {
    /// Whether someone runs the evacuation lifts, and the situation allows it.
    pub lifts_run: bool,
    /// Places of refuges that are taken already.
    pub taken: BTreeMap<ZoneId, u32>,
    /// When ways close, where that is expected: nobody sets out who would come too late.
    pub latest_ms: Option<Vec<Option<u64>>>,
}

/// The shortest ways of one profile.
struct Ways<'g> {
    graph: &'g Graph,
    mask: Mask,
    profile: Profile,
    /// What each way costs more than its walk.
    extra: BTreeMap<u32, u64>,
}

/// A path over links, and its time.
#[derive(Debug, Clone, PartialEq)]
struct Path {
    links: Vec<usize>,
    ms: u64,
}

impl Ways<'_> {
    fn ms(&self, link: usize) -> Option<u64> {
        let of = &self.graph.links()[link];
        let walk = self.mask.admits(of).then(|| self.profile.ms(self.graph, link))??;
        let extra = self.extra.get(&of.way).copied().unwrap_or_default();
        Some(u64::from(walk) + u64::from(self.mask.doubt_ms(of.to as usize)) + extra)
    }

    /// The shortest path to any node that is an end.
    fn path(&self, from: usize, is_end: impl Fn(usize) -> bool) -> Option<Path> {
        let mut best = vec![NEVER; self.graph.len()];
        let mut by = vec![usize::MAX; self.graph.len()];
        let mut open = BinaryHeap::from([Reverse((0, index(from)))]);
        best[from] = 0;
        while let Some(Reverse((ms, node))) = open.pop() {
            let node = node as usize;
            if best[node] != ms {
                continue;
            }
            if is_end(node) {
                return Some(self.back(&by, from, node));
            }
            for link in self.graph.row(node) {
                let Some(walk) = self.ms(link) else { continue };
                let to = self.graph.links()[link].to as usize;
                if ms + walk < best[to] {
                    (best[to], by[to]) = (ms + walk, link);
                    open.push(Reverse((ms + walk, index(to))));
                }
            }
        }
        None
    }

    fn back(&self, by: &[usize], from: usize, end: usize) -> Path {
        let (mut links, mut at, mut ms) = (Vec::new(), end, 0);
        while at != from {
            let link = by[at];
            ms += self.profile.ms(self.graph, link).map_or(0, u64::from);
            links.push(link);
            at = self.graph.from(link);
        }
        links.reverse();
        Path { links, ms }
    }
}

impl Network {
    /// The best way of one person and up to `more` others that are clearly different; the best
    /// comes first and may be to a refuge or to stay. None if there is no such zone.
    #[must_use]
    pub fn personal(
        &self,
        hazards: &Hazards,
        from: &ZoneId,
        profile: Profile,
        (means, more): (&Means, usize),
    ) -> Option<Vec<Personal>> {
        let node = self.node(from)?;
        let mut mask = self.mask(hazards);
        profile.open_lifts(&self.graph, &mut mask, means.lifts_run);
        let mut ways = Ways { graph: &self.graph, mask, profile, extra: BTreeMap::new() };
        let out = |node: usize| self.graph.is_exit(node);
        let first = ways.path(node, out);
        let late = means.latest_ms.as_ref().is_some_and(|latest| latest[node].is_none());
        let Some(first) = first.filter(|_| !late) else {
            return Some(vec![self.to_refuge(&ways, node, means, late)]);
        };
        let mut paths = vec![first];
        for _ in 0..more {
            ways.dissuade(&paths[paths.len() - 1]);
            let Some(other) = ways.path(node, out) else { break };
            if other.ms > paths[0].ms * LONGER_PERCENT / 100 {
                break;
            }
            if !paths.contains(&other) {
                paths.push(other);
            }
        }
        Some(paths.iter().map(|path| self.person(node, path, profile, Goal::Exit, "")).collect())
    }

    fn to_refuge(&self, ways: &Ways<'_>, node: usize, means: &Means, late: bool) -> Personal {
        let free = |node: usize| {
            let taken = self.zone(node).and_then(|zone| means.taken.get(zone));
            let places = self.graph.nodes()[node].places;
            self.graph.is_refuge(node)
                && !ways.mask.is_closed(node)
                && places > taken.copied().unwrap_or_default()
        };
        let why = match (late, ways.profile) {
            (true, _) => "the way out closes before they would be through it",
            (false, Profile::Wheelchair) => "no way out without stairs or narrow doors is open",
            (false, _) => "no safe way out",
        };
        match ways.path(node, free) {
            Some(path) => self.person(node, &path, ways.profile, Goal::Refuge, why),
            None => {
                let stays = Path { links: Vec::new(), ms: 0 };
                self.person(node, &stays, ways.profile, Goal::Stay, why)
            }
        }
    }

    fn person(
        &self,
        from: usize,
        path: &Path,
        profile: Profile,
        goal: Goal,
        why: &str,
    ) -> Personal {
        let links = path.links.iter().map(|link| &self.graph.links()[*link]);
        let last = links.clone().next_back();
        let passed = links.clone().filter_map(|link| self.zone(link.to as usize)).cloned();
        let zones: Vec<ZoneId> = [self.zones[from].clone()].into_iter().chain(passed).collect();
        let exit = last.and_then(|link| self.exit(link.way)).map(|exit| exit.id.to_string());
        let ends_at = exit.unwrap_or_else(|| zones[zones.len() - 1].to_string());
        let length_m: f64 = links.map(|link| self.graph.ways()[link.way as usize].length_m).sum();
        let tenths = |number: f64| (number * 10.0).round() / 10.0;
        #[expect(clippy::cast_precision_loss, reason = "times of a building")]
        let (length_m, time_s) = (tenths(length_m), tenths(path.ms as f64 / 1000.0));
        let because = match goal {
            Goal::Exit => format!("out by {ends_at}: {length_m} m, {time_s} s"),
            Goal::Refuge if path.links.is_empty() => format!("{why}: stay in the refuge"),
            Goal::Refuge => format!("{why}: to the refuge {ends_at}, {length_m} m, {time_s} s"),
            Goal::Stay => format!(
                "{why}, and no refuge with a free place: stay, close the door, make yourself known"
            ),
        };
        let from = self.zones[from].clone();
        Personal { from, profile, goal, ends_at, zones, length_m, time_s, because }
    }
}

impl Ways<'_> {
    /// Ways that were taken cost more, so that the next path takes others.
    fn dissuade(&mut self, path: &Path) {
        for link in &path.links {
            let walk = self.profile.ms(self.graph, *link).map_or(0, u64::from);
            let way = self.graph.links()[*link].way;
            *self.extra.entry(way).or_default() += walk * TAKEN_PERCENT / 100 + 1;
        }
    }
}

/// Shares refuge places among groups of people so that all together walk least; `ms[g][r]` is
/// group g's walk to refuge r, if it can get there. As many as possible get a place; how many of
/// each group go to each refuge.
#[must_use]
pub fn share_places(ms: &[Vec<Option<u64>>], people: &[u32], places: &[u32]) -> Vec<Vec<u32>> {
    let mut goes = vec![vec![0_u32; places.len()]; people.len()];
    let mut free = places.to_vec();
    let mut left = people.to_vec();
    while let Some(chain) = cheapest_chain(ms, &goes, (&left, &free)) {
        // A chain: a new one to r1, whose place was another's, who goes to r2, and so on.
        let mut before = None;
        for (group, refuge) in chain {
            if let Some(before) = before {
                goes[group][before] -= 1;
            } else {
                left[group] -= 1;
            }
            goes[group][refuge] += 1;
            before = Some(refuge);
        }
        if let Some(last) = before {
            free[last] -= 1;
        }
    }
    goes
}

/// What it costs to give one more person a place, and who goes where for it.
type Chain = (i128, Vec<(usize, usize)>);

/// The cheapest way to give one more person a place, moving others on if need be.
fn cheapest_chain(
    ms: &[Vec<Option<u64>>],
    goes: &[Vec<u32>],
    (left, free): (&[u32], &[u32]),
) -> Option<Vec<(usize, usize)>> {
    let refuges = free.len();
    // What it costs to have one more at each refuge, and by whom.
    let mut best: Vec<Option<Chain>> = vec![None; refuges];
    for (group, left) in left.iter().enumerate() {
        for refuge in (0..refuges).filter(|_| *left > 0) {
            let Some(walk) = ms[group][refuge].map(i128::from) else { continue };
            if best[refuge].as_ref().is_none_or(|(cost, _)| walk < *cost) {
                best[refuge] = Some((walk, vec![(group, refuge)]));
            }
        }
    }
    for _ in 0..refuges {
        let mut settled = true;
        for from in 0..refuges {
            let Some((cost, chain)) = best[from].clone() else { continue };
            for (group, to) in (0..ms.len()).flat_map(|g| (0..refuges).map(move |to| (g, to))) {
                let (Some(now), Some(then)) = (ms[group][from], ms[group][to]) else { continue };
                if goes[group][from] == 0 || to == from {
                    continue;
                }
                let moved = cost + i128::from(then) - i128::from(now);
                if best[to].as_ref().is_none_or(|(known, _)| moved < *known) {
                    let chain = chain.iter().copied().chain([(group, to)]).collect();
                    best[to] = Some((moved, chain));
                    settled = false;
                }
            }
        }
        if settled {
            break;
        }
    }
    let open = (0..refuges).filter(|refuge| free[*refuge] > 0);
    let found = open.filter_map(|refuge| best[refuge].clone());
    found.min_by_key(|(cost, _)| *cost).map(|(_, chain)| chain)
}
