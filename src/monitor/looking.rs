//! Looking and not looking: a configuration begins to hold, the watch is lost and regained, a
//! detector is switched off.

use std::collections::{BTreeMap, BTreeSet};

use super::blind::BLIND;
use super::gateway::GATEWAY_DEAD;
use super::instance::Instance;
use super::own::{own_contribution, own_kind};
use super::sight::Phase;
use super::watch::{Held, Watch};
use crate::detect::{State, Turn, Waits, Word};
use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{Input, Level, LostBecause, RuleId, Scope, Words};

impl Watch {
    pub(super) fn heeds(&self, input: &Input) -> bool {
        match input {
            Input::WatchRegained => matches!(self.sight.phase, Phase::Lost { .. }),
            Input::CaughtUp => matches!(self.sight.phase, Phase::CatchingUp { .. }),
            _ => true,
        }
    }

    /// A configuration holds from now on. A detector whose rule is as it was goes on; any other
    /// starts with what it has learnt of a person, or empty, and so does one that broke, since it
    /// may have been mended.
    pub(super) fn activate(&mut self, now: Timestamp, rules: &BTreeMap<RuleId, String>) {
        let before = self.activated.replace(rules.clone()).unwrap_or_default();
        let mut held = BTreeSet::new();
        for index in 0..self.instances.len() {
            let instance = &mut self.instances[index];
            let same = before.get(&instance.rule.id) == Some(&instance.rule.version);
            if same && !instance.quarantined {
                let (kind, place) = instance.target();
                held.insert((kind, place, instance.contribution()));
                continue;
            }
            let broke = std::mem::take(&mut instance.quarantined);
            (instance.lag, instance.late) = (SignedDuration::ZERO, false);
            match broke {
                true => self.empty(index),
                false => self.renew(index),
            }
        }
        self.look_anew(now);
        self.hold_own(&mut held);
        held.extend(self.hold_told());
        self.held = Some(held);
        self.begin(now);
        self.tell_warnings(now);
    }

    /// A detector that knows nothing any more.
    pub(super) fn empty(&mut self, index: usize) {
        let empty = self.instances[index].rule.detector.empty_state();
        self.begin_with(index, empty);
    }

    /// A detector whose rule has changed: it has said nothing, and knows what outlives its rule.
    fn renew(&mut self, index: usize) {
        let Instance { rule, state, .. } = &mut self.instances[index];
        let before = std::mem::replace(state, rule.detector.empty_state());
        let renewed = rule.detector.renewed(before);
        self.begin_with(index, renewed);
    }

    fn begin_with(&mut self, index: usize, state: State) {
        let instance = &mut self.instances[index];
        instance.state = state;
        instance.standing = None;
        instance.shared = None;
        self.settle(index, |_| false);
    }

    /// What is found from others' findings, after some of those are no more.
    fn look_anew(&mut self, now: Timestamp) {
        for gateway in 0..self.gateways.len() {
            if !self.is_dead(gateway) {
                self.reopen(gateway, now);
            }
        }
        for home in 0..self.homes.len() {
            self.look(home, now, now);
        }
    }

    /// What jikimi itself finds and still holds.
    fn hold_own(&self, held: &mut BTreeSet<Held>) {
        for home in &self.homes {
            let blind = home.blind.as_ref();
            held.extend(blind.map(|_| {
                let (kind, place) = home.target();
                (kind, place, own_contribution(BLIND, &home.place))
            }));
        }
        for gateway in self.gateways.iter().filter(|gateway| gateway.memory.quiet) {
            let device = &self.mounts[gateway.mount].device;
            let contribution = own_contribution(GATEWAY_DEAD, &device.id.as_place());
            held.insert((own_kind(GATEWAY_DEAD), device.spot(), contribution));
        }
    }

    /// After an activation: what may still stand, by kind, place and whose finding it is.
    pub(super) fn take_held(&mut self) -> Option<BTreeSet<Held>> {
        self.held.take()
    }

    fn unseen(&mut self, index: usize, from: Timestamp, now: Timestamp) {
        self.at_work = Some(index);
        let instance = &mut self.instances[index];
        if instance.quarantined || instance.rule.detector.waits() != Waits::Silence {
            return;
        }
        let span = instance.span;
        let detector = &instance.rule.detector;
        detector.unwatched(&mut instance.state, (from, now), span, &mut self.changes);
        self.settle(index, |_| false);
    }

    /// From now on we look: whoever has never spoken has its whole span.
    fn begin(&mut self, now: Timestamp) {
        for index in 0..self.instances.len() {
            let instance = &self.instances[index];
            let waits = instance.rule.detector.waits() == Waits::Silence;
            if waits && instance.armed.is_none() {
                self.heard(index, now, Word::Looking);
            }
        }
        for gateway in &mut self.gateways {
            gateway.memory.last = gateway.memory.last.or(Some(now));
        }
    }

    pub(super) fn lost(&mut self, now: Timestamp, from: Timestamp, because: LostBecause) {
        self.sight.lost(from, now);
        let said = match because {
            LostBecause::ProcessDown => {
                Words::new("지킴이가 꺼져 있었음", "jikimi was not running")
            }
            LostBecause::BrokerAway => {
                Words::new("메시지 브로커에 연결할 수 없음", "the broker cannot be reached")
            }
            LostBecause::ClockStepped => {
                Words::new("서버 시계가 앞으로 뜀", "the machine's clock jumped forward")
            }
            LostBecause::DatabaseAway => Words::new(
                "데이터베이스에 제때 쓰지 못함",
                "the database could not be written in time",
            ),
            LostBecause::BrokerBehind => Words::new(
                "브로커에 쌓이는 메시지가 받는 메시지보다 많음",
                "more waits at the broker than comes from there",
            ),
        };
        self.unwatched(Turn::Started, from, said);
    }

    pub(super) fn caught_up(&mut self, now: Timestamp) {
        let Some(from) = self.sight.caught_up() else { return };
        for gateway in &mut self.gateways {
            gateway.unseen(from, now);
        }
        for index in 0..self.instances.len() {
            self.unseen(index, from, now);
        }
        self.unwatched(Turn::Stopped, now, Words::new("감시 재개", "watching again"));
    }

    pub(super) fn quarantine(&mut self, now: Timestamp, rule: &RuleId, source: &str) {
        let found =
            self.instances.iter().position(|i| i.rule.id == *rule && i.source.as_str() == source);
        let Some(index) = found else { return };
        self.instances[index].quarantined = true;
        // What it said of its device goes with it.
        self.empty(index);
        if let Some(home) = self.mounts[self.instances[index].mount].home {
            self.look(home, now, now);
        }
        let instance = &self.instances[index];
        let place = match &instance.zone {
            Some(zone) => self.configuration.site.place_of_zone(zone, Scope::Zone),
            None => instance.place.clone(),
        };
        let because = Words::new(
            format!("규칙 {rule} {source}에서 오류: 그곳에서 중지"),
            format!("rule {rule} broke at {source} and is switched off there"),
        );
        let contribution = instance.contribution();
        self.own(
            "rule-quarantined",
            Level::Warning,
            place,
            contribution,
            Turn::Started,
            now,
            because,
        );
    }
}
