//! `jikimi replay` and its kin: who reads may leave, and a line that breaks something is named.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const SITE: &str = r#"
id = "lab"
name = "Lab"
timezone = "Asia/Seoul"

[[building]]
id = "house"
name = "House"

[[storey]]
id = "1f"
building = "house"
level = 1

[[zone]]
id = "hall"
storey = "1f"
kind = "hall"

[[exit]]
id = "front"
zone = "hall"
length_m = 2.0
clear_width_m = 1.8

[[device]]
id = "heat"
zone = "hall"
reads = ["temperature", "humidity"]
"#;

const RULES: &str = r#"
[[rule]]
id = "hot"
detector = "threshold"
situation = "fire"
class = "alarm"
level = "critical"
watches = { quantity = "temperature" }
unit = "celsius"
start = 57.0
stop = 50.0
because = "a test"

[[rule]]
id = "warm"
detector = "threshold"
situation = "fire"
class = "alarm"
level = "critical"
watches = { quantity = "temperature" }
unit = "celsius"
start = 45.0
stop = 40.0
hold_s = 30
because = "a test"

[[rule]]
id = "planted"
detector = "planted_panic"
fault = "planted"
class = "trouble"
level = "attention"
watches = { quantity = "humidity" }
unit = "percent"
panics_at = 66.6
arms_at = 77.7
deadline_s = 1
because = "a test"
"#;

const FIRE: &str = "id = \"fire\"\nname = \"화재\"\nname_en = \"Fire\"\nscope = \"building\"\n";
const SETTINGS: &str =
    "[service]\nlisten = \"127.0.0.1:8080\"\ndatabase = \"sqlite:var/jikimi.db\"\n";

const FAR_TOO_HOT: &str = r#"{"readings":{"temperature":90}}"#;
const COOL: &str = r#"{"readings":{"temperature":20}}"#;

fn folder(lines: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("config/jikimi.toml", SETTINGS),
        ("config/rules/rules.toml", RULES),
        ("config/situations/fire.toml", FIRE),
        ("config/sites/lab.toml", SITE),
        ("day.jsonl", &recording(lines)),
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

/// A line a second: a topic below `jikimi/v1/`, and a payload.
fn recording(lines: &[(&str, &str)]) -> String {
    let line = |(n, (topic, payload)): (usize, &(&str, &str))| {
        let (minutes, seconds) = (n / 60, n % 60);
        format!(
            "{{\"received_at\":\"2026-11-24T14:{minutes:02}:{seconds:02}+09:00\",\
             \"topic\":\"jikimi/v1/{topic}\",\"payload\":{payload}}}\n"
        )
    };
    lines.iter().enumerate().map(line).collect()
}

fn jikimi(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jikimi"));
    command.args(arguments).current_dir(folder);
    command
}

fn replayed(folder: &TempDir, arguments: &[&str]) -> (Output, String, String) {
    let output = jikimi(folder.path(), &["replay", "day.jsonl"]).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    (output, out, err)
}

#[test]
fn a_person_is_told_where_and_by_which_device() {
    let (output, out, err) = replayed(&folder(&[("lab/heat/reading", FAR_TOO_HOT)]), &[]);
    assert!(output.status.success(), "{err}");
    assert!(out.contains("  hot in hall by heat: "), "{out}");
}

#[test]
fn dead_letters_are_counted_by_reason() {
    let odd = r#"{"readings":{"radon":4}}"#;
    let folder = folder(&[
        ("lab/heat/reading", odd),
        ("lab/heat/reading", odd),
        ("lab/oven/reading", COOL),
        ("barn/heat/reading", COOL),
        ("lab/heat/reading", FAR_TOO_HOT),
    ]);
    let (output, out, err) = replayed(&folder, &["--json"]);
    assert!(output.status.success(), "{err}");
    assert_eq!(out.lines().count(), 1, "{out}");
    let reasons = "4 dead letters (1 unknown-device, 2 unknown-quantity, 1 unknown-site)";
    assert!(err.contains(reasons), "{err}");
}

#[test]
fn what_was_overtaken_ends_a_hold_before_what_overtook_it_rings_it() {
    let line = |second, topic: &str, payload: &str| {
        format!(
            "{{\"received_at\":\"2026-11-24T14:00:{second:02}+09:00\",\
             \"topic\":\"jikimi/v1/lab/{topic}/reading\",\"payload\":{payload}}}\n"
        )
    };
    let warm = r#"{"readings":{"temperature":50}}"#;
    let lines = [
        line(0, "heat", warm),
        line(40, "heat", r#"{"readings":{"humidity":40}}"#),
        line(20, "heat", COOL),
        line(41, "heat", COOL),
    ];
    for (overtakes, rings) in [(true, false), (false, true)] {
        let folder = folder(&[]);
        let kept = lines.iter().enumerate().filter(|(n, _)| overtakes || *n != 2);
        let text: String = kept.map(|(_, line)| line.as_str()).collect();
        std::fs::write(folder.path().join("day.jsonl"), text).unwrap();
        let (output, out, err) = replayed(&folder, &["--json"]);
        assert!(output.status.success(), "{err}");
        assert_eq!(out.contains("\"warm\""), rings, "overtakes: {overtakes}; {out}");
        assert!(err.contains(if overtakes { "1 lines went back" } else { "0 lines" }), "{err}");
    }
}

#[test]
fn a_line_that_breaks_the_engine_is_named_with_its_file() {
    let breaks = r#"{"readings":{"humidity":66.6}}"#;
    let lines = [("lab/heat/reading", FAR_TOO_HOT), ("lab/heat/reading", breaks)];
    let (output, out, err) = replayed(&folder(&lines), &["--json"]);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("jikimi: day.jsonl, line 2: the engine broke on it"), "{err}");
    assert_eq!(out, "");
}

#[test]
fn who_stops_reading_ends_the_telling_and_nothing_else() {
    // Enough for more than a pipe holds: a fire and its end, again and again.
    let lines: Vec<(&str, &str)> = [FAR_TOO_HOT, COOL]
        .iter()
        .cycle()
        .take(3600)
        .map(|payload| ("lab/heat/reading", *payload))
        .collect();
    let folder = folder(&lines);
    let mut command = jikimi(folder.path(), &["replay", "day.jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert!(!first.is_empty());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert!(child.wait().unwrap().success(), "{err}");
    assert!(!err.contains("panic"), "{err}");
}

#[test]
fn nobody_need_read_what_check_and_route_say() {
    let folder = folder(&[]);
    for arguments in [&["check", "config"][..], &["route", "lab", "--from", "hall"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = jikimi(folder.path(), arguments);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{arguments:?}: {err}");
        assert_eq!(err, "");
    }
}
