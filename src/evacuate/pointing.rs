//! Which way a sign points: from where it hangs and which way its reader looks.

use super::graph::{level, middle};
use crate::domain::{Passage, PassageKind, Point, Show, Sign, Site, ZoneId};

/// A sign that hangs over the very door it means shows the way ahead.
const OVER_IT_M: f64 = 0.75;
/// Up to this far to either side is ahead.
const AHEAD_DEG: f64 = 45.0;

/// What a sign shows that leads through a passage into a zone.
pub(super) fn through(site: &Site, sign: &Sign, passage: &Passage, into: &ZoneId) -> Show {
    if passage.kind == PassageKind::Stairs {
        return match level(site, into) > level(site, &sign.zone) {
            true => Show::Up,
            false => Show::Down,
        };
    }
    passage.at.or_else(|| middle(site, into)).map_or(Show::Ahead, |at| toward(sign, at))
}

/// What a sign shows that leads to a point on its plan. Behind its reader is the side on which
/// they turn less.
pub(super) fn toward(sign: &Sign, to: Point) -> Show {
    let (dx, dy) = (to.x - sign.at.x, to.y - sign.at.y);
    if dx * dx + dy * dy <= OVER_IT_M * OVER_IT_M {
        return Show::Ahead;
    }
    let bearing_deg = libm::atan2(dx, dy).to_degrees();
    let turn_deg = (bearing_deg - sign.facing_deg).rem_euclid(360.0);
    if turn_deg <= AHEAD_DEG || turn_deg >= 360.0 - AHEAD_DEG {
        Show::Ahead
    } else if turn_deg <= 180.0 {
        Show::Right
    } else {
        Show::Left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sign(facing_deg: f64) -> Sign {
        let (id, zone) = ("s".parse().unwrap(), "z".parse().unwrap());
        Sign { id, zone, at: Point { x: 10.0, y: 10.0 }, facing_deg }
    }

    #[test]
    fn a_sign_points_as_its_reader_sees_it() {
        let east = Point { x: 20.0, y: 10.0 };
        for (facing, show) in [
            (0.0, Show::Right),
            (90.0, Show::Ahead),
            (180.0, Show::Left),
            (270.0, Show::Right),
            (46.0, Show::Ahead),
            (44.0, Show::Right),
            (136.0, Show::Left),
        ] {
            assert_eq!(toward(&sign(facing), east), show, "facing {facing}");
        }
    }

    #[test]
    fn a_sign_over_its_door_points_ahead_whichever_way_it_is_turned() {
        let here = Point { x: 10.3, y: 10.3 };
        assert!([0.0, 90.0, 180.0].iter().all(|deg| toward(&sign(*deg), here) == Show::Ahead));
    }
}
