//! How likely a silence is to end now: by how it began, how long it has lasted, and the hour.
//!
//! Counts become hazards in two steps. The fleet's counts are pooled, each cell leaning on its
//! (kind, age) margin. A home's counts lean on the fleet's table: first one factor per kind and
//! age (a gamma frailty), then cell by cell (gamma-Poisson). No home may teach the model that
//! hours of silence in the middle of the day are normal: at home a long silence keeps three
//! quarters of the fleet's hazard.

use serde::{Deserialize, Serialize};

use super::slot::Slot;

/// Silences count from half an hour on; below it they are pauses.
pub const SCORED_FROM: i64 = 6;
pub const KINDS: usize = 2;
pub const AGES: usize = 6;
pub const HOURS: usize = 24;
/// The first age of each class but the first, in slots: 1, 2, 4, 8 and 16 hours.
const AGE_STEPS: [i64; AGES - 1] = [12, 24, 48, 96, 192];
/// The first class of age in which a home at home is held to the fleet's hazard: from 2 h.
const BOUNDED_FROM: usize = 2;

/// One number per kind of silence, class of age and hour of the clock.
pub type Cells<T> = [[[T; HOURS]; AGES]; KINDS];

/// How a silence began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    #[default]
    Home,
    /// With the exit door: whoever left by it is probably out.
    Away,
}

impl Kind {
    #[must_use]
    pub fn index(self) -> usize {
        match self {
            Self::Home => 0,
            Self::Away => 1,
        }
    }
}

/// The class of a silence so many slots old.
#[must_use]
pub fn age_class(age: i64) -> usize {
    AGE_STEPS.iter().take_while(|step| age >= **step).count()
}

/// The age at which the next class begins; the last has no end.
#[must_use]
pub fn next_age_class(age: i64) -> Option<i64> {
    AGE_STEPS.into_iter().find(|step| *step > age)
}

/// Slots at risk, and silences that ended in them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    ended: Cells<f32>,
    at_risk: Cells<f32>,
}

impl Default for Counts {
    fn default() -> Self {
        Self { ended: [[[0.0; HOURS]; AGES]; KINDS], at_risk: [[[0.0; HOURS]; AGES]; KINDS] }
    }
}

impl Counts {
    /// A silence of this kind was so old in this slot, and could have ended in it.
    pub fn risk(&mut self, kind: Kind, age: i64, slot: Slot) {
        self.at_risk[kind.index()][age_class(age)][slot.hour()] += 1.0;
    }

    /// It did end in it.
    pub fn end(&mut self, kind: Kind, age: i64, slot: Slot) {
        self.ended[kind.index()][age_class(age)][slot.hour()] += 1.0;
    }

    /// What is older counts for less.
    pub fn fade(&mut self, factor: f64) {
        for cells in [&mut self.ended, &mut self.at_risk] {
            for cell in cells.iter_mut().flatten().flatten() {
                *cell = narrow(f64::from(*cell) * factor);
            }
        }
    }

    /// Adds another home's.
    pub fn add(&mut self, other: &Self) {
        let pairs = [(&mut self.ended, &other.ended), (&mut self.at_risk, &other.at_risk)];
        for (mine, theirs) in pairs {
            let theirs = theirs.iter().flatten().flatten();
            for (mine, theirs) in mine.iter_mut().flatten().flatten().zip(theirs) {
                *mine += *theirs;
            }
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "counts are kept in single precision")]
pub fn narrow(value: f64) -> f32 {
    value as f32
}

/// Each hour with a quarter of each of its neighbours.
fn smooth(row: &[f32; HOURS]) -> [f64; HOURS] {
    let at = |hour: usize| f64::from(row[hour % HOURS]);
    std::array::from_fn(|hour| 0.5 * at(hour) + 0.25 * at(hour + HOURS - 1) + 0.25 * at(hour + 1))
}

/// A table, row by row.
fn cells<T>(row: impl Fn(usize, usize) -> [T; HOURS]) -> Cells<T> {
    std::array::from_fn(|kind| std::array::from_fn(|age| row(kind, age)))
}

fn sum(row: &[f32; HOURS]) -> f64 {
    row.iter().map(|count| f64::from(*count)).sum()
}

/// The hazard of the whole fleet, which a home starts from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FleetTable {
    pub hazard: Cells<f64>,
}

impl FleetTable {
    /// Pools the counts of many homes.
    #[must_use]
    pub fn fit(counts: &Counts) -> Self {
        /// So many slots of its margin are added to each cell.
        const PSEUDO_SLOTS: f64 = 50.0;
        let row = |kind: usize, age: usize| -> [f64; HOURS] {
            let (ended, at_risk) = (&counts.ended[kind][age], &counts.at_risk[kind][age]);
            let margin = (sum(ended) + 0.5) / (sum(at_risk) + 50.0);
            let (ended, at_risk) = (smooth(ended), smooth(at_risk));
            std::array::from_fn(|hour| {
                (PSEUDO_SLOTS * margin + ended[hour]) / (PSEUDO_SLOTS + at_risk[hour])
            })
        };
        let hazard = cells(row);
        Self { hazard }
    }
}

/// How strongly a home leans on the fleet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shrinkage {
    /// Pseudo-endings of the factor per kind and age.
    pub frailty: f64,
    /// Pseudo-slots of each cell.
    pub cell: f64,
    /// The share of the fleet's hazard that a long silence at home keeps at least.
    pub bound: f64,
}

impl Default for Shrinkage {
    fn default() -> Self {
        Self { frailty: 10.0, cell: 20.0, bound: 0.75 }
    }
}

/// What one silent slot adds to a silence's score: −ln(1 − hazard), for one home on one day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weights(Cells<f32>);

impl Default for Weights {
    fn default() -> Self {
        Self([[[0.0; HOURS]; AGES]; KINDS])
    }
}

impl Weights {
    #[must_use]
    pub fn of(counts: &Counts, fleet: &FleetTable, shrinkage: Shrinkage) -> Self {
        Self(cells(|kind, age| {
            let hazard = hazards(counts, fleet, shrinkage, kind, age);
            hazard.map(|h| narrow(-libm::log(1.0 - h)))
        }))
    }

    #[must_use]
    pub fn at(&self, kind: Kind, age: i64, slot: Slot) -> f64 {
        f64::from(self.0[kind.index()][age_class(age)][slot.hour()])
    }
}

fn hazards(
    counts: &Counts,
    fleet: &FleetTable,
    shrinkage: Shrinkage,
    kind: usize,
    age: usize,
) -> [f64; HOURS] {
    const BELIEVABLE: [f64; 2] = [1e-5, 0.98];
    let base = &fleet.hazard[kind][age];
    let (ended, at_risk) = (&counts.ended[kind][age], &counts.at_risk[kind][age]);
    let expected: f64 = at_risk.iter().zip(base).map(|(x, h0)| f64::from(*x) * h0).sum();
    let factor = (shrinkage.frailty + sum(ended)) / (shrinkage.frailty + expected);
    let factor = factor.clamp(0.01, 100.0);
    let (ended, at_risk) = (smooth(ended), smooth(at_risk));
    std::array::from_fn(|hour| {
        let prior = (factor * base[hour]).min(0.9);
        let own = (shrinkage.cell * prior + ended[hour]) / (shrinkage.cell + at_risk[hour]);
        let bounded = kind == Kind::Home.index() && age >= BOUNDED_FROM;
        let least = if bounded { shrinkage.bound * base[hour] } else { 0.0 };
        own.max(least).clamp(BELIEVABLE[0], BELIEVABLE[1])
    })
}
