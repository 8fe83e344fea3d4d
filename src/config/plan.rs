//! What stands on a storey's plan: points, outlines and bearings.

use super::want::{ListOf, NUMBER_MAX, Number, Raw, Want, Wrong, number};
use crate::domain::Point;

/// A sign hangs on a wall, and walls have a thickness that outlines leave out.
const WALL_M: f64 = 0.5;

/// A point on the plan.
pub(super) struct At;

impl Want for At {
    type Is = Point;

    fn wanted(&self) -> String {
        "a point such as [12.5, 3.0], in metres on the storey's plan".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<Point, Vec<Wrong>> {
        let Some(items) = value.get_ref().as_array() else { return self.refuse_type(value) };
        let numbers: Vec<Option<f64>> = items.iter().map(|item| number(item.get_ref())).collect();
        match numbers[..] {
            [Some(x), Some(y)] if x.abs() <= NUMBER_MAX && y.abs() <= NUMBER_MAX => {
                Ok(Point { x, y })
            }
            _ => self.refuse(value, "bad-point", "not two numbers"),
        }
    }
}

/// The outline of a zone.
pub(super) struct Outline;

impl Want for Outline {
    type Is = Vec<Point>;

    fn wanted(&self) -> String {
        "a list of 3 or more different corners, such as [[0, 0], [8, 0], [8, 5], [0, 5]]".to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<Vec<Point>, Vec<Wrong>> {
        let corners = ListOf::some(At).read(value)?;
        if corners.len() < 3 {
            return self.refuse(value, "bad-polygon", &format!("a list of {}", corners.len()));
        }
        if area(&corners) < 0.01 {
            return self.refuse(value, "bad-polygon", "an outline round no area");
        }
        Ok(corners)
    }
}

/// A bearing on the plan.
pub(super) const BEARING: Number = Number::within(
    "a bearing from 0 up to 360 (0 is up on the plan, 90 to the right)",
    |degrees| (0.0..360.0).contains(&degrees),
);

fn sides(outline: &[Point]) -> impl Iterator<Item = (Point, Point)> {
    outline.iter().copied().zip(outline.iter().copied().cycle().skip(1))
}

fn area(outline: &[Point]) -> f64 {
    let twice: f64 = sides(outline).map(|(from, to)| from.x * to.y - to.x * from.y).sum();
    twice.abs() / 2.0
}

/// Whether a point lies within an outline or at its walls.
pub(super) fn is_at(point: Point, outline: &[Point]) -> bool {
    let crossed = sides(outline).filter(|(from, to)| {
        let between = (from.y > point.y) != (to.y > point.y);
        between && point.x < from.x + (to.x - from.x) * (point.y - from.y) / (to.y - from.y)
    });
    crossed.count() % 2 == 1 || sides(outline).any(|(from, to)| is_beside(point, from, to))
}

fn is_beside(point: Point, from: Point, to: Point) -> bool {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let squared = dx * dx + dy * dy;
    let along = ((point.x - from.x) * dx + (point.y - from.y) * dy) / squared.max(1e-9);
    let along = along.clamp(0.0, 1.0);
    let (x, y) = (from.x + along * dx - point.x, from.y + along * dy - point.y);
    x * x + y * y <= WALL_M * WALL_M
}
