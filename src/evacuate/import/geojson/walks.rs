//! Ways without a door: open edges, storeys over each other, and lines that people drew.

use std::collections::{BTreeMap, BTreeSet};

use super::features::{Degrees, Drawn, Feature, Kind, Shape};
use super::grid::{At, CELL_M, Cell};
use super::storey::{OPEN_MIN, Storey};
use super::{Making, Out, PassageKind, Spot, Way};
use crate::domain::{Point, ZoneKind};
use crate::evacuate::import::{RISE_PER_M, Report, Wishes};

/// Two shafts are one if they share so much of the smaller (a third).
const SHARED: usize = 3;

impl Making {
    /// Stairs, lifts and corridors are open to what they border on.
    pub fn join_openings(&mut self) {
        for storey in 0..self.storeys.len() {
            for ((one, other), edge) in edges(&self.storeys[storey]) {
                let kinds = [one, other].map(|room| self.storeys[storey].rooms[room].kind);
                if edge.len() < OPEN_MIN || !is_open(kinds) {
                    continue;
                }
                let width_m = open_width(&self.storeys[storey], &edge);
                self.open((storey, one), (storey, other), &edge, Some(width_m));
            }
        }
    }

    /// A stair or a corridor without a wall to the outside leads out there.
    pub fn join_outside(&mut self) {
        for n in 0..self.storeys.len() {
            let storey = &self.storeys[n];
            let mut edges: BTreeMap<usize, Vec<(At, At)>> = BTreeMap::new();
            for (room, at) in rooms_with_squares(storey) {
                let kind = storey.rooms[room].kind;
                if matches!(kind, Some(ZoneKind::Corridor | ZoneKind::Stairwell)) {
                    let beside = storey.grid.beside(at);
                    let out = beside.filter(|to| storey.grid.cells[*to] == Cell::Outside);
                    edges.entry(room).or_default().extend(out.map(|to| (at, to)));
                }
            }
            for (room, edge) in edges.into_iter().filter(|(_, edge)| edge.len() >= OPEN_MIN) {
                self.lead_outside((n, room), &edge);
            }
        }
    }

    fn lead_outside(&mut self, from: Spot, edge: &[(At, At)]) {
        let storey = &self.storeys[from.0];
        let room = &storey.rooms[from.1];
        let squares: Vec<At> = edge.iter().map(|(at, _)| *at).collect();
        let Some(at) = storey.grid.middle(&squares) else { return };
        let out = Out {
            key: format!("open-{}", room.key.as_deref().unwrap_or_default()),
            name: room.name.clone(),
            space: self.space(from),
            length_m: self.middle_to(from, at),
            width_m: Some(open_width(storey, edge)),
            at: Some(storey.grid.point(at)),
            place: room.place.clone(),
        };
        self.doors.push(out);
        self.drawn_at.push(None);
    }

    fn open(&mut self, from: Spot, to: Spot, edge: &[(At, At)], width_m: Option<f64>) {
        let (ours, theirs): (Vec<At>, Vec<At>) = edge.iter().copied().unzip();
        let storey = &self.storeys[from.0];
        let (Some(one), Some(other)) = (storey.grid.middle(&ours), storey.grid.middle(&theirs))
        else {
            return;
        };
        let place = &storey.rooms[from.1].place;
        let way = Way {
            key: None,
            between: [self.space(from), self.space(to)],
            kind: PassageKind::Opening,
            length_m: self.middle_to(from, one) + self.middle_to(to, other),
            width_m,
            at: Some(storey.grid.point(one)),
            place: place.clone(),
        };
        self.ways.push(way);
    }

    /// Stairs and lifts go on where those of the next storey lie over them.
    pub fn stack(&mut self, wishes: &Wishes) {
        for upper in 1..self.storeys.len() {
            let (below, above) = (&self.storeys[upper - 1], &self.storeys[upper]);
            if above.level - below.level != 1 {
                continue;
            }
            let mut shared: BTreeMap<(usize, usize), usize> = BTreeMap::new();
            for (room, at) in rooms_with_squares(below) {
                if let Some(over) = above.room_at(at) {
                    *shared.entry((room, over)).or_default() += 1;
                }
            }
            let mut found = Vec::new();
            for ((room, over), count) in shared {
                let (one, other) = (&below.rooms[room], &above.rooms[over]);
                let kind = match (one.kind, other.kind) {
                    (Some(ZoneKind::Stairwell), Some(ZoneKind::Stairwell)) => PassageKind::Stairs,
                    (Some(ZoneKind::Lift), Some(ZoneKind::Lift)) => PassageKind::Lift,
                    _ => continue,
                };
                if count * SHARED >= one.squares.len().min(other.squares.len()) {
                    found.push(((upper - 1, room), (upper, over), kind));
                }
            }
            for (from, to, kind) in found {
                let name = self.storeys[to.0].rooms[to.1].key.clone();
                self.climb([from, to], kind, name.as_deref().unwrap_or_default(), wishes);
            }
        }
    }

    fn climb(&mut self, [from, to]: [Spot; 2], kind: PassageKind, name: &str, wishes: &Wishes) {
        let levels = self.storeys[to.0].level.abs_diff(self.storeys[from.0].level);
        #[expect(clippy::cast_precision_loss, reason = "few storeys")]
        let height_m = levels as f64 * wishes.storey_m;
        let (what, length_m) = match kind {
            PassageKind::Lift => ("lift", height_m),
            _ => ("stairs", height_m / RISE_PER_M),
        };
        self.ways.push(Way {
            key: Some(format!("{what}-{name}")),
            between: [self.space(from), self.space(to)],
            kind,
            length_m,
            width_m: None,
            at: None,
            place: self.storeys[to.0].rooms[to.1].place.clone(),
        });
    }

    /// Follows the lines that people drew.
    pub fn walk(&mut self, drawn: &Drawn, wishes: &Wishes, report: &mut Report) {
        let levels: Vec<i64> = self.storeys.iter().map(|storey| storey.level).collect();
        for (n, level) in levels.iter().enumerate() {
            let Some((_, features)) = drawn.levels.get(level) else { continue };
            for feature in features {
                let Shape::Line(line) = &feature.shape else { continue };
                match feature.kind {
                    Kind::Entrance => self.enter(n, feature, line, report),
                    Kind::Path => self.follow(n, feature, line, report),
                    _ => self.climb_along(feature, wishes, report),
                }
            }
        }
        for feature in &drawn.between {
            self.climb_along(feature, wishes, report);
        }
    }

    fn squares(&self, storey: usize, line: &[Degrees]) -> Vec<At> {
        let line: Vec<Point> = line.iter().map(|point| self.plane.point(*point)).collect();
        self.storeys[storey].grid.along(&line)
    }

    /// Where a path leads straight from one space into the next, it is open.
    fn follow(&mut self, n: usize, feature: &Feature, line: &[Degrees], report: &mut Report) {
        let squares = self.squares(n, line);
        let (mut last, mut through): (Option<(usize, At)>, Option<Cell>) = (None, None);
        for at in squares {
            let cell = self.storeys[n].grid.cells[at];
            let Cell::Space(room) = cell else {
                through = match (through, cell) {
                    (Some(Cell::Door(door)), _) => Some(Cell::Door(door)),
                    (_, cell) => Some(cell),
                };
                continue;
            };
            let room = usize::from(room);
            if let Some((from, left_at)) = last.filter(|(from, _)| *from != room) {
                let ends = [(n, from), (n, room)].map(|spot| self.space(spot));
                let is_joined = self.ways.iter().any(|way| joins(way, ends));
                match through {
                    _ if is_joined => {}
                    None => self.open((n, from), (n, room), &[(left_at, at)], None),
                    Some(_) => {
                        let words = format!(
                            "path `{}` leads through a wall at [{:.1}, {:.1}]; it opens nothing",
                            feature.key,
                            self.storeys[n].grid.point(at).x,
                            self.storeys[n].grid.point(at).y
                        );
                        report.warn(&feature.place, "path-through-wall", words);
                    }
                }
            }
            (last, through) = (Some((room, at)), None);
        }
    }

    /// The door that an entrance's line crosses is an exit.
    fn enter(&mut self, n: usize, feature: &Feature, line: &[Degrees], report: &mut Report) {
        let crossed: BTreeSet<usize> = self
            .squares(n, line)
            .into_iter()
            .filter_map(|at| match self.storeys[n].grid.cells[at] {
                Cell::Door(door) => Some(usize::from(door)),
                _ => None,
            })
            .collect();
        let out = (0..self.doors.len()).find(|out| {
            self.drawn_at[*out].is_some_and(|(at, door)| at == n && crossed.contains(&door))
        });
        match out {
            Some(out) => {
                self.drawn_at.remove(out);
                let mut exit = self.doors.remove(out);
                if exit.name.is_empty() {
                    exit.name.clone_from(&feature.name);
                }
                self.exits.push(exit);
            }
            None => {
                let words = format!(
                    "entrance `{}` crosses no door that leads outside; name the door with --exit",
                    feature.key
                );
                report.warn(&feature.place, "entrance-nowhere", words);
            }
        }
    }

    /// A line between storeys joins the spaces at its points, unless they are joined already.
    fn climb_along(&mut self, feature: &Feature, wishes: &Wishes, report: &mut Report) {
        let Shape::Line(line) = &feature.shape else { return };
        let kind = if feature.kind == Kind::Lift { PassageKind::Lift } else { PassageKind::Stairs };
        let spots: Vec<Option<Spot>> = line
            .iter()
            .zip(&feature.levels)
            .map(|(point, level)| {
                let n = self.storeys.iter().position(|storey| storey.level == *level)?;
                let storey = &self.storeys[n];
                Some((n, storey.room_at(storey.grid.at(self.plane.point(*point)))?))
            })
            .collect();
        if line.len() != feature.levels.len() {
            let words = format!(
                "`{}` has {} points and {} `levels`; one level for each point is wanted",
                feature.key,
                line.len(),
                feature.levels.len()
            );
            return report.refuse(&feature.place, "broken-link", words);
        }
        for pair in spots.windows(2) {
            match (pair[0], pair[1]) {
                (Some(from), Some(to)) if from.0 != to.0 => {
                    if !self.are_stacked(from, to, kind) {
                        self.climb([from, to], kind, &feature.key, wishes);
                    }
                }
                (Some(_), Some(_)) => {}
                _ => {
                    let words = format!(
                        "`{}` has an end in no space of its storey; it joins nothing",
                        feature.key
                    );
                    report.warn(&feature.place, "path-nowhere", words);
                }
            }
        }
    }

    /// Whether ways of one kind alone lead from one space to another.
    fn are_stacked(&self, from: Spot, to: Spot, kind: PassageKind) -> bool {
        let (from, to) = (self.space(from), self.space(to));
        let mut reached = BTreeSet::from([from]);
        let mut next = vec![from];
        while let Some(at) = next.pop() {
            for way in self.ways.iter().filter(|way| way.kind == kind) {
                let on = match way.between {
                    [one, other] if one == at => other,
                    [one, other] if other == at => one,
                    _ => continue,
                };
                if reached.insert(on) {
                    next.push(on);
                }
            }
        }
        reached.contains(&to)
    }
}

fn joins(way: &Way, [one, other]: [usize; 2]) -> bool {
    way.between == [one, other] || way.between == [other, one]
}

fn rooms_with_squares(storey: &Storey) -> impl Iterator<Item = (usize, At)> {
    let rooms = storey.rooms.iter().enumerate();
    rooms.flat_map(|(room, of)| of.squares.iter().map(move |at| (room, *at)))
}

/// Where two spaces lie side by side, square by square.
fn edges(storey: &Storey) -> BTreeMap<(usize, usize), Vec<(At, At)>> {
    let mut edges: BTreeMap<(usize, usize), Vec<(At, At)>> = BTreeMap::new();
    for (room, at) in rooms_with_squares(storey) {
        for beside in [0, 1].into_iter().filter_map(|direction| storey.grid.step(at, direction)) {
            match storey.room_at(beside) {
                Some(other) if other > room => {
                    edges.entry((room, other)).or_default().push((at, beside));
                }
                Some(other) if other < room => {
                    edges.entry((other, room)).or_default().push((beside, at));
                }
                _ => {}
            }
        }
    }
    edges
}

/// Whether an edge without a wall can be walked across. Rooms have walls, drawn or not; two
/// shafts side by side are two shafts.
fn is_open(kinds: [Option<ZoneKind>; 2]) -> bool {
    let leads_on = |kind| matches!(kind, None | Some(ZoneKind::Corridor | ZoneKind::Stairwell));
    let is_lift = |kind| kind == Some(ZoneKind::Lift);
    let floor = |kind| matches!(kind, None | Some(ZoneKind::Corridor));
    let [one, other] = kinds;
    (leads_on(one) && leads_on(other))
        || (is_lift(one) && floor(other))
        || (is_lift(other) && floor(one))
}

/// How wide an open edge is: its extent, but never more than its squares are long.
fn open_width(storey: &Storey, edge: &[(At, At)]) -> f64 {
    let points = || edge.iter().map(|(at, _)| storey.grid.point(*at));
    let spread = |of: fn(Point) -> f64| {
        let least = points().map(of).fold(f64::INFINITY, f64::min);
        points().map(of).fold(f64::NEG_INFINITY, f64::max) - least
    };
    let (dx, dy) = (spread(|point| point.x), spread(|point| point.y));
    #[expect(clippy::cast_precision_loss, reason = "an edge has few squares")]
    let squares_m = edge.len() as f64 * CELL_M;
    ((dx * dx + dy * dy).sqrt() + CELL_M).min(squares_m)
}
