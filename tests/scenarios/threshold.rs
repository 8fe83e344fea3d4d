//! A value beyond a limit for long enough.

use crate::play::play;

const HEAT: &str = r#"
    [[rule]]
    id = "heat"
    kind = "fire"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 57
    stop = 50
    hold_s = 30
"#;

const NO_HOLD: &str = r#"
    [[rule]]
    id = "gas-high"
    kind = "gas"
    scope = "zone"
    quantity = "gas"
    detector = "threshold"
    unit = "percent-lel"
    start = 20
    stop = 10
"#;

const COLD: &str = r#"
    [[rule]]
    id = "cold"
    kind = "cold-home"
    class = "supervisory"
    level = "caution"
    scope = "home"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    when = "below"
    start = 12
    stop = 15
"#;

const ALARM: &str = r#"
    [[rule]]
    id = "smoke-alarm"
    kind = "fire"
    quantity = "smoke_alarm"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0
"#;

#[test]
fn heat_is_a_fire_once_it_has_lasted() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 57
        08:00:20  heat-hall temperature 58
        08:00:29.999
        08:00:30  → fire critical alarm main heat-hall @08:00:30 rings
        08:00:31  heat-hall temperature 90
        ",
    );
}

#[test]
fn the_hold_runs_out_whether_or_not_another_reading_comes() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 60
        09:00:00  → fire critical @08:00:30
        ",
    );
}

#[test]
fn a_hot_breath_shorter_than_the_hold_is_no_fire() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 60
        08:00:29  heat-hall temperature 50
        08:00:40  heat-hall temperature 60
        08:01:09  heat-hall temperature 20
        12:00:00
        ",
    );
}

#[test]
fn a_hold_that_was_fulfilled_counts_even_if_the_next_reading_is_quiet() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 60
        08:00:30  heat-hall temperature 20  → fire critical @08:00:30, cleared @08:00:30
        ",
    );
}

#[test]
fn a_value_that_trembles_round_the_limit_is_one_fire() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 57
        08:00:10  heat-hall temperature 56
        08:00:20  heat-hall temperature 57.5
        08:00:30  heat-hall temperature 50.1  → fire critical
        08:00:40  heat-hall temperature 57
        08:01:40  heat-hall temperature 51
        08:02:40  heat-hall temperature 57
        08:03:40  heat-hall temperature 50    → fire cleared
        ",
    );
}

#[test]
fn a_minute_just_below_the_limit_is_silent() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 56.9
        08:01:00  heat-hall temperature 56.99
        12:00:00
        ",
    );
}

#[test]
fn without_a_hold_the_reading_itself_rings() {
    play(
        NO_HOLD,
        "
        08:00:00  gas-kitchen gas 19.9
        08:00:05  gas-kitchen gas 20   → gas critical kitchen @08:00:05
        08:00:10  gas-kitchen gas 10.1
        08:00:15  gas-kitchen gas 10   → cleared @08:00:15
        08:00:20  gas-kitchen gas 25   → gas stands-again
        ",
    );
}

#[test]
fn below_is_the_bad_side_of_a_cold_home() {
    play(
        COLD,
        "
        08:00:00  heat-h0101 temperature 40
        09:00:00  heat-h0101 temperature 12.1
        10:00:00  heat-h0101 temperature 12    → cold-home caution supervisory h0101 silent
        11:00:00  heat-h0101 temperature 14.9
        12:00:00  heat-h0101 temperature 15    → restored
        ",
    );
}

#[test]
fn a_contact_that_closes_rings_and_one_that_opens_clears() {
    play(
        ALARM,
        "
        08:00:00  smoke-hall smoke_alarm off
        08:00:10  smoke-hall smoke_alarm on   → fire critical @08:00:10
        08:00:20  smoke-hall smoke_alarm on
        08:00:30  smoke-hall smoke_alarm off  → cleared
        ",
    );
}

#[test]
fn a_quantity_that_the_rule_does_not_watch_is_nothing_to_it() {
    play(
        HEAT,
        "
        08:00:00  gas-kitchen gas 99
        08:00:01  smoke-hall smoke 99 smoke_alarm on
        09:00:00
        ",
    );
}

#[test]
fn each_device_has_a_hold_of_its_own() {
    play(
        HEAT,
        "
        08:00:00  heat-hall temperature 60
        08:00:10  heat-gallery temperature 60
        08:00:20  heat-hall temperature 20
        08:00:39
        08:00:40  → fire critical heat-gallery
        ",
    );
}
