//! The lives resemble those of another implementation of the same habits: a thousand homes of
//! sixty days, whose figures are kept here.

use super::*;

/// Of each home, a day: what it is, the mean over the other thousand homes, and their spread.
const PER_HOME: [(&str, f64, f64); 12] = [
    ("active slots", 62.0333, 18.35281),
    ("active slots that end with the door", 1.10522, 0.45843),
    ("active slots that begin with the door", 0.96742, 0.45499),
    ("silences from 30 min", 9.43863, 1.95317),
    ("silences from 2 h", 1.94517, 0.57139),
    ("silences from 4 h", 0.70908, 0.385),
    ("silences from 8 h", 0.16528, 0.18043),
    ("share of the time away", 0.12968, 0.0702),
    ("absences", 1.01495, 0.47624),
    ("absences from 18 h", 0.01858, 0.02005),
    ("active slots until 5 h", 3.69462, 3.05812),
    ("active slots from 18 h", 16.53892, 5.7645),
];
/// The share of silences from 30 min that are no longer than so many slots.
const SILENCES: [(usize, f64); 10] = [
    (9, 0.39168),
    (12, 0.54974),
    (18, 0.72098),
    (24, 0.80477),
    (36, 0.88636),
    (48, 0.92739),
    (72, 0.9642),
    (96, 0.98302),
    (120, 0.99356),
    (144, 0.99751),
];
/// The same of absences.
const ABSENCES: [(usize, f64); 11] = [
    (3, 0.0377),
    (6, 0.12275),
    (12, 0.30611),
    (18, 0.44917),
    (24, 0.55183),
    (36, 0.71751),
    (48, 0.84564),
    (72, 0.93528),
    (144, 0.98161),
    (300, 0.98402),
    (600, 0.99245),
];
const OTHERS: f64 = 1_000.0;
const HOMES: u64 = 300;
const DAYS: usize = 60;

/// The lengths of what lies between.
fn runs(inside: impl Iterator<Item = bool>) -> Vec<usize> {
    let mut runs = vec![0];
    for inside in inside {
        match (inside, runs.last_mut()) {
            (true, Some(run)) => *run += 1,
            _ => runs.push(0),
        }
    }
    runs.retain(|run| *run > 0);
    runs
}

/// Silences between two active slots.
fn silences(life: &Life) -> Vec<usize> {
    let first = life.slots.iter().position(|slot| slot.active).unwrap();
    let last = life.slots.iter().rposition(|slot| slot.active).unwrap();
    runs(life.slots[first..=last].iter().map(|slot| !slot.active))
}

fn figures(life: &Life) -> [f64; 12] {
    let a_day = |count: usize| count as f64 / DAYS as f64;
    let slots = |wanted: fn(&Slot) -> bool| a_day(life.slots.iter().filter(|s| wanted(s)).count());
    let between = |from: usize, to: usize| {
        let days = life.slots.chunks(SLOTS_PER_DAY);
        a_day(days.map(|day| day[from..to].iter().filter(|slot| slot.active).count()).sum())
    };
    let silences = silences(life);
    let longer = |least: usize| a_day(silences.iter().filter(|slots| **slots >= least).count());
    let absences = runs(life.slots.iter().map(|slot| slot.away));
    [
        slots(|slot| slot.active),
        slots(|slot| slot.active && slot.door_last),
        slots(|slot| slot.active && slot.door_first),
        longer(6),
        longer(24),
        longer(48),
        longer(96),
        slots(|slot| slot.away) / SLOTS_PER_DAY as f64,
        a_day(absences.len()),
        a_day(absences.iter().filter(|slots| **slots >= 216).count()),
        between(0, 60),
        between(216, 288),
    ]
}

#[test]
fn lives_are_those_of_the_other_implementation_in_gaps_and_absences() {
    let mut sums = [0.0; 12];
    let (mut silent, mut away) = (Vec::new(), Vec::new());
    for seed in 0..HOMES {
        let life = live(7_000_000 + seed, DAYS);
        for (sum, figure) in sums.iter_mut().zip(figures(&life)) {
            *sum += figure;
        }
        silent.extend(silences(&life).into_iter().filter(|slots| *slots >= 6));
        away.extend(runs(life.slots.iter().map(|slot| slot.away)));
    }
    for ((name, mean, spread), sum) in PER_HOME.into_iter().zip(sums) {
        let ours = sum / HOMES as f64;
        let error = spread * (1.0 / OTHERS + 1.0 / HOMES as f64).sqrt();
        println!(
            "{name}: {ours:.4}, there {mean:.4}: {:+.1} standard errors",
            (ours - mean) / error
        );
        assert!((ours - mean).abs() < 4.0 * error, "{name}: {ours} {mean}");
    }
    for (lengths, shares) in [(&silent, &SILENCES[..]), (&away, &ABSENCES[..])] {
        for (slots, share) in shares {
            let ours = lengths.iter().filter(|length| *length <= slots).count() as f64
                / lengths.len() as f64;
            println!("at most {slots} slots: {ours:.4}, there {share:.4}");
            assert!((ours - share).abs() < 0.015, "{slots} slots: {ours} {share}");
        }
    }
}

#[test]
fn the_same_seed_is_the_same_life() {
    assert_eq!(live(5, 10).slots, live(5, 10).slots);
    assert_ne!(live(5, 10).slots, live(6, 10).slots);
}
