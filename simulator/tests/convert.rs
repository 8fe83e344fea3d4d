//! The NIST recordings themselves, where they are at hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")]

use std::path::Path;

use jikimi_sim::convert::{Converted, edge_fire, fire_rooms, nist, openeew, usgs};
use jikimi_sim::files;
use jikimi_sim::recording::{Content, Reader};

/// Not part of the repository.
const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/nist-smoke-alarms");

#[test]
fn every_nist_test_gives_six_stations_that_are_warm_and_then_burn() {
    for test in ["SDC02", "SDC10", "SDC33", "SDC38"] {
        let path = Path::new(DATA).join(format!("NIST_Smoke_Alarms_{test}.csv"));
        if !path.exists() {
            println!("skipped: no NIST_Smoke_Alarms_{test}.csv beside the project");
            continue;
        }
        let converted = nist::convert(&path).unwrap();
        assert_eq!(converted.site, test.to_lowercase());
        let text = std::fs::read_to_string(&path).unwrap();
        let (rows, headings) = (text.lines().count() - 1, text.lines().next().unwrap());
        let meters = |heading: &&str| {
            heading.len() == 5
                && heading.starts_with("SM")
                && ["_1", "_3", "_4"].iter().any(|end| heading.ends_with(end))
        };
        let columns = 12 + headings.split(',').filter(meters).count();
        assert_eq!(converted.lines.len() + converted.skipped.len(), rows * columns);
        assert!(converted.lines.is_sorted_by_key(|line| line.received_at));

        let folder = tempfile::tempdir().unwrap();
        files::write_day(folder.path(), &converted.lines, &converted.truths, &converted.files)
            .unwrap();
        let celsius: Vec<f64> = Reader::open(folder.path().join("recording.jsonl"))
            .unwrap()
            .filter_map(|line| {
                let Content::Message { payload, .. } = line.unwrap().content else {
                    panic!("not a message")
                };
                let value: serde_json::Value = serde_json::from_slice(&payload).unwrap();
                value["readings"]["temperature"].as_f64()
            })
            .collect();
        assert!(celsius[..12].iter().all(|celsius| (15.0..35.0).contains(celsius)), "{test}");
        assert!(celsius.iter().any(|celsius| *celsius > 57.0), "{test} never burns");
    }
}

/// The recordings of one source; says so where they are absent.
fn shared(path: &str) -> Option<std::path::PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(path);
    if !path.exists() {
        println!("skipped: no {} beside the project", path.display());
    }
    path.exists().then_some(path)
}

/// What holds of everything that is converted: it can be written, and is in order of arrival.
fn well(converted: &Converted) {
    assert!(converted.lines.is_sorted_by_key(|line| line.received_at));
    let known: String = converted.files.iter().map(|(_, text)| text.as_str()).collect();
    for truth in &converted.truths {
        assert!(known.contains(&format!("id = \"{}\"", truth.place)), "{truth:?}");
        assert!(truth.until.is_none_or(|until| until >= truth.from), "{truth:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    files::write_day(folder.path(), &converted.lines, &converted.truths, &converted.files).unwrap();
}

#[test]
fn a_river_gauge_gives_three_floods_in_june() {
    let Some(path) = shared("usgs-gauges/usgs_01589330_20180601_20180702.csv.gz") else { return };
    let converted = usgs::convert(&path, 4.0).unwrap();
    well(&converted);
    assert_eq!((converted.lines.len(), converted.skipped.len()), (8_928, 0));
    assert_eq!(converted.truths.len(), 3);
    let error = usgs::convert(Path::new("x.csv.gz"), 4.0).unwrap_err().to_string();
    assert_eq!(error, "x.csv.gz: cannot be read");
}

#[test]
fn an_earthquake_is_felt_at_some_stations_and_arrives_in_its_own_order() {
    let Some(path) = shared("openeew-quakes/data/2018_9_25") else { return };
    let converted = openeew::convert(&path).unwrap();
    well(&converted);
    assert_eq!((converted.lines.len(), converted.skipped.len()), (4_746, 0));
    assert!(!converted.truths.is_empty());
    let empty = tempfile::tempdir().unwrap();
    let error = openeew::convert(empty.path()).unwrap_err().to_string();
    assert!(error.contains("expected"), "{error}");
}

#[test]
fn windows_of_counts_have_thirty_fires_among_them() {
    let Some(path) = shared("edge-fire-3class") else { return };
    let converted = edge_fire::convert(&path, 0.05).unwrap();
    well(&converted);
    assert_eq!(converted.truths.len(), 30);
}

#[test]
fn rooms_that_fill_with_smoke_become_impassable_one_after_the_other() {
    let Some(folder) = shared("fire-rooms/NBS_Multi-Room") else { return };
    let rooms = [1, 3, 4, 5, 6].map(|n| folder.join(format!("NBS_MV100A_Tree{n}_layer.csv")));
    let converted = fire_rooms::convert(&rooms).unwrap();
    well(&converted);
    let blocked = converted.truths.iter().filter(|truth| truth.kind == "impassable").count();
    println!("{blocked} of 5 rooms become impassable: {:?}", converted.truths);
    assert!(blocked >= 2);
}
