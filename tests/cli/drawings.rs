//! `jikimi import` and `jikimi plan` as a person meets them: what goes where, and what is said when
//! it cannot be done.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn jikimi(words: &[&str]) -> Output {
    let mut jikimi = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    jikimi.args(words).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const HALL: &str = "docs/drawings/hall.gml";

#[test]
fn without_a_place_to_go_the_site_is_printed_and_the_report_stands_beside_it() {
    let said = jikimi(&["import", "indoorgml", HALL, "--site", "town-hall"]);
    assert!(said.status.success());
    let (file, report) = (text(&said.stdout), text(&said.stderr));
    assert!(file.contains("id = \"town-hall\"\nname = \"작은 회관\""), "{file}");
    assert!(!file.contains("warning") && report.contains("has no width"), "{report}");
    assert!(report.lines().all(|line| line.starts_with("warning: docs/drawings/hall.gml")));
}

#[test]
fn a_file_that_is_there_is_not_written_over_unless_that_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hall.toml");
    std::fs::write(&path, "mine").unwrap();
    let path = path.to_str().unwrap();
    let said = jikimi(&["import", "indoorgml", HALL, "--out", path]);
    assert!(!said.status.success() && text(&said.stderr).contains("--force"));
    assert_eq!(std::fs::read_to_string(path).unwrap(), "mine");
    assert!(jikimi(&["import", "indoorgml", HALL, "--out", path, "--force"]).status.success());
    assert!(std::fs::read_to_string(path).unwrap().contains("[[zone]]"));
}

#[test]
fn a_refusal_writes_nothing_and_says_where_what_and_what_would_be_right() {
    let dir = tempfile::tempdir().unwrap();
    let drawing = dir.path().join("old.gml");
    let old = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(HALL)).unwrap();
    std::fs::write(&drawing, old.replace("indoorgml/1.0/core", "indoorgml/0.8/core")).unwrap();
    let (drawing, out) = (drawing.to_str().unwrap(), dir.path().join("old.toml"));
    let said = jikimi(&["import", "indoorgml", drawing, "--json", "--out", out.to_str().unwrap()]);
    assert_eq!(said.status.code(), Some(1));
    assert!(!out.exists());
    let line: Value = serde_json::from_str(text(&said.stdout).lines().next().unwrap()).unwrap();
    assert_eq!((line["code"].as_str(), line["line"].as_u64()), (Some("old-dialect"), Some(3)));
    assert_eq!((line["file"].as_str(), line["warning"].as_bool()), (Some(drawing), Some(false)));
    let said = jikimi(&["import", "geojson", HALL]);
    assert!(text(&said.stdout).contains("FeatureCollection"), "{}", text(&said.stdout));
}

const GRAPH: &str = "H\t5\t4\t2\t100
N\t0\troom\t0\t0\t0\t0\t100\t0\t0
N\t1\tcorridor\t0\t4\t0\t0\t0\t0\t0
N\t2\texit\t0\t8\t0\t0\t0\t0\t0
N\t3\tcorridor\t0\t0\t4\t0\t0\t0\t0
N\t4\texit\t0\t0\t8\t0\t0\t0\t0
E\t0\t1\tdoor\t4\t1.0\t1.0\t4\t1
E\t1\t2\texit\t4\t1.0\t0.5\t4\t1
E\t0\t3\tdoor\t8\t1.0\t1.0\t8\t1
E\t3\t4\texit\t8\t1.0\t1.0\t8\t1
X\t2
X\t4
";

/// A room of 100 people between a near exit of 0.5 and a far one of 1 person a second: all by the
/// near one take 8 + 200 s, all by the far one 16 + 100 s, and one sign sends them one way.
#[test]
fn a_graph_is_planned_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("room.tsv");
    std::fs::write(&path, GRAPH).unwrap();
    let path = path.to_str().unwrap();
    let ask = |more: &[&str]| -> Value {
        let said = jikimi(&[&["plan", path, "--json"], more].concat());
        assert!(said.status.success(), "{}", text(&said.stderr));
        serde_json::from_str(&text(&said.stdout)).unwrap()
    };
    for more in [&[][..], &["--budget-ms", "20"]] {
        let answer = ask(more);
        let seconds = |key: &str| answer[key].as_f64().unwrap().round();
        assert_eq!((seconds("clearing_s"), seconds("nearest_s")), (116.0, 208.0), "{answer}");
        assert!(seconds("bound_s") <= 116.0 && seconds("bound_s") >= 66.0);
        let room = &answer["signs"][0];
        assert_eq!(
            (room["at"].as_str(), room["toward"].as_str()),
            (Some("room-0"), Some("corridor-3"))
        );
    }
    let closed = ask(&["--close", "corridor-3"]);
    assert_eq!(closed["clearing_s"].as_f64().map(f64::round), Some(208.0));
    let both = ask(&["--close", "corridor-3", "--close", "edge-0"]);
    assert_eq!(
        (both["stranded"].as_f64(), both["signs"][0]["goal"].as_str()),
        (Some(100.0), Some("stay"))
    );
    let said = jikimi(&["plan", path, "--close", "room-9"]);
    assert!(!said.status.success() && text(&said.stderr).contains("room-9"));
}

#[test]
fn a_site_is_planned_by_its_id_and_a_wrong_one_is_named_with_those_there_are() {
    let said = jikimi(&["plan", "center", "--close", "3f-stair-a"]);
    let told = text(&said.stdout);
    assert!(said.status.success() && told.contains("no plan can beat"), "{told}");
    assert!(told.contains("shows"), "{told}");
    let said = jikimi(&["plan", "centre"]);
    assert!(!said.status.success() && text(&said.stderr).contains("known: center"));
}
