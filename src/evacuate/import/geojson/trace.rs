//! The outline of a space's squares, with the steps smoothed away.

use super::grid::{At, CELL_M, Grid};
use crate::domain::Point;

/// How far a corner may lie beside a straight wall without being one (m).
const SMOOTHED_M: f64 = 0.15;

/// The outer outline of squares that hang together; the first has to be one of the lowest row.
pub(super) fn outline(grid: &Grid, squares: &[At]) -> Vec<Point> {
    let Some(first) = squares.iter().copied().min() else { return Vec::new() };
    let is = grid.cells[first];
    let (width, corners) = (grid.width + 1, (grid.width + 1) * (grid.height + 1));
    let inside = |x: usize, y: usize| {
        x > 0 && y > 0 && x <= grid.width && y <= grid.height && {
            grid.cells[(y - 1) * grid.width + x - 1] == is
        }
    };
    // Corners of squares, with the inside always to the left of the way.
    let (mut x, mut y, mut heading) = (first % grid.width, first / grid.width, 0);
    let start = (x, y);
    let mut ring = Vec::new();
    for _ in 0..4 * corners {
        // The squares ahead to the left and to the right of this corner.
        let (left, right) = match heading {
            0 => (inside(x + 1, y + 1), inside(x + 1, y)),
            1 => (inside(x, y + 1), inside(x + 1, y + 1)),
            2 => (inside(x, y), inside(x, y + 1)),
            _ => (inside(x + 1, y), inside(x, y)),
        };
        let turned = match (left, right) {
            (false, _) => (heading + 1) % 4,
            (true, true) => (heading + 3) % 4,
            (true, false) => heading,
        };
        if turned != heading || ring.is_empty() {
            ring.push((x, y));
        }
        heading = turned;
        match heading {
            0 => x += 1,
            1 => y += 1,
            2 => x -= 1,
            _ => y -= 1,
        }
        if (x, y) == start {
            break;
        }
        debug_assert!(x < width, "a ring stays on the grid");
    }
    smoothed(&ring.iter().map(|(x, y)| corner(*x, *y)).collect::<Vec<_>>())
}

#[expect(clippy::cast_precision_loss, reason = "a grid has few squares on a side")]
fn corner(x: usize, y: usize) -> Point {
    // The grid has a square around the plan.
    Point { x: (x as f64 - 1.0) * CELL_M, y: (y as f64 - 1.0) * CELL_M }
}

/// A ring without the corners that a straight wall does not need (Douglas and Peucker).
fn smoothed(ring: &[Point]) -> Vec<Point> {
    let Some(first) = ring.first().copied() else { return Vec::new() };
    let apart = |point: &Point| {
        let (dx, dy) = (point.x - first.x, point.y - first.y);
        dx * dx + dy * dy
    };
    let far = (0..ring.len()).max_by(|a, b| apart(&ring[*a]).total_cmp(&apart(&ring[*b])));
    let far = far.unwrap_or_default();
    let back: Vec<Point> = ring[far..].iter().copied().chain([first]).collect();
    let mut corners = kept(&ring[..=far]);
    corners.pop();
    corners.extend(kept(&back));
    corners.pop();
    corners
}

/// The corners of a line that are needed, its ends among them.
fn kept(line: &[Point]) -> Vec<Point> {
    let mut needed = vec![false; line.len()];
    let mut open = vec![(0, line.len().saturating_sub(1))];
    while let Some((from, to)) = open.pop() {
        for end in [from, to] {
            if let Some(needed) = needed.get_mut(end) {
                *needed = true;
            }
        }
        let beside = |n: usize| beside_m(line[n], line[from], line[to]);
        let most = (from + 1..to).max_by(|a, b| beside(*a).total_cmp(&beside(*b)));
        if let Some(most) = most.filter(|most| beside(*most) > SMOOTHED_M) {
            open.extend([(from, most), (most, to)]);
        }
    }
    line.iter().zip(needed).filter(|(_, needed)| *needed).map(|(point, _)| *point).collect()
}

/// How far a point lies beside a line.
fn beside_m(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to.x - from.x, to.y - from.y);
    let length = (dx * dx + dy * dy).sqrt();
    if length == 0.0 {
        let (x, y) = (point.x - from.x, point.y - from.y);
        return (x * x + y * y).sqrt();
    }
    ((point.x - from.x) * dy - (point.y - from.y) * dx).abs() / length
}
