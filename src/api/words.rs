//! The words of the wire: states, levels and classes, and what people call things.
//!
//! These are the API's own enums. The core's may gain variants or change how they are stored
//! without a client noticing.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain;
use crate::domain::KindId;
use crate::incident;
use crate::monitor::Configuration;

/// One thing's name in two languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Names {
    #[schema(example = "화재")]
    pub ko: String,
    #[schema(example = "fire")]
    pub en: String,
}

impl Names {
    fn new(ko: &str, en: &str) -> Self {
        Self { ko: ko.to_owned(), en: en.to_owned() }
    }
}

/// 관심, 주의, 경계, 심각.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Attention,
    Caution,
    Warning,
    Critical,
}

impl From<domain::Level> for Level {
    fn from(level: domain::Level) -> Self {
        match level {
            domain::Level::Attention => Self::Attention,
            domain::Level::Caution => Self::Caution,
            domain::Level::Warning => Self::Warning,
            domain::Level::Critical => Self::Critical,
        }
    }
}

impl Level {
    #[must_use]
    pub fn names(self) -> Names {
        match self {
            Self::Attention => Names::new("관심", "Attention"),
            Self::Caution => Names::new("주의", "Caution"),
            Self::Warning => Names::new("경계", "Warning"),
            Self::Critical => Names::new("심각", "Critical"),
        }
    }
}

/// Signal class of NFPA 72.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Something threatens people.
    Alarm,
    /// A protective system is not as it should be.
    Supervisory,
    /// The system cannot see.
    Trouble,
}

impl From<domain::Class> for Class {
    fn from(class: domain::Class) -> Self {
        match class {
            domain::Class::Alarm => Self::Alarm,
            domain::Class::Supervisory => Self::Supervisory,
            domain::Class::Trouble => Self::Trouble,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nobody has it yet.
    Open,
    /// A person has it, for a while.
    Acknowledged,
    /// It is over, and said what it was.
    Resolved,
}

impl From<incident::State> for State {
    fn from(state: incident::State) -> Self {
        match state {
            incident::State::Open => Self::Open,
            incident::State::Acknowledged => Self::Acknowledged,
            incident::State::Resolved => Self::Resolved,
        }
    }
}

/// Which incidents to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StateFilter {
    Open,
    Acknowledged,
    Resolved,
    /// Open or acknowledged.
    Unresolved,
}

impl StateFilter {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
            Self::Unresolved => "unresolved",
        }
    }
}

/// A measured value: a number in its quantity's unit, or on and off.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Value {
    Flag(bool),
    Number(f64),
}

impl From<domain::Value> for Value {
    fn from(value: domain::Value) -> Self {
        match value {
            domain::Value::Flag(on) => Self::Flag(on),
            domain::Value::Number(number) => Self::Number(number),
        }
    }
}

/// What a person may say an incident was; `restored` and `resident-fine` are jikimi's own and not
/// among them.
pub const OUTCOMES: [domain::Outcome; 11] = [
    domain::Outcome::Real,
    domain::Outcome::Cooking,
    domain::Outcome::Steam,
    domain::Outcome::Insect,
    domain::Outcome::Dust,
    domain::Outcome::Cigarette,
    domain::Outcome::Fault,
    domain::Outcome::Test,
    domain::Outcome::Misuse,
    domain::Outcome::OtherFalse,
    domain::Outcome::Away,
];

/// What people call the faults, which are no situations and so stand in no file.
const FAULTS: [(&str, &str, &str); 17] = [
    ("blind", "관측 불가", "blind"),
    ("clock", "단말 시계 이상", "wrong device clock"),
    ("device-battery", "배터리 부족", "low battery"),
    ("device-silent", "단말 무응답", "device silent"),
    ("device-stuck", "측정값 고정", "device stuck"),
    ("device-tamper", "단말 훼손", "device opened"),
    ("gateway-dead", "중계기 장애", "gateway dead"),
    ("gauge-drawn", "지어낸 수위", "gauge drawn, not measured"),
    ("no-power", "전원 끊김", "no power"),
    ("panel-fault", "수신기 장애", "panel fault"),
    ("panel-reset", "수신기 복구 중", "panel being reset"),
    ("reading-jump", "측정값 급변", "reading jumped"),
    ("reading-range", "측정 범위 이탈", "reading out of range"),
    ("rule-quarantined", "탐지 규칙 중지", "rule switched off"),
    ("smoke-dirty", "연기감지기 오염", "smoke detector dirty"),
    ("undelivered", "알림 미도달", "notice undelivered"),
    ("unwatched", "감시 중단", "not watching"),
];

/// What people call a kind: as its situation says, as faults are called, else its id in words.
#[must_use]
pub fn kind_names(configuration: Option<&Configuration>, kind: &KindId) -> Names {
    let situation = configuration.and_then(|held| held.situations.get(kind));
    if let Some(situation) = situation {
        return Names::new(&situation.name, &situation.name_en);
    }
    let fault = FAULTS.iter().find(|(id, ..)| *id == kind.as_str());
    match fault {
        Some((_, ko, en)) => Names::new(ko, en),
        None => {
            let words = kind.as_str().replace('-', " ");
            Names::new(&words, &words)
        }
    }
}
