//! A notice over a provider's HTTP interface, as its template says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use reqwest::Client;

use super::SendError;
use super::provider::{Method, Template, Words};
use super::webhook::chain;
use crate::config::Provider;

/// A provider that takes longer has not taken it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Of an answer so much is read.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

pub(super) struct Sender {
    client: Client,
    template: Arc<Template>,
    secrets: BTreeMap<String, String>,
    settings: BTreeMap<String, String>,
    url: Option<String>,
}

impl Sender {
    /// # Errors
    /// If a secret cannot be read.
    pub fn new(provider: &Provider) -> anyhow::Result<Self> {
        let mut secrets = BTreeMap::new();
        for (name, path) in &provider.secrets {
            let secret = std::fs::read_to_string(path);
            let secret = secret.with_context(|| {
                let (id, path) = (&provider.id, path.display());
                format!("the secret `{name}` of {id} cannot be read from {path}")
            })?;
            secrets.insert(name.clone(), secret.trim().to_owned());
        }
        let client = Client::builder()
            .timeout(ANSWER_WITHIN)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        let (template, settings) = (Arc::clone(&provider.template), provider.settings.clone());
        Ok(Self { client, template, secrets, settings, url: provider.url.clone() })
    }

    /// Whether a text may carry a link.
    pub fn takes_links(&self) -> bool {
        self.template.link
    }

    /// Whether it brings answers back.
    pub fn takes_answers(&self) -> bool {
        self.template.answer.is_some()
    }

    /// One attempt; the provider's name of it.
    ///
    /// # Errors
    /// If it was not taken.
    pub async fn send(&self, words: &Words) -> Result<Option<String>, SendError> {
        let request = self.template.request(words, &self.secrets, &self.settings);
        let request = request.map_err(|error| SendError::Refused(error.to_string()))?;
        let url = self.url.as_deref().unwrap_or(&request.url);
        let mut call = match self.template.method {
            Method::Post => self.client.post(url),
            Method::Put => self.client.put(url),
        };
        call = call.header("Idempotency-Key", &words.key);
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        let answer = call.body(request.body).send().await;
        let mut answer = answer.map_err(|error| SendError::Away(chain(&error)))?;
        let mut body = Vec::new();
        while let Ok(Some(chunk)) = answer.chunk().await {
            if body.len() + chunk.len() > ANSWER_BYTES_MAX {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        self.template.judge(answer.status().as_u16(), &body)
    }
}
