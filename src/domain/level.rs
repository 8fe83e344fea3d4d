//! How bad, of what sort, and how it ended.

use serde::{Deserialize, Serialize};

/// The state's four steps: 관심, 주의, 경계, 심각.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    Attention,
    Caution,
    Warning,
    Critical,
}

impl Level {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Attention => "attention",
            Self::Caution => "caution",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// Signal class of NFPA 72. A fault is never an alarm, and the reverse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// Something threatens people (경보).
    Alarm,
    /// A protective system is not as it should be (감시).
    Supervisory,
    /// The system cannot see (장애).
    Trouble,
}

impl Class {
    /// The graver of two: alarm before supervisory before trouble.
    #[must_use]
    pub fn worse(self, other: Self) -> Self {
        match (self, other) {
            (Self::Alarm, _) | (_, Self::Alarm) => Self::Alarm,
            (Self::Supervisory, _) | (_, Self::Supervisory) => Self::Supervisory,
            (Self::Trouble, Self::Trouble) => Self::Trouble,
        }
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Alarm => "alarm",
            Self::Supervisory => "supervisory",
            Self::Trouble => "trouble",
        }
    }
}

/// What it turned out to be. Mandatory when a person resolves an incident, since precision per
/// rule and per device is computed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was real (실제 상황).
    Real,
    /// Cooking (조리).
    Cooking,
    /// Steam (수증기).
    Steam,
    /// An insect in the detector (벌레).
    Insect,
    /// Dust or building work (먼지·공사).
    Dust,
    /// Cigarette smoke (담배 연기).
    Cigarette,
    /// A broken or misplaced device (기기 고장).
    Fault,
    /// A test or maintenance (시험·점검).
    Test,
    /// Someone set it off by mistake or in jest (오조작·장난).
    Misuse,
    /// False for another reason, which the note gives (기타 오경보).
    OtherFalse,
    /// Nobody was at home: out, on a trip or in hospital (외출·입원).
    Away,
    /// The resident was asked and is well; given by jikimi, from their answer (본인 확인).
    ResidentFine,
    /// A trouble that ended by itself; given by jikimi, never by a person (자동 복구).
    Restored,
}

impl Outcome {
    /// Whether it is jikimi's own to give.
    #[must_use]
    pub fn is_reserved(self) -> bool {
        matches!(self, Self::ResidentFine | Self::Restored)
    }

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Cooking => "cooking",
            Self::Steam => "steam",
            Self::Insect => "insect",
            Self::Dust => "dust",
            Self::Cigarette => "cigarette",
            Self::Fault => "fault",
            Self::Test => "test",
            Self::Misuse => "misuse",
            Self::OtherFalse => "other-false",
            Self::Away => "away",
            Self::ResidentFine => "resident-fine",
            Self::Restored => "restored",
        }
    }
}
