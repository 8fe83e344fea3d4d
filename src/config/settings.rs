//! `jikimi.toml`: where the service listens, where it keeps what it knows, which broker it hears.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::brokers::{self, Broker, ServerTls};
use super::database::{self, Database};
use super::document::Document;
use super::entry::Entry;
use super::people::{self, Door, Weighed};
use super::problem::Report;
use super::want::Text;
use crate::people::Front;

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
    /// Where the API and the console answer.
    pub listen: SocketAddr,
    pub database: Database,
    /// Our own certificate, for HTTPS.
    pub tls: Option<ServerTls>,
    /// How people reach it, and what is asked of them.
    pub front: Front,
    /// Where the head of the trail is written daily.
    pub head_file: Option<PathBuf>,
}

/// Reads `jikimi.toml`; none if anything in it is wrong.
pub(super) fn read(document: &Document<'_>, report: &mut Report) -> Option<Settings> {
    let mut root = document.root("file");
    let service = root.table("service");
    if service.is_none() && !root.has("service") {
        root.missing("service", "say [service] with `listen` and `database`");
    }
    let service = service.map(|entry| read_service(entry, report));
    let (door, database) = service.unwrap_or((None, None));
    let front = people::read_people(&mut root, door.as_ref(), report);
    let head_file = people::read_head_file(&mut root, report);
    let broker = brokers::read(&mut root, report);
    let key_file = root.table("personal").and_then(|mut entry| {
        let file = entry.required("key_file", &Text("a path to a file"));
        entry.finish(report).then_some(file).flatten().map(PathBuf::from)
    });
    root.finish(report);
    let (Door { listen, tls, .. }, database, front) = (door?, database?, front?);
    let weighed = Weighed {
        front: &front,
        tls: tls.as_ref(),
        head_file: head_file.as_deref(),
        database: &database,
        listen,
    };
    people::weak(document.file, &weighed, report);
    let service = Service { listen, database, tls, front, head_file };
    Some(Settings { service, broker: broker?, key_file })
}

fn read_service(mut entry: Entry<'_>, report: &mut Report) -> (Option<Door>, Option<Database>) {
    let door = people::read_door(&mut entry);
    let database = database::read(&mut entry);
    match entry.finish(report) {
        true => (door, database),
        false => (None, None),
    }
}
