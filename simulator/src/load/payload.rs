//! The messages of the load: calm rooms, and now and then one at 70 °C.

use std::io::Write as _;

use jiff::Timestamp;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

use crate::recording::{SEOUL, with_digits};

/// Writes payloads for one connection, each with an id of its own that grows with time: that is
/// how a service likes its keys best.
pub struct Payloads {
    connection: usize,
    count: u64,
    random: ChaCha8Rng,
    trip: f64,
    at: Timestamp,
    at_text: String,
}

impl Payloads {
    pub fn new(connection: usize, random: ChaCha8Rng, trip: f64) -> Self {
        let (at, at_text) = (Timestamp::MIN, String::new());
        Self { connection, count: 0, random, trip, at, at_text }
    }

    /// Time for the messages that follow.
    pub fn set_time(&mut self, at: Timestamp) {
        if at.as_millisecond() != self.at.as_millisecond() {
            self.at_text = with_digits(at, SEOUL, 3);
        }
        self.at = at;
    }

    pub fn put(&mut self, out: &mut Vec<u8>, seq: u64) {
        let (us, connection, count) = (self.at.as_microsecond(), self.connection, self.count);
        let bits = self.random.next_u32();
        let trips = self.trip > 0.0 && self.random.random_bool(self.trip);
        let temperature = if trips { 700 } else { 180 + (bits & 0xff) % 40 };
        let (humidity, co) = (350 + (bits >> 8 & 0xff), (bits >> 16 & 0xff) % 20);
        // Writing to memory does not fail.
        let _ = write!(
            out,
            r#"{{"id":"{us:016}-{connection:04}-{count:06}","at":"{}","seq":{seq},"readings":"#,
            self.at_text,
        );
        let _ = write!(
            out,
            r#"{{"temperature":{},"humidity":{},"co":{}}},"battery":{}}}"#,
            Tenths(temperature),
            Tenths(humidity),
            Tenths(co),
            60 + (bits >> 24) % 40,
        );
        self.count += 1;
    }
}

struct Tenths(u32);

impl std::fmt::Display for Tenths {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(to, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn payloads_are_json_of_the_promised_size_with_ids_that_grow() {
        let mut payloads = Payloads::new(17, ChaCha8Rng::seed_from_u64(1), 0.5);
        payloads.set_time("2026-11-24T14:03:07.120450+09:00".parse().unwrap());
        let mut last = String::new();
        let mut hot = 0;
        for seq in 0..200 {
            let mut out = Vec::new();
            payloads.put(&mut out, seq);
            assert!((145..=165).contains(&out.len()), "{}", out.len());
            let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
            assert_eq!(value["at"], "2026-11-24T14:03:07.120+09:00");
            let id = value["id"].as_str().unwrap().to_owned();
            assert!(id > last, "{id}");
            last = id;
            let celsius = value["readings"]["temperature"].as_f64().unwrap();
            if celsius > 60.0 {
                hot += 1;
            } else {
                assert!((18.0..22.0).contains(&celsius), "{celsius}");
            }
        }
        assert!((60..140).contains(&hot), "{hot}");
    }
}
