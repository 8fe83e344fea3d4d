//! What people respond to: opened once, acknowledged, grown, cleared, resolved.

use jikimi::domain::{Class, Level, Outcome};
use jikimi::monitor::{Detail, Effect};

use crate::play::play;
use crate::world::Shell;

/// Smoke first, heat for certain, a panel that only reports faults, and a gas alarm.
const BUILDING: &str = r#"
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
    id = "heat"
    kind = "fire"
    quantity = "temperature"
    detector = "threshold"
    unit = "celsius"
    start = 57
    stop = 50

    [[rule]]
    id = "tamper"
    kind = "fire"
    class = "supervisory"
    level = "attention"
    quantity = "tamper"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

    [[rule]]
    id = "panel-fault"
    kind = "panel-fault"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "panel_fault"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0

    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "caution"
    scope = "zone"
    quantity = "smoke"
    detector = "device_silent"
    silent_after_s = 86400
"#;

fn notices<'s>(shell: &'s Shell, incident: &str) -> Vec<(&'s str, bool)> {
    let id = format!("center/{incident}").parse().unwrap();
    let notices = &shell.ledger.rows[&id].notices;
    notices.iter().map(|(step, _, stopped)| (step.as_str(), *stopped)).collect()
}

#[test]
fn a_fire_is_one_in_its_building_however_many_devices_say_so() {
    let shell = play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6     → fire warning main #1 smoke-hall rings
        08:00:10  smoke-hall-b smoke 6   → fire grows main smoke-hall-b
        08:00:20  smoke-gallery smoke 6  → fire grows main smoke-gallery
        ",
    );
    assert_eq!(notices(&shell, "fire/main/1"), [("opened", false)]);
}

#[test]
fn another_building_is_another_fire() {
    play(
        BUILDING,
        "
        08:00:00  heat-gallery temperature 60  → fire critical main #1
        08:00:10  heat-store temperature 60    → fire critical annex #1
        ",
    );
}

#[test]
fn a_home_burns_by_itself() {
    play(
        BUILDING,
        "
        08:00:00  heat-hall temperature 60   → fire critical main
        08:00:10  heat-h0101 temperature 60  → fire critical h0101
        ",
    );
}

#[test]
fn a_worse_level_rings_once_more_and_a_better_one_rings_nobody() {
    let shell = play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6            → fire warning rings
        08:01:00  heat-gallery temperature 60   → fire grows, fire raised alarm critical rings
        08:02:00  heat-hall temperature 60      → fire grows
        08:03:00  heat-hall temperature 20      → fire ends heat-hall
        08:03:30  heat-gallery temperature 20   → fire ends heat-gallery
        08:04:00  heat-hall temperature 60      → fire grows
        08:04:10  heat-hall temperature 20      → fire ends heat-hall
        08:09:10  → fire eased warning
        08:10:00  heat-hall temperature 60      → fire grows, fire raised alarm critical silent
        08:10:10  heat-hall temperature 20      → fire ends heat-hall
        08:12:00  acknowledge fire/main/1       → fire acknowledged
        08:15:10  → fire eased warning
        08:16:00  heat-hall temperature 60      → fire grows, fire raised alarm critical rings
        08:17:00  heat-hall temperature 20      → fire ends heat-hall
        08:22:00  → fire eased warning
        08:23:00  heat-hall temperature 60      → fire grows, fire raised alarm critical silent
        ",
    );
    let rung = ["opened", "raised-alarm-critical", "raised-alarm-critical-again-1"];
    let told = notices(&shell, "fire/main/1");
    assert_eq!(told.iter().map(|(step, _)| *step).collect::<Vec<_>>(), rung);
}

#[test]
fn what_is_not_as_it_should_be_is_shown_and_rings_only_when_it_becomes_an_alarm() {
    play(
        BUILDING,
        "
        08:00:00  power-store tamper on       → fire attention supervisory annex silent
        08:01:00  heat-store temperature 60   → fire grows, fire raised alarm critical rings
        ",
    );
}

#[test]
fn an_alarm_that_was_supervisory_does_not_restore_itself() {
    play(
        BUILDING,
        "
        08:00:00  power-store tamper on       → fire attention supervisory
        08:01:00  power-store tamper off      → fire cleared
        23:00:00
        ",
    );
}

#[test]
fn an_acknowledgement_stops_what_is_queued() {
    let shell = play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6       → fire warning
        08:01:00  acknowledge fire/main/1  → fire acknowledged
        08:02:00  smoke-gallery smoke 6    → fire grows
        ",
    );
    assert_eq!(notices(&shell, "fire/main/1"), [("opened", true)]);
}

#[test]
fn an_acknowledgement_runs_out_after_half_an_hour_and_rings_again() {
    let shell = play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6       → fire warning
        08:01:00  acknowledge fire/main/1  → fire acknowledged
        08:30:59
        08:31:00  → fire rings-again rings
        09:00:00
        09:00:00  acknowledge fire/main/1  → fire acknowledged
        09:30:00  → fire rings-again rings
        ",
    );
    let expected = [("opened", true), ("rings-again-1", true), ("rings-again-2", false)];
    assert_eq!(notices(&shell, "fire/main/1"), expected);
}

#[test]
fn an_acknowledged_fire_that_worsens_rings_all_the_same() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6        → fire warning
        08:01:00  acknowledge fire/main/1   → fire acknowledged
        08:02:00  heat-hall temperature 60  → fire grows, fire raised critical rings
        08:31:00  → fire rings-again
        ",
    );
}

#[test]
fn a_cleared_fire_stays_open_until_a_person_says_what_it_was() {
    let shell = play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6              → fire warning
        08:10:00  smoke-hall smoke 1              → fire cleared
        20:00:00
        20:00:00  smoke-hall-b smoke 6            → fire stands-again #1 smoke-hall-b
        20:10:00  smoke-hall-b smoke 0            → fire cleared
        21:00:00  resolve fire/main/1 cooking     → fire resolved cooking
        22:00:00  smoke-hall smoke 6              → fire warning #2 rings
        ",
    );
    let first = "center/fire/main/1".parse().unwrap();
    assert_eq!(shell.ledger.rows[&first].outcome, Some(Outcome::Cooking));
}

#[test]
fn resolved_while_it_stands_it_stays_silent_until_it_has_cleared() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6            → fire warning #1
        08:05:00  resolve fire/main/1 dust      → fire resolved dust
        08:06:00  smoke-hall smoke 30
        08:10:00  smoke-hall smoke 1            → fire #1 cleared
        08:20:00  smoke-hall smoke 6            → fire warning #2 rings
        ",
    );
}

#[test]
fn resolved_while_it_stands_it_rings_again_when_something_new_joins() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6            → fire warning #1
        08:05:00  resolve fire/main/1 dust      → fire resolved
        08:06:00  heat-gallery temperature 60   → fire critical #2 rings
        08:10:00  smoke-hall smoke 1            → fire #1 cleared
        08:11:00  smoke-hall smoke 6            → fire #2 grows
        ",
    );
}

#[test]
fn a_resolved_acknowledgement_does_not_ring_again() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6              → fire warning
        08:01:00  acknowledge fire/main/1         → fire acknowledged
        08:02:00  resolve fire/main/1 cigarette   → fire resolved
        12:00:00
        ",
    );
}

#[test]
fn a_trouble_that_ends_restores_itself() {
    let shell = play(
        BUILDING,
        "
        08:00:00  panel-hall panel_fault on   → panel-fault caution trouble hall silent
        08:30:00  panel-hall panel_fault off  → panel-fault restored @08:30:00
        09:00:00  panel-hall panel_fault on   → panel-fault #2
        ",
    );
    let first = "center/panel-fault/hall/1".parse().unwrap();
    assert_eq!(shell.ledger.rows[&first].outcome, Some(Outcome::Restored));
}

#[test]
fn a_restored_acknowledgement_does_not_come_back() {
    play(
        BUILDING,
        "
        08:00:00  panel-hall panel_fault on        → panel-fault
        08:01:00  acknowledge panel-fault/hall/1   → panel-fault acknowledged
        08:05:00  panel-hall panel_fault off       → panel-fault restored
        12:00:00
        ",
    );
}

/// The building with a sign that is less than an alarm.
fn with_early_sign() -> String {
    let early = r#"
    [[rule]]
    id = "early"
    kind = "fire"
    class = "supervisory"
    level = "attention"
    quantity = "leak"
    detector = "threshold"
    unit = "flag"
    start = 1
    stop = 0
"#;
    format!("{BUILDING}{early}")
}

/// 심각 to 경계 and 관심, each with its reason in both languages; the class stays, and so does what
/// has once been told to everyone.
#[test]
fn a_fire_whose_worst_sign_is_over_steps_down_and_says_why() {
    let shell = play(
        &with_early_sign(),
        "
        08:00:00  pit-kitchen leak on          → fire attention supervisory silent
        08:01:00  smoke-hall smoke 6            → fire grows, fire raised alarm warning rings
        08:02:00  heat-hall temperature 60      → fire grows, fire raised alarm critical rings
        08:03:00  heat-hall temperature 20      → fire ends heat-hall
        08:08:00  → fire eased warning @08:03:00
        08:09:00  smoke-hall smoke 1            → fire ends smoke-hall
        08:10:00  rebuilt
        08:14:00  → fire eased attention
        08:16:00  pit-kitchen leak off         → fire cleared
        08:17:00  smoke-hall smoke 6            → fire stands-again
                                                → fire raised alarm warning silent
        ",
    );
    let row = &shell.ledger.rows[&"center/fire/main/1".parse().unwrap()];
    assert_eq!((row.class, row.level), (Class::Alarm, Level::Warning));
    let fire = shell.monitor.open().next().expect("it is open");
    assert_eq!(fire.alarmed, Some(Level::Critical), "it was believed");
    let why = shell.log.iter().flat_map(|line| &line.effects).filter_map(|effect| match effect {
        Effect::Moved { because, detail: Detail::Eased { .. }, .. } => because.clone(),
        _ => None,
    });
    let why: Vec<_> = why.collect();
    assert_eq!(why.len(), 2);
    assert!(why[0].en.ends_with("; what stands still: smoke smoke-hall"), "{}", why[0].en);
    assert!(why[0].ko.contains("남은 근거: smoke"), "{why:?}");
}

/// What stands again may be less than what had stood: its level is its own.
#[test]
fn what_stands_again_as_less_is_less() {
    play(
        &with_early_sign(),
        "
        08:00:00  heat-hall temperature 60      → fire critical
        08:01:00  heat-hall temperature 20      → fire cleared
        08:02:00  pit-kitchen leak on          → fire stands-again
        08:06:00  → fire eased attention
        ",
    );
}

/// The worst may only seem to be over while what came meanwhile is still under way.
#[test]
fn in_a_backlog_a_step_down_waits_until_everything_has_been_said() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6                     → fire warning
        08:00:10  heat-hall temperature 60               → fire grows, fire raised critical
        08:01:00  lost                                   → unwatched
        08:15:00  regained
        08:15:01  heat-hall temperature 20 late 13m      → fire ends heat-hall
        08:15:02  rebuilt
        08:15:03  heat-gallery temperature 60 late 12m   → fire grows
        08:15:04  heat-gallery temperature 20 late 11m   → fire ends heat-gallery
        08:15:05  rebuilt
        08:15:06  caught-up                              → unwatched restored
        08:15:07  → fire eased warning @08:04:04
        ",
    );
}

/// A probe, a sensor and a link that fall silent end nothing, so nothing steps down.
#[test]
fn loss_of_data_takes_no_level_down() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6            → fire warning
        08:00:10  heat-hall temperature 60      → fire grows, fire raised critical
        08:01:00  heat-hall offline
        08:02:00  lost                          → unwatched
        20:00:00  regained
        20:00:05  caught-up                     → unwatched restored
        20:10:00
        ",
    );
}

#[test]
fn loss_of_data_never_clears_an_alarm() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6       → fire warning
        08:01:00  smoke-hall offline
        08:02:00  lost                     → device-silent smoke-hall @08:01:30, unwatched
        32:00:00
        32:00:00  regained
        32:00:05  caught-up                → unwatched restored
        55:58:04
        55:58:05  → device-silent gallery, grows hall, grows hall
        72:00:00
        ",
    );
}

#[test]
fn a_rule_that_broke_is_switched_off_where_it_broke_and_nowhere_else() {
    play(
        BUILDING,
        "
        08:00:00  smoke-hall smoke 6                → fire warning
        08:00:10  quarantine smoke smoke-hall       → rule-quarantined warning trouble hall
        08:00:20  smoke-hall smoke 0
        08:00:30  smoke-hall smoke 99
        08:00:40  smoke-hall-b smoke 6              → fire grows
        08:00:50  quarantine smoke no-such-device
        ",
    );
}
