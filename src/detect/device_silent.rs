//! A device that should have spoken and has not (무응답): a fault, never an alarm.
//!
//! Driven by its deadline, since what it waits for is a message that does not come. Time in which
//! we ourselves were not looking does not count.

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, said_span, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSilent {
    /// For devices whose site file says nothing.
    #[serde(rename = "silent_after_s", deserialize_with = "span_s::deserialize")]
    silent_after: SignedDuration,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    #[serde(default, with = "micros::optional")]
    last_message: Option<Timestamp>,
    /// The end of the span; none while the device is silent.
    #[serde(default, with = "micros::optional")]
    due: Option<Timestamp>,
    silent: bool,
}

impl Detector for DeviceSilent {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Silence;

    fn problems(&self) -> Vec<String> {
        match self.silent_after.is_positive() {
            true => Vec::new(),
            false => vec!["`silent_after_s` must be more than 0".to_owned()],
        }
    }

    fn heard(
        &self,
        state: &mut State,
        now: Timestamp,
        silent_after: Option<SignedDuration>,
        message: bool,
        changes: &mut Vec<Change>,
    ) {
        if message {
            if state.silent {
                state.silent = false;
                changes.push(Change {
                    turn: Turn::Stopped,
                    level: None,
                    at: now,
                    because: "it speaks again".to_owned(),
                    readings: Vec::new(),
                });
            }
            state.last_message = Some(now);
        }
        if !state.silent {
            state.due = Some(after(now, silent_after.unwrap_or(self.silent_after)));
        }
    }

    /// What was not seen is neither silence nor speech: the span becomes that much longer. It does
    /// not begin anew, or a device that died would stay unreported by whoever restarts often.
    fn unwatched(
        &self,
        state: &mut State,
        from: Timestamp,
        now: Timestamp,
        silent_after: Option<SignedDuration>,
        _changes: &mut Vec<Change>,
    ) {
        let Some(due) = state.due else { return };
        let span = silent_after.unwrap_or(self.silent_after);
        let began = due.saturating_sub(span).unwrap_or(due);
        let unseen = between(from.max(began), now).max(SignedDuration::ZERO);
        state.due = Some(after(due, unseen));
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.due
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = state.due.filter(|due| *due <= now) else { return };
        state.due = None;
        state.silent = true;
        let because = match state.last_message {
            Some(last) => format!("no message for {}", said_span(between(last, due))),
            None => "it has never sent a message".to_owned(),
        };
        changes.push(Change {
            turn: Turn::Started,
            level: None,
            at: due,
            because,
            readings: Vec::new(),
        });
    }
}
