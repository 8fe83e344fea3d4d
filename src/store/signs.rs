//! Signs as rows: written from their effects, and taken back at a start.

use std::collections::BTreeMap;

use super::commit::number;
use super::db::{Arg, Db, Row};
use super::recall::{corrupt, named, word};
use super::statements::Statements;
use super::{Store, StoreError};
use crate::domain::time::Timestamp;
use crate::domain::{SignId, SiteId, ZoneId};
use crate::evacuate::{Planned, Sent, Told};
use crate::monitor::Effect;

/// Where an effect stands.
pub(super) struct Place<'a> {
    pub site: &'a SiteId,
    pub position: u64,
    pub ordinal: i64,
    pub step_at: Timestamp,
}

/// Writes what an effect says of a sign.
pub(super) fn write(into: &mut Statements, at: &Place<'_>, effect: &Effect) {
    let site: Arg = at.site.as_str().into();
    match effect {
        Effect::SignPlanned { sign, epoch, show, toward, because } => {
            let mut args = vec![site, sign.as_str().into(), number(*epoch), show.as_str().into()];
            args.extend([text(toward.as_ref()), because.as_str().into(), number(at.position)]);
            into.run(PLAN, args);
        }
        Effect::SignShows { sign, run, epoch, show, toward, until, because } => {
            let said = |args: &mut Vec<Arg>| {
                args.extend([sign.as_str().into(), number(*epoch), show.as_str().into()]);
                args.extend([text(toward.as_ref()), because.as_str().into(), (*until).into()]);
            };
            let mut args = vec![site.clone(), number(at.position)];
            said(&mut args);
            into.run(SHOW, args);
            let mut args = vec![site, number(at.position)];
            said(&mut args);
            args.extend([Arg::Int(at.ordinal), number(*run), at.step_at.into()]);
            into.run(TELL, args);
        }
        Effect::SignConfirmed { sign, epoch, show } => {
            let mut args = vec![site, sign.as_str().into(), number(*epoch), show.as_str().into()];
            args.push(at.step_at.into());
            into.run(ANSWER, args.clone());
            args.push(number(at.position));
            into.run(CONFIRM, args);
        }
        _ => {}
    }
}

fn text(zone: Option<&ZoneId>) -> Arg {
    zone.map(ZoneId::as_str).into()
}

/// What a sign's row says, for whoever shows it.
#[derive(Debug, Clone)]
pub struct SignRow {
    pub sign: SignId,
    pub planned: Told,
    /// What it was told last, and until when it shows that.
    pub told: Option<(Told, Timestamp)>,
    /// The epoch it answered last.
    pub shown_epoch: Option<u64>,
    pub shown: Option<String>,
}

/// Every sign of a site that was ever told anything.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn signs(db: &Db, site: &SiteId) -> Result<Vec<SignRow>, StoreError> {
    let rows = db.all(STATES, vec![site.as_str().into()]).await?;
    rows.iter().map(sign_row).collect()
}

/// Since when each source has stood behind unresolved incidents, by source: a device or a zone.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn standing_since(
    db: &Db,
    site: &SiteId,
) -> Result<BTreeMap<String, Timestamp>, StoreError> {
    let rows = db.all(SINCE, vec![site.as_str().into()]).await?;
    rows.iter().map(|row| Ok((row.text("source")?, row.moment("since")?))).collect()
}

impl Store {
    /// What every sign is to show, and what the newest run told them, oldest first.
    pub(super) async fn board(
        &self,
        site: &SiteId,
    ) -> Result<(Vec<Planned>, Vec<Sent>), StoreError> {
        let planned = signs(&self.db, site).await?.into_iter();
        let planned = planned.map(|row| Planned { sign: row.sign, told: row.planned });
        let rows = self.db.all(NEWEST_RUN, vec![site.as_str().into()]).await?;
        let sent = rows.iter().map(sent_row).collect::<Result<_, _>>()?;
        Ok((planned.collect(), sent))
    }
}

fn sign_row(row: &Row) -> Result<SignRow, StoreError> {
    let until = row.moment_or_null("until")?;
    let told = until.map(|until| Ok::<_, StoreError>((told(row, "")?, until))).transpose()?;
    let shown_epoch = row.int_or_null("shown_epoch")?;
    Ok(SignRow {
        sign: named(row, "sign")?,
        planned: self::told(row, "planned_")?,
        told,
        shown_epoch: shown_epoch
            .map(|epoch| u64::try_from(epoch).map_err(corrupt("epoch")))
            .transpose()?,
        shown: row.text_or_null("shown")?,
    })
}

fn sent_row(row: &Row) -> Result<Sent, StoreError> {
    Ok(Sent {
        sign: named(row, "sign")?,
        run: u64::try_from(row.int("run")?).map_err(corrupt("run"))?,
        told: told(row, "")?,
        at: row.moment("at")?,
        until: row.moment("until")?,
        shown: row.moment_or_null("shown_at")?.is_some(),
    })
}

fn told(row: &Row, prefix: &str) -> Result<Told, StoreError> {
    let column = |name: &str| format!("{prefix}{name}");
    let toward = row.text_or_null(&column("toward"))?;
    Ok(Told {
        epoch: u64::try_from(row.int(&column("epoch"))?).map_err(corrupt("epoch"))?,
        show: word(row, &column("show"))?,
        toward: toward.map(|zone| zone.parse().map_err(corrupt("id"))).transpose()?,
        because: row.text(&column("because"))?,
    })
}

const PLAN: &str = "INSERT INTO sign_state (site, sign, planned_epoch, planned_show, \
     planned_toward, planned_because, position) VALUES ($1, $2, $3, $4, $5, $6, $7) \
     ON CONFLICT (site, sign) DO UPDATE SET planned_epoch = excluded.planned_epoch, \
     planned_show = excluded.planned_show, planned_toward = excluded.planned_toward, \
     planned_because = excluded.planned_because, position = excluded.position";
const SHOW: &str = "UPDATE sign_state SET position = $2, epoch = $4, show = $5, toward = $6, \
     because = $7, until = $8 WHERE site = $1 AND sign = $3";
const TELL: &str = "INSERT INTO sign_told (site, position, sign, epoch, show, toward, because, \
     until, ordinal, run, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const ANSWER: &str = "UPDATE sign_told SET shown_at = $5 WHERE site = $1 AND sign = $2 \
     AND epoch = $3 AND show = $4 AND shown_at IS NULL";
const CONFIRM: &str = "UPDATE sign_state SET shown_epoch = $3, shown = $4, shown_at = $5, \
     position = $6 WHERE site = $1 AND sign = $2";
const STATES: &str = "SELECT sign, planned_epoch, planned_show, planned_toward, planned_because, \
     epoch, show, toward, until, because, shown_epoch, shown FROM sign_state WHERE site = $1 \
     ORDER BY sign";
const NEWEST_RUN: &str = "SELECT sign, run, epoch, show, toward, because, at, until, shown_at \
     FROM sign_told WHERE site = $1 AND run = (SELECT MAX(run) FROM sign_told WHERE site = $1) \
     ORDER BY position, ordinal";

const SINCE: &str = "SELECT e.source AS source, MIN(e.at) AS since FROM evidence e \
     JOIN incident i ON i.site = e.site AND i.kind = e.kind AND i.place = e.place AND i.n = e.n \
     WHERE e.site = $1 AND i.state <> 'resolved' AND e.ended_at IS NULL GROUP BY e.source";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [PLAN, SHOW, TELL, ANSWER, CONFIRM, STATES, NEWEST_RUN, SINCE].map(str::to_owned).to_vec()
}
