//! A silence that is too rare for the home in which it is.

use crate::play::play;

const CARE: &str = r#"
    [[rule]]
    id = "silent-home"
    kind = "stillness"
    level = "attention"
    scope = "home"
    detector = "silence"
    watch = 4.5
    call = 6.5
    stopwatch_times = 1.5
    stopwatch_h = 12
    not_returned_h = 48
    utc_offset_h = 9
"#;

#[test]
fn a_morning_in_which_nobody_stirs_is_told_of_before_the_stopwatch_runs_out() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        11:29:59
        11:30:00  → stillness attention supervisory h0101 silent-home @11:30:00 silent
        13:24:59
        13:25:00  → stillness grows, stillness raised warning rings
        20:04:59
        20:05:00  → stillness grows, stillness raised critical rings
        30:00:00
        ",
    );
}

#[test]
fn movements_that_come_together_end_it_for_good() {
    play(
        CARE,
        "
        08:00:00  pir-h0101 motion on
        11:30:00  → stillness attention #1
        12:00:00  pir-h0101 motion on  → stillness restored @12:00:00
        12:04:00  pir-h0101 motion on
        15:00:00
        ",
    );
}
