//! One way to run one SQL text on the database that is configured.
//!
//! The texts use what SQLite and PostgreSQL share (`$n`, ON CONFLICT, RETURNING, CTEs), and
//! values are limited to what both hold alike: whole numbers, real numbers, text, bytes and null.
//! What differs between the engines is in this file, in the migrations and in a few hot
//! statements; nothing else knows which engine it is.

use std::path::PathBuf;

use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, SqlitePool};

use super::StoreError;

/// A value bound to a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum Arg {
    Int(i64),
    Real(f64),
    Text(String),
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
}

/// One connection, for whoever writes.
pub enum Connection {
    Sqlite(sqlx::pool::PoolConnection<Sqlite>),
}

/// One row of an answer. Columns are named; a missing column or a wrong type is an error of ours.
pub struct Row(SqliteRow);

impl Db {
    /// Opens (and creates, where it is a file) the database and brings its tables up to date.
    ///
    /// # Errors
    /// If the URL names no engine we know, or the database cannot be opened or migrated.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        if !url.starts_with("sqlite:") {
            return Err(StoreError::UnknownEngine { url: url.to_owned() });
        }
        let options: SqliteConnectOptions = url.parse().map_err(StoreError::open(url))?;
        let file = options.get_filename().to_owned();
        if let Some(folder) = options.get_filename().parent() {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Folder {
                folder: folder.display().to_string(),
                source,
            })?;
        }
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // FULL: a commit is on the disk before we acknowledge anything.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(std::time::Duration::from_secs(10))
            .pragma("cache_size", "-65536")
            .statement_cache_capacity(256);
        let pool = SqlitePoolOptions::new()
            .max_connections(READERS_MAX + 1)
            .connect_with(options)
            .await
            .map_err(StoreError::open(url))?;
        sqlx::migrate!("src/store/migrations/sqlite").run(&pool).await?;
        Ok(Self::Sqlite(pool, file))
    }

    /// A connection of one's own.
    ///
    /// # Errors
    /// If the database gives none.
    pub async fn connection(&self) -> Result<Connection, StoreError> {
        let Self::Sqlite(pool, _) = self;
        Ok(Connection::Sqlite(pool.acquire().await?))
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn all(&self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        self.connection().await?.all(sql, args).await
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
        let Self::Sqlite(_, file) = self;
        file.exists()
    }

    /// Takes the database for this process alone, for as long as what is given back lives.
    ///
    /// # Errors
    /// If another process has it: two that decide over the same sites would each undo the other.
    pub fn take(&self) -> Result<std::fs::File, StoreError> {
        let Self::Sqlite(_, file) = self;
        let mut path = file.clone().into_os_string();
        path.push(".lock");
        let path = PathBuf::from(path);
        let said = path.display().to_string();
        let lock = std::fs::File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(|source| StoreError::Lock { file: said.clone(), source })?;
        lock.try_lock().map_err(|_| StoreError::InUse { file: said })?;
        Ok(lock)
    }

    pub async fn close(&self) {
        let Self::Sqlite(pool, _) = self;
        pool.close().await;
    }
}

/// Reading connections kept besides the writer's.
const READERS_MAX: u32 = 4;

impl Connection {
    fn inner(&mut self) -> &mut SqliteConnection {
        let Self::Sqlite(connection) = self;
        connection
    }

    /// All rows of a query.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn all(&mut self, sql: &str, args: Vec<Arg>) -> Result<Vec<Row>, StoreError> {
        let rows = bound(sql, args).fetch_all(self.inner()).await?;
        Ok(rows.into_iter().map(Row).collect())
    }

    /// Whether the engine takes a text.
    #[cfg(test)]
    pub(super) async fn prepare(&mut self, sql: &str) -> Result<(), StoreError> {
        use sqlx::{Executor as _, SqlSafeStr as _};
        let text = AssertSqlSafe(sql.to_owned()).into_sql_str();
        self.inner().prepare(text).await?;
        Ok(())
    }

    /// Runs one statement; the number of rows it touched.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn run(&mut self, sql: &str, args: Vec<Arg>) -> Result<u64, StoreError> {
        Ok(bound(sql, args).execute(self.inner()).await?.rows_affected())
    }
}

fn bound(
    sql: &str,
    args: Vec<Arg>,
) -> sqlx::query::Query<'_, Sqlite, <Sqlite as sqlx::Database>::Arguments> {
    // Texts are constants or built from constants; values are always bound.
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Real(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Blob(value) => query.bind(value),
            Arg::Null => query.bind(None::<i64>),
        };
    }
    query
}

impl Row {
    /// # Errors
    /// If the column is missing, null or no whole number.
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        Ok(self.0.try_get(column)?)
    }

    /// # Errors
    /// If the column is missing or no whole number.
    pub fn int_or_null(&self, column: &str) -> Result<Option<i64>, StoreError> {
        Ok(self.0.try_get(column)?)
    }

    /// # Errors
    /// If the column is missing, null or no real number.
    pub fn real(&self, column: &str) -> Result<f64, StoreError> {
        Ok(self.0.try_get(column)?)
    }

    /// # Errors
    /// If the column is missing, null or no text.
    pub fn text(&self, column: &str) -> Result<String, StoreError> {
        Ok(self.0.try_get(column)?)
    }

    /// # Errors
    /// If the column is missing or no text.
    pub fn text_or_null(&self, column: &str) -> Result<Option<String>, StoreError> {
        Ok(self.0.try_get(column)?)
    }

    /// # Errors
    /// If the column is missing, null or no bytes.
    pub fn blob(&self, column: &str) -> Result<Vec<u8>, StoreError> {
        Ok(self.0.try_get(column)?)
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
