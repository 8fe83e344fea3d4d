//! The table `[ways]` of a situation: what the disaster asks of ways.
//!
//! A situation without one asks for the usual: out, else to a refuge; what concerns one home asks
//! nobody to move.

use super::entry::Entry;
use super::problem::Report;
use super::want::{ListOf, Text, Word, YesOrNo};
use crate::domain::Scope;
use crate::evacuate::Policy;
use crate::evacuate::policy::{Closes, Destination, Lifts, Movement, Vertical};

/// Reads the table of one situation. What is wrong with it is reported, and refuses the file.
pub(super) fn read(situation: &mut Entry<'_>, scope: Option<Scope>, report: &mut Report) -> Policy {
    let ways = situation.table("ways").and_then(|ways| read_ways(ways, report));
    let usual = || match scope {
        Some(Scope::Home) => Policy { movement: Movement::Free, ..Policy::usual() },
        _ => Policy::usual(),
    };
    ways.unwrap_or_else(usual)
}

fn read_ways(mut entry: Entry<'_>, report: &mut Report) -> Option<Policy> {
    let because = entry.required("because", &Text("where it is written that people do so"));
    let movement = entry.required("movement", &Word::<Movement>::new());
    let then = entry.optional("then", &Word::<Movement>::new());
    let moves = |movement: &Movement| matches!(movement, Movement::Go | Movement::Shelter);
    let destinations = entry.optional("destinations", &ListOf::some(Word::<Destination>::new()));
    let leads = movement.iter().chain(&then).any(moves);
    if leads && !entry.has("destinations") {
        let right = "say where people are safe, the best first, as in [\"outside\", \"refuge\"]";
        entry.missing("destinations", right);
    }
    let closes = entry.optional("closes", &ListOf::some(Word::<Closes>::new()));
    let lifts = entry.optional("lifts", &Word::<Lifts>::new());
    let vertical = entry.optional("vertical", &Word::<Vertical>::new());
    let displays = entry.optional("displays", &YesOrNo);
    let switches = entry.optional("switches", &YesOrNo);
    let well = entry.finish(report) && because.is_some();
    let policy = Policy {
        destinations: destinations.unwrap_or_default(),
        closes: closes.unwrap_or_default(),
        movement: movement?,
        then,
        lifts: lifts.unwrap_or(Lifts::None),
        vertical: vertical.unwrap_or(Vertical::Any),
        displays: displays.unwrap_or(true),
        switches: switches.unwrap_or(true),
    };
    well.then_some(policy)
}
