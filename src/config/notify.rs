//! `notify.toml`: who is told next, and over which way. Without the file the operator is told of
//! each alarm, over no way: notices wait.

use std::path::PathBuf;
use std::time::Duration;

use super::brokers::{self, Login};
use super::channels::{self, Ways};
use super::document::Document;
use super::entry::Entry;
use super::ladders;
use super::names::Taken;
use super::problem::Report;
use super::providers::Providers;
use super::rota::{self, Person};
use super::want::{ABOVE_ZERO, ListOf, Parsed, Text, Word, YesOrNo, quoted};
use crate::incident::Role;

/// Somebody's way to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    pub id: String,
    /// Whom it stands for.
    pub roles: Vec<Role>,
    pub channel: Channel,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    Webhook(Webhook),
    Mqtt(Box<Topic>),
}

/// Where at which broker a notice is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topic {
    pub host: String,
    pub port: u16,
    pub login: Login,
    pub topic: String,
}

/// Where a signed POST goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Webhook {
    pub url: String,
    /// Holds the secret that signs; without one, only this machine is told.
    pub secret_file: Option<PathBuf>,
}

/// An endpoint, as a thing that has a name.
enum Named {}

/// Everyone who is told, and how.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Telling {
    /// Told whatever the hour.
    pub endpoints: Vec<Endpoint>,
    /// Told of every alarm, as CAP messages.
    pub caps: Vec<CapFeed>,
    pub ways: Ways,
    pub persons: Vec<Person>,
    /// Others notice that jikimi is dead when nothing comes there any more.
    pub heartbeat: Option<Heartbeat>,
    /// Where staff reach the console, for links to them.
    pub public_url: Option<String>,
}

/// Another system that reads CAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapFeed {
    pub id: String,
    pub endpoint: Webhook,
    /// Who says so, to whoever reads it.
    pub sender: String,
    /// Only of these sites; none for all.
    pub sites: Vec<String>,
    /// Whether it is told of incidents in homes.
    pub homes: bool,
}

/// A sign of life to an address outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heartbeat {
    pub url: String,
    pub every: Duration,
}

/// What stands in `notify.toml`.
#[derive(Default)]
pub(super) struct Notify {
    pub telling: Telling,
    pub ladders: ladders::Read,
}

/// Reads `notify.toml`; none if anything in it is wrong.
pub(super) fn read(
    document: &Document<'_>,
    providers: &Providers,
    report: &mut Report,
) -> Option<Notify> {
    let mut root = document.root("file");
    let ladders = ladders::read(document, &mut root, report);
    let mut taken = Taken::among("among endpoints");
    let entries = root.each("webhook");
    let count = entries.len();
    let read = entries.into_iter().filter_map(|entry| read_webhook(entry, &mut taken, report));
    let mut endpoints: Vec<Endpoint> = read.collect();
    let entries = root.each("mqtt");
    let count = count + entries.len();
    let read = entries.into_iter().filter_map(|entry| read_topic(entry, &mut taken, report));
    endpoints.extend(read);
    let entries = root.each("cap");
    let feeds = entries.len();
    let read = entries.into_iter().filter_map(|entry| read_cap(entry, &mut taken, report));
    let caps: Vec<CapFeed> = read.collect();
    let ways = channels::read(&mut root, providers, &mut taken, report);
    let persons = rota::read(&mut root, &ways, &mut taken, report);
    let heartbeat = root.table("heartbeat").map(|entry| read_heartbeat(entry, report));
    let wanted = "an address such as \"https://jikimi.center.example\"";
    let public_url = root.optional("public_url", &Parsed::new(wanted, web_address));
    let well = root.finish(report) && endpoints.len() == count && caps.len() == feeds && ways.all;
    let heartbeat = heartbeat.map_or(Some(None), |read| read.map(Some))?;
    let public_url = public_url.map(|url| url.as_str().trim_end_matches('/').to_owned());
    let telling = Telling { endpoints, caps, ways, persons: persons?, heartbeat, public_url };
    well.then_some(Notify { telling, ladders })
}

fn read_topic(mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<Endpoint> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let roles = entry.required("roles", &ListOf::some(Word::<Role>::new()));
    let wanted = "a topic without + and #, such as \"city/alarms\"";
    let topic = entry.required(
        "topic",
        &Parsed::new(wanted, |text| {
            let plain = !text.contains(['+', '#', '\0']) && text.len() <= 512;
            (plain && !text.starts_with('$')).then(|| text.to_owned())
        }),
    );
    let link = brokers::read_link(&mut entry);
    let well = entry.finish(report);
    let (host, port, login) = link?;
    let channel = Channel::Mqtt(Box::new(Topic { host, port, login, topic: topic? }));
    well.then_some(Endpoint { id: id?.to_string(), roles: roles?, channel })
}

fn read_heartbeat(mut entry: Entry<'_>, report: &mut Report) -> Option<Heartbeat> {
    let wanted = "an address such as \"https://watch.example/jikimi\"";
    let url = entry.required("url", &Parsed::new(wanted, web_address));
    let every = entry.required("every_s", &ABOVE_ZERO);
    let well = entry.finish(report);
    let every = Duration::try_from_secs_f64(every?.max(1.0)).ok()?;
    well.then_some(Heartbeat { url: url?.to_string(), every })
}

fn read_webhook(mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<Endpoint> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let roles = entry.required("roles", &ListOf::some(Word::<Role>::new()));
    let webhook = read_address(&mut entry);
    let well = entry.finish(report);
    let channel = Channel::Webhook(webhook?);
    well.then_some(Endpoint { id: id?.to_string(), roles: roles?, channel })
}

fn read_cap(mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<CapFeed> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let endpoint = read_address(&mut entry);
    let wanted = "who says so, without spaces, commas, < and &, such as \"jikimi@center.example\"";
    let sender = entry.required(
        "sender",
        &Parsed::new(wanted, |text| {
            let plain = |c: char| c.is_ascii_graphic() && !matches!(c, ',' | '<' | '&');
            (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
        }),
    );
    let sites = entry.optional("sites", &ListOf::some(Text("the id of a site")));
    let homes = entry.optional("homes", &YesOrNo).unwrap_or(false);
    let well = entry.finish(report);
    let (id, sites) = (id?.to_string(), sites.unwrap_or_default());
    well.then_some(CapFeed { id, endpoint: endpoint?, sender: sender?, sites, homes })
}

/// Where a signed POST goes.
fn read_address(entry: &mut Entry<'_>) -> Option<Webhook> {
    let wanted = "an address such as \"https://alarms.example/notices\"";
    let url = entry.required("url", &Parsed::new(wanted, web_address));
    let secret_file = entry.optional("secret_file", &Text("the path of a file with the secret"));
    if let Some(url) = url.as_ref().filter(|url| secret_file.is_none() && !is_local(url)) {
        let line = entry.line_of("url");
        let words = format!(
            "`url` is {}, which is not this machine, and nothing signs what is sent there; say \
             `secret_file`, so that the receiver can tell it from a forgery",
            quoted(url.as_str())
        );
        entry.refuse(Some(line), "unsigned-webhook", &words);
    }
    Some(Webhook { url: url?.to_string(), secret_file: secret_file.map(PathBuf::from) })
}

fn web_address(text: &str) -> Option<reqwest::Url> {
    let url: reqwest::Url = text.parse().ok()?;
    let well = matches!(url.scheme(), "http" | "https") && url.has_host();
    well.then_some(url)
}

fn is_local(url: &reqwest::Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        }
        None => false,
    }
}
