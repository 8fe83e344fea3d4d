//! Situations: what is believed at once, what has to be confirmed, and what nobody has sensors for.

use std::path::Path;
use std::sync::Arc;

use jikimi::config;
use jikimi::domain::time::SignedDuration;
use jikimi::domain::{Class, Level, Scope, Words};
use jikimi::monitor::{Configuration, Effect};
use jikimi::situation::{Confirm, Moment, Situation};

use crate::play::play_in;
use crate::world::{Shell, center};

const FIRE: &str = r#"
[[rule]]
id = "smoke"
kind = "fire"
quantity = "smoke"
detector = "threshold"
unit = "percent-per-metre"
start = 10
stop = 5
hold_s = 0

[[rule]]
id = "thin"
kind = "fire"
class = "supervisory"
level = "attention"
quantity = "smoke"
detector = "threshold"
unit = "percent-per-metre"
start = 3
stop = 2
hold_s = 0

[[rule]]
id = "rise"
kind = "fire"
detector = "threshold"
quantity = "temperature"
unit = "celsius"
start = 57
stop = 50
hold_s = 0

[[rule]]
id = "panel"
kind = "fire"
quantity = "panel_alarm"
detector = "threshold"
unit = "flag"
start = 1
stop = 0
hold_s = 0
"#;

/// The test's site, whose fires are confirmed by a second device or after 20 s; heat needs none.
fn doubted() -> Arc<Configuration> {
    let plain = center(FIRE);
    let names = ("화재".to_owned(), "Fire".to_owned());
    let confirm = Confirm {
        unconfirmed: Level::Caution,
        alone: vec!["rise".parse().unwrap()],
        sources: 2,
        within: SignedDuration::from_secs(30),
        accumulates: SignedDuration::from_secs(20),
    };
    let fire = Situation {
        confirm: Some(confirm),
        ..Situation::plain("fire".parse().unwrap(), names, Scope::Building)
    };
    let situations = [(fire.id.clone(), fire)].into();
    Arc::new(Configuration { situations, ..(*plain).clone() })
}

/// The shipped center under the shipped rules and situations. Rules about devices are left out: a
/// day in which hardly any device speaks would be full of their silence.
pub fn shipped() -> Arc<Configuration> {
    let mut center = (*with_ladders()).clone();
    center.ladders = Arc::default();
    Arc::new(center)
}

/// The same with the ladders that are shipped beside it.
fn with_ladders() -> Arc<Configuration> {
    let loaded = config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"));
    let loaded = loaded.unwrap_or_else(|refused| panic!("{refused}"));
    let found = loaded.configurations.iter().find(|of| of.site.id.as_str() == "center");
    let mut center = (**found.expect("the center")).clone();
    center.rules.retain(|rule| rule.class != Class::Trouble);
    Arc::new(center)
}

#[track_caller]
fn play(script: &str) -> Shell {
    play_in(doubted(), script)
}

// ── what is believed ──

#[test]
fn one_sensor_is_shown_at_once_and_believed_after_its_time() {
    play(
        "
        08:00:00  smoke-hall smoke 12  → fire caution alarm rings smoke, fire grows thin
        08:00:19.999
        08:00:20  → fire grows smoke @08:00:20, fire raised critical rings
        08:01:00  smoke-hall smoke 1   → fire ends, fire cleared
        ",
    );
}

#[test]
fn smoke_that_goes_before_its_time_was_never_believed() {
    play(
        "
        08:00:00  smoke-hall smoke 12  → fire caution alarm rings, fire grows thin
        08:00:19  smoke-hall smoke 1   → fire ends, fire cleared
        08:10:00
        08:10:00  smoke-hall smoke 12  → fire stands-again, fire grows thin
        08:10:19.999
        08:10:20  → fire grows, fire raised critical rings
        ",
    );
}

#[test]
fn a_second_device_is_believed_at_once_whatever_its_class() {
    play(
        "
        08:00:00  smoke-hall smoke 12    → fire caution alarm, fire grows thin smoke-hall
        08:00:05  smoke-gallery smoke 4  → fire grows thin smoke-gallery
                                         → fire grows smoke smoke-hall @08:00:05
                                         → fire raised critical rings
        08:00:06  smoke-hall-b smoke 12  → fire grows smoke-hall-b smoke, fire grows thin
        ",
    );
}

#[test]
fn a_second_device_long_before_says_nothing_of_now() {
    play(
        "
        08:00:00  smoke-gallery smoke 4  → fire attention supervisory silent
        08:01:00  smoke-hall smoke 12    → fire grows smoke smoke-hall, fire raised caution rings
                                         → fire grows thin
        08:01:19.999
        08:01:20  → fire grows, fire raised critical
        ",
    );
}

#[test]
fn what_grows_fast_and_what_the_panel_says_wait_for_nobody() {
    play(
        "
        08:00:00  heat-hall temperature 60   → fire critical alarm rings
        ",
    );
    play(
        "
        08:00:00  panel-hall panel_alarm on  → fire critical alarm rings
        ",
    );
    play(
        "
        08:00:00  smoke-hall smoke 12        → fire caution alarm, fire grows thin
        08:00:03  panel-hall panel_alarm on  → fire grows panel, fire raised critical rings
                                             → fire grows smoke @08:00:03
        ",
    );
}

#[test]
fn what_waits_to_be_believed_waits_through_a_restart() {
    for how in ["rebuilt", "snapshot"] {
        let script = format!(
            "
            08:00:00  smoke-hall smoke 12  → fire caution alarm, fire grows thin
            08:00:10  {how}
            08:00:11  rebuilt
            08:00:19.999
            08:00:20  → fire grows, fire raised critical rings
            "
        );
        play(&script);
    }
}

#[test]
fn a_sensor_that_falls_silent_while_it_waits_is_believed_all_the_same() {
    play(
        "
        08:00:00  smoke-hall smoke 12  → fire caution alarm, fire grows thin
        08:00:05  smoke-hall offline
        08:00:20  → fire grows, fire raised critical rings
        ",
    );
}

#[test]
fn what_a_backlog_says_had_lasted_was_believed_then() {
    play(
        "
        08:00:00  lost                          → unwatched
        08:05:00  regained
        08:05:01  smoke-hall smoke 12 late 4m   → fire caution alarm, fire grows thin
        08:05:02  smoke-hall smoke 1 late 3m    → fire grows smoke @08:01:21
                                                → fire raised critical, fire ends, fire ends
        08:05:03  caught-up                     → unwatched restored
        08:05:04  → fire cleared
        ",
    );
}

// ── what nobody has sensors for ──

#[test]
fn people_open_what_no_sensor_sees_and_it_ends_with_their_word() {
    play_in(
        shipped(),
        "
        08:00:00  declare chemical-release main      → chemical-release critical alarm center rings
        08:10:00  declare chemical-release 2f        → chemical-release grows
        08:30:00  resolve chemical-release/center/1 real
                  → chemical-release resolved, chemical-release cleared
        09:00:00  declare chemical-release main      → chemical-release critical #2 rings
        ",
    );
}

#[test]
fn an_intruder_an_air_raid_and_a_crowd_are_opened_where_they_are() {
    play_in(
        shipped(),
        "
        08:00:00  declare intruder 3f-kitchen          → intruder critical main rings
        08:01:00  declare air-raid center              → air-raid critical center rings
        08:02:00  declare crowding 1f-hall warning     → crowding warning 1f-hall rings
        08:03:00  declare stillness main               → refused unknown-situation
        08:03:01  declare no-such-thing main           → refused unknown-situation
        08:03:02  declare fire nowhere                 → refused unknown-place
        ",
    );
}

#[test]
fn a_notice_opens_what_heeds_it_until_its_time_is_over() {
    play_in(
        shipped(),
        "
        08:00:00  notice earthquake warning 10m    → earthquake warning alarm main rings
        08:09:59
        08:10:00  → earthquake cleared @08:10:00
        09:00:00  notice heavy-rain caution 2h     → flood caution supervisory b2 silent
        09:30:00  notice heavy-rain warning 2h     → flood grows, flood raised supervisory warning
        10:00:00  notice heavy-rain warning 0s     → flood cleared
        12:00:00  notice heat-wave warning 2h
        ",
    );
}

#[test]
fn a_notice_outlives_a_restart_and_a_change_of_rules() {
    play_in(
        shipped(),
        "
        08:00:00  notice air-raid critical 1h    → air-raid critical alarm rings
        08:10:00  snapshot
        08:20:00  rebuilt
        08:30:00  activate
        08:40:00  declare fire main              → fire critical alarm rings
        08:50:00  activate
        09:00:00  → air-raid cleared @09:00:00
        ",
    );
}

// ── the shipped days ──

#[test]
fn an_early_sign_is_shown_and_calls_nobody_until_it_is_an_alarm() {
    play_in(
        with_ladders(),
        "
        08:00:00  smoke-2f-office smoke 6
        08:00:30  → fire caution supervisory silent
        08:30:00  smoke-2f-office smoke 12
        08:30:30  → fire grows fire-smoke, fire raised alarm caution, fire tells opened operator
        08:30:50  → fire grows fire-smoke, fire raised critical rings
        08:33:30  → fire tells unanswered operator management-office
        ",
    );
}

#[test]
fn shipped_fire_days() {
    // A smouldering office: thin smoke, then an alarm, believed by the next room or in time.
    play_in(
        shipped(),
        "
        08:00:00  smoke-2f-office smoke 6
        08:00:30  → fire caution supervisory silent
        08:01:00  smoke-2f-office smoke 12
        08:01:30  → fire grows fire-smoke, fire raised alarm caution rings
        08:01:49
        08:01:50  → fire grows fire-smoke @08:01:50, fire raised critical rings
        ",
    );
    // Steam: as much, and gone before it is an alarm. Then the sun on a wall.
    play_in(
        shipped(),
        "
        08:00:00  smoke-2f-office smoke 12
        08:00:29  smoke-2f-office smoke 1
        09:00:00  heat-2f-server temperature 33
        11:00:00  heat-2f-server temperature 36
        13:00:00  heat-2f-server temperature 39
        ",
    );
    // A person has seen it.
    play_in(
        shipped(),
        "
        08:00:00  call-2f-west call_point on   → fire critical alarm rings
        ",
    );
}

// ── two at once ──

#[test]
fn everyone_holds_while_it_shakes_and_is_told_to_go_when_it_has_stopped() {
    let configuration = shipped();
    let quake = &configuration.situations["earthquake"];
    let bad = (Class::Alarm, Level::Warning);
    let said = |holds, over| {
        let moment = quake.moment(bad, holds, over);
        quake.says(moment, "본관", &Words::new("이유", "why")).expect("words").en
    };
    assert!(said(true, false).contains("Do not move"), "{}", said(true, false));
    assert!(said(false, false).contains("stairs"), "{}", said(false, false));
    assert!(said(false, true).contains("over"), "{}", said(false, true));
    assert_eq!(quake.moment((Class::Supervisory, Level::Warning), false, false), Moment::Early);
}

/// Every reason that is said in a day is said in both languages.
#[test]
fn reasons_are_said_in_korean_and_in_english() {
    let shell = play_in(
        shipped(),
        "
        08:00:00  call-2f-west call_point on         → fire critical
        08:00:01  declare intruder main              → intruder critical
        08:00:02  notice earthquake warning 10m      → earthquake warning
        ",
    );
    let korean = |text: &str| text.chars().any(|c| ('가'..='힣').contains(&c));
    let mut said = 0;
    for effect in shell.log.iter().flat_map(|logged| &logged.effects) {
        let because = match effect {
            Effect::EvidenceAdded { evidence, .. } => &evidence.because,
            Effect::Moved { because: Some(because), .. } => because,
            _ => continue,
        };
        assert!(korean(&because.ko) && !korean(&because.en), "{because:?}");
        said += 1;
    }
    assert!(said >= 6, "{said}");
}
