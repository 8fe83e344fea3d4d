//! Statements that are run one after the other, in one round trip to a server.
//!
//! Effects are many small statements whose order counts. SQLite is asked for each; it is in the
//! same process. A PostgreSQL server may be far away, and is given all of them at once: its
//! function `jikimi_run` (a migration) writes each value into its text with the server's own
//! quoting and runs the texts in their order. The caller owes a transaction around it, and texts
//! that are constants and have a `$` only before the number of a value.

use std::fmt::Write as _;

use super::StoreError;
use super::db::{Arg, Connection, answered};
use super::writer::Text;

/// What is sent at once; so many take a server a fraction of a second.
const SENT_AT_ONCE: usize = 1000;

/// `$1` the texts, `$2` how many values come before those of each, `$3` the values of all, `$4`
/// the type of each.
const RUN: &str = "SELECT jikimi_run($1::text[], $2::integer[], $3::text[], $4::text[]) AS touched";

/// A list of statements to run.
#[derive(Debug, Default)]
pub(super) struct Statements(Vec<(Text, Vec<Arg>)>);

impl From<Vec<(Text, Vec<Arg>)>> for Statements {
    fn from(all: Vec<(Text, Vec<Arg>)>) -> Self {
        Self(all)
    }
}

impl Statements {
    /// Adds one to the end.
    pub fn run(&mut self, sql: impl Into<Text>, args: Vec<Arg>) {
        self.0.push((sql.into(), args));
    }

    /// Runs all of them in their order; how many rows they touched.
    ///
    /// # Errors
    /// If the database refuses one; some before it may have been run then.
    pub async fn write(self, into: &mut Connection) -> Result<u64, StoreError> {
        let mut touched = 0;
        match into {
            Connection::Sqlite(_) => {
                for (sql, args) in self.0 {
                    touched += into.run(&sql, args).await?;
                }
            }
            Connection::Postgres(into) => {
                for some in self.0.chunks(SENT_AT_ONCE) {
                    touched += at_once(into, some).await?;
                }
            }
            Connection::Own(into) => {
                for some in self.0.chunks(SENT_AT_ONCE) {
                    touched += at_once(into, some).await?;
                }
            }
        }
        Ok(touched)
    }
}

async fn at_once(
    into: &mut sqlx::PgConnection,
    some: &[(Text, Vec<Arg>)],
) -> Result<u64, StoreError> {
    let texts: Vec<&str> = some.iter().map(|(sql, _)| &**sql).collect();
    let mut before = Vec::with_capacity(some.len());
    let (mut values, mut kinds) = (Vec::new(), Vec::new());
    for (_, args) in some {
        before.push(i32::try_from(values.len()).unwrap_or(i32::MAX));
        for arg in args {
            let (value, kind) = worded(arg);
            values.push(value);
            kinds.push(kind);
        }
    }
    let query = sqlx::query_scalar(RUN).bind(texts).bind(before).bind(values).bind(kinds);
    let touched: i64 = answered(query.fetch_one(into)).await?;
    Ok(touched.unsigned_abs())
}

/// A value as PostgreSQL reads it, and its type there.
fn worded(arg: &Arg) -> (Option<String>, &'static str) {
    match arg {
        Arg::Int(value) => (Some(value.to_string()), "bigint"),
        Arg::Real(value) => (Some(value.to_string()), "double precision"),
        Arg::Text(value) => (Some(value.clone()), "text"),
        Arg::Shared(value) => (Some(value.to_string()), "text"),
        Arg::Blob(value) => (Some(hex(value)), "bytea"),
        Arg::Null => (None, "text"),
    }
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 + 2 * bytes.len());
    text.push_str("\\x");
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Every text here that the engine is asked, for the test that prepares each on it.
#[cfg(test)]
pub(super) fn texts(postgres: bool) -> Vec<String> {
    if postgres { vec![RUN.to_owned()] } else { Vec::new() }
}
