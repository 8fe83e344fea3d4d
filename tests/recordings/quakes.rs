//! Eight earthquakes on cheap accelerometers, and floors made of them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::OnceLock;

use jikimi::detect::{Turn, Wave};
use jikimi::domain::time::{SignedDuration, Timestamp};
use jikimi::domain::{DeviceId, Level};
use jikimi_sim::convert::{Converted, openeew};
use jikimi_sim::recording::{Content, Line};
use serde::Deserialize;

use crate::bench::Bench;
use crate::lab::{Rng, shared, shipped, span};
use crate::world::MIDNIGHT;

const FELT_GAL: f64 = 7.5;
const RATE_HZ: f64 = 31.25;

#[derive(Deserialize)]
struct Stretch {
    device_t: f64,
    cloud_t: f64,
    x: Vec<f32>,
    y: Vec<f32>,
    z: Vec<f32>,
}

struct Record {
    name: String,
    stretches: Vec<Stretch>,
    /// The strongest motion off the record's mean, by all three axes.
    pga_gal: f64,
}

impl Record {
    fn read(path: &Path) -> Self {
        let file = flate2::read::MultiGzDecoder::new(std::fs::File::open(path).unwrap());
        let lines = BufReader::new(file).lines();
        let mut stretches: Vec<Stretch> =
            lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        // As they arrived.
        stretches.sort_by(|one, other| one.cloud_t.total_cmp(&other.cloud_t));
        let pga_gal = strongest(&stretches);
        let parts: Vec<_> = path.iter().rev().take(3).map(|p| p.to_string_lossy()).collect();
        Self { name: format!("{}/{}", parts[2], parts[1]), stretches, pga_gal }
    }
}

#[expect(clippy::cast_precision_loss, reason = "a record has ten thousand samples")]
fn strongest(stretches: &[Stretch]) -> f64 {
    let axes: [fn(&Stretch) -> &Vec<f32>; 3] = [|s| &s.x, |s| &s.y, |s| &s.z];
    let means = axes.map(|axis| {
        let all: Vec<f64> = stretches.iter().flat_map(axis).map(|v| f64::from(*v)).collect();
        all.iter().sum::<f64>() / all.len() as f64
    });
    let samples = stretches.iter().flat_map(|s| s.x.iter().zip(&s.y).zip(&s.z));
    let motion = samples.map(|((x, y), z)| {
        let off = [f64::from(*x), f64::from(*y), f64::from(*z)];
        off.iter().zip(means).map(|(v, mean)| (v - mean).powi(2)).sum::<f64>().sqrt()
    });
    motion.fold(0.0, f64::max)
}

fn records() -> &'static [Record] {
    static RECORDS: OnceLock<Vec<Record>> = OnceLock::new();
    RECORDS.get_or_init(|| {
        let Some(folder) = shared("openeew-quakes/data") else { return Vec::new() };
        let below = |path: &Path| -> Vec<_> {
            let mut found: Vec<_> =
                std::fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
            found.sort();
            found
        };
        let stations = below(&folder).into_iter().flat_map(|day| below(&day));
        stations.flat_map(|station| below(&station)).map(|path| Record::read(&path)).collect()
    })
}

/// The shipped rule, believing so many storeys.
fn bench(storeys: usize) -> Bench {
    let path = format!("{}/config/rules/earthquake.toml", env!("CARGO_MANIFEST_DIR"));
    let text: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
    let mut rule = text["rule"][0].as_table().unwrap().clone();
    for key in ["id", "detector", "situation", "class", "level", "because"] {
        rule.remove(key);
    }
    let storeys = i64::try_from(storeys).unwrap();
    rule.insert("storeys".to_owned(), toml::Value::Integer(storeys));
    Bench::new("shaking", &toml::to_string(&rule).unwrap())
}

fn moment(unix: f64) -> Timestamp {
    Timestamp::UNIX_EPOCH + span(unix)
}

fn starts(bench: &Bench) -> usize {
    bench.changes.iter().filter(|change| change.turn == Turn::Started).count()
}

#[test]
fn sensors_trigger_in_95_of_100_felt_records() {
    let (mut felt, mut found, mut missed) = (0, 0, Vec::new());
    let (mut weak, mut weak_found) = (0, 0);
    for record in records() {
        let mut bench = bench(1);
        let device: DeviceId = "acc".parse().unwrap();
        for s in &record.stretches {
            let at = moment(s.device_t);
            let wave = Wave { device: &device, at, rate_hz: RATE_HZ, x: &s.x, y: &s.y, z: &s.z };
            bench.shake("1f", &wave);
        }
        let triggered = starts(&bench) > 0;
        if record.pga_gal >= FELT_GAL {
            felt += 1;
            found += usize::from(triggered);
            if !triggered {
                missed.push(format!("{} {:.1} gal", record.name, record.pga_gal));
            }
        } else {
            weak += 1;
            weak_found += usize::from(triggered);
        }
    }
    if felt == 0 {
        return;
    }
    println!(
        "{found} of {felt} records of {FELT_GAL} gal and more trigger, missed {missed:?}; \
         {weak_found} of {weak} weaker ones do"
    );
    assert!(found * 100 >= felt * 95);
}

/// A floor that feels the record in its own way.
struct Floor {
    storey: &'static str,
    device: DeviceId,
    gain: f64,
    noise_gal: f64,
    delay: SignedDuration,
}

fn floors(rng: &mut Rng) -> [Floor; 3] {
    ["b1", "1f", "3f"].map(|storey| Floor {
        storey,
        device: format!("acc-{storey}").parse().unwrap(),
        gain: rng.within(0.9, 1.4),
        noise_gal: rng.within(0.05, 0.3),
        delay: span(rng.within(0.0, 0.3)),
    })
}

/// A stretch as this floor feels it.
#[expect(clippy::cast_possible_truncation, reason = "as precise as on the wire")]
fn felt(bench: &mut Bench, floor: &Floor, s: &Stretch, rng: &mut Rng) {
    let mut axis = |values: &[f32]| -> Vec<f32> {
        let felt =
            values.iter().map(|v| f64::from(*v) * floor.gain + floor.noise_gal * rng.normal());
        felt.map(|v| v as f32).collect()
    };
    let (x, y, z) = (axis(&s.x), axis(&s.y), axis(&s.z));
    let at = moment(s.device_t) + floor.delay;
    let wave = Wave { device: &floor.device, at, rate_hz: RATE_HZ, x: &x, y: &y, z: &z };
    bench.shake(floor.storey, &wave);
}

#[test]
fn three_floors_make_one_vote_of_a_felt_record_and_one_floor_none() {
    let (mut votes, mut alone, mut felt_records) = (BTreeMap::new(), 0, 0);
    let mut levels: BTreeMap<String, usize> = BTreeMap::new();
    let mut rng = Rng(7);
    for record in records().iter().filter(|record| record.pga_gal >= FELT_GAL) {
        felt_records += 1;
        let (mut building, mut single) = (bench(2), bench(2));
        let floors = floors(&mut rng);
        for s in &record.stretches {
            for floor in &floors {
                felt(&mut building, floor, s, &mut rng);
            }
            felt(&mut single, &floors[0], s, &mut rng);
        }
        *votes.entry(starts(&building)).or_insert(0) += 1;
        if starts(&building) != 1 {
            println!("  {} of {:.1} gal: {} votes", record.name, record.pga_gal, starts(&building));
        }
        alone += starts(&single);
        let worst = building.changes.iter().filter_map(|change| change.level).max();
        *levels.entry(format!("{worst:?}")).or_default() += 1;
    }
    if felt_records == 0 {
        return;
    }
    println!(
        "{felt_records} felt records on three floors: records by votes {votes:?}, \
              worst level {levels:?}; one floor alone {alone}"
    );
    assert_eq!(votes.get(&1).copied().unwrap_or(0), felt_records);
    assert_eq!(alone, 0);
}

/// Stations that felt nothing, three at a time, as the floors of one building.
#[test]
fn quiet_recordings_make_no_vote() {
    let quiet: Vec<&Record> = records().iter().filter(|r| r.pga_gal < 3.0).collect();
    let (mut votes, mut seconds) = (0, 0.0);
    for trio in quiet.chunks_exact(3) {
        let mut bench = bench(2);
        let mut all: Vec<(f64, usize, &Stretch)> = Vec::new();
        for (floor, record) in trio.iter().enumerate() {
            let begins = record.stretches.iter().map(|s| s.device_t).fold(f64::MAX, f64::min);
            all.extend(record.stretches.iter().map(|s| (s.device_t - begins, floor, s)));
        }
        all.sort_by(|one, other| one.0.total_cmp(&other.0));
        seconds += all.last().map_or(0.0, |last| last.0);
        for (s, floor, stretch) in all {
            let storey = ["b1", "1f", "3f"][floor];
            let device: DeviceId = format!("acc-{storey}").parse().unwrap();
            let (at, rate_hz) = (MIDNIGHT + span(s), RATE_HZ);
            let (x, y, z) = (&stretch.x, &stretch.y, &stretch.z);
            bench.shake(storey, &Wave { device: &device, at, rate_hz, x, y, z });
        }
        votes += starts(&bench);
    }
    if !quiet.is_empty() {
        println!(
            "{votes} votes in {:.2} h of {} recordings below 3 gal",
            seconds / 3600.0,
            quiet.len()
        );
        assert_eq!(votes, 0);
    }
}

/// Two quiet hours in a building with doors: a slam shakes the sensors of its own storey.
#[test]
fn door_slams_and_quiet_hours_make_no_vote() {
    let mut rng = Rng(99);
    let (mut bench, mut slams, mut stops) = (bench(2), 0, 0);
    let sensors = [("b1", "acc-b1"), ("1f", "acc-1f"), ("1f", "acc-1f-b"), ("3f", "acc-3f")];
    for second in 0..7_200 {
        let slam = (second % 45 == 20).then(|| (rng.below(3), rng.within(20.0, 300.0)));
        slams += usize::from(slam.is_some());
        for (storey, device) in sensors {
            let device: DeviceId = device.parse().unwrap();
            let mut axis = || -> Vec<f32> {
                (0_u16..31)
                    .map(|n| {
                        let t = f64::from(n) / 31.0;
                        let hit = slam.filter(|(at, _)| {
                            ["b1", "1f", "3f"][usize::try_from(*at).unwrap()] == storey
                        });
                        let bang = hit.map_or(0.0, |(_, gal)| {
                            gal * (-t / 0.15).exp() * (std::f64::consts::TAU * 9.0 * t).sin()
                        });
                        #[expect(clippy::cast_possible_truncation, reason = "as on the wire")]
                        let felt = (bang + 0.2 * rng.normal()) as f32;
                        felt
                    })
                    .collect()
            };
            let (x, y, z) = (axis(), axis(), axis());
            let at = MIDNIGHT + SignedDuration::from_secs(second);
            let wave = Wave { device: &device, at, rate_hz: 31.0, x: &x, y: &y, z: &z };
            bench.shake(storey, &wave);
        }
        stops += bench.changes.len();
    }
    println!("{} votes in 2 h with {slams} slams of 20 to 300 gal", starts(&bench));
    assert_eq!((starts(&bench), stops), (0, 0));
}

/// Moments and levels at which a station's own rule speaks, through the whole engine.
fn spoken(converted: &Converted, lines: &[Line]) -> Vec<(String, Timestamp, Level)> {
    let configuration = shipped(&converted.files, &["earthquake"]);
    let mut replay = Replayed::new(&configuration);
    for line in lines {
        replay.0.take(line);
    }
    replay.spoken()
}

struct Replayed(jikimi::replay::Replay);

impl Replayed {
    /// With one storey believed, since every station stands alone.
    fn new(configuration: &std::sync::Arc<jikimi::monitor::Configuration>) -> Self {
        let mut alone = (**configuration).clone();
        for rule in &mut alone.rules {
            let mut mine = (**rule).clone();
            mine.detector = bench(1).parameters;
            *rule = std::sync::Arc::new(mine);
        }
        Self(jikimi::replay::Replay::new(&[std::sync::Arc::new(alone)]))
    }

    fn spoken(self) -> Vec<(String, Timestamp, Level)> {
        let (ledger, _) = self.0.finish();
        let told = ledger.incidents().into_iter();
        told.flat_map(|told| {
            let place = told.id.to_string();
            told.evidence
                .iter()
                .map(move |(e, _)| (place.clone(), e.at, e.level))
                .collect::<Vec<_>>()
        })
        .collect()
    }
}

/// The event time of a line, and its device's topic.
fn event(line: &Line) -> (Timestamp, String) {
    let Content::Message { topic, payload, .. } = &line.content else { unreachable!() };
    let value: serde_json::Value = serde_json::from_slice(payload).unwrap();
    (value["at"].as_str().unwrap().parse().unwrap(), topic.clone())
}

/// On this day one station sent four minutes of backlog behind its live messages.
#[test]
fn what_came_late_or_overtaken_changes_nothing() {
    let Some(day) = shared("openeew-quakes/data/2018_8_12") else { return };
    let converted = openeew::convert(&day).unwrap();
    let as_arrived = spoken(&converted, &converted.lines);
    let in_time = |line: &&Line| {
        line.received_at.duration_since(event(line).0) <= SignedDuration::from_secs(60)
    };
    let kept: Vec<Line> = converted.lines.iter().filter(in_time).cloned().collect();
    println!(
        "{} messages, {} more than 60 s late; {} findings with and without them",
        converted.lines.len(),
        converted.lines.len() - kept.len(),
        as_arrived.len()
    );
    assert!(!as_arrived.is_empty());
    assert_eq!(spoken(&converted, &kept), as_arrived);
    // Every motion again, half a minute and a hundred seconds later, while live ones come.
    let mut again = converted.lines.clone();
    let mut last = BTreeMap::new();
    for line in &kept {
        last.insert(event(line).1, line.received_at);
    }
    for delay in [30, 100] {
        let delay = SignedDuration::from_secs(delay);
        let live = |line: &&Line| line.received_at + delay < last[&event(line).1];
        again.extend(kept.iter().filter(live).map(|line| renamed(line, delay)));
    }
    again.sort_by_key(|line| line.received_at);
    assert_eq!(spoken(&converted, &again), as_arrived);
}

/// The same motion, sent later under another name.
fn renamed(line: &Line, delay: SignedDuration) -> Line {
    let Content::Message { topic, payload, .. } = &line.content else { unreachable!() };
    let text = String::from_utf8(payload.clone()).unwrap();
    let text = text.replacen(r#"{"seq":"#, &format!(r#"{{"seq":{}"#, delay.as_secs()), 1);
    let content =
        Content::Message { topic: topic.clone(), payload: text.into_bytes(), retained: false };
    Line { received_at: line.received_at + delay, content }
}
