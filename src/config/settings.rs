//! `jikimi.toml`: where the service listens, where it keeps what it knows, which broker it hears.
//!
//! Nothing that others can reach is accepted as long as people cannot log in.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::brokers::{self, Broker};
use super::database::{self, Database};
use super::document::Document;
use super::entry::Entry;
use super::problem::Report;
use super::want::{Parsed, Text};

/// What the process needs before it knows of any site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub service: Service,
    pub broker: Broker,
    /// The file with which personal data is sealed, where there is one.
    pub key_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where the API and the console answer; a loopback address.
    pub listen: SocketAddr,
    pub database: Database,
}

/// Reads `jikimi.toml`; none if anything in it is wrong.
pub(super) fn read(document: &Document<'_>, report: &mut Report) -> Option<Settings> {
    let mut root = document.root("file");
    let service = root.table("service");
    if service.is_none() && !root.has("service") {
        root.missing("service", "say [service] with `listen` and `database`");
    }
    let service = service.and_then(|entry| read_service(entry, report));
    let broker = brokers::read(&mut root, report);
    let key_file = root.table("personal").and_then(|mut entry| {
        let file = entry.required("key_file", &Text("a path to a file"));
        entry.finish(report).then_some(file).flatten().map(PathBuf::from)
    });
    root.finish(report);
    Some(Settings { service: service?, broker: broker?, key_file })
}

fn read_service(mut entry: Entry<'_>, report: &mut Report) -> Option<Service> {
    let listen = loopback(&mut entry, "people cannot log in to it yet");
    let database = database::read(&mut entry);
    entry.finish(report).then_some(Service { listen: listen?, database: database? })
}

/// A `listen` that only this machine can reach.
fn loopback(entry: &mut Entry<'_>, because: &str) -> Option<SocketAddr> {
    let wanted = "an address and port such as \"127.0.0.1:8080\"";
    let listen: SocketAddr =
        entry.required("listen", &Parsed::new(wanted, |text| text.parse().ok()))?;
    if listen.ip().is_loopback() {
        return Some(listen);
    }
    let line = entry.line_of("listen");
    let right = SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port()));
    let words = format!("`listen` is {listen}, which others can reach, and {because}; say {right}");
    entry.refuse(Some(line), "not-loopback", &words);
    None
}
