//! Time in which nobody looked: what was not covered is blind, not silent, and nothing that was
//! running is missed or invented.

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
    hold_s = 30

    [[rule]]
    id = "smoke"
    kind = "fire"
    level = "warning"
    quantity = "smoke"
    detector = "threshold"
    unit = "percent-per-metre"
    start = 5
    stop = 2

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
fn a_hold_waits_for_the_end_of_the_backlog() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 60
        08:00:10  lost               → unwatched
        08:01:00  regained
        08:01:30
        08:01:40  caught-up          → unwatched restored
        08:01:40  → fire critical @08:00:30
        ",
    );
}

#[test]
fn what_the_backlog_says_of_a_hold_is_heard_before_it_runs_out() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 60
        08:00:10  lost                                → unwatched
        08:01:00  regained
        08:01:01  heat-hall temperature 20 late 41s   # at 08:00:20, before the hold's end
        08:01:02  caught-up                           → unwatched restored
        09:00:00  gas-kitchen gas 0                   → device-silent, device-silent restored
        ",
    );
}

#[test]
fn a_hold_that_the_backlog_shows_fulfilled_rings_at_its_own_moment() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 60
        08:00:10  lost                                → unwatched
        08:01:00  regained
        08:01:01  heat-hall temperature 61 late 20s   → fire critical @08:00:30
        08:01:02  caught-up                           → unwatched restored
        ",
    );
}

#[test]
fn without_a_marker_the_backlog_is_over_after_two_minutes() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 60
        08:00:10  lost               → unwatched
        08:01:00  regained
        08:02:59.999
        08:03:00  → unwatched restored, fire critical @08:00:30
        ",
    );
}

#[test]
fn blindness_delays_a_running_hold_for_two_minutes_and_no_longer() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 60
        08:00:10  lost               → unwatched
        08:02:09
        08:02:10  → fire critical @08:00:30
        12:00:00
        ",
    );
}

#[test]
fn a_reading_from_unwatched_time_is_live_however_old() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 0
        08:05:00  lost                           → unwatched
        08:30:00  regained
        08:30:01  smoke-hall smoke 6 late 20m    → fire warning @08:10:01
        08:30:02  smoke-hall smoke 1 late 10m    → ends
        08:30:03  caught-up                      → unwatched restored
        08:30:03  → fire cleared @08:20:02
        08:31:00  smoke-gallery smoke 6 late 5m  → fire stands-again @08:26:00
        08:32:00  smoke-hall-b smoke 6 late 90s
        ",
    );
}

#[test]
fn what_ends_in_the_backlog_clears_nothing_that_a_hold_had_joined_before() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 6                  → fire warning
        08:00:10  heat-hall temperature 60
        08:00:20  lost                                → unwatched
        08:01:30  regained
        08:01:31  smoke-hall smoke 1 late 30s         → ends  # at 08:01:01, after the hold's end
        08:01:32  caught-up                           → unwatched restored
        08:01:32  → fire grows heat, fire raised critical
        08:02:00  heat-hall temperature 20            → fire cleared
        ",
    );
}

#[test]
fn what_ends_in_the_backlog_before_a_hold_joins_has_cleared_and_stands_again() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 6                  → fire warning
        08:00:10  heat-hall temperature 60
        08:00:20  lost                                → unwatched
        08:01:30  regained
        08:01:31  smoke-hall smoke 1 late 66s         → ends  # at 08:00:25, before the hold's end
        08:01:32  caught-up                           → unwatched restored
        08:01:32  → fire cleared @08:00:25, fire stands-again @08:00:40, fire raised critical
        ",
    );
}

#[test]
fn what_is_about_to_clear_is_known_to_whoever_takes_over() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 6                  → fire warning
        08:05:00  lost                                → unwatched
        08:30:00  regained
        08:30:01  smoke-hall smoke 1 late 20m         → ends
        08:30:01  rebuilt
        08:30:02  caught-up                           → unwatched restored
        08:30:02  → fire cleared @08:10:01
        ",
    );
}

#[test]
fn what_is_resolved_while_it_is_about_to_clear_has_cleared() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 6                  → fire warning
        08:05:00  lost                                → unwatched
        08:30:00  regained
        08:30:01  smoke-hall smoke 1 late 20m         → ends
        08:30:02  resolve fire/main/1 real            → fire cleared @08:10:01, fire resolved
        08:30:03  caught-up                           → unwatched restored
        08:31:00  smoke-hall smoke 6                  → fire warning #2
        ",
    );
}

#[test]
fn a_backlog_is_no_wrong_clock() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 0
        08:05:00  lost                           → unwatched
        08:30:00  regained
        08:30:01  smoke-hall smoke 0 late 600s
        08:30:01  smoke-hall smoke 0 late 599s
        08:30:01  smoke-hall smoke 0 late 598s
        08:30:01  smoke-hall smoke 0 late 597s
        08:30:01  smoke-hall smoke 0 late 596s
        08:30:01  smoke-hall smoke 0 late 596s
        08:30:01  smoke-hall smoke 0 late 596s
        08:30:01  smoke-hall smoke 0 late 596s
        08:30:01  smoke-hall smoke 0 late 596s
        08:30:02  caught-up                      → unwatched restored
        08:30:10  smoke-hall smoke 6             → fire warning @08:30:10
        ",
    );
}

#[test]
fn lost_again_before_the_backlog_was_over_is_one_unwatched_time() {
    play(
        RULES,
        "
        08:00:00  heat-hall temperature 60
        08:00:10  lost               → unwatched #1
        08:01:00  regained
        08:01:10  lost
        08:02:00  regained
        08:02:01  caught-up          → unwatched restored
        08:02:01  → fire critical @08:00:30
        ",
    );
}

#[test]
fn an_acknowledgement_runs_out_even_while_nobody_looks() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 6        → fire warning
        08:01:00  acknowledge fire/main/1   → fire acknowledged
        08:02:00  lost                      → unwatched
        08:31:00  → fire rings-again
        ",
    );
}

#[test]
fn a_jump_of_the_clock_is_unwatched_time_and_no_silence() {
    play(
        RULES,
        "
        08:00:00  gas-kitchen gas 0
        08:05:00
        20:00:00  stepped              → unwatched
        20:00:00  regained
        20:00:01  caught-up            → unwatched restored
        20:10:00
        20:10:01  → device-silent
        ",
    );
}

/// A fire that begins, smoulders and ends; `MIDDLE` stands for what happens to us meanwhile.
const FIRE: &str = "
    07:59:00  gas-kitchen gas 0
    08:00:00  smoke-hall smoke 1
    08:00:10  smoke-hall smoke 6          → fire warning
    08:00:20  heat-hall temperature 58
    MIDDLE
    08:01:20  smoke-gallery smoke 7       → fire grows smoke-gallery
    08:02:00  heat-hall temperature 300
    08:05:00  smoke-gallery smoke 0       → fire ends
    08:06:00  smoke-hall smoke 0          → fire ends
    08:07:00  heat-hall temperature 40    → fire cleared
";

#[test]
fn a_restart_of_half_a_minute_amid_a_fire_neither_misses_nor_invents() {
    let undisturbed = play(
        RULES,
        &FIRE.replace(
            "MIDDLE",
            "08:00:25  snapshot
             08:00:40  heat-hall temperature 61
             08:01:00  → fire grows heat-hall @08:00:50, fire raised critical",
        ),
    );
    let restarted = play(
        RULES,
        &FIRE.replace(
            "MIDDLE",
            "08:00:15  snapshot
             08:00:55  restart                              → unwatched
             08:00:56  regained
             08:00:57  heat-hall temperature 61 late 17s
             08:00:58  caught-up                            → unwatched restored
             08:00:58  → fire grows heat-hall @08:00:50, fire raised critical",
        ),
    );
    let (calm, rough) = (&undisturbed.ledger, &restarted.ledger);
    assert_eq!(calm.opened(), rough.opened());
    let fire = "center/fire/main/1".parse().unwrap();
    assert_eq!(calm.rows[&fire], rough.rows[&fire]);
}

#[test]
fn a_restart_without_a_snapshot_knows_everything_from_the_log() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 6         → fire warning
        08:00:20  heat-hall temperature 58
        08:01:10  restart                    → unwatched
        08:01:11  regained
        08:01:12  smoke-hall smoke 8
        08:01:13  caught-up                  → unwatched restored
        08:01:13  → fire grows heat-hall @08:00:50, fire raised critical
        ",
    );
}

#[test]
fn what_people_have_done_survives_a_restart() {
    play(
        RULES,
        "
        08:00:00  smoke-hall smoke 6         → fire warning #1
        08:01:00  acknowledge fire/main/1    → fire acknowledged
        08:02:00  smoke-gallery smoke 6      → fire grows
        08:02:10  smoke-hall smoke 0         → fire ends
        08:10:00  restart                    → unwatched
        08:10:00  regained
        08:10:01  caught-up                  → unwatched restored
        08:17:51  → device-silent kitchen
        08:20:00  acknowledge fire/main/1    → refused already-acknowledged
        08:31:00  → fire rings-again
        08:32:00  resolve fire/main/1 steam  → fire resolved
        08:40:00  restart                    → unwatched
        08:40:00  regained
        08:40:01  caught-up                  → unwatched restored
        08:41:00  smoke-gallery smoke 9
        08:42:00  smoke-gallery smoke 0      → fire #1 cleared
        08:43:00  smoke-gallery smoke 9      → fire warning #2
        ",
    );
}

#[test]
fn a_first_start_with_the_broker_away_calls_nobody_silent() {
    play(
        RULES,
        "
        08:00:00
        08:00:01  lost                           → unwatched
        12:00:00
        12:00:00  regained
        12:00:10  caught-up                      → unwatched restored
        12:10:08
        12:10:09  → device-silent kitchen
        ",
    );
}

#[test]
fn a_fire_that_waited_through_a_first_start_with_the_broker_away_rings_as_it_comes() {
    play(
        RULES,
        "
        08:00:00
        08:00:01  lost                           → unwatched
        12:00:00  regained
        12:00:01  smoke-hall smoke 6 late 3h     → fire warning @09:00:01 rings
        12:00:02  caught-up                      → unwatched restored
        ",
    );
}

#[test]
fn what_joins_a_closed_fire_leaves_the_open_one_about_to_clear() {
    const TWO_SMOKES_OR_HEAT: &str = r#"
        [[rule]]
        id = "agree"
        kind = "fire"
        detector = "fusion"
        k = 2
        within_s = 60

        [[rule.votes]]
        quantity = "smoke"
        unit = "percent-per-metre"
        start = 5
        stop = 2

        [[rule]]
        id = "heat"
        kind = "fire"
        quantity = "temperature"
        detector = "threshold"
        unit = "celsius"
        start = 57
        stop = 50
    "#;
    play(
        TWO_SMOKES_OR_HEAT,
        "
        08:00:00  smoke-hall smoke 6
        08:00:10  smoke-hall-b smoke 6                → fire critical #1
        08:01:00  resolve fire/main/1 dust            → fire resolved dust
        08:02:00  heat-gallery temperature 60         → fire critical #2
        08:05:00  lost                                → unwatched
        08:30:00  regained
        08:30:01  heat-gallery temperature 20 late 5m → ends              # at 08:25:01
        08:30:02  smoke-hall-c smoke 6 late 20m       → fire #1 grows     # at 08:10:02
        08:30:03  caught-up                           → unwatched restored
        08:30:03  → fire #2 cleared @08:25:01
        ",
    );
}
