//! A silence too rare for this very home (미활동): what `stillness` counts in hours, learnt.
//!
//! The model is `care`; here it is a detector: readings become signs of life, its stages become
//! findings with their sentences, and a home that cannot be seen is neither still nor forgotten. A
//! home of which nothing was ever heard is none of its business: that is a fault. Until a fleet
//! has a table of its own it begins with the shipped one.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits};
use crate::care::{FleetTable, Model, Resident, Senses, Settings, Stage, Thresholds, WallClock};
use crate::care::{SLOTS_PER_HOUR, Turn as Told};
use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{DeviceKind, Level, Quantity, Reading, Unit, Words};

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
}

impl Silence {
    fn resident<'a>(&self, state: &'a mut State, at: Timestamp) -> &'a mut Resident {
        state.resident.get_or_insert_with(|| Box::new(Resident::begin(&self.model, at)))
    }

    fn tell(&self, state: &mut State, turns: Vec<Told>, changes: &mut Vec<Change>) {
        for turn in turns {
            let stands = std::mem::replace(&mut state.said, matches!(turn, Told::Reached { .. }));
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
        let person = [Quantity::Motion, Quantity::Presence, Quantity::Contact, Quantity::Sos];
        let meters = [Quantity::Water, Quantity::Power];
        person.into_iter().chain(meters).map(|quantity| (quantity, quantity.unit())).collect()
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
        if state.last.as_ref().is_none_or(|last| last.at <= reading.at) {
            state.last = Some(Box::new(reading.clone()));
        }
        let turns = self.resident(state, reading.at).sign(&self.model, reading.at, sign);
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
        resident.seen(&self.model, now);
        self.tell(state, turns, changes);
    }

    fn sight(&self, state: &mut State, at: Timestamp, seen: bool) {
        let Some(resident) = &mut state.resident else { return };
        if seen {
            resident.seen(&self.model, at);
        } else {
            // Whatever was due before has been stepped; there is nothing left to tell.
            let _ = resident.blinded(&self.model, at);
        }
    }

    fn since(&self, state: &State) -> Option<Timestamp> {
        state.resident.as_ref().map(|resident| resident.since(&self.model))
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.resident.as_ref()?.deadline(&self.model)
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(resident) = &mut state.resident else { return };
        let turns = resident.expire(&self.model, now);
        self.tell(state, turns, changes);
    }
}
