//! A home that nobody can see into is blind, and never still.

use crate::play::{play, play_in};
use crate::world::{block, with_radar};

/// Only motion sensors, radars and exit doors have a span; four hours are a still home.
const RULES: &str = r#"
    [[rule]]
    id = "silent-pir"
    kind = "device-silent"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "motion"
    detector = "device_silent"
    silent_after_s = 1800

    [[rule]]
    id = "silent-door"
    kind = "device-silent"
    class = "trouble"
    level = "attention"
    scope = "zone"
    quantity = "contact"
    detector = "device_silent"
    silent_after_s = 5400

    [[rule]]
    id = "still"
    kind = "stillness"
    scope = "home"
    detector = "stillness"
    away_after_h = 48
    door_settles_s = 60
    blind_after_s = 1800
    steps = [{ after_h = 4, level = "attention" }, { after_h = 6, level = "warning" }]

    [[rule]]
    id = "stuck"
    kind = "device-stuck"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "motion"
    detector = "stuck"
    unit = "flag"
    value = 1
    after_s = 86400
    every_s = 3600
"#;

/// A line every `every` minutes between two times of the day.
fn words(said: &str, from: u32, until: u32, every: usize) -> String {
    let line = |at: u32| format!("{:02}:{:02}:00  {said}\n", at / 60, at % 60);
    (from..=until).step_by(every).map(line).collect()
}

/// The doors speak, so that only the motion sensor is in question.
fn doors(from: u32, until: u32) -> String {
    let line = |at: u32| {
        let (hour, minute) = (at / 60, at % 60);
        format!(
            "{hour:02}:{minute:02}:30 exit-h0101 contact off\n\
             {hour:02}:{minute:02}:30 fridge-h0101 contact off\n"
        )
    };
    (from..=until).step_by(30).map(line).collect()
}

/// Lines in the order of their times.
fn day(parts: &[String]) -> String {
    let mut lines: Vec<(Vec<u32>, String)> = parts
        .iter()
        .flat_map(|part| part.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(|line| {
            let time = line.split_whitespace().next().unwrap();
            (time.split(':').map(|part| part.parse().unwrap()).collect(), line.to_owned())
        })
        .collect();
    lines.sort_by(|one, other| one.0.cmp(&other.0));
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

#[test]
fn a_home_whose_motion_sensor_is_silent_is_blind_until_it_speaks() {
    let script = day(&[
        doors(480, 1440),
        "08:00:00  pir-h0101 motion on
         08:30:00  → device-silent h0101, blind caution trouble h0101 @08:30:00 silent
         20:00:00  pir-h0101 motion off  → device-silent restored, blind restored"
            .to_owned(),
        // Twelve hours were not seen: the count begins anew, and four hours have to be seen.
        words("pir-h0101 motion off", 1220, 1430, 20),
        "23:59:59
         24:00:00  → stillness attention alarm h0101 @24:00:00"
            .to_owned(),
    ]);
    play(RULES, &script);
}

#[test]
fn an_unseen_hour_is_left_out_of_the_count() {
    let script = day(&[
        doors(480, 780),
        "08:00:00  pir-h0101 motion on
         09:00:00  pir-h0101 motion off
         09:30:00  → device-silent h0101, blind h0101
         10:00:00  pir-h0101 motion off  → device-silent restored, blind restored"
            .to_owned(),
        words("pir-h0101 motion off", 500, 520, 20),
        words("pir-h0101 motion off", 620, 760, 20),
        "12:59:59
         13:00:00  → stillness attention @13:00:00"
            .to_owned(),
    ]);
    play(RULES, &script);
}

#[test]
fn a_home_whose_way_out_is_not_seen_is_blind_and_its_stopwatch_stands_still() {
    let script = day(&[
        words("pir-h0101 motion off", 500, 840, 20),
        words("fridge-h0101 contact off", 480, 840, 60),
        "08:00:00  exit-h0101 contact off
         08:00:01  pir-h0101 motion on
         09:30:00  → device-silent exit-h0101, blind h0101
         11:30:30  exit-h0101 contact off  → device-silent restored, blind restored
         12:30:30  exit-h0101 contact off
         13:30:30  exit-h0101 contact off
         14:00:30
         14:00:31  → stillness attention @14:00:31"
            .to_owned(),
    ]);
    play(RULES, &script);
}

#[test]
fn a_sign_of_life_in_a_blind_home_starts_the_count_again() {
    let script = day(&[
        words("pir-h0101 motion off", 500, 920, 20),
        words("fridge-h0101 contact off", 480, 920, 60),
        "08:00:00  exit-h0101 contact off
         08:00:01  pir-h0101 motion on
         09:30:00  → device-silent exit-h0101, blind h0101
         11:00:01  pir-h0101 motion on
         11:30:01  exit-h0101 contact off  → device-silent restored, blind restored
         12:30:30  exit-h0101 contact off
         13:30:30  exit-h0101 contact off
         14:30:30  exit-h0101 contact off
         15:30:00
         15:30:01  → stillness attention @15:30:01"
            .to_owned(),
    ]);
    play(RULES, &script);
}

#[test]
fn a_motion_sensor_that_is_stuck_keeps_nobody_alive() {
    let script = day(&[
        doors(480, 2600),
        words("pir-h0101 motion off", 480, 490, 10),
        words("pir-h0101 motion on", 500, 1930, 10),
        "32:20:00  pir-h0101 motion on  → device-stuck caution trouble h0101, blind h0101"
            .to_owned(),
        words("pir-h0101 motion on", 1950, 2400, 10),
        // Right again after more than a day: it counts from then, and not from before.
        "40:10:00  pir-h0101 motion off  → device-stuck restored, blind restored".to_owned(),
        words("pir-h0101 motion off", 2420, 2640, 20),
        "44:09:59
         44:10:00  → stillness attention h0101 @44:10:00"
            .to_owned(),
    ]);
    play(RULES, &script);
}

#[test]
fn where_another_sensor_sees_the_home_what_the_stuck_one_said_does_not_count() {
    let script = day(&[
        words("exit-h0001 contact off", 480, 2000, 30),
        words("pir-h0001 motion off", 480, 490, 10),
        "08:12:00  radar-h0001 presence on".to_owned(),
        words("radar-h0001 presence off", 500, 2000, 10),
        words("pir-h0001 motion on", 500, 1930, 10),
        "32:20:00  pir-h0001 motion on  → device-stuck h0001
         32:20:00  → stillness @12:12:00 rings, stillness grows, stillness raised"
            .to_owned(),
        words("pir-h0001 motion on", 1950, 2000, 10),
        "33:30:00  radar-h0001 presence on  → stillness cleared".to_owned(),
    ]);
    play_in(with_radar(&block(RULES, 1)), &script);
}

#[test]
fn a_sensor_that_only_ever_says_on_is_not_stuck_if_its_people_sleep() {
    let day_of = |from: u32| words("pir-h0101 motion on", from, from + 900, 20);
    let script = day(&[
        doors(480, 3400),
        day_of(480),
        "23:30:00  → device-silent h0101, blind h0101
         31:59:00  pir-h0101 motion on  → device-silent restored, blind restored"
            .to_owned(),
        day_of(1920),
        "47:30:00  → device-silent h0101, blind h0101".to_owned(),
    ]);
    play(RULES, &script);
}

#[test]
fn a_restart_of_a_blind_home_changes_nothing() {
    let story = |middle: &str| {
        day(&[
            doors(480, 810),
            "08:00:00  pir-h0101 motion on
             09:00:00  pir-h0101 motion off
             09:30:00  → device-silent h0101, blind h0101
             10:40:00  pir-h0101 motion off  → device-silent restored, blind restored"
                .to_owned(),
            words("pir-h0101 motion off", 500, 520, 20),
            middle.to_owned(),
            words("pir-h0101 motion off", 660, 800, 20),
            "13:39:59
             13:40:00  → stillness attention @13:40:00"
                .to_owned(),
        ])
    };
    let calm = play(RULES, &story(""));
    let rough = play(
        RULES,
        &story(
            "09:40:00  snapshot
             10:01:00  restart    → unwatched
             10:01:01  regained
             10:01:02  caught-up  → unwatched restored",
        ),
    );
    assert_eq!(calm.ledger.opened(), rough.ledger.opened());
}
