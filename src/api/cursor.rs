//! How far a listener has come, as one opaque word.
//!
//! It holds one position per site and says which database it counts in: positions of another
//! database, or from before a restored backup, are no positions here. To clients it is a text
//! without structure.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::SiteId;

/// What the text inside begins with; another version's cursor is too old.
const VERSION: &str = "1";

/// Everything up to these positions has been told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub origin: u64,
    pub positions: BTreeMap<SiteId, u64>,
}

impl Cursor {
    /// A site the cursor does not know had no inputs when it was made.
    #[must_use]
    pub fn position(&self, site: &SiteId) -> u64 {
        self.positions.get(site).copied().unwrap_or(0)
    }

    pub fn advance(&mut self, site: &SiteId, position: u64) {
        let held = self.positions.entry(site.clone()).or_insert(0);
        *held = position.max(*held);
    }

    /// The text inside.
    #[must_use]
    pub fn encode(&self) -> String {
        let mut text = format!("{VERSION}.{:016x}", self.origin);
        for (site, position) in &self.positions {
            let _infallible = write!(text, ".{site}:{position}");
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Nothing, if the text was not made by [`Cursor::encode`] of this version.
    #[must_use]
    pub fn decode(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('.');
        if parts.next()? != VERSION {
            return None;
        }
        let origin = u64::from_str_radix(parts.next()?, 16).ok()?;
        let positions = parts.map(position).collect::<Option<_>>()?;
        Some(Self { origin, positions })
    }
}

fn position(text: &str) -> Option<(SiteId, u64)> {
    let (site, position) = text.split_once(':')?;
    Some((site.parse().ok()?, position.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let site = |text: &str| text.parse::<SiteId>().expect("an id");
        let positions = BTreeMap::from([(site("center"), 17), (site("usan"), 4)]);
        let cursor = Cursor { origin: 0xfeed, positions };
        assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
    }

    #[test]
    fn a_text_of_another_make_is_no_cursor() {
        let other = URL_SAFE_NO_PAD.encode("2.000000000000feed.center:17");
        for text in ["", "garbage", "한글", &other, "MS4"] {
            assert_eq!(Cursor::decode(text), None, "{text}");
        }
    }
}
