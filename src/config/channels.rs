//! `[[email]]` and `[[provider]]`: ways over which persons are told, by id.
//!
//! Secrets are named by file and read when the service starts, so that a configuration can be
//! checked where its secrets are not.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::entry::Entry;
use super::names::Taken;
use super::nearest::hint;
use super::problem::Report;
use super::providers::Providers;
use super::want::{Parsed, Raw, Text, Want, Wrong, quoted};
use crate::notify::provider::Template;

/// A mail server and whom its letters come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    pub id: String,
    pub host: String,
    pub port: u16,
    pub security: Security,
    pub from: String,
    /// Name and the file of the password.
    pub login: Option<(String, PathBuf)>,
    /// Who may have signed the server's certificate, beside those whom the machine trusts.
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// From the first byte (`smtps://`, usually 465).
    Tls,
    /// After STARTTLS, which the server has to offer (`smtp+starttls://`, usually 587).
    StartTls,
    /// None, to this machine alone (`smtp://`).
    None,
}

/// Somebody's HTTP interface for texts and calls, with what it has to know of us.
#[derive(Debug, Clone, PartialEq)]
pub struct Provider {
    pub id: String,
    pub template: Arc<Template>,
    /// Files of secrets, by the names that the template uses.
    pub secrets: BTreeMap<String, PathBuf>,
    pub settings: BTreeMap<String, String>,
    /// Holds the secret with which its calls to us are signed; without one, none is taken.
    pub inbound_secret: Option<PathBuf>,
    /// Replaces the template's address: a test, or a relay in the office.
    pub url: Option<String>,
}

/// All ways.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Ways {
    pub emails: Vec<Email>,
    pub providers: Vec<Provider>,
    /// Whether every one of them was well.
    pub(super) all: bool,
}

impl Ways {
    /// Whether a way needs an e-mail address rather than a telephone number; none if it is none.
    pub(super) fn wants_email(&self, id: &str) -> Option<bool> {
        let email = self.emails.iter().any(|email| email.id == id);
        let provider = self.providers.iter().any(|provider| provider.id == id);
        (email || provider).then_some(email)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        let emails = self.emails.iter().map(|email| email.id.as_str());
        emails.chain(self.providers.iter().map(|provider| provider.id.as_str()))
    }
}

enum Named {}

/// Reads every way. `taken`: ids of endpoints, among which theirs are unique too.
pub(super) fn read(
    root: &mut Entry<'_>,
    providers: &Providers,
    taken: &mut Taken,
    report: &mut Report,
) -> Ways {
    let entries = (root.each("email"), root.each("provider"));
    let count = entries.0.len() + entries.1.len();
    let emails = entries.0.into_iter();
    let emails = emails.filter_map(|entry| read_email(entry, taken, report)).collect();
    let read = entries.1.into_iter();
    let read = read.filter_map(|entry| read_provider(entry, providers, taken, report)).collect();
    let mut ways = Ways { emails, providers: read, all: false };
    ways.all = ways.emails.len() + ways.providers.len() == count;
    ways
}

fn read_email(mut entry: Entry<'_>, taken: &mut Taken, report: &mut Report) -> Option<Email> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let wanted = "a mail server such as \"smtps://mail.example\", \
                  \"smtp+starttls://mail.example:587\" or \"smtp://127.0.0.1:25\"";
    let server = entry.required("server", &Parsed::new(wanted, server));
    let address = "an e-mail address such as \"jikimi@center.example\"";
    let from = entry.required(
        "from",
        &Parsed::new(address, |text| {
            text.parse::<lettre::message::Mailbox>().is_ok().then(|| text.to_owned())
        }),
    );
    let username = entry.optional("username", &Text("the name of jikimi's account"));
    let password = entry.optional("password_file", &Text("the path of a file with its password"));
    if username.is_some() != password.is_some() {
        let words = "an account has a name and a password; say both `username` and \
                     `password_file`, or neither";
        entry.refuse(None, "half-an-account", words);
    }
    let ca_file = entry.optional("ca_file", &Text("the path of a certificate (PEM)"));
    if let Some((host, _, Security::None)) = &server
        && !is_this_machine(host)
    {
        let line = entry.line_of("server");
        let words = "`server` is reached without TLS, and is not this machine; say smtps:// or \
                     smtp+starttls://, so that nobody on the way reads who is in danger";
        entry.refuse(Some(line), "no-tls", words);
    }
    let well = entry.finish(report);
    let (host, port, security) = server?;
    let login = username.zip(password.map(PathBuf::from));
    let (id, ca_file) = (id?.to_string(), ca_file.map(PathBuf::from));
    well.then_some(Email { id, host, port, security, from: from?, login, ca_file })
}

fn server(text: &str) -> Option<(String, u16, Security)> {
    let url: reqwest::Url = text.parse().ok()?;
    let (security, usual) = match url.scheme() {
        "smtps" => (Security::Tls, 465),
        "smtp+starttls" => (Security::StartTls, 587),
        "smtp" => (Security::None, 25),
        _ => return None,
    };
    let plain = url.path().trim_matches('/').is_empty() && url.username().is_empty();
    let host = url.host_str().filter(|host| plain && !host.is_empty())?;
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    Some((host, url.port().unwrap_or(usual), security))
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

fn read_provider(
    mut entry: Entry<'_>,
    providers: &Providers,
    taken: &mut Taken,
    report: &mut Report,
) -> Option<Provider> {
    let id = entry.id::<Named>();
    if let Some(id) = &id {
        taken.give(&mut entry, id);
    }
    let template = entry.required("template", providers);
    let secrets = entry.optional("secrets", &Texts("paths of files, by name"));
    let settings = entry.optional("settings", &Texts("texts, by name"));
    let (secrets, settings) = (secrets.unwrap_or_default(), settings.unwrap_or_default());
    if let Some(template) = template.as_ref().and_then(Option::as_ref) {
        same_names(&mut entry, "secrets", &template.secrets, &secrets);
        same_names(&mut entry, "settings", &template.settings, &settings);
    }
    let address = Parsed::new("an address such as \"https://relay.example/send\"", |text| {
        let url: reqwest::Url = text.parse().ok()?;
        matches!(url.scheme(), "http" | "https").then(|| text.to_owned())
    });
    let url = entry.optional("url", &address);
    let inbound = Text("the path of a file with the secret that signs its calls to us");
    let inbound_secret = entry.optional("inbound_secret_file", &inbound).map(PathBuf::from);
    let well = entry.finish(report);
    let secrets = secrets.into_iter().map(|(name, path)| (name, PathBuf::from(path))).collect();
    let (id, template) = (id?.to_string(), template??);
    well.then_some(Provider { id, template, secrets, settings, inbound_secret, url })
}

/// What a template needs is there, and nothing else is.
fn same_names(
    entry: &mut Entry<'_>,
    key: &'static str,
    needs: &[String],
    given: &BTreeMap<String, String>,
) {
    let line = entry.line_of(key);
    for name in needs.iter().filter(|name| !given.contains_key(*name)) {
        let words = format!("`{key}` lacks {}, which the template needs", quoted(name));
        entry.refuse(Some(line), "missing-key", &words);
    }
    for name in given.keys().filter(|name| !needs.contains(name)) {
        let hint = hint(name, needs.iter().map(String::as_str));
        let name = quoted(name);
        let words = format!("`{key}` has {name}, which the template does not need{hint}");
        entry.refuse(Some(line), "unknown-key", &words);
    }
}

/// A table of texts.
pub(super) struct Texts(pub &'static str);

impl Want for Texts {
    type Is = BTreeMap<String, String>;

    fn wanted(&self) -> String {
        self.0.to_owned()
    }

    fn read(&self, value: &Raw<'_>) -> Result<Self::Is, Vec<Wrong>> {
        let Some(table) = value.get_ref().as_table() else { return self.refuse_type(value) };
        let pairs = table.iter().map(|(key, value)| {
            let text = Text(self.0).read(value)?;
            Ok((key.get_ref().as_ref().to_owned(), text))
        });
        pairs.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_how_it_is_reached() {
        let is = |text: &str| server(text);
        assert_eq!(is("smtps://mail.example"), Some(("mail.example".into(), 465, Security::Tls)));
        let started = Some(("mail.example".into(), 2525, Security::StartTls));
        assert_eq!(is("smtp+starttls://mail.example:2525"), started);
        assert_eq!(is("smtp://127.0.0.1:2525"), Some(("127.0.0.1".into(), 2525, Security::None)));
        assert_eq!(is("https://mail.example"), None);
        assert_eq!(is("smtps://user@mail.example"), None);
    }
}
