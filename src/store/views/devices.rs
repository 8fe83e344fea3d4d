//! Devices as they stand: when each last spoke, and what is wrong with it.

use std::collections::BTreeMap;

use super::messages::{CHAIN, CHAIN_START};
use super::{corrupt, id, json};
use crate::domain::time::Timestamp;
use crate::domain::{
    Content, DeviceId, Input, KindId, Message, PlaceId, Quantity, RuleId, SiteId, TimeQuality,
    Value,
};
use crate::incident::IncidentId;
use crate::store::{Arg, Db, Row, StoreError, input_of};

/// So many of a device's messages are looked through for its last change.
pub const CLOCKS_LOOK_BACK: u32 = 500;

/// A device's three clocks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clocks {
    /// When anything at all came, from the broker's memory and connections included.
    pub last_message: Option<Timestamp>,
    /// The newest event time of what it said itself.
    pub last_fresh: Option<Timestamp>,
    /// When something that it measures last differed from before. None if it has not within the
    /// messages that were looked through.
    pub last_change: Option<Timestamp>,
}

/// A trouble of a device that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TroubleRow {
    pub incident: IncidentId,
    pub rule: RuleId,
    pub at: Timestamp,
    pub because: String,
}

/// A device's clocks, read off its newest messages.
///
/// # Errors
/// If the database cannot be read, or holds what this version does not know.
pub async fn clocks(db: &Db, site: &SiteId, device: &DeviceId) -> Result<Clocks, StoreError> {
    let args: Vec<Arg> = vec![site.as_str().into(), device.as_str().into()];
    let start = db.first(CHAIN_START, args).await?;
    let start = start.map(|row| row.int_or_null("position")).transpose()?.flatten();
    let Some(position) = start else { return Ok(Clocks::default()) };
    let args = vec![site.as_str().into(), position.into(), CLOCKS_LOOK_BACK.into()];
    let mut clocks = Clocks::default();
    let mut later = BTreeMap::new();
    for row in db.all(CHAIN, args).await? {
        let Input::Message(message) = input_of(&row)? else {
            return Err(corrupt("chain")("no message stands in it"));
        };
        clocks.take(&message, row.moment("at")?, row.text("quality")?.as_str(), &mut later);
    }
    Ok(clocks)
}

impl Clocks {
    /// Takes the message before those that have been taken.
    fn take(
        &mut self,
        message: &Message,
        at: Timestamp,
        quality: &str,
        later: &mut BTreeMap<Quantity, (Value, Timestamp)>,
    ) {
        self.last_message = self.last_message.max(Some(message.received_at));
        if message.retained || matches!(message.content, Content::Status { .. }) {
            return;
        }
        self.last_fresh = self.last_fresh.max(Some(at));
        let Content::Readings(readings) = &message.content else { return };
        // What came late says nothing of when it changed.
        if quality == TimeQuality::Late.as_str() {
            return;
        }
        for (quantity, value) in readings.iter().filter(|(what, _)| *what != Quantity::Battery) {
            let before = later.insert(*quantity, (*value, at));
            let changed = before.filter(|(then, _)| then != value).map(|(_, when)| when);
            self.last_change = self.last_change.max(changed);
        }
    }
}

pub const TROUBLES: &str = "\
    SELECT e.kind, e.place, e.n, e.rule, e.devices, e.at, e.because FROM evidence e
    JOIN incident i ON i.site = e.site AND i.kind = e.kind AND i.place = e.place AND i.n = e.n
    WHERE e.site = $1 AND e.class = 'trouble' AND e.ended_at IS NULL
      AND (i.state <> 'resolved' OR i.stands = 1)
    ORDER BY e.position, e.ordinal";

/// What stands against each device of a site, the oldest first.
///
/// # Errors
/// If the database cannot be read, or holds what this version does not know.
pub async fn troubles(
    db: &Db,
    site: &SiteId,
) -> Result<BTreeMap<DeviceId, Vec<TroubleRow>>, StoreError> {
    let mut troubles: BTreeMap<DeviceId, Vec<TroubleRow>> = BTreeMap::new();
    for row in db.all(TROUBLES, vec![site.as_str().into()]).await? {
        let devices: Vec<DeviceId> = json(&row, "devices")?;
        for device in devices {
            troubles.entry(device).or_default().push(trouble(site, &row)?);
        }
    }
    Ok(troubles)
}

fn trouble(site: &SiteId, row: &Row) -> Result<TroubleRow, StoreError> {
    let kind: KindId = id(row, "kind")?;
    let place: PlaceId = id(row, "place")?;
    let n = u32::try_from(row.int("n")?).map_err(corrupt("n"))?;
    Ok(TroubleRow {
        incident: IncidentId { site: site.clone(), kind, place, n },
        rule: id(row, "rule")?,
        at: row.moment("at")?,
        because: row.text("because")?,
    })
}

#[cfg(test)]
pub(super) fn texts() -> Vec<String> {
    vec![TROUBLES.to_owned()]
}
