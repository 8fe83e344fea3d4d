//! The trail's rows: each entry takes its place in the transaction of what it tells of.
//!
//! The head's row is updated first, which makes whoever else appends wait until this transaction
//! ends: a chain has one end. So also a command beside the running service may append.

use super::db::{Arg, Connection, Db, Row};
use super::writer::Text;
use super::{Store, StoreError};
use crate::audit::chain::{Ends, Verifier};
use crate::audit::head::Written;
use crate::audit::{Entry, KEPT, Row as Link};
use crate::clock::wall_now;
use crate::domain::time::{SignedDuration, Timestamp, whole_microseconds};

/// Rows stay a little longer than they have to, so that a head that was written outside days
/// after its row never names one that has gone in its time.
const SLACK: SignedDuration = SignedDuration::from_hours(24 * 31);
/// Rows of one look.
const PAGE: i64 = 1000;

/// Small writes of one transaction, with who did them.
#[derive(Debug, Default, Clone)]
pub struct Change {
    pub(super) statements: Vec<(Text, Vec<Arg>)>,
    pub(super) trail: Vec<Entry>,
}

impl Change {
    /// Nothing but the entry itself: somebody looked.
    #[must_use]
    pub fn seen(entry: Entry) -> Self {
        Self { statements: Vec::new(), trail: vec![entry] }
    }

    #[must_use]
    pub fn with(mut self, sql: &'static str, args: Vec<Arg>) -> Self {
        self.statements.push((Text::from(sql), args));
        self
    }

    #[must_use]
    pub fn told(mut self, entry: Entry) -> Self {
        self.trail.push(entry);
        self
    }
}

/// Adds entries to the chain, within the transaction that is open.
///
/// # Errors
/// If the database refuses it.
pub(super) async fn append(into: &mut Connection, trail: &[Entry]) -> Result<(), StoreError> {
    if trail.is_empty() {
        return Ok(());
    }
    let rows = into.all(TAKE_HEAD, vec![Arg::Int(0)]).await?;
    let head = rows.first().ok_or_else(headless)?;
    let (mut n, mut hash) = (head.int("n")?, head.text("hash")?);
    let at = whole_microseconds(wall_now());
    for entry in trail {
        let link = Link::behind(n, &hash, at, entry);
        (n, hash) = (link.n, link.hash.clone());
        into.run(APPEND, args_of(link)).await?;
    }
    into.run(MOVE_HEAD, vec![n.into(), hash.into()]).await.map(drop)
}

fn headless() -> StoreError {
    StoreError::Corrupt { what: "audit head", detail: "it is not there".to_owned() }
}

fn args_of(link: Link) -> Vec<Arg> {
    vec![
        link.n.into(),
        link.at.into(),
        link.account.into(),
        link.source.into(),
        link.action.into(),
        link.site.into(),
        link.subject.into(),
        link.detail.into(),
        link.hash.into(),
    ]
}

impl Store {
    /// Adds what somebody saw or did to the trail; it stands when this comes back.
    ///
    /// # Errors
    /// If the database refuses it: what would have been shown must not be shown then.
    pub async fn audit(&self, entry: Entry) -> Result<(), StoreError> {
        self.change(Change::seen(entry)).await.map(drop)
    }

    /// Lets go of rows that are older at `now` than is kept; how many went.
    ///
    /// # Errors
    /// If the database refuses it.
    pub async fn drop_old_trail(&self, now: Timestamp) -> Result<u64, StoreError> {
        let Ok(until) = now.checked_sub(KEPT + SLACK) else { return Ok(0) };
        let last = self.db.first(LAST_OLD, vec![until.into()]).await?;
        let Some(last) = last else { return Ok(0) };
        let (n, hash) = (last.int("n")?, last.text("hash")?);
        let told = Entry::new("jikimi", None, crate::audit::Action::Pruned).of(n.to_string());
        let change = Change::default()
            .with(MOVE_BASE, vec![n.into(), hash.into()])
            .with(DROP_OLD, vec![n.into()])
            .told(told);
        self.change(change).await.map(|rows| rows.saturating_sub(1))
    }
}

/// A change beside the running service, by a command of its own process.
///
/// # Errors
/// If the database refuses it.
pub async fn change_beside(db: &Db, change: Change) -> Result<u64, StoreError> {
    let mut connection = db.connection().await?;
    let written = super::writer::transact_all(&mut connection, change).await;
    if written.is_err() {
        drop(connection.run("ROLLBACK", Vec::new()).await);
    }
    written
}

/// Where the chain ends, as the database says.
///
/// # Errors
/// If it cannot be read.
pub async fn trail_ends(db: &Db) -> Result<Ends, StoreError> {
    let row = db.first(ENDS, Vec::new()).await?.ok_or_else(headless)?;
    Ok(Ends {
        n: row.int("n")?,
        hash: row.text("hash")?,
        base_n: row.int("base_n")?,
        base_hash: row.text("base_hash")?,
    })
}

/// Follows the whole chain, beside what was written outside.
///
/// # Errors
/// If the database cannot be read.
pub async fn follow_trail(db: &Db, verifier: &mut Verifier<'_>) -> Result<u64, StoreError> {
    let (mut after, mut rows) = (i64::MIN, 0);
    loop {
        let page = db.all(PAGE_OF, vec![after.into(), PAGE.into()]).await?;
        for row in &page {
            let link = link(row)?;
            after = link.n;
            verifier.take(&link);
        }
        rows += page.len() as u64;
        if page.is_empty() {
            return Ok(rows);
        }
    }
}

/// The rows from one moment to another, in their order.
///
/// # Errors
/// If the database cannot be read.
pub async fn trail_between(
    db: &Db,
    from: Timestamp,
    until: Timestamp,
    mut each: impl FnMut(&Link),
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let args = vec![from.into(), until.into(), after.into(), PAGE.into()];
        let page = db.all(BETWEEN, args).await?;
        for row in &page {
            let link = link(row)?;
            after = link.n;
            each(&link);
        }
        if page.is_empty() {
            return Ok(());
        }
    }
}

/// Rows before one, the newest first; an empty account or action is every one.
///
/// # Errors
/// If the database cannot be read.
pub async fn newest_trail(
    db: &Db,
    (account, action): (&str, &str),
    before: i64,
    limit: u32,
) -> Result<Vec<Link>, StoreError> {
    let args = vec![before.into(), account.into(), action.into(), i64::from(limit).into()];
    db.all(NEWEST, args).await?.iter().map(link).collect()
}

/// The head, as it is written outside.
///
/// # Errors
/// If the database cannot be read.
pub async fn trail_head(db: &Db) -> Result<Written, StoreError> {
    let ends = trail_ends(db).await?;
    Ok(Written { at: whole_microseconds(wall_now()), n: ends.n, hash: ends.hash })
}

fn link(row: &Row) -> Result<Link, StoreError> {
    Ok(Link {
        n: row.int("n")?,
        at: row.moment("at")?,
        account: row.text("account")?,
        source: row.text("source")?,
        action: row.text("action")?,
        site: row.text("site")?,
        subject: row.text("subject")?,
        detail: row.text("detail")?,
        hash: row.text("hash")?,
    })
}

const TAKE_HEAD: &str = "UPDATE audit_head SET n = n + $1 WHERE only_one = 1 RETURNING n, hash";
const APPEND: &str = "INSERT INTO audit (n, at, account, source, action, site, subject, detail, \
     hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const MOVE_HEAD: &str = "UPDATE audit_head SET n = $1, hash = $2 WHERE only_one = 1";
const LAST_OLD: &str = "SELECT n, hash FROM audit WHERE at < $1 ORDER BY n DESC LIMIT 1";
const MOVE_BASE: &str = "UPDATE audit_head SET base_n = $1, base_hash = $2 WHERE only_one = 1";
const DROP_OLD: &str = "DELETE FROM audit WHERE n <= $1";
const ENDS: &str = "SELECT n, hash, base_n, base_hash FROM audit_head WHERE only_one = 1";
const PAGE_OF: &str = "SELECT n, at, account, source, action, site, subject, detail, hash \
     FROM audit WHERE n > $1 ORDER BY n LIMIT $2";
const BETWEEN: &str = "SELECT n, at, account, source, action, site, subject, detail, hash \
     FROM audit WHERE at >= $1 AND at < $2 AND n > $3 ORDER BY n LIMIT $4";

const NEWEST: &str = "SELECT n, at, account, source, action, site, subject, detail, hash \
     FROM audit WHERE n < $1 AND ($2 = '' OR account = $2) AND ($3 = '' OR action = $3) \
     ORDER BY n DESC LIMIT $4";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [TAKE_HEAD, APPEND, MOVE_HEAD, LAST_OLD, MOVE_BASE, DROP_OLD, ENDS, PAGE_OF, BETWEEN, NEWEST]
        .map(str::to_owned)
        .to_vec()
}
