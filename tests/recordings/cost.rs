//! What a message costs: the rules that watch its quantity, and not all rules.

use std::fmt::Write as _;

use jikimi::domain::time::SignedDuration;
use jikimi::domain::{Content, Quantity, Value};

use crate::lab::Player;
use crate::world::{MIDNIGHT, center};

/// So many rules on temperature and so many on everything else.
fn rules(on_heat: usize, on_others: usize) -> String {
    let mut text = String::new();
    let mut rule = |id: String, quantity: &str, unit: &str| {
        let _ = writeln!(
            text,
            "[[rule]]\nid = \"{id}\"\nkind = \"fire\"\ndetector = \"threshold\"\n\
             quantity = \"{quantity}\"\nunit = \"{unit}\"\nstart = 900\nstop = 800"
        );
    };
    (0..on_heat).for_each(|n| rule(format!("heat-{n}"), "temperature", "celsius"));
    for n in 0..on_others {
        let (quantity, unit) =
            [("smoke", "percent-per-metre"), ("gas", "percent-lel"), ("mains", "flag")][n % 3];
        rule(format!("other-{n}"), quantity, unit);
    }
    text
}

fn evaluations(on_heat: usize, on_others: usize) -> u64 {
    let mut player = Player::new(&center(&rules(on_heat, on_others)), MIDNIGHT);
    for second in 0..10 {
        let at = MIDNIGHT + SignedDuration::from_secs(second);
        let readings = vec![(Quantity::Temperature, Value::Number(20.0))];
        player.send("heat-hall", at, Content::Readings(readings));
    }
    player.monitor.evaluations()
}

#[test]
fn a_message_costs_the_rules_that_watch_its_quantity_and_not_all_rules() {
    let table = [(1, 0), (1, 300), (4, 0), (4, 300), (40, 300)];
    for (on_heat, on_others) in table {
        let count = evaluations(on_heat, on_others);
        println!(
            "{on_heat} rules watch it of {}: {} evaluations a message",
            on_heat + on_others,
            count / 10
        );
        assert_eq!(count, 10 * on_heat as u64);
    }
}
