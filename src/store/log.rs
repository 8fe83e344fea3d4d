//! The hot insert: the inputs of a batch into the log, in one round trip, in each engine's way.
//!
//! SQLite is given one statement with a place for more rows than there are: what is not bound is
//! null, and a row without a site is none. So a batch of any size is one of a few texts, each
//! prepared once, and with its BEGIN and COMMIT it is one errand to the thread that owns the file.
//! The parameters have no numbers, since SQLite finds the name of each by walking through those of
//! all before it. PostgreSQL is given a column of values each (UNNEST).

use std::sync::{Arc, LazyLock};

use sqlx::{AssertSqlSafe, PgConnection, SqliteConnection};

use super::body::{body, settled};
use super::db::{Connection, answered};
use super::{Stepped, StoreError};
use crate::domain::time::Timestamp;
use crate::domain::{Input, Message, TimeQuality};

/// Rows a statement has places for. SQLite takes 32,766 values a statement.
const PLACES: [usize; 6] = [1, 8, 64, 256, 512, 1024];
const COLUMNS: &str =
    "site, position, step_at, kind, device, received_at, at, quality, previous, body";

/// Writes inputs within a transaction that somebody else ends.
pub(super) async fn write(into: &mut Connection, steps: &[Stepped]) -> Result<(), StoreError> {
    for rows in steps.chunks(PLACES[PLACES.len() - 1]) {
        match into {
            Connection::Sqlite(into) => to_sqlite(into, rows, &WITHIN).await?,
            Connection::Postgres(into) => to_postgres(into, rows).await?,
            Connection::Own(into) => to_postgres(into, rows).await?,
        }
    }
    Ok(())
}

/// Writes inputs as a transaction of their own, if they are few enough to be one statement;
/// whether it did. After an error the transaction may still be open.
pub(super) async fn write_alone(
    into: &mut Connection,
    steps: &[Stepped],
) -> Result<bool, StoreError> {
    if steps.is_empty() || steps.len() > PLACES[PLACES.len() - 1] {
        return Ok(false);
    }
    match into {
        Connection::Sqlite(into) => to_sqlite(into, steps, &ALONE).await?,
        // A single statement is a transaction.
        Connection::Postgres(into) => to_postgres(into, steps).await?,
        Connection::Own(into) => to_postgres(into, steps).await?,
    }
    Ok(true)
}

// ── SQLite ──

type Texts = LazyLock<Vec<Arc<str>>>;

static WITHIN: Texts = LazyLock::new(|| PLACES.map(|places| insert(places).into()).to_vec());
static ALONE: Texts = LazyLock::new(|| {
    let alone = |places| format!("BEGIN IMMEDIATE; {}; COMMIT", insert(places)).into();
    PLACES.map(alone).to_vec()
});

fn insert(places: usize) -> String {
    let row = "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let rows = vec![row; places].join(", ");
    format!("INSERT INTO input ({COLUMNS}) SELECT * FROM (VALUES {rows}) WHERE column1 IS NOT NULL")
}

async fn to_sqlite(
    into: &mut SqliteConnection,
    rows: &[Stepped],
    texts: &Texts,
) -> Result<(), StoreError> {
    let fits = PLACES.partition_point(|places| *places < rows.len());
    let mut query = sqlx::query(AssertSqlSafe(Arc::clone(&texts[fits])));
    for row in rows {
        let step = &row.step;
        let noted = step.noted;
        query = query.bind(row.site.shared()).bind(number(step.position));
        query = query.bind(step.step_at.as_microsecond()).bind(word(row.input.kind()));
        query = match &row.input {
            Input::Message(message) => {
                let (at, quality) = settled(message, noted);
                query
                    .bind(message.device.shared())
                    .bind(message.received_at.as_microsecond())
                    .bind(at.as_microsecond())
                    .bind(word(quality.as_str()))
                    .bind(noted.and_then(|noted| noted.previous).map(number))
            }
            _ => query
                .bind(None::<i64>)
                .bind(None::<i64>)
                .bind(None::<i64>)
                .bind(None::<i64>)
                .bind(None::<i64>),
        };
        query = query.bind(body(&row.input, noted)?);
    }
    query.execute(into).await?;
    Ok(())
}

/// Words of which there are few, each allocated once.
fn word(text: &'static str) -> Arc<str> {
    const FEW: [&str; 9] = [
        "reading",
        "device",
        "receipt",
        "alarm",
        "late",
        "status",
        "wake",
        "wrong-clock",
        "clamped",
    ];
    static WORDS: LazyLock<[Arc<str>; FEW.len()]> = LazyLock::new(|| FEW.map(Arc::from));
    let known = WORDS.iter().find(|word| ***word == *text);
    known.map_or_else(|| Arc::from(text), Arc::clone)
}

fn number(position: u64) -> i64 {
    i64::try_from(position).unwrap_or(i64::MAX)
}

// ── PostgreSQL ──

const UNNEST: &str = "INSERT INTO input (site, position, step_at, kind, device, received_at, at, \
     quality, previous, body) SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::bigint[], \
     $4::text[], $5::text[], $6::bigint[], $7::bigint[], $8::text[], $9::bigint[], $10::text[])";

async fn to_postgres(into: &mut PgConnection, rows: &[Stepped]) -> Result<(), StoreError> {
    let messages: Vec<Option<&Message>> = column(rows, |row| match &row.input {
        Input::Message(message) => Some(message),
        _ => None,
    });
    let settled: Vec<Option<(Timestamp, TimeQuality)>> = messages
        .iter()
        .zip(rows)
        .map(|(message, row)| message.map(|message| settled(message, row.step.noted)))
        .collect();
    let bodies = rows.iter().map(|row| body(&row.input, row.step.noted));
    let bodies: Vec<String> = bodies.collect::<Result<_, _>>()?;
    let query = sqlx::query(UNNEST)
        .bind(column(rows, |row| row.site.as_str()))
        .bind(column(rows, |row| number(row.step.position)))
        .bind(column(rows, |row| row.step.step_at.as_microsecond()))
        .bind(column(rows, |row| row.input.kind()))
        .bind(column(&messages, |message| message.map(|message| message.device.as_str())))
        .bind(column(&messages, |message| message.map(|m| m.received_at.as_microsecond())))
        .bind(column(&settled, |settled| settled.map(|(at, _)| at.as_microsecond())))
        .bind(column(&settled, |settled| settled.map(|(_, quality)| quality.as_str())))
        .bind(column(rows, |row| row.step.noted.and_then(|noted| noted.previous).map(number)))
        .bind(bodies);
    answered(query.execute(into)).await?;
    Ok(())
}

fn column<'a, R, T>(rows: &'a [R], of: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(of).collect()
}

/// Every text here that the engine is asked, for the test that prepares each on it.
#[cfg(test)]
pub(super) fn texts(postgres: bool) -> Vec<String> {
    match postgres {
        true => vec![UNNEST.to_owned()],
        false => WITHIN.iter().map(ToString::to_string).collect(),
    }
}
