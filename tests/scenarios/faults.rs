//! What a device says of itself, or what its values say of it: troubles, never alarms, and nothing
//! of it hides a fire.

use crate::play::play;

const RULES: &str = r#"
    [[rule]]
    id = "heat"
    kind = "fire"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 57
    stop = 50

    [[rule]]
    id = "range"
    kind = "reading-range"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "temperature"
    detector = "out_of_range"
    unit = "celsius"
    lowest = -60
    highest = 1400
    quiet_s = 600

    [[rule]]
    id = "jump"
    kind = "reading-jump"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "temperature"
    detector = "jump"
    unit = "celsius"
    step = 30
    within_s = 5
    quiet_s = 3600

    [[rule]]
    id = "flat"
    kind = "device-stuck"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "temperature"
    detector = "stuck"
    unit = "celsius"
    within = 0.05
    after_s = 86400
    every_s = 7200

    [[rule]]
    id = "battery"
    kind = "device-battery"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "battery"
    detector = "threshold"
    unit = "percent"
    when = "below"
    start = 15
    stop = 25

    [[rule]]
    id = "tamper"
    kind = "device-tamper"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "tamper"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

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
fn a_cut_wire_is_a_fault_and_no_cold_and_no_fire() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 21
        08:01:00  heat-hall temperature -127    → reading-range caution trouble hall silent
        08:02:00  heat-hall temperature 3276.7
        08:03:00  heat-hall temperature 21
        08:04:00  heat-hall temperature -127
        08:05:00  heat-hall temperature 21.1
        08:14:59
        08:15:00  → reading-range restored
        ",
    );
}

#[test]
fn a_loose_contact_during_a_fire_does_not_clear_it() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 21
        08:01:00  heat-hall temperature 58      → fire critical
        08:02:00  heat-hall temperature -127    → reading-range
        08:03:00  heat-hall temperature 1250
        08:13:00  → reading-range restored
        08:14:00  heat-hall temperature 30      → fire cleared
        ",
    );
}

#[test]
fn a_jump_is_a_fault_and_if_it_is_a_fire_it_is_one_all_the_same() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 21
        08:00:03  heat-hall temperature 55      → reading-jump attention trouble hall silent
        08:00:06  heat-hall temperature 21
        09:00:05
        09:00:06  → reading-jump restored
        10:00:00  heat-hall temperature 21
        10:00:03  heat-hall temperature 700     → fire critical alarm rings, reading-jump silent
        ",
    );
}

#[test]
fn a_flashover_between_two_slow_reports_is_no_jump() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 21
        08:01:00  heat-hall temperature 700     → fire critical
        ",
    );
}

#[test]
fn a_value_that_never_moves_is_a_fault_and_rings_when_it_does() {
    let words: String =
        (8..=31).map(|hour| format!("{hour:02}:30:00 heat-hall temperature 21.5\n")).collect();
    let script = format!(
        "
        08:00:00  heat-hall temperature 20
        {words}
        32:30:00  heat-hall temperature 21.5  → device-stuck attention trouble hall silent
        33:00:00  heat-hall temperature 60    → device-stuck restored, fire critical rings
        "
    );
    play(RULES, &script);
}

#[test]
fn a_value_that_was_not_heard_of_meanwhile_is_not_called_stuck() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 21.5
        33:00:00  heat-hall temperature 21.5
        34:00:00  heat-hall temperature 21.5
        ",
    );
}

#[test]
fn a_low_battery_is_a_fault_of_whatever_it_drives_and_its_fire_still_rings() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke_alarm off battery 16
        09:00:00  smoke-hall smoke_alarm off battery 15  → device-battery attention trouble hall
        10:00:00  smoke-hall smoke_alarm on battery 14   → fire critical rings
        11:00:00  smoke-hall smoke_alarm off battery 20  → fire cleared
        12:00:00  smoke-hall smoke_alarm off battery 97  → device-battery restored
        ",
    );
}

#[test]
fn an_opened_housing_is_a_fault() {
    play(
        RULES,
        "
        08:00:00  power-store mains on tamper on   → device-tamper caution trouble store silent
        08:10:00  power-store mains on tamper off  → device-tamper restored
        ",
    );
}

#[test]
fn a_smoke_sensor_whose_clock_starts_in_1970_at_every_boot_still_alarms() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke_alarm off clock 1970-01-01T00:00:05Z
                                                      → clock trouble hall
        08:10:00  smoke-hall smoke_alarm off clock 1970-01-01T00:10:05Z
        08:20:00  smoke-hall smoke_alarm off clock 1970-01-01T00:00:05Z
        08:30:00  smoke-hall smoke_alarm on clock 1970-01-01T00:10:05Z
                                                      → fire critical @08:30:00 rings
        08:40:00  smoke-hall smoke_alarm off clock 1970-01-01T00:20:05Z
                                                      → fire cleared @08:40:00
        08:50:00  smoke-hall smoke_alarm on clock 1970-01-01T00:00:05Z
                                                      → fire stands-again @08:50:00
        ",
    );
}

const PANEL: &str = r#"
    [[rule]]
    id = "panel"
    kind = "fire"
    quantity = "panel_alarm"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0
    release_s = 120

    [[rule]]
    id = "reset"
    kind = "panel-reset"
    class = "trouble"
    level = "caution"
    quantity = "panel_alarm"
    detector = "panel_reset"
    unit = "flag"
    blind_s = 120

    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "panel_alarm"
    detector = "device_silent"
    silent_after_s = 90
"#;

#[test]
fn a_panel_that_is_reset_is_blind_and_clears_nothing() {
    play(
        PANEL,
        "
        08:00:00  panel-hall panel_alarm on   → fire critical main rings
        08:01:00  panel-hall panel_alarm on
        08:02:00  panel-hall panel_alarm off  → panel-reset caution trouble main silent
        08:03:00  panel-hall panel_alarm off
        08:03:40  panel-hall panel_alarm on   → panel-reset restored
        08:04:40  panel-hall panel_alarm on
        08:05:00  panel-hall panel_alarm off  → panel-reset
        08:06:00  panel-hall panel_alarm off
        08:06:59
        08:07:00  → fire cleared, panel-reset restored
        ",
    );
}

#[test]
fn a_panel_that_says_nothing_while_it_is_reset_is_a_fault_and_what_it_said_still_stands() {
    play(
        PANEL,
        "
        08:00:00  panel-hall panel_alarm on   → fire critical main
        08:01:29
        08:01:30  → device-silent hall
        08:05:00  panel-hall panel_alarm on   → device-silent restored
        08:06:00  panel-hall offline
        08:06:30  → device-silent hall
        20:00:00
        ",
    );
}

#[test]
fn a_restart_amid_a_panels_reset_changes_nothing() {
    play(
        PANEL,
        "
        08:00:00  panel-hall panel_alarm on   → fire critical main
        08:00:30  panel-hall panel_alarm off  → panel-reset
        08:00:40  snapshot
        08:01:00  restart                     → unwatched
        08:01:01  regained
        08:01:02  caught-up                   → unwatched restored
        08:01:20  panel-hall panel_alarm on   → panel-reset restored
        ",
    );
}

#[test]
fn a_restart_amid_each_fault_finds_it_as_it_was() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature -127             → reading-range
        08:00:01  heat-gallery temperature 20
        08:00:02  heat-gallery temperature 55            → reading-jump
        08:00:03  smoke-hall smoke_alarm off battery 9   → device-battery
        08:00:04  power-store tamper on                  → device-tamper
        08:00:05  snapshot
        08:01:00  restart                                → unwatched
        08:01:01  regained
        08:01:02  caught-up                              → unwatched restored
        08:02:00  heat-hall temperature -127
        08:02:01  smoke-hall smoke_alarm off battery 9
        08:02:02  power-store tamper on
        08:02:03  power-store tamper off                 → device-tamper restored
        08:03:00  heat-hall temperature 20
        08:13:00  → reading-range restored
        09:00:02  → reading-jump restored
        09:00:03  smoke-hall smoke_alarm off battery 90  → device-battery restored
        ",
    );
}
