//! Bringing a plan to the signs, from the exits inward, so that what they show together never
//! leads round in a circle.
//!
//! Between telling a sign and its answer it may show either direction, so an unconfirmed sign
//! counts as showing everything it was told since its last answer; a sign that has never answered
//! counts as showing its direction at rest too. A direction is told only when all of that
//! together has no circle. A sign whose direction became closed, and whose new one has to wait,
//! is told to stop at once.
//!
//! A board lives in runs: a run begins when signs that were at rest are told something, and is
//! over when what they were told has run out.

use std::collections::{BTreeMap, BTreeSet};

use super::{Hazards, Mask, Network, Plan, Shown};
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::domain::{Show, SignId, ZoneId};

/// How long a sign shows what it was told without being told again. Long enough for a broker that
/// restarts, short enough that a sign nobody steers is soon at rest; ours.
pub const LASTS: SignedDuration = SignedDuration::from_secs(120);
/// It is told again while this much is left.
pub const RENEWED_BEFORE: SignedDuration = SignedDuration::from_secs(60);
/// How long a stage waits for the answers of its signs.
pub const STAGE_WAITS: SignedDuration = SignedDuration::from_secs(2);

/// All that is said of a sign that may give nobody away.
const AT_REST: &str = "at rest";

/// What a sign is to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub epoch: u64,
    pub show: Show,
    /// The zone it leads into; none for an exit of its own zone, and where it leads nowhere.
    pub toward: Option<ZoneId>,
    pub because: String,
}

/// What one sign is to show by a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    pub sign: SignId,
    pub told: Told,
}

/// What one sign was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub sign: SignId,
    /// The epoch with which its run began.
    pub run: u64,
    pub told: Told,
    pub at: Timestamp,
    pub until: Timestamp,
    /// Whether the sign has answered.
    pub shown: bool,
}

#[derive(Debug)]
struct Lamp {
    zone: ZoneId,
    at_rest: Option<ZoneId>,
    planned: Option<Told>,
    /// The last that it confirmed in this run.
    shown: Option<Told>,
    /// What it was told since, oldest first, and when.
    sent: Vec<(Told, Timestamp)>,
    /// How many zones with signs lie between it and the end of its way.
    rank: usize,
}

#[derive(Debug, Default)]
pub struct Board {
    lamps: BTreeMap<SignId, Lamp>,
    epoch: u64,
    run: u64,
    until: Option<Timestamp>,
    /// Whether what was told runs out, since nothing may be displayed any more.
    runs_out: bool,
}

impl Board {
    /// Every sign of a site, at rest.
    #[must_use]
    pub fn of(network: &Network) -> Self {
        let lamps = network.site().signs.values().map(|sign| {
            let lamp = Lamp {
                zone: sign.zone.clone(),
                at_rest: network.at_rest(sign).1,
                planned: None,
                shown: None,
                sent: Vec::new(),
                rank: 0,
            };
            (sign.id.clone(), lamp)
        });
        Self { lamps: lamps.collect(), ..Self::default() }
    }

    /// Takes back what was planned and told, oldest first, as of its rows.
    pub fn load(&mut self, planned: Vec<Planned>, sent: Vec<Sent>) {
        self.epoch = planned.iter().map(|planned| planned.told.epoch).max().unwrap_or_default();
        self.run = sent.iter().map(|sent| sent.run).max().unwrap_or_default();
        for Planned { sign, told } in planned {
            if let Some(lamp) = self.lamps.get_mut(&sign) {
                lamp.planned = Some(told);
            }
        }
        for sent in sent.into_iter().filter(|sent| sent.run == self.run) {
            self.until = self.until.max(Some(sent.until));
            let Some(lamp) = self.lamps.get_mut(&sent.sign) else { continue };
            lamp.tell(sent.told, sent.at);
            if sent.shown {
                lamp.confirm_last();
            }
        }
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lamps.is_empty()
    }

    /// Whether the signs are at rest by now, whatever they were told.
    #[must_use]
    pub fn is_at_rest(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until <= now)
    }

    /// Plans what every sign is to show under new hazards; what changed, under a new epoch. A
    /// direction that was planned before stays as long as it is safe.
    pub fn plan(&mut self, now: Timestamp, network: &Network, hazards: &Hazards) -> Vec<Planned> {
        if self.is_at_rest(now) {
            self.run = self.epoch + 1;
            self.until = Some(after(now, LASTS));
            for lamp in self.lamps.values_mut() {
                (lamp.planned, lamp.shown) = (None, None);
                lamp.sent.clear();
            }
        }
        let (planned, resting) = (self.planned(), self.resting());
        self.take(&network.plan_keeping(hazards, &planned, &resting), None)
    }

    /// Plans the directions that were found for everyone together, as far as they are safe;
    /// `because` says what they are good for.
    pub fn adopt(
        &mut self,
        network: &Network,
        hazards: &Hazards,
        toward: &Shown,
        because: &str,
    ) -> Vec<Planned> {
        let (mut planned, resting) = (self.planned(), self.resting());
        planned.extend(toward.iter().map(|(from, to)| (from.clone(), to.clone())));
        self.take(&network.plan_keeping(hazards, &planned, &resting), Some(because))
    }

    fn take(&mut self, plan: &Plan<'_>, because: Option<&str>) -> Vec<Planned> {
        let epoch = self.epoch + 1;
        self.runs_out = !plan.policy().displays;
        let mut changed = Vec::new();
        for (id, sign) in &plan.network().site().signs {
            let Some(lamp) = self.lamps.get_mut(id) else { continue };
            let (show, toward) = plan.sign(sign);
            let same = |told: &Told| (told.show, &told.toward) == (show, &toward);
            if lamp.planned.as_ref().is_some_and(same) {
                continue;
            }
            let route = plan.route_from(&sign.zone).map(|route| route.because);
            let said = [route.as_deref(), because].into_iter().flatten();
            let because = match self.runs_out {
                true => AT_REST.to_owned(),
                false => said.collect::<Vec<_>>().join("; "),
            };
            let told = Told { epoch, show, toward, because };
            lamp.planned = Some(told.clone());
            changed.push(Planned { sign: id.clone(), told });
        }
        if !changed.is_empty() {
            self.epoch = epoch;
        }
        self.rank_by(plan);
        changed
    }

    /// Where the zones with signs lead by the last plan.
    #[must_use]
    pub fn planned(&self) -> Shown {
        let lamps = self.lamps.values();
        let leading = lamps
            .filter_map(|lamp| Some((lamp.zone.clone(), lamp.planned.as_ref()?.toward.clone()?)));
        leading.collect()
    }

    /// Where those lead that nothing was planned for.
    #[must_use]
    pub fn resting(&self) -> Shown {
        let lamps = self.lamps.values().filter(|lamp| lamp.planned.is_none());
        lamps.filter_map(|lamp| Some((lamp.zone.clone(), lamp.at_rest.clone()?))).collect()
    }

    /// Of the newest plan.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Counts how far inside each sign is.
    pub fn rank(&mut self, network: &Network, hazards: &Hazards) {
        self.rank_by(&network.plan_keeping(hazards, &self.planned(), &self.resting()));
    }

    fn rank_by(&mut self, plan: &Plan<'_>) {
        self.runs_out = !plan.policy().displays;
        let network = plan.network();
        let mut signed = vec![false; network.graph().len()];
        for node in self.lamps.values().filter_map(|lamp| network.node(&lamp.zone)) {
            signed[node] = true;
        }
        let ahead = plan.forest().passed(network.graph(), &signed);
        for lamp in self.lamps.values_mut() {
            lamp.rank = network.node(&lamp.zone).map_or(0, |node| ahead[node]);
        }
    }

    /// Tells every sign that may be told something by now; in the order in which it is told.
    pub fn advance(&mut self, now: Timestamp, network: &Network, hazards: &Hazards) -> Vec<Sent> {
        let mut tell = Vec::new();
        self.renew(now, &mut tell);
        let untouched = untouched(network, hazards);
        let mut pending: Vec<(usize, SignId)> = self
            .lamps
            .iter()
            .filter(|(_, lamp)| lamp.is_pending() && !untouched.contains(&lamp.zone))
            .map(|(id, lamp)| (lamp.rank, id.clone()))
            .collect();
        pending.sort();
        let unsettled = self.lamps.values().filter(|lamp| !lamp.is_settled(now));
        let mut stage = unsettled.map(|lamp| lamp.rank).min().unwrap_or(usize::MAX);
        let mask = network.mask(hazards);
        let mut may = MayLead::of(self, network);
        for (rank, id) in pending {
            let lamp = &self.lamps[&id];
            let Some(planned) = lamp.planned.clone() else { continue };
            let way = network.way_between(&lamp.zone, planned.toward.as_ref());
            if rank <= stage && way.is_none_or(|(from, to)| !may.leads_round(from, to)) {
                stage = stage.min(rank);
                may.add(way);
                self.tell(now, &id, planned, &mut tell);
            } else if lamp.misleads(network, &mask) {
                let because = "the way it showed is closed, and the new one is not clear yet";
                let (show, toward) = (Show::Stop, None);
                let told = Told { epoch: planned.epoch, show, toward, because: because.to_owned() };
                self.tell(now, &id, told, &mut tell);
            }
        }
        tell
    }

    /// A sign says what it shows; whether that answers something it was told.
    pub fn shown(&mut self, sign: &SignId, epoch: u64, show: Show) -> bool {
        let Some(lamp) = self.lamps.get_mut(sign) else { return false };
        let answered =
            lamp.sent.iter().rposition(|(told, _)| (told.epoch, told.show) == (epoch, show));
        let Some(answered) = answered else { return false };
        let told = lamp.sent.drain(..=answered).next_back();
        lamp.shown = told.map(|(told, _)| told);
        true
    }

    /// When something has to be done next though nothing comes.
    #[must_use]
    pub fn deadline(&self, now: Timestamp) -> Option<Timestamp> {
        let renewal =
            self.until.map(|until| if self.runs_out { until } else { until - RENEWED_BEFORE });
        let waits = |lamp: &Lamp| lamp.sent.last().map(|(_, at)| after(*at, STAGE_WAITS));
        let stage = match self.lamps.values().any(Lamp::is_pending) {
            true => self.lamps.values().filter_map(waits).filter(|until| *until > now).min(),
            false => None,
        };
        renewal.into_iter().chain(stage).min()
    }

    /// Everything that a sign may be showing: where it may send people.
    pub fn may_lead(&self) -> impl Iterator<Item = (&ZoneId, &ZoneId)> {
        self.lamps.values().flat_map(|lamp| lamp.may_lead().map(|to| (&lamp.zone, to)))
    }

    /// What was told last runs out; it is told again.
    fn renew(&mut self, now: Timestamp, tell: &mut Vec<Sent>) {
        let due = self.until.filter(|until| now >= *until - RENEWED_BEFORE);
        let Some(until) = due.filter(|_| !self.runs_out) else { return };
        self.until = Some(until.max(after(now, LASTS)));
        let told: Vec<(SignId, Told)> = self
            .lamps
            .iter()
            .filter_map(|(id, lamp)| Some((id.clone(), lamp.last_told()?.clone())))
            .collect();
        for (id, told) in told {
            self.tell(now, &id, told, tell);
        }
    }

    fn tell(&mut self, at: Timestamp, id: &SignId, told: Told, tell: &mut Vec<Sent>) {
        let (Some(lamp), Some(until)) = (self.lamps.get_mut(id), self.until) else { return };
        lamp.tell(told.clone(), at);
        tell.push(Sent { sign: id.clone(), run: self.run, told, at, until, shown: false });
    }
}

/// Zones whose signs are not told anything else, since a switch could light what has leaked: those
/// that are closed and those beside them. They go on showing what they show.
fn untouched(network: &Network, hazards: &Hazards) -> BTreeSet<ZoneId> {
    if hazards.asks.policy.switches {
        return BTreeSet::new();
    }
    let beside = network.beside(hazards);
    let beside = beside.into_iter().filter_map(|node| network.zone(node));
    hazards.closed.keys().chain(beside).cloned().collect()
}

/// Everything that signs may be showing together, by node.
struct MayLead {
    on: Vec<Vec<usize>>,
    seen: Vec<u32>,
    look: u32,
}

impl MayLead {
    fn of(board: &Board, network: &Network) -> Self {
        let count = network.graph().len();
        let mut may = Self { on: vec![Vec::new(); count], seen: vec![0; count], look: 0 };
        for (zone, to) in board.may_lead() {
            may.add(network.way_between(zone, Some(to)));
        }
        may
    }

    fn add(&mut self, way: Option<(usize, usize)>) {
        if let Some((from, to)) = way {
            self.on[from].push(to);
        }
    }

    /// Whether one more direction, together with all of it, leads round.
    fn leads_round(&mut self, from: usize, toward: usize) -> bool {
        self.look += 1;
        self.seen[toward] = self.look;
        let mut open = vec![toward];
        while let Some(node) = open.pop() {
            if node == from {
                return true;
            }
            for to in &self.on[node] {
                if std::mem::replace(&mut self.seen[*to], self.look) != self.look {
                    open.push(*to);
                }
            }
        }
        false
    }
}

impl Lamp {
    fn last_told(&self) -> Option<&Told> {
        self.sent.last().map(|(told, _)| told).or(self.shown.as_ref())
    }

    fn is_pending(&self) -> bool {
        self.planned.as_ref() != self.last_told()
    }

    /// Whether nobody waits for its answer any more.
    fn is_settled(&self, now: Timestamp) -> bool {
        self.sent.last().is_none_or(|(_, at)| after(*at, STAGE_WAITS) <= now)
    }

    fn may_lead(&self) -> impl Iterator<Item = &ZoneId> {
        let sure = match &self.shown {
            Some(told) => told.toward.as_ref(),
            None => self.at_rest.as_ref(),
        };
        let maybe = self.sent.iter().filter_map(|(told, _)| told.toward.as_ref());
        sure.into_iter().chain(maybe)
    }

    /// Whether the last that it was told, or its direction at rest, leads where nobody may go.
    fn misleads(&self, network: &Network, mask: &Mask) -> bool {
        let toward = match self.last_told() {
            Some(told) => told.toward.as_ref(),
            None => self.at_rest.as_ref(),
        };
        toward.is_some_and(|toward| !network.admits_under(mask, &self.zone, toward))
    }

    /// It is told something; the same once more only goes on.
    fn tell(&mut self, told: Told, at: Timestamp) {
        if self.last_told() == Some(&told) {
            return;
        }
        // It may show each direction, however often it was told it.
        let same =
            |(old, _): &(Told, Timestamp)| (old.show, &old.toward) == (told.show, &told.toward);
        self.sent.retain(|old| !same(old));
        self.sent.push((told, at));
    }

    fn confirm_last(&mut self) {
        if let Some((told, _)) = self.sent.pop() {
            self.sent.clear();
            self.shown = Some(told);
        }
    }
}
