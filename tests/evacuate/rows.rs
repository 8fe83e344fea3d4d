//! Signs through the real tables: a fire is lived through, thrown away in the middle and brought
//! back from its rows, and goes on as if nothing had been.

use std::collections::BTreeSet;
use std::sync::Arc;

use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{
    Action, Command, Content, Input, Message, MessageKey, MessageKind, Outcome, Quantity, Show,
    TimeQuality, Value,
};
use jikimi::evacuate::Hazards;
use jikimi::incident::IncidentId;
use jikimi::monitor::{Configuration, Effect, Monitor};
use jikimi::store::{Commit, Stepped, Store, signs};

use crate::cases::center_configuration as center;

pub fn at_s(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_795_446_000 + seconds).unwrap()
}

pub fn smoke(device: &str, seconds: i64, value: f64) -> (i64, Input) {
    read(device, seconds, (Quantity::Smoke, Value::Number(value)))
}

pub fn counted(device: &str, seconds: i64, people: f64) -> (i64, Input) {
    read(device, seconds, (Quantity::Occupancy, Value::Number(people)))
}

fn read(device: &str, seconds: i64, value: (Quantity, Value)) -> (i64, Input) {
    let at = at_s(seconds);
    let message = Message {
        device: device.parse().unwrap(),
        kind: MessageKind::Reading,
        received_at: at,
        claimed_at: Some(at),
        at,
        quality: TimeQuality::Device,
        retained: false,
        repeated: false,
        key: MessageKey::Id(format!("{device}-{seconds}")),
        content: Content::Readings(vec![value]),
        battery_percent: None,
    };
    (seconds, Input::Message(message))
}

/// Steps what is due and then the input.
fn steps(monitor: &mut Monitor, (seconds, input): &(i64, Input)) -> Vec<Stepped> {
    let site = monitor.configuration().site.id.clone();
    let mut stepped = Vec::new();
    let until = monitor.wakes_until(at_s(*seconds), input);
    while let Some(wake) = monitor.wake_at().filter(|wake| *wake <= until) {
        let step = monitor.step(wake, &Input::Wake);
        stepped.push(Stepped { site: site.clone(), input: Input::Wake, step });
        assert!(stepped.len() < 10_000, "a deadline comes again and again");
    }
    let step = monitor.step(at_s(*seconds), input);
    stepped.push(Stepped { site, input: input.clone(), step });
    stepped
}

/// The kitchen burns, later the stair beside it fills with smoke; every third telling is answered.
fn day(configuration: &Configuration) -> Vec<(i64, Input)> {
    let activated = configuration.activation();
    let mut day = vec![(0, activated)];
    day.extend((10..30).map(|s| smoke("smoke-3f-kitchen", s, 20.0)));
    day.extend((100..140).map(|s| smoke("multi-3f-stair-a", s, 30.0)));
    day.extend((200..230).map(|s| smoke("multi-3f-stair-a", s, 0.0)));
    day
}

fn may_lead(monitor: &Monitor) -> BTreeSet<(String, String)> {
    let may = monitor.board().may_lead();
    may.map(|(from, to)| (from.to_string(), to.to_string())).collect()
}

fn shows(stepped: &[Stepped]) -> Vec<(String, u64, Show)> {
    let effects = stepped.iter().flat_map(|stepped| &stepped.step.effects);
    let shows = effects.filter_map(|effect| match effect {
        Effect::SignShows { sign, epoch, show, .. } => Some((sign.to_string(), *epoch, *show)),
        _ => None,
    });
    shows.collect()
}

#[tokio::test]
async fn a_monitor_that_is_lost_in_the_middle_of_a_change_goes_on_from_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("signs.db").display());
    let store = Store::open(&url).await.unwrap();
    let configuration = center();
    let mut monitor = Monitor::new(Arc::clone(&configuration));
    let mut told: Vec<(String, u64, Show)> = Vec::new();
    let mut queue: std::collections::VecDeque<(i64, Input)> = day(&configuration).into();
    let (mut lost, mut turned) = (0, false);
    while let Some(next) = queue.pop_front() {
        let stepped = steps(&mut monitor, &next);
        for (n, (sign, epoch, show)) in shows(&stepped).into_iter().enumerate() {
            turned |= epoch > 1 && sign == "sign-3f-west" && show == Show::Right;
            if (told.len() + n).is_multiple_of(3) {
                let sign = sign.parse().unwrap();
                queue.push_front((next.0, Input::SignShown { sign, epoch, show }));
            }
        }
        told.extend(shows(&stepped));
        let changed = stepped.iter().any(|stepped| !stepped.step.effects.is_empty());
        store.commit(Arc::new(Commit { steps: stepped, ..Commit::default() })).await.unwrap();
        if !changed {
            continue;
        }
        lost += 1;
        let mut back = store.recall(&configuration).await.unwrap().monitor;
        assert_eq!(back.wake_at(), monitor.wake_at(), "at {} s", next.0);
        assert_eq!(may_lead(&back), may_lead(&monitor), "at {} s", next.0);
        // It says the same to whatever comes next, and to silence.
        let mut again = store.recall(&configuration).await.unwrap().monitor;
        if let Some(following) = queue.front() {
            let expected = steps(&mut again, following);
            let said = steps(&mut monitor, following);
            let effects = |all: &[Stepped]| -> Vec<Vec<Effect>> {
                all.iter().map(|stepped| stepped.step.effects.clone()).collect()
            };
            assert_eq!(effects(&expected), effects(&said), "at {} s", next.0);
        }
        std::mem::swap(&mut monitor, &mut back);
    }
    assert!(lost > 20 && turned, "{lost} times lost, {told:?}");
    let rows = signs(&store.db, &configuration.site.id).await.unwrap();
    assert_eq!(rows.len(), configuration.site.signs.len());
    assert!(rows.iter().any(|row| row.shown_epoch.is_some()));
    let until = rows[0].told.as_ref().unwrap().1;
    assert!(rows.iter().all(|row| row.told.as_ref().unwrap().1 == until), "one end for all");
    assert!(until > at_s(230) - SignedDuration::from_secs(1));
    store.close().await;
}

/// A person says that the fire is over.
fn resolve(configuration: &Configuration, seconds: i64) -> (i64, Input) {
    let (site, kind) = (configuration.site.id.clone(), "fire".parse().unwrap());
    let incident = IncidentId { site, kind, place: "main".parse().unwrap(), n: 1 };
    let action = Action::Resolve { incident, outcome: Outcome::Real, note: None };
    let command = Command { key: "k".to_owned(), actor: "local".to_owned(), action };
    (seconds, Input::Command(command))
}

#[test]
fn signs_are_told_again_while_it_burns_and_rest_when_it_is_over() {
    let configuration = center();
    let mut monitor = Monitor::new(Arc::clone(&configuration));
    let mut lived = Vec::new();
    for next in day(&configuration) {
        lived.extend(steps(&mut monitor, &next));
    }
    lived.extend(steps(&mut monitor, &smoke("smoke-1f-hall", 1000, 0.0)));
    let told = |lived: &[Stepped], sign: &str| -> Vec<(Timestamp, Timestamp)> {
        let all = lived.iter().flat_map(|stepped| {
            stepped.step.effects.iter().map(|effect| (stepped.step.step_at, effect))
        });
        let of_sign = all.filter_map(|(at, effect)| match effect {
            Effect::SignShows { sign: of, until, .. } if of.as_str() == sign => Some((at, *until)),
            _ => None,
        });
        of_sign.collect()
    };
    let renewals = told(&lived, "sign-2f-west");
    for pair in renewals.windows(2) {
        assert!(pair[1].0 < pair[0].1, "it is told again before it rests: {pair:?}");
    }
    assert!(renewals.len() > 10 && renewals.last().unwrap().1 > at_s(1000));
    let mut after = steps(&mut monitor, &resolve(&configuration, 1001));
    after.extend(steps(&mut monitor, &smoke("smoke-1f-hall", 9000, 0.0)));
    assert_eq!(shows(&after), [], "nobody is told anything once it is over");
}

#[test]
fn a_panel_says_that_it_burns_and_not_where() {
    let configuration = center();
    let mut monitor = Monitor::new(Arc::clone(&configuration));
    let (_, mut input) = smoke("panel", 20, 0.0);
    if let Input::Message(message) = &mut input {
        message.content = Content::Readings(vec![(Quantity::PanelAlarm, Value::Flag(true))]);
    }
    let activated = configuration.activation();
    steps(&mut monitor, &(0, activated));
    let lived = steps(&mut monitor, &(20, input));
    assert!(!shows(&lived).is_empty(), "signs lead");
    let hazards = Hazards::of(&configuration.site, &configuration.rules, monitor.open());
    assert!(hazards.is_empty(), "and nothing is closed: {hazards:?}");
}
