//! A building as its source has it: spaces, ways and exits by number, names as they were given.

use super::Place;
use crate::domain::{PassageKind, Point, ZoneKind};

#[derive(Debug, Default)]
pub(super) struct Draft {
    /// What the building calls itself.
    pub name: String,
    /// From the lowest to the highest.
    pub storeys: Vec<Storey>,
    pub spaces: Vec<Space>,
    pub ways: Vec<Way>,
    pub exits: Vec<Out>,
    /// Doors that lead outside and that nobody has called exits.
    pub doors: Vec<Out>,
}

#[derive(Debug)]
pub(super) struct Storey {
    /// What the source calls it; may be empty.
    pub name: String,
}

/// A space that people can be in.
#[derive(Debug, Clone)]
pub(super) struct Space {
    /// Its id in the source, unique there.
    pub key: String,
    /// What people call it; may be empty.
    pub name: String,
    /// Which of the draft's storeys.
    pub storey: usize,
    /// None if the source does not say it.
    pub kind: Option<ZoneKind>,
    /// Corners in metres; empty if the source has none.
    pub outline: Vec<Point>,
    /// Where it is, if the source says it.
    pub at: Option<Point>,
    /// How many people are in it, if the source says it.
    pub people: Option<u32>,
    pub place: Place,
}

/// A way between two of the draft's spaces.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub key: Option<String>,
    pub between: [usize; 2],
    pub kind: PassageKind,
    pub length_m: f64,
    /// None if the source does not say it.
    pub width_m: Option<f64>,
    pub at: Option<Point>,
    pub place: Place,
}

/// A way out of one of the draft's spaces.
#[derive(Debug, Clone)]
pub(super) struct Out {
    pub key: String,
    pub name: String,
    pub space: usize,
    pub length_m: f64,
    pub width_m: Option<f64>,
    pub at: Option<Point>,
    pub place: Place,
}

/// A space with as many ways is one that others go through.
const HALL_WAYS: usize = 3;

impl Draft {
    /// What each space is. One that its source does not name is a hall if others go through it,
    /// and a room if not.
    pub fn kinds(&self) -> Vec<ZoneKind> {
        let mut ways = vec![0; self.spaces.len()];
        for end in self.ways.iter().flat_map(|way| way.between) {
            ways[end] += 1;
        }
        let assumed = |ways| if ways >= HALL_WAYS { ZoneKind::Hall } else { ZoneKind::Room };
        let spaces = self.spaces.iter().zip(ways);
        spaces.map(|(space, ways)| space.kind.unwrap_or(assumed(ways))).collect()
    }
}

impl Space {
    /// `cell `002` (C1)`, or whatever is known of its names.
    pub fn called(&self) -> String {
        match self.name.is_empty() || self.name == self.key {
            true => format!("`{}`", self.key),
            false => format!("`{}` ({})", self.name, self.key),
        }
    }

    /// The same, with where it is, for what only its place tells apart.
    pub fn called_at(&self) -> String {
        let at = self.middle().map(|at| format!(" at [{:.1}, {:.1}]", at.x, at.y));
        format!("{}{}", self.called(), at.unwrap_or_default())
    }

    /// Its middle, for distances and marks: where the source says it is, or its corners' middle.
    pub fn middle(&self) -> Option<Point> {
        if self.at.is_some() || self.outline.is_empty() {
            return self.at;
        }
        #[expect(clippy::cast_precision_loss, reason = "nobody draws 2^52 corners")]
        let count = self.outline.len() as f64;
        let sum = |of: fn(&Point) -> f64| self.outline.iter().map(of).sum::<f64>() / count;
        Some(Point { x: sum(|corner| corner.x), y: sum(|corner| corner.y) })
    }
}

pub(super) fn distance(from: Point, to: Point) -> f64 {
    let (x, y) = (to.x - from.x, to.y - from.y);
    (x * x + y * y).sqrt()
}

/// Twice the signed area of an outline.
pub(super) fn doubled_area(outline: &[Point]) -> f64 {
    let next = outline.iter().cycle().skip(1);
    outline.iter().zip(next).map(|(a, b)| a.x * b.y - b.x * a.y).sum()
}
