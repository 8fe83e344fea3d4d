//! How much each home sends (데이터 사용량): counted as it comes, added to the database now and then.
//!
//! What is counted until the next adding and lost with a kill is minutes of a month. It decides
//! nothing: a home that is beyond its budget is watched like any other, and somebody is told why
//! its tariff ran out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::tz::TimeZone;

use crate::domain::time::Timestamp;
use crate::domain::{HomeId, Site, SiteId};
use crate::ingest::Delivery;
use crate::store::{Store, StoreError, homes_beyond};

/// What a message costs beside its topic and payload: the headers of MQTT, TLS, TCP and IP, there
/// and for its acknowledgement.
const FRAME_BYTES: u64 = 180;

/// Bytes by home, since they were last added to the database.
#[derive(Debug, Default)]
pub(super) struct Data(BTreeMap<SiteId, BTreeMap<HomeId, u64>>);

impl Data {
    /// Whose packet it is, where it is some home's.
    pub fn take(&mut self, delivery: &Delivery, site: impl Fn(&SiteId) -> Option<Arc<Site>>) {
        let Ok(heard) = &delivery.heard else { return };
        // One packet of a gateway is one packet, however many it tells of.
        let Some(first) = heard.messages().first() else { return };
        let Some(site) = site(&first.site).filter(|site| !site.homes.is_empty()) else { return };
        let device = site.devices.get(&first.message.device);
        let Some(home) = device.and_then(|device| device.home()) else { return };
        let bytes = (delivery.topic.len() + delivery.payload.len()) as u64 + FRAME_BYTES;
        *self.0.entry(first.site.clone()).or_default().entry(home.clone()).or_default() += bytes;
        metrics::counter!("jikimi_home_data_bytes_total").increment(bytes);
    }

    /// What has come of a site since this was last asked.
    pub fn of(&mut self, site: &SiteId) -> Vec<(HomeId, u64)> {
        self.0.remove(site).unwrap_or_default().into_iter().collect()
    }
}

/// The month of a moment on a site's calendar: `2026-11`.
#[must_use]
pub fn month(site: &Site, at: Timestamp) -> String {
    let zone = TimeZone::get(&site.timezone).unwrap_or(TimeZone::UTC);
    at.to_zoned_datetime(zone).strftime("%Y-%m").to_string()
}

/// Adds what has come, and says which homes have passed their month's budget with it.
pub(super) async fn add(
    store: &Store,
    site: &Site,
    now: Timestamp,
    came: Vec<(HomeId, u64)>,
) -> Result<(), StoreError> {
    if came.is_empty() {
        return Ok(());
    }
    let month = month(site, now);
    let Some(budget) = site.care.data_bytes_per_month else {
        return store.add_home_data(&site.id, &month, &came).await;
    };
    let beyond = async || homes_beyond(&store.db, &site.id, &month, budget).await;
    let before: BTreeSet<String> = beyond().await?.into_iter().collect();
    store.add_home_data(&site.id, &month, &came).await?;
    for home in beyond().await?.into_iter().filter(|home| !before.contains(home)) {
        metrics::counter!("jikimi_homes_over_data_budget_total").increment(1);
        tracing::warn!(site.id = %site.id, home, budget, "a home has used up its month's data");
    }
    Ok(())
}
