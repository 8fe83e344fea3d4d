//! Carbon monoxide by what has been breathed (일산화탄소 누적 흡입량), not by one limit.
//!
//! The steps say after how long each concentration must alarm, as EN 50291's four timers do; the
//! dose is the share of that time, added up while the concentration changes. Between two steps the
//! time is read off a straight line in logarithms, above the last it shrinks in proportion, below
//! the first nothing is added and the dose fades as blood clears. A reading speaks for
//! `carry_s` at most: what nobody measured is neither breathed nor cleared.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, back_at, said, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros, seconds};
use crate::domain::{Quantity, Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dose {
    /// Thinnest first; the last is the quickest.
    steps: Vec<Step>,
    /// At or below it the air is good again.
    stop_ppm: f64,
    /// In clean air half the dose is gone after this.
    half_life_min: f64,
    #[serde(rename = "carry_s", deserialize_with = "span_s::deserialize")]
    carry: SignedDuration,
}

/// This much must alarm after this long.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    ppm: f64,
    after_min: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// 1 alarms.
    dose: f64,
    /// Up to when it is counted.
    #[serde(default, with = "micros::optional")]
    at: Option<Timestamp>,
    last: Option<Box<Reading>>,
    #[serde(default, with = "micros::optional")]
    due: Option<Timestamp>,
    started: bool,
}

impl Dose {
    /// Minutes after which this concentration alarms; none if it never does.
    fn minutes(&self, ppm: f64) -> Option<f64> {
        let last = self.steps.last()?;
        if ppm >= last.ppm {
            return Some(last.after_min * last.ppm / ppm);
        }
        let pair = self.steps.windows(2).find(|pair| pair[0].ppm <= ppm && ppm < pair[1].ppm)?;
        let share = libm::log(ppm / pair[0].ppm) / libm::log(pair[1].ppm / pair[0].ppm);
        let ratio = pair[1].after_min / pair[0].after_min;
        Some(pair[0].after_min * libm::exp(share * libm::log(ratio)))
    }

    /// Counts what the last reading stood for until `now`.
    fn count(&self, state: &mut State, now: Timestamp) {
        let (Some(at), Some(last)) = (state.at, &state.last) else { return };
        let stands_until = after(last.at, self.carry);
        let span = between(at, now.min(stands_until)).max(SignedDuration::ZERO);
        let minutes = span.as_secs_f64() / 60.0;
        match self.minutes(last.value.as_number()) {
            // More than twice the alarm tells nothing more, and would take longer to fade.
            Some(alarms_after) => state.dose = (state.dose + minutes / alarms_after).min(2.0),
            None => state.dose *= libm::exp2(-minutes / self.half_life_min),
        }
        state.at = Some(now.max(at));
    }

    /// When the last reading, if it stays, will have been enough.
    fn due(&self, state: &State) -> Option<Timestamp> {
        let last = state.last.as_ref().filter(|_| !state.started)?;
        let alarms_after = self.minutes(last.value.as_number())?;
        let left = seconds((1.0 - state.dose).max(0.0) * alarms_after * 60.0);
        let due = after(last.at, left);
        (due <= after(last.at, self.carry)).then_some(due)
    }

    fn start(&self, state: &mut State, due: Timestamp, changes: &mut Vec<Change>) {
        self.count(state, due);
        // What the clock's microseconds cut off.
        state.dose = state.dose.max(1.0);
        state.due = None;
        state.started = true;
        let Some(last) = &state.last else { return };
        let because = self.words(last.value.as_number());
        changes.push(Change::new(Turn::Started, due, because, vec![(**last).clone()]));
    }

    fn words(&self, ppm: f64) -> Words {
        let equal = self.steps.iter().rev().find(|step| step.ppm <= ppm);
        let equal = equal.or(self.steps.first()).map(|step| {
            let (span, ppm) = (seconds(step.after_min * 60.0), said(step.ppm, Unit::Ppm));
            Words::new(
                format!(": {ppm} {} 흡입과 같음", said_span_ko(span)),
                format!(": as much as {ppm} for {}", said_span(span)),
            )
        });
        let now = said(ppm, Unit::Ppm);
        let equal = equal.unwrap_or_default();
        Words::new(
            format!("일산화탄소 {now}, 누적 흡입량 초과{}", equal.ko),
            format!("co is at {now}, and too much has been breathed{}", equal.en),
        )
    }
}

impl Detector for Dose {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let positive = |step: &Step| step.ppm > 0.0 && step.after_min > 0.0;
        let orderly =
            |pair: &[Step]| pair[0].ppm < pair[1].ppm && pair[0].after_min > pair[1].after_min;
        let well = self.steps.iter().all(positive) && self.steps.windows(2).all(orderly);
        if self.steps.is_empty() || !well {
            let words = "`steps` must name one or more, each with more ppm and fewer minutes than \
                         the one before, all above 0";
            problems.push(words.to_owned());
        }
        if self.steps.first().is_some_and(|first| self.stop_ppm >= first.ppm) {
            problems.push(format!(
                "`stop_ppm` is {}; it must lie below the first step, or the alarm would chatter",
                self.stop_ppm
            ));
        }
        if self.half_life_min <= 0.0 {
            problems.push("`half_life_min` must be more than 0".to_owned());
        }
        if !self.carry.is_positive() {
            problems.push("`carry_s` must be more than 0".to_owned());
        }
        problems
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::Co, Unit::Ppm)]
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        // It may have been enough before this reading, whatever this one says.
        if let Some(due) = state.due.filter(|due| *due <= reading.at) {
            self.start(state, due, changes);
        }
        self.count(state, reading.at);
        state.at = Some(reading.at);
        state.last = Some(Box::new(reading.clone()));
        let value = reading.value.as_number();
        if state.started && value <= self.stop_ppm {
            state.started = false;
            let because = back_at(Quantity::Co, value, Unit::Ppm);
            changes.push(Change::new(Turn::Stopped, reading.at, because, vec![reading.clone()]));
        }
        state.due = self.due(state);
        if let Some(due) = state.due.filter(|due| *due <= reading.at) {
            self.start(state, due, changes);
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.due
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        if let Some(due) = state.due.filter(|due| *due <= now) {
            self.start(state, due, changes);
        }
    }
}
