//! TLS of both sides, from files, and what went wrong with it in words that say what to do.
//!
//! One provider, *ring*, named each time: whichever another crate might install for the whole
//! process is not asked. Files are read when they are needed, at the start; their contents are
//! shown nowhere. Versions 1.2 and 1.3, since cheap devices speak the older one.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, RootCertStore, ServerConfig, crypto,
};

use crate::config::{ClientTls, ServerTls};

/// Why certificates cannot be used. Nothing of a key is ever in it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("{}: cannot be read", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}: holds no {what} in PEM form", file.display())]
    Empty { file: PathBuf, what: &'static str },
    #[error("{}: is not usable: {problem}", file.display())]
    Unusable { file: PathBuf, problem: String },
}

/// What a client of another's broker needs.
///
/// # Errors
/// If a file cannot be read, or holds something else.
pub fn client(files: &ClientTls) -> Result<ClientConfig, TlsError> {
    let builder = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&files.ca_file, error))?
        .with_root_certificates(authorities(&files.ca_file)?);
    let Some((certificate, key)) = &files.certificate else {
        return Ok(builder.with_no_client_auth());
    };
    builder
        .with_client_auth_cert(certificates(certificate)?, private_key(key)?)
        .map_err(|error| unusable(certificate, error))
}

/// What our own broker needs. With a CA file a client may show a certificate, and need not.
///
/// # Errors
/// If a file cannot be read, or holds something else.
pub fn server(files: &ServerTls) -> Result<ServerConfig, TlsError> {
    let builder = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(&files.certificate_file, error))?;
    let builder = match &files.ca_file {
        None => builder.with_no_client_auth(),
        Some(ca_file) => {
            let roots = Arc::new(authorities(ca_file)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
            let verifier = verifier.allow_unauthenticated().build();
            builder.with_client_cert_verifier(verifier.map_err(|error| unusable(ca_file, error))?)
        }
    };
    builder
        .with_single_cert(certificates(&files.certificate_file)?, private_key(&files.key_file)?)
        .map_err(|error| unusable(&files.certificate_file, error))
}

fn provider() -> Arc<crypto::CryptoProvider> {
    Arc::new(crypto::ring::default_provider())
}

fn unusable(file: &Path, problem: impl ToString) -> TlsError {
    TlsError::Unusable { file: file.to_owned(), problem: problem.to_string() }
}

fn authorities(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| unusable(file, error))?;
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(file)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| broken(file, "certificate", &error))?;
    match found.is_empty() {
        true => Err(TlsError::Empty { file: file.to_owned(), what: "certificate" }),
        false => Ok(found),
    }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(file)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| broken(file, "private key", &error))
}

fn broken(file: &Path, what: &'static str, error: &pem::Error) -> TlsError {
    match error {
        pem::Error::NoItemsFound => TlsError::Empty { file: file.to_owned(), what },
        // The error may quote what it stumbled over.
        _ => unusable(file, format!("the {what} in it is cut or changed")),
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(file).map_err(|source| TlsError::Read { file: file.to_owned(), source })
}

/// What a failed TLS connection to a broker means and what to do; none if it says nothing more
/// than that the broker is away.
#[must_use]
pub fn advice(error: &rustls::Error) -> Option<String> {
    use AlertDescription as Alert;
    use CertificateError as Certificate;
    let advice = match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            Certificate::UnknownIssuer | Certificate::BadSignature => {
                "the broker's certificate is signed by nobody whom [mqtt] ca_file names; put the \
                 certificate of the authority that signed it there, and restart jikimi"
                    .to_owned()
            }
            Certificate::Expired | Certificate::ExpiredContext { .. } => {
                "the broker's certificate has expired; renew it at the broker (or set this \
                 machine's clock, if that is wrong)"
                    .to_owned()
            }
            Certificate::NotValidYet | Certificate::NotValidYetContext { .. } => {
                "the broker's certificate is not valid yet; set the clock of this machine, or of \
                 the one that made it"
                    .to_owned()
            }
            Certificate::NotValidForName | Certificate::NotValidForNameContext { .. } => {
                "the broker's certificate is for another host; say in [mqtt] url the name that it \
                 was made for, or make one for this name"
                    .to_owned()
            }
            other => format!("the broker's certificate is not usable ({other}); make a new one"),
        },
        rustls::Error::AlertReceived(alert) => match alert {
            Alert::CertificateRequired => "the broker wants a certificate of ours; name it in \
                                           [mqtt] client_certificate_file and client_key_file, \
                                           and restart jikimi"
                .to_owned(),
            Alert::UnknownCA | Alert::BadCertificate | Alert::DecryptError => {
                "the broker does not know who signed our certificate; have \
                 [mqtt] client_certificate_file signed by the authority that the broker trusts"
                    .to_owned()
            }
            Alert::CertificateExpired => "our own certificate has expired; renew \
                                          [mqtt] client_certificate_file and restart jikimi"
                .to_owned(),
            Alert::CertificateRevoked => "our own certificate has been revoked at the broker; \
                                          get another for [mqtt] client_certificate_file"
                .to_owned(),
            other => format!("the broker ends TLS with `{other:?}`; its own log says more"),
        },
        rustls::Error::InvalidMessage(_) => "the broker does not speak TLS on this port; name \
                                             its TLS port in [mqtt] url"
            .to_owned(),
        _ => return None,
    };
    Some(advice)
}
