//! Which place of a site a situation is about, where a person or an authority names one.

use crate::domain::{BuildingId, Id, PlaceId, Scope, Site, StoreyId};

/// What of a site a name stands for.
enum Named<'s> {
    Site,
    Building(&'s BuildingId),
    Storey(&'s StoreyId, &'s BuildingId),
    /// A zone on its storey.
    Zone(&'s StoreyId, &'s BuildingId),
    Home(&'s BuildingId),
}

fn named<'s>(site: &'s Site, place: &str) -> Option<Named<'s>> {
    if site.id.as_str() == place {
        return Some(Named::Site);
    }
    let building = site.buildings.get(place).map(|building| Named::Building(&building.id));
    let storey = || site.storeys.get(place).map(|s| Named::Storey(&s.id, &s.building));
    let zone = || {
        let zone = site.zones.get(place)?;
        let storey = site.storeys.get(zone.storey.as_str())?;
        Some(Named::Zone(&storey.id, &storey.building))
    };
    let home = || site.homes.get(place).map(|home| Named::Home(&home.building));
    building.or_else(storey).or_else(zone).or_else(home)
}

/// The place of an incident of this scope that is said to be at `place`; none if the site has no
/// such place. What is named more widely than the scope stays as wide.
#[must_use]
pub fn scoped(site: &Site, place: &PlaceId, scope: Scope) -> Option<PlaceId> {
    let found = named(site, place.as_str())?;
    let building = match &found {
        Named::Site => None,
        Named::Building(building)
        | Named::Storey(_, building)
        | Named::Zone(_, building)
        | Named::Home(building) => Some(building.as_place()),
    };
    let storey = match &found {
        Named::Storey(storey, _) | Named::Zone(storey, _) => Some(storey.as_place()),
        _ => None,
    };
    Some(match scope {
        Scope::Site => site.id.as_place(),
        Scope::Building => building.unwrap_or_else(|| place.clone()),
        Scope::Storey => storey.unwrap_or_else(|| place.clone()),
        Scope::Zone | Scope::Home => place.clone(),
    })
}

/// The buildings that a place lies in, or that lie in it.
#[must_use]
pub fn buildings<'s>(site: &'s Site, place: &PlaceId) -> Vec<&'s BuildingId> {
    match named(site, place.as_str()) {
        Some(Named::Site) => site.buildings.keys().collect(),
        Some(
            Named::Building(building)
            | Named::Storey(_, building)
            | Named::Zone(_, building)
            | Named::Home(building),
        ) => vec![building],
        None => Vec::new(),
    }
}

/// The places of a situation that an authority tells the whole site of: every building, or the
/// lowest storey of each, where water comes first.
#[must_use]
pub fn everywhere(site: &Site, scope: Scope) -> Vec<PlaceId> {
    match scope {
        Scope::Site => vec![site.id.as_place()],
        Scope::Building | Scope::Zone | Scope::Home => {
            site.buildings.keys().map(Id::as_place).collect()
        }
        Scope::Storey => {
            let lowest = |building: &BuildingId| {
                let storeys = site.storeys.values().filter(|s| s.building == *building);
                storeys.min_by_key(|storey| storey.level).map(|storey| storey.id.as_place())
            };
            site.buildings.keys().map(|b| lowest(b).unwrap_or_else(|| b.as_place())).collect()
        }
    }
}
