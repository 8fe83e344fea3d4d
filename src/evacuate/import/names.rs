//! Names become ids: `[a-z0-9-]{1,64}`, each once, the same ones every time.

use std::collections::BTreeSet;

use crate::domain::Id;

const LENGTH_MAX: usize = 64;

/// Lower-case letters, digits and single hyphens of a text; empty if none is left.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        let c = c.to_ascii_lowercase();
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(LENGTH_MAX);
    slug.trim_end_matches('-').to_owned()
}

/// Ids that have been given.
#[derive(Default)]
pub(super) struct Given(BTreeSet<String>);

impl Given {
    /// An id like the wanted one, or like the other if nothing of that can stand in an id. Whoever
    /// comes second to the same id gets a number behind it.
    pub fn give<T>(&mut self, wanted: &str, otherwise: &str) -> Id<T> {
        let stem = [wanted, otherwise, "x"].map(slug).into_iter().find(|slug| !slug.is_empty());
        let stem = stem.unwrap_or_default();
        let numbered = (2..).map(|n: u32| {
            let end = format!("-{n}");
            let kept = stem.len().min(LENGTH_MAX - end.len());
            format!("{}{end}", stem[..kept].trim_end_matches('-'))
        });
        let mut tries = std::iter::once(stem.clone()).chain(numbered);
        let text = tries.find(|text| !self.0.contains(text)).unwrap_or(stem.clone());
        self.0.insert(text.clone());
        Id::new(&text).unwrap_or_else(|_| unreachable!("`{text}` was made to be an id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ZoneId;

    #[test]
    fn whatever_a_source_calls_a_thing_it_gets_an_id() {
        let mut given = Given::default();
        let mut give = |wanted: &str| -> ZoneId { given.give(wanted, "zone-7") };
        assert_eq!(give("1f-Women's Bathroom").as_str(), "1f-women-s-bathroom");
        assert_eq!(give("1F Women’s  bathroom").as_str(), "1f-women-s-bathroom-2");
        assert_eq!(give("계단실").as_str(), "zone-7");
        assert_eq!(give("복도").as_str(), "zone-7-2");
        assert_eq!(give("--").as_str(), "zone-7-3");
        let long = "a".repeat(80);
        assert_eq!(give(&long).as_str().len(), 64);
        assert_eq!(give(&long).as_str(), format!("{}-2", "a".repeat(62)));
    }
}
