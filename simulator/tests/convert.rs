//! The NIST recordings themselves, where they are at hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")]

use std::path::Path;

use jikimi_sim::convert::nist;
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
        let rows = std::fs::read_to_string(&path).unwrap().lines().count() - 1;
        assert_eq!(converted.lines.len() + converted.skipped.len(), rows * 12);
        assert!(converted.lines.is_sorted_by_key(|line| line.received_at));

        let folder = tempfile::tempdir().unwrap();
        files::write_day(folder.path(), &converted.lines, &converted.truths, &converted.files)
            .unwrap();
        let celsius: Vec<f64> = Reader::open(folder.path().join("recording.jsonl"))
            .unwrap()
            .map(|line| {
                let Content::Message { payload, .. } = line.unwrap().content else {
                    panic!("not a message")
                };
                let value: serde_json::Value = serde_json::from_slice(&payload).unwrap();
                value["readings"]["temperature"].as_f64().unwrap()
            })
            .collect();
        assert_eq!(celsius.len(), converted.lines.len());
        assert!(celsius[..12].iter().all(|celsius| (15.0..35.0).contains(celsius)), "{test}");
        assert!(celsius.iter().any(|celsius| *celsius > 57.0), "{test} never burns");
    }
}
