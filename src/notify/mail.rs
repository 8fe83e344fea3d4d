//! A notice as a letter (전자우편), over somebody's SMTP server.
//!
//! `Message-ID` is made of the idempotency key, so a letter that is sent twice after a crash is one
//! letter to whoever reads it. A server that cannot be reached rests; an address that it refuses
//! for good does not hold up the others.

use std::time::Duration;

use anyhow::Context as _;
use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use sha2::{Digest as _, Sha256};

use super::SendError;
use super::text::Text;
use crate::config::{Email, Security};

/// A server that takes longer has not taken it.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

pub(super) struct Sender {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What follows the @ of a message's name.
    domain: String,
}

impl Sender {
    /// # Errors
    /// If the password or the certificate cannot be read.
    pub fn new(email: &Email) -> anyhow::Result<Self> {
        let from: Mailbox = email.from.parse().context("the sender is no mailbox")?;
        let tls = || {
            let mut parameters = TlsParameters::builder(email.host.clone());
            if let Some(path) = &email.ca_file {
                let pem = std::fs::read(path);
                let pem = pem.with_context(|| format!("{} cannot be read", path.display()))?;
                let certificate = Certificate::from_pem(&pem);
                let certificate = certificate
                    .with_context(|| format!("{} holds no certificate (PEM)", path.display()))?;
                parameters = parameters.add_root_certificate(certificate);
            }
            anyhow::Ok(parameters.build()?)
        };
        let tls = match email.security {
            Security::Tls => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&email.host)
            .port(email.port)
            .tls(tls)
            .timeout(Some(ANSWER_WITHIN));
        if let Some((name, path)) = &email.login {
            let password = std::fs::read_to_string(path);
            let password = password.with_context(|| {
                format!("the password of {} cannot be read from {}", email.id, path.display())
            })?;
            let password = password.trim().to_owned();
            builder = builder.credentials(Credentials::new(name.clone(), password));
        }
        let domain = from.email.domain().to_owned();
        Ok(Self { transport: builder.build(), from, domain })
    }

    /// One attempt.
    ///
    /// # Errors
    /// If it was not taken.
    pub async fn send(&self, key: &str, to: &str, text: &Text) -> Result<(), SendError> {
        let refused = |error: String| SendError::Refused(error);
        let to: Mailbox = to.parse().map_err(|_| refused("the address is none".to_owned()))?;
        let name: String = Sha256::digest(key).iter().map(|byte| format!("{byte:02x}")).collect();
        let letter = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(text.subject.replace(['\r', '\n'], " "))
            .message_id(Some(format!("<{name}@{}>", self.domain)))
            .header(ContentType::TEXT_PLAIN)
            .body(text.body.clone())
            .map_err(|error| refused(error.to_string()))?;
        match self.transport.send(letter).await {
            Ok(_) => Ok(()),
            // Its own words may hold the address.
            Err(error) if error.is_permanent() => {
                let code = error.status().map(|code| format!(" with {code}")).unwrap_or_default();
                Err(refused(format!("the server refused it{code}")))
            }
            Err(error) if error.is_transient() => {
                let code = error.status().map(|code| format!(" with {code}")).unwrap_or_default();
                Err(refused(format!("the server put it off{code}")))
            }
            Err(error) if error.is_timeout() => Err(SendError::Away("timed out".to_owned())),
            Err(_) => Err(SendError::Away("not reached".to_owned())),
        }
    }
}
