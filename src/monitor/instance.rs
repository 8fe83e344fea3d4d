//! One rule at work at one device or zone.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::finding::Finding;
use crate::detect::{Change, Per, Rule, State, Waits};
use crate::domain::time::{SignedDuration, Timestamp, after};
use crate::domain::{DeviceId, Id, KindId, PlaceId, ZoneId};
use crate::incident::Contribution;

/// A fault of many devices: a dead gateway, a block without power.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shared {
    pub kind: KindId,
    pub place: PlaceId,
}

/// One rule at one device or zone.
pub(super) struct Instance {
    pub rule: Arc<Rule>,
    pub source: PlaceId,
    pub state: State,
    pub quarantined: bool,
    pub place: PlaceId,
    pub zone: Option<ZoneId>,
    /// The device it watches, where it watches one; the first of them, where several.
    pub mount: usize,
    /// After how long without a word its device is silent.
    pub span: Option<SignedDuration>,
    /// Since when its finding stands.
    pub standing: Option<Timestamp>,
    /// The fault of many that its finding is part of, instead of one of its own.
    pub shared: Option<Shared>,
    /// How far its readings come behind their event time. A deadline is counted in event time
    /// and waited for in ours: what would end a hold comes as late as what began it.
    pub lag: SignedDuration,
    /// Whether what began its hold came late: then what it comes to is late too.
    pub late: bool,
    /// What stands in the timers.
    pub armed: Option<Timestamp>,
}

impl Instance {
    /// When its deadline is to be stepped.
    pub fn wake_at(&self) -> Option<Timestamp> {
        let deadline = self.rule.detector.deadline(&self.state)?;
        match self.rule.detector.waits() {
            Waits::Hold => Some(after(deadline, self.lag)),
            Waits::Silence => Some(deadline),
        }
    }

    /// Takes note of whether its hold began late, after a reading that may have begun or ended
    /// one; `before` is when the hold was over before that reading.
    pub fn holds_since(&mut self, before: Option<Timestamp>, late: bool) {
        let after = self.rule.detector.deadline(&self.state);
        if after != before || after.is_none() {
            self.late = late && after.is_some() && self.rule.detector.waits() == Waits::Hold;
        }
    }

    pub fn contribution(&self) -> Contribution {
        Contribution { rule: self.rule.id.clone(), source: self.source.to_string() }
    }

    /// What incident its findings are part of.
    pub fn target(&self) -> (KindId, PlaceId) {
        match &self.shared {
            Some(Shared { kind, place }) => (kind.clone(), place.clone()),
            None => (self.rule.means.kind().clone(), self.place.clone()),
        }
    }

    pub fn finding(&self, change: Change, late: bool) -> Finding {
        let mut devices: Vec<DeviceId> =
            change.readings.iter().map(|reading| reading.device.clone()).collect();
        devices.dedup();
        if devices.is_empty() && self.rule.detector.per() == Per::Device {
            devices.extend(Id::new(self.source.as_str()));
        }
        let (kind, place) = self.target();
        Finding {
            kind,
            place,
            class: change
                .level
                .and_then(|level| self.rule.detector.class_at(level))
                .unwrap_or(self.rule.class),
            level: change.level.unwrap_or(self.rule.level),
            contribution: self.contribution(),
            rule_version: self.rule.version.clone(),
            zone: self.zone.clone(),
            devices,
            turn: change.turn,
            at: change.at,
            late,
            because: change.because,
            readings: change.readings,
        }
    }
}
