//! How a situation is told to other systems: the words of the Common Alerting Protocol 1.2.
//!
//! The words are the standard's; how grave it is follows the level, so that one incident never
//! says two things.

use serde::{Deserialize, Serialize};

use crate::domain::Level;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    Geo,
    Met,
    Safety,
    Security,
    Rescue,
    Fire,
    Health,
    Env,
    Transport,
    Infra,
    Cbrne,
    Other,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Urgency {
    Immediate,
    Expected,
    Future,
    Past,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    Extreme,
    Severe,
    Moderate,
    Minor,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    Observed,
    Likely,
    Possible,
    Unlikely,
    Unknown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Response {
    Shelter,
    Evacuate,
    Prepare,
    Execute,
    Avoid,
    Monitor,
    Assess,
    AllClear,
    None,
}

/// What a situation is in CAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cap {
    pub category: Category,
    /// `event`: what the alert is about.
    pub event: String,
    /// Once it is believed.
    pub urgency: Urgency,
    pub certainty: Certainty,
    pub response: Response,
}

/// What is said of it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CapNow {
    pub urgency: Urgency,
    pub severity: Severity,
    pub certainty: Certainty,
    pub response: Response,
}

impl Cap {
    /// Until it is believed it is possible, and watched; once it is over, all is clear.
    #[must_use]
    pub fn now(&self, level: Level, confirmed: bool, over: bool) -> CapNow {
        let severity = match level {
            Level::Attention => Severity::Minor,
            Level::Caution => Severity::Moderate,
            Level::Warning => Severity::Severe,
            Level::Critical => Severity::Extreme,
        };
        let (urgency, certainty, response) = match (over, confirmed) {
            (true, _) => (Urgency::Past, self.certainty, Response::AllClear),
            (false, true) => (self.urgency, self.certainty, self.response),
            (false, false) => (Urgency::Expected, Certainty::Possible, Response::Monitor),
        };
        CapNow { urgency, severity, certainty, response }
    }
}
