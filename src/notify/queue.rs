//! One way's queue: what is due on it is claimed, sent, and marked, put off or given up.
//!
//! Several notices to a person who has been sent too many texts go as one, and every incident has
//! its line in it. What does not arrive in time has a turn on the person's next way. An endpoint
//! without a person is tried for ever; that it takes nothing is said once.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use super::address::Book;
use super::provider::Words;
use super::text::{self, Names, Text};
use super::{SendError, carrier, later, mail, mqtt, webhook};
use crate::clock::wall_now;
use crate::config::{Contact, Person, Telling};
use crate::incident::Role;
use crate::kill::{self, Point};
use crate::people::secret;
use crate::store::{Delivery, DueNotice, Store, StoreError};

/// Without anything to do, a queue is looked at this often.
pub(super) const IDLE_FOR: Duration = Duration::from_secs(5);
/// Notices taken from a queue at a time.
const TAKEN_MAX: i64 = 32;
/// How long a person's way may fail before the next one has its turn. Two attempts fit in, and a
/// ladder's next step is minutes away.
const TRIED_FOR: SignedDuration = SignedDuration::from_secs(20);
/// How long the last one is tried. After so long somebody else has to know.
pub(super) const PATIENT_FOR: SignedDuration = SignedDuration::from_secs(60);
/// How long a notice can be answered by what was sent with it.
const ANSWERED_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Over which span texts to a person are counted.
const COUNTED_OVER: SignedDuration = SignedDuration::from_mins(10);

/// Whatever carries a notice.
pub(super) enum Carries {
    Webhook(webhook::Sender),
    Mqtt(mqtt::Sender),
    Mail(mail::Sender),
    Provider(carrier::Sender),
}

pub(super) struct Queue {
    pub store: Store,
    pub book: Book,
    /// The endpoint or way.
    pub id: String,
    pub carries: Carries,
    pub telling: Arc<Telling>,
    pub names: Names,
}

/// What goes as one.
struct Parcel {
    key: String,
    notices: Vec<DueNotice>,
}

impl Queue {
    pub async fn run(self, mut handed: watch::Receiver<()>) {
        loop {
            let pause = match self.round().await {
                Ok(pause) => pause,
                Err(StoreError::Closed) => return,
                Err(error) => {
                    tracing::error!(%error, endpoint = self.id, "a queue cannot be read");
                    IDLE_FOR
                }
            };
            // A failure waits for its time, whatever else comes in.
            if !pause.is_zero()
                && let Ok(Err(_)) = tokio::time::timeout(pause, handed.changed()).await
            {
                return;
            }
        }
    }

    /// Sends what is due; how long there is nothing to do.
    async fn round(&self) -> Result<Duration, StoreError> {
        let due = self.store.due_notices(&self.id, wall_now(), TAKEN_MAX).await?;
        if due.is_empty() {
            return self.until_next().await;
        }
        for Parcel { key, notices } in self.parcels(due).await? {
            // Claimed first: what is sent again after a crash is sent under the same key.
            let notices = self.store.claim(&notices, &self.id, &key).await?;
            let Some(first) = notices.first() else { continue };
            let key = first.batch.clone().unwrap_or(key);
            match self.send(&key, &notices).await {
                Ok(handle) => {
                    kill::at(Point::Sent, true);
                    metrics::counter!("jikimi_notices_sent_total")
                        .increment(u64::try_from(notices.len()).unwrap_or(u64::MAX));
                    let handle = handle.as_deref();
                    self.store.mark_sent(&notices, &self.id, wall_now(), handle).await?;
                }
                Err(error) => {
                    for notice in &notices {
                        self.failed(notice, &error).await?;
                    }
                    if matches!(error, SendError::Away(_)) {
                        return Ok(Duration::try_from(super::RETRY_FIRST).unwrap_or(IDLE_FOR));
                    }
                }
            }
        }
        Ok(Duration::ZERO)
    }

    async fn until_next(&self) -> Result<Duration, StoreError> {
        let next = self.store.next_notice(&self.id).await?;
        let until = next.map(|next| next.duration_since(wall_now()));
        let until = until.and_then(|span| Duration::try_from(span).ok());
        Ok(until.unwrap_or(IDLE_FOR).clamp(Duration::from_millis(50), IDLE_FOR))
    }

    /// What goes by itself, and what goes as one.
    async fn parcels(&self, due: Vec<DueNotice>) -> Result<Vec<Parcel>, StoreError> {
        let mut parcels: Vec<Parcel> = Vec::new();
        let mut fresh: Vec<(String, Vec<DueNotice>)> = Vec::new();
        for notice in due {
            if let Some(key) = notice.batch.clone() {
                match parcels.iter_mut().find(|parcel| parcel.key == key) {
                    Some(parcel) => parcel.notices.push(notice),
                    None => parcels.push(Parcel { key, notices: vec![notice] }),
                }
                continue;
            }
            match fresh.iter_mut().find(|(person, _)| *person == notice.person) {
                Some((_, notices)) => notices.push(notice),
                None => fresh.push((notice.person.clone(), vec![notice])),
            }
        }
        for (person, notices) in fresh {
            if self.is_too_much(&person, notices.len()).await? {
                let key = self.key(&notices[0]);
                parcels.push(Parcel { key, notices });
            } else {
                let alone = notices.into_iter();
                parcels.extend(
                    alone.map(|notice| Parcel { key: self.key(&notice), notices: vec![notice] }),
                );
            }
        }
        Ok(parcels)
    }

    async fn is_too_much(&self, person: &str, more: usize) -> Result<bool, StoreError> {
        // Behind `household` is another number for every home.
        let own = |person: &&Person| person.contact != Contact::Household && more > 1;
        let Some(person) = self.person(person).filter(own) else { return Ok(false) };
        let since = wall_now().saturating_sub(COUNTED_OVER).unwrap_or(Timestamp::MIN);
        let sent = self.store.texts_since(&person.id, since).await?;
        Ok(sent + u64::try_from(more).unwrap_or(u64::MAX) > u64::from(person.at_most))
    }

    /// The idempotency key of a notice on this way.
    fn key(&self, notice: &DueNotice) -> String {
        match notice.person == self.id {
            true => format!("{}/{}", notice.key, self.id),
            false => format!("{}/{}/{}", notice.key, notice.person, self.id),
        }
    }

    fn person(&self, id: &str) -> Option<&Person> {
        self.telling.persons.iter().find(|person| person.id == id)
    }

    // ── one attempt ──

    async fn send(&self, key: &str, notices: &[DueNotice]) -> Result<Option<String>, SendError> {
        for notice in notices {
            match &self.carries {
                Carries::Webhook(sender) => sender.send(key, notice).await?,
                Carries::Mqtt(sender) => sender.send(key, notice).await?,
                Carries::Mail(_) | Carries::Provider(_) => {
                    return self.send_to_person(key, notices).await;
                }
            }
        }
        Ok(None)
    }

    async fn send_to_person(
        &self,
        key: &str,
        notices: &[DueNotice],
    ) -> Result<Option<String>, SendError> {
        let person = notices.first().and_then(|notice| self.person(&notice.person));
        let person = person.ok_or_else(|| refused("nobody of this name is configured"))?;
        let texts: Vec<Text> =
            notices.iter().map(|notice| text::of(notice, &self.names, person.english)).collect();
        let mut text = match &texts[..] {
            [one] => one.clone(),
            several => text::merged(several, person.english),
        };
        let link = self.link(&notices[0]);
        match &self.carries {
            Carries::Mail(sender) => {
                let to = Book::email(person)?;
                if let Some(link) = link {
                    let answer = self.answer_link(notices, person.english).await?;
                    text.body = format!("{}\n\n{link}{answer}", text.body);
                }
                sender.send(key, to, &text).await.map(|()| None)
            }
            Carries::Provider(sender) => {
                let to = self.book.phone(person, &notices[0]).await?;
                let answer = match sender.takes_answers() {
                    true => self.offer_answer(&notices[0]).await?,
                    false => String::new(),
                };
                let link = link.filter(|_| sender.takes_links()).unwrap_or_default();
                let words = words(key, to, text, (link, answer), notices[0].exercise);
                sender.send(&words).await
            }
            Carries::Webhook(_) | Carries::Mqtt(_) => {
                Err(refused("an endpoint is no person's way"))
            }
        }
    }

    /// Where staff see it in the console; nobody else gets a link.
    fn link(&self, notice: &DueNotice) -> Option<String> {
        let role = Role::named(&notice.role)?;
        let staff = !matches!(role, Role::Resident | Role::EmergencyContact);
        let base = self.telling.public_url.as_deref().filter(|_| staff)?;
        Some(format!("{base}/#/incidents/{}", notice.incident))
    }

    /// A link by which staff say that they have it, without an account; for one notice alone,
    /// since whoever answers for many has to look at each.
    async fn answer_link(&self, notices: &[DueNotice], english: bool) -> Result<String, SendError> {
        let (Some(base), [notice]) = (self.telling.public_url.as_deref(), notices) else {
            return Ok(String::new());
        };
        let token = self.offer_answer(notice).await?;
        let says = if english { "I have it" } else { "접수" };
        // Behind the #, so that no server on the way and no log of ours ever sees it.
        Ok(format!("\n{says}: {base}/#/answer/{token}"))
    }

    /// A secret by which this notice can be answered, once and for a day.
    async fn offer_answer(&self, notice: &DueNotice) -> Result<String, SendError> {
        let lost = |error: String| SendError::Away(format!("no answer can be offered: {error}"));
        let token = secret::generate().map_err(|error| lost(error.to_string()))?;
        let until = wall_now().saturating_add(ANSWERED_FOR).unwrap_or(Timestamp::MAX);
        let delivery = Delivery {
            notice: notice.key.clone(),
            person: notice.person.clone(),
            endpoint: self.id.clone(),
        };
        let offered = self.store.offer_answer(&secret::id_of(&token), &delivery, until).await;
        offered.map_err(|error| lost(error.to_string()))?;
        Ok(token)
    }

    // ── failure ──

    async fn failed(&self, notice: &DueNotice, failure: &SendError) -> Result<(), StoreError> {
        let (now, error) = (wall_now(), failure.to_string());
        tracing::warn!(
            endpoint = self.id,
            incident.id = %notice.incident,
            attempts = notice.attempts + 1,
            %error,
            "a notice was not taken"
        );
        metrics::counter!("jikimi_notices_failed_total").increment(1);
        let tried_for = now.duration_since(notice.since);
        if let Some(person) = self.person(&notice.person) {
            let mut after = person.ways.iter().skip_while(|way| **way != self.id).skip(1);
            let next = after.next();
            // A refusal is rarely taken back, and the next way is there.
            let refused = matches!(failure, SendError::Refused(_));
            let patience = match next {
                Some(_) if refused => SignedDuration::ZERO,
                Some(_) => TRIED_FOR,
                None => PATIENT_FOR,
            };
            if tried_for >= patience {
                let delivery = Delivery {
                    notice: notice.key.clone(),
                    person: notice.person.clone(),
                    endpoint: self.id.clone(),
                };
                self.store.give_up(&delivery, &error, next.map(String::as_str), now).await?;
                return self.say_unreached(notice, &error, now).await;
            }
        }
        let next = later(now, notice.attempts);
        self.store.put_off(notice, &self.id, next, &error).await?;
        match tried_for >= PATIENT_FOR {
            true => self.say_unreached(notice, &error, now).await,
            false => Ok(()),
        }
    }

    async fn say_unreached(
        &self,
        notice: &DueNotice,
        error: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let because = format!("{}: {error}", self.id);
        let patient = now.saturating_sub(PATIENT_FOR).unwrap_or(now);
        self.store.note_unreached(&notice.key, &because, (now, patient)).await
    }
}

fn refused(why: &str) -> SendError {
    SendError::Refused(why.to_owned())
}

fn words(
    key: &str,
    to: String,
    text: Text,
    (link, answer): (String, String),
    exercise: bool,
) -> Words {
    let now = wall_now();
    Words {
        key: key.to_owned(),
        to,
        text: text.body,
        subject: text.subject,
        link,
        answer,
        now: now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        now_ms: now.as_millisecond(),
        salt: super::salt(),
        exercise,
    }
}
