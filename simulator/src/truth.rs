//! What really happened: the labels a recording is judged by.
//!
//! A truth knows nothing of rules or incidents. It says that something of a kind was the case at
//! a place from one instant on; whether it was noticed is for others to find out.

use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::recording::written;

/// One thing that really happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Truth {
    /// `fire`, `stillness`, … or the kind of a fault, `device-silent`.
    pub kind: String,
    pub site: String,
    /// A building, storey, zone, home or device of the site.
    pub place: String,
    #[serde(serialize_with = "seoul")]
    pub from: Timestamp,
    #[serde(serialize_with = "seoul_if_any", skip_serializing_if = "Option::is_none", default)]
    #[serde(deserialize_with = "given")]
    pub until: Option<Timestamp>,
}

impl Truth {
    /// As it would have been so much later.
    #[must_use]
    pub fn moved(&self, by: SignedDuration) -> Self {
        let later = |at: Timestamp| at.saturating_add(by).unwrap_or(at);
        Self { from: later(self.from), until: self.until.map(later), ..self.clone() }
    }
}

/// Why a truth file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TruthError {
    #[error("{}: cannot be read: {source}", file.display())]
    Unreadable { file: PathBuf, source: std::io::Error },
    #[error(
        "{}, line {line}: {why}; a truth is one JSON object a line, such as \
         {{\"kind\":\"fire\",\"site\":\"center\",\"place\":\"3f-kitchen\",\
         \"from\":\"2026-01-01T09:00:00+09:00\"}}",
        file.display()
    )]
    Line { file: PathBuf, line: usize, why: String },
}

/// Reads truths, one JSON object a line; each with the number of its line.
///
/// # Errors
/// If the file cannot be read, or with the first line that is no truth.
pub fn read(path: &Path) -> Result<Vec<(usize, Truth)>, TruthError> {
    let file = || path.to_owned();
    let text = std::fs::read_to_string(path)
        .map_err(|source| TruthError::Unreadable { file: file(), source })?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(index, text)| {
            let line = index + 1;
            let wrong = |why: String| TruthError::Line { file: file(), line, why };
            let truth: Truth =
                serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            match truth.until {
                Some(until) if until < truth.from => {
                    Err(wrong("`until` lies before `from`".to_owned()))
                }
                _ => Ok((line, truth)),
            }
        })
        .collect()
}

/// Writes truths, one JSON object a line.
pub fn write(path: &Path, truths: &[Truth]) -> std::io::Result<()> {
    let mut text = Vec::new();
    for truth in truths {
        serde_json::to_writer(&mut text, truth)?;
        text.push(b'\n');
    }
    std::fs::write(path, text)
}

fn seoul<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&written(*at))
}

#[allow(clippy::ref_option, reason = "the form that serde asks for")]
fn seoul_if_any<S: Serializer>(at: &Option<Timestamp>, to: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => seoul(at, to),
        None => to.serialize_none(),
    }
}

fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Timestamp>, D::Error> {
    Timestamp::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truth_reads_as_it_was_written() {
        let from: Timestamp = "2026-01-01T00:00:00+09:00".parse().unwrap();
        let until = from + jiff::SignedDuration::from_secs(60);
        let mut truth = Truth {
            kind: "fire".to_owned(),
            site: "center".to_owned(),
            place: "3f-kitchen".to_owned(),
            from,
            until: Some(until),
        };
        let text = serde_json::to_string(&truth).unwrap();
        assert!(text.contains(r#""from":"2026-01-01T00:00:00.000000+09:00""#), "{text}");
        assert_eq!(serde_json::from_str::<Truth>(&text).unwrap(), truth);
        truth.until = None;
        let text = serde_json::to_string(&truth).unwrap();
        assert!(!text.contains("until"), "{text}");
        assert_eq!(serde_json::from_str::<Truth>(&text).unwrap(), truth);
    }
}
