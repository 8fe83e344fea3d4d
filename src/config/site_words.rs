//! Values that only a site file has: the two ends of a passage, and a zone of the world's clocks.

use jiff::tz;

use super::entry::Entry;
use super::names::Known;
use super::nearest::nearest;
use super::want::{ListOf, Raw, Want, Wrong, quoted};
use crate::domain::{Zone, ZoneId};

/// Two different zones.
pub(super) struct Ends<'k>(pub &'k Known<Zone>);

impl Want for Ends<'_> {
    type Is = [ZoneId; 2];

    fn wanted(&self) -> String {
        "a list of two zones, such as [\"1f-hall\", \"1f-stair\"]".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<[ZoneId; 2], Vec<Wrong>> {
        let ends = ListOf::some(self.0).read(value)?;
        let count = ends.len();
        ends.try_into().or_else(|_| self.refuse(value, "bad-value", &format!("a list of {count}")))
    }
}

/// A zone of the world's clocks.
pub(super) struct Timezone;

impl Want for Timezone {
    type Is = String;

    fn wanted(&self) -> String {
        "an IANA time zone such as Asia/Seoul".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<String, Vec<Wrong>> {
        let Some(name) = value.get_ref().as_str() else { return self.refuse_type(value) };
        let zone = tz::TimeZone::get(name).ok();
        if zone.is_some_and(|zone| zone.iana_name() == Some(name)) {
            return Ok(name.to_owned());
        }
        let known: Vec<String> = tz::db().available().map(|known| known.to_string()).collect();
        // `KST` is a letter away from `EST`, and nobody in Seoul means that.
        let near = nearest(name, known.iter().map(String::as_str)).filter(|_| name.contains('/'));
        let near =
            near.map_or_else(|| "one such as Asia/Seoul".to_owned(), |near| format!("`{near}`"));
        let words = format!("is {}, which is no IANA time zone; say {near}", quoted(name));
        Err(vec![Wrong { at: value.span().start, code: "unknown-timezone", words }])
    }
}

/// Whether it stands in a file of homes.
pub(super) fn is_csv(entry: &Entry<'_>) -> bool {
    std::path::Path::new(&entry.document().file).extension().is_some_and(|ext| ext == "csv")
}
