//! How a person's command is asked for and answered; here: to acknowledge an incident, and to
//! resolve it.
//!
//! A handler decides nothing. It hands the command to the run loop and waits until it is stored;
//! whether it was carried out is in the answer. Where no answer comes in time, the command may or
//! may not have happened, and the client owes it a repetition under the same `Idempotency-Key`,
//! which is safe however often it is done.

use std::fmt::Write as _;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::oneshot;
use utoipa::ToSchema;

use super::ApiState;
use super::households::{self, Away};
use super::incidents::{self, Incident, IncidentPath};
use super::openapi::CommandProblems;
use super::problem::{Code, Problem};
use super::request::{Body, Path};
use super::words::OUTCOMES;
use crate::audit;
use crate::audit::Entry;
use crate::domain::household::Change;
use crate::domain::time::{Timestamp, whole_microseconds};
use crate::domain::{Action, Answer, Command, HouseholdId, Outcome, Refusal, SiteId};
use crate::dropped::count_dropped;
use crate::incident::IncidentId;
use crate::people::{Actor, Right};
use crate::run::handle::{CommandRequest, Running};

const KEY_HEADER: &str = "idempotency-key";
const KEY_LENGTH_MAX: usize = 128;
const NOTE_LENGTH_MAX: usize = 2000;
/// The run loop has so long to store a command.
pub(super) const ANSWER_WITHIN: Duration = Duration::from_secs(10);

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// What it turned out to be: `real`, or what the false alarm was: `cooking`, `steam`,
    /// `insect`, `dust`, `cigarette`, `fault`, `test`, `misuse`, `other-false`, `away`.
    #[schema(example = "cooking")]
    outcome: String,
    /// In words, up to 2000 characters.
    #[schema(example = "3층 주방 생선구이")]
    note: Option<String>,
    /// With `away`: until when nobody will be in. The absence is registered with the same word.
    absence: Option<FoundAway>,
}

/// Where the person who lives there is, as whoever went to look has found out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FoundAway {
    #[schema(value_type = String, example = "hh-3f61c2a09b7d4e58")]
    household: HouseholdId,
    /// None: until they are back.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    reason: Away,
}

/// 접수: a person has it, for half an hour. Stops what is queued about it.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/acknowledge",
    tag = "incidents",
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn acknowledge(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    carry_out(&state, &actor, &headers, Action::Acknowledge { incident }).await
}

/// 상황 종료: it is over, and this is what it was.
#[utoipa::path(post, path = "/api/v1/incidents/{site}/{kind}/{place}/{n}/resolve",
    tag = "incidents", request_body = Resolution,
    params(IncidentPath, ("Idempotency-Key" = Option<String>, Header,
        description = "1 to 128 printable ASCII characters; the same key gets the first answer")),
    responses((status = 200, body = Incident), CommandProblems))]
pub async fn resolve(
    State(state): State<ApiState>,
    actor: Actor,
    Path(path): Path<IncidentPath>,
    headers: HeaderMap,
    Body(resolution): Body<Resolution>,
) -> Result<Json<Incident>, Problem> {
    let incident = IncidentId::from(path);
    let outcome = outcome(&resolution.outcome)?;
    let note = words("note", resolution.note.as_deref())?;
    let action = match resolution.absence {
        None => Action::Resolve { incident, outcome, note },
        Some(absence) => {
            let may = actor.may(Right::Households, &incident.site);
            found_away(&state, may, (incident, outcome, note), absence).await?
        }
    };
    carry_out(&state, &actor, &headers, action).await
}

/// An absence is of a household, which not everyone may speak of who may end an incident.
async fn found_away(
    state: &ApiState,
    may: bool,
    (incident, outcome, note): (IncidentId, Outcome, Option<String>),
    FoundAway { household, until, reason }: FoundAway,
) -> Result<Action, Problem> {
    if !may {
        let sentence = "to register an absence is for caseworkers; end it without `absence`";
        return Err(Problem::new(Code::Forbidden, sentence));
    }
    if outcome != Outcome::Away {
        let sentence = "`absence` goes with the outcome `away`; leave it out with any other";
        return Err(Problem::new(Code::BadBody, sentence));
    }
    // The absence holds whatever became of the incident, so there has to be one.
    incidents::read(state, &incident).await?;
    let (until, reason) = (until.map(whole_microseconds), reason.into());
    Ok(Action::FoundAway { incident, household, until, reason, note })
}

/// Has a command about an incident carried out, and answers with the incident as it then is.
pub async fn carry_out(
    state: &ApiState,
    actor: &Actor,
    headers: &HeaderMap,
    action: Action,
) -> Result<Json<Incident>, Problem> {
    let Some(incident) = action.incident().cloned() else {
        let sentence = "this is asked of a site";
        return Err(Problem::new(Code::BadPath, sentence));
    };
    // Of what one may not see it is not even said that it is there.
    if !state.sees(actor, &incident) {
        return Err(refused(Refusal::UnknownIncident, &incident.to_string()));
    }
    match told(state, actor, headers, &incident.site, action).await? {
        Answer::Refused(refusal) => Err(refused(refusal, &incident.to_string())),
        _ => incidents::read(state, &incident).await.map(Json),
    }
}

/// Has a command carried out by a site's monitor.
///
/// # Errors
/// If there is no such site, the key is no key, or no answer comes in time.
pub(super) async fn told(
    state: &ApiState,
    actor: &Actor,
    headers: &HeaderMap,
    site: &SiteId,
    action: Action,
) -> Result<Answer, Problem> {
    let key = key(headers)?;
    state.configuration(site)?;
    let by = actor.did(trace_of(&action)).of(subject(&action));
    let command = Command { key, actor: actor.account.clone(), action };
    ask(&state.running, (site, by), command, ANSWER_WITHIN).await
}

/// What it is in the trail: who moves out is forgotten, whatever else is said is a command.
fn trace_of(action: &Action) -> audit::Action {
    match action {
        Action::Household { change: Change::MoveOut, .. } => audit::Action::PersonDeleted,
        _ => audit::Action::Commanded,
    }
}

/// What a command is about: its incident, else the home, place or device that it names.
fn subject(action: &Action) -> String {
    if let Some(incident) = action.incident() {
        return incident.to_string();
    }
    let said = serde_json::to_value(action).unwrap_or_default();
    let held = said.as_object().and_then(|variant| variant.values().next());
    let named = ["home", "place", "zone", "device"];
    let named = named.iter().find_map(|key| held.and_then(|held| held.get(key)?.as_str()));
    named.unwrap_or_default().to_owned()
}

/// Hands a command to the run loop and waits for what became of it.
pub(super) async fn ask(
    running: &Running,
    (site, by): (&SiteId, Entry),
    command: Command,
    within: Duration,
) -> Result<Answer, Problem> {
    let (answer, answered) = oneshot::channel();
    let request = CommandRequest { site: site.clone(), command, by, answer };
    running.commands.try_send(request).map_err(|error| match error {
        TrySendError::Full(_) => {
            count_dropped("command-queue-full", 1);
            unanswered(Code::QueueFull)
        }
        TrySendError::Closed(_) => unanswered(Code::NoAnswer),
    })?;
    match tokio::time::timeout(within, answered).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) | Err(_) => Err(unanswered(Code::NoAnswer)),
    }
}

fn unanswered(code: Code) -> Problem {
    Problem::new(code, "send it again with the same Idempotency-Key until an answer comes")
}

/// A refusal in words; `what` is the incident, or what else was asked about.
pub fn refused(refusal: Refusal, what: &str) -> Problem {
    let (code, sentence) = match refusal {
        Refusal::UnknownIncident => {
            let listed = "/api/v1/incidents lists those there are";
            (Code::UnknownIncident, format!("there is no `{what}`; {listed}"))
        }
        Refusal::AlreadyAcknowledged => {
            let right = "it can be taken over or resolved";
            (Code::AlreadyAcknowledged, format!("`{what}` is acknowledged; {right}"))
        }
        Refusal::AlreadyResolved => {
            (Code::AlreadyResolved, format!("`{what}` is resolved; it can be reopened"))
        }
        Refusal::KeyReused => return key_reused(),
        Refusal::Household(denied) => return households::denied(denied),
        Refusal::OutcomeReserved => {
            let sentence = "`restored` and `resident-fine` are jikimi's own outcomes; a person \
                            gives another";
            let problem = Problem::new(Code::OutcomeReserved, sentence);
            return problem.allowing(outcomes());
        }
        Refusal::NotResolved => {
            (Code::NotResolved, format!("`{what}` is not resolved, so there is nothing to reopen"))
        }
        Refusal::NotTheNewest => {
            let right = "only the newest of its kind and place can be reopened";
            (Code::NotTheNewest, format!("`{what}` has one after it, or was a drill; {right}"))
        }
        Refusal::NotAsked => {
            (Code::NotAsked, format!("the resident was asked nothing about `{what}`"))
        }
        Refusal::UnknownItem => {
            (Code::UnknownItem, format!("the checklist of `{what}` has no such item"))
        }
        other => return refused_of_site(other, what),
    };
    Problem::new(code, sentence)
}

/// The same for what is asked of a whole site.
fn refused_of_site(refusal: Refusal, what: &str) -> Problem {
    let (code, sentence) = match refusal {
        Refusal::UnknownPlace => {
            let right = "say a zone, storey, building, home or the site, or for a silence a device";
            (Code::UnknownPlace, format!("there is no `{what}` here; {right}"))
        }
        Refusal::UnknownSituation => {
            let right = "no rule finds it; /api/v1/sites/{site} lists those it knows";
            (Code::UnknownSituation, format!("`{what}` is no situation here: {right}"))
        }
        Refusal::UnknownSilence => {
            (Code::UnknownSilence, format!("silence {what} is over, or there never was one"))
        }
        Refusal::NeverSilenced => {
            let why = "all it says is of people in danger";
            (Code::NeverSilenced, format!("`{what}` is never silenced: {why}"))
        }
        Refusal::BadWindow => {
            let right = "a silence lasts up to 24 h and begins within 31 days, a drill up to 8 h";
            (Code::BadWindow, format!("`until` lies after the beginning; {right}"))
        }
        _ => (Code::DrillRuns, format!("`{what}` is being practised there; resolve that first")),
    };
    Problem::new(code, sentence)
}

/// The client's key; where it gave none, one of our own, put where the client's would be.
pub(super) fn key_of(headers: &mut HeaderMap) -> Result<String, Problem> {
    let key = key(headers)?;
    let value = HeaderValue::from_str(&key).map_err(|error| Problem::internal(&error))?;
    headers.insert(KEY_HEADER, value);
    Ok(key)
}

pub(super) fn key_reused() -> Problem {
    let sentence = "this Idempotency-Key was given with another command; give a new key";
    Problem::new(Code::KeyReused, sentence)
}

/// The client's key, or one of our own where it gave none.
fn key(headers: &HeaderMap) -> Result<String, Problem> {
    let Some(key) = headers.get(KEY_HEADER) else { return generated_key() };
    let printable = key.to_str().ok().filter(|key| {
        (1..=KEY_LENGTH_MAX).contains(&key.len()) && key.bytes().all(|b| (b' '..=b'~').contains(&b))
    });
    let sentence = "Idempotency-Key is 1 to 128 printable ASCII characters";
    printable.map(str::to_owned).ok_or_else(|| Problem::new(Code::BadHeader, sentence))
}

fn generated_key() -> Result<String, Problem> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| Problem::internal(&error))?;
    let mut key = String::from("generated-");
    for byte in bytes {
        let _infallible = write!(key, "{byte:02x}");
    }
    Ok(key)
}

/// jikimi's own are known, so that the core refuses them and the refusal is in the log.
fn outcome(text: &str) -> Result<Outcome, Problem> {
    let known = OUTCOMES.into_iter().chain([Outcome::Restored, Outcome::ResidentFine]);
    known.into_iter().find(|outcome| outcome.as_str() == text).ok_or_else(|| {
        let text: String = text.chars().take(64).collect();
        let sentence = format!("`{text}` is no outcome; `allowed` lists them");
        Problem::new(Code::UnknownOutcome, sentence).allowing(outcomes())
    })
}

fn outcomes() -> Vec<&'static str> {
    OUTCOMES.map(Outcome::as_str).to_vec()
}

/// What a person wrote, without its blanks; none if nothing is left. Control characters are
/// refused, since not every database holds them.
pub fn words(field: &str, text: Option<&str>) -> Result<Option<String>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let fits = text.chars().count() <= NOTE_LENGTH_MAX;
    let plain = text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'));
    if !(fits && plain) {
        let sentence = format!("`{field}` is up to 2000 characters without control characters");
        return Err(Problem::new(Code::BadBody, sentence));
    }
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// The same, where something has to be said.
pub fn some_words(field: &str, text: &str) -> Result<String, Problem> {
    words(field, Some(text))?.ok_or_else(|| {
        let sentence = format!("`{field}` says nothing; write a word or more");
        Problem::new(Code::BadBody, sentence)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::{broadcast, mpsc};

    use super::*;

    #[tokio::test]
    async fn a_run_loop_that_says_nothing_is_asked_again() {
        let (commands, held) = mpsc::channel(1);
        let running = Running {
            commands,
            reports: mpsc::channel(1).0,
            announcements: broadcast::channel(1).0,
            health: Arc::default(),
        };
        let incident: IncidentId = "center/fire/main/1".parse().expect("an id");
        let action = Action::Acknowledge { incident: incident.clone() };
        let actor = Actor::local(None);
        let by = actor.did(audit::Action::Commanded);
        let command = Command { key: "k".to_owned(), actor: actor.account, action };

        let asked =
            ask(&running, (&incident.site, by.clone()), command.clone(), Duration::ZERO).await;
        assert_eq!(asked.expect_err("nobody answers").code(), "no-answer");
        let asked =
            ask(&running, (&incident.site, by.clone()), command.clone(), Duration::ZERO).await;
        assert_eq!(asked.expect_err("one waits already").code(), "queue-full");
        drop(held);
        let asked = ask(&running, (&incident.site, by.clone()), command, Duration::ZERO).await;
        assert_eq!(asked.expect_err("the run loop is gone").code(), "no-answer");
    }

    #[test]
    fn every_outcome_of_a_person_can_be_given_and_no_other() {
        for given in OUTCOMES {
            assert_eq!(outcome(given.as_str()), Ok(given));
        }
        assert_eq!(outcome("burnt-toast").expect_err("no outcome").code(), "unknown-outcome");
    }

    #[test]
    fn a_generated_key_is_never_given_twice() {
        let key = || key(&HeaderMap::new()).expect("randomness");
        assert_ne!(key(), key());
    }
}
