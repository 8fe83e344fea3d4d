//! Who is told next if nobody answers, and what stops that.
//!
//! A home's temperature stands for its silence here, so that each level comes when a script says.

use jikimi::incident::Role;

use crate::play::play_in;
use crate::world::{Shell, center, laddered};

const HOMES: &str = r#"
    [[rule]]
    id = "watch"
    kind = "stillness"
    class = "supervisory"
    level = "attention"
    scope = "home"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 31
    stop = 30

    [[rule]]
    id = "call"
    kind = "stillness"
    level = "warning"
    scope = "home"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 41
    stop = 40

    [[rule]]
    id = "sos"
    kind = "sos"
    scope = "home"
    quantity = "sos"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0
"#;

#[track_caller]
fn play(script: &str) -> Shell {
    play_in(laddered(&center(HOMES)), script)
}

/// The steps of which somebody was told.
fn told(shell: &Shell, incident: &str) -> Vec<(String, Role)> {
    let row = &shell.ledger.rows[&format!("center/{incident}").parse().unwrap()];
    row.notices.iter().map(|(step, role, _)| (step.clone(), *role)).collect()
}

const ASKED: &str = "
    12:00:00  heat-h0101 temperature 31
              → stillness supervisory attention, stillness tells ask resident
";

#[test]
fn nobody_answers_and_everyone_is_told_in_turn_to_the_last() {
    let rest = "
        12:19:59
        12:20:00  → stillness tells worker worker-1
        12:39:59
        12:40:00  → stillness tells others worker-2 emergency-contact management-office
        12:49:59
        12:50:00  → stillness tells recommend-119 operator
        20:00:00
    ";
    play(&[ASKED, rest].concat());
}

#[test]
fn a_sign_of_life_answers_and_what_nobody_knows_of_is_over() {
    let shell = play(
        &[
            ASKED,
            "
        12:10:00  heat-h0101 temperature 20  → stillness restored, stillness stops
        20:00:00
        ",
        ]
        .concat(),
    );
    assert_eq!(told(&shell, "stillness/h0101/1"), [("ask".to_owned(), Role::Resident)]);
}

#[test]
fn a_sign_of_life_stops_the_ladder_and_leaves_the_rest_to_whoever_was_called() {
    play(
        &[
            ASKED,
            "
        12:20:00  → stillness tells worker worker-1
        12:25:00  heat-h0101 temperature 50  → stillness grows, stillness raised alarm warning rings
        12:26:00  heat-h0101 temperature 20  → stillness ends, stillness cleared, stillness stops
        20:00:00
        20:00:01  heat-h0101 temperature 31  → stillness stands-again
                  → stillness tells ask-again-2, stillness tells worker-again-2
        ",
        ]
        .concat(),
    );
}

#[test]
fn who_is_well_ends_the_question_and_a_longer_silence_asks_anew() {
    play(
        &[
            ASKED,
            "
        12:05:00  answer stillness/h0101/1 fine  → stillness answered fine
                  → stillness resolved resident-fine, stillness stops
        12:30:00  answer stillness/h0101/1 fine  → refused already-resolved
        12:40:00  heat-h0101 temperature 41      → stillness alarm warning #2
                  → stillness tells ask #2, stillness tells worker #2
        ",
        ]
        .concat(),
    );
}

#[test]
fn who_needs_help_has_people_called_at_once() {
    play(
        &[
            ASKED,
            "
        12:05:00  answer stillness/h0101/1 help  → stillness answered help
                  → stillness tells worker worker-1, stillness raised alarm critical
                  → stillness tells others worker-2
        12:15:00  → stillness tells recommend-119 operator
        ",
        ]
        .concat(),
    );
}

#[test]
fn who_was_not_asked_does_not_answer() {
    play(
        "
        12:00:00  sos-h0101 sos on         → sos critical silent, sos tells opened worker-1
        12:00:10  answer sos/h0101/1 fine  → refused not-asked
        ",
    );
}

#[test]
fn whoever_has_it_stops_every_step_until_it_is_forgotten() {
    let shell = play(
        &[
            ASKED,
            "
        12:20:00  → stillness tells worker worker-1
        12:20:01  acknowledge stillness/h0101/1  → stillness acknowledged, stillness stops
        12:45:00  heat-h0101 temperature 41  → stillness grows, stillness raised alarm warning rings
        12:50:00
        12:50:01  → stillness rings-again rings, stillness tells worker-again-2
        13:05:00  take-over stillness/h0101/1    → stillness acknowledged, stillness stops
        13:34:59
        13:35:00  → stillness rings-again rings, stillness tells worker-again-3
        13:55:00  → stillness tells others-again-3
        14:05:00  → stillness tells recommend-119-again-3
        20:00:00
        ",
        ]
        .concat(),
    );
    let all = told(&shell, "stillness/h0101/1");
    assert!(all.contains(&("rings-again-1".to_owned(), Role::Operator)), "{all:?}");
}

#[test]
fn by_night_a_bearable_silence_waits_for_the_morning_and_a_grave_one_does_not() {
    play(
        "
        22:00:00  heat-h0101 temperature 31
                  → stillness supervisory attention, stillness tells ask resident
        22:20:00  → stillness waits @31:00:00
        26:00:00  heat-h0101 temperature 41
                  → stillness grows, stillness raised alarm warning, stillness tells worker
        26:19:59
        26:20:00  → stillness tells others
        ",
    );
    play(
        "
        22:00:00  heat-h0101 temperature 31  → stillness attention, stillness tells ask
        22:20:00  → stillness waits
        30:59:59
        31:00:00  → stillness tells worker
        31:20:00  → stillness tells others
        ",
    );
}

#[test]
fn without_consent_nobody_is_asked_at_night_and_a_call_for_help_is_heard_all_the_same() {
    play(
        "
        08:00  household h0101 hh-1 {\"move-in\":{\"since\":@08:00}}  → household move-in
        08:01  household h0101 hh-1 {\"consent\":{\"monitoring\":true,\"night\":false}}
               → household consent
        23:00  heat-h0101 temperature 31  → stillness attention, stillness waits @31:00:00
        23:02  sos-h0101 sos on           → sos critical, sos tells opened operator worker-1
        23:05  → sos tells office emergency-contact
        23:10  → sos tells recommend-119
        30:59
        31:00  → stillness tells ask resident
        31:20  → stillness tells worker
        ",
    );
}

#[test]
fn a_call_for_help_waits_for_nobody_and_a_button_let_go_answers_nothing() {
    play(
        "
        27:00:00  sos-h0101 sos on   → sos critical alarm, sos tells opened operator worker-1
        27:00:02  sos-h0101 sos off  → sos cleared
        27:03:00  → sos tells office emergency-contact
        27:08:00  → sos tells recommend-119 operator
        ",
    );
}

#[test]
fn an_outage_gives_everyone_their_time_to_answer() {
    play(
        &[
            ASKED,
            "
        12:10:00  snapshot
        15:00:00  restart    → unwatched caution
        15:00:01  → stillness tells worker worker-1
        15:10:00  regained
        15:12:00  → unwatched restored
        15:19:59
        15:20:00  → stillness tells others
        15:30:00  → stillness tells recommend-119
        ",
        ]
        .concat(),
    );
}

#[test]
fn whoever_is_not_reached_has_somebody_else_told_and_that_is_an_incident() {
    let shell = play(
        &[
            ASKED,
            "
        12:20:00  → stillness tells worker worker-1
        12:21:00  undelivered stillness/h0101/1 worker worker-1
                  → undelivered warning trouble h0101, stillness tells worker worker-2
        12:22:00  undelivered stillness/h0101/1 worker worker-2
                  → undelivered grows, stillness waits @12:22:00, stillness tells others
        12:23:00  undelivered stillness/h0101/1 others worker-2   → undelivered grows
        12:24:00  undelivered stillness/h0101/1 nothing worker-2  → nothing
        12:25:00  delivered stillness/h0101/1 worker worker-2     → undelivered ends
        12:32:00  → stillness tells recommend-119
        12:33:00  resolve stillness/h0101/1 real
                  → stillness resolved real, stillness stops
                  → undelivered ends, undelivered restored
        ",
        ]
        .concat(),
    );
    let all = told(&shell, "stillness/h0101/1");
    assert_eq!(all.len(), 7, "{all:?}");
}
