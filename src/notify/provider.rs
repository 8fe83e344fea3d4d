//! Texts, notification talk and calls over somebody's HTTP interface (문자, 알림톡, 음성전화).
//!
//! What a provider wants is a template in `config/providers`: method, address, headers and body,
//! with the rule by which its answers are understood. Whatever is
//! put into a body is escaped for what the body is, so no word of a notice can become part of a
//! request. An answer that no rule calls taken is not taken.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};
use serde_json::Value as Json;
use sha2::Sha256;

use super::SendError;

/// What a provider wants, as a file says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    pub id: String,
    pub method: Method,
    /// Templates, like the headers' values and the body.
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub body_is: BodyIs,
    /// Names that `secrets` and `settings` have to bring.
    pub secrets: Vec<String>,
    pub settings: Vec<String>,
    /// Whether a text may carry a link. Government texts carry none (공공기관 문자 링크 금지).
    pub link: bool,
    pub taken: Taken,
    /// Where a call of the provider to us lists what it says; none where it says one thing.
    pub events: Option<String>,
    pub receipt: Option<Receipt>,
    pub answer: Option<AnswerRule>,
}

/// How a provider says later whether a notice has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Where its own name of it stands, as it was taken under.
    pub handle: String,
    pub at: String,
    pub delivered: Vec<String>,
    /// Anything else is not decided yet.
    pub failed: Vec<String>,
}

/// How a provider hands on what somebody pressed or wrote back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerRule {
    /// Where what we sent as `answer` comes back.
    pub token: String,
    pub at: String,
    pub fine: Vec<String>,
    pub help: Vec<String>,
    pub acknowledge: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    Post,
    Put,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BodyIs {
    Json,
    Form,
}

/// When a request was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub status: Vec<u16>,
    /// What stands where in the answer, where the status alone does not say it.
    pub says: Option<Says>,
    /// Where the provider's own name of it stands.
    pub handle: Option<String>,
}

/// A field of a JSON document (RFC 6901) and what it may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Says {
    pub at: String,
    pub is: Vec<String>,
}

/// What a template may use.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Words {
    /// The idempotency key.
    pub key: String,
    pub to: String,
    pub text: String,
    pub subject: String,
    /// Empty where the template or the person may have none.
    pub link: String,
    /// What the provider has to bring back with an answer: good once, and for a day.
    pub answer: String,
    pub now: String,
    pub now_ms: i64,
    pub salt: String,
    pub exercise: bool,
}

/// A request as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Why a template cannot be used: which part, and what about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{part}`: {said}")]
pub struct TemplateError {
    pub part: String,
    pub said: String,
}

impl Template {
    /// The request for `words`.
    ///
    /// # Errors
    /// If a part does not render, or the body is not what it says it is.
    pub fn request(
        &self,
        words: &Words,
        secrets: &BTreeMap<String, String>,
        settings: &BTreeMap<String, String>,
    ) -> Result<Request, TemplateError> {
        let values = context! { secrets, settings, ..Value::from(Serde(words.clone())) };
        let plain = environment(AutoEscape::None);
        let render = |environment: &Environment<'_>, part: &str, text: &str| {
            environment
                .render_str(text, &values)
                .map_err(|error| TemplateError { part: part.to_owned(), said: said(&error) })
        };
        let url = render(&plain, "url", &self.url)?;
        let mut headers = Vec::new();
        for (name, value) in &self.headers {
            let value = render(&plain, &format!("headers.{name}"), value)?;
            if value.chars().any(char::is_control) {
                let said = "it has a line break or another control character".to_owned();
                return Err(TemplateError { part: format!("headers.{name}"), said });
            }
            headers.push((name.clone(), value));
        }
        let escaped = match self.body_is {
            BodyIs::Json => environment(AutoEscape::Json),
            BodyIs::Form => environment(AutoEscape::Custom("form".into())),
        };
        let body = render(&escaped, "body", &self.body)?;
        if self.body_is == BodyIs::Json
            && let Err(error) = serde_json::from_str::<Json>(&body)
        {
            let said = format!("what it gives is no JSON ({error}); write {{{{ text }}}} bare");
            return Err(TemplateError { part: "body".to_owned(), said });
        }
        Ok(Request { url, headers, body })
    }

    /// Tries the template with made-up words.
    ///
    /// # Errors
    /// As [`Self::request`].
    pub fn check(&self) -> Result<(), TemplateError> {
        let made_up = |names: &[String]| names.iter().map(|n| (n.clone(), "x".into())).collect();
        let text = "\"1\" & <2>\n\\".to_owned();
        let words = Words { to: "0620000000".into(), text, ..Words::default() };
        self.request(&words, &made_up(&self.secrets), &made_up(&self.settings)).map(drop)
    }

    /// What an answer says of a request: the provider's name of it.
    ///
    /// # Errors
    /// If it was not taken.
    pub fn judge(&self, status: u16, body: &[u8]) -> Result<Option<String>, SendError> {
        if !self.taken.status.contains(&status) {
            return Err(SendError::Refused(format!("the provider answered {status}")));
        }
        let json: Json = serde_json::from_slice(body).unwrap_or_default();
        if let Some(says) = &self.taken.says
            && !says.holds(&json)
        {
            let said = field(&json, &says.at).unwrap_or_else(|| "nothing".to_owned());
            let said: String = said.chars().filter(|c| !c.is_control()).take(80).collect();
            return Err(SendError::Refused(format!("the provider said {said} at {}", says.at)));
        }
        Ok(self.taken.handle.as_deref().and_then(|at| field(&json, at)))
    }
}

impl Says {
    #[must_use]
    pub fn holds(&self, json: &Json) -> bool {
        field(json, &self.at).is_some_and(|said| self.is.contains(&said))
    }
}

/// A text or number of a document, as a text.
#[must_use]
pub fn field(json: &Json, at: &str) -> Option<String> {
    match json.pointer(at)? {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(is) => Some(is.to_string()),
        _ => None,
    }
}

fn said(error: &minijinja::Error) -> String {
    let line = error.line().map(|line| format!("line {line}: ")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!("{line}{}{detail}", error.kind())
}

fn environment(escape: AutoEscape) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(move |_| escape.clone());
    environment.set_formatter(|out, state, value| {
        if *state.auto_escape() == AutoEscape::Custom("form".into()) {
            let text = value.to_string();
            let escaped = percent(&text);
            return out.write_str(&escaped).map_err(minijinja::Error::from);
        }
        minijinja::escape_formatter(out, state, value)
    });
    environment.add_filter("hmac_sha256_hex", |text: String, secret: String| {
        mac(&secret, &text).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    environment.add_filter("hmac_sha256_base64", |text: String, secret: String| {
        STANDARD.encode(mac(&secret, &text))
    });
    environment.add_filter("base64", |text: String| STANDARD.encode(text));
    environment
}

fn mac(secret: &str, text: &str) -> Vec<u8> {
    // HMAC takes keys of every length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// `application/x-www-form-urlencoded`, of one value.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'*' | b'-' | b'.' | b'_' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                // Writing to memory never fails.
                let _ = write!(out, "%{byte:02X}");
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(body_is: BodyIs, body: &str) -> Template {
        Template {
            id: "t".to_owned(),
            method: Method::Post,
            url: "http://127.0.0.1/{{ settings.service }}".to_owned(),
            headers: vec![("X-Sign".to_owned(), "{{ now|hmac_sha256_hex(secrets.s) }}".to_owned())],
            body: body.to_owned(),
            body_is,
            secrets: vec!["s".to_owned()],
            settings: vec!["service".to_owned()],
            link: false,
            events: None,
            receipt: None,
            answer: None,
            taken: Taken {
                status: vec![200],
                says: Some(Says { at: "/code".to_owned(), is: vec!["2000".to_owned()] }),
                handle: Some("/id".to_owned()),
            },
        }
    }

    fn request(template: &Template, text: &str) -> Result<Request, TemplateError> {
        let pair = |name: &str, value: &str| [(name.to_owned(), value.to_owned())].into();
        let words = Words { text: text.to_owned(), now: "1".to_owned(), ..Words::default() };
        template.request(&words, &pair("s", "secret"), &pair("service", "abc"))
    }

    #[test]
    fn no_word_of_a_notice_becomes_part_of_a_request() {
        let nasty = "\"}, \"to\": \"119\" & to=119\r\n{{ secrets.s }}<b>';--";
        let json = request(&template(BodyIs::Json, r#"{"text": {{ text }}}"#), nasty).unwrap();
        let read: Json = serde_json::from_str(&json.body).unwrap();
        assert_eq!(read, serde_json::json!({ "text": nasty }));
        let form = request(&template(BodyIs::Form, "to=1&text={{ text }}"), nasty).unwrap();
        let read: Vec<(String, String)> = reqwest::Url::parse(&format!("http://x/?{}", form.body))
            .unwrap()
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        assert_eq!(read, [("to".into(), "1".into()), ("text".into(), nasty.to_owned())]);
    }

    #[test]
    fn a_header_is_signed_as_openssl_signs_it() {
        let request = request(&template(BodyIs::Json, "{{ text }}"), "x").unwrap();
        assert_eq!(request.url, "http://127.0.0.1/abc");
        // printf 1 | openssl dgst -sha256 -hmac secret
        let expected = "bd28ee142ca5b46259f6e27fc3a4216f447bd5843c406e63219cff30e73b135b";
        assert_eq!(request.headers, [("X-Sign".to_owned(), expected.to_owned())]);
    }

    #[test]
    fn a_template_that_cannot_work_is_refused_before_anyone_is_in_danger() {
        let refused = |body: &str| template(BodyIs::Json, body).check().unwrap_err().to_string();
        assert!(refused("{\"text\": \"{{ text }}\"}").contains("no JSON"));
        assert!(refused("{{ texst }}").contains("undefined"));
        assert!(refused("{{ text").contains("line 1"));
        assert!(template(BodyIs::Json, "[{{ text }}]").check().is_ok());
    }

    #[test]
    fn only_what_the_provider_says_it_took_is_taken() {
        let template = template(BodyIs::Json, "{{ text }}");
        let judge = |status, body: &str| template.judge(status, body.as_bytes());
        assert_eq!(judge(200, r#"{"code":"2000","id":7}"#).unwrap(), Some("7".to_owned()));
        assert!(judge(500, r#"{"code":"2000"}"#).is_err());
        assert!(judge(200, r#"{"code":"1062"}"#).is_err());
        assert!(judge(200, "").is_err());
    }
}
