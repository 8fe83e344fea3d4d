//! What is switched: only what the site allows and the situation enables, only once it is believed,
//! and nothing while there is gas.

use std::sync::Arc;

use jikimi::domain::{Switch, SwitchId, Switching};
use jikimi::monitor::{Configuration, Effect};
use jikimi::situation::{Case, Moment};

use crate::play::play_in;
use crate::situations::shipped;

/// The shipped center, with these devices allowed and every action of every situation enabled.
fn allowed(switches: &[(&str, &str, Switching)]) -> Arc<Configuration> {
    let mut center = (*shipped()).clone();
    let mut site = (*center.site).clone();
    site.switches = switches
        .iter()
        .map(|(id, zone, does)| {
            let id: SwitchId = id.parse().unwrap();
            let switch = Switch { id: id.clone(), zone: zone.parse().unwrap(), does: *does };
            (id, switch)
        })
        .collect();
    center.site = Arc::new(site);
    for situation in center.situations.values_mut() {
        situation.actions.iter_mut().for_each(|action| action.enabled = true);
    }
    Arc::new(center)
}

fn all() -> Arc<Configuration> {
    allowed(&[
        ("siren-2f", "2f-corridor", Switching::Sound),
        ("siren-b2", "b2-corridor", Switching::Sound),
        ("door-1f", "1f-hall", Switching::ReleaseDoors),
        ("valve", "3f-kitchen", Switching::CloseGas),
        ("fan", "b1-boiler", Switching::StopVentilation),
        ("gate", "b2-parking-west", Switching::CloseGate),
    ])
}

#[test]
fn an_order_follows_what_is_believed_is_given_again_and_ends_with_a_persons_word() {
    let shell = play_in(
        all(),
        "
        08:00:00  smoke-2f-office smoke 12
        08:00:30  → fire caution rings, fire grows
        08:00:50  → fire grows, fire raised critical rings
                  → orders door-1f release-doors, orders fan stop-ventilation
                  → orders siren-2f sound, orders siren-b2 sound
        08:01:00  rebuilt
        08:01:50  → orders door-1f, orders fan, orders siren-2f, orders siren-b2 # again
        08:02:00  smoke-2f-office smoke 1     → fire ends, fire cleared
        08:02:30  resolve fire/main/1 cooking
                  → fire resolved cooking, withdraws door-1f over, withdraws fan over
                  → withdraws siren-2f over, withdraws siren-b2 over
        09:00:00
        ",
    );
    let said = shell.log.iter().flat_map(|line| &line.effects).filter_map(|effect| match effect {
        Effect::SwitchOrdered { switch, epoch, say, .. } => Some((switch.as_str(), *epoch, say)),
        _ => None,
    });
    let said: Vec<_> = said.collect();
    assert_eq!(said.len(), 8);
    for (switch, _, say) in &said {
        let voice = say
            .as_ref()
            .is_some_and(|say| say.ko.contains("계단으로") && say.en.contains("stairs"));
        assert_eq!(voice, switch.starts_with("siren"), "{switch}: {say:?}");
    }
    assert_eq!(said[..4].iter().map(|of| of.1).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(said[..4], said[4..], "given again it is the same order");
}

#[test]
fn as_it_ships_nothing_is_switched() {
    let mut center = (*all()).clone();
    let situations = shipped().situations.clone();
    center.situations = situations;
    play_in(
        Arc::new(center),
        "
        08:00:00  call-2f-west call_point on   → fire critical alarm rings
        ",
    );
    // Nor is what no site allows.
    play_in(
        allowed(&[]),
        "
        08:00:00  call-2f-west call_point on   → fire critical alarm rings
        ",
    );
}

#[test]
fn an_exercise_and_an_early_sign_switch_nothing() {
    play_in(
        all(),
        "
        08:00:00  drill fire 2f-office for 1h     → fire critical exercise rings
        08:10:00  smoke-2f-office smoke 6
        08:10:30  → fire caution supervisory silent
        ",
    );
}

/// A relay's spark ignites gas: what was ordered before is taken back, so that no device that
/// comes back late does it, and once the gas is gone it is ordered again.
#[test]
fn gas_lets_nothing_be_switched_and_takes_back_what_was() {
    play_in(
        all(),
        "
        08:00:00  notice earthquake critical 1h   → earthquake critical
                                                  → orders door-1f, orders valve close-gas
        08:00:10  gas-3f-kitchen gas 25
        08:00:15  → gas warning rings, gas grows, gas raised critical rings
                  → withdraws door-1f forbidden, withdraws valve forbidden
        08:00:20  rebuilt
        08:00:30  gas-3f-kitchen gas 1            → gas cleared
        08:00:40  resolve gas/main/1 real
                  → gas resolved, orders door-1f release-doors, orders valve close-gas
        ",
    );
}

#[test]
fn a_gate_closes_for_water_and_a_siren_sounds_where_people_are_alerted() {
    play_in(
        all(),
        "
        08:00:00  declare flood b2                → flood critical b2 rings, orders gate close-gate
        08:00:50  resolve flood/b2/1 real         → flood resolved, flood cleared
                                                  → withdraws gate over
        09:00:00  declare intruder 1f-hall        → intruder critical rings
        ",
    );
}

/// A switch that the site allows no longer is told nothing more.
#[test]
fn what_is_not_allowed_any_more_is_taken_back() {
    let shell = play_in(
        all(),
        "
        08:00:00  call-2f-west call_point on   → fire critical, orders, orders, orders, orders
        ",
    );
    let case = |shell: &crate::world::Shell| {
        let configuration = shell.monitor.configuration();
        let fire = shell.monitor.open().next().unwrap();
        let of = Case::of(&configuration.site, &configuration.situations["fire"], fire);
        (of.moment(), of.alerted().len())
    };
    assert_eq!(case(&shell), (Moment::Confirmed, 6), "below eleven storeys everyone is told");
}
