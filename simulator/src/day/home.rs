//! A day of somebody who lives alone, and what the home's few devices see of it.
//!
//! Asleep until up, once to the bathroom in the night, busy in between, out by the door and back,
//! asleep again. Whoever falls silent moves once more at that moment and never again; what the
//! devices say of themselves goes on.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::DAY_MS;
use super::device::{Sample, Value, pause, random, rhythm};
use super::script::{About, Device, Habit, Home, Kind, Turn};

const MINUTE_MS: u64 = 60_000;
/// `about` is up to this much earlier or later.
const ABOUT_MS: u64 = 15 * MINUTE_MS;
/// A motion sensor says so long that somebody moves.
const PIR_MS: u64 = 45_000;
/// A radar says so long that somebody is there.
const RADAR_MS: u64 = 10 * MINUTE_MS;
/// A motion sensor and a radar say at this pace that all is quiet.
const BEAT_MS: u64 = 10 * MINUTE_MS;
/// The pause between two stirrings of somebody who is awake, in the mean.
const AWAKE_MS: u64 = 9 * MINUTE_MS;
/// The night's way to the bathroom falls between these.
const NIGHT_MS: std::ops::Range<u64> = 90 * MINUTE_MS..200 * MINUTE_MS;

/// What a home's devices do whoever lives there: say that they are there, and measure.
pub fn devices(home: &Home) -> Vec<Device> {
    let says =
        |quantity, minutes| Habit::Says { quantity, on: false, every_ms: minutes * MINUTE_MS };
    let habits = |name: &str| match name {
        "temperature" => vec![Habit::Measures {
            quantity: "temperature",
            around: 22.0,
            spread: 1.5,
            every_ms: 10 * MINUTE_MS,
        }],
        "smoke" => vec![says("smoke_alarm", 60)],
        "sos" => vec![says("sos", 60)],
        "radar" => vec![says("fall", 10)],
        _ => Vec::new(),
    };
    let device = |name: &&'static str| Device {
        id: format!("{}-{name}", home.id),
        spot: Some(home.id.clone()),
        habits: habits(name),
    };
    home.kit.iter().map(device).collect()
}

/// Something that a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Deed {
    at_ms: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Moves,
    Opens,
    Closes,
}

/// What each device of the home notices of the person, in the order of its kit.
pub fn noticed(seed: u64, site: &str, home: &Home, turns: &[Turn]) -> Vec<Vec<Sample>> {
    let mut random = random(seed, site, &home.id);
    let deeds = befall(live(&mut random, home), turns);
    let moves: Vec<u64> =
        deeds.iter().filter(|deed| deed.what == What::Moves).map(|deed| deed.at_ms).collect();
    let notice = |name: &&'static str| match *name {
        "pir" => stays_on(&mut random, "motion", &moves, PIR_MS),
        "radar" => {
            let there = stays_on(&mut random, "presence", &moves, RADAR_MS);
            there.into_iter().chain(event(turns, Kind::Fall, "fall")).collect()
        }
        "door" => door(&mut random, &deeds),
        "sos" => event(turns, Kind::Sos, "sos"),
        _ => Vec::new(),
    };
    home.kit.iter().map(notice).collect()
}

/// The day as it would have been.
fn live(random: &mut ChaCha8Rng, home: &Home) -> Vec<Deed> {
    let mut deeds = Vec::new();
    let moment = |random: &mut ChaCha8Rng, about: About| match about.about {
        true => (about.at_ms + random.random_range(0..=2 * ABOUT_MS)).saturating_sub(ABOUT_MS),
        false => about.at_ms,
    };
    let up = moment(random, home.up);
    let bed = moment(random, home.bed).clamp(up, DAY_MS - 1);
    let outs: Vec<(u64, u64)> =
        home.outs.iter().map(|(a, b)| (moment(random, *a), moment(random, *b))).collect();
    let mut outs: Vec<(u64, u64)> = outs
        .into_iter()
        .filter(|(from, until)| up < *from && from < until && *until < bed)
        .collect();
    outs.sort_unstable();
    let night = random.random_range(NIGHT_MS);
    if night < up {
        bathroom(random, night, &mut deeds);
    }
    let mut from = up;
    for (leaves, back) in outs {
        awake(random, from, leaves.saturating_sub(20_000), &mut deeds);
        through_the_door(leaves, &mut deeds);
        through_the_door(back, &mut deeds);
        from = back + 9_000;
    }
    awake(random, from, bed, &mut deeds);
    deeds.push(Deed { at_ms: bed, what: What::Moves });
    deeds.sort_unstable();
    deeds
}

fn bathroom(random: &mut ChaCha8Rng, at_ms: u64, deeds: &mut Vec<Deed>) {
    let back_ms = at_ms + random.random_range(2 * MINUTE_MS..6 * MINUTE_MS);
    deeds.extend([at_ms, back_ms].map(|at_ms| Deed { at_ms, what: What::Moves }));
}

fn awake(random: &mut ChaCha8Rng, from_ms: u64, until_ms: u64, deeds: &mut Vec<Deed>) {
    let mut at_ms = from_ms;
    while at_ms < until_ms {
        deeds.push(Deed { at_ms, what: What::Moves });
        at_ms += pause(random, AWAKE_MS);
    }
}

fn through_the_door(at_ms: u64, deeds: &mut Vec<Deed>) {
    deeds.push(Deed { at_ms, what: What::Opens });
    deeds.push(Deed { at_ms: at_ms + 6_000, what: What::Closes });
}

/// The day as it was: after a fall or a silence nothing more is done.
fn befall(mut deeds: Vec<Deed>, turns: &[Turn]) -> Vec<Deed> {
    for turn in turns {
        if matches!(turn.kind, Kind::Stillness | Kind::Fall) {
            deeds.retain(|deed| deed.at_ms < turn.at_ms);
        }
        deeds.push(Deed { at_ms: turn.at_ms, what: What::Moves });
    }
    deeds.sort_unstable();
    deeds
}

/// On with every move, off a while after the last; and at every beat what it is then.
fn stays_on(
    random: &mut ChaCha8Rng,
    quantity: &'static str,
    moves: &[u64],
    stays_ms: u64,
) -> Vec<Sample> {
    let sample = |at_ms, on| Sample { at_ms, quantity, value: Value::Flag(on) };
    let mut samples = Vec::new();
    for (index, at_ms) in moves.iter().enumerate() {
        samples.push(sample(*at_ms, true));
        let next = moves.get(index + 1).copied().unwrap_or(u64::MAX);
        let off_ms = at_ms + stays_ms;
        if off_ms < next.min(DAY_MS) {
            samples.push(sample(off_ms, false));
        }
    }
    // A beat in the middle of a move has been said already.
    let quiet = |at_ms: &u64| {
        let last = moves.partition_point(|moved| moved <= at_ms).checked_sub(1);
        last.is_none_or(|last| moves[last] + stays_ms < *at_ms)
    };
    let beats = rhythm(random, BEAT_MS).into_iter().filter(quiet);
    samples.extend(beats.map(|at_ms| sample(at_ms, false)));
    samples
}

fn door(random: &mut ChaCha8Rng, deeds: &[Deed]) -> Vec<Sample> {
    let sample = |at_ms, on| Sample { at_ms, quantity: "contact", value: Value::Flag(on) };
    let mut samples = Vec::new();
    let mut open: Vec<(u64, bool)> = Vec::new();
    for deed in deeds.iter().filter(|deed| deed.what != What::Moves) {
        let opens = deed.what == What::Opens;
        samples.push(sample(deed.at_ms, opens));
        open.push((deed.at_ms, opens));
    }
    for at_ms in rhythm(random, 30 * MINUTE_MS) {
        let before = open.partition_point(|(moved, _)| *moved <= at_ms).checked_sub(1);
        samples.push(sample(at_ms, before.is_some_and(|before| open[before].1)));
    }
    samples
}

/// A button pressed, or a fall seen: on, and off a minute later.
fn event(turns: &[Turn], kind: Kind, quantity: &'static str) -> Vec<Sample> {
    let of_kind = turns.iter().filter(|turn| turn.kind == kind);
    let moments = of_kind.flat_map(|turn| [(turn.at_ms, true), (turn.at_ms + MINUTE_MS, false)]);
    moments.map(|(at_ms, on)| Sample { at_ms, quantity, value: Value::Flag(on) }).collect()
}
