//! Whom a fire alerts, storey by storey: the sets of NFTC 202 2.1.1.7.

use jikimi::domain::{BuildingId, Home, HomeId, Site, Storey, StoreyId};

use crate::situations::shipped;
use crate::world::center;

/// A tower of so many storeys over so many basements.
fn tower(above: i32, below: i32, homes: bool) -> Site {
    let main: BuildingId = "main".parse().unwrap();
    let levels = (-below..=-1).chain(1..=above);
    let storey = |level: i32| {
        let id: StoreyId = name(level).parse().unwrap();
        (id.clone(), Storey { id, building: main.clone(), level })
    };
    let homes = homes.then(|| {
        let id: HomeId = "h1".parse().unwrap();
        (id.clone(), Home { id, building: main.clone() })
    });
    Site {
        storeys: levels.map(storey).collect(),
        homes: homes.into_iter().collect(),
        ..(*center("").site).clone()
    }
}

fn name(level: i32) -> String {
    if level < 0 { format!("b{}", -level) } else { format!("{level}f") }
}

#[track_caller]
fn alerts(site: &Site, kind: &str, on: &[&str], expected: &[&str]) {
    let on: Vec<StoreyId> = on.iter().map(|storey| storey.parse().unwrap()).collect();
    let told = shipped().situations[kind].floors.alerted(site, &"main".parse().unwrap(), &on);
    assert_eq!(told.iter().map(StoreyId::as_str).collect::<Vec<_>>(), expected, "{kind} on {on:?}");
}

const ALL_OF_TEN: [&str; 12] =
    ["b2", "b1", "1f", "2f", "3f", "4f", "5f", "6f", "7f", "8f", "9f", "10f"];

#[test]
fn from_the_second_floor_up_its_storey_and_four_above() {
    let tower = tower(11, 2, false);
    alerts(&tower, "fire", &["2f"], &["2f", "3f", "4f", "5f", "6f"]);
    alerts(&tower, "fire", &["9f"], &["9f", "10f", "11f"]);
}

#[test]
fn on_the_ground_floor_four_above_and_every_basement() {
    let tower = tower(11, 2, false);
    alerts(&tower, "fire", &["1f"], &["b2", "b1", "1f", "2f", "3f", "4f", "5f"]);
}

#[test]
fn in_a_basement_the_storey_above_and_every_basement() {
    let tower = tower(11, 2, false);
    alerts(&tower, "fire", &["b1"], &["b2", "b1", "1f"]);
    alerts(&tower, "fire", &["b2"], &["b2", "b1"]);
}

#[test]
fn below_eleven_storeys_or_sixteen_of_homes_everyone() {
    alerts(&tower(10, 2, false), "fire", &["2f"], &ALL_OF_TEN);
    let homes = tower(15, 0, true);
    let all: Vec<String> = (1..=15).map(name).collect();
    alerts(&homes, "fire", &["2f"], &all.iter().map(String::as_str).collect::<Vec<_>>());
    alerts(&tower(16, 0, true), "fire", &["2f"], &["2f", "3f", "4f", "5f", "6f"]);
}

#[test]
fn a_fire_on_two_storeys_alerts_both_sets_and_one_that_nobody_has_placed_everyone() {
    let tower = tower(11, 2, false);
    alerts(&tower, "fire", &["b2", "9f"], &["b2", "b1", "9f", "10f", "11f"]);
    let all = [&ALL_OF_TEN[..], &["11f"]].concat();
    alerts(&tower, "fire", &[], &all);
}

#[test]
fn water_alerts_those_below_and_whoever_attacks_hears_nothing() {
    let tower = tower(11, 2, false);
    alerts(&tower, "flood", &["b2"], &["b2", "b1"]);
    alerts(&tower, "flood", &["b1"], &["b2", "b1", "1f"]);
    alerts(&tower, "intruder", &["3f"], &[]);
    alerts(&tower, "gas", &["3f"], &[&ALL_OF_TEN[..], &["11f"]].concat());
}
