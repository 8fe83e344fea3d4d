//! Which moment a message is about, and how far its own time can be believed.

use jiff::civil::DateTime;

use super::{Reason, Refused};
use crate::domain::TimeQuality;
use crate::domain::time::{
    OLDEST_BELIEVABLE, SignedDuration, Timestamp, between, whole_microseconds,
};

/// A device's clock may run ahead of ours by this much and still be believed.
const AHEAD_MAX: SignedDuration = SignedDuration::from_secs(5);

/// What a message's time comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    pub claimed_at: Option<Timestamp>,
    pub at: Timestamp,
    pub quality: TimeQuality,
    /// Whether the time the payload carries tells it from another with the same values.
    pub tells_apart: bool,
}

impl Claim {
    /// The device gave no time.
    pub fn none(received_at: Timestamp) -> Self {
        Self {
            claimed_at: None,
            at: received_at,
            quality: TimeQuality::Receipt,
            tells_apart: false,
        }
    }

    /// The device gave `text`. A local time without an offset names no moment, so nothing is
    /// claimed and the moment of receipt is used: guessing the zone could be nine hours wrong.
    pub fn read(text: &str, received_at: Timestamp) -> Result<Self, Refused> {
        match text.parse::<Timestamp>() {
            Ok(moment) => Ok(Self::judged(whole_microseconds(moment), received_at)),
            Err(_) if text.parse::<DateTime>().is_ok() => {
                Ok(Self { tells_apart: true, ..Self::none(received_at) })
            }
            Err(_) => Err(bad_time(text)),
        }
    }

    /// The device gave a moment, or somebody for it.
    pub fn judged(claimed: Timestamp, received_at: Timestamp) -> Self {
        let quality = if claimed < OLDEST_BELIEVABLE {
            TimeQuality::WrongClock
        } else if between(received_at, claimed) > AHEAD_MAX {
            TimeQuality::Clamped
        } else {
            TimeQuality::Device
        };
        let believed = quality == TimeQuality::Device;
        Self {
            claimed_at: Some(claimed),
            at: if believed { claimed } else { received_at },
            quality,
            tells_apart: quality != TimeQuality::WrongClock,
        }
    }
}

fn bad_time(text: &str) -> Refused {
    let sentence = format!(
        "`at` is `{text}`; write RFC 3339 with an offset, as in 2026-11-24T14:03:07.120+09:00"
    );
    Refused::new(Reason::BadTime, &sentence)
}
