//! A value that climbs too fast.

use std::fmt::Write as _;

use crate::play::play;

const RISE: &str = r#"
    [[rule]]
    id = "rise"
    kind = "fire"
    level = "warning"
    quantity = "temperature"
    detector = "rate_of_rise"
    unit = "celsius"
    start_rise = 9
    stop_rise = 2
    window_s = 60
    at_least = 35
"#;

const RISE_ALONE: &str = r#"
    [[rule]]
    id = "rise"
    kind = "flood"
    scope = "zone"
    quantity = "water_level"
    detector = "rate_of_rise"
    unit = "centimetre"
    start_rise = 10
    stop_rise = 1
    window_s = 300
"#;

#[test]
fn nine_degrees_within_a_minute_are_a_fire() {
    play(
        RISE,
        "
        02:14:00  heat-hall temperature 30
        02:14:20  heat-hall temperature 34
        02:14:40  heat-hall temperature 39  → fire warning main heat-hall @02:14:40
        ",
    );
}

#[test]
fn nine_degrees_in_more_than_a_minute_are_not() {
    play(
        RISE,
        "
        02:14:00  heat-hall temperature 30
        02:15:01  heat-hall temperature 39
        02:16:02  heat-hall temperature 47
        ",
    );
}

#[test]
fn a_slow_hot_summer_afternoon_never_trips() {
    // 24 °C at noon, 48 °C at four under the roof: a tenth of a degree a minute, with a draught.
    let mut day = String::new();
    for minute in 0..240 {
        let draught = f64::from(minute * 7 % 11) / 10.0;
        let degrees = 24.0 + f64::from(minute) / 10.0 - draught;
        let _ = writeln!(
            day,
            "{}:{:02}  heat-hall temperature {degrees}",
            12 + minute / 60,
            minute % 60
        );
    }
    assert!(play(RISE, &day).ledger.rows.is_empty());
}

#[test]
fn a_heater_in_a_cold_hall_is_no_fire() {
    play(
        RISE,
        "
        07:00:00  heat-hall temperature 3
        07:00:20  heat-hall temperature 9
        07:00:40  heat-hall temperature 16
        07:01:00  heat-hall temperature 24
        07:01:20  heat-hall temperature 27
        07:01:40  heat-hall temperature 29
        ",
    );
}

#[test]
fn a_room_that_burns_steadily_still_burns() {
    play(
        RISE,
        "
        02:14:00  heat-hall temperature 30
        02:14:30  heat-hall temperature 80   → fire warning
        02:20:00  heat-hall temperature 300
        02:30:00  heat-hall temperature 300
        03:30:00  heat-hall temperature 290
        04:00:00  heat-hall temperature 36
        04:10:00  heat-hall temperature 30   → cleared
        ",
    );
}

#[test]
fn without_a_height_it_ends_when_it_no_longer_climbs() {
    play(
        RISE_ALONE,
        "
        02:00:00  pit-kitchen water_level 5
        02:03:00  pit-kitchen water_level 15  → flood critical kitchen
        02:05:00  pit-kitchen water_level 17
        02:12:00  pit-kitchen water_level 18  → cleared
        ",
    );
}

#[test]
fn the_rise_is_measured_from_the_lowest_of_the_window() {
    play(
        RISE,
        "
        02:14:00  heat-hall temperature 40
        02:14:20  heat-hall temperature 33
        02:14:40  heat-hall temperature 41
        02:14:50  heat-hall temperature 42  → fire warning
        ",
    );
}

#[test]
fn two_devices_do_not_climb_for_each_other() {
    play(
        RISE,
        "
        02:14:00  heat-hall temperature 20
        02:14:20  heat-gallery temperature 50
        02:14:40  heat-hall temperature 21
        ",
    );
}

#[test]
fn a_device_that_chatters_a_hundred_times_a_minute_is_still_understood() {
    let mut minute = String::from("02:14:00  heat-hall temperature 30\n");
    for tenth in 1..=300 {
        let (second, rest) = (tenth / 10, tenth % 10 * 100);
        let degrees = 30.0 + f64::from(tenth) * 0.0299;
        let _ = writeln!(minute, "02:14:{second:02}.{rest:03} heat-hall temperature {degrees}");
    }
    minute.push_str("02:14:31 heat-hall temperature 39 → fire warning");
    play(RISE, &minute);
}
