//! A home in which nothing has moved for too long, and all that is not that.

use crate::play::play;

/// Its sensors may be silent for a day, so that a script needs no word of theirs.
const CARE: &str = r#"
    [[rule]]
    id = "still"
    kind = "stillness"
    level = "attention"
    scope = "home"
    detector = "stillness"
    away_after_h = 48
    door_settles_s = 60
    blind_after_s = 1000000
    steps = [
      { after_h = 8, level = "attention" },
      { after_h = 12, level = "warning" },
      { after_h = 24, level = "critical" },
    ]
"#;

/// Its sensors speak every ten minutes, and half an hour without a word is blindness.
const WATCHFUL: &str = r#"
    [[rule]]
    id = "still"
    kind = "stillness"
    scope = "home"
    detector = "stillness"
    away_after_h = 48
    door_settles_s = 60
    blind_after_s = 1800
    steps = [{ after_h = 2, level = "attention" }, { after_h = 3, level = "warning" }]

    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "motion"
    detector = "device_silent"
    silent_after_s = 7200
"#;

/// `script`, with a word of the motion sensor every 20 min between two times, saying that all is
/// quiet.
fn quiet(from: (u32, u32), until: (u32, u32)) -> String {
    let minutes = |(hours, minutes): (u32, u32)| hours * 60 + minutes;
    let word = |at: u32| format!("{:02}:{:02}:00  pir-h0101 motion off\n", at / 60, at % 60);
    (minutes(from)..=minutes(until)).step_by(20).map(word).collect()
}

#[test]
fn stillness_asks_then_visits_then_breaks_the_door() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        15:59:59
        16:00:00  → stillness attention alarm h0101 still @16:00:00 rings
        19:59:59
        20:00:00  → stillness grows, stillness raised warning rings
        31:59:59
        32:00:00  → stillness grows, stillness raised critical rings
        90:00:00
        ",
    );
}

#[test]
fn a_night_of_sleep_is_not_an_incident() {
    play(
        CARE,
        "
        22:40:00  pir-h0101 motion on
        26:15:00  pir-h0101 motion on   # once to the bathroom
        34:00:00  pir-h0101 motion on
        41:59:59
        ",
    );
}

#[test]
fn one_movement_starts_the_count_again_and_clears() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        15:00:00  pir-h0101 motion on
        22:59:59
        23:00:00  → stillness attention #1
        23:30:00  pir-h0101 motion on  → stillness cleared @23:30:00
        31:29:59
        31:30:00  → stillness stands-again
        ",
    );
}

#[test]
fn a_person_out_by_the_door_is_not_still_for_the_longer_limit() {
    play(
        CARE,
        "
        08:00:00  exit-h0101 contact off
        08:59:50  pir-h0101 motion on
        09:00:00  exit-h0101 contact on
        09:00:08  exit-h0101 contact off
        09:00:40  pir-h0101 motion on    # the sensor of the hall still sees the leaving
        57:00:39
        57:00:40  → stillness attention
        61:00:40  → stillness grows, stillness raised warning
        ",
    );
}

#[test]
fn movement_after_the_door_means_somebody_is_in() {
    play(
        CARE,
        "
        08:00:00  exit-h0101 contact off
        09:00:00  exit-h0101 contact on
        09:02:00  pir-h0101 motion on
        17:01:59
        17:02:00  → stillness attention
        ",
    );
}

#[test]
fn who_comes_back_and_falls_in_the_hall_is_in() {
    play(
        CARE,
        "
        08:00:00  exit-h0101 contact off
        08:50:00  pir-h0101 motion on
        09:00:00  exit-h0101 contact on
        11:00:00  exit-h0101 contact off
        11:00:05  pir-h0101 motion on
        19:00:04
        19:00:05  → stillness attention
        ",
    );
}

#[test]
fn a_door_inside_the_home_is_no_way_out() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        08:10:00  fridge-h0101 contact off
        09:00:00  fridge-h0101 contact on
        17:00:00  → stillness attention
        ",
    );
}

#[test]
fn heartbeats_and_temperatures_are_no_activity() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        08:01:00  exit-h0101 contact off
        10:00:00  pir-h0101 motion off
        11:00:00  heat-h0101 temperature 22
        12:00:00  exit-h0101 contact off
        13:00:00  sos-h0101 sos off
        14:00:00  pir-h0101 motion on retained
        15:00:00  pir-h0101 online
        16:00:00  → stillness attention
        ",
    );
}

#[test]
fn a_call_for_help_is_a_sign_of_life() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        15:00:00  sos-h0101 sos on
        22:59:59
        23:00:00  → stillness attention
        ",
    );
}

#[test]
fn a_quiet_hall_of_the_center_is_no_still_person() {
    play(
        CARE,
        "
        08:00:00  radar-hall presence on
        99:00:00
        ",
    );
}

#[test]
fn a_home_that_has_never_been_seen_is_not_still() {
    play(
        CARE,
        "
        08:00:00  exit-h0101 contact off
        09:00:00  exit-h0101 contact on
        99:00:00
        ",
    );
}

#[test]
fn a_dead_gateway_is_a_fault_and_not_a_still_person() {
    let words = quiet((8, 20), (9, 20));
    let script = format!(
        "
        08:00:00  pir-h0101 motion on
        {words}
        11:19:59
        11:20:00  → device-silent trouble h0101, blind trouble h0101 silent
        20:00:00
        "
    );
    play(WATCHFUL, &script);
}

#[test]
fn what_was_not_seen_is_not_counted() {
    let (before, after) = (quiet((8, 20), (9, 20)), quiet((10, 40), (11, 0)));
    let script = format!(
        "
        08:00:00  pir-h0101 motion on
        {before}
        {after}
        11:19:59
        11:20:00  → stillness attention @11:20:00
        "
    );
    play(WATCHFUL, &script);
}

#[test]
fn unwatched_time_brings_no_burst_of_stillness() {
    let (before, after) = (quiet((8, 20), (9, 20)), quiet((10, 40), (11, 0)));
    let script = format!(
        "
        08:00:00  pir-h0101 motion on
        {before}
        09:30:00  lost        → unwatched
        10:30:00  regained
        10:30:10  caught-up   → unwatched restored
        {after}
        11:10:09
        11:10:10  → stillness attention
        "
    );
    play(WATCHFUL, &script);
}

#[test]
fn after_an_unseen_span_as_long_as_the_first_step_the_count_begins_anew() {
    let (before, after) = (quiet((8, 20), (9, 40)), quiet((13, 0), (14, 40)));
    let script = format!(
        "
        08:00:00  pir-h0101 motion on
        {before}
        09:50:00  lost        → unwatched
        12:50:00  regained
        12:50:10  caught-up   → unwatched restored
        {after}
        14:50:09
        14:50:10  → stillness attention
        "
    );
    play(WATCHFUL, &script);
}

#[test]
fn a_late_sign_of_life_ends_a_stillness_and_says_when_it_was() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        16:00:00  → stillness attention
        16:30:00  pir-h0101 motion on late 1h  → stillness cleared @16:00:00
        23:29:59
        23:30:00  → stillness stands-again
        ",
    );
}

#[test]
fn what_a_worker_has_closed_rings_again_when_it_gets_worse() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        16:00:00  → stillness attention #1
        16:20:00  resolve stillness/h0101/1 other-false  → stillness resolved
        19:59:59
        20:00:00  → stillness warning #2 rings
        20:30:00  pir-h0101 motion on  → stillness cleared #2, stillness cleared #1
        ",
    );
}

#[test]
fn a_restart_from_a_snapshot_goes_on_counting() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        12:00:00  pir-h0101 motion off
        12:00:00  snapshot
        12:30:00  restart     → unwatched
        12:30:01  regained
        12:30:02  caught-up   → unwatched restored
        16:30:01
        16:30:02  → stillness attention
        ",
    );
}
