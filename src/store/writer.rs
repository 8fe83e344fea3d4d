//! The one task that writes, and the handle everyone else holds.
//!
//! SQLite has one writer anyway; making it one task gives every write its turn instead of a lock
//! to wait for, and lets a commit be one short exclusive transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::commit::{self, number};
use super::db::{Arg, Connection, Db};
use super::{Commit, StoreError};
use crate::clock::Clock;
use crate::domain::SiteId;
use crate::domain::time::Timestamp;
use crate::kill::{self, Point};

/// Writes that may wait. The run loop waits for each commit, so this is for the others.
const WRITES_QUEUED_MAX: usize = 64;

/// Dead letters kept. At 1 KiB each that is 100 MiB, whoever floods us.
const DEAD_LETTERS_MAX: i64 = 100_000;

type Answer = oneshot::Sender<Result<(), StoreError>>;

enum Write {
    Commit(Arc<Commit>, Answer),
    /// Small writes of one transaction.
    Statements(Vec<Statement>, Answer),
    Stop(Answer),
}

pub(super) type Statement = (&'static str, Vec<Arg>);

/// Statements of one transaction of a snapshot, which is never in a commit's way for long.
const STATEMENTS_MAX: usize = 256;

/// The database, as the rest of the process holds it.
#[derive(Clone)]
pub struct Store {
    pub db: Db,
    writes: mpsc::Sender<Write>,
}

/// What a monitor had learnt, ready to be written.
#[derive(Debug)]
pub struct SnapshotTaken {
    pub site: SiteId,
    pub position: u64,
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
        let db = Db::open(url).await?;
        let lock = db.take()?;
        let connection = db.connection().await?;
        let (writes, queue) = mpsc::channel(WRITES_QUEUED_MAX);
        tokio::spawn(write_all(connection, queue, lock));
        Ok(Self { db, writes })
    }

    /// Writes a batch: all of it or nothing.
    ///
    /// # Errors
    /// If the database refuses it; nothing of it is stored then.
    pub async fn commit(&self, commit: Arc<Commit>) -> Result<(), StoreError> {
        self.ask(|answer| Write::Commit(commit, answer)).await
    }

    /// # Errors
    /// If the database refuses it.
    pub async fn keep_clock(&self, clock: &Clock) -> Result<(), StoreError> {
        let args =
            vec![clock.service_at().into(), clock.wall_at().into(), Arg::Real(clock.speed())];
        self.statement(KEEP_CLOCK, args).await
    }

    /// Keeps the newest dead letters and lets the older go; all of them are counted.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn drop_old_dead_letters(&self) -> Result<(), StoreError> {
        self.statement(DROP_DEAD_LETTERS, vec![Arg::Int(DEAD_LETTERS_MAX)]).await
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
        self.statement(KEEP_CONFIGURATION, vec![hash.into(), now.into(), body.into()]).await
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
            self.ask(|answer| Write::Statements(all, answer)).await?;
            all = rest;
        }
        let done = vec![
            site(),
            position(),
            Arg::Int(crate::monitor::FORMAT),
            snapshot.configuration.into(),
            snapshot.taken_at.into(),
        ];
        self.statement(KEEP_DONE, done).await?;
        self.statement(DROP_OLDER_DONE, vec![site(), position()]).await?;
        self.statement(DROP_OLDER_PARTS, vec![site(), position()]).await
    }

    /// Writes small statements in one transaction.
    pub(super) async fn statements(&self, all: Vec<Statement>) -> Result<(), StoreError> {
        self.ask(|answer| Write::Statements(all, answer)).await
    }

    async fn statement(&self, sql: &'static str, args: Vec<Arg>) -> Result<(), StoreError> {
        self.ask(|answer| Write::Statements(vec![(sql, args)], answer)).await
    }

    /// Ends the writer and closes the database. Whoever writes afterwards is told so.
    pub async fn close(&self) {
        // A writer that has gone already has nothing left to do.
        drop(self.ask(Write::Stop).await);
        self.db.close().await;
    }

    async fn ask(&self, write: impl FnOnce(Answer) -> Write) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.writes.send(write(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn write_all(
    mut connection: Connection,
    mut queue: mpsc::Receiver<Write>,
    _lock: std::fs::File,
) {
    while let Some(write) = queue.recv().await {
        let (result, answer) = match write {
            Write::Commit(commit, answer) => (transact(&mut connection, &commit).await, answer),
            Write::Statements(all, answer) => (run_all(&mut connection, all).await, answer),
            Write::Stop(answer) => {
                drop(connection);
                drop(answer.send(Ok(())));
                return;
            }
        };
        // Whoever asked may have gone; the write stands all the same.
        let _ = answer.send(result);
    }
}

async fn transact(connection: &mut Connection, commit: &Commit) -> Result<(), StoreError> {
    connection.run("BEGIN IMMEDIATE", Vec::new()).await?;
    let written = commit::write(connection, commit).await;
    kill::at(Point::InTransaction, written.is_ok() && commit.carries_effects());
    end(connection, written).await
}

async fn run_all(connection: &mut Connection, all: Vec<Statement>) -> Result<(), StoreError> {
    connection.run("BEGIN IMMEDIATE", Vec::new()).await?;
    let mut written = Ok(());
    for (sql, args) in all {
        written = connection.run(sql, args).await.map(|_| ());
        if written.is_err() {
            break;
        }
    }
    end(connection, written).await
}

/// Commits what was written whole, and takes back what was not.
async fn end(
    connection: &mut Connection,
    written: Result<(), StoreError>,
) -> Result<(), StoreError> {
    let ended = match &written {
        Ok(()) => connection.run("COMMIT", Vec::new()).await,
        Err(_) => connection.run("ROLLBACK", Vec::new()).await,
    };
    // The first error is the one to tell. A transaction that could not be ended is taken back
    // too, so that the next BEGIN finds none.
    if written.is_ok() && ended.is_err() {
        drop(connection.run("ROLLBACK", Vec::new()).await);
    }
    written.and(ended.map(|_| ()))
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
     taken_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (site, position) \
     DO UPDATE SET format = $3, configuration = $4, taken_at = $5";
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
