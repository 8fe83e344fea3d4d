//! A small configuration folder that is well, and ways to spoil it.

use std::fs;
use std::path::{Path, PathBuf};

use jikimi::config::{self, Loaded, Problem, Problems};
use tempfile::TempDir;

pub const SETTINGS: &str = r#"
[service]
listen = "127.0.0.1:8080"
database = "sqlite:var/jikimi.db"
"#;

pub const SITUATIONS: &str = r#"# What rules may speak of.

id = "fire"
name = "화재"
name_en = "Fire"
scope = "building"
"#;

pub const RULES: &str = r#"
[[rule]]
id = "heat"
detector = "threshold"
situation = "fire"
class = "alarm"
level = "critical"
watches = { quantity = "temperature" }
unit = "celsius"
start = 57.0
stop = 50.0
hold_s = 4.0
because = "a maker's sheet"

[[rule]]
id = "both"
detector = "fusion"
situation = "fire"
class = "alarm"
level = "warning"
k = 2
within_s = 60.0
because = "two signs"
votes = [
  { quantity = "temperature", unit = "celsius", start = 45.0, stop = 40.0 },
  { quantity = "smoke", unit = "percent-per-metre", start = 5.0, stop = 3.0 },
]

[[rule]]
id = "silent"
detector = "device_silent"
fault = "device-silent"
class = "trouble"
level = "attention"
silent_after_s = 900
because = "three reports missed"
"#;

pub const SITE: &str = r#"
id = "town"
name = "시청"
timezone = "Asia/Seoul"

[[building]]
id = "main"
name = "본관"

[[storey]]
id = "1f"
building = "main"
level = 1

[[zone]]
id = "hall"
storey = "1f"
kind = "hall"

[[zone]]
id = "office"
storey = "1f"
kind = "room"
name = "사무실"

[[zone]]
id = "yard"
storey = "1f"
kind = "outside"

[[home]]
id = "h101"
building = "main"

[[passage]]
between = ["hall", "office"]
length_m = 5.0
clear_width_m = 0.9

[[exit]]
id = "front"
zone = "hall"
length_m = 2.0
clear_width_m = 1.8

[[device]]
id = "multi-office"
zone = "office"
reads = ["temperature", "smoke"]
silent_after_s = 180

[[device]]
id = "heat-h101"
home = "h101"
reads = ["temperature"]
"#;

pub const SITE_FILE: &str = "sites/town.toml";
pub const RULE_FILE: &str = "rules/fire.toml";
pub const SITUATION_FILE: &str = "situations/fire.toml";

pub struct Folder(TempDir);

impl Folder {
    pub fn empty() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// One that is well.
    pub fn well() -> Self {
        let folder = Self::empty();
        folder
            .with("jikimi.toml", SETTINGS)
            .with(SITUATION_FILE, SITUATIONS)
            .with(RULE_FILE, RULES)
            .with(SITE_FILE, SITE)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn with(self, file: &str, text: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path().join(file)).unwrap()
    }

    /// Adds to the end of a file.
    pub fn with_more(self, file: &str, more: &str) -> Self {
        let text = self.text(file);
        self.with(file, text + more)
    }

    /// Replaces the first occurrence.
    pub fn change(self, file: &str, from: &str, to: &str) -> Self {
        let text = self.text(file);
        assert!(text.contains(from), "{file} does not say {from:?}");
        let changed = text.replacen(from, to, 1);
        self.with(file, changed)
    }

    pub fn without(self, file: &str) -> Self {
        let path = self.path().join(file);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
        self
    }

    pub fn load(&self) -> Loaded {
        config::load(self.path()).unwrap_or_else(|refused| panic!("refused:\n{refused}"))
    }

    pub fn refused(&self) -> Problems {
        config::load(self.path()).expect_err("it should have been refused")
    }

    pub fn problems(&self) -> Vec<Problem> {
        self.refused().problems
    }
}

/// The one problem of a folder.
pub fn only(folder: &Folder) -> Problem {
    let problems = folder.problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems.into_iter().next().unwrap()
}

/// Changes one thing in a folder that is well, and expects one problem, at the line that holds
/// `at`, with a sentence that says every one of `words`.
pub fn refuses(file: &str, from: &str, to: &str, at: &str, code: &str, words: &[&str]) {
    let folder = Folder::well().change(file, from, to);
    let problem = only(&folder);
    assert_eq!((problem.file.as_str(), problem.code), (file, code), "{problem}");
    let text = folder.text(file);
    let line = problem.line.and_then(|line| text.lines().nth(line - 1)).unwrap_or_default();
    assert!(line.contains(at), "{problem}\npoints at {line:?} and not at {at:?}");
    for word in words {
        assert!(problem.sentence.contains(word), "{problem}\ndoes not say {word:?}");
    }
    let first = problem.sentence.chars().next().unwrap();
    assert!(!first.is_uppercase() && !problem.sentence.ends_with('.'), "{problem}");
}

pub fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config")
}
