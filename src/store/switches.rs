//! Orders to devices as rows: written from their effects, and taken back at a start.

use super::commit::number;
use super::db::{Arg, Db, Row};
use super::recall::{corrupt, named, word};
use super::response::keys;
use super::signs::Place;
use super::statements::Statements;
use super::{Store, StoreError};
use crate::domain::time::Timestamp;
use crate::domain::{SiteId, SwitchId, Words};
use crate::incident::IncidentId;
use crate::monitor::{Effect, Ordered};

/// Writes what an effect says of a switch.
pub(super) fn write(into: &mut Statements, at: &Place<'_>, effect: &Effect) {
    let site: Arg = at.site.as_str().into();
    match effect {
        Effect::SwitchOrdered { switch, epoch, does, incident, until, say, because } => {
            let mut args = vec![site, switch.as_str().into(), number(*epoch)];
            args.push(does.as_str().into());
            args.extend(keys(incident).into_iter().skip(1));
            args.push((*until).into());
            let say = say.as_ref();
            args.extend([say.map(|of| of.en.as_str()).into(), say.map(|of| of.ko.as_str()).into()]);
            args.extend([because.en.as_str().into(), because.ko.as_str().into()]);
            args.extend([at.step_at.into(), number(at.position)]);
            into.run(ORDER, args);
        }
        Effect::SwitchWithdrawn { switch, because, .. } => {
            let mut args = vec![site, switch.as_str().into(), at.step_at.into()];
            args.extend([because.en.as_str().into(), because.ko.as_str().into()]);
            args.push(number(at.position));
            into.run(WITHDRAW, args);
        }
        _ => {}
    }
}

/// What one device was told last, for whoever shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchRow {
    pub switch: SwitchId,
    pub order: Ordered,
    pub ordered_at: Timestamp,
    /// When it ceased to hold, and why.
    pub withdrawn: Option<(Timestamp, Words)>,
}

/// Every device of a site that was ever told anything.
///
/// # Errors
/// If the database cannot be read or holds what cannot be understood.
pub async fn switches(db: &Db, site: &SiteId) -> Result<Vec<SwitchRow>, StoreError> {
    let rows = db.all(ORDERS, vec![site.as_str().into()]).await?;
    rows.iter().map(|row| switch_row(site, row)).collect()
}

impl Store {
    /// The orders that hold, and the number of the last that was given.
    pub(super) async fn orders(
        &self,
        site: &SiteId,
    ) -> Result<(Vec<(SwitchId, Ordered)>, u64), StoreError> {
        let rows = switches(&self.db, site).await?;
        let last = rows.iter().map(|row| row.order.epoch).max().unwrap_or_default();
        let held = rows.into_iter().filter(|row| row.withdrawn.is_none());
        Ok((held.map(|row| (row.switch, row.order)).collect(), last))
    }
}

pub(super) fn switch_row(site: &SiteId, row: &Row) -> Result<SwitchRow, StoreError> {
    let n = u32::try_from(row.int("n")?).map_err(corrupt("n"))?;
    let (kind, place) = (named(row, "kind")?, named(row, "place")?);
    let withdrawn = row.moment_or_null("withdrawn_at")?;
    let order = Ordered {
        epoch: u64::try_from(row.int("epoch")?).map_err(corrupt("epoch"))?,
        does: word(row, "does")?,
        incident: IncidentId { site: site.clone(), kind, place, n },
        until: row.moment("until")?,
        say: words(row, ("say_ko", "say"))?,
        because: words(row, ("because_ko", "because"))?.unwrap_or_default(),
    };
    let why = words(row, ("withdrawn_because_ko", "withdrawn_because"))?.unwrap_or_default();
    Ok(SwitchRow {
        switch: named(row, "switch_id")?,
        order,
        ordered_at: row.moment("ordered_at")?,
        withdrawn: withdrawn.map(|at| (at, why)),
    })
}

fn words(row: &Row, (ko, en): (&str, &str)) -> Result<Option<Words>, StoreError> {
    let both = row.text_or_null(ko)?.zip(row.text_or_null(en)?);
    Ok(both.map(|(ko, en)| Words { ko, en }))
}

/// What is told again keeps the moment at which it was first told.
const ORDER: &str = "INSERT INTO switch_order (site, switch_id, epoch, does, kind, place, n, \
     until, say, say_ko, because, because_ko, ordered_at, position) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) \
     ON CONFLICT (site, switch_id) DO UPDATE SET ordered_at = CASE \
     WHEN switch_order.epoch = excluded.epoch THEN switch_order.ordered_at \
     ELSE excluded.ordered_at END, epoch = excluded.epoch, does = excluded.does, \
     kind = excluded.kind, place = excluded.place, n = excluded.n, until = excluded.until, \
     say = excluded.say, say_ko = excluded.say_ko, because = excluded.because, \
     because_ko = excluded.because_ko, withdrawn_at = NULL, withdrawn_because = NULL, \
     withdrawn_because_ko = NULL, position = excluded.position";
const WITHDRAW: &str = "UPDATE switch_order SET withdrawn_at = $3, withdrawn_because = $4, \
     withdrawn_because_ko = $5, position = $6 WHERE site = $1 AND switch_id = $2";
const ORDERS: &str = "SELECT switch_id, epoch, does, kind, place, n, until, say, say_ko, because, \
     because_ko, ordered_at, withdrawn_at, withdrawn_because, withdrawn_because_ko \
     FROM switch_order WHERE site = $1 ORDER BY switch_id";

/// Every text here, for the test that prepares each on the engine.
#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    [ORDER, WITHDRAW, ORDERS].map(str::to_owned).to_vec()
}
