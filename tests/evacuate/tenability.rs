//! Doses and smoke, against values worked out from the published laws.

use jikimi::evacuate::fed::{Air, FED_MAX, breathing, co_per_min, want_of_oxygen_per_min};
use jikimi::evacuate::smoke::{
    LIGHT_EMITTING, REFLECTING, frantzich_nilsson, fridolf, jin_irritant_m_per_s, jin_m_per_s,
    visibility_m, walking_m_per_s,
};

#[track_caller]
fn is(value: f64, expected: f64, digits: f64) {
    assert!((value - expected).abs() <= digits / 2.0, "{value} instead of {expected}");
}

#[test]
fn carbon_monoxide_has_the_doses_of_the_worked_checks() {
    is(co_per_min(1400.0), 0.0502, 0.0001);
    let air = |co_ppm| Air { co_ppm, ..Air::CLEAN };
    is(air(1400.0).minutes_to(FED_MAX), 5.97, 0.01);
    is(air(1400.0).minutes_to(1.0), 19.9, 0.1);
    is(air(400.0).minutes_to(FED_MAX), 21.9, 0.1);
}

#[test]
fn carbon_dioxide_makes_the_dose_come_sooner_and_so_does_want_of_oxygen() {
    is(breathing(5.0), 2.70, 0.01);
    is(breathing(0.0), 1.0, 0.0);
    // Read as per minute, and not as per second of an hour: 1 / exp(8.13 - 0.54 · 5.9).
    is(want_of_oxygen_per_min(15.0), 0.00713, 0.00001);
    let bad = Air { co_ppm: 1400.0, co2_percent: 5.0, o2_percent: 15.0 };
    is(bad.minutes_to(FED_MAX), 2.1, 0.1);
    assert!(Air::CLEAN.fed_per_min() == 0.0);
}

#[test]
fn a_sign_is_seen_as_far_as_jin_says() {
    is(visibility_m(0.6, REFLECTING), 5.0, 1e-9);
    is(visibility_m(0.8, LIGHT_EMITTING), 10.0, 1e-9);
    assert!(visibility_m(0.0, REFLECTING).is_infinite());
}

#[test]
fn the_speeds_in_smoke_are_those_of_each_law() {
    is(frantzich_nilsson(1.0), 0.919, 0.001);
    is(fridolf(5.0), 0.714, 0.001);
    is(fridolf(f64::INFINITY), 1.0, 0.0);
    for (k, expected) in [(0.0, 1.0), (0.1, 1.0), (0.3, 0.65), (0.5, 0.3), (2.0, 0.3)] {
        is(jin_irritant_m_per_s(k), expected, 1e-9);
    }
    for (k, expected) in [(0.2, 1.0), (0.6, 0.75), (1.0, 0.5), (3.0, 0.3)] {
        is(jin_m_per_s(k), expected, 1e-9);
    }
}

/// The smoke test of the FDS+Evac guide: soot in mg/m³, 8,700 m² of extinction a kilogram, free
/// speed 1.5 m/s.
#[test]
fn the_smoke_test_of_fds_evac_lies_on_its_line() {
    for (soot, expected) in [(0.0, 1.5), (500.0, 0.973), (1000.0, 0.447), (1500.0, 0.15)] {
        let k = 8700.0 * soot * 1e-6;
        is(1.5 * frantzich_nilsson(k), expected, 0.001);
    }
}

#[test]
fn a_time_is_counted_with_the_slowest_law() {
    is(walking_m_per_s(1.2, 0.0), 1.2, 0.0);
    // At K = 0.6 the laws leave 95, 71 and 30 %; the last holds.
    is(walking_m_per_s(1.2, 0.6), 0.3, 1e-9);
    let mut before = 1.2;
    for n in 0..200 {
        let k = f64::from(n) * 0.02;
        let speed = walking_m_per_s(1.2, k);
        assert!(speed <= before && speed <= 1.2 * frantzich_nilsson(k), "K = {k}: {speed}");
        assert!(speed <= 1.2 * fridolf(visibility_m(k, REFLECTING)), "K = {k}: {speed}");
        before = speed;
    }
}
