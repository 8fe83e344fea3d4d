//! No decoder breaks on anything, and whatever it takes is whole.
//!
//! Packets of the corpus are changed as a device would not: in their bytes, in their JSON, in
//! their topics. Usually a fixed number of times; `JIKIMI_FUZZ_S=600` goes on for that many
//! seconds a decoder (`make fuzz`). A failure prints the seed, and keeps its input in the corpus.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use jikimi::domain::{Content, Message, Value};
use jikimi::ingest::decode::decode;
use jikimi::ingest::{Directory, Heard, Packet};
use serde_json::Value as Json;
use tokio::time::Instant;

use super::corpus::{Sample, keep, samples};
use super::*;

const DECODERS: &[&str] = &["native", "zigbee2mqtt", "chirpstack", "the-things-stack", "tasmota"];
/// A decoder, where no time is given.
const INPUTS: u64 = 20_000;

#[test]
fn no_decoder_breaks_on_anything() {
    let seed = std::env::var("JIKIMI_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or(20_261_124);
    let seconds = std::env::var("JIKIMI_FUZZ_S").ok().and_then(|text| text.parse().ok());
    let directory = town::directory();
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let running: Vec<_> = DECODERS
        .iter()
        .map(|name| {
            let directory = Arc::clone(&directory);
            thread::spawn(move || (*name, fuzz(name, &directory, seed, until)))
        })
        .collect();
    let mut total = 0;
    for thread in running {
        let (name, inputs) = thread.join().expect("no decoder breaks");
        println!("seed {seed}: {name} took {inputs} inputs");
        total += inputs;
    }
    println!("seed {seed}: {total} inputs");
}

/// How many inputs a decoder has taken.
fn fuzz(name: &str, directory: &Directory, seed: u64, until: Option<Instant>) -> u64 {
    let mut pool = samples(name);
    assert!(!pool.is_empty(), "the corpus has nothing of {name}");
    for sample in &pool {
        check(name, directory, sample, seed);
    }
    let mut dice = Dice(seed ^ xxhash_rust::xxh3::xxh3_64(name.as_bytes()));
    let mut inputs = 0;
    let goes_on = |inputs: u64| match until {
        None => inputs < INPUTS,
        Some(until) => !inputs.is_multiple_of(256) || Instant::now() < until,
    };
    while goes_on(inputs) {
        let mut sample = pool[dice.below(pool.len())].clone();
        for _ in 0..=dice.below(4) {
            mutate(&mut sample, &pool, &mut dice);
        }
        let taken = check(name, directory, &sample, seed);
        // What is taken though it was changed leads further than what is not.
        if taken && pool.len() < 512 && dice.below(16) == 0 {
            pool.push(sample);
        }
        inputs += 1;
    }
    inputs
}

/// Decodes one packet and holds what comes out to what is promised; whether it was taken.
fn check(name: &str, directory: &Directory, sample: &Sample, seed: u64) -> bool {
    match catch_unwind(AssertUnwindSafe(|| holds(directory, sample))) {
        Ok(Ok(taken)) => taken,
        Ok(Err(broken)) => {
            let kept = keep(name, sample);
            panic!("JIKIMI_SEED={seed}: {broken}; kept as {}", kept.display())
        }
        Err(_) => {
            let kept = keep(name, sample);
            panic!("JIKIMI_SEED={seed}: the decoder broke; kept as {}", kept.display())
        }
    }
}

fn holds(directory: &Directory, sample: &Sample) -> Result<bool, String> {
    let received_at = jikimi::domain::time::Timestamp::from_second(1_795_496_588).unwrap();
    let packet = Packet::new(&sample.topic, &sample.payload, received_at, (false, false));
    let heard = decode(directory, &packet);
    if heard != decode(directory, &packet) {
        return Err("it comes out differently the second time".to_owned());
    }
    let plain =
        |sentence: &str| sentence.chars().count() <= 500 && !sentence.contains(char::is_control);
    match &heard {
        Err(refused) if !plain(&refused.sentence) => Err("the sentence is not plain".to_owned()),
        Err(_) => Ok(false),
        Ok(heard) => {
            if matches!(heard, Heard::Several(all) if all.is_empty()) {
                return Err("several messages, and none".to_owned());
            }
            if !heard.remarks().all(|remark| plain(&remark.sentence)) {
                return Err("a remark is not plain".to_owned());
            }
            heard.messages().iter().try_for_each(|decoded| whole(&decoded.message, &packet))?;
            Ok(true)
        }
    }
}

fn whole(message: &Message, packet: &Packet) -> Result<(), String> {
    let ahead = message.at.duration_since(packet.received_at);
    if ahead > jiff::SignedDuration::from_secs(5) {
        return Err(format!("it is {ahead} ahead"));
    }
    if let Content::Readings(values) = &message.content {
        for (index, (quantity, value)) in values.iter().enumerate() {
            if values[..index].iter().any(|(earlier, _)| earlier == quantity) {
                return Err(format!("{} twice", quantity.as_str()));
            }
            let flag = quantity.unit() == jikimi::domain::Unit::Flag;
            match value {
                Value::Flag(_) if flag => {}
                Value::Number(number) if !flag && number.is_finite() => {}
                other => return Err(format!("{} is {other:?}", quantity.as_str())),
            }
        }
    }
    if message.battery_percent.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) {
        return Err("the battery is beyond its limits".to_owned());
    }
    let text = serde_json::to_string(message).map_err(|error| error.to_string())?;
    let back: Message = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if back != *message {
        return Err(format!("it does not come back from the log as it was: {text}"));
    }
    if text.contains("\\u0000") {
        return Err("it holds what a database refuses".to_owned());
    }
    Ok(())
}

/// `splitmix64`, by Vigna; the same on every platform.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

fn mutate(sample: &mut Sample, pool: &[Sample], dice: &mut Dice) {
    match dice.below(10) {
        0 => topic(&mut sample.topic, dice),
        1..=3 => bytes(&mut sample.payload, pool, dice),
        _ => match serde_json::from_slice::<Json>(&sample.payload) {
            Ok(mut json) => {
                let donor = serde_json::from_slice(&dice.of(pool).payload).unwrap_or(Json::Null);
                structure(&mut json, &donor, dice);
                sample.payload = json.to_string().into_bytes();
            }
            Err(_) => bytes(&mut sample.payload, pool, dice),
        },
    }
}

fn topic(topic: &mut String, dice: &mut Dice) {
    let mut levels: Vec<String> = topic.split('/').map(str::to_owned).collect();
    let at = dice.below(levels.len());
    let words = ["", "+", "SENSOR", "up", "set", "availability", "bridge", "\u{0}", "계단", "LWT"];
    match dice.below(4) {
        0 => drop(levels.remove(at)),
        1 => levels.insert(at, (*dice.of(&words)).to_owned()),
        2 => (*dice.of(&words)).clone_into(&mut levels[at]),
        _ => levels[at].push(*dice.of(&['x', ' ', '%', '\u{7f}'])),
    }
    *topic = levels.join("/");
}

fn bytes(payload: &mut Vec<u8>, pool: &[Sample], dice: &mut Dice) {
    let at = dice.below(payload.len() + 1);
    let digit = *dice.of(b"{}[]\",:0eE.-+\\u\x00\xff\xe2");
    match dice.below(6) {
        0 => payload.truncate(at),
        1 => payload.insert(at, digit),
        2 if at < payload.len() => payload[at] = digit,
        3 if at < payload.len() => drop(payload.remove(at)),
        4 => {
            let other = &dice.of(pool).payload;
            let from = dice.below(other.len() + 1);
            payload.truncate(at);
            payload.extend_from_slice(&other[from..]);
        }
        _ => {
            let part = payload[at..payload.len().min(at + 32)].to_vec();
            payload.splice(at..at, part);
        }
    }
    payload.truncate(4096);
}

/// Changes one place of a value: what stands there, or its name.
fn structure(json: &mut Json, donor: &Json, dice: &mut Dice) {
    let places = count(json);
    let mut at = dice.below(places);
    let Some(place) = nth(json, &mut at) else { return };
    match (dice.below(6), &mut *place) {
        (0, Json::Object(fields)) if !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            fields.remove(dice.of(&names));
        }
        (1, Json::Object(fields)) if !fields.is_empty() => {
            let names: Vec<String> = fields.keys().cloned().collect();
            let value = fields.remove(dice.of(&names)).unwrap_or_default();
            fields.insert(name_of(donor, dice), value);
        }
        (2, Json::Object(fields)) => {
            fields.insert(name_of(donor, dice), odd(dice));
        }
        (3, place) => {
            let mut at = dice.below(count(donor));
            let mut donor = donor.clone();
            *place = nth(&mut donor, &mut at).cloned().unwrap_or_default();
        }
        (4, place) => *place = Json::Array(vec![place.clone(); dice.below(4)]),
        (_, place) => *place = odd(dice),
    }
}

fn name_of(donor: &Json, dice: &mut Dice) -> String {
    let names =
        ["", "battery", "history", "ZbReceived", "readings", "at", "sos", "object", "\u{0}"];
    match donor {
        Json::Object(fields) if !fields.is_empty() && dice.below(3) > 0 => {
            let own: Vec<&String> = fields.keys().collect();
            (*dice.of(&own)).clone()
        }
        _ => (*dice.of(&names)).to_owned(),
    }
}

fn odd(dice: &mut Dice) -> Json {
    let texts = [
        "",
        "\u{0}",
        "NaN",
        "1e999",
        "-0",
        " open ",
        "ON",
        "2026-11-24T14:03:07",
        "emergency",
        "9999-12-31T23:59:59Z",
        "-009999-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        "계단",
    ];
    match dice.below(8) {
        0 => Json::Null,
        1 => Json::Bool(dice.below(2) == 0),
        2 => Json::from(dice.next()),
        3 => Json::from(i64::MIN),
        4 => Json::from(*dice.of(&[0.0, -0.0, 1e308, -1e308, 5e-324, 85.0, 327.67, 100.000_001])),
        5 => Json::from(*dice.of(&[-1_i64, 0, 1, 2, 101, 255, 1_795_496_588, 253_402_207_200])),
        6 => Json::String("x".repeat(dice.below(300))),
        _ => Json::String((*dice.of(&texts)).to_owned()),
    }
}

fn count(json: &Json) -> usize {
    1 + match json {
        Json::Array(items) => items.iter().map(count).sum(),
        Json::Object(fields) => fields.values().map(count).sum(),
        _ => 0,
    }
}

fn nth<'j>(json: &'j mut Json, at: &mut usize) -> Option<&'j mut Json> {
    if *at == 0 {
        return Some(json);
    }
    *at -= 1;
    match json {
        Json::Array(items) => items.iter_mut().find_map(|item| nth(item, at)),
        Json::Object(fields) => fields.values_mut().find_map(|value| nth(value, at)),
        _ => None,
    }
}
