//! The payloads of the native dialect.

use std::fmt;

use serde::de::value::{Error as NameError, StrDeserializer};
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Said;
use crate::domain::time::Timestamp;
use crate::domain::{Content, MessageKind, Quantity, Unit, Value};
use crate::ingest::decode::json::{Scalar, object};
use crate::ingest::decode::time::Claim;
use crate::ingest::decode::{Reason, Refused};

/// Characters of a sender's own id.
const ID_CHARS_MAX: usize = 128;
/// Samples of one axis in one message: 131 s at 31.25 Hz.
const SAMPLES_MAX: usize = 4096;
/// Remarks kept of one message; a payload of nothing but mistakes stays small.
const REMARKS_MAX: usize = 8;

/// Reads the payload of a message of this kind.
pub fn read(kind: MessageKind, text: &str, received_at: Timestamp) -> Result<Said, Refused> {
    match kind {
        MessageKind::Reading | MessageKind::Alarm => readings(kind, text, received_at),
        MessageKind::Waveform => waveform(text, received_at),
        MessageKind::Status => status(text, received_at),
    }
}

#[derive(Deserialize)]
struct ReadingPayload<'a> {
    #[serde(borrow)]
    id: Option<Scalar<'a>>,
    #[serde(borrow)]
    seq: Option<Scalar<'a>>,
    #[serde(borrow)]
    at: Option<Scalar<'a>>,
    #[serde(borrow)]
    battery: Option<Scalar<'a>>,
    readings: Option<Readings>,
}

fn readings(kind: MessageKind, text: &str, received_at: Timestamp) -> Result<Said, Refused> {
    let payload: ReadingPayload = object(text)?;
    let Readings { taken, mut mistakes } = payload.readings.unwrap_or_default();
    let id = mistakes.unless(id(payload.id)).flatten();
    let seq = mistakes.unless(seq(payload.seq)).flatten();
    let claim = mistakes.unless(claim(payload.at, received_at));
    let battery_percent = mistakes.unless(battery(payload.battery)).flatten();
    if kind == MessageKind::Alarm {
        out_of_place(&taken, &mut mistakes);
    }
    let remarks = mistakes.settled(&taken)?;
    Ok(Said {
        id,
        seq,
        claim: claim.unwrap_or(Claim::none(received_at)),
        content: Content::Readings(taken),
        battery_percent,
        remarks,
    })
}

#[derive(Deserialize)]
struct WaveformPayload<'a> {
    #[serde(borrow)]
    id: Option<Scalar<'a>>,
    #[serde(borrow)]
    seq: Option<Scalar<'a>>,
    #[serde(borrow)]
    at: Option<Scalar<'a>>,
    #[serde(borrow)]
    battery: Option<Scalar<'a>>,
    rate_hz: f64,
    acceleration: Axes,
}

#[derive(Deserialize)]
struct Axes {
    x: Axis,
    y: Axis,
    z: Axis,
}

fn waveform(text: &str, received_at: Timestamp) -> Result<Said, Refused> {
    let payload: WaveformPayload = object(text)?;
    let wrong = |sentence: &str| Err(Refused::new(Reason::WrongShape, sentence));
    let Axes { x: Axis(x), y: Axis(y), z: Axis(z) } = payload.acceleration;
    if x.is_empty() || x.len() != y.len() || x.len() != z.len() {
        let (x, y, z) = (x.len(), y.len(), z.len());
        return wrong(&format!(
            "{x}, {y} and {z} samples on x, y and z; there must be as many on each, and some"
        ));
    }
    if payload.rate_hz <= 0.0 {
        return wrong(&format!("rate_hz is {}; it must be above 0", payload.rate_hz));
    }
    Ok(Said {
        id: id(payload.id)?,
        seq: seq(payload.seq)?,
        claim: claim(payload.at, received_at)?,
        content: Content::Waveform { rate_hz: payload.rate_hz, x, y, z },
        battery_percent: battery(payload.battery)?,
        remarks: Vec::new(),
    })
}

fn status(text: &str, received_at: Timestamp) -> Result<Said, Refused> {
    let online = match text.trim() {
        "online" | "\"online\"" => true,
        "offline" | "\"offline\"" => false,
        other => {
            let other: String = other.chars().take(40).collect();
            let sentence = format!("the status is `{other}`; it must be online or offline");
            return Err(Refused::new(Reason::WrongShape, &sentence));
        }
    };
    Ok(Said {
        id: None,
        seq: None,
        claim: Claim::none(received_at),
        content: Content::Status { online },
        battery_percent: None,
        remarks: Vec::new(),
    })
}

fn id(given: Option<Scalar>) -> Result<Option<String>, Refused> {
    match given {
        None | Some(Scalar::Null) => Ok(None),
        Some(Scalar::Text(text)) if text.contains('\0') => {
            Err(Refused::new(Reason::NulCharacter, "`id` holds a NUL character (\\u0000)"))
        }
        Some(Scalar::Text(text)) if text.chars().nth(ID_CHARS_MAX).is_some() => {
            let sentence = format!("`id` has more than {ID_CHARS_MAX} characters");
            Err(Refused::new(Reason::IdTooLong, &sentence))
        }
        Some(Scalar::Text(text)) if !text.is_empty() => Ok(Some(text.into_owned())),
        Some(other) => Err(wrong("id", &other, "a text that is not empty")),
    }
}

fn seq(given: Option<Scalar>) -> Result<Option<u64>, Refused> {
    match given {
        None | Some(Scalar::Null) => Ok(None),
        Some(Scalar::Whole(seq)) => Ok(Some(seq)),
        Some(other) => Err(wrong("seq", &other, "a whole number from 0")),
    }
}

fn claim(given: Option<Scalar>, received_at: Timestamp) -> Result<Claim, Refused> {
    match given {
        None | Some(Scalar::Null) => Ok(Claim::none(received_at)),
        Some(Scalar::Text(text)) => Claim::read(&text, received_at),
        Some(other) => {
            let sentence = format!("`at` is {}; it must be a text in RFC 3339", other.said());
            Err(Refused::new(Reason::BadTime, &sentence))
        }
    }
}

fn battery(given: Option<Scalar>) -> Result<Option<f64>, Refused> {
    let percent = match given {
        None | Some(Scalar::Null) => return Ok(None),
        Some(ref given) => number(given),
    };
    match (percent, given) {
        (Some(percent), _) if (0.0..=100.0).contains(&percent) => Ok(Some(percent)),
        (_, given) => {
            Err(wrong("battery", &given.unwrap_or(Scalar::Null), "a percentage from 0 to 100"))
        }
    }
}

fn wrong(name: &str, given: &Scalar, right: &str) -> Refused {
    let sentence = format!("`{name}` is {}; it must be {right}", given.said());
    Refused::new(Reason::WrongShape, &sentence)
}

#[expect(clippy::cast_precision_loss, reason = "a measured value; f64 is what it becomes")]
fn number(given: &Scalar) -> Option<f64> {
    match *given {
        Scalar::Whole(number) => Some(number as f64),
        Scalar::Number(number) if number.is_finite() => Some(number),
        _ => None,
    }
}

/// The value of a quantity, which must be of the quantity's own type. 0 and 1 are a flag too.
fn value(quantity: Quantity, given: &Scalar) -> Result<Value, Refused> {
    if quantity.unit() == Unit::Flag {
        return match (given, number(given)) {
            (Scalar::Flag(on), _) => Ok(Value::Flag(*on)),
            (_, Some(0.0)) => Ok(Value::Flag(false)),
            (_, Some(1.0)) => Ok(Value::Flag(true)),
            _ => Err(wrong(quantity.as_str(), given, "true or false")),
        };
    }
    number(given).map(Value::Number).ok_or_else(|| {
        let right = format!("a number in {}", quantity.unit().as_str());
        wrong(quantity.as_str(), given, &right)
    })
}

/// What stands on an alarm topic without belonging there is a reading all the same: it is kept,
/// and said, since it takes the place of an SOS in the queue.
fn out_of_place(taken: &[(Quantity, Value)], mistakes: &mut Mistakes) {
    for (quantity, _) in taken.iter().filter(|(quantity, _)| !quantity.is_life_safety()) {
        let sentence = format!(
            "`{}` is no life-safety quantity and belongs on …/reading; it is kept as a reading",
            quantity.as_str()
        );
        mistakes.add(Refused::new(Reason::NotLifeSafety, &sentence));
    }
}

/// The `readings` of a payload, in its order.
#[derive(Default)]
struct Readings {
    taken: Vec<(Quantity, Value)>,
    mistakes: Mistakes,
}

impl Readings {
    fn take(&mut self, quantity: Quantity, given: &Scalar) {
        let value = match value(quantity, given) {
            Ok(value) => value,
            Err(mistake) => return self.mistakes.add(mistake),
        };
        let Some(earlier) = self.taken.iter_mut().find(|(known, _)| *known == quantity) else {
            return self.taken.push((quantity, value));
        };
        // Of two answers to "is there a life in danger", yes is the one to act on.
        if quantity.is_life_safety() && value == Value::Flag(true) {
            earlier.1 = value;
        }
        let sentence = format!("`{}` is given twice", quantity.as_str());
        self.mistakes.add(Refused::new(Reason::WrongShape, &sentence));
    }
}

impl<'de> Deserialize<'de> for Readings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ReadingsVisitor)
    }
}

struct ReadingsVisitor;

impl<'de> Visitor<'de> for ReadingsVisitor {
    type Value = Readings;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`readings` as an object of quantities and values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Readings, A::Error> {
        let mut readings = Readings::default();
        while let Some(Name(name)) = map.next_key()? {
            let given: Scalar = map.next_value()?;
            match name {
                Ok(quantity) => readings.take(quantity, &given),
                Err(mistake) => readings.mistakes.add(mistake),
            }
        }
        Ok(readings)
    }
}

/// The name of a quantity, looked up where it stands, so that no name is copied.
struct Name(Result<Quantity, Refused>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a quantity")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Name, E> {
        let from: StrDeserializer<NameError> = name.into_deserializer();
        Ok(Name(Quantity::deserialize(from).map_err(|error| unknown_quantity(name, &error))))
    }
}

fn unknown_quantity(name: &str, error: &NameError) -> Refused {
    let name: String = name.chars().take(64).collect();
    let listed = error.to_string();
    let known = listed.split_once("expected one of ").map_or("", |(_, known)| known);
    let sentence = format!("`{name}` is no known quantity; known are {}", known.replace('`', ""));
    Refused::new(Reason::UnknownQuantity, &sentence)
}

/// What is wrong with a message, in its order.
#[derive(Default)]
struct Mistakes {
    remarks: Vec<Refused>,
    /// The first that costs the message, unless a life-safety event stands in it.
    grave: Option<Refused>,
}

impl Mistakes {
    fn add(&mut self, mistake: Refused) {
        let light = matches!(mistake.reason, Reason::UnknownQuantity | Reason::NotLifeSafety);
        if !light && self.grave.is_none() {
            self.grave = Some(mistake.clone());
        }
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(mistake);
        }
    }

    fn unless<T>(&mut self, result: Result<T, Refused>) -> Option<T> {
        result.map_err(|mistake| self.add(mistake)).ok()
    }

    /// The remarks of a message that is taken, or why it is refused.
    fn settled(self, taken: &[(Quantity, Value)]) -> Result<Vec<Refused>, Refused> {
        let Self { remarks, grave } = self;
        if taken.is_empty() {
            let none = || {
                Refused::new(
                    Reason::NoReadings,
                    "`readings` is missing or empty; write them as in \
                     {\"readings\":{\"temperature\":21.5}}",
                )
            };
            return Err(grave.or(remarks.into_iter().next()).unwrap_or_else(none));
        }
        let life_safety = taken.iter().any(|(quantity, _)| quantity.is_life_safety());
        match grave {
            Some(grave) if !life_safety => Err(grave),
            _ => Ok(remarks),
        }
    }
}

/// One axis of a waveform.
struct Axis(Vec<f32>);

impl<'de> Deserialize<'de> for Axis {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(AxisVisitor)
    }
}

struct AxisVisitor;

impl<'de> Visitor<'de> for AxisVisitor {
    type Value = Axis;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of samples in gal")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Axis, A::Error> {
        let mut samples = Vec::new();
        while let Some(sample) = seq.next_element::<f64>()? {
            if samples.len() == SAMPLES_MAX {
                return Err(A::Error::custom(format_args!("more than {SAMPLES_MAX} samples")));
            }
            #[expect(
                clippy::cast_possible_truncation,
                reason = "24 bits are finer than any sensor"
            )]
            let sample = sample as f32;
            if !sample.is_finite() {
                return Err(A::Error::custom("a sample beyond what 32 bits hold"));
            }
            samples.push(sample);
        }
        Ok(Axis(samples))
    }
}
