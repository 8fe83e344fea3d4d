//! What holds of every detector, on random input: one opinion per excursion, silence below where
//! it stops, and a restart anywhere changes nothing.

use jikimi::detect::{Turn, Wave};
use jikimi::domain::{DeviceId, Quantity};

use crate::bench::{Bench, at_s};
use crate::lab::Rng;

/// A rule, what it is fed, from where to where, and up to where it must be silent.
struct Case {
    file: &'static str,
    rule: &'static str,
    feeds: &'static [Feed],
    every_s: f64,
}

struct Feed {
    quantity: Quantity,
    device: &'static str,
    place: &'static str,
    range: (f64, f64),
    /// Between two readings.
    step: f64,
    quiet: f64,
}

const fn feed(
    quantity: Quantity,
    device: &'static str,
    range: (f64, f64),
    step: f64,
    quiet: f64,
) -> Feed {
    Feed { quantity, device, place: "hall", range, step, quiet }
}

const CASES: &[Case] = &[
    Case {
        file: "fire",
        rule: "fire-heat",
        every_s: 2.0,
        feeds: &[feed(Quantity::Temperature, "a", (15.0, 90.0), 6.0, 50.0)],
    },
    Case {
        file: "fire",
        rule: "fire-heat-warning",
        every_s: 5.0,
        feeds: &[feed(Quantity::Temperature, "a", (15.0, 70.0), 4.0, 24.9)],
    },
    Case {
        file: "fire",
        rule: "fire-smoke",
        every_s: 4.0,
        feeds: &[feed(Quantity::Smoke, "a", (0.0, 20.0), 3.0, 5.0)],
    },
    Case {
        file: "devices",
        rule: "smoke-dirty",
        every_s: 3_600.0,
        feeds: &[feed(Quantity::Smoke, "a", (0.0, 4.0), 0.2, 1.3)],
    },
    Case {
        file: "co",
        rule: "co-alarm",
        every_s: 60.0,
        feeds: &[feed(Quantity::Co, "a", (0.0, 400.0), 60.0, 29.0)],
    },
    Case {
        file: "gas",
        rule: "gas-alarm",
        every_s: 2.0,
        feeds: &[feed(Quantity::Gas, "a", (0.0, 30.0), 5.0, 9.9)],
    },
    Case {
        file: "fire",
        rule: "fire-signs",
        every_s: 5.0,
        feeds: &[
            feed(Quantity::Smoke, "a", (0.0, 12.0), 2.0, 4.9),
            feed(Quantity::Temperature, "b", (18.0, 40.0), 1.5, 18.5),
            feed(Quantity::Co, "c", (0.0, 60.0), 8.0, 29.0),
        ],
    },
    Case {
        file: "flood",
        rule: "flood-watch",
        every_s: 60.0,
        feeds: &[
            feed(Quantity::WaterLevel, "a", (0.0, 30.0), 2.0, 0.9),
            feed(Quantity::WaterLevel, "b", (0.0, 30.0), 2.0, 0.9),
            feed(Quantity::FloatSwitch, "c", (0.0, 1.0), 1.0, 0.0),
        ],
    },
    Case {
        file: "flood",
        rule: "flood-level",
        every_s: 60.0,
        feeds: &[
            feed(Quantity::WaterLevel, "a", (0.0, 30.0), 2.0, 4.9),
            feed(Quantity::WaterLevel, "b", (0.0, 30.0), 2.0, 4.9),
        ],
    },
    Case {
        file: "flood",
        rule: "flood-gauge-drawn",
        every_s: 60.0,
        feeds: &[feed(Quantity::WaterLevel, "a", (0.0, 200.0), 9.0, 9.0)],
    },
    Case {
        file: "mains",
        rule: "blackout-mains",
        every_s: 2.0,
        feeds: &[
            Feed { place: "b1", ..feed(Quantity::Mains, "a", (0.0, 1.0), 1.0, 1.0) },
            Feed { place: "1f", ..feed(Quantity::Mains, "b", (0.0, 1.0), 1.0, 1.0) },
            Feed { place: "2f", ..feed(Quantity::Mains, "c", (0.0, 1.0), 1.0, 1.0) },
        ],
    },
];

/// A walk between two ends, now and then along a straight line. Flags are thrown.
fn walk(feed: &Feed, count: usize, quiet: bool, rng: &mut Rng) -> Vec<f64> {
    let (low, mut high) = feed.range;
    let flag = matches!(feed.quantity, Quantity::Mains | Quantity::FloatSwitch);
    if quiet {
        high = feed.quiet;
    }
    let (mut value, mut drift) = (rng.within(low, high), None);
    (0..count)
        .map(|_| {
            if flag {
                if rng.below(6) == 0 {
                    value = f64::from(u8::from(rng.below(2) == 0));
                }
                return match (quiet, feed.quantity) {
                    (true, Quantity::Mains) => 1.0,
                    (true, _) => 0.0,
                    _ => value.round(),
                };
            }
            if rng.below(25) == 0 {
                drift = drift.is_none().then(|| rng.within(-feed.step, feed.step));
            }
            value += drift.unwrap_or_else(|| rng.within(-feed.step, feed.step));
            value = value.clamp(low, high);
            value
        })
        .collect()
}

fn play(case: &Case, seed: u64, quiet: bool, restarts: bool) -> Bench {
    let mut rng = Rng(seed);
    let mut bench = Bench::shipped(case.file, case.rule);
    bench.restarts = restarts;
    let walks: Vec<Vec<f64>> =
        case.feeds.iter().map(|feed| walk(feed, 300, quiet, &mut rng)).collect();
    let mut s = 0.0;
    for n in 0..300 {
        s += case.every_s * rng.within(0.4, 1.6);
        for (feed, walk) in case.feeds.iter().zip(&walks) {
            bench.read((feed.device, feed.place), feed.quantity, s, walk[n]);
        }
    }
    bench
}

#[test]
fn one_opinion_per_excursion_and_a_restart_anywhere_changes_nothing() {
    for case in CASES {
        let (mut starts, mut stops) = (0, 0);
        for seed in 0..60 {
            let bench = play(case, seed, false, false);
            let mut stands = false;
            let mut last = f64::NEG_INFINITY;
            for (turn, s) in bench.turns() {
                assert_eq!(stands, turn != Turn::Started, "{} seed {seed}: {turn:?}", case.rule);
                assert!(s >= last, "{} seed {seed}: time goes back", case.rule);
                (stands, last) = (turn != Turn::Stopped, s);
                starts += usize::from(turn == Turn::Started);
                stops += usize::from(turn == Turn::Stopped);
            }
            let restarted = play(case, seed, false, true);
            assert_eq!(bench.changes, restarted.changes, "{} seed {seed}", case.rule);
            assert_eq!(bench.state, restarted.state, "{} seed {seed}", case.rule);
        }
        println!("{}: {starts} excursions, {stops} over", case.rule);
        assert!(starts > 0, "{} never spoke", case.rule);
    }
}

#[test]
fn below_where_it_stops_every_detector_is_silent() {
    for case in CASES {
        for seed in 0..60 {
            let bench = play(case, seed, true, false);
            assert!(bench.changes.is_empty(), "{} seed {seed}: {:?}", case.rule, bench.changes);
        }
    }
}

/// Bursts on one storey or on all, with pauses.
fn tremble(seed: u64, restarts: bool, everywhere: bool) -> (Bench, usize) {
    let mut rng = Rng(seed);
    let mut bench = Bench::shipped("earthquake", "earthquake-shaking");
    bench.restarts = restarts;
    let mut quakes = 0;
    let mut strength = 0.0;
    for second in 0..900_u32 {
        if second % 150 == 60 {
            strength = rng.within(15.0, 120.0);
            quakes += 1;
        }
        strength *= 0.8;
        for storey in ["b1", "1f", "3f"] {
            let device: DeviceId = format!("acc-{storey}").parse().unwrap();
            let shakes = if everywhere || storey == "1f" { strength } else { 0.0 };
            let mut axis = || -> Vec<f32> {
                (0..50_u16)
                    .map(|n| {
                        let t = f64::from(second) + f64::from(n) / 50.0;
                        let motion = shakes * (std::f64::consts::TAU * 3.0 * t).sin();
                        #[expect(clippy::cast_possible_truncation, reason = "as on the wire")]
                        let felt = (motion + 0.1 * rng.normal()) as f32;
                        felt
                    })
                    .collect()
            };
            let (x, y, z) = (axis(), axis(), axis());
            let at = at_s(f64::from(second));
            bench.shake(storey, &Wave { device: &device, at, rate_hz: 50.0, x: &x, y: &y, z: &z });
        }
    }
    (bench, quakes)
}

#[test]
fn every_quake_is_one_opinion_that_ends_and_a_restart_changes_nothing() {
    for seed in 0..4 {
        let (bench, quakes) = tremble(seed, false, true);
        let turns = bench.turns();
        let count = |wanted: Turn| turns.iter().filter(|(turn, _)| *turn == wanted).count();
        assert_eq!((count(Turn::Started), count(Turn::Stopped)), (quakes, quakes), "{turns:?}");
        let (restarted, _) = tremble(seed, true, true);
        assert_eq!(bench.changes, restarted.changes);
        let (alone, _) = tremble(seed, false, false);
        assert!(alone.changes.is_empty(), "one storey is no building");
    }
}
