//! What people ask for, and what they are told when it cannot be.

use jikimi::domain::{Answer, Input};
use jikimi::monitor::Effect;

use crate::play::play;

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

#[test]
fn what_does_not_exist_cannot_be_answered_for() {
    play(
        SMOKE,
        "
        08:00:00  acknowledge fire/main/1       → refused unknown-incident
        08:00:01  resolve fire/main/1 real      → refused unknown-incident
        08:00:02  smoke-hall smoke 6            → fire critical #1
        08:00:03  acknowledge fire/main/2       → refused unknown-incident
        08:00:04  acknowledge fire/annex/1      → refused unknown-incident
        08:00:05  acknowledge flood/main/1      → refused unknown-incident
        ",
    );
}

#[test]
fn what_one_person_has_another_cannot_take() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6        → fire critical
        08:01:00  acknowledge fire/main/1   → fire acknowledged
        08:02:00  acknowledge fire/main/1   → refused already-acknowledged
        08:31:00  → fire rings-again
        08:32:00  acknowledge fire/main/1   → fire acknowledged
        ",
    );
}

#[test]
fn what_is_over_stays_over() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6           → fire critical #1
        08:01:00  resolve fire/main/1 steam    → fire resolved steam
        08:02:00  resolve fire/main/1 real     → refused already-resolved
        08:03:00  acknowledge fire/main/1      → refused already-resolved
        08:04:00  smoke-hall-b smoke 6         → fire critical #2
        08:05:00  resolve fire/main/1 real     → refused already-resolved
        08:06:00  resolve fire/main/2 real     → fire resolved real #2
        ",
    );
}

#[test]
fn restored_is_not_for_people_to_say() {
    play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6              → fire critical
        08:01:00  resolve fire/main/1 restored    → refused outcome-reserved
        08:02:00  acknowledge fire/main/1         → fire acknowledged
        ",
    );
}

#[test]
fn every_command_is_answered_once_under_its_own_key() {
    let shell = play(
        SMOKE,
        "
        08:00:00  smoke-hall smoke 6          → fire critical
        08:01:00  acknowledge fire/main/1     → fire acknowledged
        08:02:00  acknowledge fire/main/1     → refused already-acknowledged
        08:03:00  resolve fire/main/1 real    → fire resolved
        ",
    );
    let mut answers = Vec::new();
    for logged in &shell.log {
        for effect in &logged.effects {
            if let Effect::Answered { key, answer } = effect {
                let Input::Command(command) = &logged.input else { panic!("nobody asked") };
                assert_eq!(command.key, *key);
                answers.push(answer.clone());
            }
        }
    }
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0], &answers[2]), (&Answer::Done, &Answer::Done));
}
