//! Configuration: TOML files in, typed and checked values out, or everything that is wrong.
//!
//! Nothing is half-loaded. A file is parsed once with the place of every key, each table is read
//! by itself and each key by itself, so that one mistake never hides another; a reload that fails
//! changes nothing. Unknown keys are refused, since a misspelt limit is a limit nobody set.
//!
//! The caller names the folder (or its `jikimi.toml`) and shows people the problems as they are.

mod addresses;
mod brokers;
mod care;
mod channels;
mod crowd;
mod database;
mod document;
mod entry;
mod files;
pub mod homes;
mod ladders;
mod lint;
mod meaning;
mod names;
mod nearest;
mod notify;
mod parameters;
mod people;
mod plan;
mod policies;
mod problem;
mod profiles;
mod providers;
mod rota;
mod rules;
mod settings;
mod shape;
mod shipped;
mod site_words;
mod sites;
mod situations;
mod syntax;
mod told;
mod want;
mod ways;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use crate::detect::Rule;
use crate::incident::Ladders;
use crate::ingest::Directory;
use crate::monitor::Configuration;
use addresses::Addresses;
pub use brokers::{Broker, ClientTls, Guard, Login, ServerTls};
pub use channels::{Email, Provider, Security, Ways};
pub use database::Database;
use document::{Document, Source};
use files::Files;
use names::{Known, Taken};
pub use notify::{CapFeed, Channel, Endpoint, Heartbeat, Telling, Topic, Webhook};
use problem::Report;
pub use problem::{Problem, Problems};
use profiles::Models;
pub use rota::{Contact, OnHolidays, Person, Shift};
use rules::{Field, Placed};
pub use settings::{Service, Settings};
pub use shipped::lay_out;
use sites::Surveyed;
use situations::Situations;

/// A whole configuration folder, checked.
#[derive(Debug, Clone)]
pub struct Loaded {
    pub settings: Settings,
    /// Who is told.
    pub telling: Telling,
    /// One per site, by the site's id.
    pub configurations: Vec<Arc<Configuration>>,
    /// Allowed and probably not meant.
    pub warnings: Vec<Problem>,
    /// Who is who in the dialects of gateways.
    pub directory: Arc<Directory>,
    /// Every site, rule, situation and profile file as it was read, each under its name.
    pub body: String,
    /// For each configuration, by its hash, the text that was hashed.
    pub bodies: BTreeMap<String, String>,
    /// The files that are taken at a start only, by name.
    pub fixed: BTreeMap<String, String>,
    /// How many files were looked at.
    pub files: usize,
}

/// Reads and checks a configuration folder, given by its own path or that of its `jikimi.toml`.
///
/// # Errors
/// With every problem of every file, if there is any.
pub fn load(folder: &Path) -> Result<Loaded, Problems> {
    let mut report = Report::default();
    let files = Files::read(folder, &mut report);
    let read = Read::new(&files, &mut report);
    report.tidy();
    let Report { problems, warnings } = report;
    match read.settings.clone() {
        Some(settings) if problems.is_empty() => Ok(loaded(settings, &files, read, warnings)),
        _ => Err(Problems { problems, warnings, files: files.looked_at }),
    }
}

/// What the files say, as far as it is well.
struct Read {
    settings: Option<Settings>,
    notify: notify::Notify,
    situations: Situations,
    models: Models,
    /// In the order of the files.
    sites: Vec<Surveyed>,
    rules: Vec<Placed>,
}

impl Read {
    fn new(files: &Files, report: &mut Report) -> Self {
        let mut parse = |source| Document::parse(source, report);
        let settings_file = files.settings.as_ref().map(&mut parse);
        let notify_file = files.notify.as_ref().map(&mut parse);
        let rule_files: Vec<Document<'_>> = files.rules.sources.iter().map(&mut parse).collect();
        let situation_files: Vec<Document<'_>> =
            files.situations.sources.iter().map(&mut parse).collect();
        let profile_files: Vec<Document<'_>> =
            files.profiles.sources.iter().map(&mut parse).collect();
        let provider_files: Vec<Document<'_>> =
            files.providers.sources.iter().map(&mut parse).collect();
        let site_files: Vec<Document<'_>> = files.sites.sources.iter().map(&mut parse).collect();
        let homes_files: Vec<Homes<'_>> =
            files.homes.iter().map(|file| Homes::parse(file, &mut parse)).collect();

        let settings = settings_file.as_ref().and_then(|file| settings::read(file, report));
        let providers = providers::read(&provider_files, files.providers.whole, report);
        let notify = notify_file.as_ref().and_then(|file| notify::read(file, &providers, report));
        let notify = notify.unwrap_or_default();
        let situations = situations::read(&situation_files, files.situations.whole, report);
        let models = profiles::read(&profile_files, files.profiles.whole, report);
        files.homes.iter().for_each(|file| file.report(report));
        let given = Given { sites: &site_files, homes: &homes_files };
        let sites = read_sites(&given, files.sites.whole, &models, report);
        let rules = read_rules(&rule_files, files.sites.whole, &situations, &sites, report);
        if !report.blames("rules/") && !report.blames("situations/") {
            notify.ladders.check(&situations, &rules, report);
        }
        let documents = settings_file.iter().chain(&notify_file).chain(&rule_files);
        let documents = documents.chain(&situation_files).chain(&profile_files);
        let documents = documents.chain(&provider_files);
        report.drop_unread(documents.chain(&site_files));
        situations::look_again(&situations, &rules, report);
        look_again(files, &rules, &sites, report);
        Self { settings, notify, situations, models, sites, rules }
    }
}

/// A file of homes as it was understood.
pub(super) struct Homes<'t> {
    homes: Document<'t>,
    devices: Document<'t>,
    /// Whether every line of it was.
    whole: bool,
}

impl<'t> Homes<'t> {
    fn parse(
        file: &'t homes::HomesFile,
        parse: &mut impl FnMut(&'t Source) -> Document<'t>,
    ) -> Self {
        let (homes, devices) = (parse(&file.homes), parse(&file.devices));
        Self { homes, devices, whole: file.wrongs.is_empty() }
    }
}

/// The files of sites, with the files of homes that they may name.
struct Given<'g, 't> {
    sites: &'g [Document<'t>],
    homes: &'g [Homes<'t>],
}

fn read_sites(
    Given { sites: documents, homes }: &Given<'_, '_>,
    whole: bool,
    models: &Models,
    report: &mut Report,
) -> Vec<Surveyed> {
    let mut taken = Taken::among("among sites");
    let mut addresses = Addresses::new(models);
    if whole && documents.is_empty() {
        let sentence = "there is no site; put a file here with `id`, `name`, `timezone` and what \
                        stands where";
        report.refuse_file("sites/", "no-sites", sentence.to_owned());
    }
    let read = |document| sites::read(document, homes, &mut taken, &mut addresses, report);
    documents.iter().map(read).collect()
}

fn read_rules(
    documents: &[Document<'_>],
    whole: bool,
    situations: &Situations,
    sites: &[Surveyed],
    report: &mut Report,
) -> Vec<Placed> {
    let mut zones = Known::new("zone", "unknown-zone", whole);
    let mut devices = Known::new("device", "unknown-device", whole);
    for site in sites {
        zones.absorb(&site.zones);
        devices.absorb(&site.devices);
    }
    let field = Field { situations, zones: &zones, devices: &devices };
    rules::read(documents, &field, report)
}

/// The second looks. What could not be read is not called idle or unwatched.
fn look_again(files: &Files, rules: &[Placed], sites: &[Surveyed], report: &mut Report) {
    let names = files.sites.sources.iter().map(|source| source.file.as_str());
    let sites: Vec<lint::Filed<'_>> = names.zip(sites).collect();
    if !report.blames("sites/") {
        lint::idle_rules(rules, &sites, report);
        lint::homes_without_exit_sensor(&sites, report);
    }
    if !report.blames("rules/") {
        lint::unwatched_devices(rules, &sites, report);
    }
}

/// Puts together what was read, once nothing is wrong with it.
fn loaded(settings: Settings, files: &Files, read: Read, warnings: Vec<Problem>) -> Loaded {
    let directory = directory(&read);
    let rules: Vec<Arc<Rule>> = read.rules.into_iter().map(|placed| placed.rule).collect();
    let shared = files.rules.sources.iter().chain(&files.situations.sources);
    let mut shared = text_of(shared.chain(&files.profiles.sources));
    let ladders = Arc::new(read.notify.ladders.ladders);
    shared.push_str(&text_of_ladders(&ladders));

    let mut bodies = BTreeMap::new();
    let mut configurations = Vec::new();
    for (surveyed, source) in read.sites.into_iter().zip(&files.sites.sources) {
        let homes = files.homes.iter().filter(|of| surveyed.homes.as_ref() == Some(&of.text.file));
        let body = format!("{shared}{}{}", text_of([source]), text_of(homes.map(|of| &of.text)));
        let hash = format!("{:016x}", xxh3_64(body.as_bytes()));
        configurations.extend(surveyed.site.map(|site| {
            let (rules, situations) = (rules.clone(), read.situations.read.clone());
            let (site, ladders) = (Arc::new(site), Arc::clone(&ladders));
            Arc::new(Configuration { hash: hash.clone(), site, rules, situations, ladders })
        }));
        bodies.insert(hash, body);
    }
    configurations.sort_by(|one, other| one.site.id.cmp(&other.site.id));
    let homes = text_of(files.homes.iter().map(|of| &of.text));
    let body = format!("{shared}{}{homes}", text_of(&files.sites.sources));
    Loaded {
        settings,
        telling: read.notify.telling,
        configurations,
        warnings,
        directory,
        body,
        bodies,
        fixed: fixed(files),
        files: files.looked_at,
    }
}

/// What stands where, who may connect and who is told.
fn fixed(files: &Files) -> BTreeMap<String, String> {
    let alone = files.settings.iter().chain(&files.notify);
    let homes = files.homes.iter().flat_map(|file| [&file.text]);
    let all = alone.chain(&files.profiles.sources).chain(&files.sites.sources).chain(homes);
    all.map(|source| (source.file.clone(), source.text.clone())).collect()
}

/// What of `notify.toml` decides anything. Addresses, which may hold secrets, do not.
fn text_of_ladders(ladders: &Ladders) -> String {
    if *ladders == Ladders::default() {
        return String::new();
    }
    // Plain fields always serialize.
    let text = serde_json::to_string(ladders).unwrap_or_default();
    format!("== ladders ({} bytes)\n{text}\n", text.len())
}

/// Who is who, of all sites.
fn directory(read: &Read) -> Arc<Directory> {
    let sites = read.sites.iter().filter_map(|surveyed| Some((surveyed.site.as_ref()?, surveyed)));
    let listed = sites.flat_map(|(site, surveyed)| {
        surveyed.addressed.iter().map(|addressed| addressed.listed(site, &read.models))
    });
    Arc::new(Directory::new(read.models.read.clone(), listed))
}

/// Files in one text, each under its name and length, so that no two sets of files share it.
fn text_of<'s>(sources: impl IntoIterator<Item = &'s Source>) -> String {
    let one = |source: &Source| {
        format!("== {} ({} bytes)\n{}\n", source.file, source.text.len(), source.text)
    };
    sources.into_iter().map(one).collect()
}
