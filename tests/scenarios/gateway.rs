//! A gateway that dies is one fault, with everything behind it listed.

use jikimi::domain::time::Timestamp;
use jikimi::domain::{Content, Input, Quantity, Value};

use crate::play::play_in;
use crate::world::{Shell, at_ms, block, message};

const SILENT: &str = r#"
    [[rule]]
    id = "silent"
    kind = "device-silent"
    class = "trouble"
    level = "attention"
    scope = "zone"
    detector = "device_silent"
    silent_after_s = 1800
    silent_after_by_kind_s = { exit-door = 5400 }
"#;

const SUPPLY: &str = r#"
    [[rule]]
    id = "supply"
    kind = "blackout"
    class = "supervisory"
    level = "warning"
    quantity = "mains"
    detector = "threshold"
    unit = "flag"
    when = "below"
    start = 0
    stop = 1
"#;

const STILL: &str = r#"
    [[rule]]
    id = "still"
    kind = "stillness"
    level = "attention"
    scope = "home"
    detector = "stillness"
    away_after_h = 48
    door_settles_s = 60
    blind_after_s = 1800
    steps = [{ after_h = 8, level = "attention" }, { after_h = 12, level = "warning" }]
"#;

/// Every device of so many homes says that all is quiet, at a time of day; whoever stands after
/// `but` says nothing.
fn all_speak(time: &str, homes: u32, but: &[&str]) -> String {
    let devices = (1..=homes).flat_map(|home| {
        [("pir", "motion off"), ("exit", "contact off"), ("heat", "temperature 21")]
            .map(|(name, said)| (format!("{name}-h{home:04}"), said))
    });
    let speaking = devices.filter(|(device, _)| !but.contains(&device.as_str()));
    let lines = speaking.map(|(device, said)| format!("{time} {device} {said}\n"));
    let supply = std::iter::once(format!("{time} power-store mains on\n"));
    lines.chain(supply.filter(|_| !but.contains(&"power-store"))).collect()
}

#[test]
fn a_gateway_that_says_it_is_going_is_one_fault_with_all_behind_it_listed() {
    let begin = all_speak("08:00:00", 2, &[]);
    let script = format!(
        "
        {begin}
        08:10:00  gw-main offline
        08:10:29
        08:10:30  → gateway-dead attention trouble main gw-main silent
        08:29:59
        08:30:00  → gateway-dead grows heat-h0001, gateway-dead grows heat-h0002
                  → gateway-dead grows pir-h0001, gateway-dead grows h0001 blind
                  → gateway-dead raised caution, gateway-dead grows pir-h0002
                  → gateway-dead grows h0002 blind, device-silent power-store
        09:30:00  → gateway-dead grows exit-h0001, gateway-dead grows exit-h0002
        12:00:00  gw-main online  → gateway-dead ends gw-main
        12:00:00  heat-h0001 temperature 21  → gateway-dead ends heat-h0001
        12:00:01  pir-h0001 motion off       → gateway-dead ends pir-h0001
        12:00:02  exit-h0001 contact off     → gateway-dead ends exit-h0001
                                             → gateway-dead ends h0001
        12:00:03  pir-h0002 motion off       → gateway-dead ends pir-h0002
        12:00:04  heat-h0002 temperature 20  → gateway-dead ends heat-h0002
        12:00:05  exit-h0002 contact off     → gateway-dead ends exit-h0002, gateway-dead restored
        "
    );
    play_in(block(SILENT, 2), &script);
}

#[test]
fn what_does_not_come_back_with_its_gateway_has_a_fault_of_its_own() {
    let begin = all_speak("08:00:00", 1, &[]);
    let script = format!(
        "
        {begin}
        08:10:00  gw-main offline
        08:10:30  → gateway-dead
        08:20:00  power-store mains on
        08:30:00  → gateway-dead grows heat-h0001, gateway-dead grows pir-h0001
                  → gateway-dead grows h0001, gateway-dead raised
        08:40:00  heat-h0001 temperature 21  → gateway-dead ends heat-h0001
                                             → gateway-dead ends gw-main
        08:45:00  power-store mains on
        09:00:00  heat-h0001 temperature 21
        09:09:59
        09:10:00  → gateway-dead ends pir-h0001, device-silent h0001 pir-h0001
                  → gateway-dead restored h0001, blind trouble h0001
        09:11:00  pir-h0001 motion off  → device-silent restored, blind restored
        "
    );
    play_in(block(SILENT, 1), &script);
}

#[test]
fn nothing_through_a_gateway_is_a_dead_one_when_three_should_have_spoken() {
    let begin = all_speak("08:00:00", 3, &[]);
    let script = format!(
        "
        {begin}
        08:10:00  pir-h0001 motion off
        08:12:00  pir-h0002 motion off
        08:20:00  power-store mains on
        08:29:59
        08:30:00  → gateway-dead caution main gw-main, grows heat-h0001, grows heat-h0002
                  → grows heat-h0003, grows pir-h0003, grows h0003
        08:40:00  → gateway-dead grows pir-h0001, grows h0001
        08:42:00  → gateway-dead grows pir-h0002, grows h0002
        "
    );
    play_in(block(SILENT, 3), &script);
}

#[test]
fn one_dead_device_behind_a_gateway_that_speaks_is_its_own_fault() {
    let begin = all_speak("08:00:00", 3, &[]);
    let words: String = ["08:10:00", "08:20:00", "08:29:00"]
        .map(|time| all_speak(time, 3, &["heat-h0002"]))
        .concat();
    let script = format!(
        "
        {begin}
        {words}
        08:30:00  → device-silent attention h0002 heat-h0002
        08:58:00
        "
    );
    play_in(block(SILENT, 3), &script);
}

#[test]
fn a_device_long_dead_is_not_folded_into_its_gateways_death() {
    let begin = all_speak("08:00:00", 1, &[]);
    let later = all_speak("08:29:00", 1, &["heat-h0001"]);
    let script = format!(
        "
        {begin}
        {later}
        08:30:00  → device-silent heat-h0001
        08:31:00  exit-h0001 contact off
        08:32:00  gw-main offline
        08:32:30  → gateway-dead main
        08:58:59
        08:59:00  → gateway-dead grows pir-h0001, grows h0001, raised gateway-dead
                  → device-silent power-store
        "
    );
    play_in(block(SILENT, 1), &script);
}

#[test]
fn the_wills_of_half_of_those_behind_at_once_are_one_fault() {
    let begin = all_speak("08:00:00", 1, &[]);
    let script = format!(
        "
        {begin}
        08:10:00  heat-h0001 offline
        08:10:01  pir-h0001 offline
        08:10:02  exit-h0001 offline
        08:10:30  → device-silent heat-h0001
        08:10:31  → device-silent grows pir-h0001, blind h0001
        08:10:32  → gateway-dead gw-main, gateway-dead grows exit-h0001
                  → device-silent ends heat-h0001, gateway-dead grows heat-h0001
                  → device-silent restored pir-h0001, gateway-dead grows pir-h0001
                  → blind restored, gateway-dead grows h0001
        "
    );
    play_in(block(SILENT, 1), &script);
}

#[test]
fn a_gateway_that_is_back_within_its_grace_was_never_dead() {
    let begin = all_speak("08:00:00", 2, &[]);
    let script = format!(
        "
        {begin}
        08:10:00  gw-main offline
        08:10:20  gw-main online
        08:29:00
        "
    );
    play_in(block(SILENT, 2), &script);
}

#[test]
fn a_block_without_power_lists_its_blind_homes_and_gives_them_back() {
    let begin = all_speak("08:00:00", 1, &[]);
    let script = format!(
        "
        {begin}
        08:05:00  power-store mains off        → blackout supervisory main
        08:20:00  exit-h0001 contact off
        08:25:00  heat-h0001 temperature 21
        08:29:00  power-store mains off
        08:30:00  → blackout grows pir-h0001, blackout grows h0001 blind
        08:50:00  heat-h0001 temperature 21
        08:58:00  power-store mains on         → blackout ends power-store
        09:03:00  → blackout eased caution
        09:15:00  heat-h0001 temperature 21
        09:27:00  power-store mains on
        09:28:00  → blackout ends pir-h0001, device-silent h0001 pir-h0001
                  → blackout cleared h0001, blind trouble h0001
        09:28:30  pir-h0001 motion off         → device-silent restored, blind restored
        "
    );
    play_in(block(&[SILENT, SUPPLY].concat(), 1), &script);
}

#[test]
fn a_home_that_comes_back_with_its_power_has_no_fault_of_its_own() {
    let begin = all_speak("08:00:00", 1, &[]);
    let script = format!(
        "
        {begin}
        08:05:00  power-store mains off        → blackout supervisory main
        08:25:00  exit-h0001 contact off
        08:26:00  heat-h0001 temperature 21
        08:29:00  power-store mains off
        08:30:00  → blackout grows pir-h0001, blackout grows h0001 blind
        08:50:00  power-store mains on         → blackout ends power-store
        08:51:00  pir-h0001 motion off         → blackout ends pir-h0001, blackout cleared h0001
        "
    );
    play_in(block(&[SILENT, SUPPLY].concat(), 1), &script);
}

#[test]
fn a_gateway_that_dies_again_before_all_are_back_is_still_one_fault() {
    let begin = all_speak("08:00:00", 1, &[]);
    let script = format!(
        "
        {begin}
        08:10:00  gw-main offline
        08:10:30  → gateway-dead #1
        08:25:00  power-store mains on
        08:30:00  → gateway-dead grows heat-h0001, gateway-dead grows pir-h0001
                  → gateway-dead grows h0001, gateway-dead raised
        08:40:00  gw-main online               → gateway-dead ends gw-main
        08:41:00  heat-h0001 temperature 21    → gateway-dead ends heat-h0001
        08:45:00  gw-main offline
        08:45:30  → gateway-dead grows gw-main
        08:54:00  power-store mains on
        09:11:00  → gateway-dead grows heat-h0001
        09:20:00  power-store mains on
        09:30:00  → gateway-dead grows exit-h0001
        09:45:00  gw-main online               → gateway-dead ends gw-main
        09:46:00  pir-h0001 motion off         → gateway-dead ends pir-h0001
        09:47:00  exit-h0001 contact off
                  → gateway-dead ends exit-h0001, gateway-dead ends h0001
        09:48:00  heat-h0001 temperature 21    → gateway-dead restored
        "
    );
    play_in(block(SILENT, 1), &script);
}

#[test]
fn what_we_did_not_watch_is_no_quiet_of_a_gateway() {
    let (first, then) = (all_speak("07:40:00", 3, &[]), all_speak("08:00:00", 3, &["heat-h0001"]));
    let script = format!(
        "
        {first}
        {then}
        08:05:00  lost       → unwatched
        10:00:00  regained
        10:00:10  caught-up  → unwatched restored
        10:05:09
        10:05:10  → device-silent h0001 heat-h0001
        "
    );
    play_in(block(SILENT, 3), &script);
}

#[test]
fn a_restart_amid_a_gateways_death_changes_nothing() {
    let begin = all_speak("08:00:00", 2, &["power-store"]);
    let day = |middle: &str| {
        format!(
            "
            {begin}
            08:10:00  gw-main offline
            08:10:30  → gateway-dead
            08:20:00  power-store mains on
            08:30:00  → grows heat-h0001 gateway-dead, grows heat-h0002 gateway-dead
                      → grows pir-h0001 gateway-dead, grows h0001 gateway-dead
                      → gateway-dead raised, grows pir-h0002 gateway-dead
                      → grows h0002 gateway-dead
            {middle}
            08:45:00  power-store mains on
            08:50:00  pir-h0001 motion off  → gateway-dead ends pir-h0001
                                            → gateway-dead ends h0001, gateway-dead ends gw-main
            "
        )
    };
    let calm = play_in(block(SILENT, 2), &day(""));
    let middle = "
        08:31:00  snapshot
        08:40:00  restart    → unwatched
        08:40:01  regained
        08:40:02  caught-up  → unwatched restored
    ";
    let rough = play_in(block(SILENT, 2), &day(middle));
    assert_eq!(calm.ledger.opened(), rough.ledger.opened());
    let dead = "center/gateway-dead/main/1".parse().unwrap();
    assert_eq!(calm.ledger.rows[&dead], rough.ledger.rows[&dead]);
}

// ── a night behind a dead gateway ──

const HOMES: u32 = 40;

struct Night {
    shell: Shell,
    sent: u32,
}

impl Night {
    fn says(&mut self, at: Timestamp, device: &str, quantity: Quantity, value: Value) {
        self.sent += 1;
        let content = Content::Readings(vec![(quantity, value)]);
        let message = message(device, at, format!("m{}", self.sent), content);
        self.shell.take(at, &Input::Message(message));
    }

    /// What the sensors of one home say in a minute of the day, people moving or not.
    fn home(&mut self, minute: u32, home: u32, moves: bool) {
        let at = at_ms(i64::from(minute) * 60_000 + i64::from(home) * 100);
        if minute % 10 == home % 10 {
            let pir = format!("pir-h{home:04}");
            self.says(at, &pir, Quantity::Motion, Value::Flag(moves));
            let heat = format!("heat-h{home:04}");
            self.says(at, &heat, Quantity::Temperature, Value::Number(21.0));
        }
        if minute % 30 == home % 30 {
            let exit = format!("exit-h{home:04}");
            self.says(at, &exit, Quantity::Contact, Value::Flag(false));
        }
    }

    fn opened(&self, kind: &str) -> Vec<(String, Timestamp)> {
        let opened = self.shell.ledger.opened().into_iter();
        opened.filter(|(k, ..)| k == kind).map(|(_, place, at)| (place, at)).collect()
    }
}

#[test]
fn a_night_behind_a_dead_gateway_is_one_fault_40_blind_homes_and_nobody_still() {
    let shell = Shell::new(block(&[SILENT, STILL].concat(), HOMES));
    let mut night = Night { shell, sent: 0 };
    let activation = night.shell.monitor.configuration().activation();
    night.shell.step(at_ms(20 * 3_600_000), &activation);
    let (dies, back) = (22 * 60, 30 * 60);
    // From eight in the evening to eight in the evening; after midnight only one home moves.
    for minute in 20 * 60..44 * 60 {
        let at = at_ms(i64::from(minute) * 60_000);
        if minute % 5 == 0 {
            night.says(at, "power-store", Quantity::Mains, Value::Flag(true));
        }
        if (dies..back).contains(&minute) {
            continue;
        }
        for home in (1..=HOMES).filter(|home| minute < back || *home != 7) {
            night.home(minute, home, minute < 22 * 60 || (home == 1 && minute % 60 < 10));
        }
    }
    night.shell.wake_until(at_ms(44 * 3_600_000));

    let dead = night.opened("gateway-dead");
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert!((at_ms(80_400_000)..at_ms(81_000_000)).contains(&dead[0].1), "{}", dead[0].1);
    let row = &night.shell.ledger.rows[&"center/gateway-dead/main/1".parse().unwrap()];
    let listed = |rule: &str| {
        let evidence =
            row.evidence.iter().filter(|(contribution, ..)| contribution.rule.as_str() == rule);
        evidence.count()
    };
    assert_eq!((listed("blind"), listed("silent"), listed("gateway-dead")), (40, 120, 1));
    assert!(row.evidence.iter().all(|(_, _, until)| until.is_some()), "it is over");

    // Whoever did not come back has faults of its own, at half past six.
    let own = [("h0007".to_owned(), at_ms(109_800_000))];
    let (silent, blind) = (night.opened("device-silent"), night.opened("blind"));
    assert_eq!(silent.len(), 1, "{silent:?}");
    assert_eq!(blind.len(), 1, "{blind:?}");
    assert_eq!((&silent[0].0, &blind[0].0), (&own[0].0, &own[0].0));
    for (_, at) in silent.iter().chain(&blind) {
        assert!((own[0].1..own[0].1 + jiff::SignedDuration::from_mins(1)).contains(at), "{at}");
    }

    // Nobody is still in the night, nor all at once in the morning: eight hours have to be seen.
    let still = night.opened("stillness");
    assert_eq!(still.len(), 38, "{still:?}");
    assert!(still.iter().all(|(_, at)| *at >= at_ms(38 * 3_600_000)), "{still:?}");
}

#[test]
fn forty_homes_cost_a_few_hundred_bytes_each() {
    let shell = Shell::new(block(SILENT, HOMES));
    let parts = shell.monitor.parts();
    let home = serde_json::to_string(&parts["h0001"]).unwrap();
    assert!(home.len() < 3 * 1024, "three devices: {} bytes as text", home.len());
}
