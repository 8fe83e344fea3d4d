//! The lint report (점검): what would trap people in a building that can be led out of.
//!
//! Each remark is for a person to look at; none of it keeps a building from being imported.

use std::collections::BTreeSet;

use super::draft::{Draft, Way};
use super::exits::whole;
use super::ways::{Ways, mm_of};
use super::{Place, Report};
use crate::domain::{PassageKind, ZoneKind};

/// How far (mm) anybody may have to walk to a stair: Korea's building decree, article 34, and the
/// same where the main structure is fireproof (건축법 시행령 제34조 보행거리).
const TO_STAIR_MM: u64 = 30_000;
const TO_STAIR_FIREPROOF_MM: u64 = 50_000;
/// Fewer metres of dead end are an alcove.
const DEAD_END_MM: u64 = 2_000;

pub(super) fn look(
    draft: &Draft,
    (levels, kinds): (&[i32], &[ZoneKind]),
    width_m: f64,
    report: &mut Report,
) {
    let ways = Ways::of(draft);
    kind_assumed(draft, kinds, report);
    only_by_lift(draft, &ways, report);
    single_exit(draft, levels, report);
    dead_ends(draft, kinds, &ways, report);
    far_from_stair(draft, levels, &ways, report);
    no_width(draft, width_m, report);
    for door in &draft.doors {
        let from = draft.spaces[door.space].called();
        let words = format!(
            "`{}` leads outside from {from} and is not used; say --exit {} if it is a way out",
            door.key, door.key
        );
        report.warn(&door.place, "door-outside", words);
    }
}

fn kind_assumed(draft: &Draft, kinds: &[ZoneKind], report: &mut Report) {
    for (space, kind) in draft.spaces.iter().zip(kinds).filter(|(space, _)| space.kind.is_none()) {
        let what = match kind {
            ZoneKind::Hall => "a hall, since others go through it",
            _ => "a room",
        };
        let words = format!(
            "nothing says what {} is; it is called {what}: change `kind` if it is another",
            space.called_at()
        );
        report.warn(&space.place, "kind-assumed", words);
    }
}

fn only_by_lift(draft: &Draft, ways: &Ways<'_>, report: &mut Report) {
    let (all, on_foot) = (ways.reached(), ways.reached_on_foot());
    for (n, space) in draft.spaces.iter().enumerate() {
        if all[n] && !on_foot[n] {
            let words = format!(
                "{} is reached by lift only, which is no way out; add the stairs that lead there",
                space.called()
            );
            report.warn(&space.place, "only-by-lift", words);
        }
    }
}

/// One exit for a building, or one stair for a storey, is none when it burns there.
fn single_exit(draft: &Draft, levels: &[i32], report: &mut Report) {
    if let [only] = &draft.exits[..] {
        let words = format!(
            "`{}` is the only exit; if that is so, a fire there leaves no way out, and if not, \
             name the others with --exit",
            only.key
        );
        report.warn(&only.place, "single-exit", words);
    }
    for (storey, level) in levels.iter().enumerate() {
        let here = |n: usize| draft.spaces[n].storey == storey;
        let exits = draft.exits.iter().filter(|exit| here(exit.space)).count();
        let stairs = draft.ways.iter().filter(|way| way.kind == PassageKind::Stairs);
        let shafts: BTreeSet<usize> =
            stairs.flat_map(|way| way.between).filter(|n| here(*n)).collect();
        let anyone = draft.spaces.iter().any(|space| space.storey == storey);
        if anyone && exits == 0 && shafts.len() == 1 {
            let name = &draft.storeys[storey].name;
            let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
            let words = format!(
                "storey {level}{name} has one stair and no exit; a fire in that stair leaves no \
                 way out"
            );
            report.warn(&whole(draft), "single-exit", words);
        }
    }
}

/// Corridors and halls that go on to nowhere: whoever walks into one has to turn back.
fn dead_ends(draft: &Draft, kinds: &[ZoneKind], ways: &Ways<'_>, report: &mut Report) {
    let exits: BTreeSet<usize> = draft.exits.iter().map(|exit| exit.space).collect();
    let is_stair = |n: usize| kinds[n] == ZoneKind::Stairwell;
    let is_walked = |n: usize| matches!(kinds[n], ZoneKind::Corridor | ZoneKind::Hall);
    let leads_on = |n: usize| is_walked(n) || is_stair(n);
    for (n, space) in draft.spaces.iter().enumerate() {
        let on = |(to, way): (usize, &Way)| way.kind.is_vertical() || is_stair(to);
        let ends_well = exits.contains(&n) || ways.beside(n).any(on);
        if !is_walked(n) || ends_well {
            continue;
        }
        let (mut came_from, mut at, mut mm) = (n, n, 0);
        // Back along the only way, as far as there is no other.
        loop {
            let mut on: Vec<(usize, u64)> = ways
                .beside(at)
                .filter(|(to, _)| *to != came_from && leads_on(*to))
                .map(|(to, way)| (to, mm_of(way.length_m)))
                .collect();
            on.sort_unstable();
            on.dedup_by_key(|(to, _)| *to);
            let &[(to, length)] = &on[..] else { break };
            (came_from, at, mm) = (at, to, mm + length);
            if to == n || exits.contains(&to) || is_stair(to) {
                break;
            }
        }
        if at != n && mm >= DEAD_END_MM {
            let words = format!(
                "{} is a dead end (막다른 복도), {} m from where there is another way; see that \
                 nobody is led into it",
                space.called(),
                metres(mm)
            );
            report.warn(&space.place, "dead-end", words);
        }
    }
}

fn far_from_stair(draft: &Draft, levels: &[i32], ways: &Ways<'_>, report: &mut Report) {
    let exits = draft.exits.iter().map(|exit| (exit.space, mm_of(exit.length_m)));
    let stairs = draft.ways.iter().filter(|way| way.kind == PassageKind::Stairs);
    let feet = stairs.flat_map(|way| way.between);
    // On the ground floor only the exits count.
    let feet = feet.filter(|n| levels[draft.spaces[*n].storey] != 1).map(|n| (n, 0));
    let far = ways.far_mm(&exits.chain(feet).collect::<Vec<_>>());
    for (space, mm) in draft.spaces.iter().zip(far) {
        let Some(mm) = mm.filter(|mm| *mm > TO_STAIR_MM) else { continue };
        let what = if levels[space.storey] == 1 { "exit" } else { "stair" };
        let (is, allowed) = (metres(mm), TO_STAIR_FIREPROOF_MM / 1000);
        let words = match mm > TO_STAIR_FIREPROOF_MM {
            true => format!("more than the {allowed} m allowed where the structure is fireproof"),
            false => format!("more than 30 m; {allowed} m if the main structure is fireproof"),
        };
        let words = format!("{} is {is} m from the nearest {what}, {words}", space.called());
        let code = match mm > TO_STAIR_FIREPROOF_MM {
            true => "over-50m-to-stair",
            false => "over-30m-to-stair",
        };
        report.warn(&space.place, code, words);
    }
}

fn no_width(draft: &Draft, width_m: f64, report: &mut Report) {
    let right = format!("{width_m} m is assumed; measure it and change clear_width_m");
    let mut warn = |place: &Place, what: String| {
        report.warn(place, "no-width", format!("{what} has no width; {right}"));
    };
    for way in draft.ways.iter().filter(|way| way.width_m.is_none()) {
        let [from, to] = way.between.map(|n| draft.spaces[n].called());
        warn(&way.place, format!("the passage between {from} and {to}"));
    }
    for exit in draft.exits.iter().filter(|exit| exit.width_m.is_none()) {
        warn(&exit.place, format!("exit `{}`", exit.key));
    }
}

/// Millimetres as metres with one digit.
fn metres(mm: u64) -> String {
    format!("{}.{}", mm / 1000, mm % 1000 / 100)
}
