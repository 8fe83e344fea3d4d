//! A sign's answer: what it shows, and of which epoch.

use serde::Deserialize;

use crate::domain::time::Timestamp;
use crate::domain::{Show, SignId, SiteId};
use crate::ingest::decode::Refused;
use crate::ingest::decode::json::object;

/// What a sign of a site says it shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub site: SiteId,
    pub sign: SignId,
    pub epoch: u64,
    pub show: Show,
    pub received_at: Timestamp,
}

#[derive(Deserialize)]
struct Payload {
    epoch: u64,
    show: Show,
}

pub(super) fn read(
    site: SiteId,
    sign: SignId,
    text: &str,
    received_at: Timestamp,
) -> Result<Shown, Refused> {
    let Payload { epoch, show } = object(text)?;
    Ok(Shown { site, sign, epoch, show, received_at })
}
