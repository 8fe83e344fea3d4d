//! `jikimi.toml`: where the service listens, where it keeps what it knows, which broker it hears.
//!
//! Nothing that others can reach is accepted as long as people cannot log in.

use std::net::SocketAddr;

use super::database::{self, Database};
use super::document::Document;
use super::entry::Entry;
use super::problem::Report;
use super::want::{IdOf, Parsed, Text, quoted};

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
    pub database: Database,
}

/// Where messages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broker {
    /// Our own, within the process; a loopback address.
    Embedded { listen: SocketAddr },
    /// Another's, whose client we are.
    Remote { host: String, port: u16, client_id: String },
}

const EMBEDDED_LISTEN: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), MQTT_PORT);
const MQTT_PORT: u16 = 1883;
const CLIENT_ID: &str = "jikimi";

/// Reads `jikimi.toml`; none if anything in it is wrong.
pub(super) fn read(document: &Document<'_>, report: &mut Report) -> Option<Settings> {
    let mut root = document.root("file");
    let service = root.table("service");
    if service.is_none() && !root.has("service") {
        root.missing("service", "say [service] with `listen` and `database`");
    }
    let service = service.and_then(|entry| read_service(entry, report));
    let broker = read_broker(&mut root, report);
    root.finish(report);
    Some(Settings { service: service?, broker: broker? })
}

fn read_service(mut entry: Entry<'_>, report: &mut Report) -> Option<Service> {
    let listen = loopback(&mut entry, "people cannot log in to it yet");
    let database = database::read(&mut entry);
    entry.finish(report).then_some(Service { listen: listen?, database: database? })
}

fn read_broker(root: &mut Entry<'_>, report: &mut Report) -> Option<Broker> {
    if root.has("mqtt") && root.has("broker") {
        let line = root.line_of("broker");
        let words = "[broker] is the embedded broker, which does not run beside the one that \
                     [mqtt] names; leave one of them out";
        root.refuse(Some(line), "two-brokers", words);
    }
    let remote = root.table("mqtt").map(|entry| read_remote(entry, report));
    let embedded = root.table("broker").map(|entry| read_embedded(entry, report));
    remote.or(embedded).unwrap_or(Some(Broker::Embedded { listen: EMBEDDED_LISTEN }))
}

fn read_embedded(mut entry: Entry<'_>, report: &mut Report) -> Option<Broker> {
    let listen = loopback(&mut entry, "devices cannot prove who they are to it yet");
    entry.finish(report).then_some(Broker::Embedded { listen: listen? })
}

fn read_remote(mut entry: Entry<'_>, report: &mut Report) -> Option<Broker> {
    let url = entry.required("url", &Text("a broker such as \"mqtt://127.0.0.1:1883\""));
    let address = url.and_then(|url| match address(&url) {
        Ok(address) => Some(address),
        Err(wrong) => {
            let line = entry.line_of("url");
            entry.refuse(Some(line), "bad-value", &format!("`url` is {}, {wrong}", quoted(&url)));
            None
        }
    });
    let client_id = entry.optional("client_id", &IdOf::<Broker>::new());
    let client_id = client_id.map_or_else(|| CLIENT_ID.to_owned(), |id| id.to_string());
    let well = entry.finish(report);
    let (host, port) = address?;
    well.then_some(Broker::Remote { host, port, client_id })
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
    let right = SocketAddr::new(EMBEDDED_LISTEN.ip(), listen.port());
    let words = format!("`listen` is {listen}, which others can reach, and {because}; say {right}");
    entry.refuse(Some(line), "not-loopback", &words);
    None
}

/// Host and port of an `mqtt://` address, or what is wrong with it.
fn address(url: &str) -> Result<(String, u16), &'static str> {
    let rest =
        url.strip_prefix("mqtt://").ok_or("which is not mqtt://; no other way is known yet")?;
    if rest.contains('@') {
        return Err("which names a user; leave it out, it is not known yet how to log in");
    }
    if rest.contains(['/', '?', '#']) {
        return Err("which has a path; say mqtt://HOST:PORT");
    }
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !rest.ends_with(']') => {
            let port = port.parse().ok().filter(|port| *port != 0);
            (host, port.ok_or("whose port is not a number from 1 to 65535")?)
        }
        _ => (rest, MQTT_PORT),
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_');
    match !host.is_empty() && host.chars().all(plain) {
        true => Ok((host.to_owned(), port)),
        false => Err("which names no host; say mqtt://HOST:PORT"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_a_host_and_a_port() {
        assert_eq!(address("mqtt://broker.city:2883"), Ok(("broker.city".to_owned(), 2883)));
        assert_eq!(address("mqtt://10.0.0.7"), Ok(("10.0.0.7".to_owned(), 1883)));
        assert_eq!(address("mqtt://[::1]:1884"), Ok(("::1".to_owned(), 1884)));
        assert_eq!(address("mqtt://[::1]"), Ok(("::1".to_owned(), 1883)));
    }

    #[test]
    fn what_we_cannot_connect_to_is_no_broker() {
        let wrong = [
            "mqtts://a:1",
            "mqtt://u:p@a:1",
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
    }
}
