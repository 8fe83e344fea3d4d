//! What the signs of the center show in each disaster: up, down, in, still, or nothing at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jikimi::config;
use jikimi::domain::{Content, Input, Quantity, Show, Site, Value, ZoneId};
use jikimi::evacuate::{Hazards, Together};
use jikimi::monitor::{Configuration, Effect};

use crate::world::{Shell, at_ms, message, read_rules};

/// One rule a situation, each with a device of its own.
const RULES: &[(&str, &str, &str)] = &[
    ("flood", "water_level", "unit = \"centimetre\"\nstart = 15\nstop = 5"),
    ("fire", "smoke", "unit = \"percent-per-metre\"\nstart = 10\nstop = 5"),
    ("gas", "gas", "unit = \"percent-lel\"\nstart = 10\nstop = 5"),
];
/// Situations that a call point opens in these tests.
const CALLED: &[(&str, &str)] = &[
    ("earthquake", "call-2f-west"),
    ("air-raid", "call-1f-west"),
    ("chemical-release", "call-1f-east"),
    ("intruder", "call-3f-west"),
    ("sos", "call-4f-east"),
];

/// The shipped center and situations, under rules that open each of them at once.
fn house(called: &[(&str, &str)]) -> Arc<Configuration> {
    let loaded = config::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("config"));
    let loaded = loaded.unwrap_or_else(|refused| panic!("{refused}"));
    let center = loaded.configurations.iter().find(|of| of.site.id.as_str() == "center").unwrap();
    let mut rules = String::new();
    for (kind, quantity, limits) in RULES {
        let _ = write!(
            rules,
            "[[rule]]\nid = \"{kind}\"\nkind = \"{kind}\"\nquantity = \"{quantity}\"\n\
             detector = \"threshold\"\nhold_s = 0\n{limits}\n"
        );
    }
    let mut read = read_rules(&rules);
    for (kind, device) in called {
        // The rule whose findings hold everyone where they are.
        let id = if *kind == "earthquake" { "earthquake-shaking" } else { kind };
        let text = format!(
            "[[rule]]\nid = \"{id}\"\nkind = \"{kind}\"\nquantity = \"call_point\"\n\
             detector = \"threshold\"\nunit = \"flag\"\nstart = 1\nstop = 0\nhold_s = 0\n"
        );
        let mut rule = (*read_rules(&text)[0]).clone();
        rule.watches.devices = vec![device.parse().unwrap()];
        read.push(Arc::new(rule));
    }
    read.sort_by(|one, other| one.id.cmp(&other.id));
    Arc::new(Configuration { rules: read, ..(**center).clone() })
}

/// The center on a calm morning.
struct Center(Shell);

impl Center {
    fn calm() -> Self {
        Self::with(CALLED)
    }

    fn with(called: &[(&str, &str)]) -> Self {
        let mut shell = Shell::new(house(called));
        let activated = shell.monitor.configuration().activation();
        shell.step(at_ms(0), &activated);
        Self(shell)
    }

    fn says(&mut self, second: i64, device: &str, quantity: Quantity, value: Value) {
        let at = at_ms(second * 1000);
        let content = Content::Readings(vec![(quantity, value)]);
        let said = message(device, at, format!("{device}-{second}"), content);
        self.0.take(at, &Input::Message(said));
        // Until every stage has been told, with no sign that answers.
        self.0.wake_until(at_ms(second * 1000 + 40_000));
    }

    /// Someone opens or closes a situation.
    fn called(&mut self, second: i64, kind: &str, on: bool) {
        let device = CALLED.iter().find(|(of, _)| *of == kind).unwrap().1;
        self.says(second, device, Quantity::CallPoint, Value::Flag(on));
    }

    fn smoke(&mut self, second: i64, device: &str) {
        self.says(second, device, Quantity::Smoke, Value::Number(30.0));
    }

    fn site(&self) -> Arc<Site> {
        Arc::clone(&self.0.monitor.configuration().site)
    }

    fn asks(&self) -> (Together, bool) {
        let open: Vec<_> = self.0.monitor.open().collect();
        let (Hazards { asks, .. }, guides) = self.0.monitor.configuration().hazards(&open);
        (asks, guides)
    }

    /// The last that each sign was told since a second: what it shows, where to, and why.
    fn told(&self, since_s: i64) -> BTreeMap<String, (Show, Option<ZoneId>, String)> {
        let log = self.0.log.iter().filter(|logged| logged.step_at >= at_ms(since_s * 1000));
        let effects = log.flat_map(|logged| &logged.effects);
        let told = effects.filter_map(|effect| match effect {
            Effect::SignShows { sign, show, toward, because, .. } => {
                Some((sign.to_string(), (*show, toward.clone(), because.clone())))
            }
            _ => None,
        });
        told.collect()
    }

    fn level(&self, zone: &ZoneId) -> i32 {
        let site = self.site();
        site.storeys[&site.zones[zone].storey].level
    }

    /// Every sign that leads into a zone: the levels of its own and of that zone.
    fn climbs(&self, since_s: i64) -> Vec<(String, i32, i32)> {
        let site = self.site();
        let told = self.told(since_s);
        let leads = told.iter().filter_map(|(sign, (_, toward, _))| {
            let from = &site.signs[sign.as_str()].zone;
            Some((sign.clone(), self.level(from), self.level(toward.as_ref()?)))
        });
        leads.collect()
    }
}

#[test]
fn water_in_a_basement_leads_up_and_leaves_the_dry_where_they_are() {
    let mut center = Center::calm();
    center.says(10, "water-b2-parking-west", Quantity::WaterLevel, Value::Number(30.0));
    let climbs = center.climbs(10);
    assert!(climbs.iter().any(|(_, from, to)| *from == -2 && to > from), "{climbs:?}");
    assert!(climbs.iter().all(|(_, from, to)| to >= from), "{climbs:?} leads down");
    let told = center.told(10);
    let dry = told.iter().filter(|(sign, _)| sign.starts_with("sign-3f"));
    assert!(dry.clone().count() > 0 && dry.clone().all(|(_, (show, ..))| *show == Show::Refuge));
}

#[test]
fn a_fire_above_the_water_still_leads_out_and_not_into_the_basement() {
    let mut center = Center::calm();
    center.says(10, "water-b2-parking-west", Quantity::WaterLevel, Value::Number(30.0));
    center.smoke(60, "smoke-3f-kitchen");
    let (asks, _) = center.asks();
    assert_eq!(asks.contradictions, Vec::<String>::new());
    let climbs = center.climbs(60);
    assert!(climbs.iter().any(|(_, from, to)| *from == 3 && *to == 2), "{climbs:?}");
    assert!(climbs.iter().all(|(_, from, to)| *to > 0 || to >= from), "{climbs:?}");
}

#[test]
fn an_air_raid_leads_down_and_nobody_out() {
    let mut center = Center::calm();
    center.called(10, "air-raid", true);
    let climbs = center.climbs(10);
    assert!(climbs.iter().any(|(_, from, to)| *from > 0 && to < from), "{climbs:?}");
    assert!(climbs.iter().all(|(_, from, to)| to <= from), "{climbs:?} leads up");
    for (sign, (_, toward, because)) in center.told(10) {
        assert!(!because.contains("out by"), "{sign}: {because}");
        let outside = toward.is_some_and(|zone| zone.as_str().contains("outside"));
        assert!(!outside, "{sign} leads out");
    }
}

#[test]
fn a_chemical_that_drifts_outside_leads_in_and_up() {
    let mut center = Center::calm();
    center.called(10, "chemical-release", true);
    let told = center.told(10);
    assert!(!told.is_empty());
    assert!(told.values().all(|(_, _, because)| !because.contains("out by")), "{told:?}");
    assert!(center.climbs(10).iter().all(|(_, from, to)| to >= from));
    // Whoever is below ground, where it gathers, comes up.
    let b1: Vec<_> = told.iter().filter(|(sign, _)| sign.starts_with("sign-b1")).collect();
    assert!(!b1.is_empty() && b1.iter().all(|(_, (show, ..))| *show != Show::Refuge), "{b1:?}");
}

#[test]
fn while_it_shakes_everyone_holds_and_once_it_is_over_they_go_out() {
    let mut center = Center::calm();
    center.called(10, "earthquake", true);
    let shaking = center.told(10);
    assert_eq!(shaking.len(), center.site().signs.len());
    for (sign, (show, toward, because)) in &shaking {
        assert_eq!((*show, toward), (Show::Stay, &None), "{sign}: {because}");
        assert!(because.contains("hold"), "{sign}: {because}");
    }
    center.called(60, "earthquake", false);
    let after = center.told(60);
    assert_eq!(after.len(), center.site().signs.len());
    assert!(after.values().all(|(show, ..)| *show != Show::Stay), "{after:?}");
    assert!(after.values().all(|(.., because)| because.contains("out by")), "{after:?}");
}

#[test]
fn nothing_is_displayed_that_an_attacker_could_read() {
    let mut center = Center::calm();
    center.called(10, "intruder", true);
    center.0.wake_until(at_ms(600_000));
    assert_eq!(center.told(0), BTreeMap::new());
    // Those who may know are told by other ways.
    assert!(center.asks().1);
}

#[test]
fn signs_that_led_from_a_fire_go_to_rest_when_someone_attacks() {
    let mut center = Center::calm();
    center.smoke(10, "multi-3f-stair-a");
    let turned = center.told(10);
    assert!(turned.values().any(|(.., because)| because.contains("closed")));
    center.called(60, "intruder", true);
    let site = center.site();
    let network = jikimi::evacuate::Network::of(Arc::clone(&site));
    for (sign, (show, toward, because)) in center.told(60) {
        let rest = network.at_rest(&site.signs[sign.as_str()]);
        assert_eq!(
            ((show, toward), because.as_str()),
            (rest, "at rest"),
            "{sign} gives people away"
        );
    }
    center.0.rebuild();
    center.0.wake_until(at_ms(1_200_000));
    assert_eq!(center.told(101), BTreeMap::new(), "it is not said again and again");
}

#[test]
fn near_gas_no_sign_is_switched_and_the_others_lead_round_it() {
    let mut center = Center::calm();
    center.says(10, "gas-3f-kitchen", Quantity::Gas, Value::Number(30.0));
    let site = center.site();
    let kitchen: ZoneId = "3f-kitchen".parse().unwrap();
    let beside = |zone: &ZoneId| {
        *zone == kitchen
            || site
                .passages
                .iter()
                .any(|passage| passage.between.contains(&kitchen) && passage.between.contains(zone))
    };
    let told = center.told(0);
    let near = |sign: &String| beside(&site.signs[sign.as_str()].zone);
    assert!(site.signs.values().any(|sign| beside(&sign.zone)), "one hangs there");
    assert!(!told.keys().any(near), "{told:?}");
    assert!(told.len() > 10, "{told:?}");
    assert!(!center.asks().0.policy.switches);
    // The same with a fire, in either order.
    center.smoke(60, "smoke-2f-west");
    assert!(!center.told(60).keys().any(near));
}

#[test]
fn who_is_told_up_and_down_at_once_holds_until_a_person_decides() {
    let mut center = Center::calm();
    center.says(10, "water-b2-parking-west", Quantity::WaterLevel, Value::Number(30.0));
    center.called(60, "air-raid", true);
    let (asks, guides) = center.asks();
    assert!(guides && asks.contradictions.len() == 2, "{asks:?}");
    let sentence = &asks.contradictions[0];
    assert_eq!(sentence, "flood leads up and air-raid down", "{asks:?}");
    let told = center.told(60);
    assert!(told.values().all(|(show, ..)| *show == Show::Stay), "nothing is chosen: {told:?}");
    assert!(told.values().all(|(.., because)| because.contains(sentence)), "{told:?}");
    center.called(120, "air-raid", false);
    assert!(!center.asks().0.contradictions.is_empty(), "nobody has said that it is over");
}

#[test]
fn a_call_for_help_moves_nobody() {
    let mut center = Center::calm();
    center.called(10, "sos", true);
    center.0.wake_until(at_ms(600_000));
    assert_eq!(center.told(0), BTreeMap::new());
    center.smoke(700, "multi-3f-stair-a");
    assert!(!center.told(700).is_empty(), "and a fire meanwhile moves everyone");
}

/// What no other story here is about.
#[test]
fn carbon_monoxide_leads_out_and_neither_darkness_nor_a_crowd_turns_anyone() {
    let opened = |kind| {
        let mut center = Center::with(&[(kind, "call-4f-east")]);
        center.says(10, "call-4f-east", Quantity::CallPoint, Value::Flag(true));
        assert_eq!(center.0.monitor.open().count(), 1, "{kind} stands");
        center
    };
    let center = opened("co");
    let told = center.told(10);
    let leads = told.values().filter(|(_, toward, _)| toward.is_some());
    assert!(leads.count() > 0, "{told:?}");
    let climbs = center.climbs(10);
    assert!(climbs.iter().any(|(_, from, to)| *from > 1 && to < from), "{climbs:?}");
    for kind in ["blackout", "crowding"] {
        let mut center = opened(kind);
        center.0.wake_until(at_ms(600_000));
        assert_eq!(center.told(0), BTreeMap::new(), "{kind}");
    }
}
