//! What the rest of the process may know of and ask from the run loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use serde::Serialize;
use serde_json::Value;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::audit::Entry;
use crate::domain::time::Timestamp;
use crate::domain::{Answer, Command, Input, SiteId};
use crate::incident::IncidentId;
use crate::ingest::Hindrance;
use crate::monitor::Effect;
use crate::store::Stepped;

/// Commands that may wait in front of the run loop.
pub const COMMANDS_QUEUED_MAX: usize = 256;
/// Reports that may wait in front of the run loop; who has one more waits, too.
pub const REPORTS_QUEUED_MAX: usize = 64;
/// Announcements a slow listener may fall behind before it is sent the whole truth instead.
pub const ANNOUNCEMENTS_KEPT_MAX: usize = 1024;

/// A command on its way to its site's monitor. The answer comes after the commit.
#[derive(Debug)]
pub struct CommandRequest {
    pub site: SiteId,
    pub command: Command,
    /// Who asked, from where, about what. It is in the trail with the command and its answer.
    pub by: Entry,
    pub answer: oneshot::Sender<Answer>,
}

impl CommandRequest {
    /// What is left in the trail of it, once it was stepped.
    #[must_use]
    pub fn told(&self, stepped: &[Stepped]) -> Entry {
        let effects = stepped.iter().flat_map(|stepped| &stepped.step.effects);
        let answer = effects.into_iter().find_map(|effect| match effect {
            Effect::Answered { key, answer } if *key == self.command.key => Some(word_of(answer)),
            _ => None,
        });
        let answer = answer.unwrap_or_else(|| "unanswered".to_owned());
        self.by
            .clone()
            .at(&self.site)
            .because(format!("{}: {answer}", word_of(&self.command.action)))
    }
}

/// The word under which a variant is written, without what it holds.
fn word_of(variant: &impl Serialize) -> String {
    match serde_json::to_value(variant) {
        Ok(Value::String(word)) => word,
        Ok(Value::Object(held)) => match held.into_iter().next() {
            Some((word, Value::String(of))) => format!("{word} ({of})"),
            // What changes of a household is a variant of its own.
            Some((word, Value::Object(of))) => match of.get("change") {
                Some(change) => format!("{word} ({})", word_of(change)),
                None => word,
            },
            Some((word, _)) => word,
            None => String::new(),
        },
        _ => String::new(),
    }
}

/// Said after each commit that touched an incident.
#[derive(Debug, Clone)]
pub struct Announcement {
    pub site: SiteId,
    /// The last position of the site in that commit.
    pub position: u64,
    pub incidents: Arc<[IncidentId]>,
}

/// The run loop, as the API sees it.
#[derive(Clone)]
pub struct Running {
    pub commands: mpsc::Sender<CommandRequest>,
    /// What the process itself has to say to a site's monitor: a notice that reached nobody.
    pub reports: mpsc::Sender<(SiteId, Input)>,
    pub announcements: broadcast::Sender<Announcement>,
    pub health: Arc<Health>,
}

/// How far behind the run loop is. Written by it, read by `/readyz`.
#[derive(Debug, Default)]
pub struct Health {
    /// Service time (µs) of the oldest input taken and not yet committed, or of the next due
    /// wake; `i64::MAX` if there is none.
    waiting_since: AtomicI64,
    hears: AtomicBool,
    /// Why we do not hear, where something is to be done about it.
    pub hindrance: Arc<Hindrance>,
}

impl Health {
    /// The oldest thing that waits, or nothing.
    pub fn set_waiting_since(&self, moment: Option<Timestamp>) {
        let value = moment.map_or(i64::MAX, Timestamp::as_microsecond);
        self.waiting_since.store(value, Ordering::Relaxed);
    }

    /// Whether messages can reach us.
    pub fn set_hears(&self, hears: bool) {
        self.hears.store(hears, Ordering::Relaxed);
    }

    #[must_use]
    pub fn hears(&self) -> bool {
        self.hears.load(Ordering::Relaxed)
    }

    /// How long the oldest thing has waited at `now`, in microseconds; never negative.
    #[must_use]
    pub fn behind_us(&self, now: Timestamp) -> i64 {
        now.as_microsecond().saturating_sub(self.waiting_since.load(Ordering::Relaxed)).max(0)
    }
}
