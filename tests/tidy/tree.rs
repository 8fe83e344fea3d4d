//! The files that are ours.

use std::fs;
use std::path::{Path, PathBuf};

use super::source::{Source, Text};

/// Folders that are made, fetched or kept aside, and never written by hand.
const NOT_OURS: &[&str] = &[".git", "target", "var", "node_modules", "dist"];

/// Every file of the repository that is text.
pub fn texts() -> Vec<Text> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    walk(root, &mut paths);
    paths.sort();
    let texts = paths.iter().filter_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        let path = path.strip_prefix(root).ok()?.to_str()?.replace('\\', "/");
        Some(Text { path, text })
    });
    texts.collect()
}

/// Every Rust file of the repository.
pub fn rust() -> Vec<Source> {
    let texts = texts().into_iter();
    texts.filter(|text| text.path.split('.').next_back() == Some("rs")).map(Source::read).collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).expect("the repository can be read");
    for entry in entries.map(|entry| entry.expect("the repository can be read")) {
        let name = entry.file_name();
        let is_ours = !NOT_OURS.iter().any(|other| name == *other);
        let kind = entry.file_type().expect("the repository can be read");
        if kind.is_dir() && is_ours {
            walk(&entry.path(), paths);
        } else if kind.is_file() {
            paths.push(entry.path());
        }
    }
}

#[test]
fn this_very_file_is_among_ours() {
    assert!(rust().iter().any(|source| source.path == "tests/tidy/tree.rs"));
    assert!(texts().iter().any(|text| text.path == "Cargo.toml"));
}
