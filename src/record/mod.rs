//! `serve --record`: what the broker saw, as a recording that `jikimi replay` gives back as the
//! incidents that happened.
//!
//! A line is written after the commit that took it, in the order of the input log, since that
//! order is what made the incidents: an alarm stands before the readings that it overtook, which
//! were received before it. Duplicates and dead letters stand in it as the broker saw them. Beside
//! them stand our own inputs: commands without what a person wrote in them, and what happened to
//! the watch. Deadlines do not: a replay derives them. Three things that did not move a monitor
//! here and would move one there are left out, and counted: what broke its step, what the database
//! refused, and a repetition that only the broker's mark told apart.
//!
//! **Homes are left out unless named**, because a home's readings are somebody's life: when they
//! sleep, go out and come back. What cannot be told to be no home's is a home's.
//!
//! Who moves out leaves nothing in them (`forget`). A file goes once all of it is older than the
//! log is kept: what it says of people is the same.
//! Files of other names stay.
//!
//! The run loop never waits for a disk that only a recording needs. What does not fit into the
//! queue is dropped, counted and said, and everything else of the service goes on.

mod forget;
mod line;
mod writer;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use jikimi_sim::recording::Line;

use crate::domain::HomeId;
use crate::dropped::count_dropped;
use crate::ingest::{Delivery, Directory};
use crate::monitor::Configuration;
use crate::store::Commit;
use forget::Forget;
use line::Recorded;

/// Batches that may wait for the disk, and what they may hold together.
const BATCHES_QUEUED_MAX: usize = 4096;
const BYTES_QUEUED_MAX: usize = 64 * 1024 * 1024;
/// A line's frame, roughly.
const FRAME_BYTES: usize = 256;

/// Which homes are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Homes {
    All,
    /// These; none, if none is named.
    Named(BTreeSet<HomeId>),
}

/// Takes what was committed, and hands it to whoever writes.
pub struct Recorder {
    homes: Homes,
    configurations: Vec<Arc<Configuration>>,
    queue: Option<SyncSender<Job>>,
    waiting: Arc<AtomicUsize>,
    writing: Option<JoinHandle<()>>,
    losing: bool,
}

/// What is to be done to the files.
enum Job {
    Write(Vec<Line>),
    Forget(Vec<Forget>),
}

/// Why nothing can be recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("--record {}: the folder cannot be made or written to", folder.display())]
    Folder { folder: PathBuf, source: std::io::Error },
    #[error("--record-home {home}: no site's file names such a home")]
    UnknownHome { home: HomeId },
}

impl Recorder {
    /// Begins a new file in `folder` with the first thing that is recorded. Whenever one begins,
    /// those that hold nothing younger than `keep_days` go.
    ///
    /// # Errors
    /// If the folder cannot be made or written to, or a home is nobody's.
    pub fn start(
        folder: PathBuf,
        homes: Homes,
        configurations: Vec<Arc<Configuration>>,
        keep_days: u16,
        directory: Arc<Directory>,
    ) -> Result<Self, RecordError> {
        if let Homes::Named(named) = &homes {
            let known =
                |home: &HomeId| configurations.iter().any(|of| of.site.homes.contains_key(home));
            if let Some(home) = named.iter().find(|home| !known(home)) {
                return Err(RecordError::UnknownHome { home: home.clone() });
            }
        }
        let failed = |source| RecordError::Folder { folder: folder.clone(), source };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        let probe = folder.join(".writable");
        std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)).map_err(failed)?;
        let (queue, jobs) = sync_channel(BATCHES_QUEUED_MAX);
        let waiting = Arc::new(AtomicUsize::new(0));
        let shared = Arc::clone(&waiting);
        let thread = std::thread::Builder::new()
            .name("recording".to_owned())
            .spawn(move || writer::write_all(&folder, keep_days, &directory, (&jobs, &shared)))
            .map_err(|source| RecordError::Folder { folder: PathBuf::new(), source })?;
        Ok(Self {
            homes,
            configurations,
            queue: Some(queue),
            waiting,
            writing: Some(thread),
            losing: false,
        })
    }

    /// Takes a batch that is committed. Never waits.
    pub fn take<'a>(&mut self, deliveries: impl Iterator<Item = &'a Delivery>, commit: &Commit) {
        let of = Recorded { homes: &self.homes, configurations: &self.configurations };
        let lines = of.lines(deliveries, commit);
        let gone = of.moved_out(commit);
        if !lines.is_empty() {
            self.write(lines);
        }
        if !gone.is_empty()
            && self.queue.as_ref().is_none_or(|of| of.try_send(Job::Forget(gone)).is_err())
        {
            tracing::error!("the recording is behind, and does not know yet who moved out");
        }
    }

    fn write(&mut self, lines: Vec<Line>) {
        let (count, weight) = (lines.len() as u64, lines.iter().map(weight).sum::<usize>());
        let room = self.waiting.fetch_add(weight, Ordering::Relaxed) + weight <= BYTES_QUEUED_MAX;
        let queue = self.queue.as_ref().filter(|_| room);
        if queue.is_some_and(|queue| queue.try_send(Job::Write(lines)).is_ok()) {
            metrics::counter!("jikimi_recorded_total").increment(count);
            self.losing = false;
            return;
        }
        self.waiting.fetch_sub(weight, Ordering::Relaxed);
        count_dropped("recording-behind", count);
        if !std::mem::replace(&mut self.losing, true) {
            tracing::error!("the recording is behind what it records, and has a gap from here");
        }
    }

    /// Writes what waits, and ends the file.
    pub async fn close(mut self) {
        drop(self.queue.take());
        let Some(writing) = self.writing.take() else { return };
        if !matches!(tokio::task::spawn_blocking(|| writing.join()).await, Ok(Ok(()))) {
            tracing::error!("the recording was not ended properly; it is readable all the same");
        }
    }
}

/// What a line takes in memory, roughly.
fn weight(line: &Line) -> usize {
    use jikimi_sim::recording::Content;
    let content = match &line.content {
        Content::Message { topic, payload, .. } => topic.len() + payload.len(),
        Content::Input(input) => input.get().len(),
    };
    FRAME_BYTES + content
}
