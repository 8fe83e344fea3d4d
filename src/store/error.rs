//! Why the database did not do what it was asked.

/// A database's own words are for the log. Nobody else is shown them.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("`{url}` names no database we know; say sqlite:PATH or postgres://…")]
    UnknownEngine { url: String },
    #[error("the folder {folder} for the database cannot be made; name one that is writable")]
    Folder { folder: String, source: std::io::Error },
    #[error("the database {url} cannot be opened")]
    Open { url: String, source: sqlx::Error },
    #[error("the lock {file} cannot be made; the database's folder has to be writable")]
    Lock { file: String, source: std::io::Error },
    #[error(
        "another jikimi runs on this database and holds {what}; stop it, or use another database"
    )]
    InUse { what: String },
    #[error("the database did not answer in time")]
    Silent,
    #[error("another jikimi has written to this database meanwhile; what is known starts anew")]
    Overtaken,
    #[error("the tables cannot be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database refused a statement")]
    Statement(#[from] sqlx::Error),
    #[error("a stored {what} cannot be read: {detail}")]
    Corrupt { what: &'static str, detail: String },
    #[error("the writer has stopped")]
    Closed,
}

/// SQLite's primary result codes that speak of the machine and not of what was written: busy,
/// locked, out of memory, read-only, interrupted, I/O error, full, cannot open.
const OF_THE_MACHINE: [i64; 8] = [5, 6, 7, 8, 9, 10, 13, 14];

/// Classes of PostgreSQL's codes that speak of what was written: data exception (a NUL in a text
/// is one), integrity constraint violation, program limit exceeded.
const OF_THE_DATA: [&str; 3] = ["22", "23", "54"];

impl StoreError {
    pub(super) fn open(url: &str) -> impl FnOnce(sqlx::Error) -> Self {
        let url = url.to_owned();
        move |source| Self::Open { url, source }
    }

    /// Whether the same write would be refused again on a healthy database: what was written is
    /// at fault, not the machine.
    #[must_use]
    pub fn is_about_the_data(&self) -> bool {
        let Self::Statement(sqlx::Error::Database(error)) = self else {
            return matches!(self, Self::Corrupt { .. });
        };
        if let Some(error) = error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>() {
            let code = error.code();
            // A row for which there is no partition breaks no constraint that has a name.
            let homeless = code == "23514" && error.constraint().is_none();
            return OF_THE_DATA.iter().any(|class| code.starts_with(class)) && !homeless;
        }
        let code = error.code().and_then(|code| code.parse::<i64>().ok());
        !code.is_some_and(|code| OF_THE_MACHINE.contains(&(code & 0xff)))
    }
}
