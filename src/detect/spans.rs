//! Spans as rule files write them.

/// A span given in seconds in a rule file.
pub mod span_s {
    use serde::{Deserialize, Deserializer};

    use crate::domain::time::{SignedDuration, seconds};

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
        f64::deserialize(from).map(seconds)
    }
}

/// A span given in hours in a rule file.
pub mod span_h {
    use serde::{Deserialize, Deserializer};

    use crate::domain::time::{SignedDuration, seconds};

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SignedDuration, D::Error> {
        f64::deserialize(from).map(|hours| seconds(hours * 3600.0))
    }
}
