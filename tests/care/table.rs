//! The table: at a budget of false alarms, how long a death stays unnoticed, beside simpler rules.

use jikimi::care::Settings;

use crate::fleet::{Asking, Dress, Fitted, Home, Outcome, Run, basic, fitted};
use crate::rivals::{self, Rule};
use jikimi_sim::homes::{Kit, Trouble};

/// Whether the table is large enough for its figures to be quoted and held to: `make care`.
fn is_full() -> bool {
    std::env::var("JIKIMI_CARE").is_ok_and(|size| size == "full")
}

/// Other homes to fit on, homes to measure, days. The small one finds what is broken; some thirty
/// home-months cannot certify one alarm a month.
fn size() -> (u64, u64, usize) {
    if is_full() { (100, 300, 120) } else { (30, 30, 60) }
}

/// At most so much in the large table; in the small one half as much again.
#[track_caller]
fn at_most(what: f64, most: f64) {
    let most = if is_full() { most } else { 1.5 * most };
    assert!(what <= most, "{what} is more than {most}");
}

/// Seeds that nothing was tuned or fitted on.
const OTHERS: u64 = 10_000;
const HOMES: u64 = 0;
const UNUSED: u64 = 880_000;

fn row(name: &str, outcome: &Outcome) {
    println!(
        "{name:<52} {:>5.2} false/home-month ({:.2} not returned); delay {:>4.1} / {:>4.1} / \
         {:>4.1} h; at home at most {:.1} h",
        outcome.false_per_month(),
        outcome.not_returned_per_month(),
        outcome.delay_h(0.5),
        outcome.delay_h(0.9),
        outcome.mean_h(),
        outcome.longest_at_home_h(),
    );
}

fn base() -> Settings {
    Settings { weighs: false, ..Settings::default() }
}

fn measured(fitted: &Fitted, homes: &[Home]) -> Outcome {
    let model = &fitted.model;
    let run = Run { model, from_day: 28, deaths_a_day: 2, asking: None, phantoms: false, seed: 1 };
    run.over(homes)
}

#[test]
fn a_budget_of_one_a_month_is_kept_and_deaths_are_noticed_within_hours() {
    let (others, count, days) = size();
    let fitted = fitted(&Home::many(OTHERS, others, days, basic), base(), 1.0);
    println!("{:?}", fitted.fit);
    let homes = Home::many(HOMES, count, days, basic);
    println!("delay: median / 90 of 100 / mean");
    for hours in [8, 12, 24] {
        for knows_the_door in [false, true] {
            let rule = Rule::Fixed { slots: 12 * hours, knows_the_door };
            let name = format!("fixed {hours} h{}", if knows_the_door { ", 48 h out" } else { "" });
            row(&name, &rule.over(&homes, 28, 2, 1));
        }
    }
    let fixed = (3..=24).map(|hours| Rule::Fixed { slots: 12 * hours, knows_the_door: true });
    let (rule, fixed) = rivals::best(fixed, &homes, 28, 1.0).unwrap();
    row(&format!("{rule:?}"), &fixed);
    for quantile in [1.0, 0.95] {
        let margins = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0];
        let rules = margins.map(|margin| Rule::Line { quantile, margin }).into_iter();
        match rivals::best(rules, &homes, 28, 1.0) {
            Some((rule, outcome)) => row(&format!("{rule:?}"), &outcome),
            None => println!("alert line, {quantile}: cannot keep the budget"),
        }
    }
    let ours = measured(&fitted, &homes);
    row("ours, threshold of other homes", &ours);
    let unused = measured(&fitted, &Home::many(UNUSED, count, days, basic));
    row("ours, on seeds that were never used before", &unused);
    let young: Vec<Home> = (HOMES..HOMES + count).map(|s| Home::new(s, 14, basic)).collect();
    let model = &fitted.model;
    let cold = Run { model, from_day: 2, deaths_a_day: 3, asking: None, phantoms: false, seed: 1 };
    let cold = cold.over(&young);
    row("ours, cold start: days 2 to 13", &cold);

    for outcome in [&ours, &unused] {
        at_most(outcome.false_per_month(), 1.2);
        at_most(1.0 / outcome.false_per_month(), 1.0 / 0.8);
        at_most(outcome.delay_h(0.5), 6.0);
        at_most(outcome.delay_h(0.9), 11.0);
        assert!(outcome.longest_at_home_h() <= 12.0, "{}", outcome.longest_at_home_h());
    }
    at_most(cold.delay_h(0.5), 6.5);
    let earlier = fixed.delay_h(0.5) - ours.delay_h(0.5);
    assert!(earlier >= if is_full() { 4.0 } else { 3.0 }, "{earlier} h before a fixed limit");
}

/// Asks the resident three times a home-month, as soon as the stopwatch has run a tenth longer
/// than usual, and waits twenty minutes for an answer or any sign of life. Found on other seeds.
const ASKS: f64 = 3.0;
const PATIENCE_S: i64 = 20 * 60;

fn asking() -> Settings {
    Settings { stopwatch_times: 1.1, ..Settings::default() }
}

fn asked(fitted: &Fitted, homes: &[Home], answers: f64) -> Outcome {
    let asking = Some(Asking { answers, patience_s: PATIENCE_S });
    let model = &fitted.model;
    Run { model, from_day: 28, deaths_a_day: 2, asking, phantoms: true, seed: 1 }.over(homes)
}

fn row_asked(name: &str, outcome: &Outcome) {
    println!(
        "{name:<52} {:>5.2} asked, {:.2} workers called a home-month; delay {:>4.1} / {:>4.1} / \
         {:>4.1} h",
        outcome.false_per_month(),
        outcome.calls_per_month(),
        outcome.delay_h(0.5),
        outcome.delay_h(0.9),
        outcome.mean_h(),
    );
}

#[test]
fn who_is_asked_first_is_found_sooner_with_half_the_calls() {
    let (others, count, days) = size();
    let others = Home::many(OTHERS, others, days, basic);
    let model = fitted(&others, asking(), ASKS);
    println!("{:?}", model.fit);
    for (seeds, first) in [("", HOMES), (", seeds never used before", UNUSED)] {
        let homes = Home::many(first, count, days, basic);
        for answers in [0.5, 0.81, 0.95] {
            let outcome = asked(&model, &homes, answers);
            row_asked(&format!("asked first, {answers} answer{seeds}"), &outcome);
            if answers > 0.8 {
                at_most(outcome.calls_per_month(), 0.5);
                at_most(outcome.delay_h(0.5), 4.5);
                at_most(outcome.delay_h(0.9), 9.0);
            }
        }
    }
    // As many workers called as before, however few answer: so many fewer are asked.
    for (answers, asks) in [(0.5, 1.25), (0.95, 9.0)] {
        let model = fitted(&others, asking(), asks);
        let outcome = asked(&model, &Home::many(HOMES, count, days, basic), answers);
        row_asked(&format!("asked {asks} times at most, {answers} answer"), &outcome);
    }
}

const KITS: [(&str, Dress); 9] = [
    ("motion and exit door", basic),
    ("without an exit door", |_| kit(|kit| kit.exit_door = false)),
    ("three motion sensors", |_| kit(|kit| kit.rooms = 3)),
    ("with a bed sensor", |_| kit(|kit| kit.bed = true)),
    ("with water starts", |_| kit(|kit| kit.water = true)),
    ("with power steps", |_| kit(|kit| kit.power = true)),
    ("with a radar", |_| kit(|kit| kit.radar = true)),
    ("with a button in the morning", |_| kit(|kit| kit.button = true)),
    ("with all of them", |_| {
        kit(|kit| {
            (kit.bed, kit.water, kit.power) = (true, true, true);
            (kit.radar, kit.button) = (true, true);
        })
    }),
];

fn kit(change: impl Fn(&mut Kit)) -> (Kit, Trouble) {
    let mut kit = Kit::BASIC;
    change(&mut kit);
    (kit, Trouble::default())
}

#[test]
fn what_each_kit_gives_is_measured_alone() {
    let (others, count, days) = size();
    let mut slowest = Vec::new();
    for (name, dress) in KITS {
        let others = Home::many(OTHERS, others, days, dress);
        let homes = Home::many(HOMES, count, days, dress);
        let outcome = measured(&fitted(&others, base(), 1.0), &homes);
        row(name, &outcome);
        row_asked(
            "    asked first, 0.81 answer",
            &asked(&fitted(&others, asking(), ASKS), &homes, 0.81),
        );
        slowest.push((name, outcome.delay_h(0.9)));
    }
    let of = |wanted: &str| slowest.iter().find(|(name, _)| *name == wanted).unwrap().1;
    let usual = of("motion and exit door");
    assert!(of("without an exit door") > usual, "{slowest:?}");
    for night in ["with a bed sensor", "with a radar"] {
        assert!(of(night) < usual - 2.0, "what sees the night sees it sooner: {slowest:?}");
    }
}

const TROUBLES: [(&str, Dress); 4] = [
    ("as they are", basic),
    ("a stray pulse each 4 h in every home", |_| strays(1)),
    ("the same, three motion sensors", |_| strays(3)),
    ("one home in ten strays, three have a carer", |seed| {
        let (mut kit, mut trouble) = (Kit::BASIC, Trouble::default());
        match seed % 10 {
            0 => (kit, trouble) = strays(1),
            1..=3 => trouble.carer_days = [true, false, true, false, true, false, false],
            _ => {}
        }
        (kit, trouble)
    }),
];

fn strays(rooms: u8) -> (Kit, Trouble) {
    let trouble = Trouble { phantoms_per_h: 0.25, ..Trouble::default() };
    (Kit { rooms, ..Kit::BASIC }, trouble)
}

#[test]
fn pulses_of_nobody_do_not_keep_a_dead_person_alive() {
    let (others, count, days) = size();
    for (name, dress) in TROUBLES {
        let others = Home::many(OTHERS, others, days, dress);
        let homes = Home::many(HOMES, count, days, dress);
        let [believed, weighed] = [false, true].map(|weighs| {
            let fitted = fitted(&others, Settings { weighs, ..Settings::default() }, 1.0);
            let model = &fitted.model;
            let run =
                Run { model, from_day: 28, deaths_a_day: 2, asking: None, phantoms: true, seed: 1 };
            let outcome = run.over(&homes);
            let how = if weighs { "weighed" } else { "believed" };
            row(&format!("{name}: {how}"), &outcome);
            println!("    one in a hundred waits {:.1} h or longer", outcome.delay_h(0.99));
            outcome
        });
        if dress(1).1.phantoms_per_h > 0.0 {
            assert!(weighed.mean_h() < 0.7 * believed.mean_h(), "{name}");
            assert!(weighed.delay_h(0.9) < 0.6 * believed.delay_h(0.9), "{name}");
        } else {
            assert!(weighed.mean_h() < believed.mean_h() + 0.2, "{name}: weighing costs");
        }
    }
}
