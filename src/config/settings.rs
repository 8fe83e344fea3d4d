//! `jikimi.toml`: where the service listens, where it keeps what it knows, which broker it hears.
//!
//! Nothing that others can reach is accepted as long as people cannot log in.

use std::net::{Ipv4Addr, SocketAddr};

use super::brokers::{self, Broker};
use super::document::Document;
use super::entry::Entry;
use super::problem::Report;
use super::want::{Parsed, quoted};

/// What the process needs before it knows of any site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub service: Service,
    pub broker: Broker,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where the API and the console answer; a loopback address.
    pub listen: SocketAddr,
    /// `sqlite:PATH`.
    pub database: String,
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
    root.finish(report);
    Some(Settings { service: service?, broker: broker? })
}

fn read_service(mut entry: Entry<'_>, report: &mut Report) -> Option<Service> {
    let listen = loopback(&mut entry, "people cannot log in to it yet");
    let database = entry.required("database", &database());
    let database = database.filter(|url| !refuse_memory(&mut entry, url));
    entry.finish(report).then_some(Service { listen: listen?, database: database? })
}

fn database() -> Parsed<String> {
    Parsed::new("a text such as \"sqlite:var/jikimi.db\"", |text| {
        text.strip_prefix("sqlite:").filter(|path| !path.is_empty()).map(|_| text.to_owned())
    })
}

/// Refuses a database that ends with the process: an acknowledgement would promise nothing.
fn refuse_memory(entry: &mut Entry<'_>, url: &str) -> bool {
    let plain = url.to_ascii_lowercase().replace("%3a", ":");
    let path = plain.trim_start_matches("sqlite:").trim_start_matches("//");
    let nameless = path.split('?').next().is_none_or(str::is_empty);
    let in_memory = nameless || plain.contains(":memory:") || plain.contains("mode=memory");
    if in_memory {
        let line = entry.line_of("database");
        let words = format!(
            "`database` is {}, which is no file and is lost when jikimi stops, with every message \
             it acknowledged; say a file, such as \"sqlite:var/jikimi.db\"",
            quoted(url)
        );
        entry.refuse(Some(line), "database-in-memory", &words);
    }
    in_memory
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
