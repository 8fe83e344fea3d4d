//! GeoJSON storey by storey (the WRLD indoor map form): a main file lists the levels, each
//! level's file has its floor, walls, doors, stairs and lifts, and path files have lines.
//!
//! Who reaches whom is not written in such files; it is seen in them. Doors join what they touch;
//! stairs and lifts are open to the floor they stand on, and join storeys where they lie over each
//! other; a path that leads from one space into the next without a wall between opens it. A door
//! that leads outside is an exit where an `entrance` path crosses it or a person says so.

mod features;
mod grid;
mod plane;
mod storey;
mod trace;
mod walks;

pub use features::mentioned;

use super::draft::{Draft, Out, Space, Storey as Level, Way};
use super::{Place, Report, Source, Wishes};
use crate::domain::PassageKind;
use features::Drawn;
use grid::{At, Cell, Grid, metres_of};
use plane::{Extent, Plane};
use storey::{Door, Storey};

/// A building is smaller (degrees): beyond lies a slip of the finger.
const EXTENT_MAX: f64 = 0.02;
/// More spaces and doors than any storey has.
const FEATURES_MAX: usize = 30_000;

pub(super) fn read(sources: &[Source<'_>], wishes: &Wishes, report: &mut Report) -> Option<Draft> {
    let drawn = Drawn::read(sources, report);
    if !report.problems.is_empty() {
        return None;
    }
    let first = Place::whole(sources.first().map_or("FILE", |source| source.file));
    let on_levels = drawn.levels.values().flat_map(|(_, features)| features);
    let points = on_levels.flat_map(|feature| feature.shape.points());
    let Some(extent) = Extent::of(points) else {
        report.refuse(&first, "no-space", "there is no level with anything drawn on it");
        return None;
    };
    let sides = [0, 1].map(|axis| extent.most[axis] - extent.least[axis]);
    let plane = Plane::of(&extent);
    let size = plane.point(extent.most);
    let crowded = drawn.levels.values().any(|(_, features)| features.len() > FEATURES_MAX);
    let grid = Grid::new(size.x, size.y).filter(|_| sides.iter().all(|side| *side < EXTENT_MAX));
    let Some(grid) = grid.filter(|_| !crowded) else {
        let words = format!(
            "it extends over {:.0} by {:.0} m; up to 400 by 400 m and {FEATURES_MAX} features a \
             storey are read",
            size.x, size.y
        );
        report.refuse(&first, "too-large", words);
        return None;
    };
    let mut making = Making { plane, ..Making::default() };
    for (level, (name, features)) in &drawn.levels {
        let mut storey = Storey::new(*level, name, grid.clone());
        storey.draw(features, &making.plane, report);
        making.add(storey);
    }
    making.join_by_doors(report);
    making.join_openings();
    making.join_outside();
    making.stack(wishes);
    making.walk(&drawn, wishes, report);
    Some(making.draft(drawn.name, report))
}

/// A space of one of the storeys: which storey, and which of its rooms.
type Spot = (usize, usize);

#[derive(Default)]
struct Making {
    plane: Plane,
    storeys: Vec<Storey>,
    /// The first number of each storey's spaces.
    first: Vec<usize>,
    ways: Vec<Way>,
    exits: Vec<Out>,
    doors: Vec<Out>,
    /// Where each of `doors` is drawn: its storey and its number there; none if it has no door.
    drawn_at: Vec<Option<(usize, usize)>>,
}

impl Making {
    fn add(&mut self, storey: Storey) {
        let before = self.storeys.last().map_or(0, |last| last.rooms.len());
        self.first.push(self.first.last().map_or(0, |first| first + before));
        self.storeys.push(storey);
    }

    /// The number of a space among all.
    fn space(&self, (storey, room): Spot) -> usize {
        self.first[storey] + room
    }

    /// Where a square is, and how far from the middle of its space.
    fn middle_to(&self, (storey, room): Spot, at: At) -> f64 {
        let Storey { grid, far, rooms, .. } = &self.storeys[storey];
        let straight = || {
            let (one, other) = (grid.point(rooms[room].middle), grid.point(at));
            super::draft::distance(one, other)
        };
        metres_of(far[at]).unwrap_or_else(straight)
    }

    /// Doors join the two spaces that they touch most.
    fn join_by_doors(&mut self, report: &mut Report) {
        for storey in 0..self.storeys.len() {
            for n in 0..self.storeys[storey].doors.len() {
                self.join_by_door(storey, n, report);
            }
        }
    }

    fn join_by_door(&mut self, storey: usize, n: usize, report: &mut Report) {
        let door = &self.storeys[storey].doors[n];
        let mut touched: Vec<(&Cell, &Vec<At>)> = door.touches.iter().collect();
        touched.sort_by_key(|(cell, at)| (std::cmp::Reverse(at.len()), **cell));
        if let [_, second, third, ..] = touched[..]
            && third.1.len() * 2 > second.1.len()
        {
            let words = format!(
                "door `{}` touches three spaces; it is taken to join the two it touches most",
                door.key
            );
            report.warn(&door.place, "door-touches-three", words);
        }
        let sides: Vec<(Option<usize>, At)> = touched
            .iter()
            .take(2)
            .filter_map(|(cell, squares)| {
                let room = match cell {
                    Cell::Space(room) => Some(usize::from(*room)),
                    _ => None,
                };
                Some((room, self.storeys[storey].grid.middle(squares)?))
            })
            .collect();
        match sides[..] {
            [(Some(one), one_at), (Some(other), other_at)] => {
                let (from, to) = ((storey, one), (storey, other));
                let length = self.middle_to(from, one_at) + self.middle_to(to, other_at);
                let way = self.through(door, [from, to], length, one_at, storey);
                self.ways.push(way);
            }
            [(Some(from), at), (None, _)] | [(None, _), (Some(from), at)] => {
                let out = self.out(door, (storey, from), at);
                self.doors.push(out);
                self.drawn_at.push(Some((storey, n)));
            }
            _ => {
                let words = format!(
                    "door `{}` has no space on one of its sides, or the same on both; it is left \
                     out",
                    door.key
                );
                report.warn(&door.place, "door-nowhere", words);
            }
        }
    }

    fn through(&self, door: &Door, ends: [Spot; 2], length_m: f64, at: At, storey: usize) -> Way {
        Way {
            key: Some(format!("door-{}", door.key)),
            between: ends.map(|end| self.space(end)),
            kind: PassageKind::Door,
            length_m,
            width_m: Some(door.width_m),
            at: Some(self.storeys[storey].grid.point(at)),
            place: door.place.clone(),
        }
    }

    fn out(&self, door: &Door, from: Spot, at: At) -> Out {
        Out {
            key: format!("door-{}", door.key),
            name: door.name.clone(),
            space: self.space(from),
            length_m: self.middle_to(from, at),
            width_m: Some(door.width_m),
            at: Some(self.storeys[from.0].grid.point(at)),
            place: door.place.clone(),
        }
    }

    fn draft(self, name: String, report: &mut Report) -> Draft {
        let mut draft = Draft {
            name,
            storeys: self.storeys.iter().map(|of| Level { name: of.name.clone() }).collect(),
            ways: self.ways,
            exits: self.exits,
            doors: self.doors,
            ..Draft::default()
        };
        let mut used = vec![false; self.storeys.iter().map(|storey| storey.rooms.len()).sum()];
        let ends = draft.ways.iter().flat_map(|way| way.between);
        for end in ends.chain(draft.exits.iter().chain(&draft.doors).map(|out| out.space)) {
            used[end] = true;
        }
        let mut kept = Vec::new();
        for (n, storey) in self.storeys.iter().enumerate() {
            for room in &storey.rooms {
                let number = kept.len();
                let space = Space {
                    key: room.key.clone().unwrap_or_else(|| format!("space-{number}")),
                    name: room.name.clone(),
                    storey: n,
                    kind: room.kind,
                    outline: room.outline.clone(),
                    at: Some(storey.grid.point(room.middle)),
                    people: None,
                    place: room.place.clone(),
                };
                // What walls enclose without a door is a shaft, and nobody is in it.
                let is_shaft = room.kind.is_none() && !used[number];
                if is_shaft {
                    let called = space.called_at();
                    let words = format!("{called} has walls around and no door; it is left out");
                    report.warn(&space.place, "no-door", words);
                }
                kept.push(!is_shaft && !room.squares.is_empty());
                draft.spaces.push(space);
            }
        }
        super::building::keep(&mut draft, &kept);
        draft
    }
}
