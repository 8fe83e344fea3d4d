//! A storey as squares of ten centimetres: what each is, and who walks how far.
//!
//! Walls are painted with their edges, so that a thin one has no holes; what can be walked is
//! painted by the middles of its squares.

use crate::domain::Point;

/// The side of a square (m).
pub(super) const CELL_M: f64 = 0.1;
/// How many squares a storey may have: 400 by 400 m.
pub(super) const CELLS_MAX: usize = 16_000_000;

/// What a square is. Spaces and doors are numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cell {
    Outside,
    Free,
    Wall,
    Space(u16),
    Door(u16),
}

/// A square by its number in the grid.
pub(super) type At = usize;

#[derive(Debug, Clone)]
pub(super) struct Grid {
    pub width: usize,
    pub height: usize,
    pub cells: Vec<Cell>,
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the grid, which is small"
)]
fn clamped(n: f64, below: usize) -> usize {
    (n.max(0.0) as usize).min(below)
}

#[expect(clippy::cast_precision_loss, reason = "a grid has few squares on a side")]
fn metres(n: usize) -> f64 {
    n as f64 * CELL_M
}

impl Grid {
    /// An empty storey of so many metres, with a square around it; none if it is too large.
    pub fn new(x_m: f64, y_m: f64) -> Option<Self> {
        let side = |m: f64| clamped(m / CELL_M, CELLS_MAX) + 3;
        let (width, height) = (side(x_m), side(y_m));
        let count = width.checked_mul(height).filter(|count| *count <= CELLS_MAX)?;
        Some(Self { width, height, cells: vec![Cell::Outside; count] })
    }

    /// The square of a point, in which the first whole square of the plan is the second.
    pub fn at(&self, point: Point) -> At {
        let x = clamped(point.x / CELL_M + 1.0, self.width - 1);
        let y = clamped(point.y / CELL_M + 1.0, self.height - 1);
        y * self.width + x
    }

    /// The middle of a square.
    pub fn point(&self, at: At) -> Point {
        let (x, y) = (at % self.width, at / self.width);
        Point { x: metres(x) - CELL_M / 2.0, y: metres(y) - CELL_M / 2.0 }
    }

    /// The four squares beside one, without those beyond the edge.
    pub fn beside(&self, at: At) -> impl Iterator<Item = At> {
        (0..4).filter_map(move |direction| self.step(at, direction))
    }

    /// The square beside one: 0 to the right, 1 up, 2 to the left, 3 down.
    pub fn step(&self, at: At, direction: usize) -> Option<At> {
        let (x, y) = (at % self.width, at / self.width);
        match direction {
            0 => (x + 1 < self.width).then(|| at + 1),
            1 => (y + 1 < self.height).then(|| at + self.width),
            2 => (x > 0).then(|| at - 1),
            _ => (y > 0).then(|| at - self.width),
        }
    }

    /// Every square whose middle lies in an area, by even and odd crossings of its rings.
    pub fn inside(&self, rings: &[Vec<Point>]) -> Vec<At> {
        let sides: Vec<(Point, Point)> = rings
            .iter()
            .flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)))
            .map(|(from, to)| (*from, *to))
            .collect();
        let ys = || sides.iter().flat_map(|(from, to)| [from.y, to.y]);
        let (Some(low), Some(high)) = (ys().reduce(f64::min), ys().reduce(f64::max)) else {
            return Vec::new();
        };
        let row = |y: f64| clamped(y / CELL_M + 1.0, self.height - 1);
        let mut inside = Vec::new();
        for row in row(low)..=row(high) {
            let y = metres(row) - CELL_M / 2.0;
            let mut crossed: Vec<f64> = sides
                .iter()
                .filter(|(from, to)| (from.y > y) != (to.y > y))
                .map(|(from, to)| from.x + (to.x - from.x) * (y - from.y) / (to.y - from.y))
                .collect();
            crossed.sort_by(f64::total_cmp);
            for pair in crossed.chunks_exact(2) {
                // The first middle to the right of the one and the last to the left of the other.
                let column = |x: f64| clamped((x + CELL_M / 2.0) / CELL_M + 1.0, self.width);
                inside.extend((column(pair[0])..column(pair[1])).map(|x| row * self.width + x));
            }
        }
        inside
    }

    /// Every square that a line touches.
    pub fn along(&self, line: &[Point]) -> Vec<At> {
        let mut along = Vec::new();
        for pair in line.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let (dx, dy) = (to.x - from.x, to.y - from.y);
            let steps = clamped((dx * dx + dy * dy).sqrt() / (CELL_M / 2.0), CELLS_MAX) + 1;
            for n in 0..=steps {
                #[expect(clippy::cast_precision_loss, reason = "few steps")]
                let part = n as f64 / steps as f64;
                along.push(self.at(Point { x: from.x + part * dx, y: from.y + part * dy }));
            }
        }
        along.dedup();
        along
    }

    pub fn paint(&mut self, squares: &[At], cell: Cell) {
        for at in squares {
            self.cells[*at] = cell;
        }
    }

    /// An area with its edges, as walls and doors are painted.
    pub fn whole(&self, rings: &[Vec<Point>]) -> Vec<At> {
        let mut all = self.inside(rings);
        for ring in rings {
            let closed: Vec<Point> = ring.iter().chain(ring.first()).copied().collect();
            all.extend(self.along(&closed));
        }
        all
    }

    /// Every square that is reached from one without leaving what it is.
    pub fn flood(&self, from: At, seen: &mut [bool]) -> Vec<At> {
        let is = self.cells[from];
        let mut reached = vec![from];
        seen[from] = true;
        let mut next = 0;
        while let Some(at) = reached.get(next).copied() {
            next += 1;
            for beside in self.beside(at) {
                if self.cells[beside] == is && !seen[beside] {
                    seen[beside] = true;
                    reached.push(beside);
                }
            }
        }
        reached
    }

    /// The square nearest to the middle of some.
    pub fn middle(&self, squares: &[At]) -> Option<At> {
        let count = u64::try_from(squares.len()).ok().filter(|count| *count > 0)?;
        let sum = |of: &dyn Fn(At) -> usize| squares.iter().map(|at| of(*at) as u64).sum::<u64>();
        let (x, y) = (sum(&|at| at % self.width) / count, sum(&|at| at / self.width) / count);
        let apart = |at: At| {
            let (dx, dy) =
                (x.abs_diff((at % self.width) as u64), y.abs_diff((at / self.width) as u64));
            dx * dx + dy * dy
        };
        squares.iter().copied().min_by_key(|at| (apart(*at), *at))
    }

    /// How far squares of a space are from one of them, walked within it; see [`metres_of`]. Steps
    /// go to the eight squares around, so that a way is at most 8 % too long.
    pub fn walk(&self, from: At, far: &mut [u32]) {
        const STRAIGHT: u32 = 10;
        const ACROSS: u32 = 14;
        const TURNS: usize = ACROSS as usize + 1;
        let is = self.cells[from];
        let mut open: Vec<Vec<At>> = vec![Vec::new(); TURNS];
        open[0].push(from);
        let (mut cost, mut waiting) = (0_u32, 1);
        while waiting > 0 {
            let settled = std::mem::take(&mut open[cost as usize % TURNS]);
            waiting -= settled.len();
            for at in settled {
                if far[at] != NOT_WALKED {
                    continue;
                }
                far[at] = cost;
                for direction in 0..4 {
                    let beside = self.step(at, direction);
                    let across = beside.and_then(|beside| self.step(beside, (direction + 1) % 4));
                    for (to, step) in [(beside, STRAIGHT), (across, ACROSS)] {
                        let to = to.filter(|to| self.cells[*to] == is && far[*to] == NOT_WALKED);
                        if let Some(to) = to {
                            open[(cost + step) as usize % TURNS].push(to);
                            waiting += 1;
                        }
                    }
                }
            }
            cost += 1;
        }
    }
}

/// A square that no walk has come to.
pub(super) const NOT_WALKED: u32 = u32::MAX;

/// What a walk's count is in metres; none where it did not come.
pub(super) fn metres_of(far: u32) -> Option<f64> {
    (far != NOT_WALKED).then(|| f64::from(far) * CELL_M / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Vec<Point> {
        let corner = |dx, dy| Point { x: x + dx, y: y + dy };
        vec![corner(0.0, 0.0), corner(side, 0.0), corner(side, side), corner(0.0, side)]
    }

    #[test]
    fn an_area_has_as_many_squares_as_it_is_large() {
        let grid = Grid::new(10.0, 10.0).unwrap();
        assert_eq!(grid.inside(&[square(1.0, 1.0, 2.0)]).len(), 400);
        assert_eq!(grid.inside(&[square(1.0, 1.0, 2.0), square(1.5, 1.5, 1.0)]).len(), 300);
        for at in grid.inside(&[square(1.0, 1.0, 2.0)]) {
            let point = grid.point(at);
            assert!((1.0..3.0).contains(&point.x) && (1.0..3.0).contains(&point.y), "{point:?}");
            assert_eq!(grid.at(point), at);
        }
    }

    #[test]
    fn a_way_round_a_wall_is_longer_than_through_it() {
        let mut grid = Grid::new(10.0, 10.0).unwrap();
        let floor = grid.inside(&[square(0.0, 0.0, 10.0)]);
        grid.paint(&floor, Cell::Space(0));
        let (from, to) = (Point { x: 2.05, y: 2.05 }, Point { x: 8.05, y: 2.05 });
        let (from, to) = (grid.at(from), grid.at(to));
        let walked = |grid: &Grid| {
            let mut far = vec![NOT_WALKED; grid.cells.len()];
            grid.walk(from, &mut far);
            metres_of(far[to]).unwrap()
        };
        assert!((walked(&grid) - 6.0).abs() < 1e-9);
        let wall = grid.along(&[Point { x: 5.0, y: 0.0 }, Point { x: 5.0, y: 6.0 }]);
        grid.paint(&wall, Cell::Wall);
        // Round the wall's end: twice the way to it, which is 3 along and 4 up.
        let round = walked(&grid);
        assert!((10.0..11.0).contains(&round), "{round}");
    }
}
