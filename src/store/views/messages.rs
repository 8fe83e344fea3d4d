//! What devices said: one device's messages, and what could not be taken as a message.
//!
//! Whoever writes `device_head` owes the history one thing: the heads as of a snapshot are
//! written before its row in `snapshot_done`, since what lies before that row is not scanned.

use std::collections::BTreeMap;

use super::{corrupt, count, int};
use crate::domain::time::Timestamp;
use crate::domain::{DeviceId, Input, Message, SiteId};
use crate::store::{Arg, Db, Row, StoreError, input_of};

/// One message of a device, as the log has it.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageRow {
    pub position: u64,
    pub message: Message,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterRow {
    pub id: i64,
    pub received_at: Timestamp,
    pub topic: Vec<u8>,
    pub reason: String,
    pub sentence: String,
    pub bytes: i64,
    pub payload: Vec<u8>,
}

/// Where a device's chain begins: its newest message after what the heads cover, else its head.
pub const CHAIN_START: &str = "\
    WITH covered(position) AS (
        SELECT max(position) FROM (
            SELECT position FROM device_head WHERE site = $1 AND device = $2
            UNION ALL SELECT position FROM snapshot_done WHERE site = $1
            UNION ALL SELECT 0) AS known)
    SELECT COALESCE(
        (SELECT position FROM input
         WHERE site = $1 AND device = $2 AND position > (SELECT position FROM covered)
         ORDER BY position DESC LIMIT 1),
        (SELECT position FROM device_head WHERE site = $1 AND device = $2)) AS position";

/// What comes before one message of a device in its chain.
pub const CHAIN_BEFORE: &str = "\
    SELECT previous AS position FROM input WHERE site = $1 AND device = $2 AND position = $3";

/// So many messages down the chain, each found by its key.
pub const CHAIN: &str = "\
    WITH RECURSIVE chain(position, previous, kind, device, received_at, at, quality, body, depth)
    AS (SELECT position, previous, kind, device, received_at, at, quality, body,
               CAST(1 AS BIGINT) FROM input
        WHERE site = $1 AND position = $2
        UNION ALL
        SELECT i.position, i.previous, i.kind, i.device, i.received_at, i.at, i.quality, i.body,
               c.depth + 1
        FROM chain c JOIN input i ON i.site = $1 AND i.position = c.previous
        WHERE c.depth < $3)
    SELECT position, kind, device, received_at, at, quality, body FROM chain ORDER BY depth";

/// Whether the log goes back beyond a position.
pub const OLDER: &str = "\
    SELECT position FROM input WHERE site = $1 AND position < $2 LIMIT 1";

/// A device's messages, newest first, from its newest or from below one of them. Nothing if
/// `before` is no message of the device.
///
/// # Errors
/// If the database cannot be read, or holds what this version does not know.
pub async fn history(
    db: &Db,
    site: &SiteId,
    device: &DeviceId,
    before: Option<u64>,
    limit: u32,
) -> Result<Option<Vec<MessageRow>>, StoreError> {
    let mut args: Vec<Arg> = vec![site.as_str().into(), device.as_str().into()];
    let start = match before {
        None => db.first(CHAIN_START, args).await?,
        Some(position) => {
            args.push(int(position));
            db.first(CHAIN_BEFORE, args).await?
        }
    };
    let Some(start) = start else { return cut_off(db, site, before).await };
    let Some(position) = start.int_or_null("position")? else { return Ok(Some(Vec::new())) };
    let args = vec![site.as_str().into(), position.into(), limit.into()];
    let rows = db.all(CHAIN, args).await?;
    rows.iter().map(message).collect::<Result<_, _>>().map(Some)
}

/// What there is before a message that is not there: the end of the history, if the log is kept
/// from after it only, and nothing that can be told otherwise.
async fn cut_off(
    db: &Db,
    site: &SiteId,
    before: Option<u64>,
) -> Result<Option<Vec<MessageRow>>, StoreError> {
    let Some(before) = before else { return Ok(None) };
    let last = db.first(crate::store::recall::LAST, vec![site.as_str().into()]).await?;
    let has_been = last.map(|row| count(&row, "position")).transpose()?.is_some_and(|p| p > before);
    let args = vec![site.as_str().into(), int(before.saturating_add(1))];
    let kept = db.first(OLDER, args).await?.is_some();
    Ok((has_been && !kept).then(Vec::new))
}

pub const DEAD_LETTERS: &str = "\
    SELECT * FROM dead_letter WHERE ($1 = '' OR reason = $1) AND id < $2
    ORDER BY id DESC LIMIT $3";

/// A page of dead letters, newest first; an empty reason means all.
///
/// # Errors
/// If the database cannot be read.
pub async fn dead_letters(
    db: &Db,
    reason: &str,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<DeadLetterRow>, StoreError> {
    let args = vec![reason.into(), before.unwrap_or(i64::MAX).into(), limit.into()];
    db.all(DEAD_LETTERS, args).await?.iter().map(dead_letter).collect()
}

pub const DEAD_LETTER_COUNTS: &str = "\
    SELECT reason, count(*) AS letters FROM dead_letter GROUP BY reason ORDER BY reason";

/// How many dead letters there are of each reason.
///
/// # Errors
/// If the database cannot be read.
pub async fn dead_letter_counts(db: &Db) -> Result<BTreeMap<String, u64>, StoreError> {
    let rows = db.all(DEAD_LETTER_COUNTS, Vec::new()).await?;
    rows.iter().map(|row| Ok((row.text("reason")?, count(row, "letters")?))).collect()
}

fn message(row: &Row) -> Result<MessageRow, StoreError> {
    match input_of(row)? {
        Input::Message(message) => Ok(MessageRow { position: count(row, "position")?, message }),
        other => Err(corrupt("chain")(format!("a `{}` stands in it", other.kind()))),
    }
}

fn dead_letter(row: &Row) -> Result<DeadLetterRow, StoreError> {
    Ok(DeadLetterRow {
        id: row.int("id")?,
        received_at: row.moment("received_at")?,
        topic: row.blob("topic")?,
        reason: row.text("reason")?,
        sentence: row.text("sentence")?,
        bytes: row.int("bytes")?,
        payload: row.blob("payload")?,
    })
}

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    let texts = [CHAIN_START, CHAIN_BEFORE, CHAIN, OLDER, DEAD_LETTERS, DEAD_LETTER_COUNTS];
    texts.map(str::to_owned).to_vec()
}
