//! What the tables would hold: effects folded into rows, independent of the code that decides.
//!
//! Folding also holds effects to what the tables would refuse: a second unresolved incident of a
//! key, a number out of turn, a notice queued twice, a change of what is not there.

use std::collections::{BTreeMap, BTreeSet};

use jikimi::domain::household::{Change, WalkTest};
use jikimi::domain::time::Timestamp;
use jikimi::domain::{Class, HomeId, Household, HouseholdId, KindId, Level, Outcome, PlaceId};
use jikimi::incident::{Contribution, Incident, IncidentId, State};
use jikimi::monitor::{Detail, Effect};

use super::signs::Signs;

type Key = (KindId, PlaceId);

/// One incident with everything that was said of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub class: Class,
    pub level: Level,
    pub state: State,
    pub stands: bool,
    pub acknowledged_until: Option<Timestamp>,
    pub acknowledgements: u32,
    pub outcome: Option<Outcome>,
    pub opened_at: Timestamp,
    /// Each finding that joined, when, and when it ended.
    pub evidence: Vec<(Contribution, Timestamp, Option<Timestamp>)>,
    /// Each notice queued, and whether it was stopped.
    pub notices: Vec<(String, bool)>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    pub rows: BTreeMap<IncidentId, Row>,
    pub signs: Signs,
    /// Who lives where.
    pub households: BTreeMap<HomeId, Household>,
    outbox: BTreeSet<String>,
}

impl Ledger {
    pub fn take(&mut self, at: Timestamp, effects: &[Effect]) {
        for effect in effects {
            self.take_one(effect);
            self.signs.take(at, effect);
        }
    }

    fn take_one(&mut self, effect: &Effect) {
        match effect {
            Effect::Opened { incident, class, level, at } => {
                self.open(incident, *class, *level, *at);
            }
            Effect::EvidenceAdded { incident, evidence } => {
                let contribution = evidence.contribution.clone();
                self.row(incident).evidence.push((contribution, evidence.at, None));
            }
            Effect::EvidenceEnded { incident, contribution, at, .. } => {
                let standing = self.row(incident).evidence.iter_mut();
                let mut ended = 0;
                for (_, _, until) in
                    standing.filter(|(c, _, until)| c == contribution && until.is_none())
                {
                    *until = Some(*at);
                    ended += 1;
                }
                assert!(ended > 0, "{contribution:?} ended in {incident} and did not stand there");
            }
            Effect::Moved { incident, detail, .. } => self.row(incident).turn(*detail),
            Effect::NoticeDue { incident, step, role } => {
                let key = format!("{incident}/{step}/{}", role.as_str());
                assert!(self.outbox.insert(key.clone()), "notice {key} is queued twice");
                self.row(incident).notices.push((step.clone(), false));
            }
            Effect::NoticesStopped { incident } => {
                self.row(incident).notices.iter_mut().for_each(|(_, stopped)| *stopped = true);
            }
            Effect::Household { home, household, change, at } => {
                self.turn(home, household, change, *at);
            }
            Effect::Answered { .. }
            | Effect::SignPlanned { .. }
            | Effect::SignShows { .. }
            | Effect::SignConfirmed { .. }
            | Effect::PlanWanted { .. } => {}
        }
    }

    /// What the rows of households are after a change that was accepted.
    fn turn(&mut self, home: &HomeId, id: &HouseholdId, change: &Change, at: Timestamp) {
        if let Change::MoveIn { since } = change {
            let new = Household::new(id.clone(), *since);
            assert!(self.households.insert(home.clone(), new).is_none(), "{home} is occupied");
            return;
        }
        let row = self.households.get_mut(home).expect("a household lives there");
        assert_eq!(row.id, *id, "another household of {home}");
        match change {
            Change::MoveIn { .. } => {}
            Change::MoveOut => drop(self.households.remove(home)),
            Change::Consent(consent) => row.consent = *consent,
            Change::NeedsHelpToLeave(needs) => row.needs_help_to_leave = *needs,
            Change::Leave(absence) => row.absence = Some(*absence),
            Change::Return(_) => {
                assert!(row.absence.take().is_some(), "{home}: nobody was away");
            }
            Change::Visit(visit) => row.visit = Some(*visit),
            Change::VisitEnd => assert!(row.visit.take().is_some(), "{home}: no visit"),
            Change::WalkTestStart => {
                row.walk_test = WalkTest { started_at: Some(at), ..WalkTest::default() };
            }
            Change::WalkTestFinish => row.walk_test.passed_at = Some(at),
            Change::Heard { device, heard } => {
                row.walk_test.sensors.insert(device.clone(), *heard);
            }
        }
    }

    fn row(&mut self, incident: &IncidentId) -> &mut Row {
        self.rows.get_mut(incident).unwrap_or_else(|| panic!("there is no incident {incident}"))
    }

    fn open(&mut self, id: &IncidentId, class: Class, level: Level, at: Timestamp) {
        let key: Key = (id.kind.clone(), id.place.clone());
        let of_key =
            self.rows.iter().filter(|(other, _)| (&other.kind, &other.place) == (&key.0, &key.1));
        let (mut last, mut unresolved) = (0, 0);
        for (other, row) in of_key {
            last = last.max(other.n);
            unresolved += u32::from(row.state != State::Resolved);
        }
        assert_eq!(unresolved, 0, "{id} opens while another of its key is unresolved");
        assert_eq!(id.n, last + 1, "{id} is out of turn");
        let row = Row {
            class,
            level,
            state: State::Open,
            stands: true,
            acknowledged_until: None,
            acknowledgements: 0,
            outcome: None,
            opened_at: at,
            evidence: Vec::new(),
            notices: Vec::new(),
        };
        self.rows.insert(id.clone(), row);
    }

    /// The incidents that a monitor is given back: the unresolved, those that stand, and the
    /// newest of each key.
    pub fn incidents(&self) -> Vec<Incident> {
        let mut newest: BTreeMap<Key, u32> = BTreeMap::new();
        for id in self.rows.keys() {
            newest.insert((id.kind.clone(), id.place.clone()), id.n);
        }
        let wanted = self.rows.iter().filter(|(id, row)| {
            let key = (id.kind.clone(), id.place.clone());
            row.state != State::Resolved || row.stands || newest[&key] == id.n
        });
        wanted.map(|(id, row)| row.incident(id.clone())).collect()
    }

    /// Kind, place and moment of everything that was opened, in order, less what is only about
    /// our own watching.
    pub fn opened(&self) -> Vec<(String, String, Timestamp)> {
        let theirs = self.rows.iter().filter(|(id, _)| id.kind.as_str() != "unwatched");
        theirs.map(|(id, row)| (id.kind.to_string(), id.place.to_string(), row.opened_at)).collect()
    }
}

impl Row {
    fn turn(&mut self, detail: Detail) {
        match detail {
            Detail::Opened => {}
            Detail::Raised { class, level } => (self.class, self.level) = (class, level),
            Detail::Acknowledged { until } => {
                self.state = State::Acknowledged;
                self.acknowledged_until = Some(until);
                self.acknowledgements += 1;
            }
            Detail::AcknowledgementExpired => {
                self.state = State::Open;
                self.acknowledged_until = None;
            }
            Detail::Standing(stands) => self.stands = stands,
            Detail::Resolved { outcome } => {
                self.state = State::Resolved;
                self.acknowledged_until = None;
                self.outcome = Some(outcome);
            }
        }
    }

    fn incident(&self, id: IncidentId) -> Incident {
        let mut standing: Vec<Contribution> = Vec::new();
        for (contribution, _, until) in &self.evidence {
            if until.is_none() && !standing.contains(contribution) {
                standing.push(contribution.clone());
            }
        }
        assert!(self.stands || standing.is_empty(), "{id}: its standing and its evidence");
        let ended = self.evidence.iter().filter_map(|(_, _, until)| *until).max();
        let is_clearing = self.state != State::Resolved && self.stands && standing.is_empty();
        Incident {
            id,
            class: self.class,
            level: self.level,
            state: self.state,
            acknowledged_until: self.acknowledged_until,
            acknowledgements: self.acknowledgements,
            standing,
            ended,
            clears: ended.filter(|_| is_clearing),
        }
    }
}
