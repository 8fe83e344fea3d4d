//! jikimi's own findings: it could not look, a device's clock is wrong, a gateway is dead, a home
//! cannot be seen into.
//!
//! They are troubles like any other and carry no rule of a file.

use super::finding::Finding;
use super::watch::Watch;
use crate::detect::Turn;
use crate::domain::time::Timestamp;
use crate::domain::{Class, Id, KindId, Level, Message, PlaceId, RuleId, Words};
use crate::incident::Contribution;

/// The version that jikimi's own findings carry in place of a rule's.
const OWN_VERSION: &str = "built-in";

impl Watch {
    pub(super) fn unwatched(&mut self, turn: Turn, at: Timestamp, because: Words) {
        let place = self.configuration.site.id.as_place();
        let contribution = own_contribution("unwatched", &place);
        self.own("unwatched", Level::Caution, place, contribution, turn, at, because);
    }

    pub(super) fn clock_trouble(&mut self, mount: usize, message: &Message, wrong: bool) {
        let device = &self.mounts[mount].device;
        let place = device.spot();
        let contribution = own_contribution("clock", &device.id.as_place());
        let (turn, because) = match wrong {
            true => {
                let claimed = message.claimed_at.unwrap_or(message.at);
                let because = Words::new(
                    format!("단말 시계 이상: {claimed}라고 보고"),
                    format!("its clock is wrong: it said {claimed}"),
                );
                (Turn::Started, because)
            }
            false => (Turn::Stopped, Words::new("단말 시계 정상", "its clock is right again")),
        };
        let at = message.received_at;
        self.own("clock", Level::Attention, place, contribution, turn, at, because);
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one finding, built in one place")]
    pub(super) fn own(
        &mut self,
        kind: &str,
        level: Level,
        place: PlaceId,
        contribution: Contribution,
        turn: Turn,
        at: Timestamp,
        because: Words,
    ) {
        let device = Id::new(&contribution.source).ok().filter(|device| self.knows(device));
        let target = (own_kind(kind), place);
        let devices = device.into_iter().collect();
        let finding = own_finding(target, level, contribution, turn, at, because);
        self.findings.push(Finding { devices, ..finding });
    }
}

/// One finding of jikimi's own, of no device yet.
pub(super) fn own_finding(
    (kind, place): (KindId, PlaceId),
    level: Level,
    contribution: Contribution,
    turn: Turn,
    at: Timestamp,
    because: Words,
) -> Finding {
    Finding {
        kind,
        place,
        class: Class::Trouble,
        level,
        contribution,
        rule_version: OWN_VERSION.to_owned(),
        zone: None,
        devices: Vec::new(),
        turn,
        at,
        late: false,
        because,
        readings: Vec::new(),
    }
}

pub(super) fn own_kind(kind: &str) -> KindId {
    KindId::new(kind).unwrap_or_else(|_| unreachable!("jikimi's own kinds are ids"))
}

pub(super) fn own_contribution(rule: &str, source: &PlaceId) -> Contribution {
    let rule = RuleId::new(rule).unwrap_or_else(|_| unreachable!("jikimi's own rules are ids"));
    Contribution { rule, source: source.to_string() }
}
