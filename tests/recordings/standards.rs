//! What standards ask of certified detectors, asked of the shipped rules.

use jikimi::domain::Quantity;
use statrs::distribution::{ContinuousCDF, Normal};

use crate::bench::Bench;

const HALL: (&str, &str) = ("head", "hall");

/// EN 54-5, class A1: rate in K/min, earliest and latest response from 25 °C, seconds.
const A1: [(f64, f64, f64); 6] = [
    (1.0, 1_740.0, 2_420.0),
    (3.0, 433.0, 820.0),
    (5.0, 249.0, 500.0),
    (10.0, 60.0, 260.0),
    (20.0, 30.0, 140.0),
    (30.0, 20.0, 100.0),
];

/// Seconds until air that climbs evenly from 25 °C is found.
fn climbing(mut bench: Bench, kelvin_per_min: f64) -> Option<f64> {
    for half in -240..6_000 {
        let s = f64::from(half) / 2.0;
        bench.read(
            HALL,
            Quantity::Temperature,
            1_000.0 + s,
            25.0 + kelvin_per_min * s.max(0.0) / 60.0,
        );
    }
    bench.started().first().map(|s| s - 1_000.0)
}

#[test]
fn heat_of_class_a1_answers_within_the_times_of_en_54_5() {
    for (suffix, quick) in [("", f64::INFINITY), ("suffix = \"r\"\n", 10.0)] {
        for (rate, earliest, latest) in A1 {
            let rule = format!("response = \"a1\"\n{suffix}hold_s = 4");
            let found = climbing(Bench::new("heat", &rule), rate).unwrap();
            println!(
                "a1{} at {rate} K/min: {found} s, {earliest} to {latest}",
                if suffix.is_empty() { "" } else { "r" }
            );
            assert!((earliest..=latest).contains(&found), "{rate} K/min: {found} s");
            // The height alone is plain arithmetic: 57 °C, and four seconds more.
            if rate < quick && suffix.is_empty() {
                let exact = (32.0 / rate * 60.0 * 2.0).ceil() / 2.0 + 4.0;
                assert!((found - exact).abs() < 1e-9, "{rate} K/min: {found} s and not {exact}");
            }
        }
    }
}

#[test]
fn no_class_answers_below_its_least_or_above_its_greatest_response_temperature() {
    // Class, least and greatest static response temperature, °C.
    let classes = [
        ("a1", 54.0, 65.0),
        ("a2", 54.0, 70.0),
        ("b", 69.0, 85.0),
        ("c", 84.0, 100.0),
        ("d", 99.0, 115.0),
        ("e", 114.0, 130.0),
        ("f", 129.0, 145.0),
        ("g", 144.0, 160.0),
    ];
    for (class, least, greatest) in classes {
        let mut bench =
            Bench::new("heat", &format!("response = \"{class}\"\nsuffix = \"s\"\nhold_s = 0"));
        let mut celsius = least - 30.0;
        while bench.changes.is_empty() {
            celsius += 0.1;
            bench.read(HALL, Quantity::Temperature, celsius * 60.0, celsius);
        }
        assert!((least..=greatest).contains(&celsius), "{class} answers at {celsius} °C");
    }
}

/// EN 54-7: for smoke that grows faster than a quarter of the threshold an hour, compensation may
/// delay the alarm to 1.6 times at most, and 100 s.
#[test]
fn no_smouldering_fire_hides_behind_the_compensation() {
    let threshold = 10.0;
    for per_hour in [2.6, 4.0, 8.0, 20.0, 60.0] {
        let mut bench = Bench::shipped("fire", "fire-smoke");
        // A month of clean air first, and of a chamber that gathers dust.
        let mut s = 0.0;
        while s < 30.0 * 86_400.0 {
            bench.read(HALL, Quantity::Smoke, s, 1.5 * s / (30.0 * 86_400.0));
            s += 600.0;
        }
        let begins = s;
        while bench.changes.is_empty() {
            let smoke = 1.5 + per_hour * (s - begins) / 3_600.0;
            assert!(smoke < 100.0, "{per_hour} %/m an hour is never found");
            bench.read(HALL, Quantity::Smoke, s, smoke);
            s += 5.0;
        }
        let took = bench.started()[0] - begins;
        let limit = 1.6 * threshold / per_hour * 3_600.0 + 100.0;
        println!("{per_hour} %/m an hour: alarm after {took:.0} s, at most {limit:.0}");
        assert!(took <= limit);
    }
}

#[test]
fn dust_alone_rings_nobody_and_is_told_before_it_counts_as_smoke() {
    let (mut alarm, mut dirt) =
        (Bench::shipped("fire", "fire-smoke-thin"), Bench::shipped("devices", "smoke-dirty"));
    // Two %/m in 200 days, a reading each ten minutes.
    for n in 0..200 * 144 {
        let s = f64::from(n) * 600.0;
        let dust = 2.0 * s / (200.0 * 86_400.0);
        alarm.read(HALL, Quantity::Smoke, s, dust);
        dirt.read(HALL, Quantity::Smoke, s, dust);
    }
    assert!(alarm.changes.is_empty());
    println!("told after {:.0} of 200 days", dirt.started()[0] / 86_400.0);
    assert_eq!(dirt.started().len(), 1);
}

/// EN 50291: concentration, no alarm before and an alarm by, minutes.
#[test]
fn carbon_monoxide_alarms_within_the_times_of_en_50291() {
    let limits =
        [(30.0, 120.0, f64::INFINITY), (50.0, 60.0, 90.0), (100.0, 10.0, 40.0), (300.0, 0.0, 3.0)];
    for (ppm, earliest, latest) in limits {
        let mut bench = Bench::shipped("co", "co-alarm");
        for minute in 0..1_000 {
            bench.read(HALL, Quantity::Co, f64::from(minute) * 60.0, ppm);
        }
        let minutes = bench.started()[0] / 60.0;
        println!("{ppm} ppm: alarm after {minutes:.2} min");
        assert!((earliest..=latest).contains(&minutes), "{ppm} ppm: {minutes} min");
        assert_eq!(bench.changes.len(), 1);
    }
    let mut bench = Bench::shipped("co", "co-alarm");
    (0..10_000).for_each(|m| bench.read(HALL, Quantity::Co, f64::from(m) * 60.0, 29.0));
    assert!(bench.changes.is_empty(), "29 ppm alarm");
}

#[test]
fn the_odds_of_a_deviation_are_statrs_normal_tails() {
    let normal = Normal::new(0.0, 1.0).unwrap();
    for tenth in 0..90 {
        let sigmas = f64::from(tenth) / 10.0;
        let (mine, theirs) =
            (libm::erfc(sigmas / std::f64::consts::SQRT_2), 2.0 * normal.sf(sigmas));
        assert!((mine - theirs).abs() <= 1e-9, "{sigmas}: {mine} and not {theirs}");
    }
}
