//! `[[switch]]` of a site file (연동 설비): what may be told to do something.
//!
//! Nothing is switched that does not stand here, and nothing that its situation has not enabled.

use super::entry::Entry;
use super::names::{Known, Taken};
use super::want::{Text, Word};
use crate::domain::{Switch, Switching, Zone};

pub(super) fn read(
    entry: &mut Entry<'_>,
    zones: &Known<Zone>,
    taken: &mut Taken,
) -> Option<Switch> {
    let id = entry.id();
    if let Some(id) = &id {
        taken.give(entry, id);
    }
    let zone = entry.required("zone", zones);
    let does = entry.required("does", &Word::<Switching>::new());
    let because = entry.required("because", &Text("who has allowed that it be switched"));
    because?;
    Some(Switch { id: id?, zone: zone?, does: does? })
}
