//! The sites and devices the load speaks for, and the configuration that knows them.

use crate::files::{self, Device, Files, SiteFile};

const BUILDING: &str = "main";
const DEVICES_PER_ROOM: usize = 10;
const SILENT_AFTER_S: u32 = 900;

fn site_id(site: usize) -> String {
    format!("site-{site:02}")
}

fn device_id(device: usize) -> String {
    format!("dev-{device:04}")
}

/// Devices are dealt out to the sites in turn.
pub fn topic(sites: usize, device: usize) -> String {
    format!("jikimi/v1/{}/{}/reading", site_id(device % sites), device_id(device))
}

/// The configuration in which these devices are known.
#[must_use]
pub fn configuration(sites: usize, devices: usize) -> Files {
    let sites: Vec<SiteFile> = (0..sites).map(|site| site_file(site, sites, devices)).collect();
    files::configuration(&[files::HEAT, files::SILENT], &sites)
}

fn site_file(site: usize, sites: usize, devices: usize) -> SiteFile {
    let id = site_id(site);
    let mut file = SiteFile::new(&id, &format!("Load {id}"), "Made up, to be sent load for.");
    file.building(BUILDING, "Main building");
    file.zone("corridor", BUILDING, "corridor", "Corridor");
    file.exit("door", "corridor", 5.0, 1.2);
    for (place, device) in (site..devices).step_by(sites).enumerate() {
        let room = format!("room-{}", place / DEVICES_PER_ROOM);
        if place % DEVICES_PER_ROOM == 0 {
            file.zone(&room, BUILDING, "room", &room);
            file.passage(["corridor", &room], 6.0, 0.9);
        }
        file.device(&Device {
            id: &device_id(device),
            zone: &room,
            reads: &["temperature", "humidity", "co"],
            silent_after_s: SILENT_AFTER_S,
        });
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_knows_every_device_that_speaks() {
        let (sites, devices) = (3, 35);
        let files = configuration(sites, devices);
        for device in 0..devices {
            let topic = topic(sites, device);
            let levels: Vec<&str> = topic.split('/').collect();
            let path = format!("sites/{}.toml", levels[2]);
            let (_, text) = files.iter().find(|(file, _)| file.to_str() == Some(&path)).unwrap();
            let table: toml::Table = text.parse().unwrap();
            let entries = table["device"].as_array().unwrap();
            assert!(entries.iter().any(|entry| entry["id"].as_str() == Some(levels[3])), "{topic}");
        }
    }
}
