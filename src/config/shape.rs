//! What a type asks of a file, asked of the type itself.
//!
//! A type that reads itself from a file with serde knows its keys and its words. Here it is given
//! a deserializer that answers nothing and listens to what is asked, so that a refusal can list
//! what would have been right without anyone keeping a second list.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer,
    MapAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::detect::Parameters;

/// The keys of a detector.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Shape {
    pub keys: &'static [&'static str],
    /// Those that may not be left out.
    pub required: Vec<&'static str>,
}

/// The keys of the detector with this name; none for a name that is no detector's.
pub(super) fn of_detector(name: &str) -> Shape {
    let ask = |leave_out| match Parameters::read(name, Listener { leave_out }) {
        Some(Err(heard)) => heard,
        _ => Heard::Nothing,
    };
    let Heard::Keys(keys) = ask(None) else { return Shape::default() };
    let is_required = |key: &&'static str| ask(Some(key)) == Heard::Missing(key);
    Shape { keys, required: keys.iter().copied().filter(is_required).collect() }
}

/// The words of an enum.
pub(super) fn words<T: DeserializeOwned>() -> &'static [&'static str] {
    match T::deserialize(Listener { leave_out: None }) {
        Err(Heard::Words(words)) => words,
        _ => &[],
    }
}

/// What a type said while it was read.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Nothing,
    Keys(&'static [&'static str]),
    Words(&'static [&'static str]),
    Missing(&'static str),
}

impl fmt::Display for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for Heard {}

impl Error for Heard {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Nothing
    }

    fn missing_field(key: &'static str) -> Self {
        Self::Missing(key)
    }
}

/// Answers with the keys or words that are asked for, or, with a key to leave out, with a table
/// that has every other one.
struct Listener {
    leave_out: Option<&'static str>,
}

impl<'de> Deserializer<'de> for Listener {
    type Error = Heard;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Heard> {
        Err(Heard::Nothing)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Heard> {
        match self.leave_out {
            None => Err(Heard::Keys(keys)),
            leave_out => visitor.visit_map(Filled { keys: keys.iter(), leave_out }),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Heard> {
        Err(Heard::Words(words))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        option unit unit_struct newtype_struct seq tuple tuple_struct map identifier ignored_any
    }
}

/// A table that has every key but one, each with some value.
struct Filled {
    keys: std::slice::Iter<'static, &'static str>,
    leave_out: Option<&'static str>,
}

impl<'de> MapAccess<'de> for Filled {
    type Error = Heard;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Heard> {
        let next = self.keys.by_ref().find(|key| Some(**key) != self.leave_out);
        next.map(|key| seed.deserialize(key.into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Heard> {
        seed.deserialize(Anything)
    }
}

/// Some value of whatever type is asked for.
struct Anything;

impl<'de> Deserializer<'de> for Anything {
    type Error = Heard;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_u64(1)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_bool(true)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_borrowed_str("a")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_borrowed_str("a")
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Heard> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_seq(serde::de::value::SeqDeserializer::new(std::iter::empty::<u64>()))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Heard> {
        visitor.visit_map(Filled { keys: [].iter(), leave_out: None })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Heard> {
        visitor.visit_map(Filled { keys: keys.iter(), leave_out: None })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Heard> {
        visitor.visit_enum(First(words.first().copied().unwrap_or_default()))
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf
        unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// The first word of an enum.
struct First(&'static str);

impl<'de> EnumAccess<'de> for First {
    type Error = Heard;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Heard> {
        let word = StrDeserializer::<Heard>::new(self.0);
        seed.deserialize(word).map(|word| (word, self))
    }
}

impl<'de> VariantAccess<'de> for First {
    type Error = Heard;

    fn unit_variant(self) -> Result<(), Heard> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Heard> {
        seed.deserialize(Anything)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Heard> {
        Err(Heard::Nothing)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Heard> {
        visitor.visit_map(Filled { keys: keys.iter(), leave_out: None })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::DETECTORS;
    use crate::domain::{Level, Quantity};

    #[test]
    fn an_enum_tells_its_words() {
        assert_eq!(words::<Level>(), ["attention", "caution", "warning", "critical"]);
        assert!(words::<Quantity>().contains(&"call_point"));
        assert!(words::<String>().is_empty());
    }

    #[test]
    fn every_detector_tells_its_keys() {
        assert!(of_detector("threshold").required.contains(&"start"));
        assert_eq!(of_detector("treshold"), Shape::default());
        for name in DETECTORS {
            let shape = of_detector(name);
            assert!(shape.required.iter().all(|key| shape.keys.contains(key)), "{name}");
        }
    }
}
