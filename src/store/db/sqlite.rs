//! SQLite: one file, one writer, everything on the disk before it is answered.

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Sqlite};

use super::{Arg, Db, READERS_MAX, StoreError};

pub(super) async fn open(url: &str) -> Result<Db, StoreError> {
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
    Ok(Db::Sqlite(pool, file))
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, <Sqlite as sqlx::Database>::Arguments>;

pub(super) fn bound(sql: &str, args: Vec<Arg>) -> Query<'_> {
    // Texts are constants or built from constants; values are always bound.
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Real(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Shared(value) => query.bind(value),
            Arg::Blob(value) => query.bind(value),
            Arg::Null => query.bind(None::<i64>),
        };
    }
    query
}
