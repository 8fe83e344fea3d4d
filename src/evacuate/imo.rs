//! The laws of IMO MSC.1/Circ.1533 (and 1166 before it): flow and speed by clear width.
//!
//! They are what a worked example of that circular can be recomputed with; people are led by
//! [`super::flow`], whose effective widths let through less. A passage's clear width counts in
//! whole, and people in a full passage walk at the speed of its greatest flow.

/// What is walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passage {
    StairsDown,
    StairsUp,
    Corridor,
    Door,
}

impl Passage {
    /// Persons a second and metre of clear width at most (table of the greatest specific flows).
    #[must_use]
    pub fn flow_max_per_m_s(self) -> f64 {
        match self {
            Self::StairsDown => 1.1,
            Self::StairsUp => 0.88,
            Self::Corridor | Self::Door => 1.3,
        }
    }

    /// Persons a second through so much clear width.
    #[must_use]
    pub fn capacity_per_s(self, clear_width_m: f64) -> f64 {
        self.flow_max_per_m_s() * clear_width_m
    }

    /// Walking speed (m/s) at a specific flow (persons/(m s)): between the table's values on a
    /// straight line, and beyond them as at the nearest.
    #[must_use]
    pub fn speed_m_per_s(self, flow_per_m_s: f64) -> f64 {
        let [(low, fast), (high, slow)] = match self {
            Self::StairsDown => [(0.54, 1.0), (1.1, 0.55)],
            Self::StairsUp => [(0.43, 0.8), (0.88, 0.44)],
            Self::Corridor | Self::Door => [(0.65, 1.2), (1.3, 0.67)],
        };
        let flow = flow_per_m_s.clamp(low, high);
        fast + (slow - fast) * (flow - low) / (high - low)
    }

    /// How long (s) so many people take through it: the walk at the full passage's speed.
    #[must_use]
    pub fn walk_s(self, length_m: f64) -> f64 {
        length_m / self.speed_m_per_s(self.flow_max_per_m_s())
    }
}
