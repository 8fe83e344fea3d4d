//! Late, early, wrong: what is made of a device's clock.

use std::fmt::Write as _;

use crate::play::play;

const RULES: &str = r#"
    [[rule]]
    id = "smoke-alarm"
    kind = "fire"
    quantity = "smoke_alarm"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

    [[rule]]
    id = "sos"
    kind = "sos"
    scope = "home"
    quantity = "sos"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

    [[rule]]
    id = "heat"
    kind = "fire"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 57
    stop = 50
"#;

#[test]
fn a_measurement_that_comes_late_does_not_ring() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 20
        08:10:00  heat-hall temperature 90 late 61s
        08:10:01  heat-hall temperature 21
        ",
    );
}

#[test]
fn a_minute_late_in_a_building_is_not_late() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 20
        08:10:00  heat-hall temperature 90 late 60s  → fire critical @08:09:00
        ",
    );
}

#[test]
fn ten_minutes_late_in_a_home_are_not_late() {
    play(
        RULES,
        "
        08:00:00  heat-h0101 temperature 20
        08:30:00  heat-h0101 temperature 90 late 601s
        08:30:10  heat-h0101 temperature 90 late 10m  → fire critical h0101 @08:20:10
        ",
    );
}

#[test]
fn a_cry_for_help_rings_however_late_and_says_so() {
    play(
        RULES,
        "
        08:00:00  sos-h0101 sos off
        11:00:00  sos-h0101 sos on late 2h  → sos critical h0101 @09:00:00 late rings
        ",
    );
}

#[test]
fn a_smoke_alarm_overtaken_by_its_own_end_rings_all_the_same() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke_alarm off
        08:00:30  smoke-hall smoke_alarm off
        08:00:31  smoke-hall smoke_alarm on late 11s   → fire critical @08:00:20
        08:01:00  smoke-hall smoke_alarm off           → fire cleared
        ",
    );
}

#[test]
fn a_late_all_clear_clears_nothing() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke_alarm on            → fire critical
        08:10:00  smoke-hall smoke_alarm off late 15m
        ",
    );
}

#[test]
fn a_measurement_overtaken_by_a_newer_one_says_nothing_of_now() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 20
        08:00:20  heat-hall temperature 20
        08:00:21  heat-hall temperature 90 late 11s
        ",
    );
}

#[test]
fn a_clock_that_is_off_by_a_constant_is_wrong_and_its_readings_are_live() {
    let mut script = String::new();
    for minute in 0..8 {
        let _ = writeln!(script, "08:0{minute}:00 heat-hall temperature 20 late 5m");
    }
    script.push_str(
        "08:08:00 heat-hall temperature 20 late 5m  → clock attention trouble hall heat-hall silent
         08:09:00 heat-hall temperature 90 late 5m  → fire critical @08:09:00
         08:10:00 heat-hall temperature 20 late 5m  → fire cleared @08:10:00",
    );
    play(RULES, &script);
}

#[test]
fn a_clock_that_is_right_again_for_long_enough_restores_itself() {
    let mut script = String::new();
    for minute in 10..19 {
        let said = if minute == 18 { "→ clock" } else { "" };
        let _ = writeln!(script, "08:{minute}:00 heat-hall temperature 20 late 5m {said}");
    }
    for minute in 20..29 {
        let said = if minute == 28 { "→ clock restored" } else { "" };
        let _ = writeln!(script, "08:{minute}:00 heat-hall temperature 20 {said}");
    }
    play(RULES, &script);
}

#[test]
fn a_device_that_is_always_half_a_minute_behind_is_late_only_beyond_that() {
    let mut script = String::new();
    for minute in 0..9 {
        let _ = writeln!(script, "08:0{minute}:00 heat-hall temperature 20 late 30s");
    }
    script.push_str(
        "08:10:00 heat-hall temperature 90 late 95s
         08:11:00 heat-hall temperature 90 late 85s  → fire critical @08:09:35",
    );
    play(RULES, &script);
}

#[test]
fn a_clock_from_1970_opens_its_fire_and_is_a_fault() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke_alarm on clock 1970-01-01T00:01Z   → clock trouble, fire rings
        08:00:10  smoke-hall smoke_alarm off clock 1970-01-01T00:01Z  → fire cleared @08:00:10
        08:01:00  smoke-hall smoke_alarm off                          → clock restored
        ",
    );
}

#[test]
fn a_clock_from_2099_is_taken_as_now() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 90 clock 2099-01-01T00:00:00Z  → fire critical @08:00:00
        08:00:10  heat-hall temperature 20                             → fire cleared @08:00:10
        ",
    );
}

#[test]
fn a_few_seconds_ahead_are_believed() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 90 ahead 5s  → fire critical @08:00:05
        08:01:00  heat-hall temperature 20 ahead 6s  → fire cleared @08:01:00
        ",
    );
}

#[test]
fn a_message_without_a_time_has_that_of_its_receipt() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 90 untimed received +3s  → fire critical @08:00:03
        ",
    );
}

#[test]
fn what_a_broker_remembers_says_what_was_and_not_what_is() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 90 retained
        08:00:01  smoke-hall smoke_alarm on retained
        08:00:02  sos-h0101 sos on retained
        ",
    );
}

#[test]
fn what_a_broker_remembers_does_not_overtake_what_is() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 90            → fire critical
        08:00:10  heat-hall temperature 20 retained
        08:00:20  heat-hall temperature 20            → fire cleared
        ",
    );
}

#[test]
fn a_device_nobody_has_mounted_is_heard_by_nobody() {
    let shell = play(RULES, "08:00:00  no-such-device temperature 90");
    assert!(!shell.monitor.knows(&"no-such-device".parse().unwrap()));
}

const HELD: &str = r#"
    [[rule]]
    id = "heat-held"
    kind = "fire"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 57
    stop = 50
    hold_s = 10
"#;

const SOS_HELD: &str = r#"
    [[rule]]
    id = "sos-held"
    kind = "sos"
    scope = "home"
    quantity = "sos"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0
    hold_s = 10
"#;

#[test]
fn a_late_cry_for_help_is_late_after_its_hold_too() {
    play(
        SOS_HELD,
        "
        08:00:00  sos-h0101 sos off
        11:00:00  sos-h0101 sos on late 2h
        11:00:10  → sos critical h0101 @09:00:10 late rings
        ",
    );
    // What was held before the next word came is as late as what began it; that word is not.
    play(
        SOS_HELD,
        "
        08:00:00  sos-h0101 sos off
        11:00:00  sos-h0101 sos on late 2h
        11:00:05  sos-h0101 sos off           → sos critical h0101 @09:00:10 late rings, cleared
        11:30:00  sos-h0101 sos on
        11:30:10  → sos stands-again
        ",
    );
}

#[test]
fn a_late_hold_is_late_after_a_restart() {
    play(
        SOS_HELD,
        "
        08:00:00  sos-h0101 sos off
        11:00:00  sos-h0101 sos on late 2h
        11:00:01  snapshot
        11:00:02  restart     → unwatched
        11:00:02  regained
        11:00:03  caught-up   → unwatched restored
        11:00:10  → sos critical h0101 @09:00:10 late rings
        ",
    );
}

#[test]
fn one_hot_sample_of_a_device_that_is_always_30_s_behind_fulfils_no_hold_of_10_s() {
    play(
        HELD,
        "
        08:00:30  heat-hall temperature 20 late 30s
        08:00:35  heat-hall temperature 90 late 30s
        08:00:40  heat-hall temperature 20 late 30s
        08:01:30
        ",
    );
    play(
        HELD,
        "
        08:00:30  heat-hall temperature 90 late 30s
        08:00:39
        08:00:40  → fire critical @08:00:10
        ",
    );
}

const QUIET: &str = r#"
    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "motion"
    detector = "device_silent"
    silent_after_s = 1800

    [[rule]]
    id = "still"
    kind = "stillness"
    scope = "home"
    detector = "stillness"
    away_after_h = 48
    door_settles_s = 60
    blind_after_s = 1800
    steps = [{ after_h = 2, level = "attention" }]
"#;

/// Our clock was an hour ahead and has been put right: it says 09:00 a second time.
#[test]
fn a_wall_clock_that_is_put_back_makes_nobody_silent_and_nobody_still() {
    let mut script = String::new();
    let words =
        [(9, 40), (10, 0), (9, 10), (9, 30), (9, 50), (10, 10), (10, 30), (10, 50), (11, 10)];
    for (hour, minute) in words {
        let _ = writeln!(script, "{hour:02}:{minute:02}:00 pir-h0101 motion on untimed");
    }
    script.push_str(
        "11:39:59
         11:40:00  → device-silent h0101, blind h0101
         11:45:00  pir-h0101 motion off untimed  → device-silent restored, blind restored
         12:10:00  pir-h0101 motion off untimed
         12:30:00  pir-h0101 motion off untimed
         12:50:00  pir-h0101 motion off untimed
         13:10:00  pir-h0101 motion off untimed
         13:30:00  pir-h0101 motion off untimed
         13:44:59
         13:45:00  → stillness attention h0101",
    );
    play(QUIET, &script);
}

#[test]
fn a_fire_in_the_hour_that_comes_twice_rings_at_once() {
    play(
        RULES,
        "
        10:00:00  heat-hall temperature 20 untimed
        09:05:00  heat-hall temperature 90 untimed   → fire critical @10:00:00 rings
        09:06:00  heat-hall temperature 20 untimed   → fire cleared
        09:07:00  smoke-hall smoke_alarm on untimed  → fire stands-again
        ",
    );
}
