//! Combustible gas that persists (가연성 가스): time at or above each step, not one bad reading.
//!
//! A plume comes in puffs, so the time above a step is added up and taken off again below it, and
//! forgotten at `stop`. A reading stands until the next one comes. Higher steps make it graver; a
//! step reached is not taken back before all is over.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, back_at, said, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};
use crate::domain::{Level, Quantity, Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gas {
    unit: Unit,
    /// Lowest first, mildest first.
    steps: Vec<Step>,
    stop: f64,
    #[serde(rename = "persists_s", deserialize_with = "span_s::deserialize")]
    persists: SignedDuration,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    start: f64,
    level: Level,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Time at or above each step, in microseconds.
    above_us: Vec<i64>,
    last: Option<Box<Reading>>,
    /// Up to when it is counted.
    #[serde(default, with = "micros::optional")]
    at: Option<Timestamp>,
    /// How many steps have been said.
    reached: usize,
    #[serde(default, with = "micros::optional")]
    due: Option<Timestamp>,
}

impl Gas {
    fn persists_us(&self) -> i64 {
        i64::try_from(self.persists.as_micros()).unwrap_or(i64::MAX)
    }

    fn count(&self, state: &mut State, now: Timestamp) {
        state.above_us.resize(self.steps.len(), 0);
        let (Some(at), Some(last)) = (state.at, &state.last) else { return };
        let passed = between(at, now).max(SignedDuration::ZERO).as_micros();
        let passed = i64::try_from(passed).unwrap_or(i64::MAX);
        let value = last.value.as_number();
        for (step, above) in self.steps.iter().zip(&mut state.above_us) {
            // Beyond its end the count says nothing more, and would take longer to run back.
            *above = match value >= step.start {
                true => above.saturating_add(passed).min(self.persists_us()),
                false => above.saturating_sub(passed).max(0),
            };
        }
        state.at = Some(now.max(at));
    }

    /// When the next step will have been persistent enough, if the last value stays.
    fn due(&self, state: &State) -> Option<Timestamp> {
        let (at, last) = (state.at?, state.last.as_ref()?);
        let step = self.steps.get(state.reached)?;
        let above = state.above_us.get(state.reached)?;
        let left = SignedDuration::from_micros(self.persists_us() - above);
        (last.value.as_number() >= step.start).then(|| after(at, left))
    }

    /// Takes every step that is due by `now`.
    fn climb(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        while let Some(due) = state.due.filter(|due| *due <= now) {
            self.count(state, due);
            let (Some(step), Some(last)) = (self.steps.get(state.reached), &state.last) else {
                return;
            };
            let turn = if state.reached == 0 { Turn::Started } else { Turn::Grew };
            let value = said(last.value.as_number(), self.unit);
            let limit = said(step.start, self.unit);
            let (ko, en) = (said_span_ko(self.persists), said_span(self.persists));
            let because = Words::new(
                format!("가스 농도 {value}, {limit} 이상 {ko} 지속"),
                format!("gas is at {value} and has been at or above {limit} for {en}"),
            );
            let change = Change::new(turn, due, because, vec![(**last).clone()]);
            changes.push(Change { level: Some(step.level), ..change });
            state.reached += 1;
            state.due = self.due(state);
        }
    }
}

impl Detector for Gas {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let rises = |pair: &[Step]| pair[0].start < pair[1].start && pair[0].level < pair[1].level;
        if self.steps.is_empty() || !self.steps.windows(2).all(rises) {
            let words = "`steps` must name one or more, each higher and graver than the last";
            problems.push(words.to_owned());
        }
        if self.steps.first().is_some_and(|first| self.stop >= first.start) {
            problems.push(format!(
                "`stop` is {}; it must lie below the first step, or the alarm would chatter",
                self.stop
            ));
        }
        if self.persists.is_negative() {
            problems.push("`persists_s` is negative; it must be 0 or more".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        // The old value stood until now.
        self.climb(state, reading.at, changes);
        self.count(state, reading.at);
        state.at = Some(reading.at);
        state.last = Some(Box::new(reading.clone()));
        let value = reading.value.as_number();
        if value <= self.stop {
            if state.reached > 0 {
                let because = back_at(Quantity::Gas, value, self.unit);
                let readings = vec![reading.clone()];
                changes.push(Change::new(Turn::Stopped, reading.at, because, readings));
            }
            *state = State::default();
            return;
        }
        state.due = self.due(state);
        self.climb(state, reading.at, changes);
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.due
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        self.climb(state, now, changes);
    }
}
