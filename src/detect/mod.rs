//! Detectors: algorithms that turn readings, and their absence, into findings.
//!
//! A detector has parameters (which are the documentation of its TOML) and one small state per
//! device or zone it watches. It is fed readings in event-time order and woken at the deadline it
//! named; it answers with changes, *started* or *stopped*, each with its reason in words. It
//! knows no clock, no neighbours and no incidents.
//!
//! Adding one is a file here and a line in the list below.

mod held;
mod home;
mod rule;
mod spans;
mod spot;
mod tremor;
mod window;
mod words;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

pub use rule::{Means, Rule, Watches};
use spans::{span_h, span_s};
pub use spot::{Spot, Wave};
use words::{back_at, said, said_ko};
pub(crate) use words::{said_span, said_span_ko};

use crate::domain::time::{SignedDuration, Timestamp};
use crate::domain::{DeviceId, DeviceKind, Level, Quantity, Reading, Unit, Value, Words};

/// One opinion of one detector, with its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    pub turn: Turn,
    /// How bad, where the detector itself says so; otherwise as bad as its rule says.
    pub level: Option<Level>,
    /// When it became true, in event time.
    pub at: Timestamp,
    pub because: Words,
    /// The readings it rests on.
    pub readings: Vec<Reading>,
}

impl Change {
    /// A turn that is as bad as its rule says.
    fn new(turn: Turn, at: Timestamp, because: Words, readings: Vec<Reading>) -> Self {
        Self { turn, level: None, at, because, readings }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    Started,
    /// It stands already, and there is more of it.
    Grew,
    Stopped,
}

/// What one state of a detector belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    Device,
    /// A zone, or a home.
    Zone,
    /// A home; it watches nothing that hangs elsewhere.
    Home,
    /// A building, with what hangs in its homes.
    Building,
}

/// What a detector's deadline waits for. Both wait until a backlog is drained; a silence also
/// starts anew after unwatched time, since not having looked is not silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    Hold,
    Silence,
}

/// What is told to a detector that waits for a device to speak, besides readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A live message with a newer event time than any before.
    Fresh(Timestamp),
    /// From this moment on we are looking: at the start, and after unwatched time.
    Looking,
    /// What kept its words from us is over: it has its whole span once more.
    Reopened,
    /// It, or its last will, says that its connection is gone.
    Offline,
    /// It is connected again. That is no word of what it measures.
    Online,
}

/// What a finding says of the device itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Nothing that would keep anyone from believing it.
    None,
    /// It does not speak.
    Silent,
    /// What it says of a quantity cannot be believed.
    Doubtful,
}

/// An algorithm with its parameters.
pub trait Detector: DeserializeOwned {
    type State: Clone + Default + PartialEq + std::fmt::Debug + Serialize + DeserializeOwned;
    const PER: Per;
    const WAITS: Waits;
    /// Whether what comes late or overtaken is of use to it too; then a reading may be older than
    /// the one before.
    const TAKES_LATE: bool = false;
    /// What its finding means for whoever relies on the device.
    const FAULT: Fault = Fault::None;

    /// What is wrong with the parameters, each with what would have been right.
    fn problems(&self) -> Vec<String>;

    /// The unit in which the watched quantity's numbers are written, if it has such numbers.
    fn unit(&self) -> Option<Unit> {
        None
    }

    /// The quantities it names itself, with the units of their numbers.
    fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
        Vec::new()
    }

    /// Whether the devices of the zones next door are heard too; only of use per zone.
    fn hears_neighbours(&self) -> bool {
        false
    }

    /// One reading, never older than the last one of the same device and quantity.
    fn observe(&self, _state: &mut Self::State, _reading: &Reading, _changes: &mut Vec<Change>) {}

    /// One reading, for whom it matters what the device is there for.
    fn observe_of(
        &self,
        state: &mut Self::State,
        _kind: Option<DeviceKind>,
        reading: &Reading,
        changes: &mut Vec<Change>,
    ) {
        self.observe(state, reading, changes);
    }

    /// One reading, for whom it matters where it comes from.
    fn observe_at(
        &self,
        state: &mut Self::State,
        spot: &Spot<'_>,
        reading: &Reading,
        changes: &mut Vec<Change>,
    ) {
        self.observe_of(state, spot.kind, reading, changes);
    }

    /// A stretch of ground motion. It may overlap with the one before or be older.
    fn shake(
        &self,
        _state: &mut Self::State,
        _spot: &Spot<'_>,
        _wave: &Wave<'_>,
        _changes: &mut Vec<Change>,
    ) {
    }

    /// The device has spoken, or something has changed about whether we could hear it. Without a
    /// span it may be silent for as long as it likes.
    fn heard(
        &self,
        _state: &mut Self::State,
        _now: Timestamp,
        _span: Option<SignedDuration>,
        _word: Word,
        _changes: &mut Vec<Change>,
    ) {
    }

    /// We did not look from `from` until now. Unless it says better, it begins to look anew.
    fn unwatched(
        &self,
        state: &mut Self::State,
        _from: Timestamp,
        now: Timestamp,
        span: Option<SignedDuration>,
        changes: &mut Vec<Change>,
    ) {
        self.heard(state, now, span, Word::Looking, changes);
    }

    /// After how long without a word a device of this kind is silent, if its site file gives it
    /// no span of its own.
    fn usual_span(&self, _kind: Option<DeviceKind>) -> Option<SignedDuration> {
        None
    }

    /// Whether no room there is could have this value, so that no other detector should see it.
    fn rejects(&self, _value: Value) -> bool {
        false
    }

    /// The home it watches can no longer be seen into, or can be again.
    fn sight(&self, _state: &mut Self::State, _at: Timestamp, _seen: bool) {}

    /// Since when what a device says has not been believable, while it is not.
    fn since(&self, _state: &Self::State) -> Option<Timestamp> {
        None
    }

    /// What this device has said is not to be believed after all.
    fn doubted(&self, _state: &mut Self::State, _device: &DeviceId) {}

    /// When to be woken next.
    fn deadline(&self, _state: &Self::State) -> Option<Timestamp> {
        None
    }

    /// The deadline has come.
    fn expire(&self, _state: &mut Self::State, _now: Timestamp, _changes: &mut Vec<Change>) {}
}

macro_rules! detectors {
    ($($(#[$attribute:meta])* $module:ident :: $Detector:ident),* $(,)?) => {
        $($(#[$attribute])* mod $module;)*

        /// Every detector a rule may name.
        pub const DETECTORS: &[&str] = &[$($(#[$attribute])* stringify!($module)),*];

        /// The parameters of one rule's detector.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Parameters { $($(#[$attribute])* $Detector($module::$Detector)),* }

        /// The state of one detector at one device or zone. Behind a pointer each, so that the
        /// many small ones of homes do not take the room of the largest.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum State {
            $($(#[$attribute])* $Detector(Box<<$module::$Detector as Detector>::State>)),*
        }

        impl Parameters {
            /// Reads the parameters of the detector with this name; `None` if there is none.
            pub fn read<'de, D: Deserializer<'de>>(
                detector: &str,
                table: D,
            ) -> Option<Result<Self, D::Error>> {
                match detector {
                    $($(#[$attribute])* stringify!($module) => Some(
                        $module::$Detector::deserialize(table).map(Self::$Detector)
                    ),)*
                    _ => None,
                }
            }

            #[must_use]
            pub fn empty_state(&self) -> State {
                match self { $($(#[$attribute])* Self::$Detector(_) => State::$Detector(
                    Box::default()
                )),* }
            }

            /// The name a rule gives it.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $($(#[$attribute])* Self::$Detector(_) => stringify!($module)),* }
            }

            #[must_use]
            pub fn per(&self) -> Per {
                match self { $($(#[$attribute])* Self::$Detector(_) => $module::$Detector::PER),* }
            }

            #[must_use]
            pub fn waits(&self) -> Waits {
                match self {
                    $($(#[$attribute])* Self::$Detector(_) => $module::$Detector::WAITS),*
                }
            }

            #[must_use]
            pub fn takes_late(&self) -> bool {
                match self {
                    $($(#[$attribute])* Self::$Detector(_) => $module::$Detector::TAKES_LATE),*
                }
            }

            #[must_use]
            pub fn problems(&self) -> Vec<String> {
                match self {
                    $($(#[$attribute])* Self::$Detector(detector) => detector.problems()),*
                }
            }

            #[must_use]
            pub fn fault(&self) -> Fault {
                match self {
                    $($(#[$attribute])* Self::$Detector(_) => $module::$Detector::FAULT),*
                }
            }

            #[must_use]
            pub fn usual_span(&self, kind: Option<DeviceKind>) -> Option<SignedDuration> {
                match self {
                    $($(#[$attribute])* Self::$Detector(detector) => detector.usual_span(kind)),*
                }
            }

            #[must_use]
            pub fn rejects(&self, value: Value) -> bool {
                match self {
                    $($(#[$attribute])* Self::$Detector(detector) => detector.rejects(value)),*
                }
            }

            pub fn sight(&self, state: &mut State, at: Timestamp, seen: bool) {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.sight(state, at, seen);
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            #[must_use]
            pub fn since(&self, state: &State) -> Option<Timestamp> {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.since(state)
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            pub fn doubted(&self, state: &mut State, device: &DeviceId) {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.doubted(state, device);
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            #[must_use]
            pub fn unit(&self) -> Option<Unit> {
                match self { $($(#[$attribute])* Self::$Detector(detector) => detector.unit()),* }
            }

            #[must_use]
            pub fn own_quantities(&self) -> Vec<(Quantity, Unit)> {
                match self {
                    $($(#[$attribute])* Self::$Detector(detector) => detector.own_quantities()),*
                }
            }

            #[must_use]
            pub fn hears_neighbours(&self) -> bool {
                match self {
                    $($(#[$attribute])* Self::$Detector(detector) => detector.hears_neighbours()),*
                }
            }

            pub fn observe(
                &self,
                state: &mut State,
                spot: &Spot<'_>,
                reading: &Reading,
                changes: &mut Vec<Change>,
            ) {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.observe_at(state, spot, reading, changes);
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            pub fn shake(
                &self,
                state: &mut State,
                spot: &Spot<'_>,
                wave: &Wave<'_>,
                changes: &mut Vec<Change>,
            ) {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.shake(state, spot, wave, changes);
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            pub fn heard(
                &self,
                state: &mut State,
                now: Timestamp,
                span: Option<SignedDuration>,
                word: Word,
                changes: &mut Vec<Change>,
            ) {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.heard(state, now, span, word, changes);
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            pub fn unwatched(
                &self,
                state: &mut State,
                (from, now): (Timestamp, Timestamp),
                span: Option<SignedDuration>,
                changes: &mut Vec<Change>,
            ) {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.unwatched(state, from, now, span, changes);
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            #[must_use]
            pub fn deadline(&self, state: &State) -> Option<Timestamp> {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.deadline(state)
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }

            pub fn expire(&self, state: &mut State, now: Timestamp, changes: &mut Vec<Change>) {
                match (self, state) {
                    $($(#[$attribute])* (Self::$Detector(detector), State::$Detector(state)) => {
                        detector.expire(state, now, changes);
                    })*
                    _ => unreachable!("a state belongs to its rule's detector"),
                }
            }
        }
    };
}

detectors! {
    threshold::Threshold,           // 정온식: a value beyond a limit
    rate_of_rise::RateOfRise,       // 차동식: a value that climbs too fast
    fusion::Fusion,                 // 복합: several devices of one zone agree
    heat::Heat,                     // 열감지: the classes of EN 54-5, fixed and rate of rise
    smoke::Smoke,                   // 연기: smoke, less the dust that gathers slowly
    dose::Dose,                     // 누적 흡입량: carbon monoxide by what has been breathed
    gas::Gas,                       // 가연성 가스: combustible gas that persists
    level_trend::LevelTrend,        // 수위: water that rises, or will
    straight_line::StraightLine,    // 보간: values that were drawn and not measured
    shaking::Shaking,               // 흔들림: ground motion on several storeys
    mains::Mains,                   // 정전: the supply is gone, and not one outlet
    deviation::Deviation,           // 편차: unlike this hour of the week
    device_silent::DeviceSilent,    // 무응답: a device that should speak does not
    stillness::Stillness,           // 미활동: a home in which nothing has moved for too long
    silence::Silence,               // 미활동: a silence too rare for this very home
    decline::Decline,               // 활동 감소: somebody who does less and less, over weeks
    climate::Climate,               // 실내 고온·저온: a home too hot or too cold to live in
    water_running::WaterRunning,    // 수도 장시간 사용: water that nobody has shut
    door_open::DoorOpen,            // 야간 출입문 열림: the way out stands open at night
    stuck::Stuck,                   // 측정값 고정: a value that no longer follows what it measures
    out_of_range::OutOfRange,       // 측정 범위 이탈: a value that no room there is could have
    jump::Jump,                     // 측정값 급변: a step that nothing measured can make
    panel_reset::PanelReset,        // 수신기 복구: a panel that has been reset and sees nothing yet
    #[cfg(debug_assertions)]
    planted_panic::PlantedPanic,    // breaks on purpose, to test that it harms nothing else
}
