//! What authorities warn of (기상 특보): while a heat wave or a cold wave is announced, what watches
//! the same weather in homes is more careful.
//!
//! A warning opens nothing and rings nobody. It stands until the moment that it names, or until it
//! is withdrawn; said again it is replaced. It belongs to the watching half, whose timers end it,
//! and is in its snapshot. Whoever gives a notice owes it a place of the site, or none for all.

use serde::{Deserialize, Serialize};

use super::watch::Watch;
use crate::domain::PlaceId;
use crate::domain::time::{Timestamp, micros};
use crate::situation::{Notice, NoticeKind};

/// One warning that stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Warning {
    kind: NoticeKind,
    source: String,
    /// None: the whole site.
    place: Option<PlaceId>,
    #[serde(with = "micros::required")]
    until: Timestamp,
}

impl Watch {
    /// Takes note of a notice, whatever it is about: who heeds which kind is the rules' business.
    pub(super) fn warn(&mut self, now: Timestamp, notice: &Notice) {
        let source = format!("{}/{}", notice.authority, notice.id);
        self.warnings.retain(|warning| warning.source != source);
        if notice.until > now {
            let (kind, place, until) = (notice.kind, notice.place.clone(), notice.until);
            self.warnings.push(Warning { kind, source, place, until });
        }
        self.tell_warnings(now);
    }

    /// Ends the warnings whose time is over.
    pub(super) fn end_warnings(&mut self, now: Timestamp) {
        let before = self.warnings.len();
        self.warnings.retain(|warning| warning.until > now);
        if self.warnings.len() < before {
            self.tell_warnings(now);
        }
    }

    pub(super) fn warned_until(&self) -> Option<Timestamp> {
        self.warnings.iter().map(|warning| warning.until).min()
    }

    /// Tells every detector that heeds a kind of warning whether one stands where it watches.
    pub(super) fn tell_warnings(&mut self, now: Timestamp) {
        for index in 0..self.instances.len() {
            let instance = &self.instances[index];
            let Some(heeded) = instance.rule.detector.warned_by() else { continue };
            let spot = &self.mounts[instance.mount].place;
            let within = || self.configuration.site.within(spot.as_str()).unwrap_or_default();
            let stands = self.warnings.iter().any(|warning| {
                let covers = |place: &PlaceId| within().contains(place);
                warning.kind == heeded && warning.place.as_ref().is_none_or(covers)
            });
            let instance = &mut self.instances[index];
            if !instance.quarantined {
                instance.rule.detector.warned(&mut instance.state, now, stands);
                self.settle(index, |_| false);
            }
        }
    }
}
