//! A home in which nothing has moved for too long (미활동): a stopwatch that knows the door.
//!
//! What it waits for never arrives, so it is driven by its deadline: whatever a person causes
//! (motion, presence, a door, a call for help) starts the count again, and nothing else does. Who
//! left by the exit door and caused nothing inside since is taken to be out, and is given longer.
//!
//! Only time in which the home could be seen is counted. While no motion or presence sensor says
//! anything, not even that all is quiet, the stopwatch stands still: a dead gateway is no still
//! person. So it does while the home is called blind (관측 불가), and for what we did not watch
//! ourselves. After an unseen span as long as the first step nothing is known any more, and the
//! count begins anew. What a sensor said that turns out to be stuck was no sign of life: the count
//! goes back to the last of another's.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Change, Detector, Per, Turn, Waits, Word, said_span, said_span_ko, span_h, span_s};
use crate::domain::time::{SignedDuration, Timestamp, after, between, micros};
use crate::domain::{DeviceId, DeviceKind, Level, Quantity, Reading, Unit, Words};

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stillness {
    /// Shortest first, mildest first.
    steps: Vec<Step>,
    /// The first step of someone who is out; the others follow as far behind it as at home.
    #[serde(rename = "away_after_h", deserialize_with = "span_h::deserialize")]
    away_after: SignedDuration,
    /// Motion this soon after someone left by the door is the leaving itself.
    #[serde(rename = "door_settles_s", deserialize_with = "span_s::deserialize")]
    door_settles: SignedDuration,
    /// A home whose motion and presence sensors say nothing for this long cannot be seen.
    #[serde(rename = "blind_after_s", deserialize_with = "span_s::deserialize")]
    blind_after: SignedDuration,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    #[serde(rename = "after_h", deserialize_with = "span_h::deserialize")]
    after: SignedDuration,
    level: Level,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// Where the count begins at the earliest: when the home was first seen, or the last thing a
    /// person caused at a door or a button, and as much later as was unseen.
    #[serde(with = "micros::optional")]
    from: Option<Timestamp>,
    /// The same for each motion sensor and radar: the last movement it saw.
    moved: BTreeMap<DeviceId, Micros>,
    /// Since when the home cannot be seen into.
    #[serde(with = "micros::optional")]
    blind_since: Option<Timestamp>,
    /// The last word of a motion or presence sensor, whatever it said.
    #[serde(with = "micros::optional")]
    seen: Option<Timestamp>,
    /// The last thing a person caused.
    last: Option<Box<Reading>>,
    /// Which doors stand open: a door says so again and again, and only a change is a person.
    open: BTreeMap<DeviceId, bool>,
    /// When the exit door last moved.
    #[serde(with = "micros::optional")]
    door_at: Option<Timestamp>,
    /// Whether it moved for someone who had been out: then what moves next is someone back.
    came: bool,
    away: bool,
    /// How many steps have been said, and when the last.
    reached: usize,
    #[serde(with = "micros::optional")]
    said_at: Option<Timestamp>,
}

/// A moment as it stands in snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Micros(#[serde(with = "micros::required")] Timestamp);

impl State {
    /// Where the count begins.
    fn since(&self) -> Option<Timestamp> {
        self.moved.values().map(|moved| moved.0).max().max(self.from)
    }
}

impl Stillness {
    fn limit(&self, step: &Step, away: bool) -> SignedDuration {
        match (away, self.steps.first()) {
            (true, Some(first)) => self.away_after + (step.after - first.after),
            _ => step.after,
        }
    }

    /// The home is seen, quiet or not.
    fn see(&self, state: &mut State, at: Timestamp) {
        let gap = state.seen.map_or(SignedDuration::ZERO, |seen| between(seen, at));
        if gap > self.blind_after {
            self.skip(state, gap, at);
        }
        state.from = state.from.or(Some(at));
        state.seen = state.seen.max(Some(at));
    }

    /// Leaves an unseen span that ended at `at` out of the count.
    fn skip(&self, state: &mut State, gap: SignedDuration, at: Timestamp) {
        let first = self.steps.first().map_or(self.away_after, |step| step.after);
        let later = |from: Timestamp| if gap < first { after(from, gap).min(at) } else { at };
        state.from = state.from.map(later);
        for moved in state.moved.values_mut() {
            moved.0 = later(moved.0);
        }
    }

    fn moved(&self, state: &mut State, reading: &Reading, exit: bool, changes: &mut Vec<Change>) {
        let at = reading.at;
        if state.last.as_ref().is_some_and(|last| at < last.at) {
            return;
        }
        let settled =
            |state: &State| state.door_at.is_none_or(|door| between(door, at) > self.door_settles);
        if exit {
            if settled(state) {
                state.came = state.away;
            }
            state.away = true;
            state.door_at = Some(at);
        } else if state.came || settled(state) {
            state.away = false;
        }
        match reading.quantity {
            Quantity::Motion | Quantity::Presence => {
                state.moved.insert(reading.device.clone(), Micros(at));
            }
            _ => state.from = state.from.max(Some(at)),
        }
        state.last = Some(Box::new(reading.clone()));
        if let Some(said_at) = state.said_at.take() {
            changes.push(Change {
                turn: Turn::Stopped,
                level: None,
                at: at.max(said_at),
                because: {
                    let Words { ko, en } = words(reading);
                    Words::new(
                        format!("다시 움직임: {ko}"),
                        format!("there is movement again: {en}"),
                    )
                },
                readings: vec![reading.clone()],
            });
        }
        state.reached = 0;
    }
}

fn words(reading: &Reading) -> Words {
    Words::new(
        format!("{} {}", reading.device, reading.quantity.name_ko()),
        format!("{} {}", reading.device, reading.quantity.as_str()),
    )
}

/// Why a step is due now.
fn because(state: &State, limit: SignedDuration, due: Timestamp) -> Words {
    let (where_ko, place) = match state.away {
        true => ("귀가하지 않고 움직임 없음", "not back, and no movement"),
        false => ("움직임 없음", "no movement"),
    };
    let (span_ko, span) = (said_span_ko(limit), said_span(limit));
    let Some(last) = &state.last else {
        return Words::new(
            format!("{span_ko} 동안 {where_ko}, 그 이전 움직임도 믿을 수 없음"),
            format!("{place} for {span}, and none before that can be believed"),
        );
    };
    let unseen = between(last.at, due) - limit;
    let unseen = match unseen >= SignedDuration::from_mins(1) {
        true => Words::new(
            format!(" (관측하지 못한 {} 제외)", said_span_ko(unseen)),
            format!(", not counting {} unseen", said_span(unseen)),
        ),
        false => Words::default(),
    };
    let last = words(last);
    Words::new(
        format!("{span_ko} 동안 {where_ko}{}; 마지막: {}", unseen.ko, last.ko),
        format!("{place} for {span}{}; the last was {}", unseen.en, last.en),
    )
}

impl Detector for Stillness {
    type State = State;
    const PER: Per = Per::Home;
    const WAITS: Waits = Waits::Silence;
    /// A sign of life that comes late is one all the same.
    const TAKES_LATE: bool = true;

    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if !self.steps.first().is_some_and(|first| first.after.is_positive()) {
            problems.push("`steps` must name a first step, more than 0 hours long".to_owned());
        }
        let rises = |pair: &[Step]| pair[0].after < pair[1].after && pair[0].level < pair[1].level;
        if !self.steps.windows(2).all(rises) {
            problems.push("`steps` must each come later and be graver than the last".to_owned());
        }
        if self.steps.first().is_some_and(|first| self.away_after < first.after) {
            let words = "`away_after_h` must not be shorter than the first step: who is out is \
                         given longer, not less";
            problems.push(words.to_owned());
        }
        if !self.blind_after.is_positive() {
            problems.push("`blind_after_s` must be more than 0".to_owned());
        }
        if self.door_settles.is_negative() {
            problems.push("`door_settles_s` is negative; it must be 0 or more".to_owned());
        }
        problems
    }

    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        [Quantity::Motion, Quantity::Presence, Quantity::Contact, Quantity::Sos]
            .map(|quantity| (quantity, Unit::Flag))
            .into()
    }

    fn observe_of(
        &self,
        state: &mut State,
        kind: Option<DeviceKind>,
        reading: &Reading,
        changes: &mut Vec<Change>,
    ) {
        let on = reading.value.as_number() > 0.5;
        if matches!(reading.quantity, Quantity::Motion | Quantity::Presence) {
            self.see(state, reading.at);
        }
        let by_a_person = match reading.quantity {
            Quantity::Contact => {
                state.open.insert(reading.device.clone(), on).is_some_and(|before| before != on)
            }
            _ => on,
        };
        if by_a_person {
            let exit = reading.quantity == Quantity::Contact && kind == Some(DeviceKind::ExitDoor);
            self.moved(state, reading, exit, changes);
        }
    }

    fn heard(
        &self,
        state: &mut State,
        now: Timestamp,
        _span: Option<SignedDuration>,
        word: Word,
        _changes: &mut Vec<Change>,
    ) {
        // While the home is blind nothing is counted anyway.
        let looking = word == Word::Looking && state.blind_since.is_none();
        let Some(seen) = state.seen.filter(|seen| looking && *seen < now) else { return };
        self.skip(state, between(seen, now), now);
        state.seen = Some(now);
    }

    fn sight(&self, state: &mut State, at: Timestamp, seen: bool) {
        if !seen {
            state.blind_since = state.blind_since.or(Some(at));
            return;
        }
        let Some(blind_since) = state.blind_since.take() else { return };
        // It was unseen since the last word, or where others still spoke, since it was called so.
        let unseen = state.seen.map_or(blind_since, |seen| seen.min(blind_since));
        let unseen = unseen.max(state.since().unwrap_or(unseen));
        if unseen < at {
            self.skip(state, between(unseen, at), at);
            state.seen = state.seen.max(Some(at));
        }
    }

    fn doubted(&self, state: &mut State, device: &DeviceId) {
        state.moved.remove(device);
        if state.last.as_ref().is_some_and(|last| last.device == *device) {
            state.last = None;
        }
    }

    fn deadline(&self, state: &State) -> Option<Timestamp> {
        let step = self.steps.get(state.reached)?;
        if state.blind_since.is_some() {
            return None;
        }
        let due = after(state.since()?, self.limit(step, state.away));
        // Beyond it the home cannot be seen, and what cannot be seen is not still.
        let visible_until = after(state.seen?, self.blind_after);
        (due <= visible_until).then_some(due)
    }

    fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
        let Some(due) = self.deadline(state).filter(|due| *due <= now) else { return };
        let Some(step) = self.steps.get(state.reached) else { return };
        changes.push(Change {
            turn: if state.reached == 0 { Turn::Started } else { Turn::Grew },
            level: Some(step.level),
            at: due,
            because: because(state, self.limit(step, state.away), due),
            readings: state.last.iter().map(|last| (**last).clone()).collect(),
        });
        state.reached += 1;
        state.said_at = Some(due);
    }
}
