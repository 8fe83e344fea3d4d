//! What detectors of homes are told besides readings, and what they are asked.
//!
//! Only a few of them know a person: what they have learnt of one outlives their rule, a worker's
//! verdict makes them doubt less or more, and their thresholds come from the whole fleet. Every
//! other detector hears nothing of this, and keeps nothing.

use serde_json::Value;

use super::{Change, Parameters, Per, State, decline, silence};
use crate::care::Thresholds;
use crate::domain::household::Standing;
use crate::domain::time::Timestamp;
use crate::domain::{Class, Level};
use crate::situation::NoticeKind;

impl Parameters {
    /// Whether it is about how people live, so that it watches nothing outside a home.
    #[must_use]
    pub fn is_of_homes(&self) -> bool {
        let of_device =
            matches!(self, Self::Climate(_) | Self::WaterRunning(_) | Self::DoorOpen(_));
        of_device || self.per() == Per::Home
    }

    /// The kind of official warning that makes it careful, if it heeds any.
    #[must_use]
    pub fn warned_by(&self) -> Option<NoticeKind> {
        match self {
            Self::Climate(detector) => Some(detector.warned_by()),
            _ => None,
        }
    }

    /// A warning of the kind that it heeds stands, or none does.
    pub fn warned(&self, state: &mut State, now: Timestamp, stands: bool) {
        if let (Self::Climate(detector), State::Climate(state)) = (self, state) {
            detector.warned(state, now, stands);
        }
    }

    /// The class of a finding at this level, where that is not the rule's.
    #[must_use]
    pub fn class_at(&self, level: Level) -> Option<Class> {
        match self {
            Self::Silence(_) => silence::class_at(level),
            _ => None,
        }
    }

    /// What is left of a state when its rule has changed: what was learnt of a person, and
    /// otherwise nothing. What it has said is to be said anew.
    #[must_use]
    pub fn renewed(&self, state: State) -> State {
        match (self, state) {
            (Self::Silence(detector), State::Silence(state)) => {
                State::Silence(Box::new(detector.renewed(*state)))
            }
            (Self::Decline(_), State::Decline(state)) => {
                State::Decline(Box::new(decline::Decline::renewed(*state)))
            }
            _ => self.empty_state(),
        }
    }

    /// The same with thresholds that were found over the fleet; none if it has no such thresholds.
    #[must_use]
    pub fn fitted(&self, thresholds: Thresholds) -> Option<Self> {
        match self {
            Self::Silence(detector) => Some(Self::Silence(detector.fitted(thresholds))),
            _ => None,
        }
    }

    /// Whether it has thresholds that a fleet finds.
    #[must_use]
    pub fn is_fitted(&self) -> bool {
        matches!(self, Self::Silence(_))
    }

    /// Its thresholds have changed, and with them what is due when.
    pub fn replan(&self, state: &mut State) {
        if let (Self::Silence(detector), State::Silence(state)) = (self, state) {
            detector.replan(state);
        }
    }

    /// Each past day's highest score, for the fleet.
    #[must_use]
    pub fn peaks<'s>(&self, state: &'s State) -> &'s [f32] {
        match state {
            State::Silence(state) => state.peaks(),
            _ => &[],
        }
    }

    /// What is agreed and registered of who lives in the home it watches, from `at` on.
    pub fn lives(
        &self,
        state: &mut State,
        at: Timestamp,
        standing: Standing,
        changes: &mut Vec<Change>,
    ) {
        match (self, state) {
            (Self::Silence(detector), State::Silence(state)) => {
                detector.lives(state, at, standing, changes);
            }
            (Self::Decline(_), State::Decline(state)) => decline::Decline::lives(state, standing),
            _ => {}
        }
    }

    /// Whether it has seen somebody home, since this was last asked, who is registered as absent.
    pub fn take_returned(&self, state: &mut State) -> bool {
        match state {
            State::Silence(state) => silence::Silence::take_returned(state),
            _ => false,
        }
    }

    /// The resident was asked, and is well.
    pub fn answered(&self, state: &mut State, at: Timestamp) {
        if let State::Silence(state) = state {
            silence::Silence::answered(state, at);
        }
    }

    /// A worker has found that what it said was about nothing.
    pub fn false_alarm(&self, state: &mut State) {
        if let (Self::Silence(detector), State::Silence(state)) = (self, state) {
            detector.false_alarm(state);
        }
    }
}

impl State {
    /// What another version of jikimi has learnt of a person, if this is that. Named fields only,
    /// so that what is new begins as usual and what is gone is passed over.
    #[must_use]
    pub fn learnt(written: &Value) -> Option<Self> {
        if let Some(state) = written.get("silence") {
            return serde_json::from_value(state.clone()).ok().map(Self::Silence);
        }
        let state = written.get("decline")?;
        serde_json::from_value(state.clone()).ok().map(Self::Decline)
    }
}
