//! A message that comes twice is one message.

use std::fmt::Write as _;

use crate::play::play;
use crate::world::Shell;

const SMOKE: &str = r#"
    [[rule]]
    id = "smoke"
    kind = "fire"
    quantity = "smoke"
    detector = "threshold"
    unit = "percent-per-metre"
    start = 5
    stop = 2
"#;

/// How many messages were stepped.
fn stepped(shell: &Shell) -> usize {
    shell.log.iter().filter(|logged| logged.input.kind() == "reading").count()
}

#[test]
fn the_same_id_is_the_same_message() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 id a   → fire critical
        08:00:01  smoke-hall smoke 0 id b   → fire cleared
        08:00:02  smoke-hall smoke 6 id a
        08:00:03  smoke-hall smoke 6 id c   → fire stands-again
        ",
    );
    assert_eq!(stepped(&shell), 3);
}

#[test]
fn the_same_id_of_another_device_is_another_message() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 id a     → fire critical
        08:00:01  smoke-hall-b smoke 6 id a   → fire grows
        ",
    );
}

#[test]
fn the_same_counter_at_the_same_time_is_the_same_message() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 seq 1                  → fire critical
        08:00:05  smoke-hall smoke 6 late 5s seq 1
        ",
    );
    assert_eq!(stepped(&shell), 1);
}

#[test]
fn a_device_that_starts_counting_anew_is_heard() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 0 seq 900
        08:00:10  smoke-hall smoke 0 seq 901
        08:01:00  smoke-hall smoke 0 seq 0
        08:01:10  smoke-hall smoke 6 seq 1     → fire critical
        08:01:20  smoke-hall smoke 0 seq 900   → fire cleared
        ",
    );
    assert_eq!(stepped(&shell), 5);
}

#[test]
fn the_same_content_with_the_same_time_is_the_same_message() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 content           → fire critical
        08:00:05  smoke-hall smoke 6 late 5s content
        08:00:05  smoke-hall smoke 6 content
        ",
    );
    assert_eq!(stepped(&shell), 2);
}

#[test]
fn without_any_mark_the_same_words_are_said_twice_unless_the_broker_repeats_them() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 0 untimed anonymous
        08:00:10  smoke-hall smoke 0 untimed anonymous
        08:00:20  smoke-hall smoke 0 untimed anonymous repeated
        08:00:30  smoke-hall smoke 6 untimed anonymous repeated  → fire critical
        ",
    );
    assert_eq!(stepped(&shell), 3);
}

#[test]
fn a_frame_through_several_gateways_is_one_frame() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 frame 7/a            → fire critical
        08:00:01  smoke-hall smoke 6 late 1s frame 7/b
        08:00:02  smoke-hall smoke 0 frame 8/c            → fire cleared
        08:00:03  smoke-hall smoke 6 late 3s frame 7/d
        08:40:00  smoke-hall smoke 6 frame 7/a repeated
        ",
    );
    assert_eq!(stepped(&shell), 2);
}

#[test]
fn a_device_that_counts_anew_without_joining_anew_is_heard() {
    // Its counter and its words are those of a frame from before it was reset.
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 frame 3/a   → fire critical
        08:00:05  smoke-hall smoke 0 frame 4/b   → fire cleared
        08:11:00  smoke-hall smoke 6 frame 3/c   → fire stands-again
        ",
    );
    assert_eq!(stepped(&shell), 3);
}

#[test]
fn the_same_words_again_at_once_are_a_repetition_where_nothing_tells_them_apart() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 untimed lately   → fire critical
        08:00:09  smoke-hall smoke 6 untimed lately
        08:00:11  smoke-hall smoke 6 untimed lately
        08:00:12  smoke-hall smoke 6 untimed lately
        ",
    );
    assert_eq!(stepped(&shell), 2);
}

#[test]
fn who_says_something_else_between_repeats_nothing() {
    // A door that opens, closes and opens within seconds stands open.
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 untimed lately   → fire critical
        08:00:01  smoke-hall smoke 0 untimed lately   → fire cleared
        08:00:02  smoke-hall smoke 6 untimed lately   → fire stands-again
        08:00:03  smoke-hall smoke 0 untimed lately repeated
        ",
    );
    assert_eq!(stepped(&shell), 3);
}

#[test]
fn what_a_broker_remembers_does_not_swallow_the_same_words_said_live() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 untimed lately retained
        08:00:01  smoke-hall smoke 6 untimed lately            → fire critical
        08:00:02  smoke-hall smoke 0 id a retained
        08:00:03  smoke-hall smoke 0 id a                      → fire cleared
        ",
    );
}

#[test]
fn frames_and_words_are_known_after_a_restart() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 frame 7/a              → fire critical
        08:00:01  smoke-hall-b smoke 1 untimed lately
        08:00:02  snapshot
        08:00:03  smoke-hall smoke 0 frame 8/b              → fire cleared
        08:00:04  restart                                   → unwatched
        08:00:04  regained
        08:00:05  smoke-hall smoke 6 late 5s frame 7/c
        08:00:06  smoke-hall smoke 0 late 3s frame 8/d
        08:00:07  smoke-hall-b smoke 1 untimed lately
        08:00:13  caught-up                                 → unwatched restored
        ",
    );
    assert_eq!(stepped(&shell), 3);
}

#[test]
fn a_message_marked_as_repeated_that_never_came_is_heard() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 id a repeated   → fire critical
        ",
    );
}

/// What a device sends at this pace after its first message.
fn paced(messages: u32, each_ms: u32) -> String {
    let mut script = String::from("08:00:00 smoke-hall smoke 0 id first\n");
    for n in 1..messages {
        let s = n * each_ms / 1000;
        let (h, m, s) = (8 + s / 3600, s / 60 % 60, s % 60);
        let _ = writeln!(script, "{h:02}:{m:02}:{s:02} smoke-hall smoke 0 id n-{n}");
    }
    script
}

#[test]
fn what_a_busy_device_sends_again_is_recognized_behind_all_that_may_wait_for_us() {
    let script = format!("{}08:05:10 smoke-hall smoke 9 id first", paced(3_072, 100));
    assert_eq!(stepped(&play(SMOKE, &script)), 3_072);
}

#[test]
fn a_quiet_device_is_not_remembered_for_ever() {
    let known = format!("{}10:30:00 smoke-hall smoke 9 id first", paced(128, 60_000));
    assert_eq!(stepped(&play(SMOKE, &known)), 128);
    let forgotten =
        format!("{}13:30:00 smoke-hall smoke 9 id first  → fire critical", paced(300, 60_000));
    assert_eq!(stepped(&play(SMOKE, &forgotten)), 301);
}

#[test]
fn a_repetition_is_known_after_a_restart() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6 id a   → fire critical
        08:00:01  snapshot
        08:00:02  smoke-hall smoke 0 id b   → fire cleared
        08:00:10  restart                   → unwatched
        08:00:10  regained
        08:00:11  smoke-hall smoke 6 id a repeated
        08:00:12  smoke-hall smoke 0 id b repeated
        08:00:13  caught-up                 → unwatched restored
        ",
    );
}
