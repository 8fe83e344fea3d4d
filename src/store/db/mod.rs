//! One way to run one SQL text on the database that is configured.
//!
//! The texts use what SQLite and PostgreSQL share (`$n`, ON CONFLICT, RETURNING, CTEs), and
//! values are limited to what both hold alike: whole numbers, real numbers, text, bytes and null.
//! What differs between the engines is in this file, in the migrations and in a few hot
//! statements; nothing else knows which engine it is.

mod postgres;
mod sqlite;

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{PgConnection, PgPool, Postgres, Row as _, Sqlite, SqlitePool};

use super::StoreError;
pub(super) use postgres::{Named, Session};

/// A value bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    Int(i64),
    Real(f64),
    Text(String),
    /// A text that many rows share.
    Shared(Arc<str>),
    Blob(Vec<u8>),
    Null,
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u32> for Arg {
    fn from(value: u32) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<bool> for Arg {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl From<f64> for Arg {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Arg {
    fn from(value: Vec<u8>) -> Self {
        Self::Blob(value)
    }
}

impl From<jiff::Timestamp> for Arg {
    fn from(value: jiff::Timestamp) -> Self {
        Self::Int(value.as_microsecond())
    }
}

impl<T: Into<Arg>> From<Option<T>> for Arg {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A pool for reading, on whichever engine the URL names.
#[derive(Clone)]
pub enum Db {
    Sqlite(SqlitePool, PathBuf),
    Postgres(PgPool),
}

/// One connection.
pub enum Connection {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
    /// Of nobody's pool, and ended with whoever has it.
    Own(PgConnection),
}

/// One row of an answer. Columns are named; a missing column or a wrong type is an error of ours.
pub enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// Reading connections kept besides the writer's.
const READERS_MAX: u32 = 4;

/// Everything that counts is written by then; nobody has to wait for a polite goodbye.
const CLOSED_WITHIN: Duration = Duration::from_secs(5);

/// A server that has not answered by then is taken to be gone. Local files need no such limit.
const ANSWERS_WITHIN: Duration = Duration::from_secs(30);

impl Db {
    /// Opens (and creates, where it is a file) the database and brings its tables up to date.
    ///
    /// # Errors
    /// If the URL names no engine we know, or the database cannot be opened or migrated.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::open_with(url, None).await
    }

    /// The same, with a password that does not stand in the URL.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn open_with(url: &str, password: Option<&str>) -> Result<Self, StoreError> {
        match url.split_once(':') {
            Some(("sqlite", _)) => sqlite::open(url).await,
            Some(("postgres" | "postgresql", _)) => postgres::open(url, password).await,
            _ => Err(StoreError::UnknownEngine { url: without_password(url) }),
        }
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// If the database gives none.
    pub async fn connection(&self) -> Result<Connection, StoreError> {
        Ok(match self {
            Self::Sqlite(pool, _) => Connection::Sqlite(pool.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn all(&self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        let mut lent = Lent(Some(self.connection().await?));
        let rows = lent.0.as_mut().ok_or(StoreError::Closed)?.all(sql, args).await;
        if !matches!(rows, Err(StoreError::Silent)) {
            drop(lent.0.take());
        }
        rows
    }

    /// The first row of a query, if there is one.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn first(&self, sql: &str, args: Vec<Arg>) -> Result<Option<Row>, StoreError> {
        Ok(self.all(sql, args).await?.into_iter().next())
    }

    /// Whether what we write goes to where the next start will look for it. A file that was
    /// deleted takes everything, and keeps nothing.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::Sqlite(_, file) => file.exists(),
            Self::Postgres(_) => true,
        }
    }

    pub async fn close(&self) {
        match self {
            Self::Sqlite(pool, _) => pool.close().await,
            // A connection whose server has vanished is never given back.
            Self::Postgres(pool) => {
                let _ = tokio::time::timeout(CLOSED_WITHIN, pool.close()).await;
            }
        }
    }
}

/// A connection that was asked and has not answered. Who stops waiting for the answer, in time or
/// because nobody wants it any more, must not give it back: the pool would ask it whether it
/// lives, and keep its place for as long as TCP believes in a server that has gone.
struct Lent(Option<Connection>);

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(Connection::Postgres(connection)) = self.0.take() {
            drop(connection.detach());
        }
    }
}

/// Takes a database file for this process alone, for as long as what is given back lives.
pub(super) fn lock(file: &std::path::Path) -> Result<File, StoreError> {
    let mut path = file.to_owned().into_os_string();
    path.push(".lock");
    let path = PathBuf::from(path);
    let said = path.display().to_string();
    let lock = File::options().create(true).append(true).open(&path);
    let lock = lock.map_err(|source| StoreError::Lock { file: said.clone(), source })?;
    lock.try_lock().map_err(|_| StoreError::InUse { what: said })?;
    Ok(lock)
}

/// A URL as it may be shown.
#[must_use]
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let host_begins = rest.split(['/', '?']).next().and_then(|authority| authority.rfind('@'));
    match host_begins {
        Some(at) => {
            let user = rest[..at].split(':').next().unwrap_or_default();
            format!("{scheme}://{user}@{}", &rest[at + 1..])
        }
        None => url.to_owned(),
    }
}

impl Connection {
    /// All rows of a query.
    ///
    /// # Errors
    /// If the database refuses it, or does not answer.
    pub async fn all(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        match self {
            Self::Sqlite(to) => {
                let rows = sqlite::bound(sql, args).fetch_all(&mut **to).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(to) => postgres::all(to, sql, args).await,
            Self::Own(to) => postgres::all(to, sql, args).await,
        }
    }

    /// Whether the engine takes a text.
    #[cfg(test)]
    pub(super) async fn prepare(&mut self, sql: &str) -> Result<(), StoreError> {
        use sqlx::{AssertSqlSafe, Executor as _, SqlSafeStr as _};
        let text = AssertSqlSafe(sql.to_owned()).into_sql_str();
        match self {
            Self::Sqlite(to) => drop((&mut **to).prepare(text).await?),
            Self::Postgres(to) => drop((&mut **to).prepare(text).await?),
            Self::Own(to) => drop(to.prepare(text).await?),
        }
        Ok(())
    }

    /// Runs one statement; the number of rows it touched.
    ///
    /// # Errors
    /// If the database refuses it, or does not answer.
    pub async fn run(&mut self, sql: &str, args: Vec<Arg>) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(to) => {
                Ok(sqlite::bound(sql, args).execute(&mut **to).await?.rows_affected())
            }
            Self::Postgres(to) => postgres::run(to, sql, args).await,
            Self::Own(to) => postgres::run(to, sql, args).await,
        }
    }

    /// Begins a transaction that writes.
    pub(super) async fn begin(&mut self) -> Result<(), StoreError> {
        // SQLite would otherwise find out at the first write that another has the file.
        let text = match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres(_) | Self::Own(_) => "BEGIN",
        };
        self.run(text, Vec::new()).await.map(drop)
    }
}

/// Waits for a server, but not for ever.
pub(super) async fn answered<T>(
    what: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, StoreError> {
    match tokio::time::timeout(ANSWERS_WITHIN, what).await {
        Ok(answer) => Ok(answer?),
        Err(_elapsed) => Err(StoreError::Silent),
    }
}

/// Reads a column of whichever engine's row.
macro_rules! get {
    ($row:expr, $column:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get($column)?,
            Row::Postgres(row) => row.try_get($column)?,
        }
    };
}

impl Row {
    /// # Errors
    /// If the column is missing, null or no whole number.
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        let value = self.int_or_null(column)?;
        value.ok_or_else(|| StoreError::Corrupt { what: "number", detail: format!("no {column}") })
    }

    /// # Errors
    /// If the column is missing or no whole number.
    pub fn int_or_null(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self {
            Self::Sqlite(row) => Ok(row.try_get(column)?),
            Self::Postgres(row) => postgres::int(row, column),
        }
    }

    /// # Errors
    /// If the column is missing, null or no real number.
    pub fn real(&self, column: &str) -> Result<f64, StoreError> {
        Ok(get!(self, column))
    }

    /// # Errors
    /// If the column is missing, null or no text.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(get!(self, column))
    }

    /// # Errors
    /// If the column is missing or no text.
    pub fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(get!(self, column))
    }

    /// # Errors
    /// If the column is missing, null or no bytes.
    pub fn blob(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        Ok(get!(self, column))
    }

    /// Whole microseconds as a moment.
    ///
    /// # Errors
    /// If the column is missing, null or out of range.
    pub fn moment(&self, column: &str) -> Result<jiff::Timestamp, StoreError> {
        moment(self.int(column)?)
    }

    /// # Errors
    /// If the column is missing or out of range.
    pub fn moment_or_null(&self, column: &str) -> Result<Option<jiff::Timestamp>, StoreError> {
        self.int_or_null(column)?.map(moment).transpose()
    }
}

fn moment(microseconds: i64) -> Result<jiff::Timestamp, StoreError> {
    jiff::Timestamp::from_microsecond(microseconds)
        .map_err(|source| StoreError::Corrupt { what: "moment", detail: source.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_shown_a_password() {
        for (url, shown) in [
            ("postgres://jikimi:s3cret@db.city/jikimi", "postgres://jikimi@db.city/jikimi"),
            ("postgres://a:b@c@db/x?sslmode=require", "postgres://a@db/x?sslmode=require"),
            ("postgres://db.city/jikimi", "postgres://db.city/jikimi"),
            ("postgres://u@db/x?options=a@b", "postgres://u@db/x?options=a@b"),
            ("sqlite:var/a@b.db", "sqlite:var/a@b.db"),
        ] {
            assert_eq!(without_password(url), shown);
        }
    }
}
