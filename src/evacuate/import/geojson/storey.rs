//! One storey: what is drawn becomes spaces, and doors that touch them.
//!
//! A space is what is drawn as one, or else what walls, windows and doors enclose. A part of the
//! floor that is open to where there is no floor is outside; a room whose edge is not drawn as a
//! wall has one all the same.

use std::collections::BTreeMap;

use super::features::{Feature, Kind, Shape};
use super::grid::{At, CELL_M, Cell, Grid, NOT_WALKED};
use super::plane::Plane;
use super::trace;
use crate::domain::{Point, ZoneKind};
use crate::evacuate::import::{Place, Report};

/// What is smaller is a gap between walls and no space (squares, 0.5 m²).
const SPACE_MIN: usize = 50;
/// A space open to the outside by less is closed (squares, 0.6 m).
pub(super) const OPEN_MIN: usize = 6;
/// So far beyond a door's edge its spaces are looked for (squares): the depth of a wall.
const REACH: usize = 5;

pub(super) struct Room {
    /// Its id in the source; none if it was not drawn and only enclosed.
    pub key: Option<String>,
    pub name: String,
    /// None if it was only enclosed.
    pub kind: Option<ZoneKind>,
    pub outline: Vec<Point>,
    pub squares: Vec<At>,
    pub middle: At,
    pub place: Place,
}

pub(super) struct Door {
    pub key: String,
    pub name: String,
    pub width_m: f64,
    /// What it touches, with the squares at which it does.
    pub touches: BTreeMap<Cell, Vec<At>>,
    pub place: Place,
}

pub(super) struct Storey {
    pub level: i64,
    pub name: String,
    pub grid: Grid,
    pub rooms: Vec<Room>,
    pub doors: Vec<Door>,
    /// How far each square is from the middle of its space.
    pub far: Vec<u32>,
}

/// An area with its feature.
struct Area<'f> {
    feature: &'f Feature,
    rings: Vec<Vec<Point>>,
}

impl Storey {
    pub fn new(level: i64, name: &str, grid: Grid) -> Self {
        let far = vec![NOT_WALKED; grid.cells.len()];
        let (rooms, doors) = (Vec::new(), Vec::new());
        Self { level, name: name.to_owned(), grid, rooms, doors, far }
    }

    pub fn draw(&mut self, features: &[Feature], plane: &Plane, report: &mut Report) {
        let areas: Vec<Area<'_>> = features.iter().filter_map(|f| area(f, plane)).collect();
        let of = |kind| areas.iter().filter(move |area: &&Area<'_>| area.feature.kind == kind);
        let fill = |grid: &mut Grid, kind, cell| {
            for area in of(kind) {
                let squares = grid.inside(&area.rings);
                grid.paint(&squares, cell);
            }
        };
        fill(&mut self.grid, Kind::Outline, Cell::Free);
        fill(&mut self.grid, Kind::Opening, Cell::Wall);
        self.draw_spaces(&areas);
        for kind in [Kind::Blocked, Kind::Wall] {
            for area in of(kind) {
                let squares = self.grid.whole(&area.rings);
                self.grid.paint(&squares, Cell::Wall);
            }
        }
        let doors: Vec<&Area<'_>> = of(Kind::Door).collect();
        let mut painted = Vec::new();
        for (n, area) in doors.iter().enumerate() {
            let squares = self.grid.whole(&area.rings);
            self.grid.paint(&squares, Cell::Door(number(n)));
            painted.push(squares);
        }
        self.find_enclosed(features);
        self.name_enclosed(of(Kind::Label));
        self.settle(report);
        for (n, area) in doors.iter().enumerate() {
            let door = self.door(number(n), area, &painted[n]);
            self.doors.push(door);
        }
    }

    /// What is drawn as a space, the larger below the smaller.
    fn draw_spaces(&mut self, areas: &[Area<'_>]) {
        let mut drawn: Vec<(Vec<At>, &Area<'_>, ZoneKind)> = Vec::new();
        for area in areas {
            if let Kind::Space(kind) = area.feature.kind {
                drawn.push((self.grid.inside(&area.rings), area, kind));
            }
        }
        drawn.sort_by_key(|(squares, ..)| std::cmp::Reverse(squares.len()));
        for (squares, area, kind) in drawn {
            self.grid.paint(&squares, Cell::Space(number(self.rooms.len())));
            let Feature { key, name, place, .. } = area.feature;
            let mut outline = area.rings.first().cloned().unwrap_or_default();
            if outline.first() == outline.last() {
                outline.pop();
            }
            self.rooms.push(Room {
                key: Some(key.clone()),
                name: name.clone(),
                kind: Some(kind),
                outline,
                squares: Vec::new(),
                middle: 0,
                place: place.clone(),
            });
        }
    }

    /// What walls enclose is a space; what is open to where no floor is, is outside.
    fn find_enclosed(&mut self, features: &[Feature]) {
        let place = features.iter().find(|feature| feature.kind == Kind::Outline);
        let Some(place) = place.map(|outline| outline.place.clone()) else { return };
        let mut seen = vec![false; self.grid.cells.len()];
        for at in 0..self.grid.cells.len() {
            if self.grid.cells[at] != Cell::Free || seen[at] {
                continue;
            }
            let squares = self.grid.flood(at, &mut seen);
            let is_outside = |at: At| self.grid.cells[at] == Cell::Outside;
            let beside = squares.iter().flat_map(|at| self.grid.beside(*at));
            let open = beside.filter(|at| is_outside(*at)).count();
            if squares.len() < SPACE_MIN {
                self.grid.paint(&squares, Cell::Wall);
            } else if open < OPEN_MIN {
                self.grid.paint(&squares, Cell::Space(number(self.rooms.len())));
                let outline = trace::outline(&self.grid, &squares);
                self.rooms.push(Room {
                    key: None,
                    name: String::new(),
                    kind: None,
                    outline,
                    squares: Vec::new(),
                    middle: 0,
                    place: place.clone(),
                });
            } else {
                self.grid.paint(&squares, Cell::Outside);
            }
        }
    }

    /// A label names the space that most of it lies in, if it has most of what labels it.
    fn name_enclosed<'a, 'f: 'a>(&mut self, labels: impl Iterator<Item = &'a Area<'f>>) {
        let mut best: BTreeMap<usize, (usize, String)> = BTreeMap::new();
        for label in labels.filter(|label| !label.feature.name.is_empty()) {
            let squares = self.grid.inside(&label.rings);
            let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
            for at in &squares {
                if let Cell::Space(room) = self.grid.cells[*at] {
                    *counts.entry(usize::from(room)).or_default() += 1;
                }
            }
            let most =
                counts.into_iter().max_by_key(|(room, count)| (*count, std::cmp::Reverse(*room)));
            let Some((room, count)) = most.filter(|(_, count)| count * 2 > squares.len()) else {
                continue;
            };
            let (known, name) = best.entry(room).or_default();
            if count > *known {
                (*known, *name) = (count, label.feature.name.clone());
            }
        }
        for (room, (_, name)) in best {
            if self.rooms[room].name.is_empty() {
                self.rooms[room].name = name;
            }
        }
    }

    /// Each space gets its squares, its middle and the ways to it.
    fn settle(&mut self, report: &mut Report) {
        for (at, cell) in self.grid.cells.iter().enumerate() {
            if let Cell::Space(room) = cell {
                self.rooms[usize::from(*room)].squares.push(at);
            }
        }
        for room in &mut self.rooms {
            let Some(middle) = self.grid.middle(&room.squares) else {
                let key = room.key.as_deref().unwrap_or_default();
                let words = format!("space `{key}` has no floor that is not wall; it is left out");
                report.warn(&room.place, "no-floor", words);
                continue;
            };
            room.middle = middle;
            self.grid.walk(middle, &mut self.far);
        }
    }

    fn door(&self, n: u16, area: &Area<'_>, squares: &[At]) -> Door {
        let mut touches: BTreeMap<Cell, Vec<At>> = BTreeMap::new();
        for at in squares.iter().filter(|at| self.grid.cells[**at] == Cell::Door(n)) {
            for direction in 0..4 {
                if let Some(found) = self.beyond(n, *at, direction) {
                    touches.entry(self.grid.cells[found]).or_default().push(found);
                }
            }
        }
        let Feature { key, name, place, .. } = area.feature;
        Door {
            key: key.clone(),
            name: name.clone(),
            width_m: longer_side(&area.rings),
            touches,
            place: place.clone(),
        }
    }

    /// The space, or the outside, that a square of a door looks at, through at most a wall.
    fn beyond(&self, n: u16, from: At, direction: usize) -> Option<At> {
        let mut at = from;
        for _ in 0..REACH {
            at = self.grid.step(at, direction)?;
            match self.grid.cells[at] {
                Cell::Space(_) | Cell::Outside => return Some(at),
                Cell::Door(other) if other == n => return None,
                Cell::Door(_) => return None,
                Cell::Wall | Cell::Free => {}
            }
        }
        None
    }

    /// The room of a square, if it is one's.
    pub fn room_at(&self, at: At) -> Option<usize> {
        match self.grid.cells[at] {
            Cell::Space(room) => Some(usize::from(room)),
            _ => None,
        }
    }
}

fn area<'f>(feature: &'f Feature, plane: &Plane) -> Option<Area<'f>> {
    let Shape::Area(rings) = &feature.shape else { return None };
    let ring = |ring: &Vec<[f64; 2]>| ring.iter().map(|point| plane.point(*point)).collect();
    Some(Area { feature, rings: rings.iter().map(ring).collect() })
}

/// The number of a space or a door; a storey with more is refused beforehand.
fn number(n: usize) -> u16 {
    u16::try_from(n).unwrap_or(u16::MAX)
}

/// The longer side of the smallest rectangle round an outline: the width of a door leaf.
fn longer_side(rings: &[Vec<Point>]) -> f64 {
    let ring = rings.first().map(Vec::as_slice).unwrap_or_default();
    let mut smallest = (f64::INFINITY, CELL_M);
    for pair in ring.windows(2) {
        let (dx, dy) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
        let length = (dx * dx + dy * dy).sqrt();
        if length < 1e-6 {
            continue;
        }
        let (ux, uy) = (dx / length, dy / length);
        let spread = |of: &dyn Fn(&Point) -> f64| {
            let least = ring.iter().map(of).fold(f64::INFINITY, f64::min);
            ring.iter().map(of).fold(f64::NEG_INFINITY, f64::max) - least
        };
        let along = spread(&|point| point.x * ux + point.y * uy);
        let across = spread(&|point| point.y * ux - point.x * uy);
        if along * across < smallest.0 {
            smallest = (along * across, along.max(across));
        }
    }
    smallest.1
}
