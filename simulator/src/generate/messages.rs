//! What the made-up devices send, and in which order it arrives.

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::buildings::{Device, Quantity, Site};
use super::{SPAN_MS, instant};
use crate::recording::{Content, Line, SEOUL, with_digits};

/// About so many messages come from devices that have nothing to tell.
const CALM_MESSAGES: u64 = 10_000;
/// The longest period still puts two messages into the time after which a device is silent.
const PERIOD_MS: std::ops::RangeInclusive<u64> = 1_000..=24_000;
const TWICE: f64 = 0.03;
const OUT_OF_ORDER: f64 = 0.01;

struct Sample<'a> {
    site: &'a Site,
    device: &'a Device,
    at_ms: u64,
    calm: bool,
}

pub fn send(random: &mut ChaCha8Rng, seed: u64, sites: &[Site]) -> Vec<Line> {
    let mut samples = Vec::new();
    let period_ms = period_ms(sites);
    for site in sites {
        for device in site.buildings.iter().flat_map(|building| &building.devices) {
            sample(random, site, device, period_ms, &mut samples);
        }
    }
    samples.sort_by_key(|sample| sample.at_ms);
    let mut lines = Vec::new();
    for (number, sample) in samples.iter().enumerate() {
        let line = message(random, seed, number, sample);
        if random.random_bool(TWICE) {
            let later = SignedDuration::from_millis(random.random_range(30..1_500));
            lines.push(Line { received_at: line.received_at + later, ..line.clone() });
        }
        lines.push(line);
    }
    lines.sort_by_key(|line| line.received_at);
    lines
}

fn period_ms(sites: &[Site]) -> u64 {
    let devices = sites.iter().flat_map(|site| &site.buildings);
    let devices: usize = devices.map(|building| building.devices.len()).sum();
    (SPAN_MS * devices as u64 / CALM_MESSAGES).clamp(*PERIOD_MS.start(), *PERIOD_MS.end())
}

/// The moments at which a device speaks: its period, and more often while something happens.
fn sample<'a>(
    random: &mut ChaCha8Rng,
    site: &'a Site,
    device: &'a Device,
    period_ms: u64,
    samples: &mut Vec<Sample<'a>>,
) {
    let end_ms = device.silent_from_ms.unwrap_or(SPAN_MS);
    let mut put = |at_ms: u64, calm| {
        if at_ms < end_ms {
            samples.push(Sample { site, device, at_ms, calm });
        }
    };
    let mut at_ms = random.random_range(0..period_ms);
    while at_ms < end_ms {
        let happens = |from_ms: u64, until_ms: u64| at_ms + 10_000 > from_ms && at_ms < until_ms;
        let calm = !device.excursions.iter().any(|e| happens(e.from_ms, e.until_ms() + 10_000));
        put(at_ms, calm);
        at_ms += period_ms;
    }
    for excursion in &device.excursions {
        let mut at_ms = excursion.from_ms;
        while at_ms < excursion.until_ms() {
            put(at_ms, false);
            at_ms = at_ms.saturating_add(excursion.every_ms);
        }
        put(excursion.until_ms() + 1, false);
    }
}

fn message(random: &mut ChaCha8Rng, seed: u64, number: usize, sample: &Sample<'_>) -> Line {
    let at = instant(sample.at_ms);
    let kind = if sample.device.quantity == Quantity::CallPoint { "alarm" } else { "reading" };
    let topic = format!("jikimi/v1/{}/{}/{kind}", sample.site.id, sample.device.id);
    let payload = payload(seed, number, at, sample).into_bytes();
    let content = Content::Message { topic, payload, retained: false };
    Line { received_at: at + transit(random, sample.calm), content }
}

fn payload(seed: u64, number: usize, at: Timestamp, sample: &Sample<'_>) -> String {
    let at = with_digits(at, SEOUL, 3);
    let quantity = sample.device.quantity.name();
    let value = value(sample.device, sample.at_ms);
    format!(r#"{{"id":"{seed:x}-{number:06}","at":"{at}","readings":{{"{quantity}":{value}}}}}"#)
}

fn value(device: &Device, at_ms: u64) -> String {
    let calm = device.calm;
    let happens = device.excursions.iter().find_map(|excursion| excursion.value(calm, at_ms));
    match device.quantity {
        Quantity::Temperature => format!("{:.1}", happens.unwrap_or(calm)),
        Quantity::Smoke => format!("{:.2}", happens.unwrap_or(calm)),
        Quantity::CallPoint => happens.is_some().to_string(),
        // Somebody walks through now and then; nobody cares.
        Quantity::Motion => at_ms.is_multiple_of(3).to_string(),
    }
}

/// From the device to the broker. What has nothing to tell is sometimes held up.
fn transit(random: &mut ChaCha8Rng, calm: bool) -> SignedDuration {
    let usual = SignedDuration::from_micros(random.random_range(20_000..200_000));
    if calm && random.random_bool(OUT_OF_ORDER) {
        return usual + SignedDuration::from_millis(random.random_range(2_000..8_000));
    }
    usual
}
