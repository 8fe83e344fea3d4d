//! Warnings of the weather (기상 특보), and the homes that they make more careful.

use jikimi::domain::{Action, Class, Command, Input, Level, Quantity, Value, Words};
use jikimi::monitor::Effect;
use jikimi::situation::{Notice, NoticeKind};

use crate::estate::{Estate, Told, moment, of, on};
use crate::tenants::tells;

/// What the weather service says, as an operator's tool hands it on.
fn warns(estate: &mut Estate, at_s: i64, kind: NoticeKind, place: Option<&str>, until_s: i64) {
    let text = Words::new("폭염주의보", "a heat wave is coming");
    let notice = Notice {
        id: format!("{}-{place:?}", kind.as_str()),
        authority: "kma".to_owned(),
        kind,
        level: Level::Caution,
        text,
        place: place.map(|place| place.parse().unwrap()),
        at: moment(at_s),
        until: moment(until_s),
    };
    let (key, actor) = (format!("notice-{at_s}-{}", notice.id), "local".to_owned());
    let command = Command { key, actor, action: Action::Notice(notice) };
    let told = estate.input(at_s, &Input::Command(command));
    let alarm = told.iter().find(|told| told.class != Class::Trouble);
    assert_eq!(alarm, None, "a warning itself rings nobody");
}

/// The first home is so warm from nine on that only a warning makes it too warm; when that is told.
fn too_warm(degrees: f64, warn: impl Fn(&mut Estate), restart_at: i64) -> Vec<i64> {
    let mut estate = Estate::lived_in();
    warn(&mut estate);
    let mut at = Vec::new();
    for step in 0..72 {
        let at_s = on(0, 9) + step * 600;
        if step == restart_at {
            estate = estate.restarted();
        }
        let says = (Quantity::Temperature, Value::Number(degrees));
        let told = tells(&mut estate, at_s, "heat-h0001", says);
        let kinds = ["indoor-heat", "indoor-cold"].into_iter();
        let told: Vec<&Told> = kinds.flat_map(|kind| of(&told, kind, "h0001")).collect();
        at.extend(told.iter().map(|told| told.at.duration_since(moment(on(0, 9))).as_mins()));
    }
    at
}

#[test]
fn a_warning_of_the_weather_makes_homes_careful_where_it_holds_and_as_long() {
    use NoticeKind::{ColdWave, HeatWave};
    const NEVER: i64 = -1;
    let (early, evening) = (on(0, 8), on(0, 21));
    let nobody = Vec::<i64>::new();
    assert_eq!(too_warm(31.5, |_| {}, NEVER), nobody, "as long as nobody warns");
    let heat = |estate: &mut Estate| warns(estate, early, HeatWave, None, evening);
    assert_eq!(too_warm(31.5, heat, NEVER), [60], "an hour, and from 31 °C on");
    assert_eq!(too_warm(31.5, heat, 3), [60], "after a restart all the same");
    assert_eq!(too_warm(30.5, heat, NEVER), nobody);
    let cold = |estate: &mut Estate| warns(estate, early, ColdWave, None, evening);
    assert_eq!(too_warm(31.5, cold, NEVER), nobody, "who warns of cold says nothing of heat");
    assert_eq!(too_warm(13.5, cold, NEVER), [60]);
    assert_eq!(too_warm(13.5, heat, NEVER), nobody);
    // Where it holds, and as long as it does.
    let here = |estate: &mut Estate| warns(estate, early, HeatWave, Some("h0001"), evening);
    assert_eq!(too_warm(31.5, here, NEVER), [60]);
    let elsewhere = |estate: &mut Estate| warns(estate, early, HeatWave, Some("h0002"), evening);
    assert_eq!(too_warm(31.5, elsewhere, NEVER), nobody);
    let over = |estate: &mut Estate| warns(estate, early, HeatWave, None, on(0, 9) - 60);
    assert_eq!(too_warm(31.5, over, NEVER), nobody);
    let taken_back = |estate: &mut Estate| {
        heat(estate);
        warns(estate, early + 60, HeatWave, None, early + 60);
    };
    assert_eq!(too_warm(31.5, taken_back, NEVER), nobody);
}

#[test]
fn a_warning_that_comes_into_a_hot_room_is_heeded_at_once() {
    // As hot as two hours of it are told of: the second hour is not waited for.
    for (degrees, expected) in [(33.5, 60), (31.5, 40 + 60)] {
        let mut estate = Estate::lived_in();
        let says = (Quantity::Temperature, Value::Number(degrees));
        tells(&mut estate, on(0, 9), "heat-h0001", says);
        warns(&mut estate, on(0, 9) + 2_400, NoticeKind::HeatWave, None, on(0, 21));
        let begun = estate.shell.log.len();
        estate.shell.wake_until(moment(on(0, 12)));
        let effects = estate.shell.log[begun..].iter().flat_map(|logged| &logged.effects);
        let at: Vec<i64> = effects
            .filter_map(|effect| match effect {
                Effect::EvidenceAdded { incident, evidence }
                    if incident.kind.as_str() == "indoor-heat" =>
                {
                    Some(evidence.at.duration_since(moment(on(0, 9))).as_mins())
                }
                _ => None,
            })
            .collect();
        assert_eq!(at, [expected], "{degrees} °C");
    }
}
