//! `notify.toml`: who is told next, and over which way. Without the file the operator is told of
//! each alarm, over no way: notices wait.

use std::path::PathBuf;

use super::document::Document;
use super::entry::Entry;
use super::ladders;
use super::names::Taken;
use super::problem::Report;
use super::want::{ListOf, Parsed, Text, Word, quoted};
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

/// What stands in `notify.toml`.
#[derive(Default)]
pub(super) struct Notify {
    pub endpoints: Vec<Endpoint>,
    pub ladders: ladders::Read,
}

/// Reads `notify.toml`; none if anything in it is wrong.
pub(super) fn read(document: &Document<'_>, report: &mut Report) -> Option<Notify> {
    let mut root = document.root("file");
    let ladders = ladders::read(document, &mut root, report);
    let mut taken = Taken::among("among endpoints");
    let entries = root.each("webhook");
    let count = entries.len();
    let read = entries.into_iter().filter_map(|entry| read_webhook(entry, &mut taken, report));
    let endpoints: Vec<Endpoint> = read.collect();
    let well = root.finish(report) && endpoints.len() == count;
    well.then_some(Notify { endpoints, ladders })
}

fn read_webhook(mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<Endpoint> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let roles = entry.required("roles", &ListOf::some(Word::<Role>::new()));
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
    let well = entry.finish(report);
    let webhook = Webhook { url: url?.to_string(), secret_file: secret_file.map(PathBuf::from) };
    let channel = Channel::Webhook(webhook);
    well.then_some(Endpoint { id: id?.to_string(), roles: roles?, channel })
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
