//! How many people are where (재실 인원): what the site's file says, else a usual density of the
//! kind of zone.
//!
//! Of that a weekly schedule leaves a share, where the zone has one. What a sensor counts is
//! better than all of it.

use std::collections::BTreeMap;

use crate::domain::time::Timestamp;
use crate::domain::{Content, Message, Point, Quantity, Site, Value, Zone, ZoneId, ZoneKind};

/// Persons per m² of a kind of zone. From the occupant load factors of the Korean fire code for
/// sizing escape equipment (소방시설법 시행령 별표 7, 수용인원: an office-like room 1 per 3 m², an
/// assembly hall 1 per 4.6 m² of floor), taken for the room and the hall; a kitchen like a room;
/// parking and plant as rarely visited, ours: 1 per 30 m² and 1 per 100 m². Circulation counts as
/// empty, since whoever walks there has been counted in a room.
fn usual_per_m2(kind: ZoneKind) -> f64 {
    match kind {
        ZoneKind::Room | ZoneKind::Kitchen => 1.0 / 3.0,
        ZoneKind::Hall => 1.0 / 4.6,
        ZoneKind::Parking => 1.0 / 30.0,
        ZoneKind::Plant => 1.0 / 100.0,
        ZoneKind::Corridor
        | ZoneKind::Stairwell
        | ZoneKind::Lift
        | ZoneKind::Refuge
        | ZoneKind::Outside => 0.0,
    }
}

/// A wheelchair place and room to turn into it, in m²: 0.8 by 1.2 m for each place of a refuge
/// (as building codes ask for), three times over for those who stand beside it and the way in.
const REFUGE_PLACE_M2: f64 = 3.0;

/// How many people are in a zone as long as nobody has counted them.
#[must_use]
pub fn usual(zone: &Zone) -> f64 {
    let by_area = || (area_m2(&zone.polygon) * usual_per_m2(zone.kind)).ceil();
    zone.people.map_or_else(by_area, f64::from)
}

/// How many people a message says are in its device's zone, if it counts any.
#[must_use]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped just here")]
pub fn counted(message: &Message) -> Option<u32> {
    let Content::Readings(readings) = &message.content else { return None };
    let people = readings.iter().rev().find_map(|reading| match reading {
        (Quantity::Occupancy, Value::Number(people)) => Some(*people),
        _ => None,
    });
    people.map(|people| people.round().clamp(0.0, 100_000.0) as u32)
}

/// How many are where at a moment, as far as it is not the usual: whom sensors have counted, else
/// what a schedule leaves of the usual.
#[must_use]
pub fn expected(
    site: &Site,
    counted: &BTreeMap<ZoneId, u32>,
    now: Timestamp,
) -> BTreeMap<ZoneId, f64> {
    let scheduled = site.crowd.schedules.keys().filter_map(|id| site.zones.get(id));
    let share = |zone: &Zone| (zone.id.clone(), usual(zone) * site.crowd.share(&zone.id, now));
    let mut people: BTreeMap<ZoneId, f64> = scheduled.map(share).collect();
    let counted = counted.iter();
    people.extend(counted.map(|(zone, people)| (zone.clone(), f64::from(*people))));
    people
}

/// How many a refuge takes: as its file says, else by its floor, and at least one.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a floor of at least one place, and no floor has 2^32"
)]
pub fn places(zone: &Zone) -> u32 {
    if zone.kind != ZoneKind::Refuge {
        return 0;
    }
    let by_area = (area_m2(&zone.polygon) / REFUGE_PLACE_M2).floor().max(1.0);
    zone.places.unwrap_or(by_area as u32)
}

/// The floor inside an outline; 0 if nobody drew it.
#[must_use]
pub fn area_m2(outline: &[Point]) -> f64 {
    let next = outline.iter().cycle().skip(1);
    let twice: f64 = outline.iter().zip(next).map(|(from, to)| from.x * to.y - to.x * from.y).sum();
    twice.abs() / 2.0
}
