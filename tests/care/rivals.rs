//! What a simpler rule would do in the same homes: a fixed limit, one that knows the exit door,
//! and an alert line (the longest silence of the last sixty days, by the half hour of the clock).

use jikimi_sim::homes::Slot;

use crate::fleet::{FOLLOWED, Home, Outcome};

const DAY: usize = 288;
/// A silence after the exit door is given so long.
const AWAY: i64 = 576;

#[derive(Clone, Copy, Debug)]
pub enum Rule {
    Fixed {
        slots: i64,
        knows_the_door: bool,
    },
    /// The share of days whose silences stay below the line, and what is added to it.
    Line {
        quantile: f64,
        margin: f64,
    },
}

/// How old the silence is in each slot, and whether it began with the door.
struct Silences {
    age: Vec<i64>,
    door: Vec<bool>,
}

impl Silences {
    fn of(slots: &[Slot]) -> Self {
        let (mut age, mut door) = (Vec::new(), Vec::new());
        let (mut passed, mut by_door) = (0, false);
        for slot in slots {
            passed += 1;
            if slot.active {
                (passed, by_door) = (0, slot.door_last);
            }
            age.push(passed);
            door.push(by_door);
        }
        Self { age, door }
    }
}

impl Rule {
    pub fn over(self, homes: &[Home], from_day: usize, deaths_a_day: usize, seed: u64) -> Outcome {
        let mut all = Outcome::default();
        for (number, home) in homes.iter().enumerate() {
            let deaths = home.deaths(seed + number as u64, from_day, deaths_a_day);
            let silences = Silences::of(&home.slots);
            let mut outcome = match self {
                Self::Fixed { slots, knows_the_door } => {
                    let limit = |door| if knows_the_door && door { slots.max(AWAY) } else { slots };
                    fixed(&silences, from_day, limit, &deaths)
                }
                Self::Line { quantile, margin } => {
                    line(&silences, from_day, quantile, margin, &deaths)
                }
            };
            outcome.home_days = home.days - from_day;
            all.add(outcome);
        }
        all
    }
}

fn fixed(
    silences: &Silences,
    from_day: usize,
    limit: impl Fn(bool) -> i64,
    deaths: &[i64],
) -> Outcome {
    let mut outcome = Outcome::default();
    let slots = silences.age.iter().zip(&silences.door).skip(from_day * DAY);
    outcome.alarms = slots.filter(|(age, door)| **age == limit(**door)).count();
    for death in deaths {
        let slot = *death as usize;
        let left = limit(silences.door[slot]) - silences.age[slot];
        outcome.delays.push(left.max(0));
        outcome.at_home.push(!silences.door[slot]);
    }
    outcome
}

fn line(
    silences: &Silences,
    from_day: usize,
    quantile: f64,
    margin: f64,
    deaths: &[i64],
) -> Outcome {
    let days = silences.age.len() / DAY;
    let mut longest = vec![[[0_i64; 48]; 2]; days];
    let mut outcome = Outcome::default();
    let mut deaths = deaths.iter().peekable();
    let (mut line, mut ringing) = ([[0_i64; 48]; 2], false);
    for day in 0..days {
        if day > 0 {
            line = drawn(&longest[day.saturating_sub(60)..day], quantile);
        }
        // Half an hour at least, two days after the door.
        let limit = |door: bool, slot: usize| {
            let drawn = line[usize::from(door)][slot % DAY / 6] as f64 * (1.0 + margin);
            drawn.max(12.0).max(if door { 288.0 } else { 0.0 })
        };
        for slot in day * DAY..(day + 1) * DAY {
            let (age, door) = (silences.age[slot], silences.door[slot]);
            if age == 0 {
                ringing = false;
            } else if !ringing && age as f64 > limit(door, slot) {
                ringing = true;
                outcome.alarms += usize::from(day >= from_day);
            }
            let cell = &mut longest[day][usize::from(door)][slot % DAY / 6];
            *cell = (*cell).max(age);
        }
        while let Some(death) = deaths.next_if(|death| (**death as usize) < (day + 1) * DAY) {
            let slot = *death as usize;
            let (age, door) = (silences.age[slot], silences.door[slot]);
            let rings = |later: &i64| {
                let age = age + later;
                age > 0 && age as f64 > limit(door, slot + *later as usize)
            };
            outcome.delays.push((0..FOLLOWED).find(rings).unwrap_or(FOLLOWED));
            outcome.at_home.push(!door);
        }
    }
    outcome
}

fn drawn(days: &[[[i64; 48]; 2]], quantile: f64) -> [[i64; 48]; 2] {
    let mut raw = [[0; 48]; 2];
    for (door, row) in raw.iter_mut().enumerate() {
        for (bin, cell) in row.iter_mut().enumerate() {
            let mut ages: Vec<i64> = days.iter().map(|day| day[door][bin]).collect();
            ages.sort_unstable();
            let rank = (quantile * ages.len() as f64).ceil() as usize;
            *cell = ages[rank.max(1).min(ages.len()) - 1];
        }
    }
    raw.map(|row| {
        std::array::from_fn(|bin| row[bin].max(row[(bin + 47) % 48]).max(row[(bin + 1) % 48]))
    })
}

/// The setting with the shortest median delay among those within the budget; chosen on the very
/// homes it is judged on, which favours it.
pub fn best(
    rules: impl Iterator<Item = Rule>,
    homes: &[Home],
    from_day: usize,
    budget: f64,
) -> Option<(Rule, Outcome)> {
    let outcomes = rules.map(|rule| (rule, rule.over(homes, from_day, 2, 1)));
    let within = outcomes.filter(|(_, outcome)| outcome.false_per_month() <= budget);
    within.min_by(|(_, a), (_, b)| a.delay_h(0.5).total_cmp(&b.delay_h(0.5)))
}
