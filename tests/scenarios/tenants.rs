//! Who lives in a home, as far as it decides what a silence means; and what is learnt of them.

use std::sync::Arc;

use jikimi::care::{Fit, Fitted};
use jikimi::detect::Rule;
use jikimi::domain::household::{Absence, Change, Consent, Denied, Reason, Visit};
use jikimi::domain::{
    Action, Answer, Class, Command, Content, Input, Outcome, Quantity, Refusal, Said, Value,
};
use jikimi::incident::Cause;
use jikimi::monitor::{Configuration, Detail, Effect, Monitor, Part};
use serde_json::Value as Json;

use crate::estate::{
    DAY_S, Estate, HOUR_S, LIVED, Told, Word, called_after_h, configuration, moment, of, on,
};
use crate::world::message;

const TENANT: &str = "tenant-1";

fn says(estate: &mut Estate, at_s: i64, change: Change) -> Vec<Told> {
    let (home, household) = ("h0001".parse().unwrap(), TENANT.parse().unwrap());
    let action = Action::Household { home, household, change };
    let (key, actor) = (format!("at-{at_s}"), "local".to_owned());
    estate.input(at_s, &Input::Command(Command { key, actor, action }))
}

/// Somebody moved in a day ago, agreed, and walked through the home.
fn moved_in() -> Estate {
    let mut estate = Estate::lived_in();
    says(&mut estate, on(0, 0), Change::MoveIn { since: moment(on(0, 0)) });
    let consent = Consent { monitoring: true, night: true };
    says(&mut estate, on(0, 0) + 1, Change::Consent(consent));
    says(&mut estate, on(0, 0) + 2, Change::WalkTestStart);
    for device in ["sos", "fall", "smoke", "detector", "co", "tap"] {
        let (quantity, value) = match device {
            "sos" => (Quantity::Sos, Value::Flag(true)),
            "fall" => (Quantity::Fall, Value::Flag(true)),
            "smoke" => (Quantity::SmokeAlarm, Value::Flag(true)),
            "detector" => (Quantity::GasAlarm, Value::Flag(true)),
            "co" => (Quantity::Co, Value::Number(0.0)),
            _ => (Quantity::Water, Value::Number(10.0)),
        };
        let device = format!("{device}-h0001");
        tells(&mut estate, on(0, 0) + 10, &device, (quantity, value));
    }
    estate.live(LIVED..LIVED + 1, &[], |_| true);
    says(&mut estate, on(1, 0), Change::WalkTestFinish);
    let home = "h0001".parse().unwrap();
    assert!(estate.monitor().standing(&home).watched, "walked through");
    estate
}

fn stillness(told: &[Told]) -> Vec<&Told> {
    of(told, "stillness", "h0001")
}

fn learnt(monitor: &Monitor) -> Json {
    let parts = serde_json::to_value(monitor.parts()).unwrap();
    let instances = parts["h0001"]["instances"].as_array().unwrap().clone();
    let still = instances.iter().find(|of| of["rule"] == "care-stillness").unwrap();
    still["state"]["silence"]["resident"]["learnt"].clone()
}

#[test]
fn nobody_is_watched_who_has_not_agreed() {
    let mut estate = Estate::lived_in();
    says(&mut estate, on(0, 0), Change::MoveIn { since: moment(on(0, 0)) });
    let before = learnt(estate.monitor())["counts"].clone();
    let told = estate.live(LIVED..LIVED + 2, &[], |word| !(word.by_person && word.home == 1));
    assert_eq!(stillness(&told), Vec::<&Told>::new());
    let told = estate.live(LIVED + 2..LIVED + 3, &[], |_| true);
    assert_eq!(stillness(&told), Vec::<&Told>::new());
    // Nor is anything learnt of them; what was known only fades.
    let sum = |counts: &Json| counts["at_risk"].to_string().len();
    assert!(sum(&learnt(estate.monitor())["counts"]) > 0 && sum(&before) > 0);
    let ended = |counts: &Json| -> f64 {
        let cells = counts["ended"].as_array().unwrap().iter();
        let rows = cells.flat_map(|kind| kind.as_array().unwrap().clone());
        let numbers = rows.flat_map(|age| age.as_array().unwrap().clone());
        numbers.map(|number| number.as_f64().unwrap()).sum()
    };
    let now = ended(&learnt(estate.monitor())["counts"]);
    assert!(now <= ended(&before), "{now} after {}", ended(&before));
}

#[test]
fn a_stay_in_hospital_is_no_silence_and_ends_with_who_comes_back() {
    let mut estate = moved_in();
    let (left, back, died) = (on(1, 9), on(4, 14), on(4, 20));
    let (from, until) = (moment(left), Some(moment(on(7, 0))));
    let absence = Absence { from, until, reason: Reason::Hospital };
    let lives = |word: &Word| {
        let away = (left..back).contains(&word.at_s) || word.at_s >= died;
        !(word.by_person && word.home == 1 && away)
    };
    estate.live_until(on(1, 0)..left, lives);
    says(&mut estate, left, Change::Leave(absence));
    let home = Word::door(back, 1).into_iter();
    let home: Vec<Word> = home.chain((2..9).map(|m| Word::moves(back + m * 60, 1))).collect();
    let begun = estate.shell.log.len();
    let mut told = estate.live_until(left + 1..on(4, 0), lives);
    assert_eq!(stillness(&told), Vec::<&Told>::new(), "nobody is expected");
    told.extend(estate.live(LIVED + 4..LIVED + 6, &home, lives));
    let effects = estate.shell.log[begun..].iter().flat_map(|logged| &logged.effects);
    let returns = effects
        .filter(|effect| matches!(effect, Effect::Household { change: Change::Return(_), .. }));
    assert_eq!(returns.count(), 1, "seen home, once");
    let after = called_after_h(&told, "h0001", died).expect("somebody is called");
    println!("home early, died: called after {after} h");
    assert!(after <= 13, "called after {after} h");
}

/// Somebody went to look and found that nobody is in.
fn finds_away(estate: &mut Estate, at_s: i64, incident: &str, household: &str) -> Vec<Effect> {
    let action = Action::FoundAway {
        incident: incident.parse().unwrap(),
        household: household.parse().unwrap(),
        until: Some(moment(on(9, 0))),
        reason: Reason::Hospital,
        note: None,
    };
    let (key, actor) = (format!("found-{at_s}"), "worker".to_owned());
    let begun = estate.shell.log.len();
    estate.input(at_s, &Input::Command(Command { key, actor, action }));
    estate.shell.log[begun..].iter().flat_map(|logged| logged.effects.clone()).collect()
}

fn answers(effects: &[Effect]) -> Vec<&Answer> {
    let answers = effects.iter().filter_map(|effect| match effect {
        Effect::Answered { answer, .. } => Some(answer),
        _ => None,
    });
    answers.collect()
}

#[test]
fn who_was_found_to_be_in_hospital_is_away_with_the_same_word_or_neither() {
    let mut estate = moved_in();
    let left = on(1, 9);
    let lives = |word: &Word| !(word.by_person && word.home == 1 && word.at_s >= left);
    let told = estate.live_until(on(1, 0)..on(2, 4), lives);
    assert!(called_after_h(&told, "h0001", left).is_some());
    let incident = estate.monitor().open().find(|one| one.id.kind.as_str() == "stillness");
    let incident = incident.expect("it is open").id.to_string();
    let away = |estate: &Estate| estate.monitor().standing(&"h0001".parse().unwrap()).away;
    let opened = |estate: &Estate| estate.monitor().open().count();

    // Of another household: neither.
    let before = opened(&estate);
    let effects = finds_away(&mut estate, on(2, 4), &incident, "somebody-else");
    let denied = Answer::Refused(Refusal::Household(Denied::UnknownHousehold));
    assert_eq!((answers(&effects), away(&estate)), (vec![&denied], None));
    assert_eq!(opened(&estate), before);

    let effects = finds_away(&mut estate, on(2, 5), &incident, TENANT);
    assert_eq!(answers(&effects), [&Answer::Done]);
    let moved = effects.iter().find_map(|effect| match effect {
        Effect::Moved { detail: Detail::Resolved { outcome }, cause, actor, .. } => {
            Some((*outcome, *cause, actor.clone()))
        }
        _ => None,
    });
    let by_whom = Some("worker".to_owned());
    assert_eq!(moved, Some((Outcome::Away, Cause::Resolved, by_whom)), "{effects:?}");
    let registered = away(&estate).expect("away with the same step");
    let (from, until) = (moment(on(2, 5)), Some(moment(on(9, 0))));
    assert_eq!(registered, Absence { from, until, reason: Reason::Hospital });

    // Another worker says it once more: what holds is that they are away.
    let effects = finds_away(&mut estate, on(2, 6), &incident, TENANT);
    assert_eq!(answers(&effects), [&Answer::Done]);
    assert!(away(&estate).is_some());
    let mut again = estate.restarted();
    for estate in [&mut estate, &mut again] {
        let told = estate.live_until(on(2, 6) + 60..on(6, 0), lives);
        assert_eq!(stillness(&told), Vec::<&Told>::new(), "nobody is expected");
    }
}

#[test]
fn what_a_registered_visitor_does_hides_no_death() {
    let mut estate = moved_in();
    let (died, comes) = (on(1, 4), on(1, 9));
    let mut visit = Word::door(comes, 1).to_vec();
    visit.extend((1..6).map(|step| Word::moves(comes + step * 300, 1)));
    visit.extend(Word::door(comes + 2_000, 1));
    let lives = |word: &Word| !(word.by_person && word.home == 1 && word.at_s >= died);
    let mut told = estate.live_until(on(1, 0)..comes - 60, lives);
    let (from, until) = (moment(comes - 30), moment(comes + 2_400));
    says(&mut estate, comes - 30, Change::Visit(Visit { from, until }));
    visit.retain(|word| word.at_s < comes + 2_400);
    for word in &visit {
        told.extend(estate.say_with_clock(word, 0));
    }
    told.extend(estate.live_until(comes + 2_400..on(3, 0), lives));
    let after = called_after_h(&told, "h0001", died).expect("somebody is called");
    println!("with a registered visit: called after {after} h");
    assert!(after <= 12, "called after {after} h");
}

#[test]
fn a_new_tenant_inherits_nothing() {
    let mut estate = moved_in();
    estate.live(LIVED + 1..LIVED + 2, &[], |_| true);
    says(&mut estate, on(2, 0), Change::MoveOut);
    assert!(learnt(estate.monitor()).is_null(), "{}", learnt(estate.monitor()));
    let told = estate.live(LIVED + 2..LIVED + 4, &[], |word| !(word.by_person && word.home == 1));
    let first: Vec<&Told> = stillness(&told);
    println!("an empty home where nobody is registered: {first:?}");
    estate.live(LIVED + 4..LIVED + 5, &[], |_| true);
    assert_ne!(learnt(estate.monitor())["counts"], Json::Null, "it is learnt anew");
}

// ── what is learnt ──

/// The shipped rules with another number in the one of silence.
fn other_rule() -> Arc<Configuration> {
    let plain = configuration();
    let rules = plain.rules.iter().map(|rule| match rule.id.as_str() {
        "care-stillness" => {
            Arc::new(Rule { version: "ffffffffffff".to_owned(), ..Rule::clone(rule) })
        }
        _ => Arc::clone(rule),
    });
    Arc::new(Configuration { rules: rules.collect(), ..(*plain).clone() })
}

fn texts(monitor: &Monitor) -> Vec<String> {
    monitor.parts().values().map(|part| serde_json::to_string(part).unwrap()).collect()
}

#[test]
fn what_was_learnt_outlives_its_rule() {
    let estate = Estate::lived_in();
    let mut monitor = Monitor::new(other_rule());
    let parts = texts(estate.monitor());
    let parts = parts.iter().map(|part| serde_json::from_str::<Part>(part).unwrap());
    monitor.restore(0, moment(on(0, 0)), parts);
    let activated = monitor.configuration().activation();
    monitor.step(moment(on(0, 0)), &activated);
    assert_eq!(learnt(&monitor), learnt(estate.monitor()));
}

#[test]
fn what_was_learnt_outlives_the_form_in_which_it_was_written() {
    let estate = Estate::lived_in();
    let mut monitor = Monitor::new(configuration());
    let older = texts(estate.monitor()).into_iter().map(|text| {
        let mut part: Json = serde_json::from_str(&text).unwrap();
        // A form that this version cannot read, with what is new left out and what is gone there.
        part["devices"] = Json::from("in another form");
        for instance in part["instances"].as_array_mut().unwrap() {
            instance["state"]["silence"]["gone"] = Json::from(7);
            if let Some(state) = instance["state"]["silence"].as_object_mut() {
                state.retain(|field, _| ["resident", "gone"].contains(&field.as_str()));
            }
            if let Some(learnt) =
                instance.pointer_mut("/state/silence/resident/learnt").and_then(Json::as_object_mut)
            {
                learnt.remove("raised");
            }
        }
        assert!(serde_json::from_value::<Part>(part.clone()).is_err(), "it cannot be read");
        part.to_string()
    });
    monitor.remember(older.filter_map(|part| Part::learnt(&part)));
    assert_eq!(learnt(&monitor)["counts"], learnt(estate.monitor())["counts"]);
    assert_eq!(learnt(&monitor)["peaks"], learnt(estate.monitor())["peaks"]);
}

#[test]
fn thresholds_of_the_fleet_hold_from_their_input_on_and_outlive_a_restart() {
    let fit = |threshold| Fit {
        version: 1,
        false_per_home_month: 1.0,
        threshold,
        achieved_per_home_month: 0.9,
        reachable: true,
        home_days: 1_000,
    };
    let quiet = |word: &Word| !(word.by_person && word.home == 1 && word.at_s >= on(1, 9));
    let called = |estate: &mut Estate| {
        let told = estate.live(LIVED + 1..LIVED + 2, &[], quiet);
        let alarm = stillness(&told).into_iter().find(|told| told.class == Class::Alarm).cloned();
        alarm.expect("somebody is called").at
    };
    let mut plain = Estate::lived_in();
    plain.live(LIVED..LIVED + 1, &[], |_| true);
    let usual = called(&mut plain);
    let mut estate = Estate::lived_in();
    let input = Input::CareFitted(Fitted { version: 1, watch: fit(2.0), call: fit(3.0) });
    estate.input(on(0, 1), &input);
    estate.live(LIVED..LIVED + 1, &[], |_| true);
    let mut again = estate.restarted();
    let (sooner, restored) = (called(&mut estate), called(&mut again));
    println!("called at {usual}, and with lower thresholds at {sooner}");
    assert!(sooner < usual);
    assert_eq!(sooner, restored);
    assert_eq!(again.monitor().fit().map(|fit| fit.fitted.version), Some(1));
}

#[test]
fn an_answer_ends_a_silence_and_is_no_promise_for_the_next() {
    let quiet = |word: &Word| !(word.by_person && word.home == 1 && word.at_s >= on(0, 8));
    let mut estate = Estate::lived_in();
    let told = estate.live_until(on(0, 0)..on(0, 18), quiet);
    let asked = stillness(&told)[0].clone();
    let mut answers = Estate::lived_in();
    let asked_s = (on(0, 0)..on(0, 18)).find(|at_s| moment(*at_s) == asked.at).unwrap();
    answers.live_until(on(0, 0)..asked_s + 60, quiet);
    answers.shell.wake_until(moment(asked_s + 100));
    let incident = answers.monitor().open().next().expect("it is open").id.clone();
    let action = Action::ResidentAnswered { incident, said: Said::Fine };
    let (key, actor) = ("answer".to_owned(), "local".to_owned());
    answers.input(asked_s + 120, &Input::Command(Command { key, actor, action }));
    let later = answers.live_until(asked_s + 180..on(1, 12), quiet);
    let called = |told: &[Told]| {
        let alarm = stillness(told).into_iter().find(|told| told.class == Class::Alarm);
        alarm.expect("somebody is called").at
    };
    let (unanswered, answered) = (called(&told), called(&later));
    println!("called at {unanswered}, and after an answer at {answered}");
    assert!(answered > unanswered);
}

// ── what waits for nobody, and what is told besides ──

/// What one word of one device of the first home opens, and when.
pub fn tells(estate: &mut Estate, at_s: i64, device: &str, says: (Quantity, Value)) -> Vec<Told> {
    let content = Content::Readings(vec![says]);
    let said = message(device, moment(at_s), format!("{device}-{at_s}"), content);
    estate.input(at_s, &Input::Message(said))
}

#[test]
fn a_call_for_help_a_fall_smoke_and_gas_wait_for_nobody() {
    let on_now = Value::Flag(true);
    for (device, says, kind) in [
        ("sos-h0001", (Quantity::Sos, on_now), "sos"),
        ("fall-h0001", (Quantity::Fall, on_now), "fall"),
        ("smoke-h0001", (Quantity::SmokeAlarm, on_now), "fire"),
        ("detector-h0001", (Quantity::GasAlarm, on_now), "gas"),
    ] {
        let mut estate = Estate::lived_in();
        let at_s = on(0, 3);
        let told = tells(&mut estate, at_s, device, says);
        let alarm = told.iter().find(|told| told.kind == kind).unwrap_or_else(|| panic!("{kind}"));
        assert_eq!((alarm.class, alarm.at), (Class::Alarm, moment(at_s)), "{alarm:?}");
        assert_eq!(alarm.place, "h0001");
    }
    // What is measured takes as long as its standard says.
    let mut estate = Estate::lived_in();
    let mut told = Vec::new();
    for minute in 0..8 {
        let ppm = (Quantity::Co, Value::Number(350.0));
        told.extend(tells(&mut estate, on(0, 3) + minute * 60, "co-h0001", ppm));
    }
    assert!(of(&told, "co", "h0001").iter().any(|told| told.class == Class::Alarm), "{told:?}");
}

#[test]
fn heat_and_cold_for_two_hours_running_water_and_an_open_door_are_told() {
    let number = Value::Number;
    let mut estate = Estate::lived_in();
    let mut told = Vec::new();
    for (hour, degrees) in [(9, 33.4), (10, 33.0), (12, 30.0), (13, 11.0), (14, 12.0), (16, 21.0)] {
        for minute in [0, 30] {
            let at_s = on(0, hour) + minute * 60;
            let says = (Quantity::Temperature, number(degrees));
            told.extend(tells(&mut estate, at_s, "heat-h0001", says));
        }
    }
    let at = |kind: &str| of(&told, kind, "h0001").first().map(|told| told.at);
    assert_eq!(at("indoor-heat"), Some(moment(on(0, 11))));
    assert_eq!(at("indoor-cold"), Some(moment(on(0, 15))));

    let mut estate = Estate::lived_in();
    let mut told = Vec::new();
    for step in 0..20 {
        // Twenty litres, every ten minutes; and from the third hour on none.
        let litres = (Quantity::Water, number(f64::from(step.min(16)) * 20.0));
        told.extend(tells(&mut estate, on(0, 9) + i64::from(step) * 600, "tap-h0001", litres));
    }
    let at: Vec<_> = of(&told, "water-running", "h0001").iter().map(|told| told.at).collect();
    assert_eq!(at, [moment(on(0, 11))]);

    for (opened, told_at) in [(on(0, 23), Some(on(0, 23) + 900)), (on(0, 14), None)] {
        let mut estate = Estate::lived_in();
        let open = |at_s, open| (at_s, (Quantity::Contact, Value::Flag(open)));
        let mut told = Vec::new();
        for (at_s, says) in
            [open(opened - 60, false), open(opened, true), open(opened + 1_800, false)]
        {
            told.extend(tells(&mut estate, at_s, "exit-h0001", says));
        }
        let begun = estate.shell.log.len();
        estate.shell.wake_until(moment(opened + 2 * HOUR_S));
        assert!(estate.shell.log.len() < begun + 200);
        let effects = estate.shell.log.iter().flat_map(|logged| &logged.effects);
        let opened = effects.filter_map(|effect| match effect {
            Effect::EvidenceAdded { incident, evidence }
                if incident.kind.as_str() == "door-open" =>
            {
                Some(evidence.at)
            }
            _ => None,
        });
        let opened: Vec<_> = opened.collect();
        assert_eq!(opened, told_at.map(moment).into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn who_does_less_and_less_is_looked_in_on_and_nobody_is_called_at_night() {
    let mut estate = Estate::lived_in();
    // A week and a half more to know them, then four weeks of a third.
    let lives = |word: &Word| {
        let day = word.at_s / DAY_S - LIVED;
        let less = word.home == 1 && day >= 10 && word.device == "pir";
        !(word.by_person && less && word.at_s / 300 % 3 != 0)
    };
    let told = estate.live(LIVED..LIVED + 38, &[], lives);
    let decline = of(&told, "decline", "h0001");
    let first = decline.first().unwrap_or_else(|| panic!("{told:?}"));
    let after = first.at.duration_since(moment(on(10, 0))).as_hours() / 24;
    println!("told of on day {after} of a third");
    assert!((1..=21).contains(&after), "day {after}");
    assert_eq!(first.class, Class::Supervisory);
    assert_eq!(of(&told, "decline", "h0002"), Vec::<&Told>::new());
}
