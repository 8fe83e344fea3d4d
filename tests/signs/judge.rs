//! Judges what went over the wire: no circle at any moment, one epoch a change and one more for
//! better signs, and stages from the exits inward.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use crate::building::Building;
use crate::story::{CHANGES, SPEED};
use crate::walls::{Event, Log};

/// So long a stage waits for its answers, in service time. Half of it is forgiven to whoever is
/// slow in taking down what it hears.
const STAGE: Duration = Duration::from_secs(2);

/// What was found.
pub struct Judged {
    wrong: Vec<String>,
    epochs: BTreeSet<u64>,
    orders: usize,
    answers: usize,
    /// Orders that were given although an answer of the stage before was missing.
    impatient: usize,
}

impl Judged {
    #[track_caller]
    pub fn holds(&self, what: &str, seed: u64) {
        let Self { wrong, epochs, orders, answers, impatient } = self;
        println!(
            "seed {seed}, {what}: {orders} orders in epochs {epochs:?}, {answers} answers, \
             {impatient} orders did not wait any longer"
        );
        assert!(wrong.is_empty(), "JIKIMI_SEED={seed}, {what}:\n{}", wrong.join("\n"));
        let last = epochs.last().copied().unwrap_or_default();
        assert_eq!(*epochs, (1..=last).collect(), "JIKIMI_SEED={seed}: no epoch is left out");
        let most = 2 * CHANGES as u64;
        assert!(
            (CHANGES as u64..=most).contains(&last),
            "JIKIMI_SEED={seed}: one epoch a change, and one more where better signs were found"
        );
        assert!(answers * 3 > *orders && answers < orders, "some are lost and most are not");
        assert!(*impatient > 0, "JIKIMI_SEED={seed}: no answer was so late that it mattered");
    }
}

/// What may be seen on one wall.
struct Wall {
    /// The last that it has said it shows, or what it shows by itself.
    sure: String,
    /// Everything it was told since.
    maybe: Vec<(u64, String)>,
}

/// In the way of reading the signs in which least is wrong.
pub fn judge(rest: &BTreeMap<String, String>, log: &Log) -> Judged {
    let readings = Building::center().into_iter();
    let mut judged: Vec<Judged> = readings.map(|building| read(&building, rest, log)).collect();
    judged.sort_by_key(|judged| judged.wrong.len());
    judged.swap_remove(0)
}

fn read(building: &Building, rest: &BTreeMap<String, String>, log: &Log) -> Judged {
    let mut walls: BTreeMap<&str, Wall> = BTreeMap::new();
    for (sign, show) in rest {
        walls.insert(sign, Wall { sure: show.clone(), maybe: Vec::new() });
    }
    let (mut wrong, mut epochs) = (Vec::new(), BTreeSet::new());
    let (mut orders, mut answers) = (0, 0);
    for (number, (_, event)) in log.iter().enumerate() {
        match event {
            Event::Told { sign, epoch, show } => {
                orders += 1;
                epochs.insert(*epoch);
                let wall = walls.get_mut(sign.as_str()).expect("a sign of the site");
                if wall.maybe.last().is_some_and(|(last, _)| last > epoch) {
                    wrong.push(format!("{number}: {sign} is told of epoch {epoch} too late"));
                }
                wall.maybe.push((*epoch, show.clone()));
            }
            Event::Shown { sign, epoch, show } => {
                answers += 1;
                let wall = walls.get_mut(sign.as_str()).expect("a sign of the site");
                wall.answers(*epoch, show);
            }
        }
        if let Some(circle) = circle(building, &walls) {
            wrong.push(format!("{number}: after {event:?} signs may lead round: {circle}"));
        }
    }
    let impatient = stages(building, log, &mut wrong);
    Judged { wrong, epochs, orders, answers, impatient }
}

impl Wall {
    /// It shows that, and nothing it was told before.
    fn answers(&mut self, epoch: u64, show: &str) {
        let of = |(told, shown): &(u64, String)| (*told, shown.as_str()) == (epoch, show);
        if let Some(at) = self.maybe.iter().rposition(of) {
            self.maybe.drain(..=at);
            show.clone_into(&mut self.sure);
        }
    }

    fn may_show(&self) -> impl Iterator<Item = &str> {
        self.maybe.iter().map(|(_, show)| show.as_str()).chain([self.sure.as_str()])
    }
}

/// A zone from which people could be led back into it. By walking every way, as people would.
fn circle(building: &Building, walls: &BTreeMap<&str, Wall>) -> Option<String> {
    let mut on: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (sign, wall) in walls {
        let from = building.zone[*sign].as_str();
        on.entry(from)
            .or_default()
            .extend(wall.may_show().filter_map(|show| building.leads(sign, show)));
    }
    on.keys().find_map(|start| {
        let mut seen = BTreeSet::new();
        let mut open: Vec<&str> = on[start].iter().copied().collect();
        while let Some(zone) = open.pop() {
            if zone == *start {
                return Some(format!("{start} among {seen:?}"));
            }
            if seen.insert(zone) {
                open.extend(on.get(zone).into_iter().flatten());
            }
        }
        None
    })
}

/// Within one epoch no sign changes before those nearer to the end of its way have answered, or
/// have had their time. To stop is allowed at once. Counts who had not answered.
fn stages(building: &Building, log: &Log, wrong: &mut Vec<String>) -> usize {
    let mut impatient = 0;
    let epochs: BTreeSet<u64> =
        log.iter().filter_map(|(_, event)| told(event)).map(|t| t.1).collect();
    for epoch in epochs {
        let changes = first_told(log, epoch);
        for (sign, (at, show)) in &changes {
            for ahead in way(building, &changes, sign, show) {
                let (before, _) = &changes[ahead];
                let answered = log.iter().position(|(_, event)| {
                    matches!(event, Event::Shown { sign, epoch: of, .. }
                        if sign == ahead && *of == epoch)
                });
                let time = log[*at].0 - log[*before].0.min(log[*at].0);
                if *before > *at {
                    wrong.push(format!("epoch {epoch}: {sign} is told before {ahead} ahead of it"));
                } else if answered.is_none_or(|answered| answered > *at) {
                    impatient += 1;
                    if time < STAGE / SPEED / 2 {
                        wrong.push(format!(
                            "epoch {epoch}: {sign} is told {time:?} after {ahead}, unanswered"
                        ));
                    }
                }
            }
        }
    }
    impatient
}

/// Where in the log each sign was first told its direction of an epoch, and which.
fn first_told(log: &[(Instant, Event)], epoch: u64) -> BTreeMap<&str, (usize, &str)> {
    let mut changes = BTreeMap::new();
    for (at, (_, event)) in log.iter().enumerate() {
        let order = told(event).filter(|(_, of, show)| *of == epoch && *show != "stop");
        if let Some((sign, _, show)) = order {
            changes.entry(sign).or_insert((at, show));
        }
    }
    changes
}

fn told(event: &Event) -> Option<(&str, u64, &str)> {
    match event {
        Event::Told { sign, epoch, show } => Some((sign, *epoch, show)),
        Event::Shown { .. } => None,
    }
}

/// The signs that people pass who follow a sign, as far as they changed in the same epoch.
fn way<'c>(
    building: &Building,
    changes: &BTreeMap<&'c str, (usize, &'c str)>,
    sign: &str,
    show: &str,
) -> Vec<&'c str> {
    let mut passed = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = building.leads(sign, show);
    while let Some(zone) = next.filter(|zone| seen.insert((*zone).to_owned())) {
        let there = changes.iter().find(|(sign, _)| building.zone[**sign] == zone);
        let Some((sign, (_, show))) = there else { break };
        passed.push(*sign);
        next = building.leads(sign, show);
    }
    passed
}

// ── planted ──

fn planted(events: &[Event], after: Duration) -> Vec<String> {
    let rest = ["sign-3f-west", "sign-3f-mid", "sign-3f-east"].map(|sign| (sign, "right"));
    let rest = rest.map(|(sign, show)| (sign.to_owned(), show.to_owned())).into();
    let begin = Instant::now();
    let at = |number: u32| begin + after * number;
    let log: Log = (0..).zip(events).map(|(number, event)| (at(number), event.clone())).collect();
    judge(&rest, &log).wrong
}

fn tells(sign: &str, epoch: u64, show: &str) -> Event {
    Event::Told { sign: sign.to_owned(), epoch, show: show.to_owned() }
}

fn answer(sign: &str, epoch: u64, show: &str) -> Event {
    Event::Shown { sign: sign.to_owned(), epoch, show: show.to_owned() }
}

#[test]
fn signs_that_face_each_other_are_caught_and_so_is_one_that_may_still_face_the_other() {
    let west = tells("sign-3f-mid", 1, "left");
    assert_eq!(planted(std::slice::from_ref(&west), STAGE).len(), 1, "the western one faces it");
    let stop = [tells("sign-3f-west", 1, "stop"), west.clone()];
    assert_eq!(planted(&stop, STAGE).len(), 1, "it may not have heard yet");
    let answered = [stop[0].clone(), answer("sign-3f-west", 1, "stop"), west];
    assert_eq!(planted(&answered, STAGE), Vec::<String>::new());
}

#[test]
fn a_sign_that_is_told_before_those_ahead_of_it_is_caught() {
    let inside_first = [tells("sign-3f-west", 1, "right"), tells("sign-3f-mid", 1, "right")];
    assert_eq!(planted(&inside_first, STAGE).len(), 1);
    let at_once = [tells("sign-3f-mid", 1, "right"), tells("sign-3f-west", 1, "right")];
    assert_eq!(planted(&at_once, Duration::ZERO).len(), 1);
    assert_eq!(planted(&at_once, STAGE / SPEED), Vec::<String>::new());
    let back = [tells("sign-3f-mid", 2, "right"), tells("sign-3f-mid", 1, "ahead")];
    assert_eq!(planted(&back, STAGE).len(), 1, "an epoch that goes back");
}
