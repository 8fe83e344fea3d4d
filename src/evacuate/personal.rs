//! One person's way (개인 대피 경로): by what they can use and how fast they are, with other ways
//! beside it, a refuge with a free place where no way leads out, and "stay" where neither does.
//!
//! Where it is expected when zones close, only ways count on which they are ahead of it. It keeps
//! to what the disasters ask: where people are safe, whether they move, whether lifts may run.
//!
//! Signs are for everyone and can mind nobody in particular; this is what a wheelchair user's
//! telephone is told, or whoever goes to fetch them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use serde::Serialize;

use super::forest::NEVER;
use super::graph::{Graph, Mask, index};
use super::hazard::Hazards;
use super::network::Network;
use super::policy::{Lifts, Movement};
use super::profile::Profile;
use super::route::Goal;
use super::spread::Closing;
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
    /// What it leads through although nobody can see there.
    pub unknown: Vec<ZoneId>,
    /// How long they may still wait before they set out; none if nothing on the way is expected
    /// to close.
    pub may_wait_s: Option<f64>,
    pub because: String,
}

/// What else decides where someone goes.
#[derive(Debug, Clone, Default)]
pub struct Means {
    /// Whether someone runs the evacuation lifts. They are ridden only where the disasters allow.
    pub lifts_run: bool,
    /// Places of refuges that are taken already.
    pub taken: BTreeMap<ZoneId, u32>,
    /// When zones close, where that is expected: nobody is led where they would come too late.
    pub closing: Option<Closing>,
    /// Zones that were expected to be closed by now and are seen clear: what is seen counts.
    pub overdue: BTreeSet<ZoneId>,
}

/// The shortest ways of one profile.
struct Ways<'g> {
    graph: &'g Graph,
    hazards: &'g Hazards,
    mask: Mask,
    profile: Profile,
    closing: Option<&'g Closing>,
    overdue: Vec<bool>,
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
    /// The walk along a link, and what it costs with what is doubtful; none if it may not be
    /// walked.
    fn ms(&self, link: usize) -> Option<(u64, u64)> {
        let of = &self.graph.links()[link];
        let walk = self.mask.admits(of).then(|| self.profile.ms(self.graph, link))??;
        let extra = self.extra.get(&of.way).copied().unwrap_or_default();
        let walk = u64::from(walk);
        Some((walk, walk + u64::from(self.mask.doubt_ms(of.to as usize)) + extra))
    }

    /// The cheapest path to any node that is an end; if what is doubtful makes it lead where it
    /// closes before, the fastest.
    fn path(&self, from: usize, is_end: &dyn Fn(usize) -> bool) -> Option<Path> {
        let cheapest = self.search(from, is_end, true);
        cheapest.or_else(|| self.closing.and_then(|_| self.search(from, is_end, false)))
    }

    fn search(&self, from: usize, is_end: &dyn Fn(usize) -> bool, priced: bool) -> Option<Path> {
        let mut best = vec![NEVER; self.graph.len()];
        let mut arrives = vec![0_u64; self.graph.len()];
        let mut by = vec![usize::MAX; self.graph.len()];
        // A refuge is built to keep smoke out: whoever stays in it minds only what is seen there.
        let shelters = |node: usize| self.graph.is_refuge(node) && is_end(node);
        let mut open = BinaryHeap::from([Reverse((0, index(from)))]);
        best[from] = 0;
        while let Some(Reverse((cost, node))) = open.pop() {
            let node = node as usize;
            if best[node] != cost {
                continue;
            }
            if is_end(node) {
                return Some(self.back(&by, from, node));
            }
            for link in self.graph.row(node) {
                let Some((walk, price)) = self.ms(link) else { continue };
                let to = self.graph.links()[link].to as usize;
                let (at, through) =
                    (arrives[node] + walk, cost + if priced { price } else { walk });
                if through < best[to] && (shelters(to) || self.is_ahead(to, at)) {
                    (best[to], arrives[to], by[to]) = (through, at, link);
                    open.push(Reverse((through, index(to))));
                }
            }
        }
        None
    }

    /// Whether someone is in a node before it closes.
    fn is_ahead(&self, node: usize, at: u64) -> bool {
        self.overdue[node] || self.closes(node).is_none_or(|closes| at < closes)
    }

    fn closes(&self, node: usize) -> Option<u64> {
        self.closing.and_then(|closing| closing[node])
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

    /// How long one may wait before setting out along a path.
    fn may_wait_ms(&self, path: &Path) -> Option<u64> {
        let mut at = 0;
        let mut least = None;
        for link in &path.links {
            at += self.profile.ms(self.graph, *link).map_or(0, u64::from);
            let closes = self.closes(self.graph.links()[*link].to as usize);
            let left = closes.map(|closes| closes.saturating_sub(at));
            least = least.into_iter().chain(left).min();
        }
        least
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
        let policy = &hazards.asks.policy;
        let mut ways = self.ways(hazards, profile, means);
        if let Some(why) = stays(hazards, from) {
            return Some(vec![self.person(node, &Path::none(), &ways, Goal::Stay, &why)]);
        }
        let tiers = policy.tiers(self);
        let mut first = None;
        for ends in &tiers {
            let is_end = |node: usize| ends[node] && self.has_place(&ways, node, means);
            first = ways.path(node, &is_end).map(|path| (path, ends));
            if first.is_some() {
                break;
            }
        }
        let Some((first, ends)) = first else {
            let why = cut_off(&mut ways, node, tiers.first());
            let why = format!(
                "{why}, and no refuge with a free place: stay, close the door, make yourself known"
            );
            return Some(vec![self.person(node, &Path::none(), &ways, Goal::Stay, &why)]);
        };
        let out = self.graph.is_exit(first.links.last().map_or(node, |link| ways.to(*link)));
        if !out {
            let why = match policy.leads_out() {
                true => cut_off(&mut ways, node, tiers.first()),
                false => "",
            };
            return Some(vec![self.person(node, &first, &ways, Goal::Refuge, why)]);
        }
        let paths = ways.others(node, first, (&|node: usize| ends[node], more));
        Some(paths.iter().map(|path| self.person(node, path, &ways, Goal::Exit, "")).collect())
    }

    /// How long it takes to lead or carry someone to each of several zones; none where no way
    /// leads there in time.
    pub(super) fn carried_ms<'z>(
        &self,
        hazards: &Hazards,
        from: &ZoneId,
        means: &Means,
        to: impl Iterator<Item = &'z ZoneId>,
    ) -> Vec<Option<u64>> {
        let ways = self.ways(hazards, Profile::Assisted, means);
        let from = self.node(from);
        let walk = |to: &ZoneId| {
            let (from, to) = (from?, self.node(to)?);
            ways.path(from, &|node| node == to).map(|path| path.ms)
        };
        to.map(walk).collect()
    }

    /// What someone may use.
    fn open_to(&self, hazards: &Hazards, profile: Profile, means: &Means) -> Mask {
        let mut mask = self.mask(hazards);
        let rides = means.lifts_run && hazards.asks.policy.lifts == Lifts::Evacuation;
        profile.open_lifts(&self.graph, &mut mask, rides);
        mask
    }

    fn ways<'g>(&'g self, hazards: &'g Hazards, profile: Profile, means: &'g Means) -> Ways<'g> {
        let mut overdue = vec![false; self.graph.len()];
        for node in means.overdue.iter().filter_map(|zone| self.node(zone)) {
            overdue[node] = true;
        }
        let (mask, extra) = (self.open_to(hazards, profile, means), BTreeMap::new());
        let closing = means.closing.as_ref();
        Ways { graph: &self.graph, hazards, mask, profile, closing, overdue, extra }
    }

    /// Whether one more can end their way in a node: refuges have places, the rest is large.
    fn has_place(&self, ways: &Ways<'_>, node: usize, means: &Means) -> bool {
        if self.graph.is_exit(node) {
            return true;
        }
        let taken = self.zone(node).and_then(|zone| means.taken.get(zone));
        let places = self.graph.nodes()[node].places;
        let full = self.graph.is_refuge(node) && places <= taken.copied().unwrap_or_default();
        !ways.mask.is_closed(node) && !full
    }

    fn person(&self, from: usize, path: &Path, ways: &Ways<'_>, goal: Goal, why: &str) -> Personal {
        let links = path.links.iter().map(|link| &self.graph.links()[*link]);
        let last = links.clone().next_back();
        let passed = links.clone().filter_map(|link| self.zone(link.to as usize)).cloned();
        let zones: Vec<ZoneId> = [self.zones[from].clone()].into_iter().chain(passed).collect();
        let exit = last.and_then(|link| self.exit(link.way)).map(|exit| exit.id.to_string());
        let ends_at = exit.unwrap_or_else(|| zones[zones.len() - 1].to_string());
        let lengths = links.map(|link| self.graph.ways()[link.way as usize].length_m);
        let length_m = lengths.fold(0.0, |sum, length| sum + length);
        let tenths = |number: f64| (number * 10.0).round() / 10.0;
        #[expect(clippy::cast_precision_loss, reason = "times of a building")]
        let (length_m, time_s) = (tenths(length_m), tenths(path.ms as f64 / 1000.0));
        let walk = format!("{length_m} m, {time_s} s");
        let blind = zones.iter().skip(1).filter(|zone| ways.hazards.unknown.contains_key(*zone));
        let unknown: Vec<ZoneId> = blind.cloned().collect();
        let mut because = match (goal, why) {
            (Goal::Exit, _) => format!("out by {ends_at}: {walk}"),
            (Goal::Refuge, "") if path.links.is_empty() => {
                "stay here, where people are safe from it".to_owned()
            }
            (Goal::Refuge, "") => format!("not out, but to {ends_at}: {walk}"),
            (Goal::Refuge, why) if path.links.is_empty() => format!("{why}: stay in the refuge"),
            (Goal::Refuge, why) => format!("{why}: to the refuge {ends_at}, {walk}"),
            (Goal::Stay, why) => why.to_owned(),
        };
        for zone in &unknown {
            because = format!("{because}; through {zone}, which nobody can see");
        }
        for to in path.links.iter().map(|link| ways.to(*link)).filter(|to| ways.overdue[*to]) {
            let zone = self.zone(to).map_or("", ZoneId::as_str);
            because = format!("{because}; at once: {zone} is clear and was expected to close");
        }
        #[expect(clippy::cast_precision_loss, reason = "times of a building")]
        let may_wait_s = ways.may_wait_ms(path).map(|ms| tenths(ms as f64 / 1000.0));
        let (from, profile) = (self.zones[from].clone(), ways.profile);
        Personal {
            from,
            profile,
            goal,
            ends_at,
            zones,
            length_m,
            time_s,
            unknown,
            may_wait_s,
            because,
        }
    }
}

/// Why someone stays who could go: the disasters ask for it.
fn stays(hazards: &Hazards, from: &ZoneId) -> Option<String> {
    let asks = &hazards.asks;
    match asks.policy.movement {
        Movement::Hold if asks.contradictions.is_empty() => {
            Some("hold: nobody moves while it lasts".to_owned())
        }
        Movement::Hold => {
            Some(format!("hold until a person has decided: {}", asks.contradictions.join("; ")))
        }
        Movement::Shelter if !hazards.closed.contains_key(from) => {
            Some("stay inside and close doors and windows".to_owned())
        }
        Movement::Free | Movement::Go | Movement::Shelter => None,
    }
}

impl Path {
    fn none() -> Self {
        Self { links: Vec::new(), ms: 0 }
    }
}

impl Ways<'_> {
    fn to(&self, link: usize) -> usize {
        self.graph.links()[link].to as usize
    }

    /// The first path and others that are clearly different from it.
    fn others(
        &mut self,
        node: usize,
        first: Path,
        (is_end, more): (&dyn Fn(usize) -> bool, usize),
    ) -> Vec<Path> {
        let mut paths = vec![first];
        for _ in 0..more {
            self.dissuade(&paths[paths.len() - 1].clone());
            let Some(other) = self.path(node, is_end) else { break };
            if other.ms > paths[0].ms * LONGER_PERCENT / 100 {
                break;
            }
            if !paths.contains(&other) {
                paths.push(other);
            }
        }
        paths
    }

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

/// Why nobody gets from a node to where they should: too late, or not at all.
fn cut_off(ways: &mut Ways<'_>, node: usize, ends: Option<&Vec<bool>>) -> &'static str {
    let closing = ways.closing.take();
    let is_end = |node: usize| ends.is_some_and(|ends| ends[node]);
    let late = closing.is_some() && ways.path(node, &is_end).is_some();
    ways.closing = closing;
    match (late, ways.profile) {
        (true, _) => "the way out closes before they would be through it",
        (false, Profile::Wheelchair) => "no way out without stairs or narrow doors is open",
        (false, _) => "no safe way out",
    }
}
