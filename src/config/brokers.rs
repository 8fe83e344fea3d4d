//! `[broker]` and `[mqtt]`: where messages come from, and how one proves who one is.
//!
//! Only names of files stand here, never a secret; none of them is opened before the service
//! starts, so a configuration can be checked where its secrets are not. Files are named as seen
//! from the folder in which the service runs, like the database.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::entry::Entry;
use super::problem::Report;
use super::want::{IdOf, Parsed, Text, quoted};

/// Where messages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broker {
    /// Our own, within the process.
    Embedded { listen: SocketAddr, guard: Guard },
    /// Another's, whose client we are.
    Remote { host: String, port: u16, client_id: String, login: Login },
}

/// What guards our own broker. Without certificate and accounts it listens on loopback only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guard {
    /// Mosquitto's password file.
    pub password_file: Option<PathBuf>,
    /// Mosquitto's ACL file. With it nobody is let in who does not prove who they are.
    pub acl_file: Option<PathBuf>,
    pub tls: Option<ServerTls>,
}

/// TLS as whoever is connected to offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTls {
    pub certificate_file: PathBuf,
    pub key_file: PathBuf,
    /// Signs the certificates by which devices may prove who they are.
    pub ca_file: Option<PathBuf>,
}

/// How we prove who we are to another's broker, and it to us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Login {
    pub username: Option<String>,
    pub password_file: Option<PathBuf>,
    /// With `mqtts://`.
    pub tls: Option<ClientTls>,
}

/// TLS as whoever connects wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientTls {
    /// Who may have signed the broker's certificate.
    pub ca_file: PathBuf,
    /// Our own certificate and its key.
    pub certificate: Option<(PathBuf, PathBuf)>,
}

const EMBEDDED_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), PORT);
const PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;
const CLIENT_ID: &str = "jikimi";

pub(super) fn read(root: &mut Entry<'_>, report: &mut Report) -> Option<Broker> {
    if root.has("mqtt") && root.has("broker") {
        let line = root.line_of("broker");
        let words = "[broker] is the embedded broker, which does not run beside the one that \
                     [mqtt] names; leave one of them out";
        root.refuse(Some(line), "two-brokers", words);
    }
    let remote = root.table("mqtt").map(|entry| read_remote(entry, report));
    let embedded = root.table("broker").map(|entry| read_embedded(entry, report));
    let default = Broker::Embedded { listen: EMBEDDED_LISTEN, guard: Guard::default() };
    remote.or(embedded).unwrap_or(Some(default))
}

// ── our own ──

fn read_embedded(mut entry: Entry<'_>, report: &mut Report) -> Option<Broker> {
    let wanted = "an address and port such as \"127.0.0.1:1883\"";
    let listen: Option<SocketAddr> =
        entry.required("listen", &Parsed::new(wanted, |text| text.parse().ok()));
    let password_file = file(&mut entry, "password_file");
    let acl_file = file(&mut entry, "acl_file");
    let ca_file = file(&mut entry, "ca_file");
    let certificate = both(&mut entry, "certificate_file", "key_file");
    let proves = password_file.is_some() || ca_file.is_some();
    if proves != acl_file.is_some() {
        let (there, words) = match proves {
            true => (
                "password_file",
                "who devices are is known, and not what they may; say \
                                       `acl_file` too",
            ),
            false => (
                "acl_file",
                "what devices may is known, and not who they are; say \
                                   `password_file` too, or `ca_file` for certificates",
            ),
        };
        let there = if entry.has(there) { there } else { "ca_file" };
        let line = entry.line_of(there);
        entry.refuse(Some(line), "half-an-account", words);
    }
    if ca_file.is_some() && certificate.is_none() {
        let line = entry.line_of("ca_file");
        let words = "`ca_file` is for devices' certificates, which nobody can show without TLS; \
                     say `certificate_file` and `key_file` too";
        entry.refuse(Some(line), "no-tls", words);
    }
    let guarded = acl_file.is_some() && certificate.is_some();
    if let Some(listen) = listen.filter(|listen| !listen.ip().is_loopback() && !guarded) {
        let line = entry.line_of("listen");
        let right = SocketAddr::from((Ipv4Addr::LOCALHOST, listen.port()));
        let words = format!(
            "`listen` is {listen}, which others can reach, and devices cannot prove who they are \
             without `certificate_file`, `key_file`, `password_file` and `acl_file`; say these, \
             or {right}"
        );
        entry.refuse(Some(line), "not-loopback", &words);
    }
    let tls = certificate.map(|(certificate_file, key_file)| ServerTls {
        certificate_file,
        key_file,
        ca_file,
    });
    let guard = Guard { password_file, acl_file, tls };
    entry.finish(report).then_some(Broker::Embedded { listen: listen?, guard })
}

// ── another's ──

fn read_remote(mut entry: Entry<'_>, report: &mut Report) -> Option<Broker> {
    let client_id = entry.optional("client_id", &IdOf::<Broker>::new());
    let client_id = client_id.map_or_else(|| CLIENT_ID.to_owned(), |id| id.to_string());
    let link = read_link(&mut entry);
    let well = entry.finish(report);
    let (host, port, login) = link?;
    well.then_some(Broker::Remote { host, port, client_id, login })
}

/// Where another's broker is, and how we prove who we are to it.
pub(super) fn read_link(entry: &mut Entry<'_>) -> Option<(String, u16, Login)> {
    let wanted = "a broker such as \"mqtts://broker.example\" or \"mqtt://127.0.0.1:1883\"";
    let url = entry.required("url", &Text(wanted));
    let address = url.and_then(|url| match address(&url) {
        Ok(address) => Some(address),
        Err(wrong) => {
            let line = entry.line_of("url");
            entry.refuse(Some(line), "bad-value", &format!("`url` is {}, {wrong}", shown(&url)));
            None
        }
    });
    let username = entry.optional("username", &Text("the name of jikimi's account"));
    let password_file = file(entry, "password_file");
    if password_file.is_some() && username.is_none() {
        let line = entry.line_of("password_file");
        let words = "a password is of somebody; say `username` too";
        entry.refuse(Some(line), "half-an-account", words);
    }
    let ca_file = file(entry, "ca_file");
    let certificate = both(entry, "client_certificate_file", "client_key_file");
    let secure = address.as_ref().is_some_and(|(_, _, secure)| *secure);
    let plain = address.as_ref().is_some_and(|(_, _, secure)| !secure);
    if plain && (ca_file.is_some() || certificate.is_some()) {
        let line = entry.line_of("url");
        let words = "`url` begins with mqtt://, which is plain text, and certificates are named; \
                     say mqtts://";
        entry.refuse(Some(line), "no-tls", words);
    }
    if secure && !entry.has("ca_file") {
        let words = "say who may have signed the broker's certificate: your own authority's \
                     certificate, or \"/etc/ssl/certs/ca-certificates.crt\" for a public one";
        entry.missing("ca_file", words);
    }
    let away = |host: &str| host != "localhost" && !host.starts_with("127.") && host != "::1";
    let abroad = address.as_ref().filter(|(host, _, _)| plain && away(host));
    if let Some((host, _, _)) = abroad.filter(|_| password_file.is_some()) {
        let line = entry.line_of("url");
        let words = format!(
            "`url` begins with mqtt://, which would carry the password to {host} in plain text; \
             say mqtts://"
        );
        entry.refuse(Some(line), "password-in-plain-text", &words);
    }
    let (host, port, _) = address?;
    let tls = match secure {
        true => Some(ClientTls { ca_file: ca_file?, certificate }),
        false => None,
    };
    Some((host, port, Login { username, password_file, tls }))
}

fn file(entry: &mut Entry<'_>, key: &'static str) -> Option<PathBuf> {
    entry.optional(key, &Text("a file such as \"/etc/jikimi/ca.crt\"")).map(PathBuf::from)
}

/// Two files of which neither is of use alone.
pub(super) fn both(
    entry: &mut Entry<'_>,
    one: &'static str,
    other: &'static str,
) -> Option<(PathBuf, PathBuf)> {
    let files = (file(entry, one), file(entry, other));
    let (there, missing) = match files {
        (Some(one), Some(other)) => return Some((one, other)),
        (None, None) => return None,
        (Some(_), None) => (one, other),
        (None, Some(_)) => (other, one),
    };
    // One that is there and wrong has been said already.
    if !entry.has(missing) {
        let line = entry.line_of(there);
        let words = format!("`{there}` is of no use alone; say `{missing}` too");
        entry.refuse(Some(line), "half-a-pair", &words);
    }
    None
}

/// The address in a sentence, which may stand in a log, without what may be a password.
fn shown(url: &str) -> String {
    match url.rsplit_once('@') {
        Some((_, host)) => quoted(&format!("…@{host}")),
        None => quoted(url),
    }
}

/// Host, port and whether it is TLS, or what is wrong with it.
fn address(url: &str) -> Result<(String, u16, bool), &'static str> {
    let (rest, port, secure) = match (url.strip_prefix("mqtt://"), url.strip_prefix("mqtts://")) {
        (Some(rest), _) => (rest, PORT, false),
        (_, Some(rest)) => (rest, TLS_PORT, true),
        _ => return Err("which is neither mqtts:// nor mqtt://; no other way is known"),
    };
    if rest.contains('@') {
        return Err("which names a user; say `username` and `password_file` instead");
    }
    if rest.contains(['/', '?', '#']) {
        return Err("which has a path; say mqtts://HOST:PORT");
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => {
            let port = port.parse().ok().filter(|port| *port != 0);
            (host, port.ok_or("whose port is not a number from 1 to 65535")?)
        }
        _ => (rest, port),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
    match !host.is_empty() && host.chars().all(plain) {
        true => Ok((host.to_owned(), port, secure)),
        false => Err("which names no host; say mqtts://HOST:PORT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_a_host_and_a_port() {
        for (url, host, port, secure) in [
            ("mqtt://broker.city:2883", "broker.city", 2883, false),
            ("mqtt://10.0.0.7", "10.0.0.7", 1883, false),
            ("mqtts://broker.city", "broker.city", 8883, true),
            ("mqtts://broker.city:8884", "broker.city", 8884, true),
            ("mqtt://[::1]:1884", "::1", 1884, false),
            ("mqtt://[::1]", "::1", 1883, false),
        ] {
            assert_eq!(address(url), Ok((host.to_owned(), port, secure)));
        }
    }

    #[test]
    fn what_we_cannot_connect_to_is_no_broker() {
        let wrong = [
            "wss://a:1",
            "mqtt://u:p@a:1",
            "mqtts://u:p@a:1",
            "mqtt://a:1/x",
            "mqtt://:1",
            "mqtt://a:x",
            "mqtt://a:0",
            "a:1883",
            "mqtt://",
            "mqtt://a b:1",
        ];
        for url in wrong {
            assert!(address(url).is_err(), "{url}");
        }
        assert!(!shown("mqtt://u:hunter2@a").contains("hunter2"));
    }
}
