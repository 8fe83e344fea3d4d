//! From degrees on the ellipsoid to metres on a plan: x to the east, y to the north.

use libm::{cos, sin};

use super::features::Degrees;
use crate::domain::Point;

/// WGS 84: the half axis to the equator (m), and the eccentricity squared.
const A_M: f64 = 6_378_137.0;
const E2: f64 = 6.694_379_990_14e-3;

/// The plane that touches the ellipsoid in the middle of a building. Within a few hundred metres
/// it is exact to the millimetre.
#[derive(Default)]
pub(super) struct Plane {
    corner: Degrees,
    m_per_degree: [f64; 2],
}

/// The corners of a building's extent, in degrees.
pub(super) struct Extent {
    pub least: Degrees,
    pub most: Degrees,
}

impl Extent {
    pub fn of<'p>(points: impl Iterator<Item = &'p Degrees>) -> Option<Self> {
        points.fold(None, |extent: Option<Self>, point| {
            let Extent { mut least, mut most } =
                extent.unwrap_or(Self { least: *point, most: *point });
            for axis in 0..2 {
                least[axis] = least[axis].min(point[axis]);
                most[axis] = most[axis].max(point[axis]);
            }
            Some(Self { least, most })
        })
    }
}

impl Plane {
    /// The plane on which the extent's lower left corner is the origin.
    pub fn of(extent: &Extent) -> Self {
        let latitude = f64::midpoint(extent.least[1], extent.most[1]).to_radians();
        let s = sin(latitude);
        let curved = 1.0 - E2 * s * s;
        let meridian_m = A_M * (1.0 - E2) / (curved * curved.sqrt());
        let parallel_m = A_M / curved.sqrt() * cos(latitude);
        let m_per_degree = [parallel_m, meridian_m].map(|radius| radius * 1.0_f64.to_radians());
        Self { corner: extent.least, m_per_degree }
    }

    pub fn point(&self, [east, north]: Degrees) -> Point {
        let [x, y] = self.m_per_degree;
        Point { x: (east - self.corner[0]) * x, y: (north - self.corner[1]) * y }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of arc at 45° is 30.87 m along the meridian and 21.90 m along the parallel, as
    /// tables of the ellipsoid have it (111,132 and 78,847 m a degree).
    #[test]
    fn a_degree_is_as_long_as_the_tables_say() {
        let extent = Extent { least: [10.0, 44.999], most: [10.002, 45.001] };
        let at = Plane::of(&extent).point([10.001, 45.0]);
        assert!((at.x - 78.847).abs() < 0.01, "{at:?}");
        assert!((at.y - 111.132).abs() < 0.01, "{at:?}");
    }
}
