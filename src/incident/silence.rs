//! Silences (알림 중지): a place of which nobody is told for a while, and why.
//!
//! Work on a ceiling, a sensor that has to be exchanged: what is found there meanwhile is
//! recorded and shown, and told as soon as the silence ends, if it still stands. It never covers
//! what tells of people in danger: a certified panel, a fire, a call for help, a fall, carbon
//! monoxide, somebody who has stopped moving. Who is away is registered as away instead.

use serde::{Deserialize, Serialize};

use crate::domain::time::{SignedDuration, Timestamp, micros};
use crate::domain::{KindId, PlaceId};

/// A silence lasts at most so long, so that what is silenced is looked at once a day, as NFPA 72
/// has it of troubles. Longer work takes a new one each day.
pub const SILENCE_MAX: SignedDuration = SignedDuration::from_hours(24);

/// It may be agreed so long before it begins.
pub const SILENCE_AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24 * 31);

/// Kinds that are never silenced, whatever finds them.
const NEVER: [&str; 5] = ["co", "fall", "fire", "sos", "stillness"];

/// One silence of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Which one of its site, counted from 1.
    pub n: u32,
    /// A device, or a place and everything in it.
    pub place: PlaceId,
    #[serde(with = "micros::required")]
    pub from: Timestamp,
    #[serde(with = "micros::required")]
    pub until: Timestamp,
    pub because: String,
    pub by: String,
    /// Whether its beginning has come.
    pub begun: bool,
}

impl Silence {
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.begun && now < self.until
    }

    /// Whether incidents of this kind are told of in every silence.
    #[must_use]
    pub fn spares(kind: &KindId) -> bool {
        NEVER.contains(&kind.as_str())
    }
}
