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

type Answer = oneshot::Sender<Result<(), StoreError>>;

enum Write {
    Commit(Arc<Commit>, Answer),
    Statement(&'static str, Vec<Arg>, Answer),
}

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
        let connection = db.connection().await?;
        let (writes, queue) = mpsc::channel(WRITES_QUEUED_MAX);
        tokio::spawn(write_all(connection, queue));
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

    /// # Errors
    /// If the database refuses it.
    pub async fn forget_clock(&self) -> Result<(), StoreError> {
        self.statement(FORGET_CLOCK, Vec::new()).await
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
        for (part, body) in snapshot.parts {
            let args = vec![site(), position(), part.into(), body.into()];
            self.statement(KEEP_PART, args).await?;
        }
        for (device, head) in snapshot.heads {
            self.statement(KEEP_HEAD, vec![site(), device.into(), number(head)]).await?;
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

    async fn statement(&self, sql: &'static str, args: Vec<Arg>) -> Result<(), StoreError> {
        self.ask(|answer| Write::Statement(sql, args, answer)).await
    }

    async fn ask(&self, write: impl FnOnce(Answer) -> Write) -> Result<(), StoreError> {
        let (answer, answered) = oneshot::channel();
        self.writes.send(write(answer)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Closed)?
    }
}

async fn write_all(mut connection: Connection, mut queue: mpsc::Receiver<Write>) {
    while let Some(write) = queue.recv().await {
        let (result, answer) = match write {
            Write::Commit(commit, answer) => (transact(&mut connection, &commit).await, answer),
            Write::Statement(sql, args, answer) => {
                (connection.run(sql, args).await.map(|_| ()), answer)
            }
        };
        // Whoever asked may have gone; the write stands all the same.
        let _ = answer.send(result);
    }
}

async fn transact(connection: &mut Connection, commit: &Commit) -> Result<(), StoreError> {
    connection.run("BEGIN IMMEDIATE", Vec::new()).await?;
    let written = commit::write(connection, commit).await;
    if let Err(error) = written {
        // The first error is the one to tell; a failed rollback leaves a dead connection, which
        // the next BEGIN reports.
        let _ = connection.run("ROLLBACK", Vec::new()).await;
        return Err(error);
    }
    kill::at(Point::InTransaction, commit.carries_effects());
    connection.run("COMMIT", Vec::new()).await?;
    Ok(())
}

const KEEP_CLOCK: &str = "INSERT INTO clock_anchor (only_one, service_at, wall_at, speed) \
     VALUES (1, $1, $2, $3) ON CONFLICT (only_one) \
     DO UPDATE SET service_at = $1, wall_at = $2, speed = $3";
const FORGET_CLOCK: &str = "DELETE FROM clock_anchor";
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
        FORGET_CLOCK,
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
