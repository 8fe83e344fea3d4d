//! How much memory this process has used, where the system tells.

/// The most that was resident at once since the start, in kB; none on systems that do not say.
pub fn most_resident_kb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
