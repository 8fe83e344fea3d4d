//! What people do about an incident, and drills.

use crate::play::{play, play_in};
use crate::world::{center, laddered};

const BUILDING: &str = r#"
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
fn an_incident_is_handed_on_spoken_of_and_ticked_off() {
    let shell = play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6             → fire critical rings
        08:00:30  take-over fire/main/1          → fire acknowledged
        08:01:00  take-over fire/main/1          → fire acknowledged
        08:02:00  assign fire/main/1 kim         → fire assigned kim
        08:03:00  comment fire/main/1 smoke-out  → fire commented smoke-out
        08:04:00  tick fire/main/1 call-119      → fire ticked call-119 done
        08:05:00  tick fire/main/1 CALL          → refused unknown-item
        08:30:30
        08:31:00  → fire rings-again rings
        08:32:00  resolve fire/main/1 steam      → fire resolved
        08:33:00  comment fire/main/1 late-note  → fire commented
        08:34:00  tick fire/main/1 call-119      → refused already-resolved
        08:35:00  assign fire/main/2 kim         → refused unknown-incident
        ",
    );
    let row = &shell.ledger.rows[&"center/fire/main/1".parse().unwrap()];
    assert_eq!(row.assigned_to.as_deref(), Some("kim"));
    assert_eq!(row.comments, ["smoke-out", "late-note"]);
}

#[test]
fn an_outcome_is_undone_by_whoever_reopens_and_rings_again_if_they_forget() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6           → fire critical
        08:01:00  reopen fire/main/1           → refused not-resolved
        08:02:00  resolve fire/main/1 steam    → fire resolved steam
        08:02:08  reopen fire/main/1           → fire reopened
        08:03:00  rebuilt
        08:04:00  smoke-hall-b smoke 6         → fire grows #1
        08:32:08  → fire rings-again rings
        08:33:00  resolve fire/main/1 real     → fire resolved real
        08:34:00  smoke-hall smoke 0           → fire ends
        08:35:00  smoke-hall-b smoke 0         → fire cleared
        08:36:00  rebuilt
        08:37:00  reopen fire/main/1           → fire reopened
        08:38:00  resolve fire/main/1 dust     → fire resolved dust
        08:39:00  smoke-hall smoke 6           → fire critical #2
        08:40:00  reopen fire/main/1           → refused not-the-newest
        ",
    );
}

#[test]
fn a_drill_runs_end_to_end_beside_what_is_real_and_ends_by_itself() {
    let shell = play(
        BUILDING,
        "
        08:00:00  drill fire kitchen for 40m   → fire critical exercise main #1 rings
        08:01:00  smoke-hall smoke 6           → fire critical main #2 rings opened
        08:02:00  drill fire hall for 5m       → refused drill-runs
        08:03:00  acknowledge fire/main/1      → fire acknowledged #1
        08:04:00  activate
        08:33:00  → fire rings-again #1 exercise-rings-again-1
        08:34:00  rebuilt
        08:40:00  → fire cleared #1, fire resolved test #1
        08:41:00  reopen fire/main/1           → refused not-the-newest
        08:42:00  smoke-hall smoke 0           → fire cleared #2
        08:43:00  drill fire annex for 9h      → refused bad-window
        08:44:00  drill fire moon for 1h       → refused unknown-place
        08:45:00  drill panic main for 1h      → refused unknown-situation
        08:46:00  drill fire annex for 1h      → fire critical exercise annex #1
        08:47:00  resolve fire/annex/1 real    → fire cleared, fire resolved test
        ",
    );
    let row = &shell.ledger.rows[&"center/fire/main/1".parse().unwrap()];
    assert!(row.notices.iter().all(|(step, ..)| step.starts_with("exercise-")), "{row:?}");
}

#[test]
fn nobody_who_lives_there_is_frightened_by_an_exercise() {
    let rule = BUILDING.replace("kind = \"fire\"", "kind = \"stillness\"");
    play_in(
        laddered(&center(&rule)),
        "
        08:00:00  drill stillness h0101 for 1h  → stillness critical exercise silent
                  → stillness tells, stillness tells exercise-worker
                  → stillness tells exercise-others
        08:10:00  → stillness tells exercise-recommend-119 operator
        09:00:00  → stillness cleared, stillness resolved test, stillness stops
        ",
    );
}
