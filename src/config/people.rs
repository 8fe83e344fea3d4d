//! How people reach the service and what is asked of them: their part of `[service]`, and
//! `[people]` and `[audit]`.
//!
//! Off loopback it has to be HTTPS, by a certificate of our own or by a proxy that is named. What
//! is allowed and weak is warned of.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use super::brokers::{ServerTls, both};
use super::database::Database;
use super::entry::Entry;
use super::problem::{Problem, Report};
use super::want::{ListOf, Number, Parsed, Text};
use crate::domain::time::SignedDuration;
use crate::people::network::Network;
use crate::people::{Front, IDLE, LONGEST};

/// What `[service]` says of how people reach it.
pub(super) struct Door {
    pub listen: SocketAddr,
    pub tls: Option<ServerTls>,
    pub proxies: Vec<Network>,
    pub origin: Option<String>,
}

const IDLE_MIN: Number =
    Number::within("a number of minutes from 1 to 1440", |n| (1.0..=1440.0).contains(&n));
const LONGEST_H: Number =
    Number::within("a number of hours from 0.25 to 168", |n| (0.25..=168.0).contains(&n));
/// Beyond these it is worth a second look.
const IDLE_WEAK: SignedDuration = SignedDuration::from_mins(60);
const LONGEST_WEAK: SignedDuration = SignedDuration::from_hours(24);

/// Reads the address and what guards it; none if anything of it is wrong.
pub(super) fn read_door(entry: &mut Entry<'_>) -> Option<Door> {
    let wanted = "an address and port such as \"127.0.0.1:8080\"";
    let listen: Option<SocketAddr> =
        entry.required("listen", &Parsed::new(wanted, |text| text.parse().ok()));
    let certificate = both(entry, "certificate_file", "key_file");
    let proxies = entry.optional("behind_proxy", &ListOf::some(network()));
    let origin = Parsed::new("an address such as \"https://jikimi.city\"", origin);
    let origin = entry.optional("origin", &origin);
    let guarded = certificate.is_some() || entry.has("behind_proxy");
    let listen = listen?;
    if !listen.ip().is_loopback() && !guarded && !entry.has("certificate_file") {
        let line = entry.line_of("listen");
        let right = SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port()));
        let words = format!(
            "`listen` is {listen}, which others can reach, and passwords would go there in plain \
             text; say `certificate_file` and `key_file`, or in `behind_proxy` which proxy stands \
             in front, or {right}"
        );
        entry.refuse(Some(line), "not-loopback", &words);
        return None;
    }
    let tls = certificate.map(|(certificate_file, key_file)| ServerTls {
        certificate_file,
        key_file,
        ca_file: None,
    });
    Some(Door { listen, tls, proxies: proxies.unwrap_or_default(), origin })
}

fn network() -> Parsed<Network> {
    Parsed::new("a network such as \"10.1.0.0/16\" or an address", |text| text.parse().ok())
}

/// Scheme, host and port, as a browser says it.
fn origin(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]".contains(c);
    let lower = !rest.is_empty() && rest.chars().all(plain) && text == text.to_lowercase();
    lower.then(|| text.to_owned())
}

/// `[people]`: what is asked of whoever comes in through this door.
pub(super) fn read_people(
    root: &mut Entry<'_>,
    door: Option<&Door>,
    report: &mut Report,
) -> Option<Front> {
    let entry = root.table("people");
    let absent = entry.is_none() && root.has("people");
    let mut front = Front {
        loopback: door.is_some_and(|door| door.listen.ip().is_loopback()),
        secure: door.is_some_and(|door| door.tls.is_some() || !door.proxies.is_empty()),
        proxies: door.map_or_else(Vec::new, |door| door.proxies.clone()),
        origin: door.and_then(|door| door.origin.clone()),
        office: Vec::new(),
        idle: IDLE,
        longest: LONGEST,
    };
    let Some(mut entry) = entry else { return (!absent).then_some(front) };
    let office = entry.optional("office_networks", &ListOf::some(network()));
    front.office = office.unwrap_or_default();
    if let Some(minutes) = entry.optional("session_idle_min", &IDLE_MIN) {
        front.idle = SignedDuration::from_secs_f64(minutes * 60.0);
    }
    if let Some(hours) = entry.optional("session_longest_h", &LONGEST_H) {
        front.longest = SignedDuration::from_secs_f64(hours * 3600.0);
    }
    entry.finish(report).then_some(front)
}

/// `[audit]`: where the head of the trail is written daily.
pub(super) fn read_head_file(root: &mut Entry<'_>, report: &mut Report) -> Option<PathBuf> {
    let mut entry = root.table("audit")?;
    let wanted = "a file outside the database, such as \"/var/log/jikimi/audit-head\"";
    let file = entry.required("head_file", &Text(wanted)).map(PathBuf::from);
    entry.finish(report);
    file
}

/// What is allowed and weak, each with what would be better.
pub(super) fn weak(file: &str, at: &Weighed<'_>, report: &mut Report) {
    let mut warn = |code, sentence: String| {
        report.warnings.push(Problem { file: file.to_owned(), line: None, code, sentence });
    };
    let Weighed { front, tls, head_file, database, listen } = at;
    for wide in front.proxies.iter().filter(|network| network.is_wide()) {
        let sentence = format!(
            "[service] `behind_proxy` believes everybody in {wide} about where a request comes \
             from; name the proxy's own address"
        );
        warn("wide-proxy", sentence);
    }
    for wide in front.office.iter().filter(|network| network.is_wide()) {
        let sentence = format!(
            "[people] `office_networks` holds {wide}, from which nobody is asked for a second \
             factor; name the networks of the offices"
        );
        warn("wide-office", sentence);
    }
    if !front.loopback && tls.is_none() {
        let sentence = format!(
            "[service] passwords go from the proxy to {listen} in plain text; say \
             `certificate_file` and `key_file` too, or listen on loopback"
        );
        warn("plain-text", sentence);
    }
    if front.idle > IDLE_WEAK || front.longest > LONGEST_WEAK {
        let words = "[people] a session that nobody uses should end within 60 minutes \
                     (`session_idle_min`), and every session within 24 hours (`session_longest_h`)";
        warn("long-session", words.to_owned());
    }
    let private = front.is_private();
    if !private && head_file.is_none() {
        let words = "say where the head of the trail is written daily ([audit] `head_file`), or \
                     whoever can write to the database can rewrite the trail";
        warn("no-audit-head", words.to_owned());
    }
    if head_file.is_some_and(|head| beside(head, database)) {
        let words = "[audit] `head_file` stands in the database's own folder; whoever reaches one \
                     reaches the other";
        warn("audit-head-beside", words.to_owned());
    }
    if crate::store::without_password(&database.url) != database.url {
        let words = "[service] `database` holds a password, which everyone who reads this file \
                     knows; put it into a file of its own (`database_password_file`)";
        warn("password-in-file", words.to_owned());
    }
    let keys = [tls.map(|tls| &tls.key_file), database.password_file.as_ref()];
    for open in keys.into_iter().flatten().filter(|file| is_open(file)) {
        let sentence = format!("{} can be read by everyone; chmod 600 it", open.display());
        warn("open-secret", sentence);
    }
}

/// What [`weak`] looks at.
pub(super) struct Weighed<'a> {
    pub front: &'a Front,
    pub tls: Option<&'a ServerTls>,
    pub head_file: Option<&'a Path>,
    pub database: &'a Database,
    pub listen: SocketAddr,
}

fn beside(head: &Path, database: &Database) -> bool {
    let file = database.url.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
    let folder = |path: &Path| path.parent().map(Path::to_path_buf);
    file.is_some_and(|file| folder(Path::new(file)) == folder(head))
}

/// Whether others than its owner and group may read a file; one that is not here is not open.
fn is_open(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|held| held.permissions().mode() & 0o004 != 0)
}
