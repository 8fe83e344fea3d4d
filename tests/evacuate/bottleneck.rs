//! People through a gap, as they were filmed: the network has to take as long as they did.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use jikimi::domain::PassageKind;
use jikimi::evacuate::flow::{Climb, capacity_per_s};
use jikimi::evacuate::{Forest, Mask, load};

use crate::known::Case;

/// Frames a second of the film.
const FRAMES: f64 = 25.0;
/// The gap's width (m), and what it let through (persons/s), as the recording's notes say.
const GAP_M: f64 = 0.5;
const MEASURED_PER_S: f64 = 1.19;

/// When each of them passed the gap at y = 0, in seconds from the first frame; none where the
/// recording is not there.
fn passed() -> Option<Vec<f64>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.join("shared/data/pedestrian");
    let file = std::fs::File::open(data.join("030_c_56_h0.txt.gz")).ok()?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut last: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
    let mut passed: BTreeMap<u32, f64> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [person, frame, _, y, ..] = fields[..] else { continue };
        let (person, frame): (u32, f64) = (person.parse().unwrap(), frame.parse().unwrap());
        let y: f64 = y.parse().unwrap();
        let before = last.insert(person, (frame, y));
        if before.is_some_and(|(_, before)| before > 0.0) && y <= 0.0 {
            passed.entry(person).or_insert(frame / FRAMES);
        }
    }
    let mut passed: Vec<f64> = passed.into_values().collect();
    passed.sort_by(f64::total_cmp);
    Some(passed)
}

/// How long a crowd takes through a gap of this capacity that it stands before.
fn through_s(people: u32, per_s: f64) -> f64 {
    let mut case = Case::default();
    let (out, crowd) = (case.exit(), case.room(f64::from(people)));
    case.way([crowd, out], 0.001, per_s);
    let graph = case.graph();
    let loaded = load(&graph, &Forest::grow(&graph, &Mask::open(&graph)));
    Duration::from_millis(loaded.clearing_ms).as_secs_f64()
}

#[test]
fn seventy_five_people_take_as_long_through_a_gap_as_they_did() {
    let headway = 1.0 / MEASURED_PER_S;
    let with_measured = through_s(75, MEASURED_PER_S);
    assert!((with_measured - 63.0).abs() <= headway, "{with_measured} s");
    let ours = through_s(75, capacity_per_s(PassageKind::Door, GAP_M, Climb::Level));
    println!("75 people: {with_measured:.1} s at {MEASURED_PER_S} persons/s; {ours:.1} s by ours");
    assert!(ours >= 63.0, "by our laws {ours} s, and nobody was that fast");
    let Some(passed) = passed() else {
        return println!("skipped: the recording of the gap is not beside the repository");
    };
    assert_eq!(passed.len(), 75);
    let last = passed.last().copied().unwrap();
    println!("measured: the first after {:.1} s, the last after {last:.1} s", passed[0]);
    assert!((with_measured - last).abs() <= headway, "{with_measured} s and {last} s");
    assert!(ours >= last);
    // Nor is anybody before the last: the nth is through no sooner than the film has it, but for
    // the crowd's first rush, when they still stood loosely.
    for (n, measured) in (1_u32..).zip(&passed) {
        let by_ours = f64::from(n) * ours / 75.0;
        assert!(by_ours + headway >= *measured, "person {n}: {by_ours} s before {measured} s");
    }
}
