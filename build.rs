//! Puts the shipped configuration into the binary, so that `jikimi demo` runs from anywhere, and
//! lets a new console in `web/dist` make a new binary.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let folder = root.join("config");
    println!("cargo::rerun-if-changed={}", folder.display());
    // Unoptimized builds read it anew for each request. What is watched has to be there, or
    // nothing is ever up to date.
    if env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        let console = root.join("web").join("dist");
        fs::create_dir_all(&console)?;
        println!("cargo::rerun-if-changed={}", console.display());
    }
    let mut files = Vec::new();
    gather(&folder, &mut files)?;
    files.sort();
    let mut table = String::from("&[");
    for file in files {
        let (path, name) = (text(&file), text(file.strip_prefix(&folder).unwrap_or(&file)));
        let _ = write!(table, "({name:?}, include_str!({path:?})), ");
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("shipped.rs"), table)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
