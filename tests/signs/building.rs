//! The customer center as its file draws it: where each sign hangs, and into which signed zones
//! its directions lead. Our own reading of the file, sharing nothing with the service.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;

#[derive(Debug)]
pub struct Building {
    /// Sign → the zone it hangs in.
    pub zone: BTreeMap<String, String>,
    /// Sign and what it shows → the zone with signs into which that leads.
    leads: BTreeMap<(String, &'static str), String>,
}

const SHOWS: [&str; 5] = ["left", "right", "ahead", "up", "down"];

impl Building {
    /// Every way to read the signs: where two doors lie on the same side of one, it may mean
    /// either, but always the same.
    pub fn center() -> Vec<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/sites/center.toml");
        let text = std::fs::read_to_string(path).unwrap();
        let file: Value = text.parse::<toml::Table>().unwrap().into();
        let zone: BTreeMap<String, String> =
            all(&file, "sign").map(|sign| (word(sign, "id"), word(sign, "zone"))).collect();
        let mut leads: BTreeMap<_, Vec<String>> = BTreeMap::new();
        for sign in all(&file, "sign") {
            for (to, show) in ways(&file, sign) {
                if zone.values().any(|signed| *signed == to) {
                    leads.entry((word(sign, "id"), show)).or_default().push(to);
                }
            }
        }
        let mut readings = vec![BTreeMap::new()];
        for (shown, zones) in leads {
            let means = |reading: &BTreeMap<_, _>, zone: String| {
                let mut reading = reading.clone();
                reading.insert(shown.clone(), zone);
                reading
            };
            let all = readings
                .iter()
                .flat_map(|reading| zones.iter().map(move |zone| means(reading, zone.clone())));
            readings = all.collect();
        }
        assert!(readings.len() <= 256, "signs that may mean anything say nothing");
        readings.into_iter().map(|leads| Self { zone: zone.clone(), leads }).collect()
    }

    /// The signed zone into which a sign leads that shows this.
    pub fn leads(&self, sign: &str, show: &str) -> Option<&str> {
        let show = SHOWS.iter().find(|known| **known == show)?;
        self.leads.get(&(sign.to_owned(), *show)).map(String::as_str)
    }
}

/// Every passage out of a sign's zone, with the zone behind it and what has to be shown for it.
fn ways(file: &Value, sign: &Value) -> Vec<(String, &'static str)> {
    let here = word(sign, "zone");
    let mut ways = Vec::new();
    for passage in all(file, "passage") {
        let between: Vec<&str> = passage["between"]
            .as_array()
            .unwrap()
            .iter()
            .map(|zone| zone.as_str().unwrap())
            .collect();
        let Some(at) = between.iter().position(|zone| *zone == here) else { continue };
        let to = between[1 - at];
        let show = match level(file, to) - level(file, &here) {
            0 => side(sign, point(&passage["at"])),
            above if above > 0 => "up",
            _ => "down",
        };
        ways.push((to.to_owned(), show));
    }
    ways
}

/// On which side of whoever reads the sign a point lies, by the two products of vectors.
fn side(sign: &Value, to: [f64; 2]) -> &'static str {
    let at = point(&sign["at"]);
    let (east, north) = (to[0] - at[0], to[1] - at[1]);
    let far = (east * east + north * north).sqrt();
    let facing = number(&sign["facing_deg"]).to_radians();
    let ahead = east * facing.sin() + north * facing.cos();
    let right = east * facing.cos() - north * facing.sin();
    match () {
        () if far < 0.75 || ahead >= far * std::f64::consts::FRAC_1_SQRT_2 => "ahead",
        () if right >= 0.0 => "right",
        () => "left",
    }
}

fn level(file: &Value, zone: &str) -> i64 {
    let storey = all(file, "zone").find(|of| of["id"].as_str() == Some(zone)).unwrap();
    let storey = storey["storey"].as_str();
    all(file, "storey").find(|of| of["id"].as_str() == storey).unwrap()["level"]
        .as_integer()
        .unwrap()
}

fn all<'f>(file: &'f Value, name: &str) -> impl Iterator<Item = &'f Value> {
    file[name].as_array().unwrap().iter()
}

fn word(of: &Value, key: &str) -> String {
    of[key].as_str().unwrap().to_owned()
}

fn point(of: &Value) -> [f64; 2] {
    [number(&of[0]), number(&of[1])]
}

fn number(of: &Value) -> f64 {
    let whole = || of.as_integer().and_then(|whole| i32::try_from(whole).ok()).map(f64::from);
    of.as_float().or_else(whole).unwrap()
}
