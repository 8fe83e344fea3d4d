//! What people have done about incidents: remarks, checklists, who is told next; and silences.

use super::incidents::Parts;
use super::{count, int, json};
use crate::domain::SiteId;
use crate::domain::time::Timestamp;
use crate::incident::{Role, Rung, Silence};
use crate::store::response::silence;
use crate::store::{Db, Row, StoreError};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentRow {
    pub at: Timestamp,
    pub actor: String,
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TickRow {
    pub item: String,
    pub done: bool,
    pub at: Timestamp,
    pub actor: String,
}

/// A step of an incident's ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    pub run: u64,
    pub rung: Rung,
    pub due_at: Option<Timestamp>,
    pub taken_at: Option<Timestamp>,
    /// It was never taken, since somebody had it by then.
    pub stopped_at: Option<Timestamp>,
    /// Who was told.
    pub told: Vec<Role>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SilenceRow {
    pub silence: Silence,
    pub set_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    pub ended_by: Option<String>,
}

pub const COMMENTS: &str = "\
    SELECT * FROM (
        SELECT c.*, row_number() OVER (PARTITION BY c.site, c.kind, c.place, c.n
                                       ORDER BY c.position DESC, c.ordinal DESC) AS newest
        FROM incident i JOIN incident_comment c
            ON c.site = i.site AND c.kind = i.kind AND c.place = i.place AND c.n = i.n
        WHERE {chosen}) AS ranked
    WHERE newest <= {most} ORDER BY site, position, ordinal";

pub const TICKS: &str = "\
    SELECT t.* FROM incident i JOIN incident_tick t
        ON t.site = i.site AND t.kind = i.kind AND t.place = i.place AND t.n = i.n
    WHERE {chosen} ORDER BY t.site, t.kind, t.place, t.n, t.at, t.item";

pub const STEPS: &str = "\
    SELECT * FROM (
        SELECT s.*, row_number() OVER (PARTITION BY s.site, s.kind, s.place, s.n
                                       ORDER BY s.run DESC, s.step DESC) AS newest
        FROM incident i JOIN ladder_step s
            ON s.site = i.site AND s.kind = i.kind AND s.place = i.place AND s.n = i.n
        WHERE {chosen}) AS ranked
    WHERE newest <= {most} ORDER BY site, kind, place, n, run, step";

/// Adds a row of one of these texts to its incident's parts.
pub(super) fn add(text: &str, row: &Row, parts: &mut Parts) -> Result<(), StoreError> {
    match text {
        COMMENTS => parts.comments.push(CommentRow {
            at: row.moment("at")?,
            actor: row.text("actor")?,
            text: row.text("words")?,
        }),
        TICKS => parts.ticks.push(TickRow {
            item: row.text("item")?,
            done: row.int("done")? != 0,
            at: row.moment("at")?,
            actor: row.text("actor")?,
        }),
        _ => parts.steps.push(StepRow {
            run: count(row, "run")?,
            rung: json(row, "rung")?,
            due_at: row.moment_or_null("due_at")?,
            taken_at: row.moment_or_null("taken_at")?,
            stopped_at: row.moment_or_null("stopped_at")?,
            told: match row.text_or_null("roles")? {
                Some(_) => json(row, "roles")?,
                None => Vec::new(),
            },
        }),
    }
    Ok(())
}

pub const SILENCES: &str = "\
    SELECT * FROM silence WHERE site = $1 AND (ended_at IS NULL OR n > $2)
    ORDER BY n DESC";
pub const SILENCE_COUNT: &str = "SELECT MAX(n) AS n FROM silence WHERE site = $1";
pub const SILENCES_CHANGED: &str = "\
    SELECT n FROM silence WHERE site = $1 AND updated_position > $2 LIMIT 1";

/// How many silences that are over are shown.
const OVER_SHOWN_MAX: i64 = 50;

/// A site's silences, the newest first: all that are not over, and the last that are.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn silences(db: &Db, site: &SiteId) -> Result<Vec<SilenceRow>, StoreError> {
    let last = db.first(SILENCE_COUNT, vec![site.as_str().into()]).await?;
    let last = last.map_or(Ok(None), |row| row.int_or_null("n"))?.unwrap_or(0);
    let args = vec![site.as_str().into(), (last - OVER_SHOWN_MAX).into()];
    let rows = db.all(SILENCES, args).await?;
    let row = |row: &Row| {
        Ok(SilenceRow {
            silence: silence(row)?,
            set_at: row.moment("set_at")?,
            ended_at: row.moment_or_null("ended_at")?,
            ended_by: row.text_or_null("ended_by")?,
        })
    };
    rows.iter().map(row).collect()
}

/// Whether a site's silences have changed after a position.
///
/// # Errors
/// If the database cannot be read.
pub async fn silences_changed(db: &Db, site: &SiteId, position: u64) -> Result<bool, StoreError> {
    let args = vec![site.as_str().into(), int(position)];
    Ok(db.first(SILENCES_CHANGED, args).await?.is_some())
}

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    // The others are prepared with the incidents', which put in what is chosen.
    [SILENCES, SILENCE_COUNT, SILENCES_CHANGED].map(str::to_owned).to_vec()
}
