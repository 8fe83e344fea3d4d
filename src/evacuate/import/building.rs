//! A draft becomes a site: exits, levels, ids, widths, and a look at what would trap people.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Space, Way, doubled_area};
use super::names::{Given, slug};
use super::ways::Ways;
use super::{Report, Wishes, exits, lint};
use crate::domain::{
    Building, BuildingId, Crowd, Exit, Id, Passage, Point, Site, SiteId, Storey, StoreyId, Zone,
    ZoneId, ZoneKind,
};

/// Lengths below this are nobody's walk, and a file wants them above 0.
const LENGTH_MIN_M: f64 = 0.1;
/// Doors in a sentence.
const DOORS_MAX: usize = 6;

/// Which widths were assumed, for the marks in the file.
#[derive(Debug, Default)]
pub(super) struct Assumed {
    /// Indices among the site's passages.
    pub passages: BTreeSet<usize>,
    /// Indices among the site's exits.
    pub exits: BTreeSet<usize>,
    /// What was left out, by the names of the source.
    pub left_out: Vec<String>,
}

/// The site of a draft; none if it is refused.
pub(super) fn of(
    mut draft: Draft,
    wishes: &Wishes,
    report: &mut Report,
) -> Option<(Site, Assumed)> {
    refuse_impossible(&draft, report);
    exits::add(&mut draft, wishes, report);
    if !report.problems.is_empty() {
        return None;
    }
    let left_out = leave_out(&mut draft, wishes, report);
    if !report.problems.is_empty() {
        return None;
    }
    let levels = levels(&draft);
    let kinds = draft.kinds();
    lint::look(&draft, (&levels, &kinds), wishes.width_m, report);
    let mut assumed = Assumed { left_out, ..Assumed::default() };
    let site = Making::new(&draft, (&levels, &kinds), wishes).site(&mut assumed);
    Some((site, assumed))
}

/// What no site can hold.
fn refuse_impossible(draft: &Draft, report: &mut Report) {
    for way in &draft.ways {
        let [one, other] = way.between.map(|n| draft.spaces[n].storey);
        if way.kind.is_vertical() == (one != other) {
            continue;
        }
        let [from, to] = way.between.map(|n| draft.spaces[n].called());
        let words = match one == other {
            true => format!("stairs or a lift between {from} and {to}, which share a storey"),
            false => format!(
                "a door or an opening between {from} and {to}, which are on two storeys; stairs \
                 or a lift join them"
            ),
        };
        report.refuse(&way.place, "wrong-kind", words);
    }
    if draft.spaces.is_empty() {
        report.refuse(&exits::whole(draft), "no-space", "there is no space in it");
    }
}

/// Refuses what has no way out, or leaves it out if that was asked for; says what was left out.
fn leave_out(draft: &mut Draft, wishes: &Wishes, report: &mut Report) -> Vec<String> {
    let ways = Ways::of(draft);
    let reached = ways.reached();
    let lost: Vec<usize> = (0..draft.spaces.len()).filter(|n| !reached[*n]).collect();
    for n in &lost {
        let space = &draft.spaces[*n];
        let called = space.called();
        let with = ways.connected(*n);
        let doors = draft.doors.iter().filter(|door| with.contains(&door.space));
        let doors: Vec<&str> = doors.map(|door| door.key.as_str()).take(DOORS_MAX).collect();
        let right = match doors.is_empty() {
            true => "draw its way, or say --leave-out-unreachable".to_owned(),
            false => format!(
                "say --exit for a door that leads outside from there ({}), or \
                 --leave-out-unreachable",
                doors.join(", ")
            ),
        };
        match wishes.leave_out_unreachable {
            true => {
                let words = format!("{called} has no way to any exit and is left out");
                report.warn(&space.place, "unreachable", words);
            }
            false => {
                let words = format!("{called} has no way to any exit; {right}");
                report.refuse(&space.place, "unreachable", words);
            }
        }
    }
    let called = lost.iter().map(|n| draft.spaces[*n].called()).collect();
    keep(draft, &reached);
    called
}

/// Keeps some of the spaces, and the ways between them.
pub(super) fn keep(draft: &mut Draft, kept: &[bool]) {
    let mut number = 0;
    let numbers: Vec<usize> = kept
        .iter()
        .map(|kept| {
            number += usize::from(*kept);
            number.saturating_sub(1)
        })
        .collect();
    draft.ways.retain(|way| way.between.iter().all(|n| kept[*n]));
    draft.exits.retain(|exit| kept[exit.space]);
    draft.doors.retain(|door| kept[door.space]);
    for way in &mut draft.ways {
        way.between = way.between.map(|n| numbers[n]);
    }
    for out in draft.exits.iter_mut().chain(&mut draft.doors) {
        out.space = numbers[out.space];
    }
    let mut n = 0..;
    draft.spaces.retain(|_| n.next().is_some_and(|n| kept[n]));
}

/// The level of every storey: the lowest with an exit is the ground floor, which is 1.
fn levels(draft: &Draft) -> Vec<i32> {
    let exits = draft.exits.iter().map(|exit| draft.spaces[exit.space].storey);
    let ground = exits.min().unwrap_or_default();
    let level = |n: usize| {
        let above = i32::try_from(n).unwrap_or(i32::MAX) - i32::try_from(ground).unwrap_or(0);
        if above >= 0 { above + 1 } else { above }
    };
    (0..draft.storeys.len()).map(level).collect()
}

/// Ids and tables, made in the order of the file.
struct Making<'d> {
    draft: &'d Draft,
    levels: &'d [i32],
    kinds: &'d [ZoneKind],
    wishes: &'d Wishes,
    given: Given,
}

impl<'d> Making<'d> {
    fn new(
        draft: &'d Draft,
        (levels, kinds): (&'d [i32], &'d [ZoneKind]),
        wishes: &'d Wishes,
    ) -> Self {
        Self { draft, levels, kinds, wishes, given: Given::default() }
    }

    fn site(mut self, assumed: &mut Assumed) -> Site {
        let draft = self.draft;
        let id: SiteId = match &self.wishes.site {
            Some(id) => self.given.give(id.as_str(), "site"),
            // A name in another script is no id; the file's then.
            None => self.given.give(&plain(&draft.name, &file_stem(draft)), "site"),
        };
        let building: BuildingId = self.given.give("main", "main");
        let storeys: Vec<StoreyId> =
            self.levels.iter().map(|level| self.given.give(&storey_name(*level), "f")).collect();
        let zones: Vec<ZoneId> = draft
            .spaces
            .iter()
            .map(|space| self.given.give(&wanted(space, &storeys), &space.key))
            .collect();
        let passages = self.passages(&zones, assumed);
        let exits = self.exits(&zones, assumed);
        let name = if draft.name.is_empty() { id.to_string() } else { draft.name.clone() };
        Site {
            id,
            name: name.clone(),
            timezone: "Asia/Seoul".to_owned(),
            buildings: BTreeMap::from([(
                building.clone(),
                Building { id: building.clone(), name },
            )]),
            storeys: self.storeys(&storeys, &building),
            zones: (0..zones.len()).map(|n| self.zone(n, &zones[n], &storeys)).collect(),
            homes: BTreeMap::new(),
            care: crate::care::Budget::default(),
            passages,
            exits,
            signs: BTreeMap::new(),
            switches: BTreeMap::new(),
            devices: BTreeMap::new(),
            crowd: Crowd::default(),
            registered_only: false,
        }
    }

    fn zone(&self, n: usize, id: &ZoneId, storeys: &[StoreyId]) -> (ZoneId, Zone) {
        let space = &self.draft.spaces[n];
        let name = [&space.name, &space.key].into_iter().find(|name| !name.trim().is_empty());
        let name = name.cloned().unwrap_or_else(|| id.to_string());
        let polygon: Vec<Point> = space.outline.iter().copied().map(rounded).collect();
        // An outline round nothing is refused by a file; a line on a plan is no outline.
        let polygon = if doubled_area(&polygon).abs() < 0.04 { Vec::new() } else { polygon };
        let (storey, kind) = (storeys[space.storey].clone(), self.kinds[n]);
        let (people, places) = (space.people, None);
        (id.clone(), Zone { id: id.clone(), storey, kind, name, polygon, people, places })
    }

    /// Those that something stands on.
    fn storeys(&self, ids: &[StoreyId], building: &BuildingId) -> BTreeMap<StoreyId, Storey> {
        let used: BTreeSet<usize> = self.draft.spaces.iter().map(|space| space.storey).collect();
        let storey = |n: usize| Storey {
            id: ids[n].clone(),
            building: building.clone(),
            level: self.levels[n],
        };
        used.into_iter().map(|n| (ids[n].clone(), storey(n))).collect()
    }

    fn passages(&mut self, zones: &[ZoneId], assumed: &mut Assumed) -> Vec<Passage> {
        let draft = self.draft;
        let passage = |(n, way): (usize, &Way)| {
            if way.width_m.is_none() {
                assumed.passages.insert(n);
            }
            let id = way.key.as_ref().map(|key| self.given.give(key, &format!("passage-{n}")));
            Passage {
                id,
                between: way.between.map(|n| zones[n].clone()),
                kind: way.kind,
                length_m: length(way.length_m),
                clear_width_m: width(way.width_m, self.wishes),
                barrier_free: None,
                at: way.at.map(rounded),
            }
        };
        draft.ways.iter().enumerate().map(passage).collect()
    }

    fn exits(&mut self, zones: &[ZoneId], assumed: &mut Assumed) -> Vec<Exit> {
        let mut exits = Vec::new();
        for (n, out) in self.draft.exits.iter().enumerate() {
            if out.width_m.is_none() {
                assumed.exits.insert(n);
            }
            let stem = plain(&out.name, &out.key);
            exits.push(Exit {
                id: self.given.give::<Exit>(&format!("exit-{stem}"), "exit"),
                zone: zones[out.space].clone(),
                length_m: length(out.length_m),
                clear_width_m: width(out.width_m, self.wishes),
                at: out.at.map(rounded),
            });
        }
        exits
    }
}

fn file_stem(draft: &Draft) -> String {
    let place = exits::whole(draft);
    let file = place.file.rsplit('/').next().unwrap_or_default();
    file.split('.').next().unwrap_or_default().to_owned()
}

/// `1f`, `b2`.
fn storey_name(level: i32) -> String {
    if level > 0 { format!("{level}f") } else { format!("b{}", level.unsigned_abs()) }
}

/// What a space would like to be called: its storey and its name.
fn wanted(space: &Space, storeys: &[Id<Storey>]) -> String {
    let (storey, stem) = (&storeys[space.storey], plain(&space.name, &space.key));
    match stem.strip_prefix(storey.as_str()).is_some_and(|rest| rest.starts_with('-')) {
        true => stem,
        false => format!("{storey}-{stem}"),
    }
}

/// A name as an id, unless letters of it would be lost; then the key.
fn plain(name: &str, key: &str) -> String {
    let lost = name.chars().any(|c| c.is_alphabetic() && !c.is_ascii());
    let name = if lost { String::new() } else { slug(name) };
    if name.is_empty() { slug(key) } else { name }
}

fn length(metres: f64) -> f64 {
    hundredths(metres.max(LENGTH_MIN_M))
}

fn width(drawn_m: Option<f64>, wishes: &Wishes) -> f64 {
    hundredths(drawn_m.unwrap_or(wishes.width_m)).max(0.01)
}

/// To the centimetre, which is finer than anybody surveys.
fn hundredths(metres: f64) -> f64 {
    (metres * 100.0).round() / 100.0
}

fn rounded(point: Point) -> Point {
    // Adding nothing makes a negative nothing a plain one.
    Point { x: hundredths(point.x) + 0.0, y: hundredths(point.y) + 0.0 }
}
