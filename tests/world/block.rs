//! A block of homes behind one gateway, for what happens to many at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use jikimi::domain::{Device, DeviceId, DeviceKind, Home, HomeId, Mounted, Quantity, Site};
use jikimi::monitor::Configuration;

use super::center;

/// So many homes `h0001`, `h0002`, …, each with `pir-`, `exit-` and `heat-` and its id, behind
/// `gw-main`, in one building with `power-store`, which tells of its supply.
pub fn block(rules: &str, homes: u32) -> Arc<Configuration> {
    let plain = center(rules);
    let mut devices = plain.site.devices.clone();
    devices.retain(|id, _| id.as_str() == "power-store");
    for supply in devices.values_mut() {
        supply.mounted = Mounted::Zone("hall".parse().unwrap());
    }
    let bare = Site { homes: BTreeMap::new(), devices, ..(*plain.site).clone() };
    Arc::new(Configuration { site: Arc::new(and_block(&bare, homes)), ..(*plain).clone() })
}

/// The same homes beside what a site has already.
pub fn and_block(plain: &Site, homes: u32) -> Site {
    let ids: Vec<HomeId> = (1..=homes).map(|n| format!("h{n:04}").parse().unwrap()).collect();
    let mut site = plain.clone();
    site.devices.extend(behind_gateway(&ids));
    let building: jikimi::domain::BuildingId = "main".parse().unwrap();
    let homes = ids.into_iter().map(|id| (id.clone(), Home { id, building: building.clone() }));
    site.homes.extend(homes);
    site
}

fn behind_gateway(homes: &[HomeId]) -> BTreeMap<DeviceId, Device> {
    let mut devices = BTreeMap::new();
    let gateway = device("gw-main", DeviceKind::Gateway, &[], None);
    devices.insert(gateway.id.clone(), gateway);
    for home in homes {
        for (name, kind, reads) in [
            ("pir", DeviceKind::Motion, Quantity::Motion),
            ("exit", DeviceKind::ExitDoor, Quantity::Contact),
            ("heat", DeviceKind::Temperature, Quantity::Temperature),
        ] {
            let device = device(&format!("{name}-{home}"), kind, &[reads], Some(home));
            devices.insert(device.id.clone(), device);
        }
    }
    devices
}

fn device(id: &str, kind: DeviceKind, reads: &[Quantity], home: Option<&HomeId>) -> Device {
    Device {
        id: id.parse().unwrap(),
        kind: Some(kind),
        mounted: match home {
            Some(home) => Mounted::Home(home.clone()),
            None => Mounted::Building("main".parse().unwrap()),
        },
        reads: reads.to_vec(),
        silent_after: None,
        gateway: home.map(|_| "gw-main".parse().unwrap()),
    }
}

/// The same with a radar in the first home.
pub fn with_radar(plain: &Arc<Configuration>) -> Arc<Configuration> {
    let home: HomeId = "h0001".parse().unwrap();
    let radar = device("radar-h0001", DeviceKind::Radar, &[Quantity::Presence], Some(&home));
    let mut devices = plain.site.devices.clone();
    devices.insert(radar.id.clone(), radar);
    let site = Site { devices, ..(*plain.site).clone() };
    Arc::new(Configuration { site: Arc::new(site), ..(**plain).clone() })
}
