//! Each disaster under the shipped rules: a day that must alarm, and one that looks like it and
//! must not. What sensors cannot tell is opened by a person, a panel or an authority.

use std::path::Path;
use std::sync::Arc;

use jikimi::config;
use jikimi::domain::time::SignedDuration;
use jikimi::domain::{Content, Input, Quantity, Value};
use jikimi::monitor::Configuration;

use crate::play::play_in;
use crate::situations::shipped;
use crate::world::{Shell, at_ms, message};

#[track_caller]
fn play(script: &str) -> Shell {
    play_in(shipped(), script)
}

#[test]
fn a_kitchen_that_burns_and_one_in_which_somebody_cooks() {
    play(
        "
        08:00:00  heat-3f-kitchen temperature 24
        08:00:20  heat-3f-kitchen temperature 40   → fire caution supervisory, fire grows fire-rise
                                                   → fire raised alarm critical rings
        ",
    );
    // Frying: haze for minutes, a pan that smokes for most of one, and warmth that comes slowly.
    play(
        "
        11:00:00  heat-3f-kitchen temperature 24
        11:05:00  heat-3f-kitchen temperature 27
        11:06:00  smoke-3f-kitchen smoke 4.5
        11:10:00  heat-3f-kitchen temperature 30
        11:11:00  smoke-3f-kitchen smoke 18
        11:11:25  smoke-3f-kitchen smoke 2
        11:15:00  heat-3f-kitchen temperature 32
        11:20:00  smoke-3f-kitchen smoke 0.4
        12:00:00
        ",
    );
}

#[test]
fn smoke_that_stays_and_steam_that_passes() {
    play(
        "
        08:00:00  smoke-2f-meeting smoke 13
        08:00:30  → fire caution alarm rings, fire grows fire-smoke-thin
        08:00:50  → fire grows, fire raised critical rings
        ",
    );
    // As thick, from a shower and a kettle, and gone within half a minute each time.
    play(
        "
        07:00:00  smoke-2f-meeting smoke 20
        07:00:25  smoke-2f-meeting smoke 2
        07:10:00  smoke-2f-meeting smoke 15
        07:10:28  smoke-2f-meeting smoke 1
        09:00:00
        ",
    );
}

#[test]
fn a_slow_fire_in_a_hot_room_and_a_hot_summer_afternoon() {
    play(
        "
        14:00:00  heat-b1-generator temperature 48
        14:00:30  → fire caution supervisory silent
        14:20:00  heat-b1-generator temperature 58
        14:20:04  → fire grows, fire raised alarm critical rings
        ",
    );
    // The sun on a wall: a degree in ten minutes, to 44 °C, and down again.
    play(
        "
        11:00:00  heat-2f-server temperature 30
        12:00:00  heat-2f-server temperature 36
        13:00:00  heat-2f-server temperature 40
        15:00:00  heat-2f-server temperature 44
        18:00:00  heat-2f-server temperature 33
        20:00:00
        ",
    );
}

#[test]
fn a_leak_and_a_cloth_with_cleaner() {
    play(
        "
        08:00:00  gas-b1-boiler gas 12
        08:00:05  → gas warning alarm rings
        ",
    );
    play(
        "
        08:00:00  gas-3f-kitchen gas 30
        08:00:03  gas-3f-kitchen gas 4
        08:30:00  gas-3f-kitchen gas 9
        09:00:00
        ",
    );
}

#[test]
fn a_boiler_that_poisons_and_a_car_that_starts() {
    play(
        "
        08:00:00  co-b1-boiler co 320
        08:02:00  → co critical alarm rings
        ",
    );
    play(
        "
        08:00:00  co-b1-parking-west co 250
        08:01:00  co-b1-parking-west co 20
        08:30:00  co-b1-parking-west co 40
        08:40:00  co-b1-parking-west co 5
        12:00:00
        ",
    );
}

#[test]
fn water_in_the_pump_room_and_a_floor_that_was_mopped() {
    play(
        "
        08:00:00  water-b2-pump water_level 16
        08:00:10  → flood critical alarm rings flood-level, flood grows flood-watch
        ",
    );
    // Somebody looks, and nobody is led out.
    play(
        "
        08:00:00  water-b2-machine leak on
        08:00:05  → flood caution supervisory silent
        08:20:00  water-b2-machine leak off   → flood cleared
        ",
    );
    play(
        "
        08:00:00  water-b2-machine leak on
        08:00:03  water-b2-machine leak off
        09:00:00
        ",
    );
}

/// Both contacts go at once, twice: the second time it was agreed, and nobody is told.
#[test]
fn a_blackout_and_a_power_cut_that_was_planned() {
    let both = "
        09:00:00  mains-1f-electrical mains on
        09:00:01  mains-3f-dining mains on
        09:30:00  AGREED
        10:00:00  mains-1f-electrical mains off
        10:00:01  mains-3f-dining mains off
        10:00:04  → blackout warning supervisory TOLD
        10:40:00  mains-1f-electrical mains on   → blackout cleared
    ";
    play(&both.replace("09:30:00  AGREED", "").replace("TOLD", "silent"));
    let agreed = "09:30:00  silence center in 10m for 2h  → silence agreed\n\
                  09:40:00  → silence-begins";
    let shell = play(
        &both
            .replace("09:30:00  AGREED", agreed)
            .replace("supervisory TOLD", "supervisory silent, blackout silenced"),
    );
    let row = &shell.ledger.rows[&"center/blackout/main/1".parse().unwrap()];
    assert!(row.notices.is_empty() && row.silenced, "shown, and told to nobody");
    // What is planned hides no fire.
    let fire = "
        09:00:00  silence center for 2h                → silence begun
        10:00:00  call-2f-west call_point on           → fire critical alarm rings
    ";
    play(fire);
}

/// A drill rings whoever takes part, says so everywhere, and is no alarm that counts.
#[test]
fn a_fire_and_a_drill_of_one() {
    let shell = play(
        "
        10:00:00  drill fire 2f-office for 30m   → fire critical exercise rings exercise-opened
        10:10:00  call-2f-west call_point on     → fire critical alarm #2 rings opened
        10:30:00  → fire cleared, fire resolved test
        ",
    );
    let drill = &shell.ledger.rows[&"center/fire/main/1".parse().unwrap()];
    assert!(drill.notices.iter().all(|(step, ..)| step.starts_with("exercise-")));
}

/// Waves of these amplitudes in gal, as sensors of one site say them; how many quakes they make.
fn shaken(devices: &[&str], gal: f64) -> usize {
    let mut shell = Shell::new(shipped());
    let rate = 31.0;
    for second in 0..40_u32 {
        for device in devices {
            let sample = |n: u16| {
                let t = f64::from(second) + f64::from(n) / rate;
                let strong = (20.0..26.0).contains(&t);
                let wave = gal * libm::sin(t * 2.0 * std::f64::consts::PI * 3.0);
                let noise = if n.is_multiple_of(2) { 0.05 } else { -0.05 };
                #[expect(clippy::cast_possible_truncation, reason = "as sensors say it")]
                let gal = (noise + if strong { wave } else { 0.0 }) as f32;
                gal
            };
            let x: Vec<f32> = (0..31).map(sample).collect();
            let at = at_ms(i64::from(second) * 1_000);
            let content = Content::Waveform { rate_hz: rate, x: x.clone(), y: x.clone(), z: x };
            let sent = message(device, at, format!("{second}"), content);
            shell.take(at, &Input::Message(sent));
        }
    }
    shell.ledger.opened().iter().filter(|(kind, ..)| kind == "earthquake").count()
}

#[test]
fn an_earthquake_and_a_door_that_slams_beside_one_sensor() {
    let all = ["acc-b1-generator", "acc-1f-electrical", "acc-3f-dining"];
    assert_eq!(shaken(&all, 30.0), 1, "three storeys feel it");
    assert_eq!(shaken(&all[..1], 30.0), 0, "one storey is a door");
    assert_eq!(shaken(&all, 2.0), 0, "a lorry in the street");
}

#[test]
fn a_chemical_release_and_what_is_none_of_it() {
    play(
        "
        08:00:00  notice chemical-release critical 2h
                  → chemical-release critical alarm center rings
        08:30:00  notice chemical-release critical 0s   → chemical-release cleared
        09:00:00  resolve chemical-release/center/1 real → chemical-release resolved
        ",
    );
    // Carbon monoxide below its dose, a heat wave, and one that is over before it comes here.
    play(
        "
        08:00:00  co-b1-boiler co 28
        08:10:00  notice heat-wave warning 2h
        08:20:00  notice chemical-release critical 0s
        20:00:00
        ",
    );
}

#[test]
fn an_intruder_and_a_door_by_night() {
    let shell = play(
        "
        03:00:00  declare intruder 1f-hall   → intruder critical alarm main rings
        ",
    );
    let (site, situations) = {
        let configuration = shell.monitor.configuration();
        (&configuration.site, &configuration.situations)
    };
    let open = shell.monitor.open().next().expect("it is open");
    let case = jikimi::situation::Case::of(site, &situations["intruder"], open);
    assert!(case.alerted().is_empty(), "whoever attacks hears what is announced");
    // Somebody moves in the hall by night, as cleaners do.
    play(
        "
        03:00:00  people-1f-hall motion on
        03:00:30  people-1f-hall motion off
        03:10:00  people-1f-hall occupancy 2
        04:00:00
        ",
    );
}

#[test]
fn an_air_raid_and_an_exercise_of_one() {
    play(
        "
        14:00:00  notice air-raid critical 1h   → air-raid critical alarm center rings
        15:00:00  → air-raid cleared
        ",
    );
    // The monthly siren: civil defence drills are drills here too.
    play(
        "
        14:00:00  drill air-raid main for 20m   → air-raid critical exercise exercise-opened
        14:20:00  → air-raid cleared, air-raid resolved test
        ",
    );
}

#[test]
fn a_crush_in_the_hall_and_a_full_lecture() {
    play(
        "
        19:00:00  people-1f-hall occupancy 260
        19:00:30  → crowding caution supervisory 1f-hall silent
        19:05:00  declare crowding 1f-hall      → crowding grows, crowding raised alarm warning
        ",
    );
    play(
        "
        19:00:00  people-3f-auditorium occupancy 180
        19:10:00  people-3f-auditorium occupancy 251
        19:10:20  people-3f-auditorium occupancy 190
        21:00:00
        ",
    );
}

// ── classes and their clocks ──

fn everything() -> Arc<Configuration> {
    let loaded = config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"));
    let loaded = loaded.unwrap_or_else(|refused| panic!("{refused}"));
    let found = loaded.configurations.iter().find(|of| of.site.id.as_str() == "center");
    Arc::clone(found.expect("the center"))
}

/// NFPA 72 wants a trouble shown within 90 s (10.15 in the edition of 2022, as research has it).
#[test]
fn whatever_a_device_says_of_its_own_trouble_is_shown_within_ninety_seconds() {
    let says = |quantity: Quantity, value: Value| Content::Readings(vec![(quantity, value)]);
    for (device, content, kind) in [
        ("panel", says(Quantity::PanelFault, Value::Flag(true)), "panel-fault"),
        ("panel", says(Quantity::Tamper, Value::Flag(true)), "device-tamper"),
        ("heat-3f-kitchen", Content::Status { online: false }, "device-silent"),
        ("heat-3f-kitchen", says(Quantity::Temperature, Value::Number(-90.0)), "reading-range"),
        ("call-2f-west", says(Quantity::Battery, Value::Number(4.0)), "device-battery"),
    ] {
        let mut shell = Shell::new(everything());
        let begun = at_ms(60_000);
        shell.take(begun, &Input::Message(message(device, begun, "a".to_owned(), content)));
        shell.wake_until(begun + SignedDuration::from_secs(90));
        let opened = shell.ledger.opened();
        assert!(opened.iter().any(|(is, ..)| is == kind), "{device}: {kind} in {opened:?}");
        let rows = shell.ledger.rows.iter().filter(|(id, _)| id.kind.as_str() == kind);
        for (id, row) in rows {
            assert_eq!(row.class.as_str(), "trouble", "{id}");
            assert!(row.notices.is_empty(), "{id}: a fault is never an alarm");
        }
    }
}

/// NFPA 72: a trouble that somebody has silenced rings again after 24 h while it lasts, and a
/// silence of a place lasts no longer.
#[test]
fn a_silenced_trouble_rings_again_after_twenty_four_hours() {
    let rules = r#"
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
    "#;
    crate::play::play(
        rules,
        "
        08:00:00  panel-hall panel_fault on        → panel-fault caution trouble silent
        08:00:10  acknowledge panel-fault/hall/1   → panel-fault acknowledged
        32:00:09.999
        32:00:10  → panel-fault rings-again rings
        ",
    );
    crate::play::play(
        rules,
        "
        08:00:00  silence main for 25h             → refused bad-window
        08:00:01  silence main for 24h             → silence begun
        08:00:02  panel-hall panel_fault on        → panel-fault silent, panel-fault silenced
        32:00:00.999
        32:00:01  → silence-ends, panel-fault unsilenced rings silence-ended-1
        ",
    );
}
