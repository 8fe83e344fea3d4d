//! What a key may hold, and what to say when it holds something else.

use std::marker::PhantomData;

use serde::de::DeserializeOwned;
use serde::de::value::{Error as Refused, StrDeserializer};
use toml::Spanned;
use toml::de::DeValue;

use super::nearest::{hint, list};
use super::shape;
use crate::domain::Id;

pub(super) type Raw<'d> = Spanned<DeValue<'d>>;

/// No length, span or limit of a building is larger; beyond it stands a slip of the finger.
pub(super) const NUMBER_MAX: f64 = 1e9;

/// What is wrong with a value: where, which sort, and `is …; … is wanted`.
pub(super) struct Wrong {
    pub at: usize,
    pub code: &'static str,
    pub words: String,
}

/// What a key may hold.
pub(super) trait Want {
    type Is;

    /// `a text`, `one of a, b`: what would have been right.
    fn wanted(&self) -> String;

    /// Reads a value, or says everything that is wrong with it.
    fn read(&self, value: &Raw<'_>) -> Result<Self::Is, Vec<Wrong>>;

    /// A value that is not what is wanted.
    fn refuse<T>(&self, value: &Raw<'_>, code: &'static str, is: &str) -> Result<T, Vec<Wrong>> {
        let words = format!("is {is}; {} is wanted", self.wanted());
        Err(vec![Wrong { at: value.span().start, code, words }])
    }

    fn refuse_type<T>(&self, value: &Raw<'_>) -> Result<T, Vec<Wrong>> {
        self.refuse(value, "wrong-type", &format!("of type {}", value.get_ref().type_str()))
    }
}

/// A text that says something; with what it should say.
pub(super) struct Text(pub &'static str);

impl Want for Text {
    type Is = String;

    fn wanted(&self) -> String {
        self.0.to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<String, Vec<Wrong>> {
        match value.get_ref().as_str() {
            Some(text) if text.trim().is_empty() => self.refuse(value, "blank", "blank"),
            Some(text) => Ok(text.to_owned()),
            None => self.refuse_type(value),
        }
    }
}

impl<W: Want> Want for &W {
    type Is = W::Is;

    fn wanted(&self) -> String {
        (*self).wanted()
    }

    fn read(&self, value: &Raw<'_>) -> Result<Self::Is, Vec<Wrong>> {
        (*self).read(value)
    }
}

/// A text that reads as a `T`.
pub(super) struct Parsed<T> {
    wanted: &'static str,
    parse: fn(&str) -> Option<T>,
}

impl<T> Parsed<T> {
    pub fn new(wanted: &'static str, parse: fn(&str) -> Option<T>) -> Self {
        Self { wanted, parse }
    }
}

impl<T> Want for Parsed<T> {
    type Is = T;

    fn wanted(&self) -> String {
        self.wanted.to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<T, Vec<Wrong>> {
        let Some(text) = value.get_ref().as_str() else { return self.refuse_type(value) };
        (self.parse)(text).map_or_else(|| self.refuse(value, "bad-value", &quoted(text)), Ok)
    }
}

/// The name of a `T`.
pub(super) struct IdOf<T>(PhantomData<fn() -> T>);

impl<T> IdOf<T> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Want for IdOf<T> {
    type Is = Id<T>;

    fn wanted(&self) -> String {
        "an id of 1 to 64 of a-z, 0-9 and -".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<Id<T>, Vec<Wrong>> {
        let Some(text) = value.get_ref().as_str() else { return self.refuse_type(value) };
        Id::new(text).or_else(|_| self.refuse(value, "bad-id", &quoted(text)))
    }
}

/// One of the words of a closed list.
pub(super) struct Word<T>(PhantomData<fn() -> T>);

impl<T> Word<T> {
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: DeserializeOwned> Want for Word<T> {
    type Is = T;

    fn wanted(&self) -> String {
        format!("one of {}", list(shape::words::<T>().iter().copied()))
    }

    fn read(&self, value: &Raw<'_>) -> Result<T, Vec<Wrong>> {
        let Some(text) = value.get_ref().as_str() else { return self.refuse_type(value) };
        T::deserialize(StrDeserializer::<Refused>::new(text)).map_err(|_| {
            let hint = hint(text, shape::words::<T>().iter().copied());
            let words = format!("is {}, which does not exist{hint}", quoted(text));
            vec![Wrong { at: value.span().start, code: "unknown-word", words }]
        })
    }
}

/// A number within limits, both included.
pub(super) struct Number {
    wanted: &'static str,
    fits: fn(f64) -> bool,
}

/// A length, a width or a span.
pub(super) const ABOVE_ZERO: Number =
    Number { wanted: "a number above 0 and at most 1e9", fits: |n| n > 0.0 && n <= NUMBER_MAX };

impl Number {
    pub const fn within(wanted: &'static str, fits: fn(f64) -> bool) -> Self {
        Self { wanted, fits }
    }
}

impl Want for Number {
    type Is = f64;

    fn wanted(&self) -> String {
        self.wanted.to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<f64, Vec<Wrong>> {
        match number(value.get_ref()) {
            Some(number) if (self.fits)(number) => Ok(number),
            Some(number) => self.refuse(value, "out-of-range", &number.to_string()),
            None => self.refuse_type(value),
        }
    }
}

/// The number of a storey.
pub(super) struct Level;

impl Want for Level {
    type Is = i32;

    fn wanted(&self) -> String {
        "a whole number other than 0 (1 is the ground floor, -1 the first basement)".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<i32, Vec<Wrong>> {
        if !value.get_ref().is_integer() {
            return self.refuse_type(value);
        }
        let level = number(value.get_ref()).unwrap_or_default();
        #[expect(clippy::cast_possible_truncation, reason = "checked to fit just here")]
        match level != 0.0 && level.abs() <= 1000.0 {
            true => Ok(level as i32),
            false => self.refuse(value, "out-of-range", &level.to_string()),
        }
    }
}

/// How many of something.
pub(super) struct Count;

impl Want for Count {
    type Is = u32;

    fn wanted(&self) -> String {
        "a whole number from 0 to 100000".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<u32, Vec<Wrong>> {
        if !value.get_ref().is_integer() {
            return self.refuse_type(value);
        }
        let count = number(value.get_ref()).unwrap_or_default();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "checked to fit just here"
        )]
        match (0.0..=100_000.0).contains(&count) {
            true => Ok(count as u32),
            false => self.refuse(value, "out-of-range", &count.to_string()),
        }
    }
}

/// Whether something is so.
pub(super) struct YesOrNo;

impl Want for YesOrNo {
    type Is = bool;

    fn wanted(&self) -> String {
        "true or false".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<bool, Vec<Wrong>> {
        value.get_ref().as_bool().map_or_else(|| self.refuse_type(value), Ok)
    }
}

/// Several of something, none twice.
pub(super) struct ListOf<W> {
    of: W,
    some: bool,
}

impl<W> ListOf<W> {
    /// At least one.
    pub fn some(of: W) -> Self {
        Self { of, some: true }
    }
}

impl<W: Want<Is: PartialEq>> Want for ListOf<W> {
    type Is = Vec<W::Is>;

    fn wanted(&self) -> String {
        format!("a list, each of it {}", self.of.wanted())
    }

    fn read(&self, value: &Raw<'_>) -> Result<Self::Is, Vec<Wrong>> {
        let Some(items) = value.get_ref().as_array() else { return self.refuse_type(value) };
        if self.some && items.is_empty() {
            return self.refuse(value, "empty", "empty");
        }
        let (mut taken, mut wrongs) = (Vec::new(), Vec::new());
        for item in items {
            match self.of.read(item) {
                Ok(twice) if taken.contains(&twice) => {
                    let words = "names the same twice; once is enough".to_owned();
                    wrongs.push(Wrong { at: item.span().start, code: "duplicate", words });
                }
                Ok(is) => taken.push(is),
                Err(more) => wrongs.extend(more),
            }
        }
        if wrongs.is_empty() { Ok(taken) } else { Err(wrongs) }
    }
}

/// A number of either kind; none if it is no number. What is too large to hold is infinite.
pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(integer) => {
            let whole = i64::from_str_radix(integer.as_str(), integer.radix());
            #[expect(clippy::cast_precision_loss, reason = "beyond 2^52 it is refused anyway")]
            Some(whole.map_or(f64::INFINITY, |whole| whole as f64))
        }
        _ => None,
    }
}

/// A value in the words of a sentence, cut so that it cannot fill a log.
pub(super) fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
    format!("`{cut}`")
}
