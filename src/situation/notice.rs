//! What an authority has said (공식 통보): the KMA of an earthquake, civil defence of an air raid.
//!
//! A notice is an input like any other. Nothing here suppresses one; it holds until the moment
//! that it names.

use serde::{Deserialize, Serialize};

use crate::domain::time::{Timestamp, micros};
use crate::domain::{Class, Level, PlaceId, Words};

pub const AUTHORITY_LENGTH_MAX: usize = 64;

/// What notices are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// 지진.
    Earthquake,
    /// 호우.
    HeavyRain,
    /// 하천 범람.
    RiverFlood,
    /// 폭염.
    HeatWave,
    /// 한파.
    ColdWave,
    /// 태풍.
    Typhoon,
    /// 공습경보.
    AirRaid,
    /// 화학물질 누출.
    ChemicalRelease,
}

impl NoticeKind {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Earthquake => "earthquake",
            Self::HeavyRain => "heavy-rain",
            Self::RiverFlood => "river-flood",
            Self::HeatWave => "heat-wave",
            Self::ColdWave => "cold-wave",
            Self::Typhoon => "typhoon",
            Self::AirRaid => "air-raid",
            Self::ChemicalRelease => "chemical-release",
        }
    }
}

/// A notice, as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The authority's own name for it: said again, it replaces what it said.
    pub id: String,
    /// Who says it: `kma`.
    pub authority: String,
    pub kind: NoticeKind,
    pub level: Level,
    pub text: Words,
    /// One building or storey, or the whole site.
    pub place: Option<PlaceId>,
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    #[serde(with = "micros::required")]
    pub until: Timestamp,
}

/// A sort of notice that opens a situation, and as what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heeded {
    pub kind: NoticeKind,
    pub class: Class,
}
