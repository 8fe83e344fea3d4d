//! What the fields of one device model mean: which quantity, in which unit, and when it is on.
//!
//! Read from `config/profiles`, so that a new model is a few lines there and nothing here. A
//! field that is missing or null says nothing. One that cannot be read is left out and said; it
//! never costs the message its other fields. A word that is neither on nor off is left out too:
//! a sensor that says `error` has not said that all is well.

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::decode::{Reason, Refused};
use super::profiles::{Profile, said};
use crate::domain::time::Timestamp;
use crate::domain::{Id, Quantity, Unit, Value};

/// Remarks kept of one message.
pub(super) const REMARKS_MAX: usize = 8;
/// Entries of a device's own history that are taken from one message.
pub(super) const HISTORY_MAX: usize = 64;

/// One device model of one or more dialects.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// By which a device of a site names it.
    pub id: Id<Model>,
    /// What people call it.
    pub name: String,
    pub profiles: Vec<Profile>,
    /// How the device itself or its network calls the model, where it does.
    pub matches: Vec<String>,
    /// Whether it is meant where nothing else says which model it is.
    pub usual: bool,
    pub fields: Vec<Field>,
    pub battery: Option<Battery>,
    /// Fields from which nothing is to be read.
    pub ignores: Vec<String>,
    pub history: Option<History>,
}

/// Names of objects, or places of arrays, from the outermost in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(Vec<String>);

/// What one field means.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub path: Path,
    pub quantity: Quantity,
    pub takes: Takes,
    /// Values by which the device says that it has not measured.
    pub void: Vec<Literal>,
    /// It says that something happened, and never that it is over.
    pub momentary: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Takes {
    /// `value * times + plus` is the value in the quantity's own unit.
    Number {
        times: f64,
        plus: f64,
    },
    Flag {
        on: Vec<Literal>,
        off: Vec<Literal>,
        others: Others,
    },
    /// One bit of a whole number, the lowest being 0.
    Bit(u32),
}

/// What a value means that is listed neither as on nor as off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// It is off if it is of the sort of those that are on: `false` where `true` is, another
    /// number where numbers are. Anything else cannot be read.
    Off,
    /// It cannot be read.
    Unknown,
}

/// A value as it may stand in a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Flag(bool),
    Number(f64),
    /// Without blanks round it, in small letters.
    Text(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Battery {
    pub path: Path,
    pub says: BatterySays,
}

/// How a device tells the state of its battery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BatterySays {
    Percent,
    /// Empty and full, in the field's own unit of voltage.
    Voltage {
        empty: f64,
        full: f64,
    },
    /// Only that it is low; it counts as this many percent then.
    Low {
        percent: f64,
    },
}

/// Measurements of earlier moments that a device sends along.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    pub path: Path,
    /// The field with the moment, in seconds since 1970.
    pub time: Path,
}

/// In which unit a device tells a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Measure {
    Celsius,
    TenthCelsius,
    HundredthCelsius,
    Fahrenheit,
    PercentPerMetre,
    Ppm,
    Ppb,
    PercentLel,
    Millimetre,
    Centimetre,
    Metre,
    Gal,
    MilliG,
    G,
    Milliwatt,
    Watt,
    Kilowatt,
    /// Needs the voltage: the power is the apparent one.
    Milliampere,
    Ampere,
    WattHour,
    KilowattHour,
    Litre,
    CubicMetre,
    Percent,
    TenthPercent,
    Persons,
}

/// 1 g in gal, by the definition of standard gravity (ISO 80000-3): 9.80665 m/s².
const GAL_PER_G: f64 = 980.665;

impl Measure {
    /// The unit it is turned into, and how: times, then plus.
    #[must_use]
    pub fn turned(self) -> (Unit, f64, f64) {
        match self {
            Self::Celsius => (Unit::Celsius, 1.0, 0.0),
            Self::TenthCelsius => (Unit::Celsius, 0.1, 0.0),
            Self::HundredthCelsius => (Unit::Celsius, 0.01, 0.0),
            Self::Fahrenheit => (Unit::Celsius, 5.0 / 9.0, -160.0 / 9.0),
            Self::PercentPerMetre => (Unit::PercentPerMetre, 1.0, 0.0),
            Self::Ppm => (Unit::Ppm, 1.0, 0.0),
            Self::Ppb => (Unit::Ppm, 0.001, 0.0),
            Self::PercentLel => (Unit::PercentLel, 1.0, 0.0),
            Self::Millimetre => (Unit::Centimetre, 0.1, 0.0),
            Self::Centimetre => (Unit::Centimetre, 1.0, 0.0),
            Self::Metre => (Unit::Centimetre, 100.0, 0.0),
            Self::Gal => (Unit::Gal, 1.0, 0.0),
            Self::MilliG => (Unit::Gal, GAL_PER_G / 1000.0, 0.0),
            Self::G => (Unit::Gal, GAL_PER_G, 0.0),
            Self::Milliwatt | Self::Milliampere => (Unit::Watt, 0.001, 0.0),
            Self::Watt | Self::Ampere => (Unit::Watt, 1.0, 0.0),
            Self::Kilowatt => (Unit::Watt, 1000.0, 0.0),
            Self::WattHour => (Unit::WattHour, 1.0, 0.0),
            Self::KilowattHour => (Unit::WattHour, 1000.0, 0.0),
            Self::Litre => (Unit::Litre, 1.0, 0.0),
            Self::CubicMetre => (Unit::Litre, 1000.0, 0.0),
            Self::Percent => (Unit::Percent, 1.0, 0.0),
            Self::TenthPercent => (Unit::Percent, 0.1, 0.0),
            Self::Persons => (Unit::Persons, 1.0, 0.0),
        }
    }

    #[must_use]
    pub fn is_current(self) -> bool {
        matches!(self, Self::Milliampere | Self::Ampere)
    }
}

/// What was read of one object of fields.
#[derive(Debug, Default, PartialEq)]
pub struct Taken {
    pub values: Vec<(Quantity, Value)>,
    /// Of `values`, those that are over at once.
    pub momentary: Vec<Quantity>,
    pub battery_percent: Option<f64>,
    pub remarks: Vec<Refused>,
    /// Whether any field that the model knows was there.
    pub known: bool,
}

impl Model {
    /// Whether the model can say a quantity.
    #[must_use]
    pub fn reads(&self, quantity: Quantity) -> bool {
        self.fields.iter().any(|field| field.quantity == quantity)
    }

    /// Reads what the model knows of these fields.
    #[must_use]
    pub fn take(&self, fields: &Map<String, Json>) -> Taken {
        let mut taken = Taken::default();
        for field in &self.fields {
            taken.known |= field.path.is_null(fields);
            let Some(given) = field.path.find_value(fields) else { continue };
            taken.known = true;
            match field.read(given) {
                Ok(Some(value)) => taken.add(field, value),
                Ok(None) => {}
                Err(remark) => taken.remark(remark),
            }
        }
        if let Some(battery) = &self.battery
            && let Some(given) = battery.path.find_value(fields)
        {
            taken.known = true;
            match battery.read(given) {
                Ok(percent) => taken.battery_percent = percent,
                Err(remark) => taken.remark(remark),
            }
        }
        taken
    }

    /// Whether nothing stands there that anyone would want to read.
    #[must_use]
    pub fn expects_nothing_of(&self, fields: &Map<String, Json>) -> bool {
        !fields.is_empty() && fields.keys().all(|key| self.ignores.contains(key))
    }

    /// What it looks for and what there is, for a sentence.
    #[must_use]
    pub fn nothing_in(&self, fields: &Map<String, Json>) -> Refused {
        let cut = |texts: Vec<String>| texts.into_iter().take(8).collect::<Vec<_>>().join(", ");
        let wanted = cut(self.fields.iter().map(|field| field.path.to_string()).collect());
        let there = cut(fields.keys().map(|key| key.chars().take(40).collect()).collect());
        let sentence = format!("model {} reads {wanted}, and there is only {there}", self.id);
        Refused::new(Reason::NoReadings, &sentence)
    }

    /// The entries of the device's own history, each with its moment.
    pub fn history<'f>(
        &self,
        fields: &'f Map<String, Json>,
    ) -> Vec<(Timestamp, &'f Map<String, Json>)> {
        let Some(history) = &self.history else { return Vec::new() };
        let entries = history.path.find(fields).and_then(Json::as_array);
        let entries = entries.into_iter().flatten().take(HISTORY_MAX);
        let dated = |entry: &'f Json| {
            let entry = entry.as_object()?;
            let seconds = history.time.find(entry)?.as_i64()?;
            Some((Timestamp::from_second(seconds).ok()?, entry))
        };
        entries.filter_map(dated).collect()
    }
}

impl Taken {
    /// Of two fields with the same quantity the first counts, and of two answers to a question
    /// that of yes: two bits may both say that there is smoke.
    fn add(&mut self, field: &Field, value: Value) {
        let on = value == Value::Flag(true);
        match self.values.iter_mut().find(|(quantity, _)| *quantity == field.quantity) {
            None => self.values.push((field.quantity, value)),
            Some(earlier) if on => earlier.1 = value,
            Some(_) => return,
        }
        if on && field.momentary && !self.momentary.contains(&field.quantity) {
            self.momentary.push(field.quantity);
        }
    }

    pub(super) fn remark(&mut self, remark: Refused) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(remark);
        }
    }
}

impl Field {
    fn read(&self, given: &Json) -> Result<Option<Value>, Refused> {
        if self.void.iter().any(|void| void.is(given)) {
            let sentence = format!(
                "`{}` is {}, by which it says that it has not measured",
                self.path,
                said(given)
            );
            return Err(Refused::new(Reason::NoReadings, &sentence));
        }
        match &self.takes {
            Takes::Number { times, plus } => {
                let value = number(given).map(|number| number * times + plus);
                let value = value.filter(|value| value.is_finite());
                let value = value.ok_or_else(|| self.path.wrong(given, "a number"))?;
                Ok(Some(Value::Number(value)))
            }
            Takes::Flag { on, off, others } => {
                let any = |of: &[Literal]| of.iter().any(|literal| literal.is(given));
                match others {
                    _ if any(on) => Ok(Some(Value::Flag(true))),
                    // The end of an event is not said; the lack of one says nothing.
                    _ if self.momentary => Ok(None),
                    _ if any(off) => Ok(Some(Value::Flag(false))),
                    Others::Off if on.iter().any(|literal| literal.is_of_the_sort_of(given)) => {
                        Ok(Some(Value::Flag(false)))
                    }
                    _ => Err(self.path.wrong(given, "a value of the model's on and off")),
                }
            }
            Takes::Bit(bit) => {
                let bits = given.as_u64();
                let bits = bits.ok_or_else(|| self.path.wrong(given, "a whole number"))?;
                Ok(Some(Value::Flag(bits >> bit & 1 == 1)))
            }
        }
    }
}

impl Battery {
    fn read(&self, given: &Json) -> Result<Option<f64>, Refused> {
        let value = number(given);
        let percent = match self.says {
            BatterySays::Percent => value.filter(|value| (0.0..=100.0).contains(value)),
            BatterySays::Voltage { empty, full } => {
                let share = value.map(|value| (value - empty) / (full - empty) * 100.0);
                share.filter(|share| share.is_finite()).map(|share| share.clamp(0.0, 100.0))
            }
            BatterySays::Low { percent } => match given {
                Json::Bool(low) => return Ok(low.then_some(percent)),
                _ => None,
            },
        };
        match percent {
            Some(percent) => Ok(Some(percent)),
            None => Err(self.path.wrong(given, self.says.wanted())),
        }
    }
}

impl BatterySays {
    fn wanted(self) -> &'static str {
        match self {
            Self::Percent => "a percentage from 0 to 100",
            Self::Voltage { .. } => "a voltage",
            Self::Low { .. } => "true or false",
        }
    }
}

impl Path {
    /// `ENERGY.Power`, `Power.0`. None if a name is empty.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let names: Vec<String> = text.split('.').map(str::to_owned).collect();
        names.iter().all(|name| !name.trim().is_empty()).then_some(Self(names))
    }

    fn follow<'f>(&self, fields: &'f Map<String, Json>) -> Option<&'f Json> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(fields.get(first)?, |value, name| match value {
            Json::Array(items) => items.get(name.parse::<usize>().ok()?),
            value => value.get(name),
        })
    }

    /// A gateway that has heard nothing of a device yet says so of each of its fields.
    fn is_null(&self, fields: &Map<String, Json>) -> bool {
        self.follow(fields).is_some_and(Json::is_null)
    }

    /// What is there, unless it is missing or null.
    fn find<'f>(&self, fields: &'f Map<String, Json>) -> Option<&'f Json> {
        self.follow(fields).filter(|value| !value.is_null())
    }

    /// The one value there.
    fn find_value<'f>(&self, fields: &'f Map<String, Json>) -> Option<&'f Json> {
        self.find(fields).filter(|value| !value.is_array() && !value.is_object())
    }

    fn wrong(&self, given: &Json, right: &str) -> Refused {
        let sentence = format!("`{self}` is {}; it must be {right}", said(given));
        Refused::new(Reason::WrongShape, &sentence)
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

impl Literal {
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.trim().to_lowercase())
    }

    fn is_of_the_sort_of(&self, given: &Json) -> bool {
        matches!(
            (self, given),
            (Self::Flag(_), Json::Bool(_))
                | (Self::Number(_), Json::Number(_))
                | (Self::Text(_), Json::String(_))
        )
    }

    fn is(&self, given: &Json) -> bool {
        match (self, given) {
            (Self::Flag(flag), Json::Bool(given)) => flag == given,
            (Self::Text(text), Json::String(given)) => *text == given.trim().to_lowercase(),
            (Self::Number(literal), given) => {
                number(given).is_some_and(|given| (given - literal).abs() < 1e-9)
            }
            _ => false,
        }
    }
}

/// A finite number, which some devices write as a text.
fn number(given: &Json) -> Option<f64> {
    let number = match given {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number| number.is_finite())
}
