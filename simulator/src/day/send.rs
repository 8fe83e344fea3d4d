//! From what a device noticed to what a broker saw, in the native dialect.

use jiff::SignedDuration;
use rand::RngExt;

use super::Script;
use super::device::{Sample, Value, random};
use super::script::LIFE_SAFETY;
use crate::recording::{Content, Line, with_digits};

/// From a device to the broker, in microseconds.
const TRANSIT_US: std::ops::Range<i64> = 20_000..200_000;

impl Script {
    /// Puts a device's messages behind the others. Each has an id of its own, counted by device.
    pub(super) fn send(
        &self,
        seed: u64,
        site: &str,
        device: &str,
        samples: &[Sample],
        sent: &mut Vec<Line>,
    ) {
        let mut random = random(seed ^ 1, site, device);
        for (number, sample) in samples.iter().enumerate() {
            let at = self.at(sample.at_ms);
            let on = sample.value == Value::Flag(true);
            let alarm = on && LIFE_SAFETY.contains(&sample.quantity);
            let kind = if alarm { "alarm" } else { "reading" };
            let topic = format!("jikimi/v1/{site}/{device}/{kind}");
            let (said, quantity, value) =
                (with_digits(at, self.offset, 3), sample.quantity, said(*sample));
            let payload = format!(
                r#"{{"id":"{seed:x}-{number}","at":"{said}","readings":{{"{quantity}":{value}}}}}"#
            );
            let content = Content::Message { topic, payload: payload.into(), retained: false };
            let transit = SignedDuration::from_micros(random.random_range(TRANSIT_US));
            sent.push(Line { received_at: at + transit, content });
        }
    }
}

fn said(sample: Sample) -> String {
    match sample.value {
        Value::Flag(on) => on.to_string(),
        Value::Number(number) if sample.quantity == "temperature" => format!("{number:.1}"),
        Value::Number(number) => format!("{number:.2}"),
    }
}
