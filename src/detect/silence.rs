//! A silence too rare for this very home (미활동): what `stillness` counts in hours, learnt.
//!
//! The model is `care`; here it is a detector: readings become signs of life, its stages become
//! findings with their sentences, and a home that cannot be seen is neither still nor forgotten. A
//! home of which nothing was ever heard is none of its business: that is a fault. Until a fleet
//! has a table of its own it begins with the shipped one.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits};
use crate::care::{FleetTable, Model, Resident, Senses, Settings, Stage, Thresholds, WallClock};
use crate::care::{SLOTS_PER_HOUR, Sign, Turn as Told};
use crate::domain::household::Standing;
use crate::domain::time::{SignedDuration, Timestamp, after, micros};
use crate::domain::{Class, DeviceKind, Level, Quantity, Reading, Unit, Words};

/// Nobody is away for longer without saying so again.
const OPEN_END: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// As it stands in a rule.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Scores: at `watch` somebody keeps an eye on it, at `call` somebody is called. The second
    /// comes from the budget of false alarms.
    watch: f64,
    call: f64,
    /// The personal stopwatch: so many times this home's usual longest silence, but no longer.
    stopwatch_times: f64,
    stopwatch_h: i64,
    /// Out by the exit door for so long, and no absence is registered.
    not_returned_h: i64,
    /// Of the wall clock from UTC.
    utc_offset_h: i32,
}

/// The rule's numbers and the model they make. What the fleet has found replaces its thresholds,
/// and is no part of the rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "Written")]
pub struct Silence {
    written: Written,
    model: Box<Model>,
}

impl From<Written> for Silence {
    fn from(written: Written) -> Self {
        let settings = Settings {
            stopwatch_times: written.stopwatch_times,
            stopwatch_max: written.stopwatch_h.saturating_mul(SLOTS_PER_HOUR),
            not_returned: written.not_returned_h.saturating_mul(SLOTS_PER_HOUR),
            ..Settings::default()
        };
        let model = Box::new(Model {
            clock: WallClock { offset_s: written.utc_offset_h.saturating_mul(3_600) },
            fleet: FleetTable::SHIPPED,
            thresholds: Thresholds { watch: written.watch, call: written.call },
            settings,
        });
        Self { written, model }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    senses: Senses,
    resident: Option<Box<Resident>>,
    /// The last thing a person caused.
    last: Option<Box<Reading>>,
    said: bool,
    /// Whether a worker was called since the last verdict: one verdict an alarm.
    called: bool,
    /// The home cannot be seen into.
    blind: bool,
    /// What moves is not the tenant's or not ours to know: somebody else is there, or nobody has
    /// agreed to be watched, or the sensors have not been walked through.
    hidden: bool,
    /// Until when the tenant is registered as absent.
    #[serde(with = "micros::optional")]
    absent: Option<Timestamp>,
    /// The resident was asked and has answered. It ends the silence with the next deadline, which
    /// is at once: what the answer closes is closed before that.
    #[serde(with = "micros::optional")]
    answered: Option<Timestamp>,
    /// Somebody is home who was registered as absent; asked for at once.
    #[serde(skip)]
    returned: bool,
}

impl State {
    pub(super) fn peaks(&self) -> &[f32] {
        self.resident.as_ref().map_or(&[], |resident| resident.learnt().peaks())
    }
}

impl Silence {
    pub(super) fn fitted(&self, thresholds: Thresholds) -> Self {
        let mut fitted = self.clone();
        fitted.model.thresholds = thresholds;
        fitted
    }

    pub(super) fn answered(state: &mut State, at: Timestamp) {
        state.answered = state.resident.is_some().then_some(at);
    }

    pub(super) fn replan(&self, state: &mut State) {
        if let Some(resident) = &mut state.resident {
            resident.replan(&self.model);
        }
    }

    /// What is agreed and registered of who lives here, as of now.
    pub(super) fn lives(
        &self,
        state: &mut State,
        at: Timestamp,
        standing: Standing,
        changes: &mut Vec<Change>,
    ) {
        let hidden = !standing.watched || standing.visited;
        if hidden != state.hidden {
            state.hidden = hidden;
            self.look(state, at, changes);
        }
        if !standing.watched && std::mem::take(&mut state.said) {
            let because = Words::new("이 세대는 살피지 않음", "this home is not watched");
            let (turn, level, readings) = (Turn::Stopped, None, Vec::new());
            changes.push(Change { turn, level, at, because, readings });
            if let Some(resident) = &mut state.resident {
                resident.forget_told(&self.model);
            }
        }
        // Without a date it is until they are back.
        let until = standing.away.map(|away| away.until.unwrap_or_else(|| after(at, OPEN_END)));
        let moved = match (until, state.absent) {
            (Some(until), Some(before)) => {
                standing.away.is_some_and(|a| a.until.is_some()) && until != before
            }
            (one, other) => one.is_some() != other.is_some(),
        };
        if moved {
            state.absent = until;
            let resident = self.resident(state, at);
            let turns = match until {
                Some(until) => resident.absent(&self.model, at, until),
                None => resident.present(&self.model, at),
            };
            self.tell(state, turns, changes);
        }
    }

    pub(super) fn take_returned(state: &mut State) -> bool {
        std::mem::take(&mut state.returned)
    }

    /// Begins or ceases to look, by everything that may keep us from it.
    fn look(&self, state: &mut State, at: Timestamp, changes: &mut Vec<Change>) {
        let sees = !state.blind && !state.hidden;
        let Some(resident) = &mut state.resident else { return };
        if sees {
            resident.seen(&self.model, at);
        } else {
            let turns = resident.blinded(&self.model, at);
            self.tell(state, turns, changes);
        }
    }

    pub(super) fn renewed(&self, mut state: State) -> State {
        if let Some(resident) = &mut state.resident {
            resident.forget_told(&self.model);
        }
        (state.said, state.called) = (false, false);
        state
    }

    pub(super) fn false_alarm(&self, state: &mut State) {
        if std::mem::take(&mut state.called)
            && let Some(resident) = &mut state.resident
        {
            resident.false_alarm(&self.model);
        }
    }

    fn resident<'a>(&self, state: &'a mut State, at: Timestamp) -> &'a mut Resident {
        state.resident.get_or_insert_with(|| Box::new(Resident::begin(&self.model, at)))
    }

    fn tell(&self, state: &mut State, turns: Vec<Told>, changes: &mut Vec<Change>) {
        for turn in turns {
            let stands = std::mem::replace(&mut state.said, matches!(turn, Told::Reached { .. }));
            let worker = matches!(turn, Told::Reached { stage, .. } if stage > Stage::Watch);
            state.called |= worker;
            let readings = state.last.iter().map(|last| (**last).clone()).collect();
            changes.push(match turn {
                Told::Reached { stage, at, silence } => Change {
                    turn: if stands { Turn::Grew } else { Turn::Started },
                    level: Some(level(stage)),
                    at,
                    because: silence.because(stage, self.model.clock),
                    readings,
                },
                Told::Ended { at } => Change {
                    turn: Turn::Stopped,
                    level: None,
                    at,
                    because: Words::new("다시 생활 반응 있음", "there is a sign of life again"),
                    readings,
                },
            });
        }
    }
}

fn level(stage: Stage) -> Level {
    match stage {
        Stage::Watch => Level::Attention,
        Stage::NotReturned => Level::Caution,
        Stage::Call => Level::Warning,
        Stage::Visit => Level::Critical,
    }
}

/// What somebody who lives in a home may cause.
pub(super) fn person() -> Vec<(Quantity, Unit)> {
    let person = [Quantity::Motion, Quantity::Presence, Quantity::Contact, Quantity::Sos];
    let meters = [Quantity::Water, Quantity::Power];
    person.into_iter().chain(meters).map(|quantity| (quantity, quantity.unit())).collect()
}

/// To keep an eye on a home, and to ask who lives there, is no alarm yet.
pub(super) fn class_at(level: Level) -> Option<Class> {
    (level == Level::Attention).then_some(Class::Supervisory)
}

impl Detector for Silence {
    type State = State;
    const PER: Per = Per::Home;
    const WAITS: Waits = Waits::Silence;
    /// A sign of life that comes late is one all the same.
    const TAKES_LATE: bool = true;

    fn problems(&self) -> Vec<String> {
        let Written { watch, call, stopwatch_times, stopwatch_h, not_returned_h, utc_offset_h } =
            self.written;
        let checks = [
            (watch > 0.0 && watch <= call, "`watch` must be more than 0 and at most `call`"),
            (call < 60.0, "`call` must be less than 60: no silence scores more"),
            (stopwatch_times >= 1.0, "`stopwatch_times` must be 1 or more"),
            ((4..=48).contains(&stopwatch_h), "`stopwatch_h` must be from 4 to 48"),
            (not_returned_h >= stopwatch_h, "`not_returned_h` must not be below `stopwatch_h`"),
            ((-12..=14).contains(&utc_offset_h), "`utc_offset_h` must be from -12 to 14"),
        ];
        checks.iter().filter(|(well, _)| !well).map(|(_, words)| (*words).to_owned()).collect()
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        person()
    }

    fn observe_of(
        &self,
        state: &mut State,
        kind: Option<DeviceKind>,
        reading: &Reading,
        changes: &mut Vec<Change>,
    ) {
        let empty = self.resident(state, reading.at).kind() == crate::care::Kind::Away;
        let Some(sign) = state.senses.read(kind, reading, empty) else { return };
        if state.hidden {
            return;
        }
        if state.last.as_ref().is_none_or(|last| last.at <= reading.at) {
            state.last = Some(Box::new(reading.clone()));
        }
        let resident = self.resident(state, reading.at);
        let turns = resident.sign(&self.model, reading.at, sign);
        let absent = resident.is_absent();
        state.returned |= state.absent.take_if(|until| !absent && reading.at < *until).is_some();
        self.tell(state, turns, changes);
    }

    fn unwatched(
        &self,
        state: &mut State,
        from: Timestamp,
        now: Timestamp,
        _silent_after: Option<SignedDuration>,
        changes: &mut Vec<Change>,
    ) {
        let Some(resident) = &mut state.resident else { return };
        let turns = resident.blinded(&self.model, from);
        if !state.blind && !state.hidden {
            resident.seen(&self.model, now);
        }
        self.tell(state, turns, changes);
    }

    fn sight(&self, state: &mut State, at: Timestamp, seen: bool) {
        state.blind = !seen;
        // Whatever was due before has been stepped; there is nothing left to tell.
        self.look(state, at, &mut Vec::new());
    }

    fn since(&self, state: &State) -> Option<Timestamp> {
        state.resident.as_ref().map(|resident| resident.since(&self.model))
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.answered.or_else(|| state.resident.as_ref()?.deadline(&self.model))
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(resident) = &mut state.resident else { return };
        let turns = match state.answered.take() {
            Some(at) => resident.sign(&self.model, at, Sign::Answer),
            None => resident.expire(&self.model, now),
        };
        self.tell(state, turns, changes);
    }
}
