//! What is said to people at each moment of a situation (안내문), in both languages.

use serde::{Deserialize, Serialize};

use crate::domain::Words;

/// When something is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Moment {
    /// To operators: it may be one, and someone has to look (예비 경보).
    Early,
    /// To everyone it reaches (확정).
    Confirmed,
    /// To everyone: nobody moves now (대기).
    Hold,
    /// It is over (종료).
    Over,
}

/// A sentence with `{place}` and `{reason}` left open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub when: Moment,
    pub text: Words,
}

/// What a sentence may leave open.
pub const OPEN: [&str; 2] = ["place", "reason"];

impl Message {
    #[must_use]
    pub fn said(&self, place: &str, because: &Words) -> Words {
        let fill = |text: &str, because: &str| {
            // One pass, so that a place that looks like an open word stays as it is.
            let mut said = String::new();
            let mut rest = text;
            while let Some(at) = rest.find('{') {
                said.push_str(&rest[..at]);
                rest = &rest[at..];
                let (word, with) = match rest {
                    _ if rest.starts_with("{place}") => ("{place}", place),
                    _ if rest.starts_with("{reason}") => ("{reason}", because),
                    _ => ("{", "{"),
                };
                said.push_str(with);
                rest = &rest[word.len()..];
            }
            said + rest
        };
        Words::new(fill(&self.text.ko, &because.ko), fill(&self.text.en, &because.en))
    }
}

/// The first word in braces that nothing can be filled into.
#[must_use]
pub fn unknown_word(text: &str) -> Option<&str> {
    let words = text.split('{').skip(1).map(|rest| rest.split('}').next().unwrap_or(rest));
    words.into_iter().find(|word| !OPEN.contains(word))
}
