//! A device that should have spoken and has not (무응답): a fault, never an alarm.
//!
//! Driven by its deadline, since what it waits for is a message that does not come. Only a live
//! message with a newer event time than any before is a word: what a broker remembers, what a
//! connection says and what a gateway repeats make no device look alive. A last will makes the
//! deadline come sooner. Time in which we ourselves were not looking does not count.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use super::{Change, Detector, Fault, Per, Turn, Waits, Word, said_span, said_span_ko, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros, seconds};
use crate::domain::{DeviceKind, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceSilent {
    /// For devices of no kind named below and whose site file says nothing.
    #[serde(rename = "silent_after_s", deserialize_with = "span_s::deserialize")]
    silent_after: SignedDuration,
    #[serde(default, rename = "silent_after_by_kind_s", deserialize_with = "by_kind")]
    by_kind: BTreeMap<DeviceKind, SignedDuration>,
    /// How long after its last will a device may be back before it is missed.
    #[serde(
        default = "offline_grace",
        rename = "offline_grace_s",
        deserialize_with = "span_s::deserialize"
    )]
    offline_grace: SignedDuration,
}

fn by_kind<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<DeviceKind, SignedDuration>, D::Error> {
    let spans: BTreeMap<DeviceKind, f64> = BTreeMap::deserialize(from)?;
    Ok(spans.into_iter().map(|(kind, span_s)| (kind, seconds(span_s))).collect())
}

/// A will is told 1.5 keep-alives after the last word, or at once when a session is taken over by
/// the same device, which then says that it is online within seconds. 30 s leave room for that
/// and show the fault within the 90 s of NFPA 72 and the 100 s of EN 54-2.
fn offline_grace() -> SignedDuration {
    SignedDuration::from_secs(30)
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The newest event time.
    #[serde(with = "micros::optional")]
    last: Option<Timestamp>,
    /// The end of the span. While the device is silent: none, or until when it may come back
    /// behind a gateway that was dead.
    #[serde(with = "micros::optional")]
    due: Option<Timestamp>,
    /// Since when its connection is gone.
    #[serde(with = "micros::optional")]
    gone: Option<Timestamp>,
    silent: bool,
}

impl DeviceSilent {
    fn given_up_at(&self, state: &State) -> Option<Timestamp> {
        state.gone.filter(|_| !state.silent).map(|gone| after(gone, self.offline_grace))
    }

    fn fresh(
        state: &mut State,
        now: Timestamp,
        due: Option<Timestamp>,
        at: Timestamp,
        changes: &mut Vec<Change>,
    ) {
        state.last = state.last.max(Some(at));
        // A word from longer ago than the span says that it was alive then.
        if state.silent && due.is_some_and(|due| due <= now) {
            return;
        }
        state.gone = None;
        if state.silent {
            state.silent = false;
            state.due = None;
            changes.push(change(Turn::Stopped, now, Words::new("다시 수신됨", "it speaks again")));
        }
        state.due = state.due.max(due);
    }
}

fn change(turn: Turn, at: Timestamp, because: Words) -> Change {
    Change { turn, level: None, at, because, readings: Vec::new() }
}

impl Detector for DeviceSilent {
    type State = State;
    const PER: Per = Per::Device;
    const WAITS: Waits = Waits::Silence;
    const FAULT: Fault = Fault::Silent;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.silent_after.is_positive() {
            problems.push("`silent_after_s` must be more than 0".to_owned());
        }
        if !self.by_kind.values().all(SignedDuration::is_positive) {
            problems.push("`silent_after_by_kind_s` must name spans of more than 0".to_owned());
        }
        if self.offline_grace.is_negative() {
            problems.push("`offline_grace_s` is negative; it must be 0 or more".to_owned());
        }
        problems
    }

    /// A gateway speaks by those behind it, and has a span only if one is given.
    fn usual_span(&self, kind: Option<DeviceKind>) -> Option<SignedDuration> {
        let of_kind = kind.and_then(|kind| self.by_kind.get(&kind)).copied();
        of_kind.or((kind != Some(DeviceKind::Gateway)).then_some(self.silent_after))
    }

    fn heard(
        &self,
        state: &mut State,
        now: Timestamp,
        span: Option<SignedDuration>,
        word: Word,
        changes: &mut Vec<Change>,
    ) {
        let from = |moment: Timestamp| span.map(|span| after(moment, span));
        match word {
            Word::Fresh(at) => Self::fresh(state, now, from(at), at, changes),
            Word::Looking if !state.silent => state.due = from(now),
            Word::Reopened if state.silent => state.due = from(now),
            Word::Offline if !state.silent => state.gone = state.gone.or(Some(now)),
            Word::Online if !state.silent => state.gone = None,
            _ => {}
        }
    }

    /// What was not seen is neither silence nor speech: the span becomes that much longer. It does
    /// not begin anew, or a device that died would stay unreported by whoever restarts often.
    fn unwatched(
        &self,
        state: &mut State,
        from: Timestamp,
        now: Timestamp,
        span: Option<SignedDuration>,
        _changes: &mut Vec<Change>,
    ) {
        let longer = |due: Timestamp, span: SignedDuration| {
            let began = due.saturating_sub(span).unwrap_or(due);
            after(due, between(from.max(began), now).max(SignedDuration::ZERO))
        };
        state.due = state.due.zip(span).map(|(due, span)| longer(due, span));
        // Whoever came back meanwhile has said so in the backlog, if at all.
        let grace = |gone: Timestamp| {
            longer(after(gone, self.offline_grace), self.offline_grace)
                .saturating_sub(self.offline_grace)
                .unwrap_or(gone)
        };
        state.gone = state.gone.map(grace);
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        state.due.into_iter().chain(self.given_up_at(state)).min()
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = self.deadline(state).filter(|due| *due <= now) else { return };
        state.due = None;
        if std::mem::replace(&mut state.silent, true) {
            let because = Words::new(
                "통신로는 복구됐으나 응답 없음",
                "its way is open again, and still it does not speak",
            );
            return changes.push(change(Turn::Grew, due, because));
        }
        let because = match (state.gone.take(), state.last) {
            (Some(gone), _) if after(gone, self.offline_grace) == due => {
                let (ko, en) = (said_span_ko(self.offline_grace), said_span(self.offline_grace));
                Words::new(
                    format!("연결이 끊기고 {ko} 안에 돌아오지 않음"),
                    format!("its connection is gone, and it was not back within {en}"),
                )
            }
            (_, Some(last)) => Words::new(
                format!("{} 동안 수신 없음", said_span_ko(between(last, due))),
                format!("no message for {}", said_span(between(last, due))),
            ),
            (_, None) => Words::new("수신된 적 없음", "it has never sent a message"),
        };
        changes.push(change(Turn::Started, due, because));
    }
}
