//! Which way is out: the exits that a person names, added to those of the source.

use std::collections::BTreeSet;

use super::draft::{Draft, Out, Space, distance};
use super::names::slug;
use super::{Place, Report, Wishes};

/// From the middle of a space without an outline to its exit (m).
const UNKNOWN_EXIT_M: f64 = 5.0;
/// Names in a list before the rest is only counted.
const LISTED_MAX: usize = 12;

/// Adds the exits that were wished for, and refuses a building without any.
pub(super) fn add(draft: &mut Draft, wishes: &Wishes, report: &mut Report) {
    let mut taken = BTreeSet::new();
    for wish in &wishes.exits {
        match meant(draft, wish) {
            Ok(meant) if taken.insert(meant) => {
                let exit = made(draft, meant, report);
                draft.exits.push(exit);
            }
            Ok(_) => {}
            Err(sentence) => report.refuse(&Place::whole("--exit"), "unknown-exit", sentence),
        }
    }
    let is_wished = |n: usize| taken.contains(&Meant::Door(n));
    let mut n = 0..;
    draft.doors.retain(|_| n.next().is_some_and(|n| !is_wished(n)));
    if draft.exits.is_empty() {
        let words = format!(
            "no exit: the source flags none; name each way out with --exit ID. {}",
            known(draft)
        );
        report.refuse(&whole(draft), "no-exit", words);
    }
}

/// The building as a whole, by the file of its first space.
pub(super) fn whole(draft: &Draft) -> Place {
    Place::whole(draft.spaces.first().map_or("", |space| space.place.file.as_str()))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Meant {
    Door(usize),
    Space(usize),
}

/// Whether a key and a name are those that were wished for.
type Fits<'w> = dyn Fn(&str, &str) -> bool + 'w;

/// The door or space that a wish means: by its id, else by its name, else by either as an id.
fn meant(draft: &Draft, wish: &str) -> Result<Meant, String> {
    let wished = slug(wish);
    let by: [&Fits<'_>; 3] = [&|key, _| key == wish, &|_, name| name == wish, &|key, name| {
        !wished.is_empty() && (slug(key) == wished || slug(name) == wished)
    }];
    for fits in by {
        let doors = draft.doors.iter().enumerate();
        let doors = doors.filter(|(_, door)| fits(&door.key, &door.name));
        let spaces = draft.spaces.iter().enumerate();
        let spaces = spaces.filter(|(_, space)| fits(&space.key, &space.name));
        let found: Vec<(Meant, &str)> = doors
            .map(|(n, door)| (Meant::Door(n), door.key.as_str()))
            .chain(spaces.map(|(n, space)| (Meant::Space(n), space.key.as_str())))
            .collect();
        match found[..] {
            [] => {}
            [(meant, _)] => return Ok(meant),
            _ => {
                let keys: Vec<&str> = found.iter().map(|(_, key)| *key).collect();
                return Err(format!(
                    "`{wish}` is the name of {}: say which by its id ({})",
                    keys.len(),
                    keys.join(", ")
                ));
            }
        }
    }
    Err(format!("there is no door and no space `{wish}`. {}", known(draft)))
}

/// What may be named: doors that lead outside if there are any, or else spaces.
fn known(draft: &Draft) -> String {
    let (what, all): (_, Vec<String>) = match draft.doors.is_empty() {
        false => {
            let door = |door: &Out| {
                let from = draft.spaces[door.space].called();
                format!("{} out of {from}", door.key)
            };
            ("Doors that lead outside", draft.doors.iter().map(door).collect())
        }
        true => ("Its spaces", draft.spaces.iter().map(Space::called).collect()),
    };
    let more = match all.len().saturating_sub(LISTED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("{what}: {}{more}", all[..all.len().min(LISTED_MAX)].join(", "))
}

fn made(draft: &Draft, meant: Meant, report: &mut Report) -> Out {
    match meant {
        Meant::Door(n) => draft.doors[n].clone(),
        Meant::Space(n) => {
            let space = &draft.spaces[n];
            let middle = space.middle();
            let far = space.outline.iter().filter_map(|corner| Some(distance(middle?, *corner)));
            let far = far.reduce(f64::max);
            if far.is_none() {
                let words = format!(
                    "{} has no outline: its exit is taken to be {UNKNOWN_EXIT_M} m from its \
                     middle; measure it",
                    space.called()
                );
                report.warn(&space.place, "no-outline", words);
            }
            let length_m = far.unwrap_or(UNKNOWN_EXIT_M).max(0.5);
            Out {
                key: space.key.clone(),
                name: space.name.clone(),
                space: n,
                length_m,
                width_m: None,
                at: None,
                place: space.place.clone(),
            }
        }
    }
}
