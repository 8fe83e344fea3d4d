//! What it takes to be believed (경보 확정): a second source, or time.
//!
//! A finding that is not believed yet is shown and told to operators all the same; confirmation is
//! about telling everyone else. People, certified devices and authorities are believed at once,
//! whatever stands here, and so is whatever the situation names: what grows fast, and what agrees
//! already.

use crate::detect::Rule;
use crate::domain::time::SignedDuration;
use crate::domain::{Level, RuleId};

/// Limits of accumulation: Korean receivers may be set to 5 to 60 s (축적형, NFTC 203).
pub const ACCUMULATES_MIN: SignedDuration = SignedDuration::from_secs(5);
pub const ACCUMULATES_MAX: SignedDuration = SignedDuration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// How bad it is said to be until it is believed.
    pub unconfirmed: Level,
    /// Rules that are believed at once.
    pub alone: Vec<RuleId>,
    /// So many sources of different zones (교차회로)…
    pub sources: u32,
    /// …within this time of each other.
    pub within: SignedDuration,
    /// Or one that has stood for so long (축적).
    pub accumulates: SignedDuration,
}

impl Confirm {
    /// Whether a rule is believed at once. What people press and what certified devices say is
    /// life safety, and nothing here can suppress it.
    #[must_use]
    pub fn believes(&self, rule: &Rule) -> bool {
        let certified = |rule: &Rule| {
            !rule.quantities.is_empty() && rule.quantities.iter().all(|q| q.is_life_safety())
        };
        self.alone.contains(&rule.id) || certified(rule)
    }
}
