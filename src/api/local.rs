//! A site as people there know it: its own time of day and the names of its places.
//!
//! An incident outlives the file its site stood in. What is no longer configured keeps its ids
//! for names and UTC for its zone; it is never an error.

use std::sync::Arc;

use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiState;
use super::words::{Names, kind_names};
use crate::domain::time::Timestamp;
use crate::domain::{KindId, PlaceId, Site, SiteId, Storey};
use crate::monitor::Configuration;

/// A moment with its site's offset, to the microsecond, without trailing zeros (RFC 3339).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-11-24T14:03:07.12+09:00")]
pub struct Time(String);

/// One site's words, for as long as one answer is written.
pub struct Local {
    configuration: Option<Arc<Configuration>>,
    zone: TimeZone,
}

impl Local {
    #[must_use]
    pub fn of(state: &ApiState, site: &SiteId) -> Self {
        let configuration = state.configured(site).cloned();
        let zone = configuration.as_deref().map_or(TimeZone::UTC, |held| zone_of(&held.site));
        Self { configuration, zone }
    }

    /// For what belongs to no site: the zone that all sites share, else UTC.
    #[must_use]
    pub fn everywhere(state: &ApiState) -> Self {
        let mut names = state.configurations.iter().map(|held| held.site.timezone.as_str());
        let first = names.next();
        let shared = first.is_some() && names.all(|name| Some(name) == first);
        let held = state.configurations.first().filter(|_| shared);
        let zone = held.map_or(TimeZone::UTC, |held| zone_of(&held.site));
        Self { configuration: None, zone }
    }

    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    #[must_use]
    pub fn time(&self, moment: Timestamp) -> Time {
        let offset = self.zone.to_offset(moment);
        Time(moment.display_with_offset(offset).to_string())
    }

    /// The midnight with which its day began.
    #[must_use]
    pub fn day(&self, moment: Timestamp) -> Time {
        let offset = self.zone.to_offset(moment);
        let date = offset.to_datetime(moment).date();
        let midnight = offset.to_timestamp(date.at(0, 0, 0, 0)).unwrap_or(moment);
        Time(midnight.display_with_offset(offset).to_string())
    }

    /// Whether a place is a home. What is not configured any more may have been one.
    #[must_use]
    pub fn is_home(&self, place: &PlaceId) -> bool {
        let Some(site) = self.configuration.as_deref().map(|held| &*held.site) else {
            return true;
        };
        site.homes.contains_key(place.as_str())
            || (!site.homes.is_empty() && name_of(site, place.as_str()).is_none())
    }

    /// A moment as people say it there: day and minute.
    #[must_use]
    pub fn said(&self, moment: Timestamp) -> String {
        let there = self.zone.to_offset(moment).to_datetime(moment);
        there.strftime("%Y-%m-%d %H:%M").to_string()
    }

    #[must_use]
    pub fn kind(&self, kind: &KindId) -> Names {
        kind_names(self.configuration.as_deref(), kind)
    }

    /// What people call a place. A home has no name here: who lives there is nobody's to read.
    #[must_use]
    pub fn place(&self, place: &PlaceId) -> String {
        let site = self.configuration.as_deref().map(|held| &*held.site);
        let name = site.and_then(|site| name_of(site, place.as_str()));
        name.unwrap_or_else(|| place.to_string())
    }
}

fn zone_of(site: &Site) -> TimeZone {
    TimeZone::get(&site.timezone).unwrap_or(TimeZone::UTC)
}

fn name_of(site: &Site, place: &str) -> Option<String> {
    if site.id.as_str() == place {
        return Some(site.name.clone());
    }
    let building = site.buildings.get(place).map(|building| building.name.clone());
    let zone = || site.zones.get(place).map(|zone| zone.name.clone());
    let storey = || site.storeys.get(place).map(|storey| storey_name(site, storey));
    building.or_else(zone).or_else(storey)
}

/// The building's name and the storey as lifts show it.
fn storey_name(site: &Site, storey: &Storey) -> String {
    let building = site.buildings.get(&storey.building).map_or("", |of| of.name.as_str());
    let level = match storey.level {
        below if below < 0 => format!("지하 {}층", below.unsigned_abs()),
        above => format!("{above}층"),
    };
    format!("{building} {level}").trim().to_owned()
}
