//! Second looks: what is allowed and probably not meant.

use std::collections::BTreeSet;

use super::nearest::list;
use super::problem::{Problem, Report};
use super::rules::Placed;
use super::sites::Surveyed;
use crate::detect::Rule;
use crate::domain::{Device, DeviceKind, HomeId, Site};

/// A site, and the file it stands in.
pub(super) type Filed<'s> = (&'s str, &'s Surveyed);

/// Rules that watch nothing in any site. Asked only when every site could be read.
pub(super) fn idle_rules(rules: &[Placed], sites: &[Filed<'_>], report: &mut Report) {
    let sites: Vec<&Site> = sites.iter().filter_map(|(_, read)| read.site.as_ref()).collect();
    let is_idle = |rule: &Rule| {
        !sites.iter().any(|site| site.devices.values().any(|device| rule.watches(site, device)))
    };
    for placed in rules.iter().filter(|placed| is_idle(&placed.rule)) {
        let sentence = format!(
            "rule `{}` watches nothing: no site has a device that it could hear",
            placed.rule.id
        );
        report.warnings.push(Problem {
            file: placed.file.clone(),
            line: Some(placed.line),
            code: "idle-rule",
            sentence,
        });
    }
}

/// Devices whose readings no rule looks at, one warning a site. A rule that only asks whether a
/// device speaks at all does not look at its readings. Asked only when every rule could be read.
pub(super) fn unwatched_devices(rules: &[Placed], sites: &[Filed<'_>], report: &mut Report) {
    for (file, read) in sites {
        let Some(site) = &read.site else { continue };
        let is_read = |device: &&Device| {
            let mut rules = rules.iter().map(|placed| &placed.rule);
            rules.any(|rule| looks_at(rule, site, device))
        };
        // A gateway need not measure anything.
        let measuring = site.devices.values().filter(|device| !device.reads.is_empty());
        let unwatched: Vec<&Device> = measuring.filter(|device| !is_read(device)).collect();
        let Some(first) = unwatched.first() else { continue };
        let names = list(unwatched.iter().map(|device| device.id.as_str()));
        let sentence = format!(
            "no rule looks at what {} of {} devices of site `{}` read: {names}",
            unwatched.len(),
            site.devices.len(),
            site.id
        );
        let line = read.device_lines.get(&first.id).copied();
        let file = (*file).to_owned();
        report.warnings.push(Problem { file, line, code: "unwatched-device", sentence });
    }
}

/// Homes that are seen into while nobody watches their way out: there, who is out cannot be told
/// from who is still.
pub(super) fn homes_without_exit_sensor(sites: &[Filed<'_>], report: &mut Report) {
    for (file, read) in sites {
        let Some(site) = &read.site else { continue };
        let in_homes = || site.devices.values().filter_map(|d| Some((d, d.home()?)));
        let seen = in_homes().filter(|(device, _)| device.sees_people()).map(|(_, home)| home);
        let exits = in_homes().filter(|(device, _)| device.kind == Some(DeviceKind::ExitDoor));
        let exits: BTreeSet<&HomeId> = exits.map(|(_, home)| home).collect();
        let without: BTreeSet<&HomeId> = seen.filter(|home| !exits.contains(home)).collect();
        if without.is_empty() {
            continue;
        }
        let homes = list(without.into_iter().map(HomeId::as_str));
        let sentence = format!(
            "no device of kind exit-door watches the way out of these homes of site `{}`, so \
             nobody there is ever taken to be out: {homes}",
            site.id
        );
        let file = (*file).to_owned();
        report.warnings.push(Problem { file, line: None, code: "no-exit-sensor", sentence });
    }
}

/// Whether a rule looks at something that this device measures; its battery is no such thing.
fn looks_at(rule: &Rule, site: &Site, device: &Device) -> bool {
    rule.watches(site, device) && rule.quantities.iter().any(|read| device.reads.contains(read))
}
