//! Who moves out leaves no line in the recordings (퇴거): what the home's devices said until then,
//! and what was said of the home.
//!
//! A note of it is put beside the files before anything is taken out, and taken away when all of
//! them have been gone through, so that a kill in between only puts it off to the next start. A
//! file is written anew beside itself and takes its place at once. It knows the folder it is
//! given: what was copied elsewhere, or recorded elsewhere before, is its owner's to forget.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jikimi_sim::recording::{Content, Line, Reader, Writer};
use serde::{Deserialize, Serialize};

use super::writer::failed;
use crate::domain::time::Timestamp;
use crate::domain::{DeviceId, HomeId, SiteId};
use crate::ingest::decode::decode_caught;
use crate::ingest::{Directory, Packet};

/// A home whose household has moved out at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forget {
    pub site: SiteId,
    pub home: HomeId,
    pub devices: Vec<DeviceId>,
    #[serde(with = "crate::domain::time::micros::required")]
    pub until: Timestamp,
}

impl Forget {
    /// Puts a note of it beside the files.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn note(&self, folder: &Path) -> io::Result<()> {
        let (site, home, until) = (&self.site, &self.home, self.until.as_microsecond());
        let file = folder.join(format!("moved-out-{site}-{home}-{until}.json"));
        fs::write(file, serde_json::to_vec(self)?)
    }

    fn is_about(&self, line: &Line, directory: &Directory) -> bool {
        if line.received_at > self.until {
            return false;
        }
        match &line.content {
            Content::Message { topic, payload, retained } => {
                let packet = Packet::new(topic, payload, line.received_at, (*retained, false));
                let named = || {
                    let level =
                        |device: &DeviceId| topic.split('/').any(|of| of == device.as_str());
                    self.devices.iter().any(level)
                };
                match decode_caught(directory, &packet) {
                    Ok(heard) => heard.messages().iter().any(|of| {
                        of.site == self.site && self.devices.contains(&of.message.device)
                    }),
                    // What could not be read may be its device's all the same.
                    Err(_) => named(),
                }
            }
            // An id has neither of these marks, so nothing else is meant by them.
            Content::Input(input) => {
                let (home, input) = (&self.home, input.get());
                let said = |name: &str| {
                    input.contains(&format!("/{name}/")) || input.contains(&format!("\"{name}\""))
                };
                input.contains(&format!("\"{}\"", self.site))
                    && (said(home.as_str()) || self.devices.iter().any(|of| said(of.as_str())))
            }
        }
    }
}

/// Goes through these closed files of a folder for these notes, which were there when the files
/// were counted: a note of later may be about a later file.
pub fn forget_all(
    folder: &Path,
    notes: Vec<(PathBuf, Forget)>,
    files: &[PathBuf],
    directory: &Directory,
) {
    // One after the other: each writes files anew.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    for (note, forget) in notes {
        let done = files.iter().try_for_each(|file| without(file, &forget, directory));
        let taken_away = |()| match fs::remove_file(&note) {
            // Whoever went through them at the same time has done it.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        };
        match done.and_then(taken_away) {
            Ok(()) => tracing::info!(site.id = %forget.site, home = %forget.home,
                "the recordings hold nothing more of who moved out"),
            Err(error) => failed(folder, &error),
        }
    }
}

/// The notes that are there.
pub fn notes(folder: &Path) -> Vec<(PathBuf, Forget)> {
    let files = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let notes = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        let ours = name.strip_prefix("moved-out-").and_then(|rest| rest.strip_suffix(".json"));
        let text = ours.and_then(|_| fs::read(file.path()).ok())?;
        Some((file.path(), serde_json::from_slice(&text).ok()?))
    });
    notes.collect()
}

/// Writes a file anew without the lines of a home, if it has any.
fn without(file: &Path, forget: &Forget, directory: &Directory) -> io::Result<()> {
    if !file.exists() {
        return Ok(());
    }
    let lines = || Reader::open(file).map_err(io::Error::other);
    // Up to where whoever wrote it was killed.
    let readable = |reader: Reader| reader.map_while(Result::ok);
    if !readable(lines()?).any(|line| forget.is_about(&line, directory)) {
        return Ok(());
    }
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    // By its name no recording of its own; what a kill has left of it is written over.
    let anew = file.with_file_name(format!("anew.{name}"));
    if anew.exists() {
        fs::remove_file(&anew)?;
    }
    let mut writer = Writer::create(&anew).map_err(io::Error::other)?;
    for line in readable(lines()?).filter(|line| !forget.is_about(line, directory)) {
        writer.write(&line).map_err(io::Error::other)?;
    }
    writer.finish().map_err(io::Error::other)?;
    fs::rename(&anew, file)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;
    use std::sync::mpsc::sync_channel;

    use serde_json::value::to_raw_value;

    use super::super::{Job, writer};
    use super::*;

    fn says(second: i64, device: &str) -> Line {
        let topic = format!("jikimi/v1/s/{device}/reading");
        let payload = br#"{"readings":{"motion":true}}"#.to_vec();
        let content = Content::Message { topic, payload, retained: false };
        Line { received_at: Timestamp::from_second(1_772_409_600 + second).unwrap(), content }
    }

    fn of_the_home(second: i64, home: &str) -> Line {
        let said = serde_json::json!({"site": "s", "input": {"command": {"home": home}}});
        let content = Content::Input(to_raw_value(&said).unwrap());
        Line { received_at: says(second, "x").received_at, content }
    }

    #[test]
    fn who_moves_out_leaves_no_line_and_the_next_tenant_and_the_neighbour_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let day = 86_400;
        let before = [
            says(0, "pir-h1"),
            says(1, "pir-h2"),
            of_the_home(2, "h1"),
            of_the_home(3, "h2"),
            says(day, "pir-h1"),
            says(day + 1, "hall"),
        ];
        let forget = Forget {
            site: "s".parse().unwrap(),
            home: "h1".parse().unwrap(),
            devices: vec!["pir-h1".parse().unwrap()],
            until: says(day + 5, "x").received_at,
        };
        let after = [says(day + 6, "pir-h1"), says(day + 7, "pir-h2")];
        let (queue, jobs) = sync_channel(8);
        for job in [Job::Write(before.to_vec()), Job::Forget(vec![forget])] {
            queue.send(job).unwrap();
        }
        queue.send(Job::Write(after.to_vec())).unwrap();
        drop(queue);
        let directory = Arc::default();
        writer::write_all(folder.path(), 30, &directory, (&jobs, &AtomicUsize::new(1 << 20)));
        let kept = [&before[1], &before[3], &before[5], &after[0], &after[1]];
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        assert!(names.iter().all(|name| name.ends_with("Z.jsonl.zst")), "{names:?}");
        let lines = files.iter().flat_map(|file| Reader::open(file).unwrap());
        let lines: Vec<String> = lines.map(|line| format!("{:?}", line.unwrap())).collect();
        assert_eq!(lines, kept.map(|line| format!("{line:?}")));
    }

    #[test]
    fn what_a_kill_has_put_off_is_done_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("2026-03-02T00-00-00.000000Z.jsonl.zst");
        let mut written = Writer::create(&file).unwrap();
        for second in 0..3 {
            written.write(&says(second, "pir-h1")).unwrap();
        }
        written.finish().unwrap();
        let forget = Forget {
            site: "s".parse().unwrap(),
            home: "h1".parse().unwrap(),
            devices: vec!["pir-h1".parse().unwrap()],
            until: says(1, "x").received_at,
        };
        forget.note(folder.path()).unwrap();
        let (queue, jobs) = sync_channel::<Job>(1);
        drop(queue);
        writer::write_all(folder.path(), 30, &Arc::default(), (&jobs, &AtomicUsize::new(0)));
        assert_eq!(Reader::open(&file).unwrap().count(), 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no note, no second file");
    }
}
