//! PostgreSQL: a server that others use too, that may go away, and that several of us may find.
//!
//! What keeps two processes from deciding over the same sites is a lock of the server's. It
//! belongs to the very session that writes, so a process that has lost it has lost its way to
//! write with it: nothing has to be checked, and no zombie can write. A pooler that hands a
//! session on after each transaction (`PgBouncer` in its transaction mode) would break that; the
//! URL has to name the server itself.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{
    PgArgumentBuffer, PgConnectOptions, PgPoolOptions, PgRow, PgSslMode, PgTypeInfo,
};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Encode, PgConnection, PgPool, Postgres, Row as _};

use super::{Arg, Connection, Db, READERS_MAX, Row, StoreError, answered, without_password};

/// How long a reader waits for a connection before it is told that there is none.
const CONNECTED_WITHIN: std::time::Duration = std::time::Duration::from_secs(5);

/// What every session of ours says of itself at its start. A commit is on the disk before it is
/// answered, whatever the server's own habit is; and a session whose other end has vanished
/// without a word is ended within half a minute, since until then it holds its locks.
const HABITS: [(&str, &str); 5] = [
    ("synchronous_commit", "on"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "30000"),
];

fn options(url: &str, password: Option<&str>) -> Result<PgConnectOptions, StoreError> {
    let shown = without_password(url);
    let options: PgConnectOptions = url.parse().map_err(StoreError::open(&shown))?;
    let options = options.application_name("jikimi").statement_cache_capacity(256).options(HABITS);
    Ok(match password {
        Some(password) => options.password(password),
        None => options,
    })
}

pub(super) async fn open(url: &str, password: Option<&str>) -> Result<Db, StoreError> {
    let options = options(url, password)?;
    let shown = without_password(url);
    if matches!(options.get_ssl_mode(), PgSslMode::Disable | PgSslMode::Prefer)
        && !is_near(options.get_host())
    {
        tracing::warn!(
            database = shown,
            "the way to the database may be readable to others; say ?sslmode=verify-full"
        );
    }
    let pool = PgPoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(CONNECTED_WITHIN)
        .connect_with(options)
        .await
        .map_err(StoreError::open(&shown))?;
    sqlx::migrate!("src/store/migrations/postgres").run(&pool).await?;
    Ok(Db::Postgres(pool))
}

/// A host that is reached over no network.
fn is_near(host: &str) -> bool {
    host.starts_with('/') || host == "localhost" || host == "127.0.0.1" || host == "::1"
}

/// The session that writes, and by which it is known again should it be lost.
pub(in crate::store) struct Session {
    pub connection: Connection,
    name: Named,
}

/// A session of the server's. Process ids come back; together with its beginning it is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Named {
    pid: i64,
    began: i64,
}

impl Session {
    /// Opens a session that has the lock. `before` is one of ours that was lost: whatever it was
    /// doing is ended first.
    ///
    /// # Errors
    /// If the server cannot be reached, or another process has the lock.
    pub async fn take(pool: &PgPool, before: Option<&Named>) -> Result<Self, StoreError> {
        let options = pool.connect_options();
        let mut connection = Connection::Own(answered(options.connect()).await?);
        if let Some(before) = before {
            connection.all(END, vec![before.pid.into(), before.began.into()]).await?;
        }
        let rows = connection.all(TAKE, Vec::new()).await?;
        let row = rows.first().ok_or(StoreError::Closed)?;
        if row.int("taken")? == 0 {
            let database = options.get_database().unwrap_or(options.get_username());
            return Err(StoreError::InUse { what: format!("the lock of database {database}") });
        }
        let name = Named { pid: row.int("pid")?, began: row.int("began")? };
        Ok(Self { connection, name })
    }

    pub fn name(&self) -> &Named {
        &self.name
    }
}

/// The number of the lock: `jikimi` in ASCII. It is one of its database, not of the server.
const TAKE: &str = "SELECT CAST(pg_try_advisory_lock(117001006181737) AS INTEGER) AS taken, \
     pid, CAST(EXTRACT(EPOCH FROM backend_start) * 1000000 AS BIGINT) AS began \
     FROM pg_stat_activity WHERE pid = pg_backend_pid()";
/// Ends a session and waits, for up to 5 s, until it has ended.
const END: &str = "SELECT CAST(pg_terminate_backend(pid, 5000) AS INTEGER) AS ended \
     FROM pg_stat_activity WHERE pid = $1 \
     AND CAST(EXTRACT(EPOCH FROM backend_start) * 1000000 AS BIGINT) = $2";

pub(super) async fn all(
    to: &mut PgConnection,
    sql: &str,
    args: Vec<Arg>,
) -> Result<Vec<Row>, StoreError> {
    let rows = answered(bound(sql, args).fetch_all(to)).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

pub(super) async fn run(
    to: &mut PgConnection,
    sql: &str,
    args: Vec<Arg>,
) -> Result<u64, StoreError> {
    Ok(answered(bound(sql, args).execute(to)).await?.rows_affected())
}

/// A whole number of any width, as SQLite has them.
pub(super) fn int(row: &PgRow, column: &str) -> Result<Option<i64>, StoreError> {
    match row.try_get(column) {
        Ok(value) => Ok(value),
        Err(sqlx::Error::ColumnDecode { .. }) => {
            Ok(row.try_get::<Option<i32>, _>(column)?.map(i64::from))
        }
        Err(error) => Err(error.into()),
    }
}

type Query<'q> = sqlx::query::Query<'q, Postgres, <Postgres as sqlx::Database>::Arguments>;

fn bound(sql: &str, args: Vec<Arg>) -> Query<'_> {
    // Texts are constants or built from constants; values are always bound.
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for arg in args {
        query = match arg {
            Arg::Int(value) => query.bind(value),
            Arg::Real(value) => query.bind(value),
            Arg::Text(value) => query.bind(value),
            Arg::Shared(value) => query.bind(value),
            Arg::Blob(value) => query.bind(value),
            Arg::Null => query.bind(Nothing),
        };
    }
    query
}

/// A null of whatever type the place wants.
struct Nothing;

impl sqlx::Type<Postgres> for Nothing {
    fn type_info() -> PgTypeInfo {
        // 0 leaves it to the server.
        PgTypeInfo::with_oid(Oid(0))
    }
}

impl Encode<'_, Postgres> for Nothing {
    fn encode_by_ref(&self, _: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        Ok(IsNull::Yes)
    }
}
