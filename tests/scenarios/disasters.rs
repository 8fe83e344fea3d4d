//! Heat by its class, smoke less its dust, poisoned air, gas, water, and the supply: for each a
//! day that must alarm, and one that must not.

use std::fmt::Write as _;

use jikimi::domain::{Content, Input, Quantity, Value};
use jikimi::evacuate::Hazards;

use crate::play::play;
use crate::world::{Shell, at_ms, guided, message};

const HEAT: &str = r#"
    [[rule]]
    id = "heat"
    kind = "fire"
    detector = "heat"
    response = "a1"
    suffix = "r"
    hold_s = 4
"#;

#[test]
fn a_room_that_smoulders_up_to_57_degrees_is_a_fire() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 40
        08:20:00  heat-hall temperature 56.9
        08:25:00  heat-hall temperature 57
        08:25:04  → fire critical main heat-hall @08:25:04
        08:40:00  heat-hall temperature 50.1
        08:41:00  heat-hall temperature 50    → cleared
        ",
    );
}

#[test]
fn one_hot_sample_of_a_broken_sensor_is_no_fire() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 22
        08:00:02  heat-hall temperature 22.5
        08:10:00  heat-hall temperature 58
        08:10:02  heat-hall temperature 23
        09:00:00
        ",
    );
}

#[test]
fn height_joins_a_rise_and_both_must_end() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 30
        08:00:30  heat-hall temperature 39    → fire critical
        08:01:00  heat-hall temperature 60
        08:01:04  → fire grows
        08:30:00  heat-hall temperature 45
        08:31:00  heat-hall temperature 37    → cleared
        ",
    );
}

const SMOKE: &str = r#"
    [[rule]]
    id = "smoke"
    kind = "fire"
    quantity = "smoke"
    detector = "smoke"
    unit = "percent-per-metre"
    start = 10
    stop = 7
    hold_s = 30
    follow_h = 24
    compensation_max = 2
"#;

#[test]
fn thick_smoke_that_stays_is_a_fire_and_a_puff_is_not() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 25
        08:00:29  smoke-hall smoke 6
        09:00:00  smoke-hall smoke 11
        09:00:20  smoke-hall smoke 8
        09:00:30  → fire critical main smoke-hall
        09:10:00  smoke-hall smoke 7  → cleared
        ",
    );
}

#[test]
fn a_fire_that_smoulders_for_half_a_day_is_found_all_the_same() {
    let mut day = String::new();
    for minute in 0..719 {
        let (hour, rest) = (8 + minute / 60, minute % 60);
        let smoke = f64::from(minute) / 60.0;
        let _ = writeln!(day, "{hour:02}:{rest:02}  smoke-hall smoke {smoke}");
    }
    let shell = play_until_the_first_word(SMOKE, &day);
    assert_eq!(shell.ledger.opened().len(), 1);
}

/// Plays readings without saying when they are to be heard.
fn play_until_the_first_word(rules: &str, day: &str) -> Shell {
    let mut shell = Shell::new(crate::world::center(rules));
    for line in day.lines() {
        let mut words = line.split_whitespace();
        let (time, device) = (words.next().unwrap(), words.next().unwrap());
        let (hour, minute) = time.split_once(':').unwrap();
        let at: i64 = hour.parse::<i64>().unwrap() * 3_600 + minute.parse::<i64>().unwrap() * 60;
        let value: f64 = words.nth(1).unwrap().parse().unwrap();
        let content = Content::Readings(vec![(Quantity::Smoke, Value::Number(value))]);
        let at = at_ms(at * 1_000);
        shell.take(at, &Input::Message(message(device, at, line.to_owned(), content)));
    }
    shell
}

const CO: &str = r#"
    [[rule]]
    id = "co"
    kind = "co"
    detector = "dose"
    steps = [
        { ppm = 30, after_min = 150 },
        { ppm = 50, after_min = 75 },
        { ppm = 100, after_min = 25 },
        { ppm = 300, after_min = 2 },
    ]
    stop_ppm = 15
    half_life_min = 320
    carry_s = 900
"#;

#[test]
fn much_for_a_short_time_and_little_for_a_long_time_are_both_poison() {
    play(
        CO,
        "
        08:00:00  co-hall co 300
        08:02:00  → co critical main co-hall @08:02:00
        08:10:00  co-hall co 15    → cleared
        ",
    );
    play(
        CO,
        "
        08:00  co-hall co 50
        08:15  co-hall co 50
        08:30  co-hall co 50
        08:45  co-hall co 50
        09:00  co-hall co 50
        09:15  → co critical main co-hall @09:15:00
        ",
    );
}

#[test]
fn a_passing_car_and_a_sensor_that_falls_silent_are_no_poison() {
    play(
        CO,
        "
        08:00:00  co-hall co 200
        08:01:00  co-hall co 5
        09:00:00  co-hall co 60
        20:00:00
        ",
    );
}

const GAS: &str = r#"
    [[rule]]
    id = "gas"
    kind = "gas"
    quantity = "gas"
    detector = "gas"
    unit = "percent-lel"
    steps = [{ start = 10, level = "warning" }, { start = 20, level = "critical" }]
    stop = 5
    persists_s = 5
"#;

#[test]
fn gas_that_comes_in_puffs_adds_up_and_grows_graver() {
    play(
        GAS,
        "
        08:00:00  gas-kitchen gas 12
        08:00:04  gas-kitchen gas 9
        08:00:06  gas-kitchen gas 13
        08:00:09  → gas warning main gas-kitchen @08:00:09
        08:01:00  gas-kitchen gas 25
        08:01:05  → gas grows, gas raised critical
        08:05:00  gas-kitchen gas 6
        08:06:00  gas-kitchen gas 5   → cleared
        ",
    );
}

#[test]
fn one_bad_reading_of_gas_is_no_leak() {
    play(
        GAS,
        "
        08:00:00  gas-kitchen gas 80
        08:00:04  gas-kitchen gas 9
        08:30:00  gas-kitchen gas 8
        09:00:00
        ",
    );
}

const WATER: &str = r#"
    [[rule]]
    id = "water"
    kind = "flood"
    scope = "storey"
    detector = "level_trend"
    stage = "close"
    watch_cm = 5
    watch_rise_cm_per_min = 1
    rise_lasts_s = 180
    close_cm = 15
    look_ahead_min = 10
    clear_cm = 5
    clear_after_min = 30
    slope_window_min = 10
    dry_cm = -5
    alone_s = 10
"#;

#[test]
fn water_that_will_be_too_deep_closes_and_is_over_after_half_an_hour() {
    play(
        WATER,
        "
        08:00:00  pit-kitchen water_level 0
        08:03:00  pit-kitchen water_level 3
        08:06:00  pit-kitchen water_level 6
        08:06:10  → flood critical main-1f kitchen
        09:00:00  pit-kitchen water_level 2
        09:29:59  pit-kitchen water_level 1
        09:30:00  pit-kitchen water_level 1   → cleared
        ",
    );
}

#[test]
fn the_float_switch_confirms_at_once() {
    play(
        WATER,
        "
        08:00:00  pit-kitchen water_level 16
        08:00:03  float-kitchen float_switch on  → flood critical main-1f @08:00:03
        ",
    );
}

#[test]
fn a_splash_a_wet_floor_and_a_broken_probe_are_no_flood() {
    play(
        WATER,
        "
        08:00:00  pit-kitchen water_level 0
        08:01:00  pit-kitchen water_level 0
        08:02:00  pit-kitchen water_level 0
        08:03:00  pit-kitchen water_level 0
        08:04:00  pit-kitchen water_level 60
        08:05:00  pit-kitchen water_level 1
        08:06:00  pit-kitchen water_level 3
        09:00:00  pit-kitchen water_level -80
        10:00:00
        ",
    );
}

const MAINS: &str = r#"
    [[rule]]
    id = "mains"
    kind = "blackout"
    class = "supervisory"
    level = "warning"
    detector = "mains"
    zones = 2
    hold_s = 3
"#;

#[test]
fn two_dark_zones_are_a_blackout_and_one_outlet_is_not() {
    play(
        MAINS,
        "
        08:00:00  power-hall mains on
        08:00:01  power-gallery mains on
        08:00:02  power-store mains on
        09:00:00  power-hall mains off
        09:10:00  power-hall mains on
        10:00:00  power-hall mains off
        10:00:01  power-gallery mains off
        10:00:03  power-gallery mains on
        11:00:00  power-gallery mains off
        11:00:03  → blackout warning main
        11:30:00  power-hall mains on      → cleared
        ",
    );
}

#[test]
fn a_building_with_one_contact_believes_it() {
    play(
        MAINS,
        "
        08:00:00  power-store mains on
        09:00:00  power-store mains off
        09:00:03  → blackout warning annex
        ",
    );
}

#[test]
fn a_warm_afternoon_on_two_walls_is_one_sign() {
    let rules = r#"
        [[rule]]
        id = "signs"
        kind = "fire"
        detector = "fusion"
        k = 2
        kinds = 2
        within_s = 60
        neighbours = true
        votes = [
            { quantity = "smoke", unit = "percent-per-metre", start = 5, stop = 3 },
            { quantity = "temperature", unit = "celsius", start = 2, stop = 1, rise_within_s = 60 },
        ]
    "#;
    let mut shell = Shell::new(guided(rules));
    for (seconds, device, celsius) in [
        (0, "heat-hall", 22.0),
        (1, "heat-gallery", 22.0),
        (30, "heat-hall", 25.0),
        (31, "heat-gallery", 25.0),
    ] {
        let at = at_ms(seconds * 1_000);
        let reading = vec![(Quantity::Temperature, Value::Number(celsius))];
        let said = message(device, at, format!("{seconds}"), Content::Readings(reading));
        shell.take(at, &Input::Message(said));
    }
    assert!(shell.ledger.opened().is_empty());
}

/// Smoke here and warmth next door, where a way leads there.
#[test]
fn signs_next_door_count_only_where_a_rule_listens_so_far() {
    for (neighbours, wanted) in [(false, 0), (true, 1)] {
        let rules = format!(
            r#"
            [[rule]]
            id = "early"
            kind = "fire"
            detector = "fusion"
            k = 2
            kinds = 2
            within_s = 60
            neighbours = {neighbours}
            votes = [
                {{ quantity = "smoke", unit = "percent-per-metre", start = 1.5, stop = 0.7 }},
                {{ quantity = "temperature", unit = "celsius", start = 1, stop = 0.5,
                   rise_within_s = 60 }},
            ]
        "#
        );
        let mut shell = Shell::new(guided(&rules));
        let mut send = |seconds: i64, device: &str, quantity: Quantity, value: f64| {
            let at = at_ms(seconds * 1_000);
            let content = Content::Readings(vec![(quantity, Value::Number(value))]);
            let id = format!("{seconds}");
            shell.take(at, &Input::Message(message(device, at, id, content)));
        };
        send(0, "heat-gallery", Quantity::Temperature, 22.0);
        send(30, "heat-gallery", Quantity::Temperature, 23.5);
        send(50, "smoke-hall", Quantity::Smoke, 2.0);
        // The store lies beside both, in another building.
        send(55, "heat-store", Quantity::Temperature, 22.0);
        assert_eq!(shell.ledger.opened().len(), wanted);
        // A warning of what is next door closes no way through the zone that it warns.
        let configuration = shell.monitor.configuration();
        let (site, rules) = (&configuration.site, &configuration.rules);
        assert!(Hazards::of(site, rules, shell.monitor.open()).is_empty());
    }
}
