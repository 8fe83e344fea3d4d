//! The NIST recordings themselves, where they are at hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where by its panic")]

use std::path::Path;

use jikimi_sim::convert::{
    ConvertError, Converted, ampds, casas, edge_fire, fire_rooms, kasteren, nist, openeew, ordonez,
    usgs,
};
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

type Convert = fn(&Path) -> Result<Converted, ConvertError>;

/// A made-up home in the form of a public one; the first file is what is converted.
fn home(convert: Convert, files: &[(&str, &str)]) -> Result<Converted, ConvertError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    convert(&folder.path().join(files[0].0))
}

/// Each message as its device, its time and its readings.
fn said(converted: &Converted) -> Vec<String> {
    let text = |content: &Content| {
        let Content::Message { topic, payload, .. } = content else { panic!("not a message") };
        let payload: serde_json::Value = serde_json::from_slice(payload).unwrap();
        let device = topic.split('/').nth(3).unwrap();
        format!("{device} {} {}", payload["at"].as_str().unwrap(), payload["readings"])
    };
    converted.lines.iter().map(|line| text(&line.content)).collect()
}

#[test]
fn a_home_of_casas_keeps_its_motion_its_door_and_its_outings() {
    let text = "2011-06-15 01:03:39.14962 Bedroom Bedroom ON Sleep\n\
                2011-06-15 10:37:08.988627 OutsideDoor FrontDoor OPEN Leave_Home\n\
                2011-06-15 12:00:00.5 OutsideDoor FrontDoor OPEN Enter_Home\n";
    let converted = home(casas::convert, &[("data.txt", text)]).unwrap();
    let expected = [
        r#"h1-bedroom 2011-06-15T01:03:39.149+09:00 {"motion":true}"#,
        r#"h1-exit-door 2011-06-15T10:37:08.988+09:00 {"contact":true}"#,
        r#"h1-exit-door 2011-06-15T12:00:00.500+09:00 {"contact":true}"#,
    ];
    assert_eq!(said(&converted), expected);
    assert_eq!((converted.truths.len(), converted.truths[0].kind.as_str()), (1, "absence"));
    let error = home(casas::convert, &[("data.txt", "2011-06-15 one\n")]).unwrap_err().to_string();
    assert!(error.contains("line 1: is `2011-06-15 one`; expected `date time area"), "{error}");
}

#[test]
fn an_open_door_of_van_kasteren_is_two_events_and_not_one_long_one() {
    let files = [
        ("house.sensors", "86400\t7200\t12\n"),
        ("house.sensor_names", "12\tFront door\n"),
        ("house.activities", "86400\t7200\t1\n"),
        ("house.activity_names", "1\tleave-house\n"),
    ];
    let converted = home(kasteren::convert, &files).unwrap();
    let expected = [
        r#"h1-front-door-12 1970-01-02T00:00:00.000+09:00 {"contact":true}"#,
        r#"h1-front-door-12 1970-01-02T02:00:00.000+09:00 {"contact":false}"#,
    ];
    assert_eq!(said(&converted), expected);
    let site = &converted.files.iter().find(|(path, _)| path.starts_with("sites")).unwrap().1;
    assert!(site.contains("kind = \"exit-door\""), "{site}");
    assert_eq!(converted.truths.len(), 1);
    let error = home(kasteren::convert, &files[..1]).unwrap_err().to_string();
    assert!(error.contains("house.sensor_names: cannot be read"), "{error}");
}

#[test]
fn a_table_of_ordonez_is_read_below_its_heading() {
    let row = "2011-11-28 02:27:59\t\t2011-11-28 10:18:11\t\tBed\tPressure\tBedroom\n";
    let adls = "h\n-\n2011-11-28 11:00:00\t2011-11-28 12:00:00\tLeaving\n";
    let sensors = format!("heading\n-------\n{row}");
    let files = [("A_Sensors.txt", sensors.as_str()), ("A_ADLs.txt", adls)];
    let converted = home(ordonez::convert, &files).unwrap();
    let expected = [
        r#"h1-bedroom-bed 2011-11-28T02:27:59.000+09:00 {"presence":true}"#,
        r#"h1-bedroom-bed 2011-11-28T10:18:11.000+09:00 {"presence":false}"#,
    ];
    assert_eq!(said(&converted), expected);
    assert_eq!(converted.truths.len(), 1);
}

#[test]
fn a_meter_speaks_when_it_has_risen_and_once_an_hour() {
    let rows: String = (0..90).map(|n| format!("{},{}.0,0,0\n", n * 60, n / 40)).collect();
    let table = format!("unix_ts,counter,avg_rate,inst_rate\n{rows}");
    let converted = home(ampds::convert, &[("water.csv", &table)]).unwrap();
    // At once, at 40 and 80 min; in between nothing is new within the hour.
    assert_eq!(converted.lines.len(), 3);
    let error = home(ampds::convert, &[("water.csv", "a,b\n")]).unwrap_err().to_string();
    assert!(error.ends_with("has no heading; expected the columns unix_ts,counter"), "{error}");
}
