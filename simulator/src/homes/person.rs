//! One person who lives alone, as habits in numbers.
//!
//! Every number here is an assumption and not a measurement: wide enough that no two homes are
//! alike, and in the range of what case files and sleep studies describe.

use super::chance::Chance;

#[derive(Debug, Clone)]
pub struct Person {
    /// Hours of the clock; both drift from day to day.
    pub wakes_h: f64,
    pub sleeps_h: f64,
    pub wakes_spread_h: f64,
    pub sleeps_spread_h: f64,
    /// Ways to the bathroom a night.
    pub night_trips: f64,
    /// Movements in bed an hour that a motion sensor sees.
    pub seen_in_bed_per_h: f64,
    /// A quiet while is log-normal: its median in slots, and its spread.
    pub quiet_slots: f64,
    pub quiet_spread: f64,
    pub active_slots: f64,
    pub naps: f64,
    pub outings_a_day: f64,
    pub outing_h: f64,
    /// Nights away from home, a day.
    pub nights_away: f64,
    /// How often the exit door is missed.
    pub door_missed: f64,
    /// Pulses of the motion sensor in an empty home, a slot.
    pub phantoms: f64,
    pub falls_ill: f64,
    /// Visitors a day.
    pub visitors: f64,
    pub weekend_later_h: f64,
    /// The chance that somebody active is seen by a motion sensor in a slot.
    pub coverage: f64,
    /// A job in the morning: from when and for how long.
    pub job_h: Option<(f64, f64)>,
}

impl Person {
    pub fn draw(chance: &mut Chance) -> Self {
        let wakes_h = chance.normal(6.25, 1.0);
        let sleeps_h = chance.normal(22.0, 1.0);
        let wakes_spread_h = chance.uniform(0.25, 1.0);
        let sleeps_spread_h = chance.uniform(0.25, 0.9);
        let night_trips = chance.gamma_2(0.75);
        let seen_in_bed_per_h = [0.0, 0.0, 0.3, 1.5][chance.whole(0, 4)];
        Self {
            wakes_h,
            sleeps_h,
            wakes_spread_h,
            sleeps_spread_h,
            night_trips,
            seen_in_bed_per_h,
            quiet_slots: chance.uniform(1.5, 5.0),
            quiet_spread: chance.uniform(0.9, 1.2),
            active_slots: chance.uniform(2.0, 5.0),
            naps: chance.uniform(0.0, 0.6),
            outings_a_day: chance.uniform(0.2, 1.6),
            outing_h: chance.uniform(0.7, 2.5),
            nights_away: chance.uniform(0.0, 1.2) / 30.0,
            door_missed: chance.uniform(0.01, 0.08),
            phantoms: chance.uniform(0.0, 0.01) / 12.0,
            falls_ill: 1.0 / chance.uniform(40.0, 120.0),
            visitors: chance.uniform(0.0, 4.0) / 7.0,
            weekend_later_h: chance.uniform(0.0, 1.0),
            coverage: chance.uniform(0.35, 1.0),
            job_h: chance
                .happens(0.25)
                .then(|| (chance.uniform(8.0, 10.5), chance.uniform(2.5, 4.5))),
        }
    }
}
