//! What the watching half tells the responding half: one rule's opinion at one source.

use serde::{Deserialize, Serialize};

use crate::detect::Turn;
use crate::domain::time::{Timestamp, micros};
use crate::domain::{Class, DeviceId, KindId, Level, PlaceId, Reading, Words, ZoneId};
use crate::incident::{Contribution, Evidence};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub kind: KindId,
    pub place: PlaceId,
    pub class: Class,
    pub level: Level,
    pub contribution: Contribution,
    pub rule_version: String,
    pub zone: Option<ZoneId>,
    pub devices: Vec<DeviceId>,
    pub turn: Turn,
    #[serde(with = "micros::required")]
    pub at: Timestamp,
    pub late: bool,
    pub because: Words,
    pub readings: Vec<Reading>,
}

impl Finding {
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence {
            contribution: self.contribution.clone(),
            rule_version: self.rule_version.clone(),
            class: self.class,
            level: self.level,
            zone: self.zone.clone(),
            devices: self.devices.clone(),
            at: self.at,
            late: self.late,
            because: self.because.clone(),
            readings: self.readings.clone(),
        }
    }
}
