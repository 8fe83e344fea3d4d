//! The one task that writes, and the handle everyone else holds.
//!
//! SQLite has one writer anyway; making it one task gives every write its turn instead of a lock
//! to wait for, and lets a commit be one short exclusive transaction. On PostgreSQL it is what
//! keeps a process that has lost the database from writing to it (`seat`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, mpsc, oneshot};

use super::commit::{self, number};
use super::db::{Arg, Connection, Db};
use super::partitions::Days;
use super::retention::KEEP_DAYS;
use super::seat::Seat;
use super::statements::Statements;
use super::trail::{self, Change};
use super::{Commit, StoreError, log};
use crate::clock::Clock;
use crate::domain::SiteId;
use crate::domain::time::{SignedDuration, Timestamp};
use crate::kill::{self, Point};

/// Writes that may wait. The run loop waits for each commit, so this is for the others.
const WRITES_QUEUED_MAX: usize = 64;

/// Dead letters kept. At 1 KiB each that is 100 MiB, whoever floods us.
const DEAD_LETTERS_MAX: i64 = 100_000;

/// How many rows it touched.
type Answer = oneshot::Sender<Result<u64, StoreError>>;

enum Write {
    Commit(Arc<Commit>, Answer),
    /// Small writes of one transaction, with who did them.
    Change(Change, Answer),
    /// Nothing; only the way to the database is tried.
    Regain(Answer),
    Stop(Answer),
}

pub(super) type Statement = (&'static str, Vec<Arg>);
pub(super) type Text = Cow<'static, str>;

/// Statements of one transaction of a snapshot, which is never in a commit's way for long.
const STATEMENTS_MAX: usize = 256;

/// The database, as the rest of the process holds it.
#[derive(Clone)]
pub struct Store {
    pub db: Db,
    writes: mpsc::Sender<Write>,
    /// How long the input log is kept.
    pub(super) keep: SignedDuration,
    /// Held by whoever drops what is old.
    pub(super) dropping: Arc<Mutex<()>>,
}

/// What a monitor had learnt, ready to be written.
#[derive(Debug)]
pub struct SnapshotTaken {
    pub site: SiteId,
    pub position: u64,
    /// Of the last input it covers.
    pub step_at: Timestamp,
    pub taken_at: Timestamp,
    pub configuration: String,
    /// Serialized parts, by home.
    pub parts: BTreeMap<String, String>,
    pub heads: Vec<(String, u64)>,
}

impl Store {
    /// Opens the database and starts its writer.
    ///
    /// # Errors
    /// If the database cannot be opened or brought up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, None).await
    }

    /// The same, with a password that does not stand in the URL.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_with(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        let db = Db::open_with(url, password).await?;
        let seat = Seat::take(&db).await?;
        let (writes, queue) = mpsc::channel(WRITES_QUEUED_MAX);
        tokio::spawn(write_all(seat, queue));
        let keep = SignedDuration::from_hours(24 * i64::from(KEEP_DAYS));
        Ok(Self { db, writes, keep, dropping: Arc::default() })
    }

    /// Writes a batch: all of it or nothing.
    ///
    /// # Errors
    /// If the database refuses it; nothing of it is stored then.
    pub async fn commit(&self, commit: Arc<Commit>) -> Result<(), StoreError> {
        self.ask(|answer| Write::Commit(commit, answer)).await.map(drop)
    }

    /// After a write that failed: comes back once the database can be written again. What it says
    /// then of the failed write is final, since the session that tried has ended.
    ///
    /// # Errors
    /// If it cannot be yet; [`StoreError::Overtaken`] once, if another process wrote meanwhile.
    pub async fn regain(&self) -> Result<(), StoreError> {
        self.ask(Write::Regain).await.map(drop)
    }

    /// # Errors
    /// If the database refuses it.
    pub async fn keep_clock(&self, clock: &Clock) -> Result<(), StoreError> {
        let args =
            vec![clock.service_at().into(), clock.wall_at().into(), Arg::Real(clock.speed())];
        self.statement(KEEP_CLOCK, args).await
    }

    /// Keeps the newest dead letters and lets the older go; how many went.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn drop_old_dead_letters(&self) -> Result<u64, StoreError> {
        let drop = (Text::from(DROP_DEAD_LETTERS), vec![Arg::Int(DEAD_LETTERS_MAX)]);
        self.touched(vec![drop]).await
    }

    /// Keeps a configuration under its hash.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn keep_configuration(
        &self,
        hash: &str,
        body: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let args = vec![hash.into(), now.into(), body.into()];
        self.statement(KEEP_CONFIGURATION, args).await
    }

    /// Writes a snapshot in small transactions; it counts once the last one stands, and then the
    /// older ones of its site go.
    ///
    /// # Errors
    /// If the database refuses a part; what was written of it is then no snapshot.
    pub async fn keep_snapshot(&self, snapshot: SnapshotTaken) -> Result<(), StoreError> {
        let site = || Arg::from(snapshot.site.as_str());
        let position = || number(snapshot.position);
        let parts = snapshot
            .parts
            .into_iter()
            .map(|(part, body)| (KEEP_PART, vec![site(), position(), part.into(), body.into()]));
        let heads = snapshot
            .heads
            .into_iter()
            .map(|(device, head)| (KEEP_HEAD, vec![site(), device.into(), number(head)]));
        let mut all: Vec<Statement> = parts.chain(heads).collect();
        while !all.is_empty() {
            let rest = all.split_off(all.len().min(STATEMENTS_MAX));
            self.statements(all).await?;
            all = rest;
        }
        let done = vec![
            site(),
            position(),
            Arg::Int(crate::monitor::FORMAT),
            snapshot.configuration.into(),
            snapshot.step_at.into(),
            snapshot.taken_at.into(),
        ];
        self.statement(KEEP_DONE, done).await?;
        self.statement(DROP_OLDER_DONE, vec![site(), position()]).await?;
        self.statement(DROP_OLDER_PARTS, vec![site(), position()]).await
    }

    /// Writes small statements in one transaction.
    pub(super) async fn statements(&self, all: Vec<Statement>) -> Result<(), StoreError> {
        let all = all.into_iter().map(|(sql, args)| (Text::from(sql), args)).collect();
        self.touched(all).await.map(drop)
    }

    /// The same with texts that are not known beforehand; how many rows they touched.
    pub(super) async fn touched(&self, all: Vec<(Text, Vec<Arg>)>) -> Result<u64, StoreError> {
        self.change(Change { statements: all, trail: Vec::new() }).await
    }

    /// Writes small statements and what they leave in the trail in one transaction; how many rows
    /// the statements touched.
    ///
    /// # Errors
    /// If the database refuses it; nothing of it is stored then.
    pub async fn change(&self, change: Change) -> Result<u64, StoreError> {
        self.ask(|answer| Write::Change(change, answer)).await
    }

    pub(super) async fn statement(
        &self,
        sql: &'static str,
        args: Vec<Arg>,
    ) -> Result<(), StoreError> {
        self.statements(vec![(sql, args)]).await
    }

    /// Ends the writer and closes the database. Whoever writes afterwards is told so.
    pub async fn close(&self) {
        // A writer that has gone already has nothing left to do.
        drop(self.ask(Write::Stop).await);
        self.db.close().await;
    }

    async fn ask(&self, write: impl FnOnce(Answer) -> Write) -> Result<u64, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.writes.send(write(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn write_all(mut seat: Seat, mut queue: mpsc::Receiver<Write>) {
    let mut days = Days::default();
    while let Some(write) = queue.recv().await {
        let (result, answer) = match write {
            Write::Commit(commit, answer) => {
                (commit_all(&mut seat, &mut days, &commit).await, answer)
            }
            Write::Change(change, answer) => (run_all(&mut seat, change).await, answer),
            Write::Regain(answer) => (seat.regain().await.map(|()| 0), answer),
            Write::Stop(answer) => {
                drop(seat);
                drop(answer.send(Ok(0)));
                return;
            }
        };
        // Whoever asked may have gone; the write stands all the same.
        let _ = answer.send(result);
    }
}

/// Takes back what was not written whole.
async fn whole<T>(seat: &mut Seat, written: Result<T, StoreError>) -> Result<T, StoreError> {
    if let Err(error) = &written {
        seat.give_back(error).await;
    }
    written
}

async fn commit_all(seat: &mut Seat, days: &mut Days, commit: &Commit) -> Result<u64, StoreError> {
    let connection = seat.connection().await?;
    let written = transact(connection, days, commit).await;
    whole(seat, written).await
}

async fn transact(
    on: &mut Connection,
    days: &mut Days,
    commit: &Commit,
) -> Result<u64, StoreError> {
    days.make(on, &commit.steps).await?;
    let rows = commit.steps.len() as u64;
    // Most batches only fill the log, and each errand to the database costs a turn of its own.
    if commit.is_log_only() && log::write_alone(on, &commit.steps).await? {
        return Ok(rows);
    }
    on.begin().await?;
    commit::write(on, commit).await?;
    kill::at(Point::InTransaction, commit.carries_effects());
    on.run("COMMIT", Vec::new()).await?;
    Ok(rows)
}

async fn run_all(seat: &mut Seat, change: Change) -> Result<u64, StoreError> {
    let connection = seat.connection().await?;
    let written = transact_all(connection, change).await;
    whole(seat, written).await
}

pub(super) async fn transact_all(on: &mut Connection, change: Change) -> Result<u64, StoreError> {
    on.begin().await?;
    let rows = Statements::from(change.statements).write(on).await?;
    trail::append(on, &change.trail).await?;
    on.run("COMMIT", Vec::new()).await?;
    Ok(rows)
}

const KEEP_CLOCK: &str = "INSERT INTO clock_anchor (only_one, service_at, wall_at, speed) \
     VALUES (1, $1, $2, $3) ON CONFLICT (only_one) \
     DO UPDATE SET service_at = $1, wall_at = $2, speed = $3";
const DROP_DEAD_LETTERS: &str =
    "DELETE FROM dead_letter WHERE id <= (SELECT MAX(id) FROM dead_letter) - $1";
const KEEP_CONFIGURATION: &str = "INSERT INTO configuration (hash, activated_at, body) \
     VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING";
const KEEP_PART: &str = "INSERT INTO snapshot (site, position, part, body) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (site, position, part) DO UPDATE SET body = $4";
const KEEP_HEAD: &str = "INSERT INTO device_head (site, device, position) VALUES ($1, $2, $3) \
     ON CONFLICT (site, device) DO UPDATE SET position = $3";
const KEEP_DONE: &str = "INSERT INTO snapshot_done (site, position, format, configuration, \
     step_at, taken_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (site, position) \
     DO UPDATE SET format = $3, configuration = $4, step_at = $5, taken_at = $6";
const DROP_OLDER_DONE: &str = "DELETE FROM snapshot_done WHERE site = $1 AND position < $2";
const DROP_OLDER_PARTS: &str = "DELETE FROM snapshot WHERE site = $1 AND position < $2";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [
        KEEP_CLOCK,
        DROP_DEAD_LETTERS,
        KEEP_CONFIGURATION,
        KEEP_PART,
        KEEP_HEAD,
        KEEP_DONE,
        DROP_OLDER_DONE,
        DROP_OLDER_PARTS,
    ]
    .map(str::to_owned)
    .to_vec()
}
