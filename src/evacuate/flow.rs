//! How many people pass a width, how fast they walk, and where each number comes from.
//!
//! Two questions are kept apart: what a passage lets through at most (its capacity, reached at
//! the density of the greatest flow), and how fast someone walks who is not held up. A queue is
//! modelled by the loading and never by slowing people down too, which would count it twice.

use crate::domain::PassageKind;

/// Walking alone on the level: IMO MSC.1/Circ.1533, corridors at no density.
pub const LEVEL_M_PER_S: f64 = 1.2;
/// Down and up a flight of stairs: the same circular, stairs at low flow.
pub const STAIRS_DOWN_M_PER_S: f64 = 1.0;
pub const STAIRS_UP_M_PER_S: f64 = 0.8;

/// `k` of Nelson and Mowrer (SFPE handbook): `S = k (1 - 0.266 D)`, S in m/s, D in persons/m².
/// Level ways, doors and ramps; stairs with a riser of 7 in and a tread of 11 in (178 / 279 mm),
/// which is the ordinary stair of a public building.
pub const LEVEL_K: f64 = 1.40;
pub const STAIRS_K: f64 = 1.08;
/// The same formula's slope, in m² a person.
pub const SLOWED_PER_DENSITY: f64 = 0.266;
/// Going up, a flight lets through less: the ratio of the greatest flows up and down in IMO
/// MSC.1/Circ.1533 (0.88 and 1.1 persons/(m s)). Nelson and Mowrer do not tell them apart.
pub const UP_TO_DOWN: f64 = 0.88 / 1.1;

/// What nobody walks in on each side, in metres (SFPE boundary layers): door frames and stair
/// walls, and the walls of corridors and ramps.
pub const DOOR_SIDE_M: f64 = 0.15;
pub const CORRIDOR_SIDE_M: f64 = 0.20;
/// However narrow, one person at a time gets through. Ours, and the generator's of the bench.
pub const EFFECTIVE_WIDTH_MIN_M: f64 = 0.3;

/// People stand no closer than this, in persons/m²: IMO's flag for a congested place.
pub const STANDING_PER_M2: f64 = 3.5;

/// A wheelchair needs this much clear width of a way: 0.8 m, the least of a barrier-free door in
/// the Korean rules for the disabled (장애인등편의법 시행규칙), which ask for 0.9 m in new buildings.
pub const WHEELCHAIR_WIDTH_M: f64 = 0.8;

/// How a way climbs from its first end to its second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Climb {
    Level,
    Up,
    Down,
}

impl Climb {
    /// The same way walked back.
    #[must_use]
    pub fn back(self) -> Self {
        match self {
            Self::Level => Self::Level,
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// The greatest flow of a formula's `k`, in persons/(m s): reached at D = 1/(2 · 0.266).
#[must_use]
pub fn flow_max_per_m_s(k: f64) -> f64 {
    k / (4.0 * SLOWED_PER_DENSITY)
}

/// The flow at a density (persons/m²), in persons/(m s).
#[must_use]
pub fn flow_per_m_s(k: f64, density: f64) -> f64 {
    (1.0 - SLOWED_PER_DENSITY * density).max(0.0) * k * density
}

/// How fast people walk at a density (persons/m²), in m/s; below 0.54 persons/m² nobody is held
/// up by others.
#[must_use]
pub fn speed_m_per_s(k: f64, density: f64) -> f64 {
    const ALONE_BELOW: f64 = 0.54;
    let density = density.max(ALONE_BELOW);
    let speed = k * (1.0 - SLOWED_PER_DENSITY * density);
    if density <= ALONE_BELOW { 0.85 * k } else { speed.max(0.0) }
}

/// What is left of a clear width.
#[must_use]
pub fn effective_width_m(kind: PassageKind, clear_width_m: f64) -> f64 {
    let side = match kind {
        PassageKind::Opening => CORRIDOR_SIDE_M,
        _ => DOOR_SIDE_M,
    };
    (clear_width_m - 2.0 * side).max(EFFECTIVE_WIDTH_MIN_M)
}

/// What a passage lets through at most, in persons/s.
#[must_use]
pub fn capacity_per_s(kind: PassageKind, clear_width_m: f64, climb: Climb) -> f64 {
    let width = effective_width_m(kind, clear_width_m);
    match (kind, climb) {
        (PassageKind::Lift | PassageKind::EvacuationLift, _) => LIFT_PER_S,
        (PassageKind::Stairs, Climb::Up) => flow_max_per_m_s(STAIRS_K) * UP_TO_DOWN * width,
        (PassageKind::Stairs, _) => flow_max_per_m_s(STAIRS_K) * width,
        _ => flow_max_per_m_s(LEVEL_K) * width,
    }
}

/// What a lift carries: 0.2 persons/s, a car of 12 that comes back after a minute. Ours, of the
/// order of a lift traffic study's handling capacity.
pub const LIFT_PER_S: f64 = 0.2;
/// How fast a lift moves, with its doors.
pub const LIFT_M_PER_S: f64 = 1.0;

/// How fast someone walks who is not held up.
#[must_use]
pub fn walking_m_per_s(kind: PassageKind, climb: Climb) -> f64 {
    match (kind, climb) {
        (PassageKind::Stairs, Climb::Up) => STAIRS_UP_M_PER_S,
        (PassageKind::Stairs, _) => STAIRS_DOWN_M_PER_S,
        (PassageKind::Lift | PassageKind::EvacuationLift, _) => LIFT_M_PER_S,
        _ => LEVEL_M_PER_S,
    }
}

/// Walking time in whole milliseconds. Never nothing, since a way that took no time could be
/// walked in circles; and never more than 49 days.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped into the type first"
)]
pub fn walking_ms(length_m: f64, m_per_s: f64) -> u32 {
    (length_m / m_per_s * 1000.0).round().clamp(1.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn is(value: f64, expected: f64) {
        assert!((value - expected).abs() < 0.005, "{value} instead of {expected}");
    }

    /// The figures that Nelson and Mowrer's formula gives, as handbooks print them.
    #[test]
    fn the_greatest_flows_are_those_of_the_handbook() {
        is(flow_max_per_m_s(LEVEL_K), 1.32);
        is(flow_max_per_m_s(STAIRS_K), 1.015);
        is(flow_max_per_m_s(1.00), 0.94);
        is(flow_max_per_m_s(1.16), 1.09);
        is(flow_per_m_s(LEVEL_K, 1.88), 1.32);
        is(flow_per_m_s(LEVEL_K, 4.0), 0.0);
    }

    #[test]
    fn people_walk_freely_until_others_are_near() {
        is(speed_m_per_s(LEVEL_K, 0.0), 1.19);
        is(speed_m_per_s(LEVEL_K, 0.5), 1.19);
        is(speed_m_per_s(STAIRS_K, 0.0), 0.918);
        is(speed_m_per_s(LEVEL_K, 1.88), 0.70);
        is(speed_m_per_s(LEVEL_K, 3.8), 0.0);
    }

    #[test]
    fn a_width_loses_its_sides_and_never_all_of_itself() {
        is(capacity_per_s(PassageKind::Door, 0.9, Climb::Level), 0.6 * 1.316);
        is(capacity_per_s(PassageKind::Opening, 1.8, Climb::Level), 1.4 * 1.316);
        is(capacity_per_s(PassageKind::Stairs, 1.2, Climb::Down), 0.9 * 1.015);
        is(capacity_per_s(PassageKind::Stairs, 1.2, Climb::Up), 0.9 * 0.812);
        is(effective_width_m(PassageKind::Door, 0.4), 0.3);
    }
}
