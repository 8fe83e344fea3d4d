//! One replay, kept to the byte: debug here, release in `make bench`, any platform alike.
//!
//! After a change that is meant to change it: `JIKIMI_KEEP_GOLDEN=1 cargo test --test golden`,
//! and read the difference before it is committed.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

use std::path::Path;
use std::process::Command;

use jikimi_sim::{files, generate};

const KEPT: &str = "tests/golden/storm-7.jsonl";

#[test]
fn a_replay_says_today_what_it_said_when_it_was_kept() {
    let storm = generate::storm(7, 2, 16);
    let folder = tempfile::tempdir().unwrap();
    files::write_day(folder.path(), &storm.lines, &storm.truth, &storm.files).unwrap();
    let replayed = Command::new(env!("CARGO_BIN_EXE_jikimi"))
        .arg("replay")
        .arg(folder.path().join("recording.jsonl"))
        .arg("--config")
        .arg(folder.path().join("config"))
        .arg("--json")
        .output()
        .unwrap();
    assert!(replayed.status.success(), "{}", String::from_utf8_lossy(&replayed.stderr));
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(KEPT);
    if std::env::var_os("JIKIMI_KEEP_GOLDEN").is_some() {
        std::fs::write(&kept, &replayed.stdout).unwrap();
    }
    let (kept, now) = (std::fs::read(&kept).unwrap(), replayed.stdout);
    let lines = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect();
    let (kept_lines, now_lines): (Vec<String>, Vec<String>) = (lines(&kept), lines(&now));
    let differs = kept_lines.iter().zip(&now_lines).find(|(kept, now)| kept != now);
    assert!(
        kept == now,
        "{} lines were kept, {} came; first difference: {differs:#?}",
        kept_lines.len(),
        now_lines.len()
    );
}
