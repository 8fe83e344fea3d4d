//! A value that climbs too fast (차동식): the latest reading against the lowest of the window.
//!
//! `at_least` asks for a height as well as a speed, so that a heater switched on in a cold hall
//! is no fire. Once it has started it stands while the value stays that high, even after it has
//! stopped climbing: a room that burns steadily still burns.

use serde::{Deserialize, Serialize};

use super::window::{Low, Lows};
use super::{Change, Detector, Per, Turn, Waits, said, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, between};
use crate::domain::{Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateOfRise {
    unit: Unit,
    /// The rise within the window that starts it.
    start_rise: f64,
    /// The rise within the window at or below which it may stop.
    stop_rise: f64,
    #[serde(rename = "window_s", deserialize_with = "span_s::deserialize")]
    window: SignedDuration,
    #[serde(default)]
    at_least: Option<f64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    lows: Lows,
    started: bool,
}

impl RateOfRise {
    fn words(&self, reading: &Reading, rise: f64, lowest: Low) -> Words {
        let (name, quantity) = (reading.quantity.name_ko(), reading.quantity.as_str());
        let value = said(reading.value.as_number(), self.unit);
        let (rise, span) = (said(rise, self.unit), between(lowest.at, reading.at));
        Words::new(
            format!("{name} {} 만에 {rise} 올라 {value}", said_span_ko(span)),
            format!("{quantity} rose by {rise} to {value} within {}", said_span(span)),
        )
    }
}

impl Detector for RateOfRise {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.stop_rise >= self.start_rise {
            problems.push(format!(
                "`stop_rise` is {} and `start_rise` is {}; `stop_rise` must be smaller, or the \
                 alarm would chatter",
                self.stop_rise, self.start_rise
            ));
        }
        if !self.window.is_positive() {
            problems.push("`window_s` must be more than 0".to_owned());
        }
        problems
    }

    fn unit(&self) -> Option<Unit> {
        Some(self.unit)
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let value = reading.value.as_number();
        let (rise, lowest) = state.lows.rise(reading.at, value, self.window);
        let high = self.at_least.is_none_or(|least| value >= least);
        let turn = match state.started {
            false if rise >= self.start_rise && high => Turn::Started,
            true if rise <= self.stop_rise && (self.at_least.is_none() || !high) => Turn::Stopped,
            _ => return,
        };
        state.started = turn == Turn::Started;
        let because = match turn {
            Turn::Stopped => {
                let now = said(value, self.unit);
                Words::new(
                    format!("{} 상승 멈춤, 현재 {now}", reading.quantity.name_ko()),
                    format!("{} no longer climbs and is at {now}", reading.quantity.as_str()),
                )
            }
            _ => self.words(reading, rise, lowest),
        };
        changes.push(Change {
            turn,
            level: None,
            at: reading.at,
            because,
            readings: vec![reading.clone()],
        });
    }
}
