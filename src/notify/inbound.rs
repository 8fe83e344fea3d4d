//! What comes back from a provider: whether a notice has arrived, and what somebody pressed or
//! wrote (수신 결과, 응답).
//!
//! A call is believed by its signature and the moment in it (`Jikimi-Signature: t=SECONDS,v1=HEX`,
//! the HMAC-SHA-256 of `SECONDS.BODY`, as our own webhooks have it), and taken once. A provider
//! that signs otherwise needs a relay in the office that signs for it. What an answer is about is
//! in its token alone, which only whoever was sent the notice has: a telephone number proves
//! nothing, since anybody can send one.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;
use sha2::Sha256;

use super::provider::{Template, field};
use super::queue::PATIENT_FOR;
use crate::config::Telling;
use crate::store::{Store, StoreError};

/// A call is no older, and no further ahead, than this.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);

/// What a provider says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A notice that it took under this name has arrived, or has not.
    Receipt { handle: String, arrived: Result<(), String> },
    /// Whoever was sent this token has answered.
    Answer { token: String, said: Reply },
}

/// What somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// 괜찮아요.
    Fine,
    /// 도와주세요.
    Help,
    /// 접수: staff have it.
    Acknowledge,
}

/// The moment and the mark of a signed call, if it is signed with `secret` and fresh at `now`.
#[must_use]
pub fn signed(secret: &[u8], header: &str, body: &[u8], now: Timestamp) -> Option<String> {
    let (stamp, mark) = header.strip_prefix("t=")?.split_once(",v1=")?;
    let at = Timestamp::from_second(stamp.parse().ok()?).ok()?;
    if now.duration_since(at).abs() > FRESH_FOR {
        return None;
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).ok()?;
    mac.update(stamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac.verify_slice(&bytes_of(mark)?).ok()?;
    // One way to write it, so that capitals make no other call of it.
    Some(format!("{at}/{}", mark.to_ascii_lowercase()))
}

fn bytes_of(hex: &str) -> Option<Vec<u8>> {
    if hex.len() != 64 || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).ok());
    pairs.map(|pair| u8::from_str_radix(pair?, 16).ok()).collect()
}

/// What a call says, by the provider's rules. What no rule knows is left out.
#[must_use]
pub fn events(template: &Template, body: &Json) -> Vec<Event> {
    let said = match &template.events {
        Some(at) => body.pointer(at).unwrap_or(&Json::Null),
        None => body,
    };
    match said {
        Json::Array(all) => all.iter().filter_map(|one| event(template, one)).collect(),
        one => event(template, one).into_iter().collect(),
    }
}

fn event(template: &Template, said: &Json) -> Option<Event> {
    if let Some(rule) = &template.answer
        && let (Some(token), Some(word)) = (field(said, &rule.token), field(said, &rule.at))
    {
        let word = word.trim();
        let replies = [
            (&rule.fine, Reply::Fine),
            (&rule.help, Reply::Help),
            (&rule.acknowledge, Reply::Acknowledge),
        ];
        let meant = replies.into_iter().find(|(words, _)| words.iter().any(|one| one == word));
        if let Some((_, said)) = meant {
            return Some(Event::Answer { token, said });
        }
    }
    let rule = template.receipt.as_ref()?;
    let (handle, word) = (field(said, &rule.handle)?, field(said, &rule.at)?);
    let arrived = match (is_of(&rule.delivered, &word), is_of(&rule.failed, &word)) {
        (true, _) => Ok(()),
        (false, true) => Err(format!("the carrier reports {word}")),
        (false, false) => return None,
    };
    Some(Event::Receipt { handle, arrived })
}

/// `3*` stands for all that begin with 3.
fn is_of(words: &[String], said: &str) -> bool {
    words.iter().any(|word| match word.strip_suffix('*') {
        Some(beginning) => said.starts_with(beginning),
        None => word == said,
    })
}

/// Notes what a carrier reports of what it took: a failure gives the person's next way its turn.
///
/// # Errors
/// If the database refuses it; the report may come again.
pub async fn report(
    store: &Store,
    telling: &Telling,
    (way, handle): (&str, &str),
    arrived: &Result<(), String>,
    now: Timestamp,
) -> Result<(), StoreError> {
    for delivery in store.carried(way, handle).await? {
        let Err(error) = arrived else {
            store.mark_delivered(&delivery, now).await?;
            continue;
        };
        metrics::counter!("jikimi_notices_failed_total").increment(1);
        let person = telling.persons.iter().find(|person| person.id == delivery.person);
        let ways = person.map_or(&[][..], |person| &person.ways);
        let next = ways.iter().skip_while(|one| *one != way).nth(1);
        store.give_up(&delivery, error, next.map(String::as_str), now).await?;
        let patient = now.saturating_sub(PATIENT_FOR).unwrap_or(now);
        let because = format!("{way}: {error}");
        store.note_unreached(&delivery.notice, &because, (now, patient)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::provider::{AnswerRule, BodyIs, Method, Receipt, Taken};

    fn list(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn template() -> Template {
        Template {
            id: "t".to_owned(),
            method: Method::Post,
            url: String::new(),
            headers: Vec::new(),
            body: String::new(),
            body_is: BodyIs::Json,
            secrets: Vec::new(),
            settings: Vec::new(),
            link: false,
            taken: Taken { status: vec![200], says: None, handle: None },
            events: Some("/events".to_owned()),
            receipt: Some(Receipt {
                handle: "/id".to_owned(),
                at: "/code".to_owned(),
                delivered: list(&["4000"]),
                failed: list(&["3*"]),
            }),
            answer: Some(AnswerRule {
                token: "/fields/answer".to_owned(),
                at: "/pressed".to_owned(),
                fine: list(&["1"]),
                help: list(&["2"]),
                acknowledge: list(&["9"]),
            }),
        }
    }

    #[test]
    fn a_call_says_what_the_providers_rules_make_of_it() {
        let body = serde_json::json!({"events": [
            {"id": "a", "code": "4000"},
            {"id": 7, "code": 3000},
            {"id": "c", "code": "2000"},
            {"id": "d", "code": "4000", "fields": {"answer": "secret"}, "pressed": " 2 "},
            {"unknown": true},
        ]});
        let receipt = |handle: &str, arrived| Event::Receipt { handle: handle.into(), arrived };
        let expected = [
            receipt("a", Ok(())),
            receipt("7", Err("the carrier reports 3000".to_owned())),
            Event::Answer { token: "secret".to_owned(), said: Reply::Help },
        ];
        assert_eq!(events(&template(), &body), expected);
        assert!(events(&template(), &serde_json::json!([])).is_empty());
    }

    /// `printf '1700000000.{}' | openssl dgst -sha256 -hmac secret`
    const MARK: &str = "b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163";

    #[test]
    fn a_call_is_believed_with_its_own_signature_while_it_is_fresh() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let header = format!("t=1700000000,v1={MARK}");
        let believed = |header: &str, body: &[u8], second| {
            signed(b"secret", header, body, at(second)).is_some()
        };
        assert!(believed(&header, b"{}", 1_700_000_000));
        assert!(believed(&header, b"{}", 1_700_000_300) && believed(&header, b"{}", 1_699_999_700));
        assert!(!believed(&header, b"{}", 1_700_000_301), "it is old");
        assert!(!believed(&header, b"{ }", 1_700_000_000), "another body");
        let later = format!("t=1700000100,v1={MARK}");
        assert!(!believed(&later, b"{}", 1_700_000_100), "another moment");
        assert!(signed(b"other", &header, b"{}", at(1_700_000_000)).is_none());
        for nothing in ["", "t=,v1=", "v1=00", &header[..header.len() - 1]] {
            assert!(!believed(nothing, b"{}", 1_700_000_000), "{nothing}");
        }
        let upper = format!("t=1700000000,v1={}", MARK.to_ascii_uppercase());
        let mark = |header: &str| signed(b"secret", header, b"{}", at(1_700_000_000));
        assert_eq!(mark(&upper), mark(&header), "one call, however it is written");
    }
}
