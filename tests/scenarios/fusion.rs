//! Several devices of one zone agree.

use crate::play::play;

const TWO_OF: &str = r#"
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

    [[rule.votes]]
    quantity = "temperature"
    unit = "celsius"
    start = 45
    stop = 40

    [[rule.votes]]
    quantity = "smoke_alarm"
    unit = "flag"
    start = 1
    stop = 0
"#;

#[test]
fn two_voters_within_the_span_are_a_fire() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:01:00  heat-hall temperature 45  → fire critical main hall agree @08:01:00
        ",
    );
}

#[test]
fn one_voter_is_nobody_however_often_it_says_so() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:00:10  smoke-hall smoke 9
        08:00:20  smoke-hall smoke 30
        09:00:00
        ",
    );
}

#[test]
fn a_vote_older_than_the_span_no_longer_counts() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:01:01  heat-hall temperature 45
        08:01:40  smoke-hall smoke 4
        08:02:30  smoke-hall-b smoke 6
        ",
    );
}

#[test]
fn votes_from_another_zone_do_not_count() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:00:05  smoke-gallery smoke 50
        08:00:10  heat-gallery temperature 20
        08:00:15  heat-store temperature 90
        08:00:20  smoke-hall-b smoke 5        → fire critical
        08:00:25  heat-gallery temperature 50 → fire grows gallery
        ",
    );
}

#[test]
fn a_vote_withdrawn_in_time_does_not_count() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:00:10  smoke-hall smoke 2
        08:00:20  heat-hall temperature 45
        08:00:30  smoke-hall smoke 4.9
        ",
    );
}

#[test]
fn a_third_voter_makes_it_grow() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:00:10  smoke-hall-b smoke 5   → fire critical
        08:00:20  smoke-hall-b smoke 15
        08:10:00  smoke-hall-c smoke 5   → fire grows
        ",
    );
}

#[test]
fn it_ends_when_too_few_still_say_so() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:00:10  smoke-hall-b smoke 5   → fire critical
        08:00:20  smoke-hall-c smoke 5   → fire grows
        08:01:00  smoke-hall smoke 1
        08:02:00  smoke-hall-b smoke 3
        08:03:00  smoke-hall-b smoke 2   → cleared
        ",
    );
}

#[test]
fn a_voter_that_has_burnt_does_not_say_that_all_is_well() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:00:10  smoke-hall-b smoke 5   → fire critical
        20:00:00
        ",
    );
}

#[test]
fn one_device_may_vote_with_two_quantities() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 5
        08:00:10  smoke-hall smoke_alarm on  → fire critical
        ",
    );
}

#[test]
fn an_old_vote_that_comes_after_a_newer_one_does_not_count() {
    play(
        TWO_OF,
        "
        08:00:00  smoke-hall smoke 3
        08:10:00  smoke-hall-b smoke 6
        08:10:10  smoke-hall smoke_alarm on late 9m
        ",
    );
}

#[test]
fn agreement_is_as_old_as_its_newest_vote() {
    play(
        TWO_OF,
        "
        08:00:20  smoke-hall smoke 6
        08:00:30  heat-hall temperature 50 late 20s  → fire critical @08:00:20
        ",
    );
}
