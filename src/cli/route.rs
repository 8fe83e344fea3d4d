//! `jikimi route`: the way out of a zone, as the service itself would lead people.
//!
//! It reads the site's file and nothing else, so it can be asked before anything burns.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};

use super::out;
use crate::config;
use crate::domain::{Site, SiteId, ZoneId};
use crate::evacuate::{Goal, Hazards, Means, Network, Profile, Shown};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The site, as its file calls it.
    site: SiteId,
    /// Where people are.
    #[arg(long, value_name = "ZONE")]
    from: ZoneId,
    /// A zone, passage or exit that cannot be used; as often as needed.
    #[arg(long, value_name = "ZONE_OR_PASSAGE")]
    close: Vec<String>,
    /// Whose way: walking, slow, wheelchair, assisted, visually-impaired or staff. Without it, the
    /// way that the signs show to everyone.
    #[arg(long)]
    profile: Option<Profile>,
    /// So many other ways beside the best, where there are any; with --profile.
    #[arg(long, value_name = "NUMBER", default_value_t = 0, requires = "profile")]
    alternatives: usize,
    /// Someone runs the evacuation lifts, so that who cannot use stairs may ride; with --profile.
    #[arg(long, requires = "profile")]
    lifts_run: bool,
    /// The configuration: its folder, or the jikimi.toml in it.
    #[arg(long, default_value = "config")]
    config: PathBuf,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

pub fn route(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let site = site_of(&arguments.config, &arguments.site)?;
    let hazards = closed(&site, &arguments.close)?;
    let network = Network::of(Arc::clone(&site));
    if let Some(profile) = arguments.profile {
        return personal(arguments, &network, &hazards, profile);
    }
    let plan = network.plan(&hazards, &Shown::new());
    let route = plan.route_from(&arguments.from).with_context(|| {
        format!("site {} has no zone {}; {}", site.id, arguments.from, zones(&site))
    })?;
    out::answer(|out| match arguments.json {
        true => {
            serde_json::to_writer(&mut *out, &route)?;
            writeln!(out)
        }
        false => say(out, &site, (&route.because, &route.zones), (route.goal, &route.ends_at)),
    })?;
    Ok(ExitCode::SUCCESS)
}

/// The way of one person, and others beside it.
fn personal(
    arguments: &Arguments,
    network: &Network,
    hazards: &Hazards,
    profile: Profile,
) -> anyhow::Result<ExitCode> {
    let means = Means { lifts_run: arguments.lifts_run, ..Means::default() };
    let asked = (&means, arguments.alternatives);
    let ways = network.personal(hazards, &arguments.from, profile, asked);
    let site = network.site();
    let ways = ways.with_context(|| {
        format!("site {} has no zone {}; {}", site.id, arguments.from, zones(site))
    })?;
    out::answer(|out| {
        for way in &ways {
            match arguments.json {
                true => {
                    serde_json::to_writer(&mut *out, way)?;
                    writeln!(out)?;
                }
                false => say(out, site, (&way.because, &way.zones), (way.goal, &way.ends_at))?,
            }
        }
        Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}

/// A site of a configuration.
pub(super) fn site_of(folder: &Path, id: &SiteId) -> anyhow::Result<Arc<Site>> {
    let loaded = match config::load(folder) {
        Ok(loaded) => loaded,
        Err(problems) => bail!("the configuration is refused:\n{problems}"),
    };
    let mut sites = loaded.configurations.iter().map(|of| &of.site);
    let site = sites.clone().find(|site| site.id == *id);
    site.cloned().with_context(|| {
        let known: Vec<&str> = sites.by_ref().map(|site| site.id.as_str()).collect();
        format!("there is no site {id}; known: {}", known.join(", "))
    })
}

/// What was asked to be closed, each under the id it is known by.
pub(super) fn closed(site: &Site, ids: &[String]) -> anyhow::Result<Hazards> {
    let mut hazards = Hazards::default();
    let because = || "closed by hand".to_owned();
    for id in ids {
        if let Some(zone) = site.zones.get(id.as_str()) {
            hazards.closed.insert(zone.id.clone(), because());
            continue;
        }
        let passages = site.passages.iter().filter_map(|passage| passage.id.as_ref());
        let mut passages = passages.map(crate::domain::PassageId::as_place);
        let mut exits = site.exits.iter().map(|exit| exit.id.as_place());
        let way = passages.find(|way| way.as_str() == id);
        let way = way.or_else(|| exits.find(|way| way.as_str() == id));
        let way = way.with_context(|| {
            format!("site {} has no zone, passage or exit {id}; {}", site.id, zones(site))
        })?;
        hazards.shut.insert(way, because());
    }
    Ok(hazards)
}

fn zones(site: &Site) -> String {
    const LISTED_MAX: usize = 12;
    let ids: Vec<&str> = site.zones.keys().take(LISTED_MAX).map(ZoneId::as_str).collect();
    let more = match site.zones.len().saturating_sub(LISTED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("its zones: {}{more}", ids.join(", "))
}

fn say(
    out: &mut impl Write,
    site: &Site,
    (because, zones): (&str, &[ZoneId]),
    (goal, ends_at): (Goal, &str),
) -> io::Result<()> {
    writeln!(out, "{because}")?;
    for zone in zones {
        let name = site.zones.get(zone).map_or("", |zone| zone.name.as_str());
        writeln!(out, "  {zone}  {name}")?;
    }
    match goal {
        Goal::Exit => writeln!(out, "  → {ends_at}"),
        Goal::Refuge | Goal::Stay => Ok(()),
    }
}
