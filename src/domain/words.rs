//! A sentence in both languages.
//!
//! Whoever decides says why, in Korean and in English at once: the numbers in it are those that
//! were decided on, and no later table or template can make them say something else.

use serde::{Deserialize, Serialize};

/// The same thing said in Korean and in English.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    pub ko: String,
    pub en: String,
}

impl Words {
    #[must_use]
    pub fn new(ko: impl Into<String>, en: impl Into<String>) -> Self {
        Self { ko: ko.into(), en: en.into() }
    }
}

/// What a person wrote stands as it was written.
impl From<String> for Words {
    fn from(text: String) -> Self {
        Self { ko: text.clone(), en: text }
    }
}
