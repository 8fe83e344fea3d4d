//! One detector on a bench: readings in, turns out, with a restart wherever it is asked for.

use jikimi::detect::{Change, Parameters, Spot, State, Turn, Wave};
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{DeviceId, PlaceId, Quantity, Reading, StoreyId, Value};

use crate::world::MIDNIGHT;

/// A moment so many seconds into the day, to the microsecond.
#[expect(clippy::cast_possible_truncation, reason = "a test is short")]
pub fn at_s(seconds: f64) -> Timestamp {
    MIDNIGHT + SignedDuration::from_micros((seconds * 1e6).round() as i64)
}

/// The other way round.
pub fn s_of(at: Timestamp) -> f64 {
    at.duration_since(MIDNIGHT).as_secs_f64()
}

pub struct Bench {
    pub parameters: Parameters,
    pub state: State,
    pub changes: Vec<Change>,
    /// Brought back from its snapshot after every step.
    pub restarts: bool,
}

impl Bench {
    /// A detector by name, with its parameters as a rule has them.
    pub fn new(detector: &str, rule: &str) -> Self {
        let table: toml::Table = rule.parse().unwrap();
        let parameters = Parameters::read(detector, toml::Value::Table(table)).unwrap().unwrap();
        assert_eq!(parameters.problems(), Vec::<String>::new());
        let state = parameters.empty_state();
        Self { parameters, state, changes: Vec::new(), restarts: false }
    }

    /// Of a shipped rule.
    pub fn shipped(file: &str, id: &str) -> Self {
        let path = format!("{}/config/rules/{file}.toml", env!("CARGO_MANIFEST_DIR"));
        let text: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
        let mut rules = text["rule"].as_array().unwrap().iter();
        let rule = rules.find(|rule| rule["id"].as_str() == Some(id)).unwrap();
        let mut rule = rule.as_table().unwrap().clone();
        let detector = rule["detector"].as_str().unwrap().to_owned();
        for key in [
            "id",
            "detector",
            "situation",
            "fault",
            "class",
            "level",
            "scope",
            "watches",
            "because",
        ] {
            rule.remove(key);
        }
        Self::new(&detector, &toml::to_string(&rule).unwrap())
    }

    fn restart(&mut self) {
        if self.restarts {
            let text = serde_json::to_string(&self.state).unwrap();
            self.state = serde_json::from_str(&text).unwrap();
        }
    }

    pub fn wake(&mut self, until: Timestamp) {
        while let Some(due) = self.parameters.deadline(&self.state).filter(|due| *due <= until) {
            self.parameters.expire(&mut self.state, due, &mut self.changes);
            self.restart();
        }
    }

    /// A reading of a device in a place, after what is due by then.
    pub fn read(&mut self, (device, place): (&str, &str), quantity: Quantity, s: f64, value: f64) {
        let at = at_s(s);
        self.wake(at);
        let (device, place): (DeviceId, PlaceId) =
            (device.parse().unwrap(), place.parse().unwrap());
        let reading = Reading { device, quantity, value: Value::Number(value), at };
        let spot = Spot { kind: None, place: &place, storey: None };
        self.parameters.observe(&mut self.state, &spot, &reading, &mut self.changes);
        self.restart();
    }

    pub fn shake(&mut self, storey: &str, wave: &Wave<'_>) {
        let (place, storey): (PlaceId, StoreyId) =
            (storey.parse().unwrap(), storey.parse().unwrap());
        let spot = Spot { kind: None, place: &place, storey: Some(&storey) };
        self.parameters.shake(&mut self.state, &spot, wave, &mut self.changes);
        self.restart();
    }

    /// What its snapshot says.
    pub fn snapshot(&self, detector: &str) -> serde_json::Value {
        serde_json::to_value(&self.state).unwrap()[detector].clone()
    }

    /// Turns and their seconds.
    pub fn turns(&self) -> Vec<(Turn, f64)> {
        self.changes.iter().map(|change| (change.turn, s_of(change.at))).collect()
    }

    pub fn started(&self) -> Vec<f64> {
        let starts = self.changes.iter().filter(|change| change.turn == Turn::Started);
        starts.map(|change| s_of(change.at)).collect()
    }
}
