//! The configuration that comes with the binary.

use std::fs;
use std::io;
use std::path::Path;

/// Every file's path below `config/`, and its text.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// Writes the shipped configuration into a folder, unless it is there: what someone has changed
/// stays as it is.
///
/// # Errors
/// If a folder or file cannot be written.
pub fn lay_out(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    // Whole or not at all: half a configuration would be taken for somebody's own.
    let unfinished = folder.with_extension("unfinished");
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished)?;
    }
    for (path, text) in FILES {
        let path = unfinished.join(path);
        fs::create_dir_all(path.parent().unwrap_or(&unfinished))?;
        fs::write(path, text)?;
    }
    fs::rename(&unfinished, folder)
}
