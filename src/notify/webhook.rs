//! A notice as one signed POST (웹훅): whoever has an HTTP server can take it.
//!
//! The body is JSON. `Idempotency-Key` is the same however often a notice is sent.
//! `Jikimi-Signature: t=SECONDS,v1=HEX` is the HMAC-SHA-256, with the endpoint's secret, of
//! `SECONDS.BODY`; a receiver refuses what is older than a few minutes, so that nothing overheard
//! can be sent to it again later. An answer of 2xx takes the notice; anything else does not.

use std::time::Duration;

use anyhow::Context as _;
use hmac::{Hmac, KeyInit as _, Mac as _};
use reqwest::Client;
use serde::Serialize;
use sha2::Sha256;

use super::SendError;
use crate::clock::wall_now;
use crate::config::Webhook;
use crate::store::DueNotice;

/// A receiver that takes longer has not taken it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

pub(super) struct Sender {
    client: Client,
    url: String,
    secret: Option<Vec<u8>>,
}

/// What a receiver reads.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    key: &'a str,
    incident: String,
    step: &'a str,
    role: &'a str,
    class: &'a str,
    level: &'a str,
    because: &'a str,
    because_ko: &'a str,
    /// A drill: nobody is in danger.
    exercise: bool,
    opened_at: String,
}

impl Sender {
    pub fn new(webhook: &Webhook) -> anyhow::Result<Self> {
        let secret = secret(webhook)?;
        let client = Client::builder()
            .timeout(ANSWER_WITHIN)
            // A redirect would carry the notice to where nobody said it may go.
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, url: webhook.url.clone(), secret })
    }

    /// One attempt.
    ///
    /// # Errors
    /// If it was not taken.
    pub async fn send(&self, key: &str, notice: &DueNotice) -> Result<(), SendError> {
        let body = Body::of(key, notice);
        let mut request = self
            .client
            .post(&self.url)
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", key);
        if let Some(secret) = &self.secret {
            request = request.header("Jikimi-Signature", signed(secret, &body));
        }
        let answer = request.body(body).send().await;
        let answer = answer.map_err(|error| SendError::Away(chain(&error)))?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            status => Err(SendError::Refused(format!("the endpoint answered {status}"))),
        }
    }
}

impl Body<'_> {
    /// The JSON of one notice.
    pub(super) fn of(key: &str, notice: &DueNotice) -> Vec<u8> {
        let body = Body {
            key,
            incident: notice.incident.to_string(),
            step: &notice.step,
            role: &notice.role,
            class: notice.class.as_str(),
            level: notice.level.as_str(),
            because: &notice.because,
            because_ko: &notice.because_ko,
            exercise: notice.exercise,
            opened_at: notice.opened_at.to_string(),
        };
        // Plain fields always serialize.
        serde_json::to_vec(&body).unwrap_or_default()
    }
}

/// An error and its causes, without the address, which may carry a secret.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut said = if error.is_timeout() { "timed out" } else { "not reached" }.to_owned();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        said = format!("{said}: {error}");
        cause = error.source();
    }
    said
}

/// What signs what is sent there, if anything does.
///
/// # Errors
/// If its file cannot be read.
pub(super) fn secret(webhook: &Webhook) -> anyhow::Result<Option<Vec<u8>>> {
    let Some(path) = &webhook.secret_file else { return Ok(None) };
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| {
        format!("the secret of {} cannot be read from {}", webhook.url, path.display())
    })?;
    Ok(Some(text.trim().as_bytes().to_vec()))
}

/// The value of `Jikimi-Signature` for a body that is sent now.
pub(super) fn signed(secret: &[u8], body: &[u8]) -> String {
    let stamp = wall_now().as_second();
    format!("t={stamp},v1={}", signature(secret, stamp, body))
}

fn signature(secret: &[u8], stamp: i64, body: &[u8]) -> String {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(format!("{stamp}.").as_bytes());
    mac.update(body);
    let bytes = mac.finalize().into_bytes();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_hmac_of_stamp_and_body() {
        // Reckoned with `printf '1700000000.{}' | openssl dgst -sha256 -hmac secret`.
        let expected = "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163";
        assert_eq!(signature(b"secret", 1_700_000_000, b"{}"), expected);
    }
}
