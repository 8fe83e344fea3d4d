//! What the tables would hold: effects folded into rows, independent of the code that decides.
//!
//! Folding also holds effects to what the tables would refuse: a second unresolved incident of a
//! key, a number out of turn, a notice queued twice, a change of what is not there.

use std::collections::{BTreeMap, BTreeSet};

use jikimi::domain::household::{Change, WalkTest};
use jikimi::domain::time::Timestamp;
use jikimi::domain::{
    Class, HomeId, Household, HouseholdId, KindId, Level, Outcome, PlaceId, SwitchId, ZoneId,
};
use jikimi::incident::{
    Contribution, Incident, IncidentId, Ladder, Role, Rung, Silence, State, Work,
};
use jikimi::monitor::{Detail, Effect, Ordered};

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
    /// How bad each of the evidence says it is, in the same order, and where.
    pub graded: Vec<(Class, Level, Option<ZoneId>)>,
    /// Each notice queued, to whom, and whether it was stopped.
    pub notices: Vec<(String, Role, bool)>,
    pub exercise_until: Option<Timestamp>,
    pub silenced: bool,
    pub silences: u32,
    pub assigned_to: Option<String>,
    pub comments: Vec<String>,
    pub ticks: BTreeMap<String, bool>,
    /// The steps of each ladder.
    pub ladders: Vec<Vec<StepRow>>,
}

/// A step of a ladder, as its row holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct StepRow {
    pub rung: Rung,
    pub due: Option<Timestamp>,
    pub taken: Option<Timestamp>,
    pub stopped: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ledger {
    pub rows: BTreeMap<IncidentId, Row>,
    pub signs: Signs,
    /// What devices were told last, and whether it holds.
    pub orders: BTreeMap<SwitchId, (Ordered, bool)>,
    /// Those that are not over, by number; and how many there have been.
    pub silences: BTreeMap<u32, Silence>,
    pub silence_count: u32,
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
            Effect::Opened { incident, class, level, at, exercise_until } => {
                self.open(incident, *class, *level, *at, *exercise_until);
            }
            Effect::EvidenceAdded { incident, evidence } => {
                let contribution = evidence.contribution.clone();
                let row = self.row(incident);
                row.evidence.push((contribution, evidence.at, None));
                row.graded.push((evidence.class, evidence.level, evidence.zone.clone()));
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
                self.row(incident).notices.push((step.clone(), *role, false));
            }
            Effect::NoticesStopped { incident } => {
                self.row(incident).notices.iter_mut().for_each(|(.., stopped)| *stopped = true);
            }
            Effect::LadderBegun { incident, .. }
            | Effect::StepTaken { incident, .. }
            | Effect::StepMoved { incident, .. }
            | Effect::LadderStopped { incident, .. } => self.row(incident).climb(effect),
            Effect::Assigned { incident, to, .. } => self.row(incident).assigned_to.clone_from(to),
            Effect::Commented { incident, text, .. } => {
                self.row(incident).comments.push(text.clone());
            }
            Effect::Ticked { incident, item, done, .. } => {
                self.row(incident).ticks.insert(item.clone(), *done);
            }
            Effect::SilenceSet(silence) => {
                self.silence_count += 1;
                assert_eq!(silence.n, self.silence_count, "a silence out of turn");
                self.silences.insert(silence.n, silence.clone());
            }
            Effect::SilenceBegun { n } => {
                let silence = self.silences.get_mut(n).expect("what begins has been set");
                assert!(!silence.begun, "silence {n} begins twice");
                silence.begun = true;
            }
            Effect::SilenceEnded { n, .. } => {
                assert!(self.silences.remove(n).is_some(), "silence {n} ends twice");
            }
            Effect::Household { home, household, change, at } => {
                self.turn(home, household, change, *at);
            }
            Effect::SwitchOrdered { .. } | Effect::SwitchWithdrawn { .. } => self.switch(effect),
            Effect::Answered { .. }
            | Effect::SignPlanned { .. }
            | Effect::SignShows { .. }
            | Effect::SignConfirmed { .. }
            | Effect::PlanWanted { .. } => {}
        }
    }

    fn switch(&mut self, effect: &Effect) {
        match effect.clone() {
            Effect::SwitchOrdered { switch, epoch, does, incident, until, say, because } => {
                let last = self.orders.values().map(|(order, _)| order.epoch).max();
                let known = self.orders.get(&switch).filter(|(_, holds)| *holds);
                let again = known.is_some_and(|(order, _)| order.epoch == epoch);
                assert!(again || last.is_none_or(|last| epoch > last), "an order out of turn");
                let order = Ordered { epoch, does, incident, until, say, because };
                self.orders.insert(switch, (order, true));
            }
            Effect::SwitchWithdrawn { switch, epoch, .. } => {
                let (order, holds) = self.orders.get_mut(&switch).expect("it was told");
                assert!(order.epoch == epoch && *holds, "{switch}: withdrawn twice");
                *holds = false;
            }
            _ => {}
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

    fn open(
        &mut self,
        id: &IncidentId,
        class: Class,
        level: Level,
        at: Timestamp,
        exercise_until: Option<Timestamp>,
    ) {
        let key: Key = (id.kind.clone(), id.place.clone());
        let of_key =
            self.rows.iter().filter(|(other, _)| (&other.kind, &other.place) == (&key.0, &key.1));
        let (mut last, mut unresolved) = (0, 0);
        for (other, row) in of_key {
            last = last.max(other.n);
            let alike = row.exercise_until.is_some() == exercise_until.is_some();
            unresolved += u32::from(row.state != State::Resolved && alike);
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
            graded: Vec::new(),
            notices: Vec::new(),
            exercise_until,
            silenced: false,
            silences: 0,
            assigned_to: None,
            comments: Vec::new(),
            ticks: BTreeMap::new(),
            ladders: Vec::new(),
        };
        self.rows.insert(id.clone(), row);
    }

    /// The incidents that a monitor is given back: the unresolved, those that stand, and the
    /// newest of each key.
    pub fn incidents(&self) -> Vec<Incident> {
        let mut newest: BTreeMap<(Key, bool), u32> = BTreeMap::new();
        let key = |id: &IncidentId, row: &Row| {
            ((id.kind.clone(), id.place.clone()), row.exercise_until.is_some())
        };
        for (id, row) in &self.rows {
            newest.insert(key(id, row), id.n);
        }
        let wanted = self.rows.iter().filter(|(id, row)| {
            let key = key(id, row);
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
            Detail::Opened | Detail::Answered(_) => {}
            Detail::Silenced(silenced) => {
                assert_ne!(self.silenced, silenced, "it is so already");
                self.silenced = silenced;
                self.silences += u32::from(silenced);
            }
            Detail::Reopened { until } => {
                assert_eq!(self.state, State::Resolved, "what is reopened was over");
                self.state = State::Acknowledged;
                self.acknowledged_until = Some(until);
                self.acknowledgements += 1;
                self.outcome = None;
            }
            Detail::Raised { class, level } => (self.class, self.level) = (class, level),
            Detail::Eased { level } => {
                assert!(level < self.level, "a step down goes down");
                self.level = level;
            }
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

    fn climb(&mut self, effect: &Effect) {
        match effect {
            Effect::LadderBegun { run, steps, due, .. } => {
                assert_eq!(*run as usize, self.ladders.len() + 1, "a ladder out of turn");
                let row = |rung: &Rung| StepRow {
                    rung: rung.clone(),
                    due: None,
                    taken: None,
                    stopped: false,
                };
                let mut steps: Vec<StepRow> = steps.iter().map(row).collect();
                steps[0].due = Some(*due);
                self.ladders.push(steps);
            }
            Effect::StepTaken { run, step, at, next, .. } => {
                let steps = &mut self.ladders[*run as usize - 1];
                let before = steps[..*step].iter().all(|row| row.taken.is_some());
                assert!(before, "a step is left out");
                let row = &mut steps[*step];
                assert!(row.taken.is_none() && !row.stopped, "a step is taken twice or too late");
                row.taken = Some(*at);
                assert_eq!(next.is_some(), *step + 1 < steps.len(), "the last step is the last");
                if next.is_some() {
                    steps[*step + 1].due = *next;
                }
            }
            Effect::StepMoved { run, step, due, .. } => {
                self.ladders[*run as usize - 1][*step].due = Some(*due);
            }
            Effect::LadderStopped { .. } => {
                let steps = self.ladders.iter_mut().flatten();
                steps.for_each(|row| row.stopped = true);
            }
            _ => {}
        }
    }

    fn work(&self) -> Work {
        let last = self.ladders.last().filter(|steps| steps.iter().all(|row| !row.stopped));
        let ladder = last.map(|steps| {
            let waiting = steps.iter().position(|row| row.taken.is_none());
            Ladder {
                run: self.ladders.len().try_into().unwrap(),
                steps: steps.iter().map(|row| row.rung.clone()).collect(),
                next: waiting.map(|step| (step, steps[step].due.expect("the next is due"))),
            }
        });
        let told = self.notices.iter();
        Work {
            ends_at: self.exercise_until.filter(|_| self.state != State::Resolved),
            told: told.map(|(step, role, _)| format!("{step}/{}", role.as_str())).collect(),
            silenced: self.silenced,
            silences: self.silences,
            ladders: self.ladders.len().try_into().unwrap(),
            ladder,
        }
    }

    fn incident(&self, id: IncidentId) -> Incident {
        let mut standing: Vec<Contribution> = Vec::new();
        let mut levels: BTreeMap<Contribution, Level> = BTreeMap::new();
        let graded = self.evidence.iter().zip(&self.graded);
        for ((contribution, ..), (_, level, _)) in graded.filter(|((.., end), _)| end.is_none()) {
            if !standing.contains(contribution) {
                standing.push(contribution.clone());
            }
            let worst = levels.entry(contribution.clone()).or_insert(*level);
            *worst = (*worst).max(*level);
        }
        let alarms = || self.graded.iter().filter(|(class, ..)| *class == Class::Alarm);
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
            levels,
            alarmed: alarms().map(|(_, level, _)| *level).max(),
            zones: alarms().filter_map(|(.., zone)| zone.clone()).collect(),
            ended,
            clears: ended.filter(|_| is_clearing),
            exercise: self.exercise_until.is_some(),
            work: self.work(),
        }
    }
}
