//! Gateways (중계기): one that dies is one fault, with everything behind it listed.
//!
//! A gateway is dead by its own word (its will, or a span its site file gives it), or because
//! those behind it say nothing. The second is decided when one of them falls silent, never before:
//!
//! * nothing has come through since some moment, and by the spans of those behind it at least
//!   [`FEWEST`] of them should have spoken at least half a span ago. A device is given three
//!   reports before it is silent, so each of these has missed more than one; that three of them
//!   miss it by chance, while every other is quiet as well, is what a shared cause looks like. It
//!   is half and not all, since who happened to speak first falls silent first;
//! * or at least [`FEWEST`] and half of those behind it have fallen silent, by their wills for
//!   example, and nothing has come through since the first of them did.
//!
//! What falls silent behind a dead gateway joins its incident. When something comes through again,
//! each of them has its span once more, and has a fault of its own if it does not use it.

use serde::{Deserialize, Serialize};

use super::instance::{Instance, Shared};
use super::own::{own_contribution, own_kind};
use super::watch::Watch;
use crate::detect::{Change, Turn, Word, said_span, said_span_ko};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};
use crate::domain::{Level, Words};

/// The kind of its incident.
pub const GATEWAY_DEAD: &str = "gateway-dead";
/// Two batteries of one age may die together; three devices do not by chance. Of fewer, all.
const FEWEST: usize = 3;

/// A gateway and what is behind it.
pub(super) struct Gateway {
    pub mount: usize,
    behind: Vec<usize>,
    /// After how long each of them is silent, shortest first.
    spans: Vec<SignedDuration>,
    pub memory: GatewayMemory,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct GatewayMemory {
    /// The newest event time that has come through, and as much later as was not watched.
    #[serde(with = "micros::optional")]
    pub last: Option<Timestamp>,
    /// Whether it is taken to be dead because nothing comes through.
    pub quiet: bool,
}

impl Gateway {
    fn fewest(&self) -> usize {
        FEWEST.min(self.behind.len()).max(2)
    }

    /// How many of those behind should have spoken half a span before `at`.
    fn overdue(&self, at: Timestamp) -> usize {
        let quiet = self.memory.last.map_or(SignedDuration::ZERO, |last| between(last, at));
        let twice = quiet.saturating_add(quiet);
        self.spans.partition_point(|span| *span <= twice)
    }

    /// What was not watched is no quiet of its own.
    pub fn unseen(&mut self, from: Timestamp, now: Timestamp) {
        if let Some(last) = self.memory.last {
            let unseen = between(from.max(last), now).max(SignedDuration::ZERO);
            self.memory.last = Some(after(last, unseen));
        }
    }
}

impl Watch {
    pub(super) fn mount_gateways(&mut self) {
        for mount in 0..self.mounts.len() {
            if self.mounts[mount].device.is_gateway() {
                let memory = GatewayMemory::default();
                let (behind, spans) = (Vec::new(), Vec::new());
                self.mounts[mount].gateway = Some(self.gateways.len());
                self.gateways.push(Gateway { mount, behind, spans, memory });
            }
        }
        for mount in 0..self.mounts.len() {
            let named = self.mounts[mount].device.gateway.as_ref();
            let Some(through) = named.and_then(|id| self.by_device.get(id)) else { continue };
            let Some(index) = self.mounts[*through].gateway else { continue };
            let silents = self.mounts[mount].silents.iter();
            let span = silents.filter_map(|silent| self.instances[*silent].span).min();
            self.mounts[mount].gateway = Some(index);
            self.gateways[index].behind.push(mount);
            self.gateways[index].spans.extend(span);
        }
        self.gateways.iter_mut().for_each(|gateway| gateway.spans.sort());
    }

    pub(super) fn is_dead(&self, gateway: usize) -> bool {
        let Gateway { mount, memory, .. } = &self.gateways[gateway];
        let own = &self.mounts[*mount].silents;
        memory.quiet || own.iter().any(|silent| self.instances[*silent].standing.is_some())
    }

    /// Something newer than all before has come through.
    pub(super) fn through(&mut self, gateway: usize, now: Timestamp, at: Timestamp) {
        let Gateway { mount, memory, .. } = &mut self.gateways[gateway];
        if memory.last.is_some_and(|last| at <= last) {
            return;
        }
        memory.last = Some(at);
        let (mount, was_quiet) = (*mount, std::mem::take(&mut memory.quiet));
        if was_quiet {
            let because = Words::new("다시 수신됨", "something comes through it again");
            self.gateway_finding(gateway, Turn::Stopped, now, because);
        }
        self.tell(mount, now, Word::Fresh(at));
        if was_quiet && !self.is_dead(gateway) {
            self.reopen(gateway, now);
        }
    }

    /// A gateway works again: those behind it have their spans once more.
    pub(super) fn reopen(&mut self, gateway: usize, now: Timestamp) {
        for behind in 0..self.gateways[gateway].behind.len() {
            let mount = self.gateways[gateway].behind[behind];
            for silent in 0..self.mounts[mount].silents.len() {
                let index = self.mounts[mount].silents[silent];
                let instance = &self.instances[index];
                if instance.shared.is_some() && instance.armed.is_none() {
                    self.heard(index, now, Word::Reopened);
                }
            }
        }
    }

    /// The shared fault that explains why this device says nothing.
    pub(super) fn shared_fault(&mut self, mount: usize, at: Timestamp) -> Option<Shared> {
        if let Some(gateway) = self.mounts[mount].gateway {
            let of_gateway = self.of_gateway(gateway);
            if self.gateways[gateway].mount == mount {
                return Some(of_gateway);
            }
            if self.is_dead(gateway) || self.dies(gateway, at) {
                return Some(of_gateway);
            }
        }
        self.power_cut(mount)
    }

    fn of_gateway(&self, gateway: usize) -> Shared {
        let device = &self.mounts[self.gateways[gateway].mount].device;
        Shared { kind: own_kind(GATEWAY_DEAD), place: device.spot() }
    }

    /// A block without power is one fault too, which its supply has told.
    pub(super) fn power_cut(&self, mount: usize) -> Option<Shared> {
        let site = &self.configuration.site;
        let building = site.building_of(&self.mounts[mount].device)?;
        let cut = self.mains.iter().map(|index| &self.instances[*index]).find(|instance| {
            let supplied = site.building_of(&self.mounts[instance.mount].device);
            instance.standing.is_some() && supplied == Some(building)
        })?;
        let (kind, place) = cut.target();
        Some(Shared { kind, place })
    }

    /// Whether a gateway is dead now that one behind it has fallen silent; if so, it is said.
    fn dies(&mut self, gateway: usize, at: Timestamp) -> bool {
        let Gateway { behind, memory, .. } = &self.gateways[gateway];
        let (of, fewest) = (behind.len(), self.gateways[gateway].fewest());
        let last = memory.last;
        let fallen = 1 + self.fallen(gateway).len();
        let overdue = self.gateways[gateway].overdue(at);
        if of < 2 || (overdue < fewest && (fallen < fewest || fallen * 2 < of)) {
            return false;
        }
        self.gateways[gateway].memory.quiet = true;
        let quiet = last.map_or(SignedDuration::ZERO, |last| between(last, at));
        let missed = overdue.max(fallen);
        let because = Words::new(
            format!(
                "{} 동안 수신 없음; 연결된 단말 {of}대 중 {missed}대가 두 번 이상 보고했어야 함",
                said_span_ko(quiet)
            ),
            format!(
                "nothing has come through it for {}; of {of} devices behind it {missed} should \
                 have spoken more than once",
                said_span(quiet)
            ),
        );
        self.gateway_finding(gateway, Turn::Started, at, because);
        true
    }

    /// Silences behind a gateway that began after its last word and are faults of their own.
    fn fallen(&self, gateway: usize) -> Vec<usize> {
        let Gateway { behind, memory, .. } = &self.gateways[gateway];
        let silents = behind.iter().flat_map(|mount| &self.mounts[*mount].silents).copied();
        let since = |index: &usize| {
            let Instance { standing, shared, .. } = &self.instances[*index];
            shared.is_none() && standing.is_some_and(|at| memory.last.is_none_or(|last| last < at))
        };
        silents.filter(since).collect()
    }

    /// Moves what fell silent together into a dead gateway's incident.
    pub(super) fn fold(&mut self, gateway: usize, at: Timestamp) {
        let shared = self.of_gateway(gateway);
        for index in self.fallen(gateway) {
            let because = Words::new("중계기 장애", "its gateway is dead");
            self.move_to(index, Some(shared.clone()), at, &because);
        }
    }

    /// Takes a finding that stands from one incident to another.
    pub(super) fn move_to(
        &mut self,
        index: usize,
        to: Option<Shared>,
        at: Timestamp,
        because: &Words,
    ) {
        let change = |turn, because: &Words| Change {
            turn,
            level: None,
            at,
            because: because.clone(),
            readings: Vec::new(),
        };
        let instance = &mut self.instances[index];
        let ended = instance.finding(change(Turn::Stopped, because), false);
        instance.shared = to;
        let began = instance.finding(change(Turn::Started, because), false);
        self.findings.extend([ended, began]);
        if let Some(home) = self.mounts[self.instances[index].mount].home {
            self.look(home, at, at);
        }
    }

    fn gateway_finding(&mut self, gateway: usize, turn: Turn, at: Timestamp, because: Words) {
        let device = &self.mounts[self.gateways[gateway].mount].device;
        let place = device.spot();
        let contribution = own_contribution(GATEWAY_DEAD, &device.id.as_place());
        self.own(GATEWAY_DEAD, Level::Caution, place, contribution, turn, at, because);
    }
}
