//! The files of a recording: a new one every day and at every start, and when one has grown.
//!
//! They are named by the moment at which they begin, so that their names stand in their order
//! and `jikimi replay DIR/*` reads them as one. What has been taken is on its way to the disk
//! within a second; a kill loses that second and leaves a file that is readable up to there. A
//! file ends where the next begins, so that one is too old once the next begins before what is
//! kept; the last of them always stays.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use jikimi_sim::recording::{Line, RecordingError, SEOUL, Writer};
use tokio::time::Instant;

use super::forget::{forget_all, notes};
use super::{Job, weight};
use crate::domain::time::after;
use crate::dropped::count_dropped;
use crate::ingest::Directory;

const FLUSHED_EVERY: Duration = Duration::from_secs(1);
/// After a failure (a full disk, nearly always) nothing is tried for so long.
const PAUSE: Duration = Duration::from_secs(10);
/// Before compression, which makes about a tenth of it.
const FILE_BYTES_MAX: usize = 1024 * 1024 * 1024;

/// Writes until nothing more can come.
pub(super) fn write_all(
    folder: &Path,
    keep_days: u16,
    directory: &Arc<Directory>,
    (jobs, waiting): (&Receiver<Job>, &AtomicUsize),
) {
    let mut files = Files::new(folder, keep_days);
    let mut flushed = Instant::now();
    // What was not gone through when the process ended.
    let mut forgetting = vec![forget(folder, directory)];
    loop {
        match jobs.recv_timeout(FLUSHED_EVERY) {
            Ok(Job::Write(lines)) => {
                for line in lines {
                    waiting.fetch_sub(weight(&line), Ordering::Relaxed);
                    files.write(&line);
                }
            }
            Ok(Job::Forget(gone)) => {
                for one in gone {
                    if let Err(error) = one.note(folder) {
                        failed(folder, &error);
                    }
                }
                files.end();
                forgetting.push(forget(folder, directory));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                files.end();
                let handles = forgetting.into_iter().flatten();
                return handles.for_each(|thread| drop(thread.join()));
            }
        }
        if flushed.elapsed() >= FLUSHED_EVERY {
            files.flush();
            flushed = Instant::now();
        }
    }
}

/// Goes through the files that are there, of which none is open, beside what is written on.
fn forget(folder: &Path, directory: &Arc<Directory>) -> Option<JoinHandle<()>> {
    let notes = notes(folder);
    let files: Vec<PathBuf> = begun(folder).into_values().collect();
    let (folder, directory) = (folder.to_owned(), Arc::clone(directory));
    let name = "forgetting".to_owned();
    let thread = std::thread::Builder::new().name(name);
    thread.spawn(move || forget_all(&folder, notes, &files, &directory)).ok()
}

/// A note stays, and with the next start or move-out it is tried again.
pub(super) fn failed(folder: &Path, error: &std::io::Error) {
    let folder = folder.display();
    tracing::error!(%folder, %error, "recordings still hold something of who moved out");
}

struct Files {
    folder: PathBuf,
    keep: SignedDuration,
    open: Option<Open>,
    /// Names never go back, even where time does.
    last: Timestamp,
    failed: Option<Instant>,
}

struct Open {
    writer: Writer,
    day: jiff::civil::Date,
    bytes: usize,
    unflushed: bool,
}

impl Files {
    fn new(folder: &Path, keep_days: u16) -> Self {
        let last = begun(folder).pop_last().map_or(Timestamp::MIN, |(at, _)| at);
        let keep = SignedDuration::from_hours(24 * i64::from(keep_days));
        Self { folder: folder.to_owned(), keep, open: None, last, failed: None }
    }

    /// Lets go what is older than is kept at this moment.
    fn drop_old(&self, now: Timestamp) {
        let begun: Vec<(Timestamp, PathBuf)> = begun(&self.folder).into_iter().collect();
        let kept_from = after(now, -self.keep);
        let old = begun.windows(2).filter(|pair| pair[1].0 <= kept_from);
        for (_, file) in old.map(|pair| &pair[0]) {
            match fs::remove_file(file) {
                Ok(()) => tracing::info!(file = %file.display(), "an old recording is dropped"),
                Err(error) => {
                    tracing::error!(file = %file.display(), %error, "an old recording stays");
                }
            }
        }
    }

    fn write(&mut self, line: &Line) {
        let day = SEOUL.to_datetime(line.received_at).date();
        let full = |open: &Open| open.day < day || open.bytes >= FILE_BYTES_MAX;
        if self.open.as_ref().is_some_and(full) {
            self.end();
        }
        if self.open.is_none() && !self.begin(line.received_at, day) {
            return lost();
        }
        let Some(open) = &mut self.open else { return lost() };
        open.bytes += weight(line);
        open.unflushed = true;
        if let Err(error) = open.writer.write(line) {
            self.fail(&error);
            lost();
        }
    }

    /// Opens the next file. False if it is not to be had at the moment.
    fn begin(&mut self, at: Timestamp, day: jiff::civil::Date) -> bool {
        if self.failed.is_some_and(|at| at.elapsed() < PAUSE) {
            return false;
        }
        let at = match at > self.last {
            true => at,
            false => self.last + jiff::SignedDuration::from_micros(1),
        };
        let file = self.folder.join(name(at));
        match Writer::create(&file) {
            Ok(writer) => {
                tracing::info!(file = %file.display(), "a recording begins");
                (self.last, self.failed) = (at, None);
                self.open = Some(Open { writer, day, bytes: 0, unflushed: false });
                self.drop_old(at);
                true
            }
            Err(error) => {
                self.fail(&error);
                false
            }
        }
    }

    fn flush(&mut self) {
        let Some(open) = self.open.as_mut().filter(|open| open.unflushed) else { return };
        open.unflushed = false;
        if let Err(error) = open.writer.flush() {
            self.fail(&error);
        }
    }

    fn end(&mut self) {
        if let Some(open) = self.open.take()
            && let Err(error) = open.writer.finish()
        {
            self.fail(&error);
        }
    }

    fn fail(&mut self, error: &RecordingError) {
        self.open = None;
        self.failed = Some(Instant::now());
        let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(%error, cause, "the recording has a gap; it is tried again in 10 s");
    }
}

fn lost() {
    count_dropped("recording-not-written", 1);
}

/// In UTC to the microsecond, which sorts.
fn name(at: Timestamp) -> String {
    format!("{}.jsonl.zst", at.strftime(FORMAT))
}

const FORMAT: &str = "%Y-%m-%dT%H-%M-%S.%6fZ";

/// The files of the folder by when they begin, as their names have it.
pub(super) fn begun(folder: &Path) -> BTreeMap<Timestamp, PathBuf> {
    let files = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let begins = files.filter_map(|file| {
        let name = file.file_name().into_string().ok()?;
        let moment = name.strip_suffix("Z.jsonl.zst")?;
        let moment = jiff::civil::DateTime::strptime("%Y-%m-%dT%H-%M-%S.%f", moment).ok()?;
        Some((jiff::tz::Offset::UTC.to_timestamp(moment).ok()?, file.path()))
    });
    begins.collect()
}

#[cfg(test)]
mod tests {
    use jikimi_sim::recording::{Content, Reader};

    use super::*;

    fn line(at: &str) -> Line {
        let topic = "jikimi/v1/s/d/reading".to_owned();
        let content = Content::Message { topic, payload: b"{}".to_vec(), retained: false };
        Line { received_at: at.parse().unwrap(), content }
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> =
            fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }

    #[test]
    fn files_stand_in_their_order_by_name_even_where_time_goes_back() {
        let folder = tempfile::tempdir().unwrap();
        let times = [
            ["2026-11-24T23:59:59.5+09:00", "2026-11-25T00:00:00+09:00"],
            // A second run whose clock is behind the first one's.
            ["2026-11-24T12:00:00+09:00", "2026-11-24T12:00:01+09:00"],
        ];
        for run in times {
            let mut written = Files::new(folder.path(), 30);
            for at in run {
                written.write(&line(at));
            }
            written.end();
        }
        let files = files(folder.path());
        assert_eq!(files.len(), 3, "a file for each day and run: {files:?}");
        let read = files.iter().flat_map(|file| Reader::open(file).unwrap());
        let read: Vec<Timestamp> = read.map(|line| line.unwrap().received_at).collect();
        let expected: Vec<Timestamp> =
            times.concat().iter().map(|at| at.parse().unwrap()).collect();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_file_goes_when_all_of_it_is_older_than_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for other in ["notes.txt", "2026-11-01.jsonl.zst"] {
            fs::write(folder.path().join(other), "somebody's").unwrap();
        }
        let mut written = Files::new(folder.path(), 2);
        let names = || -> Vec<String> {
            let names = files(folder.path()).into_iter().filter_map(|file| {
                let name = file.file_name()?.to_str()?.to_owned();
                name.starts_with("2026-11-").then(|| name[8..10].to_owned())
            });
            names.collect()
        };
        // The first of the month stands for what is no recording of ours.
        for (at, kept) in [
            ("2026-11-20T12:00:00Z", &["01", "20"][..]),
            ("2026-11-21T12:00:00Z", &["01", "20", "21"]),
            ("2026-11-23T11:59:59Z", &["01", "20", "21", "23"]),
            ("2026-11-24T12:00:00Z", &["01", "21", "23", "24"]),
            ("2026-12-24T12:00:00Z", &["01", "24"]),
        ] {
            written.write(&line(at));
            assert_eq!(names(), kept, "{at}");
        }
        written.end();
    }

    #[test]
    fn what_was_flushed_is_readable_whatever_happens_then() {
        let folder = tempfile::tempdir().unwrap();
        let mut written = Files::new(folder.path(), 30);
        for second in 0..50 {
            written.write(&line(&format!("2026-11-24T12:00:{second:02}+09:00")));
        }
        written.flush();
        let file = &files(folder.path())[0];
        // Killed here: neither ended nor flushed again.
        let kept = fs::read(file).unwrap();
        written.write(&line("2026-11-24T12:01:00+09:00"));
        let copy = folder.path().join("killed.jsonl.zst");
        fs::write(&copy, kept).unwrap();
        let lines: Vec<_> = Reader::open(&copy).unwrap().collect();
        assert_eq!(lines.iter().filter(|line| line.is_ok()).count(), 50);
        let cut = lines.last().unwrap().as_ref().unwrap_err();
        assert!(cut.is_cut(), "{cut}");
    }
}
