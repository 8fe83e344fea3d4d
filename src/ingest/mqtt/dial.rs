//! How a broker is reached, and why it is not.
//!
//! Secrets are read here once, from the files that the configuration names, and live in the
//! connection's options alone; nothing that is logged or answered holds one.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rumqttc::v5::mqttbytes::v5::ConnectReturnCode as Code;
use rumqttc::v5::{ConnectionError, MqttOptions, StateError};
use rumqttc::{TlsConfiguration, Transport};

use super::{Address, AddressError};
use crate::config::Login;
use crate::tls::{self, TlsError};

/// A password is not longer than this; what is named there by mistake may be.
const PASSWORD_BYTES_MAX: usize = 1024;

/// A broker's address and how we prove who we are to it.
#[derive(Clone)]
pub struct Dial {
    address: Address,
    account: Option<(String, String)>,
    tls: Option<Arc<rustls::ClientConfig>>,
}

/// Why a broker cannot even be tried.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("[mqtt] password_file {}: cannot be read", file.display())]
    Password { file: PathBuf, source: io::Error },
    #[error("[mqtt] password_file {}: {problem}; one line is wanted", file.display())]
    NoPassword { file: PathBuf, problem: &'static str },
    #[error("[mqtt] names certificates that cannot be used")]
    Tls(#[from] TlsError),
}

impl Dial {
    /// A broker that asks nobody who they are, in plain text.
    ///
    /// # Errors
    /// If `url` is no such broker's address.
    pub fn plain(url: &str) -> Result<Self, AddressError> {
        Ok(Self { address: url.parse()?, account: None, tls: None })
    }

    /// As the configuration has it; reads the files that it names.
    ///
    /// # Errors
    /// If a file cannot be read or holds something else.
    pub fn new(host: &str, port: u16, login: &Login) -> Result<Self, DialError> {
        let host = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        let password = login.password_file.as_deref().map(password).transpose()?;
        let name = login.username.clone();
        let account = name.map(|name| (name, password.unwrap_or_default()));
        let tls = login.tls.as_ref().map(tls::client).transpose()?.map(Arc::new);
        Ok(Self { address: Address { host, port }, account, tls })
    }

    /// The options of a connection there.
    pub(crate) fn options(&self, client_id: impl Into<String>) -> MqttOptions {
        let Address { host, port } = &self.address;
        let mut options = MqttOptions::new(client_id, host, *port);
        if let Some((name, password)) = &self.account {
            options.set_credentials(name, password);
        }
        if let Some(tls) = &self.tls {
            let tls = TlsConfiguration::Rustls(Arc::clone(tls));
            options.set_transport(Transport::tls_with_config(tls));
        }
        options
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dial({self})")
    }
}

impl fmt::Display for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls.is_some() { "mqtts" } else { "mqtt" };
        write!(f, "{scheme}://{}:{}", self.address.host, self.address.port)
    }
}

fn password(file: &Path) -> Result<String, DialError> {
    let refuse = |problem| DialError::NoPassword { file: file.to_owned(), problem };
    let text = std::fs::read(file)
        .map_err(|source| DialError::Password { file: file.to_owned(), source })?;
    let text = String::from_utf8(text).map_err(|_| refuse("it is no text"))?;
    let word = text.trim_end_matches(['\r', '\n']);
    match word {
        "" => Err(refuse("it is empty")),
        word if word.contains('\n') || word.len() > PASSWORD_BYTES_MAX => {
            Err(refuse("it holds more than a password"))
        }
        word => Ok(word.to_owned()),
    }
}

/// Why a connection came to nothing, and what to do about it, where more is known than that the
/// broker is away.
pub(super) fn advice(error: &ConnectionError) -> Option<String> {
    let said = |text: &str| Some(text.to_owned());
    match error {
        ConnectionError::ConnectionRefused(Code::BadUserNamePassword | Code::NotAuthorized) => {
            said(
                "the broker refuses our user name or password; compare [mqtt] username and \
                  password_file with the account at the broker, and restart jikimi",
            )
        }
        ConnectionError::ConnectionRefused(Code::ClientIdentifierNotValid | Code::BadClientId) => {
            said("the broker refuses our client id; say another [mqtt] client_id")
        }
        ConnectionError::ConnectionRefused(code) => {
            Some(format!("the broker refuses us ({code:?}); its own log says more"))
        }
        ConnectionError::Io(error) | ConnectionError::MqttState(StateError::Io(error)) => {
            of_io(error)
        }
        ConnectionError::Tls(error) => match error {
            rumqttc::TlsError::Io(error) => of_io(error),
            rumqttc::TlsError::TLS(error) => tls::advice(error),
            _ => said(
                "[mqtt] url names the broker by something that no certificate can be for; \
                       say its host name",
            ),
        },
        _ => None,
    }
}

/// TLS speaks through the socket's errors.
fn of_io(error: &io::Error) -> Option<String> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().and_then(tls::advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(password_file: &Path) -> Login {
        let username = Some("jikimi".to_owned());
        Login { username, password_file: Some(password_file.to_owned()), tls: None }
    }

    #[test]
    fn no_password_is_ever_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "hunter2\n").unwrap();
        let dial = Dial::new("broker.city", 1883, &login(&file)).unwrap();
        assert_eq!(dial.options("x").credentials().unwrap().password, "hunter2");
        let said = format!("{dial} {dial:?}");
        assert_eq!(said, "mqtt://broker.city:1883 Dial(mqtt://broker.city:1883)");
    }

    #[test]
    fn a_file_with_no_password_in_it_is_refused_without_being_repeated() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        for (text, problem) in [("\n", "empty"), ("a\nb\n", "more than"), ("\u{7f}\n", "")] {
            std::fs::write(&file, text).unwrap();
            match Dial::new("h", 1, &login(&file)) {
                Ok(_) => assert_eq!(problem, ""),
                Err(error) => {
                    assert!(!problem.is_empty() && error.to_string().contains(problem), "{error}");
                }
            }
        }
        let missing = Dial::new("h", 1, &login(Path::new("/nowhere/at/all"))).unwrap_err();
        assert!(missing.to_string().contains("/nowhere/at/all"));
    }
}
