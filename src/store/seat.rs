//! The one place from which a database is written: a connection that is ours alone.
//!
//! A file is taken by a lock beside it, which nobody can lose. A server's lock belongs to the
//! session that writes; a session that is lost takes the lock with it, and nothing is written
//! until there is another that has it. If somebody else had it in between, whatever we knew is
//! old, and that is said once.

use std::fs::File;
use std::time::Duration;

use sqlx::PgPool;

use super::StoreError;
use super::db::{Connection, Db, Named, Session, lock};

/// A process that was killed a moment ago may still have its session.
const BURIED_WITHIN: Duration = Duration::from_secs(3);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

pub(super) enum Seat {
    File { connection: Connection, _lock: File },
    Server(Box<Server>),
}

pub(super) struct Server {
    pool: PgPool,
    session: Option<Session>,
    /// The session we had last.
    last: Option<Named>,
    /// How often the database had been taken when we took it.
    turn: i64,
}

impl Seat {
    /// Takes the database for this process.
    ///
    /// # Errors
    /// If another process has it: two that decide over the same sites would each undo the other.
    pub async fn take(db: &Db) -> Result<Self, StoreError> {
        match db {
            Db::Sqlite(_, file) => {
                let lock = lock(file)?;
                Ok(Self::File { connection: db.connection().await?, _lock: lock })
            }
            Db::Postgres(pool) => {
                let patience = tokio::time::Instant::now() + BURIED_WITHIN;
                loop {
                    let mut server =
                        Server { pool: pool.clone(), session: None, last: None, turn: 0 };
                    match server.sit_down().await {
                        Err(StoreError::InUse { .. }) if tokio::time::Instant::now() < patience => {
                            tokio::time::sleep(LOOK_AGAIN).await;
                        }
                        Err(error) => return Err(error),
                        Ok(()) => return Ok(Self::Server(Box::new(server))),
                    }
                }
            }
        }
    }

    /// The connection, which is had again if it was lost.
    ///
    /// # Errors
    /// If it cannot be had; [`StoreError::Overtaken`] once, if another process wrote meanwhile.
    pub async fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        match self {
            Self::File { connection, .. } => Ok(connection),
            Self::Server(server) => server.connection().await,
        }
    }

    /// Takes back what a write that failed has left open, and gives up a connection that cannot.
    pub async fn give_back(&mut self, error: &StoreError) {
        match self {
            // Without a transaction this is an error, and there is nothing to take back.
            Self::File { connection, .. } => drop(connection.run("ROLLBACK", Vec::new()).await),
            Self::Server(server) => server.give_back(error).await,
        }
    }

    /// Whether it still holds, and holds it again if not.
    ///
    /// # Errors
    /// As [`Seat::connection`].
    pub async fn regain(&mut self) -> Result<(), StoreError> {
        let said = self.connection().await?.run("SELECT 1", Vec::new()).await;
        if let Err(error) = &said {
            self.give_back(error).await;
        }
        said.map(drop)
    }
}

impl Server {
    async fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        if self.session.is_none() {
            let before = self.turn;
            self.sit_down().await?;
            if self.turn != before + 1 {
                return Err(StoreError::Overtaken);
            }
        }
        let session = self.session.as_mut().ok_or(StoreError::Closed)?;
        Ok(&mut session.connection)
    }

    async fn sit_down(&mut self) -> Result<(), StoreError> {
        let mut session = Session::take(&self.pool, self.last.as_ref()).await?;
        let rows = session.connection.all(NEXT_TURN, Vec::new()).await?;
        self.turn = rows.first().ok_or(StoreError::Closed)?.int("turn")?;
        self.last = Some(session.name().clone());
        self.session = Some(session);
        Ok(())
    }

    async fn give_back(&mut self, error: &StoreError) {
        let Some(mut session) = self.session.take() else { return };
        let dead = matches!(error, StoreError::Silent);
        if !dead && session.connection.run("ROLLBACK", Vec::new()).await.is_ok() {
            self.session = Some(session);
        }
    }
}

/// Counts who has taken the database; PostgreSQL's own, since a file's lock is never lost.
const NEXT_TURN: &str = "INSERT INTO writer (only_one, turn) VALUES (1, 1) \
     ON CONFLICT (only_one) DO UPDATE SET turn = writer.turn + 1 RETURNING turn";

/// The text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts(postgres: bool) -> Vec<String> {
    postgres.then(|| NEXT_TURN.to_owned()).into_iter().collect()
}
