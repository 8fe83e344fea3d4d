//! Heat by the classes of EN 54-5 (열감지): simply too hot (정온식), or climbing too fast (차동식).
//!
//! A class gives every number. With suffix `r` the rate of rise counts too; without it, or with
//! `s`, only the height does, and never below the class's least response temperature. Stage
//! `warning` is the same detector ten degrees and half the rate earlier. It knows no other sign
//! than heat: a smouldering fire is smoke's business.

use serde::{Deserialize, Serialize};

use super::held::Held;
use super::window::{Low, Lows};
use super::{Change, Detector, Per, Turn, Waits, back_at, said, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, between};
use crate::domain::{Quantity, Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heat {
    #[serde(rename = "response")]
    class: Class,
    #[serde(default)]
    suffix: Option<Suffix>,
    #[serde(default)]
    stage: Stage,
    /// How long it must be too hot. A rise is a span already and needs none.
    #[serde(rename = "hold_s", deserialize_with = "span_s::deserialize")]
    hold: SignedDuration,
}

/// EN 54-5, table 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Class {
    A1,
    A2,
    B,
    C,
    D,
    E,
    F,
    G,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Suffix {
    /// Rate of rise.
    R,
    /// Static: only the height.
    S,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Stage {
    #[default]
    Alarm,
    Warning,
}

/// Above the class's least response temperature: so that a sensor that reads 2 °C too much still
/// does not answer below it.
const MARGIN_C: f64 = 3.0;
/// Above the typical application temperature, which a rise must have reached.
const RISE_FLOOR_C: f64 = 13.0;
/// How much earlier the warning is; a shipped class A1 panel warns 10 °C before it alarms.
const WARNING_C: f64 = 10.0;

impl Class {
    /// Typical and highest application temperature, least response temperature, °C.
    fn numbers(self) -> (f64, f64, f64) {
        match self {
            Self::A1 | Self::A2 => (25.0, 50.0, 54.0),
            Self::B => (40.0, 65.0, 69.0),
            Self::C => (55.0, 80.0, 84.0),
            Self::D => (70.0, 95.0, 99.0),
            Self::E => (85.0, 110.0, 114.0),
            Self::F => (100.0, 125.0, 129.0),
            Self::G => (115.0, 140.0, 144.0),
        }
    }
}

/// What one stage of a class comes to, in °C.
struct Limits {
    start: f64,
    stop: f64,
    /// Start, stop and window of the rise, and the height it must have reached.
    start_rise: f64,
    stop_rise: f64,
    window: SignedDuration,
    floor: f64,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    hot: Held,
    lows: Lows,
    rising: bool,
}

impl State {
    fn stands(&self) -> bool {
        self.hot.started() || self.rising
    }
}

impl Heat {
    fn limits(&self) -> Limits {
        let (typical, highest, least) = self.class.numbers();
        match self.stage {
            // 15 °F in a minute, the usual rating of rate-of-rise detectors in the US.
            Stage::Alarm => Limits {
                start: least + MARGIN_C,
                stop: highest,
                start_rise: 8.3,
                stop_rise: 2.0,
                window: SignedDuration::from_secs(60),
                floor: typical + RISE_FLOOR_C,
            },
            // Above 4 °C a minute, kept up for two.
            Stage::Warning => Limits {
                start: least + MARGIN_C - WARNING_C,
                stop: highest - WARNING_C,
                start_rise: 8.0,
                stop_rise: 2.0,
                window: SignedDuration::from_secs(120),
                floor: typical,
            },
        }
    }

    fn say(was: bool, at: Timestamp, because: Words, reading: Reading) -> Change {
        let turn = if was { Turn::Grew } else { Turn::Started };
        Change::new(turn, at, because, vec![reading])
    }

    fn hot_words(&self, first: &Reading, limits: &Limits) -> Words {
        let value = said(first.value.as_number(), Unit::Celsius);
        let limit = said(limits.start, Unit::Celsius);
        let span = said_span(self.hold);
        Words::new(
            format!("온도 {value}, {limit} 이상 {} 지속", said_span_ko(self.hold)),
            format!("temperature reached {value} and stayed at or above {limit} for {span}"),
        )
    }

    fn height(&self, state: &mut State, now: Timestamp, limits: &Limits, out: &mut Vec<Change>) {
        let was = state.stands();
        if let Some((due, first)) = state.hot.fulfilled(now) {
            let because = self.hot_words(&first, limits);
            out.push(Self::say(was, due, because, first));
        }
    }

    fn rise(state: &mut State, reading: &Reading, limits: &Limits, out: &mut Vec<Change>) {
        let value = reading.value.as_number();
        let (rise, lowest) = state.lows.rise(reading.at, value, limits.window);
        if !state.rising && rise >= limits.start_rise && value >= limits.floor {
            let was = state.stands();
            state.rising = true;
            let because = rise_words(reading, rise, lowest);
            out.push(Self::say(was, reading.at, because, reading.clone()));
        } else if state.rising && rise <= limits.stop_rise && value < limits.floor {
            // A room that burns steadily still burns: it has to have cooled as well.
            state.rising = false;
        }
    }
}

fn rise_words(reading: &Reading, rise: f64, lowest: Low) -> Words {
    let value = said(reading.value.as_number(), Unit::Celsius);
    let (rise, span) = (said(rise, Unit::Celsius), between(lowest.at, reading.at));
    Words::new(
        format!("온도 {} 만에 {rise} 올라 {value}", said_span_ko(span)),
        format!("temperature rose by {rise} to {value} within {}", said_span(span)),
    )
}

impl Detector for Heat {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Hold;

    fn problems(&self) -> Vec<String> {
        match self.hold.is_negative() {
            true => vec!["`hold_s` is negative; it must be 0 or more".to_owned()],
            false => Vec::new(),
        }
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        vec![(Quantity::Temperature, Unit::Celsius)]
    }

    fn observe(&self, state: &mut State, reading: &Reading, changes: &mut Vec<Change>) {
        let limits = self.limits();
        self.height(state, reading.at, &limits, changes);
        let was = state.stands();
        let value = reading.value.as_number();
        let sides = (value >= limits.start, value <= limits.stop);
        if state.hot.take(reading, sides, self.hold) == Some(Turn::Started) {
            let because = self.hot_words(reading, &limits);
            changes.push(Self::say(was, reading.at, because, reading.clone()));
        }
        if self.suffix == Some(Suffix::R) {
            Self::rise(state, reading, &limits, changes);
        }
        if was && !state.stands() {
            let because = back_at(Quantity::Temperature, value, Unit::Celsius);
            changes.push(Change::new(Turn::Stopped, reading.at, because, vec![reading.clone()]));
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.hot.deadline()
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        self.height(state, now, &self.limits(), changes);
    }
}
