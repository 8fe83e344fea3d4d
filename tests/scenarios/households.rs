//! Who lives in a home: what may be said of it, what ends by itself, and when it is watched.

use std::sync::Arc;

use jikimi::domain::Site;
use jikimi::domain::household::Standing;
use jikimi::monitor::Configuration;

use crate::play::{play, play_in};
use crate::world::center;

/// The home's stopwatch, so that there is something that stands of who lived there.
const STILL: &str = r#"
    [[rule]]
    id = "still"
    kind = "stillness"
    level = "attention"
    scope = "home"
    detector = "stillness"
    away_after_h = 48
    door_settles_s = 60
    blind_after_s = 1000000
    steps = [{ after_h = 1, level = "attention" }]
"#;

fn registered() -> Arc<Configuration> {
    let plain = center("");
    let site = Site { registered_only: true, ..(*plain.site).clone() };
    Arc::new(Configuration { site: Arc::new(site), ..(*plain).clone() })
}

#[test]
fn a_home_is_watched_once_its_tenant_agreed_and_every_sensor_was_heard() {
    let day = "
        08:00  household h0101 hh-1 {\"move-in\":{\"since\":@08:00}}  → household h0101 move-in
        08:01  household h0101 hh-1 {\"consent\":{\"monitoring\":true,\"night\":false}}
               → household consent
        08:02  household h0101 hh-1 \"walk-test-finish\"  → refused no-walk-test
        08:03  household h0101 hh-1 \"walk-test-start\"   → household walk-test-start
        08:04  pir-h0101 motion off                       → nothing # at rest is no touch
        08:05  pir-h0101 motion on                        → household heard pir-h0101
        08:06  sos-h0101 sos on                           → household heard sos-h0101
        08:07  heat-h0101 temperature 21                  → household heard heat-h0101
        08:08  exit-h0101 contact on                      → household heard exit-h0101
        08:09  exit-h0101 contact off                     → household heard exit-h0101
        08:10  household h0101 hh-1 \"walk-test-finish\"  → refused walk-test-incomplete
        08:11  fridge-h0101 contact on                    → household heard fridge-h0101
        08:12  rebuilt                                    # who walked goes on walking
    ";
    let shell = play_in(registered(), day);
    assert!(!shell.monitor.standing(&"h0101".parse().unwrap()).watched);
    let finish = "
        08:13  fridge-h0101 contact off                   → household heard fridge-h0101
        08:14  household h0101 hh-1 \"walk-test-finish\"  → household walk-test-finish
    ";
    let shell = play_in(registered(), &[day, finish].concat());
    let standing = shell.monitor.standing(&"h0101".parse().unwrap());
    assert!(standing.watched && !standing.night);
    let empty = shell.monitor.standing(&"h0102".parse().unwrap());
    assert_eq!(empty, Standing::EMPTY);
}

/// Its rest is said as open: the tester shuts the door and it says open.
#[test]
fn a_door_that_speaks_the_wrong_way_round_does_not_pass() {
    let rest = "
        08:00  household h0101 hh-1 {\"move-in\":{\"since\":@08:00}}  → household move-in
        08:01  household h0101 hh-1 \"walk-test-start\"  → household walk-test-start
        08:02  pir-h0101 motion on           → household heard
        08:02  sos-h0101 sos on              → household heard
        08:02  heat-h0101 temperature 21     → household heard
        08:02  fridge-h0101 contact on       → household heard
        08:03  fridge-h0101 contact off      → household heard
        08:04  exit-h0101 contact on         → household heard  # it reports its rest
        08:05  exit-h0101 contact off        → household heard  # opened
        08:06  exit-h0101 contact on         → household heard  # shut
        08:07  household h0101 hh-1 \"walk-test-finish\"  → refused walk-test-incomplete
    ";
    play_in(registered(), rest);
}

#[test]
fn an_absence_ends_when_it_was_said_to_and_survives_a_restart() {
    let shell = play(
        "",
        "
        08:00  household h0101 hh-1 {\"move-in\":{\"since\":@08:00}}  → household move-in
        08:01  household h0101 hh-1 \"visit-end\"                     → refused nothing-to-end
      08:02 household h0101 hh-1 {\"leave\":{\"from\":@09:00,\"until\":@08:30,\"reason\":\"trip\"}}
               → refused bad-span
      08:03 household h0101 hh-1 {\"leave\":{\"from\":@09:00,\"until\":@12:00,\"reason\":\"trip\"}}
               → household leave
        08:04  household h0101 hh-2 {\"return\":\"said\"}             → refused unknown-household
        08:05  household h0101 hh-1 {\"return\":\"seen-home\"}        → refused not-of-people
        08:06  household h0101 hh-1 {\"visit\":{\"from\":@08:00,\"until\":@08:30}} → household visit
        08:10  snapshot
        08:20  rebuilt
        08:30  → household visit-end
        10:00  rebuilt
        12:00  → household return over
        12:01  household h0101 hh-1 {\"leave\":{\"from\":@12:01,\"reason\":\"hospital\"}}
               → household leave
        12:02  household h0101 hh-1 {\"return\":\"said\"}             → household return said
        ",
    );
    assert_eq!(shell.monitor.standing(&"h0101".parse().unwrap()).away, None);
}

#[test]
fn nothing_of_who_moved_out_is_the_next_ones() {
    let shell = play(
        STILL,
        "
        08:00  household h0101 hh-1 {\"move-in\":{\"since\":@08:00}}      → household move-in
        08:01  household h0101 hh-2 {\"move-in\":{\"since\":@08:00}}      → refused occupied
        08:02  household h0102 hh-1 {\"move-in\":{\"since\":@08:00}}      → refused occupied
        08:03  household h0109 hh-3 {\"move-in\":{\"since\":@08:00}}      → refused unknown-home
        08:04  household h0101 hh-1 {\"consent\":{\"monitoring\":true,\"night\":true}}
               → household consent
      08:05 household h0101 hh-1 {\"needs-help-to-leave\":true} → household needs-help-to-leave
        08:10  pir-h0101 motion on
        09:10  → stillness h0101
        09:20  household h0101 hh-1 \"move-out\"  → household move-out, stillness cleared
        09:21  household h0101 hh-1 {\"consent\":{\"monitoring\":true,\"night\":true}}
               → refused unknown-household
        09:30  household h0101 hh-2 {\"move-in\":{\"since\":@09:30}}      → household move-in
        11:30
        ",
    );
    let now = shell.monitor.household(&"h0101".parse().unwrap()).expect("the next one");
    assert!(!now.consent.monitoring && !now.needs_help_to_leave);
}
