//! Days of homes under the shipped rules: what is no silence must not be one, and must hide none.

use jikimi::domain::{Action, Class, Command, Input, Level, LostBecause, Outcome};

use crate::estate::{Estate, HOUR_S, LIVED, Told, Word, called_after_h, moment, of, on, usual};

fn alarms(told: &[Told]) -> Vec<&Told> {
    told.iter().filter(|told| told.kind == "stillness" && told.class == Class::Alarm).collect()
}

#[test]
fn who_dies_is_missed_within_hours_and_whoever_lives_is_not() {
    for hour in [4, 8, 13, 20] {
        let mut estate = Estate::lived_in();
        let died_s = on(1, hour);
        let lives = |word: &Word| !(word.by_person && word.home == 1 && word.at_s >= died_s);
        let told = estate.live(LIVED..LIVED + 3, &[], lives);
        let after = called_after_h(&told, "h0001", died_s).expect("somebody is called");
        println!("died at {hour}: called after {after} h");
        assert!(after <= 12, "died at {hour}: called after {after} h");
        assert_eq!(of(&told, "stillness", "h0002"), Vec::<&Told>::new());
    }
}

#[test]
fn a_dead_gateway_is_one_fault_and_no_silence_and_hides_no_death() {
    let mut estate = Estate::lived_in();
    let (dead, back, died) = (on(1, 9), on(3, 9), on(2, 6));
    let told = estate.live(LIVED..LIVED + 5, &[], |word| {
        let lives = word.home == 2 || word.at_s < died;
        !(dead..back).contains(&word.at_s) && (lives || !word.by_person)
    });
    assert_eq!(of(&told, "gateway-dead", "main").iter().filter(|t| t.at < moment(back)).count(), 9);
    let until_back: Vec<&Told> =
        alarms(&told).into_iter().filter(|told| told.at < moment(back)).collect();
    assert!(until_back.is_empty(), "{until_back:?}");
    let after = called_after_h(&told, "h0001", back).expect("somebody is called");
    assert!(after <= 14, "called {after} h after the gateway was back");
    assert_eq!(called_after_h(&told, "h0002", back), None);
}

#[test]
fn a_stuck_motion_sensor_keeps_nobody_alive() {
    let mut estate = Estate::lived_in();
    let died = on(1, 9);
    let stuck = (0..60 * 6).map(|beat| {
        let word = Word::moves(died + beat * 600, 1);
        Word { by_person: false, ..word }
    });
    let stuck: Vec<Word> = stuck.collect();
    let told = estate.live(LIVED..LIVED + 3, &stuck, |word| {
        !(word.home == 1 && word.at_s >= died && (word.by_person || word.device == "pir"))
    });
    let blind = of(&told, "blind", "h0001");
    let blind = blind.first().expect("the home cannot be seen into");
    let after = blind.at.duration_since(moment(died)).as_hours();
    assert!(after <= 25, "blind after {after} h");
    assert_eq!(alarms(&told), Vec::<&Told>::new());
}

#[test]
fn a_visitor_who_leaves_does_not_hide_a_death_for_longer_than_an_absence() {
    let mut estate = Estate::lived_in();
    let died = on(1, 4);
    let comes = on(1, 9);
    let mut visit = Word::door(comes, 1).to_vec();
    visit.extend((1..6).map(|step| Word::moves(comes + step * 300, 1)));
    visit.extend(Word::door(comes + 2_000, 1));
    let told = estate.live(LIVED..LIVED + 4, &visit, |word| {
        !(word.by_person && word.home == 1 && word.at_s >= died)
    });
    let after = called_after_h(&told, "h0001", comes).expect("somebody is called");
    println!("called {after} h after the visit");
    assert!(after <= 48, "called {after} h after the visit");
}

#[test]
fn a_feast_on_which_everybody_is_away_visits_nobody() {
    let mut estate = Estate::lived_in();
    let (left, back) = (on(1, 10) + 60, on(5, 11));
    let told = estate
        .live(LIVED..LIVED + 7, &[], |word| !(word.by_person && (left..back).contains(&word.at_s)));
    let alarms = alarms(&told);
    // Two days later it is asked after them, by day, and nobody's door is opened.
    for home in ["h0001", "h0002"] {
        let of_home: Vec<&&Told> = alarms.iter().filter(|told| told.place == home).collect();
        assert!(of_home.iter().all(|told| told.level < Level::Critical), "{of_home:?}");
        assert!(of_home.iter().any(|told| told.level == Level::Caution), "{of_home:?}");
        assert!(of_home.iter().all(|told| told.at < moment(back)), "{of_home:?}");
    }
}

#[test]
fn a_device_whose_clock_is_moved_makes_nobody_silent_and_nobody_alive() {
    for shift in [-2 * HOUR_S, 2 * HOUR_S] {
        let mut estate = Estate::lived_in();
        let (changed, died) = (on(1, 12), on(2, 12));
        let mut told = Vec::new();
        let days = LIVED..LIVED + 4;
        let mut words: Vec<Word> =
            days.flat_map(|day| [usual(day, 1), usual(day, 2)].concat()).collect();
        words.retain(|word| !(word.by_person && word.home == 1 && word.at_s >= died));
        words.sort_by_key(|word| (word.at_s, word.home, word.device));
        for word in &words {
            let moved = if word.at_s >= changed && word.home == 1 { shift } else { 0 };
            told.extend(estate.say_with_clock(word, moved));
        }
        let after = called_after_h(&told, "h0001", died).expect("somebody is called");
        assert!(after <= 12, "{shift} s: called after {after} h");
        let before = alarms(&told).into_iter().filter(|told| told.at < moment(died));
        assert_eq!(before.count(), 0, "{shift} s: {told:?}");
        assert_eq!(of(&told, "clock", "h0001").len(), 3, "{shift} s: each of its devices");
    }
}

#[test]
fn a_block_without_power_is_blind_and_not_silent() {
    let mut estate = Estate::lived_in();
    let (cut, back) = (on(1, 18), on(2, 8));
    let told = estate.live(LIVED..LIVED + 3, &[], |word| !(cut..back).contains(&word.at_s));
    assert_eq!(alarms(&told), Vec::<&Told>::new());
    assert!(told.iter().any(|told| told.kind == "gateway-dead"), "{told:?}");
}

#[test]
fn six_hours_in_which_we_were_away_are_no_silence_and_ring_nobody_afterwards() {
    let mut estate = Estate::lived_in();
    let (lost, back) = (on(1, 9), on(1, 15));
    let died = on(1, 8);
    let lives = move |word: &Word| !(word.by_person && word.home == 1 && word.at_s >= died);
    let mut told = estate.live(LIVED..LIVED + 1, &[], lives);
    told.extend(estate.live_until(on(1, 0)..lost, lives));
    let because = LostBecause::ProcessDown;
    let from = moment(lost);
    told.extend(estate.input(back, &Input::WatchLost { because, from }));
    told.extend(estate.input(back, &Input::WatchRegained));
    told.extend(estate.input(back + 30, &Input::CaughtUp));
    assert_eq!(alarms(&told), Vec::<&Told>::new(), "what was not seen is not silent");
    let told = estate.live_until(back + 60..on(3, 0), lives);
    let after = called_after_h(&told, "h0001", back).expect("somebody is called");
    println!("called {after} h after we were back");
    assert!((1..=14).contains(&after), "called {after} h after we were back");
    assert_eq!(of(&told, "stillness", "h0002"), Vec::<&Told>::new());
    assert!(!told.iter().any(|told| told.kind == "blind"), "{told:?}");
}

#[test]
fn a_home_whose_alarms_are_false_is_given_longer_once_for_each() {
    let quiet = |from: i64, until: i64| {
        move |word: &Word| !(word.by_person && word.home == 1 && (from..until).contains(&word.at_s))
    };
    let called = |estate: &mut Estate, day: i64| {
        let (from, until) = (on(day, 8), on(day, 17));
        let told = estate.live(LIVED + day..LIVED + day + 1, &[], quiet(from, until));
        let told = alarms(&told).first().map(|told| told.at.duration_since(moment(from)));
        told.map(|span| span.as_secs())
    };
    let mut estate = Estate::lived_in();
    let before = called(&mut estate, 0).expect("somebody is called");
    let mut twin = Estate::lived_in();
    called(&mut twin, 0);
    let incident = estate.monitor().open().next().expect("it is open").id.clone();
    for (key, at_s) in [("one", 0), ("two", 60)] {
        let (key, actor) = (key.to_owned(), "local".to_owned());
        let outcome = Outcome::OtherFalse;
        let action = Action::Resolve { incident: incident.clone(), outcome, note: None };
        let command = Input::Command(Command { key, actor, action });
        estate.input(on(1, 0) + at_s, &command);
    }
    let parts = |estate: &Estate| serde_json::to_value(estate.monitor().parts()).unwrap();
    let raised = |estate: &Estate| {
        let parts = parts(estate);
        let of_home = parts["h0001"]["instances"].as_array().unwrap().clone();
        let still = of_home.iter().find(|of| of["rule"] == "care-stillness").unwrap().clone();
        still["state"]["silence"]["resident"]["learnt"]["raised"].as_f64().unwrap()
    };
    assert!((raised(&estate) - 0.5).abs() < 1e-6, "once: {}", raised(&estate));
    assert!(raised(&twin).abs() < 1e-9, "nobody has said anything of it");
    let after = called(&mut estate, 1).unwrap_or(i64::MAX);
    let same = called(&mut twin, 1).expect("somebody is called");
    println!("called after {before} s, then {after} s instead of {same} s");
    assert!(after > same, "{after} s instead of {same} s");
}
