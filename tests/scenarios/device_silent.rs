//! A device that should have spoken and has not.

use std::fmt::Write as _;

use crate::play::play;

const SILENT: &str = r#"
    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "gas"
    detector = "device_silent"
    silent_after_s = 600
"#;

#[test]
fn ten_minutes_without_a_word_are_a_fault_and_no_alarm() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:09:59
        08:10:00  → device-silent caution trouble kitchen gas-kitchen @08:10:00 silent
        ",
    );
}

#[test]
fn every_message_starts_the_span_again() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:09:59  gas-kitchen gas 0
        08:19:58  gas-kitchen gas_alarm off
        08:29:57
        08:29:58  → device-silent
        ",
    );
}

#[test]
fn a_device_that_speaks_again_restores_itself() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        09:00:00  → device-silent #1
        09:30:00  gas-kitchen gas 0  → device-silent restored
        09:39:59
        09:40:00  → device-silent #2
        ",
    );
}

#[test]
fn a_device_that_has_never_spoken_has_its_whole_span_from_the_start() {
    play(
        SILENT,
        "
        08:00:00
        08:09:59
        08:10:00  → device-silent
        ",
    );
}

#[test]
fn a_late_message_is_a_word_of_when_it_was_said() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:09:00  gas-kitchen gas 0 late 5m
        08:13:59
        08:14:00  → device-silent
        ",
    );
}

#[test]
fn what_a_gateway_says_again_with_its_old_time_is_no_word_of_now() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:05:00  gas-kitchen gas 0 clock 2026-11-24T08:00:00+09:00
        08:09:00  gas-kitchen gas 0 clock 2026-11-24T08:00:00+09:00
        08:10:00  → device-silent
        08:11:00  gas-kitchen gas 0 clock 2026-11-24T08:00:00+09:00
        08:20:00  gas-kitchen gas 0 late 12m
        08:21:00  gas-kitchen gas 0 late 1m  → device-silent restored
        ",
    );
}

#[test]
fn without_a_time_of_its_own_every_message_is_a_word_of_now() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0 untimed
        08:09:59  gas-kitchen gas 0 clock 1970-01-01T00:00:09Z  → clock
        08:19:58  gas-kitchen gas 0 clock 1970-01-01T00:00:09Z
        08:29:57  gas-kitchen gas 0 untimed
        08:39:56
        08:39:57  → device-silent
        ",
    );
}

#[test]
fn a_clock_that_is_always_behind_costs_a_device_nothing_of_its_span() {
    let mut script = String::new();
    for minute in 0..9 {
        let _ = writeln!(script, "08:{minute:02}:00 gas-kitchen gas 0 late 50s");
    }
    script.push_str(
        "08:17:59
         08:18:00  → device-silent kitchen",
    );
    play(SILENT, &script);
}

#[test]
fn a_last_will_is_a_fault_within_half_a_minute() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:01:00  gas-kitchen offline
        08:01:29
        08:01:30  → device-silent trouble kitchen silent
        08:02:00  gas-kitchen online
        08:09:59
        09:00:00  gas-kitchen gas 0  → device-silent restored
        ",
    );
}

#[test]
fn whoever_is_back_within_the_grace_was_never_away_but_has_not_spoken_either() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:01:00  gas-kitchen offline
        08:01:20  gas-kitchen online
        08:09:59
        08:10:00  → device-silent
        08:11:00  gas-kitchen gas 0  → device-silent restored
        08:12:00  gas-kitchen offline
        08:12:10  gas-kitchen gas 0
        08:22:09
        08:22:10  → device-silent
        ",
    );
}

#[test]
fn a_last_will_that_the_broker_remembers_is_a_will_and_an_online_is_nothing() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:01:00  gas-kitchen offline retained
        08:01:20  gas-kitchen online retained
        08:01:30  → device-silent
        08:02:00  gas-kitchen online retained
        09:00:00
        ",
    );
}

#[test]
fn a_will_in_unwatched_time_has_its_grace_after_it() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:01:00  lost                  → unwatched
        08:03:00  regained
        08:03:01  gas-kitchen offline
        08:03:05  caught-up             → unwatched restored
        08:03:34
        08:03:35  → device-silent
        ",
    );
}

#[test]
fn each_kind_of_device_has_its_own_span() {
    let rule = SILENT.replace("\"gas\"", "\"motion\"");
    let by_kind = format!("{rule} silent_after_by_kind_s = {{ motion = 1800, sos = 5 }}");
    let script = "
        08:00:00  pir-h0101 motion off
        08:29:59
        08:30:00  → device-silent h0101, blind h0101
    ";
    play(&by_kind, script);
}

#[test]
fn what_a_broker_remembers_and_what_a_connection_says_are_no_words_of_the_device() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:05:00  gas-kitchen gas 0 retained
        08:06:00  gas-kitchen online
        08:10:00  → device-silent
        08:11:00  gas-kitchen online
        08:12:00  gas-kitchen gas 3 retained
        ",
    );
}

#[test]
fn unwatched_time_is_not_the_devices_silence() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:05:00  lost               → unwatched caution trouble center
        08:30:00
        08:30:00  regained
        08:30:10  caught-up          → unwatched restored
        08:35:09
        08:35:10  → device-silent
        ",
    );
}

#[test]
fn a_device_that_was_silent_before_is_silent_after_unwatched_time() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:10:00  → device-silent
        08:15:00  lost               → unwatched
        08:20:00  regained
        08:20:10  caught-up          → unwatched restored
        10:00:00
        10:00:00  gas-kitchen gas 0  → device-silent restored
        ",
    );
}

#[test]
fn a_restart_takes_nothing_of_anyones_span() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:05:00  snapshot
        08:20:00  restart     → unwatched
        08:20:01  regained
        08:20:02  caught-up   → unwatched restored
        08:30:01
        08:30:02  → device-silent
        ",
    );
}

#[test]
fn a_rule_activated_again_does_not_give_a_device_more_time() {
    play(
        SILENT,
        "
        08:00:00  gas-kitchen gas 0
        08:09:00  activate
        08:10:00  → device-silent
        08:11:00  activate
        09:00:00
        ",
    );
}
